"""What a plain table of readings may hold: its columns, and what only a person can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from base.i18n import _l
from base.imports import Question
from base.tables import Column
from base.tables.headers import normalise
from energie.domain.kinds import Quantity, Unit
from energie.domain.units import ACCEPTED

COLUMNS = (
    Column("at", _l("Date ou horodate"), required=True,
           aliases=("date", "horodate", "date et heure", "date heure", "date de relevé",
                    "date du relevé", "début", "date de début", "début de période", "jour", "start",
                    "timestamp", "datetime", "dt", "read datetime", "readdatetime", "reading date",
                    "consumptiondate", "dates"),
           help=_l("ISO ou française, avec ou sans heure.")),
    Column("time", _l("Heure"), aliases=("time", "horaire"),
           help=_l("Quand elle est à part de la date.")),
    Column("end", _l("Fin de période"),
           aliases=("fin", "date de fin", "end", "jusqu’au", "to"),
           help=_l("Pour des périodes de durées inégales ; ce jour n’en fait pas partie.")),
    Column("reference", _l("Point de livraison"),
           aliases=("prm", "pdl", "pce", "référence", "point", "identifiant prm", "n° pce",
                    "n° prm", "n° de compteur", "compteur", "mpr", "mpan", "m1_code1",
                    "meter number",
                    "contrat"),
           help=_l("PRM, PCE ou numéro de contrat ; sinon le fichier attend qu’on le dise.")),
    Column("energy", _l("Énergie (kWh)"),
           aliases=("énergie", "energie", "kwh", "consommation", "conso", "consommation kwh",
                    "énergie active", "mwh", "wh")),
    Column("power", _l("Puissance (W ou kW)"),
           aliases=("puissance", "puissance w", "puissance kw", "puissance moyenne", "w", "kw",
                    "power")),
    Column("volume", _l("Volume (m³ ou litres)"),
           aliases=("volume", "volume m3", "m3", "volume consommé", "litres", "volume litre")),
    Column("index", _l("Index"), aliases=("relevé d’index", "index kwh", "index m3", "cadran"),
           help=_l("Ce que le cadran affiche, non ce qui a été consommé.")),
    Column("value", _l("Valeur"), aliases=("value", "valeurs", "mesure", "quantité"),
           help=_l("Quand l’unité est dans une autre colonne, ou donnée plus bas.")),
    Column("unit", _l("Unité"), aliases=("unit", "units", "unite")),
    Column("quality", _l("Qualité"),
           aliases=("nature", "readtype", "read type", "statut", "qualification",
                    "qualification du relevé", "qualité du relevé")),
)  # fmt: skip

_UNITS = ("kWh", "MWh", "Wh", "W", "kW", "m3", "litre")
QUESTIONS = (
    Question(
        "unit",
        _l("Unité, si le fichier ne la dit pas"),
        (("", _l("dite par le fichier")), *((unit, unit) for unit in _UNITS)),
    ),
    Question(
        "convention",
        _l("Ce que la date désigne"),
        (
            ("", _l("à déduire du fichier")),
            ("start", _l("le début de l’intervalle, ou du jour")),
            ("end", _l("la fin de l’intervalle, ou du jour")),
        ),
        _l("Un index de fin de journée est celui de minuit, le lendemain."),
    ),
    Question(
        "decimal",
        _l("Marque décimale"),
        (("", _l("à déduire du fichier")), (",", _l("virgule")), (".", _l("point"))),
    ),
    Question("date_format", _l("Forme des dates"), (), _l("Exemple : %d.%m.%y. Vide : déduite.")),
    Question("timezone", _l("Fuseau des heures"), (), _l("Europe/Paris quand rien n’est dit.")),
    Question(
        "reference",
        _l("Point de livraison du fichier"),
        (),
        _l("PRM, PCE… si aucune colonne ne le dit."),
    ),
)
#: What a value is, by its unit.
QUANTITY_OF = {
    Unit.W: Quantity.POWER,
    Unit.KWH: Quantity.ENERGY,
    Unit.M3: Quantity.VOLUME,
    Unit.LITRE: Quantity.VOLUME,
}
VALUE_KEYS = ("energy", "power", "volume", "index", "value")
_OF_DAY = re.compile(r"\[?(\d{1,2})[:hH](\d{2})(?::00)?\]?")
_NUMBERED = re.compile(r"(?:kwh|val|valeur|v|p|hh)[ _]?(\d{1,3})", re.IGNORECASE)


class DayColumns(NamedTuple):
    """The columns of a table that has one row a day: position → minutes after midnight."""

    minutes: dict[int, int]
    step_minutes: int
    #: Whether the title names the end of its interval.
    ends: bool


def day_columns(headers: Sequence[str]) -> DayColumns | None:
    """The columns that are times of a day (00:00 … 23:30, or kWh_1 … kWh_48), if there are."""
    clock = {
        at: int(found[1]) * 60 + int(found[2])
        for at, title in enumerate(headers)
        if (found := _OF_DAY.fullmatch(title.strip())) and int(found[1]) <= 24
    }
    if clock:
        return _regular(clock, ends=0 not in clock.values())
    numbered: dict[str, dict[int, int]] = {}
    for at, title in enumerate(headers):
        if found := _NUMBERED.fullmatch(title.strip()):
            prefix = title.strip()[: found.start(1)].lower()
            numbered.setdefault(prefix, {})[at] = int(found[1])
    for places in numbered.values():
        count = len(places)
        if count in (24, 48, 96, 144) and sorted(places.values()) == list(range(1, count + 1)):
            step = 1440 // count
            return _regular({at: (n - 1) * step for at, n in places.items()}, ends=False)
    return None


def _regular(minutes: dict[int, int], *, ends: bool) -> DayColumns | None:
    ordered = sorted(minutes.values())
    gaps = {b - a for a, b in zip(ordered, ordered[1:], strict=False)}
    if len(gaps) != 1 or len(ordered) * min(gaps) != 1440:
        return None
    return DayColumns(minutes, min(gaps), ends)


def unit_in(title: str) -> str:
    """The unit that a title carries: « Énergie (kWh) », « puissance W »; empty when none."""
    words = re.findall(r"[^\s()\[\],;_]+", title.replace("m³", "m3"))
    return next((word for word in reversed(words) if word.lower() in ACCEPTED), "")


def says_end(title: str) -> bool | None:
    """Whether a title says that the date is an end; nothing when it says neither."""
    words = set(normalise(title).split())
    if words & {"fin", "end", "to", "jusqu"}:
        return True
    if words & {"debut", "start", "from"}:
        return False
    return None
