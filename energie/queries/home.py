"""What the first page says of energy: points without data, rises with their price, a year's use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, extract, func, or_, select
from sqlalchemy.orm import Session

from base import own_settings
from base.i18n import _l
from base.views.lists import bounded_count
from energie.models import (
    BatchState,
    DailyUse,
    DeliveryPoint,
    Invoice,
    InvoiceState,
    ReadingBatch,
    Series,
)
from energie.queries.days import year_before
from energie.queries.readings import Extent, main_of

#: Days after which a point that says nothing is said to be silent.
SILENT_DAYS = own_settings.declare(
    own_settings.Declared(
        "energie.silent_days",
        _l("Énergie"),
        _l("Dire muet un point de livraison"),
        _l("Un point dont aucun jour n’est connu depuis ce délai est à regarder."),
        _l("jours"),
        default=60,
        low=7,
        high=400,
    )
)
#: Days compared with the same of the year before, and how many of them must be known.
WINDOW, KNOWN = 30, 27
#: From this rise on a point drifts.
RISE = own_settings.declare(
    own_settings.Declared(
        "energie.rise_percent",
        _l("Énergie"),
        _l("Signaler une hausse de consommation"),
        _l("Par rapport aux mêmes jours de l’an passé, sans correction du climat."),
        _l("% de plus"),
        default=20,
        low=5,
        high=200,
    )
)
#: Points that are looked at; conditions of one statement.
MOST_POINTS, CHUNK = 2_000, 200
#: Share of the days that both years must have for a point to be compared.
WHOLE = Decimal("0.8")
#: Units of a day's use that are kilowatt-hours.
_KWH = ("W", "kW", "kWh")


def count_batches(session: Session) -> int:
    """Files of readings of points that are not in the register, bounded."""
    return bounded_count(session, ReadingBatch, [ReadingBatch.state == BatchState.TO_ATTACH])


@dataclass(frozen=True)
class Money:
    """How many invoices, and what they come to with tax when they are all in euros."""

    count: int
    total: Decimal | None


def waiting_money(session: Session) -> Money:
    """Invoices without a delivery point, and their sum."""
    waiting = Invoice.state == InvoiceState.WAITING
    count = bounded_count(session, Invoice, [waiting])
    if not 0 < count <= 1_000:
        return Money(count, None)
    total, foreign = session.execute(
        select(func.sum(Invoice.amount_ttc), func.count().filter(Invoice.currency != "EUR")).where(
            waiting
        )
    ).one()
    return Money(count, None if foreign else total)


def _in_use() -> list[ColumnElement[bool]]:
    return [DeliveryPoint.archived_on.is_(None), DeliveryPoint.closed_on.is_(None)]


def silent(session: Session, on: date) -> list[ColumnElement[bool]]:
    """Points in use of which no day is known for so many days as the authority chose; criteria
    of their list.
    """
    days = own_settings.value_of(session, SILENT_DAYS.key)
    heard = (
        select(DailyUse.id)
        .join(Series, Series.id == DailyUse.series_id)
        .where(
            Series.point_id == DeliveryPoint.id,
            DailyUse.day_on >= on - timedelta(days=days),
        )
        .exists()
    )
    return [*_in_use(), ~heard]


def count_silent(session: Session, on: date) -> int:
    """How many points are silent, bounded."""
    return bounded_count(session, DeliveryPoint, silent(session, on))


def has_points(session: Session) -> bool:
    """Whether there is a delivery point in use."""
    return session.scalar(select(DeliveryPoint.id).where(*_in_use()).limit(1)) is not None


def _main(session: Session) -> dict[int, tuple[Series, Extent]]:
    ids = session.scalars(
        select(DeliveryPoint.id).where(*_in_use()).order_by(DeliveryPoint.id).limit(MOST_POINTS)
    ).all()
    found: dict[int, tuple[Series, Extent]] = {}
    for start in range(0, len(ids), 500):
        found |= main_of(session, ids[start : start + 500])
    return found


class Sum(NamedTuple):
    """What a series used in a period, and how many of its days are known."""

    value: Decimal
    days: int


def _sums(
    session: Session, periods: dict[int, tuple[date, date]]
) -> dict[int, Sum]:
    """Series -> its sum over its own period; the end is left out."""
    found: dict[int, Sum] = {}
    keys = list(periods)
    for first in range(0, len(keys), CHUNK):
        wanted = [
            (DailyUse.series_id == key)
            & (DailyUse.day_on >= periods[key][0])
            & (DailyUse.day_on < periods[key][1])
            for key in keys[first : first + CHUNK]
        ]
        rows = session.execute(
            select(DailyUse.series_id, func.sum(DailyUse.value), func.count())
            .where(or_(*wanted))
            .group_by(DailyUse.series_id)
        )
        found |= {key: Sum(value, days) for key, value, days in rows}
    return found


class Drift(NamedTuple):
    """A point that uses far more than a year ago."""

    point_id: int
    series: Series
    last_on: date
    now: Decimal
    before: Decimal
    #: What the rise costs over the WINDOW, euros without tax; None without invoices.
    extra_eur: Decimal | None

    @property
    def rise(self) -> Decimal:
        """Share above the year before: 0.5 is half as much again."""
        return self.now / self.before - 1


def drifts(session: Session, on: date) -> list[Drift]:
    """Points whose last WINDOW known days are above the same days a year before, dearest
    first. Nothing is corrected for the weather. The price is that of the point's invoices of the
    last year over what it used in the days that they bill.
    """
    heard = own_settings.value_of(session, SILENT_DAYS.key)
    rise = 1 + Decimal(own_settings.value_of(session, RISE.key)) / 100
    fresh = {
        point_id: (series, known)
        for point_id, (series, known) in _main(session).items()
        if known.last_on >= on - timedelta(days=heard)
    }
    now: dict[int, tuple[date, date]] = {}
    before: dict[int, tuple[date, date]] = {}
    for series, known in fresh.values():
        end = known.last_on + timedelta(days=1)
        now[series.id] = (end - timedelta(days=WINDOW), end)
        former = year_before(end)
        before[series.id] = (former - timedelta(days=WINDOW), former)
    present, past = _sums(session, now), _sums(session, before)
    found = []
    for point_id, (series, known) in fresh.items():
        a, b = present.get(series.id), past.get(series.id)
        whole = a is not None and b is not None and min(a.days, b.days) >= KNOWN
        if a and b and whole and b.value > 0 and a.value >= b.value * rise:
            found.append(Drift(point_id, series, known.last_on, a.value, b.value, None))
    prices = _prices(session, found)
    priced = [
        drift._replace(
            extra_eur=((drift.now - drift.before) * prices[drift.point_id]).quantize(Decimal(1))
        )
        if drift.point_id in prices
        else drift
        for drift in found
    ]
    return sorted(priced, key=lambda d: (-(d.extra_eur or 0), -d.rise, d.point_id))


def _prices(session: Session, found: Iterable[Drift]) -> dict[int, Decimal]:
    """Point -> euros without tax of a unit used, over the days billed in the last year."""
    drifting = {drift.point_id: drift for drift in found}
    if not drifting:
        return {}
    billed = session.execute(
        select(
            Invoice.point_id, func.min(Invoice.start_on), func.max(Invoice.end_on),
            func.sum(Invoice.amount_ht), Invoice.entity_id,
        )
        .where(
            Invoice.point_id.in_(drifting), Invoice.state == InvoiceState.BOOKED,
            Invoice.end_on > min(d.last_on for d in drifting.values()) - timedelta(days=365),
            Invoice.start_on.is_not(None), Invoice.currency == "EUR",
        )
        .group_by(Invoice.point_id, Invoice.entity_id)
    ).all()  # fmt: skip
    periods = {
        drifting[point].series.id: (start, end + timedelta(days=1))
        for point, start, end, _amount, _entity in billed
        if point is not None and start is not None and end is not None
    }
    used = _sums(session, periods)
    prices: dict[int, Decimal] = {}
    for point_id, start, end, amount, _entity in billed:
        if point_id is None or start is None or end is None:
            continue
        total = used.get(drifting[point_id].series.id)
        days = (end - start).days + 1
        if total is not None and total.value > 0 and amount > 0 and total.days >= days * WHOLE:
            prices[point_id] = amount / total.value
    return prices


class KindUse(NamedTuple):
    """What the points of one energy used in a year, beside the year before."""

    kind: str
    unit: str
    now: Decimal
    before: Decimal
    points: int


class YearUse(NamedTuple):
    """Twelve whole months beside those before, over the points known in both."""

    start: date
    end: date
    kinds: Sequence[KindUse]
    #: Month -> kilowatt-hours, of both years.
    months: dict[date, Decimal]
    compared: int
    points: int


def _less_a_year(day: date) -> date:
    return day.replace(year=day.year - 1)


def year_use(session: Session, on: date, units: dict[str, str]) -> YearUse:
    """The last twelve whole months; ``units`` says what a day of a series is counted in."""
    end = on.replace(day=1)
    start, former = _less_a_year(end), _less_a_year(_less_a_year(end))
    main = _main(session)
    by_series = {series.id: (point_id, series) for point_id, (series, _known) in main.items()}
    present = _sums(session, dict.fromkeys(by_series, (start, end)))
    past = _sums(session, dict.fromkeys(by_series, (former, start)))
    kinds_of = {
        point_id: kind
        for point_id, kind in session.execute(
            select(DeliveryPoint.id, DeliveryPoint.energy_kind).where(*_in_use())
            .limit(MOST_POINTS)
        )
    }  # fmt: skip
    least = int(365 * WHOLE)
    both = [
        key for key in by_series
        if key in present and key in past
        and present[key].days >= least and past[key].days >= least
    ]  # fmt: skip
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for key in both:
        point_id, series = by_series[key]
        line = sums.setdefault(
            (kinds_of[point_id], units[series.unit]), [Decimal(0), Decimal(0), Decimal(0)]
        )
        line[0] += present[key].value
        line[1] += past[key].value
        line[2] += 1
    kilowatt_hours = [key for key in both if by_series[key][1].unit in _KWH]
    return YearUse(
        start, end,
        [KindUse(kind, unit, a, b, int(n)) for (kind, unit), (a, b, n) in sorted(sums.items())],
        _months(session, kilowatt_hours, start=former, end=end),
        len(both), len(kinds_of),
    )  # fmt: skip


def _months(
    session: Session, keys: Sequence[int], *, start: date, end: date
) -> dict[date, Decimal]:
    year, month = extract("year", DailyUse.day_on), extract("month", DailyUse.day_on)
    found: dict[date, Decimal] = {}
    for first in range(0, len(keys), 500):
        rows = session.execute(
            select(year, month, func.sum(DailyUse.value))
            .where(
                DailyUse.series_id.in_(keys[first : first + 500]),
                DailyUse.day_on >= start, DailyUse.day_on < end,
            )
            .group_by(year, month)
        )  # fmt: skip
        for y, m, value in rows:
            on = date(int(y), int(m), 1)
            found[on] = found.get(on, Decimal(0)) + value
    return found
