"""Which closed list a column holds: said by the check of its table, read by every surface."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, inspect
from sqlalchemy.orm import Mapper

from base.store.choice import Choice
from base.store.database import Model

_INFO = "closed"
_IN: dict[str, dict[str, type[Choice]]] = {}


def one_of(column: str, values: Iterable[str], *, optional: bool = False) -> CheckConstraint:
    """A named check that the column holds one of the values.

    With an enumeration, or some of its members, the column is known to hold it: see ``choices_of``.
    """
    kept = list(values)
    listed = ", ".join(f"'{value}'" for value in kept)
    rule = f"{column} IN ({listed})"
    kinds = {type(value) for value in kept}
    kind = kinds.pop() if len(kinds) == 1 else str
    return CheckConstraint(
        f"{column} IS NULL OR {rule}" if optional else rule,
        name=column,
        info={_INFO: (column, kind)} if issubclass(kind, Choice) else {},
    )


@functools.cache
def choices_of(model: Any) -> dict[str, type[Choice]]:
    """Attribute -> the closed list that it holds, of a model with what inherits from it.

    A column that no check of its table can name (it may also be empty, or has another name in the
    base) stands in the model's ``__choices__``.
    """
    found: dict[str, type[Choice]] = {}
    for mapper in inspect(model).self_and_descendants:
        for table in mapper.tables:
            for constraint in table.constraints:
                if _INFO in constraint.info:
                    column, kind = constraint.info[_INFO]
                    key = mapper.get_property_by_column(table.columns[column]).key
                    found.setdefault(key, kind)
        for one in mapper.class_.__mro__:
            for key, kind in one.__dict__.get("__choices__", {}).items():
                found.setdefault(key, kind)
    return found


def choice_in(record: str, column: str) -> type[Choice] | None:
    """The closed list that a column of the trail holds; ``record`` is a root table."""
    if record not in _IN:
        roots = [m for m in Model.registry.mappers if m.inherits is None]
        model = next((m.class_ for m in roots if _table(m) == record), None)
        if model is None:
            return None
        _IN[record] = choices_of(model)
    return _IN[record].get(column)


def _table(mapper: Mapper[Any]) -> str:
    return str(mapper.local_table.name)  # type: ignore[attr-defined]


def word_in(record: str, column: str, value: object) -> str | None:
    """The word of a value of a column of the trail; None when it is none of a closed list."""
    kind = choice_in(record, column)
    if kind is None or not isinstance(value, str) or value not in set(kind):
        return None
    return str(kind(value).word)
