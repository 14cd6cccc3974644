"""Data Connect JSON: load curves and daily energies of C5 sites.

Values are texts, times are local without offset; a curve's stamp is the end of its step,
a day's date is that day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from base.errors import DomainError
from base.i18n import _
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, ordered
from energie.domain.days import LocalClock, day_start
from energie.domain.kinds import (
    EnergyKind,
    Quantity,
    ReferenceKind,
    Stamp,
    Step,
    Unit,
)
from energie.domain.references import BadReference, clean_reference
from energie.domain.units import to_milli

INTERVALS = {
    "PT5M": Step.MIN_5,
    "PT10M": Step.MIN_10,
    "PT15M": Step.MIN_15,
    "PT30M": Step.MIN_30,
    "PT60M": Step.HOUR,
    "PT1H": Step.HOUR,
}


def reference(parsed: ParsedFile, kind: ReferenceKind, raw: object) -> str:
    """The reference of a file, or nothing: such a file waits to be attached by a person."""
    try:
        found = clean_reference(kind, raw)
    except BadReference as fault:
        parsed.notes.append(str(fault))
        return ""
    if found.warning:
        parsed.notes.append(found.warning)
    return found.text


def read(content: dict[str, Any]) -> ParsedFile:
    """The readings of a ``meter_reading`` document.

    Raises:
        UnreadableFile: the parts that make a reading are missing.
    """
    parsed = ParsedFile("dataconnect")
    body = content["meter_reading"]
    rows = body.get("interval_reading") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise UnreadableFile(_("Ce fichier Data Connect ne contient aucun relevé."))
    prm = reference(parsed, ReferenceKind.PRM, body.get("usage_point_id"))
    daily = isinstance(body.get("reading_type"), dict) and (
        body["reading_type"].get("measuring_period") == "P1D"
    )
    blocks: dict[Step, Block] = {}
    clock = LocalClock()
    for number, row in enumerate(rows, 1):
        try:
            step = Step.DAY if daily else INTERVALS[str(row["interval_length"])]
            at = _stamp(str(row["date"]), clock, daily=daily)
            value = Decimal(str(row["value"])) if row["value"] not in (None, "") else None
        except DomainError as fault:
            parsed.reject(number, str(row), fault)
            continue
        except (KeyError, TypeError, ValueError, InvalidOperation):
            parsed.reject(number, str(row), _("Relevé incomplet ou illisible."))
            continue
        block = blocks.setdefault(step, _block(prm, step))
        if value is None or not value.is_finite():
            block.empties += 1
        else:
            block.add(at, to_milli(value / 1000 if daily else value))
    for block in blocks.values():
        ordered(parsed, block)
        parsed.blocks.append(block)
    if not parsed.blocks:
        raise UnreadableFile(_("Ce fichier Data Connect ne contient aucun relevé."))
    return parsed


def _block(prm: str, step: Step) -> Block:
    if step is Step.DAY:
        return Block(EnergyKind.ELECTRICITY, prm, Quantity.ENERGY, Unit.KWH, Stamp.DAY_START, step)
    return Block(EnergyKind.ELECTRICITY, prm, Quantity.POWER, Unit.W, Stamp.END, step)


def _stamp(text: str, clock: LocalClock, *, daily: bool) -> int:
    if daily:
        return day_start(date.fromisoformat(text[:10]))
    return clock.seconds(datetime.fromisoformat(text))
