"""Forty hostile files: none is accepted, nothing of them is left, no memory is lost on them."""

import gzip
import io
import resource
import struct
import time
import zipfile
import zlib

import pytest

from base.basics.errors import InvalidInput
from base.face.attached.file_kinds import accept_attachment, accept_source
from base.papers.files.store import Store

XLSX_TYPES = b'<?xml version="1.0"?><Types xmlns="x"></Types>'


def image(kind="PNG", size=(40, 30), **options):
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(data, kind, **options)
    return data.getvalue()


def archive(*entries):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries:
            target.writestr(name, content)
    return data.getvalue()


def workbook(*more):
    return archive(
        ("[Content_Types].xml", XLSX_TYPES),
        ("xl/workbook.xml", b"<workbook/>"),
        *more,
    )


def png_of(width, height):
    """A small file that says it is huge."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg_of(width, height):
    data = bytearray(image("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
XXE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>'

HOSTILE = {
    "svg": ("a.svg", SVG),
    "svg as xml": ("a.xml", SVG),
    "svg with prefix as xml": ("a.xml", b'<x:svg xmlns:x="http://www.w3.org/2000/svg"/>'),
    "svg as png": ("a.png", SVG),
    "html": ("a.html", HTML),
    "html as csv": ("a.csv", HTML),
    "html as pdf": ("a.pdf", HTML),
    "html as jpeg": ("a.jpg", HTML),
    "xhtml as xml": ("a.xml", b'<html xmlns="http://www.w3.org/1999/xhtml"/>'),
    "xhtml within xml": (
        "a.xml",
        b'<r><h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script></r>',
    ),
    "stylesheet in xml": ("a.xml", b'<?xml-stylesheet href="a.xsl"?><r/>'),
    "xslt": ("a.xml", b'<s:stylesheet xmlns:s="http://www.w3.org/1999/XSL/Transform"/>'),
    "html behind a csv head": ("a.csv", b"a;b\n<script>alert(1)</script>;1\n"),
    "xxe": ("a.xml", XXE),
    "xxe in utf-16": ("a.xml", XXE.decode().replace('<?xml version="1.0"?>', "").encode("utf-16")),
    "billion laughs": ("a.xml", LAUGHS),
    "deep xml": ("a.xml", b"<a>" * 100_000),
    "big xml": ("a.xml", b"<r>" + b" " * 6_000_000 + b"</r>"),
    "pdf with page in front": ("a.pdf", b"<html>" + PDF),
    "pdf with page in its head": ("a.pdf", PDF.replace(b"1 0 obj", b"%<script>\n1 0 obj")),
    "pdf with zip behind": ("a.pdf", PDF + archive(("x.class", b"x")) + b"%%EOF"),
    "pdf with a program": ("a.pdf", PDF.replace(b"<<>>endobj", b"<</S /JavaScript /JS(x)>>endobj")),
    "pdf that launches": ("a.pdf", PDF.replace(b"<<>>endobj", b"<</S/Launch/F(calc.exe)>>endobj")),
    "cut pdf": ("a.pdf", PDF[:30]),
    "zip": ("a.zip", archive(("a.txt", b"x"))),
    "zip as xlsx": ("a.xlsx", archive(("a.txt", b"x"))),
    "word document": ("a.docx", archive(("word/document.xml", b"<w/>"))),
    "zip bomb": ("a.xlsx", workbook(("xl/a.xml", b"\0" * 60_000_000))),
    "many entries": ("a.xlsx", workbook(*((f"xl/{i}.xml", b"x") for i in range(300)))),
    "nested zip": ("a.xlsx", workbook(("xl/a.xlsx", archive(("a", b"x"))))),
    "path in xlsx": ("a.xlsx", workbook(("../../etc/cron.d/x", b"x"))),
    "xxe in xlsx": ("a.xlsx", workbook(("xl/sharedStrings.xml", XXE))),
    "macros": ("a.xlsx", workbook(("xl/vbaProject.bin", b"x"))),
    "macros by type": (
        "a.xlsx",
        archive(("[Content_Types].xml", b"macroEnabled"), ("xl/workbook.xml", b"<w/>")),
    ),
    "embedded object": ("a.xlsx", workbook(("xl/embeddings/oleObject1.bin", b"x"))),
    "cut xlsx": ("a.xlsx", workbook()[:-40]),
    "old excel": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "gzip": ("a.csv", gzip.compress(b"a;b\n1;2\n")),
    "pixel bomb": ("a.png", png_of(60_000, 60_000)),
    "just too many pixels": ("a.png", png_of(10_000, 5_001)),
    "pixel bomb jpeg": ("a.jpg", jpeg_of(65_000, 65_000)),
    "cut image": ("a.png", image()[:60]),
    "broken image": ("a.jpg", image("JPEG")[:200] + b"\0" * 50),
    "gif": ("a.gif", image("GIF")),
    "gif as png": ("a.png", image("GIF")),
    "tiff": ("a.tiff", image("TIFF")),
    "png called jpeg": ("a.jpg", image()),
    "png called pdf": ("a.pdf", image()),
    "no extension": ("photo", image()),
    "double extension": ("photo.png.exe", image()),
    "program": ("a.csv", b"MZ\x90\x00\x03\x00\x00\x00"),
    "elf": ("a.csv", b"\x7fELF\x02\x01\x01\x00"),
    "shell": ("a.csv", b"#!/bin/sh\nrm -rf /\n"),
    "binary csv": ("a.csv", b"a;b\n\x00\x01\x02"),
    "name upwards": ("../../a.png", image()),
    "name upwards, other system": ("..\\..\\a.png", image()),
    "name with a zero": ("a.png\x00.exe", image()),
    "empty": ("a.csv", b""),
    "too big": ("a.csv", b"a;b\n" * 7_000_000),
    "json": ("a.json", b"{}"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(case, tmp_path):
    name, data = HOSTILE[case]
    store = Store(tmp_path)
    start = time.perf_counter()
    with pytest.raises(InvalidInput) as refusal:
        accept_attachment(store, io.BytesIO(data), name)
    assert str(refusal.value).endswith(".")
    assert time.perf_counter() - start < 60
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_the_hostile_files_took_little_memory():
    # In kB on Linux; of the whole test process, so an upper bound.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_000_000


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.png", image(), "image/png"),
        ("a.JPG", image("JPEG"), "image/jpeg"),
        ("a.jpeg", image("JPEG"), "image/jpeg"),
        ("a.webp", image("WEBP"), "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.csv", "nom;lieu\nécole;<2 km\n".encode("cp1252"), "text/csv"),
        ("a.xml", b"\xef\xbb\xbf<?xml version='1.0'?><Invoice xmlns='urn:x'/>", "application/xml"),
        (
            "a.xlsx",
            workbook(("xl/a.xml", b"x" * 1000)),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_an_honest_file_is_accepted(tmp_path, name, data, media_type):
    stored = accept_attachment(Store(tmp_path), io.BytesIO(data), name)
    assert (stored.media_type, stored.label) == (media_type, name)
    assert stored.digest in Store(tmp_path)


def test_an_image_keeps_its_picture_and_loses_the_rest(tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x0112] = 6  # to be turned a quarter
    exif.get_ifd(0x8825)[1] = "N"
    data = image("JPEG", exif=exif.tobytes(), comment=b"SECRET") + archive(("SECRET.class", b"x"))
    store = Store(tmp_path)
    stored = accept_attachment(store, io.BytesIO(data), "a.jpg")
    kept = store.read(stored.digest)
    assert b"SECRET" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (30, 40)
        assert not picture.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_images_of_every_mode_survive(tmp_path, mode):
    from PIL import Image

    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = io.BytesIO()
    Image.new(mode, (10, 10)).save(data, kind)
    name = "a.jpg" if mode == "CMYK" else "a.png"
    assert accept_attachment(Store(tmp_path), io.BytesIO(data.getvalue()), name).size


def test_a_source_is_kept_as_received(tmp_path):
    store = Store(tmp_path)
    data = "nom;lieu\nécole;ici\n".encode("cp1252")
    stored = accept_source(store, io.BytesIO(data), "biens.csv", kinds=("csv", "xlsx"))
    assert store.read(stored.digest) == data


@pytest.mark.parametrize("case", ["zip bomb", "html as csv", "name upwards", "old excel", "gif"])
def test_a_hostile_source_is_refused(tmp_path, case):
    name, data = HOSTILE[case]
    with pytest.raises(InvalidInput):
        accept_source(Store(tmp_path), io.BytesIO(data), name, kinds=("csv", "xlsx", "json"))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
