"""Commands on the evidence: seal the trail, verify it."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict
from typing import Any

from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add these commands."""
    parser = subparsers.add_parser(
        "seal",
        help="sceller le journal",
        description="Scelle tout ce que le journal contient à cet instant et affiche le repère "
        "TAILLE:RACINE du dernier scellé, à noter ailleurs : « verify --anchor » s’en sert.",
    )
    parser.add_argument("--json", action="store_true", help="un objet JSON")
    parser.set_defaults(run=seal)
    parser = subparsers.add_parser(
        "verify",
        help="vérifier le journal, les documents et les écritures",
        description="Tient le journal contre ses scellés, les documents contre leurs empreintes, "
        "les écritures contre leurs pièces. Dit la première faute de chaque sorte. Code 1 s’il y "
        "en a une.",
    )
    parser.add_argument(
        "--anchor",
        metavar="TAILLE:RACINE",
        action="append",
        default=[],
        help="un repère noté ailleurs (répétable)",
    )
    parser.add_argument(
        "--key",
        metavar="EMPREINTE",
        action="append",
        default=[],
        help="la seule clé qui a pu signer (répétable)",
    )
    parser.add_argument(
        "--since",
        metavar="SCELLÉ",
        type=int,
        default=0,
        help="ne relire que les faits postérieurs à ce scellé",
    )
    parser.add_argument("--json", action="store_true", help="un objet JSON")
    parser.set_defaults(run=verify)


def seal(arguments: Namespace) -> int:
    """Seal what there is; print the anchor."""
    from base.store.database import db
    from base.upkeep.schema import migrations
    from base.upkeep.seals.sealing import seal_now

    app = installed.bare()
    with app.app_context():
        migrations.check(db.engine, app.manifests)
        made = seal_now("seal")
    if arguments.json:
        content = (
            {}
            if made is None
            else {
                "number": made.number,
                "size": made.size,
                "root": made.root,
                "at": made.at.isoformat(),
                "key": made.key,
                "signature": made.signature,
            }
        )
        print(json.dumps(content))
    elif made is None:
        print("Le journal est vide : rien à sceller.")
    else:
        from base.basics.formats import counted

        print(f"Scellé n° {made.number} : {counted(made.size, 'fait', 'faits')}.")
        print(f"{made.size}:{made.root}")
    return 0


def verify(arguments: Namespace) -> int:
    """Say whether the evidence holds."""
    from base.basics.errors import InvalidInput, UsageError
    from base.upkeep.seals.anchors import Anchor
    from base.upkeep.seals.examination import examine

    try:
        anchors = [Anchor.read(text) for text in arguments.anchor]
    except InvalidInput as wrong:
        raise UsageError(f"--anchor : {wrong}") from wrong
    app = installed.bare()
    with app.app_context():
        found = examine(app, anchors=anchors, since=arguments.since, trusted=arguments.key)
    faults = list(found.faults.values())
    if arguments.json:
        content = {
            "ok": not faults,
            "entries": found.entries,
            "last_seq": found.last_seq,
            "seals": found.seals,
            "size": found.size,
            "root": found.root,
            "first_seq": found.first_seq,
            "faults": [asdict(fault) for fault in faults],
        }
        print(json.dumps(content, ensure_ascii=False))
    else:
        for fault in faults:
            print(f"ÉCHEC {fault.kind} : {fault.sentence}")
        for sentence in found.sentences:
            print(sentence)
    return 1 if faults else 0
