"""Archives of invoices by command, screen and REST: each member is booked, waits or is refused."""

# ruff: noqa: F811 - fixtures are imported

import io
import json
import zipfile
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.desk.imports.command import import_file
from tests.energie.samples import factur_x, invoice
from tests.energie.test_invoice_doors import DAY, FAULTS_PRM, _elise, _said, ledger, point, states  # noqa: F401


def _zip(path, members, **kwargs):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_bad_member_is_a_rejected_line(point, real_data):
    path = real_data / "faults/invoices/zip-une-facture-refusee.zip"
    refused = import_file("invoices", path, entity="A")
    assert (refused.applied, refused.total, refused.rejected) == (False, 2, 1)
    assert states() == {}
    report = import_file("invoices", path, entity="A", partial=True)
    assert (report.applied, report.created, report.rejected) == (True, 1, 1)
    (error,) = report.errors
    assert error["row"] == 2 and error["reason"].startswith("note.txt\u00a0: ")
    assert list(states()) == ["BON-1"]
    (told,) = report.summary()["warnings"]
    assert (told["row"], told["label"], told["code"]) == (
        1,
        "BON-1 · Fournisseur Essai",
        "POINT_INCONNU",
    )
    assert "Ligne 1 (BON-1 · Fournisseur Essai) : La facture ne cite aucun PRM" in _said(report)


def test_what_a_system_adds_is_passed_over_and_said_once(point, real_data):
    report = import_file("invoices", real_data / "faults/invoices/z-mac.zip", entity="A")
    assert (report.total, report.created, report.rejected) == (1, 1, 0)
    (note,) = report.summary()["notes"]
    assert note == (
        "Laissés de côté, vides ou ajoutés par le système\u00a0: __MACOSX/._ok.xml, .DS_Store."
    )
    assert _said(report).count("Laissés de côté") == 1


def test_every_kind_of_bad_member_leaves_the_others(point, tmp_path, monkeypatch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.xml", invoice())
    path = _zip(
        tmp_path / "tout.zip",
        {
            "a.xml": invoice(note=f"PRM {FAULTS_PRM}"),
            "b/": b"",
            "b/vide.xml": b"",
            "Thumbs.db": b"\x00\x01",
            "c.zip": inner.getvalue(),
            "d.xml": inner.getvalue(),
            "e.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
            "f.xml": b"<x" + b" " * 3_000_000,
            "g.pdf": b"%PDF-1.7 abime",
            "h.xml": b"\x00" * 40,
            "../sorti.xml": b"<x/>",
        },
    )
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("i.xml", b" " * 2_000_000)
    # A password is told by a flag of the entry.
    data = bytearray(path.read_bytes())
    at = data.rindex(b"h.xml") - 46
    data[at + 8] |= 1
    path.write_bytes(data)
    monkeypatch.setattr("energie.imports.invoices.InvoiceImporter.max_bytes", 25 * 1024 * 1024)
    report = import_file("invoices", path, entity="A", partial=True)
    reasons = {e["reason"].partition("\u00a0: ")[0]: e["reason"] for e in report.errors}
    assert set(reasons) == {
        "c.zip",
        "d.xml",
        "e.xml",
        "f.xml",
        "g.pdf",
        "h.xml",
        "i.xml",
        "../sorti.xml",
    }
    assert "archive dans l’archive" in reasons["c.zip"] and "archive" in reasons["d.xml"]
    assert "DOCTYPE" in reasons["e.xml"]
    assert "mot de passe" in reasons["h.xml"]
    assert "anormalement compressé" in reasons["i.xml"]
    assert states() == {"F-2026-001": ("booked", "")}
    assert "b/vide.xml, Thumbs.db" in report.notes[0]


def test_a_member_too_large_is_refused_alone(point, tmp_path, monkeypatch):
    monkeypatch.setattr("energie.imports.invoices.InvoiceImporter.max_bytes", 1024 * 1024)
    monkeypatch.setattr("base.papers.files.archives.MAX_UNPACKED_BYTES", 1024 * 1024)
    path = tmp_path / "gros.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", invoice(note=f"PRM {FAULTS_PRM}"))
        archive.writestr("gros.xml", b"<x>" + bytes(range(256)) * 5000)
    report = import_file("invoices", path, entity="A", partial=True)
    assert [e["reason"] for e in report.errors] == ["gros.xml\u00a0: Ce fichier dépasse 1 Mo."]
    assert (report.created, ledger()) == (1, D(200))


