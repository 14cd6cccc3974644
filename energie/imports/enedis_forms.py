"""The forms in which Enedis gives measures: JSON flows, flat CSV flows, SOAP answers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from base.basics.i18n import _
from base.papers.tables.texts import fold
from energie.domain.blocks import ParsedFile, UnreadableFile
from energie.imports.cii import every, local, text
from energie.imports.enedis_measures import Tree, read_measures

if TYPE_CHECKING:
    from lxml.etree import _Element

#: JSON flows of this form.
FLOWS = ("R63", "R64", "R65", "R66")
#: Titles of the flat files → names of the tree.
FLAT = {
    "identifiant prm": "prm",
    "date de debut": "opens",
    "date de fin": "closes",
    "grandeur physique": "grandeurPhysique",
    "grandeur metier": "grandeurMetier",
    "unite": "unite",
    "horodate": "d",
    "valeur": "v",
    "nature": "n",
    "pas": "p",
    "libelle grille": "libelleGrille",
    "grille": "codeGrille",
    "identifiant calendrier": "idCalendrier",
    "identifiant classe temporelle": "idClasseTemporelle",
    "cadran": "codeCadran",
}
TOTALISER = "IDX_EAS_T"


def read_flows(content: list[Any]) -> ParsedFile:
    """The measures of flows R63 to R66, as JSON."""
    first = content[0].get("header") or {}
    parsed = ParsedFile(f"enedis_{str(first.get('codeFlux', '')).lower()}"[:20])
    try:
        measures = [measure for answer in content for measure in answer["mesures"]]
        return read_measures(parsed, measures)
    except (KeyError, TypeError, AttributeError) as fault:
        words = _(
            "Ce flux %(flow)s est incomplet : il manque « %(f)s ».",
            flow=parsed.format.removeprefix("enedis_").upper(),
            f=fault,
        )
        raise UnreadableFile(words) from fault


def read_soap_details(answer: _Element) -> ParsedFile:
    """The detailed measures of a SOAP answer, in its second or third version."""
    period = {name: text(answer, f"periode/{name}") for name in ("dateDebut", "dateFin")}
    contexts = every(answer, "contexte")
    measure = {
        "idPrm": text(answer, "pointId"),
        "periode": period,
        "pas": text(answer, "pas"),
        "grandeur": [_tree(node) for node in every(answer, "grandeur")],
        "contexte": [
            {"grandeur": [_tree(node) for node in every(context, "grandeur")]}
            for context in contexts
        ],
    }
    return read_measures(ParsedFile("enedis_soap"), [measure])


#: Elements of which there may be many, and the name of their list.
_MANY = {"points": "points", "mesure": "points"} | {
    name: name for name in ("calendrier", "classeTemporelle", "valeur")
}


def _tree(node: _Element) -> Tree:
    """An element as the dictionary that the JSON flows have for it."""
    found: Tree = {"line": node.sourceline or 0}
    for child in node:
        if not isinstance(child.tag, str):
            continue
        name = local(child)
        if name in _MANY:
            found.setdefault(_MANY[name], []).append(_tree(child))
        else:
            found[name] = _tree(child) if len(child) else (child.text or "").strip()
    return found


def read_flat(titles: str, lines: Iterable[tuple[int, str]]) -> ParsedFile:
    """The rows of a flat file of R63 or R64, each of which says all.

    Raises:
        UnreadableFile: a column without which nothing can be said is missing.
    """
    named = [FLAT.get(fold(title.strip())) for title in _cells(titles)]
    missing = {"prm", "grandeurPhysique", "d", "v"} - set(named)
    if missing:
        raise UnreadableFile(
            _("Ce flux d’Enedis en CSV n’a pas toutes ses colonnes : il est coupé ou abîmé.")
        )
    is_index = "idClasseTemporelle" in named
    parsed = ParsedFile("enedis_r64_csv" if is_index else "enedis_r63_csv")
    measures: dict[tuple[str, ...], Tree] = {}
    for number, line in lines:
        cells = _cells(line)
        if not any(cells):
            continue
        row: Tree = {name: cell.strip() for name, cell in zip(named, cells, strict=False) if name}
        row["line"] = number
        if len(cells) < len(named) or not row["prm"]:
            parsed.reject(number, line, _("Ligne coupée : il y manque des colonnes."))
            continue
        kind = (row["prm"], row["grandeurPhysique"], row.get("unite", ""))
        sense = row.setdefault("grandeurMetier", "CONS")
        measure = measures.setdefault(
            (*kind, sense),
            {
                "idPrm": row["prm"],
                "periode": {"dateDebut": row.get("opens"), "dateFin": row.get("closes")},
                "grandeur": [row | {"points": []}],
            },
        )
        _flat_row(measure["grandeur"][0], row, is_index=is_index)
    return read_measures(parsed, list(measures.values()))


def _flat_row(quantity: Tree, row: Tree, *, is_index: bool) -> None:
    if not is_index:
        quantity["points"].append(row)
    elif row.get("codeCadran") == TOTALISER or not row["idClasseTemporelle"]:
        quantity.setdefault("cadranTotalisateur", {"valeur": []})["valeur"].append(row)
    else:
        calendars = quantity.setdefault("by_calendar", {})
        name = (row.get("idCalendrier"), row.get("libelleGrille"), row.get("codeGrille"))
        calendar = calendars.setdefault(name, row | {"by_class": {}})
        quantity["calendrier"] = list(calendars.values())
        kinds = calendar["by_class"]
        kinds.setdefault(row["idClasseTemporelle"], row | {"valeur": []})["valeur"].append(row)
        calendar["classeTemporelle"] = list(kinds.values())


def _cells(line: str) -> list[str]:
    return next(csv.reader([line.lstrip("\ufeff").rstrip("\r\n")], delimiter=";"), [])
