"""Which files of a folder the demonstration takes: by content, the first in path order per kind."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from base.basics.errors import InvalidInput

#: How much of a file is looked at.
HEAD = 64 * 1024
MAX_BYTES = 50 * 1024 * 1024
_CURVE_COLUMNS = "Identifiant PRM;Type de donnees"
_NAME = {"name", "nom", "title", "designation", "désignation", "libelle", "libellé", "asset name"}
_OTHER = {
    *("category", "catégorie", "categorie", "type", "kind", "nature", "location", "emplacement"),
    *("serial", "serial number", "numéro de série", "asset tag", "code", "parent", "manufacturer"),
    *("n° d’inventaire", "nature du bien", "rattaché à", "marque"),
}


@dataclass
class Inputs:
    """The files of one run; ``assets`` and ``invoices`` are tried in order until one is taken."""

    parcels: list[Path] = field(default_factory=list)
    assets: list[Path] = field(default_factory=list)
    curves: list[Path] = field(default_factory=list)
    #: Curves of other meters than the large ones (C4), which are read every ten minutes.
    other_curves: list[Path] = field(default_factory=list)
    invoices: list[Path] = field(default_factory=list)


def look(folder: Path) -> Inputs:
    """The files of a folder by what they are, each kind in path order.

    Raises:
        InvalidInput: the folder does not exist.
    """
    if not folder.is_dir():
        raise InvalidInput(f"Le dossier « {folder} » n’existe pas.")
    found = Inputs()
    for path in _files(folder):
        kind = _kind(path)
        if kind is not None:
            getattr(found, kind).append(path)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts):
        if path.is_file() and 0 < path.stat().st_size <= MAX_BYTES:
            yield path


def _kind(path: Path) -> str | None:
    with path.open("rb") as source:
        head = source.read(HEAD)
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("{"):
        is_parcels = '"FeatureCollection"' in text and '"contenance"' in text
        return "parcels" if is_parcels else None
    if text.startswith(_CURVE_COLUMNS):
        if "Courbe de charge" not in text[:1000]:
            return None
        return "curves" if _step_minutes(text) == 10 else "other_curves"
    if b"%PDF" in head[:1024]:
        return "invoices" if _attached_xml(path) is not None else None
    if text.startswith("<"):
        return None
    return "assets" if _is_register(text) else None


def _step_minutes(text: str) -> int | None:
    """Minutes between the first two values of a curve."""
    stamps = [line.split(";")[0] for line in text.splitlines()[3:5]]
    try:
        first, second = (datetime.fromisoformat(stamp) for stamp in stamps)
    except ValueError:
        return None
    return int((second - first).total_seconds()) // 60


def _is_register(text: str) -> bool:
    """Whether the first line names columns that a register of assets has."""
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if "\x00" in line or len(line) > 10_000:
        return False
    separator = max(",;\t", key=line.count)
    cells = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    words = {cell.strip().lower() for cell in cells}
    return len(cells) >= 3 and bool(words & _NAME) and len(words & _OTHER) >= 2


def _attached_xml(path: Path) -> bytes | None:
    """The electronic invoice inside a PDF, if it has one that can be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        attached = PdfReader(path).attachments
        for name, contents in attached.items():
            if name.lower().endswith(".xml") and contents:
                return bytes(contents[0])
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # a damaged PDF is no invoice; pypdf says so in many ways
    return None


def curve_prm(path: Path) -> str:
    """The delivery point that a load curve names.

    Raises:
        InvalidInput: its second line does not begin with fourteen digits.
    """
    with path.open(encoding="utf-8-sig") as lines:
        next(lines, "")
        prm = next(lines, "").split(";")[0].strip()
    if not re.fullmatch(r"\d{14}", prm):
        raise InvalidInput(f"« {path.name} » ne nomme pas de point de livraison.")
    return prm


def invoice_total(path: Path) -> Decimal:
    """What an electronic invoice asks for, tax included, read straight from its XML.

    Negative for a credit note. This is the demonstration's own reading, so that the total of the
    report is checked against the file and not against what the importer made of it.

    Raises:
        InvalidInput: the file has no total.
    """
    from base.papers.files import xml

    data = path.read_bytes()
    root: Any = xml.parse(_attached_xml(path) or b"" if b"%PDF" in data[:1024] else data)
    for name in ("GrandTotalAmount", "TaxInclusiveAmount"):
        amount = root.find(f".//{{*}}{name}")
        if amount is not None and amount.text:
            kind = root.find(".//{*}ExchangedDocument/{*}TypeCode")
            sign = -1 if kind is not None and kind.text == "381" else 1
            return sign * abs(Decimal(amount.text.strip()))
    raise InvalidInput(f"« {path.name} » n’a pas de total.")
