"""What costs add to the thread of a work order: who wrote which line, who took it back."""

from __future__ import annotations

from typing import Any

from base.basics import formats
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.attached.chatter import Entry
from base.rules.rights.people import names_of
from interventions.models import Labour, PartUse, WorkOrder
from interventions.queries.costs import last_cost_rows
from interventions.queries.signatures import typed_signatures


def cost_entries(session: Session, record: str, record_id: int, limit: int) -> list[Entry]:
    """The cost lines of a work order, as lines of its thread; nothing for other records."""
    if record != WorkOrder.__tablename__:
        return []
    lines = last_cost_rows(session, record_id, limit=limit)
    names = names_of(i for line in lines for i in (line.created_by_id, line.changed_by_id))
    entries = []
    for line in lines:
        words = what(line)
        if line.amount_ht_eur is None:  # not for this reader: the hours are
            said, taken_back = words, _("%(what)s, annulé", what=words)
        else:
            amount = formats.euros(line.amount_ht_eur)
            said = _("%(what)s : %(amount)s HT", what=words, amount=amount)
            taken_back = _("%(what)s, annulé : −%(amount)s HT", what=words, amount=amount)
        entries.append(
            Entry(
                at=line.created_at,
                kind="cost",
                who=names.get(line.created_by_id or 0, _("le système")),
                text=said,
            )
        )
        if line.reversed_at is not None:
            entries.append(
                Entry(
                    at=line.reversed_at,
                    kind="cost",
                    who=names.get(line.changed_by_id or 0, _("le système")),
                    text=taken_back,
                )
            )
    return entries + _typed_signatures(session, record_id, limit)


def _typed_signatures(session: Session, record_id: int, limit: int) -> list[Entry]:
    """Names typed in place of a signature; one that is drawn is a file, and stands there."""
    found = typed_signatures(session, record_id, limit=limit)
    names = names_of(row.created_by_id for row in found)
    return [
        Entry(
            at=row.signed_at,
            kind="seen",
            who=names.get(row.created_by_id or 0, _("le système")),
            text=_("Travail reçu par %(who)s, nom tapé et confirmé", who=str(row)),
        )
        for row in found
    ]


def what(line: Any) -> str:
    """A cost line in words."""
    if isinstance(line, Labour):
        return f"{line.agent.name}, {formats.hours(line.hours)}"
    if isinstance(line, PartUse):
        return f"{formats.number(line.quantity.normalize())} × {line.item.name}"
    return f"{line.supplier}, {line.label}"
