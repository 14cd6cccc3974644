"""What SQLite is told of the large tables, so that its plans hold at any size.

Without statistics SQLite takes an authority for ten rows and reads all it owns. ANALYZE would
count what is there on the day it runs: a plan good for a thousand rows would stand while the
table grows to a million, and connections that are open do not hear of a new count. So the figures
are those of a large register, the same everywhere, written by ``migrate``; SQLite's manual (The
Query Optimizer Overview, "Fixed results of ANALYZE") describes the way. PostgreSQL keeps its own.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, String, Table
from sqlalchemy.engine import Connection

from base.store.database import Model, UTCDateTime

#: Rows of a large table, and those that hang on one row of another.
ROWS, OF_ONE = 1_000_000, 20
#: Longest text that is a word of a short list, such as a state.
WORD = 20


def pin(connection: Connection) -> None:
    """Write the figures of the large tables (``info={"large": True}``); harmless to repeat."""
    if connection.dialect.name != "sqlite":
        return
    # Makes the table of statistics, and counts nothing.
    connection.exec_driver_sql("ANALYZE sqlite_schema")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table in Model.metadata.sorted_tables:
        if table.info.get("large"):
            _pin_table(connection, table)


def _pin_table(connection: Connection, table: Table) -> None:
    for row in connection.exec_driver_sql(f"PRAGMA index_list({table.name})").all():
        name, unique = row[1], bool(row[2])
        names = [part[2] for part in connection.exec_driver_sql(f"PRAGMA index_info({name})")]
        figures = _figures([table.c[name] for name in names], unique)
        connection.exec_driver_sql(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
            (table.name, name, " ".join(map(str, (ROWS, *figures)))),
        )


def _figures(columns: list[Column[object]], unique: bool) -> list[int]:
    """Rows that have the same value in the first column, in the first two, and so on."""
    found, rows = [], ROWS
    for column in columns:
        rows = max(1, min(rows, _shared(column, rows)))
        found.append(rows)
    if unique:
        found[-1] = 1
    return found


def _shared(column: Column[object], rows: int) -> int:
    """Of so many rows, those that share one value of the column."""
    if column.primary_key:
        return 1
    if column.name == "entity_id":
        # What hangs on one row is of its authority.
        return rows if rows <= OF_ONE else rows // 10
    targets = [key.column.table for key in column.foreign_keys]
    if targets:
        return OF_ONE if any(table.info.get("large") for table in targets) else rows // 20
    if isinstance(column.type, Date | UTCDateTime):
        return rows // 500
    if isinstance(column.type, String):
        return rows // 5 if (column.type.length or WORD + 1) <= WORD else 2
    return rows // 100
