"""Enedis CSV files: load curves of C4 and C5 sites, daily indexes and peaks of C5 sites.

A preamble names the delivery point and what follows; several sections may be stacked in
one file. Cells may be empty where the meter said nothing: those are missing values.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from base.errors import DomainError
from base.i18n import _
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import PARIS, LocalClock, day_start, local_day, zone
from energie.domain.kinds import (
    STEP_OF_SECONDS,
    EnergyKind,
    Quantity,
    ReferenceKind,
    RegisterCode,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality
from energie.domain.references import clean_reference
from energie.domain.units import accepted, to_milli

FIRST_CELL = "Identifiant PRM"
#: What a meter of two bytes says when it has nothing to say.
SENTINEL = 65535
#: Columns of the index section that are kept: the whole, and the distributor's classes.
INDEX_COLUMNS = {"EAS T": RegisterCode.TOTAL}
PLAIN_FORMATS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")

Lines = Iterator[tuple[int, str]]


def read(lines: Iterator[str]) -> ParsedFile:
    """The file read: one block for each kind of row.

    Raises:
        UnreadableFile: the preamble is cut, or the kind of data is unknown.
        BadReference: the PRM is not one.
    """
    parsed = ParsedFile("enedis_csv")
    numbered = enumerate(lines, 1)
    for _number, line in numbered:
        if line.lstrip("\ufeff").startswith(FIRST_CELL):
            _section(parsed, line, numbered)
    if not parsed.blocks:
        raise UnreadableFile(_("Le fichier d’Enedis ne contient aucune section lisible."))
    return parsed


def _section(parsed: ParsedFile, header: str, lines: Lines) -> None:
    """Read one section, and those stacked under it."""
    while header:
        preamble = _preamble(header, lines)
        kind = preamble.get("Type de donnees", "")
        prm = clean_reference(ReferenceKind.PRM, preamble.get(FIRST_CELL))
        if prm.warning:
            parsed.notes.append(prm.warning)
        number, titles = next(lines, (0, ""))
        if not titles.startswith("Horodate"):
            raise UnreadableFile(
                _(
                    "Ligne %(n)d : « Horodate » était attendu, le fichier est coupé ou abîmé.",
                    n=number,
                )
            )
        if kind == "Courbe de charge":
            header = _curve(parsed, preamble, prm.text, lines)
        elif kind == "Index":
            header = _index(parsed, titles, preamble, prm.text, lines)
        elif kind.startswith("Puissance maximale"):
            header = _peaks(parsed, preamble, prm.text, lines)
        else:
            raise UnreadableFile(
                _("Type de données Enedis « %(kind)s » : pas encore lu.", kind=kind or _("vide"))
            )


def _preamble(header: str, lines: Lines) -> dict[str, str]:
    titles = next(csv.reader([header.lstrip("\ufeff")], delimiter=";"))
    _number, values = next(lines, (0, ""))
    if not values.strip():
        raise UnreadableFile(_("Le fichier d’Enedis s’arrête après sa première ligne."))
    cells = next(csv.reader([values], delimiter=";"))
    return {t.strip(): v.strip() for t, v in zip(titles, cells, strict=False)}


def _unit(parsed: ParsedFile, preamble: dict[str, str], default: str) -> tuple[Unit, Decimal]:
    written = preamble.get("Unite", "")
    if not written:
        parsed.notes.append(
            str(_("Unité non indiquée par le fichier : %(unit)s supposé.", unit=default))
        )
    return accepted(written or default)


def _curve(parsed: ParsedFile, preamble: dict[str, str], prm: str, lines: Lines) -> str:
    unit, factor = _unit(parsed, preamble, "W")
    block = Block(EnergyKind.ELECTRICITY, prm, Quantity.POWER, unit, Stamp.START)
    scale = factor * 1000
    whole = int(scale) if scale == int(scale) else 0
    stamp, clock = datetime.fromisoformat, LocalClock()
    add_stamp, add_value = block.stamps.append, block.values.append
    following = ""
    for number, line in lines:
        at_text, _separator, rest = line.partition(";")
        value = rest.rstrip("; \r\n")
        try:
            moment = stamp(at_text)
            at = int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)
            milli = int(value) * whole if whole and value.isdigit() else None
        except (ValueError, DomainError):
            if at_text.startswith(FIRST_CELL):
                following = line
                break
            if line.strip():
                _odd_row(parsed, block, clock, number, line, scale)
            continue
        if milli is not None:
            add_stamp(at)
            add_value(milli)
        elif value:
            _odd_row(parsed, block, clock, number, line, scale)
        else:
            block.empties += 1
    _finish_curve(parsed, block, preamble)
    return following


def _odd_row(
    parsed: ParsedFile, block: Block, clock: LocalClock, number: int, line: str, scale: Decimal
) -> None:
    """A row that the quick path leaves: decimals, French dates, or a fault."""
    at_text, _separator, rest = line.partition(";")
    try:
        at = _instant(at_text.strip(), clock)
        value = _number(rest.rstrip("; \r\n"))
    except DomainError as fault:
        parsed.reject(number, line, fault)
        return
    if value is None:
        block.empties += 1
    else:
        block.add(at, to_milli(value * scale / 1000))


def _instant(text: str, clock: LocalClock) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _french(text)
    return int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)


def _french(text: str) -> datetime:
    for pattern in PLAIN_FORMATS:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    raise UnreadableFile(_("Date « %(text)s » illisible.", text=text[:40]))


def _number(text: str) -> Decimal | None:
    """The number of a cell, with a decimal point or comma; nothing when it is empty."""
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    if not bare:
        return None
    try:
        value = Decimal(bare)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UnreadableFile(_("Valeur « %(text)s » illisible.", text=text[:40]))
    return value


def _finish_curve(parsed: ParsedFile, block: Block, preamble: dict[str, str]) -> None:
    ordered(parsed, block)
    if not block.stamps:
        parsed.notes.append(str(_("La courbe de charge ne contient aucune valeur.")))
        return
    minutes = preamble.get("Pas en minutes", "")
    if minutes.isdigit():
        block.step = STEP_OF_SECONDS.get(int(minutes) * 60)
    block.convention = _convention(parsed, block, preamble)
    if block.step is None:
        parsed.notes.append(str(_("Pas de temps non indiqué : déduit des horodates.")))
    if block.empties:
        parsed.notes.append(
            str(_("%(n)d valeur(s) vide(s) : manquantes, jamais zéro.", n=block.empties))
        )
    parsed.blocks.append(block)


def _convention(parsed: ParsedFile, block: Block, preamble: dict[str, str]) -> Stamp:
    """Whether stamps mark starts (C4) or ends (C5) of intervals, from the first and last.

    A file of starts goes from 00:00 to the last step before midnight; a file of ends goes
    from the first step after midnight to 00:00.
    """
    first, last = (datetime.fromtimestamp(block.stamps[place], zone(PARIS)) for place in (0, -1))
    opens, closes = preamble.get("Date de debut", ""), preamble.get("Date de fin", "")
    if _midnight(first) and first.strftime("%d/%m/%Y") == opens:
        return Stamp.START
    if _midnight(last) and last.strftime("%d/%m/%Y") == closes:
        return Stamp.END
    if not _midnight(first) and first.strftime("%d/%m/%Y") == opens and first.hour == 0:
        return Stamp.END
    ends = block.stamps[1] - block.stamps[0] >= 1800 if len(block.stamps) > 1 else False
    parsed.notes.append(
        str(
            _("Horodate supposée en fin de pas (courbe d’un compteur Linky).")
            if ends
            else _("Horodate supposée en début de pas (courbe d’un site de plus de 36 kVA).")
        )
    )
    return Stamp.END if ends else Stamp.START


def _midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _index(
    parsed: ParsedFile, titles: str, preamble: dict[str, str], prm: str, lines: Lines
) -> str:
    """Daily indexes of the whole consumption, brought back to the midnight that they are for.

    The file adds 24 hours to the former stamp: after the October change it says 23:00. And
    its first row is stamped one day after the first day asked for: the same day seen in a
    load curve and in a subscription flow tells that it is the index at the start of that
    first day. Both are undone here.
    """
    unit, factor = _unit(parsed, preamble, "Wh")
    columns = titles.rstrip("\r\n").split(";")
    places = {columns.index(name): code for name, code in INDEX_COLUMNS.items() if name in columns}
    blocks = {
        place: Block(
            EnergyKind.ELECTRICITY, prm, Quantity.INDEX, unit, Stamp.INSTANT, Step.IRREGULAR, code
        )
        for place, code in places.items()
    }
    clock, following = LocalClock(), ""
    late: int | None = None
    for number, line in lines:
        cells = line.rstrip("\r\n").split(";")
        if cells[0] == FIRST_CELL:
            following = line
            break
        if cells[0] in ("", "Periode") or cells[0].startswith("Du "):
            continue
        for place, block in blocks.items():
            try:
                day = _nearest_day(_instant(cells[0], clock))
                value = _number(cells[place] if place < len(cells) else "")
            except DomainError as fault:
                parsed.reject(number, line, fault)
                continue
            if late is None:
                late = _lateness(parsed, preamble, day)
            if value is None:
                block.empties += 1
            else:
                block.add(day_start(day - timedelta(days=late)), to_milli(value * factor))
    for block in blocks.values():
        ordered(parsed, block)
        if block.stamps:
            parsed.blocks.append(block)
    return following


def _nearest_day(at: int) -> date:
    """The day of the local midnight nearest to an instant."""
    return local_day(at + 12 * 3600)


def _lateness(parsed: ParsedFile, preamble: dict[str, str], first: date) -> int:
    """Days by which the stamps of daily indexes are late: one, or none."""
    if (first - timedelta(days=1)).strftime("%d/%m/%Y") != preamble.get("Date de debut"):
        return 0
    parsed.notes.append(
        str(_("Index horodatés un jour trop tard par le fichier : ramenés au début du jour."))
    )
    return 1


def _peaks(parsed: ParsedFile, preamble: dict[str, str], prm: str, lines: Lines) -> str:
    """Daily peaks, each at its own time; the full-scale value is a sentinel, kept as suspect."""
    unit, factor = _unit(parsed, preamble, "W")
    block = Block(
        EnergyKind.ELECTRICITY, prm, Quantity.PEAK_POWER, unit, Stamp.INSTANT, Step.IRREGULAR
    )
    clock, following = LocalClock(), ""
    for number, line in lines:
        if line.startswith(FIRST_CELL):
            following = line
            break
        if not line.strip():
            continue
        at_text, _separator, rest = line.partition(";")
        try:
            at = _instant(at_text, clock)
            value = _number(rest.rstrip("; \r\n"))
        except DomainError as fault:
            parsed.reject(number, line, fault)
            continue
        if value is None:
            block.empties += 1
        elif value == SENTINEL:
            parsed.notes.append(
                str(_("Ligne %(n)d : 65535 n’est pas une puissance ; gardée suspecte.", n=number))
            )
            block.add(at, to_milli(value * factor), Quality.SUSPECT)
        else:
            block.add(at, to_milli(value * factor))
    ordered(parsed, block)
    if block.stamps:
        parsed.blocks.append(block)
    return following
