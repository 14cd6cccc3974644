"""The closed lists of the module: energies, references, registers, series, qualities."""

from __future__ import annotations

from enum import StrEnum

from base.basics.i18n import _l
from base.store.choice import Choice


class EnergyKind(Choice):
    """What a delivery point delivers."""

    ELECTRICITY = "electricity", _l("Électricité"), "bolt"
    GAS = "gas", _l("Gaz"), "flame"
    WATER = "water", _l("Eau"), "droplet"
    HEAT = "heat", _l("Chaleur"), "gauge"
    COOLING = "cooling", _l("Froid"), "gauge"
    FUEL_OIL = "fuel_oil", _l("Fioul"), "gauge"
    WOOD = "wood", _l("Bois"), "gauge"
    FUEL = "fuel", _l("Carburant"), "gauge"


class ReferenceKind(Choice):
    """Which kind of reference names a delivery point."""

    PRM = "prm", _l("PRM")
    PCE = "pce", _l("PCE")
    WATER_CONTRACT = "water_contract", _l("Contrat d’eau")
    SUBSTATION = "substation", _l("Sous-station")
    TANK = "tank", _l("Cuve")
    CARD = "card", _l("Carte")


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


class MeterKind(Choice):
    """A physical meter, a sub-meter, or a sum of others."""

    PHYSICAL = "physical", _l("Compteur")
    SUB_METER = "sub_meter", _l("Sous-compteur")
    VIRTUAL = "virtual", _l("Compteur calculé")


class RegisterCode(Choice):
    """The dials of a meter, as the distributors name them."""

    BASE = "BASE", _l("base")
    HP = "HP", _l("heures pleines")
    HC = "HC", _l("heures creuses")
    HPH = "HPH", _l("heures pleines, saison haute")
    HCH = "HCH", _l("heures creuses, saison haute")
    HPB = "HPB", _l("heures pleines, saison basse")
    HCB = "HCB", _l("heures creuses, saison basse")
    POINTE = "POINTE", _l("pointe")
    TOTAL = "TOTAL", _l("total")
    INJECTION = "INJECTION", _l("injection")
    REACTIVE = "REACTIVE", _l("énergie réactive")


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


class Direction(Choice):
    """Energy taken from the network, or given to it."""

    DRAWN = "drawn", _l("Soutirage")
    INJECTED = "injected", _l("Injection")


class Quantity(Choice):
    """What the numbers of a series are."""

    INDEX = "index", _l("Index")
    ENERGY = "energy", _l("Consommation")
    POWER = "power", _l("Courbe de charge")
    PEAK_POWER = "peak_power", _l("Puissance maximale")
    TEMPERATURE = "temperature", _l("Température")
    VOLUME = "volume", _l("Volume")


class Unit(Choice):
    """The units in which a series may be kept; others are converted on the way in."""

    W = "W", "W"
    KW = "kW", "kW"
    VA = "VA", "VA"
    WH = "Wh", "Wh"
    KWH = "kWh", "kWh"
    M3 = "m3", "m³"
    LITRE = "l", "l"
    CELSIUS = "degC", "°C"


class Basis(StrEnum):
    """Which heating value the kWh of a fuel refer to."""

    PCS = "PCS"
    PCI = "PCI"


class Step(Choice):
    """The length of the intervals of a series."""

    MIN_5 = "5min", _l("5 min")
    MIN_10 = "10min", _l("10 min")
    MIN_15 = "15min", _l("15 min")
    MIN_30 = "30min", _l("30 min")
    HOUR = "1h", _l("1 h")
    DAY = "day", _l("jour")
    MONTH = "month", _l("mois")
    IRREGULAR = "irregular", _l("à chaque relevé")


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


class AllocationKey(Choice):
    """What a meter's consumption is shared by."""

    SURFACE = "surface", _l("Surface")
    FIXED = "fixed", _l("Part fixe")
    SUB_METER = "sub_meter", _l("Sous-compteur")
    POINT_COUNT = "point_count", _l("Nombre de points")
