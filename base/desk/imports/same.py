"""Whether a cell of a file still says what a list wrote in it, whatever a spreadsheet made of it.

A spreadsheet that opens and saves a file may write a number with fewer zeros, a day in its own
form, an instant without its seconds, a flag in capitals. None of that is a correction.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from base.basics import formats
from base.basics.clock import authority_zone
from base.basics.folding import seen
from base.basics.i18n import LANGUAGES, speaking
from base.papers.files.exports import CELL_CHARS, Kind, cell_text, csv_cell, cut_mark
from base.papers.tables import ValueRefused
from base.papers.tables.days import day
from base.papers.tables.texts import BLANKS, boolean

_BLANK = re.compile("[" + BLANKS + "]")
_INSTANT = re.compile(r"(\d{1,2}/\d{1,2}/\d{4})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_WRITTEN = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
#: Decimals that a workbook shows, hence writes when it is saved as text.
_SHOWN = {Kind.EUROS: 2, Kind.AMOUNT: 2, Kind.HOURS: 2, Kind.NUMBER: 3, Kind.COUNT: 0}
#: A workbook keeps 15 digits of a number.
_DIGITS = 15


def is_same(cell: Any, value: Any, kind: Kind) -> bool:
    """Whether the cell is the value, as it was written."""
    if value is None or value == "":
        return is_empty(cell)
    if isinstance(value, bool):
        return _flag(cell) is value
    if isinstance(value, datetime):
        return _instant(cell, value)
    if isinstance(value, date):
        return _day(cell) == value
    if isinstance(value, Decimal | int | float):
        return _same_number(cell, value, kind)
    return _same_text(cell, str(value))


def is_empty(cell: Any) -> bool:
    """Whether nothing can be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not seen(cell))


def is_cut(cell: Any) -> bool:
    """Whether the text ends as a list ends one that is too long for a cell."""
    return isinstance(cell, str) and cell.rstrip(BLANKS + "\r\n").endswith(_cut_marks())


@functools.cache
def _cut_marks() -> tuple[str, ...]:
    marks = []
    for code in LANGUAGES:
        with speaking(code):
            marks.append(cut_mark().strip())
    return tuple(marks)


def plain(text: str) -> str:
    """A text as any file may carry it: one form of accents, one of line ends, no blank around."""
    if len(text) <= CELL_CHARS and text.isascii() and text.isprintable():
        return text.strip()
    carried = cell_text(text).encode("utf-8", "replace").decode()
    carried = unicodedata.normalize("NFC", carried).replace("\r\n", "\n").replace("\r", "\n")
    # What reads a file drops an end of its lines that nobody can see, of whatever blank.
    return carried.strip().strip("\ufeff").strip()


def _same_text(cell: Any, value: str) -> bool:
    if cell is None:
        return not plain(value)
    if isinstance(cell, str):
        return plain(cell) == plain(value)
    if isinstance(cell, bool | Decimal | int | float | date):
        # A spreadsheet took the text for a number or a day: it is the same if it reads so.
        number = _number(value)
        if isinstance(cell, Decimal | int | float) and not isinstance(cell, bool):
            return number is not None and number == Decimal(str(cell)) and str(cell) == value
        return csv_cell(cell) == value
    return False


def _flag(cell: Any) -> bool | None:
    try:
        return boolean(cell)
    except ValueRefused:
        return None


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        # As a list writes it; what is recorded may be older than the rule of plausible years.
        if isinstance(cell, str) and (told := _WRITTEN.fullmatch(cell.strip(BLANKS))):
            return date(int(told[3]), int(told[2]), int(told[1]))
        return day(cell)
    except (ValueRefused, ValueError):
        return None


def _instant(cell: Any, value: datetime) -> bool:
    """Same minute on the clock of the authority; seconds count when the cell has them."""
    there = formats.local(value, authority_zone()).replace(tzinfo=None)
    if isinstance(cell, datetime):
        found = cell.replace(tzinfo=None, microsecond=0)
        return found in (there.replace(microsecond=0), there.replace(second=0, microsecond=0))
    if isinstance(cell, date):  # midnight, as a workbook tells it
        return datetime.combine(cell, datetime.min.time()) == there.replace(microsecond=0)
    told = _INSTANT.fullmatch(cell.strip(BLANKS)) if isinstance(cell, str) else None
    if told is None or _day(told[1]) != there.date():
        return False
    seconds = int(told[4] or 0)
    return (int(told[2]), int(told[3])) == (there.hour, there.minute) and seconds in (
        0,
        there.second,
    )


def _number(cell: Any) -> Decimal | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, Decimal | int | float):
        return Decimal(str(cell))
    if not isinstance(cell, str):
        return None
    bare = _BLANK.sub("", cell).replace("\u2212", "-").replace(",", ".")
    bare = bare.removesuffix("€").removesuffix("%")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _same_number(cell: Any, value: Decimal | int | float, kind: Kind) -> bool:
    found, wanted = _number(cell), Decimal(str(value))
    if found is None:
        return False
    if isinstance(cell, str) and cell.rstrip().endswith("%"):
        return found in (wanted, wanted * 100)
    if found == wanted:
        return True
    if f"{float(wanted):.{_DIGITS}g}" == f"{float(found):.{_DIGITS}g}":
        return True
    # Saved as text by a spreadsheet, an amount is what was shown: "1 234,57 €".
    shown = isinstance(cell, str) and ("€" in cell or bool(_BLANK.search(cell.strip(BLANKS))))
    return shown and kind in _SHOWN and found == round(wanted, _SHOWN[kind])
