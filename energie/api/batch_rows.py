"""Rows of readings that a program sends, as a block of a point."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from energie.domain.blocks import Block
from energie.domain.days import day_start, local_day, next_month
from energie.domain.kinds import EnergyKind, Quantity, Stamp, Step
from energie.domain.quality import BY_LABEL, Quality
from energie.domain.units import accepted, to_milli
from energie.models import DeliveryPoint
from energie.services import readings


def block_of(given: dict[str, Any], point: DeliveryPoint) -> Block:
    """The block that the values of a request are for, with their unit, step and point.

    Raises:
        InvalidInput: a unit, a row or a month that is none.
    """
    unit, factor = accepted(given["unit"])
    block = Block(
        EnergyKind(point.energy_kind),
        point.reference,
        given["quantity"],
        unit,
        Stamp.START,
        given["step"],
    )
    block.factor = factor
    _fill(block, given["rows"])
    _settle(block, point)
    return block


def _settle(block: Block, point: DeliveryPoint) -> None:
    """Give months their ends; a value of no known length would count in no day.

    Raises:
        InvalidInput: an energy, a volume or a power without a step, or a month that is none.
    """
    if block.quantity in (Quantity.INDEX, Quantity.PEAK_POWER):
        block.convention = Stamp.INSTANT
    elif block.step is Step.IRREGULAR:
        raise InvalidInput(
            _("« step » est attendu : une valeur sans durée ne compterait dans aucun jour.")
        )
    elif block.step is Step.MONTH:
        for number, at in zip(block.lines, block.stamps, strict=True):
            first = local_day(at, point.timezone)
            if first.day != 1 or day_start(first, point.timezone) != at:
                raise InvalidInput(
                    _("Relevé %(n)d : un mois commence le premier, à minuit.", n=number)
                )
            block.ends.append(day_start(next_month(first), point.timezone))


def _fill(block: Block, given: Any) -> None:
    """Put the rows of a request into a block, in order of time.

    A row is ``[start, value]`` or ``[start, value, quality]``; they come in any order.

    Raises:
        InvalidInput: a row is malformed, or a start comes twice.
    """
    words = ""
    if not isinstance(given, list) or not given:
        words = _("« rows » attend une liste de relevés.")
    elif len(given) > readings.CHUNK:
        words = _("Au plus %(n)d relevés par envoi.", n=readings.CHUNK)
    if words:
        raise InvalidInput(words, {"rows": words})
    found: dict[int, tuple[int, int, int]] = {}
    for number, row in enumerate(given, 1):
        start, milli, quality = _row(number, row, block)
        if start in found:
            raise InvalidInput(_("Relevé %(n)d : cette heure est donnée deux fois.", n=number))
        found[start] = milli, quality, number
    for start in sorted(found):
        milli, quality, number = found[start]
        block.add(start, milli, Quality(quality))
        block.lines.append(number)


def _row(number: int, row: Any, block: Block) -> tuple[int, int, int]:
    fault = InvalidInput(
        _(
            "Relevé %(n)d : [début en secondes UTC, valeur] est attendu, avec la qualité au "
            "besoin.",
            n=number,
        )
    )
    if not isinstance(row, list) or not 2 <= len(row) <= 3 or isinstance(row[0], bool):
        raise fault
    if not isinstance(row[0], int) or not 0 <= row[0] < 2**40:
        raise fault
    if isinstance(row[1], bool) or not isinstance(row[1], int | float | str):
        raise fault
    quality = Quality.MEASURED
    if len(row) == 3:
        if row[2] not in BY_LABEL:
            raise InvalidInput(_("Relevé %(n)d : qualité inconnue.", n=number))
        quality = BY_LABEL[row[2]]
    try:
        value = Decimal(str(row[1]))
    except InvalidOperation as wrong:
        raise fault from wrong
    if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
        raise fault
    return row[0], to_milli(value * block.factor), int(quality)
