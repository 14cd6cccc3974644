"""The application that a command works with, once its log is set up."""

from __future__ import annotations

from typing import Any


def chosen(log: str = "command", *, makes: bool = False) -> Any:
    """The settings of this installation; its log says which program speaks.

    ``makes``: the command may make the database where there is none.

    Raises:
        StartRefused: another database is in use here, or there is none.
    """
    from base.basics import logs
    from base.upkeep import in_use
    from config import settings

    found = settings()
    in_use.check(found)
    if not makes:
        in_use.refuse_missing(found)
    logs.configure(found, log)
    return found


def whole() -> Any:
    """With its screens and resources."""
    from base.app import create_app

    return create_app(chosen())


def plain() -> Any:
    """Without screens: it starts fast."""
    from base.app import command_app

    return command_app(chosen())


def bare(settings: Any = None, *, newer: bool = False) -> Any:
    """With its models alone, at this or an earlier schema; its database answers.

    ``newer``: at whatever schema, for whoever says himself that it is a later one.

    Raises:
        StartRefused: it does not, or the schema is of a later version.
    """
    from base.app import bare_app, reachable
    from base.store.database import db
    from base.upkeep.schema import migrations

    app = bare_app(settings or chosen())
    with app.app_context():
        reachable(db.engine, app.settings)
        if not newer:
            with db.engine.connect() as connection:
                migrations.refuse_newer(connection, app.manifests)
    return app
