"""The tree, now and on a day of the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from base.basics.sessions import Session
from patrimoine.domain import tree
from patrimoine.models import Asset, AssetMove


def in_branch(path: str, column: Any = None) -> ColumnElement[bool]:
    """The criterion for what is at or below a path: a range, never a LIKE."""
    path_column = Asset.path if column is None else column
    return and_(path_column >= path, path_column < tree.branch_end(path))


def ancestors(session: Session, asset: Asset) -> list[Asset]:
    """The ancestors that this session may see, from the top; the asset itself left out."""
    ids = tree.ancestor_ids(asset.path)
    if not ids:
        return []
    found = {a.id: a for a in session.scalars(select(Asset).where(Asset.id.in_(ids)))}
    return [found[i] for i in ids if i in found]


def children(
    session: Session, parent_id: int, *, limit: int, first: Sequence[int] = ()
) -> Sequence[Asset]:
    """What is just below, archived rows left out: ``first`` in its order, then by name."""
    below = select(Asset).where(Asset.parent_id == parent_id, Asset.archived_on.is_(None))
    rank = {number: place for place, number in enumerate(first)}
    chosen = session.scalars(below.where(Asset.id.in_(rank))).all() if rank else []
    found = sorted(chosen, key=lambda row: rank[row.id])
    by_name = below.order_by(Asset.sort_key, Asset.id).limit(limit)
    others = (row for row in session.scalars(by_name) if row.id not in rank)
    return [*found, *others][:limit]


def standing(move: Any, day: date) -> ColumnElement[bool]:
    """The criterion for the place of a day: begun, and not over."""
    return and_(move.starts_on <= day, or_(move.ends_on.is_(None), move.ends_on > day))


def ancestors_on(session: Session, asset_id: int, day: date) -> list[int]:
    """Ids of the ancestors as they stood on a day, from the top.

    Empty when the asset stood at the top or was not yet in the register.
    """
    first = select(AssetMove.asset_id, AssetMove.parent_id).where(
        AssetMove.asset_id == asset_id, standing(AssetMove, day)
    )
    above = first.cte("above", recursive=True)
    up = aliased(AssetMove)
    above = above.union(
        select(up.asset_id, up.parent_id).where(up.asset_id == above.c.parent_id, standing(up, day))
    )
    rows = session.execute(
        select(AssetMove.asset_id, AssetMove.parent_id)
        .join(above, above.c.asset_id == AssetMove.asset_id)
        .where(standing(AssetMove, day))
    )
    parents = {row.asset_id: row.parent_id for row in rows}
    chain: list[int] = []
    here = parents.get(asset_id)
    while here is not None and here not in chain:
        chain.append(here)
        here = parents.get(here)
    return chain[::-1]


def branch_on(asset_id: int, day: date) -> Select[int]:
    """The ids of the asset and of all that stood below it on a day, as a statement."""
    first = select(AssetMove.asset_id).where(
        AssetMove.asset_id == asset_id, standing(AssetMove, day)
    )
    branch = first.cte("branch", recursive=True)
    down = aliased(AssetMove)
    branch = branch.union(
        select(down.asset_id).where(down.parent_id == branch.c.asset_id, standing(down, day))
    )
    return (
        select(AssetMove.asset_id)
        .join(branch, branch.c.asset_id == AssetMove.asset_id)
        .where(standing(AssetMove, day))
    )


def last_moves(session: Session, asset_id: int, *, limit: int) -> Sequence[AssetMove]:
    """Where an asset stood from day to day, newest first."""
    return session.scalars(
        select(AssetMove)
        .where(AssetMove.asset_id == asset_id)
        .order_by(AssetMove.starts_on.desc())
        .limit(limit)
    ).all()
