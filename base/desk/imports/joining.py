"""Columns that join the files of their records by themselves: ``on="import"`` of a column.

The importer reads, compares and writes as it does; what joined is read, compared and written
beside it, so that no importer needs to know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from base import filling
from base.basics.i18n import _
from base.basics.rows import rows_by_ids
from base.basics.sessions import Session
from base.desk.imports import departed
from base.desk.imports.columns import column_from
from base.desk.imports.rows import Options, Record, Stale
from base.papers.tables import Column
from base.store.history import wording
from base.store.models.imports import Effect


def join(importer: Any) -> None:
    """Give an importer what joins the records that it makes.

    Raises:
        RuntimeError: a column joins that no file can hold.
    """
    model = departed.model_of(importer.record)
    if model is not None and not importer.streams and filling.joined(model, "import"):
        joining = Joining(importer, model)
        importer.columns = joining.columns
        importer.plan_with = joining.plan_with
        importer.write = joining.write


class Joining:
    """An importer's steps, with the columns that joined its records."""

    def __init__(self, importer: Any, model: Any) -> None:
        self.model = model
        self.own_columns, self.own_plan = importer.columns, importer.plan_with
        self.own_write = importer.write
        self.joined = {name: _column(model, name) for name in filling.joined(model, "import")}

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The importer's columns, then those that joined."""
        own = self.own_columns(session, entity_id)
        known = {column.key for column in own}
        return (*own, *(c for key, c in self.joined.items() if key not in known))

    def plan_with(
        self, session: Session, entity_id: int, records: Sequence[Record], options: Options
    ) -> None:
        """Compare as the importer does, then what joined."""
        self.own_plan(session, entity_id, records, options)
        told = [r for r in records if r.accepted and self._given(r)]
        known = self._rows(session, (r.record_id for r in told))
        for record in told:
            given = self._given(record)
            if record.effect is Effect.CREATED:
                record.changes |= {key: (None, value) for key, value in given.items()}
            elif (row := known.get(record.record_id)) is not None:
                new = {k: (getattr(row, k), v) for k, v in given.items() if getattr(row, k) != v}
                record.changes = {
                    **{k: v for k, v in record.changes.items() if k not in given},
                    **new,
                }
                record.effect = Effect.UPDATED if record.changes else Effect.UNCHANGED
                if record.version is None:
                    record.version = getattr(row, "version", None)

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Write as the importer does, then what joined.

        Raises:
            Stale: a record changed since it was planned.
        """
        all_changes = [record.changes for record in records]
        for record in records:
            record.changes = {k: v for k, v in record.changes.items() if k not in self.joined}
        own = [r for r in records if r.changes or r.effect is Effect.CREATED]
        if own:
            self.own_write(session, entity_id, own)
        untouched = {id(r) for r in records} - {id(r) for r in own}
        rows = self._rows(session, (r.record_id for r in records))
        for record, changes in zip(records, all_changes, strict=True):
            record.changes = changes
            row = rows[record.record_id]
            if id(record) in untouched and record.version != getattr(row, "version", None):
                raise Stale(_("Une fiche a changé pendant l’import : recommencez."))
            told = {k: new for k, (_old, new) in changes.items() if k in self.joined}
            filling.give(row, told)
        session.flush()

    def _given(self, record: Record) -> dict[str, Any]:
        """What a row says of what joined; an empty cell leaves what is recorded."""
        return {k: v for k in self.joined if (v := record.values.get(k)) is not None}

    def _rows(self, session: Session, ids: Iterable[int | None]) -> dict[Any, Any]:
        return rows_by_ids(session, self.model, {i for i in ids if i is not None})


def _column(model: Any, name: str) -> Column:
    found: Any = wording.column_of(model, name)
    if found.foreign_keys:
        raise RuntimeError(f"{model.__name__}.{name}: no file can hold it, leave import out of on=")
    return column_from(model, name)
