"""The number that a sheet shows: its format may give it zeros, spaces and words."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from base.papers.tables.texts import ShownNumber

_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_BRACKETS = re.compile(r"\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]")
_TESTS = {
    "<=": Decimal.__le__,
    ">=": Decimal.__ge__,
    "<": Decimal.__lt__,
    ">": Decimal.__gt__,
    "=": Decimal.__eq__,
    "<>": Decimal.__ne__,
}


class _Section(NamedTuple):
    """One part of a format: what it says before, between and after digits."""

    #: "0" and "#" are places of digits, longer parts are words as they stand.
    parts: tuple[tuple[str, bool], ...]
    condition: str
    bound: Decimal
    is_plain: bool
    is_percent: bool


def shown_number(plain: str, form: str) -> Decimal | str:
    """A number as its sheet shows it, where that is more than the number.

    "00012" for 12 under ``00000``: a ``ShownNumber``, which counts as the number and reads as
    the text. A share is a text ("5,5 %"): 0.055 alone would lose its meaning. Every other
    format (decimals, thousands, currencies) only dresses the number, and gives it bare.
    """
    value = Decimal(plain)
    section = _section_for(value, form)
    if section is None:
        return value
    if section.is_percent:
        share = format((value * 100).normalize(), "f").replace(".", ",")
        return f"{share} %"
    if section.is_plain or value != value.to_integral_value():
        return value
    text = _laid_out(value, section)
    return value if text == format(value, "f") else ShownNumber(plain, text)


def _section_for(value: Decimal, form: str) -> _Section | None:
    sections = _sections(form)
    for section in sections:
        if section.condition and _TESTS[section.condition](value, section.bound):
            return section
    bare = [section for section in sections if not section.condition]
    if len(bare) < len(sections):
        return bare[0] if bare else None
    if not bare:
        return None
    at = 1 if value < 0 and len(bare) > 1 else 2 if value == 0 and len(bare) > 2 else 0
    return bare[at]


def _laid_out(value: Decimal, section: _Section) -> str:
    digits = list(format(abs(value), "f"))
    places = sum(1 for _text, is_place in section.parts if is_place)
    written: list[str] = []
    left = places
    for text, is_place in reversed(section.parts):
        if not is_place:
            # Words between places that hold nothing are not shown either.
            written.append(text)
            continue
        left -= 1
        if left == 0 and digits:
            written.append("".join(digits))
            digits = []
        elif digits:
            written.append(digits.pop())
        elif text == "0":
            written.append("0")
    sign = "-" if value < 0 else ""
    return (sign + "".join(reversed(written))).strip()


@lru_cache(maxsize=512)
def _sections(form: str) -> tuple[_Section, ...]:
    if form in ("", "General", "@", "Standard"):
        return ()
    found, start, quoted, at = [], 0, False, 0
    while at < len(form):
        if form[at] == "\\":
            at += 1
        elif form[at] == '"':
            quoted = not quoted
        elif form[at] == ";" and not quoted:
            found.append(form[start:at])
            start = at + 1
        at += 1
    return tuple(_section(part) for part in (*found, form[start:]))


def _section(form: str) -> _Section:
    condition = _CONDITION.search(form)
    form = _BRACKETS.sub(lambda m: f'"{m[1]}"' if m[1] else "", form)
    parts: list[tuple[str, bool]] = []
    plain = percent = False
    at = 0
    while at < len(form):
        sign = form[at]
        if sign == '"':
            end = form.find('"', at + 1)
            end = len(form) if end < 0 else end
            parts.append((form[at + 1 : end], False))
            at = end
        elif sign == "\\" and at + 1 < len(form):
            at += 1
            parts.append((form[at], False))
        elif sign in "_*":
            at += 1
        elif sign in "0#":
            parts.append((sign, True))
        elif sign == "%":
            percent = True
        elif sign in ".,?/Ee" or sign.isalpha():
            plain = True
        else:
            parts.append((sign, False))
        at += 1
    if not any(is_place for _text, is_place in parts):
        plain = True
    return _Section(
        tuple(parts),
        condition[1] if condition else "",
        Decimal(condition[2]) if condition else Decimal(0),
        plain,
        percent,
    )
