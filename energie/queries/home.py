"""What the first page says of energy: points without data, rises with their price, a year's use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, extract, func, select

from base.basics.i18n import _l
from base.basics.sessions import Session
from base.desk import own_settings
from base.face.views.lists import bounded_count
from energie.domain.days import next_month
from energie.domain.kinds import Unit
from energie.models import (
    BatchState,
    DeliveryPoint,
    Invoice,
    InvoiceState,
    PointDay,
    ReadingBatch,
)
from energie.queries.days import (
    Known,
    known_of,
    months_of_points,
    sums_between,
    year_before,
)
from patrimoine.domain.costs import CostNature
from patrimoine.models import CostLine

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
#: Points that are looked at.
MOST_POINTS = 2_000
#: Share of the billed days that must be known for a price.
WHOLE = Decimal("0.8")
#: Share of a month's days that must be known, in both years, for it to be compared.
LEAST = Decimal("0.9")


def count_batches(session: Session) -> int:
    """Files of readings of points that are not in the register, bounded."""
    return bounded_count(session, ReadingBatch, [ReadingBatch.state == BatchState.TO_ATTACH])


@dataclass(frozen=True)
class Money:
    """How many invoices, and what they come to with tax when they are all in euros."""

    count: int
    total: Decimal | None


def waiting_money(session: Session) -> Money:
    """Invoices that wait for a decision, and their sum with tax."""
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
        select(PointDay.id)
        .where(
            PointDay.point_id == DeliveryPoint.id,
            PointDay.day_on >= on - timedelta(days=days),
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


def drift_of(session: Session, point_id: int, on: date) -> Drift | None:
    """As ``drifts``, of one point: what its page says is what the tile and the list counted."""
    in_use = session.scalar(
        select(DeliveryPoint.id).where(DeliveryPoint.id == point_id, *_in_use())
    )
    return next(iter(_drifts(session, [point_id], on)), None) if in_use is not None else None


def silent_days(session: Session, point_id: int, on: date) -> int | None:
    """The days without data that make this point silent; None when it is not."""
    criteria = silent(session, on)
    found = session.scalar(select(DeliveryPoint.id).where(DeliveryPoint.id == point_id, *criteria))
    days: int = own_settings.value_of(session, SILENT_DAYS.key)
    return days if found is not None else None


def _points(session: Session) -> dict[int, str]:
    """Points in use, as many as are looked at -> their energy."""
    rows = session.execute(
        select(DeliveryPoint.id, DeliveryPoint.energy_kind)
        .where(*_in_use())
        .order_by(DeliveryPoint.id)
        .limit(MOST_POINTS)
    )
    return {key: kind for key, kind in rows}


class Drift(NamedTuple):
    """A point that uses far more than a year ago."""

    point_id: int
    last_on: date
    #: Means of the known days of both years times the WINDOW, in the unit of the point.
    now: Decimal
    before: Decimal
    #: What the rise costs over the WINDOW, euros without tax; None without invoices.
    extra_eur: Decimal | None

    @property
    def start_on(self) -> date:
        """The first day of the WINDOW."""
        return self.last_on - timedelta(days=WINDOW - 1)

    @property
    def before_on(self) -> tuple[date, date]:
        """The first and the last of the days that these are compared with."""
        end = year_before(self.last_on + timedelta(days=1))
        return end - timedelta(days=WINDOW), end - timedelta(days=1)

    @property
    def rise(self) -> Decimal:
        """Share above the year before: 0.5 is half as much again."""
        return self.now / self.before - 1


def drifts(session: Session, on: date) -> list[Drift]:
    """Points whose last WINDOW known days are above the same days a year before, dearest
    first. Nothing is corrected for the weather. The price is that of the point's invoices of the
    last year over what it used in the days that they bill.
    """
    return _drifts(session, list(_points(session)), on)


def _drifts(session: Session, point_ids: Sequence[int], on: date) -> list[Drift]:
    heard = own_settings.value_of(session, SILENT_DAYS.key)
    rise = 1 + Decimal(own_settings.value_of(session, RISE.key)) / 100
    fresh: dict[int, Known] = {
        key: known
        for key, known in known_of(session, point_ids).items()
        if known.last_on >= on - timedelta(days=heard)
    }
    now: dict[int, tuple[date, date]] = {}
    before: dict[int, tuple[date, date]] = {}
    for key, known in fresh.items():
        end = known.last_on + timedelta(days=1)
        now[key] = (end - timedelta(days=WINDOW), end)
        former = year_before(end)
        before[key] = (former - timedelta(days=WINDOW), former)
    present, past = sums_between(session, now), sums_between(session, before)
    found = []
    for key, known in fresh.items():
        a, b = present.get(key), past.get(key)
        if a is None or b is None or min(a.days, b.days) < KNOWN:
            continue
        if b.value > 0 and a.by_day >= b.by_day * rise:
            found.append(Drift(key, known.last_on, a.by_day * WINDOW, b.by_day * WINDOW, None))
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
            Invoice.point_id,
            func.min(Invoice.start_on),
            func.max(Invoice.end_on),
            func.sum(Invoice.amount_ht),
            Invoice.entity_id,
        )
        .where(
            Invoice.point_id.in_(drifting),
            Invoice.state == InvoiceState.BOOKED,
            Invoice.end_on > min(d.last_on for d in drifting.values()) - timedelta(days=365),
            Invoice.start_on.is_not(None),
            Invoice.currency == "EUR",
        )
        .group_by(Invoice.point_id, Invoice.entity_id)
    ).all()
    periods = {
        point: (start, end + timedelta(days=1))
        for point, start, end, _amount, _entity in billed
        if point is not None and start is not None and end is not None
    }
    used = sums_between(session, periods)
    prices: dict[int, Decimal] = {}
    for point_id, start, end, amount, _entity in billed:
        if point_id is None or start is None or end is None or point_id not in used:
            continue
        total, days = used[point_id], (end - start).days + 1
        if total.value > 0 and amount > 0 and total.days >= days * WHOLE:
            prices[point_id] = amount / (total.by_day * days)
    return prices


class KindUse(NamedTuple):
    """What the points of one energy used in a year, beside the year before."""

    kind: str
    unit: Unit
    now: Decimal
    before: Decimal
    points: int


class YearUse(NamedTuple):
    """Twelve whole months beside those before, over the months that are known in both."""

    start: date
    end: date
    kinds: Sequence[KindUse]
    #: Month -> kilowatt-hours, of both years.
    months: dict[date, Decimal]
    #: Points with a month to compare, and those of them that have all twelve.
    compared: int
    whole: int
    points: int


def year_use(session: Session, on: date) -> YearUse:
    """The last twelve whole months beside the twelve before.

    Of each point the months count that are known in both years, LEAST of their days at least: a
    year that is half known is never compared with a whole one.
    """
    end = on.replace(day=1)
    start, former = year_before(end), year_before(year_before(end))
    kinds_of = _points(session)
    known = known_of(session, list(kinds_of))
    sums: dict[tuple[int, date], Decimal] = {
        (one.point_id, one.on): one.value
        for one in months_of_points(session, list(known), start=former, end=end)
        if one.days >= LEAST * (next_month(one.on) - one.on).days
    }
    lines: dict[tuple[str, Unit], list[Decimal]] = {}
    seen: dict[tuple[str, Unit], set[int]] = {}
    count: dict[int, int] = {}
    months: dict[date, Decimal] = {}
    for (point_id, month), now in sums.items():
        before = sums.get((point_id, year_before(month)))
        if month < start or before is None:
            continue
        unit = known[point_id].unit
        key = kinds_of[point_id], unit
        line = lines.setdefault(key, [Decimal(0), Decimal(0)])
        line[0] += now
        line[1] += before
        seen.setdefault(key, set()).add(point_id)
        count[point_id] = count.get(point_id, 0) + 1
        if unit is Unit.KWH:
            for at, value in ((month, now), (year_before(month), before)):
                months[at] = months.get(at, Decimal(0)) + value
    return YearUse(
        start,
        end,
        [KindUse(*key, a, b, len(seen[key])) for key, (a, b) in sorted(lines.items())],
        months,
        len(count),
        sum(n == 12 for n in count.values()),
        len(kinds_of),
    )


class CostOfYear(NamedTuple):
    """Net euros of energy in twelve months, and over the months that both years know."""

    total: Decimal
    now: Decimal
    before: Decimal
    months: int


def year_cost(session: Session, start: date, end: date) -> CostOfYear:
    """The energy of the ledger from ``start`` to ``end`` (left out), beside the year before.

    Only months with costs in both years are compared.
    """
    year, month = extract("year", CostLine.date_on), extract("month", CostLine.date_on)
    rows = session.execute(
        select(year, month, func.sum(CostLine.net_eur))
        .where(
            CostLine.nature == CostNature.ENERGY,
            CostLine.date_on >= year_before(start),
            CostLine.date_on < end,
        )
        .group_by(year, month)
    )
    sums = {date(int(y), int(m), 1): Decimal(value) for y, m, value in rows}
    both = [on for on in sums if on >= start and year_before(on) in sums]
    return CostOfYear(
        sum((value for on, value in sums.items() if on >= start), Decimal(0)),
        sum((sums[on] for on in both), Decimal(0)),
        sum((sums[year_before(on)] for on in both), Decimal(0)),
        len(both),
    )
