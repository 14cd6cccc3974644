"""Who has an account: lists, counts and what is shown of one. Sessions are FAB's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from base.basics.rows import holding
from base.basics.sessions import Session
from base.store.models import Entity, UserEntity, UserSecurity


def role_names(session: Session, *, without: str) -> list[str]:
    """The names of the roles, in alphabetical order."""
    return list(session.scalars(select(Role.name).where(Role.name != without).order_by(Role.name)))


def role_counts(session: Session) -> dict[str, int]:
    """Role -> how many open accounts hold it."""
    rows = session.execute(
        select(Role.name, func.count(User.id))
        .select_from(Role)
        .join(Role.user.and_(User.active), isouter=True)
        .group_by(Role.name)
    )
    return {name: count for name, count in rows}


def with_role(session: Session, role: str, *, limit: int) -> list[User]:
    """Who holds a role, open accounts first, by name."""
    holders = select(User).where(User.roles.any(Role.name == role))
    return list(session.scalars(_by_name(holders, limit)))


def _by_name(statement: Any, limit: int) -> Any:
    return statement.order_by(User.active.desc(), func.lower(User.last_name), User.id).limit(limit)


def _in_state(state: str) -> list[Any]:
    """``active``, ``closed``, ``one_factor`` (open ones that a password alone opens), ``never``
    (nobody signed in yet) or anything else for all."""
    protected = select(UserSecurity.user_id).where(UserSecurity.totp_since.is_not(None))
    known: dict[str, list[Any]] = {
        "active": [User.active.is_(True)],
        "closed": [User.active.is_(False)],
        "one_factor": [User.active.is_(True), User.id.not_in(protected)],
        "never": [User.last_login.is_(None)],
    }
    return known.get(state, [])


def accounts(
    session: Session, *, words: str, role: str, entity: int | None, state: str, limit: int
) -> list[User]:
    """Accounts in a state with their roles, open ones first, by name."""
    found = _in_state(state)
    if words:
        columns = (User.username, User.first_name, User.last_name, User.email)
        found.append(holding(columns, words))
    if role:
        found.append(User.roles.any(Role.name == role))
    if entity is not None:
        here = select(UserEntity.user_id).where(UserEntity.entity_id == entity)
        found.append(User.id.in_(here))
    statement = select(User).options(selectinload(User.roles)).where(*found)
    return list(session.scalars(_by_name(statement, limit)))


def count(session: Session, state: str = "") -> int:
    """How many accounts are in a state."""
    return session.scalar(select(func.count(User.id)).where(*_in_state(state))) or 0


def entity_names(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """Account -> the names of its authorities."""
    found: dict[int, list[str]] = {}
    for user_id, name in session.execute(
        select(UserEntity.user_id, Entity.name)
        .join(Entity, Entity.id == UserEntity.entity_id)
        .where(UserEntity.user_id.in_(ids))
        .order_by(Entity.name)
    ):
        found.setdefault(user_id, []).append(name)
    return found


def with_second_factor(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the accounts that have a second factor."""
    return set(
        session.scalars(
            select(UserSecurity.user_id).where(
                UserSecurity.user_id.in_(ids), UserSecurity.totp_since.is_not(None)
            )
        )
    )


def entities_of(session: Session, user_id: int) -> Sequence[Entity]:
    """The authorities of an account, by name."""
    found: Sequence[Entity] = session.scalars(
        select(Entity)
        .join(UserEntity, UserEntity.entity_id == Entity.id)
        .where(UserEntity.user_id == user_id)
        .order_by(Entity.name)
    ).all()
    return found


def account(session: Session, user_id: int) -> Any:
    """The account, or None."""
    return session.get(User, user_id)


def security_of(session: Session, user_id: int) -> UserSecurity | None:
    """What is kept of an account's second factor and passwords."""
    found: UserSecurity | None = session.get(UserSecurity, user_id)
    return found
