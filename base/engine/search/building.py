"""The index built from the records: at ``migrate`` when a kind is new, and by command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession

from base.basics.rows import in_lots
from base.engine.search import store
from base.engine.search.declaration import KINDS, Kind
from base.engine.search.upkeep import entries_of
from base.rules.rights.actors import system_session

#: Records of one transaction: agents write in between.
CHUNK = 2000


def outdated(connection: Connection) -> list[str]:
    """The root tables whose entries are not there, or were made from other columns."""
    if not inspect(connection).has_table("search_kind"):
        return sorted(KINDS)
    built = store.built(connection)
    return sorted(r for r, kind in KINDS.items() if built.get(r) != kind.signature)


def bring_up() -> list[str]:
    """Build what is outdated, drop what nobody declares any more; which tables were built."""
    with system_session("search", readonly=True) as session:
        connection = OrmSession.connection(session)
        late, there = outdated(connection), store.built(connection)
    for record in late:
        rebuild(KINDS[record])
    gone = sorted(set(there) - set(KINDS))
    if gone:
        with system_session("search") as session:
            for record in gone:
                store.unmark(OrmSession.connection(session), record)
    return late


def rebuild(kind: Kind, progress: Callable[[int], None] | None = None) -> int:
    """Build the entries of one kind anew, while people work; how many records it has."""
    model = kind.model
    done = last = 0
    while True:
        with system_session("search") as session:
            connection = OrmSession.connection(session)
            # Ahead of the rows: who changes one meanwhile writes its words after these.
            store.hold(connection)
            numbers = list(
                session.scalars(
                    select(model.id).where(model.id > last).order_by(model.id).limit(CHUNK)
                )
            )
            end = numbers[-1] if len(numbers) == CHUNK else (1 << 44) - 1
            store.forget_between(connection, kind, last + 1, end)
            store.write(connection, entries_of(connection, kind, numbers))
            done += len(numbers)
            if len(numbers) < CHUNK:
                store.mark_built(connection, kind)
                return done
            last = end
        if progress is not None:
            progress(done)


def rebuild_inside(
    kind: Kind, outer: Sequence[int], progress: Callable[[int, int], None] | None = None
) -> int:
    """Write anew the entries of what is in some records, while people work; how many there are.

    Each lot is a transaction of its own and reads what stands there by then: it may be done twice.
    """
    assert kind.around is not None
    with system_session("search", readonly=True) as session:
        inside = kind.around.inside(OrmSession.connection(session), outer, None)
    done = 0
    for lot in in_lots(inside, CHUNK):
        with system_session("search") as session:
            connection = OrmSession.connection(session)
            store.write(connection, entries_of(connection, kind, lot))
        done += len(lot)
        if progress is not None:
            progress(done, len(inside))
    return done


def counts(connection: Connection) -> dict[str, tuple[int, int]]:
    """Records and entries of each kind, for the doctor: root table -> (records, entries)."""
    found = {}
    for record, kind in KINDS.items():
        table: Any = inspect(kind.model).base_mapper.local_table
        rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        found[record] = (int(rows), store.count(connection, kind))
    return found
