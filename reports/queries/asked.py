"""Which lines of the cost ledger are asked for, and how they are summed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from base.basics.sessions import Session
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tree import in_branch

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines of the ledger; the period is half open, the day ``end`` is left out.

    ``account`` is "" for the lines without an account, ``services`` is empty for those without a
    service; None asks for all of them.
    """

    start: date
    end: date
    path: str | None = None
    #: The asset of ``path`` alone, without what it contains.
    alone: bool = False
    nature: str | None = None
    account: str | None = None
    services: tuple[int, ...] | None = None

    def within(self, start: date, end: date) -> Asked:
        """The same question about another period."""
        return replace(self, start=start, end=end)


class Sums(NamedTuple):
    """Euros of a group of lines, and how many there are."""

    amount_ht_eur: Decimal
    vat_eur: Decimal
    net_eur: Decimal
    lines: int

    def __add__(self, other: object) -> Sums:
        """The sums of both groups."""
        if not isinstance(other, Sums):
            return NotImplemented
        return Sums(
            self.amount_ht_eur + other.amount_ht_eur,
            self.vat_eur + other.vat_eur,
            self.net_eur + other.net_eur,
            self.lines + other.lines,
        )

    @property
    def ttc_eur(self) -> Decimal:
        """Tax included."""
        return self.amount_ht_eur + self.vat_eur


NOTHING = Sums(ZERO, ZERO, ZERO, 0)
SUMS = (
    func.sum(CostLine.amount_ht_eur),
    func.sum(CostLine.vat_eur),
    func.sum(CostLine.net_eur),
    func.count(),
)


def criteria(asked: Asked) -> list[ColumnElement[bool]]:
    """The conditions on the ledger's columns."""
    found = [CostLine.date_on >= asked.start, CostLine.date_on < asked.end]
    if asked.path is not None and asked.alone:
        found.append(CostLine.asset_id == int(asked.path.rstrip("/").rsplit("/", 1)[-1], 36))
    elif asked.path is not None:
        found.append(CostLine.asset_id.in_(select(Asset.id).where(in_branch(asked.path))))
    if asked.nature is not None:
        found.append(CostLine.nature == asked.nature)
    if asked.account is not None:
        known = CostLine.account == asked.account
        found.append(known if asked.account else CostLine.account.is_(None))
    if asked.services is not None:
        known = CostLine.service_id.in_(asked.services)
        found.append(known if asked.services else CostLine.service_id.is_(None))
    return found


def sums_of(session: Session, asked: Asked) -> Sums:
    """The sums of all the lines."""
    found = Sums._make(session.execute(select(*SUMS).where(*criteria(asked))).one())
    return found if found.lines else NOTHING
