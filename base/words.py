"""Words as they are sorted and found: without accents, in lower case."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "’": "'"})
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text without accents, in lower case, with single spaces."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACES.sub(" ", kept.lower()).strip()
