"""Assets: pages of lists, what a record shows, what imports look up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from base.basics.folding import code_key
from base.basics.sessions import Session
from base.engine.search import criterion
from patrimoine.models import Asset, Category
from patrimoine.queries.tree import in_branch


@dataclass(frozen=True)
class AssetFilter:
    """What a list of assets is narrowed to; None leaves a question open."""

    id: int | None = None
    kind: str | None = None
    category_id: int | None = None
    status: str | None = None
    entity_id: int | None = None
    #: Path of the asset at the top of the perimeter.
    path: str | None = None
    #: Words that all must be found, accents, case and small mistakes aside.
    search: str | None = None

    def criteria(self, session: Session) -> list[ColumnElement[bool]]:
        """The where clause, index columns first."""
        found: list[ColumnElement[bool]] = []
        for column, value in (
            (Asset.id, self.id),
            (Asset.entity_id, self.entity_id),
            (Asset.kind, self.kind),
            (Asset.category_id, self.category_id),
            (Asset.status, self.status),
        ):
            if value is not None:
                found.append(column == value)
        if self.path is not None:
            found.append(in_branch(self.path))
        found.append(Asset.archived_on.is_(None))
        if self.search and self.search.strip():
            found.append(criterion(session, Asset, self.search))
        return found


def assets_by_ids(session: Session, ids: Sequence[int]) -> list[Asset]:
    """The assets in the order of the ids, as far as they can be seen."""
    if not ids:
        return []
    found = {asset.id: asset for asset in session.scalars(select(Asset).where(Asset.id.in_(ids)))}
    return [found[i] for i in ids if i in found]


def asset_by_code(session: Session, code: str, *, entity_id: int) -> Asset | None:
    """The asset with that inventory number in the authority, archived or not."""
    return session.scalars(
        select(Asset).where(Asset.entity_id == entity_id, Asset.code_key == code_key(code))
    ).one_or_none()


def counts_by_kind(session: Session, *, path: str) -> dict[str, int]:
    """How many assets in use there are of each kind in the branch."""
    wanted = AssetFilter(path=path)
    statement = select(Asset.kind, func.count(Asset.id)).where(*wanted.criteria(session))
    rows = session.execute(statement.group_by(Asset.kind))
    return {kind: count for kind, count in rows}


def categories_by_code(session: Session) -> dict[str, Category]:
    """Categories in use, by code."""
    statement = select(Category).where(Category.archived_on.is_(None)).order_by(Category.code)
    return {category.code: category for category in session.scalars(statement)}


def place_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names of assets by id, those this session may see."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(select(Asset.id, Asset.name).where(Asset.id.in_(wanted)))
    return {i: name for i, name in rows}


def asset_by_id(session: Session, asset_id: int) -> Asset | None:
    """The asset, when the session may see it."""
    return session.scalars(select(Asset).where(Asset.id == asset_id)).first()


def path_of(session: Session, asset_id: int) -> str | None:
    """Where an asset stands in the tree; None when the session may not see it."""
    return session.scalar(select(Asset.path).where(Asset.id == asset_id))
