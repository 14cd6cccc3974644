"""A list by groups: their counts, their sums and their first rows, in a fixed number of statements.

A list within COUNT_LIMIT is grouped by the database, whatever the column. Beyond it only the
values of a short list (a state, a kind) are counted, each up to the limit and by its index: no
page reads a whole table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, inspect, literal, select, union_all
from sqlalchemy.orm import selectinload

from base.basics import formats
from base.basics.clock import authority_zone
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views.lists import COUNT_LIMIT, Order
from base.store.database import UTCDateTime

#: Groups on one page, groups that open by themselves, and rows shown of each.
MAX_GROUPS, MAX_OPEN, ROWS_OF_GROUP = 50, 8, 10
#: A column of dates is grouped by month up to so many months, then by year.
MAX_MONTHS = 48
#: Sums of amounts that are no column of the row are made for lists up to this.
SUM_LIMIT = 2_000


class Part(NamedTuple):
    """One group before it is counted: its key, its words, its criterion and its filter."""

    key: str
    label: str
    criterion: Any
    #: Parameters of the address that keep this group alone; None takes one away.
    narrow: dict[str, str | None]


@dataclass
class Group:
    """One group of a list, with its first rows when it is open."""

    part: Part
    count: int
    many: bool
    is_open: bool
    #: Column -> sum; empty when the list is too long to be summed.
    sums: dict[str, Any] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)


def filter_attribute(model: Any, name: str) -> Any:
    """The column behind a name; of a relation, its key."""
    mapper = inspect(model)
    if name in mapper.relationships:
        local = next(iter(mapper.relationships[name].local_columns))
        return getattr(model, mapper.get_property_by_column(local).key)
    return getattr(model, name)


def filter_column(model: Any, name: str) -> Any:
    """The column of the table behind a name."""
    return filter_attribute(model, name).property.columns[0]


def parts_of_values(
    model: Any, name: str, values: Sequence[tuple[Any, str]], *, more: bool = False
) -> list[Part]:
    """A part for each value with its words, one for all others, one for the rows without any."""
    attribute = filter_attribute(model, name)
    parts = [
        Part(str(value), words, attribute == value, {f"f.{name}.eq": _written(value)})
        for value, words in values
    ]
    if more:
        others = attribute.not_in([value for value, _words in values])
        parts.append(Part("others", _("Toutes les autres valeurs"), others, {}))
    if filter_column(model, name).nullable:
        parts.append(Part("", _("Sans valeur"), attribute.is_(None), {f"f.{name}.none": "1"}))
    return parts


def _written(value: Any) -> str:
    return ("1" if value else "0") if isinstance(value, bool) else str(value)


def _bounded(model: Any, criteria: Sequence[Any], *columns: Any) -> Any:
    return select(*columns).where(*criteria).limit(COUNT_LIMIT).subquery()


def values_of(session: Session, model: Any, name: str, criteria: Sequence[Any]) -> list[Any]:
    """The values that occur, the most frequent first; at most MAX_GROUPS and one more."""
    rows = _bounded(model, criteria, filter_attribute(model, name).label("value"))
    return list(
        session.scalars(
            select(rows.c.value)
            .where(rows.c.value.is_not(None))
            .group_by(rows.c.value)
            .order_by(func.count().desc(), rows.c.value)
            .limit(MAX_GROUPS + 1)
        )
    )


def parts_of_days(session: Session, model: Any, name: str, criteria: Sequence[Any]) -> list[Part]:
    """A part for each month, the last first; for each year when there are too many months.

    Months begin at midnight where the authority is, for instants too.
    """
    attribute = getattr(model, name)
    rows = _bounded(model, criteria, attribute.label("value"))
    first, last = session.execute(select(func.min(rows.c.value), func.max(rows.c.value))).one()
    empty = Part("", _("Sans date"), attribute.is_(None), {f"f.{name}.none": "1"})
    if first is None:
        return [empty]
    starts = _starts(_local_day(first), _local_day(last))
    is_instant = isinstance(attribute.property.columns[0].type, UTCDateTime)
    monthly = starts[0][1] == 1
    parts = []
    for day, months in reversed(starts):
        end = _later(day, months)
        low, high = (_midnight(day), _midnight(end)) if is_instant else (day, end)
        words = formats.month(day) if monthly else str(day.year)
        parts.append(
            Part(
                f"{day:%Y-%m}" if monthly else str(day.year),
                words,
                and_(attribute >= low, attribute < high),
                {f"f.{name}.ge": day.isoformat(), f"f.{name}.lt": end.isoformat()},
            )
        )
    low = starts[0][0]
    if low > _local_day(first):
        before = attribute < (_midnight(low) if is_instant else low)
        words = _("Avant %(year)s", year=low.year)
        parts.append(Part("before", words, before, {f"f.{name}.lt": low.isoformat()}))
    return [*parts, empty]


def _local_day(value: Any) -> date:
    return formats.local(value, authority_zone()).date() if isinstance(value, datetime) else value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(authority_zone()))


def _later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _starts(first: date, last: date) -> list[tuple[date, int]]:
    """The first days of the months from one day to another, or of the years; and how long."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months <= MAX_MONTHS:
        begin = first.replace(day=1)
        return [(_later(begin, n), 1) for n in range(months)]
    years = range(max(first.year, last.year - MAX_MONTHS + 1), last.year + 1)
    return [(date(year, 1, 1), 12) for year in years]


