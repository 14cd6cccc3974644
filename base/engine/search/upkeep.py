"""The index follows the records: in their transaction, whatever door a change comes through.

What a flush wrote is kept aside and goes to the index in one piece before the commit, ahead of
the trail's numbers: whoever waits for the counter has nothing left to wait for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession

from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.engine.search import store
from base.engine.search.declaration import KINDS, Kind, kind_of
from base.engine.search.index_words import words_of
from base.store.savepoints import kept_aside

#: Entries of what is in a record that are written in the transaction of its change; when there are
#: more, a background job writes them all.
AT_ONCE = 1_000
#: Tuples of root table, number, and the row, or its authority and words, or None when it is gone.
_pending, _clear = kept_aside("search")
#: Root table and number of records whose change tells on what is in them.
_outer, _clear_outer = kept_aside("search_outer")
#: Kind, authority and words that a record had and is no longer to have taught the index.
_forgotten, _clear_forgotten = kept_aside("search_forgotten")


def note_many(
    session: Session, model: Any, rows: Iterable[tuple[int, int, Sequence[str | None]]]
) -> None:
    """Rows written by Core statements, for imports: number, authority, searched texts."""
    kind = kind_of(model)
    if kind is not None:
        _pending(session).extend(
            (kind.record, number, (entity_id, words_of(texts))) for number, entity_id, texts in rows
        )


def note_outer(session: Session, model: Any, numbers: Iterable[int]) -> None:
    """Rows changed by Core statements in columns that others are found by."""
    kind = kind_of(model)
    if kind is not None and kind.around is not None:
        _outer(session).extend((kind.record, number) for number in numbers)


def note_gone(session: Session, model: Any, numbers: Iterable[int]) -> None:
    """Rows taken out by Core statements."""
    kind = kind_of(model)
    if kind is not None:
        _pending(session).extend((kind.record, number, None) for number in numbers)


def note_forgotten(session: Session, row: Any, texts: Iterable[str]) -> None:
    """The words of these texts go from the vocabulary, unless another record has them."""
    kind = kind_of(row)
    if kind is not None:
        _forgotten(session).append((kind, row.entity_id, words_of(texts)))


@event.listens_for(OrmSession, "after_flush")
def _collect(session: Session, context: Any) -> None:
    if not KINDS:
        return
    for row in session.new:
        if (kind := kind_of(row)) is not None:
            _pending(session).append((kind.record, row.id, row))
    for row in session.dirty:
        if (kind := kind_of(row)) is not None:
            attributes: Any = inspect(row).attrs
            changed = {n for n in kind.watched if attributes[n].history.has_changes()}
            if changed:
                _pending(session).append((kind.record, row.id, row))
            if kind.around is not None and not changed.isdisjoint(kind.around.columns):
                _outer(session).append((kind.record, row.id))
    for row in session.deleted:
        if (kind := kind_of(row)) is not None:
            _pending(session).append((kind.record, row.id, None))


def _write(session: Session) -> None:
    """Bring the index up; the last word on a record counts."""
    if session.in_nested_transaction():
        return
    session.flush()
    changes = _pending(session)
    if not changes:
        return
    last = {(record, number): row for record, number, row in changes}
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    own: dict[str, dict[int, tuple[int, Sequence[str]]]] = defaultdict(dict)
    gone = []
    for (record, number), row in last.items():
        kind = KINDS[record]
        if row is None:
            gone.append(kind.entry(number))
        elif isinstance(row, tuple):
            own[record][number] = row
        else:
            own[record][number] = row.entity_id, kind.words(row)
    entries = [e for record, rows in own.items() for e in _entries(connection, KINDS[record], rows)]
    for record, outer in _grouped(_outer(session)).items():
        inside = _inside(session, connection, KINDS[record], outer)
        inside -= {number for other, number in last if other == record}
        entries += entries_of(connection, KINDS[record], inside)
    store.forget(connection, gone)
    store.write(connection, entries)
    for kind, entity_id, words in _forgotten(session):
        store.unlearn(connection, kind, entity_id, words)
    _clear(session)
    _clear_outer(session)
    _clear_forgotten(session)


def _grouped(outer: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for record, number in dict.fromkeys(outer):
        found[record].append(number)
    return found


def _inside(session: Session, connection: Connection, kind: Kind, outer: Sequence[int]) -> set[int]:
    """What is in these records, as far as its entries are written now."""
    assert kind.around is not None
    inside = set(kind.around.inside(connection, outer, AT_ONCE + 1))
    if len(inside) <= AT_ONCE:
        return inside
    kind.around.later(session, outer)
    return set()


def entries_of(connection: Connection, kind: Kind, numbers: Collection[int]) -> list[store.Entry]:
    """The entries of records as they stand in the database."""
    model = kind.model
    columns = [getattr(model, name) for name in kind.columns]
    rows: dict[int, tuple[int, Sequence[str]]] = {}
    for lot in in_lots(numbers):
        found = connection.execute(
            select(model.id, model.entity_id, *columns).where(model.id.in_(lot))
        )
        rows |= {number: (entity, words_of(texts)) for number, entity, *texts in found}
    return _entries(connection, kind, rows)


def _entries(
    connection: Connection, kind: Kind, rows: dict[int, tuple[int, Sequence[str]]]
) -> list[store.Entry]:
    texts = kind.around.texts(connection, rows) if kind.around is not None else {}
    return [
        store.Entry(kind, number, entity, words, _beside(words, texts.get(number, ())))
        for number, (entity, words) in rows.items()
    ]


def _beside(own: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words of what a record is in that it has not itself."""
    had = set(own)
    return [word for word in words_of(texts) if word not in had]


# Ahead of the trail, which takes its numbers last.
event.listen(OrmSession, "before_commit", _write, insert=True)
