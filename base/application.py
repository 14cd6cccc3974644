"""The class of the application: Flask with one transaction per request.

It is made in ``base.app``; whoever only names it (checks, backups) needs no more than this.
"""

from __future__ import annotations

import random
import time
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

import config
from base.rules.modules import loading
from base.store.database import db

#: Tries of one request that lost a race with another.
TRIES = 6


def sqlstate(fault: OperationalError) -> str | None:
    """PostgreSQL's code of a fault."""
    return getattr(fault.orig, "sqlstate", None)


class RowNumber(IntegerConverter):
    """A whole number in an address, as far as a row can have it: beyond, nothing is there (404)."""

    regex = r"[0-9]{1,19}"

    def __init__(self, map: Map, **options: Any) -> None:
        options.setdefault("max", 2**63 - 1)
        super().__init__(map, **options)


class App(Flask):
    """Flask with one transaction per request."""

    manifests: list[loading.Manifest]
    settings: config.Settings

    def dispatch_request(self) -> Response:  # type: ignore[override]
        """Commit only when a writer asked and nothing failed; retry what lost a race."""
        for attempt in range(TRIES):
            try:
                response = self.make_response(super().dispatch_request())
                if db.session.registry.has():
                    session = db.session()
                    if session.wanted and not session.failed and response.status_code < 400:
                        session.commit()
                    else:
                        session.rollback()
                return response
            except (StaleDataError, OperationalError) as fault:
                db.session.remove()
                lost_race = isinstance(fault, StaleDataError) or sqlstate(fault) in (
                    "40001",
                    "40P01",
                )
                if attempt == TRIES - 1 or not lost_race:
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**attempt))
            except BaseException:
                db.session.remove()
                raise
        raise AssertionError("unreachable")
