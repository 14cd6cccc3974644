"""Columns that hold a number with a key: one rule for every door.

``tracked(String(14), info=identified(Identifier.SIRET))``: a number is asked when its row is
written, whoever writes it. One that stood before is left alone: only what changes is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session as OrmSession

from base.basics import identifiers
from base.basics.errors import InvalidInput
from base.basics.identifiers import Identifier
from base.basics.sessions import Session


def identified(kind: Identifier) -> dict[str, Any]:
    """``info`` of a column that holds such numbers."""
    return {"identifier": kind}


@functools.cache
def identifiers_of(model: Any) -> Mapping[str, Identifier]:
    """The columns of a model, or of its mapper, that hold numbers with a key."""
    mapper: Mapper[Any] = inspect(model)
    found = {a.key: mapper.columns.get(a.key) for a in mapper.column_attrs}
    return {
        name: column.info["identifier"]
        for name, column in found.items()
        if column is not None and "identifier" in column.info
    }


def faults(model: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Column -> why it cannot hold its number; empty when all can."""
    return {
        name: why
        for name, kind in identifiers_of(model).items()
        if values.get(name) and (why := identifiers.fault(kind, values[name])) is not None
    }


def as_kept(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their numbers as they are kept, without what stands between the signs."""
    kinds = identifiers_of(model)
    return {
        name: identifiers.plain(kinds[name], value) if name in kinds and value else value
        for name, value in values.items()
    }


@event.listens_for(OrmSession, "before_flush")
def _refuse_at_flush(session: Session, context: Any, instances: Any) -> None:
    """Refuse a wrong number whatever the door: a new one cannot forget the rule."""
    for row in (*session.new, *session.dirty):
        state = inspect(row)
        changed = {
            name: state.dict.get(name)
            for name in identifiers_of(state.mapper)
            # A form gives all its values back: what it did not change is not asked.
            if state.attrs[name].history.added
        }
        if changed and (found := faults(type(row), changed)):
            raise InvalidInput(next(iter(found.values())), found)
