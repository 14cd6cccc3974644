"""The life of a run, and the code that proves a printed document."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.models.jobs import JobState

#: Crockford's digits: none is taken for another when read aloud.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
#: Grows when documents look otherwise: those of an earlier look are no answer any more.
LOOK = 3
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class RunState(Choice):
    """Where a run stands, in the contract's words."""

    QUEUED = "queued", _l("En attente"), "clock", "idle"
    RUNNING = "running", _l("En cours"), "player-play", "run"
    DONE = "done", _l("Prêt"), "check", "ok"
    FAILED = "failed", _l("En échec"), "alert-triangle", "late"
    CANCELLED = "cancelled", _l("Arrêté"), "ban", "idle"


#: State of a job -> state of its run.
STATE_OF_JOB: dict[str, RunState] = {
    JobState.QUEUED: RunState.QUEUED,
    JobState.RUNNING: RunState.RUNNING,
    JobState.DONE: RunState.DONE,
    JobState.DEAD: RunState.FAILED,
    JobState.CANCELLED: RunState.CANCELLED,
}


def new_code() -> str:
    """A verification code: 80 random bits, sixteen digits."""
    return "".join(secrets.choice(_DIGITS) for _n in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """The code in four groups, as it is printed."""
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def read_code(text: str) -> str | None:
    """The code that somebody typed or scanned; None when it cannot be one."""
    code = text.upper().translate(_READ_AS)
    if len(code) != CODE_LENGTH or any(digit not in _DIGITS for digit in code):
        return None
    return code


def same_question(
    code: str,
    form: str,
    params: Mapping[str, str],
    scope: Sequence[int],
    cut: int | None,
    seal: int | None = None,
    site: str = "",
) -> str:
    """Digest of what decides a document: two runs with the same one give the same document.

    ``site`` is the address that the figures of a document lead to.
    """
    what = [LOOK, code, form, dict(sorted(params.items())), sorted(scope), cut]
    if seal is not None:
        what.append(seal)
    if site:
        what.append(site)
    text = json.dumps(what, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def months(start: date, end: date) -> Iterator[tuple[date, date, date]]:
    """The months of a half open period: first day of the month, then the part of it inside."""
    first = start.replace(day=1)
    while first < end:
        after = month_after(first, 1)
        yield first, max(first, start), min(after, end)
        if after == date.max:
            return
        first = after


def month_after(first: date, count: int) -> date:
    """The first day of a month some months later, or earlier when negative.

    ``date.max`` after the last month there is, ``date.min`` before the first one.
    """
    at = first.year * 12 + first.month - 1 + count
    if at >= 12 * (date.max.year + 1):
        return date.max
    return date(at // 12, at % 12 + 1, 1) if at >= 12 else date.min


def whole_months(start: date, end: date) -> bool:
    """Whether a half open period begins and ends with a month."""
    return start.day == end.day == 1


def period_before(start: date, end: date) -> tuple[date, date]:
    """The period of the same length just before a half open one.

    Whole months are compared with as many whole months, other periods with as many days. Near
    the year 1 it is cut at the first day there is.
    """
    if whole_months(start, end):
        length = (end.year - start.year) * 12 + end.month - start.month
        return month_after(start, -length), start
    days = min((end - start).days, (start - date.min).days)
    return start - timedelta(days=days), start


def same_days_before(start: date, end: date, until: date) -> date:
    """Where the period before ends (day excluded) when this one is known up to ``until`` only.

    Of whole months the same day of the month, all of a month that has no such day; of other
    periods as many days.
    """
    former_start, former_end = period_before(start, end)
    if until >= end:
        return former_end
    if until <= start:
        return former_start
    if not whole_months(start, end):
        return min(former_start + (until - start), former_end)
    length = (end.year - start.year) * 12 + end.month - start.month
    first = month_after(until.replace(day=1), -length)
    try:
        found = first.replace(day=until.day)
    except ValueError:  # no 30 February
        found = month_after(first, 1)
    return min(max(found, former_start), former_end)
