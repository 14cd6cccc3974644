"""How the bytes of a text file are read: told by a mark, else found out by what they spell."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from base.basics.errors import InvalidInput
from base.basics.i18n import _

#: What a person may say of a text file whose bytes were read wrongly.
ENCODINGS = ("utf-8", "cp1252", "iso8859-15", "mac_roman", "cp850", "utf-16")

#: Bytes that are a letter of ISO 8859-15 in a place where cp1252 has none: œ in a word or at
#: the head of one ("c½ur", "¼uvre"), the euro (the sign for "any currency" is never meant).
_LATIN9 = re.compile(
    rb"[A-Za-z\xc0-\xff][\xbc\xbd]|[\xbc\xbd][UuIiNnDdEeSs](?=[a-z\xe0-\xff])"
    rb"|\xbc[UINDES]|\xa4|[A-Za-z]\xbe|[A-Za-z][\xa6\xa8\xb4\xb8][a-z]"
)
#: Where ISO 8859-15 has controls and cp1252 the signs of its word processors.
_CP1252_ONLY = re.compile(rb"[\x80-\x9f]")
#: Accents of an old Macintosh inside words, where cp1252 has signs, or nothing.
_MAC = re.compile(
    rb"[;,\t\"' ]\x8e[a-z]|[a-z][\x88\x8d-\x90\x94\x99\x9d\x9e](?=[a-z;,\t\s])|\x83[a-z]"
)
#: Accents of DOS ("CSV (MS-DOS)" of a spreadsheet) where cp1252 has a low quote, or nothing.
_DOS = re.compile(
    rb"[a-z]\x82(?=[a-z;,\t\s])|(?<![a-zA-Z])\x82[a-z]|(?<![a-z])\x90[a-z]|[a-z][\x8a\x93][a-z]"
)
#: Accents of cp1252 inside words; "ø" is the degree sign of DOS ("n°").
_ACCENTED = re.compile(rb"[a-z][\xe0-\xf7\xf9-\xff]|[\xc0-\xdf\xe0-\xff][a-z]")
#: What is left of UTF-8 that was once read as cp1252, and written again.
_TWICE = re.compile("Ã[ -¿€‚-‰]|â€[™œ“¦]|Â[ °«»]")


class TableRefused(InvalidInput):
    """The file is not a table that can be read."""


def unreadable() -> TableRefused:
    """The refusal of bytes that are no text."""
    return TableRefused(
        _("Ce fichier n’est pas un texte lisible : enregistrez-le en CSV UTF-8 ou en XLSX.")
    )


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its BOM, else UTF-8 when it is, else by what it spells.

    What is not UTF-8 is cp1252, unless its bytes make words only in ISO 8859-15, in DOS or on an
    old Macintosh (whose lines may also end in a bare CR).

    Raises:
        TableRefused: bytes that no text holds.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, feeds, returns = True, 0, 0
    with path.open("rb") as source:
        head = source.read(4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if unmarked := _utf16(head):
            return unmarked
        bom = head.startswith(codecs.BOM_UTF8)
        source.seek(0)
        while chunk := source.read(1 << 20):
            if b"\x00" in chunk:
                raise TableRefused(_("Ce fichier n’est pas un texte : il contient des zéros."))
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
        if is_utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                is_utf8 = False
    if is_utf8:
        return "utf-8-sig" if bom else "utf-8"
    if bom:
        raise TableRefused(_("Ce fichier s’annonce en UTF-8 mais contient d’autres octets."))
    return "mac_roman" if returns and not feeds else _one_byte(path)


def _utf16(head: bytes) -> str:
    """UTF-16 without its mark: every second byte of Latin text is zero."""
    if len(head) < 4 or b"\x00" not in head:
        return ""
    half = len(head) // 2
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[at::2].count(0), head[1 - at :: 2].count(0)
        if zeros > half * 0.7 and not others:
            return name
    return ""


def _one_byte(path: Path) -> str:
    """Which of the encodings of one byte makes words of the file."""
    latin9 = signs = mac = dos = accented = 0
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            latin9 += len(_LATIN9.findall(chunk))
            signs += len(_CP1252_ONLY.findall(chunk))
            mac += len(_MAC.findall(chunk))
            dos += len(_DOS.findall(chunk))
            accented += len(_ACCENTED.findall(chunk))
    if dos > max(mac, accented):
        return "cp850"
    if mac > accented:
        return "mac_roman"
    return "iso8859-15" if latin9 and not signs else "cp1252"


def doubts(encoding: str, sample: str) -> tuple[str, ...]:
    """What a person should know of an encoding that was found out: sentences, or none."""
    names = {"iso8859-15": "ISO 8859-15", "mac_roman": "Macintosh", "cp850": "DOS (850)"}
    if name := names.get(encoding):
        return (
            _(
                "L’encodage du fichier est déduit de ses mots : %(name)s. Vérifiez un mot"
                " accentué.",
                name=name,
            ),
        )
    if found := _TWICE.search(sample):
        at = max(0, found.start() - 10)
        return (
            _(
                "Ce fichier a été mal converti avant d’arriver ici : il contient « %(words)s »."
                " Reprenez-le à sa source.",
                words=" ".join(sample[at : found.end() + 10].split()),
            ),
        )
    return ()
