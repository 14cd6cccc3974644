"""The vendored files are those that were recorded, and each has a licence."""

import hashlib
import json
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "base" / "static"
VENDOR = json.loads((STATIC / "vendor.json").read_text(encoding="utf-8"))


def test_every_vendored_file_is_the_recorded_one():
    for package in VENDOR:
        for name, digest in package["files"].items():
            assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name


def test_every_package_has_a_version_and_its_licence_text():
    for package in VENDOR:
        assert package["version"] and package["licence"], package["name"]
        assert any("licences/" in name for name in package["files"]), package["name"]


def test_no_third_party_file_is_left_out_of_the_record():
    recorded = {name for package in VENDOR for name in package["files"]}
    there = {
        path.relative_to(STATIC).as_posix()
        for folder in ("vendor", "fonts")
        for path in (STATIC / folder).rglob("*")
        if path.is_file()
    }
    assert there == recorded - {"icons.svg"}


def test_nothing_vendored_calls_another_address_for_a_source_map():
    for path in (STATIC / "vendor").rglob("*"):
        if path.suffix in {".js", ".css"}:
            assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path.name


def test_the_fonts_of_documents_draw_french():
    from reportlab.pdfbase.ttfonts import TTFont

    for path in (STATIC / "fonts" / "pdf").glob("*.ttf"):
        font = TTFont(path.stem, str(path))
        for letter in "éèêçœŒ€«»’−\u00a0":
            assert ord(letter) in font.face.charToGlyph, (path.name, letter)
