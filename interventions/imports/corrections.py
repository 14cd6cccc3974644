"""Work orders that our own number names: an exported list that was corrected comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports.rows import Record
from base.papers.tables.texts import fold
from interventions.domain import State, due_early
from interventions.imports.work_columns import OWN
from interventions.models import Agent

#: Numbers that Ouvrage gives.
OURS = re.compile(r"INT-\d{4}-\d+")
#: What may be corrected of an order that our number names.
NAMED = (*OWN, "finding", "assigned_to_id")


def correct(record: Record, old: dict[str, Any]) -> None:
    """Compare an order that our number names: what its form lets change, and no more."""
    given = {key: value for key, value in record.values.items() if value is not None}
    if "agent" in record.extra:
        given["assigned_to_id"] = record.extra["agent"]
    lines = [key for key in given if key not in (*NAMED, "agent", "external_number")]
    record.compare(old, {key: given[key] for key in NAMED if key in given})
    planned, due = given.get("planned_on", old["planned_on"]), given.get("due_on", old["due_on"])
    if lines:
        record.refuse(
            _(
                "« %(number)s » est dans Ouvrage : par un import, seuls ses mots, ses jours prévus "
                "et son agent se corrigent.",
                number=old["number"],
            ),
            lines[0],
        )
    elif record.changes and State(old["state"]) in (State.VALIDATED, State.CANCELLED):
        record.refuse(
            _(
                "%(number)s est à l’état « %(state)s » : elle ne se modifie plus.",
                number=old["number"],
                state=State(old["state"]).word,
            ),
            next(iter(record.changes)),
        )
    elif early := due_early(planned, due):
        record.refuse(str(early), "due_on")


def add_names(
    session: Session, entity_id: int, found: dict[str, int], records: Sequence[Record]
) -> None:
    """Agents by the name that lists show; a name of several is told apart by number only."""
    words = {fold(word) for r in records if (word := r.values.get("agent"))} - set(found)
    if not words:
        return
    names: dict[str, set[int]] = {}
    for row in session.scalars(select(Agent).where(Agent.entity_id == entity_id)):
        names.setdefault(fold(row.name), set()).add(row.id)
    found |= {word: ids.pop() for word in words if len(ids := names.get(word, set())) == 1}
