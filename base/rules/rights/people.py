"""What people are called, by the numbers of their accounts."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from base.basics.folding import full_name
from base.rules.rights.actors import security


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """Account, open or closed -> the name of its person, or its own where that is empty."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    columns = (User.id, User.first_name, User.last_name, User.username)
    rows = security().execute(select(*columns).where(User.id.in_(wanted)))
    return {number: full_name(first, last) or own for number, first, last, own in rows}
