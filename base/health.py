"""Whether the parts answer: for ``/ready``, the administrator's page and ``doctor``."""

from __future__ import annotations

from typing import Any

from flask import current_app

from base import redis_server
from base.jobs.presence import alive


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


def register(app: Any) -> None:
    """Add these checks to ``/ready``."""
    checks = app.extensions.setdefault("ouvrage_ready", {})
    checks["redis"] = check_redis
    checks["worker"] = check_worker
