"""Words as the register sorts and finds them: without accents, in lower case."""

import re

from base.basics.folding import plain as plain

_NUMBERS = re.compile(r"\d+")
_PADDED = 10
SORT_KEY_LENGTH = 160
SEARCH_LENGTH = 1000


def sort_key(text: str) -> str:
    """A key that sorts the same on both engines: "Salle 2" comes before "Salle 10"."""
    return _NUMBERS.sub(lambda m: m.group().zfill(_PADDED), plain(text))[:SORT_KEY_LENGTH]


def search_text(*parts: str | None) -> str:
    """The plain words of several columns, each kept once, in their order."""
    words = plain(" ".join(filter(None, parts))).split(" ")
    return " ".join(dict.fromkeys(words))[:SEARCH_LENGTH]
