"""From the bytes of an invoice file (Factur-X PDF, CII or UBL XML) to a checked invoice."""

from __future__ import annotations

import dataclasses
import functools
import io
import logging
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from base.basics.i18n import _, for_everyone
from base.papers.files import xml
from energie.domain.invoice_checks import require_sound
from energie.domain.invoices import Invoice, InvoiceRefused
from energie.imports import cii, ubl, xrechnung

if TYPE_CHECKING:
    from lxml import etree

#: Names that the standards give to the invoice inside the PDF.
EMBEDDED = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
UBL_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:"
SCHEMAS = {
    "minimum": "facturx-minimum/Factur-X_MINIMUM.xsd",
    "basicwl": "facturx-basicwl/Factur-X_BASICWL.xsd",
    "basic": "facturx-basic/Factur-X_BASIC.xsd",
    "en16931": "facturx-en16931/Factur-X_EN16931.xsd",
    "extended": "facturx-extended/Factur-X_EXTENDED.xsd",
    "extended-ctc-fr": "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
    "zugferd1": "zugferd/ZUGFeRD1p0.xsd",
    "ubl-invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "ubl-creditnote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
#: What a damaged PDF makes the reader stumble on; each means "this is not a sound PDF".
PDF_FAULTS = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    NotImplementedError,
    OSError,
)


def read_invoice(data: bytes) -> Invoice:
    """The invoice in a file, when its form and its figures are sound.

    The form is checked against the schema of its profile, then totals are recomputed.

    Raises:
        InvoiceRefused: with the sentence to show; nothing of the file is to be kept.
        XmlRefused: the XML is broken or hostile.
    """
    if not data.strip():
        raise InvoiceRefused(_("Le fichier est vide."))
    name, content = _embedded(data) if _is_pdf(data) else ("", data)
    invoice = read_xml(content, name=name)
    require_sound(invoice)
    return invoice


def looks_like_invoice(head: bytes) -> bool:
    """Whether the beginning of a file may be an electronic invoice."""
    return _is_pdf(head) or any(
        mark in head
        for mark in (
            b"CrossIndustryInvoice",
            b"CrossIndustryDocument",
            *(UBL_ROOT.encode() + name for name in (b"Invoice", b"CreditNote")),
        )
    )


def _is_pdf(data: bytes) -> bool:
    return b"%PDF" in data[:1024]


def _embedded(data: bytes) -> tuple[str, bytes]:
    """Name and content of the invoice inside a Factur-X or ZUGFeRD PDF.

    Raises:
        InvoiceRefused: the PDF is damaged, protected, or carries no invoice.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(data))
            names = {name.lower(): name for name in reader.attachments}
            wanted = next((names[n] for n in EMBEDDED if n in names), None)
            if wanted is None:
                wanted = next((name for low, name in names.items() if low.endswith(".xml")), None)
            content = reader.attachments[wanted][0] if wanted is not None else b""
    except (PyPdfError, *PDF_FAULTS) as fault:
        raise InvoiceRefused(
            _("Ce PDF est abîmé ou incomplet : il ne s’ouvre pas. Redemandez-le au fournisseur.")
        ) from fault
    if not content:
        raise InvoiceRefused(
            _(
                "Ce PDF ne contient pas de facture électronique (pas de factur-x.xml joint) : "
                "demandez la facture au format Factur-X."
            )
        )
    return str(wanted), bytes(content)


def read_xml(data: bytes, *, name: str = "") -> Invoice:
    """The invoice of an XML document, checked against its schema.

    ``name`` is the one that it had inside a PDF.

    Raises:
        InvoiceRefused: not an invoice, or not of the form it announces.
        XmlRefused: broken or hostile XML.
    """
    root = xml.parse(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    kind = cii.local(root)
    if kind in ("CrossIndustryInvoice", "CrossIndustryDocument"):
        _validate(root, cii.profile_of(root))
        found = cii.read(root)
    elif str(root.tag).startswith("{" + UBL_ROOT) and kind in ("Invoice", "CreditNote"):
        _validate(root, f"ubl-{kind.lower()}")
        found = ubl.read(root)
    else:
        raise InvoiceRefused(
            _(
                "Ce fichier XML (« %(root)s ») n’est pas une facture CII, Factur-X ou UBL.",
                root=kind,
            )
        )
    if xrechnung.is_xrechnung(root, name):
        with for_everyone():  # the remarks are kept with the invoice
            return dataclasses.replace(found, remarks=xrechnung.remarks(root))
    return found


@functools.lru_cache(maxsize=len(SCHEMAS))
def _schema(profile: str) -> etree.XMLSchema:
    from lxml import etree

    spec = find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("factur-x is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "xsd_and_schematron"
    return etree.XMLSchema(file=str(folder / SCHEMAS[profile]))


def _drop_second_addresses(root: etree._Element) -> bool:
    """Take out electronic addresses beyond the first, which some senders add.

    The schema allows one; nothing here uses any. Tells whether there was something to drop.
    """
    spare = [
        found
        for found in root.iter("{*}URIID")
        if found.getprevious() is not None and found.getprevious().tag == found.tag
    ]
    for found in spare:
        found.getparent().remove(found)
    return bool(spare)


def _validate(root: etree._Element, profile: str) -> None:
    """Check the form against the schema of the profile.

    Raises:
        InvoiceRefused: with the line and the element that break it.
    """
    schema = _schema(profile)
    if schema.validate(root) or (_drop_second_addresses(root) and schema.validate(root)):
        return
    fault = schema.error_log[0]
    element = (fault.path or "").rpartition("/")[2].rpartition(":")[2].partition("[")[0]
    raise InvoiceRefused(
        _(
            "La facture ne suit pas le schéma %(profile)s qu’elle annonce : ligne %(line)d, "
            "élément « %(element)s ». Demandez au fournisseur une facture corrigée.",
            profile=profile.upper(),
            line=fault.line,
            element=element or cii.local(root),
        )
    )
