"""What the charts of a series need, on the page of its point and on the page of an asset."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for

from base.i18n import _, _l
from energie import queries
from energie.domain.kinds import Quantity
from energie.domain.words import DAY_UNITS
from energie.models import DeliveryPoint, Series

#: Days shown at first, and the most that one picture may hold.
FIRST_DAYS, MOST_DAYS = 60, 1100
CURVE_DAYS, MOST_CURVE_DAYS = 7, 62
MAP_DAYS = 28
MONTHS = 12
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


def pictures(
    session: Any, point: DeliveryPoint, series: Series, found: queries.Extent
) -> dict[str, Any]:
    """The figures that stand on the page before any script runs, and the addresses of the rest."""
    start, end = queries.last_days(found, FIRST_DAYS)
    last = end - timedelta(days=1)
    context = {
        "extent": found,
        "unit": DAY_UNITS[series.unit],
        "complete": COMPLETE,
        "start": start,
        "last": last,
        "days": queries.days_of(session, series.id, start=start, end=end),
        "days_url": url_for("DeliveryPointView.days", pk=point.id),
        "zone": point.timezone,
        "curve_url": None,
        "map": None,
        **_months(session, series, found),
    }
    if queries.step_seconds(series):
        context |= _curve(session, point, series, found, end)
    return context


def _curve(
    session: Any, point: DeliveryPoint, series: Series, found: queries.Extent, end: date
) -> dict[str, Any]:
    start = max(found.first_on, end - timedelta(days=CURVE_DAYS))
    map_start = max(found.first_on, end - timedelta(days=MAP_DAYS))
    week = queries.week_map(session, series, start=map_start, end=end, tz=point.timezone)
    is_power = Quantity(series.quantity) is Quantity.POWER
    return {
        "curve_url": url_for("DeliveryPointView.curve", pk=point.id),
        "curve_title": _("Courbe de charge") if is_power else _("Puissance moyenne"),
        "curve_start": start,
        "spans": SPANS,
        "powers": queries.powers_of(session, series, start=start, end=end),
        "map": week if series.unit in ("W", "kW", "kWh") else None,
        "map_rows": list(zip(map(str, WEEKDAYS), week.rows, strict=True)) if week else [],
        "map_start": map_start,
    }


def _months(session: Any, series: Series, found: queries.Extent) -> dict[str, Any]:
    """The last twelve months beside those before, and both sums."""
    start, end = queries.last_months(found, MONTHS)
    least = Decimal(COMPLETE) / 100
    months = queries.compared_months(session, series.id, start=start, end=end, least=least)
    total = queries.total_of(session, series.id, start=start, end=end)
    former = queries.total_of(
        session, series.id, start=queries.year_before(start), end=queries.year_before(end)
    )
    change = None
    if former.value and min(total.completeness, former.completeness) >= least:
        change = total.value / former.value - 1
    told = [
        [
            c.month.on.isoformat(),
            float(c.month.value),
            None if c.before is None else float(c.before.value),
            c.month.completeness >= least,
        ]
        for c in months
    ]
    return {
        "months": months,
        "months_json": json.dumps(told),
        "total": total,
        "former": former,
        "change": change,
        "year": (start, end - timedelta(days=1)),
    }


def curve_rows(
    session: Any, point: DeliveryPoint, series: Series, *, start: date, end: date
) -> dict[str, Any]:
    """A curve for the chart, in kW: instant in milliseconds, power, whether it was measured.

    A hole has a row without value. Beyond two months each day is one row: mean, lowest,
    highest. ``days`` has the figures of each day, for the table.
    """
    powers = queries.powers_of(session, series, start=start, end=end)
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
    }
    if (end - start).days > MOST_CURVE_DAYS:
        return told | {"by": "day", "rows": []}
    step = queries.step_seconds(series)
    factor = queries.kilowatts(series)
    rows: list[list[Any]] = []
    for reading in queries.curve(session, series, start=start, end=end, tz=point.timezone):
        at = reading.at * 1000
        if rows and at - rows[-1][0] > step * 1000:
            rows.append([rows[-1][0] + step * 1000, None, True])
        rows.append([at, float(reading.value * factor), queries.is_measured(reading)])
    return told | {"by": "step", "step": step * 1000, "rows": rows}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 3)
