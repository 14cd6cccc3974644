"""What an administrator ends: an account, one of its sessions, its second factor."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, select

from base.basics.errors import DomainError, NotFound
from base.basics.i18n import _
from base.desk.accounts import making, second_factor, sign_ins
from base.rules.rights.actors import security
from base.store.history.trail import note_record
from base.store.models import SignIn

#: Sessions shown at once.
SESSIONS = 50


def _locked(user_id: int) -> Any:
    """The account; the administrators' role is held, so that two do not dismiss one another."""
    session = security()
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    session.scalar(select(Role.id).where(Role.name == admin).with_for_update())
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(_("Ce compte n’existe pas."))
    return user


def set_active(user_id: int, active: bool) -> None:
    """Close an account, or open it again; closing ends everything it has open.

    Raises:
        NotFound: the account does not exist.
        DomainError: nobody would be left to administer.
    """
    session = security()
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    user = _locked(user_id)
    if not active and any(role.name == admin for role in user.roles):
        others = session.scalar(
            select(func.count())
            .select_from(User)
            .where(User.id != user_id, User.active, User.roles.any(Role.name == admin))
        )
        if not others:
            raise DomainError(_("C’est le dernier administrateur : gardez-le."))
    if bool(user.active) != active:
        user.active = active
        making.raise_epoch(user_id)
    session.commit()


def open_sessions(user_id: int) -> list[SignIn]:
    """The browsers and programs of an account that may still be in use, newest first."""
    rows = security().scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.started_at.desc())
        .limit(SESSIONS)
    )
    return [row for row in rows if sign_ins.may_live(row)]


def end_one(user_id: int, sid: str) -> bool:
    """End one browser or program of an account; whether it was open."""
    session = security()
    row = session.get(SignIn, sid)
    if row is None or row.user_id != user_id:
        raise NotFound(_("Cette session n’existe pas."))
    ended = sign_ins.end(session, sid)
    if ended:
        note_record(session, "ab_user", user_id, None, {"sign_in": "ended by an administrator"})
    session.commit()
    return ended


def reset_second_factor(user_id: int) -> None:
    """Take the second factor of an account away and end what it has open.

    Whoever has lost phone and recovery codes signs in by the password, and sets it up anew.
    """
    if security().get(User, user_id) is None:
        raise NotFound(_("Ce compte n’existe pas."))
    second_factor.stop(user_id, "reset by an administrator")
    making.raise_epoch(user_id)
    security().commit()
