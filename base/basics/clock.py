"""The time: instants in UTC, days where the authority is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, has_app_context

DEFAULT_ZONE = "Europe/Paris"


def now() -> datetime:
    """The present instant, UTC, with zone."""
    return datetime.now(UTC)


def authority_zone() -> str:
    """The time zone that days are counted in: the authority's, whoever reads."""
    found = current_app.config.get("BABEL_DEFAULT_TIMEZONE") if has_app_context() else None
    return found or DEFAULT_ZONE


def today(zone: str | None = None) -> date:
    """The present day in a time zone, else in the authority's."""
    return now().astimezone(ZoneInfo(zone or authority_zone())).date()


def local(instant: datetime, zone: str | None = None) -> datetime:
    """An instant as the clocks of a zone show it, else the authority's."""
    return instant.astimezone(ZoneInfo(zone or authority_zone()))
