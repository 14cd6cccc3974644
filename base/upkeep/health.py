"""Whether the parts answer: for ``/ready``, the administrator's page and ``doctor``."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from base.engine import redis_server
from base.engine.jobs.presence import alive
from base.upkeep.backups import making


def check_redis() -> str:
    """ "ok", "none" where there is no Redis at all, else what is wrong."""
    settings = current_app.settings  # type: ignore[attr-defined]
    url = redis_server.address(settings)
    if url is None:
        return "none"
    return "ok" if redis_server.answers(url) else "no answer"


def check_worker() -> str:
    """ "ok" when a worker has said lately that it is alive."""
    with current_app.extensions["ro_engine"].connect() as connection:
        return "ok" if alive(connection, "worker") else "none is running"


def state() -> dict[str, str]:
    """Each part and whether it answers."""
    try:
        with current_app.extensions["ro_engine"].connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as fault:
        return {"database": type(fault).__name__}
    checks = current_app.extensions["ouvrage_ready"]
    return {"database": "ok", **{name: check() for name, check in checks.items()}}


def last_backup() -> str | None:
    """When the last backup was made, for whoever watches; no backup makes nobody unready."""

    with current_app.extensions["ro_engine"].connect() as connection:
        found = making.last_backup(connection)
    return found.at.isoformat(timespec="seconds") if found.at is not None else None


def register(app: Flask) -> None:
    """Add ``/health`` and ``/ready``; a module adds its checks to ``ouvrage_ready``."""
    app.extensions["ouvrage_ready"] = {"redis": check_redis, "worker": check_worker}

    @app.get("/health")
    def health() -> Any:
        """200 when the process answers."""
        return jsonify(status="ok")

    @app.get("/ready")
    def ready() -> Any:
        """200 when all that a request needs answers, else 503 and what does not."""
        found = state()
        good = all(answer in ("ok", "none") for answer in found.values())
        backup = last_backup() if found["database"] == "ok" else None
        status = "ok" if good else "unavailable"
        return jsonify(status=status, **found, last_backup_at=backup), 200 if good else 503
