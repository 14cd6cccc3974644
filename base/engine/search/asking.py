"""From words typed to a question the index understands, for one kind and some authorities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from base.engine.search import store
from base.engine.search.declaration import Kind
from base.engine.search.index_words import (
    Any_,
    Asked,
    Word,
    distance,
    leaves,
    may_be_wrong,
    tolerated,
    trigrams,
)

#: Words near a mistaken one: how many are compared, how many are taken.
COMPARED, TAKEN = 80, 5

#: Word typed -> words of the corpus that may have been meant.
Mended = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the corpus has for one word typed."""

    #: The word itself, with each space that has it.
    same: tuple[str, ...]
    #: The words that begin with it, or some of them.
    longer: tuple[str, ...]
    #: Whether ``longer`` is all of them.
    complete: bool


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked for one kind; None where nothing can answer."""

    #: The very words.
    exact: str | None
    #: Words that begin so; a few hundred answers at most when they are many.
    wide: str | None
    #: The same, of the record or of what it is in.
    around: str | None
    #: Words that begin so, all of them: of the record or of what it is in.
    all: str | None
    #: Where it is looked for.
    spaces: tuple[str, ...]


def questions(
    connection: Connection,
    kind: Kind,
    entities: Sequence[int],
    tree: Asked,
    mended: Mended | None = None,
) -> Questions:
    """The questions for one kind, in the authorities given and nowhere else."""
    sqlite = connection.dialect.name == "sqlite"
    spaces = [kind.space(number) for number in entities]
    known = {word: _known(connection, spaces, word, mended or {}) for word in {*leaves(tree)}}
    single = isinstance(tree, Word)

    def exact(word: str) -> tuple[Sequence[str], bool]:
        return known[word].same, False

    def wide(word: str) -> tuple[Sequence[str], bool]:
        return (known[word].longer, False) if single else whole(word)

    def whole(word: str) -> tuple[Sequence[str], bool]:
        if known[word].complete:
            return known[word].longer, False
        return [space + word for space in spaces], True

    def ask(choose: Callable[[str], tuple[Sequence[str], bool]], around: bool) -> str | None:
        def tokens(word: str) -> list[str]:
            found, prefix = choose(word)
            if around:
                found = [*found, *map(kind.beside, found)]
            return [_one(token, sqlite, prefix=prefix) for token in found]

        return _render(tree, tokens, sqlite)

    beside = kind.around is not None
    return Questions(
        ask(exact, False),
        ask(wide, False),
        ask(wide, True) if beside else None,
        ask(whole, beside),
        tuple(spaces),
    )


def _known(connection: Connection, spaces: list[str], word: str, mended: Mended) -> Known:
    if not spaces:
        return Known((), (), True)
    longer = store.beginning(connection, spaces, word)
    complete = len(longer) <= store.EXPANDED
    wanted = {space + word for space in spaces}
    same = [token for token in longer if token in wanted]
    if not complete and same:
        same = sorted(wanted)
    near = [space + other for other in mended.get(word, ()) for space in spaces]
    return Known(tuple(same), (*longer[: store.EXPANDED], *near), complete)


def _one(token: str, sqlite: bool, *, prefix: bool = False) -> str:
    # Words hold letters and digits only: there is nothing to escape.
    if sqlite:
        return f'"{token}" *' if prefix else f'"{token}"'
    return f"'{token}':*" if prefix else f"'{token}'"


def _render(tree: Asked, tokens: Callable[[str], list[str]], sqlite: bool) -> str | None:
    if isinstance(tree, Word):
        return _joined(tokens(tree.text), " OR " if sqlite else " | ")
    parts = [_render(part, tokens, sqlite) for part in tree.parts]
    if isinstance(tree, Any_):
        return _joined([p for p in parts if p is not None], " OR " if sqlite else " | ")
    if None in parts:
        return None
    return _joined([p for p in parts if p is not None], " AND " if sqlite else " & ")


def _joined(parts: Sequence[str], between: str) -> str | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else "(" + between.join(parts) + ")"


def mend(connection: Connection, spaces: Sequence[str], tree: Asked) -> dict[str, list[str]]:
    """Words of these spaces that are one or two mistakes away from those typed."""
    found: dict[str, list[str]] = {}
    for word in {*leaves(tree)}:
        if not may_be_wrong(word) or not spaces:
            continue
        most = tolerated(word)
        near = []
        for other in store.resembling(connection, spaces, sorted(trigrams(word)), COMPARED):
            # The end of a long word need not be typed.
            off = min(distance(word, other, most), distance(word, other[: len(word)], most))
            if 0 < off <= most:
                near.append((off, abs(len(other) - len(word)), other))
        if near:
            found[word] = [other for _off, _longer, other in sorted(near)[:TAKEN]]
    return found
