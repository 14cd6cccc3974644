"""Which series tells what a point used on a local day, when several do.

A meter that went from hours to half-hours, a curve beside daily indexes, dials by time class
beside one dial: each is a series. A day of the point is counted once: from the series that knows
the whole day, then the one that measured it, then the finest. A day that only pieces know is put
together from pieces that do not overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from energie.domain.curves import milli_kwh
from energie.domain.kinds import PARTITIONS, STEP_SECONDS, Basis, Quantity, RegisterCode, Step, Unit
from energie.domain.quality import Quality
from energie.domain.shares import largest_remainder

#: What a day's use is counted in, by the unit of a series; other units are no use.
USE_UNITS = {
    Unit.W: Unit.KWH,
    Unit.KW: Unit.KWH,
    Unit.KWH: Unit.KWH,
    Unit.M3: Unit.M3,
    Unit.LITRE: Unit.LITRE,
}
#: Series of use, the finest first; peaks and temperatures are none.
_RANK = {Quantity.POWER: 0, Quantity.ENERGY: 1, Quantity.INDEX: 2, Quantity.VOLUME: 3}
#: Of several dials, those that count the whole.
_WHOLE = ("", RegisterCode.TOTAL, RegisterCode.BASE)
#: Dials of what the point gives or does not pay for as use.
_OTHER = (RegisterCode.INJECTION, RegisterCode.REACTIVE)
_PERIODS = (Step.MONTH, Step.IRREGULAR)
_DAY_SECONDS = 86_400
_THOUSANDTH = Decimal("0.001")


class Described(Protocol):
    """What is asked of a series."""

    id: int
    quantity: str
    step: str
    unit: str
    register_code: str
    basis: str


def rank(series: Described) -> tuple[bool, int, int, int, int]:
    """The order of trust among series that know a day equally well: the finest first.

    Periods of billing come after what was read day by day.
    """
    quantity = Quantity(series.quantity)
    code = series.register_code
    order = _WHOLE.index(code) if code in _WHOLE else len(_WHOLE)
    seconds = STEP_SECONDS.get(Step(series.step), _DAY_SECONDS)
    return is_period(series), seconds, _RANK[quantity], order, series.id


def is_period(series: Described) -> bool:
    """Whether its readings are the use of periods longer than a day, such as months."""
    return series.step in _PERIODS and series.quantity != Quantity.INDEX


def tells_use(series: Described) -> bool:
    """Whether the days of a series are what the point took: no peak, no injection."""
    return (
        series.quantity in _RANK and series.unit in USE_UNITS and series.register_code not in _OTHER
    )


def use_unit(series: Described) -> tuple[Unit, str]:
    """What its days are counted in; series of another unit or heating value never add up.

    Kilowatt-hours of a gas are of the higher heating value unless a series says the lower.
    """
    return USE_UNITS[Unit(series.unit)], Basis.PCI if series.basis == Basis.PCI else ""


class Sources(NamedTuple):
    """The series that may tell a day of a point, in one unit."""

    unit: Unit
    whole: Sequence[Described]
    #: Series by time class; each group makes the whole when added up.
    classes: Sequence[Sequence[Described]]


def sources(series: Iterable[Described]) -> Sources | None:
    """The series that count, of those of a point that have days; nothing without any.

    When several units are known, the one of the series of highest rank is told. A dial of one
    class alone counts only when nothing knows the whole.
    """
    counted = sorted((s for s in series if tells_use(s)), key=_main_order)
    if not counted:
        return None
    told = use_unit(counted[0])
    family = [s for s in counted if use_unit(s) == told]
    whole = [s for s in family if s.register_code in _WHOLE]
    classes = list(_groups(family))
    if not whole and not classes:
        whole = family[:1]
    return Sources(told[0], sorted(whole, key=rank), classes)


def _main_order(series: Described) -> tuple[bool, int, tuple[bool, int, int, int, int]]:
    order = rank(series)
    return order[0], order[2], order


def _groups(family: Sequence[Described]) -> Iterable[list[Described]]:
    by_kind: dict[tuple[str, str, str, str], dict[str, Described]] = {}
    for series in family:
        key = series.quantity, series.step, series.unit, series.basis
        by_kind.setdefault(key, {})[series.register_code] = series
    for codes in by_kind.values():
        for partition in PARTITIONS:
            parts = [codes[code] for code in partition if code in codes]
            if len(parts) > 1:
                yield parts


class Known(NamedTuple):
    """What one series, or several put together, know of a local day."""

    value: Decimal
    expected: int
    received: int
    measured: int
    quality: int
    #: None when it was put together from several.
    series_id: int | None
    rank: tuple[bool, int, int, int, int]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return self.received >= self.expected

    @property
    def is_measured(self) -> bool:
        """Whether the whole day was measured."""
        return self.is_complete and self.measured >= self.expected


def best(candidates: Iterable[Known]) -> Known:
    """The day as it counts: known whole, then measured whole, then known most, then the finest."""

    def order(one: Known) -> tuple[bool, bool, Decimal, tuple[bool, int, int, int, int]]:
        share = Decimal(min(one.received, one.expected)) / max(one.expected, 1)
        return not one.is_complete, not one.is_measured, -share, one.rank

    return min(candidates, key=order)


def added(parts: Sequence[Known | None], order: tuple[bool, int, int, int, int]) -> Known | None:
    """The dials of all time classes added up; a class that lacks the day leaves it incomplete."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    return Known(
        sum((part.value for part in there), Decimal(0)),
        sum(part.expected for part in there) + len(parts) - len(there),
        sum(part.received for part in there),
        sum(part.measured for part in there),
        max(part.quality for part in there),
        None,
        order,
    )


