"""Which passwords are refused: short ones, common ones, those made of names or of a keyboard.

The list of common ones is Django's (20,000, BSD-3-Clause, see THIRD-PARTY.md), in the order of
leaked passwords; a few French ones stand beside it. Most of its words are shorter than a password
may be, so a word of the list with figures and signs around it, or repeated, is as common.
"""

from __future__ import annotations

import functools
import gzip
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from base.basics.errors import InvalidInput
from base.basics.i18n import _

MIN_LENGTH, MIN_LENGTH_ADMIN, MAX_LENGTH = 12, 15, 128
_LIST = Path(__file__).parent.parent / "data" / "common-passwords.txt.gz"
_FRENCH = frozenset(
    """
    motdepasse motdepass mdp azerty azertyuiop qsdfghjklm wxcvbn bonjour bienvenue soleil doudou
    loulou chouchou jetaime chocolat marseille administrateur utilisateur mairie commune
    collectivite agglo communaute intercommunalite maire secretariat technique services
    serviceinformatique informatique patrimoine batiment nantes lyon paris toulouse bordeaux
    printemps automne hiver janvier fevrier mars avril juin juillet aout septembre octobre
    novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche changezmoi changeme
    """.split()
)
#: Rows that fingers walk along, both ways.
_WALKS = tuple(
    walk * 2
    for row in (
        "azertyuiopqsdfghjklmwxcvbn",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "1234567890",
    )
    for walk in (row, row[::-1])
)
#: What people write for letters.
_AS_LETTERS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})


@functools.cache
def common() -> frozenset[str]:
    """The most common passwords, lower case."""
    with gzip.open(_LIST, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines) | _FRENCH


def _plain(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _unit(text: str) -> str:
    """The shortest text of which this one is a repetition; itself when it is none."""
    again = (text + text).find(text, 1)
    return text[:again] if again < len(text) else text


def is_common(password: str) -> bool:
    """Whether the password is among the first that anybody would try."""
    low = _plain(password)
    if len(set(low)) < 4 or low in common():
        return True
    if any(low in walk for walk in _WALKS):
        return True
    for text in (low, low.translate(_AS_LETTERS)):
        core = text.strip("".join(c for c in set(text) if not c.isalpha()))
        letters = "".join(c for c in text if c.isalnum())
        for word in (core, _unit(core), _unit(letters), _unit(text)):
            if len(word) < 4 and word != text:
                # Three letters again and again, or a few letters among figures.
                if len(word) * 4 <= len(text):
                    return True
            elif word in common():
                return True
    return False


def check_password(password: str, *, admin: bool, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short, common, or made of the person's or the town's names.

    Raises:
        InvalidInput: with the reason.
    """
    least = MIN_LENGTH_ADMIN if admin else MIN_LENGTH
    if len(password) < least:
        raise InvalidInput(_("Le mot de passe doit compter au moins %(n)s caractères.", n=least))
    if len(password) > MAX_LENGTH:
        raise InvalidInput(_("Le mot de passe dépasse %(n)s caractères.", n=MAX_LENGTH))
    if is_common(password):
        raise InvalidInput(_("Ce mot de passe est trop courant."))
    low = _plain(password)
    for word in (*about, "ouvrage"):
        word = _plain(word).strip()
        if len(word) < 4:
            continue
        for form in {word, word.replace(" ", ""), word.replace(" ", "-")}:
            if form in low and low.replace(form, "").strip("0123456789-_.!@#?*$ ") == "":
                raise InvalidInput(
                    _("Le mot de passe reprend votre nom, celui de la collectivité ou du produit.")
                )
