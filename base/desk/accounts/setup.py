"""What a fresh database gets: one entity, shipped tables, the first administrator."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from base.basics.errors import InvalidInput, StartRefused
from base.desk.accounts.making import create_user
from base.rules.modules import loading
from base.rules.rights.actors import system_session
from base.store.models import Entity

if TYPE_CHECKING:
    from base.application import App


#: What the first entity is called until it is given the name of the town.
FIRST_NAME = "Collectivité"


def first_rows(app: App) -> None:
    """Make the first entity, and let each module load its shipped data; harmless to repeat."""
    with system_session("setup") as session:
        if session.scalar(select(func.count()).select_from(Entity)) == 0:
            session.add(Entity(code="PRINCIPALE", name=FIRST_NAME, timezone=app.settings.timezone))
            session.flush()
        for manifest in app.manifests:
            room = loading.room(manifest, "data_loader")
            load = getattr(room, "load", None)
            if load is not None:
                load(session)


def first_admin(app: App) -> str | None:
    """Make the account ``admin`` when there is no account; its password when it was drawn.

    Raises:
        StartRefused: the password given does not meet the rules.
    """

    manager: Any = app.appbuilder.sm  # type: ignore[attr-defined]
    if manager.count_users():
        return None
    given = app.settings.admin_password
    alphabet = string.ascii_letters + string.digits
    password = given or "-".join(
        "".join(secrets.choice(alphabet) for _n in range(5)) for _m in range(4)
    )
    try:
        create_user(
            "admin",
            password,
            roles=["Admin"],
            first_name="Admin",
            last_name="Ouvrage",
            must_change=given is None,
        )
    except InvalidInput as refusal:
        raise StartRefused(f"OUVRAGE_ADMIN_PASSWORD : {refusal}") from refusal
    return None if given else password
