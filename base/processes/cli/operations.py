"""Commands of the person who runs the installation."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict
from typing import Any

from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add these commands."""
    parser = subparsers.add_parser(
        "doctor",
        help="examiner l’installation",
        description="Examine l’installation : schéma, intégrité, liens, traitements, Redis, "
        "disque, horloge, journal, documents, numéros, clés, sauvegardes. Code 1 à la première "
        "anomalie.",
    )
    parser.add_argument("--json", action="store_true", help="un objet JSON")
    parser.add_argument(
        "--all", action="store_true", help="relire tous les documents, pas un échantillon"
    )
    parser.set_defaults(run=doctor)

    search = subparsers.add_parser(
        "search",
        help="refaire l’index de recherche",
        description="Refait l’index de recherche à partir des fiches, pendant que l’on travaille.",
    )
    verbs = search.add_subparsers(title="verbes", metavar="VERBE", required=True)
    rebuild = verbs.add_parser("rebuild", help="refaire l’index")
    rebuild.set_defaults(run=rebuild_search)


MARKS = {"ok": "  ok ", "warning": "  !  ", "fault": "ÉCHEC"}


def doctor(arguments: Namespace) -> int:
    """Say how the installation is."""
    from base.upkeep.doctor import examine

    found = examine(installed.bare(newer=True), everything=arguments.all)
    faults = [finding for finding in found if finding.state == "fault"]
    if arguments.json:
        print(
            json.dumps(
                {"ok": not faults, "findings": [asdict(finding) for finding in found]},
                ensure_ascii=False,
            )
        )
    else:
        for finding in found:
            print(f"[{MARKS[finding.state]}] {finding.check} : {finding.sentence}")
    return 1 if faults else 0


def rebuild_search(arguments: Namespace) -> int:
    """Build the index of each kind anew and say how many records it has."""
    from flask_babel import Babel

    from base.engine.search import KINDS, building
    from base.store.database import db

    app = installed.bare()
    Babel(app)
    with app.app_context():
        for kind in KINDS.values():
            print(f"{kind.title} : {building.rebuild(kind)}", flush=True)
        db.engine.dispose()
    return 0
