"""Which format a file of readings is, from its content and never from its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.errors import DomainError
from base.i18n import _, _l
from energie.domain.blocks import ParsedFile, UnreadableFile
from energie.domain.kinds import ReferenceKind
from energie.domain.references import clean_reference
from energie.imports import enedis_csv

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 4096
#: A JSON or XML file of readings is read whole: up to the size that flows may have.
MOST_BYTES = 50 * 1024 * 1024
#: XML roots that are known and carry nothing to read here.
OTHER_FLOWS = {
    "R15": _l("R15 (relevés de facturation)"),
    "C15": _l("C15 (événements contractuels)"),
    "Detail_Facturation": _l("F12 (facture d’acheminement)"),
    "affaires": _l("X12 (affaires)"),
}


def accepted_formats() -> str:
    """The formats that are read, for the sentence that refuses another."""
    return str(
        _(
            "formats lus : courbes, index et puissances d’Enedis (CSV, R50, R151, R171, SOAP, "
            "Data Connect), exports de gaz de GRDF (XLSX, JSON)"
        )
    )


def read_file(path: Path) -> ParsedFile:
    """The readings of a file, whatever its format among those known.

    Raises:
        UnreadableFile: the format is unknown, or known and without readings.
    """
    with path.open("rb") as source:
        head = source.read(HEAD)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise UnreadableFile(_("Le fichier est vide."))
    if text.startswith(enedis_csv.FIRST_CELL.encode()):
        with path.open(encoding=_encoding(path), newline="") as lines:
            return enedis_csv.read(iter(lines))
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(_("Le fichier dépasse 50 Mo sous cette forme."))
    if text.startswith(b"PK\x03\x04"):
        from energie.imports import grdf

        return grdf.read_workbook(path)
    if text[:1] in (b"{", b"["):
        return _json(path.read_bytes())
    if text.startswith(b"<"):
        return _xml(path.read_bytes())
    raise UnreadableFile(
        _("Ce fichier n’est pas reconnu (%(accepted)s).", accepted=accepted_formats())
    )


def curve_reference(path: Path) -> str | None:
    """The PRM of an Enedis load curve, from its first lines; nothing for any other file."""
    with path.open("rb") as source:
        head = source.read(HEAD)
    lines = head.decode("utf-8-sig", "replace").splitlines()
    if len(lines) < 3 or not lines[0].startswith(enedis_csv.FIRST_CELL):
        return None
    cells = lines[1].split(";")
    if len(cells) < 2 or cells[1].strip() != "Courbe de charge":
        return None
    try:
        return clean_reference(ReferenceKind.PRM, cells[0]).text
    except DomainError:
        return None


def _encoding(path: Path) -> str:
    """UTF-8 when the whole file is, else the encoding of Windows in Western Europe."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return "cp1252"
    return "utf-8-sig"


def _json(data: bytes) -> ParsedFile:
    from energie.imports import dataconnect, grdf

    try:
        content: Any = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as fault:
        raise UnreadableFile(_("Ce fichier JSON est coupé ou abîmé.")) from fault
    if isinstance(content, dict):
        if "meter_reading" in content:
            return dataconnect.read(content)
        if "error_code" in content or "error" in content:
            reason = str(content.get("description") or content.get("error_description") or "")
            raise UnreadableFile(
                _(
                    "Ce fichier est un message d’erreur du service, sans relevé : « %(reason)s ».",
                    reason=" ".join(reason.split())[:200],
                )
            )
        if "customer" in content:
            raise UnreadableFile(
                _("Ce fichier Data Connect décrit un contrat : il ne contient aucun relevé.")
            )
        if content and all(isinstance(v, dict) and "releves" in v for v in content.values()):
            return grdf.read_json(content)
    if isinstance(content, list) and content and isinstance(content[0], dict):
        flow = (content[0].get("header") or {}).get("codeFlux")
        if flow:
            raise UnreadableFile(_("Flux Enedis %(flow)s : pas encore lu.", flow=str(flow)[:10]))
    raise UnreadableFile(
        _("Ce JSON ne contient pas de relevés connus (%(accepted)s).", accepted=accepted_formats())
    )


def _xml(data: bytes) -> ParsedFile:
    from base import xml
    from energie.imports import enedis_xml
    from energie.imports.cii import local

    root = xml.parse(data, limit=MOST_BYTES)
    readers: dict[str, Callable[[Any], ParsedFile]] = {
        "R50": enedis_xml.read_r50,
        "R151": enedis_xml.read_r151,
        "R171": enedis_xml.read_r171,
        "Envelope": enedis_xml.read_soap,
    }
    name = local(root)
    if name in readers:
        return readers[name](root)
    if name in OTHER_FLOWS:
        raise UnreadableFile(
            _(
                "Flux Enedis %(flow)s : il ne contient pas de relevés à lire.",
                flow=str(OTHER_FLOWS[name]),
            )
        )
    raise UnreadableFile(
        _(
            "Ce fichier XML (« %(root)s ») ne contient pas de relevés connus (%(accepted)s).",
            root=name,
            accepted=accepted_formats(),
        )
    )
