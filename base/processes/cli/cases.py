"""The command of the worked cases, which each module answers from its domain."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from base.basics.errors import DomainError, InvalidInput, StartRefused
from base.basics.i18n import _
from base.papers.cases import Topics, differences, run_case
from base.rules.modules.loading import discover, room


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "case",
        help="calculer des cas types",
        description="Calcule les cas types d’un fichier JSON (répartition, énergie…) par les "
        "règles du logiciel et les compare à leurs résultats attendus quand le fichier les donne.",
    )
    arguments_of(parser)
    parser.set_defaults(run=lambda arguments: run(arguments.file, as_json=arguments.json))


def arguments_of(parser: Any) -> None:
    """The arguments of a command that reads a file of cases."""
    parser.add_argument("file", metavar="FICHIER", type=Path)
    parser.add_argument("--json", action="store_true", help="finir par un objet JSON")


def topics_of(module: str | None) -> Topics:
    """The topics that a file means: those of a module that keeps its own, else all the others.

    Raises:
        StartRefused: two modules answer one topic.
    """
    found: dict[str, Any] = {}
    for manifest in discover():
        # A module of few rules has its domain in one file, and no cases.
        if not hasattr(room(manifest, "domain"), "__path__"):
            continue
        answers = room(manifest, "domain.cases")
        if answers is None:
            continue
        if getattr(answers, "FILES", False):
            if manifest.module == module:
                return dict(answers.TOPICS)
            continue
        if twice := found.keys() & answers.TOPICS.keys():
            raise StartRefused(f"Deux modules répondent au sujet {sorted(twice)[0]}.")
        found |= answers.TOPICS
    return found


def read(path: Path) -> tuple[str | None, list[dict[str, Any]]]:
    """The module that a file names, and its cases: an object with ``cases``, a list, or one case.

    Raises:
        InvalidInput: the file is missing, is no JSON, or holds no case.
    """
    try:
        content = json.loads(
            path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_constant=_no_number
        )
    except OSError as fault:
        raise InvalidInput(_("Le fichier « %(f)s » ne s’ouvre pas.", f=path)) from fault
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(_("Le fichier « %(f)s » n’est pas du JSON.", f=path)) from fault
    found = content.get("cases", [content]) if isinstance(content, dict) else content
    if found == []:
        raise InvalidInput(_("Le fichier « %(f)s » ne contient aucun cas type.", f=path))
    if not isinstance(found, list) or not all(
        isinstance(case, dict) and "topic" in case and "inputs" in case for case in found
    ):
        raise InvalidInput(_("Un cas type a un « topic » et des « inputs »."))
    module = content.get("module") if isinstance(content, dict) else None
    return module, found


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def run(path: Path, *, as_json: bool, module: str | None = None) -> int:
    """Compute each case, with the topics of ``module`` or of the one that the file names.

    0 when all were computed and none differs.
    """
    named, cases = read(path)
    topics = topics_of(module or named)
    results = [_answer(topics, number, case) for number, case in enumerate(cases, 1)]
    _show(results, as_json=as_json)
    return 0 if all(found["ok"] for found in results) else 1


def _answer(topics: Topics, number: int, case: dict[str, Any]) -> dict[str, Any]:
    topic = str(case["topic"])
    found: dict[str, Any] = {"id": str(case.get("id", number)), "topic": topic, "ok": False}
    try:
        found["result"] = run_case(topics, topic, case["inputs"])
    except DomainError as refusal:
        return found | {"result": None, "message": str(refusal)}
    tolerance = case.get("tolerance")
    lines = (
        differences(
            case["expected"], found["result"], tolerance if isinstance(tolerance, dict) else {}
        )
        if "expected" in case
        else []
    )
    return found | {"ok": not lines, "message": " ; ".join(lines)}


def _show(results: list[dict[str, Any]], *, as_json: bool) -> None:
    """One line a case, then the object when it is asked for."""
    out = sys.stderr if as_json else sys.stdout
    for found in results:
        word = _("conforme") if found["ok"] else _("écart")
        detail = f" : {found['message']}" if found["message"] else ""
        print(f"{found['id']} {found['topic']} {word}{detail}", file=out)
    if as_json:
        passed = sum(1 for found in results if found["ok"])
        summary = {"passed": passed, "failed": len(results) - passed, "results": results}
        print(json.dumps(summary, ensure_ascii=False, default=_plain))


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
