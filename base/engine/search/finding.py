"""What is found: for the search of every page, and for the search box of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import false, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession

from base.basics.sessions import Session
from base.engine.search import store
from base.engine.search.asking import Questions, mend, questions
from base.engine.search.declaration import KINDS, Kind, kind_of
from base.engine.search.index_words import Asked, asked, leaves

#: Fewer results than these: mistakes of typing are looked for.
FEW = 5
#: Whose words answered: the record's own, those of what it is in; behind these, with mistakes.
_TIERS = 2
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

    At most ``limit`` of a kind. Every word must be found, as it is or as the beginning of one, in
    the record or in what it is in: those that have them all themselves come first. When that
    gives fewer than five records, words with a mistake are tried.
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
                known = numbers[kind.record]
                for number, tier in _numbers(connection, asked_again).items():
                    if number not in known:
                        known[number], mended = tier + _TIERS, True
    groups = []
    for kind in chosen:
        if rows := _rows(session, kind, numbers[kind.record], tree):
            groups.append(Group(kind, rows[:limit], len(rows) > limit))
    return Found(groups, mended)


def _numbers(connection: Connection, asking: Questions) -> dict[int, int]:
    """Numbers of records, those that have the very words first -> whose words answered.

    0 is the record's own, 1 needed those of what it is in.
    """
    found: dict[int, int] = {}
    for question, tier in {asking.exact: 0, asking.wide: 0, asking.around: 1}.items():
        if question is not None and len(found) < LOOKED_AT:
            for number in store.matching(connection, question, asking.spaces, LOOKED_AT):
                found.setdefault(number, tier)
    return found


def _rows(session: Session, kind: Kind, numbers: Mapping[int, int], tree: Asked) -> list[Any]:
    """The rows that this session may see: whole numbers typed first, what is put away last.

    Before all, the record's own words count more than those of what it is in, and both more than
    words with a mistake.
    """
    if not numbers:
        return []
    statement = select(kind.model).where(kind.model.id.in_(numbers), *kind.limits())
    rows = {row.id: row for row in session.scalars(statement)}
    place = {number: n for n, number in enumerate(numbers)}
    whole = next(leaves(tree))

    def rank(row: Any) -> tuple[bool, int, bool, int]:
        away = getattr(row, "archived_on", None) is not None
        return away, numbers[row.id], whole not in kind.words(row), place[row.id]

    return sorted(rows.values(), key=rank)


def criterion(session: Session, model: Any, text: str, *, own: bool = False) -> Any:
    """The rows of a list that answer the words, as a criterion; None when nobody declared them.

    Every row counts, however many they are; words with a mistake are tried when there are few.
    With ``own``, the very words of the rows themselves alone, not of what they are in.
    """
    kind = kind_of(model)
    if kind is None or kind.record not in KINDS:
        return None
    tree = asked(text)
    if tree is None or not session.scope:
        return false()
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    asking = questions(connection, kind, session.scope, tree)
    if own:
        mine = asking.wide or asking.exact
        return false() if mine is None else model.id.in_(store.numbers(_name(connection), mine))
    some = asking.around or asking.wide or asking.all
    if some is None or len(store.matching(connection, some, asking.spaces, FEW)) < FEW:
        near = mend(connection, asking.spaces, tree)
        if near:
            asking = questions(connection, kind, session.scope, tree, near)
    if asking.all is None:
        return false()
    return model.id.in_(store.numbers(_name(connection), asking.all))


def _name(connection: Connection) -> str:
    return connection.dialect.name
