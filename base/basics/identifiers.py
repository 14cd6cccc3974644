"""Numbers by which the State knows who somebody is: SIRET, SIREN, VAT; one place for their keys."""

from __future__ import annotations

import re
from enum import Enum

from base.basics.i18n import _

#: What people and papers put between the signs.
_BETWEEN = re.compile(r"[\s\u00a0\u202f.-]")
#: How a VAT number looks where its country's rule is not known: the country, then its own signs.
#: A word before the number ("TVA FR…") is no country.
_ABROAD = re.compile(r"(?!TVA|VAT)[A-Z]{2}(?=(?:[A-Z]*[0-9]){5})[0-9A-Z]{5,18}")


class Identifier(Enum):
    """Which number it is."""

    SIRET = "siret"
    SIREN = "siren"
    VAT = "vat"


def plain(kind: Identifier, text: str) -> str:
    """A number as it is kept: without blanks, points and hyphens, in capitals.

    What is no right number stays as it was written, but for the blanks around it.
    """
    bare = _BETWEEN.sub("", text).upper()
    return bare if fault(kind, bare) is None else text.strip()


def fault(kind: Identifier, number: str) -> str | None:
    """What is wrong with a number, and what a right one looks like; None when it is right.

    The number is taken as it is kept: ``plain`` takes away what stands between its signs.
    """
    value = number if len(number) <= 60 else number[:57] + "…"
    if kind is Identifier.SIRET:
        if not re.fullmatch(r"[0-9]{14}", number):
            return _(
                "« %(value)s » n’est pas un SIRET : 14 chiffres sont attendus, "
                "comme 73282932000074.",
                value=value,
            )
        if not _is_siret(number):
            return _(
                "« %(value)s » n’est pas un SIRET : sa clé est fausse, relisez ses chiffres. "
                "Un SIRET juste : 73282932000074.",
                value=value,
            )
    if kind is Identifier.SIREN:
        if not re.fullmatch(r"[0-9]{9}", number):
            return _(
                "« %(value)s » n’est pas un SIREN : neuf chiffres sont attendus, sans espace, "
                "comme 732829320.",
                value=value,
            )
        if not _is_siren(number):
            return _(
                "« %(value)s » n’est pas un SIREN : sa clé est fausse, relisez ses chiffres. "
                "Un SIREN juste : 732829320.",
                value=value,
            )
    if kind is Identifier.VAT and not _is_vat(number):
        return _(
            "« %(value)s » n’est pas un numéro de TVA : celui d’une entreprise française est FR, "
            "une clé de deux signes et son SIREN, comme FR44732829320. Relisez ses signes.",
            value=value,
        )
    return None


def _is_siret(number: str) -> bool:
    from stdnum import luhn
    from stdnum.fr import siret

    # The library asks the post office for its own sum alone; some of its numbers have the key.
    return bool(siret.is_valid(number) or (luhn.is_valid(number) and _is_siren(number[:9])))


def _is_siren(number: str) -> bool:
    from stdnum.fr import siren

    return bool(siren.is_valid(number))


def _is_vat(number: str) -> bool:
    from stdnum.util import get_cc_module

    if not _ABROAD.fullmatch(number):
        return False
    # The Union writes EL for Greece; the library knows the number of Northern Ireland as British.
    country = {"EL": "gr", "XI": "gb"}.get(number[:2], number[:2].lower())
    rule = get_cc_module(country, "vat")
    return rule is None or bool(rule.is_valid(number))
