"""Identifiers people copy from papers: cleaned, checked, and shown as they are written."""

import re
import secrets

from base.basics.errors import InvalidInput
from base.basics.i18n import _

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_LENGTH = 16
_TOKEN = re.compile(rf"[{_CROCKFORD}]{{{TOKEN_LENGTH}}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-_.·]+")

_INSEE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_CADASTRAL = re.compile(r"((?:\d{2}|2[AB])\d{3})(\d{3})([0-9A-Z]{2})(\d{4})")
_RNB = re.compile(r"[1-9A-HJKMNP-TV-Z]{12}")
_BAN_KEY = re.compile(r"(?:\d{2}|2[ab])\d{3}_[0-9a-z]{4,6}(?:_\d{5}(?:_[0-9a-z]+)*)?")
_BAN_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SIV = re.compile(r"([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})")
_GARAGE = re.compile(r"(W)(\d{3})([A-HJ-NP-TV-Z]{2})")
_FNI = re.compile(r"(\d{1,4})([A-HJ-NP-TV-Z]{1,3})(\d{2}|2[AB]|97\d)")
_MOPED = re.compile(r"([A-Z]{1,2})(\d{2,3})([A-Z])")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")


class IdentifierRefused(InvalidInput):
    """What was typed is not the identifier it should be; the sentence says what is expected."""


def new_token() -> str:
    """Sixteen random characters of Crockford's base 32: 80 bits, derived from nothing."""
    return "".join(secrets.choice(_CROCKFORD) for _index in range(TOKEN_LENGTH))


def read_token(text: str) -> str | None:
    """The token as stored, from what was scanned or typed; None when it cannot be one."""
    if len(text) > 4 * TOKEN_LENGTH:
        return None
    cleaned = _SEPARATORS.sub("", text).upper().translate(_MISREAD)
    return cleaned if _TOKEN.fullmatch(cleaned) else None


def show_token(token: str) -> str:
    """The token in blocks of four, as labels print it."""
    return " ".join(token[i : i + 4] for i in range(0, len(token), 4))


def insee_code(text: str) -> str:
    """The five characters of a commune's code.

    Raises:
        IdentifierRefused: it is not an INSEE code.
    """
    cleaned = _SEPARATORS.sub("", text).upper()
    if not _INSEE.fullmatch(cleaned):
        raise IdentifierRefused(_("« %(v)s » n’est pas un code INSEE de commune.", v=text))
    return cleaned


def cadastral_id(text: str) -> tuple[str, str, str, str, str]:
    """A parcel's identifier and its parts: (id, insee, prefix, section, number).

    Raises:
        IdentifierRefused: it has not the fourteen characters of a cadastral identifier.
    """
    cleaned = _SEPARATORS.sub("", text).upper()
    match = _CADASTRAL.fullmatch(cleaned)
    if match is None:
        raise IdentifierRefused(
            _(
                "« %(v)s » n’est pas un identifiant de parcelle : il faut 14 caractères, "
                "par exemple 38185000AB0123.",
                v=text,
            )
        )
    return cleaned, match[1], match[2], match[3], match[4]


def rnb_id(text: str) -> str:
    """The twelve characters of a building in the national register (RNB).

    Raises:
        IdentifierRefused: it is not an RNB identifier.
    """
    cleaned = _SEPARATORS.sub("", text).upper()
    if not _RNB.fullmatch(cleaned):
        raise IdentifierRefused(
            _("« %(v)s » n’est pas un identifiant RNB : il faut 12 caractères.", v=text)
        )
    return cleaned


def show_rnb(identifier: str) -> str:
    """The RNB identifier in blocks of four."""
    return "-".join(identifier[i : i + 4] for i in (0, 4, 8))


def ban_id(text: str) -> str:
    """An address of the national base (BAN): interoperability key or UUID.

    Raises:
        IdentifierRefused: it is neither.
    """
    cleaned = text.strip().lower()
    if _BAN_KEY.fullmatch(cleaned) or _BAN_UUID.fullmatch(cleaned):
        return cleaned
    raise IdentifierRefused(
        _("« %(v)s » n’est pas un identifiant d’adresse BAN, comme 38185_0345_00007.", v=text)
    )


def plate(text: str) -> str:
    """A registration plate without separators; both French systems, garage and mopeds.

    Raises:
        IdentifierRefused: it is neither a current nor an older French plate.
    """
    cleaned = _SEPARATORS.sub("", text).upper()
    siv = _SIV.fullmatch(cleaned)
    if siv and siv[2] != "000" and siv[1] != "SS" and siv[3] != "SS":
        return cleaned
    if _GARAGE.fullmatch(cleaned) or _FNI.fullmatch(cleaned) or _MOPED.fullmatch(cleaned):
        return cleaned
    raise IdentifierRefused(
        _(
            "« %(v)s » n’est pas une immatriculation : AA-123-BC ou 1234 AB 75 sont attendus.",
            v=text,
        )
    )


def show_plate(cleaned: str) -> str:
    """The plate as it is written on the vehicle."""
    for pattern, mark in ((_SIV, "-"), (_GARAGE, "-"), (_FNI, " "), (_MOPED, " ")):
        if match := pattern.fullmatch(cleaned):
            return mark.join(match.groups())
    return cleaned


def vin(text: str) -> str:
    """The seventeen characters of a vehicle's identification number.

    The check digit is not asked for: European makers need not set it.

    Raises:
        IdentifierRefused: it has not seventeen characters, or one of I, O, Q.
    """
    cleaned = _SEPARATORS.sub("", text).upper()
    if not _VIN.fullmatch(cleaned):
        raise IdentifierRefused(
            _("« %(v)s » n’est pas un VIN : il faut 17 caractères, sans I, O ni Q.", v=text)
        )
    return cleaned
