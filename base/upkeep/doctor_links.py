"""Rows of one authority that name rows of another: looked for in every pair of tables there is.

The row rules refuse to write such a link, and most are impossible by a key of two columns; what an
older version or a hand in the database left is found here. An invoice whose point belongs to the
neighbours would be paid from their budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection, Engine

from base.application import App
from base.basics.formats import counted, number
from base.checks import Check, Finding
from base.store.database import Model
from base.store.history import belonging, wording
from base.store.history.trail import record_name

#: Numbers of rows in one sentence.
NAMED = 5


def _tables() -> dict[str, Table]:
    """The tables whose rows belong to an authority, by name."""
    return {
        table.name: table
        for table in Model.metadata.sorted_tables
        if {"id", "entity_id"} <= set(table.columns.keys())
    }


def pairs() -> list[tuple[Any, Any, Any]]:
    """(column, column that it names, word of the row): every pair that the models declare."""
    known = _tables()
    found = []
    for table in known.values():
        for column in table.columns:
            for key in column.foreign_keys:
                target = key.column
                if target.table.name in known and target.name == "id":
                    found.append((column, target, wording.record_word(table.name)))
    return found


def authorities(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """No row names one of another authority, by a key or by the name of its table."""
    wrong: list[str] = []
    for column, target, word in pairs():
        other: Any = target.table.alias()
        joined = column.table.join(other, other.c[target.name] == column)
        differs = other.c.entity_id != column.table.c.entity_id
        wrong += _said(connection, column.table, joined, differs, word, target.table.name)
    known = _tables()
    for model in belonging.of_any_record():
        table = model.__table__
        for name in connection.execute(select(table.c.record).distinct()).scalars():
            if name in known:
                other = known[name].alias()
                joined = table.join(
                    other, (other.c.id == table.c.record_id) & (table.c.record == name)
                )
                differs = other.c.entity_id != table.c.entity_id
                word = wording.record_word(record_name(model))
                wrong += _said(connection, table, joined, differs, word, name)
    for sentence in wrong:
        yield Finding("authorities", "fault", sentence)
    if not wrong:
        yield Finding("authorities", "ok", "Aucune fiche ne tient à une fiche d’une autre entité.")


def _said(
    connection: Connection, table: Table, joined: Any, differs: Any, word: str, target: str
) -> list[str]:
    count = connection.execute(select(func.count()).select_from(joined).where(differs)).scalar_one()
    if not count:
        return []
    rows = select(table.c.id).select_from(joined).where(differs).order_by(table.c.id).limit(NAMED)
    numbers = ", ".join(f"n°\u00a0{number}" for number in connection.execute(rows).scalars())
    more = f" et {counted(count - NAMED, 'autre', 'autres')}" if count > NAMED else ""
    holds = "tient" if count == 1 else "tiennent"
    return [
        f"{word}\u00a0: {number(count, 0, 'fr')} ({numbers}{more}) {holds} à une fiche d’une autre "
        f"entité ({wording.record_word(target)})."
    ]


CHECKS: list[Check] = [authorities]
