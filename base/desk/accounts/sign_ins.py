"""Browsers and programs signed in: a row for each on the server, so that it can be ended there.

A cookie and each token of a family carry the id of a ``SignIn`` row and the account's epoch. Ending
the row ends that browser or family; raising the epoch ends everything of the account.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from flask import g, session
from sqlalchemy import select, update

from base.basics import clock
from base.basics.i18n import know_reader
from base.basics.sessions import Session
from base.engine.edge.addresses import address_key
from base.rules.rights.actors import security
from base.rules.rights.known import known
from base.store.models import SignIn, UserSecurity

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=1)
#: The cookie is written again at most this often.
STEP = 60
REFRESH = timedelta(days=7)


def account_of(subject: object) -> int | None:
    """The account that a token names, or None: its number as we write it, and nothing else."""
    if not isinstance(subject, str) or not subject.isascii() or not subject.isdecimal():
        return None
    return int(subject) if len(subject) < 10 else None


class Standing(NamedTuple):
    """Whether a cookie or token still counts, and what the person must do first."""

    epoch: int
    must_change: bool
    alive: bool
    language: str | None = None
    zone: str | None = None
    #: The account asks for a code after the password.
    second_factor: bool = False


def standing(user_id: int, sid: str) -> Standing:
    """What the server says of one sign-in: one statement, unless it is known."""
    return known(("standing", user_id, sid), lambda: _standing(user_id, sid))


def _standing(user_id: int, sid: str) -> Standing:
    row = (
        security()
        .execute(
            select(
                SignIn.ended_at,
                UserSecurity.auth_epoch,
                UserSecurity.must_change_password,
                UserSecurity.locale,
                UserSecurity.timezone,
                UserSecurity.totp_since,
            )
            .outerjoin(UserSecurity, UserSecurity.user_id == SignIn.user_id)
            .where(SignIn.id == sid, SignIn.user_id == user_id)
        )
        .first()
    )
    if row is None:
        return Standing(0, False, False)
    return Standing(row[1] or 0, bool(row[2]), row[0] is None, row[3], row[4], row[5] is not None)


def start(db_session: Session, user_id: int, kind: str) -> SignIn:
    """A new sign-in; the caller commits."""
    row = SignIn(id=secrets.token_hex(16), user_id=user_id, kind=kind, address=address_key())
    db_session.add(row)
    db_session.flush()
    return row


def epoch(db_session: Session, user_id: int) -> int:
    """The account's epoch."""
    return int(
        db_session.scalar(select(UserSecurity.auth_epoch).where(UserSecurity.user_id == user_id))
        or 0
    )


def must_change(user_id: int) -> bool:
    """Whether the account's password was given by somebody else and not yet changed."""
    return bool(
        security().scalar(
            select(UserSecurity.must_change_password).where(UserSecurity.user_id == user_id)
        )
    )


def end(db_session: Session, sid: str) -> bool:
    """End one browser or family; whether it was alive. The caller commits."""
    found: Any = db_session.execute(
        update(SignIn)
        .where(SignIn.id == sid, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now(), refresh_jti=None)
        .execution_options(synchronize_session=False)
    )
    return bool(found.rowcount)


def rotate(db_session: Session, sid: str, old: str, new: str) -> bool:
    """Let the family's refresh token be another one; False when the old one counts no more."""
    found: Any = db_session.execute(
        update(SignIn)
        .where(SignIn.id == sid, SignIn.refresh_jti == old, SignIn.ended_at.is_(None))
        .values(refresh_jti=new)
        .execution_options(synchronize_session=False)
    )
    return bool(found.rowcount)


# --- the cookie -----------------------------------------------------------------------------


def clear_cookie() -> None:
    """Leave nothing in this browser's cookie but its language."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale


def write_cookie(sid: str, user_epoch: int) -> None:
    """Let this browser's cookie stand for a sign-in; nothing of an earlier one is left in it."""
    clear_cookie()
    now = int(clock.now().timestamp())
    session.permanent = True
    session.update(sid=sid, epoch=user_epoch, at=now, seen=now)


def read_cookie(user_id: int) -> bool:
    """Whether this browser's cookie still counts; it is kept alive while it is used."""
    sid, known = session.get("sid"), session.get("epoch")
    at, seen = session.get("at"), session.get("seen")
    if not (isinstance(sid, str) and isinstance(at, int) and isinstance(seen, int)):
        return False
    if not isinstance(known, int):
        return False
    now = int(clock.now().timestamp())
    if now - at >= ABSOLUTE.total_seconds() or now - seen >= IDLE.total_seconds():
        return False
    found = standing(user_id, sid)
    if not found.alive or found.epoch != known:
        return False
    g.must_change_password = found.must_change
    g.has_second_factor = found.second_factor
    know_reader(found.language, found.zone)
    if now - seen >= STEP:
        session["seen"] = now
    return True


def may_live(row: SignIn) -> bool:
    """Whether a sign-in that was not ended may still be in use."""
    longest = ABSOLUTE if row.kind == "cookie" else REFRESH
    return row.ended_at is None and clock.now() - row.started_at < longest


def open_of(db_session: Session, user_id: int, *, limit: int) -> list[SignIn]:
    """The sign-ins of an account that nobody ended and that may still live, newest first."""
    found = db_session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.started_at.desc())
        .limit(limit)
    )
    return [row for row in found if may_live(row)]
