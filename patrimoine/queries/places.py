"""Where assets are, in words: one statement for all the rows of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, false, select
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import identity_key

from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.store.models import Entity
from base.store.together import MOST
from patrimoine.domain import tree
from patrimoine.domain.kinds import Kind
from patrimoine.domain.places import Place, Step, place_of
from patrimoine.models import Asset, Building, Site
from patrimoine.models.columns import PLACES

#: Kinds of which two of one name are told apart.
_NAMED_APART = (Kind.SITE, Kind.BUILDING)


def places(session: Session, ids: Iterable[int]) -> dict[int, Place]:
    """Where these assets are, by id; those that the session may not see are left out.

    Two statements for a thousand, one where a session that only reads has read them all.
    The rows of a page say the same by themselves: ``asset.place``, ``work_order.place`` are read
    for all rows of the session at once.
    """
    found: dict[int, Place] = {}
    for lot in in_lots(sorted(set(ids)), MOST):
        found |= placed(session.execute, _lines(session, lot))
    return found


PLACES.reader(places)


def _lines(session: Session, ids: Iterable[int]) -> dict[int, list[int]]:
    """Asset id -> the ids from the top of the tree down to it, as its path says."""
    # A session that writes may have moved what they are in, and their rows do not know it.
    rows = session.identity_map if session.readonly else {}
    paths = {}
    for asset_id in ids:
        row = rows.get(identity_key(Asset, asset_id))
        # What is expired is read anew: an attribute that is asked would do it row by row.
        paths[asset_id] = row.__dict__.get("path") if row is not None else None
    if others := [asset_id for asset_id, path in paths.items() if path is None]:
        paths |= {row.id: row.path for row in session.execute(_paths(), {"ids": others})}
    return {asset_id: tree.line_ids(path) for asset_id, path in paths.items() if path is not None}


@cache
def _paths() -> Select[int, str]:
    return select(Asset.id, Asset.path).where(Asset.id.in_(bindparam("ids", expanding=True)))


@cache
def steps() -> Select[Any]:
    """What a place is said with, of each of the assets ``ids``.

    Made once: the making of it takes ten times as long as its answer. By their keys: PostgreSQL
    reads a whole register of ten thousand where a line is followed from row to row.
    """
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
            here.id,
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
        .where(here.id.in_(bindparam("ids", expanding=True)))
        .outerjoin(Entity, Entity.id == here.entity_id)
        .outerjoin(building, building.c.id == here.id)
        .outerjoin(site, site.c.id == here.id)
    )


def placed(ask: Callable[..., Any], lines: dict[int, list[int]]) -> dict[int, Place]:
    """Asset id -> its place, along its line, of the rows that ``ask(statement, values)`` reads."""
    asked = sorted({step for line in lines.values() for step in line})
    rows = {row[0]: row for lot in in_lots(asked, MOST) for row in ask(steps(), {"ids": lot})}
    return {
        asset_id: place_of(
            [Step(*rows[i][1:-1]) for i in line if i in rows], rows[asset_id][-1] or ""
        )
        for asset_id, line in lines.items()
        if asset_id in rows
    }
