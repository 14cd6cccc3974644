"""The unit codes of invoice lines (UN/ECE recommendations 20 and 21), as people write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from base.basics.i18n import ngettext
from energie.domain.kinds import EnergyKind


def _pairs(text: str) -> dict[str, str]:
    """« KWH=kWh MTQ=m³ »."""
    return dict((code, word) for code, _sign, word in (p.partition("=") for p in text.split()))


#: Codes that have a sign.
_SIGNS = _pairs(
    "WHR=Wh KWH=kWh MWH=MWh GWH=GWh WTT=W KWT=kW MAW=MW KVA=kVA VA=VA KVR=kvar KVH=kVAh"
    " K3=kvarh GV=GJ 3B=MJ JOU=J KJO=kJ AMP=A MTQ=m³ DMQ=dm³ LTR=l HLT=hl MLT=ml NM3=Nm³ MTR=m"
    " CMT=cm MMT=mm KMT=km MTK=m² HAR=ha LM=m KGM=kg GRM=g TNE=t CEL=°C P1=%"
)


def _noun(text: str) -> str:
    """The word after the number; alone, it would be the step of a series, which has no plural."""
    return text.split(maxsplit=1)[-1]


#: Codes that have a word, which agrees with its number.
_WORDS: dict[str, Callable[[int], str]] = {
    "SEC": lambda n: ngettext("seconde", "secondes", n),
    "MIN": lambda n: ngettext("minute", "minutes", n),
    "HUR": lambda n: ngettext("heure", "heures", n),
    "DAY": lambda n: _noun(ngettext("%(num)d jour", "%(num)d jours", n)),
    "WEE": lambda n: ngettext("semaine", "semaines", n),
    "MON": lambda n: _noun(ngettext("%(num)d mois", "%(num)d mois", n)),
    "QAN": lambda n: ngettext("trimestre", "trimestres", n),
    "ANN": lambda n: ngettext("an", "ans", n),
    "H87": lambda n: ngettext("pièce", "pièces", n),
    "C62": lambda n: ngettext("unité", "unités", n),
    "E48": lambda n: ngettext("prestation", "prestations", n),
    "LS": lambda n: ngettext("forfait", "forfaits", n),
    "IE": lambda n: ngettext("personne", "personnes", n),
    "SET": lambda n: ngettext("lot", "lots", n),
    "PR": lambda n: ngettext("paire", "paires", n),
    "DZN": lambda n: ngettext("douzaine", "douzaines", n),
    "XBX": lambda n: ngettext("boîte", "boîtes", n),
    "XPK": lambda n: ngettext("paquet", "paquets", n),
    "XPX": lambda n: ngettext("palette", "palettes", n),
}
#: Other codes of the same things.
_SAME = _pairs(
    "EA=H87 PCE=H87 NAR=H87 XPP=H87 PIECE=H87 PIECES=H87 NIU=C62 NMP=XPK PK=XPK BX=XBX PF=XPX"
    " JO=SET DD=DAY HOUR=HUR MONTH=MON M3=MTQ M2=MTK"
)


#: What is measured by each code, as far as it tells one energy from another.
_ENERGY = frozenset("WHR KWH MWH GWH JOU KJO 3B GV".split())
_VOLUME = frozenset("MTQ NM3 DMQ LTR HLT MLT".split())
#: Energy -> what it is billed by. Wood is billed by weight, volume or heat: nothing is strange.
_BILLED_BY = {
    EnergyKind.ELECTRICITY: _ENERGY,
    EnergyKind.GAS: _ENERGY | _VOLUME,
    EnergyKind.WATER: _VOLUME,
    EnergyKind.HEAT: _ENERGY,
    EnergyKind.COOLING: _ENERGY,
    EnergyKind.FUEL_OIL: _VOLUME,
    EnergyKind.FUEL: _VOLUME,
}
#: Hot water and make-up water stand on the bill of a network, beside the heat or the cold.
_WITH_WATER = frozenset({EnergyKind.HEAT, EnergyKind.COOLING})
_TELLING = _ENERGY | _VOLUME


def foreign_unit(kind: str, lines: Iterable[tuple[str, Decimal | None]]) -> str | None:
    """The first unit of lines, (code, quantity), by which this energy is never billed.

    Only units of energy and volume tell: a subscription is billed by the month everywhere.
    """
    own = _BILLED_BY.get(EnergyKind(kind), _TELLING)
    told = [known for code, quantity in lines if quantity and (known := _known(code)) in _TELLING]
    if EnergyKind(kind) in _WITH_WATER and own & set(told):
        own |= _VOLUME
    return next((_SIGNS[known] for known in told if known not in own), None)


def _known(code: str) -> str:
    known = code.strip().upper()
    return _SAME.get(known, known)


def unit_in_words(code: str, quantity: Decimal) -> str:
    """The sign or word of a unit code for a quantity; the code itself when nobody knows it."""
    known = _known(code)
    if known in _SIGNS:
        return _SIGNS[known]
    return _WORDS[known](abs(int(quantity))) if known in _WORDS else code
