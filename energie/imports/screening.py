"""Rows that are well written and cannot be: another energy's, ahead of today, beyond any meter.

What cannot have been read is refused with its line; what was read and is not plausible is taken
as ``SUSPECT``, so that it is seen, asked about and counted in no sum.
"""

from __future__ import annotations

from array import array
from datetime import date, timedelta
from decimal import Decimal

from base.basics import clock, facts, formats
from base.basics.formats import day as say_day
from base.basics.i18n import _
from energie.domain import plausible
from energie.domain.blocks import Block, ParsedFile, series_rows
from energie.domain.days import local_day
from energie.domain.kinds import EnergyKind, Quantity, Stamp, Step, Unit
from energie.domain.quality import LAST_COUNTED, Quality
from energie.models import DeliveryPoint


def screen(parsed: ParsedFile, block: Block, point: DeliveryPoint) -> None:
    """Judge the rows of a block by the point they are for, in place; notes go to ``parsed``."""
    if not block.stamps:
        return
    kind = EnergyKind(point.energy_kind)
    if not plausible.is_counted_in(block.quantity, block.unit):
        _refuse(parsed, block, point.timezone, range(len(block.stamps)), [_miscounted(block)])
        return
    if not plausible.fits(kind, block.quantity, block.unit):
        reason = _misfit(point, kind, block)
        _refuse(parsed, block, point.timezone, range(len(block.stamps)), [reason])
        return
    today = clock.today()
    _refuse_ahead(parsed, block, point.timezone, today)
    _doubt_closed(parsed, block, point)
    _doubt(parsed, block, point, kind)


def _misfit(point: DeliveryPoint, kind: EnergyKind, block: Block) -> str:
    return _(
        "Des %(unit)s ne sont pas des relevés du point %(point)s (%(energy)s), qui se comptent en "
        "%(units)s. Vérifiez le point, ou l’unité.",
        unit=_said(block.unit),
        point=point.reference,
        energy=str(kind.word).lower(),
        units=", ".join(sorted(_said(unit) for unit in plausible.UNITS[kind])),
    )


def _miscounted(block: Block) -> str:
    return _(
        "« %(quantity)s » ne se compte pas en %(unit)s, mais en %(units)s.",
        quantity=str(block.quantity.word),
        unit=_said(block.unit),
        units=", ".join(sorted(_said(u) for u in plausible.UNITS_OF_QUANTITY[block.quantity])),
    )


def _said(unit: object) -> str:
    return str(Unit(str(unit)).word)


def _day_of(block: Block, at: int, tz: str) -> date:
    """The local day on which a row happened: an interval, by its start."""
    # An index of midnight closes the day before, as does a stamp that ends its interval.
    is_end = block.convention in (Stamp.END, Stamp.DAY_END, Stamp.INSTANT)
    return local_day(at - 1 if is_end else at, tz)


def _refuse_ahead(parsed: ParsedFile, block: Block, tz: str, today: date) -> None:
    ends = block.ends if block.ends and block.step is not Step.MONTH else ()
    tomorrow = today + timedelta(days=1)
    if (not ends or local_day(max(ends), tz) <= tomorrow) and all(
        facts.sentence(_day_of(block, at, tz), today=today) is None
        for at in (min(block.stamps), max(block.stamps))
    ):
        return
    places, reasons = [], []
    for place in range(len(block.stamps)):
        reason = facts.sentence(_day_of(block, block.stamps[place], tz), today=today)
        if reason is None and ends and local_day(ends[place], tz) > tomorrow:
            reason = facts.sentence(local_day(ends[place] - 1, tz), today=today)
        if reason is not None:
            places.append(place)
            reasons.append(reason)
    _refuse(parsed, block, tz, places, reasons)


def _refuse(
    parsed: ParsedFile, block: Block, tz: str, places: range | list[int], reasons: list[str]
) -> None:
    """Take rows out of a block; one reason is that of all."""
    gone = set(places)
    numbered = len(block.lines) == len(block.stamps)
    for n, place in enumerate(places):
        reason = reasons[n] if len(reasons) > 1 else reasons[0]
        parsed.reject(block.lines[place] if numbered else 0, say_row(block, place, tz), reason)
    kept = [n for n in range(len(block.stamps)) if n not in gone]
    for name in ("stamps", "values", "ends", "lines"):
        column = getattr(block, name)
        if len(column) == len(kept) + len(gone):
            setattr(block, name, array("q", [column[n] for n in kept]))
    block.qualities = {
        n: block.qualities[old] for n, old in enumerate(kept) if old in block.qualities
    }


