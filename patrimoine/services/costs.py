"""The ledger: book a cost, reverse it, reverse all that a source booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec

from sqlalchemy import select
from sqlalchemy.orm import aliased

from base.basics.errors import DomainError, TransitionRefused
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from patrimoine.domain.costs import CENT, DEFAULT_ACCOUNTS, CostNature, net_amount, reversed_amount
from patrimoine.models import Asset, CostLine

P = ParamSpec("P")
#: What a reversal has of the line that it cancels, and what it has with the other sign.
_SAME = (
    *("entity_id", "asset_id", "nature", "account", "budget_line", "service_id", "supplier_id"),
    *("source_type", "source_id"),
)
_AMOUNTS = ("amount_ht_eur", "vat_eur", "net_eur")


class AmountRefused(DomainError):
    """An amount is not in whole cents."""


def cost_line(
    asset: Asset,
    *,
    date_on: date,
    amount_ht_eur: Decimal,
    nature: CostNature | str,
    label: str,
    source_type: str,
    source_id: int | None,
    vat_eur: Decimal = Decimal("0.00"),
    vat_recoverable: bool = False,
    account: str | None = None,
    budget_line: str | None = None,
    service_id: int | None = None,
    supplier_id: int | None = None,
) -> CostLine:
    """A line for the ledger, not yet in a session: for imports, which write many at once.

    Amounts are euros in whole cents, without tax and the tax; a credit note is negative. The
    net cost includes the tax unless the budget recovers it. Without an account the usual one
    of the nature is taken; without a service, the asset's.

    Raises:
        AmountRefused: an amount has more than two decimals.
    """
    for amount in (amount_ht_eur, vat_eur):
        if amount != amount.quantize(CENT):
            raise AmountRefused(_("Le montant %(m)s n’est pas en centimes entiers.", m=amount))
    nature = CostNature(nature)
    return CostLine(
        entity_id=asset.entity_id,
        asset_id=asset.id,
        date_on=date_on,
        amount_ht_eur=amount_ht_eur.quantize(CENT),
        vat_eur=vat_eur.quantize(CENT),
        net_eur=net_amount(amount_ht_eur, vat_eur, vat_recoverable=vat_recoverable),
        nature=nature,
        label=label[:300],
        account=account or DEFAULT_ACCOUNTS.get(nature),
        budget_line=budget_line,
        service_id=service_id if service_id is not None else asset.service_id,
        supplier_id=supplier_id,
        source_type=source_type,
        source_id=source_id,
    )


def _booked(
    make: Callable[Concatenate[Asset, P], CostLine],
) -> Callable[Concatenate[Session, Asset, P], CostLine]:
    """What makes a line, as what writes it."""

    @wraps(make)
    def book(session: Session, asset: Asset, /, *args: P.args, **columns: P.kwargs) -> CostLine:
        line = make(asset, *args, **columns)
        session.add(line)
        session.flush()
        return line

    return book


#: One line of the ledger on the asset, as ``cost_line``, in the caller's transaction.
book_cost = _booked(cost_line)


def reverse_cost(session: Session, line: CostLine, *, date_on: date) -> CostLine:
    """The line that cancels another: same asset, nature and source, opposite amounts.

    Raises:
        TransitionRefused: the line is reversed already, or is a reversal itself.
    """
    if line.reversal_of_id is not None:
        raise TransitionRefused(_("Cette écriture est déjà une annulation."))
    done = session.scalar(select(CostLine.id).where(CostLine.reversal_of_id == line.id))
    if done is not None:
        raise TransitionRefused(_("« %(l)s » est déjà annulé.", l=line.label))
    opposite = CostLine(
        **{name: getattr(line, name) for name in _SAME},
        **{name: reversed_amount(getattr(line, name)) for name in _AMOUNTS},
        date_on=date_on,
        label=kept(_l("Annulation : %(l)s", l=line.label))[:300],
        reversal_of_id=line.id,
    )
    session.add(opposite)
    session.flush()
    return opposite


def reverse_source(
    session: Session, *, source_type: str, source_id: int, date_on: date
) -> list[CostLine]:
    """The reversals of every line of a source that is not reversed yet, oldest first."""
    undone = aliased(CostLine)
    lines = session.scalars(
        select(CostLine)
        .outerjoin(undone, undone.reversal_of_id == CostLine.id)
        .where(
            CostLine.source_type == source_type,
            CostLine.source_id == source_id,
            CostLine.reversal_of_id.is_(None),
            undone.id.is_(None),
        )
        .order_by(CostLine.id)
    ).all()
    return [reverse_cost(session, line, date_on=date_on) for line in lines]
