"""How a value of a record reads on screen: by its type and the unit in its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from base import clock, formats
from base.chatter import Entry
from base.exports import Kind
from base.i18n import _

#: End of a column's name -> unit printed after the number.
UNITS = {"_m2": "m²", "_m": "m", "_kwh": "kWh", "_kw": "kW", "_kva": "kVA", "_km": "km",
         "_kg": "kg", "_l": "l"}  # fmt: skip


def _is_year(name: str) -> bool:
    return "year" in name or name.endswith("_in") or name == "id"


def shown(value: Any, name: str = "") -> str:
    """The value as people read it; an empty string when there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.value))
    if isinstance(value, Decimal | int | float):
        if _is_year(name):
            return str(value)
        if name.endswith("_eur"):
            return formats.euros(value)
        if name == "hours" or name.endswith("_hours"):
            return formats.hours(value)
        unit = next((u for end, u in UNITS.items() if name.endswith(end)), None)
        return formats.quantity(value, unit) if unit else formats.number(value)
    if isinstance(value, datetime):
        return formats.instant(value)
    if isinstance(value, date):
        return formats.day(value)
    return str(value)


def is_numeric(value: Any) -> bool:
    """Whether the value stands at the right of its column."""
    return isinstance(value, Decimal | int | float) and not isinstance(value, bool)


def kind_of(name: str, python: type) -> Kind:
    """The kind of an exported column."""
    if python is bool:
        return Kind.FLAG
    if issubclass(python, datetime):
        return Kind.INSTANT
    if issubclass(python, date):
        return Kind.DAY
    if issubclass(python, Decimal | int | float):
        if _is_year(name):
            return Kind.CODE
        return Kind.EUROS if name.endswith("_eur") else Kind.NUMBER
    return Kind.CODE if name in ("code", "number") else Kind.TEXT


def trail_value(value: Any, name: str = "") -> str:
    """A value as the trail kept it: dates and numbers are texts there."""
    if value is None or value == "":
        return ""
    text = str(value)
    if isinstance(value, str):
        if name.endswith("_at"):
            return _try(lambda: formats.instant(datetime.fromisoformat(text)), text)
        if name.endswith("_on"):
            return _try(lambda: formats.day(date.fromisoformat(text)), text)
        if name.endswith(("_eur", *UNITS)):
            return _try(lambda: shown(Decimal(text), name), text)
        return text
    return shown(value, name)


def _try(work: Any, text: str) -> str:
    try:
        return str(work())
    except (ValueError, InvalidOperation):
        return text


@dataclass
class Day:
    """The lines of a thread on one day."""

    day: str
    entries: list[Entry] = field(default_factory=list)


def by_day(entries: Sequence[Entry]) -> list[Day]:
    """The thread, day by day, newest first."""
    days: list[Day] = []
    today = formats.local(clock.now()).date()
    for entry in entries:
        there = formats.local(entry.at).date()
        apart = (today - there).days
        words = {0: _("Aujourd’hui"), 1: _("Hier")}.get(apart) or formats.long_date(there)
        words = words[:1].upper() + words[1:]
        if not days or days[-1].day != words:
            days.append(Day(words))
        days[-1].entries.append(entry)
    return days


def said(words: Any) -> str:
    """A sentence of the form library in the reader's language, as plain text.

    The ``_`` of templates takes its sentence for safe HTML and fills in its ``%``: a message that
    carries what somebody typed must not go through it.
    """
    return _(words) if isinstance(words, str) and words else str(words)


FILTERS = {
    "said": said,
    "shown": shown,
    "trail_value": trail_value,
    "groupby_day": by_day,
}
TESTS = {"numeric": is_numeric}
