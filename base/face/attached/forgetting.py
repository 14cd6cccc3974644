"""A person who wrote to the authority is forgotten: their values go from every place they reached.

The record, its history, the rows of an import that remember them, the words of the index, the
messages beside it and what was told of them, and answers kept for programs that ask twice. The
entries of the trail keep a digest whose salt is gone, so the seals over them hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import inspect, select

from base.basics.i18n import _l, kept
from base.basics.sessions import Session
from base.engine.edge.answers import forget_answers
from base.engine.search import upkeep as search_upkeep
from base.rules.rights import personal
from base.store.history.trail import note, record_name
from base.store.models import Message
from base.store.models.imports import ImportRow
from base.store.models.inbox import Notification

#: A shorter value is no name, number or address of a person: it could stand in any message.
SHORTEST = 5
_GONE = _l("[effacé]")


def forget(session: Session, row: Any, fields: Iterable[str], *, beside: Sequence[Any] = ()) -> int:
    """Erase these values of a record, and their copies; how many there were.

    Messages of the record itself and of the records ``beside`` it lose them too. What somebody
    typed into a description stays: it is what the record is about.
    """
    session.flush()
    values = {name: value for name in fields if (value := getattr(row, name))}
    if not values:
        return 0
    texts = sorted({str(value) for value in values.values() if len(str(value)) >= SHORTEST})
    search_upkeep.note_forgotten(session, row, texts)
    for name in values:
        column = inspect(type(row)).column_attrs[name].columns[0]
        setattr(row, name, None if column.nullable else "")
    session.flush()
    record = record_name(row)
    if not personal.erase(session, record, row.id, fields=values):
        # The column has no history: that it was emptied is told all the same.
        text = kept(_l("Coordonnées effacées"))
        note(session, row, {"kind": "erased", "text": text})
    _of_imports(session, record, row.id, values)
    for one in (row, *beside):
        _of_messages(session, record_name(one), one.id, texts)
    forget_answers(session, texts)
    return len(values)


def _of_imports(session: Session, record: str, record_id: int, names: Iterable[str]) -> None:
    rows = session.scalars(
        select(ImportRow).where(ImportRow.record == record, ImportRow.record_id == record_id)
    )
    for row in rows:
        changes = json.loads(row.changes)
        left = {name: pair for name, pair in changes.items() if name not in names}
        if left != changes:
            row.changes = json.dumps(left, ensure_ascii=False)
    session.flush()


def _of_messages(session: Session, record: str, record_id: int, texts: Sequence[str]) -> None:
    if not texts:
        return
    pattern = re.compile("|".join(re.escape(text) for text in texts), re.IGNORECASE)
    for model, name in ((Message, "body"), (Notification, "text")):
        told = select(model).where(model.record == record, model.record_id == record_id)
        for row in session.scalars(told):
            said = getattr(row, name)
            if pattern.search(said):
                setattr(row, name, pattern.sub(kept(_GONE), said))
    session.flush()
