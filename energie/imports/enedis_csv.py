"""Enedis CSV files: load curves of C4 and C5 sites, daily indexes and peaks of C5 sites.

A preamble names the delivery point and what follows; several sections may be stacked in
one file. Cells may be empty where the meter said nothing: those are missing values. The flat
files of the flows R63 and R64, which say everything on each row, begin with the same title.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from base.basics.errors import DomainError
from base.basics.i18n import _, ngettext
from base.papers.tables.texts import fold
from energie.domain.blocks import (
    Block,
    ParsedFile,
    UnreadableFile,
    empties_in_words,
    keep,
    ordered,
)
from energie.domain.curves import Asked
from energie.domain.days import PARIS, LocalClock, day_start, zone
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
from energie.imports import cells
from energie.imports.dataconnect import SENTINEL
from energie.imports.enedis_forms import read_flat
from energie.imports.enedis_measures import choose_convention

FIRST_CELL = "Identifiant PRM"
#: Columns of the index section that are kept: the whole, and the distributor's classes.
INDEX_COLUMNS = {"EAS T": RegisterCode.TOTAL}
#: Hours at which daily indexes are stamped, as the clock changes push them.
DAILY_HOURS = (23, 0, 1)
PARIS_OFFSETS = (timedelta(hours=1), timedelta(hours=2))
#: Words after « Grandeur » that say what a section measures; and how those not read begin.
METERED = ("metier", "physique")
OTHER_QUANTITIES = ("energie reac", "puissance reac", "tension", "energie inductive", "capacit")
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
            if "Horodate" in line:
                return read_flat(line, numbered)
            _section(parsed, line, numbered)
    if not parsed.blocks and not parsed.rejected:
        words = _("Le fichier d’Enedis ne contient aucune section lisible.")
        raise UnreadableFile(" ".join([str(words), *parsed.notes]))
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
            words = _(
                "Ligne %(n)d : « Horodate » était attendu, le fichier est coupé ou abîmé.",
                n=number,
            )
            raise UnreadableFile(words)
        if other := _other_quantity(preamble):
            header = _skipped(parsed, other, number, lines)
        elif kind == "Courbe de charge":
            header = _curve(parsed, preamble, prm.text, lines)
        elif kind == "Index":
            header = _index(parsed, titles, preamble, prm.text, lines)
        elif kind.startswith("Puissance maximale"):
            header = _peaks(parsed, preamble, prm.text, lines)
        else:
            raise UnreadableFile(
                _("Type de données Enedis « %(kind)s » : pas encore lu.", kind=kind or _("vide"))
            )


def _other_quantity(preamble: dict[str, str]) -> str:
    """What a section measures when it is no consumption of active energy; else nothing."""
    metered, physical = (fold(preamble.get(f"Grandeur {word}", "")) for word in METERED)
    if metered.startswith("prod"):
        return preamble["Grandeur metier"]
    return preamble["Grandeur physique"] if physical.startswith(OTHER_QUANTITIES) else ""


def _skipped(parsed: ParsedFile, other: str, number: int, lines: Lines) -> str:
    """Pass over a section that is not read; the title of the next one."""
    words = _(
        "Ligne %(n)d : section « %(other)s » non lue, seule l’énergie consommée l’est.",
        n=number,
        other=other,
    )
    parsed.notes.append(words)
    return next((line for _number, line in lines if line.startswith(FIRST_CELL)), "")


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
            _("Unité non indiquée par le fichier : %(unit)s supposé.", unit=default)
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
    # Rows without a value tell the convention too: a file may begin and end with them.
    bare: list[int] = []
    for number, line in lines:
        at_text, _separator, rest = line.partition(";")
        value = rest.rstrip("; \r\n")
        try:
            moment = stamp(at_text)
            at = int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)
            milli = int(value) * whole if whole and value.isdecimal() else None
        except (ValueError, DomainError):
            if at_text.startswith(FIRST_CELL):
                following = line
                break
            if line.strip():
                _odd_row(parsed, block, clock, number, line, scale, bare)
            continue
        if milli is not None:
            add_stamp(at)
            add_value(milli)
        elif value:
            _odd_row(parsed, block, clock, number, line, scale, bare)
        else:
            block.empties += 1
            bare.append(at)
    _finish_curve(parsed, block, preamble, bare)
    return following


def _odd_row(
    parsed: ParsedFile,
    block: Block,
    clock: LocalClock,
    number: int,
    line: str,
    scale: Decimal,
    bare: list[int],
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
        bare.append(at)
    else:
        block.add(at, to_milli(value * scale / 1000))


def _instant(text: str, clock: LocalClock) -> int:
    moment = _moment(text)
    return int(moment.timestamp()) if moment.tzinfo else clock.seconds(moment)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in PLAIN_FORMATS:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    raise UnreadableFile(_("Date « %(text)s » illisible.", text=text[:40]))


def _number(text: str) -> Decimal | None:
    """The number of a cell, with a decimal point or comma; nothing when it is empty."""
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    try:
        return cells.number(bare)
    except InvalidOperation as fault:
        raise UnreadableFile(_("Valeur « %(text)s » illisible.", text=text[:40])) from fault


def _finish_curve(
    parsed: ParsedFile, block: Block, preamble: dict[str, str], bare: list[int]
) -> None:
    ordered(parsed, block)
    if not block.stamps:
        parsed.notes.append(_("La courbe de charge ne contient aucune valeur."))
        return
    minutes = preamble.get("Pas en minutes", "")
    if minutes.isdecimal():
        block.step = STEP_OF_SECONDS.get(int(minutes) * 60)
    asked = Asked(*(_day(preamble.get(title, "")) for title in ("Date de debut", "Date de fin")))
    ends = (block.stamps[0], block.stamps[-1], *bare)
    choose_convention(parsed, block, asked, min(ends), max(ends))
    if block.step is None:
        parsed.notes.append(_("Pas de temps non indiqué : déduit des horodates."))
    if block.empties:
        parsed.notes.append(empties_in_words(block.empties))
    parsed.blocks.append(block)


def _day(written: str) -> date | None:
    try:
        return datetime.strptime(written, "%d/%m/%Y").date()
    except ValueError:
        return None


def _index(
    parsed: ParsedFile, titles: str, preamble: dict[str, str], prm: str, lines: Lines
) -> str:
    """Daily indexes of the whole consumption, each at the midnight that begins its day.

    The file adds 24 hours to the former stamp: a file that begins in summer says 23:00 in
    winter, one that begins in winter says 01:00 in summer. The local date of the stamp is the
    day in all cases, as the load curve of the same meter tells.
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
    clock, following, moved = LocalClock(), "", 0
    for number, line in lines:
        cells = line.rstrip("\r\n").split(";")
        if cells[0] == FIRST_CELL:
            following = line
            break
        if cells[0] in ("", "Periode") or cells[0].startswith("Du "):
            continue
        for place, block in blocks.items():
            try:
                stamp, at = _index_at(cells[0], clock)
                value = _number(cells[place] if place < len(cells) else "")
            except DomainError as fault:
                parsed.reject(number, line, fault)
                continue
            if value is None:
                block.empties += 1
                continue
            moved += at != stamp
            block.add(at, to_milli(value * factor))
    if moved:
        words = ngettext(
            "%(num)d index horodaté à 23 h ou à 1 h selon la saison : pris à 0 h de sa date.",
            "%(num)d index horodatés à 23 h ou à 1 h selon la saison : pris à 0 h de leur date.",
            moved,
        )
        parsed.notes.append(words)
    for block in blocks.values():
        if block.stamps:  # else the meter has no such class: nothing is missing
            keep(parsed, block)
    return following


def _index_at(text: str, clock: LocalClock) -> tuple[int, int]:
    """The instant of a stamp, and that of its index: for a daily one, 00:00 of its local date.

    A reading at another time of the day is no daily one, and keeps its instant.
    """
    moment, stamp = _moment(text), _instant(text, clock)
    is_local = moment.utcoffset() in (None, *PARIS_OFFSETS)
    local = moment if is_local else datetime.fromtimestamp(stamp, zone(PARIS))
    is_daily = not (local.minute or local.second) and local.hour in DAILY_HOURS
    return stamp, day_start(local.date()) if is_daily else stamp


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
                _("Ligne %(n)d : 65535 n’est pas une puissance ; gardée suspecte.", n=number)
            )
            block.add(at, to_milli(value * factor), Quality.SUSPECT)
        else:
            block.add(at, to_milli(value * factor))
    keep(parsed, block)
    return following
