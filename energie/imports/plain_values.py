"""Cells of a plain table of readings: instants of many makes, numbers, qualities."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import NamedTuple

from base.basics.i18n import _
from base.papers.tables import ValueRefused
from base.papers.tables.days import FIRST_YEAR, LAST_YEAR, MONTHS
from base.papers.tables.days import day as parse_day
from base.papers.tables.texts import Cell, bare, fold, shown
from energie.domain.quality import BY_LABEL, Quality

_CLOCK = re.compile(r"(.*?\S)[T ]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?")
_ENGLISH = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_ENGLISH_DAY = re.compile(
    r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})|([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})"
)
_QUALITIES = {
    **{
        word: Quality.MEASURED
        for word in ("mesure", "mesuree", "reel", "reelle", "actual", "measured", "a", "r", "m")
    },
    **{word: Quality.ESTIMATED for word in ("estime", "estimee", "estimated", "e", "regularise")},
    **{word: Quality.CORRECTED for word in ("corrige", "corrigee", "corrected", "c")},
    **{word: Quality.SUSPECT for word in ("suspect", "suspecte", "douteux", "douteuse")},
    **{word: Quality.REJECTED for word in ("rejete", "rejetee", "invalide", "invalid")},
    **BY_LABEL,
}


#: « janv.-25 », « janvier 2025 », « Mai 25 »: a month and its year, of two or four digits.
_MONTH_WORDS = re.compile(r"([a-z]{3,9})\.?[ \-/]+'?(\d{4}|\d{2})")
#: « 01/2025 », « 2025-01 ».
_MONTH_FIGURES = re.compile(r"(\d{1,2})[-/.](\d{4})|(\d{4})[-/.](\d{1,2})")


class Moment(NamedTuple):
    """A date as the file writes it: with its offset, without, or without even a time."""

    at: datetime
    has_time: bool
    #: Only a month is written: the first of it.
    is_month: bool = False


def moment(
    value: Cell, clock: Cell = None, *, pattern: str = "", american: bool = False
) -> Moment | None:
    """The instant of a cell, with the time of another cell when it is apart.

    Raises:
        ValueRefused: it is no date, or one of two readings.
    """
    if isinstance(value, datetime):
        return _joined(value, clock, value.time() != time(0) or value.tzinfo is not None)
    if isinstance(value, date):
        return _joined(datetime.combine(value, time(0)), clock, False)
    plain = bare(value)
    if not plain:
        return None
    if pattern:
        return _joined(_by_pattern(plain, pattern), clock, "%H" in pattern or "%I" in pattern)
    if (month := _month(plain)) is not None:
        return Moment(datetime.combine(month, time(0)), False, True)
    iso = plain[:10].count("-") == 2 and plain[:4].isdecimal()
    if iso and len(plain) > 10:
        try:
            return Moment(datetime.fromisoformat(plain), True)
        except ValueError:
            pass
    found = _CLOCK.fullmatch(plain)
    words = found[1] if found else plain
    day = _english(words) or parse_day(words, american=american)
    if day is None:
        return None
    if found is None:
        return _joined(datetime.combine(day, time(0)), clock, False)
    return Moment(_with_clock(day, found[2], found[3], found[4], found[5], plain), True)


def _by_pattern(plain: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(plain, pattern)
    except (ValueError, re.error) as fault:
        raise ValueRefused(
            _("« %(value)s » ne suit pas la forme %(form)s.", value=shown(plain), form=pattern)
        ) from fault


def _joined(at: datetime, clock: Cell, has_time: bool) -> Moment:
    if isinstance(clock, datetime):
        return Moment(at.replace(hour=clock.hour, minute=clock.minute), True)
    plain = bare(clock)
    if not plain:
        return Moment(at, has_time)
    found = _CLOCK.fullmatch(f"x {plain}") or re.fullmatch(r"(x)?(\d{1,2})[hH]?()()()", plain)
    if found is None:
        raise ValueRefused(_("« %(value)s » n’est pas une heure.", value=shown(plain)))
    return Moment(_with_clock(at.date(), found[2], found[3], found[4], found[5], plain), True)


def _with_clock(
    day: date, hour: str, minute: str | None, second: str | None, half: str | None, plain: str
) -> datetime:
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    try:
        if hours == 24 and not int(minute or 0):
            return datetime.combine(date.fromordinal(day.toordinal() + 1), time(0))
        return datetime.combine(day, time(hours, int(minute or 0), int(second or 0)))
    except ValueError as fault:
        raise ValueRefused(_("« %(value)s » n’est pas une heure.", value=shown(plain))) from fault


def _month(plain: str) -> date | None:
    """The first day of a month written alone; nothing for any other form."""
    if found := _MONTH_FIGURES.fullmatch(plain):
        year, number = int(found[2] or found[3]), int(found[1] or found[4])
    elif found := _MONTH_WORDS.fullmatch(fold(plain)):
        number = MONTHS.get(found[1]) or _ENGLISH.get(found[1][:3]) or 0
        if not number:
            return None
        year = int(found[2]) + (2000 if len(found[2]) == 2 else 0)
    else:
        return None
    if not 1 <= number <= 12 or not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueRefused(_("« %(value)s » n’est pas un mois.", value=shown(plain)))
    return date(year, number, 1)


def _english(words: str) -> date | None:
    """« 26 Aug 2019 » or « Nov 13 2019 »; nothing for any other form."""
    found = _ENGLISH_DAY.fullmatch(words)
    if found is None:
        return None
    day, name, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
    number = _ENGLISH.get(name.lower())
    if number is None:
        return None
    try:
        return date(int(year), number, int(day))
    except ValueError as fault:
        raise ValueRefused(_("Le %(value)s n’existe pas.", value=shown(words))) from fault


def quality(value: Cell) -> Quality:
    """The quality that a cell names; an empty one is measured.

    Raises:
        ValueRefused: nobody knows the word.
    """
    plain = fold(bare(value)).strip()
    if not plain:
        return Quality.MEASURED
    if plain not in _QUALITIES:
        words = _(
            "Qualité « %(value)s » inconnue : mesurée, estimée, corrigée, suspecte ou rejetée.",
            value=shown(value),
        )
        raise ValueRefused(words)
    return _QUALITIES[plain]
