"""Many narrow rows at once: ``executemany`` on SQLite, ``COPY`` on PostgreSQL.

For rows without history (readings of meters). The caller answers for the
rights: it holds rows that its session's rules let it see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Table
from sqlalchemy.orm import Session as OrmSession

from base.basics.sessions import Session


def insert_integers(
    session: Session,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[tuple[int, ...]],
    *,
    replace: bool = False,
) -> None:
    """Insert rows of integers, in the session's transaction.

    With ``replace`` SQLite puts a row in the place of the one that has its key; elsewhere the
    caller has deleted it.
    """
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        listed = list(rows)
        if listed:
            verb = "INSERT OR REPLACE" if replace else "INSERT"
            connection.exec_driver_sql(
                f"{verb} INTO {table.name} ({names}) VALUES ({marks})", listed
            )
        return
    rows = list(rows)
    if not rows:
        return
    driver = connection.connection.driver_connection
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:  # type: ignore[union-attr]
        copy.write(text)


def delete_integers(
    session: Session, table: Table, fixed: tuple[str, int], column: str, values: Sequence[int]
) -> None:
    """Delete the rows of one key whose other key is in a long list, in the transaction."""
    connection = OrmSession.connection(session)  # type: ignore[arg-type]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"DELETE FROM {table.name} WHERE {fixed[0]} = ? AND {column} = ?",  # noqa: S608
            [(fixed[1], value) for value in values],
        )
        return
    connection.exec_driver_sql(
        f"DELETE FROM {table.name} WHERE {fixed[0]} = %s AND {column} = ANY(%s)",  # noqa: S608
        (fixed[1], list(values)),
    )
