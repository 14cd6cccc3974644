"""The last backups on the administrator's first page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from base import actions, clock
from base.backups.making import RECORD, LastBackup
from base.i18n import _l
from base.job_pages import is_admin
from base.models import Event
from base.sessions import system_session

#: Backups shown.
SHOWN = 3
COMMAND = "python3 run.py backup"


@dataclass(frozen=True)
class Line:
    """One backup, or one restore."""

    name: str
    at: datetime
    #: Bytes; empty for a restore.
    size: int | None


def backups_tile(session: Any) -> dict[str, Any] | None:
    """The last backups, and a warning after a week without one."""
    if not is_admin():
        return None
    with system_session("backups on screen", readonly=True) as everything:
        events = everything.scalars(
            select(Event)
            .where(Event.record == RECORD, Event.record_id.is_(None))
            .order_by(Event.seq.desc())
            .limit(SHOWN)
        )
        lines = [_line(event) for event in events]
    last = LastBackup(lines[0].at if lines else None)
    return {"lines": lines, "is_old": last.is_old(clock.now()), "command": COMMAND}


def _line(event: Event) -> Line:
    said: dict[str, Any] = json.loads(event.changes)
    return Line(str(said.get("backup") or said.get("restored")), event.at, said.get("size"))


def register() -> None:
    """Add the administrator's tile."""
    actions.tile("backups", _l("Sauvegardes"), backups_tile, "ov/backups.html", order=90)
