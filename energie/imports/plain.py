"""Plain tables of readings, of whatever make: one row a reading, or one row a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, listed, ngettext
from base.desk.imports import Options
from base.desk.imports.day_order import require_sure_days
from base.desk.imports.passing import Passing
from base.desk.imports.reading import recognise_file
from base.papers.tables import Recognition, Row, ValueRefused
from base.papers.tables.texts import Cell, as_text
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, LocalClock, zone
from energie.domain.kinds import (
    STEP_OF_SECONDS,
    Basis,
    Quantity,
    ReferenceKind,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality
from energie.domain.references import bare_reference, clean_reference
from energie.domain.units import accepted, to_milli
from energie.imports import plain_values
from energie.imports.plain_columns import (
    COLUMNS,
    QUANTITY_OF,
    VALUE_KEYS,
    DayColumns,
    basis_in,
    day_columns,
    require,
    says_end,
    unit_in,
)
from energie.imports.plain_numbers import Marks, needs_mark, number
from energie.imports.plain_periods import settle

MOST_ROWS = 2_000_000


class _Cut(NamedTuple):
    """Where a block's rows belong: point, column, unit kept, heating value named."""

    reference: str
    key: str
    unit: Unit
    basis: Basis | None = None


class _Table:
    """A table as it is read: what its columns are, and the blocks that its rows make."""

    def __init__(self, recognition: Recognition, options: Options) -> None:
        self.parsed = ParsedFile("tableau")
        self.parsed.recognition = recognition
        self.columns = recognition.columns
        self.headers = recognition.headers
        self.options = options
        self.answers = options.answers
        self.marks = Marks(lambda: (), (), after=0, told="")
        self.blocks: dict[_Cut, Block] = {}
        self.has_times: dict[_Cut, bool] = {}
        #: How many rows of a block name a month and no day.
        self.months: dict[_Cut, int] = {}
        self.clocks: dict[_Cut, LocalClock] = {}
        #: Dates without a value: they may close the period before.
        self.edges: dict[_Cut, list[int]] = {}
        self.references: dict[str, str] = {}
        self.tz = self.answers.get("timezone", PARIS)
        try:
            zone(self.tz)
        except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
            raise InvalidInput(
                _("Fuseau « %(tz)s » inconnu ; exemple : Europe/Paris.", tz=self.tz)
            ) from fault

    def cell(self, row: Row, key: str) -> Cell:
        """The cell of a column; nothing when the file or the row has none."""
        place = self.columns.get(key)
        return row.cells[place] if place is not None and place < len(row.cells) else None

    def title(self, key: str) -> str:
        return self.headers[self.columns[key]] if key in self.columns else ""

    def number(self, row: Row, place: int) -> Decimal | None:
        """The number of a cell; nothing when it is empty.

        Raises:
            ValueRefused: it is none.
            InvalidInput: the decimal mark of its column cannot be told.
        """
        value = row.cells[place] if place < len(row.cells) else None
        if not needs_mark(value):
            return number(value, ".")
        mark = self.marks.of(place)
        if (fault := self.marks.contradicted(place, value, row.number)) is not None:
            raise fault
        return number(value, mark)

    def reference(self, row: Row) -> str:
        """The point that a row names, else that a person named for the file; perhaps nothing.

        Raises:
            BadReference: a spreadsheet has cut the number.
        """
        written = bare_reference(self.cell(row, "reference")) or self.answers.get("reference", "")
        if written not in self.references:
            self.references[written] = self._clean(written)
        return self.references[written]

    def _clean(self, written: str) -> str:
        if not written:
            return ""
        digits = written.split(".")[0]
        kind = ReferenceKind.PRM if digits.isdecimal() and len(digits) in (13, 14) else None
        # An exponent is refused whatever the energy; other numbers may be anybody's.
        found = clean_reference(kind or ReferenceKind.WATER_CONTRACT, written)
        if found.warning:
            self.parsed.notes.append(found.warning)
        return found.text

    def unit(self, row: Row, key: str, title: str) -> tuple[Unit, Decimal]:
        """The unit of a value: its column, the title, or what a person told.

        Raises:
            InvalidInput: nothing tells it.
        """
        written = as_text(self.cell(row, "unit")).strip() or unit_in(title)
        written = written or self.answers.get("unit", "")
        if not written:
            words = _(
                "L’unité de « %(title)s » n’est pas dite : écrivez-la dans le titre, par "
                "exemple « %(title)s (kWh) », ou donnez-la avec le fichier (unit=kWh).",
                title=title or key,
            )
            raise InvalidInput(words)
        unit, factor = accepted(written)
        if key == "index" and unit not in (Unit.KWH, Unit.M3, Unit.LITRE):
            sentence = _(
                "Un index ne se compte pas en %(unit)s : en kWh, m³ ou litres. Si cette "
                "colonne est une puissance, dites-le.",
                unit=written,
            )
            raise InvalidInput(sentence)
        if unit not in QUANTITY_OF:
            raise InvalidInput(
                _("« %(unit)s » n’est pas une unité de relevé d’énergie.", unit=written)
            )
        return unit, factor

    def block(self, cut: _Cut) -> Block:
        """The block of a point, column and unit."""
        if cut not in self.blocks:
            quantity = Quantity.INDEX if cut.key == "index" else QUANTITY_OF[cut.unit]
            convention = Stamp.INSTANT if quantity is Quantity.INDEX else Stamp.START
            step = Step.IRREGULAR if quantity is Quantity.INDEX else None
            block = Block(None, cut.reference, quantity, cut.unit, convention, step)
            block.basis = cut.basis
            self.blocks[cut] = block
            self.clocks[cut] = LocalClock(self.tz)
        return self.blocks[cut]

    def seconds(self, cut: _Cut, moment: datetime) -> int:
        """The UTC second of an instant, local times in the order of their own series."""
        if moment.tzinfo is not None:
            return int(moment.timestamp())
        return self.clocks[cut].seconds(moment)

    def reject(self, row: Row, fault: DomainError) -> None:
        """Give a row back with its reason."""
        words = listed(as_text(cell) for cell in row.cells[:12])
        hint = getattr(fault, "hint", "")
        self.parsed.reject(row.number, words, fault, cells=row.cells, hint=hint)


