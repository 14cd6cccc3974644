"""The words of a record as the index keeps them, and the words somebody types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from base.basics.folding import plain

#: Longest word kept, and most words of one record.
LONGEST, MOST = 40, 80
#: Words of a question that are looked at.
ASKED = 8
#: A number typed in pieces, such as a plate "AB 123 CD", is also tried as one word up to here.
JOINED = 24
_PARTS = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d")
#: Shortest word whose mistakes are looked for.
SHORTEST = 4


def words_of(texts: Iterable[str | None]) -> list[str]:
    """The words under which a record is found, each once.

    ``EQP-00012`` is found as ``eqp``, ``00012``, ``12`` and ``eqp00012``.
    """
    found: dict[str, None] = {}
    for text in texts:
        for raw in plain(text).split(" ") if text else ():
            parts = [raw] if raw.isalnum() else _PARTS.findall(raw)
            for part in parts:
                found[part[:LONGEST]] = None
                if part[0] == "0" and part.isdecimal():
                    found[part.lstrip("0") or "0"] = None
            if len(parts) > 1:
                found["".join(parts)[:LONGEST]] = None
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


@dataclass(frozen=True, slots=True)
class Word:
    """A word typed: what begins with it is meant as well."""

    text: str


@dataclass(frozen=True, slots=True)
class Every:
    """All of these."""

    parts: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - ``Any`` is typing's
    """One of these."""

    parts: tuple[Asked, ...]


Asked = Word | Every | Any_


def asked(text: str) -> Asked | None:
    """What somebody typed, as a tree of words; None when it holds none."""
    raws = [parts for raw in plain(text).split(" ") if (parts := _PARTS.findall(raw))][:ASKED]
    if not raws:
        return None
    whole: list[Asked] = [_one(parts) for parts in raws]
    tree = whole[0] if len(whole) == 1 else Every(tuple(whole))
    joined = "".join(part for parts in raws for part in parts)
    if len(raws) > 1 and len(joined) <= JOINED and _DIGITS.search(joined):
        return Any_((Word(joined), tree))
    return tree


def _one(parts: list[str]) -> Asked:
    short = [part[:LONGEST] for part in parts]
    if len(short) == 1:
        return Word(short[0])
    return Any_((Word("".join(short)[:LONGEST]), Every(tuple(Word(part) for part in short))))


def leaves(tree: Asked) -> Iterator[str]:
    """The words of a tree."""
    if isinstance(tree, Word):
        yield tree.text
    else:
        for part in tree.parts:
            yield from leaves(part)


def may_be_wrong(word: str) -> bool:
    """Whether mistakes of typing are looked for: long enough, and no number."""
    return len(word) >= SHORTEST and (word.isalpha() or not _DIGITS.search(word))


def trigrams(word: str) -> set[str]:
    """The groups of three letters of a word, its ends marked."""
    marked = f"^{word}$"
    return {marked[i : i + 3] for i in range(len(marked) - 2)}


def tolerated(word: str) -> int:
    """How many mistakes a word of this length may hold."""
    return 1 if len(word) < 8 else 2


def distance(one: str, other: str, most: int) -> int:
    """Letters to change, add, drop or swap to make one word of the other; ``most + 1`` at most.

    Optimal string alignment: two neighbours swapped count once.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        former, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, former[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
