"""Closed lists: each value with its word, its icon and its tone, said where the value stands.

A member *is* what is shown of it: templates read ``.word``, ``.icon`` and ``.tone`` of it, and it
is still its text (or its number), in the base, in JSON and in comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, Self, TypeAlias

from base.basics.i18n import SOURCE, speaking

#: Tones of pills, of the marks of a priority, and none: classes of the stylesheet.
TONES = frozenset({"", "idle", "plan", "run", "ok", "late", "h", "l"})


class _Mark(NamedTuple):
    word: Any
    icon: str
    tone: str


class Sign(_Mark):
    """A mark that is no value of a list: word, icon and tone; never the colour alone."""

    __slots__ = ()

    def __new__(cls, word: Any, icon: str, tone: str) -> Self:
        """The mark.

        Raises:
            ValueError: the stylesheet has no such tone.
        """
        return super().__new__(cls, word, icon, known_tone(tone))


def known_tone(tone: str) -> str:
    """The tone, when the stylesheet has it.

    Raises:
        ValueError: it has not; the module that says it does not load.
    """
    if tone not in TONES:
        raise ValueError(f"no tone is called {tone!r}: {', '.join(sorted(TONES - {''}))}")
    return tone


class Choice(StrEnum):
    """One of a closed list: ``DRAFT = "draft", _l("Brouillon"), "circle-dashed", "idle"``.

    A list whose values say more has a ``tell`` of its own, which calls this one. An attribute must
    not be called like a method of ``str`` (``title``, ``count``, ``format``).
    """

    _value_: str
    #: In the reader's language when it is shown; may be a plain text that no language changes.
    word: Any
    icon: str
    #: Class of the pill in the stylesheet; none for a value that stands out in no way.
    tone: str

    def __new__(cls, value: str, *said: Any) -> Self:
        """The text, and what is said of it."""
        self = str.__new__(cls, value)
        self._value_ = value
        self.tell(*said)
        return self

    def tell(self, word: Any, icon: str = "", tone: str = "", /) -> None:
        """Keep what stands after the value."""
        self.word, self.icon, self.tone = word, icon, known_tone(tone)

    @classmethod
    def words(cls) -> list[tuple[str, str]]:
        """The values with their words, in the reader's language."""
        return [(member.value, str(member.word)) for member in cls]

    @classmethod
    def named(cls, further: Mapping[str, Self] | None = None) -> dict[str, Self]:
        """What a file may hold -> value: words, an importer's further words, the texts themselves.

        The words are those of the reader and those of the source, whoever reads: a French file
        stays one when an English reader gives it.
        """
        found = {str(member.word): member for member in cls} | {**(further or {})}
        with speaking(SOURCE):
            for member in cls:
                found.setdefault(str(member.word), member)
        return found | {member.value: member for member in cls}


class NumberChoice(IntEnum):
    """As ``Choice``, for what is kept as a small number because there are millions of rows."""

    _value_: int
    word: Any
    icon: str
    tone: str

    def __new__(cls, value: int, *said: Any) -> Self:
        """The number, and what is said of it."""
        self = int.__new__(cls, value)
        self._value_ = value
        self.tell(*said)
        return self

    def tell(self, word: Any, icon: str = "", tone: str = "", /) -> None:
        """Keep what stands after the value."""
        self.word, self.icon, self.tone = word, icon, known_tone(tone)


#: What a pill or a lane shows.
Shown: TypeAlias = Choice | Sign
