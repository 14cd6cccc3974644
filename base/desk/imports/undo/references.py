"""Who speaks of a record: the rows that would be lost or orphaned if it were taken out."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Mapper

from base.basics.sessions import Session
from base.desk.imports.undo.declaration import chunks
from base.store.database import Model
from base.store.history import belonging
from base.store.history.trail import record_name
from base.store.models import Follower, Message

#: Without history, and yet what people wrote or want: a record that has it is kept too.
_WITHOUT_HISTORY = (Message, Follower)


class Reference(NamedTuple):
    """One row that speaks of a record: its root table, its id, by which attribute."""

    record: str
    record_id: int
    attribute: str


@functools.cache
def _pointers(root: Any) -> tuple[tuple[Any, str], ...]:
    """Each class and attribute with a foreign key to the id of a class or of its sub-classes."""
    family = {mapper.local_table for mapper in inspect(root).self_and_descendants}
    found: list[tuple[Any, str]] = []
    for mapper in Model.registry.mappers:
        table = mapper.local_table
        for constraint in table.foreign_key_constraints:  # type: ignore[attr-defined]
            if constraint.referred_table not in family or _inherits(mapper, constraint):
                continue
            for element in constraint.elements:
                if element.column.name == "id":
                    key = mapper.get_property_by_column(element.parent).key
                    found.append((mapper.class_, key))
    return tuple(dict.fromkeys(found))


def _inherits(mapper: Mapper[Any], constraint: Any) -> bool:
    """Whether the key is the one of a sub-class to its own row."""
    return mapper.inherits is not None and all(c.primary_key for c in constraint.columns)


def references(
    session: Session,
    root: Any,
    ids: Sequence[int],
    *,
    owned: Collection[Any],
    known: Collection[str],
) -> dict[int, list[Reference]]:
    """Who speaks of records, by id; rows of owned classes aside.

    Of tables in ``known``, whose rows may be on their way out too, each row is told; of others
    one is enough.
    """
    found: dict[int, list[Reference]] = {}
    skipped = {inspect(cls).local_table for cls in owned}
    for cls, key in _pointers(root):
        if inspect(cls).local_table in skipped:
            continue
        column, record = getattr(cls, key), record_name(cls)
        number_column = inspect(cls).primary_key[0]
        for part in chunks(ids):
            if record in known:
                asked = select(column, number_column).where(column.in_(part))
            else:
                asked = (
                    select(column, func.min(number_column)).where(column.in_(part)).group_by(column)
                )
            for target, number in session.execute(asked):
                found.setdefault(target, []).append(Reference(record, number, key))
    root_name = record_name(root)
    for cls in (*belonging.of_any_record(), *_WITHOUT_HISTORY):
        column = cls.record_id
        for part in chunks(ids):
            rows = session.execute(
                select(column, func.min(cls.id))
                .where(cls.record == root_name, column.in_(part))
                .group_by(column)
            )
            for target, number in rows:
                found.setdefault(target, []).append(Reference(record_name(cls), number, ""))
    return found
