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

    subparsers.add_parser(
        "use-database",
        help="changer de base de données",
        description="Note que la base de DATABASE_URL est désormais celle de ce dossier des "
        "données : toute commande qui en ouvrirait une autre est refusée.",
    ).set_defaults(run=use_database)

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
    from base.basics import clock
    from base.upkeep.backups.making import version
    from base.upkeep.doctor import examine, numbers

    app = installed.bare(newer=True)
    found = examine(app, everything=arguments.all)
    faults = [finding for finding in found if finding.state == "fault"]
    if arguments.json:
        print(
            json.dumps(
                {
                    "ok": not faults,
                    "at": clock.now().isoformat(timespec="seconds"),
                    "version": version(),
                    "numbers": numbers(app),
                    "findings": [asdict(finding) for finding in found],
                },
                ensure_ascii=False,
            )
        )
    else:
        for finding in found:
            print(f"[{MARKS[finding.state]}] {finding.check} : {finding.sentence}")
    return 1 if faults else 0


def use_database(arguments: Namespace) -> int:
    """Note another database as the one in use; a server must answer, a file is made later."""
    from base.basics import data_dir
    from base.upkeep import in_use
    from config import settings

    chosen = settings()
    data_dir.prepare(chosen)
    if not chosen.is_sqlite:
        installed.bare(chosen)
    in_use.note(chosen)
    print(f"Base en service : {in_use.words(chosen, in_use.of(chosen))}.")
    return 0


def rebuild_search(arguments: Namespace) -> int:
    """Build the index of each kind anew and say how many records it has."""
    from flask_babel import Babel

    from base.basics.formats import number
    from base.engine.search import KINDS, building
    from base.store.database import db

    app = installed.bare()
    Babel(app)
    with app.app_context():
        for kind in KINDS.values():
            print(f"{kind.title} : {number(building.rebuild(kind), 0, 'fr')}", flush=True)
        db.engine.dispose()
    return 0