def read_plain(path: Path, label: str, options: Options) -> ParsedFile:
    """The readings of a table of unknown make, as its titles and a person's answers tell it.

    Raises:
        HeaderMissing: no line names the columns that are needed.
        InvalidInput: the unit is not told, there are too many rows, or some days have the month
            first and others may be read in two ways.
        UnreadableFile: it holds no reading.
    """
    table, recognition, header = recognise_file(COLUMNS, path, label, options)
    days = day_columns(recognition.headers)
    values = [key for key in VALUE_KEYS if key in recognition.columns]
    require(recognition, values, days)
    found = _Table(recognition, options)
    found.parsed.header = header.cells
    places = list(days.minutes) if days else [recognition.columns[key] for key in values]
    found.marks = Marks(
        table.rows,
        places,
        after=recognition.header_row,
        told=options.answers.get("decimal") or options.decimal,
    )
    passing = Passing(table, recognition, header.cells, ("at",))
    is_american = False
    count = 0
    for row in table.rows():
        if row.number <= recognition.header_row:
            continue
        count += len(days.minutes) if days else 1
        if count > MOST_ROWS:
            raise InvalidInput(_("Ce fichier a plus de %(n)d relevés : partagez-le.", n=MOST_ROWS))
        try:
            if days:
                _day_row(found, row, days)
            else:
                _row(found, row, values)
        except DomainError as fault:
            if isinstance(fault, InvalidInput) and not isinstance(fault, ValueRefused):
                raise
            is_american = is_american or getattr(fault, "hint", "") == "american"
            # Asked of the rows that are no reading only: a curve has a million that are.
            if not passing.passes(row):
                found.reject(row, fault)
    if is_american:
        lines = ((r.number, r.cells) for r in table.rows() if r.number > recognition.header_row)
        require_sure_days(lines, [found.columns[k] for k in ("at", "end") if k in found.columns])
    found.parsed.notes += [note for note in passing.notes() if note not in table.notes]
    return _finished(found, days)


def _row(found: _Table, row: Row, values: Sequence[str]) -> None:
    """One reading, of one or several columns."""
    options = found.options
    pattern = options.answers.get("date_format", "")
    moment = plain_values.moment(
        found.cell(row, "at"), found.cell(row, "time"), pattern=pattern, american=options.american
    )
    if moment is None:
        raise ValueRefused(_("La date est vide."))
    until = plain_values.moment(found.cell(row, "end"), pattern=pattern, american=options.american)
    reference = found.reference(row)
    quality = plain_values.quality(found.cell(row, "quality"))
    for key in values:
        title = found.title(key)
        value = found.number(row, found.columns[key])
        unit, factor = found.unit(row, key, title)
        basis = basis_in(title) or basis_in(as_text(found.cell(row, "unit")))
        cut = _Cut(reference, key, unit, basis)
        block = found.block(cut)
        at = found.seconds(cut, moment.at)
        if value is None:
            block.empties += 1
            found.edges.setdefault(cut, []).append(at)
            continue
        end = None
        if until is not None and block.quantity is not Quantity.INDEX:
            end = found.seconds(cut, until.at)
            if end <= at:
                raise ValueRefused(_("La fin de la période n’est pas après son début."))
        elif "end" in found.columns and block.quantity is not Quantity.INDEX:
            raise ValueRefused(_("La fin de la période est vide."))
        found.has_times[cut] = found.has_times.get(cut, False) or moment.has_time
        found.months[cut] = found.months.get(cut, 0) + moment.is_month
        block.add(at, to_milli(value * factor), quality, end)
        block.lines.append(row.number)


