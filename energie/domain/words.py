"""What people read for the codes of the module."""

from typing import NamedTuple

from base.i18n import _l
from energie.domain.kinds import EnergyKind, Quantity, ReferenceKind, RegisterCode, Step, Unit
from energie.domain.quality import Quality


class Sign(NamedTuple):
    """A pill: its word, its tone and its icon."""

    word: object
    tone: str
    icon: str


#: The forms and profiles as their standards write them.
SYNTAX_NAMES = {"cii": "CII", "ubl": "UBL", "zugferd1": "ZUGFeRD 1.0"}
PROFILE_NAMES = {
    "basicwl": "BASIC WL",
    "en16931": "EN 16931",
    "extended-ctc-fr": "EXTENDED CTC FR",
    "zugferd1": "ZUGFeRD 1.0",
}
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
#: Units as people write them.
UNIT_LABELS = {
    Unit.W: "W",
    Unit.KW: "kW",
    Unit.VA: "VA",
    Unit.WH: "Wh",
    Unit.KWH: "kWh",
    Unit.M3: "m³",
    Unit.LITRE: "l",
    Unit.CELSIUS: "°C",
}
QUALITY_LABELS = {
    Quality.MEASURED: _l("mesurée"),
    Quality.CORRECTED: _l("corrigée"),
    Quality.SPREAD: _l("répartie"),
    Quality.ESTIMATED: _l("estimée"),
    Quality.REBUILT: _l("reconstituée"),
    Quality.SUSPECT: _l("suspecte"),
    Quality.REJECTED: _l("rejetée"),
}
REGISTER_LABELS = {
    RegisterCode.BASE: _l("base"),
    RegisterCode.HP: _l("heures pleines"),
    RegisterCode.HC: _l("heures creuses"),
    RegisterCode.HPH: _l("heures pleines, saison haute"),
    RegisterCode.HCH: _l("heures creuses, saison haute"),
    RegisterCode.HPB: _l("heures pleines, saison basse"),
    RegisterCode.HCB: _l("heures creuses, saison basse"),
    RegisterCode.POINTE: _l("pointe"),
    RegisterCode.TOTAL: _l("total"),
    RegisterCode.INJECTION: _l("injection"),
    RegisterCode.REACTIVE: _l("énergie réactive"),
}


def register_label(code: str) -> str:
    """A dial in words; the whole of the point without one, the code itself when nobody knows it."""
    if not code:
        return str(REGISTER_LABELS[RegisterCode.TOTAL])
    return str(REGISTER_LABELS[RegisterCode(code)]) if code in set(RegisterCode) else code


#: Names in the codes of formats that are not read as capitals.
_FORMAT_WORDS = {
    "api": _l("interface"), "dataconnect": "Data Connect", "enedis": "Enedis",
    "mois": _l("mois"), "tableau": _l("tableau"),
}  # fmt: skip


def format_in_words(code: str) -> str:
    """The format of a file of readings as people name it: ``Enedis R151``, ``GRDF JSON``."""
    return " ".join(str(_FORMAT_WORDS.get(part, part.upper())) for part in code.split("_"))
