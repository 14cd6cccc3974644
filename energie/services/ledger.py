"""Invoices in the ledger: booked on what their points serve, to the cent, and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from base.basics.errors import DomainError
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.rules.rights import retired, standing
from energie import queries
from energie.domain.invoices import CENT, split_vat
from energie.domain.kinds import EnergyKind
from energie.domain.shares import Part, Weight, explained, largest_remainder, share_period
from energie.models import DeliveryPoint, Invoice, InvoiceShare, InvoiceState
from patrimoine.domain.costs import CostNature
from patrimoine.services.costs import cost_line, reverse_source

#: Accounts of the M57 plan by energy; network gas goes with electricity, tanks apart.
ACCOUNTS = {
    EnergyKind.ELECTRICITY: "60612",
    EnergyKind.GAS: "60612",
    EnergyKind.WATER: "60611",
    EnergyKind.HEAT: "60613",
    EnergyKind.COOLING: "60618",
    EnergyKind.FUEL_OIL: "60621",
    EnergyKind.WOOD: "60621",
    EnergyKind.FUEL: "60622",
}
SOURCE = "energie_invoice"


# A bill comes when it comes: what it is of, and whoever sends it, may be archived by then.
retired.dated(Invoice, retired.follows)
standing.lets(Invoice, lambda row, changed, day: True)
standing.lets(InvoiceShare, lambda row, changed, day: True)


class InvoiceElsewhere(DomainError):
    """The invoice cannot be booked where it is asked."""


def book(session: Session, pairs: Sequence[tuple[Invoice, DeliveryPoint]]) -> None:
    """Book invoices on what their points serve: one ledger line and one share an asset.

    Raises:
        InvoiceElsewhere: an asset that a point serves is out of reach.
    """
    weights = queries.weights_of_points(session, {point.id for _invoice, point in pairs})
    parts: list[tuple[Invoice, DeliveryPoint, int, Decimal, Decimal]] = []
    for invoice, point in pairs:
        invoice.point_id, invoice.state = point.id, InvoiceState.BOOKED
        invoice.waiting_reason = invoice.waiting_sentence = ""
        invoice.counted_by_id = None
        for asset_id, amount, vat in _shares(invoice, point, weights.get(point.id, [])):
            parts.append((invoice, point, asset_id, amount, vat))
    assets = queries.assets_by_id(session, {asset_id for _i, _p, asset_id, _a, _v in parts})
    lines = []
    for invoice, point, asset_id, amount, vat in parts:
        if asset_id not in assets:
            raise InvoiceElsewhere(_("Un bien que ce point dessert n’est plus accessible."))
        lines.append(
            cost_line(
                assets[asset_id],
                date_on=invoice.issued_on,
                amount_ht_eur=amount,
                vat_eur=vat,
                nature=CostNature.ENERGY,
                account=ACCOUNTS[EnergyKind(point.energy_kind)],
                supplier_id=invoice.supplier_id,
                label=kept(_l("Facture %(n)s · %(s)s", n=invoice.number, s=invoice.supplier_name)),
                source_type=SOURCE,
                source_id=invoice.id,
            )
        )
    session.add_all(lines)
    session.flush()
    session.add_all(
        InvoiceShare(
            entity_id=invoice.entity_id,
            invoice_id=invoice.id,
            asset_id=asset_id,
            amount_ht_eur=amount,
            vat_eur=vat,
            cost_line_id=line.id,
        )
        for (invoice, _point, asset_id, amount, vat), line in zip(parts, lines, strict=True)
    )
    session.flush()
    for invoice, _point in pairs:
        session.expire(invoice, ["shares"])


def period_of(invoice: Invoice) -> tuple[date, date]:
    """The days that an invoice is shared over; the end is left out."""
    span = queries.bill_of(invoice).span()
    if span is None and invoice.start_on is not None and invoice.end_on is not None:
        # A period that ends before it begins says nothing: the day of issue is all there is.
        span = invoice.issued_on, invoice.issued_on
    first, last = span or (invoice.start_on or invoice.issued_on,) * 2
    return first, max(last, first) + timedelta(days=1)


def how_shared(session: Session, invoice: Invoice) -> list[Part[int]] | None:
    """How the shares of a booked invoice were made; nothing when the weights changed since.

    The amounts without tax are told; the tax is shared like them.
    """
    point = invoice.point
    if invoice.state != InvoiceState.BOOKED or point is None:
        return None
    weights = queries.weights_of_points(session, {point.id}).get(point.id, [])
    parts = explained(invoice.amount_ht, weights, *period_of(invoice))
    now = {asset_id: amount for asset_id, amount, _vat in _shares(invoice, point, weights)}
    booked = {share.asset_id: share.amount_ht_eur for share in invoice.shares}
    return parts if now == booked else None


def _shares(
    invoice: Invoice, point: DeliveryPoint, weights: Sequence[Weight[int]]
) -> list[tuple[int, Decimal, Decimal]]:
    """Asset, amount without tax and tax: parts that add up to the invoice."""
    parts = share_period(invoice.amount_ht, weights, *period_of(invoice))
    amounts: dict[int, Decimal] = {}
    for asset_id, amount in parts.items():
        owner = point.asset_id if asset_id is None else asset_id
        amounts[owner] = amounts.get(owner, Decimal(0)) + amount
    if invoice.amount_ht:
        taxes = split_vat(list(amounts.values()), invoice.vat_amount)
    else:
        taxes = largest_remainder(invoice.vat_amount, [Decimal(1)] * len(amounts), unit=CENT)
    pairs = zip(amounts.items(), taxes, strict=True)
    return [(asset_id, amount, tax) for (asset_id, amount), tax in pairs if amount or tax]


def unbook(session: Session, invoice: Invoice, *, on: date) -> None:
    """Reverse the ledger lines of an invoice, which loses its point."""
    reverse_source(session, source_type=SOURCE, source_id=invoice.id, date_on=on)
    for share in list(invoice.shares):
        session.delete(share)
    invoice.point_id = None
