"""Words as the register sorts and finds them: without accents, in lower case."""

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "’": "'"})
_SPACES = re.compile(r"\s+")
_NUMBERS = re.compile(r"\d+")
_PADDED = 10
SORT_KEY_LENGTH = 160
SEARCH_LENGTH = 1000


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text without accents, in lower case, with single spaces."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACES.sub(" ", kept.lower()).strip()


def sort_key(text: str) -> str:
    """A key that sorts the same on both engines: "Salle 2" comes before "Salle 10"."""
    return _NUMBERS.sub(lambda m: m.group().zfill(_PADDED), plain(text))[:SORT_KEY_LENGTH]


def search_text(*parts: str | None) -> str:
    """The plain words of several columns, each kept once, in their order."""
    words: dict[str, None] = {}
    for part in parts:
        if part:
            words.update(dict.fromkeys(plain(part).split(" ")))
    return " ".join(words)[:SEARCH_LENGTH]
