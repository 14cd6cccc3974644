"""The register as it was on a day: what it held, where, with which values, at what cost.

Places come from the dated moves; values from the trail, by taking back what was changed since;
costs from the days of the ledger. What was typed in only later is shown as it was first typed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from base.basics import clock
from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.store.models import Event
from patrimoine.domain.tree import MAX_DEPTH
from patrimoine.models import Asset, AssetMove, CostLine
from patrimoine.queries.costs import NatureTotal
from patrimoine.queries.tree import branch_on, standing

_RECORD = Asset.__tablename__


def end_of(day: date) -> datetime:
    """The first instant after the day, on the authority's clocks."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(clock.DEFAULT_ZONE))


def held_on(day: date) -> list[ColumnElement[bool]]:
    """What the register held on a day: placed, acquired or in service by then, not put away yet."""
    placed = (
        select(AssetMove.id)
        .where(AssetMove.asset_id == Asset.id, standing(AssetMove, day))
        .exists()
    )
    return [
        or_(placed, Asset.acquired_on <= day, Asset.in_service_on <= day),
        or_(Asset.archived_on.is_(None), Asset.archived_on > day),
    ]


def below_on(asset_id: int, day: date) -> list[ColumnElement[bool]]:
    """What stood below an asset on a day, the asset itself left out."""
    return [Asset.id.in_(branch_on(asset_id, day)), Asset.id != asset_id]


class Change(NamedTuple):
    """The first change of a column after a day."""

    #: The value until then, as the trail writes it: days as ISO, amounts as text, relations by id.
    before: Any
    #: Its number in the trail.
    seq: int
    at: datetime


def changes_after(
    session: Session, ids: Collection[int], day: date
) -> dict[int, dict[str, Change]]:
    """Asset -> the columns that were changed after the day, with their values on it."""
    found: dict[int, dict[str, Change]] = {}
    for lot in in_lots(sorted(ids)):
        rows = session.execute(
            select(Event.record_id, Event.changes, Event.seq, Event.at)
            .where(
                Event.record == _RECORD,
                Event.record_id.in_(lot),
                Event.op == "U",
                Event.at >= end_of(day),
            )
            .order_by(Event.seq.desc())
        )
        for key, changes, seq, at in rows:
            values = found.setdefault(int(key or 0), {})
            # From the last to the first: that of the day is the one that stays.
            values.update(
                {name: Change(pair[0], seq, at) for name, pair in json.loads(changes).items()}
            )
    return found


def lines_on(session: Session, ids: Collection[int], day: date) -> dict[int, list[int]]:
    """Asset -> the ids of what it stood in, from the top; absent where no place is known."""
    found: dict[int, list[int]] = {}
    for lot in in_lots(sorted(ids)):
        first = select(
            AssetMove.asset_id, AssetMove.parent_id.label("above"), literal(1).label("up")
        ).where(AssetMove.asset_id.in_(lot), standing(AssetMove, day))
        line = first.cte("line", recursive=True)
        move = aliased(AssetMove)
        line = line.union_all(
            select(line.c.asset_id, move.parent_id, line.c.up + 1).where(
                move.asset_id == line.c.above, standing(move, day), line.c.up < MAX_DEPTH
            )
        )
        rows = session.execute(
            # The model in the statement is what the row rules hold on to.
            select(line.c.asset_id, line.c.above)
            .join(AssetMove, and_(AssetMove.asset_id == line.c.asset_id, standing(AssetMove, day)))
            .order_by(line.c.up.desc())
        )
        for asset_id, above in rows:
            chain = found.setdefault(asset_id, [])
            if above is not None:
                chain.append(above)
    return found


def first_places(session: Session, ids: Collection[int]) -> dict[int, tuple[int | None, date]]:
    """Asset -> the first place that was noted for it, and since when."""
    found: dict[int, tuple[int | None, date]] = {}
    if ids:
        rows = session.execute(
            select(AssetMove.asset_id, AssetMove.parent_id, AssetMove.starts_on)
            .where(AssetMove.asset_id.in_(ids))
            .order_by(AssetMove.starts_on)
        )
        for asset_id, parent_id, starts_on in rows:
            found.setdefault(asset_id, (parent_id, starts_on))
    return found


def assets_at(session: Session, ids: Collection[int]) -> dict[int, Asset]:
    """The assets by id, as far as they can be seen."""
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(Asset).where(Asset.id.in_(ids)))}


def children_on(session: Session, asset_id: int, day: date, *, limit: int) -> Sequence[Asset]:
    """What stood just below an asset, by name."""
    return session.scalars(
        select(Asset)
        .join(AssetMove, AssetMove.asset_id == Asset.id)
        .where(
            AssetMove.parent_id == asset_id,
            standing(AssetMove, day),
            or_(Asset.archived_on.is_(None), Asset.archived_on > day),
        )
        .order_by(Asset.sort_key, Asset.id)
        .limit(limit)
    ).all()


def costs_until(
    session: Session, asset_id: int, day: date, *, start: date | None
) -> list[NatureTotal]:
    """What the branch as it stood on the day cost, from ``start`` to the day included, by nature;
    since the first line without a start.
    """
    statement = select(
        CostLine.nature, func.sum(CostLine.amount_ht_eur), func.sum(CostLine.net_eur)
    ).where(
        or_(CostLine.asset_id == asset_id, CostLine.asset_id.in_(branch_on(asset_id, day))),
        CostLine.date_on <= day,
    )
    if start is not None:
        statement = statement.where(CostLine.date_on >= start)
    rows = session.execute(statement.group_by(CostLine.nature).order_by(CostLine.nature))
    return [NatureTotal(*row) for row in rows]


def was_held(session: Session, asset_id: int, day: date) -> bool:
    """Whether the register held an asset on a day."""
    held = select(Asset.id).where(Asset.id == asset_id, *held_on(day))
    return session.scalar(held) is not None


def is_longer(session: Session, criteria: Sequence[Any], count: int) -> bool:
    """Whether more than ``count`` assets meet the criteria."""
    beyond = select(Asset.id).where(*criteria).offset(count).limit(1)
    return session.scalar(beyond) is not None


def in_batches(session: Session, criteria: Sequence[Any], size: int) -> Iterator[list[Asset]]:
    """The assets that meet the criteria, some at a time; the session forgets them in between."""
    last = 0
    while True:
        rows = select(Asset).where(*criteria, Asset.id > last).order_by(Asset.id).limit(size)
        batch = list(session.scalars(rows))
        yield batch
        if len(batch) < size:
            return
        last = batch[-1].id
        session.expunge_all()
