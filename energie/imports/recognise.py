"""Which format a file of readings is, from its content and never from its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.basics.i18n import _
from base.basics.portal_pages import is_page, page_sentence
from base.desk.imports import Options
from base.papers.tables.packed import PackedRefused, head_of, is_packed, opened
from energie.domain.blocks import ParsedFile, UnreadableFile
from energie.imports import enedis_csv, refusals

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 4096
#: A JSON or XML file of readings is read whole: up to the size that flows may have.
MOST_BYTES = 50 * 1024 * 1024


def accepted_formats() -> str:
    """The formats that are read, for the sentence that refuses another."""
    return str(
        _(
            "formats lus : courbes, index, puissances et consommations d’Enedis (CSV, R15, R4x, "
            "R50, R63 à R67, R151, R171, C15, SOAP, Data Connect), relevés de GRDF (XLSX, JSON, "
            "ADICT), tableaux CSV ou XLSX"
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
    if is_page(head):
        raise refusals.WithoutReadings(page_sentence(path.read_bytes()))
    if text.startswith(b"<"):
        return _xml(path.read_bytes())
    return _plain(path, label, options)


def _plain(path: Path, label: str, options: Options) -> ParsedFile:
    from base.desk.imports.reading import HeaderMissing
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
        return read_file(plain.path, label.removesuffix(".gz"), options)


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
    from energie.imports import dataconnect, grdf_json

    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UnreadableFile(_("Ce fichier JSON est coupé ou abîmé.")) from fault
    try:
        content: Any = json.loads(written)
    except (ValueError, RecursionError) as fault:
        rows = grdf_json.adict_rows(written)
        if rows is None:
            raise UnreadableFile(_("Ce fichier JSON est coupé ou abîmé.")) from fault
        return grdf_json.read_adict(rows)
    if isinstance(content, dict):
        if "meter_reading" in content:
            return dataconnect.read(content)
        if content and all(isinstance(v, dict) and "releves" in v for v in content.values()):
            return grdf_json.read_json(content)
        if grdf_json.is_adict(content):
            return grdf_json.read_adict([content])
    held = content if isinstance(content, list) else [content]
    if held and isinstance(held[0], dict):
        if grdf_json.is_adict(held[0]):
            return grdf_json.read_adict(held)
        if isinstance(held[0].get("header"), dict) and held[0]["header"].get("codeFlux"):
            return _flow(str(held[0]["header"]["codeFlux"]), held)
    raise refusals.error_of(content) or _no_reading(content)


def _flow(code: str, content: list[Any]) -> ParsedFile:
    """A JSON flow of Enedis, by the code of its header."""
    from energie.imports import enedis_billing, enedis_forms

    if code.upper().startswith("R67"):
        return enedis_billing.read_r67(content)
    if code.upper().startswith(enedis_forms.FLOWS):
        return enedis_forms.read_flows(content)
    if code.upper() in refusals.FLOWS:
        raise refusals.WithoutReadings(str(refusals.FLOWS[code.upper()]))
    raise refusals.WithoutReadings(_("Flux Enedis %(flow)s : pas encore lu.", flow=code[:10]))


def _no_reading(content: Any) -> UnreadableFile:
    """The refusal of a JSON document that is known and holds no reading, or is unknown."""
    if isinstance(content, dict):
        if "customer" in content:
            return refusals.WithoutReadings(
                _("Ce fichier Data Connect décrit un contrat : il ne contient aucun relevé.")
            )
        if "energyDetails" in content:
            return refusals.WithoutReadings(
                _(
                    "Ce fichier d’onduleur donne une production solaire : elle n’est pas suivie "
                    "ici. Exportez la consommation, en tableau CSV."
                )
            )
        if _is_weather(content):
            return refusals.WithoutReadings(
                _("Ce fichier donne des températures, pas des relevés d’énergie.")
            )
    return UnreadableFile(
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
    from base.papers.files import xml
    from energie.imports import enedis_billing, enedis_xml
    from energie.imports.cii import local

    root = xml.parse(data, limit=MOST_BYTES)
    readers: dict[str, Callable[[Any], ParsedFile]] = {
        "R15": enedis_billing.read_r15,
        "C15": enedis_billing.read_c15,
        "R50": enedis_xml.read_r50,
        "R151": enedis_xml.read_r151,
        "R171": enedis_xml.read_r171,
        "Courbe": enedis_xml.read_r4x,
        "Envelope": enedis_xml.read_soap,
    }
    name = local(root)
    if name.lower() == "html":
        raise refusals.WithoutReadings(page_sentence(data))
    if name in readers:
        return readers[name](root)
    raise refusals.refuse_xml(root, accepted_formats())
