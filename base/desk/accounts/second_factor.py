"""The second factor: codes of an application on the phone (RFC 6238), and codes for the lost phone.

The secret is kept encrypted under the installation's key. Each code counts once: the step of the
last one used is kept, and a recovery code is struck off.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from pyotp import HOTP, TOTP
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from base.basics import clock
from base.rules.rights.actors import security
from base.store.history.trail import note_record
from base.store.models import RecoveryCode, UserSecurity

STEP_SECONDS = 30
DIGITS = 6
#: Codes of the step before and after count too: clocks of phones are never quite right.
SLACK = 1
RECOVERY_CODES = 10
#: Letters that nobody takes for another.
_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ23456789"


def _written(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step of time (RFC 4226, HMAC-SHA-1)."""
    return HOTP(_written(secret), digits=digits).at(step)


def step_of(seconds: float) -> int:
    """The step of time that a second of the clock is in."""
    return int(seconds) // STEP_SECONDS


def new_secret() -> bytes:
    """A secret of 160 random bits, as the RFC advises."""
    return secrets.token_bytes(20)


def shown_secret(secret: bytes) -> str:
    """The secret as a person types it, in groups of four."""
    text = _written(secret)
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def address(secret: bytes, username: str, issuer: str) -> str:
    """The ``otpauth://`` address that an application reads from the QR code."""
    found = TOTP(_written(secret), interval=STEP_SECONDS)
    return found.provisioning_uri(name=username, issuer_name=issuer)


def _box() -> Fernet:
    key = hashlib.sha256(b"second factor\0" + str(current_app.config["SECRET_KEY"]).encode())
    return Fernet(base64.urlsafe_b64encode(key.digest()))


def sealed(secret: bytes) -> str:
    """The secret as it is kept."""
    return _box().encrypt(secret).decode()


def opened(kept: str | None) -> bytes | None:
    """The secret; None when there is none, or when it was kept under another key."""
    try:
        return _box().decrypt(kept.encode()) if kept else None
    except InvalidToken:
        return None


# --- state of an account --------------------------------------------------------------------


def is_set(user_id: int) -> bool:
    """Whether the account asks for a code."""
    return bool(
        security().scalar(
            select(UserSecurity.user_id).where(
                UserSecurity.user_id == user_id, UserSecurity.totp_since.is_not(None)
            )
        )
    )


def is_required(user: Any) -> bool:
    """Whether the roles of this person ask for a second factor: ``OUVRAGE_REQUIRE_MFA``."""
    settings: Any = current_app.settings  # type: ignore[attr-defined]
    admin = current_app.config.get("AUTH_ROLE_ADMIN", "Admin")
    return bool(settings.require_mfa) and any(role.name == admin for role in user.roles)


def start(user_id: int, secret: bytes, step: int = 0) -> list[str] | None:
    """Let the account ask for codes from now on; its recovery codes, shown once. No commit.

    ``step`` is that of the code that was typed: it counts no more. None when the account asks for
    codes already: of two at once, one sets it up.
    """
    session = security()
    if session.get(UserSecurity, user_id) is None:
        try:
            with session.begin_nested():
                session.add(UserSecurity(user_id=user_id, auth_epoch=0))
        except IntegrityError:
            return None
    done: Any = session.execute(
        update(UserSecurity)
        .where(UserSecurity.user_id == user_id, UserSecurity.totp_since.is_(None))
        .values(totp_secret=sealed(secret), totp_since=clock.now(), totp_step=step)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        return None
    session.expire_all()
    note_record(session, "ab_user", user_id, None, {"second_factor": "set up"})
    return renew_recovery(user_id)


def stop(user_id: int, why: str) -> None:
    """Ask the account for no code any more. No commit."""
    session = security()
    row = session.get(UserSecurity, user_id)
    if row is not None:
        row.totp_secret = row.totp_since = None
        row.totp_step = 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    note_record(session, "ab_user", user_id, None, {"second_factor": why})
    session.flush()


def renew_recovery(user_id: int) -> list[str]:
    """Ten new recovery codes of 60 random bits; the older ones count no more. No commit."""
    session = security()
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = []
    for _number in range(RECOVERY_CODES):
        letters = "".join(secrets.choice(_LETTERS) for _i in range(12))
        codes.append("-".join(letters[i : i + 4] for i in (0, 4, 8)))
        session.add(RecoveryCode(user_id=user_id, digest=_digest(user_id, letters)))
    session.flush()
    return codes


def recovery_left(user_id: int) -> int:
    """How many recovery codes still count."""
    return int(
        security().scalar(
            select(func.count(RecoveryCode.id)).where(
                RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def _digest(user_id: int, letters: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"recovery:{user_id}:{letters}".encode(), hashlib.sha256).hexdigest()


def fits(secret: bytes, typed: str, after: int = 0) -> int | None:
    """The step whose code was typed, later than the last one used; None when there is none."""
    typed = "".join(typed.split())
    here = step_of(clock.now().timestamp())
    for step in range(here - SLACK, here + SLACK + 1):
        if step > after and hmac.compare_digest(code_at(secret, step), typed):
            return step
    return None


def accept(user_id: int, typed: str) -> bool:
    """Whether this is a code of the account; one that was used counts no more. No commit.

    The row is changed by a condition, so that one code typed twice at once counts once.
    """
    session = security()
    if not typed.isascii() or len(typed) > 40:
        return False
    row = session.execute(
        select(UserSecurity.totp_secret, UserSecurity.totp_step).where(
            UserSecurity.user_id == user_id, UserSecurity.totp_since.is_not(None)
        )
    ).first()
    if row is None:
        return False
    secret = opened(row.totp_secret)
    step = fits(secret, typed, row.totp_step) if secret is not None else None
    if step is not None:
        done: Any = session.execute(
            update(UserSecurity)
            .where(UserSecurity.user_id == user_id, UserSecurity.totp_step < step)
            .values(totp_step=step)
            .execution_options(synchronize_session=False)
        )
        return bool(done.rowcount)
    letters = "".join(c for c in typed.upper() if c.isalnum())
    used: Any = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.digest == _digest(user_id, letters),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if used.rowcount:
        note_record(session, "ab_user", user_id, None, {"second_factor": "recovery code used"})
    return bool(used.rowcount)
