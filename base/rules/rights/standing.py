"""What was put away takes nothing new and does not change: one rule for all that hangs on it.

A module says of which records that holds (``closes(Asset, refuse)``); what hangs on them follows
from the models (``asset_id``, ``__hangs_on__``). Every write of a person's session is held against
it at flush, whatever the door. What ends something that hangs on it is taken, for it must come to
its end: a row that is deleted, a value that is taken away, and what a model says of itself
(``lets``).

Two at once are put in a row: whoever adds to a record holds it (``hold``), and whoever puts it away
holds it alone (``hold_alone``), each before looking. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import attributes
from sqlalchemy.orm.util import identity_key

from base.basics.errors import DomainError
from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.rules.rights import withheld
from base.rules.rights.rules import PersonSession
from base.store.history import belonging
from base.store.history.belonging import Edge
from base.store.history.trail import record_name

#: Columns that change with every write.
_STAMPS = frozenset({"version", "changed_at", "changed_by_id"})

#: Model -> what refuses: ``refuse(session, id of its row)`` raises.
_CLOSES: dict[type, Callable[[Any, int], None]] = {}
#: Model -> whether a write of a row of it is taken all the same, by the columns that change and
#: the day on which what it hangs on was put away.
_LETS: dict[type, Callable[[Any, frozenset[str], Any], bool]] = {}
#: The columns of a closing model that follow from others: the place of a branch that moves.
_DERIVED: dict[type, frozenset[str]] = {}


def closes(model: type, refuse: Callable[[Any, int], None], *, derived: Iterable[str] = ()) -> None:
    """Say that rows of a model with ``archived_on`` take nothing; ``refuse`` raises, in words."""
    _CLOSES[model] = refuse
    _DERIVED[model] = frozenset(derived)
    roads.cache_clear()


def lets(model: type, rule: Callable[[Any, frozenset[str], Any], bool]) -> None:
    """Say which writes of a model are taken: ``rule(row, columns that change, day)``."""
    _LETS[model] = rule


def ending(column: str, values: Iterable[Any] = ()) -> Callable[[Any, frozenset[str], Any], bool]:
    """The rule of a model whose rows end when a column comes to one of these values, or to any."""
    ends = frozenset(values)

    def rule(row: Any, changed: frozenset[str], day: Any) -> bool:
        value = getattr(row, column)
        return column in changed and (value in ends if ends else value is not None)

    return rule


def _closing(record: str) -> type | None:
    return next((model for model in _CLOSES if record_name(model) == record), None)


@functools.cache
def _root(record: str) -> Any:
    return next(model for model in belonging.roots() if record_name(model) == record)


def _direct(model: Any) -> Iterator[Edge]:
    """The columns by which rows belong to others; ``asset_id`` of a table without history too."""
    known = {edge.key.key: edge for edge in belonging.owners(model) if edge.key.class_ is model}
    yield from known.values()
    mapper = inspect(model)
    for constraint in mapper.local_table.foreign_key_constraints:  # type: ignore[attr-defined]
        for closing in _CLOSES:
            own = f"{record_name(closing).rpartition('_')[2]}_id"
            if own in set(constraint.column_keys) - known.keys() and _is_to(constraint, closing):
                key = getattr(model, mapper.get_property_by_column(constraint.columns[own]).key)
                yield Edge(record_name(model), record_name(closing), key, model.id)


def _is_to(constraint: Any, closing: type) -> bool:
    return bool(constraint.referred_table is inspect(closing).local_table)  # type: ignore[attr-defined]


@functools.cache
def roads(model: Any) -> tuple[tuple[Edge, ...], ...]:
    """The ways by which a row of a model hangs on what can be put away."""
    found: list[tuple[Edge, ...]] = []
    for edge in _direct(model):
        if _closing(edge.parent) is not None:
            found.append((edge,))
        elif edge.parent != edge.table:
            found += [(edge, *rest) for rest in roads(_root(edge.parent))]
    return tuple(found)


def hold(session: Session, model: Any, ids: Iterable[int]) -> dict[tuple[Any, int], Any]:
    """Keep rows of a model from being put away until the transaction ends; none writes them.

    What was read of them before may be old: since when each is away is told of those that were not
    held yet, and written on the rows of the session.
    """
    wanted = {(model, key) for key in ids} - _held(session)
    if not wanted or not _has_row_locks(session):
        return {}
    # In the order of ids, so that no two wait for each other.
    statement = (
        select(model.id, model.archived_on)
        .where(model.id.in_(sorted(key for _model, key in wanted)))
        .order_by(model.id)
        .with_for_update(of=model, read=True, key_share=True)
    )
    with session.no_autoflush, withheld.lifted(session):
        found = {(model, key): day for key, day in session.execute(statement)}
    for (_model, key), day in found.items():
        row = session.identity_map.get(identity_key(model, key))
        if row is not None and not inspect(row).attrs.archived_on.history.has_changes():
            attributes.set_committed_value(row, "archived_on", day)
    _held(session).update(wanted)
    return found


def hold_alone(session: Session, model: Any, ids: Iterable[int], *, named: bool = False) -> None:
    """Wait for whoever adds to these rows, and let nobody else, until the transaction ends.

    With ``named``, others may name the rows meanwhile, and only wait when they would hold them
    alone as well.
    """
    mark = "named" if named else "alone"
    wanted = {(model, key, mark) for key in ids} - _held(session)
    if not wanted or not _has_row_locks(session):
        return
    statement = (
        select(model.id)
        .where(model.id.in_(sorted(key for _model, key, _mark in wanted)))
        .order_by(model.id)
        .with_for_update(of=model, key_share=named)
    )
    with session.no_autoflush, withheld.lifted(session):
        session.execute(statement).all()
    _held(session).update(wanted)


def _has_row_locks(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "postgresql")


def _held(session: Session) -> set[Any]:
    """What this transaction holds; what a savepoint held goes with it, and is asked for again."""
    here = session.get_nested_transaction() or session.get_transaction()
    began, rows = session.info.get("held_rows", (None, set()))
    if began is not here or here is None:
        rows = set()
        session.info["held_rows"] = (here, rows)
    found: set[Any] = rows
    return found


@event.listens_for(PersonSession, "before_flush")
def _guard(session: PersonSession, context: Any, instances: Any) -> None:
    if not _CLOSES:
        return
    rows = [(row, True) for row in session.new]
    rows += [(row, False) for row in session.dirty if session.is_modified(row)]
    asked: dict[tuple[Edge, ...], dict[int, list[tuple[Any, frozenset[str]]]]] = defaultdict(dict)
    for row, new in rows:
        model = inspect(row).mapper.base_mapper.class_
        touched = frozenset() if new else touched_columns(row)
        if model in _CLOSES and not new:
            _own(session, row, model, touched)
        changed = frozenset(name for name in touched if getattr(row, name) not in (None, ""))
        if not new and not changed:
            continue
        for road in roads(model):
            key = _key(row, road[0])
            if key is not None:
                asked[road].setdefault(key, []).append((row, changed))
    if asked:
        _hold(session, asked)


def _key(row: Any, edge: Edge) -> Any:
    """The id of what a row hangs on, of its relation while the column is not filled yet."""
    key = getattr(row, edge.key.key)
    if key is None:
        column = edge.key.property.columns[0]
        for relation in inspect(row).mapper.relationships:
            other = row.__dict__.get(relation.key)
            if other is not None and not relation.uselist and column in relation.local_columns:
                return other.id
    return key


def refusals(session: Session, rows: Sequence[tuple[Any, frozenset[str]]]) -> dict[int, str]:
    """Why what rows hang on takes them not, with the columns that change: place in rows -> why.

    For what is tried and not written: the rows may be in no session, and nothing is held.
    """
    asked: dict[tuple[Edge, ...], dict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (row, _changed) in enumerate(rows):
        for road in roads(inspect(row).mapper.base_mapper.class_):
            if (key := _key(row, road[0])) is not None:
                asked[road][key].append(place)
    found: dict[int, str] = {}
    said: dict[tuple[Any, int], str | None] = {}
    for road, keys in asked.items():
        closing = _closing(road[-1].parent)
        for lot in in_lots(keys):
            for key, (owner, day) in _ends(session, road, lot).items():
                for place in keys[key] if day is not None else ():
                    row, changed = rows[place]
                    rule = _LETS.get(inspect(row).mapper.base_mapper.class_)
                    if rule is not None and rule(row, changed, day):
                        continue
                    if (closing, owner) not in said:
                        said[closing, owner] = own_refusal(session, closing, owner)
                    if why := said[closing, owner]:
                        found.setdefault(place, why)
    return found


def own_refusal(session: Session, model: Any, key: int) -> str | None:
    """What is said of a row that was put away; None of a model of which none is."""
    if model not in _CLOSES:
        return None
    try:
        _CLOSES[model](session, key)
    except DomainError as fault:
        return str(fault)
    return None


def touched_columns(row: Any) -> frozenset[str]:
    """The columns that a row gives another value, or takes theirs away."""
    state = inspect(row)
    return frozenset(
        a.key
        for a in state.mapper.column_attrs
        if a.key not in _STAMPS and state.attrs[a.key].history.has_changes()
    )


def _own(session: PersonSession, row: Any, model: type, touched: frozenset[str]) -> None:
    history = inspect(row).attrs.archived_on.history
    before = history.deleted or history.unchanged or (None,)
    if before[0] is None and row.archived_on is not None:
        hold_alone(session, model, [row.id])
    if before[0] is None or row.archived_on is None or not touched - _DERIVED[model]:
        return
    session.expire(row)  # the sentence names it as it is
    _CLOSES[model](session, row.id)


def _hold(session: PersonSession, asked: Any) -> None:
    ends = {road: _ends(session, road, list(rows)) for road, rows in asked.items()}
    fresh: dict[tuple[Any, int], Any] = {}
    owners: dict[Any, set[int]] = defaultdict(set)
    for road, found in ends.items():
        owners[_closing(road[-1].parent)] |= {owner for owner, _day in found.values()}
    for model, ids in owners.items():
        fresh.update(hold(session, model, ids))
    for road, rows in asked.items():
        closing = _closing(road[-1].parent)
        assert closing is not None
        for key, (owner, day) in ends[road].items():
            put_away = fresh.get((closing, owner), day)
            for row, changed in rows[key] if put_away is not None else ():
                rule = _LETS.get(inspect(row).mapper.base_mapper.class_)
                if rule is None or not rule(row, changed, put_away):
                    _CLOSES[closing](session, owner)


def _ends(session: Session, road: tuple[Edge, ...], keys: list[int]) -> dict[int, tuple[int, Any]]:
    """Of the ids at the beginning of a road: what stands at its end, and when it was put away."""
    found: dict[int, tuple[int, Any]] = {}
    unknown: list[int] = []
    for key in keys:
        owner = _known(session, road, key)
        if owner is None:
            unknown.append(key)
        else:
            found[key] = (owner.id, owner.archived_on)
    if not unknown:
        return found
    closing: Any = _closing(road[-1].parent)
    if len(road) == 1:
        statement = select(closing.id, closing.id, closing.archived_on)
        first = closing.id
    else:
        first = road[1].found
        statement = select(first, closing.id, closing.archived_on)
        for edge, after in zip(road[1:-1], road[2:], strict=True):
            statement = statement.join(after.found.class_, after.found == edge.key)
        statement = statement.join(closing, closing.id == road[-1].key)
    with session.no_autoflush, withheld.lifted(session):
        rows = session.execute(statement.where(first.in_(unknown)))
        found.update({key: (owner, day) for key, owner, day in rows})
    return found


def _known(session: Session, road: tuple[Edge, ...], key: Any) -> Any:
    """The row at the end of a road, when the session has all of it in hand."""
    for edge, after in zip(road, (*road[1:], None), strict=True):
        row = session.identity_map.get(identity_key(_root(edge.parent), key))
        name = "archived_on" if after is None else after.key.key
        if row is None or name not in row.__dict__:
            return None
        if after is None:
            return row
        key = row.__dict__[name]
        if key is None:
            return None
    return None
