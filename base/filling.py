"""Values of forms and bodies as columns take them, and columns that join forms by themselves.

``tracked(String(200), default="", label=_l("Consigne"), on="lists add edit filters import")`` puts
a column on list, record page, forms, filters, resource and files without another line: no service
needs to know it. What a service has to decide about is named by its view and given to it. What
rows say of themselves (``base.store.together``) joins in the same way; ``rest`` is the resource
alone, its list and its rows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import event, inspect

from base.basics import arguments
from base.basics.sessions import Session
from base.store.choice_columns import choices_of
from base.store.history import wording
from base.store.identifier_columns import as_kept
from base.store.together import said_by

#: Part of a kind of record that a column may join -> attribute of its view and resource.
COLUMNS = {
    "lists": "list_columns",
    "record": "show_columns",
    "add": "add_columns",
    "edit": "edit_columns",
    "filters": "search_columns",
    "order": "order_columns",
}
PARTS = frozenset({*COLUMNS, "import", "rest"})
#: Part -> those whose columns a resource has in it as well: one row has what the list has.
_OF_RESOURCES = {"lists": ("rest",), "record": ("lists", "rest")}


@functools.cache
def joined(model: Any, part: str) -> list[str]:
    """The columns that join a part by themselves, in the order of the model.

    Raises:
        RuntimeError: one joins what there is not, or joins a form and cannot be left empty.
    """
    found = []
    for name, attribute in inspect(model).column_attrs.items():
        parts = wording.said_of(model, name).on.split()
        if unknown := set(parts) - PARTS:
            raise RuntimeError(f"{model.__name__}.{name}: on={sorted(unknown)}")
        column: Any = attribute.columns[0]
        if part in parts and part in ("add", "import") and not column.nullable:
            if column.default is None:
                raise RuntimeError(f"{model.__name__}.{name} joins and may be empty: default=")
        if part in parts:
            found.append(name)
    return found + [name for name, each in said_by(model).items() if part in each.on.split()]


def join(screen: Any, *, whole: bool = False) -> None:
    """Add to the columns of a view, or of a resource (``whole``), those that join them."""
    model = screen.datamodel.obj
    for part, attribute in COLUMNS.items():
        named = getattr(screen, attribute)
        # A part that is not said is made by the library; what nobody may write joins no form.
        if named or (part not in ("add", "edit") and named is not None):
            parts = (part, *_OF_RESOURCES.get(part, ())) if whole else (part,)
            more = [name for one in parts for name in joined(model, one)]
            setattr(screen, attribute, list(dict.fromkeys([*named, *more])))


def apart(model: Any, part: str, values: dict[str, Any]) -> dict[str, Any]:
    """Take out of the values what joined, which is nothing to a service."""
    found = {name: values.pop(name) for name in joined(model, part) if name in values}
    return filled(model, found, new=part == "add") if found else found


@contextmanager
def given(session: Session, model: Any, values: Mapping[str, Any]) -> Iterator[None]:
    """Set what joined on the row that a service makes, before it is written for the first time."""
    waiting = [values] if values else []

    def begun(_session: Session, row: Any) -> None:
        if waiting and isinstance(row, model):
            give(row, waiting.pop())

    if not waiting:
        yield
        return
    event.listen(session, "transient_to_pending", begun)
    try:
        yield
    finally:
        event.remove(session, "transient_to_pending", begun)


def give(row: Any, values: Mapping[str, Any]) -> None:
    """Set what joined on a row that a service made or changed."""
    for name, value in values.items():
        setattr(row, name, value)


def filled(model: Any, values: Mapping[str, Any], *, new: bool = False) -> dict[str, Any]:
    """The values of a form or body as columns take them.

    A text left empty is "" where the column may not be without value and has "" as its own; of a
    ``new`` row what is left empty takes the column's own value. Numbers with a key lose what stands
    between their signs.

    Raises:
        InvalidInput: a value is none of its column's closed list.
    """
    closed, columns = choices_of(model), inspect(model).column_attrs
    found = as_kept(model, values)
    for name, value in values.items():
        if name not in columns:
            continue
        if value is not None:
            if name in closed and value != "" and issubclass(closed[name], StrEnum):
                found[name] = arguments.one_of(values, name, closed[name], value)
            continue
        column: Any = columns[name].columns[0]
        own = column.default.arg if column.default is not None else None
        if column.nullable or own is None:
            continue
        if new:
            del found[name]
        elif own == "":
            found[name] = ""
    return found
