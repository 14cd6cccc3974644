"""Rows that a relation was set to: their keys are written at flush, and looked at before."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Mapper, RelationshipDirection


def key_value(state: InstanceState[Any], key: str) -> Any:
    """What a column of a key will hold once its row is flushed.

    A row that was set by its relation alone, as forms do, has its number in no column yet.
    """
    for relation, of_the_other in _relations(state.mapper).get(key, ()):
        for other in state.attrs[relation].history.added or ():
            return None if other is None else getattr(other, of_the_other)
    return getattr(state.object, key)


def key_changes(state: InstanceState[Any], key: str) -> bool:
    """Whether a column of a key is written at flush, by itself or by its relation."""
    return state.attrs[key].history.has_changes() or any(
        state.attrs[relation].history.has_changes()
        for relation, _other in _relations(state.mapper).get(key, ())
    )


@functools.cache
def _relations(mapper: Mapper[Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Column -> the relations that write it, each with the column of the other row."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for relation in mapper.relationships:
        if relation.direction is not RelationshipDirection.MANYTOONE or relation.viewonly:
            continue
        other: Mapper[Any] = inspect(relation.mapper.class_)
        for remote, local in relation.synchronize_pairs:
            key = mapper.get_property_by_column(local).key
            pair = relation.key, other.get_property_by_column(remote).key
            found[key] = (*found.get(key, ()), pair)
    return found
