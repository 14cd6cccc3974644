"""Rows of a PostgreSQL backup, back into a server: all of them in one transaction.

The text is read, never executed: only ``COPY`` blocks into tables that the schema knows and
positions of sequences are taken from it, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Connection

from base.upkeep.backups import dumps
from base.upkeep.backups.archive import CHUNK, Damaged

_COPY = re.compile(rb"COPY (?:(\w+|\"[^\"]+\")\.)?(\w+|\"[^\"]+\") \(([^)]*)\) FROM stdin;\n")
_SETVAL = re.compile(
    rb"SELECT (?:pg_catalog\.)?setval\('(?:\w+\.)?\"?(\w+)\"?', (\d+), (true|false)\);\n"
)
#: What stands between the rows and says nothing of them.
_SILENT = re.compile(
    rb"\s*|--.*\n|SET [^;]*;\n|SELECT pg_catalog\.set_config\([^;]*\);\n|\\(un)?restrict \w+\n"
)


def empty(connection: Connection) -> None:
    """Drop every table of the schema; what is dropped comes back if the transaction fails."""
    from psycopg import sql

    driver: Any = connection.connection.driver_connection
    if names := inspect(connection).get_table_names():
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        driver.execute(sql.SQL("DROP TABLE {} CASCADE").format(listed))


def load(connection: Connection, source: IO[bytes], progress: Callable[[int], None]) -> None:
    """Fill the tables, which hold nothing yet but what their migrations put there.

    Tables come in alphabetical order, a row before its parent. So foreign keys are taken away
    meanwhile, and checked as they come back; triggers of the modules are off, whatever they are
    for: what they would say of a row was said when it was first written. References that such a
    trigger keeps are looked at afterwards by ``references.broken``.

    Raises:
        Damaged: the text is not one of ours.
    """
    from psycopg import errors, sql

    driver: Any = connection.connection.driver_connection
    tables = dumps.table_names(connection)
    keys = _foreign_keys(driver)
    triggers = _triggers(driver)
    with driver.cursor() as cursor:
        for table, name, _state in triggers:
            _turn(cursor, table, "DISABLE", name)
        for table, name, _definition in keys:
            cursor.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    sql.Identifier(table), sql.Identifier(name)
                )
            )
        cursor.execute(
            sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables)))
        )
        try:
            positions = _copy(cursor, source, set(tables), progress)
            for table, name, definition in keys:
                cursor.execute(
                    sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(
                        sql.Identifier(table), sql.Identifier(name)
                    )
                    + sql.SQL(definition)
                )
            for table, name, state in triggers:
                _turn(cursor, table, _ON[state], name)
        except (errors.DataError, errors.IntegrityError, errors.ProgrammingError) as fault:
            said = str(fault).splitlines()[0]
            raise Damaged(
                f"Les lignes de la sauvegarde ne sont pas celles de ses tables : {said}. "
                "Rien n’a été changé."
            ) from fault
    sequences = set(inspect(connection).get_sequence_names())
    for name, value, called in positions:
        if name in sequences:
            connection.execute(select(func.setval(name, value, called)))


def _foreign_keys(driver: Any) -> list[tuple[str, str, str]]:
    """Table, name and definition of every foreign key."""
    with driver.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE k.contype = 'f' AND n.nspname = current_schema() ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


#: How a trigger that was on is put on again, by what PostgreSQL keeps of it.
_ON = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def _triggers(driver: Any) -> list[tuple[str, str, str]]:
    """Table, name and state of every trigger that is on and was made by a migration."""
    with driver.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname = current_schema() "
            "ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def _turn(cursor: Any, table: str, how: str, name: str) -> None:
    """Turn one trigger off or on; its table's owner may."""
    from psycopg import sql

    order = sql.SQL(f"ALTER TABLE {{}} {how} TRIGGER {{}}")  # type: ignore[arg-type]
    cursor.execute(order.format(sql.Identifier(table), sql.Identifier(name)))


def _copy(
    cursor: Any, source: IO[bytes], tables: set[str], progress: Callable[[int], None]
) -> list[tuple[str, int, bool]]:
    """Copy the blocks into their tables; the positions of the sequences."""
    from psycopg import sql

    positions = []
    done = 0
    for line in source:
        done += len(line)
        if (found := _COPY.fullmatch(line)) is not None:
            name = _plain(found.group(2))
            if name not in tables:
                raise Damaged(f"La sauvegarde a une table inconnue : {name}.")
            columns = [_plain(c) for c in found.group(3).split(b", ")]
            order = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with cursor.copy(order) as rows:
                for piece in _rows(source):
                    rows.write(piece)
                    done += len(piece)
                    progress(done)
        elif (found := _SETVAL.fullmatch(line)) is not None:
            sequence, value, called = found.groups()
            positions.append((sequence.decode(), int(value), called == b"true"))
        elif not _SILENT.fullmatch(line):
            raise Damaged(f"La sauvegarde a une ligne inattendue : {line[:60]!r}.")
    return positions


def _plain(name: bytes) -> str:
    return name.strip(b'"').decode()


def _rows(source: IO[bytes]) -> Iterator[bytes]:
    """The lines of one block up to its end, in pieces of about a megabyte.

    Raises:
        Damaged: the text ends before the block.
    """
    kept: list[bytes] = []
    size = 0
    for line in source:
        if line == b"\\.\n":
            yield b"".join(kept)
            return
        kept.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    raise Damaged("La sauvegarde s’arrête au milieu d’une table.")
