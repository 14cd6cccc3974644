"""Where assets are, in words: one statement for all the rows of a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, case, false, literal, select
from sqlalchemy.orm import aliased

from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.store.models import Entity
from base.store.together import MOST
from patrimoine.domain.kinds import Kind
from patrimoine.domain.places import Place, Step, place_of
from patrimoine.domain.tree import MAX_DEPTH
from patrimoine.models import Asset, Building, Site
from patrimoine.models.columns import PLACES

#: Kinds of which two of one name are told apart.
_NAMED_APART = (Kind.SITE, Kind.BUILDING)


def places(session: Session, ids: Iterable[int]) -> dict[int, Place]:
    """Where these assets are, by id; those that the session may not see are left out.

    One statement for a thousand. The rows of a page say the same by themselves: ``asset.place``,
    ``work_order.place`` are read for all rows of the session at once.
    """
    found: dict[int, Place] = {}
    for lot in in_lots(sorted(set(ids)), MOST):
        found |= placed(session.execute(lines(), {"ids": lot}))
    return found


PLACES.reader(places)


@cache
def lines() -> Select[Any]:
    """The line of each of the assets ``ids``, from the top of the tree down to itself.

    Made once: the making of it takes ten times as long as its answer.
    """
    first = select(
        Asset.id.label("asset_id"), Asset.id.label("id"), Asset.parent_id, literal(0).label("up")
    ).where(Asset.id.in_(bindparam("ids", expanding=True)))
    line = first.cte("line", recursive=True)
    up = aliased(Asset)
    line = line.union_all(
        select(line.c.asset_id, up.id, up.parent_id, line.c.up + 1).where(
            up.id == line.c.parent_id, line.c.up < MAX_DEPTH
        )
    )
    here, other = aliased(Asset), aliased(Asset)
    building, site = Building.__table__, Site.__table__
    namesake = (
        select(other.id)
        .where(
            other.entity_id == here.entity_id,
            other.kind == here.kind,
            other.sort_key == here.sort_key,
            other.id != here.id,
            other.archived_on.is_(None),
        )
        .correlate(here)
    )
    apart = here.kind.in_(_NAMED_APART)
    address, postcode, city = (
        case((building.c[name].is_not(None), building.c[name]), else_=site.c[name]).label(name)
        for name in ("address", "postcode", "city")
    )
    return (
        select(
            line.c.asset_id,
            here.kind,
            here.name,
            here.code,
            case((apart, namesake.exists()), else_=false()).label("is_shared"),
            case(
                (apart, namesake.where(other.parent_id == here.parent_id).exists()), else_=false()
            ).label("is_twin"),
            address,
            postcode,
            city,
            Entity.name.label("town"),
        )
        .join(here, here.id == line.c.id)
        .outerjoin(Entity, Entity.id == here.entity_id)
        .outerjoin(building, building.c.id == here.id)
        .outerjoin(site, site.c.id == here.id)
        .order_by(line.c.asset_id, line.c.up.desc())
    )


def placed(rows: Iterable[Any]) -> dict[int, Place]:
    """Asset id -> its place, of the rows that ``lines`` gives."""
    return {
        asset_id: place_of([Step(*step) for _id, *step, _town in line], line[-1].town or "")
        for asset_id, group in groupby(rows, key=lambda row: row.asset_id)
        for line in (list(group),)
    }
