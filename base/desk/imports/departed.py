"""Rows that name what has left, refused before anything is written.

Writing refuses them at its flush, the whole file with them and without saying which row it was.
They are looked for while the file is compared, with the same rules (``base.rules.rights.retired``
and ``standing``) and in the same words, so that a trial says what the writing would. What leaves
between the two is still met by the flush.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import inspect, select

from base.basics.rows import in_lots, rows_by_ids
from base.basics.sessions import Session
from base.desk.imports.rows import Record
from base.rules.rights import retired, standing
from base.rules.rights.retired import Naming
from base.store.database import Model
from base.store.history.trail import record_name
from base.store.models.imports import Effect


class Named(NamedTuple):
    """What a row names: by which column of the file, of which day; None: of now."""

    record: Record
    column: str
    kind: Any
    key: int | None
    day: date | None = None


def model_of(table: str) -> Any:
    """The class of a root table; None when there is none."""
    for mapper in Model.registry.mappers:
        if mapper.base_mapper is mapper and record_name(mapper.class_) == table:
            return mapper.class_
    return None


def refuse_named(session: Session, named: Iterable[Named]) -> None:
    """Refuse the rows that name who, or what, had left by their day."""
    asked = [(one, Naming(one.kind, one.key, one.day)) for one in named if one.key is not None]
    said = retired.refusals(session, [naming for _one, naming in asked])
    for one, naming in asked:
        if naming in said and one.record.accepted:
            one.record.refuse(said[naming], one.column)


def refuse_departed(
    session: Session,
    model: Any,
    records: Sequence[Record],
    pointed_at: Callable[[Record], Mapping[str, int]],
) -> None:
    """Refuse compared rows that change what has left, or hang on it or name it.

    ``pointed_at`` gives the ids that a row's record will hold beside its changes.
    """
    attributes = {a.key for a in inspect(model).column_attrs}
    asked = []
    for record in records:
        if record.effect not in (Effect.CREATED, Effect.UPDATED):
            continue
        new = {key: after for key, (_before, after) in record.changes.items()}
        new |= pointed_at(record)
        asked.append((record, {key: new[key] for key in new if key in attributes}))
    _refuse_own(session, model, asked)
    references = retired.references(model)
    has_roads = bool(standing.roads(model))
    left = [
        (record, new)
        for record, new in asked
        if record.accepted
        and (record.effect is Effect.CREATED or any(v not in (None, "") for v in new.values()))
        and (has_roads or any(r.column in new for r in references))
    ]
    ids = {record.record_id for record, _new in left if record.record_id is not None}
    known = rows_by_ids(session, model, ids)
    # In no session, so that nothing is written: what it says decides of which day it is.
    made = [_made(model, known.get(record.record_id or 0), attributes, new) for record, new in left]
    hanging = [
        (row, frozenset(k for k, v in new.items() if v not in (None, "") and record.record_id))
        for row, (record, new) in zip(made, left, strict=True)
    ]
    named = []
    for place, why in standing.refusals(session, hanging).items():
        record, new = left[place]
        record.refuse(why, _column(record, new))
    for row, (record, new) in zip(made, left, strict=True):
        day = retired.day_of(row)
        for kind, column, _relation in references:
            if isinstance(key := new.get(column), int):
                named.append(Named(record, _key_of(record, column), kind, key, day))
    refuse_named(session, named)


def _made(model: Any, row: Any, attributes: set[str], new: Mapping[str, Any]) -> Any:
    """A row as it would be written, in no session."""
    held = {} if row is None else {name: getattr(row, name) for name in attributes}
    return model(**held | dict(new))


def _refuse_own(
    session: Session, model: Any, asked: Sequence[tuple[Record, Mapping[str, Any]]]
) -> None:
    """Refuse rows that change the record of what has left; one that brings it back is taken."""
    if not hasattr(model, "archived_on"):
        return
    ids = {r.record_id for r, new in asked if new and "archived_on" not in new} - {None}
    away = {
        row.id: row
        for lot in in_lots(ids)
        for row in session.scalars(
            select(model).where(model.id.in_(lot), model.archived_on.is_not(None))
        )
    }
    for record, new in asked:
        row = away.get(record.record_id)
        if row is None or not new or "archived_on" in new:
            continue
        why = retired.own_refusal(row, new) if retired.ends(model) else None
        if why := why or standing.own_refusal(session, model, row.id):
            record.refuse(why, _column(record, new))


def _key_of(record: Record, attribute: str) -> str:
    """The column of the file that gave an attribute its value."""
    short = attribute.removesuffix("_id")
    return short if short in record.values else attribute


def _column(record: Record, new: Mapping[str, Any]) -> str | None:
    return next((key for key in record.values if key in new or f"{key}_id" in new), None)
