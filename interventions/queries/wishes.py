"""Requests that may ask for the same: near in time and place, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from interventions.domain import RequestState
from interventions.domain.likeness import Rule, Wish, likeness, words_of
from interventions.models import ServiceRequest
from patrimoine.domain import tree
from patrimoine.models import Asset

#: Requests that are not over, newest first, which one request is held against.
HELD_AGAINST = 300
SHOWN = 5
_OPEN = (RequestState.NEW, RequestState.ACCEPTED)


class Alike(NamedTuple):
    """A request that may ask for the same, and how alike it is, from 0 to 1."""

    request: ServiceRequest
    score: float


def open_wishes_on(session: Session, asset_id: int) -> Sequence[ServiceRequest]:
    """The requests on an asset that are not over, newest first."""
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.asset_id == asset_id, ServiceRequest.state.in_(_OPEN))
        .order_by(ServiceRequest.id.desc())
        .limit(SHOWN)
        .options(selectinload(ServiceRequest.work_order))
    ).all()


def same_wish(
    session: Session, request: ServiceRequest, *, rule: Rule | None = None
) -> list[Alike]:
    """The requests that are not over and may ask for the same, the most alike first.

    The place of a request is that of its asset, else of the nearest asset above that has one.
    """
    rule = rule or Rule()
    mine = Asset.path.label("path")
    rows = session.execute(
        select(
            ServiceRequest.id,
            ServiceRequest.received_at,
            ServiceRequest.title,
            ServiceRequest.description,
            ServiceRequest.asset_id,
            mine,
        )
        .join(Asset, Asset.id == ServiceRequest.asset_id)
        .where(
            ServiceRequest.entity_id == request.entity_id,
            ServiceRequest.state.in_(_OPEN),
            ServiceRequest.id != request.id,
        )
        .order_by(ServiceRequest.id.desc())
        .limit(HELD_AGAINST)
    ).all()
    if not rows:
        return []
    path = request.asset.path
    places = _places(session, {path, *(row.path for row in rows)})
    asked = Wish(
        request.received_at,
        "",
        request.asset_id,
        places.get(path),
        words=words_of(f"{request.title} {request.description}", rule.stop_words),
    )
    found: list[tuple[float, int]] = []
    for row in rows:
        other = Wish(
            row.received_at, f"{row.title} {row.description}", row.asset_id, places.get(row.path)
        )
        alike = likeness(asked, other, rule)
        if alike is not None:
            found.append((alike.score, row.id))
    best = sorted(found, key=lambda pair: (-pair[0], -pair[1]))[:SHOWN]
    by_id = {
        row.id: row
        for row in session.scalars(
            select(ServiceRequest)
            .where(ServiceRequest.id.in_([number for _score, number in best]))
            .options(selectinload(ServiceRequest.work_order), selectinload(ServiceRequest.asset))
        )
    }
    return [Alike(by_id[number], score) for score, number in best]


def _places(session: Session, paths: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The position of each path: its asset's, else that of the nearest asset above."""
    lines = {path: tree.line_ids(path) for path in paths}
    ids = sorted({number for line in lines.values() for number in line})
    known: dict[int, tuple[float, float]] = {}
    for start in range(0, len(ids), 500):
        for number, latitude, longitude in session.execute(
            select(Asset.id, Asset.latitude, Asset.longitude).where(
                Asset.id.in_(ids[start : start + 500]), Asset.latitude.is_not(None)
            )
        ):
            if latitude is not None and longitude is not None:
                known[number] = latitude, longitude
    return {
        path: known[place]
        for path, line in lines.items()
        if (place := next((n for n in reversed(line) if n in known), None)) is not None
    }
