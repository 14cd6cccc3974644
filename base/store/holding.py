"""Holding a name for the length of a long work: let go by whatever ends the process.

On SQLite all processes are on one machine: a locked file. PostgreSQL keeps the name itself, for
all machines, as long as the connection lives. Never for what a transaction can keep.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from flask import current_app
from sqlalchemy import text

from base.store.database import db


@contextmanager
def held(name: str) -> Iterator[bool]:
    """Whether the name is ours, until the end of the block; never waits."""
    digest = hashlib.sha256(name.encode()).digest()
    if db.engine.dialect.name == "postgresql":
        with _held_by_server(int.from_bytes(digest[:8], "big", signed=True)) as mine:
            yield mine
        return
    app = cast(Any, current_app)
    folder = app.settings.data_dir / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / digest.hex()[:32]
    handle = _taken(path)
    if handle is None:
        yield False
        return
    with handle:
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _taken(path: Path) -> IO[str] | None:
    """The file of a name, locked; None while another has it."""
    while True:
        handle = path.open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have removed it since it was opened: then it holds nobody back.
            if os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                return handle
        except BlockingIOError:
            handle.close()
            return None
        except FileNotFoundError:
            pass
        handle.close()


@contextmanager
def _held_by_server(key: int) -> Iterator[bool]:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(
            connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar()
        )
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
