"""What a report is about: assets, services, authorities by their codes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from base.basics.sessions import Session
from base.store.models import Department, Entity
from patrimoine.models import Asset
from patrimoine.queries.tree import in_branch


def assets_with_code(session: Session, code: str) -> Sequence[Asset]:
    """The assets of that inventory number in the scope: one per authority at most."""
    return session.scalars(select(Asset).where(Asset.code == code).order_by(Asset.id)).all()


def services_with_code(session: Session, code: str) -> Sequence[Department]:
    """The services of that code in the scope: one per authority at most."""
    return session.scalars(
        select(Department).where(Department.code == code).order_by(Department.id)
    ).all()


def services_with_words(session: Session, words: str) -> Sequence[Department]:
    """Twenty services whose code or name has the words, by name."""
    statement = select(Department).order_by(Department.name, Department.id).limit(20)
    if words:
        statement = statement.where(
            or_(*(c.icontains(words, autoescape=True) for c in (Department.name, Department.code)))
        )
    return session.scalars(statement).all()


def services(session: Session, ids: Sequence[int]) -> dict[int, Department]:
    """Services by id."""
    found = session.scalars(select(Department).where(Department.id.in_(ids))) if ids else ()
    return {service.id: service for service in found}


def asset_count(session: Session, path: str | None) -> int:
    """How many assets there are at and below a path, archived ones left out."""
    statement = select(func.count(Asset.id)).where(Asset.archived_on.is_(None))
    if path is not None:
        statement = statement.where(in_branch(path))
    return session.scalar(statement) or 0


def entities(session: Session, ids: Sequence[int]) -> Sequence[Entity]:
    """The authorities of a scope, by name."""
    return session.scalars(select(Entity).where(Entity.id.in_(ids)).order_by(Entity.name)).all()


def asset_code(session: Session, asset_id: int) -> str | None:
    """The inventory number of an asset of the scope."""
    return session.scalars(select(Asset.code).where(Asset.id == asset_id)).first()


def zone_of_scope(session: Session, ids: Sequence[int]) -> str | None:
    """The time zone of the first of some authorities."""
    return session.scalars(select(Entity.timezone).where(Entity.id.in_(ids))).first()
