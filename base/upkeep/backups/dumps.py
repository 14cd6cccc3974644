"""What is in a database at one instant, while others go on writing.

A snapshot is a read transaction: every question asked through it, and every byte taken from it,
is of the same instant. SQLite gives its file by its backup interface (its ``.db`` is never
copied: half of a page may lie in the log). PostgreSQL gives rows as ``COPY`` text: by ``pg_dump``
where there is one that knows the server, else by ourselves, in the same form.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Select, column, func, inspect, literal_column, select, table
from sqlalchemy.engine import Connection, Engine

from base.engine.search.store import PREFIX as SEARCH_PREFIX
from base.rules.modules.loading import Manifest as Module
from base.store.database import Exact, Model, reading
from base.store.models import Counter, Event
from base.store.models.seals import Seal
from base.store.triggers import APPEND_ONLY
from base.upkeep.backups.archive import CHUNK, NotWritten, pieces
from base.upkeep.schema.migrations import standing

#: Pages of SQLite taken at once.
PAGES = 2000


@dataclass(frozen=True)
class Snapshot:
    """A database held still."""

    connection: Connection

    @property
    def engine(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.connection.dialect.name

    def tables(self) -> dict[str, int]:
        """Every table and how many rows it has."""
        return table_counts(self.connection)

    def schema(self, modules: list[Module]) -> dict[str, list[str]]:
        """Each module and the revisions its tables are at."""
        return revisions(self.connection, modules)

    def trail(self) -> dict[str, Any]:
        """Where the trail ends."""
        return trail_end(self.connection)

    def sums(self) -> dict[str, str]:
        """What the ledgers add up to."""
        return ledger_sums(self.connection)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Hold the database still for as long as the block lasts; nobody else waits for it."""
    with reading(engine).connect() as connection, connection.begin():
        # The first question fixes the instant.
        names = table_names(connection)
        if names:
            connection.execute(select(func.count()).select_from(table(names[0])))
        yield Snapshot(connection)


def table_names(connection: Connection) -> list[str]:
    """Every table of records, in alphabetical order; the search index is made from them."""
    return sorted(
        name for name in inspect(connection).get_table_names() if not name.startswith(SEARCH_PREFIX)
    )


def table_counts(connection: Connection) -> dict[str, int]:
    """Every table and how many rows it has."""
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in table_names(connection)
    }


def ledger_sums(connection: Connection) -> dict[str, str]:
    """``table.column`` -> total, of the exact amounts in tables whose rows are never changed."""
    found = {}
    names = inspect(connection)
    for name in sorted(APPEND_ONLY & set(table_names(connection))):
        there = {one["name"] for one in names.get_columns(name)}
        for col in Model.metadata.tables[name].columns:
            if isinstance(col.type, Exact) and col.name in there:
                total = connection.execute(select(func.sum(col))).scalar_one()
                found[f"{name}.{col.name}"] = str(total or Decimal(0))
    return found


def revisions(connection: Connection, modules: list[Module]) -> dict[str, list[str]]:
    """Each module and the revisions its tables are at; a module without tables is left out."""
    found = {module.module: sorted(standing(connection, module)) for module in modules}
    return {module: heads for module, heads in found.items() if heads}


def trail_end(connection: Connection, like: dict[str, Any] | None = None) -> dict[str, Any]:
    """The last number of the trail, where its counter stands, and its last seal.

    ``like`` is what another version said of it: only what that one knew is answered.
    """

    event: Any = Event.__table__
    counter: Any = Counter.__table__
    last = connection.execute(select(func.max(event.c.seq))).scalar_one()
    value = select(counter.c.value).where(counter.c.series == "trail")
    found: dict[str, Any] = {
        "seq": last or 0,
        "counter": connection.execute(value).scalar_one_or_none() or 0,
    }
    seal: Any = Seal.__table__
    if seal.name in table_names(connection):
        head = select(seal.c.number, seal.c.size, seal.c.root).order_by(seal.c.number.desc())
        row = connection.execute(head.limit(1)).first()
        found["seal"] = None if row is None else dict(row._mapping)
    return found if like is None else {k: v for k, v in found.items() if k in like}


def _distinct(connection: Connection, wanted: Callable[[Any], bool]) -> set[str]:
    there = set(table_names(connection))
    found: set[str] = set()
    for one in Model.metadata.sorted_tables:
        for col in one.columns:
            if one.name in there and wanted(col):
                question: Select[Any] = select(col).where(col.is_not(None)).distinct()
                found.update(connection.execute(question).scalars())
    return found - {""}


def required_digests(connection: Connection) -> set[str]:
    """The files that rows promise: columns marked ``stored``."""
    return _distinct(connection, lambda col: bool(col.info.get("stored")))


def named_digests(connection: Connection) -> set[str]:
    """Every digest that a row names, of a stored file or of something else."""
    return _distinct(
        connection,
        lambda col: col.name.endswith("digest") and getattr(col.type, "length", None) == 64,
    )


# --- SQLite ------------------------------------------------------------------------------------


def copy_sqlite(held: Snapshot, target: Path, progress: Callable[[int, int], None]) -> None:
    """The database as one file, by SQLite's backup interface.

    The snapshot's transaction pins the pages: writers go on in the log, the copy never starts
    over.

    Raises:
        NotWritten: no room for the copy.
    """
    source: Any = held.connection.connection.driver_connection
    what = f"La copie de la base vers « {target.parent} » a échoué"
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(target)) as copy:
            source.backup(
                copy,
                pages=PAGES,
                progress=lambda status, left, total: progress(total - left, total),
            )
    except sqlite3.OperationalError as fault:
        raise NotWritten(f"{what} : {fault}. Rien n’a été remplacé.") from fault


