"""The time: instants in UTC, days where the authority is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/Paris"


def now() -> datetime:
    """The present instant, UTC, with zone."""
    return datetime.now(UTC)


def today(zone: str = DEFAULT_ZONE) -> date:
    """The present day in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def local(instant: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """An instant as the clocks of a zone show it."""
    return instant.astimezone(ZoneInfo(zone))
