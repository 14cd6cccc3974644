"""Sealing by itself: every quarter of an hour, and before it when much is new."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from base.basics import clock
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.engine.jobs.kinds import periodic
from base.engine.jobs.poller import ask_by_itself
from base.engine.jobs.queries import FAILED
from base.store.database import reading
from base.store.models.jobs import JobRun, LogLevel
from base.store.models.seals import Seal
from base.upkeep.seals.sealing import MANY, SealRefused, seal_now, unsealed


@periodic("*/15 * * * *", title=_l("Scellement du journal"), name="base.seal")
class seal:  # noqa: N801 - named as the verb it is
    """Seal what is new in the trail; a second run finds nothing to seal."""

    def prepare(self, args: dict[str, Any], ctx: Any) -> dict[str, Any]:
        """All of it: the seal's own transaction is short, and nothing depends on the job's.

        Raises:
            SealRefused: the trail is not what was sealed. One failed job says so; as long as
                nobody has put it away the next ones only note it, and do not bury it.
        """
        try:
            made = seal_now(ctx.door)
        except SealRefused as refusal:
            if not _said(ctx, str(refusal)):
                raise
            ctx.log(str(refusal), level=LogLevel.ERROR)
            return {"refused": str(refusal)}
        return {} if made is None else {"number": made.number, "size": made.size}

    def apply(self, session: Session, made: dict[str, Any], ctx: Any) -> None:
        """Say what there is now."""
        ctx.result.update(made)


def _said(ctx: Any, sentence: str) -> bool:
    """Whether a failed job that nobody has put away says the same already."""
    same = JobRun.kind == "base.seal", JobRun.last_error == sentence, *FAILED
    with ctx.read() as session:
        return session.scalar(select(JobRun.id).where(*same).limit(1)) is not None


def ask_seal(engine: Engine) -> int | None:
    """Ask for a seal before its quarter of an hour when much is new; the job's id when asked.

    Once for each state of the seals: several schedulers, and one that looks every two seconds,
    make one job.
    """
    with reading(engine).connect() as connection:
        if unsealed(connection) < MANY:
            return None
        size = connection.execute(select(func.max(Seal.size))).scalar_one() or 0
        key = f"base.seal:{size}"
        asked = select(JobRun.id).where(JobRun.idempotency_key == key)
        if connection.execute(asked).first() is not None:
            return None
    try:
        with engine.begin() as connection:
            return ask_by_itself(connection, "base.seal", key, clock.now())
    except IntegrityError:
        return None  # another scheduler asked
