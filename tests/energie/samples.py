"""Small files of our own, in the formats of distributors and of invoices."""

from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PRM = "99000000000017"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:un:unece:uncefact:data:{kind}:100"'
    for prefix, kind in {
        "rsm": "standard:CrossIndustryInvoice",
        "ram": "standard:ReusableAggregateBusinessInformationEntity",
        "udt": "standard:UnqualifiedDataType",
        "qdt": "standard:QualifiedDataType",
    }.items()
)


def curve(
    first: str = "2025-03-29",
    last: str = "2025-04-01",
    *,
    minutes: int = 10,
    power: str = "6000",
    prm: str = PRM,
    end_stamps: bool = False,
    unit: str = "",
    blank: tuple[int, ...] = (),
) -> str:
    """A load curve from one local midnight to another, in absolute time."""
    day = datetime.fromisoformat(first).replace(tzinfo=PARIS)
    end = datetime.fromisoformat(last).replace(tzinfo=PARIS)
    step = minutes * 60
    rows = [
        "\ufeffIdentifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
        "Grandeur metier;Etape metier;Unite;Pas en minutes",
        f"{prm};Courbe de charge;{day:%d/%m/%Y};{end:%d/%m/%Y};Energie active;Consommation;"
        f"Comptage Brut;{unit};",
        "Horodate;Valeur",
    ]
    at, place = int(day.timestamp()), 0
    while at < int(end.timestamp()):
        shown = datetime.fromtimestamp(at + (step if end_stamps else 0), PARIS)
        value = "" if place in blank else power
        rows.append(f"{shown.isoformat()};{value}")
        at, place = at + step, place + 1
    return "\n".join(rows) + "\n"


def invoice(
    *,
    number: str = "F-2026-001",
    type_code: str = "380",
    lines: tuple[tuple[str, str, str, str], ...] = (("Énergie active", "1000", "0.20", "200.00"),),
    basis: str = "200.00",
    tax: str = "40.00",
    total: str = "240.00",
    line_total: str | None = None,
    vat_base: str | None = None,
    vat_amount: str | None = None,
    siret: str = "12345678200010",
    seller: str = "Électricité d’Essai",
    note: str = f"PRM {PRM}",
    period: tuple[str, str] | None = ("20260101", "20260131"),
    doctype: str = "",
) -> bytes:
    """A CII invoice of profile EN 16931, at 20 % of VAT."""
    items = "".join(_line(n, *line) for n, line in enumerate(lines, 1))
    billed = (
        f"<ram:BillingSpecifiedPeriod><ram:StartDateTime>{_date(period[0])}</ram:StartDateTime>"
        f"<ram:EndDateTime>{_date(period[1])}</ram:EndDateTime></ram:BillingSpecifiedPeriod>"
        if period
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>{doctype}
<rsm:CrossIndustryInvoice {NAMESPACES}>
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:cen.eu:en16931:2017</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
<ram:IssueDateTime>{_date("20260205")}</ram:IssueDateTime>
<ram:IncludedNote><ram:Content>{note}</ram:Content></ram:IncludedNote></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>{items}
<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>{seller}</ram:Name><ram:SpecifiedLegalOrganization>
<ram:ID schemeID="0002">{siret}</ram:ID></ram:SpecifiedLegalOrganization>
<ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR11123456782</ram:ID>
</ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Commune d’Essai</ram:Name><ram:SpecifiedLegalOrganization>
<ram:ID schemeID="0002">21000000600010</ram:ID></ram:SpecifiedLegalOrganization>
<ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>
</ram:BuyerTradeParty>
<ram:ContractReferencedDocument><ram:IssuerAssignedID>MARCHE-7</ram:IssuerAssignedID>
</ram:ContractReferencedDocument></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount>{vat_amount or tax}</ram:CalculatedAmount>
<ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{vat_base or basis}</ram:BasisAmount>
<ram:CategoryCode>S</ram:CategoryCode>
<ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
{billed}
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:LineTotalAmount>{line_total or basis}</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>{basis}</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">{tax}</ram:TaxTotalAmount>
<ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
<ram:DuePayableAmount>{total}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>""".encode()


def _date(text: str) -> str:
    return f'<udt:DateTimeString format="102">{text}</udt:DateTimeString>'


def _line(number: int, label: str, quantity: str, price: str, amount: str) -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID>
</ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>{label}</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
<ram:ChargeAmount>{price}</ram:ChargeAmount></ram:NetPriceProductTradePrice>
</ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="KWH">{quantity}</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>20.00</ram:RateApplicablePercent>
</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:LineTotalAmount>{amount}</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>"""


def factur_x(xml: bytes, name: str = "factur-x.xml") -> bytes:
    """A PDF of one blank page that carries the invoice."""
    import io

    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment(name, xml)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
