"""Gas exports of GRDF: volumes and energies by day (JSON, spreadsheet) or month (spreadsheet).

Energies are kWh PCS, as the distributor bills them. A gas day goes from 06:00 to 06:00.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from base.i18n import _
from base.tables.words import as_text
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, zone
from energie.domain.kinds import Basis, EnergyKind, Quantity, ReferenceKind, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.domain.units import to_milli
from energie.imports.dataconnect import reference

GAS_DAY_HOUR = 6
QUALITIES = {"Mesuré": Quality.MEASURED, "Estimé": Quality.ESTIMATED, "Corrigé": Quality.CORRECTED}
HEADER = "Date de relevé"
#: Rows among which the titles of the export stand.
PREAMBLE = 20
MONTHS = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
)


def _start(day: date) -> int:
    """The UTC second at which the gas day begins."""
    moment = datetime(day.year, day.month, day.day, GAS_DAY_HOUR, tzinfo=zone(PARIS))
    return int(moment.timestamp())


def _blocks(pce: str) -> dict[str, Block]:
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


def _add(block: Block, day: date, value: object, quality: Quality) -> None:
    """Append a value; an absent one is missing.

    Raises:
        InvalidOperation: the value is not a number.
    """
    if value is None or value == "":
        block.empties += 1
        return
    number = Decimal(str(value))
    if not number.is_finite():
        raise InvalidOperation
    block.add(_start(day), to_milli(number), quality)


def _done(parsed: ParsedFile, blocks: dict[str, Block]) -> None:
    for block in blocks.values():
        ordered(parsed, block)
        if block.stamps:
            parsed.blocks.append(block)
    missing = blocks["energy"].empties
    if missing:
        parsed.notes.append(str(_("%(n)d jour(s) sans énergie : manquants.", n=missing)))


def read_json(content: dict[str, Any]) -> ParsedFile:
    """The daily readings of a customer-space answer, by delivery point."""
    parsed = ParsedFile("grdf_json")
    number = 0
    for pce, body in content.items():
        blocks = _blocks(reference(parsed, ReferenceKind.PCE, pce))
        for row in body["releves"]:
            number += 1
            try:
                day = date.fromisoformat(row["journeeGaziere"])
                quality = QUALITIES.get(row["qualificationReleve"], Quality.ESTIMATED)
                _add(blocks["energy"], day, row["energieConsomme"], quality)
                _add(blocks["volume"], day, row["volumeBrutConsomme"], quality)
            except (KeyError, TypeError, ValueError, InvalidOperation):
                parsed.reject(number, str(row), _("Relevé incomplet ou illisible."))
        _done(parsed, blocks)
    if not parsed.blocks:
        raise UnreadableFile(_("Ce fichier de GRDF ne contient aucun relevé."))
    return parsed


class _Workbook:
    """The customer's spreadsheet as it is read: preamble, titles, then days or months."""

    def __init__(self) -> None:
        self.parsed = ParsedFile("grdf_xlsx")
        self.columns: dict[str, int] = {}
        self.pce = ""
        self.exported_on: date | None = None
        self.days: dict[str, Block] = {}
        self.months: list[_Month] = []

    def row(self, number: int, cells: list[str]) -> None:
        """Take one row in."""
        if self.columns:
            self._data(number, cells)
            return
        self.pce = self.pce or _preamble_pce(self.parsed, cells)
        self.exported_on = self.exported_on or _exported_on(cells)
        if HEADER in cells and any(cell.startswith("Energie consommée") for cell in cells):
            self.columns = {title: place for place, title in enumerate(cells) if title}
            self.days = _blocks(self.pce)

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
                self.months.append(_Month(month, _milli(energy), _milli(volume)))
                return
            day = datetime.strptime(written, "%d/%m/%Y").date()
            quality = QUALITIES.get(self._cell(cells, "Qualification"), Quality.ESTIMATED)
            _add(self.days["energy"], day, energy, quality)
            _add(self.days["volume"], day, volume, quality)
        except (ValueError, InvalidOperation):
            words = " ; ".join(filter(None, cells))
            self.parsed.reject(number, words, _("Date ou valeur illisible."))

    def finish(self) -> ParsedFile:
        """The blocks of days, or those of months."""
        if self.months:
            _month_blocks(self.parsed, self.months, self.days, self.exported_on)
        _done(self.parsed, self.days)
        if not self.parsed.blocks:
            raise UnreadableFile(_("Cet export de GRDF ne contient aucun relevé."))
        if not self.pce:
            self.parsed.notes.append(str(_("Le PCE n’est pas indiqué dans le classeur.")))
        return self.parsed


class _Month(NamedTuple):
    """A month of the spreadsheet: its first day, thousandths of a kWh PCS and of a m³."""

    first: date
    energy: int | None
    volume: int | None


def _milli(written: str) -> int | None:
    if not written:
        return None
    number = Decimal(written)
    if not number.is_finite():
        raise InvalidOperation
    return to_milli(number)


def _month_named(written: str) -> date | None:
    """The first day of « Novembre 2020 »; nothing when it is no such text."""
    name, _blank, year = written.strip().lower().partition(" ")
    plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    if plain not in MONTHS or not (year.isdigit() and len(year) == 4):
        return None
    return date(int(year), MONTHS.index(plain) + 1, 1)


def _exported_on(cells: list[str]) -> date | None:
    for cell in cells:
        if cell.startswith("Export du "):
            try:
                return datetime.strptime(cell.removeprefix("Export du ").strip(), "%d/%m/%Y").date()
            except ValueError:
                return None
    return None


def _month_blocks(
    parsed: ParsedFile, months: list[_Month], blocks: dict[str, Block], exported_on: date | None
) -> None:
    """Fill the blocks with months, from 06:00 of the first day to 06:00 of the first after it.

    The export goes over one year: its last month stops on the day of the export, and its first
    one begins on the same day of the year before, when both are the same month.
    """
    for block in blocks.values():
        block.step = Step.MONTH
    last = max(month.first for month in months)
    for month in months:
        start = month.first
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        if exported_on is not None and exported_on.replace(day=1) == start == last:
            end = max(exported_on, start + timedelta(days=1))
        elif (
            exported_on is not None
            and (start.year + 1, start.month) == (exported_on.year, exported_on.month)
            and start == min(m.first for m in months)
        ):
            start = start.replace(day=min(exported_on.day, 28))
        for key, value in (("energy", month.energy), ("volume", month.volume)):
            if value is None:
                blocks[key].empties += 1
            else:
                blocks[key].add(_start(start), value, Quality.MEASURED, _start(end))
    parsed.notes.append(
        str(_("Export mensuel : chaque mois est réparti sur ses jours ; le premier et le dernier, "
              "coupés par la date d’export, ne couvrent que les jours relevés."))  # fmt: skip
    )


def read_workbook(path: Path) -> ParsedFile | None:
    """The daily or monthly rows of a customer's spreadsheet, under its preamble.

    Nothing when the workbook is not such an export.

    Raises:
        UnreadableFile: it is one, and holds no reading.
    """
    from base.tables import open_tables

    book = _Workbook()
    for row in open_tables(path)[0].rows():
        if not book.columns and row.number > PREAMBLE:
            return None
        book.row(row.number, ["" if cell is None else as_text(cell).strip() for cell in row.cells])
    return book.finish() if book.columns else None


def is_export(path: Path) -> bool:
    """Whether a workbook is such an export, from its first rows."""
    from base.tables import open_tables

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
