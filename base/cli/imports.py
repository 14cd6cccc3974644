"""The command that imports one file, with the engine of the screen and the API."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from base.errors import DomainError, InvalidInput


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "import",
        help="importer un fichier",
        description="Importe un fichier : tout ou rien, sauf --partial. Affiche le nombre de "
        "lignes créées, modifiées, inchangées et rejetées, et la raison de chaque rejet.",
    )
    parser.add_argument("kind", metavar="GENRE", help="assets, agents, suppliers, parcels…")
    parser.add_argument("file", metavar="FICHIER", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="essayer sans rien écrire")
    parser.add_argument("--partial", action="store_true", help="écrire les lignes acceptées")
    parser.add_argument("--entity", metavar="CODE", help="l’entité, s’il y en a plusieurs")
    parser.add_argument("--json", action="store_true", help="finir par un objet JSON sur une ligne")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Import one file; 0 when it was taken, or would be with ``--dry-run``."""
    from base import logs
    from base.app import create_app
    from config import settings

    if not arguments.file.is_file():
        raise InvalidInput(f"Le fichier « {arguments.file} » n’existe pas.")
    chosen = settings()
    logs.configure(chosen, "import")
    app = create_app(chosen)
    with app.app_context():
        entity_id = entity(arguments.entity)
        report = import_file(
            arguments.kind,
            arguments.file,
            entity_id=entity_id,
            dry_run=arguments.dry_run,
            partial=arguments.partial,
        )
    show(report, as_json=arguments.json)
    return 0 if not report.rejected or (arguments.partial and not arguments.dry_run) else 1


def entity(code: str | None) -> int:
    """The entity of a code, or the only one.

    Raises:
        SystemExit: code 2, no code was given and there are several.
        DomainError: there is none of this code.
    """
    from sqlalchemy import select

    from base.models import Entity
    from base.sessions import system_session

    with system_session("entity of a command", readonly=True) as session:
        rows = session.execute(select(Entity.id, Entity.code).order_by(Entity.id)).all()
    if code is None:
        if len(rows) != 1:
            print(
                "run.py : il y a plusieurs entités, choisissez avec --entity : "
                + ", ".join(row.code for row in rows),
                file=sys.stderr,
            )
            raise SystemExit(2)
        return int(rows[0].id)
    for row in rows:
        if row.code == code:
            return int(row.id)
    raise DomainError(
        f"L’entité « {code} » n’existe pas ; il y a : {', '.join(row.code for row in rows)}."
    )


def import_file(
    kind: str, path: Path, *, entity_id: int, dry_run: bool = False, partial: bool = False
) -> Any:
    """Examine a file and write it as one; its report.

    Raises:
        DomainError: the kind is unknown or the file as a whole cannot be read.
    """
    from base.file_kinds import accept_source
    from base.files import store_of
    from base.imports import importer_of
    from base.imports.engine import Source, commit, examine, keep_report, may_commit
    from base.sessions import job_session

    importer = importer_of(kind)
    store = store_of()
    with path.open("rb") as stream:
        stored = accept_source(
            store, stream, path.name, kinds=importer.sources, limit=importer.max_bytes
        )
    door = f"import {kind}"
    source = Source.of(store, stored)
    with job_session((entity_id,), "cli", door, readonly=True) as session:
        examination = examine(session, importer, entity_id, source, dry_run=dry_run)
    if dry_run or not may_commit(examination, partial=partial):
        return examination.report
    report_files = keep_report(store, examination)
    with job_session((entity_id,), "cli", door) as session:
        commit(session, examination, report_files, partial=partial)
    return examination.report


def show(report: Any, *, as_json: bool) -> None:
    """Print the counts, and each rejected row with its reason."""
    out = sys.stderr if as_json else sys.stdout
    for fault in report.errors:
        where = f"ligne {fault['row']}" if fault.get("row") else "fichier"
        print(f"{where} : {fault.get('reason') or fault.get('sentence')}", file=out)
    word = "seraient " if report.dry_run else ""
    print(
        f"{word}créées {report.created}, modifiées {report.updated}, "
        f"inchangées {report.unchanged}, rejetées {report.rejected}",
        file=out,
    )
    if report.former_id is not None:
        print(f"Ce fichier a déjà été importé : voir l’import n° {report.former_id}.", file=out)
    if as_json:
        keys = ("created", "updated", "unchanged", "rejected", "errors")
        summary = report.summary()
        first = {key: summary[key] for key in keys}
        print(json.dumps({**first, **summary}, ensure_ascii=False, default=str))
