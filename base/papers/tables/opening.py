"""Which tables a file holds, whatever its form: recognised by content."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from base.basics.i18n import _
from base.papers.tables.encodings import TableRefused
from base.papers.tables.packed import PackedRefused, opened
from base.papers.tables.source import Row, Table, open_csv
from base.papers.tables.workbook import open_workbook

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sniff(head: bytes, name: str = "") -> str:
    """What a file is by its first bytes: ``csv``, ``xlsx``, ``json``, ``xml``, ``pdf``, ``ifc``.

    The name only helps to tell JSON from text; it never decides alone.
    """
    if head.startswith(b"PK\x03\x04"):
        return "zip" if name.lower().endswith(".zip") else "xlsx"
    for magic, kind in (
        (_OLD_OFFICE, "xls"),
        (b"%PDF-", "pdf"),
        (b"\x1f\x8b", "gz"),
        (b"ISO-10303-21;", "ifc"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
    ):
        if head.startswith(magic):
            return kind
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain[:1] in (b"{", b"["):
        return "json"
    if plain[:1] == b"<":
        return "xml"
    return "csv"


def open_tables(
    path: Path, name: str = "", *, encoding: str = "", delimiter: str = ""
) -> list[Table]:
    """The tables of a file: one for CSV, one a visible sheet for XLSX.

    ``encoding`` and ``delimiter`` of a text file are found out unless they are given.

    Raises:
        TableRefused: empty, not a table, or a form that is not read.
        ArchiveRefused: an XLSX made to harm.
    """
    with path.open("rb") as source:
        head = source.read(4096)
    if not head.strip(b" \t\r\n\x00" + codecs.BOM_UTF8):
        raise TableRefused(_("Ce fichier est vide."))
    kind = sniff(head, name or path.name)
    if kind == "gz":
        return _open_packed(path, name, encoding=encoding, delimiter=delimiter)
    if kind in ("xlsx", "zip"):
        return open_workbook(path)
    if kind == "xls":
        raise TableRefused(
            _(
                "Ce fichier est dans l’ancien format d’Excel (.xls) ou protégé par un mot de"
                " passe : enregistrez-le en .xlsx ou en .csv."
            )
        )
    if kind == "xml":
        raise TableRefused(
            _("Ce fichier est une page web ou un XML, pas un tableau : attendu CSV ou XLSX.")
        )
    if kind != "csv":
        raise TableRefused(
            _("Ce fichier n’est pas un tableau (%(kind)s) : attendu CSV ou XLSX.", kind=kind)
        )
    return [open_csv(path, encoding, delimiter)]


def _open_packed(path: Path, name: str, *, encoding: str, delimiter: str) -> list[Table]:
    """The table of a file that was compressed alone; it lives as long as its rows are read."""
    try:
        plain = opened(path)
    except PackedRefused as fault:
        raise TableRefused(
            _("Ce fichier compressé (gz) ne se lit pas. %(fault)s", fault=fault)
        ) from fault
    inner = open_tables(
        plain.path, name.removesuffix(".gz"), encoding=encoding, delimiter=delimiter
    )

    def kept(table: Table) -> Callable[[], Iterator[Row]]:
        def read() -> Iterator[Row]:
            _held = plain  # the file is there for as long as somebody may read its rows
            yield from table.rows()

        return read

    return [replace(table, _read=kept(table)) for table in inner]
