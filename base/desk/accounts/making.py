"""People's accounts: make and change one, set its password, end what it has open."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import Role, User
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.i18n import _
from base.desk.accounts.passwords import check_password
from base.rules.rights.actors import security
from base.rules.rights.entities import by_code
from base.store.history.trail import note_record
from base.store.models import Entity, UserEntity, UserSecurity

#: How passwords are hashed; the tests take a cheaper cost.
HASH_METHOD = "scrypt"


@functools.cache
def _idle_hash(method: str) -> str:
    return generate_password_hash("nobody's password", method=method)


def idle_hash() -> str:
    """A hash that costs what a real one costs, for accounts that do not exist."""
    return _idle_hash(HASH_METHOD)


def _names_around() -> list[str]:
    """The names that everybody of the authority knows: no password is made of one."""
    found = security().execute(select(Entity.name, Entity.code).limit(200))
    return [word for name, code in found for word in (name, code, name.rpartition(" ")[2])]


def create_user(
    username: str,
    password: str,
    *,
    roles: Iterable[str],
    entities: Iterable[str] = (),
    first_name: str = "",
    last_name: str = "",
    email: str | None = None,
    must_change: bool = True,
) -> int:
    """Make an account; its id.

    Raises:
        InvalidInput: the name is taken, the password is weak.
        NotFound: a role or entity does not exist.
    """
    manager = current_app.extensions["appbuilder"].sm
    roles = list(roles)
    admin = manager.auth_role_admin in roles
    check_password(password, admin=admin, about=(username, first_name, last_name, *_names_around()))
    if manager.find_user(username=username):
        raise InvalidInput(_("Le compte « %(n)s » existe déjà.", n=username))
    found = []
    for name in roles:
        role = manager.find_role(name)
        if role is None:
            raise NotFound(_("Le rôle « %(n)s » n’existe pas.", n=name))
        found.append(role)
    session = security()
    entity_ids = []
    for code in entities:
        entity = by_code(session, code)
        if entity is None:
            raise NotFound(_("L’entité « %(n)s » n’existe pas.", n=code))
        entity_ids.append(entity.id)
    user = manager.user_model(
        username=username,
        # Both are asked for wherever an account is changed; ``full_name`` says one word once.
        first_name=first_name or username,
        last_name=last_name or username,
        email=email or f"{username}@localhost.invalid",
        active=True,
        password=generate_password_hash(password, method=HASH_METHOD),
        roles=found,
    )
    session.add(user)
    session.flush()
    session.add(UserSecurity(user_id=user.id, auth_epoch=0, must_change_password=must_change))
    for entity_id in entity_ids:
        session.add(UserEntity(user_id=user.id, entity_id=entity_id))
    made = int(user.id)
    session.commit()
    # Nothing is read after the commit: outside a request that would take the write lock again.
    security.remove()
    return made


def set_password(username: str, password: str, *, must_change: bool = True) -> None:
    """Set a password and end every open session of the account.

    Raises:
        NotFound: the account does not exist.
        InvalidInput: the password is weak.
    """
    user = current_app.extensions["appbuilder"].sm.find_user(username=username)
    if user is None:
        raise NotFound(_("Le compte « %(n)s » n’existe pas.", n=username))
    _give_password(user, password, must_change=must_change)
    security().commit()


def choose_password(user_id: int, password: str) -> None:
    """Set one's own password and end every open session of the account, this one too.

    Raises:
        InvalidInput: the password is weak.
    """
    _give_password(security().get(User, user_id), password, must_change=False)
    security().commit()


def _give_password(user: Any, password: str, *, must_change: bool) -> None:
    admin_role = current_app.extensions["appbuilder"].sm.auth_role_admin
    admin = any(r.name == admin_role for r in user.roles)
    check_password(
        password,
        admin=admin,
        about=(
            user.username,
            user.first_name,
            user.last_name,
            user.email.split("@")[0],
            *_names_around(),
        ),
    )
    user.password = generate_password_hash(password, method=HASH_METHOD)
    session = security()
    raise_epoch(user.id)
    session.get(UserSecurity, user.id).must_change_password = must_change
    note_record(session, "ab_user", user.id, None, {"password": "changed"})


def raise_epoch(user_id: int) -> None:
    """End every cookie and token of an account; the caller commits."""
    session = security()
    row = session.get(UserSecurity, user_id)
    if row is None:
        session.add(UserSecurity(user_id=user_id, auth_epoch=1))
        session.flush()
    else:
        # By the database, so that two at once count twice.
        row.auth_epoch = UserSecurity.auth_epoch + 1
        session.flush()


# --- what an administrator does ----------------------------------------------------------


def _roles(names: Iterable[str], actor: Any) -> list[Role]:
    """The roles of these names, when the person who gives them may.

    Raises:
        InvalidInput: unknown, or more than the giver holds.
    """
    manager = current_app.extensions["appbuilder"].sm
    own = {r.name for r in actor.roles}
    found = []
    for name in sorted(set(names)):
        role = manager.find_role(name)
        if role is None or name == manager.auth_role_public:
            raise InvalidInput(_("Le rôle « %(n)s » n’existe pas.", n=name))
        if manager.auth_role_admin not in own and name not in own:
            raise InvalidInput(_("Vous ne pouvez pas donner un droit que vous n’avez pas."))
        found.append(role)
    return found


def _entities(ids: Iterable[int], scope: Iterable[int]) -> list[int]:
    wanted = sorted(set(ids))
    if not set(wanted) <= set(scope):
        raise InvalidInput(_("Cette entité n’existe pas."))
    return wanted


def _check_names(username: str, email: str, user_id: int | None) -> None:
    session = security()
    for column, value, sentence in (
        (User.username, username, _("Le compte « %(n)s » existe déjà.", n=username)),
        (User.email, email, _("Un autre compte a déjà ce courriel.")),
    ):
        taken = session.scalars(select(User.id).where(func.lower(column) == value.lower()))
        if any(found != user_id for found in taken):
            raise InvalidInput.at(str(column.key), sentence)


def held(user_id: int) -> Any:
    """The account; the administrators' role is held, so that two do not dismiss one another.

    Raises:
        NotFound: the account does not exist.
    """
    session = security()
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    session.scalar(select(Role.id).where(Role.name == admin).with_for_update())
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(_("Ce compte n’existe pas."))
    return user


def require_another_admin(user: Any) -> None:
    """Refuse to dismiss the last administrator; others may go.

    Raises:
        DomainError: nobody would be left to administer.
    """
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    others = select(User.id).where(User.id != user.id, User.active)
    if (
        any(role.name == admin for role in user.roles)
        and security().scalar(others.where(User.roles.any(Role.name == admin)).limit(1)) is None
    ):
        raise DomainError(_("C’est le dernier administrateur : gardez-le."))


def open_account(actor: Any, scope: Iterable[int], values: dict[str, Any]) -> int:
    """Make an account without a password: a link lets its owner choose one. Its id.

    Raises:
        InvalidInput: a name is taken, a role or entity may not be given.
    """
    session = security()
    _check_names(values["username"], values["email"], None)
    roles = _roles(values["roles"], actor)
    entities = _entities(values["entities"], scope)
    user = User(
        username=values["username"],
        first_name=values["first_name"],
        last_name=values["last_name"],
        email=values["email"],
        active=True,
        password="",
        roles=roles,
    )
    session.add(user)
    session.flush()
    session.add(UserSecurity(user_id=user.id, auth_epoch=0, must_change_password=False))
    session.add_all(UserEntity(user_id=user.id, entity_id=i) for i in entities)
    note_record(
        session,
        "ab_user",
        user.id,
        None,
        {"roles": [[], [r.name for r in roles]], "entities": [[], entities]},
    )
    session.commit()
    return int(user.id)


def change_account(actor: Any, scope: Iterable[int], user_id: int, values: dict[str, Any]) -> bool:
    """Change an account; whether its rights changed, which ends everything it has open.

    Raises:
        NotFound: the account does not exist.
        InvalidInput: a name is taken, a role or entity may not be given.
        DomainError: nobody would be left to administer.
    """
    session = security()
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    user = held(user_id)
    _check_names(user.username, values["email"], user_id)
    old_roles = sorted(r.name for r in user.roles)
    # Only what is added must be the giver's to give.
    added = _roles(set(values["roles"]) - set(old_roles), actor)
    roles = [r for r in user.roles if r.name in values["roles"]] + added
    new_roles = sorted(r.name for r in roles)
    rows = list(session.scalars(select(UserEntity).where(UserEntity.user_id == user_id)))
    old_entities = sorted(r.entity_id for r in rows)
    entities = _entities(set(values["entities"]) - set(old_entities), scope)
    new_entities = sorted({*(set(old_entities) & set(values["entities"])), *entities})
    active = bool(values["active"])
    if user.active and not (active and admin in new_roles):
        require_another_admin(user)
    change: dict[str, Any] = {}
    if new_roles != old_roles:
        change["roles"] = [old_roles, new_roles]
    if new_entities != old_entities:
        change["entities"] = [old_entities, new_entities]
    rights_changed = bool(change) or bool(user.active) != active
    user.first_name, user.last_name = values["first_name"], values["last_name"]
    user.email, user.active = values["email"], active
    if "roles" in change:
        user.roles = roles
    for row in rows:
        if row.entity_id not in new_entities:
            session.delete(row)
    session.add_all(
        UserEntity(user_id=user_id, entity_id=i) for i in new_entities if i not in old_entities
    )
    if change:
        note_record(session, "ab_user", user_id, None, change)
    if rights_changed:
        raise_epoch(user_id)
    session.commit()
    return rights_changed


def end_everything(user_id: int) -> None:
    """End every cookie and token of an account."""
    raise_epoch(user_id)
    note_record(security(), "ab_user", user_id, None, {"sign_in": "all ended"})
    security().commit()


# --- the link that lets somebody choose a password ------------------------------------------

LINK_SECONDS = 3600


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="ouvrage-password-link")


def password_link(user_id: int) -> str:
    """The secret part of a link, good for one hour and one use; the older ones count no more."""
    raise_epoch(user_id)
    session = security()
    epoch = session.scalar(select(UserSecurity.auth_epoch).where(UserSecurity.user_id == user_id))
    note_record(session, "ab_user", user_id, None, {"password": "link made"})
    session.commit()
    return str(_serializer().dumps([user_id, epoch]))


def user_of_link(token: str) -> Any:
    """The active account of a link that still counts, or None."""
    try:
        user_id, epoch = _serializer().loads(token, max_age=LINK_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    session = security()
    known = session.scalar(select(UserSecurity.auth_epoch).where(UserSecurity.user_id == user_id))
    user = session.get(User, user_id)
    if user is None or not user.is_active or known != epoch:
        return None
    return user
