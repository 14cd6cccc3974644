"""Which indexes of a series can be believed, and what was used between them.

An index that falls without being a rollover, or jumps beyond what the point ever took, is in
doubt. What follows tells which of its neighbours was right: when the next index goes on from the
one before, the doubtful one was a slip, and nothing is computed around it; when it goes on from
the doubtful one (a meter was replaced and nobody said so), only the interval of the change is
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from energie.domain.indexes import PLAUSIBLE_DAYS, Fault, Limits, Use
from energie.domain.quality import Quality

_DAY = Decimal(86_400)
#: Days from which an interval is as long as a season may change in it.
_LONG = 20
#: A month of winter may take this many times what the months of summer took.
_PLAUSIBLE_SEASONS = 10


class Dated(NamedTuple):
    """An index: the UTC second of its reading, and what the dial showed."""

    at: int
    value: Decimal


class Interval(NamedTuple):
    """What was used between two readings, by their places."""

    first: int
    second: int
    use: Use


class Doubt(NamedTuple):
    """A reading that its neighbours contradict, by places: it, and the last believed before."""

    place: int
    before: int
    fault: Fault


class Judged(NamedTuple):
    """The intervals that count, the readings in doubt, and the intervals that stay unknown."""

    intervals: list[Interval]
    doubts: list[Doubt]
    unknown: list[tuple[int, int]]


#: The use between two readings, by their places and under limits.
Between = Callable[[int, int, Limits], Use]


def judge(
    rows: Sequence[Dated],
    between: Between,
    *,
    largest_gain: Callable[[int], Decimal | None],
    subscribed_kva: Decimal | None = None,
) -> Judged:
    """Judge the readings of one index, in order of time.

    ``between`` computes a use, over the replacements that are known. ``largest_gain`` is the
    most that an interval of so many seconds can hold, whatever the point took before.
    """
    known = known_daily(rows, between, largest_gain)
    found = Judged([], [], [])

    def use(first: int, second: int) -> Use:
        seconds = rows[second].at - rows[first].at
        days = Decimal(seconds) / _DAY
        used = between(first, second, Limits(known, days, subscribed_kva))
        if used.consumption is None or used.rollover:
            return used
        most = None if known is None else known * days * _factor(days)
        beyond = largest_gain(seconds)
        if (most is not None and used.consumption > most) or (
            beyond is not None and used.consumption > beyond
        ):
            return Use(None, fault=Fault.INDEX_JUMP, quality=Quality.SUSPECT)
        return used

    believed, doubtful = 0, -1
    for place in range(1, len(rows)):
        used = use(believed, place)
        is_odd = used.fault in (Fault.INDEX_DROP, Fault.INDEX_JUMP)
        if doubtful < 0:
            if not is_odd:
                _take(found, believed, place, used)
                believed = place
                continue
            found.doubts.append(Doubt(place, believed, used.fault or Fault.INDEX_DROP))
            found.unknown.append((believed, place))
            doubtful = place
            continue
        if not is_odd:
            # It goes on from before the doubt: that one was a slip.
            found.unknown[-1] = (believed, place)
            believed, doubtful = place, -1
            continue
        after = use(doubtful, place)
        if after.fault in (Fault.INDEX_DROP, Fault.INDEX_JUMP):
            found.doubts.append(Doubt(place, believed, used.fault or Fault.INDEX_DROP))
            found.unknown[-1] = (believed, place)
            doubtful = place
            continue
        _take(found, doubtful, place, after)
        believed, doubtful = place, -1
    return found


def _take(found: Judged, first: int, second: int, use: Use) -> None:
    if use.consumption is None:
        found.unknown.append((first, second))
    else:
        found.intervals.append(Interval(first, second, use))


def _factor(days: Decimal) -> int:
    return PLAUSIBLE_DAYS if days < _LONG else _PLAUSIBLE_SEASONS


def known_daily(
    rows: Sequence[Dated], between: Between, largest_gain: Callable[[int], Decimal | None]
) -> Decimal | None:
    """The largest consumption a day that the readings make believable; nothing without any.

    The median of the intervals that grew is believed, and each larger one that is not too far
    above the one before it: a slip stands alone far above all the others.
    """
    rates: list[tuple[Decimal, Decimal]] = []
    for place in range(1, len(rows)):
        seconds = rows[place].at - rows[place - 1].at
        used = between(place - 1, place, Limits())
        beyond = largest_gain(seconds)
        if used.consumption is None or used.rollover or used.consumption <= 0 or seconds <= 0:
            continue
        if beyond is not None and used.consumption > beyond:
            continue
        days = Decimal(seconds) / _DAY
        rates.append((used.consumption / days, days))
    if not rates:
        return None
    rates.sort()
    middle = (len(rates) - 1) // 2
    known = rates[middle][0]
    for rate, days in rates[middle + 1 :]:
        if rate > known * _factor(days):
            break
        known = rate
    return known
