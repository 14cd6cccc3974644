"""Load curves: the step of each row, and mean power turned into energy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from base.basics.errors import DomainError
from base.basics.i18n import _
from energie.domain.days import day_start
from energie.domain.kinds import STEP_OF_SECONDS, Stamp

#: Equal gaps needed in a row before a step is believed: two missing rows of a ten-minute
#: curve leave one gap of thirty minutes, which is a hole and not another step.
RUN = 3
THOUSANDTH = Decimal("0.001")


#: Seconds of the shortest step at which the meters of small sites (C5) record; the larger ones
#: record every five or ten minutes.
SMALL_SITE_STEP = 1800


class StepUnknown(DomainError):
    """The file leaves the step empty, and its stamps do not tell it."""


class Run(NamedTuple):
    """Rows ``first`` to ``end`` (left out) that share one step."""

    first: int
    end: int
    step_seconds: int


def runs(stamps: Sequence[int], convention: Stamp = Stamp.START) -> list[Run]:
    """The rows cut into runs of one step, deduced from ascending stamps.

    With stamps that mark the start, a row lasts until the next one; with stamps that mark
    the end, since the one before. A longer gap is a hole and inherits the step beside it;
    a shorter one cannot be hidden in a longer step.

    Raises:
        StepUnknown: fewer than two rows, or no gap that is a known step.
    """
    count = len(stamps)
    if count < 2:
        raise StepUnknown(_("Le pas de temps n’est pas indiqué et ne peut pas être déduit."))
    gap = stamps[1] - stamps[0]
    if gap in STEP_OF_SECONDS and stamps[-1] - stamps[0] == gap * (count - 1):
        pairs = zip(stamps, stamps[1:], strict=False)
        if all(after - before == gap for before, after in pairs):
            return [Run(0, count, gap)]
    gaps = [after - before for before, after in zip(stamps, stamps[1:], strict=False)]
    if convention is Stamp.END:
        steps = _steps(gaps[::-1])[::-1]
        steps.insert(0, steps[0])
    else:
        steps = _steps(gaps)
        steps.append(steps[-1])
    found: list[Run] = []
    for row, step in enumerate(steps):
        if found and found[-1].step_seconds == step:
            found[-1] = Run(found[-1].first, row + 1, step)
        else:
            found.append(Run(row, row + 1, step))
    return found


def _steps(gaps: list[int]) -> list[int]:
    """The step of each gap: its own when it is established, else that of its neighbours."""
    established: list[int | None] = [None] * len(gaps)
    start = 0
    while start < len(gaps):
        end = start
        while end < len(gaps) and gaps[end] == gaps[start]:
            end += 1
        if gaps[start] in STEP_OF_SECONDS and (end - start >= RUN or end - start == len(gaps)):
            established[start:end] = gaps[start:end]
        start = end
    known = [step for step in established if step]
    if not known:
        known = [gap for gap in gaps if gap in STEP_OF_SECONDS]
        if not known:
            raise StepUnknown(
                _("Le pas de temps ne se déduit pas : aucun écart régulier entre les relevés.")
            )
        known = [min(known)]
    current, steps = known[0], []
    for gap, step in zip(gaps, established, strict=True):
        if step:
            current = step
        steps.append(min(current, gap) if gap in STEP_OF_SECONDS else current)
    return steps


class Asked(NamedTuple):
    """The days that a file of measures was asked for, as it says itself."""

    opens: date | None = None
    closes: date | None = None


def stamp_of(first: int, last: int, step_seconds: int, asked: Asked) -> tuple[Stamp, bool]:
    """Whether the stamps of a distributor's curve mark starts or ends, and whether it says so.

    ``first`` and ``last`` are the UTC seconds of all its rows, those without a value too. A file
    of starts goes from 00:00 to the last step before midnight, one of ends from the first step
    after midnight to 00:00. A file that tells neither is taken for what the sites of its step
    do: ends for the small ones (C5), starts for those above 36 kVA (C1 to C4).
    """
    opens = None if asked.opens is None else day_start(asked.opens)
    closing = (
        []
        if asked.closes is None
        else [day_start(asked.closes), day_start(asked.closes + timedelta(days=1))]
    )
    if first == opens:
        return Stamp.START, True
    if last in closing:
        return Stamp.END, True
    starts = last + step_seconds in closing
    ends = opens is not None and first == opens + step_seconds
    if step_seconds and starts != ends:
        return (Stamp.START if starts else Stamp.END), True
    return (Stamp.END if step_seconds >= SMALL_SITE_STEP else Stamp.START), False


def milli_kwh(power_sum_milli_w: int, step_seconds: int) -> int:
    """Energy in thousandths of a kWh (Wh) of a sum of mean powers in thousandths of a watt.

    W × hours / 1000 gives kWh; the result is rounded half up to the Wh.
    """
    numerator, denominator = power_sum_milli_w * step_seconds, 3_600_000
    sign = -1 if numerator < 0 else 1
    return sign * ((abs(numerator) * 2 + denominator) // (2 * denominator))


def kwh(power_w: Decimal, step_seconds: int) -> Decimal:
    """Energy in kWh, to the Wh, of a mean power held during a step."""
    exact = Decimal(power_w) * step_seconds / 3_600_000
    return exact.quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