def file_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with path.open("rb") as source:
        yield from pieces(source)


# --- PostgreSQL --------------------------------------------------------------------------------


def server_major(connection: Connection) -> int:
    """Main version of the server: 18."""
    driver: Any = connection.connection.driver_connection
    return int(driver.info.server_version) // 10000


class DumpFailed(Exception):
    """``pg_dump`` ended with a fault; the text is a line of what it said."""


def usable_pg_dump(connection: Connection) -> tuple[str, str] | None:
    """The ``pg_dump`` of the PATH and its version, if it knows this server."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:  # a file of that name that is no program of this machine
        return None
    found = re.search(r"(\d+)(\.\d+)?", done.stdout)
    if done.returncode or found is None or int(found.group(1)) < server_major(connection):
        return None
    return program, found.group(0)


def _way_to(driver: Any) -> tuple[list[str], dict[str, str]]:
    """How ``pg_dump`` reaches the server of a connection: its arguments and its environment.

    Its libpq may be older than ours and know fewer words: an unknown one in an address is a
    fault, an unknown variable of the environment is not looked at.
    """
    from psycopg import pq

    info = driver.info
    where = {"host": info.host, "port": info.port, "username": info.user, "dbname": info.dbname}
    arguments = [f"--{name}={value}" for name, value in where.items() if value]
    known = {one.keyword.decode(): one.envvar for one in pq.Conninfo.get_defaults()}
    env = dict(os.environ)
    for name, value in info.get_parameters().items():
        if (variable := known.get(name)) is not None and name not in _SAID:
            env[variable.decode()] = value
    if info.password:
        env["PGPASSWORD"] = info.password
    return arguments, env


#: Of an address: what stands in the arguments, and what has been read into all the others.
_SAID = ("host", "port", "user", "dbname", "service", "servicefile")


def pg_dump_chunks(held: Snapshot, program: str) -> Iterator[bytes]:
    """The rows of the snapshot as ``pg_dump`` writes them.

    Raises:
        DumpFailed: it could not; what came so far is no whole.
    """
    driver: Any = held.connection.connection.driver_connection
    schema = held.connection.execute(select(func.current_schema())).scalar_one()
    taken = held.connection.execute(select(func.pg_export_snapshot())).scalar_one()
    arguments, env = _way_to(driver)
    command = [
        program,
        "--data-only",
        "--format=plain",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        "--encoding=UTF8",
        f"--schema={schema}",
        f"--snapshot={taken}",
        f"--exclude-table={SEARCH_PREFIX}*",
        *arguments,
    ]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=env
        ) as process,
    ):
        try:
            yield from pieces(process.stdout)  # type: ignore[arg-type]
        finally:
            if process.poll() is None and process.stdout is not None:
                process.stdout.close()
                process.wait()
        if process.wait():
            said.seek(0)
            lines = [x for x in said.read().decode("utf-8", "replace").splitlines() if x.strip()]
            # In the language of the machine, where the word "error" may not be: then the last one.
            told = [line for line in lines if "error" in line] or lines[-1:]
            raise DumpFailed((told or [f"code {process.returncode}"])[0].strip().rstrip("."))


def copy_chunks(held: Snapshot) -> Iterator[bytes]:
    """The rows of the snapshot as ``COPY`` text, one table after the other, then the sequences.

    Raises:
        NotWritten: the server stopped answering.
    """
    from psycopg import Error

    try:
        yield from _copied(held)
    except Error as fault:
        said = (str(fault).splitlines() or [type(fault).__name__])[0]
        raise NotWritten(
            f"La base de données n’a pas pu être lue jusqu’au bout : {said}."
        ) from fault


def _copied(held: Snapshot) -> Iterator[bytes]:
    from psycopg import sql

    driver: Any = held.connection.connection.driver_connection
    names = inspect(held.connection)
    yield b"-- Ouvrage: rows of one instant, as COPY text\n\n"
    for name in table_names(held.connection):
        columns = [c["name"] for c in names.get_columns(name) if not c.get("computed")]
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        where = sql.SQL("{} ({})").format(sql.Identifier(name), listed)
        yield b"COPY " + where.as_bytes(driver) + b" FROM stdin;\n"
        with (
            driver.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT").format(where)) as rows,
        ):
            yield from _gathered(rows)
        yield b"\\.\n\n"
    for name in sorted(inspect(held.connection).get_sequence_names()):
        row: Any = held.connection.execute(
            select(column("last_value"), column("is_called")).select_from(table(name))
        ).one()
        called = b"true" if row.is_called else b"false"
        yield b"SELECT setval('%s', %d, %s);\n" % (name.encode(), row.last_value, called)


def _gathered(rows: Any) -> Iterator[bytes]:
    """Rows in pieces of about a megabyte."""
    kept: list[bytes] = []
    size = 0
    for row in rows:
        kept.append(bytes(row))
        size += len(row)
        if size >= CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept)


def estimated_bytes(connection: Connection) -> int:
    """How large the database is, roughly: for the progress display."""
    return int(
        connection.execute(
            select(func.pg_database_size(literal_column("current_database()")))
        ).scalar_one()
    )
