"""The command of the energy specification's worked cases."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from base.processes.cli import cases


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "energy-case",
        help="calculer des cas types d’énergie",
        description="Calcule les cas types d’énergie d’un fichier JSON (index, heure, import, "
        "affectation…) comme « case », que le fichier nomme ce module ou non.",
    )
    cases.arguments_of(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Compute each case; 0 when all were computed and none differs."""
    return cases.run(arguments.file, as_json=arguments.json, module="energie")
