"""Who has an account: lists, counts and what is shown of one. Sessions are FAB's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from base.basics.folding import full_name
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


def shown_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Account -> the name of its person, or its own where that is empty."""
    return {
        user.id: full_name(user.first_name, user.last_name) or user.username
        for user in session.scalars(select(User).where(User.id.in_(ids)))
    }


def _one_factor() -> list[Any]:
    protected = select(UserSecurity.user_id).where(UserSecurity.totp_since.is_not(None))
    return [User.active.is_(True), User.id.not_in(protected)]


def accounts(
    session: Session, *, words: str, role: str, entity: int | None, state: str, limit: int
) -> list[User]:
    """Accounts with their roles, open ones first, by name.

    ``state`` is ``active``, ``closed``, ``one_factor`` (open ones that a password alone opens),
    ``never`` (nobody signed in yet) or anything else for all.
    """
    found: list[Any] = []
    if words:
        low = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = (User.username, User.first_name, User.last_name, User.email)
        found.append(or_(*[func.lower(c).like(f"%{low}%", escape="\\") for c in columns]))
    if role:
        found.append(User.roles.any(Role.name == role))
    if entity is not None:
        here = select(UserEntity.user_id).where(UserEntity.entity_id == entity)
        found.append(User.id.in_(here))
    if state == "active":
        found.append(User.active.is_(True))
    elif state == "closed":
        found.append(User.active.is_(False))
    elif state == "one_factor":
        found += _one_factor()
    elif state == "never":
        found.append(User.last_login.is_(None))
    statement = select(User).options(selectinload(User.roles)).where(*found)
    return list(session.scalars(_by_name(statement, limit)))


def _count(session: Session, *criteria: Any) -> int:
    return session.scalar(select(func.count(User.id)).where(*criteria)) or 0


def count_all(session: Session) -> int:
    """How many accounts there are."""
    return _count(session)


def count_open(session: Session) -> int:
    """How many accounts are open."""
    return _count(session, User.active.is_(True))


def count_one_factor(session: Session) -> int:
    """How many open accounts a password alone opens."""
    return _count(session, *_one_factor())


def count_never_came(session: Session) -> int:
    """How many accounts nobody has signed in to."""
    return _count(session, User.last_login.is_(None))


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


def entity_ids_of(session: Session, user_id: int) -> list[int]:
    """The ids of the authorities of an account."""
    return list(session.scalars(select(UserEntity.entity_id).where(UserEntity.user_id == user_id)))


def account(session: Session, user_id: int) -> Any:
    """The account, or None."""
    return session.get(User, user_id)


def security_of(session: Session, user_id: int) -> UserSecurity | None:
    """What is kept of an account's second factor and passwords."""
    found: UserSecurity | None = session.get(UserSecurity, user_id)
    return found
