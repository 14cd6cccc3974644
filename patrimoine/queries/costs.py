"""Totals of the ledger: always sums of its lines, with what is below in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, extract, func, select

from base.basics.sessions import Session
from patrimoine.domain import tree
from patrimoine.domain.costs import CostNature
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tree import in_branch

ZERO = Decimal("0.00")


class CostTotal(NamedTuple):
    """Sums in euros, and how many lines they are made of."""

    amount_ht_eur: Decimal
    vat_eur: Decimal
    net_eur: Decimal
    lines: int


class NatureTotal(NamedTuple):
    """The sums of one nature."""

    nature: str
    amount_ht_eur: Decimal
    net_eur: Decimal


def _period(start: date | None, end: date | None) -> list[ColumnElement[bool]]:
    """The period is half open: the day ``end`` is left out."""
    found: list[ColumnElement[bool]] = []
    if start is not None:
        found.append(CostLine.date_on >= start)
    if end is not None:
        found.append(CostLine.date_on < end)
    return found


def lines_in_branch(path: str) -> ColumnElement[bool]:
    """The criterion for the lines of what is at or below a path."""
    # A list of assets, not a join: the lines are then read asset by asset, however large the
    # ledger is; from a join SQLite would read the whole ledger of the authority.
    return CostLine.asset_id.in_(select(Asset.id).where(in_branch(path)))


def _within(statement: Any, path: str | None) -> Any:
    return statement if path is None else statement.where(lines_in_branch(path))


def cost_total(
    session: Session,
    *,
    path: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> CostTotal:
    """What the branch cost in the period, reversals counted; the whole register without path."""
    statement = select(
        func.sum(CostLine.amount_ht_eur),
        func.sum(CostLine.vat_eur),
        func.sum(CostLine.net_eur),
        func.count(CostLine.id),
    ).where(*_period(start, end))
    row = session.execute(_within(statement, path)).one()
    return CostTotal(row[0] or ZERO, row[1] or ZERO, row[2] or ZERO, row[3])


def totals_by_nature(
    session: Session,
    *,
    path: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> list[NatureTotal]:
    """One row per nature that has lines, in the order of the natures."""
    statement = (
        select(CostLine.nature, func.sum(CostLine.amount_ht_eur), func.sum(CostLine.net_eur))
        .where(*_period(start, end))
        .group_by(CostLine.nature)
    )
    order = list(CostNature)
    rows = [NatureTotal(*row) for row in session.execute(_within(statement, path))]
    return sorted(rows, key=lambda row: order.index(CostNature(row.nature)))


def totals_by_year(
    session: Session, *, path: str, first_year: int
) -> dict[int, dict[str, Decimal]]:
    """Net euros by year, then by nature, for a chart."""
    year = extract("year", CostLine.date_on)
    statement = (
        select(year, CostLine.nature, func.sum(CostLine.net_eur))
        .where(CostLine.date_on >= date(first_year, 1, 1))
        .group_by(year, CostLine.nature)
    )
    found: dict[int, dict[str, Decimal]] = {}
    for when, nature, net in session.execute(_within(statement, path)):
        found.setdefault(int(when), {})[nature] = net
    return found


def branch_totals(
    session: Session, *, path: str, start: date | None = None, end: date | None = None
) -> dict[int, Decimal]:
    """Net euros of each asset just below, with all that is below it; one statement."""
    length = len(path) + tree.WIDTH + 1
    branch = func.substr(Asset.path, 1, length)
    statement = select(CostLine.asset_id, func.sum(CostLine.net_eur).label("net_eur"))
    each = _within(statement.where(*_period(start, end)), path)
    sums = each.group_by(CostLine.asset_id).subquery()
    rows = session.execute(
        select(branch, func.sum(sums.c.net_eur))
        .join(sums, sums.c.asset_id == Asset.id)
        .group_by(branch)
    )
    return {
        int(text.rstrip("/").rsplit("/", 1)[-1], 36): net
        for text, net in rows
        if len(text) == length
    }


def cost_lines(session: Session, *, path: str, limit: int) -> Sequence[CostLine]:
    """The newest lines of a branch; reversals stand beside what they reverse."""
    # The order of the list, which no index has: else SQLite would walk the days of the whole
    # authority to find the few lines of a branch.
    newest = (func.coalesce(CostLine.date_on, CostLine.date_on).desc(), CostLine.id.desc())
    chosen = select(CostLine.id).where(lines_in_branch(path)).order_by(*newest).limit(limit)
    ids = list(session.scalars(chosen))
    rows = {row.id: row for row in session.scalars(select(CostLine).where(CostLine.id.in_(ids)))}
    return [rows[number] for number in ids]
