"""Lists and tables as CSV, row by row; what a column holds (XLSX: ``base.papers.files.workbooks``).

Nothing exported is ever a live formula. In CSV a text that a spreadsheet would run gets an
apostrophe in front, which ``unprefix`` takes away again when the file is imported; in XLSX a
text is written as a text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from base.basics import formats
from base.basics.clock import authority_zone
from base.basics.i18n import _

#: What opens a formula in a spreadsheet, with the full-width forms some of them accept.
_OPENERS = "=+-@＝＋－＠"
_RISKY = re.compile(rf"'*(?:[\t\r]|\s*[{re.escape(_OPENERS)}])")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
#: Characters that XML 1.0 cannot carry, and those XlsxWriter cannot encode.
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")

#: The media type of a workbook.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Excel's limits: one character more and the file is repaired or refused.
CELL_CHARS = 32_767


class Kind(StrEnum):
    """What a column holds, hence how it is aligned, formatted and typed."""

    TEXT = "text"
    #: A text read aloud or compared sign by sign: number, code, digest.
    CODE = "code"
    EUROS = "euros"
    #: To the cent, in a currency that its row names.
    AMOUNT = "amount"
    #: A count without decimals.
    COUNT = "count"
    #: Any number, with the decimals it has.
    NUMBER = "number"
    HOURS = "hours"
    #: A part of 1, shown in percent.
    SHARE = "share"
    #: A part of 1 by which an amount went up or down, in percent with its sign.
    CHANGE = "change"
    DAY = "day"
    INSTANT = "instant"
    FLAG = "flag"


NUMERIC = frozenset(
    {
        *(Kind.EUROS, Kind.AMOUNT, Kind.COUNT, Kind.NUMBER),
        *(Kind.HOURS, Kind.SHARE, Kind.CHANGE),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key that programs use, the head that people read, what it holds."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    #: Also where people read: on screen and in the PDF. The others are in the files alone.
    on_paper: bool = True


def prefixed(text: str) -> str:
    """The text as a CSV cell: with an apostrophe in front where a spreadsheet would run it.

    A plain number stays as it is. The apostrophes that a text begins with are looked through,
    so that ``unprefix`` gives back any text exactly.
    """
    if not _RISKY.match(text) or _NUMBER.fullmatch(text):
        return text
    return "'" + text


def unprefix(cell: str) -> str:
    """The text of a cell written with ``prefixed``; any other cell as it is."""
    if cell[:1] == "'" and prefixed(cell[1:]) == cell:
        return cell[1:]
    return cell


def csv_cell(value: object, kind: Kind = Kind.TEXT, zone: str | None = None) -> str:
    """One value as French spreadsheets read it: decimal comma, days as 22/11/2026."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return f"{formats.local(value, zone or authority_zone()):%d/%m/%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".replace(".", ",")
    return prefixed(str(value))


def csv_bytes(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    zone: str | None = None,
    batch: int = 500,
) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with its mark, ``;`` between cells, one head line."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    kinds = [column.kind for column in columns]
    writer.writerow([prefixed(column.title) for column in columns])
    yield b"\xef\xbb\xbf"
    waiting = 0
    for row in rows:
        writer.writerow([csv_cell(v, k, zone) for v, k in zip(row, kinds, strict=True)])
        waiting += 1
        if waiting == batch:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
            waiting = 0
    yield buffer.getvalue().encode("utf-8", "replace")


def cell_text(value: object) -> str:
    """The value as a cell of text, cut where Excel would refuse it."""
    text = _NOT_XML.sub("\ufffd", "" if value is None else str(value))
    if len(text) > CELL_CHARS:
        mark = cut_mark()
        text = text[: CELL_CHARS - len(mark)] + mark
    return text


def cut_mark() -> str:
    """The end of a text that was cut, in the reader's language."""
    return _(" … (coupé : la cellule dépasse ce qu’un tableur accepte)")
