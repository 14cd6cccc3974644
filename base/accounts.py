"""People's accounts: make one, set its password, raise its epoch."""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from base.errors import InvalidInput, NotFound
from base.i18n import _
from base.models import Entity, UserEntity, UserSecurity
from base.sessions import security

MIN_LENGTH, MIN_LENGTH_ADMIN, MAX_LENGTH = 12, 15, 128
#: Stands for the list of the most common ones that are long enough to pass the length.
COMMON = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456789012345 azertyuiopqsdf azertyuiop123
    motdepasse123 motdepasse1234 motdepassemotdepasse passwordpassword password1234 password12345
    qwertyuiop123 qwertyuiopasdf administrateur administrator adminadminadmin changemechangeme
    bonjourbonjour soleilsoleil iloveyouiloveyou 000000000000 111111111111 abcdefghijkl
    """.split()
)


def check_password(password: str, *, admin: bool, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short, common, or made of the person's own names.

    Raises:
        InvalidInput: with the reason.
    """
    least = MIN_LENGTH_ADMIN if admin else MIN_LENGTH
    if len(password) < least:
        raise InvalidInput(_("Le mot de passe doit compter au moins %(n)s caractères.", n=least))
    if len(password) > MAX_LENGTH:
        raise InvalidInput(_("Le mot de passe dépasse %(n)s caractères.", n=MAX_LENGTH))
    low = password.lower()
    if low in COMMON or len(set(low)) < 4:
        raise InvalidInput(_("Ce mot de passe est trop courant."))
    for word in (*about, "ouvrage"):
        word = word.lower().strip()
        if len(word) >= 4 and low.replace(word, "").strip("0123456789-_.!@ ") == "":
            raise InvalidInput(_("Le mot de passe reprend votre nom ou celui du produit."))


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
    check_password(password, admin=admin, about=(username, first_name, last_name))
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
        entity_id = session.scalar(select(Entity.id).where(Entity.code == code))
        if entity_id is None:
            raise NotFound(_("L’entité « %(n)s » n’existe pas.", n=code))
        entity_ids.append(entity_id)
    user = manager.user_model(
        username=username,
        first_name=first_name or username,
        last_name=last_name or username,
        email=email or f"{username}@localhost.invalid",
        active=True,
        password=generate_password_hash(password, method="scrypt"),
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
    manager = current_app.extensions["appbuilder"].sm
    user = manager.find_user(username=username)
    if user is None:
        raise NotFound(_("Le compte « %(n)s » n’existe pas.", n=username))
    admin = any(r.name == manager.auth_role_admin for r in user.roles)
    check_password(
        password, admin=admin, about=(user.username, user.first_name, user.last_name)
    )
    user.password = generate_password_hash(password, method="scrypt")
    session = security()
    raise_epoch(user.id)
    row = session.get(UserSecurity, user.id)
    row.must_change_password = must_change
    session.commit()


def raise_epoch(user_id: int) -> None:
    """End every cookie and token of an account; the caller commits."""
    session = security()
    row = session.get(UserSecurity, user_id)
    if row is None:
        session.add(UserSecurity(user_id=user_id, auth_epoch=1))
        session.flush()
    else:
        row.auth_epoch += 1
