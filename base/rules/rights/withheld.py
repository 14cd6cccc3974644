"""What a person may not read of rows that they see: one right for a figure, at every door.

A module declares in its ``security.py`` which columns need a right to be read, and which rows of
another table tell the same figure. A person without it reads nothing there, however they ask:
an object read has no value, a statement that names the column (to show it, to filter or order
by it, to add it up) finds it empty, the rows are not read, and the history leaves them out.

Verbs work with the true values: ``lifted`` is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context
from sqlalchemy import Column, Table, exists, func, not_, or_, type_coerce
from sqlalchemy.orm import attributes
from sqlalchemy.sql import visitors
from sqlalchemy.sql.util import ClauseAdapter

from base.basics.i18n import LANGUAGES, speaking
from base.basics.sessions import Session
from base.rules.rights import telling
from base.rules.rights.held import held
from base.store.database import db
from base.store.history.trail import record_name


@dataclass(frozen=True)
class Right:
    """A right as roles give it: a permission on a view."""

    permission: str
    view: str
    #: What a page says that shows or adds up what is left.
    notice: Any = field(default="", compare=False)


Lacking = frozenset[Right]
NOTHING: Lacking = frozenset()


@dataclass(frozen=True)
class Rows:
    """Rows of a table that need a right; their history is not read without it either."""

    right: Right
    criterion: Callable[[], Any]


#: (table, column) -> the right to read it.
_COLUMNS: dict[tuple[str, str], Right] = {}
#: class -> its attributes that need a right.
_KEYS: dict[type, dict[str, Right]] = {}
#: model -> rows of it that need a right.
ROWS: dict[type, Rows] = {}


def withhold(right: Right, *columns: Any) -> None:
    """Declare columns, as attributes of their models, that are read with a right only."""
    for column in columns:
        model, key = column.class_, column.key
        _KEYS.setdefault(model, {})[key] = right
        _COLUMNS[model.__table__.name, column.property.columns[0].name] = right


def withhold_rows(right: Right, model: type, criterion: Callable[[], Any]) -> None:
    """Declare the rows of a model, those that meet the criterion, that need a right."""
    ROWS[model] = Rows(right, criterion)


def _declared() -> Lacking:
    return frozenset({*_COLUMNS.values(), *(rows.right for rows in ROWS.values())})


def lacking(session: Session) -> Lacking:
    """The declared rights that the person of a session does not have; none for the system.

    Asked once for a session; a verb that has lifted them has all.
    """
    if not hasattr(session, "scope") or session.info.get("lifted"):
        return NOTHING
    if "lacking" not in session.info:
        rights = held(session)
        session.info["lacking"] = (
            NOTHING
            if rights is None
            else frozenset(r for r in _declared() if not rights.has(r.permission, r.view))
        )
    found: Lacking = session.info["lacking"]
    return found


def readable(session: Session, column: Any) -> bool:
    """Whether the person of a session reads a column, given as an attribute of its model."""
    right = _KEYS.get(column.class_, {}).get(column.key)
    return right is None or right not in lacking(session)


def left_out() -> list[str]:
    """What to say at the foot of this page or file: something was left out of it, and why."""
    return _told(db.session().info.get("left_out", ()) if has_request_context() else ())


def words(session: Session) -> list[str]:
    """What to say of all that the person of a session may not read, whether it was asked or not."""
    return _told(lacking(session))


def _told(rights: Iterable[Right]) -> list[str]:
    return [str(right.notice) for right in sorted(rights, key=lambda r: (r.view, r.permission))]


def notices() -> frozenset[str]:
    """All that pages and files may say was left out, in every language."""
    found = set()
    for code in LANGUAGES:
        with speaking(code):
            found |= {str(right.notice) for right in _declared()}
    return frozenset(found)


@contextmanager
def lifted(session: Session) -> Iterator[None]:
    """True values for a verb, which works with them and shows none; what was read is concealed."""
    before = session.info.get("lifted", False)
    session.info["lifted"] = True
    try:
        yield
    finally:
        session.info["lifted"] = before
        if not before and lacking(session):
            for row in session.identity_map.values():
                conceal(session, row)


def conceal(session: Session, row: Any) -> None:
    """Take what the person may not read off a row that was read or written."""
    keys = _KEYS.get(type(row))
    if keys is None:
        return
    missing = lacking(session)
    for key, right in keys.items():
        if right in missing and row.__dict__.get(key) is not None:
            attributes.set_committed_value(row, key, None)


def blank(session: Session, statement: Any, *, noted: bool = True) -> Any:
    """The statement with what the person may not read empty, wherever it stands in it.

    ``noted`` is whether the page has to say that something was left out of what it read.
    """
    missing = lacking(session)
    if not missing:
        return statement
    names = {name: right for name, right in _COLUMNS.items() if right in missing}
    tables = {name: right for (name, _column), right in names.items()} | {
        model.__table__.name: rows.right  # type: ignore[attr-defined]
        for model, rows in ROWS.items()
        if rows.right in missing
    }
    left, is_named = set(), False
    for element in visitors.iterate(statement):
        if isinstance(element, Table):
            left.add(tables.get(element.name))
        elif isinstance(element, Column):
            left |= {tables.get(name) for name, _column in _sources(element)}
            is_named = is_named or bool(_sources(element) & names.keys())
    if noted:
        session.info.setdefault("left_out", set()).update(left - {None})

    def emptied(element: Any, **_kwargs: Any) -> Any:
        if not isinstance(element, Column) or not _sources(element) & names.keys():
            return None
        # Of the column still, so that the table stays in FROM: NULLIF(x, x) is never a value.
        return type_coerce(func.nullif(element, element), element.type).label(element.key)

    return visitors.replacement_traverse(statement, {}, emptied) if is_named else statement


def _sources(column: Any) -> set[tuple[str, str]]:
    """The tables and columns that a column of a statement comes from."""
    return {
        (base.table.name, base.name)
        for base in column.base_columns
        if isinstance(getattr(base, "table", None), Table)
    }


def concealed(session: Session, record: str, changes: Any) -> Any:
    """The changes that an entry of the history tells, without what the person may not read."""
    if not isinstance(changes, dict):
        return changes
    missing = lacking(session)
    closed = telling.columns_closed(session, record)
    # Something seen or done says under the same keys what is no column: never two values.
    left_out = {key for key in closed & changes.keys() if isinstance(changes[key], list)}
    left_out |= columns_of(missing).get(record, frozenset())
    return {key: pair for key, pair in changes.items() if key not in left_out}


def columns_of(missing: Lacking) -> dict[str, frozenset[str]]:
    """Root table -> its attributes that are read with one of these rights only."""
    found: dict[str, frozenset[str]] = {}
    for model, keys in _KEYS.items():
        mine = frozenset(key for key, right in keys.items() if right in missing)
        if mine:
            found[record_name(model)] = found.get(record_name(model), frozenset()) | mine
    return found


def of_rows(event: Any, missing: Lacking) -> Iterator[Any]:
    """Criteria that leave out the events, or personal values, of rows that need a right."""
    for model, rows in ROWS.items():
        if rows.right in missing:
            # Under a name of its own, the table is not the model whose rule hides these rows.
            table = model.__table__.alias()  # type: ignore[attr-defined]
            mine = ClauseAdapter(table).traverse(rows.criterion())
            # Asked of each event of the kind: a list of all such rows would be read for each page.
            hidden = exists().where(table.c.id == event.record_id, mine).correlate_except(table)
            yield or_(event.record != telling.fixed(record_name(model)), not_(hidden))


def narrowing(model: Any, missing: Lacking, told: telling.Telling | None) -> list[Any]:
    """The criteria that rights add to the rule of a model's rows; of the trail, what is told."""
    found = []
    rows = ROWS.get(model)
    if rows is not None and rows.right in missing:
        found.append(not_(rows.criterion()))
    if told is not None and model in telling.CRITERIA:
        found.append(telling.CRITERIA[model](told, columns_of(missing)))
        found += of_rows(model, missing)
    return found


def may_tell(session: Session, record: str, changes: str) -> bool:
    """Whether an entry of the history, as it is kept, tells only what the person may read."""
    told = json.loads(changes)
    return bool(concealed(session, record, told) == told)
