"""Waiting for a server that is away: at a start, and in the loop of a process that lives on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from base.basics.errors import StartRefused
from base.basics.trouble import is_away
from base.engine import redis_server

if TYPE_CHECKING:
    from config import Settings

#: Seconds for which a start waits for a server that starts later than we do.
START_SECONDS = 120.0
#: Seconds between two looks at it.
LOOK_SECONDS = 1.0
#: Seconds between two tries of a loop, at most; the first is after one.
MOST_SECONDS = 30.0


def await_database(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for a PostgreSQL that is not there yet, or starts; two minutes at most, and say so.

    A server that answers, whatever it thinks of our name and password, is not waited for: whoever
    connects next is told.
    """
    if not settings.is_sqlite:
        sentence = "La base de données ne répond pas encore : elle est attendue"
        _await(lambda: _is_late(settings), sentence, say)


def await_redis(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait as long for a Redis that was named, and that is not there yet or reads its files.

    Raises:
        StartRefused: it did not come, or it answers and does not let us in; with its address,
            without its password.
    """
    if (url := settings.redis_url) is None:
        return
    sentence = "Redis ne répond pas encore : il est attendu"
    _await(lambda: redis_server.is_absent(redis_server.fault_of(url)), sentence, say)
    fault = redis_server.fault_of(url)
    if fault is None:
        return
    parts = urlsplit(url)
    where = parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
    if redis_server.is_absent(fault):
        raise StartRefused(
            f"Redis ne répond pas à {where} : vérifiez REDIS_URL et que le serveur est démarré."
        )
    raise StartRefused(f"Redis refuse la connexion à {where} : vérifiez REDIS_URL ({fault}).")


def _await(is_late: Callable[[], bool], sentence: str, say: Callable[[str], None]) -> None:
    """Look again and again while a server is late, as long as a start waits."""
    end, told = time.monotonic() + START_SECONDS, False
    while is_late() and time.monotonic() < end:
        if not told:
            say(f"{sentence} {START_SECONDS:.0f} secondes au plus.")
            told = True
        time.sleep(LOOK_SECONDS)


def _is_late(settings: Settings) -> bool:
    """Whether nobody listens where the server should be, or it still starts."""
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import PGconn, Ping

    url = make_url(settings.database_url)
    _words, options = url.get_dialect()().create_connect_args(url)
    where = make_conninfo("", **{"connect_timeout": 3, **options})
    return PGconn.ping(where.encode()) in (Ping.REJECT, Ping.NO_RESPONSE)


class Patience:
    """What a process does that lost its database or its Redis: it waits longer and longer."""

    def __init__(self, logger: logging.Logger, stop: threading.Event) -> None:
        self._logger = logger
        self._stop = stop
        self._tries = 0

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One turn of the loop; after one that failed, the wait, which a stop ends.

        Raises:
            SQLAlchemyError: it is no outage.
        """
        try:
            yield
        except (RedisError, SQLAlchemyError) as fault:
            if isinstance(fault, SQLAlchemyError):
                if not (isinstance(fault, OperationalError) or is_away(fault)):
                    raise
            self.wait(str(getattr(fault, "orig", None) or fault))
        else:
            if self._tries:
                self._logger.warning("it goes on, after %d tries", self._tries)
            self._tries = 0

    def wait(self, why: str) -> None:
        """Say why nothing can be done, and wait."""
        seconds = min(MOST_SECONDS, 2.0**self._tries)
        self._tries += 1
        said = (why.splitlines() or ["no reason given"])[0]
        self._logger.warning("%s; again in %.0f s", said, seconds)
        self._stop.wait(seconds)
