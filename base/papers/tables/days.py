"""Days, as ISO and French files write them; nothing is guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from base.basics import clock
from base.basics.i18n import _
from base.papers.tables.texts import Cell, ValueRefused, bare, fold, shown

#: The months in French, whole and cut, without accents.
MONTHS = {
    name: number
    for number, names in enumerate(
        "janvier janv jan, fevrier fevr fev, mars, avril avr, mai, juin, juillet juil, aout,"
        " septembre sept, octobre oct, novembre nov, decembre dec".split(","),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_FRENCH = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?: \d{1,2}[:h]\d{2}.*)?")
_SHORT = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{2})")
_WORDS = re.compile(r"(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})")
#: An instant that says its zone: 2024-02-29T23:30:00Z, 2024-02-29 23:30+01:00.
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)")
#: The hour that follows a day: 23:30, 23h30, 23:30:15, 9 h.
_HOUR = re.compile(r".*\d[T ]+(?:à )?(\d{1,2})(?::| ?h ?)(\d{2})?(?::(\d{2})(?:[.,]\d+)?)?")
_CLOCK = re.compile(r"\d ?[:h]")
FIRST_YEAR, LAST_YEAR = 1000, 2200


class AmericanDay(ValueRefused):
    """The day has its month first: perhaps the whole file is so."""

    hint = "american"


def order_shown(value: Cell) -> str:
    """What a cell tells of the order of day and month: "day", "month", "either", or nothing.

    « 25/03/2020 » has the day first, « 03/25/2020 » the month; « 03/04/2020 » may be both, and
    « 04/04/2020 » is the same day in both.
    """
    plain = bare(value) if isinstance(value, str) else ""
    found = _FRENCH.fullmatch(plain) or _SHORT.fullmatch(plain)
    if found is None:
        return ""
    first, second = int(found[1]), int(found[3])
    if first > 12 or second > 12:
        return "" if first > 12 and second > 12 else "day" if first > 12 else "month"
    return "" if first == second else "either"


def day(value: Cell, *, american: bool = False) -> date | None:
    """A day, written as ISO (2023-01-23) or in French (23/01/2023, 23 janvier 2023).

    With ``american``, chosen by the person for a file of that origin, the month comes first
    and the year may have two digits (1/23/23).

    An instant that says its zone belongs to the day that it is where the authority is.

    Raises:
        ValueRefused: another form, two digits for the year, or a day that does not exist.
    """
    if isinstance(value, datetime):
        return _in_range((clock.local(value) if value.tzinfo else value).date(), value)
    if isinstance(value, date):
        return _in_range(value, value)
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        raise ValueRefused(
            _(
                "« %(value)s » est un nombre, pas une date : donnez à la cellule un format de"
                " date.",
                value=shown(value),
            )
        )
    plain = bare(value)
    if not plain:
        return None
    zoned = _zoned(plain)
    return _day_from_text(plain, american) if zoned is None else _in_range(zoned.date(), plain)


def moment(value: Cell, *, american: bool = False) -> date | datetime | None:
    """As ``day``; with its hour when the cell says one: an instant, in the authority's zone.

    Midnight in a spreadsheet's cell is a day without an hour. Of an hour that the clocks show
    twice, in autumn, the first is taken.

    Raises:
        ValueRefused: as ``day``, or an hour that does not exist on that day.
    """
    on = day(value, american=american)
    if on is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo:
            return clock.local(value)
        return on if value.time() == time(0) else _at(on, value.time(), shown(value))
    plain = bare(value) if isinstance(value, str) else ""
    zoned = _zoned(plain)
    if zoned is not None:
        return zoned
    found = _HOUR.fullmatch(plain)
    if found is None and not _CLOCK.search(plain):
        return on
    parts = [int(part or 0) for part in found.groups()] if found else []
    if not parts or parts[0] > 23 or max(parts[1:]) > 59:
        raise ValueRefused(
            _("« %(value)s » : l’heure ne se lit pas, écrivez-la ainsi : 14:30.", value=plain)
        )
    hour, minute, second = parts
    return _at(on, time(hour, minute, second), plain)


def _zoned(plain: str) -> datetime | None:
    """An instant with its zone, as the clocks of the authority show it; None when it is none."""
    if not _ZONED.fullmatch(plain):
        return None
    try:
        return clock.local(datetime.fromisoformat(plain))
    except ValueError as fault:
        raise ValueRefused(_("Le %(value)s n’existe pas.", value=plain)) from fault


def _at(on: date, hour: time, plain: str) -> datetime:
    zone = ZoneInfo(clock.authority_zone())
    found = datetime.combine(on, hour, zone)
    if found.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != (
        found.replace(tzinfo=None)
    ):
        raise ValueRefused(
            _(
                "« %(value)s » : cette heure n’existe pas ce jour-là, les horloges passent à"
                " l’heure d’été.",
                value=plain,
            )
        )
    return found


@lru_cache(maxsize=4096)
def _day_from_text(plain: str, american: bool) -> date:
    if found := _ISO.fullmatch(plain):
        return _existing(int(found[1]), int(found[3]), int(found[4]), plain)
    if american and (found := _FRENCH.fullmatch(plain) or _SHORT.fullmatch(plain)):
        year = int(found[4])
        if year < 100:
            year += 2000 if year < 70 else 1900
        return _existing(year, int(found[1]), int(found[3]), plain)
    if found := _FRENCH.fullmatch(plain):
        return _existing(int(found[4]), int(found[3]), int(found[1]), plain)
    if found := _WORDS.fullmatch(fold(plain)):
        if month := MONTHS.get(found[2]):
            return _existing(int(found[3]), month, int(found[1]), plain)
    if found := _SHORT.fullmatch(plain):
        first, second = int(found[1]), int(found[3])
        if second > 12 >= first >= 1:
            raise AmericanDay(
                _(
                    "« %(value)s » est une date américaine (mois en premier) : écrivez"
                    " jour/mois/année avec quatre chiffres pour l’année, par exemple 23/01/2023.",
                    value=plain,
                )
            )
        raise ValueRefused(
            _(
                "« %(value)s » : écrivez l’année avec quatre chiffres, jour/mois/année, par"
                " exemple 23/01/2023.",
                value=plain,
            )
        )
    raise ValueRefused(
        _(
            "« %(value)s » n’est pas une date : écrivez jour/mois/année, par exemple 23/01/2023.",
            value=shown(plain),
        )
    )


def _existing(year: int, month: int, number_: int, plain: str) -> date:
    try:
        return _in_range(date(year, month, number_), plain)
    except ValueError as fault:
        if month > 12 >= number_ >= 1:
            raise AmericanDay(
                _(
                    "« %(value)s » : le mois %(month)d n’existe pas ; écrivez jour/mois/année,"
                    " par exemple 23/01/2023.",
                    value=plain,
                    month=month,
                )
            ) from fault
        raise ValueRefused(_("Le %(value)s n’existe pas.", value=plain)) from fault


def _in_range(result: date, value: Cell) -> date:
    if not FIRST_YEAR <= result.year <= LAST_YEAR:
        raise ValueRefused(
            _("« %(value)s » : l’année est hors de toute vraisemblance.", value=shown(value))
        )
    return result


def american_day(value: Cell) -> date | None:
    """A day with the month first, for a file whose author writes them so."""
    return day(value, american=True)


def american_moment(value: Cell) -> date | datetime | None:
    """A moment with the month first, for a file whose author writes them so."""
    return moment(value, american=True)
