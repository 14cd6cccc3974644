"""``run.py labels``: sheets of QR labels in a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from base.basics.sessions import Session
from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "labels",
        help="imprimer des planches d’étiquettes QR",
        description="Écrit les planches d’étiquettes des biens choisis ; un bien sans étiquette "
        "en reçoit une.",
    )
    parser.add_argument("--out", metavar="FICHIER.pdf", type=Path, required=True)
    parser.add_argument("--layout", metavar="NOM", default="63x34", help="63x34, ou une autre")
    parser.add_argument("--start", metavar="N", type=int, default=1, help="première place libre")
    parser.add_argument("--entity", metavar="CODE", help="l’entité, s’il y en a plusieurs")
    parser.add_argument(
        "--filter",
        metavar="CLÉ=VALEUR",
        action="append",
        default=[],
        help="kind=equipment, category=chaudiere, status=in_service, under=CODE, code=CODE, "
        "search=mots ; plusieurs fois",
    )
    parser.add_argument("--outline", action="store_true", help="tracer les bords à découper")
    parser.add_argument(
        "--force", action="store_true", help="imprimer même si l’adresse est celle de la machine"
    )
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the sheets; prints how many labels they hold."""
    with installed.whole().app_context():
        print(write(arguments))
    return 0


def write(arguments: Namespace) -> str:
    """Write the file and return the sentence to print."""
    from base.basics.errors import UsageError
    from base.basics.formats import counted
    from base.desk.imports.command import entity_id_of
    from base.rules.rights.actors import job_session
    from patrimoine import documents, jobs
    from patrimoine.queries import labels

    try:
        sheet = documents.layout_named(arguments.layout)
    except documents.UnknownLayout as wrong:
        raise UsageError(f"--layout : {wrong}") from wrong
    if not 1 <= arguments.start <= sheet.per_sheet:
        raise UsageError(f"--start va de 1 à {sheet.per_sheet} pour ces planches.")
    jobs.refuse_loopback(arguments.force)
    entity_id = entity_id_of(arguments.entity)
    with job_session((entity_id,), "cli", "labels") as session:
        ids = labels.printable_ids(session, _filter(session, entity_id, arguments.filter))
        jobs.issue_missing(session, ids)
    temporary = arguments.out.with_name(arguments.out.name + ".part")
    try:
        with (
            temporary.open("wb") as out,
            job_session((entity_id,), "cli", "labels", readonly=True) as session,
        ):
            count = jobs.draw(
                session,
                out,
                ids,
                layout=arguments.layout,
                start=arguments.start,
                outline=arguments.outline,
            )
        temporary.replace(arguments.out)
    finally:
        temporary.unlink(missing_ok=True)
    return f"{counted(count, 'étiquette', 'étiquettes')} dans {arguments.out}"


def _filter(session: Session, entity_id: int, pairs: list[str]) -> Any:
    """The filter of ``--filter key=value`` arguments.

    Raises:
        UsageError: a key is unknown, or nothing has such a value.
    """
    from base.basics.errors import UsageError
    from patrimoine import domain, queries

    found: dict[str, Any] = {"entity_id": entity_id}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark or not value:
            raise UsageError(f"« {pair} » : écrivez --filter clé=valeur.")
        if key == "kind":
            kind = domain.kind_named(value)
            if kind is None:
                raise UsageError(f"« {value} » n’est pas une nature de bien.")
            found["kind"] = kind.value
        elif key == "category":
            category = queries.categories_by_code(session).get(value)
            if category is None:
                raise UsageError(f"La catégorie « {value} » n’existe pas.")
            found["category_id"] = category.id
        elif key == "status":
            status = domain.status_named(value)
            if status is None:
                raise UsageError(f"« {value} » n’est pas un état.")
            found["status"] = status.value
        elif key in ("under", "code"):
            asset = queries.asset_by_code(session, value, entity_id=entity_id)
            if asset is None:
                raise UsageError(f"Le bien « {value} » n’existe pas.")
            found["path" if key == "under" else "id"] = asset.path if key == "under" else asset.id
        elif key == "search":
            found["search"] = value
        else:
            raise UsageError(
                f"Le filtre « {key} » n’existe pas ; il y a : "
                "kind, category, status, under, code, search."
            )
    return queries.AssetFilter(**found)
