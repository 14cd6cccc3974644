"""A backup that was changed anywhere, cut or mixed is found, and nothing is touched."""

from __future__ import annotations

import io
import json
import zipfile
import zlib

import pytest

import config
from base.processes import restoring
from base.upkeep.backups import archive, making
from tests.base.conftest import keep_document


def refused(path, words):
    with pytest.raises(archive.Damaged, match=words):
        archive.check(path)
    place = path.parent / "jamais"
    with pytest.raises(archive.Damaged):
        restoring.restore(config.settings({"OUVRAGE_DATA_DIR": str(place)}), path)
    assert not place.exists(), "nothing was touched"


def test_a_byte_changed_in_any_part_is_found_and_named(backup):
    whole = backup.read_bytes()
    with zipfile.ZipFile(backup) as zipped:
        entries = {i.filename: (i.header_offset, i.compress_size) for i in zipped.infolist()}
    assert set(entries) >= {"database.sqlite", "settings.json", "secrets.json", "manifest.json"}
    for name, (offset, size) in entries.items():
        data = offset + 30 + len(name) + 20
        for place in (*range(data + size // 2, data + size), *range(data, data + size // 2)):
            spoilt = bytearray(whole)
            spoilt[place] ^= 0x10
            if not still_says(spoilt, whole, name):
                break
        backup.write_bytes(spoilt)
        refused(backup, "manifeste" if name == "manifest.json" else f"{name} est abîmé")


def still_says(spoilt, whole, name):
    """Whether a part of the zip unpacks to what it was: some bits of a packing say nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(spoilt)) as one, zipfile.ZipFile(io.BytesIO(whole)) as two:
            return one.read(name) == two.read(name)
    except (zipfile.BadZipFile, zlib.error):
        return False


def test_a_byte_changed_anywhere_at_all_is_found(backup):
    """Heads, directory and comment of the zip too: every 97th byte, and the last ones."""
    whole = backup.read_bytes()
    step = max(97, len(whole) // 300)
    for n in [*range(0, len(whole), step), *range(len(whole) - 120, len(whole))]:
        spoilt = bytearray(whole)
        spoilt[n] ^= 0x01
        backup.write_bytes(spoilt)
        with pytest.raises(archive.Damaged):
            archive.check(backup)
    backup.write_bytes(whole)
    archive.check(backup)


@pytest.mark.parametrize("left", [0, 1, 100, 0.5, 0.99])
def test_a_backup_that_was_cut_is_found(backup, left):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(left * len(whole)) if isinstance(left, float) else left])
    refused(backup, "n’est pas une sauvegarde|abîmé")


def rewrite(path, change):
    """Make the zip anew from its parts, with one change: its comment stays."""
    with zipfile.ZipFile(path) as zipped:
        parts = {i.filename: zipped.read(i) for i in zipped.infolist()}
        comment = zipped.comment
    change(parts)
    with zipfile.ZipFile(path, "w") as zipped:
        for name, data in parts.items():
            zipped.writestr(name, data)
        zipped.comment = comment


def test_swapped_parts_are_found(backup):
    def swap(parts):
        one, other = parts["settings.json"], parts["secrets.json"]
        parts.update({"settings.json": other, "secrets.json": one})

    rewrite(backup, swap)
    refused(backup, "secrets.json est abîmé|settings.json est abîmé")


def test_a_missing_and_a_foreign_part_are_found(backup):
    rewrite(backup, lambda parts: parts.pop("settings.json"))
    refused(backup, "settings.json manque")
    rewrite(backup, lambda parts: parts.update({"settings.json": b"{}", "virus.exe": b"x"}))
    refused(backup, "virus.exe est de trop")


def test_the_manifest_of_another_backup_is_found(backup, sqlite_full, tmp_path):
    keep_document(sqlite_full, b"\x89PNG encore")
    making.back_up(sqlite_full, tmp_path / "autre.zip")
    with zipfile.ZipFile(tmp_path / "autre.zip") as zipped:
        other = zipped.read("manifest.json")
    rewrite(backup, lambda parts: parts.update({"manifest.json": other}))
    refused(backup, "manque|abîmé")


def test_parts_packed_anew_are_not_the_file_that_was_written(backup):
    rewrite(backup, lambda parts: None)
    refused(backup, "empreinte d’ensemble")


def test_a_later_format_and_a_foreign_zip_are_refused_in_words(backup, tmp_path):
    def later(parts):
        data = json.loads(parts["manifest.json"])
        parts["manifest.json"] = json.dumps({**data, "format": 2}).encode()

    rewrite(backup, later)
    refused(backup, "format plus récent")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("lettre.txt", "bonjour")
    refused(tmp_path / "x.zip", "n’est pas une sauvegarde d’Ouvrage")
    refused(tmp_path / "absente.zip", "n’existe pas")


# --- writing -----------------------------------------------------------------------------------
