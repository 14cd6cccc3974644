"""What people read for the codes of the module."""

from typing import NamedTuple

from base.i18n import _l
from energie.domain.kinds import EnergyKind, Quantity, ReferenceKind, Step
from energie.domain.quality import Quality


class Sign(NamedTuple):
    """A pill: its word, its tone and its icon."""

    word: object
    tone: str
    icon: str


ENERGY_LABELS = {
    EnergyKind.ELECTRICITY: _l("Électricité"),
    EnergyKind.GAS: _l("Gaz"),
    EnergyKind.WATER: _l("Eau"),
    EnergyKind.HEAT: _l("Chaleur"),
    EnergyKind.COOLING: _l("Froid"),
    EnergyKind.FUEL_OIL: _l("Fioul"),
    EnergyKind.WOOD: _l("Bois"),
    EnergyKind.FUEL: _l("Carburant"),
}
ENERGY_ICONS = {
    EnergyKind.ELECTRICITY: "bolt",
    EnergyKind.GAS: "flame",
    EnergyKind.WATER: "droplet",
}
REFERENCE_LABELS = {
    ReferenceKind.PRM: _l("PRM"),
    ReferenceKind.PCE: _l("PCE"),
    ReferenceKind.WATER_CONTRACT: _l("Contrat d’eau"),
    ReferenceKind.SUBSTATION: _l("Sous-station"),
    ReferenceKind.TANK: _l("Cuve"),
    ReferenceKind.CARD: _l("Carte"),
}
QUANTITY_LABELS = {
    Quantity.INDEX: _l("Index"),
    Quantity.ENERGY: _l("Consommation"),
    Quantity.POWER: _l("Courbe de charge"),
    Quantity.PEAK_POWER: _l("Puissance maximale"),
    Quantity.TEMPERATURE: _l("Température"),
    Quantity.VOLUME: _l("Volume"),
}
STEP_LABELS = {
    Step.MIN_5: _l("5 min"),
    Step.MIN_10: _l("10 min"),
    Step.MIN_15: _l("15 min"),
    Step.MIN_30: _l("30 min"),
    Step.HOUR: _l("1 h"),
    Step.DAY: _l("jour"),
    Step.MONTH: _l("mois"),
    Step.IRREGULAR: _l("à chaque relevé"),
}
QUALITY_WORDS = {
    Quality.MEASURED: _l("mesurée"),
    Quality.CORRECTED: _l("corrigée"),
    Quality.SPREAD: _l("répartie"),
    Quality.ESTIMATED: _l("estimée"),
    Quality.REBUILT: _l("reconstituée"),
    Quality.SUSPECT: _l("suspecte"),
    Quality.REJECTED: _l("rejetée"),
}
#: What a day's use is counted in, by the quantity of its series and its unit.
DAY_UNITS = {"W": "kWh", "kW": "kWh", "kWh": "kWh", "m3": "m³", "l": "l"}
