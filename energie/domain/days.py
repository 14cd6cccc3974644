"""Local days as intervals of absolute time: a day has 23, 24 or 25 hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from base.basics.errors import DomainError
from base.basics.i18n import _

PARIS = "Europe/Paris"


class NoSuchLocalTime(DomainError):
    """A wall-clock time that the spring change jumps over."""


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """The zone, read once."""
    return ZoneInfo(name)


@lru_cache(maxsize=65536)
def day_start(day: date, tz: str = PARIS) -> int:
    """The UTC second at which the local day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(tz)).timestamp())


def day_bounds(day: date, tz: str = PARIS) -> tuple[int, int]:
    """The UTC seconds of the local day; the end is left out."""
    return day_start(day, tz), day_start(day + timedelta(days=1), tz)


def midnights(start: date, end: date, tz: str = PARIS) -> list[int]:
    """The UTC seconds at which the local days from ``start`` to ``end`` begin, ``end`` included."""
    count = (end - start).days
    return [day_start(start + timedelta(days=n), tz) for n in range(count + 1)]


def day_hours(day: date, tz: str = PARIS) -> float:
    """The length of the local day in hours: 23, 24 or 25 (23.5 and 24.5 exist overseas)."""
    start, end = day_bounds(day, tz)
    return (end - start) / 3600


def expected_points(day: date, step_seconds: int, tz: str = PARIS) -> int:
    """How many intervals of the step the local day holds: 138, 144 or 150 for ten minutes."""
    start, end = day_bounds(day, tz)
    return (end - start) // step_seconds


def local_day(at: int, tz: str = PARIS) -> date:
    """The local day of a UTC second."""
    return datetime.fromtimestamp(at, zone(tz)).date()


def next_month(day: date) -> date:
    """The first day of the month after that of the day."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def days_between(first: int, last: int, tz: str = PARIS) -> Iterator[date]:
    """The local days from the one of ``first`` to the one of ``last``, both included."""
    day, end = local_day(first, tz), local_day(last, tz)
    while day <= end:
        yield day
        day += timedelta(days=1)


def touched_days(stamps: list[int], tz: str = PARIS) -> list[date]:
    """The local days that hold at least one of the stamps, in order."""
    days: list[date] = []
    end = None
    for at in sorted(stamps):
        if end is None or at >= end:
            day = local_day(at, tz)
            days.append(day)
            end = day_bounds(day, tz)[1]
    return days


def day_row(
    on: date,
    value: Decimal,
    expected: int,
    received: int,
    measured: int,
    quality: int,
    bounds: Sequence[int | None] = (None, None, None),
) -> dict[str, object]:
    """What a series says of a local day, by column.

    ``bounds`` are its lowest and highest point, and the lowest of the night.
    """
    names = ("low_milli", "high_milli", "night_low_milli")
    return {
        "day_on": on,
        "value": value,
        "expected": expected,
        "received": received,
        "measured": measured,
        "quality": quality,
        **dict(zip(names, bounds, strict=True)),
    }


def utc_text(at: int) -> str:
    """The instant to the minute, as the worked cases write it: ``2025-03-29T23:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")


class LocalClock:
    """Turns wall-clock times without offset into UTC seconds, in the order of a file.

    On the autumn day the second occurrence of an hour is found from the order: a time that
    does not come after the former one, or that was seen already, is the second occurrence
    (the first, in a file written backwards). A file that holds the hour only once is not
    shifted.
    """

    def __init__(self, tz: str = PARIS) -> None:
        self.zone = zone(tz)
        self.last: int | None = None
        self.seen: set[int] = set()

    def seconds(self, naive: datetime) -> int:
        """The UTC second of a wall-clock time.

        Raises:
            NoSuchLocalTime: the clock never showed this time.
        """
        first = int(naive.replace(tzinfo=self.zone, fold=0).timestamp())
        second = int(naive.replace(tzinfo=self.zone, fold=1).timestamp())
        at = first
        if second < first:
            words = _(
                "%(time)s n’existe pas : ce jour-là, l’heure d’été saute cette heure.",
                time=naive.strftime("%d/%m/%Y %H:%M"),
            )
            raise NoSuchLocalTime(words)
        if second > first:
            later = self.last is not None and self.last >= first
            at, other = (second, first) if later else (first, second)
            if at in self.seen and other not in self.seen:
                at = other
            self.seen.add(at)
        self.last = at
        return at


def overlap_hours(day: date, window: tuple[str, str], tz: str = PARIS) -> float:
    """Hours of the local day inside a wall-clock window such as ``("22:00", "06:00")``.

    A window that ends before it starts goes over midnight. On the 25-hour day
    22:00–06:00 gives 9 hours.
    """
    return sum(end - start for start, end in window_intervals(day, window, tz)) / 3600


def window_intervals(day: date, window: tuple[str, str], tz: str = PARIS) -> list[tuple[int, int]]:
    """The parts of the local day, in UTC seconds, that lie inside a wall-clock window."""
    start, end = day_bounds(day, tz)
    opens, closes = (_wall(day, text, tz) for text in window)
    if window[1] in ("24:00", "00:00"):
        closes = end
    if opens < closes:
        return [(opens, closes)]
    return [part for part in ((start, closes), (opens, end)) if part[0] < part[1]]


def _wall(day: date, text: str, tz: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    moment = datetime(day.year, day.month, day.day, tzinfo=zone(tz))
    return int((moment + timedelta(hours=hour % 24, minutes=minute)).timestamp())
