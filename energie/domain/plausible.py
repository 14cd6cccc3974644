"""What a reading can be: which units an energy has, and beyond what a value is no measure.

A value that cannot be is kept as ``SUSPECT``: it is read again and counts in no sum.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from energie.domain.indexes import PLAUSIBLE_POWER
from energie.domain.kinds import STEP_SECONDS, EnergyKind, Quantity, Step, Unit

_ENERGY = frozenset((Unit.KWH, Unit.WH))
_POWER = frozenset((Unit.W, Unit.KW, Unit.VA))
_FLUID = frozenset((Unit.M3, Unit.LITRE))
#: The units that readings of each energy may have; temperatures stand beside any.
UNITS = {
    EnergyKind.ELECTRICITY: _ENERGY | _POWER,
    EnergyKind.GAS: _ENERGY | {Unit.M3, Unit.W, Unit.KW},
    EnergyKind.WATER: _FLUID,
    EnergyKind.HEAT: _ENERGY | {Unit.W, Unit.KW, Unit.M3},
    EnergyKind.COOLING: _ENERGY | {Unit.W, Unit.KW, Unit.M3},
    EnergyKind.FUEL_OIL: _FLUID | _ENERGY,
    EnergyKind.WOOD: frozenset((Unit.M3,)) | _ENERGY,
    EnergyKind.FUEL: _FLUID | _ENERGY,
}
#: The units that each quantity is counted in.
UNITS_OF_QUANTITY = {
    Quantity.POWER: _POWER,
    Quantity.PEAK_POWER: _POWER,
    Quantity.ENERGY: _ENERGY,
    Quantity.VOLUME: _FLUID,
    Quantity.INDEX: _ENERGY | _FLUID,
    Quantity.TEMPERATURE: frozenset((Unit.CELSIUS,)),
}
#: Mean kilowatts above which no point of a local authority takes energy: the largest pumping or
#: treatment works stay below twenty megawatts, the largest boiler houses below five hundred.
LARGEST_KW = {EnergyKind.ELECTRICITY: Decimal(20_000)}
_LARGEST_KW = Decimal(500_000)
#: Cubic metres an hour: the water of a great city, or the gas of that boiler house.
LARGEST_M3_PER_HOUR = Decimal(50_000)
#: A short interval may go further beyond the subscribed power than a day can.
_SHORT = 86_400 - 3600
_SHORT_FACTOR = Decimal(3)
_SECONDS = {Step.DAY: 86_400, Step.MONTH: 31 * 86_400}
_IN_KW = {Unit.W: Decimal("0.001"), Unit.VA: Decimal("0.001"), Unit.KW: Decimal(1)}
_IN_KWH = {Unit.WH: Decimal("0.001"), Unit.KWH: Decimal(1)}
_IN_M3 = {Unit.LITRE: Decimal("0.001"), Unit.M3: Decimal(1)}


class Bounds(NamedTuple):
    """Least and largest plausible value of a series, in thousandths of its unit."""

    low: int | None
    high: int | None


def is_counted_in(quantity: Quantity, unit: Unit) -> bool:
    """Whether a quantity is counted in this unit."""
    return unit in UNITS_OF_QUANTITY[quantity]


def fits(kind: EnergyKind, quantity: Quantity, unit: Unit) -> bool:
    """Whether readings of this kind and unit can be of a point of this energy."""
    return quantity is Quantity.TEMPERATURE or unit in UNITS[kind]


def seconds_of(step: Step) -> int:
    """How long an interval lasts at least; an irregular one is taken for a day."""
    return STEP_SECONDS.get(step, 0) or _SECONDS.get(step, 86_400)


def bounds(
    kind: EnergyKind,
    quantity: Quantity,
    unit: Unit,
    seconds: int,
    subscribed_kva: Decimal | None = None,
) -> Bounds:
    """What a value of an interval of ``seconds`` can be.

    An index has no highest value of its own: what it gained is judged with its neighbours.
    A temperature is between the coldest and the hottest that a building may see.
    """
    if quantity is Quantity.TEMPERATURE:
        return Bounds(-60_000, 120_000)
    if quantity is Quantity.INDEX:
        return Bounds(0, None)
    hours = Decimal(seconds) / 3600
    if quantity in (Quantity.POWER, Quantity.PEAK_POWER):
        largest = _largest_kw(kind, subscribed_kva, 0) / _IN_KW[unit]
    elif unit in _IN_M3:
        largest = LARGEST_M3_PER_HOUR * hours / _IN_M3[unit]
    else:
        largest = _largest_kw(kind, subscribed_kva, seconds) * hours / _IN_KWH[unit]
    return Bounds(0, int(largest * 1000))


def largest_gain(
    kind: EnergyKind, unit: Unit, seconds: int, subscribed_kva: Decimal | None
) -> Decimal | None:
    """The most that an index can gain in an interval, in its unit; nothing for other units."""
    if unit not in _IN_KWH and unit not in _IN_M3:
        return None
    high = bounds(kind, Quantity.ENERGY, unit, seconds, subscribed_kva).high
    return Decimal(high or 0) / 1000


def _largest_kw(kind: EnergyKind, subscribed_kva: Decimal | None, seconds: int) -> Decimal:
    if kind is EnergyKind.ELECTRICITY and subscribed_kva:
        return subscribed_kva * (PLAUSIBLE_POWER if seconds > _SHORT else _SHORT_FACTOR)
    return LARGEST_KW.get(kind, _LARGEST_KW)
