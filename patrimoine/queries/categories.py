"""Categories: the tree they make, and what depends on one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from base.basics.sessions import Session
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset, Category, FieldPlace


class Branch(NamedTuple):
    """A category at its depth below the top of its kind."""

    row: Category
    depth: int


def category_tree(session: Session, *, archived: bool = False) -> dict[Kind, list[Branch]]:
    """The categories of each kind, parents before children, by name; one statement.

    An archived one is left out, with its children shown where it stood.
    """
    rows: Sequence[Category] = session.scalars(select(Category).order_by(Category.name)).all()
    if not archived:
        rows = [row for row in rows if row.archived_on is None]
    shown = {row.id for row in rows}
    below: dict[int | None, list[Category]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)
    found: dict[Kind, list[Branch]] = {kind: [] for kind in Kind}

    def walk(row: Category, depth: int) -> None:
        found[Kind(row.kind)].append(Branch(row, depth))
        for child in below.get(row.id, ()):
            walk(child, depth + 1)

    for top in below.get(None, ()):
        walk(top, 0)
    return found


def is_below(session: Session, row: Category, other: Category) -> bool:
    """Whether ``row`` is ``other`` or stands below it."""
    parents = {i: parent for i, parent in session.execute(select(Category.id, Category.parent_id))}
    here: int | None = row.id
    seen: set[int] = set()
    while here is not None and here not in seen:
        if here == other.id:
            return True
        seen.add(here)
        here = parents.get(here)
    return False


class Use(NamedTuple):
    """What depends on a category; assets are counted up to 10,001."""

    assets: int
    children: int
    fields: int


def use_of(session: Session, category: Category) -> Use:
    """How many assets, categories and fields would lose it."""
    assets = select(Asset.id).where(Asset.category_id == category.id).limit(10_001).subquery()
    return Use(
        int(session.scalar(select(func.count()).select_from(assets)) or 0),
        int(
            session.scalar(select(func.count(Category.id)).where(Category.parent_id == category.id))
            or 0
        ),
        int(
            session.scalar(
                select(func.count(FieldPlace.id)).where(FieldPlace.category_id == category.id)
            )
            or 0
        ),
    )


def category_by(session: Session, *, code: str | None, id: int | None) -> Category | None:
    """The category of a code, or of an id where no code is given."""
    criterion = Category.code == code if code is not None else Category.id == id
    return session.scalars(select(Category).where(criterion)).one_or_none()


def categories_of(session: Session, kind: str) -> Sequence[Category]:
    """The categories of a kind that are in use, by name."""
    return session.scalars(
        select(Category)
        .where(Category.kind == kind, Category.archived_on.is_(None))
        .order_by(Category.name)
    ).all()


def names_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of categories by id."""
    rows = session.scalars(select(Category).where(Category.id.in_(ids)))
    return {row.id: row.name for row in rows}
