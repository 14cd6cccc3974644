"""Authorities: how one is made, told apart by its code, and put below another."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.models import Entity

#: The word of commands and files: no blanks, no signs that a shell or a path reads.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


def by_code(session: Session, code: str) -> Entity | None:
    """The authority of a code, however it is written in capitals; None without one."""
    found: Entity | None = session.scalars(
        select(Entity).where(func.lower(Entity.code) == code.strip().lower()).order_by(Entity.id)
    ).first()
    return found


def add(
    session: Session,
    *,
    code: str,
    name: str,
    timezone: str,
    parent: Entity | None = None,
    **others: Any,
) -> Entity:
    """A new authority, with nothing in it yet; its own numbers begin at 1.

    Raises:
        InvalidInput: the code or the name does not do.
    """
    row = Entity(timezone=timezone)
    change(session, row, {"code": code, "name": name, "parent_id": parent and parent.id, **others})
    session.add(row)
    session.flush()
    return row


def change(session: Session, row: Entity, values: dict[str, Any]) -> None:
    """Set what describes an authority.

    Raises:
        InvalidInput: a code that another has or that is no word, an empty name, or a parent that
            stands below.
    """
    values = dict(values)
    if "code" in values and (row.id is None or values["code"] != row.code):
        values["code"] = _checked_code(session, row, values["code"] or "")
    if "name" in values:
        values["name"] = " ".join((values["name"] or "").split())
        if not values["name"]:
            raise InvalidInput.at("name", _("Ce champ est obligatoire."))
    if values.get("parent_id") is not None and row.id is not None:
        _check_parent(session, row, values["parent_id"])
    for key, value in values.items():
        setattr(row, key, value)


def _checked_code(session: Session, row: Entity, code: str) -> str:
    plain = code.strip()
    if not _CODE.fullmatch(plain):
        words = _(
            "Un code a de 1 à 32 lettres, chiffres, points, tirets ou soulignés, et commence par "
            "une lettre ou un chiffre."
        )
        raise InvalidInput.at("code", words)
    with session.no_autoflush:
        other = by_code(session, plain)
    if other is not None and other is not row:
        words = _("Le code « %(code)s » est celui d’une autre entité.", code=plain)
        raise InvalidInput.at("code", words)
    return plain


def _check_parent(session: Session, row: Entity, parent_id: int) -> None:
    seen: set[int] = set()
    above: int | None = parent_id
    with session.no_autoflush:
        while above is not None and above not in seen:
            if above == row.id:
                words = _("Cette entité est elle-même rattachée à celle-ci.")
                raise InvalidInput(words, {"parent_id": words, "parent": words})
            seen.add(above)
            above = session.scalar(select(Entity.parent_id).where(Entity.id == above))


def by_id(session: Session, entity_id: int | None) -> Entity | None:
    """The authority, when the session may see it."""
    return None if entity_id is None else session.get(Entity, entity_id)


def by_name(session: Session, ids: Collection[int] | None = None) -> list[Entity]:
    """The authorities that the session may see, or some of them, by name."""
    found = select(Entity).order_by(Entity.name, Entity.id)
    if ids is not None:
        found = found.where(Entity.id.in_(ids))
    return list(session.scalars(found))


def phone_of(entity_id: Any) -> Any:
    """The number to call of an authority, as a column: its own, else that of those above it."""
    own, above, highest = (Entity.__table__.alias() for _level in range(3))
    return (
        select(func.coalesce(*(func.nullif(t.c.phone, "") for t in (own, above, highest))))
        .select_from(
            own.outerjoin(above, above.c.id == own.c.parent_id).outerjoin(
                highest, highest.c.id == above.c.parent_id
            )
        )
        .where(own.c.id == entity_id)
        .scalar_subquery()
    )


def phone_shown(session: Session, entity_id: int) -> str:
    """The number that people without an account are shown; empty without one."""
    return session.core(select(phone_of(entity_id))).scalar_one() or ""


def top_name(connection: Connection) -> str | None:
    """The name of the authority at the top of the tree."""
    return connection.scalar(
        select(Entity.name).where(Entity.parent_id.is_(None)).order_by(Entity.id).limit(1)
    )
