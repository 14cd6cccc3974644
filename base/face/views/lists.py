"""A list page: order by key, ids first, then the rows; no count beyond 10,000."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnClause,
    func,
    inspect,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import operators, visitors
from werkzeug.datastructures import MultiDict

from base.basics.sessions import Session
from base.face.views.selection import Filter, Selection, filtered, narrowed, selection
from base.store.list_marks import pack, unpack

__all__ = [
    "COUNT_LIMIT",
    "ListPage",
    "Order",
    "Selection",
    "bounded_count",
    "empty_page",
    "filtered",
    "narrowed",
    "order_of",
    "page",
    "rows_by_id",
    "selection",
]

#: Beyond this a list says "plus de 10 000".
COUNT_LIMIT = 10_000
SIZES = (25, 50, 100)
#: Parts of a list that are read apart and merged, at most.
MERGED = 60
#: Comparisons that no empty value passes.
COMPARED = (operators.eq, operators.ge, operators.gt, operators.le, operators.lt, operators.in_op)


@dataclass
class ListPage:
    """What the template of a list needs."""

    rows: Sequence[Any]
    filters: list[Filter]
    words: str
    order: str
    size: int
    count: int
    #: More rows than COUNT_LIMIT.
    many: bool
    next: str | None
    previous: str | None
    arguments: MultiDict[str, str] = field(default_factory=MultiDict)
    #: The groups of a list by groups, the lanes of a board; None for a plain table.
    groups: Sequence[Any] | None = None
    #: Column -> sum over the whole list.
    totals: dict[str, Any] = field(default_factory=dict)
    #: A sentence about what was asked for and could not be shown.
    note: str = ""
    calendar: Any = None

    def all_rows(self) -> list[Any]:
        """Every row shown, however the list is shown."""
        grouped = [row for group in self.groups or () for row in group.rows]
        return [*self.rows, *grouped, *(self.calendar.all_rows() if self.calendar else ())]

    def link(self, path: str, **changes: str | None) -> str:
        """The address of this list with some parameters changed (None removes one)."""
        pairs = [
            (k, v)
            for k, v in self.arguments.items(multi=True)
            if k not in changes and k not in ("after", "before")
        ]
        pairs += [(k, v) for k, v in changes.items() if v is not None]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def toggled(self, path: str, name: str, value: str) -> str:
        """The address with one value of a repeated parameter put in, or taken out."""
        pairs = list(self.arguments.items(multi=True))
        here = (name, value)
        pairs = [p for p in pairs if p != here] if here in pairs else [*pairs, here]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def without(self, path: str, gone: Filter) -> str:
        """The address of this list without one filter."""
        pairs = [
            (k, v)
            for k, v in self.arguments.items(multi=True)
            if not (k == gone.key and v == gone.value) and k not in ("after", "before")
        ]
        return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True)
class Order:
    """The order of a list: one column, the id breaks ties; empty values come last."""

    name: str
    attribute: Any
    key: Any
    #: The rows are together in an index of another order: they are sorted, rather than looked
    #: for one by one along the index of this order. PostgreSQL believes them spread evenly.
    gathered: bool = False

    @property
    def down(self) -> bool:
        """Whether the greatest comes first."""
        return self.name.startswith("-")

    @property
    def column(self) -> Any:
        """The column of the table."""
        return self.attribute.property.columns[0]

    def clauses(self, *, backwards: bool = False) -> list[Any]:
        """What stands in ORDER BY."""
        found: list[Any] = []
        if self.column.nullable:
            empty = self.attribute.is_(None)
            found.append(empty.desc() if backwards else empty)
        return [*found, *self.plain(backwards=backwards)]

    def plain(self, *, backwards: bool = False) -> list[Any]:
        """The same among rows that all have a value, or all none: as an index has them."""
        value = self.attribute
        if self.gathered:
            # Says nothing else, but no index has this order.
            value = func.coalesce(value, value)
        if self.down != backwards:
            return [value.desc(), self.key.desc()]
        return [value, self.key]


def order_of(model: Any, wanted: str, orderable: Sequence[str], usual: str) -> Order:
    """The order asked for, or the usual one; a column, ``-`` in front for descending."""
    name = wanted if wanted.lstrip("-") in orderable else usual
    return Order(name, getattr(model, name.lstrip("-")), model.id)


def size_of(arguments: MultiDict[str, str]) -> int:
    """How many rows a page has."""
    text = arguments.get("size", "")
    size = int(text) if text.isdecimal() and len(text) < 5 else SIZES[0]
    return size if size in SIZES else SIZES[0]


def bounded_count(session: Session, model: Any, criteria: Sequence[Any]) -> int:
    """How many rows there are; COUNT_LIMIT + 1 stands for all that are more."""
    rows, criteria = _rows_of(model, criteria)
    return int(
        session.scalar(
            select(func.count()).select_from(
                select(rows.id).where(*criteria).limit(COUNT_LIMIT + 1).subquery()
            )
        )
        or 0
    )


def _rows_of(model: Any, criteria: Sequence[Any], *also: Any) -> tuple[Any, Sequence[Any]]:
    """The class whose table knows all that is asked: a kind of asset is counted as assets.

    Ten thousand look-ups in the table of the kind would say nothing new.
    """
    mapper = inspect(model)
    root = mapper.base_mapper
    if mapper is root or root.polymorphic_on is None:
        return model, criteria
    own = {table for table in mapper.tables if table is not root.local_table}
    named = {
        part.table
        for item in (*criteria, *also)
        for part in visitors.iterate(getattr(item, "__clause_element__", lambda i=item: i)())
        if isinstance(part, Column)
    }
    if named & own:
        return model, criteria
    names = [m.polymorphic_identity for m in mapper.self_and_descendants]
    kind = root.get_property_by_column(root.polymorphic_on).class_attribute
    return root.class_, [*criteria, kind == names[0] if len(names) == 1 else kind.in_(names)]


def page(
    session: Session,
    model: Any,
    chosen: Selection,
    arguments: MultiDict[str, str],
    *,
    order: Order,
    relations: Sequence[str] = (),
) -> ListPage:
    """One page of a list, in as many statements however long it is."""
    size = size_of(arguments)
    ids, forward, backward = _ids(session, model, chosen.criteria, order, size, arguments)
    rows = rows_by_id(session, model, ids, relations)
    counted = bounded_count(session, model, chosen.criteria)
    found = empty_page(chosen, arguments, order, counted)
    found.rows, found.next, found.previous = rows, forward, backward
    return found


def empty_page(
    chosen: Selection, arguments: MultiDict[str, str], order: Order, counted: int
) -> ListPage:
    """What a list says of itself before its rows: filters, order and count."""
    return ListPage(
        rows=[],
        filters=chosen.filters,
        words=chosen.words,
        order=order.name,
        size=size_of(arguments),
        count=min(counted, COUNT_LIMIT),
        many=counted > COUNT_LIMIT,
        next=None,
        previous=None,
        arguments=arguments,
    )


def _beyond(order: Order, mark: list[Any], *, backwards: bool) -> Any:
    """The rows of a part behind a mark, or in front of it; where in its index a page begins."""
    value, number = mark
    if value is None:
        behind = order.down == backwards
        return order.key > number if behind else order.key < number
    pair = tuple_(order.attribute, order.key)
    edge = tuple_(literal(value, order.column.type), number)
    return pair > edge if order.down == backwards else pair < edge


def _parts(
    order: Order, criteria: Sequence[Any], mark: list[Any] | None, *, backwards: bool
) -> list[list[Any]]:
    """The rows of the list in two parts, with a value and without, each in its index's order."""
    compared = any(
        getattr(item, "operator", None) in COMPARED
        and isinstance(item.left, ColumnClause)
        and item.left.shares_lineage(order.column)
        for item in criteria
    )
    if not order.column.nullable or (compared and (mark is None or mark[0] is not None)):
        return [[] if mark is None else [_beyond(order, mark, backwards=backwards)]]
    filled, empty = order.attribute.is_not(None), order.attribute.is_(None)
    if mark is None:
        return [[filled], [empty]]
    here = _beyond(order, mark, backwards=backwards)
    if mark[0] is None:
        return [[filled], [empty, here]] if backwards else [[empty, here]]
    return [[filled, here]] if backwards else [[filled, here], [empty]]


