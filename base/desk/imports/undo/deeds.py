"""What an import does while it writes, remembered for the day it is taken back.

The trail collects each change at flush, whatever writes it. What one import collected is copied
to the import's own rows: attribute by attribute, with the values before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from base.basics.sessions import Session
from base.desk.imports.declaration import Importer
from base.desk.imports.rows import Record
from base.store.history.trail import canonical
from base.store.models.imports import Effect, ImportRow


@dataclass(slots=True)
class Deed:
    """All that one transaction did to one record."""

    made: bool
    #: Attribute -> [before, after], as JSON gives them.
    changes: dict[str, list[Any]] = field(default_factory=dict)


def mark(session: Session) -> int:
    """Where the changes of an import begin among those of its transaction."""
    return len(session.info.get("trail", ()))


def deeds_since(session: Session, start: int) -> dict[tuple[str, int], Deed]:
    """What was made and changed since the mark, by root table and id.

    What a record of an authority was made with stands in the trail; of a record that belongs to
    all, which a person's session cannot read there, it is kept here.
    """
    found: dict[tuple[str, int], Deed] = {}
    for event in session.info.get("trail", ())[start:]:
        if event["op"] not in ("I", "U") or event["record_id"] is None:
            continue
        key = event["record"], event["record_id"]
        deed = found.get(key)
        if deed is None:
            deed = found[key] = Deed(made=event["op"] == "I")
            if deed.made and event["entity_id"] is not None:
                continue
        for name, (before, after) in _plain(event).items():
            former = deed.changes.get(name)
            deed.changes[name] = [before if former is None else former[0], after]
    return found


def _plain(event: dict[str, Any]) -> dict[str, list[Any]]:
    """The changes of an event, with the personal values in their places."""
    changes: dict[str, list[Any]] = json.loads(event["changes"])
    for value in event["personal"]:
        changes[value["field"]][value["side"]] = json.loads(value["value"])
    return changes


def remember(
    session: Session,
    importer: Importer,
    entity_id: int,
    batch_id: int,
    records: Sequence[Record],
    start: int,
) -> int:
    """One row for each line of the file and each record made along the way; how many rows."""
    deeds = deeds_since(session, start)
    more: dict[tuple[str, int], dict[str, Any]] = {}
    for record in records:
        if record.more:
            key = (record.record or importer.record, record.record_id or 0)
            more.setdefault(key, {}).update(record.more)
    seen: set[tuple[str, int]] = set()
    rows: list[dict[str, Any]] = []

    def add(key: tuple[str, int], number: int, effect: str) -> None:
        changes: dict[str, Any] = {}
        if key not in seen:
            seen.add(key)
            changes = dict(deeds[key].changes) if key in deeds else {}
            changes.update(more.get(key, {}))
        rows.append(
            {
                "batch_id": batch_id,
                "entity_id": entity_id,
                "number": number,
                "effect": effect,
                "record": key[0],
                "record_id": key[1],
                "changes": canonical(changes),
            }
        )

    for record in records:
        key = (record.record or importer.record, record.record_id or 0)
        add(key, record.number, str(record.effect))
    wanted = {importer.record, *importer.makes}
    for key, deed in deeds.items():
        if key not in seen and key[0] in wanted:
            add(key, 0, str(Effect.CREATED if deed.made else Effect.UPDATED))
    if rows:
        session.core(insert(ImportRow), rows)
    return len(rows)
