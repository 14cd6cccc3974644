"""Spreadsheets of GRDF's customer space: volumes and energies by day, week or month.

Energies are kWh PCS, as the distributor bills them. A gas day goes from 06:00 to 06:00.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from base.basics.i18n import _, listed, ngettext
from base.papers.tables.days import MONTHS
from base.papers.tables.texts import as_text, fold
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, next_month, zone
from energie.domain.kinds import Basis, EnergyKind, Quantity, ReferenceKind, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.domain.units import to_milli
from energie.imports.cells import reference

GAS_DAY_HOUR = 6
QUALITIES = {"mesur": Quality.MEASURED, "estim": Quality.ESTIMATED, "corrig": Quality.CORRECTED}
#: How the qualification of a day without data begins.
ABSENT = "absence"
HEADER = "Date de relevé"
#: Rows among which the titles of the export stand.
PREAMBLE = 20
#: A week as the export names it, both days included.
_WEEK = re.compile(r"du (\d{2}/\d{2}/\d{4}) au (\d{2}/\d{2}/\d{4})", re.IGNORECASE)


def gas_day_start(day: date) -> int:
    """The UTC second at which the gas day begins."""
    moment = datetime(day.year, day.month, day.day, GAS_DAY_HOUR, tzinfo=zone(PARIS))
    return int(moment.timestamp())


def quality_of(written: object) -> Quality | None:
    """The quality for a qualification in words; nothing when it says that data is absent.

    What is not known is taken for an estimate.
    """
    word = fold(str(written or "").strip())
    if word.startswith(ABSENT):
        return None
    return next((q for stem, q in QUALITIES.items() if word.startswith(stem)), Quality.ESTIMATED)


def gas_blocks(pce: str) -> dict[str, Block]:
    """Empty blocks of the energy (kWh PCS) and of the volume (m³) of gas days."""
    return {
        "energy": Block(
            EnergyKind.GAS,
            pce,
            Quantity.ENERGY,
            Unit.KWH,
            Stamp.DAY_START,
            Step.DAY,
            basis=Basis.PCS,
        ),
        "volume": Block(EnergyKind.GAS, pce, Quantity.VOLUME, Unit.M3, Stamp.DAY_START, Step.DAY),
    }


def add_value(
    block: Block, first: date, value: object, quality: Quality | None, after: date | None = None
) -> None:
    """Append the value of a gas day, or of the days up to ``after`` (left out).

    An absent one, or one without a quality, is missing.

    Raises:
        InvalidOperation: the value is not a number.
    """
    milli = milli_of(value)
    if milli is None or quality is None:
        block.empties += 1
    else:
        end = None if after is None else gas_day_start(after)
        block.add(gas_day_start(first), milli, quality, end)


def keep_blocks(parsed: ParsedFile, blocks: dict[str, Block]) -> None:
    """Put blocks in order, say what they lack, and keep those that hold something."""
    for block in blocks.values():
        ordered(parsed, block)
        if block.stamps:
            parsed.blocks.append(block)
    missing = blocks["energy"].empties
    if missing:
        words = ngettext(
            "%(num)d relevé sans énergie : manquant.",
            "%(num)d relevés sans énergie : manquants.",
            missing,
        )
        parsed.notes.append(words)


class _Workbook:
    """The customer's spreadsheet as it is read: preamble, titles, then days or months."""

    def __init__(self) -> None:
        self.parsed = ParsedFile("grdf_xlsx")
        self.columns: dict[str, int] = {}
        self.pce = ""
        self.exported_on: date | None = None
        self.days: dict[str, Block] = {}
        self.months: list[_Span] = []
        self.weeks: list[_Span] = []

    def row(self, number: int, cells: list[str]) -> None:
        """Take one row in."""
        if self.columns:
            self._data(number, cells)
            return
        self.pce = self.pce or _preamble_pce(self.parsed, cells)
        self.exported_on = self.exported_on or _exported_on(cells)
        if HEADER in cells and any(cell.startswith("Energie consommée") for cell in cells):
            self.columns = {title: place for place, title in enumerate(cells) if title}
            self.days = gas_blocks(self.pce)

    def _cell(self, cells: list[str], start: str) -> str:
        place = next((p for title, p in self.columns.items() if title.startswith(start)), None)
        return cells[place].replace(",", ".") if place is not None and place < len(cells) else ""

    def _data(self, number: int, cells: list[str]) -> None:
        written = self._cell(cells, HEADER)
        if not written:
            return
        energy = self._cell(cells, "Energie consommée")
        volume = self._cell(cells, "Volume consommé")
        try:
            if month := _month_named(written):
                self.months.append(_span(month, next_month(month), energy, volume))
                return
            if week := _WEEK.fullmatch(written.strip()):
                start, last = (datetime.strptime(text, "%d/%m/%Y").date() for text in week.groups())
                if last < start:
                    raise ValueError(written)
                self.weeks.append(_span(start, last + timedelta(days=1), energy, volume))
                return
            day = datetime.strptime(written, "%d/%m/%Y").date()
            quality = quality_of(self._cell(cells, "Qualification"))
            add_value(self.days["energy"], day, energy, quality)
            add_value(self.days["volume"], day, volume, quality)
        except (ValueError, InvalidOperation):
            words = listed(filter(None, cells))
            self.parsed.reject(number, words, _("Date ou valeur illisible."))

    def finish(self) -> ParsedFile:
        """The blocks of days, or those of weeks or months.

        Raises:
            UnreadableFile: it holds no reading, or rows of several kinds.
        """
        if [bool(self.months), bool(self.weeks), self._has_days()].count(True) > 1:
            raise UnreadableFile(
                _("Cet export de GRDF mêle des jours, des semaines ou des mois : séparez-les.")
            )
        if self.months:
            _fill(self.days, Step.MONTH, _cut(self.months, self.exported_on))
            words = _(
                "Export mensuel : chaque mois est réparti sur ses jours ; le premier et le "
                "dernier, coupés par la date d’export, ne couvrent que les jours relevés."
            )
            self.parsed.notes.append(words)
        if self.weeks:
            # The first and the last are cut by the year that the export goes over; each says
            # its days.
            _fill(self.days, Step.IRREGULAR, self.weeks)
            self.parsed.notes.append(
                _("Export hebdomadaire : chaque semaine est répartie sur ses jours.")
            )
        keep_blocks(self.parsed, self.days)
        if not self.parsed.blocks:
            raise UnreadableFile(_("Cet export de GRDF ne contient aucun relevé."))
        if not self.pce:
            self.parsed.notes.append(_("Le PCE n’est pas indiqué dans le classeur."))
        return self.parsed

    def _has_days(self) -> bool:
        return any(block.stamps or block.empties for block in self.days.values())


