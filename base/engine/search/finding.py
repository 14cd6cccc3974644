"""What is found: for the search of every page, and for the search box of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import false, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession

from base.basics.sessions import Session
from base.engine.search import store
from base.engine.search.asking import Questions, mend, questions
from base.engine.search.declaration import KINDS, Kind, kind_of
from base.engine.search.words import Asked, asked, leaves

#: Fewer results than these: mistakes of typing are looked for.
FEW = 5
#: Numbers taken from the index for each kind; what is shown is chosen among their rows.
LOOKED_AT = 40


@dataclass(frozen=True)
class Group:
    """The results of one kind, the best first."""

    kind: Kind
    rows: Sequence[Any]
    #: There are more than shown.
    more: bool


@dataclass(frozen=True)
class Found:
    """What was found, by kind."""

    groups: Sequence[Group]
    #: The words typed gave little: words like them were tried too.
    mended: bool

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return sum(len(group.rows) for group in self.groups)


def find(session: Session, text: str, kinds: Iterable[Kind], *, limit: int = 10) -> Found:
    """The records that answer the words, of the kinds and authorities of this session.

    At most ``limit`` of a kind. Every word must be found, as it is or as the beginning of one;
    when that gives fewer than five records, words with a mistake are tried.
    """
    tree = asked(text)
    chosen = sorted(kinds, key=lambda kind: (kind.order, kind.code))
    if tree is None or not session.scope:
        return Found((), False)
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    scope = session.scope
    numbers = {
        kind.record: _numbers(connection, questions(connection, kind, scope, tree))
        for kind in chosen
    }
    mended = False
    if sum(map(len, numbers.values())) < FEW:
        spaces = [kind.space(entity) for kind in chosen for entity in scope]
        if near := mend(connection, spaces, tree):
            for kind in chosen:
                asked_again = questions(connection, kind, scope, tree, near)
                more = _numbers(connection, asked_again)
                known = set(numbers[kind.record])
                added = [number for number in more if number not in known]
                mended = mended or bool(added)
                numbers[kind.record] += added
    groups = []
    for kind in chosen:
        if rows := _rows(session, kind, numbers[kind.record], tree):
            groups.append(Group(kind, rows[:limit], len(rows) > limit))
    return Found(groups, mended)


def _numbers(connection: Connection, asking: Questions) -> list[int]:
    """Numbers of records, those that have the very words first."""
    found: dict[int, None] = {}
    for question in dict.fromkeys((asking.exact, asking.wide)):
        if question is not None and len(found) < LOOKED_AT:
            spaces = asking.spaces
            found.update(dict.fromkeys(store.matching(connection, question, spaces, LOOKED_AT)))
    return list(found)


def _rows(session: Session, kind: Kind, numbers: Sequence[int], tree: Asked) -> list[Any]:
    """The rows that this session may see: whole numbers typed first, what is put away last."""
    if not numbers:
        return []
    statement = select(kind.model).where(kind.model.id.in_(numbers), *kind.limits())
    rows = {row.id: row for row in session.scalars(statement)}
    place = {number: n for n, number in enumerate(numbers)}
    whole = next(leaves(tree))

    def rank(row: Any) -> tuple[bool, bool, int]:
        away = getattr(row, "archived_on", None) is not None
        return away, whole not in kind.words(row), place[row.id]

    return sorted(rows.values(), key=rank)


def criterion(session: Session, model: Any, text: str) -> Any:
    """The rows of a list that answer the words, as a criterion; None when nobody declared them.

    Every row counts, however many they are; words with a mistake are tried when there are few.
    """
    kind = kind_of(model)
    if kind is None or kind.record not in KINDS:
        return None
    tree = asked(text)
    if tree is None or not session.scope:
        return false()
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    asking = questions(connection, kind, session.scope, tree)
    if (
        asking.all is None
        or len(store.matching(connection, asking.wide or asking.all, asking.spaces, FEW)) < FEW
    ):
        near = mend(connection, asking.spaces, tree)
        if near:
            asking = questions(connection, kind, session.scope, tree, near)
    if asking.all is None:
        return false()
    return model.id.in_(store.numbers(connection.dialect.name, asking.all))
