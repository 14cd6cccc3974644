"""A database that does not answer: 503 with a page that needs none, for people and programs.

Whoever met it first: the reading of a session, a page, the commit, the making of the page of an
error, or a library that took the fault for its own and answered something else. The service
recovers by itself: dead connections are found before they are used.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, current_app, g, has_request_context, make_response, request
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from base.basics.i18n import language
from base.basics.trouble import is_away, trouble
from base.engine.edge.answers import problem
from base.store.database import db

logger = logging.getLogger("ouvrage.doors")


def wants_json() -> bool:
    """Whether the answer to this request is for a program."""
    return request.path.startswith("/api/") or request.is_json


def answer(fault: BaseException) -> Response | None:
    """What is said of a database in trouble; None of any other fault.

    What follows a lost connection in the same request is the same outage.
    """
    found = trouble(fault) or trouble(g.get("outage", fault))
    if found is None:
        return None
    sentence, wait = found
    logger.error("%s %s: the database: %s", request.method, request.path, _first_line(fault))
    made = problem(503, sentence) if wants_json() else make_response(_page(sentence, wait), 503)
    made.headers["Retry-After"] = str(wait)
    return made


def _first_line(fault: BaseException) -> str:
    said = str(getattr(fault, "orig", None) or fault).splitlines()
    return said[0] if said else type(fault).__name__


def _page(sentence: str, wait: int) -> str:
    """A page without person, menu or form, made without what pages are given."""
    values = {
        "sentence": sentence,
        "wait": wait,
        "language": language(),
        "asked": request.method in ("GET", "HEAD"),
    }
    return str(current_app.jinja_env.get_template("ov/away.html").render(values))


def swallowed(response: Response) -> BaseException | None:
    """The outage of this request, when somebody answered a refusal or "done" in its place."""
    fault: BaseException | None = g.get("outage")
    if fault is None or response.status_code == 503:
        return None
    read = request.method in ("GET", "HEAD", "OPTIONS") and response.status_code < 400
    return None if read else fault


def _note(context: Any) -> None:
    """Keep in mind that the database went away, whoever catches it."""
    fault = context.sqlalchemy_exception or context.original_exception
    # The flag that says so is set on the fault after this event.
    away = context.is_disconnect or is_away(fault)
    if away and has_request_context():
        g.outage = fault


def register(app: Flask) -> None:
    """Let every fault of the database pass here, the doors' own too."""
    app.outage = answer  # type: ignore[attr-defined]
    app.swallowed = swallowed  # type: ignore[attr-defined]

    @app.errorhandler(SQLAlchemyError)
    def _handle(fault: SQLAlchemyError) -> Any:
        found = answer(fault)
        if found is None:
            raise fault  # a fault like any other
        return found

    with app.app_context():
        event.listen(db.engine, "handle_error", _note)
