"""Of which records a person may read the history, and of which of their columns.

Nobody lists them: whoever may open a screen or a resource of a kind reads what was written of the
columns that it shows. A kind without one of its own, such as the points of a checklist, is read by
whoever reads what it hangs on (``__hangs_on__``), and a page that shows records without being
their screen says so: ``shows = {Setting: Shows("list")}``, the model (or the table) and the right.
What none of these names is closed to everybody.

The criteria stand on every read of the trail that a person's session makes, so lists, counts,
filters, pages and reports leave out the same: an event of a closed kind, of a row that is not
read, and one that changed nothing but closed columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import String, and_, func, inspect, literal, literal_column, not_, or_, select

from base.basics.i18n import _
from base.basics.sessions import Session
from base.rules.rights.held import Held, held
from base.store.database import Model
from base.store.history import belonging, wording
from base.store.history.trail import record_name, tracked_columns
from base.store.models.documents import Document
from base.store.models.history import Event
from base.store.models.seals import EventPersonal

#: Rights that open a record, on a screen or a resource.
_OPENING = ("can_list", "can_show", "can_get")
#: What screens and resources say of the columns that they show, write or ask for.
_COLUMNS = tuple(
    f"{part}_columns" for part in "list show cartouche add edit search order more word".split()
)
#: Columns of every record: whoever opens it knows whose it is and whether it was put away.
_ALWAYS = frozenset({"entity_id", "archived_on"})


@dataclass(frozen=True)
class Shows:
    """What a page that is no screen of a kind says of the records that it shows whole."""

    #: Without "can_".
    right: str
    #: A column by whose values some of the records are read, and the values that rights open.
    by: Any = None
    values: Callable[[Held], Iterable[str]] | None = None


@dataclass(frozen=True)
class Door:
    """Where records of a kind are read: with one of these rights, and which of their columns."""

    view: str
    rights: tuple[str, ...]
    #: All when None.
    columns: frozenset[str] | None
    by: Any = None
    values: Callable[[Held], Iterable[str]] | None = None


@dataclass(frozen=True, eq=False)
class Telling:
    """What of the trail one set of roles reads."""

    #: Root tables of records.
    kinds: frozenset[str]
    #: Of kinds whose tracked columns are not all read: those that are.
    columns: Mapping[str, frozenset[str]]
    #: Of kinds of which some records are read: (column, its values).
    rows: Mapping[str, tuple[Any, frozenset[str]]]


#: Root table -> columns that need a right which is missing (``withheld``).
Withheld = Mapping[str, frozenset[str]]


def _names(view: Any, parts: tuple[str, ...] = _COLUMNS) -> Iterator[str]:
    for part in parts:
        yield from getattr(view, part, None) or ()
    state = getattr(view, "state_column", None)
    if state:
        yield state


def _keys(model: Any, names: Iterator[str] | list[str]) -> frozenset[str]:
    """Attributes of the columns behind names of columns, relations and columns of relations."""
    mapper = inspect(model)
    found = set()
    for name in names:
        column = wording.column_of(model, name.partition(".")[0])
        if column is not None:
            found.add(str(mapper.get_property_by_column(column).key))
    return frozenset(found) | _ALWAYS


def _doors_of(view: Any) -> Iterator[tuple[str, Door]]:
    """Root table of each kind that a screen or resource shows -> the door that it is."""
    name = view.class_permission_name
    model = getattr(getattr(view, "datamodel", None), "obj", None)
    if model is not None:
        rights = tuple(right for right in _OPENING if right in view.base_permissions)
        yield record_name(model), Door(name, rights, _keys(model, _names(view)))
    for below in getattr(view, "below", ()):
        columns = _keys(below.model, list(view.made_columns[below.model]))
        yield record_name(below.model), Door(name, (f"can_{below.right}",), columns)
    for shown, said in getattr(view, "shows", {}).items():
        table = shown if isinstance(shown, str) else record_name(shown)
        yield table, Door(name, (f"can_{said.right}",), None, said.by, said.values)


def doors() -> Mapping[str, list[Door]]:
    """Root table -> where its records are read, by the screens and resources there are."""
    views = current_app.extensions["appbuilder"].baseviews
    known: dict[str, Any] = current_app.extensions.setdefault("ouvrage_doors", {})
    if known.get("count") != len(views):
        found: dict[str, list[Door]] = {}
        for view in views:
            for table, door in _doors_of(view):
                found.setdefault(table, []).append(door)
        known.update(count=len(views), doors=found, tellings={})
    opened: Mapping[str, list[Door]] = known["doors"]
    return opened


def tracked(record: str) -> frozenset[str]:
    """The tracked columns of the records of a root table, whatever their class."""
    return frozenset(
        a.key
        for mapper in Model.registry.mappers
        if record_name(mapper) == record
        for a in tracked_columns(mapper)
    )


def telling(session: Session) -> Telling | None:
    """What of the trail the person of a session reads; None for all: nobody reads, or a verb."""
    if session.info.get("lifted"):
        return None
    if "telling" not in session.info:
        rights = held(session)
        session.info["telling"] = None if rights is None else _telling(rights)
    found: Telling | None = session.info["telling"]
    return found


def _telling(rights: Held) -> Telling:
    opened = doors()
    made: dict[Held, Telling] = current_app.extensions["ouvrage_doors"]["tellings"]
    if rights not in made:
        made[rights] = _of(rights, opened)
    return made[rights]


def _of(rights: Held, opened: Mapping[str, list[Door]]) -> Telling:
    kinds: set[str] = set()
    columns: dict[str, frozenset[str]] = {}
    rows: dict[str, tuple[Any, frozenset[str]]] = {}
    for table, here in opened.items():
        mine = [d for d in here if any(rights.has(right, d.view) for right in d.rights)]
        if not mine:
            continue
        kinds.add(table)
        if all(door.columns is not None for door in mine):
            told = frozenset[str]().union(*(door.columns or () for door in mine))
            if tracked(table) - told:
                columns[table] = told
        if all(door.values is not None for door in mine):
            values = (frozenset(door.values(rights)) for door in mine if door.values is not None)
            rows[table] = mine[0].by, frozenset[str]().union(*values)
    _hanging(kinds, opened)
    return Telling(frozenset(kinds), columns, rows)


def _hanging(kinds: set[str], opened: Mapping[str, list[Door]]) -> None:
    """Add what hangs on these kinds and is shown nowhere else."""
    edges = [
        edge
        for model in belonging.roots()
        if record_name(model) not in opened
        for edge in belonging.owners(model)
    ]
    while more := {edge.table for edge in edges if edge.parent in kinds} - kinds:
        kinds |= more


def reads(session: Session, record: str | None) -> bool:
    """Whether the person of a session may open records of a root table, or what they hang on.

    What is of no record is not refused here.
    """
    found = telling(session)
    return found is None or record is None or record in found.kinds


def narrowed(session: Session, known: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Of records, by root table: those of the kinds whose history the person reads."""
    found = telling(session)
    if found is None:
        return dict(known)
    naming = {record_name(model) for model in belonging.of_any_record()}
    return {t: ids for t, ids in known.items() if t in found.kinds or t in naming}


