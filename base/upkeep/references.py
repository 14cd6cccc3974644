"""References of rows that no foreign key of the database keeps, looked at as a whole.

A model declares each of its references. PostgreSQL keeps most of them as foreign keys; what a
module keeps by a trigger instead (a check once a statement), and what somebody dropped by hand, is
asked for here: which rows name a parent that is not there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKeyConstraint, and_, exists, func, inspect, select
from sqlalchemy.engine import Connection

from base.store.database import Model


def kept_by_none(connection: Connection) -> list[ForeignKeyConstraint]:
    """The declared references, between tables that are there, without a foreign key."""
    names = inspect(connection)
    there = set(names.get_table_names())
    kept = {
        (table, tuple(key["constrained_columns"]), key["referred_table"])
        for (_schema, table), keys in names.get_multi_foreign_keys().items()
        for key in keys
    }
    return [
        key
        for table in Model.metadata.sorted_tables
        for key in sorted(table.foreign_key_constraints, key=lambda one: str(one.column_keys))
        if {table.name, key.referred_table.name} <= there
        and (table.name, tuple(key.column_keys), key.referred_table.name) not in kept
    ]


def broken(connection: Connection) -> dict[str, int]:
    """``table.column`` and how many of its rows name a parent that does not exist."""
    found = {}
    for key in kept_by_none(connection):
        child: Any = key.table
        parent: Any = key.referred_table.alias("parent")
        pairs = [(child.c[e.parent.name], parent.c[e.column.name]) for e in key.elements]
        named = and_(*(column.is_not(None) for column, _other in pairs))
        there = exists().where(*(column == other for column, other in pairs))
        lost = connection.execute(
            select(func.count()).select_from(child).where(named, ~there)
        ).scalar_one()
        if lost:
            found[f"{child.name}.{', '.join(key.column_keys)}"] = lost
    return found
