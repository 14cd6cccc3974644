"""Columns that hold a number with a key: one rule for every door.

``tracked(String(14), info=identified(Identifier.SIRET))``: a number is asked when its row is
written, whoever writes it. One that stood before is left alone: only what changes is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from base.basics import identifiers
from base.basics.identifiers import Identifier
from base.store.written_values import ask_at_flush


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


ask_at_flush(identifiers_of, faults)
