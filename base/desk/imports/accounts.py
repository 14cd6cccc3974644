"""People's accounts, from files: who, with which roles, for which entities."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import Importer, register
from base.desk.imports.engine import in_chunks
from base.desk.imports.rows import Record, Stale
from base.papers.tables import Column, ValueRefused, values
from base.store.history.trail import note
from base.store.models import Entity, UserEntity, UserSecurity
from base.store.models.imports import Effect

#: Given by hand, by an administrator; never by a file.
HAND_GIVEN = frozenset({"Admin", "Public"})
_OWN = ("first_name", "last_name", "email", "active")


def _names(cell: Any) -> tuple[str, ...] | None:
    found = values.text(cell, limit=500)
    if found is None:
        return None
    return tuple(sorted({part.strip() for part in re.split(r"[,;|]", found) if part.strip()}))


def _username(cell: Any) -> Any:
    found = values.text(cell, limit=64)
    if found is not None and not re.fullmatch(r"[\w.@+-]+", found):
        raise ValueRefused(
            _("« %(value)s » n’est pas un identifiant : ni espace, ni signe.", value=found)
        )
    return found.lower() if found else None


class UserImporter(Importer):
    """Accounts found by their user name. A new one has no password until a link is sent."""

    kind = "users"
    title = _l("Comptes")
    help = _l("Comptes des personnes, avec leurs rôles et leurs entités.")
    icon = "users"
    match_keys = ("username",)
    telling = ("username", "roles")
    record = "ab_user"
    right = ("can_add", "UserAdminView")
    irrevocable = _l(
        "Un compte ne se retire pas : la personne a pu s’en servir. Désactivez ceux qui sont de "
        "trop."
    )

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of such a file."""
        of = partial(column_from, User)
        return (
            of(
                "username",
                "username | login | user name | compte | utilisateur",
                parse=_username,
                required=True,
                help=_l("Sans espace ; ne change plus ensuite."),
            ),
            of(
                "last_name",
                "nom de famille | last name | surname",
                required=True,
                help=_l("Nom de famille."),
            ),
            of("first_name", "first name | given name", help=_l("Prénom.")),
            of(
                "email",
                parse=values.email,
                required=True,
                help=_l("Reçoit le lien qui permet de choisir un mot de passe."),
            ),
            Column(
                "roles",
                _l("Rôles"),
                _names,
                required=True,
                aliases=("rôle", "role", "profil", "droits", "groups", "group"),
                help=_l("Noms de rôles, séparés par une virgule."),
            ),
            Column(
                "entities",
                _l("Entités"),
                _names,
                aliases=("entité", "entity", "collectivité", "company", "commune"),
                help=_l("Codes d’entités, séparés par une virgule ; l’entité choisie sinon."),
            ),
            Column(
                "active",
                _l("Actif"),
                values.boolean,
                aliases=("is active", "enabled", "activé"),
                help=_l("oui ou non."),
            ),
        )

    def shown(self, key: str, value: Any) -> str:
        """Names joined by commas."""
        return ", ".join(value) if isinstance(value, tuple) else super().shown(key, value)

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find accounts by name; refuse roles and entities that do not exist."""
        roles: dict[str, int] = dict(session.execute(select(Role.name, Role.id)).all())
        entities = dict(session.execute(select(Entity.code, Entity.id)).all())
        own = next(code for code, number in entities.items() if number == entity_id)
        users = self._users(session, {r.values["username"] for r in records})
        mails = self._owners_of_mails(session)
        for record in records:
            given = record.values
            for key, known, hidden in (
                ("roles", roles, HAND_GIVEN),
                ("entities", entities, frozenset()),
            ):
                self._check_names(record, key, known, hidden)
            name, mail = given["username"], given["email"]
            if mails.setdefault(mail, name) != name:
                record.refuse(_("Le courriel %(m)s est celui d’un autre compte.", m=mail), "email")
            if not record.accepted:
                continue
            wanted = {k: v for k, v in given.items() if k != "username" and v is not None}
            user = users.get(name)
            if user is None:
                record.creates(
                    {"first_name": "", "active": True, "entities": (own,), **wanted}
                    | {"username": name}
                )
                continue
            record.record_id = user.id
            record.extra = user.changed_on
            record.compare(self._as_recorded(session, user, entities), wanted)
            if "roles" in record.changes and HAND_GIVEN & set(record.changes["roles"][0]):
                record.refuse(_("Un administrateur ne change pas de rôle par un fichier."), "roles")

    @staticmethod
    def _check_names(record: Record, key: str, known: Any, hidden: frozenset[str]) -> None:
        for name in record.values.get(key) or ():
            if name not in known or name in hidden:
                record.refuse(
                    _(
                        "« %(name)s » n’existe pas ici ; il y a : %(names)s.",
                        name=name,
                        names=", ".join(sorted(set(known) - hidden)),
                    ),
                    key,
                )

    @staticmethod
    def _users(session: Session, names: set[str]) -> dict[str, User]:
        found = {}
        for chunk in in_chunks(names):
            for user in session.scalars(select(User).where(User.username.in_(chunk))):
                found[user.username] = user
        return found

    @staticmethod
    def _owners_of_mails(session: Session) -> dict[str, str]:
        return {m.lower(): u for m, u in session.execute(select(User.email, User.username)) if m}

    @staticmethod
    def _as_recorded(session: Session, user: User, entities: dict[str, int]) -> dict[str, Any]:
        codes = {number: code for code, number in entities.items()}
        held = session.scalars(select(UserEntity.entity_id).where(UserEntity.user_id == user.id))
        return {
            **{key: getattr(user, key) for key in _OWN},
            "active": bool(user.active),
            "roles": tuple(sorted(role.name for role in user.roles)),
            "entities": tuple(sorted(codes[e] for e in held if e in codes)),
        }

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make and change accounts. A change of roles or of activity ends open sessions.

        Raises:
            Stale: an account changed since it was compared.
        """
        roles = {role.name: role for role in session.scalars(select(Role))}
        entities = dict(session.execute(select(Entity.code, Entity.id)).all())
        users = self._users(session, {r.values["username"] for r in records})
        for record in records:
            new = {key: value for key, (_old, value) in record.changes.items()}
            if record.effect is Effect.CREATED:
                user = User(
                    username=new["username"],
                    # Nobody knows it: the person chooses one by the link that is sent.
                    password=generate_password_hash(secrets.token_urlsafe(32)),
                )
                user.first_name = user.last_name = ""
                session.add(user)
            else:
                user = users.get(record.values["username"])
                if user is None or user.changed_on != record.extra:
                    raise Stale(_("Un compte a changé pendant l’import : recommencez."))
            for key in _OWN:
                if key in new:
                    setattr(user, key, new[key])
            if "roles" in new:
                user.roles = [roles[name] for name in new["roles"]]
            session.flush()
            record.record_id = user.id
            self._follow(session, user, new, entities, made=record.effect is Effect.CREATED)

    @staticmethod
    def _follow(
        session: Session, user: User, new: dict[str, Any], entities: dict[str, int], *, made: bool
    ) -> None:
        if "entities" in new:
            held = {
                row.entity_id: row
                for row in session.scalars(select(UserEntity).where(UserEntity.user_id == user.id))
            }
            wanted = {entities[code] for code in new["entities"]}
            for number in wanted - set(held):
                session.add(UserEntity(user_id=user.id, entity_id=number))
            for number in set(held) - wanted:
                session.delete(held[number])
        state = session.get(UserSecurity, user.id)
        if state is None:
            state = UserSecurity(user_id=user.id, auth_epoch=0, must_change_password=made)
            session.add(state)
        elif {"roles", "active", "entities"} & set(new):
            state.auth_epoch += 1
        rights = {key: list(new[key]) for key in ("roles", "entities") if key in new}
        if rights:
            note(session, user, {"kind": "rights"} | rights)


register(UserImporter())
