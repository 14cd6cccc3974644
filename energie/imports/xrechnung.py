"""What XRechnung, the German profile, asks beyond the European standard: told, never refused.

A French buyer may receive such an invoice from a German supplier. What it lacks for a German
administration harms none of its figures: the invoice is read, and each rule that it breaks is
kept with it under the code that its publisher (KoSIT) gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from base.basics.i18n import _, _l
from energie.domain.invoices import Finding
from energie.imports.cii import first, local, text

if TYPE_CHECKING:
    from lxml.etree import _Element

MARK = "xrechnung"
#: Types of document that XRechnung knows (BR-DE-17).
TYPES = frozenset("326 380 384 389 381 875 876 877".split())


class Asked(NamedTuple):
    """A part that must be there: its rule, where it stands in CII and in UBL, and its name."""

    code: str
    cii: str
    ubl: str
    name: object


_DEAL = "SupplyChainTradeTransaction/"
_SELLER = _DEAL + "ApplicableHeaderTradeAgreement/SellerTradeParty/"
_BUYER = _DEAL + "ApplicableHeaderTradeAgreement/BuyerTradeParty/"
_SETTLED = _DEAL + "ApplicableHeaderTradeSettlement/"
_SUPPLIER = "AccountingSupplierParty/Party/"
_CUSTOMER = "AccountingCustomerParty/Party/"
_CONTACT = _SELLER + "DefinedTradeContact"
ASKED = (
    Asked(
        "BR-DE-1",
        _SETTLED + "SpecifiedTradeSettlementPaymentMeans",
        "PaymentMeans",
        _l("les instructions de paiement (BG-16)"),
    ),
    Asked("BR-DE-2", _CONTACT, _SUPPLIER + "Contact", _l("le contact du fournisseur (BG-6)")),
    Asked(
        "BR-DE-3",
        _SELLER + "PostalTradeAddress/CityName",
        _SUPPLIER + "PostalAddress/CityName",
        _l("la ville du fournisseur (BT-37)"),
    ),
    Asked(
        "BR-DE-4",
        _SELLER + "PostalTradeAddress/PostcodeCode",
        _SUPPLIER + "PostalAddress/PostalZone",
        _l("le code postal du fournisseur (BT-38)"),
    ),
    Asked(
        "BR-DE-5",
        _CONTACT + "/PersonName|DepartmentName",
        _SUPPLIER + "Contact/Name",
        _l("le nom du contact du fournisseur (BT-41)"),
    ),
    Asked(
        "BR-DE-6",
        _CONTACT + "/TelephoneUniversalCommunication/CompleteNumber",
        _SUPPLIER + "Contact/Telephone",
        _l("le téléphone du contact du fournisseur (BT-42)"),
    ),
    Asked(
        "BR-DE-7",
        _CONTACT + "/EmailURIUniversalCommunication/URIID",
        _SUPPLIER + "Contact/ElectronicMail",
        _l("le courriel du contact du fournisseur (BT-43)"),
    ),
    Asked(
        "BR-DE-8",
        _BUYER + "PostalTradeAddress/CityName",
        _CUSTOMER + "PostalAddress/CityName",
        _l("la ville du client (BT-52)"),
    ),
    Asked(
        "BR-DE-9",
        _BUYER + "PostalTradeAddress/PostcodeCode",
        _CUSTOMER + "PostalAddress/PostalZone",
        _l("le code postal du client (BT-53)"),
    ),
    Asked(
        "BR-DE-15",
        _DEAL + "ApplicableHeaderTradeAgreement/BuyerReference",
        "BuyerReference",
        _l("la référence du client, dite Leitweg-ID (BT-10)"),
    ),
    Asked(
        "BR-DE-16",
        _SELLER + "SpecifiedTaxRegistration/ID",
        _SUPPLIER + "PartyTaxScheme/CompanyID",
        _l("le numéro fiscal du fournisseur (BT-31, BT-32)"),
    ),
)


def is_xrechnung(root: _Element, name: str = "") -> bool:
    """Whether a document announces the German profile, by its guideline or its file's name."""
    guideline = text(
        root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"
    ) or text(root, "CustomizationID")
    return MARK in guideline.lower() or MARK in name.lower()


def remarks(root: _Element) -> tuple[Finding, ...]:
    """The German rules that the document breaks, by their codes."""
    is_cii = local(root) == "CrossIndustryInvoice"
    found: list[Finding] = []
    for asked in ASKED:
        node = first(root, asked.cii if is_cii else asked.ubl)
        if node is None or not ("".join(node.itertext())).strip():
            sentence = _("Règle allemande : il manque %(what)s.", what=str(asked.name))
            found.append(Finding(asked.code, str(sentence)))
    if any(one.code == "BR-DE-2" for one in found):
        # Without any contact, what it would say is not asked one by one.
        found = [one for one in found if one.code not in ("BR-DE-5", "BR-DE-6", "BR-DE-7")]
    kind = text(
        root, "ExchangedDocument/TypeCode" if is_cii else "InvoiceTypeCode|CreditNoteTypeCode"
    )
    if kind not in TYPES:
        found.append(
            Finding(
                "BR-DE-17",
                _("Règle allemande : le type de document %(code)s n’est pas admis.", code=kind),
            )
        )
    reference = (
        _SETTLED + "InvoiceReferencedDocument/IssuerAssignedID"
        if is_cii
        else "BillingReference/InvoiceDocumentReference/ID"
    )
    if kind == "384" and not text(root, reference):
        found.append(
            Finding(
                "BR-DE-26",
                _("Règle allemande : la facture rectificative ne dit pas laquelle elle corrige."),
            )
        )
    return tuple(found)
