"""The index follows the records: in their transaction, whatever door a change comes through.

What a flush wrote is kept aside and goes to the index in one piece before the commit, ahead of
the trail's numbers: whoever waits for the counter has nothing left to wait for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session as OrmSession

from base.basics.sessions import Session
from base.engine.search import store
from base.engine.search.declaration import KINDS, kind_of
from base.engine.search.words import words_of
from base.store.savepoints import kept_aside

#: Tuples of root table, number, and the row, or its authority and words, or None when it is gone.
_pending, _clear = kept_aside("search")
#: Spaces and words that a record had and is no longer to have taught the index.
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


def note_gone(session: Session, model: Any, numbers: Iterable[int]) -> None:
    """Rows taken out by Core statements."""
    kind = kind_of(model)
    if kind is not None:
        _pending(session).extend((kind.record, number, None) for number in numbers)


def note_forgotten(session: Session, row: Any, texts: Iterable[str]) -> None:
    """The words of these texts go from the vocabulary, unless another record has them."""
    kind = kind_of(row)
    if kind is not None:
        _forgotten(session).append((kind.space(row.entity_id), words_of(texts)))


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
            watched = (*kind.columns, "entity_id")
            if any(attributes[name].history.has_changes() for name in watched):
                _pending(session).append((kind.record, row.id, row))
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
    entries, gone = [], []
    for (record, number), row in last.items():
        kind = KINDS[record]
        if row is None:
            gone.append(kind.entry(number))
        elif isinstance(row, tuple):
            entries.append(store.Entry(kind, number, row[0], row[1]))
        else:
            entries.append(store.Entry(kind, number, row.entity_id, kind.words(row)))
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    store.forget(connection, gone)
    store.write(connection, entries)
    for space, words in _forgotten(session):
        store.unlearn(connection, space, words)
    _clear(session)
    _clear_forgotten(session)


# Ahead of the trail, which takes its numbers last.
event.listen(OrmSession, "before_commit", _write, insert=True)