def _listed(criterion: Any, model: Any) -> tuple[Any, list[Any]] | None:
    """Column and values of a criterion ``column IN (few values)``; None for any other."""
    if getattr(criterion, "operator", None) is not operators.in_op:
        return None
    values = getattr(criterion.right, "value", None)
    column = criterion.left
    if not isinstance(values, list | tuple) or not 1 < len(values) <= MERGED:
        return None
    return (column, list(values)) if isinstance(column, ColumnClause) else None


def _is_search(criterion: Any) -> bool:
    """Whether it is ``column IN (SELECT …)``."""
    return getattr(criterion, "operator", None) is operators.in_op and not isinstance(
        criterion.right, BindParameter
    )


def _branches(session: Session, model: Any, criteria: Sequence[Any]) -> list[list[Any]]:
    """The criteria once for each authority and each value of a short list of them.

    An index has the order of the list within one authority and one state; of several, the
    database would sort all rows. Few rows of each are read in order, and merged. Rows that a
    search has found are read together: asking it for each part would find them as often.
    """
    found: list[list[Any]] = [[]]
    if any(_is_search(criterion) for criterion in criteria):
        return [list(criteria)]
    scope = getattr(session, "scope", ())
    if hasattr(model, "entity_id") and 1 < len(scope) <= MERGED:
        found = [[model.entity_id == entity] for entity in scope]
    for criterion in criteria:
        listed = _listed(criterion, model)
        if listed is None or len(found) * len(listed[1]) > MERGED:
            found = [[*branch, criterion] for branch in found]
        else:
            found = [[*branch, listed[0] == v] for branch in found for v in listed[1]]
    return found


