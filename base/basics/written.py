"""Numbers and days as people type them, and as a form shows them to be typed over.

A form is read with the decimal mark of its reader: a comma in French, a point in English. The
other mark is understood where it can mean one thing only. ``1,234`` typed by an English reader
(a thousand, or one and a bit?) and ``1.234`` by a French one are refused with both readings.
Programs write a point; see ``POINT``.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from base.basics.i18n import _, language, ngettext

COMMA, POINT = ",", "."
_MARKS = {"fr": COMMA, "en": POINT}
_BLANKS = " \u00a0\u202f\u2009"
_SPACED = re.compile(rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+(?=[.,]|$)", re.ASCII)
_PLAIN = re.compile(r"(\d*)(?:([.,])(\d*))?", re.ASCII)
_GROUPED = re.compile(r"(\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?", re.ASCII)
_HOUR, _MINUTE = "(?:h|hrs?|heures?|hours?)", "(?:m|mn|min|mins|minutes?)"
_BLANK = rf"[{_BLANKS}]*"
#: A lone figure behind the hours could be tenths: "1h5" needs its "min", or its zero.
_CLOCK = re.compile(
    rf"(\d{{1,4}}){_BLANK}(?:{_HOUR}{_BLANK}([0-5]\d)(?:{_BLANK}{_MINUTE})?"
    rf"|{_HOUR}{_BLANK}(\d){_BLANK}{_MINUTE}|:([0-5]\d))",
    re.ASCII | re.IGNORECASE,
)
_MINUTES = re.compile(rf"(\d{{1,5}}){_BLANK}{_MINUTE}", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(rf"(.*\d){_BLANK}{_HOUR}", re.ASCII | re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_ENGLISH_DAY = re.compile(r"(\d{1,2})\s+([A-Za-z]{3})[a-z]*\.?\s+(\d{4})", re.ASCII)


class NotTyped(ValueError):  # noqa: N818 - it reads as what it says
    """What was typed cannot be read; the text is the sentence for the person."""


class TwoReadings(NotTyped):
    """What was typed can be read in two ways."""


def mark(code: str | None = None) -> str:
    """The decimal mark of a language, else of the reader's."""
    return _MARKS[code or language()]


def shown(value: Decimal | int | None, decimal_mark: str | None = None) -> str:
    """A number as a form shows it: its own decimals, no thousands; empty without one."""
    if value is None:
        return ""
    return f"{Decimal(value):f}".replace(".", decimal_mark or mark())


def too_precise(places: int) -> str:
    """What is said of a number with more decimals than ``places``."""
    if not places:
        return _("Un nombre entier est attendu.")
    return ngettext("Au plus %(num)d décimale.", "Au plus %(num)d décimales.", places)


def number(text: str, decimal_mark: str | None = None, *, small: bool = False) -> Decimal | None:
    """What a person typed: ``1 234,50``, ``1234.5``, ``€1,234.50``; None for an empty text.

    ``small`` numbers have no thousands (degrees, rates): both marks are decimal ones.

    Raises:
        NotTyped: it is no number, or two.
    """
    own = decimal_mark or mark()
    plain = text.strip()
    if not plain:
        return None
    sign = "-" if plain[0] in "-\u2212\u2013" else ""
    plain = plain[plain[0] in "+-\u2212\u2013" :].strip(_BLANKS)
    bare = plain.removeprefix("€") if plain[:1] == "€" else plain.removesuffix("€")
    plain = bare.strip(_BLANKS)
    spaced = _SPACED.match(plain)
    if spaced:
        plain = re.sub(rf"[{_BLANKS}]", "", spaced[0]) + plain[spaced.end() :]
    if (found := _PLAIN.fullmatch(plain)) and (found[1] or found[3]):
        whole, used, fraction = found[1], found[2] or own, found[3] or ""
        may_part_thousands = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
        if used != own and may_part_thousands and not spaced and not small:
            raise TwoReadings(
                _(
                    "« %(value)s » peut se lire de deux façons : écrivez %(thousands)s ou"
                    " %(fraction)s.",
                    value=text.strip()[:40],
                    thousands=sign + whole + fraction,
                    fraction=f"{sign}{whole}{own}{fraction}",
                )
            )
        return Decimal(f"{sign}{whole or 0}.{fraction or 0}")
    found = _GROUPED.fullmatch(plain)
    if found and not small and not spaced and found[2] != found[3]:
        if found[3] or found[1].count(found[2]) > 1:
            return Decimal(sign + found[1].replace(found[2], "") + "." + (found[4] or "0"))
    raise NotTyped(_("Tapez un nombre, par exemple %(n)s.", n=f"1234{own}50"))


def how_hours(decimal_mark: str | None = None) -> str:
    """What is said of what cannot be read as hours."""
    return _("Tapez des heures, par exemple %(n)s ou 1h45.", n=f"1{decimal_mark or mark()}75")


def hours(text: str, decimal_mark: str | None = None, *, places: int) -> Decimal | None:
    """Hours that people type: ``1,75``, ``1h45``, ``1 h``, ``45 min``, ``1:45``; None of blanks.

    A third of an hour has no end in decimals: what a clock says is rounded to the ``places`` that
    are kept, half up. With three of them that is less than two seconds; a number keeps its own.

    Raises:
        NotTyped: it is none, or two.
    """
    plain = text.strip()
    if found := _CLOCK.fullmatch(plain):
        minutes = int(found[1]) * 60 + int(found[2] or found[3] or found[4])
    elif found := _MINUTES.fullmatch(plain):
        minutes = int(found[1])
    else:
        if found := _HOURS.fullmatch(plain):
            plain = found[1]
        try:
            return number(plain, decimal_mark)
        except TwoReadings:
            raise
        except NotTyped as fault:
            raise NotTyped(how_hours(decimal_mark)) from fault
    exact = Decimal(minutes) / 60
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def day(text: str) -> date | None:
    """A day as it is shown in either language, or ISO; None for an empty text.

    Raises:
        NotTyped: it is no day.
    """
    plain = " ".join(text.split())
    if not plain:
        return None
    try:
        if found := _DAY.fullmatch(plain):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := _ENGLISH_DAY.fullmatch(plain)) and found[2].lower() in _MONTHS:
            return date(int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]))
        return date.fromisoformat(plain)
    except ValueError as fault:
        raise NotTyped(_("Tapez un jour, par exemple 23/11/2026.")) from fault
