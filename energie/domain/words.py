"""What people read for the codes of the module."""

from base.basics.i18n import _l
from energie.domain.kinds import RegisterCode

#: The forms and profiles as their standards write them.
SYNTAX_NAMES = {"cii": "CII", "ubl": "UBL", "zugferd1": "ZUGFeRD 1.0"}
PROFILE_NAMES = {
    "basicwl": "BASIC WL",
    "en16931": "EN 16931",
    "extended-ctc-fr": "EXTENDED CTC FR",
    "zugferd1": "ZUGFeRD 1.0",
}


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
