"""The trail: the last event of some tables, the events and the files of some records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from base.basics.sessions import Session
from base.store.models import Event
from base.store.models.documents import Document

#: Ids asked for in one statement.
_CHUNK = 500


def data_cut(
    session: Session, *, records: Sequence[str], entity_ids: Sequence[int]
) -> tuple[int | None, datetime | None]:
    """Number and instant of the last event of these tables in these authorities."""
    last: tuple[int | None, datetime | None] = (None, None)
    for entity_id in entity_ids:  # of several at once, SQLite would sort all their events
        row = session.execute(
            select(Event.seq, Event.at)
            .where(Event.record.in_(records), Event.entity_id == entity_id)
            .order_by(Event.seq.desc())
            .limit(1)
        ).first()
        if row is not None and (last[0] is None or row[0] > last[0]):
            last = (row[0], row[1])
    return last


def events_of(
    session: Session, keys: Sequence[tuple[str, Sequence[int]]], *, last: int | None
) -> Iterator[Event]:
    """Events of the records named by table and ids, in the order of the trail."""
    found: dict[int, Event] = {}
    for record, ids in keys:
        for first in range(0, len(ids), _CHUNK):
            statement = select(Event).where(
                Event.record == record, Event.record_id.in_(ids[first : first + _CHUNK])
            )
            if last is not None:
                statement = statement.where(Event.seq <= last)
            found.update({event.seq: event for event in session.scalars(statement)})
    for seq in sorted(found):
        yield found[seq]


def documents(session: Session, ids: Sequence[int]) -> list[Document]:
    """The files with these ids, oldest first; those put away too."""
    found: list[Document] = []
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        found += session.scalars(select(Document).where(Document.id.in_(part)))
    return sorted(found, key=lambda row: row.id)
