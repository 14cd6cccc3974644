"""Natures of costs, and the arithmetic of one line of the ledger."""

from decimal import ROUND_HALF_UP, Decimal

from base.basics.i18n import _l
from base.store.choice import Choice

CENT = Decimal("0.01")


class CostNature(Choice):
    """What the money went for; the order is that of the charts' colours."""

    ENERGY = "energy", _l("Énergie")
    LABOUR = "labour", _l("Main-d’œuvre")
    SUPPLIER = "supplier", _l("Fournisseurs")
    PARTS = "parts", _l("Pièces")
    CONTRACT = "contract", _l("Contrats")
    FUEL = "fuel", _l("Carburant")
    DEPRECIATION = "depreciation", _l("Amortissement")
    RENTAL = "rental", _l("Location interne")
    INSURANCE = "insurance", _l("Assurance")
    TAX = "tax", _l("Taxes")
    OTHER = "other", _l("Autres")


#: accounts of the M57 plan proposed when the caller gives none
DEFAULT_ACCOUNTS = {
    CostNature.ENERGY: "60612",
    CostNature.LABOUR: "64111",
    CostNature.FUEL: "60622",
    CostNature.PARTS: "60632",
    CostNature.CONTRACT: "6156",
    CostNature.DEPRECIATION: "6811",
}


def net_amount(amount_ht_eur: Decimal, vat_eur: Decimal, *, vat_recoverable: bool) -> Decimal:
    """What the authority really pays: tax included unless its budget recovers it."""
    total = amount_ht_eur if vat_recoverable else amount_ht_eur + vat_eur
    return total.quantize(CENT, ROUND_HALF_UP)


def reversed_amount(amount_eur: Decimal) -> Decimal:
    """The amount that cancels the other; never a negative zero."""
    return -amount_eur if amount_eur else amount_eur
