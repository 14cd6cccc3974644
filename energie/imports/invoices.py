"""Electronic invoices by the common import: one file is one invoice."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from base import formats
from base.documents import attach
from base.errors import InvalidInput
from base.files import Stored
from base.i18n import _, _l
from base.imports import Effect, Importer, Options, Reading, Record
from base.tables import Column, values
from energie import queries
from energie.domain import invoices as rules
from energie.imports.invoice_files import read_invoice
from energie.services.invoices import receive_invoice, supplier_key

MAX_BYTES = 25 * 1024 * 1024


class InvoiceImporter(Importer):
    """A Factur-X PDF, or a CII or UBL document; the same invoice again changes nothing."""

    kind = "invoices"
    title = _l("Factures électroniques")
    help = _l("Une facture Factur-X (PDF), CII ou UBL (XML) par fichier.")
    icon = "receipt"
    match_keys = ("supplier", "number")
    record = "energie_invoice"
    sources = ("pdf", "xml")
    max_bytes = MAX_BYTES
    right = ("can_attach", "InvoiceView")

    def told(self) -> Sequence[Column]:
        """What is told of an invoice in the trial; the file itself has no columns."""
        return (
            Column("supplier", _l("Fournisseur"), values.text, required=True),
            Column("number", _l("Numéro"), values.text, required=True),
            Column("issued_on", _l("Date"), values.day),
            Column("period", _l("Période"), values.text),
            Column("amount_ht", _l("Montant HT"), values.text),
            Column("vat_amount", _l("TVA"), values.text),
            Column("amount_ttc", _l("Montant TTC"), values.text),
            Column("point", _l("Point de livraison"), values.text),
        )

    def read(
        self, session: Any, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """The invoice in the file, checked.

        Raises:
            InvoiceRefused: its form or its figures are wrong.
        """
        if path.stat().st_size > self.max_bytes:
            raise InvalidInput(_("Cette facture dépasse 25 Mo."))
        found = read_invoice(path.read_bytes())
        record = Record(
            1,
            cells=(found.seller.name, found.number),
            values={"supplier": supplier_key(found.seller), "number": found.number[:60]},
            extra=(found, _stored(path, label)),
        )
        return Reading(
            [record],
            shape=f"{found.syntax.upper()} {found.profile}",
            header=("supplier", "number"),
            columns=self.told(),
        )

    def identity(self, record: Record) -> Hashable | None:
        """Supplier and number."""
        return record.values["supplier"], record.values["number"]

    def plan(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Find the invoice by its supplier and number; say where it would be booked."""
        for record in records:
            found: rules.Invoice = record.extra[0]
            known = queries.invoice_by_number(
                session,
                entity_id=entity_id,
                supplier_key=record.values["supplier"],
                number=record.values["number"],
            )
            if known is None:
                record.creates(self._told(session, entity_id, found))
                continue
            record.record_id = known.id
            if known.amount_ttc != found.amount_ttc or known.issued_on != found.issued_on:
                record.refuse(
                    _(
                        "La facture %(n)s de %(s)s est déjà enregistrée avec d’autres montants "
                        "ou une autre date.",
                        n=found.number,
                        s=found.seller.name,
                    ),
                    "number",
                )
            else:
                record.effect = Effect.UNCHANGED

    def _told(self, session: Any, entity_id: int, found: rules.Invoice) -> dict[str, Any]:
        start_on, end_on = found.period()
        point = queries.point_named(session, found.references(), entity_id=entity_id)
        return {
            "supplier": found.seller.name,
            "number": found.number,
            "issued_on": found.issued_on,
            "period": f"{formats.day(start_on)} – {formats.day(end_on)}" if start_on else None,
            "amount_ht": f"{formats.number(found.amount_ht, 2)} {found.currency}",
            "vat_amount": f"{formats.number(found.vat_amount, 2)} {found.currency}",
            "amount_ttc": f"{formats.number(found.amount_ttc, 2)} {found.currency}",
            "point": str(point) if point else str(_("à rattacher")),
        }

    def label(self, record: Record) -> str:
        """Number and supplier."""
        found: rules.Invoice = record.extra[0]
        return f"{found.number} · {found.seller.name}"

    def write(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Take the invoice in with its file, and book it when its delivery point is known."""
        for record in records:
            found, stored = record.extra
            row = receive_invoice(
                session, found, entity_id=entity_id, digest=stored.digest, label=stored.label
            )
            attach(session, row, stored)
            record.record_id = row.id


def _stored(path: Path, label: str) -> Stored:
    """The file in the store, which names it by its digest."""
    with path.open("rb") as source:
        is_pdf = b"%PDF" in source.read(1024)
    kind = "application/pdf" if is_pdf else "application/xml"
    return Stored(path.name, path.stat().st_size, kind, label)
