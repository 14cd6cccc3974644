"""Numbers of a plain table of readings: which mark begins the decimals, and what a cell says.

A spreadsheet writes 1 234,5 or 1,234.5; a column says by one of its cells which it is. Cells such
as « 1.234 » say nothing: a thousand, or a unit and a fraction. Where no cell of the file tells,
nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.desk.imports.ways import answering
from base.papers.tables import Row, ValueRefused
from base.papers.tables.texts import BLANKS, Cell, as_text, bare, shown

_GAP = rf"[{BLANKS}']"
_MARKED = re.compile(rf"[+-]?(\d{{1,3}}(?:{_GAP}\d{{3}})+|\d*)([.,])(\d*)(?:[eE][+-]?\d{{1,3}})?")
_BOTH = re.compile(
    r"[+-]?\d{1,3}(?:(?:\.\d{3})+(,)\d+|(?:,\d{3})+(\.)\d+|(?:\.\d{3}){2,}|(?:,\d{3}){2,})"
)
_WHOLE = re.compile(rf"[+-]?\d+|[+-]?\d{{1,3}}(?:{_GAP}\d{{3}})+")
_BY_MARK = {
    mark: re.compile(
        rf"([+-]?)(\d{{1,3}}(?:{_GAP}\d{{3}})+|\d{{1,3}}(?:{re.escape(other)}\d{{3}})+|\d*)"
        rf"(?:{re.escape(mark)}(\d*))?([eE][+-]?\d{{1,3}})?"
    )
    for mark, other in ((",", "."), (".", ","))
}
_EMPTY = frozenset(("", "nan", "null", "na", "n/a", "-"))
#: What a cell tells of the decimal mark beside the mark itself.
AMBIGUOUS, SILENT = "?", ""


def told_by(value: Cell) -> str:
    """The decimal mark that a cell shows: a comma, a point, ``AMBIGUOUS``, or ``SILENT``."""
    if not isinstance(value, str) or ("," not in value and "." not in value):
        return SILENT
    plain = value.strip(BLANKS).replace("\u2212", "-")
    if found := _BOTH.fullmatch(plain):
        grouped = "." if "." in plain else ","
        return found[1] or found[2] or ("," if grouped == "." else ".")
    if (found := _MARKED.fullmatch(plain)) is None or not (found[1] or found[3]):
        return SILENT
    whole, mark, fraction = found[1], found[2], found[3]
    is_group = len(fraction) == 3 and len(whole) <= 3 and whole.lstrip("0") != ""
    return AMBIGUOUS if is_group and "e" not in plain.lower() else mark


def _telling() -> str:
    return answering(_("Marque décimale"), "decimal", ",", ".")


class Marks:
    """The decimal mark of each column of a table, looked for once a cell needs it.

    A column that does not tell takes the mark of the file's other columns, when they agree.
    """

    def __init__(
        self, rows: Callable[[], Iterable[Row]], places: Sequence[int], *, after: int, told: str
    ) -> None:
        self.rows = rows
        self.places = places
        self.after = after
        self.told = told
        self._found: dict[int, tuple[str, int]] | None = None
        self._doubtful: dict[int, tuple[str, int]] = {}

    def of(self, place: int) -> str:
        """The decimal mark of a column.

        Raises:
            InvalidInput: its numbers may be read in two ways, or mix two ways of writing.
        """
        if self.told:
            return self.told
        if self._found is None:
            self._found = self._look()
        if place in self._found:
            return self._found[place][0]
        marks = {mark for mark, _row in self._found.values()}
        if len(marks) == 1:
            return marks.pop()
        if place in self._doubtful:
            cell, row = self._doubtful[place]
            words = _(
                "Ligne %(row)d : « %(value)s » peut se lire de deux façons, mille ou une unité "
                "et des décimales, et aucune autre case de la colonne ne tranche. Dites "
                "laquelle : %(how)s.",
                how=_telling(),
                row=row,
                value=shown(cell),
            )
            raise InvalidInput(words)
        return "."

    def contradicted(self, place: int, value: Cell, row: int) -> InvalidInput | None:
        """The refusal of the file when a cell shows another mark than its column; else nothing."""
        if self.told or not self._found or place not in self._found:
            return None
        mark, first = self._found[place]
        if told_by(value) in (SILENT, AMBIGUOUS, mark):
            return None
        words = _(
            "La même colonne écrit ses décimales avec une virgule et avec un point (lignes "
            "%(first)d et %(row)d, « %(value)s ») : écrivez-les d’une seule façon, ou dites la "
            "bonne (%(how)s) ; les autres lignes seront "
            "rejetées.",
            how=_telling(),
            first=first,
            row=row,
            value=shown(value),
        )
        return InvalidInput(words)

    def _look(self) -> dict[int, tuple[str, int]]:
        found: dict[int, tuple[str, int]] = {}
        for row in self.rows():
            if row.number <= self.after:
                continue
            for place in self.places:
                if place in found or place >= len(row.cells):
                    continue
                mark = told_by(row.cells[place])
                if mark == AMBIGUOUS:
                    self._doubtful.setdefault(place, (as_text(row.cells[place]), row.number))
                elif mark:
                    found[place] = mark, row.number
            if len(found) == len(self.places):
                break
        return found


def needs_mark(value: Cell) -> bool:
    """Whether a cell cannot be read without knowing the decimal mark."""
    return isinstance(value, str) and ("," in value or "." in value)


def number(value: Cell, mark: str) -> Decimal | None:
    """The number of a cell; nothing when it is empty.

    Raises:
        ValueRefused: it is none, or too large for any reading.
    """
    if isinstance(value, bool | date):
        raise _no_number(value)
    if isinstance(value, Decimal | int | float):
        found = Decimal(str(value))
    else:
        plain = _plain(value)
        if plain.lower() in _EMPTY:
            return None
        found = _read(plain, mark, value)
    if found.is_nan():
        return None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise ValueRefused(_("« %(value)s » est un nombre trop grand.", value=shown(value)))
    return found


def _plain(value: Cell) -> str:
    return bare(value).replace("\u2212", "-")


def _read(plain: str, mark: str, value: Cell) -> Decimal:
    if _WHOLE.fullmatch(plain):
        return Decimal(re.sub(_GAP, "", plain))
    found = _BY_MARK[mark].fullmatch(plain)
    if found is None or not (found[2] or found[3]):
        raise _no_number(value)
    whole = re.sub(r"\D", "", found[2])
    return Decimal(f"{found[1]}{whole or '0'}.{found[3] or '0'}{found[4] or ''}")


def _no_number(value: Cell) -> ValueRefused:
    return ValueRefused(_("« %(value)s » n’est pas un nombre.", value=shown(as_text(value))))
