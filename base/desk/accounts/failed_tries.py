"""One throttle for every door: tries are counted in the database, so in all processes.

A try is written down before its secret is looked at and struck off when it succeeds: two hundred
tries at once count as two hundred. A blocked try is not counted, so a stranger can delay people
but never lock them out; an address from which somebody signed in lately has a count of its own.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, select, update

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.formats import duration
from base.basics.i18n import _
from base.basics.sessions import Session
from base.engine.edge.addresses import address_key, keyed
from base.store.models import LoginAttempt, SignIn

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 20
#: Tries of the last day make the waits grow: 2, 4, 8, then 15 minutes.
MEMORY = timedelta(days=1)
#: An address from which the account was opened within this time is known.
KNOWN = timedelta(days=30)
#: A try whose end is unknown after this time has failed.
PENDING = timedelta(seconds=5)
_PG_LOCK = 0x0F5EA1


class TooManyTries(DomainError):
    """Tries come too fast; ``retry_after`` is the wait in seconds."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        self.retry_after = max(1, -int(-wait.total_seconds() // 1))
        minutes = -(-self.retry_after // 60)
        super().__init__(
            _("Trop d’essais. Attendez %(n)s, puis recommencez.", n=duration(minutes * 60))
        )


def account_key(user_id: int | None, typed: str) -> str:
    """Digest under which the tries on one account are counted, known or not."""
    return keyed(f"user:{user_id}" if user_id is not None else f"name:{typed.strip().lower()}")


def _wait(times: list[datetime], limit: int, now: datetime, *, grows: bool) -> timedelta:
    """How long until the next try is allowed; ``times`` are the tries, newest first."""
    wait = timedelta(0)
    if len(times) >= limit:
        wait = times[limit - 1] + WINDOW - now
        if grows and len(times) > limit:
            steps = min(2 ** (len(times) - limit), 15)
            wait = max(wait, times[0] + timedelta(minutes=steps) - now)
    return max(wait, timedelta(0))


def _times(session: Session, now: datetime, since: timedelta, *criteria: Any) -> list[Any]:
    return list(
        session.execute(
            select(LoginAttempt.at, LoginAttempt.pending)
            .where(*criteria, LoginAttempt.at > now - since)
            .order_by(LoginAttempt.at.desc(), LoginAttempt.id.desc())
            .limit(64)
        )
    )


def _settled(rows: list[Any], now: datetime) -> list[datetime]:
    return [at for at, pending in rows if not pending or at < now - PENDING]


def reserve(session: Session, account: str, door: str, user_id: int | None = None) -> int:
    """Write one try of this request's address down and commit; its number, for ``settle``.

    Raises:
        TooManyTries: the account or the address has used up its tries.
    """
    address = address_key()
    for _round in range(40):
        if session.get_bind().dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(_PG_LOCK)))
        now = clock.now()
        of_account = [LoginAttempt.account == account]
        if (
            user_id is not None
            and session.execute(
                select(SignIn.id)
                .where(
                    SignIn.user_id == user_id,
                    SignIn.address == address,
                    SignIn.started_at > now - KNOWN,
                )
                .limit(1)
            ).first()
        ):
            of_account.append(LoginAttempt.address == address)
        per_account = _times(session, now, MEMORY, *of_account)
        per_address = _times(session, now, WINDOW, LoginAttempt.address == address)
        wait = max(
            _wait(_settled(per_account, now), PER_ACCOUNT, now, grows=True),
            _wait(_settled(per_address, now), PER_ADDRESS, now, grows=False),
        )
        if wait > timedelta(0):
            session.rollback()
            raise TooManyTries(wait)
        recent = [at for at, _p in per_account if at > now - WINDOW]
        if len(recent) < PER_ACCOUNT and len(per_address) < PER_ADDRESS:
            row = LoginAttempt(at=now, account=account, address=address, door=door, pending=True)
            session.add(row)
            session.commit()
            return int(row.id)
        # Other tries on this account are being looked at in this moment: let them end.
        session.rollback()
        time.sleep(0.05)
    raise TooManyTries(PENDING)


def settle(session: Session, number: int, good: bool) -> None:
    """Strike off a good try, and the earlier ones of this address on this account; let a bad one
    count. No commit."""
    row = session.get(LoginAttempt, number) if good else None
    mine = LoginAttempt.id == number
    if row is not None:
        mine = and_(LoginAttempt.account == row.account, LoginAttempt.address == row.address)
    change: Any = delete(LoginAttempt) if good else update(LoginAttempt).values(pending=False)
    session.execute(change.where(mine).execution_options(synchronize_session=False))