def test_one_invoice_as_xml_and_pdf_in_one_zip_is_booked_once(point, tmp_path):
    data = invoice(note=f"PRM {FAULTS_PRM}")
    path = _zip(tmp_path / "paire.zip", {"a.xml": data, "b.pdf": factur_x(data)})
    report = import_file("invoices", path, entity="A")
    assert (report.created, report.unchanged, report.rejected) == (1, 1, 0)
    assert ledger() == D(200)


def test_all_the_faults_in_one_archive_wait_or_are_booked_once(point, real_data, tmp_path):
    folder = real_data / "faults" / "invoices"
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    path = _zip(tmp_path / "fautes.zip", files)
    trial = import_file("invoices", path, entity="A", dry_run=True)
    report = import_file("invoices", path, entity="A")
    # b2 and b3 are b1 in other words.
    assert (report.created, report.unchanged, report.rejected) == (12, 2, 0)
    assert trial.warnings == report.warnings
    assert states() == {
        "AC-1": ("waiting", "ACOMPTE"),
        "AV-N": ("waiting", "SENS"),
        "BON-3": ("waiting", "POINT_INCONNU"),
        "DBL-1": ("booked", ""),
        "DBL-2": ("waiting", "DOUBLON"),
        "E2E-0300-202610": ("waiting", "POINT_INCONNU"),
        "FUT-1": ("waiting", "DATE"),
        "INV": ("waiting", "PERIODE"),
        "PRO-1": ("waiting", "PROFORMA"),
        "PU-1": ("booked", ""),
        "RECT-1": ("waiting", "RECTIFICATIVE"),
        "SO-1": ("waiting", "SOLDE"),
    }
    assert ledger() == D("5632.10")
    again = import_file("invoices", path, entity="A")
    assert (again.created, again.unchanged) == (0, 14)
    for name in ("b2-siren.xml", "b3-numero-minuscule.xml"):
        once = import_file("invoices", folder / name, entity="A")
        assert (once.created, once.unchanged) == (0, 1)


@pytest.mark.parametrize("name", ["zip-une-facture-refusee.zip", "z-mac.zip"])
def test_the_archives_of_the_faults_by_screen_and_rest(point, real_data, sqlite_app, name):
    from tests.energie.test_doors import _csrf

    client = _elise(sqlite_app, "screen")
    data = (real_data / "faults" / "invoices" / name).read_bytes()
    page = "/imports/new/invoices"
    token = _csrf(client, page)
    answer = client.post(
        page,
        data={"csrf_token": token, "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "Fournisseur Essai" in text
    assert ("note.txt" in text) == (name.startswith("zip"))
    assert "La facture ne cite aucun PRM" in text


def test_an_archive_given_to_rest_answers_with_its_lines(point, real_data, sqlite_app):
    elise = _elise(sqlite_app)
    data = (real_data / "faults/invoices/zip-une-facture-refusee.zip").read_bytes()
    for partial, status in (("", (200, 409, 422)), ("?partial=1", (200,))):
        answer = elise(
            "POST",
            f"/api/v1/import/invoices{partial}",
            data={"file": (io.BytesIO(data), "lot.zip"), "partial": "true" if partial else ""},
            content_type="multipart/form-data",
        )
        assert answer.status_code in status, answer.json
        assert "note.txt" in json.dumps(answer.json, ensure_ascii=False)


def test_invoices_of_an_archive_are_not_held_against_what_a_person_sends(
    point, tmp_path, monkeypatch
):
    """Somebody who gives a year of invoices at once: the archive was let in, its members are."""
    monkeypatch.setattr("base.papers.files.store.Quota.check", _refuse)
    files = {f"{n}.xml": invoice(number=f"F-{n}", note=f"PRM {FAULTS_PRM}") for n in range(3)}
    path = _zip(tmp_path / "année.zip", files)
    report = import_file("invoices", path, entity="A", actor="user:2")
    assert (report.created, report.rejected) == (3, 0)


def _refuse(self, **_asked):
    raise AssertionError("a quota was asked")
