"""Custom fields: their types, and how a typed word becomes a value."""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.written import NotTyped, TwoReadings
from base.basics.written import day as typed_day
from base.basics.written import number as typed_number
from base.basics.written import shown as typed_shown
from base.store.choice import Choice
from patrimoine.domain.collation import plain

MAX_TEXT = 2000
_LARGEST = Decimal("1e12")
_YES = {"oui", "yes", "vrai", "true", "1", "x", "o", "y"}
_NO = {"non", "no", "faux", "false", "0", "n"}


class FieldType(Choice):
    """What a custom field holds."""

    TEXT = "text", _l("Texte")
    LONG_TEXT = "long_text", _l("Texte long")
    NUMBER = "number", _l("Nombre")
    AMOUNT = "amount", _l("Montant en euros")
    DATE = "date", _l("Date")
    YES_NO = "yes_no", _l("Oui ou non")
    CHOICE = "choice", _l("Choix dans une liste")
    LINK = "link", _l("Adresse internet")
    PARTNER = "partner", _l("Lien vers un tiers")
    ASSET = "asset", _l("Lien vers un bien")


#: Types with a lowest and a highest value.
BOUNDED = frozenset({FieldType.NUMBER, FieldType.AMOUNT})
#: Types whose value is a row of the register.
LINKED = frozenset({FieldType.PARTNER, FieldType.ASSET})
#: Decimals kept of each type of number.
DECIMALS = {FieldType.NUMBER: 3, FieldType.AMOUNT: 2}
_TYPE_WORDS = {
    "texte": FieldType.TEXT,
    "text": FieldType.TEXT,
    "nombre": FieldType.NUMBER,
    "number": FieldType.NUMBER,
    "amount": FieldType.AMOUNT,
    "montant": FieldType.AMOUNT,
    "date": FieldType.DATE,
    "choix": FieldType.TEXT,
    "option": FieldType.TEXT,
    "oui/non": FieldType.YES_NO,
    "boolean": FieldType.YES_NO,
    "lien": FieldType.LINK,
    "link": FieldType.LINK,
    "url": FieldType.LINK,
}
_HEADER = re.compile(
    r"\s*(?:champ|cf|custom field|field)\s*:\s*(?P<label>.+?)"
    r"(?:\s*[,;(]\s*type\s*:\s*(?P<type>[\w/]+)\s*\)?)?\s*",
    re.IGNORECASE,
)


class FieldValueRefused(InvalidInput):
    """What was typed does not fit the field; the sentence says what is expected."""


class TypedValue(NamedTuple):
    """One value in the column of its type; the others are None."""

    text: str | None = None
    number: Decimal | None = None
    day: date | None = None
    partner_id: int | None = None
    asset_id: int | None = None


class Bounds(NamedTuple):
    """The lowest and the highest number a field takes; None leaves a side open."""

    low: Decimal | None = None
    high: Decimal | None = None


def parse_header(header: str) -> tuple[str, FieldType] | None:
    """Label and type of a column such as "champ: Gérant" or "cf: posé le, type:date".

    None when the header does not announce a custom field. An option without its list
    of choices is kept as text.
    """
    match = _HEADER.fullmatch(header)
    if match is None:
        return None
    word = plain(match["type"] or "texte")
    return match["label"].strip(), _TYPE_WORDS.get(word, FieldType.TEXT)


def field_key(label: str) -> str:
    """The key of a field from its label: plain words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", plain(label)).strip("_")[:60]


def parse_value(
    typed: str,
    field_type: FieldType,
    *,
    label: str,
    choices: tuple[str, ...] = (),
    bounds: Bounds = Bounds(),  # noqa: B008 - a tuple cannot be changed by a caller
    decimal_mark: str | None = None,
) -> TypedValue:
    """The value in its type, from what was typed; an empty text is an empty value.

    Numbers have the decimal mark of the reader, unless another one is named.

    A link to a third party or to an asset stays the word typed: whose row it is, the register
    says.

    Raises:
        FieldValueRefused: it is not of the field's type, not among its choices, or out of bounds.
    """
    text = typed.strip()
    if not text:
        return TypedValue()
    match field_type:
        case FieldType.NUMBER | FieldType.AMOUNT:
            number = _number(text, label, DECIMALS[field_type], decimal_mark)
            check_bounds(number, bounds, label=label)
            return TypedValue(number=number)
        case FieldType.DATE:
            return TypedValue(day=_day(text, label))
        case FieldType.YES_NO:
            return TypedValue(number=_yes_no(text, label))
        case FieldType.CHOICE:
            return TypedValue(text=_choice(text, label, choices))
        case FieldType.LINK:
            if not re.fullmatch(r"https?://[^\s<>\"]{3,}", text):
                raise FieldValueRefused(
                    _("%(f)s : une adresse commence par https:// ou http://.", f=label)
                )
            return TypedValue(text=_short(text, label))
        case FieldType.TEXT | FieldType.LONG_TEXT | FieldType.PARTNER | FieldType.ASSET:
            return TypedValue(text=_short(text, label))


def check_bounds(number: Decimal, bounds: Bounds, *, label: str) -> None:
    """Refuse a number below the lowest or above the highest.

    Raises:
        FieldValueRefused: with the bound.
    """
    if bounds.low is not None and number < bounds.low:
        raise FieldValueRefused(_("%(f)s : %(n)s au moins.", f=label, n=plain_number(bounds.low)))
    if bounds.high is not None and number > bounds.high:
        raise FieldValueRefused(_("%(f)s : %(n)s au plus.", f=label, n=plain_number(bounds.high)))


def plain_number(number: Decimal) -> str:
    """A number as a person types it: no useless zeros, the reader's decimal mark."""
    return typed_shown(number.normalize())


def _short(text: str, label: str) -> str:
    if len(text) > MAX_TEXT:
        raise FieldValueRefused(_("%(f)s : %(n)d caractères au plus.", f=label, n=MAX_TEXT))
    return text


def _number(text: str, label: str, decimals: int, decimal_mark: str | None) -> Decimal:
    try:
        value = typed_number(text, decimal_mark) or Decimal(0)
    except TwoReadings as fault:
        raise FieldValueRefused(_("%(f)s : %(v)s", f=label, v=str(fault))) from fault
    except NotTyped:
        value = Decimal("Infinity")
    if abs(value) > _LARGEST:
        raise FieldValueRefused(_("%(f)s : « %(v)s » n’est pas un nombre.", f=label, v=text))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        raise FieldValueRefused(_("%(f)s : %(n)d décimales au plus.", f=label, n=decimals))
    return value


def _day(text: str, label: str) -> date:
    try:
        found = typed_day(text)
    except NotTyped:
        found = None
    if found is None:
        raise FieldValueRefused(
            _("%(f)s : « %(v)s » n’est pas une date, 31/12/2026 est attendu.", f=label, v=text)
        )
    return found


def _yes_no(text: str, label: str) -> Decimal:
    word = plain(text)
    if word in _YES:
        return Decimal(1)
    if word in _NO:
        return Decimal(0)
    raise FieldValueRefused(_("%(f)s : répondre par oui ou non.", f=label))


def _choice(text: str, label: str, choices: tuple[str, ...]) -> str:
    for choice in choices:
        if plain(choice) == plain(text):
            return choice
    raise FieldValueRefused(
        _(
            "%(f)s : « %(v)s » n’est pas dans la liste (%(l)s).",
            f=label,
            v=text,
            l=", ".join(choices),
        )
    )
