"""The sums of a cost report, of its period and of the one before, from two readings of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from base.basics.sessions import Session
from patrimoine.domain import tree
from patrimoine.domain.costs import CostNature
from reports import queries
from reports.queries import NOTHING, Asked, Group, Named, Summed, Sums

#: Sums by the month, account, service or nature they have in common.
Groups = dict[Any, Sums]


@dataclass(frozen=True)
class Branch:
    """An asset just below the top of the perimeter, with what is below it; or the top itself."""

    #: None for what was booked on the top itself.
    asset: Named | None
    #: Net cost by nature.
    net_eur: dict[str, Decimal] = field(default_factory=dict)

    @property
    def total_eur(self) -> Decimal:
        """Net cost."""
        return sum(self.net_eur.values(), queries.ZERO)

    def of(self, natures: list[CostNature]) -> Decimal:
        """Net cost of some natures."""
        return sum((self.net_eur.get(nature, queries.ZERO) for nature in natures), queries.ZERO)


class Period:
    """The sums of one period."""

    def __init__(self, asked: Asked, summed: Summed) -> None:
        self.asked = asked
        self.groups, self.months, self.spent = summed.groups, summed.months, summed.spent
        #: Lines of each asset that has any.
        self.counts: dict[int, int] = {}
        for row in self.spent:
            self.counts[row.asset_id] = self.counts.get(row.asset_id, 0) + row.lines
        self.total = sum((group.sums for group in self.groups), NOTHING)
        self.reversals = sum(group.reversals for group in self.groups)

    def by(self, key: Callable[[Group], Hashable]) -> Groups:
        """The sums by what the groups have in common."""
        found: Groups = {}
        for group in self.groups:
            known = key(group)
            found[known] = found.get(known, NOTHING) + group.sums
        return found

    def natures(self) -> list[CostNature]:
        """The natures that have lines, in their fixed order."""
        there = {group.nature for group in self.groups}
        return [nature for nature in CostNature if nature in there]


def branches(session: Session, *periods: Period) -> list[list[Branch]]:
    """The branches of each period, the same in the same order: the costliest of the first ahead."""
    ids = sorted({asset_id for period in periods for asset_id in period.counts})
    paths = {row.id: row.path for row in queries.named(session, ids).values()}
    top = periods[0].asked.path
    below = {asset_id: head_of(path, top) for asset_id, path in paths.items()}
    heads = sorted({head for head in below.values() if head is not None})
    names = queries.named(session, heads)
    by_name = sorted(names.values(), key=lambda row: (row.sort_key, row.code, row.id))
    known: list[Named | None] = [None] if None in below.values() else []
    known.extend(by_name)
    found = []
    for period in periods:
        sums: dict[int | None, dict[str, Decimal]] = {}
        for row in period.spent:
            here = sums.setdefault(below[row.asset_id], {})
            here[row.nature] = here.get(row.nature, queries.ZERO) + row.net_eur
        found.append([Branch(row, sums.get(row.id if row else None, {})) for row in known])
    amounts = list(zip(*([-branch.total_eur for branch in part] for part in found), strict=True))
    order = sorted(range(len(known)), key=amounts.__getitem__)
    return [[part[place] for place in order] for part in found]


def head_of(path: str, top: str | None) -> int | None:
    """The id of the branch below ``top`` in which an asset stands; None for the top itself."""
    end = len(top or "") + tree.WIDTH + 1
    return int(path[end - tree.WIDTH - 1 : end - 1], 36) if len(path) >= end else None


def month_before(first: date, start: date, former_start: date) -> date:
    """The month of the former period that stands where ``first`` stands in the period."""
    from reports.domain import month_after

    place = (first.year - start.year) * 12 + first.month - start.month
    return month_after(former_start.replace(day=1), place)
