"""Gas exports of GRDF: daily volumes and energies, by JSON or by the customer's spreadsheet.

Energies are kWh PCS, as the distributor bills them. A gas day goes from 06:00 to 06:00.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from base.i18n import _
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, zone
from energie.domain.kinds import Basis, EnergyKind, Quantity, ReferenceKind, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.domain.units import to_milli
from energie.imports.dataconnect import reference

GAS_DAY_HOUR = 6
QUALITIES = {"Mesuré": Quality.MEASURED, "Estimé": Quality.ESTIMATED, "Corrigé": Quality.CORRECTED}
HEADER = "Date de relevé"


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


def read_workbook(path: Path) -> ParsedFile:
    """The daily rows of a customer's spreadsheet, under its preamble.

    Raises:
        UnreadableFile: no daily table is found.
    """
    from base.tables import open_tables

    parsed = ParsedFile("grdf_xlsx")
    columns: dict[str, int] = {}
    blocks: dict[str, Block] = {}
    pce = ""
    for row in open_tables(path)[0].rows():
        cells = ["" if cell is None else str(cell).strip() for cell in row.cells]
        if not columns:
            pce = pce or _preamble_pce(parsed, cells)
            if HEADER in cells:
                columns = {title: place for place, title in enumerate(cells) if title}
                blocks = _blocks(pce)
            continue
        _workbook_row(parsed, blocks, columns, row.number, cells)
    if not columns:
        raise UnreadableFile(_("Ce classeur ne contient pas l’export de consommations attendu."))
    _done(parsed, blocks)
    if not parsed.blocks:
        raise UnreadableFile(
            _(
                "Cet export de GRDF est mensuel : demandez l’export journalier, les mois s’en "
                "déduisent."
            )
        )
    if not pce:
        parsed.notes.append(str(_("Le PCE n’est pas indiqué dans le classeur.")))
    return parsed


def _preamble_pce(parsed: ParsedFile, cells: list[str]) -> str:
    for place, cell in enumerate(cells):
        if cell.startswith("N° PCE"):
            written = cell.partition(":")[2].strip() or next(filter(None, cells[place + 1 :]), "")
            return reference(parsed, ReferenceKind.PCE, written) if written else ""
    return ""


def _workbook_row(
    parsed: ParsedFile,
    blocks: dict[str, Block],
    columns: dict[str, int],
    number: int,
    cells: list[str],
) -> None:
    def cell(start: str) -> str:
        place = next((p for title, p in columns.items() if title.startswith(start)), None)
        return cells[place].replace(",", ".") if place is not None and place < len(cells) else ""

    written = cell(HEADER)
    if not written:
        return
    try:
        day = datetime.strptime(written, "%d/%m/%Y").date()
        quality = QUALITIES.get(cell("Qualification"), Quality.ESTIMATED)
        _add(blocks["energy"], day, cell("Energie consommée"), quality)
        _add(blocks["volume"], day, cell("Volume consommé"), quality)
    except (ValueError, InvalidOperation):
        if not written.split()[-1].isdigit():
            parsed.reject(number, written, _("Date ou valeur illisible."))
