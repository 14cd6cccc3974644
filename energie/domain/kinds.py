"""The closed lists of the module: energies, references, registers, series, qualities."""

from __future__ import annotations

from enum import StrEnum


class EnergyKind(StrEnum):
    """What a delivery point delivers."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"
    HEAT = "heat"
    COOLING = "cooling"
    FUEL_OIL = "fuel_oil"
    WOOD = "wood"
    FUEL = "fuel"


class ReferenceKind(StrEnum):
    """Which kind of reference names a delivery point."""

    PRM = "prm"
    PCE = "pce"
    WATER_CONTRACT = "water_contract"
    SUBSTATION = "substation"
    TANK = "tank"
    CARD = "card"


#: The reference that each energy uses.
REFERENCE_OF = {
    EnergyKind.ELECTRICITY: ReferenceKind.PRM,
    EnergyKind.GAS: ReferenceKind.PCE,
    EnergyKind.WATER: ReferenceKind.WATER_CONTRACT,
    EnergyKind.HEAT: ReferenceKind.SUBSTATION,
    EnergyKind.COOLING: ReferenceKind.SUBSTATION,
    EnergyKind.FUEL_OIL: ReferenceKind.TANK,
    EnergyKind.WOOD: ReferenceKind.TANK,
    EnergyKind.FUEL: ReferenceKind.CARD,
}


class MeterKind(StrEnum):
    """A physical meter, a sub-meter, or a sum of others."""

    PHYSICAL = "physical"
    SUB_METER = "sub_meter"
    VIRTUAL = "virtual"


class RegisterCode(StrEnum):
    """The dials of a meter, as the distributors name them."""

    BASE = "BASE"
    HP = "HP"
    HC = "HC"
    HPH = "HPH"
    HCH = "HCH"
    HPB = "HPB"
    HCB = "HCB"
    POINTE = "POINTE"
    TOTAL = "TOTAL"
    INJECTION = "INJECTION"
    REACTIVE = "REACTIVE"


#: The network's classes, then the older two: together they make the whole of a point.
PARTITIONS = (
    (
        RegisterCode.HPH,
        RegisterCode.HCH,
        RegisterCode.HPB,
        RegisterCode.HCB,
        RegisterCode.POINTE,
    ),
    (RegisterCode.HP, RegisterCode.HC),
)


class Direction(StrEnum):
    """Energy taken from the network, or given to it."""

    DRAWN = "drawn"
    INJECTED = "injected"


class Quantity(StrEnum):
    """What the numbers of a series are."""

    INDEX = "index"
    ENERGY = "energy"
    POWER = "power"
    PEAK_POWER = "peak_power"
    TEMPERATURE = "temperature"
    VOLUME = "volume"


class Unit(StrEnum):
    """The units in which a series may be kept; others are converted on the way in."""

    W = "W"
    KW = "kW"
    VA = "VA"
    WH = "Wh"
    KWH = "kWh"
    M3 = "m3"
    LITRE = "l"
    CELSIUS = "degC"


class Basis(StrEnum):
    """Which heating value the kWh of a fuel refer to."""

    PCS = "PCS"
    PCI = "PCI"


class Step(StrEnum):
    """The length of the intervals of a series."""

    MIN_5 = "5min"
    MIN_10 = "10min"
    MIN_15 = "15min"
    MIN_30 = "30min"
    HOUR = "1h"
    DAY = "day"
    MONTH = "month"
    IRREGULAR = "irregular"


#: Seconds of the steps that are constant in absolute time (a local day is not).
STEP_SECONDS = {
    Step.MIN_5: 300,
    Step.MIN_10: 600,
    Step.MIN_15: 900,
    Step.MIN_30: 1800,
    Step.HOUR: 3600,
}
STEP_OF_SECONDS = {seconds: step for step, seconds in STEP_SECONDS.items()}


class Stamp(StrEnum):
    """What the date of a row means in a file."""

    START = "start"
    END = "end"
    DAY_START = "day_start"
    DAY_END = "day_end"
    INSTANT = "instant"


class AllocationKey(StrEnum):
    """What a meter's consumption is shared by."""

    SURFACE = "surface"
    FIXED = "fixed"
    SUB_METER = "sub_meter"
    POINT_COUNT = "point_count"
