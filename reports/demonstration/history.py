"""The three years of the generated commune, taken in file by file by the importers.

Each file is one transaction, and the import's own row is its marker: a run that was killed goes
on with the first file that is not there, and nothing is written twice.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from base.basics.errors import DomainError
from base.basics.formats import number
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.accounts import making
from base.desk.imports.command import import_file
from base.desk.imports.declaration import importer_of
from base.desk.imports.engine import Source, former_of
from base.desk.imports.rows import Options
from base.face.attached import saved_views
from base.rules.rights.actors import security
from base.store.models import Department
from interventions.models import Store
from reports.demonstration import commune
from reports.demonstration.progress import Bar

#: How long a file of a kind takes, next to its size: for the progress.
_WEIGHTS = {
    "work-orders": 14,
    "invoices": 10,
    "requests": 10,
    "agents": 8,
    "meters": 40,
    "stock": 20,
}
_WORDS = {
    "parcels": "parcelles cadastrales",
    "assets": "lieux, bâtiments et locaux",
    "vehicles": "véhicules",
    "equipment": "équipements",
    "suppliers": "fournisseurs",
    "agents": "agents et taux",
    "meters": "points de livraison",
    "stock": "livraisons",
    "work-orders": "interventions",
    "requests": "demandes",
    "readings": "relevés",
    "invoices": "factures",
}
#: Who brings a file of a kind.
_WHO = {
    "parcels": commune.FLEET,
    "assets": commune.FLEET,
    "vehicles": commune.FLEET,
    "equipment": commune.FLEET,
    "suppliers": commune.FINANCE,
    "meters": commune.ENERGY,
    "readings": commune.ENERGY,
    "invoices": commune.ENERGY,
}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def settle(session: Session, entity_id: int) -> None:
    """The services and stores that files speak of, as a person makes them on the screens."""
    known = set(session.scalars(select(Department.code).where(Department.entity_id == entity_id)))
    session.add_all(
        Department(entity_id=entity_id, code=code, name=name)
        for code, name in commune.SERVICES
        if code not in known
    )
    known = set(session.scalars(select(Store.code).where(Store.entity_id == entity_id)))
    session.add_all(
        Store(entity_id=entity_id, code=code, name=name)
        for code, name in commune.STORES
        if code not in known
    )
    session.flush()


def people(entity: str, say: Callable[[str], None]) -> dict[str, int]:
    """Accounts to sign in with, one for each role, by name; their password is said here, once.

    A run that was killed before its marker gives all of them a new one.
    """
    from flask import current_app

    word = "-".join("".join(secrets.choice(_LETTERS) for _n in range(5)) for _m in range(4))
    manager = current_app.extensions["appbuilder"].sm
    made: dict[str, int] = {}
    for account in commune.ACCOUNTS:
        known = manager.find_user(username=account.username)
        if known:
            made[account.username] = int(known.id)
            making.set_password(account.username, word, must_change=False)
            security.remove()
            continue
        security.remove()
        made[account.username] = making.create_user(
            account.username,
            word,
            roles=[account.role],
            entities=[entity],
            first_name=account.first_name,
            last_name=account.last_name,
            email=f"{account.username}@saint-maurin.invalid",
            must_change=False,
        )
    say(f"   comptes prêts, mot de passe de tous, dit une seule fois : {word}")
    for account in commune.ACCOUNTS:
        say(f"   {account.username:<18} {account.duty}")
    return made


def known() -> dict[str, int]:
    """The accounts of the commune that are there, by name."""
    names = [account.username for account in commune.ACCOUNTS]
    rows = security.execute(select(User.username, User.id).where(User.username.in_(names))).all()
    security.remove()
    return {name: number for name, number in rows}


def homes(session: Session, entity_id: int, made: dict[str, int]) -> None:
    """The first pages that are not those of a role: whoever runs the fleet sees the fleet."""
    for account in commune.ACCOUNTS:
        if account.home:
            chosen = tiles.Arrangement(audiences=[account.home])
            saved_views.remember(
                session, tiles.VIEW, made[account.username], entity_id, **chosen.kept()
            )


def take_in(
    files: commune.Files,
    wanted: Sequence[tuple[str, str]],
    *,
    code: str,
    reading: Callable[[], AbstractContextManager[Any]],
    acting: Callable[[str], AbstractContextManager[str]],
    say: Callable[[str], None],
) -> None:
    """Import the files that no earlier run took in, in their order, each as who brings it.

    Raises:
        DomainError: a file is refused; the sentence is that of its first row.
    """
    sizes = [_weight(kind, files.path(name)) for kind, name in wanted]
    bar = Bar(sum(sizes), say)
    for (kind, name), size in zip(wanted, sizes, strict=True):
        path = files.path(name)
        bar.show(f"{_WORDS[kind]} : {name}")
        if _is_in(kind, path, reading):
            bar.done(size, f"{name} : déjà là")
            continue
        with acting(_WHO.get(kind, commune.HEAD)) as actor:
            report = import_file(kind, path, entity=code, actor=actor)
        if not report.applied:
            reason = report.errors[0]["reason"] if report.errors else "refusé"
            raise DomainError(f"{name} : {reason}")
        if report.ignored:  # what the commune tells is never lost on the way
            raise DomainError(f"{name} : colonnes non lues : {', '.join(report.ignored)}")
        count = report.created + report.updated + report.unchanged
        bar.done(size, f"{name} : {number(count, 0, 'fr')} {_WORDS[kind]}")
    bar.end()


def _weight(kind: str, path: Path) -> float:
    return path.stat().st_size / 100_000 * _WEIGHTS.get(kind, 3)


def _is_in(kind: str, path: Path, reading: Callable[[], AbstractContextManager[Any]]) -> bool:
    """Whether this very file was imported and stands: what a killed run had done."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    source = Source(path, path.name, digest, path.stat().st_size, "")
    with reading() as session:
        found = former_of(session, importer_of(kind), session.scope[0], source, Options())
        return found is not None
