"""What belongs to what, as the models of all modules say it.

``__hangs_on__ = "asset_id"`` names the column, or the relation, by which the rows of a model belong
to records of another; a tuple of them when a row may have several owners. ``"shares.asset_id"``
goes through a collection: the row belongs where its parts do. ``ANY_RECORD`` is for rows that name
table and id themselves. A table with history that hangs on nothing says why in
``__stands_alone__``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import and_, inspect, or_, select
from sqlalchemy.orm import Mapper

from base.basics.sessions import Session
from base.store.database import Model
from base.store.history.trail import FOREIGN_TRACKED, record_name, tracked_columns

#: Of rows with ``record`` and ``record_id``: they belong to whatever they name.
ANY_RECORD = "*"
#: Ids asked for in one statement.
_CHUNK = 500


class Unreachable(RuntimeError):
    """A model says that it hangs on what is no other record."""


@dataclass(frozen=True)
class Edge:
    """``found`` of the rows whose ``key`` is an id of ``parent`` are ids of ``table``."""

    table: str
    parent: str
    key: Any
    found: Any


def _said(model: Any) -> tuple[str, ...]:
    said = getattr(model, "__hangs_on__", ())
    return (said,) if isinstance(said, str) else tuple(said)


def owners(model: Any) -> list[Edge]:
    """By which columns the rows of a model belong to other records; in the order it says.

    Raises:
        Unreachable: it names no column or relation that leads to one other record.
    """
    return [_edge(inspect(model), name) for name in _said(model) if name != ANY_RECORD]


def _edge(mapper: Mapper[Any], name: str) -> Edge:
    model = mapper.class_
    collection, dot, last = name.rpartition(".")
    try:
        if not dot:
            key, parent = _key(mapper, name)
            return Edge(record_name(model), parent, key, model.id)
        relation = mapper.relationships[collection]
        key, parent = _key(relation.mapper, last)
        whole = _only(relation.mapper, relation.remote_side)
    except LookupError as ex:
        raise Unreachable(f"{model.__name__}.__hangs_on__ = {name!r} leads nowhere") from ex
    return Edge(record_name(model), parent, key, whole)


def _key(mapper: Mapper[Any], name: str) -> tuple[Any, str]:
    """The attribute that holds the id of the owner, and the owner's table."""
    if name in mapper.relationships and not mapper.relationships[name].uselist:
        relation = mapper.relationships[name]
        return _only(mapper, relation.local_columns), record_name(relation.mapper.class_)
    column = mapper.column_attrs[name].columns[0]
    for constraint in mapper.local_table.foreign_key_constraints:  # type: ignore[attr-defined]
        if column.name in constraint.column_keys:
            return getattr(mapper.class_, name), _root_of(constraint.referred_table)
    raise LookupError(name)


def _only(mapper: Mapper[Any], columns: Iterable[Any]) -> Any:
    """The attribute of the one column that tells rows apart: the authority is the same in all."""
    found = [column for column in columns if column.key != "entity_id"]
    if len(found) != 1:
        raise LookupError(columns)
    return getattr(mapper.class_, mapper.get_property_by_column(found[0]).key)


def _root_of(table: Any) -> str:
    for mapper in Model.registry.mappers:
        if mapper.local_table is table:
            return record_name(mapper.class_)
    return str(table.name)


def key_to(model: Any, row: Any) -> Any:
    """The attribute of a model that holds the id of a record on which its rows hang.

    Raises:
        Unreachable: they do not hang on such records.
    """
    for edge in owners(model):
        if edge.parent == record_name(row):
            return edge.key
    raise Unreachable(f"{model.__name__} does not hang on {record_name(row)}")


def relation_of(model: Any) -> str:
    """The relation by which the rows of a model belong to the first that they hang on.

    Raises:
        Unreachable: they hang on nothing, or by a column that no relation follows.
    """
    for edge in owners(model):
        for relation in inspect(model).relationships:
            own = {column for column in relation.local_columns if column.key != "entity_id"}
            if not relation.uselist and own == {edge.key.property.columns[0]}:
                return str(relation.key)
    raise Unreachable(f"{model.__name__} hangs on nothing by a relation")


