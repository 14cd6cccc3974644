"""Spaces of sentences and numbers at which no line may end."""

from __future__ import annotations

import re
from functools import lru_cache

NBSP = "\u00a0"

#: A blank before a sign that closes or asks (not before a word of code: « a :b »), and those
#: within guillemets.
_BLANK = re.compile(r"(?<=«) |(?:^|(?<=\S)) (?=[:;?!»](?![\w/]))")


@lru_cache(maxsize=8192)
def spaced(sentence: str) -> str:
    """A French sentence with no-break spaces (U+00A0) before « : ; ? ! » and within guillemets.

    For sentences before their values are filled in: what people wrote keeps its own blanks.
    """
    return _BLANK.sub(NBSP, sentence)


def grouped(digits: str, locale: str) -> str:
    """A whole number without its sign, its thousands apart: ``12 840``, ``12,840``."""
    groups: list[str] = []
    while len(digits) > 3:
        digits, tail = digits[:-3], digits[-3:]
        groups.insert(0, tail)
    return (NBSP if locale == "fr" else ",").join([digits, *groups])
