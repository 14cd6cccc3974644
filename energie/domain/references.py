"""References of delivery points: PRM, PCE and the others, with what spreadsheets do to them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from base.basics.errors import DomainError
from base.basics.i18n import _
from energie.domain.kinds import ReferenceKind

#: What a spreadsheet leaves of a long number: "9,98253E+13".
MANGLED = re.compile(r"[+-]?\d+(?:[.,]\d*)?E[+-]?\d+")
#: What a spreadsheet makes of a whole number: "99825340122516.0".
WHOLE = re.compile(r"(\d+)[.,]0+")
#: Kinds that a distributor gives in digits, and that sentences call by their own name.
GIVEN = (ReferenceKind.PRM, ReferenceKind.PCE)


class BadReference(DomainError):
    """A text that cannot be the reference of a delivery point."""


@dataclass(frozen=True)
class Reference:
    """A clean reference, and what was done to it, when something was."""

    text: str
    warning: str = ""


def bare_reference(raw: object) -> str:
    """The text without blanks of any kind (plain, no-break, thin) and in capitals."""
    text = unicodedata.normalize("NFKC", "" if raw is None else str(raw))
    kept = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    return kept.upper().lstrip("'")


def clean_reference(kind: ReferenceKind, raw: object) -> Reference:
    """The reference as it is stored: without blanks, in capitals, with its leading zeros.

    A PRM or a PCE of 13 digits has lost its first zero to a spreadsheet: it is given back,
    with a warning. A number written with an exponent has lost its last digits: nothing can
    give them back.

    Raises:
        BadReference: the text is empty, cut by a spreadsheet, or of another form.
    """
    text = bare_reference(raw)
    name = str(kind.word) if kind in GIVEN else _("référence")
    if not text:
        raise BadReference(_("La référence du point de livraison est vide."))
    if MANGLED.fullmatch(text):
        sentence = _(
            "« %(text)s » est un %(name)s abîmé par un tableur : ses derniers chiffres sont "
            "perdus. Reprenez-le en format texte.",
            text=text,
            name=name,
        )
        raise BadReference(sentence)
    if kind not in GIVEN:
        if len(text) > 40:
            raise BadReference(_("La référence « %(text)s » dépasse 40 caractères.", text=text))
        return Reference(text)
    if found := WHOLE.fullmatch(text):
        text = found.group(1)
    if kind is ReferenceKind.PCE and re.fullmatch(r"GI\d{6}", text):
        return Reference(text)
    if re.fullmatch(r"\d{14}", text):
        return Reference(text)
    if re.fullmatch(r"\d{13}", text):
        warning = _(
            "%(name)s « %(text)s » à 13 chiffres : le zéro initial, perdu par un tableur, "
            "a été remis.",
            name=name,
            text=text,
        )
        return Reference("0" + text, str(warning))
    is_prm = kind is ReferenceKind.PRM
    expected = _("14 chiffres") if is_prm else _("14 chiffres, ou GI et 6 chiffres")
    words = _(
        "« %(text)s » n’est pas un %(name)s : il en faut %(expected)s.",
        text=text,
        name=name,
        expected=expected,
    )
    raise BadReference(words)


#: Fourteen digits that stand alone in a text, possibly written in groups.
_IN_TEXT = re.compile(r"(?<!\d)(?:\d[ \u00a0\u202f]?){13}\d(?!\d)|\bGI ?\d{6}\b", re.IGNORECASE)


def references_in(text: str) -> list[str]:
    """The PRM and PCE that a free text names, in order, each once.

    Fourteen digits may also be a SIRET: the caller knows which ones are.
    """
    found = (re.sub(r"[ \u00a0\u202f]", "", m.group(0)).upper() for m in _IN_TEXT.finditer(text))
    return list(dict.fromkeys(found))
