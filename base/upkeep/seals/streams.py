"""What the verification reads beside the entries: leaf hashes, subtrees, counters, keys."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from base.store.models.history import Counter, Event
from base.store.models.seals import SealKey, SealLeaf, SealNode
from base.upkeep.seals import leaf
from base.upkeep.seals.sealing import SERIES
from base.upkeep.seals.tree import split

#: Entries looked at to say where a foreign one comes from.
NEAR = 512


def stream(connection: Connection, statement: Any) -> Any:
    """The rows of a statement, a few at a time."""
    return connection.execute(statement.execution_options(yield_per=200))


def told_keys(connection: Connection) -> dict[str, int]:
    """Fingerprint of a key -> the entry of the trail that says that it was made."""
    found: dict[str, int] = {}
    rows = connection.execute(
        select(Event.seq, Event.changes)
        .where(Event.record == SealKey.__tablename__)
        .order_by(Event.seq)
    )
    for seq, changes in rows.all():
        try:
            told = json.loads(changes)
        except ValueError:
            continue  # a changed entry: the pass names it
        if isinstance(told, dict):
            found.setdefault(str(told.get("text")), seq)
    return found


def counters(connection: Connection) -> dict[str, int]:
    """The last numbers given out: of entries, of seals."""
    rows = connection.execute(
        select(Counter.series, Counter.value).where(Counter.series.in_(("trail", SERIES)))
    )
    return {series: value for series, value in rows}  # noqa: C416


def leaves(connection: Connection, start: int) -> Generator[tuple[int, bytes]]:
    """(index, hash) of what was noted of each sealed entry."""
    statement = (
        select(SealLeaf.first, SealLeaf.hashes)
        .where(SealLeaf.first >= start)
        .order_by(SealLeaf.first)
    )
    with stream(connection, statement) as rows:
        for first, hashes in rows:
            for n, hash_ in enumerate(split(bytes(hashes))):
                yield first + n, hash_


def nodes(connection: Connection, start: int) -> Generator[tuple[int, int, bytes]]:
    """(level, index, hash) of the subtrees kept, in the order in which they are ended."""
    ends = (SealNode.index + 1).bitwise_lshift(SealNode.level)
    statement = (
        select(SealNode.level, SealNode.index, SealNode.hash)
        .where(ends > start)
        .order_by(ends, SealNode.level)
    )
    with stream(connection, statement) as rows:
        for level, index, hash_ in rows:
            yield level, index, bytes(hash_)


def _near(connection: Connection, seq: int) -> dict[int, bytes]:
    """Leaf hashes around an entry, by number."""
    found: dict[int, bytes] = {}
    rows = connection.execute(
        select(SealLeaf.first, SealLeaf.hashes)
        .where(SealLeaf.first > seq - NEAR, SealLeaf.first < seq + NEAR)
        .order_by(SealLeaf.first)
    )
    for first, hashes in rows.all():
        found.update((first + n + 1, h) for n, h in enumerate(split(bytes(hashes))))
    return found


def sealed_under(connection: Connection, seq: int, row: leaf.Row) -> int | None:
    """The number under which this entry was sealed, when it is one nearby."""
    for number, hash_ in _near(connection, seq).items():
        if number != seq and leaf.hash_of(leaf.with_number(row, number)) == hash_:
            return number
    return None


def follows(connection: Connection, seq: int) -> bool:
    """Whether the entry after this one was sealed under this number."""
    after = list(leaf.rows(connection, after=seq, last=seq + 1))
    sealed = _near(connection, seq).get(seq)
    return bool(after) and leaf.hash_of(leaf.with_number(after[0], seq)) == sealed
