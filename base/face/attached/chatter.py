"""One thread per record: changes, messages, and what modules add (files, scans, jobs)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from base.basics.errors import InvalidInput
from base.basics.i18n import _, said_again
from base.basics.sessions import Session
from base.face.attached import inbox
from base.rules.rights import personal
from base.rules.rights.people import NO_ACCOUNT, names_of
from base.store.history.trail import record_name
from base.store.mixins import current_user_id
from base.store.models import Event, Message
from base.upkeep import seals


@dataclass(frozen=True)
class Entry:
    """One line of the thread."""

    at: datetime
    #: change, message, file, scan, job, made, removed
    kind: str
    who: str
    text: str = ""
    #: (label, before, after) of each column.
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    url: str | None = None
    #: Which seal covers it, in words; empty while none does.
    seal: str = ""
    #: Its number in the trail; 0 for a line of something else.
    seq: int = 0


def add_message(session: Session, row: Any, body: str) -> Message:
    """Write a message beside a record.

    Raises:
        InvalidInput: it is empty or longer than 5,000 characters.
    """
    body = body.strip()
    if not body:
        raise InvalidInput.at("body", _("Le message est vide."))
    if len(body) > 5000:
        raise InvalidInput.at("body", _("Le message dépasse 5 000 caractères."))
    message = Message(
        record=record_name(row),
        record_id=row.id,
        entity_id=row.entity_id if hasattr(row, "entity_id") else row.id,
        body=body,
        author_id=current_user_id(),
    )
    session.add(message)
    session.flush()

    inbox.tell_of_message(session, row, message)
    return message


#: Functions of modules that add lines: (session, record, record_id, limit) -> entries.
Source = Callable[[Any, str, int, int], list[Entry]]


def thread_source(function: Source) -> Source:
    """Add lines of another kind to every record's thread."""
    sources = current_app.extensions.setdefault("ouvrage_thread", [])
    if function not in sources:
        sources.append(function)
    return function


def actor_words(actor: str, names: dict[int, str]) -> str:
    """Who, in words."""
    kind, _sep, number = actor.partition(":")
    if kind == "user" and number.isdecimal():
        return names.get(int(number), _("une personne partie"))
    return str(NO_ACCOUNT.get(kind, actor))


def timeline(session: Session, row: Any, limit: int = 50) -> list[Entry]:
    """The newest lines of a record's thread, newest first."""
    record, number = record_name(row), row.id
    events = list(
        session.scalars(
            select(Event)
            .where(Event.record == record, Event.record_id == number)
            .order_by(Event.seq.desc())
            .limit(limit)
        )
    )
    messages = list(
        session.scalars(
            select(Message)
            .where(Message.record == record, Message.record_id == number)
            .order_by(Message.written_at.desc())
            .limit(limit)
        )
    )
    ids = {int(e.actor[5:]) for e in events if e.actor.startswith("user:")}
    ids |= {m.author_id for m in messages if m.author_id is not None}
    names = names_of(ids)
    said = personal.reveal(session, events)
    over = seals.seals_over(session, [e.seq for e in events])
    entries = [
        replace(
            _of_event(e, said[e.seq], names),
            seal=seals.in_words(*over[e.seq]) if e.seq in over else "",
            seq=e.seq,
        )
        for e in events
    ]
    entries += [
        Entry(
            at=m.written_at,
            kind="message",
            who=names.get(m.author_id or 0, _("le système")),
            text=m.body,
        )
        for m in messages
    ]
    for source in current_app.extensions.get("ouvrage_thread", []):
        entries += source(session, record, number, limit)
    entries.sort(key=lambda e: e.at, reverse=True)
    return entries[:limit]


def _of_event(event: Event, changes: Any, names: dict[int, str]) -> Entry:
    who = actor_words(event.actor, names)
    if event.op == "V":
        return Entry(
            at=event.at,
            kind=str(changes.get("kind", "seen")),
            who=who,
            # Kept in the authority's language; a sentence without values has its translation.
            text=said_again(str(changes.get("text", ""))),
        )
    kind = {"I": "made", "U": "change", "D": "removed"}[event.op]
    return Entry(
        at=event.at,
        kind=kind,
        who=who,
        changes=[(k, v[0], v[1]) for k, v in changes.items()] if event.op == "U" else [],
    )


#: How far back the last changes are looked for, in entries: a first page never reads a whole trail.
LOOKED_BACK = 5_000


def last_changes(session: Session, records: Collection[str], limit: int) -> Sequence[Event]:
    """The last entries of these kinds of records made or changed by people, newest first.

    What a command did is the installation's, not a person's.
    """
    newest = select(func.max(Event.seq)).scalar_subquery()
    told = select(Event).where(
        Event.seq > newest - LOOKED_BACK,
        Event.record.in_(sorted(records)),
        Event.op.in_(("I", "U")),
        Event.actor.not_in(("system", "cli")),
    )
    return session.scalars(told.order_by(Event.seq.desc()).limit(limit)).all()


def events_by_numbers(session: Session, numbers: Collection[int]) -> Sequence[Event]:
    """Entries of the trail, in any order."""
    return session.scalars(select(Event).where(Event.seq.in_(numbers))).all()
