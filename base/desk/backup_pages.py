"""The last backups on the administrator's first page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from base.basics import clock
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.job_pages import is_admin
from base.desk.tiles import Place, Reading
from base.rules.rights.actors import system_session
from base.store.models import Event
from base.upkeep.backups.making import LastBackup, begun_at, last_rehearsal, noted

#: Backups shown.
SHOWN = 3
#: Make one, then read it again.
COMMANDS = ("python3 run.py backup sauvegarde.zip", "python3 run.py backup --check sauvegarde.zip")

#: Restore it beside the service, compare, take it away.
REHEARSE = "python3 run.py backup --rehearse sauvegarde.zip"


@dataclass(frozen=True)
class Line:
    """One backup, or one restore."""

    name: str
    at: datetime
    #: Bytes; empty for a restore.
    size: int | None


def _backups(session: Session) -> Reading:
    """The last backups; late after a week without one, once the installation is that old."""
    with system_session("backups on screen", readonly=True) as everything:
        lines = [_line(event) for event in noted(everything, limit=SHOWN)]
        begun = begun_at(everything)
        rehearsed = last_rehearsal(everything)
    now = clock.now()
    is_old = LastBackup(lines[0].at if lines else begun or now).is_old(now)
    return Reading(
        "",
        state="late" if is_old else "",
        values={
            "lines": lines,
            "is_old": is_old,
            "commands": COMMANDS,
            "rehearsed": rehearsed,
            "rehearse": REHEARSE,
        },
    )


def _line(event: Event) -> Line:
    said: dict[str, Any] = json.loads(event.changes)
    return Line(str(said.get("backup") or said.get("restored")), event.at, said.get("size"))


def _is_backed_up(session: Session) -> bool:
    with system_session("backups on screen", readonly=True) as everything:
        return bool(noted(everything, limit=1))


def register() -> None:
    """Declare the administrator's tile, and the first backup among the first steps."""
    tiles.first_step(
        "backup",
        _l("Faire une première sauvegarde"),
        _l("Sur le serveur : « %(command)s », puis chaque nuit.", command=COMMANDS[0]),
        "EntityView.edit",
        icon="database",
        done=_is_backed_up,
        told=True,
        when=is_admin,
        order=60,
    )
    tiles.tile(
        "backups",
        _l("Sauvegardes"),
        _backups,
        Place.SIDE,
        when=is_admin,
        audiences=("admin",),
        template="ov/backups.html",
        order=20,
    )
