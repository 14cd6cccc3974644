"""Who may import what, for which entity, and the session that reads meanwhile."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app
from sqlalchemy import select

from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports.declaration import Importer, importer_of, importers
from base.rules.rights.actors import job_session
from base.rules.rights.entities import by_code
from base.rules.rights.held import Held
from base.store.database import db
from base.store.models import Entity


def may_import(importer: Importer) -> bool:
    """Whether the person of this request may import files of this kind."""
    manager = current_app.extensions["appbuilder"].sm  # type: ignore[attr-defined]
    return bool(manager.has_access(*importer.right))


def kinds_with(rights: Held) -> list[str]:
    """The kinds of file that somebody with these rights may import."""
    return [importer.kind for importer in importers() if rights.has(*importer.right)]


def chosen_importer(kind: str) -> Importer:
    """The importer of an address, for a person who may use it.

    Raises:
        NotFound: there is none; a right that is missing is 403.
    """
    try:
        importer = importer_of(kind)
    except InvalidInput as fault:
        raise NotFound(str(fault)) from fault
    if not may_import(importer):
        abort(403)
    return importer


def given_entity(session: Session, given: str | None) -> int:
    """The entity that the file is for: the one chosen, or the person's only one.

    Raises:
        InvalidInput: the person works for several and chose none.
        NotFound: not one of the person's.
    """
    if not session.scope:
        raise NotFound(_("Introuvable."))
    if not given:
        if len(session.scope) > 1:
            raise InvalidInput.at("entity", _("Choisissez l’entité."))
        return int(session.scope[0])
    found = by_code(session, given)
    if found is None and given.isdecimal() and len(given) < 19:
        found = session.scalars(select(Entity).where(Entity.id == int(given))).first()
    if found is None:
        raise NotFound(_("Introuvable."))
    return int(found.id)


def reader() -> Any:
    """A session of this person that only reads, beside the request's own.

    Reading a file lasts; on SQLite the request's own session would hold the lock meanwhile.
    """
    session = db.session()
    return job_session(session.scope, session.actor, session.door, readonly=True)
