"""Which format a file of readings is, from its content and never from its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.errors import DomainError
from base.i18n import _, _l
from base.imports import Options
from base.tables.packed import PackedRefused, head_of, is_packed, opened
from energie.domain.blocks import ParsedFile, UnreadableFile
from energie.domain.kinds import ReferenceKind
from energie.domain.references import clean_reference
from energie.imports import enedis_csv

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 4096
#: A JSON or XML file of readings is read whole: up to the size that flows may have.
MOST_BYTES = 50 * 1024 * 1024
#: XML roots that are known and carry nothing to read here: what they are.
OTHER_FLOWS = {
    "Detail_Facturation": _l(
        "Flux Enedis F12 (détail d’une facture d’acheminement) : il porte des montants et des "
        "puissances souscrites, pas de relevés. Pour les relevés, demandez R15, R67, R151 ou R171."
    ),
    "affaires": _l(
        "Flux d’affaires X12 : il suit l’avancement de demandes, il ne contient pas de relevés."
    ),
    "CrossIndustryInvoice": _l(
        "Ce fichier est une facture électronique : donnez-le à l’import des factures."
    ),
    "Invoice": _l("Ce fichier est une facture UBL : donnez-le à l’import des factures."),
}


def accepted_formats() -> str:
    """The formats that are read, for the sentence that refuses another."""
    return str(
        _(
            "formats lus : courbes, index et consommations d’Enedis (CSV, R15, R50, R67, R151, "
            "R171, C15, SOAP, Data Connect), exports de GRDF (XLSX, JSON), tableaux CSV ou XLSX"
        )
    )


def is_plain(path: Path) -> bool:
    """Whether the file is a table of unknown make, whose columns a person may tell apart."""
    try:
        head = head_of(path, HEAD)
    except PackedRefused:  # the reading itself will say so
        return False
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK\x03\x04"):
        from energie.imports import grdf

        return not is_packed(path) and not grdf.is_export(path)
    known = text.startswith((enedis_csv.FIRST_CELL.encode(), b"{", b"[", b"<", b"\x1f\x8b"))
    return bool(text) and not known


def read_file(path: Path, label: str = "", options: Options | None = None) -> ParsedFile:
    """The readings of a file, whatever its format among those known.

    ``options`` is what a person told of a table of unknown make.

    Raises:
        UnreadableFile: the format is unknown, or known and without readings.
        InvalidInput: a table leaves something unsaid.
    """
    options = options or Options()
    with path.open("rb") as source:
        head = source.read(HEAD)
    if head.startswith(b"\x1f\x8b"):
        return _opened(path, label, options)
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

        return grdf.read_workbook(path) or _plain(path, label, options)
    if text[:1] in (b"{", b"["):
        return _json(path.read_bytes())
    if text.startswith(b"<"):
        return _xml(path.read_bytes())
    return _plain(path, label, options)


def _plain(path: Path, label: str, options: Options) -> ParsedFile:
    from base.imports.reading import HeaderMissing
    from energie.imports.plain import read_plain

    try:
        return read_plain(path, label, options)
    except HeaderMissing as fault:
        raise UnreadableFile(
            _(
                "Ce fichier n’est pas reconnu. %(fault)s Autres %(accepted)s.",
                fault=fault,
                accepted=accepted_formats(),
            )
        ) from fault


def _opened(path: Path, label: str, options: Options) -> ParsedFile:
    """The readings of a file that was compressed alone."""
    try:
        plain = opened(path)
    except PackedRefused as fault:
        raise UnreadableFile(str(fault)) from fault
    with plain:
        return read_file(Path(plain.name), label.removesuffix(".gz"), options)


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
                    "Ce fichier est un message d’erreur du service, sans relevé : « %(reason)s ». "
                    "Redemandez les données plus tard.",
                    reason=" ".join(reason.split())[:200],
                )
            )
        if "customer" in content:
            raise UnreadableFile(
                _("Ce fichier Data Connect décrit un contrat : il ne contient aucun relevé.")
            )
        if "energyDetails" in content:
            raise UnreadableFile(
                _(
                    "Ce fichier d’onduleur donne une production solaire : elle n’est pas suivie "
                    "ici. Exportez la consommation, en tableau CSV."
                )
            )
        if _is_weather(content):
            raise UnreadableFile(
                _("Ce fichier donne des températures, pas des relevés d’énergie.")
            )
        if content and all(isinstance(v, dict) and "releves" in v for v in content.values()):
            return grdf.read_json(content)
    if isinstance(content, list) and content and isinstance(content[0], dict):
        flow = (content[0].get("header") or {}).get("codeFlux")
        if flow == "R67":
            from energie.imports.enedis_billing import read_r67

            return read_r67(content)
        if flow:
            raise UnreadableFile(_("Flux Enedis %(flow)s : pas encore lu.", flow=str(flow)[:10]))
    raise UnreadableFile(
        _("Ce JSON ne contient pas de relevés connus (%(accepted)s).", accepted=accepted_formats())
    )


def _is_weather(content: dict[str, Any]) -> bool:
    """Daily temperatures by date, or the answer of a weather service."""
    if isinstance(content.get("data"), list) and content["data"]:
        return isinstance(content["data"][0], dict) and "temp" in content["data"][0]
    return bool(content) and all(
        isinstance(value, int | float) and len(key) == 10 and key[4:5] == "-"
        for key, value in content.items()
    )


def _xml(data: bytes) -> ParsedFile:
    from base import xml
    from energie.imports import enedis_billing, enedis_xml
    from energie.imports.cii import local

    root = xml.parse(data, limit=MOST_BYTES)
    readers: dict[str, Callable[[Any], ParsedFile]] = {
        "R15": enedis_billing.read_r15,
        "C15": enedis_billing.read_c15,
        "R50": enedis_xml.read_r50,
        "R151": enedis_xml.read_r151,
        "R171": enedis_xml.read_r171,
        "Envelope": enedis_xml.read_soap,
    }
    name = local(root)
    if name in readers:
        return readers[name](root)
    if name in OTHER_FLOWS:
        raise UnreadableFile(str(OTHER_FLOWS[name]))
    raise UnreadableFile(
        _(
            "Ce fichier XML (« %(root)s ») ne contient pas de relevés connus (%(accepted)s).",
            root=name,
            accepted=accepted_formats(),
        )
    )
