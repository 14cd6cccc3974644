"""The canonical form of an entry of the trail: what a leaf of the tree is the hash of.

One JSON object by RFC 8785: keys in order, no blanks, UTF-8. Its ``changes`` are the text of the
entry as it is kept, so that not one byte of it can change unseen. Both engines give the same
bytes: instants are UTC with six decimals of a second, ``2026-03-01T09:30:00.000000Z``.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from json.encoder import encode_basestring as _quoted
from typing import Any

from sqlalchemy import Select, String, func, literal_column, select, type_coerce
from sqlalchemy.engine import Connection

from base.store.models.history import Event
from base.upkeep.seals.merkle import leaf_hash
from base.upkeep.seals.signing import written_at

#: Entries read from the database at a time.
CHUNK = 2000
SEQ, AT, ACTOR, DOOR, OP, RECORD, RECORD_ID, ENTITY_ID, CHANGES = range(9)
FIELDS = ("seq", "at", "actor", "door", "op", "record", "record_id", "entity_id", "changes")
#: One entry, its fields in the order of ``FIELDS``.
Row = Sequence[Any]


def canonical(row: Row) -> bytes:
    """The bytes of an entry."""
    seq, at, actor, door, op, record, record_id, entity_id, changes = row
    try:
        text = (
            f'{{"actor":{_quoted(actor)},"at":{_quoted(at)},"changes":{_quoted(changes)},'
            f'"door":{_quoted(door)},'
            f'"entity_id":{"null" if entity_id is None else entity_id},"op":{_quoted(op)},'
            f'"record":{_quoted(record)},'
            f'"record_id":{"null" if record_id is None else record_id},"seq":{seq}}}'
        )
    except TypeError:
        # Only a row that somebody has tampered with holds another type in a column of text.
        damaged = dict(zip(FIELDS, row, strict=True))
        text = json.dumps(damaged, ensure_ascii=False, sort_keys=True, default=repr)
    return text.encode("utf-8", "surrogateescape")


def row_of(event: Event) -> Row:
    """An entry that was read with the rules of its reader."""
    return (
        event.seq,
        written_at(event.at),
        event.actor,
        event.door,
        event.op,
        event.record,
        event.record_id,
        event.entity_id,
        event.changes,
    )


def hash_of(row: Row) -> bytes:
    """The leaf hash of an entry."""
    return leaf_hash(canonical(row))


def with_number(row: Row, seq: int) -> Row:
    """The same entry under another number."""
    return (seq, *row[1:])


def query(dialect: str) -> Select[Any]:
    """Entries in order, their fields in the order of ``FIELDS``, instants as text."""
    at: Any
    if dialect == "sqlite":
        at = type_coerce(Event.at, String)
    else:
        pattern: Any = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
        at = func.to_char(func.timezone("UTC", Event.at), pattern)
    return select(
        Event.seq,
        at,
        Event.actor,
        Event.door,
        Event.op,
        Event.record,
        Event.record_id,
        Event.entity_id,
        Event.changes,
    ).order_by(Event.seq)


def rows(
    connection: Connection, *, after: int | None = None, last: int | None = None
) -> Generator[Row]:
    """Entries numbered above ``after``, up to ``last``, in order.

    The memory is that of one chunk. Bytes of SQLite that are no longer UTF-8 are kept as they are.
    """
    sqlite = connection.dialect.name == "sqlite"
    statement = query(connection.dialect.name)
    if after is not None:
        statement = statement.where(Event.seq > after)
    if last is not None:
        statement = statement.where(Event.seq <= last)
    driver: Any = connection.connection.driver_connection
    if sqlite:
        before, driver.text_factory = driver.text_factory, _tolerant
    try:
        with connection.execute(statement.execution_options(yield_per=CHUNK)) as found:
            for part in found.partitions():
                yield from part
    finally:
        if sqlite:
            driver.text_factory = before


def _tolerant(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
