"""What the charts of a series need, on the page of its point and on the page of an asset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flask import url_for

from base.basics.i18n import _, _l
from base.basics.sessions import Session
from energie import queries
from energie.domain.days import day_start, midnights
from energie.domain.kinds import Quantity
from energie.domain.quality import quality_of
from energie.models import DeliveryPoint, Series

#: Days shown at first, and the most that one picture may hold.
FIRST_DAYS, MOST_DAYS = 60, 1100
CURVE_DAYS, MOST_CURVE_DAYS = 7, 62
MAP_DAYS = 28
MONTHS = 12
#: Suspect readings told on one page.
MOST_SUSPECTS = 200
#: Share of readings, in percent, under which a month is incomplete.
COMPLETE = 90
SPANS = (
    ("day", _l("Jour")),
    ("week", _l("Semaine")),
    ("month", _l("Mois")),
    ("year", _l("Année")),
)
WEEKDAYS = (
    _l("lundi"),
    _l("mardi"),
    _l("mercredi"),
    _l("jeudi"),
    _l("vendredi"),
    _l("samedi"),
    _l("dimanche"),
)


def pictures(session: Session, point: DeliveryPoint, found: queries.Known) -> dict[str, Any]:
    """The figures that stand on the page before any script runs, and the addresses of the rest."""
    start, end = queries.last_days(found, FIRST_DAYS)
    last = end - timedelta(days=1)
    context = {
        "extent": found,
        "unit": found.unit.word,
        "complete": COMPLETE,
        "start": start,
        "last": last,
        "days": [day_row(day) for day in days_of(session, point.id, start=start, end=end)],
        "days_url": url_for("DeliveryPointView.days", pk=point.id),
        "zone": point.timezone,
        "curve_url": None,
        "map": None,
        **_months(session, point.id, found),
    }
    series = queries.curve_series(session, point.id)
    if series:
        context |= _curve(session, point, series, found, end)
    return context


def days_of(
    session: Session, point_id: int, *, start: date, end: date
) -> list[tuple[date, queries.Day | None]]:
    """Each local day of a period with what the point used; None for a day that nobody read."""
    known = {d.on: d for d in queries.point_days(session, point_id, start=start, end=end)}
    count = (end - start).days
    return [(on, known.get(on)) for on in (start + timedelta(days=n) for n in range(count))]


class DayRow(NamedTuple):
    """A day as the table and the chart show it."""

    on: date
    value: Decimal | None
    received: int
    expected: int
    #: In words; empty for a day that nobody read.
    quality: str
    is_complete: bool


def day_row(told: tuple[date, queries.Day | None]) -> DayRow:
    """A day of a period, known or not."""
    on, day = told
    if day is None:
        return DayRow(on, None, 0, 0, "", False)
    quality = str(quality_of(day.quality).word)
    return DayRow(on, day.value, day.received, day.expected, quality, day.is_complete)


def _curve(
    session: Session,
    point: DeliveryPoint,
    series: Sequence[Series],
    found: queries.Known,
    end: date,
) -> dict[str, Any]:
    start = max(found.first_on, end - timedelta(days=CURVE_DAYS))
    map_start = max(found.first_on, end - timedelta(days=MAP_DAYS))
    week = queries.week_map(session, point, start=map_start, end=end)
    is_power = any(Quantity(one.quantity) is Quantity.POWER for one in series)
    return {
        "curve_url": url_for("DeliveryPointView.curve", pk=point.id),
        "curve_title": _("Courbe de charge") if is_power else _("Puissance moyenne"),
        "curve_start": start,
        "spans": SPANS,
        "powers": queries.powers_of(session, point, start=start, end=end),
        "map": week,
        "map_rows": list(zip(map(str, WEEKDAYS), week.rows, strict=True)) if week else [],
        "map_start": map_start,
    }


def _months(session: Session, point_id: int, found: queries.Known) -> dict[str, Any]:
    """The last twelve months beside those before, and the sums of what both know."""
    start, end = queries.last_months(found, MONTHS)
    least = Decimal(COMPLETE) / 100
    months = queries.compared_months(session, point_id, start=start, end=end, least=least)
    told = [
        [
            c.month.on.isoformat(),
            _float(c.month.value),
            None if c.before is None else _float(c.before.value),
            c.month.completeness >= least,
        ]
        for c in months
    ]
    return {
        "months": months,
        "months_json": json.dumps(told),
        "total": queries.total_of(session, point_id, start=start, end=end),
        "same": queries.same_months(months),
        "year": (start, end - timedelta(days=1)),
        "running": end if end.day != 1 else None,
    }


def curve_rows(session: Session, point: DeliveryPoint, *, start: date, end: date) -> dict[str, Any]:
    """A curve for the chart, in kW: instant in milliseconds, power, whether it was measured.

    A hole has a row without value. Beyond two months each day is one row: mean, lowest,
    highest. ``days`` has the figures of each day, for the table; ``midnights`` the instants at
    which local days begin, for the axis; ``suspects`` the readings that count in no sum.
    """
    powers = queries.powers_of(session, point, start=start, end=end)
    told: dict[str, Any] = {
        "unit": "kW",
        "days": [
            [
                day.on.isoformat(),
                _float(day.low),
                _float(day.mean),
                _float(day.high),
                day.received,
                day.expected,
                day.measured,
            ]
            for day in powers
        ],
        "midnights": [],
        "suspects": [],
    }
    if (end - start).days > MOST_CURVE_DAYS:
        return told | {"by": "day", "rows": []}
    rows: list[list[Any]] = []
    until = None
    for one in queries.curve(session, point, start=start, end=end):
        if until is not None and one.at > until:
            rows.append([until * 1000, None, True])
        until = one.at + one.step
        rows.append([one.at * 1000, _float(one.kw), queries.is_measured(one)])
    first, last = day_start(start, point.timezone), day_start(end, point.timezone)
    return told | {
        "by": "step",
        "rows": rows,
        "midnights": [at * 1000 for at in midnights(start, end, point.timezone)],
        "suspects": [
            [
                one.at * 1000,
                float(one.value * queries.kilowatts(one.series)),
                str(quality_of(one.quality).word),
            ]
            for one in queries.suspects_of(
                session, point.id, limit=MOST_SUSPECTS, between=(first, last)
            )
            if queries.is_of_curve(one.series)
        ],
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 3)
