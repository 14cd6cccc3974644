"""What a file of readings says, once read: blocks of rows of one kind, and what was refused."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from base.basics.errors import DomainError
from base.basics.i18n import _, ngettext
from energie.domain import curves
from energie.domain.days import PARIS, zone
from energie.domain.kinds import (
    STEP_OF_SECONDS,
    Basis,
    EnergyKind,
    Quantity,
    RegisterCode,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality

if TYPE_CHECKING:
    from base.papers.tables import Recognition

#: Rejected rows told one by one; beyond, they are counted.
MOST_REJECTS = 200


class UnreadableFile(DomainError):
    """A file that is none of the formats read here, or a broken one."""


class Reject(NamedTuple):
    """A row that was not taken: its number in the file, its text, and why."""

    line: int
    text: str
    reason: str
    #: The row's cells, when it is one of a table, and what could be wrong with the whole file.
    cells: tuple[object, ...] = ()
    hint: str = ""


class Dial(NamedTuple):
    """A dial as a file describes it."""

    #: Whole digits: it comes back to zero after 10^digits.
    digits: int
    coefficient: Decimal = Decimal(1)


@dataclass
class Block:
    """Rows of one kind for one delivery point.

    Values are thousandths of the unit. Stamps are UTC seconds as the file means them
    (start, end or instant: ``convention``). A missing value has no row here: it is
    counted in ``empties``, and is never a zero.
    """

    #: Nothing when the file does not say it: it is the point's.
    energy_kind: EnergyKind | None
    reference: str
    quantity: Quantity
    unit: Unit
    convention: Stamp
    step: Step | None = None
    register: RegisterCode | None = None
    basis: Basis | None = None
    stamps: array[int] = field(default_factory=lambda: array("q"))
    values: array[int] = field(default_factory=lambda: array("q"))
    #: UTC seconds at which each row's interval ends, for intervals of unequal length only.
    ends: array[int] = field(default_factory=lambda: array("q"))
    #: Number of each row in its file, when rows are told apart by it.
    lines: array[int] = field(default_factory=lambda: array("q"))
    #: Quality of the rows that are not ``MEASURED``, by position.
    qualities: dict[int, Quality] = field(default_factory=dict)
    empties: int = 0
    #: Rows below zero are no faults: a distributor takes back what it estimated too high.
    compensates: bool = False
    #: From the unit written to the one kept.
    factor: Decimal = Decimal(1)
    #: What the file says of the dial, when it does.
    dial: Dial | None = None

    def add(
        self, at: int, milli: int, quality: Quality = Quality.MEASURED, end: int | None = None
    ) -> None:
        """Append a row; all rows of a block have an end, or none has."""
        if quality is not Quality.MEASURED:
            self.qualities[len(self.stamps)] = quality
        self.stamps.append(at)
        self.values.append(milli)
        if end is not None:
            self.ends.append(end)


@dataclass
class ParsedFile:
    """A file of readings, read: its format, its blocks, what it leaves unsaid."""

    format: str
    blocks: list[Block] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0
    #: Rows that were taken and that no sum counts: not plausible.
    suspects: list[Reject] = field(default_factory=list)
    suspected: int = 0
    #: Sentences for the person who imports: assumptions, holes, clock changes.
    notes: list[str] = field(default_factory=list)
    #: Titles of the columns of a table, and which of them were read as what.
    header: Sequence[object] = ()
    recognition: Recognition | None = None

    def reject(
        self,
        line: int,
        text: str,
        reason: object,
        *,
        cells: Sequence[object] = (),
        hint: str = "",
    ) -> None:
        """Note a row that is not taken."""
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            found = Reject(line, text.strip()[:200], str(reason), tuple(cells), hint)
            self.rejects.append(found)

    def suspect(self, line: int, text: str, reason: object) -> None:
        """Note a row that is taken and that counts in no sum, and why."""
        self.suspected += 1
        if len(self.suspects) < MOST_REJECTS:
            self.suspects.append(Reject(line, text.strip()[:200], str(reason)))


class SeriesRows(NamedTuple):
    """Rows ready to be stored: one series, interval starts, thousandths of the unit."""

    step: Step
    starts: Sequence[int]
    values: Sequence[int]
    qualities: Sequence[int]
    #: Ends of the intervals, when they are of unequal length.
    ends: Sequence[int] | None = None
    #: Number of each row in its file, when rows are told apart by it.
    lines: Sequence[int] | None = None

    def cut(self, size: int) -> Iterator[SeriesRows]:
        """The rows in pieces of at most ``size``."""
        for first in range(0, len(self.starts), size):
            piece = slice(first, first + size)
            yield SeriesRows(
                self.step,
                self.starts[piece],
                self.values[piece],
                self.qualities[piece],
                None if self.ends is None else self.ends[piece],
                None if self.lines is None else self.lines[piece],
            )


def ordered(parsed: ParsedFile, block: Block) -> None:
    """Put the rows of a block in order of time, in place, and drop repeated stamps.

    A stamp written twice with one value is one row; with two values neither can be
    preferred: both are refused.
    """
    stamps = block.stamps
    if all(a < b for a, b in zip(stamps, stamps[1:], strict=False)):
        return
    rows: dict[int, tuple[int, Quality, int | None]] = {}
    numbers: dict[int, int] = {}
    torn: dict[int, int] = {}
    for place, at in enumerate(stamps):
        row = (
            block.values[place],
            block.qualities.get(place, Quality.MEASURED),
            block.ends[place] if block.ends else None,
        )
        if at in rows and (rows[at][0], rows[at][2]) != (row[0], row[2]):
            torn[at] = block.lines[place] if block.lines else 0
        rows.setdefault(at, row)
        if block.lines:
            numbers.setdefault(at, block.lines[place])
    if len(rows) == len(stamps):
        parsed.notes.append(_("Les lignes n’étaient pas dans l’ordre du temps : triées."))
    else:
        repeated = len(stamps) - len(rows)
        words = ngettext(
            "%(num)d ligne répétée : comptée une fois.",
            "%(num)d lignes répétées : comptées une fois.",
            repeated,
        )
        parsed.notes.append(words)
    for at in sorted(torn):
        moment = datetime.fromtimestamp(at, zone(PARIS)).strftime("%d/%m/%Y %H:%M")
        parsed.reject(torn[at], moment, _("Deux valeurs différentes pour la même heure."))
        del rows[at]
    block.stamps, block.values, block.qualities = array("q"), array("q"), {}
    block.ends, block.lines = array("q"), array("q")
    for at in sorted(rows):
        block.add(at, *rows[at])
        if at in numbers:
            block.lines.append(numbers[at])


def empties_in_words(count: int) -> str:
    """How many values a file left empty, and what becomes of them."""
    return ngettext(
        "%(num)d valeur vide : manquante, jamais zéro.",
        "%(num)d valeurs vides : manquantes, jamais zéro.",
        count,
    )


def keep(parsed: ParsedFile, block: Block) -> None:
    """Put a block in order, say what it lacks, and keep it when it holds something."""
    ordered(parsed, block)
    if block.empties:
        parsed.notes.append(empties_in_words(block.empties))
    if block.stamps:
        parsed.blocks.append(block)


def finished(parsed: ParsedFile, blocks: Iterable[Block], none: str) -> ParsedFile:
    """The file read, with its blocks.

    Raises:
        UnreadableFile: it has neither a reading nor a refused row; ``none`` says so.
    """
    for block in blocks:
        keep(parsed, block)
    if not parsed.blocks and not parsed.rejected:
        raise UnreadableFile(none)
    return parsed


def series_rows(block: Block) -> list[SeriesRows]:
    """The rows of a block as interval starts, cut into series of one step.

    A block that names its step keeps it; instants (indexes, peaks) have none.

    Raises:
        StepUnknown: the step is neither given nor deducible.
    """
    numbered = len(block.lines) == len(block.stamps)
    if block.ends:
        marks = array("b", bytes([Quality.MEASURED])) * len(block.stamps)
        for place, quality in block.qualities.items():
            marks[place] = quality
        step = block.step or Step.IRREGULAR
        lines = block.lines if numbered else None
        return [SeriesRows(step, block.stamps, block.values, marks, block.ends, lines)]
    if block.step is not None or block.convention is Stamp.INSTANT:
        step = block.step or Step.IRREGULAR
        cuts = [(0, len(block.stamps), step, _seconds_of(step))]
    else:
        cuts = [
            (run.first, run.end, STEP_OF_SECONDS[run.step_seconds], run.step_seconds)
            for run in curves.runs(block.stamps, block.convention)
        ]
    gathered: dict[Step, SeriesRows] = {}
    for first, end, step, seconds in cuts:
        shift = seconds if block.convention is Stamp.END else 0
        piece = block.stamps[first:end]
        starts = array("q", [at - shift for at in piece]) if shift else piece
        values = block.values[first:end]
        marks = array("b", bytes([Quality.MEASURED])) * len(piece)
        for place, quality in block.qualities.items():
            if first <= place < end:
                marks[place - first] = quality
        lines = block.lines[first:end] if numbered else None
        if step in gathered:
            old = gathered[step]
            old.starts.extend(starts)  # type: ignore[attr-defined]
            old.values.extend(values)  # type: ignore[attr-defined]
            old.qualities.extend(marks)  # type: ignore[attr-defined]
            if lines is not None:
                old.lines.extend(lines)  # type: ignore[union-attr]
        else:
            gathered[step] = SeriesRows(step, starts, values, marks, None, lines)
    return list(gathered.values())


def _seconds_of(step: Step) -> int:
    return next((seconds for seconds, named in STEP_OF_SECONDS.items() if named is step), 0)
