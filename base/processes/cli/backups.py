"""Commands that make, check and bring back a backup."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any

from base.basics.errors import UsageError
from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add these commands."""
    backup = subparsers.add_parser(
        "backup",
        help="sauvegarder la base et les documents",
        description="Écrit en un fichier la base, les documents et les réglages, d’un même "
        "instant, sans arrêter le service.",
    )
    backup.add_argument("file", metavar="FICHIER", type=Path, nargs="?")
    instead = backup.add_mutually_exclusive_group()
    instead.add_argument(
        "--check",
        action="store_true",
        help="vérifier une sauvegarde, octet par octet, sans base de données",
    )
    instead.add_argument(
        "--rehearse",
        action="store_true",
        help="répéter une restauration à côté du service, comparer, puis tout retirer ; sans "
        "FICHIER, sur une sauvegarde faite pour cela",
    )
    backup.add_argument("--json", action="store_true", help="de la répétition, un objet JSON")
    backup.add_argument(
        "--with-secrets",
        action="store_true",
        help="y mettre aussi les clés de l’instance : à garder comme elles",
    )
    backup.set_defaults(run=back_up)

    restore = subparsers.add_parser(
        "restore",
        help="remettre une sauvegarde en place",
        description="Vérifie une sauvegarde, puis la met en place d’un coup. Le service doit être "
        "arrêté. Interrompue, la même commande reprend.",
    )
    restore.add_argument("file", metavar="FICHIER", type=Path)
    restore.add_argument("--force", action="store_true", help="remplacer les données qui sont là")
    restore.set_defaults(run=bring_back)


class Display:
    """Progress on stderr: one line that moves on a terminal, a line per step elsewhere."""

    def __init__(self) -> None:
        self._what = ""
        self._shown = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far a step has come."""
        now = time.monotonic()
        if sys.stderr.isatty():
            if what != self._what or now - self._shown > 0.2:
                percent = min(100, 100 * done // max(1, total))
                print(f"\r\033[K{what} : {percent} %", end="", file=sys.stderr, flush=True)
                self._shown = now
        elif what != self._what:
            print(f"{what}…", file=sys.stderr, flush=True)
        self._what = what

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty() and self._what:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _moment(written: str) -> str:
    """An instant of a manifest, on the clocks of the authority."""
    from base.basics.clock import authority_zone
    from base.basics.formats import instant

    return instant(datetime.fromisoformat(written), "fr", authority_zone())


def _took(seconds: float) -> str:
    from base.basics.formats import duration

    return duration(seconds, "fr")


def _held(found: Any) -> str:
    """What is in a backup, in words."""
    from base.basics.formats import counted

    rows = counted(sum(found.tables.values()), "ligne", "lignes")
    tables = counted(len(found.tables), "table", "tables")
    return f"{rows} dans {tables}, {_papers(found)}"


def _papers(found: Any) -> str:
    """Its documents and the end of its trail."""
    from base.basics.formats import counted

    documents = counted(len(found.documents), "document", "documents")
    return f"{documents}, journal jusqu’au fait n° {found.trail['seq']}"


def _sealed(seal: dict[str, Any] | None) -> str:
    if seal is None:
        return ", pas encore scellé"
    return f", scellé jusqu’au n° {seal['size']} (racine {seal['root'][:16]}…)"


def back_up(arguments: Namespace) -> int:
    """Make a backup, or check or try one.

    Raises:
        UsageError: what was asked for does not go together.
    """
    if arguments.rehearse:
        return rehearse(arguments)
    if arguments.json:
        raise UsageError("--json va avec --rehearse.")
    if arguments.file is None:
        raise UsageError("Donnez le nom du fichier de la sauvegarde.")
    display = Display()
    if arguments.check:
        from base.upkeep.backups.archive import check

        try:
            found = check(arguments.file, lambda d, t: display("Vérification", d, t))
        finally:
            display.end()
        print(
            f"La sauvegarde est entière : {_moment(found.made_at)}, version {found.version}, "
            f"{found.engine} ({found.method}), {_held(found)}{_sealed(found.trail.get('seal'))}."
        )
        return 0
    from base.basics.formats import file_size
    from base.upkeep.backups.making import back_up as make

    begin = time.monotonic()
    try:
        made = make(installed.plain(), arguments.file, secrets=arguments.with_secrets, say=display)
    finally:
        display.end()
    took, size = _took(time.monotonic() - begin), file_size(arguments.file.stat().st_size, "fr")
    print(
        f"Sauvegarde faite en {took} : {arguments.file} ({size}), {made.method}, {_papers(made)}."
    )
    if not made.secrets:
        print("Sans les clés de l’instance (--with-secrets les ajoute).")
    for digest in made.absent:
        print(f"Document absent ou abîmé, non sauvegardé : {digest}", file=sys.stderr)
    return 0


def rehearse(arguments: Namespace) -> int:
    """Try a backup: restore it beside the service, compare, take it away."""
    from base.processes.rehearsing import rehearse as attempt

    if arguments.with_secrets:
        raise UsageError("--with-secrets ne va pas avec --rehearse : rien n’est gardé.")
    display = Display()
    try:
        found = attempt(installed.plain(), arguments.file, say=display)
    finally:
        display.end()
    manifest = found.manifest
    if arguments.json:
        content: dict[str, Any] = {
            "ok": found.is_good,
            "file": str(arguments.file) if arguments.file is not None else None,
            "seconds": round(found.seconds, 1),
            "faults": found.faults,
        }
        if manifest is not None:
            content |= {
                "made_at": manifest.made_at,
                "method": manifest.method,
                "tables": len(manifest.tables),
                "rows": sum(manifest.tables.values()),
                "documents": len(manifest.documents),
                "sums": manifest.sums,
                "trail": manifest.trail,
            }
        print(json.dumps(content, ensure_ascii=False))
    elif found.is_good and manifest is not None:
        print(
            f"La restauration est répétée en {_took(found.seconds)} : état du "
            f"{_moment(manifest.made_at)}, {_held(manifest)}"
            f"{_sealed(manifest.trail.get('seal'))} ; nombres, sommes, empreintes et scellés "
            "comparés. Rien n’en reste."
        )
    else:
        print("La restauration ne réussirait pas :", file=sys.stderr)
        for fault in found.faults:
            print(f"- {fault}", file=sys.stderr)
    return 0 if found.is_good else 1


def bring_back(arguments: Namespace) -> int:
    """Bring a backup back."""
    from base.basics import data_dir, logs
    from base.processes.restoring import restore
    from base.upkeep import in_use
    from config import settings

    chosen = settings()
    if chosen.data_dir.is_dir():
        data_dir.close(chosen.data_dir)
        logs.configure(chosen, "command")
    display = Display()
    begin = time.monotonic()
    try:
        done = restore(chosen, arguments.file, force=arguments.force, say=display)
    finally:
        display.end()
    in_use.note(chosen)
    found = done.manifest
    print(
        f"Restauration faite en {_took(time.monotonic() - begin)} : état du "
        f"{_moment(found.made_at)}, {_held(found)} ; nombres, empreintes et journal vérifiés."
    )
    if not found.secrets:
        print("Les clés de l’instance sont celles d’ici : il faudra se reconnecter.")
    for name, value in sorted(done.settings.items()):
        print(f"Réglage de l’origine, à reporter s’il vous le faut : {name}={value}")
    for finding in done.findings:
        print(f"À voir : {finding.sentence}", file=sys.stderr)
    return 0
