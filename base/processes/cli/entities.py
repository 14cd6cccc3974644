"""Commands for authorities."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from base.basics.errors import UsageError
from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add these commands."""
    entity = subparsers.add_parser(
        "entity",
        help="les entités",
        description="Gère les entités : communes, intercommunalité, CCAS. Les fiches de chacune "
        "sont à elle seule ; une personne peut appartenir à plusieurs (user add --entity).",
    )
    verbs = entity.add_subparsers(title="verbes", metavar="VERBE", required=True)
    add = verbs.add_parser(
        "add",
        help="créer une entité",
        description="Crée une entité, vide ; ses numéros commencent à 1.",
    )
    add.add_argument("code", metavar="CODE", help="le mot des commandes et des fichiers")
    add.add_argument("name", metavar="NOM", help="le nom de la collectivité")
    add.add_argument("--parent", metavar="CODE", help="l’entité à laquelle elle est rattachée")
    add.add_argument("--json", action="store_true", help="finir par un objet JSON sur une ligne")
    add.set_defaults(run=add_entity)
    listed = verbs.add_parser(
        "list", help="lister les entités", description="Liste les entités, par code."
    )
    listed.add_argument("--json", action="store_true", help="un objet JSON sur une ligne")
    listed.set_defaults(run=list_entities)


def add_entity(arguments: Namespace) -> int:
    """Make an authority."""
    from base.rules.rights import entities
    from base.rules.rights.actors import system_session

    app = installed.plain()
    with app.app_context(), system_session("entity add") as session:
        parent = None
        if arguments.parent is not None:
            parent = entities.by_code(session, arguments.parent)
            if parent is None:
                raise UsageError(f"Aucune entité n’a le code « {arguments.parent} ».")
        row = entities.add(
            session,
            code=arguments.code,
            name=arguments.name,
            parent=parent,
            timezone=app.settings.timezone,
        )
        made = _told(row)
    print(f"L’entité « {made['name']} » est créée ; son code est {made['code']}.")
    if arguments.json:
        print(json.dumps(made, ensure_ascii=False))
    return 0


def list_entities(arguments: Namespace) -> int:
    """Say which authorities there are."""
    from sqlalchemy import select

    from base.rules.rights.actors import system_session
    from base.store.models import Entity

    with installed.plain().app_context(), system_session("entity list", readonly=True) as session:
        rows = session.scalars(select(Entity).order_by(Entity.code)).all()
        found = [_told(row) for row in rows]
        codes = {row.id: row.code for row in rows}
    if arguments.json:
        print(json.dumps({"entities": found}, ensure_ascii=False))
        return 0
    for one in found:
        below = codes.get(one["parent_id"])
        print(f"{one['code']} : {one['name']}" + (f" (rattachée à {below})" if below else ""))
    return 0


def _told(row: Any) -> dict[str, Any]:
    return {"id": row.id, "code": row.code, "name": row.name, "parent_id": row.parent_id}
