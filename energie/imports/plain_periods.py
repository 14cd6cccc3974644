"""What the dates of a plain table mean: instants, steps, days, months or periods."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from base.i18n import _
from energie.domain.blocks import Block, ParsedFile
from energie.domain.days import day_start, local_day, zone
from energie.domain.kinds import Quantity, Stamp, Step

_DAY = 86_400
#: Shortest gap between two dates that are months or bills, and not days with holes.
_LONG = 20 * _DAY


def settle(
    parsed: ParsedFile,
    block: Block,
    *,
    has_times: bool,
    told: str,
    title_says_end: bool | None,
    edges: Sequence[int],
    tz: str,
) -> None:
    """Give a block its step and its convention; stamps are in order.

    ``told`` is the person's answer: "start", "end" or nothing. ``edges`` are the dates without
    a value.
    """
    if block.ends:
        block.step = Step.IRREGULAR
        return
    if block.quantity is Quantity.INDEX:
        _index(parsed, block, has_times, told, tz)
        return
    gaps = [b - a for a, b in zip(block.stamps, block.stamps[1:], strict=False)]
    shortest = min(gaps, default=_DAY)
    if not has_times or shortest >= _DAY - 3600:
        if shortest >= _LONG:
            _periods(parsed, block, edges, tz)
        else:
            _days(block, tz)
        return
    if told:
        block.convention = Stamp.END if told == "end" else Stamp.START
    elif title_says_end is not None:
        block.convention = Stamp.END if title_says_end else Stamp.START
    else:
        block.convention = _convention(parsed, block, tz)
    parsed.notes.append(str(_("Pas de temps non indiqué : déduit des horodates.")))


def _index(parsed: ParsedFile, block: Block, has_times: bool, told: str, tz: str) -> None:
    if has_times:
        return
    if told == "end":
        block.stamps = array(
            "q", [day_start(local_day(at, tz) + timedelta(days=1), tz) for at in block.stamps]
        )
    elif not told:
        parsed.notes.append(
            str(_("Index datés sans heure : pris au début du jour (sinon, dites convention=end)."))
        )


def _days(block: Block, tz: str) -> None:
    """Daily values: the day that is written is the day, whatever a start or an end would say."""
    block.step, block.convention = Step.DAY, Stamp.DAY_START
    block.stamps = array("q", [day_start(local_day(at, tz), tz) for at in block.stamps])


def _periods(parsed: ParsedFile, block: Block, edges: Sequence[int], tz: str) -> None:
    """Months, when all dates are firsts of a month; else each period lasts until the next date."""
    days = [local_day(at, tz) for at in block.stamps]
    if all(day.day == 1 for day in days):
        block.step = Step.MONTH
        block.stamps = array("q", [day_start(day, tz) for day in days])
        block.ends = array("q", [day_start(_next_month(day), tz) for day in days])
        return
    block.step = Step.IRREGULAR
    dates = sorted({*block.stamps, *edges})
    following = dict(zip(dates, dates[1:], strict=False))
    block.ends = array("q", [following[at] for at in block.stamps if at in following])
    if len(block.ends) == len(block.stamps):
        return
    dropped = block.stamps.pop()
    block.values.pop()
    block.qualities.pop(len(block.stamps), None)
    parsed.notes.append(
        str(
            _(
                "Chaque période va jusqu’à la date suivante ; celle du %(d)s, sans fin, est "
                "laissée de côté.",
                d=datetime.fromtimestamp(dropped, zone(tz)).strftime("%d/%m/%Y"),
            )
        )
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _convention(parsed: ParsedFile, block: Block, tz: str) -> Stamp:
    """A file of starts begins at midnight; one of ends begins a step after, and ends on it."""
    first, last = (datetime.fromtimestamp(block.stamps[place], zone(tz)) for place in (0, -1))
    midnight = (0, 0)
    if (first.hour, first.minute) == midnight:
        return Stamp.START
    if first.hour <= 1 and (last.hour, last.minute) == midnight:
        return Stamp.END
    parsed.notes.append(
        str(_("Horodate supposée en début de pas ; sinon, dites convention=end."))
    )
    return Stamp.START
