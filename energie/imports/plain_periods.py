"""What the dates of a plain table mean: instants, steps, days, months or periods."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from energie.domain.blocks import Block, ParsedFile
from energie.domain.days import day_start, local_day, next_month, zone
from energie.domain.kinds import Quantity, Stamp, Step

_DAY = 86_400
#: Shortest gap between two dates that are months or bills, and not days with holes.
_LONG = 20 * _DAY


def settle(
    parsed: ParsedFile,
    block: Block,
    *,
    has_times: bool,
    months: int,
    step: Step | None,
    told: str,
    title_says_end: bool | None,
    edges: Sequence[int],
    tz: str,
) -> None:
    """Give a block its step and its convention; stamps are in order.

    ``months`` is how many rows name a month and no day. ``step`` is what a person told, or what
    the neighbours in the file keep. ``told`` is the person's answer: "start", "end" or nothing.
    ``edges`` are the dates without a value.

    Raises:
        InvalidInput: days and months are mixed, or nothing tells the step.
    """
    if block.ends:
        block.step = Step.IRREGULAR
        return
    if block.quantity is Quantity.INDEX:
        _index(parsed, block, has_times, told, tz)
        return
    if months or step is Step.MONTH:
        _months(block, tz)
        return
    gaps = [b - a for a, b in zip(block.stamps, block.stamps[1:], strict=False)]
    shortest = min(gaps, default=0 if has_times else _DAY)
    if not has_times or shortest >= _DAY - 3600:
        if step is None or step is Step.DAY:
            if shortest >= _LONG and step is None:
                _periods(parsed, block, edges, tz)
            else:
                _days(block, tz)
            return
    if shortest == 0 and step is None:
        words = _(
            "Ligne %(row)d : une seule valeur, et rien ne dit si elle est d’une demi-heure, "
            "d’une heure ou d’un jour. Dites le pas de temps avec le fichier (step=30min, "
            "step=1h ou step=day).",
            row=block.lines[0] if block.lines else 0,
        )
        raise InvalidInput(words)
    if step is Step.DAY and shortest == 0:
        _days(block, tz)
        return
    if step not in (None, Step.DAY) and (shortest == 0 or shortest >= _DAY - 3600):
        block.step = step
    if told:
        block.convention = Stamp.END if told == "end" else Stamp.START
    elif title_says_end is not None:
        block.convention = Stamp.END if title_says_end else Stamp.START
    else:
        block.convention = _convention(parsed, block, tz)
    parsed.notes.append(_("Pas de temps non indiqué : déduit des horodates."))


def _index(parsed: ParsedFile, block: Block, has_times: bool, told: str, tz: str) -> None:
    if has_times:
        return
    if told == "end":
        block.stamps = array(
            "q", [day_start(local_day(at, tz) + timedelta(days=1), tz) for at in block.stamps]
        )
    elif not told:
        words = _(
            "Index datés sans heure : pris au début du jour. S’ils sont de fin de journée, "
            "dites-le par « Ce que la date désigne » (convention=end)."
        )
        parsed.notes.append(words)


def _days(block: Block, tz: str) -> None:
    """Daily values: the day that is written is the day, whatever a start or an end would say."""
    block.step, block.convention = Step.DAY, Stamp.DAY_START
    block.stamps = array("q", [day_start(local_day(at, tz), tz) for at in block.stamps])


def _months(block: Block, tz: str) -> None:
    """Each row is a whole month.

    Raises:
        InvalidInput: a row begins on another day than the first.
    """
    days = [local_day(at, tz) for at in block.stamps]
    other = next((n for n, day in enumerate(days) if day.day != 1), None)
    if other is not None:
        words = _(
            "Ligne %(row)d : des mois et des jours dans la même colonne de dates. Donnez-les "
            "dans deux fichiers.",
            row=block.lines[other] if block.lines else 0,
        )
        raise InvalidInput(words)
    block.step = Step.MONTH
    block.stamps = array("q", [day_start(day, tz) for day in days])
    block.ends = array("q", [day_start(next_month(day), tz) for day in days])


def _periods(parsed: ParsedFile, block: Block, edges: Sequence[int], tz: str) -> None:
    """Months, when all dates are firsts of a month; else each period lasts until the next date."""
    days = [local_day(at, tz) for at in block.stamps]
    if all(day.day == 1 for day in days):
        _months(block, tz)
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
    if block.lines:
        block.lines.pop()
    words = _(
        "Chaque période va jusqu’à la date suivante ; celle du %(d)s, sans fin, est "
        "laissée de côté.",
        d=datetime.fromtimestamp(dropped, zone(tz)).strftime("%d/%m/%Y"),
    )
    parsed.notes.append(words)


def _convention(parsed: ParsedFile, block: Block, tz: str) -> Stamp:
    """A file of starts begins at midnight; one of ends begins a step after, and ends on it."""
    first, last = (datetime.fromtimestamp(block.stamps[place], zone(tz)) for place in (0, -1))
    midnight = (0, 0)
    if (first.hour, first.minute) == midnight:
        return Stamp.START
    if first.hour <= 1 and (last.hour, last.minute) == midnight:
        return Stamp.END
    words = _(
        "Horodate supposée en début de pas. Si elle en désigne la fin, dites-le par "
        "« Ce que la date désigne » (convention=end)."
    )
    parsed.notes.append(words)
    return Stamp.START