def _ids(
    session: Session,
    model: Any,
    criteria: Sequence[Any],
    order: Order,
    size: int,
    arguments: MultiDict[str, str],
) -> tuple[list[int], str | None, str | None]:
    after = unpack(arguments["after"], order.column) if "after" in arguments else None
    before = unpack(arguments["before"], order.column) if "before" in arguments else None
    backwards = before is not None and after is None
    model, criteria = _rows_of(model, criteria, order.attribute)
    if model is not order.key.class_:
        order = replace(order, attribute=getattr(model, order.attribute.key), key=model.id)
    mark = before if backwards else after
    parts = _parts(order, criteria, mark, backwards=backwards)
    branches = [
        [*branch, *part] for branch in _branches(session, model, criteria) for part in parts
    ]
    key = order.key
    statement = select(key, order.attribute)
    if len(branches) == 1:
        statement = statement.where(*branches[0])
    else:
        # Each branch in the order of its index, a page of it at most; of these, the first.
        pages = [
            select(key.label("id"))
            .where(*branch)
            .order_by(*order.plain(backwards=backwards))
            .limit(size + 1)
            .subquery()
            for branch in branches
        ]
        statement = statement.where(key.in_(union_all(*[select(p.c.id) for p in pages])))
    statement = statement.order_by(*order.clauses(backwards=backwards))
    found = list(session.execute(statement.limit(size + 1)))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return [], None, None
    first, last = pack([found[0][1], found[0][0]]), pack([found[-1][1], found[-1][0]])
    has_next = backwards or more
    has_previous = (after is not None) or (backwards and more)
    return [r[0] for r in found], last if has_next else None, first if has_previous else None


def rows_by_id(
    session: Session, model: Any, ids: Sequence[int], relations: Sequence[str] = ()
) -> list[Any]:
    """The rows of these ids, in their order, with their relations: one statement each."""
    if not ids:
        return []
    options = [selectinload(getattr(model, r)) for r in relations]
    found = {
        row.id: row
        for row in session.scalars(select(model).where(model.id.in_(ids)).options(*options))
    }
    return [found[i] for i in ids if i in found]
