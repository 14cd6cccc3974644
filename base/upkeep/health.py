"""Whether the parts answer: for ``/ready``, the administrator's page and ``doctor``."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from base.engine import redis_server
from base.engine.jobs.presence import alive
from base.upkeep.backups import making
from base.upkeep.schema.migrations import late_modules

#: Without these no page is right; without the others pages are, and work waits.
NEEDED = ("database", "schema")
#: What whoever asks too early is told to wait, in seconds.
WAIT_SECONDS = 10


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


def check_schema() -> str:
    """ "ok" when the database is at the schema of this program."""
    manifests = current_app.manifests  # type: ignore[attr-defined]
    with current_app.extensions["ro_engine"].connect() as connection:
        late = late_modules(connection, manifests)
    return f"not that of this program: {', '.join(late)}" if late else "ok"


def state() -> dict[str, str]:
    """Each part and whether it answers."""
    checks = current_app.extensions["ouvrage_ready"]
    try:
        with current_app.extensions["ro_engine"].connect() as connection:
            connection.execute(text("SELECT 1"))
        return {"database": "ok", **{name: check() for name, check in checks.items()}}
    except SQLAlchemyError as fault:
        return {"database": type(fault).__name__}


def last_backup() -> str | None:
    """When the last backup was made, for whoever watches; no backup makes nobody unready."""

    with current_app.extensions["ro_engine"].connect() as connection:
        found = making.last_backup(connection)
    return found.at.isoformat(timespec="seconds") if found.at is not None else None


def register(app: Flask) -> None:
    """Add ``/health`` and ``/ready``; a module adds its checks to ``ouvrage_ready``."""
    app.extensions["ouvrage_ready"] = {
        "schema": check_schema,
        "redis": check_redis,
        "worker": check_worker,
    }

    @app.get("/health")
    def health() -> Any:
        """200 when the process answers."""
        return jsonify(status="ok")

    @app.get("/ready")
    def ready() -> Any:
        """200 while this process can serve, 503 when it cannot, and what does not answer.

        Without Redis or workers it serves: jobs wait, and the status is "degraded".
        """
        found = state()
        reasons = [f"{part}: {answer}" for part, answer in found.items() if answer not in _GOOD]
        serves = all(found.get(part) == "ok" for part in NEEDED)
        status = "ok" if not reasons else "degraded" if serves else "unavailable"
        said: dict[str, Any] = {"status": status, "reasons": reasons, **found}
        said["last_backup_at"] = last_backup() if serves else None
        answer = jsonify(said)
        if not serves:
            answer.status_code = 503
            answer.headers["Retry-After"] = str(WAIT_SECONDS)
        return answer


_GOOD = ("ok", "none")
