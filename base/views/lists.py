"""A list page: order by key, ids first, then the rows; no count beyond 10,000."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from base.database import UTCDateTime
from base.views.selection import Filter, Selection, filtered, narrowed, selection

__all__ = [
    "COUNT_LIMIT", "Filter", "ListPage", "Order", "Selection", "bounded_count", "empty_page",
    "filtered", "narrowed", "order_of", "page", "rows_by_id", "selection", "size_of",
]  # fmt: skip

#: Beyond this a list says "plus de 10 000".
COUNT_LIMIT = 10_000
SIZES = (25, 50, 100)


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


def _pack(values: list[Any]) -> str:
    text = json.dumps([_plain(v) for v in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _unpack(text: str, column: Any) -> list[Any] | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value, key = json.loads(raw)
        key = int(key)
    except (ValueError, TypeError):
        return None
    if value is None:
        return [None, key]
    try:
        kind = column.type.python_type
        if kind is Decimal:
            value = Decimal(str(value))
        elif isinstance(column.type, UTCDateTime):
            value = datetime.fromisoformat(value)
        elif kind is date:
            value = date.fromisoformat(value)
        elif not isinstance(value, kind):
            return None
    except (ValueError, TypeError, InvalidOperation):
        return None
    return [value, key]


@dataclass(frozen=True)
class Order:
    """The order of a list: one column, the id breaks ties; empty values come last."""

    name: str
    attribute: Any
    key: Any

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
        if self.down != backwards:
            return [*found, self.attribute.desc(), self.key.desc()]
        return [*found, self.attribute, self.key]


def order_of(model: Any, wanted: str, orderable: Sequence[str], usual: str) -> Order:
    """The order asked for, or the usual one; a column, ``-`` in front for descending."""
    name = wanted if wanted.lstrip("-") in orderable else usual
    return Order(name, getattr(model, name.lstrip("-")), model.id)


def size_of(arguments: MultiDict[str, str]) -> int:
    """How many rows a page has."""
    text = arguments.get("size", "")
    size = int(text) if text.isdecimal() and len(text) < 5 else SIZES[0]
    return size if size in SIZES else SIZES[0]


def bounded_count(session: Any, model: Any, criteria: Sequence[Any]) -> int:
    """How many rows there are; COUNT_LIMIT + 1 stands for all that are more."""
    return int(
        session.scalar(
            select(func.count()).select_from(
                select(model.id).where(*criteria).limit(COUNT_LIMIT + 1).subquery()
            )
        )
    )


def page(
    session: Any,
    model: Any,
    chosen: Selection,
    arguments: MultiDict[str, str],
    *,
    order: Order,
    relations: Sequence[str] = (),
) -> ListPage:
    """One page of a list; a list that ends on its first page is not counted apart."""
    size = size_of(arguments)
    ids, forward, backward = _ids(session, chosen.criteria, order, size, arguments)
    rows = rows_by_id(session, model, ids, relations)
    whole = forward is None and not {"after", "before"} & set(arguments)
    counted = len(ids) if whole else bounded_count(session, model, chosen.criteria)
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


def _after(attribute: Any, column: Any, key: Any, mark: list[Any], down: bool) -> Any:
    """Rows behind a mark; empty values come last in both directions."""
    value, number = mark
    beyond_id = key < number if down else key > number
    if value is None:
        return and_(attribute.is_(None), beyond_id)
    beyond = attribute < value if down else attribute > value
    found = or_(beyond, and_(attribute == value, beyond_id))
    if column.nullable:
        return or_(found, attribute.is_(None))
    # Says nothing new, but where in its index the page begins.
    return and_(attribute <= value if down else attribute >= value, found)


def _before(attribute: Any, column: Any, key: Any, mark: list[Any], down: bool) -> Any:
    value, number = mark
    before_id = key > number if down else key < number
    if value is None:
        return or_(attribute.is_not(None), and_(attribute.is_(None), before_id))
    ahead = attribute > value if down else attribute < value
    found = or_(ahead, and_(attribute == value, before_id))
    return and_(attribute >= value if down else attribute <= value, found)


def _ids(
    session: Any,
    criteria: Sequence[Any],
    order: Order,
    size: int,
    arguments: MultiDict[str, str],
) -> tuple[list[int], str | None, str | None]:
    attribute, column, key = order.attribute, order.column, order.key
    after = _unpack(arguments["after"], column) if "after" in arguments else None
    before = _unpack(arguments["before"], column) if "before" in arguments else None
    statement = select(key, attribute).where(*criteria)
    backwards = before is not None and after is None
    if after is not None:
        statement = statement.where(_after(attribute, column, key, after, order.down))
    elif before is not None:
        statement = statement.where(_before(attribute, column, key, before, order.down))
    statement = statement.order_by(*order.clauses(backwards=backwards))
    found = list(session.execute(statement.limit(size + 1)))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return [], None, None
    first, last = _pack([found[0][1], found[0][0]]), _pack([found[-1][1], found[-1][0]])
    has_next = backwards or more
    has_previous = (after is not None) or (backwards and more)
    return [r[0] for r in found], last if has_next else None, first if has_previous else None


def rows_by_id(
    session: Any, model: Any, ids: Sequence[int], relations: Sequence[str] = ()
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
