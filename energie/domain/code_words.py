"""What people read for codes of files: syntaxes and profiles, registers, formats."""

from base.basics.i18n import _l
from base.store.choice import Choice
from energie.domain.kinds import RegisterCode


class Syntax(Choice):
    """The forms of electronic invoices, as their standards write them."""

    CII = "cii", "CII"
    UBL = "ubl", "UBL"
    ZUGFERD = "zugferd1", "ZUGFeRD 1.0"


class Profile(Choice):
    """How much an invoice says, as its standard calls it."""

    MINIMUM = "minimum", "MINIMUM"
    BASIC_WL = "basicwl", "BASIC WL"
    BASIC = "basic", "BASIC"
    EN16931 = "en16931", "EN 16931"
    EXTENDED = "extended", "EXTENDED"
    EXTENDED_FR = "extended-ctc-fr", "EXTENDED CTC FR"
    ZUGFERD = "zugferd1", "ZUGFeRD 1.0"


def register_label(code: str) -> str:
    """A dial in words; the whole of the point without one, the code itself when nobody knows it."""
    if not code:
        return str(RegisterCode.TOTAL.word)
    return str(RegisterCode(code).word) if code in set(RegisterCode) else code


#: Names in the codes of formats that are not read as capitals.
_FORMAT_WORDS = {
    "api": _l("interface"),
    "dataconnect": "Data Connect",
    "enedis": "Enedis",
    "mois": _l("mois"),
    "tableau": _l("tableau"),
}


def format_in_words(code: str) -> str:
    """The format of a file of readings as people name it: ``Enedis R151``, ``GRDF JSON``."""
    return " ".join(str(_FORMAT_WORDS.get(part, part.upper())) for part in code.split("_"))
