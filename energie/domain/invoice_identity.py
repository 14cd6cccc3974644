"""What makes two invoices one: who sells, under which number."""

from __future__ import annotations

import re
import unicodedata

from energie.domain.invoices import Invoice, Party

#: A French VAT number: FR, a key of two signs, the SIREN.
_FRENCH_VAT = re.compile(r"FR[0-9A-Z]{2}(\d{9})")
_APART = re.compile(r"[\W_]+")
#: Stands between a folded number and what tells it from another that folds alike.
APART = "~"
#: The number of another invoice in a note, after words that say this one takes its place.
_REPLACES = re.compile(
    r"(?:annul\w*\s+et\s+remplac\w*|remplac\w*|rectifi\w*|corrig\w*)[^\n;]{0,40}?"
    r"(?<![\w./-])((?=[\w./-]*\d)[A-Za-z0-9][\w./-]*[\w])",
    re.IGNORECASE,
)
_TAKES_PLACE = re.compile(r"annul\w*\s+et\s+remplac\w*", re.IGNORECASE)
#: Types that take the place of another invoice (UNTDID 1001).
REPLACING_TYPES = frozenset({"384", "471", "472", "473"})


def seller_key(seller: Party) -> str:
    """What makes two invoices come from one supplier.

    The SIREN, which is the first nine digits of the SIRET and the last nine of the French VAT
    number; else the VAT number, else the name without case or marks.
    """
    siren = seller.siret[:9] or seller.siren
    vat = _APART.sub("", seller.vat_number).upper()
    french = _FRENCH_VAT.fullmatch(vat)
    if not siren and french:
        siren = french[1]
    return (siren or vat or _folded(seller.name))[:200]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_APART.sub(" ", bare).split())


def number_key(number: str) -> str:
    """The number without case, blanks or dashes: ``DBL-1``, ``dbl 1`` and ``DBL1`` are one.

    A number of marks alone stays as it is.
    """
    bare = _APART.sub("", unicodedata.normalize("NFKC", number)).casefold()
    return (bare or number.strip())[:60]


def base_key(key: str) -> str:
    """A folded number without what was added to tell it from another."""
    return key.partition(APART)[0]


def replaced_number(invoice: Invoice) -> str:
    """The number of the invoice that this one replaces; empty when it replaces none.

    A corrected invoice names it by its reference (BT-25), else in its notes. Another invoice
    replaces when its notes say so, or when it refers to a former one without anything paid
    before, which its references would then be.
    """
    written = _REPLACES.search(invoice.notes.replace("\u00a0", " "))
    in_notes = written[1] if written else ""
    if invoice.type_code in REPLACING_TYPES:
        return invoice.preceding[0] if invoice.preceding else in_notes
    if invoice.sign < 0 or invoice.amount_ttc < 0:
        return ""
    if _TAKES_PLACE.search(invoice.notes):
        return invoice.preceding[0] if invoice.preceding else in_notes
    return invoice.preceding[0] if invoice.preceding and not invoice.prepaid_amount else ""
