"""Plain tables of readings, of whatever make: one row a reading, or one row a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from base.errors import DomainError, InvalidInput
from base.i18n import _
from base.imports import Options
from base.imports.reading import recognise_file
from base.tables import Recognition, Row, ValueRefused
from base.tables.words import Cell, as_text
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, LocalClock, zone
from energie.domain.kinds import Quantity, ReferenceKind, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.domain.references import bare_reference, clean_reference
from energie.domain.units import accepted, to_milli
from energie.imports import plain_values
from energie.imports.plain_columns import (
    COLUMNS,
    QUANTITY_OF,
    VALUE_KEYS,
    DayColumns,
    day_columns,
    says_end,
    unit_in,
)
from energie.imports.plain_periods import settle

MOST_ROWS = 2_000_000
#: Cells that are looked at to tell the decimal mark.
SAMPLE = 400


class _Cut(NamedTuple):
    """Where a block's rows belong: point, column, unit kept."""

    reference: str
    key: str
    unit: Unit


class _Table:
    """A table as it is read: what its columns are, and the blocks that its rows make."""

    def __init__(self, recognition: Recognition, options: Options) -> None:
        self.parsed = ParsedFile("tableau")
        self.parsed.recognition = recognition
        self.columns = recognition.columns
        self.headers = recognition.headers
        self.options = options
        self.answers = options.answers
        self.marks: dict[int, str] = {}
        self.blocks: dict[_Cut, Block] = {}
        self.has_times: dict[_Cut, bool] = {}
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

    def mark(self, place: int, sample: Sequence[Row]) -> None:
        """Find the decimal mark of a column, unless a person told it."""
        cells = (row.cells[place] for row in sample if place < len(row.cells))
        self.marks[place] = self.answers.get("decimal") or plain_values.decimal_mark(cells)

    def number(self, row: Row, place: int) -> Decimal | None:
        value = row.cells[place] if place < len(row.cells) else None
        return plain_values.number(value, self.marks[place])

    def reference(self, row: Row) -> str:
        """The point that a row names, or that a person named for the file; perhaps nothing.

        Raises:
            BadReference: a spreadsheet has cut the number.
        """
        written = self.answers.get("reference") or bare_reference(self.cell(row, "reference"))
        if written not in self.references:
            self.references[written] = self._clean(written)
        return self.references[written]

    def _clean(self, written: str) -> str:
        if not written:
            return ""
        digits = written.split(".")[0]
        kind = ReferenceKind.PRM if digits.isdigit() and len(digits) in (13, 14) else None
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
            raise InvalidInput(
                _(
                    "L’unité de « %(title)s » n’est pas dite : écrivez-la dans le titre, par "
                    "exemple « %(title)s (kWh) », ou donnez-la avec le fichier (unit=kWh).",
                    title=title or key,
                )
            )
        unit, factor = accepted(written)
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
            self.blocks[cut] = Block(None, cut.reference, quantity, cut.unit, convention, step)
            self.clocks[cut] = LocalClock(self.tz)
        return self.blocks[cut]

    def seconds(self, cut: _Cut, moment: datetime) -> int:
        """The UTC second of an instant, local times in the order of their own series."""
        if moment.tzinfo is not None:
            return int(moment.timestamp())
        return self.clocks[cut].seconds(moment)

    def reject(self, row: Row, fault: DomainError) -> None:
        """Give a row back with its reason."""
        words = " ; ".join(as_text(cell) for cell in row.cells[:12])
        hint = getattr(fault, "hint", "")
        self.parsed.reject(row.number, words, fault, cells=row.cells, hint=hint)


def read_plain(path: Path, label: str, options: Options) -> ParsedFile:
    """The readings of a table of unknown make, as its titles and a person's answers tell it.

    Raises:
        HeaderMissing: no line names the columns that are needed.
        InvalidInput: the unit is not told, there are too many rows.
        UnreadableFile: it holds no reading.
    """
    table, recognition, header = recognise_file(COLUMNS, path, label, options)
    days = day_columns(recognition.headers)
    values = [key for key in VALUE_KEYS if key in recognition.columns]
    _require(recognition, values, days)
    found = _Table(recognition, options)
    found.parsed.header = header.cells
    sample = [row for row in table.head(SAMPLE) if row.number > recognition.header_row]
    places = days.minutes if days else [recognition.columns[key] for key in values]
    for place in places:
        found.mark(place, sample)
    count = 0
    for row in table.rows():
        if row.number <= recognition.header_row:
            continue
        count += len(days.minutes) if days else 1
        if count > MOST_ROWS:
            raise InvalidInput(
                _("Ce fichier a plus de %(n)d relevés : partagez-le.", n=MOST_ROWS)
            )
        try:
            if days:
                _day_row(found, row, days)
            else:
                _row(found, row, values)
        except DomainError as fault:
            if isinstance(fault, InvalidInput) and not isinstance(fault, ValueRefused):
                raise
            found.reject(row, fault)
    return _finished(found, days)


