"""What a cell says in text: words, codes, choices, yes or no, addresses, numbers with a key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from base.basics import identifiers
from base.basics.errors import InvalidInput
from base.basics.folding import clean_code, seen, unaccented
from base.basics.i18n import _

Cell = object
Parser = Callable[[Cell], object]

BLANKS = " \t\u00a0\u202f\u2009\u2007"
_AROUND = BLANKS + "\r\n\ufeff"
_EXCEL_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#NOM?"}
YES = frozenset("oui o vrai true yes y 1 x".split())
NO = frozenset("non n faux false no 0".split())


#: Controls but tab and line feed, and halves of characters.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

#: What a spreadsheet leaves of a long number: "6,37E+15", "1E+14", "1.2e+13". Without a
#: decimal mark the sign must be there: "12E3" is an honest code.
_ROUNDED = re.compile(
    r"[+-]?\d+(?:[.,]\d*\s*(?:E\s*[+-]?\s*|[x×*]\s*10\s*\^\s*[+-]?)\d+|\s*E\s*\+\s*\d+)",
    re.IGNORECASE,
)
#: From here on a spreadsheet has no room for the last digits of a number.
_TOO_LONG = 10**15


class ShownNumber(Decimal):
    """A number of a workbook whose format shows it otherwise: 12 shown as "00012"."""

    shown: str

    def __new__(cls, value: str, shown: str) -> ShownNumber:
        """The number, and its text as the sheet shows it."""
        made = super().__new__(cls, value)
        made.shown = shown
        return made


class ValueRefused(InvalidInput):
    """The cell cannot be read as what its column holds."""

    #: What the fault says of the whole file, if anything.
    hint = ""


def fold(text: str) -> str:
    """Lower case without accents, for comparison."""
    if text.isascii():
        return text.casefold()
    return unaccented(text).casefold()


def shown(value: Cell) -> str:
    """A cell as its author reads it, for sentences and error files; at most 60 characters."""
    plain = as_text(value)
    return plain if len(plain) <= 60 else plain[:57] + "…"


def as_text(value: Cell) -> str:
    """A cell as text: numbers without a needless fraction, French days and words."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, ShownNumber):
        return value.shown
    if isinstance(value, Decimal):
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def bare(value: Cell) -> str:
    """The text of a cell without blanks around it; nothing where nothing can be seen.

    Raises:
        ValueRefused: a spreadsheet's error, or a character that no text holds.
    """
    plain = seen(as_text(value).strip(_AROUND))
    if plain[:1] == "#" and plain in _EXCEL_ERRORS:
        raise ValueRefused(_("La cellule contient l’erreur « %(error)s ».", error=plain))
    if "\x00" in plain:
        raise ValueRefused(_("La cellule contient un caractère nul."))
    return plain


def text(value: Cell, *, limit: int = 200, lines: bool = False) -> str | None:
    """A text of at most ``limit`` characters; on one line unless ``lines``.

    Raises:
        ValueRefused: too long, with control characters, or a number that a spreadsheet rounded.
    """
    # Most cells: letters and digits that no rule below asks anything of.
    if type(value) is str and value.isascii() and value.isprintable():
        first = value[:1]
        if (
            0 < len(value) <= limit
            and first > "#"
            and value[-1] != " "
            and (first.isalpha() or not ("E" in value or "e" in value or "^" in value))
        ):
            return value
    # A sheet shows VRAI where yes or no was not what the column asked for.
    plain = bare(value) if not isinstance(value, bool) else ("VRAI" if value else "FAUX")
    refuse_rounded(value, plain)
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain)
    if not plain:
        return None
    if plain.isprintable() and len(plain) <= limit:
        return plain
    if lines:
        plain = plain.replace("\r\n", "\n").replace("\r", "\n")
    elif not plain.isprintable():
        plain = re.sub(r"\s+", " ", plain)
    if _INVISIBLE.search(plain):
        raise ValueRefused(_("La cellule contient un caractère invisible qui n’est pas du texte."))
    if len(plain) > limit:
        raise ValueRefused(
            _(
                "Le texte a %(length)d caractères ; la limite est de %(limit)d.",
                length=len(plain),
                limit=limit,
            )
        )
    return plain


def refuse_rounded(value: Cell, plain: str) -> None:
    """Refuse a long number whose last digits a spreadsheet has lost: no text is written so.

    Raises:
        ValueRefused: an exponent (``6,37E+15``), or a number of a workbook beyond 15 digits.
    """
    if "E" in plain or "e" in plain or "^" in plain:
        lost = _ROUNDED.fullmatch(plain) is not None
    else:
        lost = isinstance(value, Decimal) and abs(value) >= _TOO_LONG
    if lost:
        raise ValueRefused(
            _(
                "« %(value)s » est un code que le tableur a arrondi, ses derniers chiffres sont"
                " perdus : mettez la colonne au format texte et ressaisissez-le.",
                value=plain,
            )
        )


def code(value: Cell, *, limit: int = 64) -> str | None:
    """A code people read aloud: one line, no blank inside but single spaces, nothing unseen.

    Raises:
        ValueRefused: too long, or what a spreadsheet made of it: a rounded number
            (``6,37E+15``), a day.
    """
    if isinstance(value, date):
        raise ValueRefused(
            _(
                "« %(value)s » est une date : le tableur a transformé le code ; mettez la colonne"
                " au format texte et ressaisissez-le.",
                value=shown(value),
            )
        )
    plain = text(value, limit=limit)
    return (clean_code(plain) or None) if plain else None


def one_of(choices: Mapping[str, object]) -> Parser:
    """A parser of one of several words, read without accents or case.

    The mapping goes from each accepted word to its value; the sentence lists the words.
    """
    known = {fold(word).strip(): result for word, result in choices.items()}
    words = ", ".join(dict.fromkeys(choices))

    def parse(value: Cell) -> object:
        plain = bare(value)
        if not plain:
            return None
        folded = fold(plain)
        if folded not in known:
            raise ValueRefused(
                _(
                    "« %(value)s » n’est pas une valeur connue ; attendu : %(words)s.",
                    value=shown(plain),
                    words=words,
                )
            )
        return known[folded]

    return parse


def boolean(value: Cell) -> bool | None:
    """Yes or no, as French and English files write it.

    Raises:
        ValueRefused: another word.
    """
    if isinstance(value, bool):
        return value
    folded = fold(bare(value))
    if not folded:
        return None
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise ValueRefused(
        _("« %(value)s » n’est ni oui ni non : écrivez « oui » ou « non ».", value=shown(value))
    )


def email(value: Cell) -> str | None:
    """An address of electronic mail, lower case.

    Raises:
        ValueRefused: no such address.
    """
    plain = text(value, limit=254)
    if plain is None:
        return None
    if not re.fullmatch(r"[^@\s,;<>()\"]{1,64}@[^@\s,;<>()\".]+(\.[^@\s,;<>()\".]+)+", plain):
        raise ValueRefused(
            _("« %(value)s » n’est pas une adresse électronique.", value=shown(plain))
        )
    return plain.lower()


def identifier(value: Cell, *, kind: identifiers.Identifier, limit: int) -> str | None:
    """A number with a key as it is kept; a wrong one is left for whom it is given to.

    Only who knows the row that stands there knows whether the number changes.

    Raises:
        ValueRefused: longer than its column, or a spreadsheet rounded it.
    """
    plain = identifiers.plain(kind, bare(value))
    refuse_rounded(value, plain)
    if len(plain) > limit:
        raise ValueRefused(identifiers.fault(kind, plain) or plain)
    return plain or None
