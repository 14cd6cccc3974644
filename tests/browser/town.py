"""The small demonstration, for the tests that look at every page; and somebody with every right."""

from __future__ import annotations

import contextlib
import contextvars
from typing import Any

from tests import engines

#: Somebody with every right there is.
EVERYTHING = "tout"


@contextlib.contextmanager
def _nobody() -> Any:
    yield lambda: False


def _build(app: Any) -> None:
    from base.desk.accounts.making import create_user
    from base.rules.rights.actors import security
    from base.store.database import db
    from reports.demonstration import run

    with app.app_context():
        manager = app.appbuilder.sm
        manager.builtin_roles.setdefault("Tout", [[".*", ".*"]])
        manager.add_role("Tout")
        create_user(
            EVERYTHING,
            engines.PASSWORD,
            roles=["Admin", "Tout"],
            entities=["A"],
            first_name="Ève",
            last_name="Toulmont",
            must_change=False,
        )
        security.remove()
        kept, run.worker = run.worker, _nobody
        try:
            run.run(None, "small")
        finally:
            run.worker = kept
        _field()
        db.session.remove()
        security.remove()


def _field() -> None:
    """A field of one's own: what the demonstration imports has a column for all of it."""
    from base.rules.rights.actors import job_session
    from patrimoine.services.definitions import define_field

    with job_session((1,), "user:1", "tests") as session:
        define_field(session, label="Numéro de clé", kinds=["vehicle"])


def build(server: Any) -> None:
    """The small demonstration on a fresh database, its jobs done here."""
    server.reset()
    contextvars.Context().run(_build, server.app)


def leave(server: Any) -> None:
    """Leave the application as it was for the tests after."""
    server.app.appbuilder.sm.builtin_roles.pop("Tout", None)
    server.reset()