def left_out(session: Session, known: Mapping[str, list[int]]) -> list[str]:
    """What a document says when the history of some of these records is not in it."""
    kept = narrowed(session, known)
    if all(table in kept for table, ids in known.items() if ids):
        return []
    return [_("Ce que la personne qui l’a demandé n’a pas le droit de lire n’y est pas.")]


def columns_closed(session: Session, record: str) -> frozenset[str]:
    """The tracked columns of a kind that the person of a session does not read."""
    found = telling(session)
    if found is None or record not in found.columns:
        return frozenset()
    return tracked(record) - found.columns[record]


def _any_record(kinds: list[str]) -> Iterator[Any]:
    """Events of rows that name their record: they are read with it, or with what names them."""
    for model in belonging.of_any_record():
        table = model.__table__
        mine = [table.c.record.in_(kinds)]
        if model is Document:
            mine += [
                table.c.id.in_(select(column).where(column.is_not(None)))
                for column in _naming_documents(kinds)
            ]
        ids = select(table.c.id).where(or_(*mine))
        yield and_(Event.record == fixed(record_name(model)), Event.record_id.in_(ids))


def _naming_documents(kinds: list[str]) -> Iterator[Any]:
    """Columns of readable kinds that name a file."""
    for model in belonging.roots():
        if record_name(model) in kinds:
            for column in inspect(model).local_table.columns:
                if any(key.column.table is Document.__table__ for key in column.foreign_keys):
                    yield column


def _says(key: str) -> Any:
    """An entry changes a column: within a value, the quotation mark has a stroke before it."""
    pattern = key.replace("_", "/_")
    return Event.changes.like(fixed(f'%"{pattern}":[%'), escape="/")


def fixed(text: str) -> Any:
    """A name of ours within a criterion: a hundred of them as parameters cost a page 10 ms."""
    return literal_column("'" + text.replace("'", "''") + "'", String)


def _partly(told: Telling, withheld: Withheld) -> list[tuple[str, frozenset[str]]]:
    """Kinds of which some columns are closed, or withheld, with those that are read."""
    found = dict(told.columns)
    for record, keys in withheld.items():
        if record in told.kinds:
            found[record] = found.get(record, tracked(record)) - keys
    return sorted(found.items())


def of_events(told: Telling, withheld: Withheld) -> Any:
    """The criterion of the events that are read."""
    kinds = sorted(told.kinds)
    # Not the bare column: an index on it would read all of a kind to find the newest ones.
    plain = func.coalesce(Event.record, literal("")).in_(kinds)
    closed = [
        and_(
            Event.record == fixed(record),
            Event.op == fixed("U"),
            not_(or_(*map(_says, sorted(keys)))),
        )
        for record, keys in _partly(told, withheld)
    ]
    return and_(
        or_(plain, *_any_record(kinds)), *(not_(one) for one in closed), *_some(Event, told)
    )


def of_personal(told: Telling, withheld: Withheld) -> Any:
    """The criterion of the personal values beside those events."""
    closed = [
        and_(
            EventPersonal.record == fixed(record),
            EventPersonal.field.not_in(map(fixed, sorted(keys))),
        )
        for record, keys in _partly(told, withheld)
    ]
    kinds = func.coalesce(EventPersonal.record, literal("")).in_(sorted(told.kinds))
    return and_(kinds, *(not_(one) for one in closed), *_some(EventPersonal, told))


def _some(event: Any, told: Telling) -> Iterator[Any]:
    """The criteria of kinds of which some records are read."""
    for record, (by, values) in sorted(told.rows.items()):
        table = by.class_.__table__
        mine = select(table.c.id).where(table.c[by.property.columns[0].name].in_(sorted(values)))
        yield or_(event.record != fixed(record), event.record_id.in_(mine))


#: Model -> its criterion.
CRITERIA = {Event: of_events, EventPersonal: of_personal}