def _doubt(parsed: ParsedFile, block: Block, point: DeliveryPoint, kind: EnergyKind) -> None:
    if not block.stamps:
        return
    spans = [end - at for at, end in zip(block.stamps, block.ends, strict=False)]
    shortest = min(spans) if spans else _seconds(block)
    least = _bounds(block, kind, shortest, point)
    if _within(min(block.values), least) and _within(max(block.values), least):
        return
    for place, value in enumerate(block.values):
        limits = least
        if spans and spans[place] != shortest:
            limits = _bounds(block, kind, spans[place], point)
        if _within(value, limits):
            continue
        if _is_new_doubt(block, place):
            _suspect(parsed, block, place, point, _sentence(block, place, limits, point))


def _doubt_closed(parsed: ParsedFile, block: Block, point: DeliveryPoint) -> None:
    """Keep as suspect what was used after the point was closed; nothing used is no doubt."""
    closed_on = point.closed_on
    if closed_on is None or block.quantity is Quantity.TEMPERATURE:
        return
    for place, value in enumerate(block.values):
        if not value or _day_of(block, block.stamps[place], point.timezone) <= closed_on:
            continue
        if not _is_new_doubt(block, place):
            continue
        words = _(
            "%(row)s : le point %(point)s est fermé depuis le %(day)s. Gardée comme suspecte, "
            "hors de toutes les sommes.",
            row=say_row(block, place, point.timezone),
            point=point.reference,
            day=say_day(closed_on),
        )
        _suspect(parsed, block, place, point, words)


def _is_new_doubt(block: Block, place: int) -> bool:
    """Whether the file itself calls a value good."""
    return block.qualities.get(place, Quality.MEASURED) <= LAST_COUNTED


def _suspect(
    parsed: ParsedFile, block: Block, place: int, point: DeliveryPoint, words: str
) -> None:
    block.qualities[place] = Quality.SUSPECT
    numbered = len(block.lines) == len(block.stamps)
    line = block.lines[place] if numbered else 0
    parsed.suspect(line, say_row(block, place, point.timezone), words)


def _bounds(block: Block, kind: EnergyKind, seconds: int, point: DeliveryPoint) -> plausible.Bounds:
    found = plausible.bounds(kind, block.quantity, block.unit, seconds, point.subscribed_kva)
    if block.compensates and found.high is not None:
        return plausible.Bounds(-found.high, found.high)
    return found


def _seconds(block: Block) -> int:
    """The shortest interval of a block of one step or several; a power needs none."""
    if block.quantity not in (Quantity.ENERGY, Quantity.VOLUME):
        return 0
    if block.step is not None:
        return plausible.seconds_of(block.step)
    return min(plausible.seconds_of(rows.step) for rows in series_rows(block))


def _within(value: int, limits: plausible.Bounds) -> bool:
    low, high = limits
    return (low is None or value >= low) and (high is None or value <= high)


def _sentence(block: Block, place: int, limits: plausible.Bounds, point: DeliveryPoint) -> str:
    value = block.values[place]
    if limits.low is not None and value < limits.low and block.quantity is not Quantity.TEMPERATURE:
        return _(
            "%(row)s : une valeur négative n’est pas une consommation. Gardée comme suspecte, "
            "hors de toutes les sommes.",
            row=say_row(block, place, point.timezone),
        )
    high = limits.high if limits.high is not None and value > limits.high else limits.low
    return _(
        "%(row)s : au-delà de ce que le point %(point)s peut donner (%(high)s). Gardée comme "
        "suspecte, hors de toutes les sommes.",
        row=say_row(block, place, point.timezone),
        point=point.reference,
        high=say_value(high or 0, block.unit),
    )


def say_row(block: Block, place: int, tz: str) -> str:
    """A row in words: its day where the point is, and its value."""
    when = say_day(local_day(block.stamps[place], tz))
    return f"{when}, {say_value(block.values[place], block.unit)}"


def say_value(milli: int, unit: object) -> str:
    """A value with its unit, as people read it: « 1 234,5 kWh »."""
    value = Decimal(milli).scaleb(-3)
    decimals = 0 if milli % 1000 == 0 else 1 if milli % 100 == 0 else 3
    return f"{formats.number(value, decimals)} {_said(unit)}"
