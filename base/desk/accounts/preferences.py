"""What a person chooses for themselves alone: the language and the time zone of their pages."""

from __future__ import annotations

import functools
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from base.basics.errors import InvalidInput
from base.basics.i18n import LANGUAGES, _
from base.rules.rights.actors import security
from base.store.models import UserSecurity

#: Where people live; the other names of zones are of machines and of the past.
_AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)


@functools.cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from, by name."""
    return ("UTC", *sorted(z for z in available_timezones() if z.split("/")[0] in _AREAS))


@functools.cache
def _places() -> dict[str, str]:
    return {zone.casefold(): zone for zone in zones()}


def _place(zone: str, locale: Any) -> str:
    from babel.dates import get_timezone_location

    return get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True)


@functools.cache
def places(language: str) -> tuple[tuple[str, str], ...]:
    """The zones with the place they are named after, in one language."""
    from babel import Locale

    locale = Locale.parse(language)
    return tuple((zone, "UTC" if zone == "UTC" else _place(zone, locale)) for zone in zones())


def given(user_id: int) -> tuple[str, str]:
    """The language and the zone that a person chose; empty without a choice."""
    row = security().get(UserSecurity, user_id)
    return (row.locale or "", row.timezone or "") if row is not None else ("", "")


def choose(user_id: int, *, language: str | None = None, timezone: str | None = None) -> None:
    """Keep what a person chose; an empty text takes a choice back, None leaves it. Committed.

    Raises:
        InvalidInput: no such language or zone.
    """
    session = security()
    row = session.get(UserSecurity, user_id)
    if row is None:
        row = UserSecurity(user_id=user_id, auth_epoch=0, must_change_password=False)
        session.add(row)
    if language is not None:
        if language and language not in LANGUAGES:
            raise InvalidInput.at("language", _("Cette langue n’est pas proposée."))
        row.locale = language or None
    if timezone is not None:
        found = _places().get(timezone.strip().casefold(), "")
        if timezone.strip() and not found:
            words = _("Choisissez un fuseau de la liste, par exemple Europe/Paris.")
            raise InvalidInput.at("timezone", words)
        row.timezone = found or None
    session.commit()
