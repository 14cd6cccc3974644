"""The framework's own periodic work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists

from base.basics import clock
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.engine.jobs.kinds import periodic
from base.papers.files.store import current_store
from base.store.database import Model
from base.store.models.jobs import JobRun, JobState
from base.store.models.security import Idempotency, LoginAttempt, ShareTaken, SignIn

#: How long technical rows are kept.
KEEP_JOBS = timedelta(days=180)
KEEP_KEYS = timedelta(days=30)
KEEP_ATTEMPTS = timedelta(days=1)
#: The throttle knows an address by its sign-ins for as long.
KEEP_SIGN_INS = timedelta(days=30)


@periodic("17 3 * * *", title=_l("Ménage de la nuit"), name="base.sweep")
class sweep:  # noqa: N801 - named as the verb it is
    """Forget technical rows past their time, and files that nobody finished sending."""

    def prepare(self, args: dict[str, Any], ctx: Any) -> int:
        """Files first: they are no part of a transaction."""
        return current_store().sweep()

    def apply(self, session: Session, swept: int, ctx: Any) -> None:
        """Then the rows."""
        now = clock.now()
        jobs, keys, attempts = JobRun.__table__, Idempotency.__table__, LoginAttempt.__table__
        sign_ins, shares = SignIn.__table__, ShareTaken.__table__
        ended = (
            jobs.c.state.in_((JobState.DONE, JobState.CANCELLED)),
            *(~exists().where(column == jobs.c.id) for column in _kept_by()),
        )
        ctx.result["files"] = swept
        for name, statement in {
            "jobs": delete(jobs).where(*ended, jobs.c.finished_at < now - KEEP_JOBS),
            "keys": delete(keys).where(keys.c.at < now - KEEP_KEYS),
            "attempts": delete(attempts).where(attempts.c.at < now - KEEP_ATTEMPTS),
            "shares": delete(shares).where(shares.c.until < now),
            "sign_ins": delete(sign_ins).where(sign_ins.c.started_at < now - KEEP_SIGN_INS),
        }.items():
            ctx.result[name] = session.core(statement).rowcount


def _kept_by() -> list[Any]:
    """The columns of other records that name a job: such a job stays as long as they do."""
    return [
        key.parent
        for table in Model.metadata.tables.values()
        for key in table.foreign_keys
        if table.name != "base_job_log" and key.references(JobRun.__table__)
    ]
