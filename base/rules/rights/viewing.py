"""Which of a person's entities the screens show: one of them, or all.

The choice only narrows what lists, searches and the first page read; rights stay those of the
person. It lives in the browser's session, so it ends with it. A request for one record, by its
number or by its tag, is never narrowed: a link that somebody sends opens, and the screens follow
to the entity of the record.
"""

from __future__ import annotations

from typing import Any

from flask import flash, has_request_context, request, session
from sqlalchemy import select

from base.basics.i18n import _
from base.rules.rights.actors import job_session, person_scope
from base.rules.rights.rules import Scope
from base.store.database import db
from base.store.models import Entity

#: In the browser's session.
KEY = "entity"
#: Parts of an address that name one record.
_RECORD = frozenset({"pk", "token"})


def chosen(whole: Scope) -> int | None:
    """The entity that the person has chosen; None for all, and for one that is not theirs."""
    if not has_request_context() or len(whole) < 2:
        return None
    found = session.get(KEY)
    return found if isinstance(found, int) and found in whole else None


def shown(whole: Scope) -> Scope:
    """What this request reads of the entities of its person."""
    one = chosen(whole)
    if one is None or request.path.startswith("/api/"):
        return whole
    if _RECORD & set(request.view_args or ()):
        return whole
    return (one,)


def whose() -> tuple[Scope, Scope]:
    """What the person of this request may touch, and what of it this request reads."""
    whole = person_scope()
    return whole, shown(whole)


def choose(whole: Scope, entity_id: int | None) -> bool:
    """Show one entity from now on, or all; whether it is the person's."""
    if entity_id is None:
        session.pop(KEY, None)
        return True
    if entity_id not in whole:
        return False
    session[KEY] = entity_id
    return True


def _go_to(entity_id: int) -> None:
    session[KEY] = entity_id
    name = db.session().scalar(select(Entity.name).where(Entity.id == entity_id))
    words = _(
        "Cette page est de « %(name)s » : vos écrans montrent maintenant cette entité.", name=name
    )
    flash(words, "info")


def follow(row: Any) -> None:
    """Show the entity of the record that a link has led to, and say so."""
    whole = db.session().whole
    entity_id = getattr(row, "entity_id", None)
    if isinstance(entity_id, int) and entity_id in whole and chosen(whole) not in (None, entity_id):
        _go_to(entity_id)


def follow_to(model: Any, key: int) -> bool:
    """As ``follow`` for a list that is narrowed to one record's rows; whether it must be read
    again."""
    here = db.session()
    if here.scope == here.whole or not hasattr(model, "entity_id") or not 0 < key < 2**63:
        return False
    with job_session(here.whole, here.actor, here.door, readonly=True) as all_of_them:
        entity_id = all_of_them.scalar(select(model.entity_id).where(model.id == key))
    if entity_id is None or entity_id in here.scope:
        return False
    _go_to(entity_id)
    return True
