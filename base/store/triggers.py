"""Triggers: declared once, recreated by ``migrate``, checked at start.

Some keep tables append-only, others say that what is known of people is no longer so. Alembic's
batch mode drops triggers without a word on SQLite: tables listed here are never batched.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

#: Tables whose rows are never changed or deleted.
APPEND_ONLY: set[str] = set()
#: Tables that say who a person is and what they may do -> the columns whose change counts (none:
#: every one), and whether a new row does. Whoever changes them, by whatever door, renews
#: ``base_access`` in the same transaction; what is remembered under its former version counts no
#: more (``base.rules.rights.known``).
OF_ACCESS: dict[str, tuple[tuple[str, ...], bool]] = {
    "ab_user": (("username", "password", "first_name", "last_name", "email", "active"), True),
    "ab_user_role": ((), True),
    "ab_user_group": ((), True),
    "ab_group": ((), True),
    "ab_group_role": ((), True),
    "ab_role": ((), True),
    "ab_permission": ((), True),
    "ab_view_menu": ((), True),
    "ab_permission_view": ((), True),
    "ab_permission_view_role": ((), True),
    "base_entity": ((), True),
    "base_user_entity": ((), True),
    "base_user_security": (
        ("user_id", "auth_epoch", "must_change_password", "locale", "timezone", "totp_since"),
        True,
    ),
    # A new sign-in is known to nobody yet.
    "base_sign_in": (("id", "user_id", "ended_at"), False),
}

_FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION base_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
""",
    # No counter: a restored database must not have the version of what came after it.
    """
CREATE OR REPLACE FUNCTION base_access_renewed() RETURNS trigger AS $$
BEGIN
UPDATE base_access SET version = floor(random() * 9007199254740992)::bigint;
RETURN NULL;
END $$ LANGUAGE plpgsql
""",
)


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
    for table, (columns, new) in OF_ACCESS.items():
        changed = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
        ops = {"insert": "INSERT", "update": changed, "delete": "DELETE"}
        if not new:
            del ops["insert"]
        for op, event in ops.items():
            name = f"{table}_renews_{op}"
            act = (
                "BEGIN UPDATE base_access SET version = random(); END"
                if dialect == "sqlite"
                else "FOR EACH STATEMENT EXECUTE FUNCTION base_access_renewed()"
            )
            found[name] = (table, f"CREATE TRIGGER {name} AFTER {event} ON {table} {act}")
    return found


def install_triggers(connection: Connection) -> None:
    """Drop and make all triggers anew."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        for function in _FUNCTIONS:
            connection.execute(text(function))
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
