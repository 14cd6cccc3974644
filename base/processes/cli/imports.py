"""The command that imports one file, with the engine of the screen and the API."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "import",
        help="importer un fichier",
        description="Importe un fichier : tout ou rien, sauf --partial. Affiche le nombre de "
        "lignes créées, modifiées, inchangées et rejetées, et la raison de chaque rejet. Avec "
        "--undo, annule un import : ce qu’il a créé est retiré, ce qu’il a changé remis.",
    )
    parser.add_argument(
        "kind", metavar="GENRE", nargs="?", help="assets, agents, suppliers, parcels…"
    )
    parser.add_argument("file", metavar="FICHIER", nargs="?", type=Path)
    parser.add_argument(
        "--undo", metavar="N", type=int, help="annuler l’import n° N ; --dry-run montre l’effet"
    )
    parser.add_argument("--dry-run", action="store_true", help="essayer sans rien écrire")
    parser.add_argument("--partial", action="store_true", help="écrire les lignes acceptées")
    parser.add_argument("--entity", metavar="CODE", help="l’entité, s’il y en a plusieurs")
    parser.add_argument("--json", action="store_true", help="finir par un objet JSON sur une ligne")
    parser.add_argument(
        "--american", action="store_true", help="les dates du fichier ont le mois en premier"
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="TITRE=CLE",
        help="ce que contient une colonne du fichier",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NOM=VALEUR",
        help="ce que le fichier ne dit pas, par exemple unit=kWh ou convention=end",
    )
    parser.set_defaults(run=run, refuse=parser.error)


def run(arguments: Namespace) -> int:
    """Import one file; 0 when it was taken or only tried, 1 when refused, 2 when used wrongly."""
    if arguments.undo is None and (arguments.kind is None or arguments.file is None):
        arguments.refuse("il manque : GENRE, FICHIER (ou --undo N)")
    if arguments.undo is not None and arguments.kind is not None:
        arguments.refuse("--undo ne prend ni genre ni fichier")
    from base.app import command_app, create_app
    from base.desk.imports import command

    chosen = installed.chosen("import")
    if arguments.undo is not None:
        with create_app(chosen).app_context():
            return command.run_undo(
                arguments.undo, dry_run=arguments.dry_run, as_json=arguments.json
            )
    # What streams is big and writes through services alone: it needs no screens.
    app = command_app(chosen) if _streams(arguments.kind) else create_app(chosen)
    with app.app_context():
        return command.run(
            arguments.kind,
            str(arguments.file),
            entity=arguments.entity,
            dry_run=arguments.dry_run,
            partial=arguments.partial,
            as_json=arguments.json,
            american=arguments.american,
            mapping=arguments.column,
            answers=arguments.option,
        )


def _streams(kind: str) -> bool:
    """Whether the importer of a kind writes by itself."""
    from base.desk.imports import importers
    from base.rules.modules import loading

    manifests = loading.discover()
    loading.load_models(manifests)
    for manifest in manifests:
        loading.room(manifest, "imports")
    return any(importer.kind == kind and importer.streams for importer in importers())
