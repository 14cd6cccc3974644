"""Logs: JSON lines in the data directory, warnings in plain words on stderr.

Each line says of what it is: the request with its number, or the job. A file that is full is put
aside under the same name with a number, and the oldest goes; several processes write to one file.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import logging.handlers
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import Settings

#: One line for each request, in a file of its own; says nothing where that is not wanted.
access = logging.getLogger("ouvrage.access")
access.propagate = False

_about: ContextVar[dict[str, Any] | None] = ContextVar("about", default=None)
#: Says what the present request is; the edge of the application does, where there is one.
_request: Callable[[], dict[str, Any]] | None = None


def request_from(told: Callable[[], dict[str, Any]]) -> None:
    """Say who knows of the present request; it is asked for each line and must ask no database."""
    global _request
    _request = told


@contextlib.contextmanager
def about(**fields: Any) -> Iterator[None]:
    """What is logged meanwhile carries these fields: the number of a job, say."""
    token = _about.set({**(_about.get() or {}), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def context() -> dict[str, Any]:
    """What is being done now: the fields of the request, those of the job."""
    return {**(_request() if _request is not None else {}), **(_about.get() or {})}


class JsonLines(logging.Formatter):
    """One JSON object a line; never a password, token or content of a file."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "role": self.role, "pid": record.process}
        if record.name == access.name:
            return json.dumps({**line, **record.__dict__["fields"]}, ensure_ascii=False)
        line.update(
            level=record.levelname.lower(),
            logger=record.name,
            message=record.getMessage(),
            **context(),
        )
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Plain(logging.Formatter):
    """A line for a terminal, with the number under which a person was told of a fault."""

    def __init__(self, role: str) -> None:
        super().__init__(f"[{role}] %(levelname)s %(name)s : %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without its trace."""
        line = super().formatMessage(record)
        number = context().get("request_id")
        return f"{line} (n° {number})" if number else line


def put_aside(path: Path, *, limit: int, kept: int) -> None:
    """Give a file of ``limit`` bytes or more the name ``<name>.1``; ``kept`` such files stay.

    Of several processes that want it at once, one does; whoever writes goes on in the old file
    until it looks again.

    Raises:
        OSError: the folder cannot be written.
    """
    handle = os.open(path.with_name(".rotation"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size < limit:
                return
            for n in range(kept, 0, -1):
                older = path.with_name(f"{path.name}.{n}")
                newer = path.with_name(f"{path.name}.{n - 1}") if n > 1 else path
                with contextlib.suppress(FileNotFoundError):
                    os.replace(newer, older)
    finally:
        os.close(handle)


class Lines(logging.handlers.WatchedFileHandler):
    """A file of several processes, for its owner alone: put aside when full, or by logrotate."""

    def __init__(self, path: Path, *, limit: int, kept: int) -> None:
        self.path, self.limit, self.kept = path, limit, kept
        super().__init__(path, encoding="utf-8")

    def _open(self) -> Any:
        def opened(name: str, flags: int) -> int:
            return os.open(name, flags, 0o600)

        return open(self.path, "a", encoding="utf-8", opener=opened)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; a file that cannot be written stops nobody."""
        try:
            super().emit(record)
            if self.limit and self.stream and os.fstat(self.stream.fileno()).st_size >= self.limit:
                put_aside(self.path, limit=self.limit, kept=self.kept)
        except OSError:
            self.handleError(record)


def _file(settings: Settings, role: str, name: str) -> logging.Handler | None:
    """A file of a role; None, and a sentence on stderr, where it cannot be written."""
    path = settings.data_dir / "logs" / f"{name}.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = Lines(path, limit=settings.log_mb * 2**20, kept=settings.log_kept)
    except OSError as fault:
        logging.getLogger("ouvrage.logs").warning(
            "Le journal « %s » ne peut pas être écrit (%s) : il n’est que sur la sortie "
            "d’erreur. Donnez ce fichier au compte du service.",
            path,
            fault.strerror,
        )
        return None
    file.setFormatter(JsonLines(role))
    return file


def configure(settings: Settings, role: str) -> None:
    """Write the logs of this process to ``logs/<role>.log`` and its warnings to stderr.

    The web server has a second file, ``access.log``. What cannot be opened is said, and stops
    nothing.
    """
    shown = logging.StreamHandler()
    shown.setLevel(logging.WARNING)
    shown.setFormatter(Plain(role))
    root = logging.getLogger()
    for former in (*root.handlers, *access.handlers):
        if isinstance(former, Lines):
            former.close()
    root.handlers[:] = [shown]
    root.setLevel(logging.INFO)
    if (file := _file(settings, role, role)) is not None:
        root.handlers.append(file)
    told = _file(settings, role, "access") if role == "web" and settings.access_log else None
    access.handlers[:] = [] if told is None else [told]
    for name in ("alembic", "flask_appbuilder", "rq.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)
