"""Words as they are sorted, found and compared: without accents, in lower case; codes folded."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "’": "'"})
_SPACES = re.compile(r"\s+")


class _Marks(dict[int, str | None]):
    """What becomes of each character when accents go; of usual ones it is asked once."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        kept = None if unicodedata.combining(letter) else letter
        if code < 0x3000:
            self[code] = kept
        return kept


_MARKS = _Marks()


def unaccented(text: str) -> str:
    """The letters without the marks that stand on or below them."""
    return unicodedata.normalize("NFKD", text).translate(_MARKS)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text without accents, in lower case, with single spaces."""
    if text.isascii():
        if not text.isprintable() or "  " in text:
            text = _SPACES.sub(" ", text)
        return text.lower().strip()
    kept = unaccented(text.translate(_LIGATURES))
    return _SPACES.sub(" ", kept.lower()).strip()


#: Letters and signs that Unicode draws as nothing: fillers of Hangul, the empty cell of Braille.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def seen(text: str) -> str:
    """The text as it is; nothing of one in which nothing can be seen.

    Blanks, characters that only format (of no width, of direction, soft hyphens) and marks that
    stand on no letter are what somebody sees as an empty field.
    """
    for letter in text:
        if letter.isspace() or letter in _FILLERS:
            continue
        if unicodedata.category(letter) not in ("Cf", "Mn", "Me", "Mc"):
            return text
    return ""


def begins_with(name: str, word: str) -> bool:
    """Whether a name begins with the word of its kind: « Local technique » says « Local »."""
    whole, first = plain(name), plain(word)
    return bool(first) and whole.startswith(first) and not whole[len(first) :][:1].isalnum()


def full_name(first: str, last: str) -> str:
    """How somebody is called; who has one word for both names is called by it once."""
    return first if first == last else f"{first} {last}".strip()


#: Dashes that the eye takes for one another.
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-"))
#: Characters of a key of a code, at most.
CODE_KEY_LENGTH = 240


def clean_code(text: str) -> str:
    """A code as it is kept: on one line, single blanks, nothing that the eye does not see.

    Characters that only format (of no width, of direction, soft hyphens) are taken away: two
    codes that read the same must not be two.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip()


@lru_cache(maxsize=4096)
def code_key(text: str) -> str:
    """What codes are compared by: no case, no form of writing, one kind of dash and of blank."""
    if text.isascii():
        if not text.isprintable() or "  " in text:
            text = _SPACES.sub(" ", text)
        return text.strip().casefold()[:CODE_KEY_LENGTH]
    folded = unicodedata.normalize("NFKC", clean_code(text)).translate(_DASHES).casefold()
    return _SPACES.sub(" ", folded).strip()[:CODE_KEY_LENGTH]
