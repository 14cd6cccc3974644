"""The trail in words: who, on what, which field, from what to what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from base.basics.folding import full_name
from base.basics.formats import day, euros, instant, number
from base.basics.i18n import _
from base.basics.rows import rows_by_ids
from base.basics.sessions import Session
from base.papers.files.exports import Kind
from base.rules.rights import personal
from base.rules.rights.people import NO_ACCOUNT
from base.store.choice_columns import word_in
from base.store.history import wording
from base.store.mixins import CURRENCY, EUROS, HOURS, PRICE, Said
from base.store.models import Event
from base.store.models.history import Operation
from base.store.together import told


class Change:
    """One field of one event."""

    __slots__ = ("after", "before", "column")

    def __init__(self, column: str, before: object, after: object) -> None:
        self.column, self.before, self.after = column, before, after


def changes(read: object) -> list[Change]:
    """What an event says, by field; one that changed no column gives what it says as a whole."""
    if not isinstance(read, dict):
        return [Change("", None, read)]
    found = []
    for column in sorted(read):
        value = read[column]
        if isinstance(value, list) and len(value) == 2:
            found.append(Change(column, *value))
        else:
            found.append(Change(column, None, value))
    return found or [Change("", None, None)]


class Words:
    """Names looked up once for a set of events."""

    def __init__(self, session: Session, events: Iterable[Event], said: dict[int, Any]) -> None:
        ids: dict[type, set[int]] = {}
        people = set()
        for event in events:
            if event.actor.startswith("user:") and event.actor[5:].isdecimal():
                people.add(int(event.actor[5:]))
            for change in changes(said[event.seq]):
                model = wording.led_to(event.record, change.column)
                if model is not None:
                    values = (change.before, change.after)
                    ids.setdefault(model, set()).update(v for v in values if isinstance(v, int))
        self._columns: dict[tuple[str, str], str] = {}
        self._people = _people(session, people)
        self._names = {model: _names(session, model, wanted) for model, wanted in ids.items()}

    def actor(self, actor: str) -> str:
        """Who did it."""
        kind, _sep, number_of = actor.partition(":")
        if kind == "user" and number_of.isdecimal():
            return self._people.get(int(number_of)) or _("compte n° %(id)s", id=number_of)
        return str(NO_ACCOUNT.get(actor, actor))

    def column(self, record: str, column: str) -> str:
        """What a column of a record is called; found once for all its events."""
        key = (record, column)
        if key not in self._columns:
            self._columns[key] = wording.in_a_line(record, column)
        return self._columns[key]

    def value(self, column: str, value: object, record: str = "") -> str:
        """A value of a record's column as people read it."""
        if value is None or value == "":
            return ""
        model = wording.led_to(record, column)
        if model is not None and isinstance(value, int):
            return self._names.get(model, {}).get(value, _("n° %(id)s", id=value))
        if column in ("source_type", "record"):
            return wording.record_word(str(value))
        return in_a_record(record, column, value)


def in_a_record(record: str, column: str, value: object) -> str:
    """A value of a record's column as people read it, but for a number that names a row."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if (word := word_in(record, column, value)) is not None:
        return word
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return _shown(wording.read_back(record, column, value), wording.said_in(record, column))


def _people(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The names of accounts, by id; those this session may not see are left out."""
    rows = session.execute(select(User.id, User.first_name, User.last_name).where(User.id.in_(ids)))
    return {number: full_name(first, last) for number, first, last in rows}


def _names(session: Session, model: Any, ids: Iterable[int]) -> dict[int, str]:
    """What rows are called, by id; those this session may not see are left out."""
    # All at hand before the first is told: where assets are is read for them at once.
    rows = rows_by_ids(session, model, list(ids))
    return {key: told(row) for key, row in rows.items()}


def _shown(value: Any, said: Said) -> str:
    """A day, an instant or a number in a narrow column: the unit stands with the word."""
    if isinstance(value, datetime):
        # A plain space: the column may be too narrow for both parts on one line.
        return instant(value).replace("\u00a0", " ")
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float) or (isinstance(value, int) and said.kind is not Kind.CODE):
        return number(Decimal(repr(value)))
    if isinstance(value, Decimal):
        if said.unit == EUROS:
            return euros(value, 2)
        if said.unit == PRICE:
            # Of a piece, as finely as it is kept: rounded, it would not make its amount.
            return euros(value, 2 if value == round(value, 2) else 4)
        return number(value, 2 if said.unit in (CURRENCY, HOURS) else None)
    return str(value)


def in_words(session: Session, events: Iterable[Event]) -> Iterator[tuple[list[object], int]]:
    """One row per changed field: instant, number, who, on what, operation, field, from, to.

    With each row, how many of its first cells only repeat those of the row above. Files are kept
    when a person has to be forgotten: of personal values they say that they were given.
    """
    kept = list(events)
    said = personal.without(session, kept)
    words = Words(session, kept, said)
    for event in kept:
        found = changes(said[event.seq])
        if event.op == Operation.FACT:
            found = _fact(found)
        elif event.op == Operation.INSERT:  # what was left empty says nothing
            found = [c for c in found if c.after not in (None, "")] or found[:1]
        whole = [
            event.at,
            event.seq,
            words.actor(event.actor),
            wording.record_word(event.record),
            str(Operation(event.op).word),
        ]
        for place, change in enumerate(found):
            before = words.value(change.column, change.before, event.record)
            after = words.value(change.column, change.after, event.record)
            field = words.column(event.record, change.column)
            yield [*whole, field, before, after], len(whole) if place else 0


def _fact(found: list[Change]) -> list[Change]:
    """An event that changed no column says what happened in one text, when it has one."""
    texts = [change for change in found if change.column == "text"]
    if not texts or any(change.column not in ("kind", "text") for change in found):
        return found
    return [Change("", None, texts[0].after)]
