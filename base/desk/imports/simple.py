"""An importer of one plain table: columns are attributes, one key finds the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect, select

from base.basics.sessions import Session
from base.desk.imports.declaration import Importer
from base.desk.imports.engine import found_in, load_targets
from base.desk.imports.rows import Record
from base.store.history.trail import record_name
from base.store.models.imports import Effect


class ModelImporter(Importer):
    """Rows of one scoped model, found by one column; subclass it and give ``model``.

    ``make`` and ``change`` are where a module calls its services.
    """

    model: Any = None
    #: Column key that finds the row; also its attribute.
    match_keys: tuple[str, ...] = ("code",)

    def __init__(self) -> None:
        self.record = record_name(self.model)

    def attributes(self) -> list[str]:
        """The column keys that are attributes of the model."""
        return [a.key for a in inspect(self.model).column_attrs]

    def resolve(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Turn values into what the model keeps (ids of relations), or refuse rows."""

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find each row by its key, and compare."""
        self.resolve(session, entity_id, records)
        key = self.match_keys[0]
        known = set(self.attributes())
        wanted = {r.values[key] for r in records if r.accepted}
        existing = self._existing(session, entity_id, key, wanted, records, known)
        for record in records:
            if not record.accepted:
                continue
            values = {k: v for k, v in record.values.items() if k in known}
            old = existing.get(record.values[key])
            if old is None:
                record.creates(values)
                continue
            record.record_id = old["id"]
            record.version = old.get("version")
            # An empty cell leaves what is recorded.
            record.compare(old, {k: v for k, v in values.items() if v is not None})

    def _existing(
        self,
        session: Session,
        entity_id: int,
        key: str,
        wanted: set[Any],
        records: Sequence[Record],
        known: set[str],
    ) -> dict[Any, dict[str, Any]]:
        # Rows of an exported list hold what was corrected in each.
        keys = [k for k in dict.fromkeys(k for r in records for k in r.values) if k in known]
        names = list(dict.fromkeys(["id", key, *keys, *({"version"} & known)]))
        model = self.model
        columns = select(*[getattr(model, name) for name in names])
        own = columns.where(model.entity_id == entity_id)
        rows = found_in(session, own, getattr(model, key), wanted)
        return {getattr(row, key): dict(row._mapping) for row in rows}

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make and change rows, flushed together."""
        rows = load_targets(session, self.model, list(records))
        made = []
        for record in records:
            new = {key: value for key, (_old, value) in record.changes.items()}
            if record.effect is Effect.CREATED:
                row = self.make(session, entity_id, new)
                session.add(row)
                made.append((record, row))
            else:
                self.change(session, rows[record.record_id], new)  # type: ignore[index]
        session.flush()
        for record, row in made:
            record.record_id = row.id

    def make(self, session: Session, entity_id: int, values: dict[str, Any]) -> Any:
        """A new row, not yet flushed."""
        return self.model(entity_id=entity_id, **values)

    def change(self, session: Session, row: Any, values: dict[str, Any]) -> None:
        """Change a row to the new values."""
        for name, value in values.items():
            setattr(row, name, value)
