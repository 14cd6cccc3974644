"""Days of which nobody knows whether the month comes first, in a file that writes some so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from base.basics.errors import InvalidInput
from base.basics.i18n import _, headed
from base.desk.imports.rows import Record
from base.desk.imports.ways import american_days
from base.papers.tables.days import order_shown
from base.papers.tables.texts import Cell, as_text


class Unsure(NamedTuple):
    """A day that may be read in two ways: its line and column, and the line that says so."""

    line: int
    place: int
    cell: str
    american_line: int
    american: str

    @property
    def sentence(self) -> str:
        """What is doubtful, and what to do."""
        return _(
            "« %(value)s » se lit de deux façons : la ligne %(line)d, « %(american)s », a le mois "
            "en premier. Écrivez jour/mois/année partout, ou dites que les dates sont américaines "
            "(%(how)s).",
            value=self.cell[:40],
            line=self.american_line,
            american=self.american[:40],
            how=american_days(),
        )


def unsure_days(
    rows: Iterable[tuple[int, Sequence[Cell]]], places: Sequence[int]
) -> Iterable[Unsure]:
    """The days of some columns that may be read in two ways, where others have the month first.

    ``rows`` are the lines of a file with their numbers, gone through once. A column of which
    more days have the day first than the month is sure: there the others are slips.
    """
    told: dict[int, Counter[str]] = {place: Counter() for place in places}
    either: list[tuple[int, int, str]] = []
    american: tuple[int, str] | None = None
    for line, cells in rows:
        for place in places:
            if place >= len(cells) or not (order := order_shown(cells[place])):
                continue
            told[place][order] += 1
            if order == "either":
                either.append((line, place, as_text(cells[place])))
            elif order == "month" and american is None:
                american = line, as_text(cells[place])
    if american is None:
        return
    for line, place, cell in either:
        if told[place]["day"] <= told[place]["month"]:
            yield Unsure(line, place, cell, *american)


def require_sure_days(rows: Iterable[tuple[int, Sequence[Cell]]], places: Sequence[int]) -> None:
    """Refuse a file of such days whole.

    Raises:
        InvalidInput: the sentence names the first of them.
    """
    for unsure in unsure_days(rows, places):
        raise InvalidInput(_("Ligne %(row)d : %(why)s", row=unsure.line, why=unsure.sentence))


def refuse_unsure_days(records: Sequence[Record], places: dict[int, tuple[str, str]]) -> None:
    """Refuse the records that hold such a day; ``places`` are key and title of their columns.

    It is looked for once a day with its month first was refused.
    """
    keys = {key for key, _title in places.values()}
    if not any(f.hint == "american" and f.key in keys for r in records for f in r.faults):
        return
    by_line = {record.number: record for record in records}
    rows = ((record.number, record.cells) for record in records)
    for unsure in unsure_days(rows, list(places)):
        key, title = places[unsure.place]
        record = by_line[unsure.line]
        record.refuse(headed(title, unsure.sentence), key, hint="american")
