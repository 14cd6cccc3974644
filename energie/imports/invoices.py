"""Electronic invoices by the common import: a file is one invoice, a ZIP is many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from base.basics import formats
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, _l, headed
from base.basics.sessions import Session
from base.desk.imports import Effect, Guess, Importer, Options, Reading, Record
from base.desk.imports.columns import column_from
from base.papers.files.archives import members
from base.papers.files.store import Stored, current_store
from base.papers.tables import Column, values
from energie.domain import invoices as rules
from energie.domain.billing import Reason
from energie.domain.code_words import Profile, Syntax
from energie.domain.invoice_checks import remarks
from energie.domain.invoice_identity import number_key, seller_key
from energie.imports.invoice_files import looks_like_invoice, read_invoice
from energie.models import DeliveryPoint, Invoice
from energie.services.invoices import (
    Received,
    draft,
    is_same,
    judge,
    known_as,
    known_bills,
    receive_invoices,
)

MAX_BYTES = 25 * 1024 * 1024
_ZIP = b"PK\x03\x04"
#: Bytes in which a document names its syntax.
_HEAD = 8192


class InvoiceImporter(Importer):
    """A Factur-X PDF, a CII or UBL document, or a ZIP of them.

    The same invoice again changes nothing. Those of a ZIP are written as one; each is kept and
    attached by itself.
    """

    kind = "invoices"
    title = _l("Factures électroniques")
    help = _l(
        "Une facture Factur-X (PDF), CII ou UBL (XML) par fichier ; un ZIP en apporte jusqu’à 200."
    )
    icon = "receipt"
    match_keys = ("supplier", "number")
    record = "energie_invoice"
    irrevocable = _l(
        "Une facture reçue est une pièce comptable : elle ne se retire pas. Détachez-la de son "
        "point de livraison : ses écritures sont alors contre-passées."
    )
    sources = ("pdf", "xml", "zip")
    max_bytes = MAX_BYTES
    right = ("can_attach", "InvoiceView")

    def told(self) -> Sequence[Column]:
        """What is told of an invoice in the trial; the file itself has no columns."""
        of = partial(column_from, Invoice, parse=values.text)
        return (
            of("supplier_name", key="supplier", required=True),
            of("number", required=True),
            of("issued_on", parse=values.day),
            Column("period", _l("Période"), values.text),
            of("amount_ttc"),
            of("payable_eur", key="payable"),
            of("point"),
            Column("becomes", _l("Devient"), values.text),
            of("amount_ht"),
            of("vat_amount", label=_l("TVA")),
        )

    def guess(self, session: Session, entity_id: int, path: Path, label: str) -> Guess | None:
        """An electronic invoice names its syntax; a PDF holds it, a ZIP may hold many."""
        with path.open("rb") as source:
            head = source.read(_HEAD)
        if head.startswith(_ZIP):
            return Guess(0.6, (_("archive ZIP : seules les factures en prennent"),))
        if b"%PDF" in head[:1024]:
            told = any(word in path.read_bytes() for word in (b"factur-x", b"ZUGFeRD", b"zugferd"))
            if path.stat().st_size <= self.max_bytes and told:
                return Guess(1.0, (_("PDF avec une facture électronique jointe"),))
            return Guess(0.5, (_("PDF : seules les factures en prennent"),))
        if looks_like_invoice(head):
            return Guess(1.0, (_("facture électronique CII ou UBL"),))
        return None

    def read(
        self, session: Session, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """The invoice in the file, checked; of a ZIP one row each, in the order of their names.

        Raises:
            InvoiceRefused: its form or its figures are wrong; in a ZIP it refuses its row.
            ArchiveRefused: the ZIP is damaged, or made to harm.
        """
        if path.stat().st_size > self.max_bytes:
            raise InvalidInput(_("Cette facture dépasse 25 Mo."))
        with path.open("rb") as source:
            is_zip = source.read(4) == _ZIP
        if is_zip:
            return self._read_zip(path, label)
        found = read_invoice(path.read_bytes())
        return self._reading([_record(1, found, _stored(path, label))], _shape(found))

    def _read_zip(self, path: Path, label: str) -> Reading:
        store, records = current_store(), []
        passed, found = members(path, limit=self.max_bytes)
        for number, member in enumerate(found, start=1):
            name, data = member.name, member.data
            try:
                if member.refusal:
                    raise InvalidInput(member.refusal)
                read = read_invoice(data)
            except DomainError as refusal:
                record = Record(number, cells=(name, ""))
                record.refuse(headed(name, refusal))
                records.append(record)
                continue
            kind = "application/pdf" if b"%PDF" in data[:1024] else "application/xml"
            stored = store.put(data, media_type=kind, label=name.rpartition("/")[2])
            records.append(_record(number, read, stored, name))
        if not records:
            raise InvalidInput(_("Cette archive ne contient aucune facture."))
        notes = []
        if passed:
            words = _(
                "Laissés de côté, vides ou ajoutés par le système : %(names)s.",
                names=", ".join(passed[:10]) + (" …" if len(passed) > 10 else ""),
            )
            notes.append(words)
        return self._reading(records, "ZIP", notes)

    def _reading(self, records: list[Record], shape: str, notes: Sequence[str] = ()) -> Reading:
        return Reading(
            records,
            shape=shape,
            header=("supplier", "number"),
            columns=self.told(),
            notes=notes,
        )

    def identity(self, record: Record) -> Hashable | None:
        """Nothing: an invoice that is twice in a ZIP, as PDF and XML, is once new."""
        return None

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find the invoice by its supplier and number; say where it would be booked, or why not."""
        accepted = [record for record in records if record.accepted]
        bills = known_bills(session, [r.extra[0] for r in accepted], entity_id=entity_id)
        fresh: list[tuple[Record, Invoice]] = []
        for record in accepted:
            found: rules.Invoice = record.extra[0]
            known = known_as(found, bills)
            if known is None:
                fresh.append((record, draft(found, None, entity_id=entity_id, bills=bills)))
                continue
            record.record_id = known.id
            if is_same(found, known):
                record.effect = Effect.UNCHANGED
                continue
            sentence = _(
                "La facture %(n)s (%(s)s) est déjà enregistrée avec d’autres montants "
                "ou une autre date.",
                n=found.number,
                s=found.seller.name,
            )
            record.refuse(
                sentence,
                "number",
            )
        judged = judge(
            session,
            [row for _record, row in fresh],
            [record.extra[0].references() for record, _row in fresh],
        )
        for (record, _row), one in zip(fresh, judged, strict=True):
            record.creates(_told(record.extra[0], one.point, waits=bool(one.doubts)))
            record.warnings = [(doubt.reason, doubt.sentence) for doubt in one.doubts]
            record.warnings += [(code, words) for code, words in remarks(record.extra[0])]

    def detail(self, effect: Effect, records: Sequence[Record]) -> str:
        """How many of the new ones wait, and how many are booked at once."""
        if effect is not Effect.CREATED or not records:
            return ""
        waiting = sum(any(code in _REASONS for code, _w in r.warnings) for r in records)
        return _(
            "imputées : %(booked)d, en attente : %(waiting)d",
            booked=len(records) - waiting,
            waiting=waiting,
        )

    def label(self, record: Record) -> str:
        """Number and supplier."""
        if record.extra is None:
            return str(record.cells[0]) if record.cells else ""
        found: rules.Invoice = record.extra[0]
        return f"{found.number} · {found.seller.name}"

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Take the invoice in with its file, and book it when its delivery point is known."""
        from base.face.attached.documents import (
            attach,  # loads Redis: too slow for commands that need none
        )

        given = [
            Received(found, stored.digest, stored.label)
            for found, stored in (record.extra for record in records)
        ]
        rows = receive_invoices(session, given, entity_id=entity_id)
        for record, row in zip(records, rows, strict=True):
            # A file that holds hundreds of them was let in whole: it is not sent one by one.
            attach(session, row, record.extra[1], quota=None)
            record.record_id = row.id


#: Codes of what makes an invoice wait.
_REASONS = frozenset(Reason)


def _told(found: rules.Invoice, point: DeliveryPoint | None, *, waits: bool) -> dict[str, Any]:
    start_on, end_on = found.period()
    return {
        "supplier": found.seller.name,
        "number": found.number,
        "issued_on": found.issued_on,
        "period": f"{formats.day(start_on)} – {formats.day(end_on)}" if start_on else None,
        "amount_ht": _money(found.amount_ht, found.currency),
        "vat_amount": _money(found.vat_amount, found.currency),
        "amount_ttc": _money(found.amount_ttc, found.currency),
        "payable": _money(found.payable_amount, found.currency),
        "point": str(point) if point else _("à rattacher"),
        "becomes": _("en attente") if waits else _("imputée"),
    }


def _money(amount: Decimal, currency: str) -> str:
    return formats.euros(amount) if currency == "EUR" else formats.quantity(amount, currency, 2)


def _record(number: int, found: rules.Invoice, stored: Stored, name: str = "") -> Record:
    return Record(
        number,
        cells=(name or found.seller.name, found.number),
        values={"supplier": seller_key(found.seller), "number": number_key(found.number)},
        extra=(found, stored),
    )


def _shape(found: rules.Invoice) -> str:
    syntax = Syntax(found.syntax).word
    profile = Profile(found.profile).word
    return syntax if syntax == profile else f"{syntax} {profile}"


def _stored(path: Path, label: str) -> Stored:
    """The file in the store, which names it by its digest."""
    with path.open("rb") as source:
        is_pdf = b"%PDF" in source.read(1024)
    kind = "application/pdf" if is_pdf else "application/xml"
    return Stored(path.name, path.stat().st_size, kind, label)
