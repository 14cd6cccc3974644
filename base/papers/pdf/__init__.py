"""Documents as PDF: the sheet that writes them, the page's look, QR codes as vectors.

``base.papers.pdf.sheet`` and ``base.papers.pdf.layout`` load ReportLab: import them inside the function that
makes a document. This file costs nothing at start.

No markup is ever read from a value. Text is drawn as text, so a value has nothing to escape
from; ``clean`` takes out what no page can show.
"""

from __future__ import annotations

import unicodedata

#: What a page has in place of a character that has no shape.
_MISSING = "\ufffd"
_SPACES = {"\t": " ", "\n": " ", "\r": " ", "\u202f": "\u00a0", "\u2007": "\u00a0"}
#: Controls, marks that turn the reading direction, unassigned and private code points, and
#: halves of pairs: a page that showed them would lie about what was typed.
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class _Table(dict[int, str]):
    """Translation of one character, worked out once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _SPACES:
            shown = _SPACES[char]
        elif unicodedata.category(char) == "Cs":
            shown = _MISSING
        elif unicodedata.category(char) in _UNSHOWN:
            shown = ""
        else:
            shown = char
        self[code] = shown
        return shown


_TABLE = _Table()


def clean(value: object) -> str:
    """The value as one line that a page can show; ``None`` is empty.

    Control characters and reading-direction marks go, line breaks become spaces, the narrow
    no-break space becomes the ordinary one: IBM Plex has no shape for it.
    """
    if value is None:
        return ""
    return str(value).translate(_TABLE)
