"""Data Connect JSON: load curves, daily energies and daily peaks of C5 sites.

Values are texts, times are local without offset; a curve's stamp is the end of its step,
a day's date is that day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from base.basics.errors import DomainError
from base.basics.i18n import _
from energie.domain.blocks import Block, ParsedFile, UnreadableFile, finished
from energie.domain.days import LocalClock, day_start
from energie.domain.kinds import (
    EnergyKind,
    Quantity,
    ReferenceKind,
    Stamp,
    Step,
    Unit,
)
from energie.domain.quality import Quality
from energie.domain.units import accepted, to_milli
from energie.imports.cells import reference

#: What a meter of two bytes says when it has nothing to say.
SENTINEL = 65535
INTERVALS = {
    "PT5M": Step.MIN_5,
    "PT10M": Step.MIN_10,
    "PT15M": Step.MIN_15,
    "PT30M": Step.MIN_30,
    "PT60M": Step.HOUR,
    "PT1H": Step.HOUR,
}


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
    kind = body.get("reading_type") if isinstance(body.get("reading_type"), dict) else {}
    is_daily = kind.get("measuring_period") == "P1D"
    # Daily peaks come in the form of daily energies, each at its own time.
    is_peak = kind.get("aggregate") == "maximum" or str(kind.get("unit")).upper() == "VA"
    daily = is_daily and not is_peak
    default = "VA" if is_peak else "Wh" if daily else "W"
    unit, factor = accepted(str(kind.get("unit") or default))
    blocks: dict[Step, Block] = {}
    clock = LocalClock()
    for number, row in enumerate(rows, 1):
        try:
            if is_peak:
                step = Step.IRREGULAR
            else:
                step = Step.DAY if daily else INTERVALS[str(row["interval_length"])]
            at = _stamp(str(row["date"]), clock, daily=daily)
            value = Decimal(str(row["value"])) if row["value"] not in (None, "") else None
        except DomainError as fault:
            parsed.reject(number, str(row), fault)
            continue
        except (KeyError, TypeError, ValueError, InvalidOperation):
            parsed.reject(number, str(row), _("Relevé incomplet ou illisible."))
            continue
        block = blocks.setdefault(step, _block(prm, step, unit, is_peak=is_peak))
        if value is None or not value.is_finite():
            block.empties += 1
        else:
            is_full_scale = is_peak and value == SENTINEL
            quality = Quality.SUSPECT if is_full_scale else Quality.MEASURED
            block.add(at, to_milli(value * factor), quality)
    return finished(parsed, blocks.values(), _("Ce fichier Data Connect ne contient aucun relevé."))


def _block(prm: str, step: Step, unit: Unit, *, is_peak: bool) -> Block:
    if is_peak:
        quantity, convention = Quantity.PEAK_POWER, Stamp.INSTANT
    elif step is Step.DAY:
        quantity, convention = Quantity.ENERGY, Stamp.DAY_START
    else:
        quantity = Quantity.ENERGY if unit is Unit.KWH else Quantity.POWER
        convention = Stamp.END
    return Block(EnergyKind.ELECTRICITY, prm, quantity, unit, convention, step)


def _stamp(text: str, clock: LocalClock, *, daily: bool) -> int:
    if daily:
        return day_start(date.fromisoformat(text[:10]))
    return clock.seconds(datetime.fromisoformat(text))
