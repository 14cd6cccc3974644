"""What has happened to an account, in words: read from the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from base.basics.i18n import _, _l
from base.rules.rights import personal
from base.rules.rights.actors import security, system_session
from base.rules.rights.people import names_of
from base.store.history.trail import FOREIGN_TRACKED
from base.store.models import Entity, Event

LINES = 30
_COLUMNS = {
    **FOREIGN_TRACKED["ab_user"],
    "roles": _l("Rôles"),
    "entities": _l("Entités"),
}
_DONE = {
    ("sign_in", "done"): _l("Connexion"),
    ("sign_in", "failed"): _l("Connexion refusée"),
    ("sign_in", "ended"): _l("Déconnexion"),
    ("sign_in", "ended by an administrator"): _l("Session fermée par un administrateur"),
    ("sign_in", "all ended"): _l("Toutes les sessions fermées"),
    ("sign_in", "refresh token used twice: all of its family ended"): _l(
        "Jeton présenté deux fois : session fermée"
    ),
    ("password", "changed"): _l("Mot de passe changé"),
    ("password", "link made"): _l("Lien de mot de passe donné"),
    ("second_factor", "set up"): _l("Second facteur mis en place"),
    ("second_factor", "left by its person"): _l("Second facteur retiré"),
    ("second_factor", "reset by an administrator"): _l("Second facteur retiré"),
    ("second_factor", "recovery code used"): _l("Code de secours utilisé"),
}


class Happening(NamedTuple):
    """One line: when, by whom, what, and what it was and became."""

    at: datetime
    who: str
    text: str
    changes: list[tuple[str, str, str]]


def account_history(user_id: int) -> list[Happening]:
    """The last happenings of an account, newest first."""
    with system_session("account history", readonly=True) as work:
        events = work.scalars(
            select(Event)
            .where(Event.record == "ab_user", Event.record_id == user_id)
            .order_by(Event.seq.desc())
            .limit(LINES)
        ).all()
        said = personal.reveal(work, events)
        rows = [(e.at, e.actor, e.op, said[e.seq]) for e in events]
    entities = {i: name for i, name in security().execute(select(Entity.id, Entity.name))}
    ids = {a: int(a[5:]) for _at, a, *_rest in rows if a.startswith("user:") and a[5:].isdecimal()}
    names = names_of(ids.values())
    return [
        Happening(at, names.get(ids.get(actor, 0), _("Ouvrage")), *_words(op, changes, entities))
        for at, actor, op, changes in rows
    ]


def _words(
    op: str, changes: Any, entities: dict[int, str]
) -> tuple[str, list[tuple[str, str, str]]]:
    if not isinstance(changes, dict):
        return str(changes), []
    lines = [
        (
            str(_COLUMNS.get(name, name)),
            _shown(name, pair[0], entities),
            _shown(name, pair[1], entities),
        )
        for name, pair in changes.items()
        if isinstance(pair, list) and len(pair) == 2
    ]
    if op == "I":
        return _("Compte créé"), []
    for name in ("sign_in", "password", "second_factor"):
        if name in changes:
            done = changes[name]
            return str(_DONE.get((name, done), done)), []
    text = changes.get("text")
    return str(text) if text else _("Compte changé"), lines


def _shown(name: str, value: Any, entities: dict[int, str]) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, list):
        words = [entities.get(v, str(v)) if name == "entities" else str(v) for v in value]
        return ", ".join(words) or _("aucun")
    return "" if value is None else str(value)
