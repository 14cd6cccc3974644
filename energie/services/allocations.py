"""What a delivery point serves: the weights of assets in what it uses, from day to day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from base.basics.errors import DomainError, InvalidInput
from base.basics.formats import day, number
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.rights import standing
from base.rules.verbs import NOWHERE, Ask, Door, verb
from energie.domain.kinds import AllocationKey
from energie.models import Allocation, DeliveryPoint
from patrimoine.models import Asset

#: Before any reading or invoice: what a point serves holds from here unless dates are given.
ALWAYS = date(2000, 1, 1)
#: Weights are shares, surfaces or heads: nothing of a town counts more, and sums stay exact.
HEAVIEST = Decimal(1_000_000)

standing.lets(Allocation, standing.ending("valid_to"))


class AllocationRefused(DomainError):
    """The dates of an allocation contradict another."""


@verb(
    DeliveryPoint,
    _l("Répartir sur les bâtiments"),
    "chart-pie",
    doors=Door.REST,
    asks={
        "valid_from": Ask(about="always when it is left out"),
        "valid_to": Ask(at=NOWHERE),
        "key": Ask(at=NOWHERE),
    },
)
def allocate(
    session: Session,
    point: DeliveryPoint,
    asset: Asset,
    *,
    weight: Decimal = Decimal(1),
    valid_from: date = ALWAYS,
    valid_to: date | None = None,
    key: AllocationKey = AllocationKey.FIXED,
) -> Allocation:
    """Give an asset a weight in what a point uses, from a day on.

    Raises:
        InvalidInput: the weight is not above zero, or beyond the heaviest.
        AllocationRefused: the asset has a weight on some of these days already, or the point was
            closed before.
    """
    if not 0 < weight <= HEAVIEST:
        words = _("Poids : un nombre au-dessus de 0, et jusqu’à %(most)s.", most=number(HEAVIEST))
        raise InvalidInput.at("weight", words)
    if point.closed_on is not None and valid_from > point.closed_on:
        words = _(
            "Le point %(p)s est fermé depuis le %(d)s : aucune part n’y commence après.",
            p=point.reference,
            d=day(point.closed_on),
        )
        raise AllocationRefused(words, {"valid_from": words})
    others = session.scalars(
        select(Allocation).where(Allocation.point_id == point.id, Allocation.asset_id == asset.id)
    )
    for other in others:
        starts_before_end = other.valid_to is None or valid_from < other.valid_to
        if starts_before_end and (valid_to is None or other.valid_from < valid_to):
            raise AllocationRefused(
                _("« %(a)s » a déjà une part de ce point à ces dates.", a=asset.name)
            )
    row = Allocation(
        entity_id=point.entity_id,
        point_id=point.id,
        asset_id=asset.id,
        key=key,
        weight=weight,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    session.add(row)
    session.flush()
    return row


def end_allocation(session: Session, row: Allocation, *, on: date) -> Allocation:
    """End an allocation: the day ``on`` is the first on which it no longer holds.

    Raises:
        AllocationRefused: it has not begun by then.
    """
    if on <= row.valid_from:
        words = _(
            "La part commence le %(d)s : elle ne peut pas finir avant.",
            d=row.valid_from.strftime("%d/%m/%Y"),
        )
        raise AllocationRefused(words)
    row.valid_to = on
    session.flush()
    return row