def counted(
    session: Session,
    model: Any,
    parts: Sequence[Part],
    criteria: Sequence[Any],
    sums: Mapping[str, Any],
    *,
    many: bool,
    empty: bool = False,
) -> list[Group]:
    """The parts that hold rows, each with count and sums; one statement.

    ``many`` counts each part by itself up to the limit, without sums; ``empty`` keeps the parts
    that hold nothing.
    """
    if not parts:
        return []
    if many:
        return _counted_apart(session, model, parts, criteria, empty)
    number = case(*[(part.criterion, index) for index, part in enumerate(parts)], else_=None)
    rows = _bounded(
        model,
        criteria,
        number.label("part"),
        *[expression.label(f"sum_{n}") for n, expression in enumerate(sums.values())],
    )
    totals = [func.sum(rows.c[f"sum_{n}"]) for n in range(len(sums))]
    found = session.execute(
        select(rows.c.part, func.count(), *totals)
        .where(rows.c.part.is_not(None))
        .group_by(rows.c.part)
        .order_by(rows.c.part)
    )
    return [
        Group(parts[index], count, False, False, dict(zip(sums, amounts, strict=True)))
        for index, count, *amounts in found
    ]


def _counted_apart(
    session: Session, model: Any, parts: Sequence[Part], criteria: Sequence[Any], empty: bool
) -> list[Group]:
    counts = [
        select(func.count())
        .select_from(
            select(model.id).where(*criteria, part.criterion).limit(COUNT_LIMIT + 1).subquery()
        )
        .scalar_subquery()
        for part in parts
    ]
    # The model in the statement is what the row rules hold on to.
    found = session.execute(select(*counts, select(model.id).limit(1).scalar_subquery())).one()
    return [
        Group(part, min(count, COUNT_LIMIT), count > COUNT_LIMIT, False)
        for part, count in zip(parts, found, strict=False)
        if count or empty
    ]


def totals(session: Session, model: Any, criteria: Sequence[Any], sums: Mapping[str, Any]) -> Any:
    """Column -> sum over the whole list, which is within COUNT_LIMIT; one statement."""
    if not sums:
        return {}
    named = [expression.label(f"sum_{n}") for n, expression in enumerate(sums.values())]
    rows = _bounded(model, criteria, model.id, *named)
    found = session.execute(select(*[func.sum(rows.c[f"sum_{n}"]) for n in range(len(sums))]))
    return dict(zip(sums, found.one(), strict=True))


def fill(
    session: Session,
    model: Any,
    groups: Sequence[Group],
    criteria: Sequence[Any],
    *,
    order: Order,
    relations: Sequence[str],
    each: int = ROWS_OF_GROUP,
) -> None:
    """Give the open groups their first rows: one statement, and one for each relation."""
    wanted = [group for group in groups if group.is_open]
    if not wanted:
        return
    firsts = [
        select(model.id.label("id"), literal(index).label("part"))
        .where(*criteria, group.part.criterion)
        .order_by(*order.clauses())
        .limit(each)
        .subquery()
        for index, group in enumerate(wanted)
    ]
    found = union_all(*[select(part.c.id, part.c.part) for part in firsts]).subquery()
    rows = session.execute(
        select(model, found.c.part)
        .join(found, found.c.id == model.id)
        .order_by(found.c.part, *order.clauses())
        .options(*[selectinload(getattr(model, name)) for name in relations])
    )
    for row, index in rows:
        wanted[index].rows.append(row)


def open_some(groups: Sequence[Group], folded: Sequence[str]) -> None:
    """The first MAX_OPEN groups are open; ``folded`` names those that a person turned over."""
    for index, group in enumerate(groups):
        group.is_open = (index < MAX_OPEN) != (group.part.key in folded)
    opened = [group for group in groups if group.is_open]
    for group in opened[2 * MAX_OPEN :]:
        group.is_open = False


def is_indexed(model: Any, name: str) -> bool:
    """Whether an index begins with the column, alone or behind one other."""
    column = filter_column(model, name)
    table = column.table
    return any(column.name in [c.name for c in index.columns][:2] for index in table.indexes)
