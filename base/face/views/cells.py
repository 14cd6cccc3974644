"""How a value of a record reads on screen: by its type, and what is said of its column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from base.basics import clock, formats
from base.basics.i18n import _, said_again
from base.face.attached.chatter import Entry
from base.papers.files.exports import Kind
from base.store.mixins import CURRENCY, EUROS, HOURS, PRICE, Said
from base.store.together import aside, told

#: A label with a unit: "Contenance (m²)".
_UNITED = re.compile(r"(.*\S)\s\(([^()]+)\)")


def shown(value: Any, said: Said = Said()) -> str:  # noqa: B008 - frozen
    """The value as people read it; an empty string when there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Enum):
        return str(getattr(value, "word", value.value))
    if isinstance(value, Decimal | int | float):
        if said.kind is Kind.CODE:
            return str(value)
        if said.unit in (EUROS, PRICE):
            return formats.euros(value)
        if said.unit == HOURS:
            return formats.hours(value)
        if said.unit and said.unit != CURRENCY:
            return formats.quantity(value, said.unit)
        return formats.number(value)
    if isinstance(value, datetime):
        return formats.instant(value)
    if isinstance(value, date):
        return formats.day(value)
    return str(value)


def label_beside(label: str, value: str) -> str:
    """The label of a value that is shown: without the unit that the value says itself."""
    found = _UNITED.fullmatch(label)
    if found is None:
        return label
    unit = re.escape(found[2])
    says = re.search(rf"\d[\s\u00a0\u202f]*{unit}$|^\u2212?{unit}\d", value)
    return found[1] if says else label


def condition(value: Any, op: str, said: Said) -> str:
    """What the filter of a list asks of a column: "à partir du 01/11/2026", "au moins 300 m²"."""
    if isinstance(value, date):
        # The day that was typed: those of filters are the authority's.
        words = formats.day(value, zone=clock.authority_zone())
        bounds = {"ge": _("à partir du %(v)s", v=words), "lt": _("avant le %(v)s", v=words)}
    else:
        words = shown(value, said)
        bounds = {"ge": _("au moins %(v)s", v=words), "lt": _("moins de %(v)s", v=words)}
    return bounds.get(op, words)


def is_numeric(value: Any) -> bool:
    """Whether the value stands at the right of its column."""
    return isinstance(value, Decimal | int | float) and not isinstance(value, bool)


#: Unit of a column -> its kind in files.
_KINDS = {
    EUROS: Kind.EUROS,
    PRICE: Kind.EUROS,
    CURRENCY: Kind.AMOUNT,
    HOURS: Kind.HOURS,
}


def kind_of(name: str, python: type, said: Said) -> Kind:
    """The kind of an exported column."""
    if said.kind is not None:
        return said.kind
    if python is bool:
        return Kind.FLAG
    if issubclass(python, datetime):
        return Kind.INSTANT
    if issubclass(python, date):
        return Kind.DAY
    if issubclass(python, Decimal | int | float):
        return _KINDS.get(said.unit, Kind.NUMBER)
    return Kind.CODE if name in ("code", "number") else Kind.TEXT


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
    return said_again(words) if isinstance(words, str) and words else str(words)


FILTERS = {
    "aside": aside,
    "said": said,
    "shown": shown,
    "told": told,
    "groupby_day": by_day,
}
TESTS = {"numeric": is_numeric}