class _Span(NamedTuple):
    """A week or a month of the spreadsheet: its first day, the day after its last, energy in kWh
    PCS and volume in m³ as they are written."""

    first: date
    end: date
    energy: str
    volume: str


def _span(first: date, end: date, energy: str, volume: str) -> _Span:
    """A row of several days, whose values are numbers or nothing.

    Raises:
        InvalidOperation: one is neither.
    """
    for value in (energy, volume):
        milli_of(value)
    return _Span(first, end, energy, volume)


def milli_of(written: object) -> int | None:
    """The thousandths of what a cell says; nothing when it is empty.

    Raises:
        InvalidOperation: it is no number.
    """
    if written is None or written == "":
        return None
    number = Decimal(str(written))
    if not number.is_finite():
        raise InvalidOperation
    return to_milli(number)


def _month_named(written: str) -> date | None:
    """The first day of « Novembre 2020 »; nothing when it is no such text."""
    name, _blank, year = fold(written.strip()).partition(" ")
    if name not in MONTHS or not (year.isdecimal() and len(year) == 4):
        return None
    return date(int(year), MONTHS[name], 1)


def _exported_on(cells: list[str]) -> date | None:
    for cell in cells:
        if cell.startswith("Export du "):
            try:
                return datetime.strptime(cell.removeprefix("Export du ").strip(), "%d/%m/%Y").date()
            except ValueError:
                return None
    return None


def _fill(blocks: dict[str, Block], step: Step, spans: Iterable[_Span]) -> None:
    """Fill the blocks from 06:00 of each first day to 06:00 of the day after the last."""
    for block in blocks.values():
        block.step = step
    for span in spans:
        for key, value in (("energy", span.energy), ("volume", span.volume)):
            add_value(blocks[key], span.first, value, Quality.MEASURED, span.end)


def _cut(months: list[_Span], exported_on: date | None) -> Iterator[_Span]:
    """The months as far as they were read.

    The export goes over one year: its last month stops on the day of the export, and its first
    one begins on the same day of the year before, when both are the same month.
    """
    firsts = [month.first for month in months]
    for month in months:
        start = month.first
        if exported_on is None:
            yield month
        elif exported_on.replace(day=1) == start == max(firsts):
            yield month._replace(end=max(exported_on, start + timedelta(days=1)))
        elif start.replace(year=start.year + 1) == exported_on.replace(day=1) and start == min(
            firsts
        ):
            yield month._replace(first=start.replace(day=min(exported_on.day, 28)))
        else:
            yield month


def read_workbook(path: Path) -> ParsedFile | None:
    """The daily or monthly rows of a customer's spreadsheet, under its preamble.

    Nothing when the workbook is not such an export.

    Raises:
        UnreadableFile: it is one, and holds no reading.
    """
    from base.papers.tables import open_tables

    book = _Workbook()
    for row in open_tables(path)[0].rows():
        if not book.columns and row.number > PREAMBLE:
            return None
        book.row(row.number, ["" if cell is None else as_text(cell).strip() for cell in row.cells])
    return book.finish() if book.columns else None


def is_export(path: Path) -> bool:
    """Whether a workbook is such an export, from its first rows."""
    from base.papers.tables import open_tables

    return any(
        HEADER in titles and any(title.startswith("Energie consommée") for title in titles)
        for titles in (
            [as_text(cell).strip() for cell in row.cells] for row in open_tables(path)[0].head()
        )
    )


def _preamble_pce(parsed: ParsedFile, cells: list[str]) -> str:
    for place, cell in enumerate(cells):
        if cell.startswith("N° PCE"):
            written = cell.partition(":")[2].strip() or next(filter(None, cells[place + 1 :]), "")
            return reference(parsed, ReferenceKind.PCE, written) if written else ""
    return ""
