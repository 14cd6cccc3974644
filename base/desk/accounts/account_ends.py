"""What an administrator ends: an account, one of its sessions, its second factor."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import User

from base.basics.errors import NotFound
from base.basics.i18n import _
from base.desk.accounts import making, second_factor, sign_ins
from base.rules.rights.actors import security
from base.store.history.trail import note_record
from base.store.models import SignIn


def set_active(user_id: int, active: bool) -> None:
    """Close an account, or open it again; closing ends everything it has open.

    Raises:
        NotFound: the account does not exist.
        DomainError: nobody would be left to administer.
    """
    session = security()
    user = making.held(user_id)
    if not active:
        making.require_another_admin(user)
    if bool(user.active) != active:
        user.active = active
        making.raise_epoch(user_id)
    session.commit()


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