def _require(recognition: Recognition, values: Sequence[str], days: DayColumns | None) -> None:
    """Refuse a table that has no date or nothing to read, with what to do."""
    titles = ", ".join(title for title in recognition.headers if title)[:200]
    if not values and days is None:
        if any("temp" in title.lower() for title in recognition.headers):
            raise UnreadableFile(
                _("Ce tableau donne des températures, pas des relevés d’énergie.")
            )
        raise UnreadableFile(
            _(
                "Ce tableau n’a aucune colonne de relevé (énergie, puissance, volume, index ou "
                "valeur). Ses colonnes : %(titles)s.",
                titles=titles,
            )
        )
    if recognition.missing:
        raise UnreadableFile(
            _(
                "Ce tableau n’a pas de colonne de date reconnue. Ses colonnes : %(titles)s. Dites "
                "laquelle porte la date.",
                titles=titles,
            )
        )


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
        number = found.number(row, found.columns[key])
        unit, factor = found.unit(row, key, title)
        cut = _Cut(reference, key, unit)
        block = found.block(cut)
        at = found.seconds(cut, moment.at)
        if number is None:
            block.empties += 1
            found.edges.setdefault(cut, []).append(at)
            continue
        if key == "index" and number < 0:
            raise ValueRefused(_("Un index n’est jamais négatif."))
        end = None
        if until is not None and block.quantity is not Quantity.INDEX:
            end = found.seconds(cut, until.at)
            if end <= at:
                raise ValueRefused(_("La fin de la période n’est pas après son début."))
        elif "end" in found.columns and block.quantity is not Quantity.INDEX:
            raise ValueRefused(_("La fin de la période est vide."))
        found.has_times[cut] = found.has_times.get(cut, False) or moment.has_time
        block.add(at, to_milli(number * factor), quality, end)
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
        number = numbers[at]
        if number is None:
            block.empties += 1
            continue
        local = datetime.combine(moment.at.date(), datetime.min.time()) + timedelta(minutes=minutes)
        try:
            stamp = found.seconds(cut, local)
        except DomainError:  # an hour that the spring change jumps over
            skipped += 1
            continue
        block.add(stamp, to_milli(number * factor), Quality.MEASURED)
        block.lines.append(row.number)
    if skipped:
        found.parsed.notes.append(
            str(
                _(
                    "Ligne %(n)d : %(c)d valeur(s) à des heures que le passage à l’heure d’été "
                    "saute, laissées de côté ; les autres gardent leur heure.",
                    n=row.number,
                    c=skipped,
                )
            )
        )


def _ends(found: _Table, days: DayColumns) -> bool:
    told = found.answers.get("convention")
    return days.ends if told is None else told == "end"


def _finished(found: _Table, days: DayColumns | None) -> ParsedFile:
    parsed = found.parsed
    for cut, block in found.blocks.items():
        ordered(parsed, block)
        if not block.stamps:
            continue
        if days is not None:
            block.step = _STEPS.get(days.step_minutes)
        else:
            settle(
                parsed,
                block,
                has_times=found.has_times.get(cut, False),
                told=found.answers.get("convention", ""),
                title_says_end=says_end(found.title("at")),
                edges=found.edges.get(cut, []),
                tz=found.tz,
            )
        if block.stamps:
            parsed.blocks.append(block)
    if not parsed.blocks and not parsed.rejected:
        raise UnreadableFile(_("Ce tableau ne contient aucun relevé sous ses titres."))
    if any("quatre chiffres" in reject.reason for reject in parsed.rejects):
        parsed.notes.append(
            str(_("Années à deux chiffres : dites la forme des dates, date_format=%d/%m/%y."))
        )
    empties = sum(block.empties for block in found.blocks.values())
    if empties:
        parsed.notes.append(str(_("%(n)d case(s) vide(s) : manquantes, jamais zéro.", n=empties)))
    return parsed


_STEPS = {5: Step.MIN_5, 10: Step.MIN_10, 15: Step.MIN_15, 30: Step.MIN_30, 60: Step.HOUR}

