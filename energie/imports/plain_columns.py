"""What a plain table of readings may hold: its columns, and what only a person can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from base.basics.i18n import _, _l
from base.desk.imports import Question
from base.desk.imports.columns import column_from
from base.papers.tables import Column, Recognition
from base.papers.tables.headers import normalise
from base.papers.tables.texts import text
from energie.domain.blocks import UnreadableFile
from energie.domain.kinds import Basis, Quantity, Step, Unit
from energie.domain.units import ACCEPTED
from energie.models import Series


def _names(text: str) -> tuple[str, ...]:
    """« date | jour »: further names of a column, as columns of models have them."""
    return tuple(text.split(" | "))


#: Words for an energy, and for a volume, that a title may put before or without its unit.
_ENERGY_WORDS = _names(
    "énergie | énergie active | énergie consommée | énergie livrée | consommation | conso |"
    " consommation mensuelle | consommation journalière | consommation quotidienne | consommation"
    " d’énergie | consommation électrique | consommation gaz | consommations | quantité | total |"
    " usage | energy | consumption"
)
_ENERGY_UNITS = _names(
    "kwh | mwh | wh | gwh | kwh pcs | mwh pcs | kwh pci | mwh pci | therm | therms"
)
_VOLUME_WORDS = _names(
    "volume | volume consommé | consommation | conso | consommation eau | consommation d’eau |"
    " consommation gaz | quantité"
)
_VOLUME_UNITS = ("m3", "hm3", "litre", "litres", "l")
_POWER_WORDS = ("puissance", "puissance moyenne", "puissance active", "power", "charge")
_INDEX_WORDS = ("index", "index relevé", "relevé d’index", "cadran")


def _titles(words: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    """« Consommation (MWh) », « volume_hm3 »: each word with each unit behind it, and the units."""
    return (*(f"{word} {unit}" for word in words for unit in units), *units)


#: What a title may say beside its unit and leave the meaning as it is. Words of another sum, of a
#: part or of a rate (« moyenne », « HP », « injectée », « par jour ») are none of them.
_SAYS_NO_MORE = frozenset(
    "en total totale totales active actives electrique electriques electricite elec gaz eau"
    " mesuree mesurees mesure relevee relevees facturee facturees livree livrees soutiree soutirees"
    " consommee consommees mensuelle mensuelles journaliere journalieres quotidienne".split()
)


def _said_with(families: str, units: Sequence[str]) -> Callable[[str], bool]:
    """« Consommation totale en MWh »: one word of the family, a unit, and what says no more."""
    family = frozenset(families.split())
    kinds = {frozenset(unit.split()) for unit in units}

    def like(title: str) -> bool:
        words = title.split()
        rest = [word for word in words if word not in family | _SAYS_NO_MORE]
        return len(family.intersection(words)) == 1 and frozenset(rest) in kinds

    return like


COLUMNS = (
    Column(
        "at",
        _l("Date ou horodate"),
        required=True,
        aliases=_names(
            "date | horodate | date et heure | date heure | date de relevé | date du relevé |"
            " début | date de début | début de période | jour | start | timestamp | datetime | dt |"
            " read datetime | readdatetime | reading date | consumptiondate | dates | mois | month"
            " | période | date de consommation"
        ),
        help=_l("ISO ou française, avec ou sans heure."),
    ),
    Column(
        "time",
        _l("Heure"),
        aliases=("time", "horaire"),
        help=_l("Quand elle est à part de la date."),
    ),
    Column(
        "end",
        _l("Fin de période"),
        aliases=("fin", "date de fin", "end", "jusqu’au", "to"),
        help=_l("Pour des périodes de durées inégales ; ce jour n’en fait pas partie."),
    ),
    Column(
        "reference",
        _l("Point de livraison"),
        aliases=_names(
            "prm | pdl | pce | référence | point | identifiant prm | n° pce | n° prm | n° de"
            " compteur | compteur | mpr | mpan | m1_code1 | meter number | contrat"
        ),
        help=_l("PRM, PCE ou numéro de contrat ; sinon le fichier attend qu’on le dise."),
    ),
    Column(
        "energy",
        _l("Énergie (kWh)"),
        aliases=(
            *_names("énergie | energie | kwh | consommation | conso | consommation kwh"),
            "énergie active",
            *_titles(_ENERGY_WORDS, _ENERGY_UNITS),
        ),
        like=_said_with(
            "consommation consommations conso consos consomme consommes energie energies quantite",
            _ENERGY_UNITS,
        ),
    ),
    Column(
        "power",
        _l("Puissance (W ou kW)"),
        aliases=("puissance", "puissance moyenne", "power", *_titles(_POWER_WORDS, ("w", "kw"))),
        like=_said_with("puissance puissances", ("w", "kw")),
    ),
    Column(
        "volume",
        _l("Volume (m³ ou litres)"),
        aliases=("volume", "volume consommé", *_titles(_VOLUME_WORDS, _VOLUME_UNITS)),
        like=_said_with(
            "consommation consommations conso consos consomme consommes volume volumes quantite",
            _VOLUME_UNITS,
        ),
    ),
    Column(
        "index",
        _l("Index"),
        aliases=(
            *_INDEX_WORDS,
            *_titles(_INDEX_WORDS, (*_ENERGY_UNITS, *_VOLUME_UNITS))[
                : -len(_ENERGY_UNITS) - len(_VOLUME_UNITS)
            ],
        ),
        like=_said_with("index cadran", (*_ENERGY_UNITS, *_VOLUME_UNITS)),
        help=_l("Ce que le cadran affiche, non ce qui a été consommé."),
    ),
    Column(
        "value",
        _l("Valeur"),
        aliases=("value", "valeurs", "mesure", "quantité"),
        help=_l("Quand l’unité est dans une autre colonne, ou donnée plus bas."),
    ),
    column_from(Series, "unit", "unit | units | unite", parse=text),
    Column(
        "quality",
        _l("Qualité"),
        aliases=_names(
            "nature | readtype | read type | statut | qualification | qualification du relevé |"
            " qualité du relevé"
        ),
    ),
)

_UNITS = ("kWh", "MWh", "Wh", "GWh", "therm", "W", "kW", "m3", "hm3", "litre")
_STEPS = (Step.MIN_10, Step.MIN_15, Step.MIN_30, Step.HOUR, Step.DAY, Step.MONTH)
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
        "step",
        _l("Pas de temps, s’il ne se déduit pas"),
        (
            ("", _l("à déduire du fichier")),
            *((step.value, step.word) for step in _STEPS),
        ),
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
        asked_anew=True,
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


def basis_in(title: str) -> Basis | None:
    """The heating value that a title or a unit names: « kWh PCI »; nothing when it names none."""
    found = re.search(r"(?:^|[^a-z]|wh)(pcs|pci)(?:$|[^a-z])", title.lower())
    return Basis(found[1].upper()) if found else None


def says_end(title: str) -> bool | None:
    """Whether a title says that the date is an end; nothing when it says neither."""
    words = set(normalise(title).split())
    if words & {"fin", "end", "to", "jusqu"}:
        return True
    if words & {"debut", "start", "from"}:
        return False
    return None


def require(recognition: Recognition, values: Sequence[str], days: DayColumns | None) -> None:
    """Refuse a table that has no date or nothing to read, with what to do."""
    titles = ", ".join(title for title in recognition.headers if title)[:200]
    if not values and days is None:
        if any("temp" in title.lower() for title in recognition.headers):
            raise UnreadableFile(_("Ce tableau donne des températures, pas des relevés d’énergie."))
        words = _(
            "Ce tableau n’a aucune colonne de relevé (énergie, puissance, volume, index ou "
            "valeur). Ses colonnes : %(titles)s.",
            titles=titles,
        )
        raise UnreadableFile(words)
    if recognition.missing:
        sentence = _(
            "Ce tableau n’a pas de colonne de date reconnue. Ses colonnes : %(titles)s. Dites "
            "laquelle porte la date.",
            titles=titles,
        )
        raise UnreadableFile(sentence)
