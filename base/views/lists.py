"""A list page: filters, order by key, ids first, then the rows; no count beyond 10,000."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, inspect, or_, select
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from base.clock import DEFAULT_ZONE
from base.database import UTCDateTime
from base.i18n import _

#: Beyond this a list says "plus de 10 000".
COUNT_LIMIT = 10_000
SIZES = (25, 50, 100)


@dataclass(frozen=True)
class Filter:
    """One condition of a list, as it stands in the address: ``f.status.eq=in_use``."""

    column: str
    op: str
    value: str
    label: str = ""
    #: The value in words, for the chip.
    shown: str = ""

    @property
    def key(self) -> str:
        """The name of the parameter."""
        return f"f.{self.column}.{self.op}"


def narrowed(**equal: Any) -> dict[str, Any]:
    """The parameters of a list's address on which each of these columns has this value."""
    return {f"f.{column}.eq": value for column, value in equal.items()}


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

    def link(self, path: str, **changes: str | None) -> str:
        """The address of this list with some parameters changed (None removes one)."""
        pairs = [
            (k, v)
            for k, v in self.arguments.items(multi=True)
            if k not in changes and k not in ("after", "before")
        ]
        pairs += [(k, v) for k, v in changes.items() if v is not None]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def without(self, path: str, gone: Filter) -> str:
        """The address of this list without one filter."""
        pairs = [
            (k, v)
            for k, v in self.arguments.items(multi=True)
            if not (k == gone.key and v == gone.value) and k not in ("after", "before")
        ]
        return f"{path}?{urlencode(pairs)}" if pairs else path


class BadFilter(Exception):  # noqa: N818 - a condition that cannot be read is left out and said
    """A condition of the address cannot be read."""


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


def _typed(column: Any, text: str) -> Any:
    kind = column.type.python_type
    try:
        if isinstance(column.type, UTCDateTime):
            return datetime.combine(_day(text), time(), ZoneInfo(DEFAULT_ZONE))
        if kind is bool:
            return text in ("1", "true", "oui")
        if kind is int:
            number = int(text)
            if abs(number) >= 2**63:
                raise BadFilter(text)
            return number
        if kind is Decimal:
            value = Decimal(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))
            if not value.is_finite():
                raise BadFilter(text)
            return value.quantize(Decimal(1).scaleb(-column.type.decimals))
        if kind is date:
            return _day(text)
    except (ValueError, InvalidOperation) as fault:
        raise BadFilter(text) from fault
    return text


def _day(text: str) -> date:
    if "/" in text:
        return datetime.strptime(text, "%d/%m/%Y").date()
    return date.fromisoformat(text)


def condition(model: Any, column_name: str, op: str, text: str) -> Any:
    """The criterion of one filter.

    Raises:
        BadFilter: the value or the operator does not fit the column.
    """
    attribute = getattr(model, column_name)
    mapper = inspect(model)
    if column_name in mapper.relationships:
        local = next(iter(mapper.relationships[column_name].local_columns))
        attribute = getattr(model, mapper.get_property_by_column(local).key)
    column = attribute.property.columns[0]
    if op == "none":
        return attribute.is_(None)
    if op == "in":
        return attribute.in_([_typed(column, t) for t in text.split(",")])
    if op == "has":
        low = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return func.lower(attribute).like(f"%{low.lower()}%", escape="\\")
    value = _typed(column, text)
    if op == "eq":
        if isinstance(column.type, UTCDateTime):
            return and_(attribute >= value, attribute < value + timedelta(days=1))
        return attribute == value
    if op == "ge":
        return attribute >= value
    if op == "lt":
        return attribute < value
    raise BadFilter(op)


@dataclass(frozen=True)
class Selection:
    """Which rows the address asks for."""

    criteria: list[Any]
    filters: list[Filter]
    words: str
    #: Sentences about filters that could not be read.
    faults: list[str]


def selection(
    model: Any,
    arguments: MultiDict[str, str],
    *,
    searchable: Sequence[str],
    base: Sequence[Any] = (),
    words: Any = None,
    labels: dict[str, Any] | None = None,
    shown: Any = None,
) -> Selection:
    """The criteria of a list's address; ``words`` turns the search box into one."""
    faults: list[str] = []
    filters: list[Filter] = []
    criteria = list(base)
    for key, value in arguments.items(multi=True):
        parts = key.split(".")
        if len(parts) != 3 or parts[0] != "f" or value == "":
            continue
        _f, name, op = parts
        if name not in searchable:
            faults.append(_("Le filtre « %(n)s » n’existe pas dans cette liste.", n=name))
            continue
        try:
            criteria.append(condition(model, name, op, value[:500]))
        except BadFilter:
            faults.append(_("Le filtre « %(v)s » n’a pas été compris.", v=value[:80]))
            continue
        label = str((labels or {}).get(name, name))
        filters.append(
            Filter(name, op, value, label, shown(name, op, value) if shown else value)
        )
    typed_words = arguments.get("q", "").strip()[:200]
    if typed_words and words is not None:
        criteria.append(words(typed_words))
    return Selection(criteria, filters, typed_words, faults)