def _day_row(found: _Table, row: Row, days: DayColumns) -> None:
    """All the readings of one day."""
    pattern = found.answers.get("date_format", "")
    moment = plain_values.moment(
        found.cell(row, "at"), pattern=pattern, american=found.options.american
    )
    if moment is None:
        raise ValueRefused(_("La date est vide."))
    reference = found.reference(row)
    title = next(iter(unit_in(found.headers[at]) for at in days.minutes), "")
    unit, factor = found.unit(row, "day", title)
    cut = _Cut(reference, "day", unit)
    block = found.block(cut)
    numbers = {at: found.number(row, at) for at in days.minutes}
    block.convention = Stamp.END if _ends(found, days) else Stamp.START
    block.step = None
    skipped = 0
    for at, minutes in sorted(days.minutes.items(), key=lambda pair: pair[1]):
        value = numbers[at]
        if value is None:
            block.empties += 1
            continue
        local = datetime.combine(moment.at.date(), datetime.min.time()) + timedelta(minutes=minutes)
        try:
            stamp = found.seconds(cut, local)
        except DomainError:  # an hour that the spring change jumps over
            skipped += 1
            continue
        block.add(stamp, to_milli(value * factor), Quality.MEASURED)
        block.lines.append(row.number)
    if skipped:
        words = ngettext(
            "Ligne %(n)d : %(num)d valeur à une heure que le passage à l’heure d’été "
            "saute, laissée de côté ; les autres gardent leur heure.",
            "Ligne %(n)d : %(num)d valeurs à des heures que le passage à l’heure d’été "
            "saute, laissées de côté ; les autres gardent leur heure.",
            skipped,
            n=row.number,
        )
        found.parsed.notes.append(words)


def _ends(found: _Table, days: DayColumns) -> bool:
    told = found.answers.get("convention")
    return days.ends if told is None else told == "end"


def _finished(found: _Table, days: DayColumns | None) -> ParsedFile:
    parsed = found.parsed
    for block in found.blocks.values():
        ordered(parsed, block)
    step = _step_of(found)
    told = found.answers.get("convention", "")
    conventions: set[Stamp] = set()
    # A value alone of its point says neither its step nor its convention: its neighbours do.
    for cut, block in sorted(found.blocks.items(), key=lambda pair: len(pair[1].stamps) < 2):
        if not block.stamps:
            continue
        if days is not None:
            block.step = _STEPS.get(days.step_minutes)
        else:
            is_alone = len(block.stamps) < 2 and len(conventions) == 1
            settle(
                parsed,
                block,
                has_times=found.has_times.get(cut, False),
                months=found.months.get(cut, 0),
                step=step,
                told=told or (str(next(iter(conventions))) if is_alone else ""),
                title_says_end=says_end(found.title("at")),
                edges=found.edges.get(cut, []),
                tz=found.tz,
            )
            if block.convention in (Stamp.START, Stamp.END) and not block.ends:
                conventions.add(block.convention)
        if block.stamps:
            parsed.blocks.append(block)
    if not parsed.blocks and not parsed.rejected:
        raise UnreadableFile(_("Ce tableau ne contient aucun relevé sous ses titres."))
    if any("quatre chiffres" in reject.reason for reject in parsed.rejects):
        parsed.notes.append(
            _("Années à deux chiffres : dites la forme des dates, date_format=%d/%m/%y.")
        )
    empties = sum(block.empties for block in found.blocks.values())
    if empties:
        words = ngettext(
            "%(num)d case vide : manquante, jamais zéro.",
            "%(num)d cases vides : manquantes, jamais zéro.",
            empties,
        )
        parsed.notes.append(words)
    return parsed


_STEPS = {5: Step.MIN_5, 10: Step.MIN_10, 15: Step.MIN_15, 30: Step.MIN_30, 60: Step.HOUR}


def _step_of(found: _Table) -> Step | None:
    """The step of all rows: what a person told, else the shortest that the file's stamps keep.

    A point of which the file has one value alone, at midnight, has no step of its own: it has
    that of its neighbours.
    """
    if told := found.answers.get("step"):
        return Step(told)
    gaps = {
        after - before
        for cut, block in found.blocks.items()
        if found.has_times.get(cut) and not block.ends and block.quantity is not Quantity.INDEX
        for before, after in zip(block.stamps, block.stamps[1:], strict=False)
    }
    known = [gap for gap in gaps if gap in STEP_OF_SECONDS]
    if known:
        return STEP_OF_SECONDS[min(known)]
    return Step.DAY if gaps and min(gaps) in (82_800, 86_400, 90_000) else None
