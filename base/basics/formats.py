"""What people read: euros, numbers, days, durations, shares, sizes.

One formatter for screens, documents and mails. Thousands and units take U+00A0, never
U+202F, which the Latin files of Plex lack; minus is U+2212. ``None`` gives an empty string,
so that a template says what is missing in words: ``{{ x | euros or _("aucun coût") }}``.
The language and the time zone are the reader's (``base.basics.i18n``) unless they are named;
business days are no matter of readers: ``base.basics.clock`` has those of the authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from base.basics.clock import authority_zone
from base.basics.i18n import language
from base.basics.i18n import zone as of_reader
from base.basics.typography import NBSP, grouped

if TYPE_CHECKING:
    from flask import Flask

MINUS = "\u2212"

_WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_SHORT_MONTHS_EN = tuple(name[:3] for name in _MONTHS["en"])

Numeric = Decimal | int | float


def _zone(zone: str | None) -> ZoneInfo:
    if zone is None:
        return of_reader()
    return ZoneInfo(zone)


def _decimal(value: Numeric) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _grouped(value: Decimal, locale: str) -> str:
    """The absolute value with its own decimals, thousands grouped."""
    whole, _, fraction = f"{abs(value):f}".partition(".")
    text = grouped(whole, locale)
    return f"{text}{',' if locale == 'fr' else '.'}{fraction}" if fraction else text


def _rounded(value: Numeric, decimals: int) -> Decimal:
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def number(value: Numeric | None, decimals: int | None = None, locale: str | None = None) -> str:
    """``12 840`` or ``−3,5``; without ``decimals``, those the value has, zeros at the end left out.

    Rounds half away from zero, as accountants do.
    """
    if value is None:
        return ""
    locale = locale or language()
    if decimals is None:
        exact = _decimal(value).normalize()
        exponent = exact.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    rounded = _rounded(value, decimals)
    return (MINUS if rounded < 0 else "") + _grouped(rounded, locale)


def quantity(
    value: Numeric | None, unit: str, decimals: int | None = None, locale: str | None = None
) -> str:
    """A number and its unit, if it has one: ``1 240 kWh``."""
    if value is None:
        return ""
    return number(value, decimals, locale) + (NBSP + unit if unit else "")


def counted(count: int, one: str, many: str) -> str:
    """``1 fichier``, ``12 840 fichiers``: a count in what commands say, which is French alone.

    What screens count is a whole sentence of ``ngettext``, in the reader's language.
    """
    return f"{number(count, 0, 'fr')} {one if abs(count) < 2 else many}"


def euros(value: Numeric | None, decimals: int = 2, locale: str | None = None) -> str:
    """``1 234,50 €``; with ``decimals=0`` an order of magnitude, ``12 840 €``."""
    if value is None:
        return ""
    locale = locale or language()
    rounded = _rounded(value, decimals)
    sign, text = (MINUS if rounded < 0 else ""), _grouped(rounded, locale)
    return f"{sign}{text}{NBSP}€" if locale == "fr" else f"{sign}€{text}"


def percent(value: Numeric | None, decimals: int = 1, locale: str | None = None) -> str:
    """``0.125`` as ``12,5 %``."""
    if value is None:
        return ""
    locale = locale or language()
    text = number(_decimal(value) * 100, decimals, locale)
    return f"{text}{NBSP}%" if locale == "fr" else f"{text}%"


def shares(values: Sequence[Numeric], decimals: int = 1) -> list[Decimal]:
    """The part of each value in their sum, in percent, rounded so that they add up to 100.

    The largest remainders take what rounding down has left. Negative values are refused
    and a sum of zero gives zeros: neither has shares.

    Raises:
        ValueError: a value is negative.
    """
    exact = [_decimal(value) for value in values]
    if any(value < 0 for value in exact):
        raise ValueError("shares of negative values mean nothing")
    total = sum(exact, Decimal(0))
    if total == 0:
        return [Decimal(0) for _ in exact]
    step = Decimal(1).scaleb(-decimals)
    whole = [(value * 100 / total).quantize(step, rounding=ROUND_FLOOR) for value in exact]
    missing = int((Decimal(100) - sum(whole, Decimal(0))) / step)
    by_remainder = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i] * 100 / total, i))
    for index in by_remainder[:missing]:
        whole[index] += step
    return whole


def round_step(tallest: Decimal) -> Decimal:
    """A round step that cuts an axis up to ``tallest`` into two to four."""
    step = Decimal(10) ** (tallest.adjusted() - 1)
    for factor in (1, 2, 5, 10, 20, 25, 50):
        if tallest / (step * factor) <= 4:
            return step * factor
    return step * 100


def local(value: datetime, zone: str | None = None) -> datetime:
    """An instant on the clocks of a zone: the reader's when none is named.

    Raises:
        ValueError: the instant has no zone.
    """
    if value.tzinfo is None:
        raise ValueError("an instant without a zone cannot be shown")
    return value.astimezone(_zone(zone))


def day(value: date | None, locale: str | None = None, zone: str | None = None) -> str:
    """``22/11/2026``; an instant gives its day where the reader is."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value, zone)
    if (locale or language()) == "en":
        return f"{value.day} {_SHORT_MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def iso_day(text: str) -> str:
    """A day that a report keeps as ISO text, as the reader writes it.

    Raises:
        ValueError: it is no ISO day.
    """
    return day(date.fromisoformat(text))


