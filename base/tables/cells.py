"""Cells that no spreadsheet takes for a formula, and back."""

from __future__ import annotations

import re

#: What starts a formula, full-width forms included, after blanks.
_START = "=+-@＝＋－＠\t\r"
_NUMBER = re.compile(r"[+-]?\d[\d \u00a0\u202f]*([.,]\d+)?([eE][+-]?\d+)?")


def is_live(text: str) -> bool:
    """Whether a spreadsheet could run this text; plain numbers are not meant."""
    if text[:1] in ("\t", "\r"):
        return True
    bare = text.strip()
    return bare[:1] != "" and bare[0] in _START and _NUMBER.fullmatch(bare) is None


def _needs_guard(text: str) -> bool:
    # A text that already begins with quotes before such a start gets one more,
    # so that taking exactly one away is always right.
    return is_live(text.lstrip("'")) if text.startswith("'") else is_live(text)


def guard(text: str) -> str:
    """The text as it may stand in a CSV file: a quote before what looks like a formula."""
    return "'" + text if _needs_guard(text) else text


def unguard(text: str) -> str:
    """The text as it was before ``guard``: exactly that quote is removed."""
    return text[1:] if text.startswith("'") and _needs_guard(text[1:]) else text
