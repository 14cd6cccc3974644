"""Who did something, in words: people by the numbers of their accounts, and what is none."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from base.basics.folding import full_name
from base.basics.i18n import _l
from base.rules.rights.actors import security

#: Whoever stands in the trail and is no account -> in words.
NO_ACCOUNT = {
    "system": _l("le système"),
    "cli": _l("la ligne de commande"),
    "public": _l("une personne sans compte"),
}


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """Account, open or closed -> the name of its person, or its own where that is empty."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    columns = (User.id, User.first_name, User.last_name, User.username)
    rows = security().execute(select(*columns).where(User.id.in_(wanted)))
    return {number: full_name(first, last) or own for number, first, last, own in rows}