def page(
    session: Any,
    model: Any,
    arguments: MultiDict[str, str],
    *,
    searchable: Sequence[str],
    orderable: Sequence[str],
    order: str,
    base: Sequence[Any] = (),
    words: Any = None,
    relations: Sequence[str] = (),
    labels: dict[str, Any] | None = None,
    shown: Any = None,
) -> tuple[ListPage, list[str]]:
    """One page of a list, and the sentences about filters that could not be read.

    ``order`` is a column, with ``-`` in front for descending; the id breaks ties. ``words`` turns
    the text of the search box into a criterion.
    """
    chosen = selection(
        model, arguments, searchable=searchable, base=base, words=words, labels=labels,
        shown=shown,
    )  # fmt: skip
    criteria = chosen.criteria
    wanted = arguments.get("order", order)
    if wanted.lstrip("-") not in orderable:
        wanted = order
    down = wanted.startswith("-")
    attribute = getattr(model, wanted.lstrip("-"))
    column = attribute.property.columns[0]
    try:
        size = int(arguments.get("size", SIZES[0]))
    except ValueError:
        size = SIZES[0]
    size = size if size in SIZES else SIZES[0]
    ids, forward, backward = _ids(
        session, model, criteria, attribute, column, down, size, arguments
    )
    rows = _rows(session, model, ids, relations)
    counted = session.scalar(
        select(func.count()).select_from(
            select(model.id).where(*criteria).limit(COUNT_LIMIT + 1).subquery()
        )
    )
    many = counted > COUNT_LIMIT
    return (
        ListPage(
            rows=rows,
            filters=chosen.filters,
            words=chosen.words,
            order=wanted,
            size=size,
            count=min(counted, COUNT_LIMIT),
            many=many,
            next=forward,
            previous=backward,
            arguments=arguments,
        ),
        chosen.faults,
    )


def _after(attribute: Any, column: Any, key: Any, mark: list[Any], down: bool) -> Any:
    """Rows behind a mark; empty values come last in both directions."""
    value, number = mark
    beyond_id = key < number if down else key > number
    if value is None:
        return and_(attribute.is_(None), beyond_id)
    beyond = attribute < value if down else attribute > value
    found = or_(beyond, and_(attribute == value, beyond_id))
    return or_(found, attribute.is_(None)) if column.nullable else found


def _before(attribute: Any, column: Any, key: Any, mark: list[Any], down: bool) -> Any:
    value, number = mark
    before_id = key > number if down else key < number
    if value is None:
        return or_(attribute.is_not(None), and_(attribute.is_(None), before_id))
    ahead = attribute > value if down else attribute < value
    return or_(ahead, and_(attribute == value, before_id))


def _ids(
    session: Any,
    model: Any,
    criteria: list[Any],
    attribute: Any,
    column: Any,
    down: bool,
    size: int,
    arguments: MultiDict[str, str],
) -> tuple[list[int], str | None, str | None]:
    key = model.id
    after = _unpack(arguments["after"], column) if "after" in arguments else None
    before = _unpack(arguments["before"], column) if "before" in arguments else None
    statement = select(key, attribute).where(*criteria)
    backwards = before is not None and after is None
    if after is not None:
        statement = statement.where(_after(attribute, column, key, after, down))
    elif before is not None:
        statement = statement.where(_before(attribute, column, key, before, down))
    descending = down != backwards
    order: list[Any] = []
    if column.nullable:
        order.append(attribute.is_(None).desc() if backwards else attribute.is_(None))
    order += [attribute.desc(), key.desc()] if descending else [attribute, key]
    found = list(session.execute(statement.order_by(*order).limit(size + 1)))
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


def _rows(session: Any, model: Any, ids: list[int], relations: Sequence[str]) -> list[Any]:
    if not ids:
        return []
    options = [selectinload(getattr(model, r)) for r in relations]
    found = {
        row.id: row
        for row in session.scalars(select(model).where(model.id.in_(ids)).options(*options))
    }
    return [found[i] for i in ids if i in found]
