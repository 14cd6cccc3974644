"""The command of the energy specification's worked cases."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from base.errors import DomainError, InvalidInput
from base.i18n import _


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "energy-case",
        help="calculer des cas types d’énergie",
        description="Calcule les cas types d’un fichier JSON (index, heure, import, affectation…) "
        "et les compare à leurs résultats attendus quand le fichier les donne.",
    )
    parser.add_argument("file", metavar="FICHIER", type=Path)
    parser.add_argument("--json", action="store_true", help="finir par un objet JSON")
    parser.set_defaults(run=run)


def cases_of(path: Path) -> list[dict[str, Any]]:
    """The cases of a file: an object with ``cases``, a list, or one case.

    Raises:
        InvalidInput: the file is missing, is no JSON, or holds no case.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise InvalidInput(_("Le fichier « %(f)s » ne s’ouvre pas.", f=path)) from fault
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(_("Le fichier « %(f)s » n’est pas du JSON.", f=path)) from fault
    found = content.get("cases", [content]) if isinstance(content, dict) else content
    if not isinstance(found, list) or not all(
        isinstance(case, dict) and "topic" in case and "inputs" in case for case in found
    ):
        raise InvalidInput(_("Un cas type a un « topic » et des « inputs »."))
    return found


def run(arguments: Namespace) -> int:
    """Compute each case; 0 when all were computed and none differs."""
    from energie.domain.cases import run_case
    from energie.domain.differences import differences

    results = []
    for number, case in enumerate(cases_of(arguments.file), 1):
        name = str(case.get("id", number))
        found: dict[str, Any] = {"id": name, "topic": case["topic"], "result": None}
        try:
            found["result"] = run_case(case["topic"], case["inputs"])
        except DomainError as refusal:
            found |= {"ok": False, "message": str(refusal)}
        else:
            lines = (
                differences(case["expected"], found["result"], case.get("tolerance", {}))
                if "expected" in case
                else []
            )
            found |= {"ok": not lines, "message": " ; ".join(lines)}
        results.append(found)
    show(results, as_json=arguments.json)
    return 0 if all(found["ok"] for found in results) else 1


def show(results: list[dict[str, Any]], *, as_json: bool) -> None:
    """One line a case, then the object when it is asked for."""
    out = sys.stderr if as_json else sys.stdout
    for found in results:
        word = _("conforme") if found["ok"] else _("écart")
        detail = f" : {found['message']}" if found["message"] else ""
        print(f"{found['id']} {found['topic']} {word}{detail}", file=out)
    if as_json:
        passed = sum(1 for found in results if found["ok"])
        summary = {"passed": passed, "failed": len(results) - passed, "results": results}
        print(json.dumps(summary, ensure_ascii=False, default=str))
