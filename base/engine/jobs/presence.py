"""Workers and schedulers say that they are alive, in a row of their own."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from base.basics.trouble import is_away
from base.engine.jobs.execution import instant, me
from base.store.database import is_busy
from base.store.models.jobs import Process

log = logging.getLogger(__name__)
T: Any = Process.__table__
#: How often a process says so, and after how long without it counts as gone.
SAY_SECONDS = 15.0
GONE_SECONDS = 60.0


class Presence:
    """The row of this process."""

    def __init__(self, engine: Engine, role: str) -> None:
        self.engine = engine
        self.role = role
        self.name = me()
        self._said = float("-inf")

    def say(self) -> None:
        """Write that the process is alive, unless it was written a moment ago.

        A database that is busy for longer than a writer waits, or away, is no reason to die: a
        later turn says so again.
        """
        if time.monotonic() - self._said < SAY_SECONDS:
            return
        try:
            self._write()
        except SQLAlchemyError as fault:
            _excuse(fault)
        self._said = time.monotonic()

    def _write(self) -> None:
        with self.engine.begin() as connection:
            now = instant(connection)
            mine = T.c.name == self.name
            if connection.execute(update(T).where(mine).values(seen_at=now)).rowcount == 0:
                connection.execute(
                    insert(T).values(name=self.name, role=self.role, started_at=now, seen_at=now)
                )
            connection.execute(delete(T).where(T.c.seen_at < now - timedelta(days=1)))

    def leave(self) -> None:
        """Take the row away: the process ends. One that must stay counts as gone soon."""
        _take_away(self.engine, T.c.name == self.name)


def forget_machine(engine: Engine) -> None:
    """Take away the rows of this machine: its supervisor starts anew."""
    machine = me().rsplit(":", 1)[0]
    _take_away(engine, T.c.name.startswith(machine + ":", autoescape=True))


def _take_away(engine: Engine, those: Any) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(delete(T).where(those))
    except SQLAlchemyError as fault:
        _excuse(fault)


def _excuse(fault: SQLAlchemyError) -> None:
    """Note that the table could not be told.

    Raises:
        SQLAlchemyError: the database answers and refuses.
    """
    if not (is_away(fault) or (isinstance(fault, OperationalError) and is_busy(fault))):
        raise fault
    log.warning("presence not written: %s", getattr(fault, "orig", None) or fault)


def alive(connection: Connection, role: str) -> int:
    """How many processes of a role have said lately that they are there."""
    since = instant(connection) - timedelta(seconds=GONE_SECONDS)
    return int(
        connection.execute(
            select(func.count()).select_from(T).where(T.c.role == role, T.c.seen_at >= since)
        ).scalar_one()
    )
