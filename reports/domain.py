"""The life of a run, and the code that proves a printed document."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from base.i18n import _l

#: Crockford's digits: none is taken for another when read aloud.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class RunState(StrEnum):
    """Where a run stands, in the contract's words."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: (word, icon, class of the pill) of each state.
STATE_SIGNS = {
    RunState.QUEUED: (_l("En attente"), "clock", "idle"),
    RunState.RUNNING: (_l("En cours"), "player-play", "run"),
    RunState.DONE: (_l("Prêt"), "check", "ok"),
    RunState.FAILED: (_l("En échec"), "alert-triangle", "late"),
    RunState.CANCELLED: (_l("Arrêté"), "ban", "idle"),
}
#: State of a job -> state of its run.
STATE_OF_JOB = {
    "queued": RunState.QUEUED,
    "running": RunState.RUNNING,
    "done": RunState.DONE,
    "dead": RunState.FAILED,
    "cancelled": RunState.CANCELLED,
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
    code: str, form: str, params: Mapping[str, str], scope: Sequence[int], cut: int | None
) -> str:
    """Digest of what decides a document: two runs with the same one give the same document."""
    what = [code, form, dict(sorted(params.items())), sorted(scope), cut]
    text = json.dumps(what, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def year_before(day: date) -> date:
    """The same day a year earlier; the 28th for a 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
