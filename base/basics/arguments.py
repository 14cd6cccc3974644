"""What a form typed, as typed arguments of a verb; a fault is a sentence beside its field."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from base.basics import written
from base.basics.errors import InvalidInput
from base.basics.folding import seen
from base.basics.i18n import _
from base.basics.rows import row_by_id
from base.basics.sessions import Session

E = TypeVar("E", bound=StrEnum)
RowT = TypeVar("RowT")
#: A nul, and halves of characters.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile("[0-9]{1,19}")


def kept(typed: str) -> str:
    """The text without what no database keeps."""
    return _UNKEPT.sub("", typed)


def seen_all(told: Any) -> Any:
    """What was sent, with nothing in the place of texts in which nothing can be seen.

    Blanks alone stay what they are: whoever reads a text takes them away. Passwords are nobody's
    to read, and stay too.
    """
    if isinstance(told, str):
        return told if told.isascii() or told.isspace() else seen(told)
    if isinstance(told, list):
        return [seen_all(one) for one in told]
    if isinstance(told, dict):
        return {k: v if "password" in str(k) else seen_all(v) for k, v in told.items()}
    return told


def require_kept(given: MultiDict[str, str]) -> None:
    """Hold all texts of a form against what no database keeps, whoever reads them later.

    Raises:
        InvalidInput: a text, or the name of a field, has a nul or half a character.
    """
    sentence = _("Ce texte contient des caractères interdits.")
    found = [name for name, value in given.items(multi=True) if _UNKEPT.search(name + value)]
    if found:
        raise InvalidInput(sentence, errors=dict.fromkeys(map(kept, found), sentence))


def text(given: Mapping[str, Any], name: str, limit: int = 5000) -> str:
    """The text of a field, blanks at its ends removed; empty when it is missing or not seen.

    Raises:
        InvalidInput: it is no text, longer than the limit, or with what no database keeps.
    """
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput.at(name, _("« %(name)s » attend un texte.", name=name))
    if _UNKEPT.search(value):
        raise InvalidInput.at(name, _("Ce texte contient des caractères interdits."))
    if len(value) > limit:
        raise InvalidInput.at(name, _("Au plus %(limit)d caractères.", limit=limit))
    return seen(value.strip())


def decimal(given: Mapping[str, Any], name: str, *, places: int) -> Decimal | None:
    """A number of a form, as its reader writes it, or of a program; None when it is missing.

    Raises:
        InvalidInput: it is no number, or two, or has more decimals than are kept.
    """
    sentence = _("Tapez un nombre, par exemple %(n)s.", n=written.shown(Decimal("2.50")))
    return _exact(given, name, places, sentence, written.number)


def hours(given: Mapping[str, Any], name: str, *, places: int) -> Decimal | None:
    """As ``decimal``, of hours: a form also reads ``1h45``, ``1:45`` and ``45 min``.

    Raises:
        InvalidInput: it is no time, or two, or has more decimals than are kept.
    """
    read = functools.partial(written.hours, places=places)
    return _exact(given, name, places, written.how_hours(), read)


def _exact(
    given: Mapping[str, Any],
    name: str,
    places: int,
    sentence: str,
    read: Callable[[str], Decimal | None],
) -> Decimal | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise InvalidInput.at(name, sentence)
    if isinstance(value, str):
        try:
            # A form is typed by its reader; what programs send has a point.
            typed = isinstance(given, MultiDict)
            found = read(value) if typed else written.number(value, written.POINT)
        except written.NotTyped as fault:
            raise InvalidInput.at(name, str(fault)) from fault
        if found is None:
            return None
    else:
        found = Decimal(str(value))
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise InvalidInput.at(name, sentence)
    if found != found.quantize(Decimal(1).scaleb(-places)):
        raise InvalidInput.at(name, written.too_precise(places))
    return found


def day(given: Mapping[str, Any], name: str) -> date | None:
    """A day, ISO, French or English; None when it is missing.

    Raises:
        InvalidInput: it is no day.
    """
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            return written.day(value)
        except written.NotTyped:
            pass
    raise InvalidInput.at(name, _("Tapez un jour, par exemple 23/11/2026."))


def one_of(given: Mapping[str, Any], name: str, values: type[E], default: E) -> E:
    """A value of a list; the default when it is missing.

    Raises:
        InvalidInput: it is not in the list.
    """
    value = given.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value in set(values):
        return values(value)
    listed = ", ".join(values)
    raise InvalidInput.at(name, _("Valeurs possibles : %(values)s.", values=listed))


def row(session: Session, given: Mapping[str, Any], name: str, model: type[RowT]) -> RowT | None:
    """The row whose id the field holds, in the person's scope; None when it is missing.

    Raises:
        InvalidInput: there is no such row in the scope.
    """
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise InvalidInput.at(name, _("« %(name)s » attend le numéro d’une fiche.", name=name))
    found: RowT | None = row_by_id(session, model, value)
    if found is None:
        raise InvalidInput.at(name, _("Cette fiche n’existe pas dans votre périmètre."))
    return found


def required_row(session: Session, given: Mapping[str, Any], name: str, model: type[RowT]) -> RowT:
    """As ``row``, but the field must be filled.

    Raises:
        InvalidInput: it is missing, or there is no such row in the scope.
    """
    found = row(session, given, name, model)
    if found is None:
        raise InvalidInput.at(name, _("Ce champ est obligatoire."))
    return found