def newest_on(session: Session, model: Any, row: Any, limit: int) -> list[Any]:
    """The newest rows of a model that belong to a record, as the session sees them."""
    key = getattr(model, relation_of(model))
    statement = select(model).where(key == row).order_by(model.id.desc()).limit(limit)
    return list(session.scalars(statement))


def roots() -> list[Any]:
    """The class of each root table of all modules, by the table's name."""
    roots = {record_name(mapper.class_): mapper.base_mapper for mapper in Model.registry.mappers}
    return [roots[name].class_ for name in sorted(roots)]


def edges_from(root: str) -> list[Edge]:
    """All that hangs on a table, however far: those of a table after those of its owners.

    Raises:
        Unreachable: a model names what does not exist, or tables hang on each other in a circle.
    """
    edges = [edge for model in roots() for edge in owners(model) if edge.table != root]
    reached = {root}
    while more := {edge.table for edge in edges if edge.parent in reached} - reached:
        reached |= more
    graph: dict[str, set[str]] = {table: set() for table in sorted(reached)}
    for edge in edges:
        if edge.parent in reached and edge.parent != edge.table:
            graph[edge.table].add(edge.parent)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as ex:
        raise Unreachable(f"tables that hang on each other: {', '.join(ex.args[1])}") from ex
    # What hangs on its own table comes once the other roads have led there.
    place = {table: number for number, table in enumerate(order)}
    return sorted(
        (edge for edge in edges if edge.parent in reached),
        key=lambda edge: (place[edge.table], edge.table, edge.parent == edge.table),
    )


def of_any_record() -> list[Any]:
    """The models whose rows name their record by table and id."""
    return [model for model in roots() if ANY_RECORD in _said(model)]


def tables_from(root: str) -> list[str]:
    """The tables of which a record of this one may have rows, itself the first."""
    named = [record_name(model) for model in of_any_record()]
    return list(dict.fromkeys([root, *(edge.table for edge in edges_from(root)), *named]))


def records_of(session: Session, row: Any) -> dict[str, list[int]]:
    """Table -> ids of all that belongs to a record, itself included, as the session sees it."""
    root = record_name(row)
    found: dict[str, set[int]] = {root: {row.id}}
    for edge in edges_from(root):
        here = found.setdefault(edge.table, set())
        fresh = _ids(session, edge, found[edge.parent]) - here
        here |= fresh
        while fresh and edge.parent == edge.table:
            fresh = _ids(session, edge, fresh) - here
            here |= fresh
    found |= {record_name(model): _naming(session, model, found) for model in of_any_record()}
    return {table: sorted(ids) for table, ids in found.items()}


def _ids(session: Session, edge: Edge, ids: set[int]) -> set[int]:
    found: set[int] = set()
    owned = sorted(ids)
    for first in range(0, len(owned), _CHUNK):
        part = owned[first : first + _CHUNK]
        found.update(session.scalars(select(edge.found).where(edge.key.in_(part))))
    return found


def _naming(session: Session, model: Any, known: dict[str, set[int]]) -> set[int]:
    """Ids of the rows that name one of these records."""
    found: set[int] = set()
    for parts in _some_at_a_time(known):
        named = (
            and_(model.record == table, model.record_id.in_(ids)) for table, ids in parts.items()
        )
        found.update(session.scalars(select(model.id).where(or_(*named))))
    return found


def _some_at_a_time(known: dict[str, set[int]]) -> Iterator[dict[str, list[int]]]:
    keys = [(table, number) for table, ids in known.items() for number in sorted(ids)]
    for first in range(0, len(keys), _CHUNK):
        parts: dict[str, list[int]] = {}
        for table, number in keys[first : first + _CHUNK]:
            parts.setdefault(table, []).append(number)
        yield parts


def unplaced(root: str) -> list[str]:
    """Tables with history that a record of ``root`` does not lead to and that say no reason."""
    reached = set(tables_from(root))
    return [
        table
        for model in roots()
        if (table := record_name(model)) not in reached | FOREIGN_TRACKED.keys()
        and any(tracked_columns(mapper) for mapper in inspect(model).self_and_descendants)
        and not getattr(model, "__stands_alone__", "")
    ]
