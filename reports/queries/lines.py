"""The lines of the cost ledger in a fixed order, read as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select

from base.basics.sessions import Session
from patrimoine.domain import tree
from patrimoine.models import Asset, CostLine
from reports.queries.asked import Asked, criteria

#: Lines of the ledger read by one statement.
PAGE = 2_000
#: Ids asked for in one statement.
_CHUNK = 5_000


class Named(NamedTuple):
    """How an asset reads in a table, and where it stands."""

    id: int
    code: str
    name: str
    sort_key: str
    path: str
    #: Where it is, in words; read for tables of lines alone.
    place: str = ""


class Detail(NamedTuple):
    """One line of the ledger with its asset."""

    id: int
    asset_id: int
    date_on: date
    label: str
    nature: str
    account: str | None
    service_id: int | None
    source_type: str
    source_id: int | None
    amount_ht_eur: Decimal
    vat_eur: Decimal
    net_eur: Decimal


_DETAIL = tuple(getattr(CostLine, name) for name in Detail._fields)


def first_lines(session: Session, asked: Asked, *, limit: int) -> list[Detail]:
    """The latest lines, latest first."""
    rows = session.execute(
        select(*_DETAIL)
        .where(*criteria(asked))
        .order_by(CostLine.date_on.desc(), CostLine.id.desc())
        .limit(limit)
    )
    return [Detail._make(row) for row in rows]


def named(session: Session, ids: Sequence[int]) -> dict[int, Named]:
    """Code, name, sort key and path of assets, by id."""
    found: dict[int, Named] = {}
    columns = (Asset.id, Asset.code, Asset.name, Asset.sort_key, Asset.path)
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        for row in session.execute(select(*columns).where(Asset.id.in_(part))):
            found[row[0]] = Named(*row)
    return found


def details(session: Session, asked: Asked, counts: Mapping[int, int]) -> Iterator[Detail]:
    """The lines, by asset in the order of the tree, then by day; read as they are asked for.

    ``counts`` says how many lines each asset has in what is asked: assets are read some at a
    time, and one with many lines page by page after the last line read, so that no statement
    holds or sorts more than a page.
    """
    paths = {row.id: row.path for row in named(session, sorted(counts)).values()}
    waiting: list[int] = []
    held = 0
    for asset_id in sorted(paths, key=paths.__getitem__):
        if held + counts[asset_id] > PAGE and waiting:
            yield from _of_some(session, asked, waiting)
            waiting, held = [], 0
        if counts[asset_id] > PAGE:
            yield from _of_one(session, asked, asset_id)
        else:
            waiting.append(asset_id)
            held += counts[asset_id]
    if waiting:
        yield from _of_some(session, asked, waiting)


def _of_some(session: Session, asked: Asked, ids: Sequence[int]) -> Iterator[Detail]:
    place = {asset_id: index for index, asset_id in enumerate(ids)}
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        statement = select(*_DETAIL).where(CostLine.asset_id.in_(part), *criteria(asked))
        found = [Detail._make(row) for row in session.execute(statement)]
        found.sort(key=lambda line: (place[line.asset_id], line.date_on, line.id))
        yield from found


def _of_one(session: Session, asked: Asked, asset_id: int) -> Iterator[Detail]:
    after: list[ColumnElement[bool]] = []
    while True:
        found = [
            Detail._make(row)
            for row in session.execute(
                select(*_DETAIL)
                .where(CostLine.asset_id == asset_id, *criteria(asked), *after)
                .order_by(CostLine.date_on, CostLine.id)
                .limit(PAGE)
            )
        ]
        yield from found
        if len(found) < PAGE:
            return
        day, line_id = found[-1].date_on, found[-1].id
        same_day = and_(CostLine.date_on == day, CostLine.id > line_id)
        after = [or_(CostLine.date_on > day, same_day)]


def details_of_asset(session: Session, asset_id: int) -> Iterator[Detail]:
    """The lines of one asset alone, by day; read as they are asked for."""
    always = Asked(date.min, date.max, path=tree.join_path(None, asset_id), alone=True)
    return _of_one(session, always, asset_id)
