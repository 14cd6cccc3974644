"""Invoices: take one in, find its delivery point, book it on what the point serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from base.errors import DomainError, TransitionRefused
from base.i18n import _, _l, kept
from base.models import Partner
from energie import queries
from energie.domain import invoices as rules
from energie.domain.kinds import EnergyKind
from energie.domain.shares import Part, Weight, explained, largest_remainder, share_period
from energie.models import DeliveryPoint, Invoice, InvoiceLine, InvoiceShare, InvoiceState
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
CURRENCY = "EUR"


class InvoiceTaken(DomainError):
    """The same invoice is in the register already."""


class InvoiceElsewhere(DomainError):
    """The invoice cannot be booked where it is asked."""


def supplier_key(seller: rules.Party) -> str:
    """What makes two invoices come from one supplier: SIRET, SIREN, VAT number, else name."""
    return (seller.siret or seller.siren or seller.vat_number or seller.name.casefold())[:200]


class Received(NamedTuple):
    """A sound invoice on its way in, with the file that it came as."""

    found: rules.Invoice
    digest: str = ""
    label: str = ""


def receive_invoice(
    session: Session,
    found: rules.Invoice,
    *,
    entity_id: int,
    digest: str = "",
    label: str = "",
) -> Invoice:
    """Take in a sound invoice; it is booked when it names one delivery point of ours.

    One that names none, or several, waits for a person.

    Raises:
        InvoiceTaken: this supplier's invoice of that number is here already.
    """
    return receive_invoices(session, [Received(found, digest, label)], entity_id=entity_id)[0]


def receive_invoices(
    session: Session, given: Sequence[Received], *, entity_id: int
) -> list[Invoice]:
    """Take in many as one, in their order; what ``receive_invoice`` does in few statements.

    Raises:
        InvoiceTaken: one is here already, or twice among them.
    """
    taken = queries.invoice_numbers(
        session, entity_id=entity_id, numbers=[one.found.number[:60] for one in given]
    )
    rows = []
    suppliers = queries.suppliers_by_siret(
        session, entity_id=entity_id, sirets={one.found.seller.siret for one in given}
    )
    for one in given:
        key = (supplier_key(one.found.seller), one.found.number[:60])
        if key in taken:
            raise InvoiceTaken(
                _(
                    "La facture %(n)s de %(s)s est déjà enregistrée.",
                    n=one.found.number,
                    s=one.found.seller.name,
                )
            )
        taken.add(key)
        row = _row(one.found, suppliers.get(one.found.seller.siret), entity_id=entity_id)
        row.digest, row.label = one.digest, one.label[:150]
        row.lines = [_line(line, one.found.sign) for line in one.found.lines]
        rows.append(row)
    session.add_all(rows)
    session.flush()
    points = queries.points_named(
        session, [one.found.references() for one in given], entity_id=entity_id
    )
    pairs = [
        (row, point)
        for row, point in zip(rows, points, strict=True)
        if point is not None and row.currency == CURRENCY
    ]
    _book(session, pairs)
    return rows


def _row(found: rules.Invoice, supplier: Partner | None, *, entity_id: int) -> Invoice:
    start_on, end_on = found.period()
    if found.issued_on is None:
        raise InvoiceElsewhere(_("La facture n’a pas de date."))
    return Invoice(
        entity_id=entity_id,
        number=found.number[:60],
        type_code=found.type_code[:4],
        syntax=found.syntax,
        profile=found.profile,
        supplier_key=supplier_key(found.seller),
        supplier_name=found.seller.name[:200],
        supplier_siret=found.seller.siret,
        supplier_id=supplier.id if supplier else None,
        buyer_name=found.buyer.name[:200],
        buyer_siret=found.buyer.siret,
        issued_on=found.issued_on,
        due_on=found.due_on,
        start_on=start_on,
        end_on=end_on,
        currency=found.currency,
        amount_ht=found.amount_ht,
        vat_amount=found.vat_amount,
        amount_ttc=found.amount_ttc,
        contract_reference=found.contract_reference[:100],
        reference_list=" ".join(found.references())[:400],
        state=InvoiceState.WAITING,
    )


def _line(line: rules.LineItem, sign: int) -> InvoiceLine:
    price = None
    if line.net_price is not None:
        price = (line.net_price / (line.price_quantity or 1)).quantize(Decimal("0.0001"))
    quantity = None if line.quantity is None else line.quantity.quantize(Decimal("0.001"))
    rate = None if line.vat_rate is None else line.vat_rate.quantize(Decimal("0.000001"))
    return InvoiceLine(
        number=line.number[:20],
        label=line.label[:300],
        quantity=quantity,
        unit_code=line.unit_code[:8],
        unit_price=price,
        amount_ht=rules.cents(sign * line.net_amount),
        vat_rate=rate,
    )


def attach_invoice(session: Session, invoice: Invoice, point: DeliveryPoint) -> Invoice:
    """Say which delivery point an invoice is for, and book it on what the point serves.

    The amounts without tax are shared by the weights in force over the days billed, the tax
    like them, both exactly to the cent. What no weight takes goes to the point's own asset.

    Raises:
        TransitionRefused: it is booked already.
        InvoiceElsewhere: the point is another authority's, or the amounts are not euros.
    """
    if invoice.state != InvoiceState.WAITING:
        raise TransitionRefused(_("La facture %(n)s est déjà imputée.", n=invoice.number))
    if invoice.currency != CURRENCY:
        raise InvoiceElsewhere(
            _(
                "La facture %(n)s est en %(c)s : seules les factures en euros sont imputées.",
                n=invoice.number,
                c=invoice.currency,
            )
        )
    if point.entity_id != invoice.entity_id:
        raise InvoiceElsewhere(_("Ce point de livraison est celui d’une autre entité."))
    _book(session, [(invoice, point)])
    return invoice


def _book(session: Session, pairs: Sequence[tuple[Invoice, DeliveryPoint]]) -> None:
    """Book invoices on what their points serve: one ledger line and one share an asset."""
    weights = queries.weights_of_points(session, {point.id for _invoice, point in pairs})
    parts: list[tuple[Invoice, DeliveryPoint, int, Decimal, Decimal]] = []
    for invoice, point in pairs:
        invoice.point_id, invoice.state = point.id, InvoiceState.BOOKED
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
                label=kept(
                    _l("Facture %(n)s · %(s)s", n=invoice.number, s=invoice.supplier_name)
                ),
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
    first = invoice.start_on or invoice.issued_on
    return first, max(invoice.end_on or first, first) + timedelta(days=1)


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
        taxes = rules.split_vat(list(amounts.values()), invoice.vat_amount)
    else:
        taxes = largest_remainder(
            invoice.vat_amount, [Decimal(1)] * len(amounts), unit=rules.CENT
        )
    pairs = zip(amounts.items(), taxes, strict=True)
    return [(asset_id, amount, tax) for (asset_id, amount), tax in pairs if amount or tax]


def detach_invoice(session: Session, invoice: Invoice, *, on: date) -> Invoice:
    """Take an invoice off its delivery point: its ledger lines are reversed, it waits again.

    Raises:
        TransitionRefused: it is not booked.
    """
    if invoice.state != InvoiceState.BOOKED:
        raise TransitionRefused(_("La facture %(n)s n’est pas imputée.", n=invoice.number))
    reverse_source(session, source_type=SOURCE, source_id=invoice.id, date_on=on)
    for share in list(invoice.shares):
        session.delete(share)
    invoice.state = InvoiceState.WAITING
    invoice.point_id = None
    session.flush()
    return invoice
