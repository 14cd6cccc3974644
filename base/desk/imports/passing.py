"""Rows of a table that are no records, and cells that no column takes: passed over, and said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from base.basics.i18n import _, ngettext
from base.desk.imports.rows import Record
from base.papers.tables import Recognition, Row, Table, normalise
from base.papers.tables.source import Cells
from base.papers.tables.texts import Cell, as_text, fold
from base.rules.rights import withheld

_TOTAL = re.compile(
    r"(?:sous[- ]?totaux?|s/total)\b.*"
    r"|(?:grand total|total|totaux|cumul)"
    r"(?:\s*[:=].*|\s*\(.*|\s+\d.*"
    r"|\s+(?:general|generaux|partiel|ht|ttc|hors|des?|du|de la|par)\b.*)?"
)
_FOOT = re.compile(
    r"(?:edite|imprime|extrait|genere|exporte|etabli|arrete|mis a jour|page|source)\b.*"
)
_NUMBER = re.compile(r"[\s\d.,%€+-]*\d[\s\d.,%€+-]*(?:eur|euros|ht|ttc)?")
#: How a word of `_TOTAL` begins: most cells are told apart by it, unread.
_BEGINS = frozenset("sgtcSGTC")
#: Rows named in one sentence, at most.
_NAMED = 10


class Passing:
    """What is left out of the rows of one table, row by row; ``notes`` says it."""

    def __init__(
        self,
        table: Table,
        recognition: Recognition,
        header: Sequence[Cell],
        keys: Iterable[str],
    ) -> None:
        self.table = table
        self.recognition = recognition
        self.header = [normalise(cell) for cell in header]
        self._begins_with = [fold(as_text(cell).strip()[:1]) for cell in header]
        #: Cells that the header line has, empty ones too; 0 in a workbook.
        self.width = getattr(header, "width", 0)
        self.keys = [recognition.columns[key] for key in keys if key in recognition.columns]
        self.named = [
            at for key, at in recognition.columns.items() if key in ("name", "label", "title")
        ]
        #: What an exported list says at its foot of figures that its reader may not have.
        self.notices = withheld.notices()
        self._passed: list[str] = []
        self._short: list[int] = []
        self._nameless: dict[int, list[int]] = {}
        #: Positions without a title that no column reads; known with the first row.
        self._unnamed: list[int] | None = None

    def passes(self, row: Row) -> bool:
        """Whether a row is a total, the titles again or the foot of a page: no record."""
        filled, only, total = 0, "", None
        for at, cell in enumerate(row.cells):
            word = cell if type(cell) is str else as_text(cell)
            if word[:1].isspace():
                word = word.lstrip()
            if not word:
                continue
            filled += 1
            only = word
            if word[0] in _BEGINS and total is None and _is_total(word.rstrip()):
                total = at
        if filled == 1 and len(self.recognition.columns) > 1:
            only = only.rstrip()
            if _FOOT.fullmatch(fold(only)) or only in self.notices:
                self._pass(row, only)
                return True
        if total is not None and self._is_of_totals(row, total):
            self._pass(row, as_text(row.cells[total]).strip())
            return True
        if self._begins(row) and self._are_titles(row, filled):
            self._pass(row, _("titres répétés"))
            return True
        return False

    def _is_of_totals(self, row: Row, total: int) -> bool:
        """Whether a row with a word for a total holds but numbers and such words beside it."""
        words = ((at, as_text(cell).strip()) for at, cell in enumerate(row.cells))
        return all(
            at == total or _is_total(word) or _is_number(row.cells[at], fold(word))
            for at, word in words
            if word
        ) and not any(at != total and self._holds(row, at) for at in self.keys)

    def _begins(self, row: Row) -> bool:
        """Whether the first cell that is filled may be its title again."""
        for cell, title, begin in zip(row.cells, self.header, self._begins_with, strict=False):
            word = (cell if type(cell) is str else as_text(cell)).strip()
            if word:
                if word[:1].isascii() and word[:1].casefold() != begin:
                    return False
                return normalise(word) == title
        return False

    def _are_titles(self, row: Row, filled: int) -> bool:
        """Whether each cell that is filled holds the title of its column: all, or several."""
        again = sum(
            normalise(cell) == title
            for cell, title in zip(row.cells, self.header, strict=False)
            if title
        )
        return again == filled and (again > 1 or again == len(list(filter(None, self.header))))

    def look(self, row: Row, record: Record) -> None:
        """Refuse a row whose cells cannot be trusted; note those that no column takes."""
        cells = row.cells
        for at in self.named:
            word = as_text(cells[at]).strip() if at < len(cells) else ""
            if word and _is_total(word) and not self._numbered(row):
                record.refuse(
                    _(
                        "« %(word)s » ressemble à une ligne de total : retirez-la, ou donnez"
                        " à cette fiche son numéro.",
                        word=word,
                    )
                )
        headers = self.recognition.headers
        if self.width and len(cells) > self.width:
            extra = [as_text(cell).strip() for cell in cells[self.width :]]
            record.refuse(
                _(
                    "La ligne a %(count)d cellules pour %(width)d titres ; au-delà du dernier :"
                    " « %(cells)s ». Un séparateur de trop décale peut-être toute la ligne.",
                    count=len(cells),
                    width=self.width,
                    cells=" · ".join(filter(None, extra))[:100],
                )
            )
        elif isinstance(cells, Cells) and self.width and cells.width < self.width:
            self._short.append(row.number)
        if self._unnamed is None:
            read = set(self.recognition.columns.values())
            self._unnamed = [
                at
                for at, title in enumerate(headers)
                if not title and at not in read and not (self.width and at >= self.width)
            ]
        beyond = range(len(headers), min(len(cells), self.width or len(cells)))
        for at in (*self._unnamed, *beyond):
            if at < len(cells) and as_text(cells[at]).strip():
                self._nameless.setdefault(at, []).append(row.number)

    def notes(self) -> list[str]:
        """The sentences for the report."""
        found = list(self.table.notes)
        if self._passed:
            found.append(
                _(
                    "Lignes laissées de côté, ce ne sont pas des fiches : %(rows)s.",
                    rows=_some(self._passed),
                )
            )
        if self._short:
            found.append(
                _(
                    "Lignes plus courtes que les titres, leurs dernières cellules sont lues comme"
                    " vides : %(rows)s.",
                    rows=_some([str(number) for number in self._short]),
                )
            )
        for at, rows in self._nameless.items():
            found.append(
                _(
                    "La colonne %(letter)s n’a pas de titre : ses cellules ne sont pas lues"
                    " (lignes %(rows)s).",
                    letter=letters(at),
                    rows=_some([str(number) for number in rows]),
                )
            )
        below = [
            one
            for one in self.table.merged
            if one[2] > max(one[0], self.recognition.header_row)
            and one[1] - 1 in set(self.recognition.columns.values())
        ]
        if below:
            names = [
                f"{letters(left - 1)}{top}:{letters(right - 1)}{bottom}"
                for top, left, bottom, right in sorted(below)
            ]
            found.append(
                _(
                    "Cellules fusionnées, leur valeur vaut pour chacune de leurs "
                    "lignes : %(cells)s.",
                    cells=_some(names),
                )
            )
        return found

    def _pass(self, row: Row, word: str) -> None:
        self._passed.append(_("ligne %(row)d (« %(word)s »)", row=row.number, word=word[:60]))

    def _numbered(self, row: Row) -> bool:
        """Whether a number of its own says that the row is a record."""
        words = [as_text(row.cells[at]).strip() for at in self.keys if self._holds(row, at)]
        return not all(_is_total(word) for word in words)

    @staticmethod
    def _holds(row: Row, at: int) -> bool:
        return at < len(row.cells) and bool(as_text(row.cells[at]).strip())


def _is_total(word: str) -> bool:
    return word[0] in _BEGINS and _TOTAL.fullmatch(fold(word)) is not None


def _is_number(cell: Cell, folded: str) -> bool:
    return isinstance(cell, Decimal) or _NUMBER.fullmatch(folded) is not None


def _some(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_NAMED])
    rest = len(words) - _NAMED
    if rest <= 0:
        return shown
    return ngettext("%(shown)s et %(num)d autre", "%(shown)s et %(num)d autres", rest, shown=shown)


def letters(at: int) -> str:
    """The letters of a column by its position from 0: A, B, AA."""
    found = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        found = chr(65 + rest) + found
    return found
