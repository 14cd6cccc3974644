"""From indexes to consumption: rollover, replacement, coefficient, doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from energie.domain.quality import Quality
from energie.domain.shares import largest_remainder

#: A drop is a rollover only up to this many times the largest known daily consumption.
PLAUSIBLE_DAYS = 3
#: … and up to the subscribed power over the hours, with this margin.
PLAUSIBLE_POWER = Decimal("1.2")


class Fault(StrEnum):
    """Why no consumption could be computed; codes that users read."""

    INDEX_DROP = "INDEX_RECUL"
    INDEX_JUMP = "INDEX_SAUT"
    UNKNOWN_GAP = "inconnue"


class ReadingKind(StrEnum):
    """What a dated index is."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    REMOVAL = "removal"
    INSTALL = "install"


@dataclass(frozen=True)
class Use:
    """The consumption between two readings; ``None`` when it cannot be known."""

    consumption: Decimal | None
    rollover: bool = False
    fault: Fault | None = None
    quality: Quality = Quality.MEASURED


class Limits(NamedTuple):
    """What makes a consumption plausible; an unknown limit does not bind."""

    max_daily: Decimal | None = None
    days: Decimal | None = None
    subscribed_kva: Decimal | None = None

    def allow(self, consumption: Decimal) -> bool:
        """Whether the consumption is below each limit that is known."""
        if self.days is None:
            return True
        if self.max_daily is not None and consumption > PLAUSIBLE_DAYS * self.max_daily * self.days:
            return False
        if self.subscribed_kva is None:
            return True
        return consumption <= self.subscribed_kva * self.days * 24 * PLAUSIBLE_POWER


NO_LIMITS = Limits()


def between(
    first: Decimal,
    second: Decimal,
    *,
    digits: int,
    coefficient: Decimal = Decimal(1),
    limits: Limits = NO_LIMITS,
) -> Use:
    """The consumption from one index to the next on the same meter.

    A drop is a rollover when the result is plausible; otherwise nothing is computed and
    both neighbours are to be checked. Without any known limit, a rollover must stay under
    half of the dial: a larger one is a meter that went backwards.
    """
    difference = second - first
    if difference >= 0:
        return Use(difference * coefficient)
    size = Decimal(10) ** digits
    consumption = (difference + size) * coefficient
    known = limits.days is not None and (
        limits.max_daily is not None or limits.subscribed_kva is not None
    )
    plausible = limits.allow(consumption) if known else difference + size <= size / 2
    if plausible and first < size:
        return Use(consumption, rollover=True)
    return Use(None, fault=Fault.INDEX_DROP, quality=Quality.SUSPECT)


def across_replacement(
    *,
    last_reading: Decimal,
    removal_index: Decimal | None,
    install_index: Decimal | None,
    reading: Decimal,
    old_digits: int,
    new_digits: int,
    old_coefficient: Decimal = Decimal(1),
    new_coefficient: Decimal = Decimal(1),
) -> tuple[Use, Use, Use]:
    """What the old meter, the new one and both consumed between two readings.

    A drop between two meters is never a rollover of one. Without the index at removal the
    gap is unknown, and so is the sum.
    """
    old = Use(None, fault=Fault.UNKNOWN_GAP, quality=Quality.SUSPECT)
    if removal_index is not None:
        old = between(last_reading, removal_index, digits=old_digits, coefficient=old_coefficient)
    start = Decimal(0) if install_index is None else install_index
    new = between(start, reading, digits=new_digits, coefficient=new_coefficient)
    if old.consumption is None or new.consumption is None:
        fault = old.fault or new.fault
        return old, new, Use(None, fault=fault, quality=Quality.SUSPECT)
    whole = Use(old.consumption + new.consumption, rollover=old.rollover or new.rollover)
    return old, new, whole


@dataclass(frozen=True)
class DatedIndex:
    """One line of a meter's book."""

    on: date
    index: Decimal
    kind: ReadingKind = ReadingKind.MEASURED


class Period(NamedTuple):
    """The consumption of the days from ``start`` to ``end`` (left out)."""

    start: date
    end: date
    use: Use


def history(
    readings: Sequence[DatedIndex],
    *,
    digits: int,
    coefficient: Decimal = Decimal(1),
    new_digits: int | None = None,
    new_coefficient: Decimal | None = None,
    limits: Limits = NO_LIMITS,
) -> list[Period]:
    """The consumptions between dated readings, in order, across replacements.

    A removal followed by an installation breaks the chain: nothing is computed from one
    meter's dial to the other's. A period that leans on an estimated index is estimated;
    the next measured index settles the sum of both. On one day of one dial an index that was
    read supersedes those that were estimated. From the first installation after a reading on,
    the dial is the new one.
    """
    periods: list[Period] = []
    ordered = _read_before_estimated(readings)
    for first, second in zip(ordered, ordered[1:], strict=False):
        if second.kind is ReadingKind.INSTALL:
            digits = new_digits or digits
            coefficient = coefficient if new_coefficient is None else new_coefficient
            if first.kind is not ReadingKind.REMOVAL:
                fault = Use(None, fault=Fault.UNKNOWN_GAP, quality=Quality.SUSPECT)
                periods.append(Period(first.on, second.on, fault))
            continue
        days = Decimal((second.on - first.on).days)
        use = between(
            first.index,
            second.index,
            digits=digits,
            coefficient=coefficient,
            limits=limits._replace(days=days),
        )
        estimated = ReadingKind.ESTIMATED in (first.kind, second.kind)
        if estimated and use.consumption is not None:
            use = Use(use.consumption, use.rollover, quality=Quality.ESTIMATED)
        periods.append(Period(first.on, second.on, use))
    return periods


def _read_before_estimated(readings: Sequence[DatedIndex]) -> list[DatedIndex]:
    """The readings in order, without the estimates of days whose old dial was read."""
    ordered = sorted(readings, key=lambda r: (r.on, r.kind is ReadingKind.INSTALL))
    read_on = {r.on for r in readings if r.kind in (ReadingKind.MEASURED, ReadingKind.REMOVAL)}
    return [r for r in ordered if r.kind is not ReadingKind.ESTIMATED or r.on not in read_on]


def spread(consumption: Decimal, start: date, end: date) -> dict[date, Decimal]:
    """A consumption spread evenly over the days of a period, to the thousandth.

    The days add up exactly to the consumption; their quality is ``SPREAD``.
    """
    count = (end - start).days
    days = [start + timedelta(days=n) for n in range(count)]
    parts = largest_remainder(consumption, [Decimal(1)] * count, unit=Decimal("0.001"))
    return dict(zip(days, parts, strict=True))
