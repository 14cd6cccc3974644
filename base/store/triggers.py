"""Triggers that keep tables append-only: declared once, recreated by ``migrate``, checked at start.

Alembic's batch mode drops triggers without a word on SQLite: tables listed here are never batched.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

#: Tables whose rows are never changed or deleted.
APPEND_ONLY: set[str] = set()

_FUNCTION = """
CREATE OR REPLACE FUNCTION base_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
"""


def append_only(table: str) -> None:
    """Declare that the rows of a table are never changed or deleted."""
    APPEND_ONLY.add(table)


def wanted(dialect: str) -> dict[str, tuple[str, str]]:
    """Name of each trigger -> (table, statement that makes it)."""
    found: dict[str, tuple[str, str]] = {}
    for table in sorted(APPEND_ONLY):
        if dialect == "sqlite":
            for op in ("update", "delete"):
                name = f"{table}_no_{op}"
                found[name] = (
                    table,
                    f"CREATE TRIGGER {name} BEFORE {op.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'append only'); END",
                )
        else:
            found[f"{table}_no_change"] = (
                table,
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION base_append_only()",
            )
            found[f"{table}_no_truncate"] = (
                table,
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION base_append_only()",
            )
    return found


def install_triggers(connection: Connection) -> None:
    """Drop and make all triggers anew."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text(_FUNCTION))
    for name, (table, statement) in wanted(dialect).items():
        if dialect == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(statement)


def missing_triggers(connection: Connection) -> list[str]:
    """The triggers that are absent, altered (SQLite) or disabled (PostgreSQL)."""
    dialect = connection.dialect.name
    expected = wanted(dialect)
    if dialect == "sqlite":
        rows: Any = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        there = {name: sql for name, sql in rows}
        return [n for n, (_, sql) in expected.items() if there.get(n) != sql]
    rows = connection.exec_driver_sql(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"
    )
    enabled = {name for name, state in rows if str(state) in ("O", "A", "b'O'", "b'A'")}
    return [n for n in expected if n not in enabled]
