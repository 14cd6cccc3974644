"""The kinds of background work that modules declare."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from base.basics.sessions import Session

T = TypeVar("T")

#: One try may last this long without a sign of life before another worker takes over.
LEASE_SECONDS = 60


@dataclass(frozen=True)
class JobKind:
    """What is done for one kind of job.

    ``prepare`` does the long work with no transaction open and returns anything; ``apply`` writes
    the effect, briefly, in the transaction that also marks the job done.
    """

    name: str
    title: object
    prepare: Callable[[dict[str, Any], Any], Any]
    apply: Callable[[Any, Any, Any], Any]
    max_attempts: int
    #: Works for the system, in an unscoped session, not in a person's name.
    system: bool
    #: The parts shown on the job's page, in order.
    steps: tuple[object, ...]
    #: ``follow(session, args, state, sentence)``: what hangs on a job that ended without effect, or
    #: that was put in the queue again, follows it in the same transaction.
    follow: Callable[[Any, dict[str, Any], Any, str], None]


@dataclass(frozen=True)
class PeriodicTask:
    """A system job asked for at each period of a cron line, in local time."""

    kind: str
    cron: str

    def last_period(self, at: datetime, zone: str) -> datetime:
        """The beginning of the period that contains ``at``, UTC."""
        from croniter import croniter

        local = at.astimezone(ZoneInfo(zone))
        # A minute later than asked, for a period that begins now has begun.
        found: datetime = croniter(self.cron, local).get_prev(datetime)
        if croniter.match(self.cron, local):
            found = local.replace(second=0, microsecond=0)
        return found.astimezone(UTC)


#: The allow-list: a row of another kind is never run.
KINDS: dict[str, JobKind] = {}
PERIODIC: dict[str, PeriodicTask] = {}


def _nothing_to_prepare(args: dict[str, Any], ctx: Any) -> dict[str, Any]:
    return args


def _nothing_to_apply(session: Session, prepared: Any, ctx: Any) -> None:
    return None


def _nothing_to_follow(session: Session, args: dict[str, Any], state: Any, sentence: str) -> None:
    return None


def job(
    name: str,
    *,
    title: object,
    max_attempts: int = 8,
    system: bool = False,
    steps: tuple[object, ...] = (),
) -> Callable[[T], T]:
    """Declare a kind of job on a class with ``prepare`` and ``apply``, or on one function.

    A class gives ``prepare(args, ctx)``, ``apply(session, prepared, ctx)``, or one of them, and
    ``follow`` when something waits for its end; a
    function ``(session, args, ctx)`` is an ``apply`` with nothing to prepare.

    Raises:
        RuntimeError: another kind has this name, or the class has neither method.
    """

    def declare(work: T) -> T:
        if inspect.isclass(work):
            made: Any = work()
            prepare = getattr(made, "prepare", None)
            apply = getattr(made, "apply", None)
            follow = getattr(made, "follow", None)
            if prepare is None and apply is None:
                raise RuntimeError(f"{work.__name__} has neither prepare nor apply")
        else:
            prepare, apply, follow = None, work, None
        known = KINDS.get(name)
        if known is not None and _origin(known) != (work.__module__, work.__qualname__):  # type: ignore[attr-defined]
            raise RuntimeError(f"two kinds of job are called {name}")
        KINDS[name] = JobKind(
            name=name,
            title=title,
            prepare=prepare or _nothing_to_prepare,
            apply=apply or _nothing_to_apply,
            max_attempts=max_attempts,
            system=system,
            steps=steps,
            follow=follow or _nothing_to_follow,
        )
        work.job_kind = name  # type: ignore[attr-defined]
        return work

    return declare


def _origin(kind: JobKind) -> tuple[str, str]:
    for function in (kind.apply, kind.prepare):
        if function in (_nothing_to_apply, _nothing_to_prepare):
            continue
        owner = getattr(function, "__self__", None)
        thing = type(owner) if owner is not None else function
        return thing.__module__, thing.__qualname__
    return "", ""


def periodic(cron: str, *, title: object, name: str | None = None) -> Callable[[T], T]:
    """Declare system work done at each period of a cron line, in the authority's time zone.

    The function gets ``(session, args, ctx)`` with the system's session, or is a class as for
    ``job``. A missed period is caught up once, however many were missed.

    Raises:
        ValueError: the cron line is wrong.
    """
    from croniter import croniter

    if not croniter.is_valid(cron):
        raise ValueError(f"wrong cron line: {cron}")

    def declare(work: T) -> T:
        chosen = name or f"{work.__module__.split('.')[0]}.{work.__name__}"  # type: ignore[attr-defined]
        job(chosen, title=title, system=True)(work)
        PERIODIC[chosen] = PeriodicTask(chosen, cron)
        return work

    return declare