class Interval(NamedTuple):
    """Whole local days of which a series knows one total, spread evenly over them."""

    series_id: int
    first: date
    #: Left out.
    after: date

    def days(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(n) for n in range((self.after - self.first).days)]


def settle(
    chosen: dict[date, Known], by_day: Mapping[date, Mapping[int, Known]], interval: Interval
) -> None:
    """Give the days that only an interval knows what it leaves once the others are read.

    A month of 1 050 kWh of which one day was read at 11 kWh is still 1 050 kWh: the other days
    share 1 039. Nothing is done when a day in it is unknown, or when the days that were read come
    to more than the whole: then one of the two is wrong, and each keeps what it says.
    """
    days, key = interval.days(), interval.series_id
    if any(key not in by_day.get(on, {}) for on in days):
        return
    own = [on for on in days if chosen[on].series_id == key]
    read = [chosen[on] for on in days if chosen[on].series_id != key]
    if not own or not read or not all(one.is_complete for one in read):
        return
    whole = sum((by_day[on][key].value for on in days), Decimal(0))
    rest = whole - sum((one.value for one in read), Decimal(0))
    if rest < 0:
        return
    parts = largest_remainder(rest, [1] * len(own), unit=_THOUSANDTH)
    for on, part in zip(own, parts, strict=True):
        chosen[on] = chosen[on]._replace(value=part)


class Piece(NamedTuple):
    """A value over its interval, in UTC seconds; the end is left out."""

    start: int
    end: int
    #: Thousandths of the use's unit times 3 600 000: whole numbers for powers as for energies.
    amount: int
    quality: int
    #: Value in the unit of the series, and the series, for who draws the curve.
    milli: int = 0
    series_id: int = 0


def piece(start: int, step: int, milli: int, quality: int, series: Described) -> Piece:
    """A reading of a series of one step as a piece of use."""
    if series.quantity == Quantity.POWER:
        amount = milli * step * (1000 if series.unit == Unit.KW else 1)
    else:
        amount = milli * 3_600_000
    return Piece(start, start + step, amount, quality, milli, series.id)


def cover(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces that do not overlap: they cover most, then are measured most, then are the finest.

    Ordered by start. The choice is exact, whatever the steps.
    """
    ordered = sorted(pieces, key=lambda p: (p.end, p.start))
    ends = [p.end for p in ordered]
    # Of the first n pieces: seconds covered, seconds measured, count; and the last piece taken.
    reached: list[tuple[int, int, int]] = [(0, 0, 0)]
    back: list[int | None] = [None]
    for n, one in enumerate(ordered):
        seconds = one.end - one.start
        before = bisect_right(ends, one.start, 0, n)
        measured = seconds if one.quality <= Quality.CORRECTED else 0
        former = reached[before]
        taken = former[0] + seconds, former[1] + measured, former[2] + 1
        is_better = taken > reached[n]
        reached.append(taken if is_better else reached[n])
        back.append(before if is_better else None)
    found = []
    n = len(ordered)
    while n:
        taken_from = back[n]
        if taken_from is None:
            n -= 1
        else:
            found.append(ordered[n - 1])
            n = taken_from
    return found[::-1]


def put_together(pieces: Iterable[Piece], day: tuple[int, int]) -> Known | None:
    """What pieces of several series know of a local day, given by its bounds in UTC seconds."""
    taken = cover(pieces)
    if not taken:
        return None
    step = min(p.end - p.start for p in taken)
    seconds = sum(p.end - p.start for p in taken)
    measured = sum(p.end - p.start for p in taken if p.quality <= Quality.CORRECTED)
    value = Decimal(milli_kwh(sum(p.amount for p in taken), 1)).scaleb(-3)
    return Known(
        value,
        (day[1] - day[0]) // step,
        seconds // step,
        measured // step,
        max(p.quality for p in taken),
        None,
        (False, step, 0, 0, 0),
    )
