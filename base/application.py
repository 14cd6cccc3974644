"""The class of the application: Flask with one transaction per request.

It is made in ``base.app``; whoever only names it (checks, backups) needs no more than this.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.wrappers import Response

import config
from base.papers.files.static_files import send_small
from base.rules.modules import loading
from base.store.database import db, let_go

#: Tries of one request that lost a race with another.
TRIES = 6


def sqlstate(fault: OperationalError) -> str | None:
    """PostgreSQL's code of a fault."""
    return getattr(fault.orig, "sqlstate", None)


def _up_to(most: str) -> str:
    """The pattern of the whole numbers up to one: those below it digit by digit, and it."""
    below = [
        f"{most[:at]}[0-{int(digit) - 1}][0-9]{{{len(most) - at - 1}}}"
        for at, digit in enumerate(most)
        if digit != "0"
    ]
    return f"(?:[0-9]{{1,{len(most) - 1}}}|{'|'.join(below)}|{most})"


class RowNumber(IntegerConverter):
    """A whole number in an address, as far as a row can have it: beyond, nothing is there (404).

    By its pattern: a number that a converter refuses is 405 where the address has another method.
    """

    regex = _up_to(str(2**63 - 1))


class LateRule(Rule):
    """A route that makes what puts its addresses together when the first is asked for.

    Werkzeug compiles two functions a route: of fourteen hundred a process needs a hundred.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            made = Rule._compile_builder(rule, append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)

        return build


class App(Flask):
    """Flask with one transaction per request."""

    url_rule_class = LateRule
    manifests: list[loading.Manifest]
    settings: config.Settings
    #: What is answered while the database is away, if a fault says that; the doors know.
    outage: Callable[[BaseException], Response | None] = staticmethod(lambda fault: None)
    #: The outage that an answer does not tell of; the doors know.
    swallowed: Callable[[Response], BaseException | None] = staticmethod(lambda response: None)

    def handle_exception(self, e: Exception) -> Response:  # type: ignore[override]
        """What no door could answer, for the database went away in the door itself too."""
        answer = self.outage(e)
        if answer is None:
            try:
                return super().handle_exception(e)
            except SQLAlchemyError as fault:
                answer = self.outage(fault)
                if answer is None:
                    raise
        return self.finalize_request(answer, from_error_handler=True)

    def send_static_file(self, filename: str) -> Response:  # type: ignore[override]
        """A file of the framework's own, as small as the browser takes it."""
        return send_small(self.static_folder or "", filename)

    def dispatch_request(self) -> Response:  # type: ignore[override]
        """Commit only when a writer asked and nothing failed; retry what lost a race."""
        for attempt in range(TRIES):
            try:
                response = self.make_response(super().dispatch_request())
                if (outage := self.swallowed(response)) is not None:
                    raise outage
                if db.session.registry.has():
                    session = db.session()
                    if session.wanted and not session.failed and response.status_code < 400:
                        session.commit()
                    else:
                        session.rollback()
                return response
            except (StaleDataError, OperationalError) as fault:
                let_go(db.session)
                lost_race = isinstance(fault, StaleDataError) or sqlstate(fault) in (
                    "40001",
                    "40P01",
                )
                if attempt == TRIES - 1 or not lost_race:
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**attempt))
            except BaseException:
                let_go(db.session)
                raise
        raise AssertionError("unreachable")
