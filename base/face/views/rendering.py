"""What a list writes of its rows in a file: names, titles, kinds and values of its columns.

The same values are written by an export and compared with by an import of that file, so that a
cell nobody touched is known for what it is, whatever it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from flask import g
from sqlalchemy import inspect
from sqlalchemy.orm import selectinload

from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views import cells
from base.papers.files.exports import Column, Kind, csv_cell
from base.rules.rights import entities
from base.store.database import Exact
from base.store.together import Each

#: The column that tells the rows of several authorities apart.
ENTITY = "entity"
#: What names a row when its list does not say: the first that it has.
_NAMING = ("code", "number", "reference")
#: What is kept for one reading, or one language.
_CACHES = ("field_book", "custom_columns", "custom_cells", "enum_words")


def identity_of(view: Any) -> tuple[str, ...]:
    """The columns by which a row of the list is found again; none for a list of events."""
    if view.identity:
        return tuple(view.identity)
    own = inspect(view.datamodel.obj).column_attrs
    return next(((n,) for n in _NAMING if n in own and n in view.label_columns), ())


def all_columns(view: Any) -> list[str]:
    """Every column that the list may write, those that name its rows first."""
    named = dict.fromkeys([*identity_of(view), *view.choosable()])
    return told_apart(view, list(named))


def told_apart(view: Any, names: Sequence[str]) -> list[str]:
    """These columns; behind one that names a record, what tells it from others of its name."""
    found = []
    for name in names:
        found.append(name)
        if more := view.aside_of(name):
            found.append(f"{name}.{more}")
    return found


def follows(view: Any, name: str) -> bool:
    """Whether a column says what follows from other records: where a row is, by their names."""
    first, dot, last = name.rpartition(".")
    model = view.datamodel.get_related_model(first) if dot and view.aside_of(first) else None
    return isinstance(getattr(model or view.datamodel.obj, last, None), Each)


def titles(view: Any) -> dict[str, str]:
    """The title of each column in the reader's language; no two are the same."""
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for name in all_columns(view):
        title = view.label_of(name)
        times[title] += 1
        found[name] = title if times[title] == 1 else f"{title} ({times[title]})"
    return found


def column_of(view: Any, name: str, title: str) -> Column:
    """One column of the list, typed."""
    mapper = inspect(view.datamodel.obj)
    kind = view.export_kinds().get(name, Kind.TEXT)
    if name in view.sum_expressions:
        kind = Kind.EUROS
    elif name in mapper.column_attrs and name not in view.enums:
        stored = mapper.column_attrs[name].columns[0].type
        kind = cells.kind_of(
            name, Decimal if isinstance(stored, Exact) else view.python_type(name), view.said(name)
        )
    elif "." in name:
        kind = Kind.CODE
    return Column(name, title, kind)


def value_of(view: Any, row: Any, column: Column) -> Any:
    """What the list writes of a row in a column."""
    if "." in column.key:
        found = row
        for part in column.key.split("."):
            found = getattr(found, part, None)
        return found
    if column.kind is Kind.TEXT:
        # Numbers and days have the file's own form, not the reader's.
        for value in (getattr(row, column.key, None), view.value(row, column.key)):
            if isinstance(value, Decimal | float | date):
                return csv_cell(value)
        return None if value is None else view.shown(value, column.key)
    if column.key in view.sum_expressions or not hasattr(type(row), column.key):
        return view.value(row, column.key)
    return getattr(row, column.key)


def with_relations(view: Any, names: Sequence[str]) -> list[Any]:
    """The options that read at once the relations of these columns."""
    model = view.datamodel.obj
    firsts = dict.fromkeys(name.partition(".")[0] for name in names)
    relations = inspect(model).relationships
    return [selectinload(getattr(model, name)) for name in firsts if name in relations]


def entity_codes(session: Session) -> dict[int, str]:
    """The authorities that are seen, by id."""
    return {row.id: row.code for row in entities.by_name(session)}


def entity_title() -> str:
    """The title of the column that names the authority."""
    return _("Entité")


@contextmanager
def reading(session: Session, view: Any, names: Sequence[str]) -> Iterator[None]:
    """Rows of the list are read by this session, in these columns, whatever the page asks for.

    Without a list only its session counts, for titles.
    """
    kept = {key: g.pop(key) for key in _CACHES if key in g}
    before = g.get("list_reading")
    g.list_reading = (view.endpoint if view is not None else "", session, list(names))
    try:
        yield
    finally:
        g.list_reading = before
        for key in _CACHES:
            g.pop(key, None)
        for key, value in kept.items():
            setattr(g, key, value)


def reading_session(usual: Any) -> Any:
    """The session that reads rows now; ``usual()`` outside of an export or import."""
    found = g.get("list_reading")
    return found[1] if found is not None else usual()


def columns_read(view: Any) -> Sequence[str]:
    """The columns that are read now: those of the export or import, else those on screen."""
    found = g.get("list_reading")
    if found is not None and found[0] == view.endpoint:
        names: Sequence[str] = found[2]
        return names
    shown: Sequence[str] = view.list_state().columns
    return shown