def _named(there: datetime) -> str:
    """The zone of what is shown, where it is not the authority's: ``UTC+4``."""
    offset = there.utcoffset()
    if offset is None or offset == there.astimezone(ZoneInfo(authority_zone())).utcoffset():
        return ""
    minutes = int(offset.total_seconds()) // 60
    hour, minute = divmod(abs(minutes), 60)
    if minutes == 0:
        return f"{NBSP}UTC"
    sign = MINUS if minutes < 0 else "+"
    return f"{NBSP}UTC{sign}{hour}" + (f":{minute:02d}" if minute else "")


def clock_time(value: datetime | None, zone: str | None = None) -> str:
    """``10:42``, where the reader is; a zone that is not the authority's is named."""
    if value is None:
        return ""
    there = local(value, zone)
    return f"{there:%H:%M}" + ("" if zone else _named(there))


def instant(value: datetime | None, locale: str | None = None, zone: str | None = None) -> str:
    """``22/11/2026 10:42``, where the reader is."""
    if value is None:
        return ""
    return f"{day(value, locale, zone)}{NBSP}{clock_time(value, zone)}"


def long_date(value: date | None, locale: str | None = None, zone: str | None = None) -> str:
    """``dimanche 22 novembre 2026``; the first of a month is ``1er``."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value, zone)
    locale = locale or language()
    number_of_day = "1er" if locale == "fr" and value.day == 1 else str(value.day)
    month = _MONTHS[locale][value.month - 1]
    return f"{_WEEKDAYS[locale][value.weekday()]} {number_of_day}{NBSP}{month} {value.year}"


def weekday(value: date, locale: str | None = None) -> str:
    """``lun.``, ``Mon``: the day of the week, shortened for the head of a calendar."""
    locale = locale or language()
    return _WEEKDAYS[locale][value.weekday()][:3] + ("." if locale == "fr" else "")


def month(value: date | None, locale: str | None = None) -> str:
    """``novembre 2026``."""
    if value is None:
        return ""
    return f"{_MONTHS[locale or language()][value.month - 1]} {value.year}"


def near(
    value: datetime | None,
    now: datetime | None = None,
    locale: str | None = None,
    zone: str | None = None,
) -> str:
    """``aujourd’hui 10:42``, ``hier 10:42``, else the whole date: words only within two days."""
    if value is None:
        return ""
    locale = locale or language()
    apart = (local(now or datetime.now(UTC), zone).date() - local(value, zone).date()).days
    words = {
        "fr": {-1: "demain", 0: "aujourd’hui", 1: "hier"},
        "en": {-1: "tomorrow", 0: "today", 1: "yesterday"},
    }[locale]
    if apart in words:
        return f"{words[apart]}{NBSP}{clock_time(value, zone)}"
    return instant(value, locale, zone)


def hours(value: Numeric | None, locale: str | None = None) -> str:
    """Hours that are costed: ``2,50 h``."""
    return "" if value is None else number(value, 2, locale) + NBSP + "h"


def duration(value: timedelta | Numeric | None, locale: str | None = None) -> str:
    """A span people live: ``40 s``, ``35 min``, ``2 h 35``, ``3 j 4 h``. Numbers are seconds."""
    if value is None:
        return ""
    locale = locale or language()
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    sign, left = (MINUS if seconds <= -1 else ""), int(abs(seconds))
    days, left = divmod(left, 86400)
    whole_hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    letter = "j" if locale == "fr" else "d"
    if days >= 2:
        text = f"{days}{NBSP}{letter}"
        return sign + (f"{text} {whole_hours}{NBSP}h" if whole_hours else text)
    whole_hours += 24 * days
    if whole_hours:
        text = f"{whole_hours}{NBSP}h"
        return sign + (f"{text}{NBSP}{minutes:02d}" if minutes else text)
    return sign + (f"{minutes}{NBSP}min" if minutes else f"{left}{NBSP}s")


def file_size(value: int | None, locale: str | None = None) -> str:
    """``512 o``, ``12,4 Mo``: powers of a thousand, as disks are sold."""
    if value is None:
        return ""
    locale = locale or language()
    units = ("o", "ko", "Mo", "Go", "To") if locale == "fr" else ("B", "kB", "MB", "GB", "TB")
    size = Decimal(value)
    for unit in units:
        if size < 1000 or unit == units[-1]:
            decimals = 0 if unit == units[0] or size >= 100 else 1
            return number(size, decimals, locale) + NBSP + unit
        size /= 1000
    raise AssertionError("the last unit has no upper bound")


def initials(name: str | None) -> str:
    """``Alice Martin`` as ``AM``: what an avatar holds."""
    words = [word for word in (name or "").replace("-", " ").split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words if len(words) < 3 else [words[0], words[-1]])).upper()


FILTERS = {
    formatter.__name__: formatter
    for formatter in (
        *(number, quantity, euros, percent, day, iso_day, clock_time, instant, long_date),
        *(weekday, month, near, hours, duration, file_size, initials),
    )
}


def register(app: Flask) -> None:
    """Give the templates every formatter as a filter, under its own name."""
    app.jinja_env.filters.update(FILTERS)
