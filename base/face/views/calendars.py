"""A list on the days of a month, or of a week with a line for each resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from base.basics import clock, formats
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views import groups, lists
from base.face.views.displays import Calendar

#: Rows of one period that are looked at; more is said.
MAX_ROWS = 2_000
#: Rows shown of one day, of one day of a line, and lines of a week.
OF_DAY, OF_CELL, MAX_LINES = 3, 3, 20
#: Rows without a day that stand beside the week.
WAITING = 12


@dataclass
class Day:
    """One day, with its first rows."""

    on: date
    #: Whether it belongs to the month shown.
    inside: bool
    today: bool
    count: int = 0
    rows: list[Any] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Rows that are not shown."""
        return self.count - len(self.rows)


@dataclass
class Line:
    """The week of one resource."""

    label: str
    days: list[Day]
    #: Its id; empty for the rows without any.
    key: str = ""

    @property
    def count(self) -> int:
        """Rows of the week."""
        return sum(day.count for day in self.days)


@dataclass
class CalendarPage:
    """What the template of a calendar needs."""

    period: str
    title: str
    start: date
    #: Left out.
    end: date
    previous: date
    next: date
    #: Rows of the period, at most MAX_ROWS.
    count: int
    more: bool
    weeks: list[list[Day]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    #: Lines beyond MAX_LINES.
    lines_left: int = 0
    #: Rows without a day, and the first of them.
    undated: int = 0
    waiting: list[Any] = field(default_factory=list)

    @property
    def days(self) -> list[Day]:
        """The days one after the other, for the narrow screen."""
        return [day for week in self.weeks for day in week]

    def all_rows(self) -> list[Any]:
        """Every row shown."""
        cells = [*self.days, *(day for line in self.lines for day in line.days)]
        return [*self.waiting, *(row for day in cells for row in day.rows)]


def day_asked(text: str, today: date) -> date:
    """The day of an address; today when there is none or it cannot be read."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return asked if 1900 < asked.year < 2200 else today


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _page(period: str, on: date) -> CalendarPage:
    if period == "week":
        start = _monday(on)
        end = start + timedelta(days=7)
        title = _(
            "Semaine du %(start)s au %(end)s",
            start=formats.day(start),
            end=formats.day(end - timedelta(days=1)),
        )
        back, forth = start - timedelta(days=7), end
        return CalendarPage("week", title, start, end, back, forth, 0, False)
    first = on.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    start = _monday(first)
    end = _monday(following - timedelta(days=1)) + timedelta(days=7)
    back = (first - timedelta(days=1)).replace(day=1)
    title = formats.month(first)
    title = title[:1].upper() + title[1:]
    return CalendarPage("month", title, start, end, back, following, 0, False)


def _days(page: CalendarPage, month: int | None) -> list[Day]:
    today = clock.today()
    return [
        Day(day, month is None or day.month == month, day == today)
        for n in range((page.end - page.start).days)
        for day in (page.start + timedelta(days=n),)
    ]


def build(
    session: Session,
    view: Any,
    calendar: Calendar,
    criteria: Sequence[Any],
    *,
    period: str,
    on: date,
    relations: Sequence[str],
) -> CalendarPage:
    """The rows of the month or week that holds a day: two statements, one for each relation."""
    model = view.datamodel.obj
    column = getattr(model, calendar.column)
    page = _page(period, on)
    by_line = page.period == "week" and bool(calendar.resource)
    keys = [model.id, column]
    if by_line:
        keys.append(groups.filter_attribute(model, calendar.resource))
    found = session.execute(
        select(*keys)
        .where(*criteria, column >= page.start, column < page.end)
        .order_by(column, model.id)
        .limit(MAX_ROWS + 1)
    ).all()
    page.more, found = len(found) > MAX_ROWS, found[:MAX_ROWS]
    page.count = len(found)
    cells: dict[tuple[Any, date], list[int]] = defaultdict(list)
    for pk, day, *line in found:
        cells[line[0] if line else None, day].append(pk)
    if by_line:
        _fill_lines(session, view, calendar, page, cells)
    else:
        days = _days(page, None if page.period == "week" else _inside(page).month)
        page.weeks = [days[n : n + 7] for n in range(0, len(days), 7)]
    waiting: Sequence[int] = ()
    if by_line and calendar.waiting is not None:
        waiting = session.scalars(
            select(model.id)
            .where(*criteria, column.is_(None), *calendar.waiting())
            .order_by(model.id.desc())
            .limit(WAITING)
        ).all()
    _fill_cells(session, model, page, cells, relations, waiting)
    return page


def _inside(page: CalendarPage) -> date:
    return page.start + timedelta(days=6)


def _fill_lines(
    session: Session, view: Any, calendar: Calendar, page: CalendarPage, cells: Any
) -> None:
    related = view.datamodel.get_related_model(calendar.resource)
    wanted = {line for line, _day in cells if line is not None}
    rows = session.scalars(select(related).where(related.id.in_(wanted))) if wanted else ()
    free = calendar.lines(session) if calendar.lines is not None else ()
    at_work = sorted((str(row), row.id) for row in rows)
    others = [(str(row), row.id) for row in free if row.id not in wanted]
    named = at_work + others[: max(0, MAX_LINES - len(at_work))]
    page.lines_left = max(0, len(named) - MAX_LINES)
    for label, key in [(str(calendar.nobody), None), *sorted(named[:MAX_LINES])]:
        line = Line(label, _days(page, None), "" if key is None else str(key))
        for day in line.days:
            day.rows = cells.get((key, day.on), [])
        page.lines.append(line)


def _fill_cells(
    session: Session,
    model: Any,
    page: CalendarPage,
    cells: Any,
    relations: Sequence[str],
    waiting: Sequence[int],
) -> None:
    """Put the rows in place of their ids; only those shown are read."""
    shown: list[tuple[Day, list[int]]] = []
    if page.lines:
        for day in (day for line in page.lines for day in line.days):
            shown.append((day, day.rows))
    else:
        shown = [(day, cells.get((None, day.on), [])) for day in page.days]
    limit = OF_CELL if page.lines else OF_DAY
    wanted = [*waiting, *(pk for _day, ids in shown for pk in ids[:limit])]
    rows = {row.id: row for row in lists.rows_by_id(session, model, wanted, relations)}
    for day, ids in shown:
        day.count = len(ids)
        day.rows = [rows[pk] for pk in ids[:limit] if pk in rows]
    page.waiting = [rows[pk] for pk in waiting if pk in rows]
