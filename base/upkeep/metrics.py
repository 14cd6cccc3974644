"""What a monitor counts: ``/metrics`` for Prometheus, and the numbers of ``doctor --json``.

Nothing of a record is in it, only how many and for how long. A handful of indexed reads: it may be
asked every few seconds.
"""

from __future__ import annotations

import hmac
import ipaddress
import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Flask, abort, current_app, request
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from base.engine.edge.counts import BOUNDS, WEB
from base.engine.jobs.execution import T as JOBS
from base.engine.jobs.execution import instant
from base.engine.jobs.presence import alive
from base.store.models import Counter
from base.store.models.jobs import JobState
from base.store.models.seals import Seal
from base.upkeep import in_use
from base.upkeep.backups import dumps
from base.upkeep.backups.making import last_backup, version
from config import Settings

#: What somebody in front of the server adds: the request is then not of this machine.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
#: Figure -> what it is.
FIGURES = {
    "jobs_queued": "Jobs that are due and wait for a worker",
    "jobs_running": "Jobs under way",
    "jobs_dead": "Jobs that failed for good and that nobody has closed",
    "oldest_job_seconds": "How long the oldest waiting job has been due",
    "workers": "Worker processes alive",
    "schedulers": "Scheduler processes alive",
    "backup_age_seconds": "Time since the last backup; absent where none was made",
    "disk_free_bytes": "Room left where the data directory is",
    "disk_total_bytes": "Size of the disk of the data directory",
    "database_bytes": "Size of the database",
    "trail_entries": "Entries of the trail",
    "trail_unsealed": "Entries of the trail that no seal covers yet",
    "seal_age_seconds": "Time since the last seal; absent where none was made",
}


def _age(now: datetime, at: datetime | None) -> float | None:
    return None if at is None else max(0.0, round((now - at).total_seconds(), 1))


def _database_bytes(connection: Connection, settings: Settings) -> int:
    file = in_use.sqlite_file(settings)
    if file is None:
        return dumps.estimated_bytes(connection)
    parts = [file.with_name(file.name + suffix) for suffix in ("", "-wal")]
    return sum(part.stat().st_size for part in parts if part.exists())


def figures(connection: Connection, settings: Settings) -> dict[str, float]:
    """The numbers of this installation, named as in ``FIGURES``; what is not known is absent."""
    now = instant(connection)
    due = (JOBS.c.state == JobState.QUEUED) & (JOBS.c.run_at <= now)
    dead = (JOBS.c.state == JobState.DEAD) & JOBS.c.closed_reason.is_(None)
    open_states = [JobState.QUEUED, JobState.RUNNING, JobState.DEAD]
    queued, running, lost, oldest = connection.execute(
        select(
            func.count(case((due, 1))),
            func.count(case((JOBS.c.state == JobState.RUNNING, 1))),
            func.count(case((dead, 1))),
            func.min(case((due, JOBS.c.run_at))),
        ).where(JOBS.c.state.in_(open_states))
    ).one()
    counter: Any = Counter.__table__
    entries = connection.execute(
        select(counter.c.value).where(counter.c.series == "trail")
    ).scalar_one_or_none()
    sealed = connection.execute(
        select(Seal.size, Seal.at).order_by(Seal.number.desc()).limit(1)
    ).first()
    size, sealed_at = sealed if sealed is not None else (0, None)
    disk = shutil.disk_usage(settings.data_dir)
    found: dict[str, float | None] = {
        "jobs_queued": queued,
        "jobs_running": running,
        "jobs_dead": lost,
        "oldest_job_seconds": _age(now, oldest) or 0.0,
        "workers": alive(connection, "worker"),
        "schedulers": alive(connection, "scheduler"),
        "backup_age_seconds": _age(now, last_backup(connection).at),
        "disk_free_bytes": disk.free,
        "disk_total_bytes": disk.total,
        "database_bytes": _database_bytes(connection, settings),
        "trail_entries": entries or 0,
        "trail_unsealed": max(0, (entries or 0) - size),
        "seal_age_seconds": _age(now, sealed_at),
    }
    return {name: value for name, value in found.items() if value is not None}


def _line(name: str, value: float, **labels: str) -> str:
    said = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"ouvrage_{name}{{{said}}} {value:.15g}" if said else f"ouvrage_{name} {value:.15g}"


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP ouvrage_{name} {text}."
    yield f"# TYPE ouvrage_{name} {kind}"


def _requests() -> Iterator[str]:
    counted = list(WEB.read())
    yield from _head("http_requests_total", "counter", "Requests answered, by kind and answer")
    for one in counted:
        for n, count in enumerate(one.answers, 1):
            if count:
                yield _line("http_requests_total", count, kind=one.kind, status=f"{n}xx")
    name = "http_request_duration_seconds"
    yield from _head(name, "histogram", "Time from a request to the end of its answer")
    for one in counted:
        for bound, count in zip([*BOUNDS, None], one.durations, strict=True):
            le = "+Inf" if bound is None else f"{bound:g}"
            yield _line(f"{name}_bucket", count, kind=one.kind, le=le)
        yield _line(f"{name}_sum", one.seconds, kind=one.kind)
        yield _line(f"{name}_count", one.durations[-1], kind=one.kind)


def _installation() -> Iterator[str]:
    settings = current_app.settings  # type: ignore[attr-defined]
    found: dict[str, float] | None = None
    try:
        with current_app.extensions["ro_engine"].connect() as connection:
            found = figures(connection, settings)
    except SQLAlchemyError:
        current_app.logger.warning("no figures: the database does not answer", exc_info=True)
    yield from _head("database_up", "gauge", "Whether the database answers")
    yield _line("database_up", int(found is not None))
    for name, value in (found or {}).items():
        yield from _head(name, "gauge", FIGURES[name])
        yield _line(name, value)


def text() -> str:
    """All of it, in the text format of Prometheus."""
    lines = [*_head("info", "gauge", "Version of the program"), _line("info", 1, version=version())]
    return "\n".join([*lines, *_requests(), *_installation(), ""])


def _allowed(settings: Settings) -> bool:
    """Whether who asks may read: by the token, or from this machine where none is set."""
    if settings.metrics_token is not None:
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {settings.metrics_token}"
        return hmac.compare_digest(given.encode(), expected.encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    return ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104


def register(app: Flask) -> None:
    """Add ``/metrics``."""

    @app.get("/metrics")
    def metrics() -> Response:
        """The numbers, for whoever watches."""
        if not _allowed(current_app.settings):  # type: ignore[attr-defined]
            abort(403)
        return Response(text(), content_type="text/plain; version=0.0.4; charset=utf-8")
