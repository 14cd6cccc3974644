"""Numbers, amounts and degrees, as French and other files write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Context, Decimal, InvalidOperation

from base.basics import written
from base.basics.i18n import _, ngettext
from base.papers.tables.texts import BLANKS, Cell, ValueRefused, as_text, bare, fold, shown

#: The decimal mark of the file that is read, when a person has said it: "," or ".".
MARK: ContextVar[str] = ContextVar("decimal_mark", default="")
#: Fifteen digits before the point and fifteen behind it must not be too many for a rounding.
_WIDE = Context(prec=60)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f\u2009\u2007']\d{3})+(?=[.,]|$)")
_PLAIN = re.compile(r"([+-]?)(\d+)(?:([.,])(\d*))?")
_BOTH = re.compile(r"([+-]?)(\d{1,3}(?:\.\d{3})+),(\d+)|([+-]?)(\d{1,3}(?:,\d{3})+)\.(\d+)")
_GROUPED = re.compile(r"([+-]?)(\d{1,3})((?:\.\d{3}){2,}|(?:,\d{3}){2,})")


def number(
    value: Cell,
    *,
    decimals: int = 6,
    low: Decimal | int | None = None,
    high: Decimal | int | None = None,
    unit: str = "",
) -> Decimal | None:
    """A number with a decimal point or comma; spaces may part the thousands.

    ``1,234`` and ``1.234`` are refused: a thousand or a fraction, nobody can tell.
    ``unit`` may follow the number and is dropped.

    Raises:
        ValueRefused: not a number, two readings, too many decimals, out of bounds.
    """
    if isinstance(value, Decimal):
        result = value
    elif isinstance(value, int) and not isinstance(value, bool):
        result = Decimal(value)
    elif isinstance(value, float):
        result = Decimal(f"{value:.15g}")
    else:
        if isinstance(value, date | bool):
            raise _not_a_number(value)
        plain = bare(value)
        if not plain:
            return None
        result = _read_number(plain, unit)
    return _bounded(result, value, decimals, low, high)


@contextmanager
def decimal_mark(mark: str) -> Iterator[None]:
    """Read numbers with this decimal mark: what parts thousands is the other, or a blank."""
    token = MARK.set(mark)
    try:
        yield
    finally:
        MARK.reset(token)


def _read_number(plain: str, unit: str) -> Decimal:
    if (mark := MARK.get()) and mark in ",.":
        plain = _with_mark(plain, mark)
        if (found := _PLAIN.fullmatch(plain)) is not None:
            return Decimal(f"{found[1]}{found[2]}.{found[4] or '0'}")
    # Most cells: digits, perhaps with decimals that leave no doubt.
    if (found := _PLAIN.fullmatch(plain)) and (not found[3] or len(found[4]) != 3):
        return Decimal(f"{found[1]}{found[2]}.{found[4] or '0'}")
    shown_as = plain
    plain = plain.replace("\u2212", "-").replace("\u2013", "-")
    for suffix in filter(None, (unit, "€" if unit in ("", "€") else "")):
        if fold(plain).endswith(fold(suffix)):
            plain = plain[: -len(suffix)].rstrip(BLANKS)
            break
    plain = re.sub(rf"^([+-])[{BLANKS}]+(?=\d)", r"\1", plain)
    if spaced := _SPACED.match(plain):
        plain = re.sub(r"[^\d+-]", "", spaced[0]) + plain[spaced.end() :]
        ambiguous = False
    else:
        ambiguous = not mark
    if found := _PLAIN.fullmatch(plain):
        sign, whole, mark, fraction = found.groups()
        if ambiguous and mark and len(fraction) == 3 and len(whole) <= 3 and whole.lstrip("0"):
            raise ValueRefused(
                _(
                    "« %(value)s » peut se lire de deux façons : écrivez %(thousands)s ou"
                    " %(fraction)s.",
                    value=shown(shown_as),
                    thousands=sign + whole + fraction,
                    fraction=f"{sign}{whole},{fraction}0",
                )
            )
        return Decimal(f"{sign}{whole}.{fraction or '0'}")
    if found := _BOTH.fullmatch(plain):
        sign, whole, fraction = (group for group in found.groups() if group is not None)
        return Decimal(sign + re.sub(r"[.,]", "", whole) + "." + fraction)
    if found := _GROUPED.fullmatch(plain):
        return Decimal(found[1] + found[2] + re.sub(r"[.,]", "", found[3]))
    if re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,2}", plain):
        try:
            return Decimal(plain.replace(",", "."))
        except InvalidOperation as fault:
            raise _not_a_number(shown_as) from fault
    raise _not_a_number(shown_as)


def _with_mark(plain: str, mark: str) -> str:
    """The cell with a point for the mark that was told, and nothing between its thousands.

    Raises:
        ValueRefused: the other mark stands where it parts no thousands.
    """
    other = "." if mark == "," else ","
    whole, found, fraction = plain.partition(mark)
    if other in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(other)}\d{{3}})+", whole):
        if re.fullmatch(rf"[+-]?\d*{re.escape(other)}\d*", plain):
            raise ValueRefused(
                _(
                    "« %(value)s » ne s’écrit pas avec « %(mark)s » pour marque décimale, dite "
                    "pour ce fichier.",
                    value=shown(plain),
                    mark=mark,
                )
            )
        raise _not_a_number(plain)
    if other in fraction:
        raise _not_a_number(plain)
    return whole.replace(other, "") + ("." if found else "") + fraction


def _not_a_number(value: Cell) -> ValueRefused:
    plain = as_text(value).strip()
    retyped = plain.translate(str.maketrans("OolI", "0011"))
    if retyped != plain and _PLAIN.fullmatch(re.sub(rf"[{BLANKS}]", "", retyped)):
        letter = next(c for c in plain if c in "OolI")
        digit = _("zéro") if letter in "Oo" else _("un")
        return ValueRefused(
            _(
                "« %(value)s » n’est pas un nombre : la lettre %(letter)s à la place du"
                " chiffre %(digit)s ?",
                value=shown(plain),
                letter=letter,
                digit=digit,
            )
        )
    return ValueRefused(
        _("« %(value)s » n’est pas un nombre ; exemple : 1234,50.", value=shown(plain))
    )


def _bounded(
    result: Decimal,
    value: Cell,
    decimals: int,
    low: Decimal | int | None,
    high: Decimal | int | None,
) -> Decimal:
    if not result.is_finite() or abs(result) >= Decimal(10) ** 15:
        raise ValueRefused(_("« %(value)s » est un nombre trop grand.", value=shown(value)))
    exact = result.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    if exact != result:
        if not isinstance(value, str) and abs(exact - result) < Decimal("1e-9"):
            result = exact  # the spreadsheet's binary noise
        else:
            raise ValueRefused(
                ngettext(
                    "« %(value)s » a plus d’une décimale.",
                    "« %(value)s » a plus de %(num)d décimales.",
                    decimals,
                    value=shown(value),
                )
                if decimals
                else _("« %(value)s » n’est pas un nombre entier.", value=shown(value))
            )
    if (low is not None and result < low) or (high is not None and result > high):
        if low is not None and high is not None:
            raise ValueRefused(
                _(
                    "« %(value)s » n’est pas entre %(low)s et %(high)s.",
                    value=shown(value),
                    low=written.shown(low),
                    high=written.shown(high),
                )
            )
        if low is not None:
            raise ValueRefused(
                _(
                    "« %(value)s » est inférieur à %(low)s.",
                    value=shown(value),
                    low=written.shown(low),
                )
            )
        raise ValueRefused(
            _(
                "« %(value)s » est supérieur à %(high)s.",
                value=shown(value),
                high=written.shown(high),
            )
        )
    return exact


def euros(value: Cell) -> Decimal | None:
    """An amount to the cent, positive or not.

    Raises:
        ValueRefused: not an amount.
    """
    return number(value, decimals=2, unit="€")


def positive_euros(value: Cell) -> Decimal | None:
    """An amount to the cent, zero or more.

    Raises:
        ValueRefused: not such an amount.
    """
    return number(value, decimals=2, unit="€", low=0)


def integer(value: Cell, *, low: int | None = None, high: int | None = None) -> int | None:
    """A whole number.

    Raises:
        ValueRefused: not a whole number, out of bounds.
    """
    result = number(value, decimals=0, low=low, high=high)
    return None if result is None else int(result)


def _coordinate(value: Cell, limit: int) -> Decimal | None:
    if isinstance(value, str):
        plain = bare(value).replace("°", "").replace("\u2212", "-").strip(BLANKS)
        if not plain:
            return None
        # Between -180 and 180 no thousands exist: three decimals are decimals.
        if not re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d+)?", plain):
            raise ValueRefused(
                _(
                    "« %(value)s » n’est pas une coordonnée en degrés ; exemple : 48,856614.",
                    value=shown(value),
                )
            )
        result = Decimal(plain.replace(",", "."))
    else:
        found = number(value, decimals=15)
        if found is None:
            return None
        result = found
    if abs(result) > limit:
        raise ValueRefused(
            _(
                "« %(value)s » n’est pas une coordonnée en degrés : elle dépasse %(limit)d.",
                value=shown(value),
                limit=limit,
            )
        )
    return result.quantize(Decimal("0.000001"))


def latitude(value: Cell) -> Decimal | None:
    """Degrees north, six decimals.

    Raises:
        ValueRefused: not between -90 and 90; Lambert metres are refused that way too.
    """
    return _coordinate(value, 90)


def longitude(value: Cell) -> Decimal | None:
    """Degrees east, six decimals.

    Raises:
        ValueRefused: not between -180 and 180.
    """
    return _coordinate(value, 180)
