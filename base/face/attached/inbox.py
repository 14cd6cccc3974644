"""One inbox per person: next actions, mentions, messages on records that one follows.

A next action is one thing to do on one record, by one person, by a day; when it is done, whoever
gave it is told. A message tells those who follow its record, and those it names with ``@``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from base.basics import clock
from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.folding import full_name
from base.basics.formats import day
from base.basics.i18n import _, kept
from base.basics.rows import holding, row_by_id, rows_by_ids
from base.basics.sessions import Session
from base.face.attached.documents import record_models
from base.rules.rights.actors import security
from base.store.history.trail import record_name
from base.store.mixins import current_user_id
from base.store.models import Message, UserEntity
from base.store.models.inbox import Follower, NextAction, Notification, NotificationKind

#: ``@alice`` or ``@alice.martin``, not the middle of an e-mail address.
_MENTION = re.compile(r"(?<![\w@.])@([\w][\w.+-]{0,62}[\w]|\w)")
#: People named in one message at most: a message is no mailing list.
MAX_MENTIONS = 20
MAX_ACTIONS = 200
MAX_NOTIFICATIONS = 200
PEOPLE = 20


class AlreadyDone(DomainError):
    """Somebody else was faster."""


@dataclass(frozen=True)
class Person:
    """Somebody who works for the authority of a record."""

    id: int
    username: str
    name: str


# --- people -------------------------------------------------------------------------------------


def people_of(
    entity_id: int, words: str = "", *, usernames: Iterable[str] | None = None
) -> list[Person]:
    """Active accounts of people who work for an authority, administrators included, by name."""
    from flask_appbuilder.security.sqla.models import Role, User

    works_there = User.id.in_(select(UserEntity.user_id).where(UserEntity.entity_id == entity_id))
    statement = select(User.id, User.username, User.first_name, User.last_name).where(
        User.active.is_(True), or_(works_there, User.roles.any(Role.name == "Admin"))
    )
    if usernames is not None:
        lower = [name.lower() for name in usernames]
        statement = statement.where(func.lower(User.username).in_(lower))
    for word in words.lower().split()[:5]:
        columns = (User.username, User.first_name, User.last_name)
        statement = statement.where(holding(columns, word))
    statement = statement.order_by(User.last_name, User.first_name, User.id)
    limit = MAX_MENTIONS if usernames is not None else PEOPLE
    return [
        Person(number, username, full_name(first, last))
        for number, username, first, last in security().execute(statement.limit(limit))
    ]


def require_person(entity_id: int, user_id: int, *, field: str = "assignee") -> Person:
    """Somebody who works for the authority.

    Raises:
        InvalidInput: nobody of this number does; the sentence stands beside ``field``.
    """
    from flask_appbuilder.security.sqla.models import User

    username = security().scalar(select(User.username).where(User.id == user_id))
    found = people_of(entity_id, usernames=[username]) if username else []
    if not found:
        words = _("Choisissez une personne qui travaille pour cette collectivité.")
        raise InvalidInput.at(field, words)
    return found[0]


# --- following and telling ----------------------------------------------------------------------


def _of(model: Any, row: Any) -> tuple[Any, ...]:
    return (model.record == record_name(row), model.record_id == row.id)


def _keys(row: Any) -> dict[str, Any]:
    entity_id = row.entity_id if hasattr(row, "entity_id") else row.id
    return {"record": record_name(row), "record_id": row.id, "entity_id": entity_id}


def is_following(session: Session, row: Any, user_id: int | None) -> bool:
    """Whether the person follows the record."""
    return bool(
        session.scalar(
            select(Follower.id).where(*_of(Follower, row), Follower.user_id == user_id).limit(1)
        )
    )


def follow(session: Session, row: Any, user_id: int) -> None:
    """Tell this person from now on what is written beside the record."""
    if not is_following(session, row, user_id):
        session.add(Follower(user_id=user_id, **_keys(row)))
        session.flush()


def unfollow(session: Session, row: Any, user_id: int) -> None:
    """Tell this person no more."""
    found = session.scalars(
        select(Follower).where(*_of(Follower, row), Follower.user_id == user_id)
    ).first()
    if found is not None:
        session.delete(found)
        session.flush()


def tell(
    session: Session,
    row: Any,
    user_ids: Iterable[int],
    *,
    kind: NotificationKind,
    text: str,
    at: datetime | None = None,
) -> None:
    """Put a notification into inboxes; nobody is told of what they did themselves."""
    actor = current_user_id()
    for user_id in sorted(set(user_ids) - {actor}):
        session.add(
            Notification(
                user_id=user_id,
                kind=kind,
                text=text[:300],
                actor_id=actor,
                at=at or clock.now(),
                **_keys(row),
            )
        )
    session.flush()


def tell_ready(session: Session, row: Any, user_id: int, text: str) -> None:
    """Tell a person that what the system did for them is there; they are not its sender."""
    session.add(
        Notification(
            user_id=user_id,
            kind=NotificationKind.MESSAGE,
            text=text[:300],
            at=clock.now(),
            **_keys(row),
        )
    )
    session.flush()


def unread_of(session: Session, row: Any, user_id: int) -> int | None:
    """The number of what the system told this person of the record and they have not read."""
    return session.scalar(
        select(Notification.id)
        .where(
            *_of(Notification, row),
            Notification.user_id == user_id,
            Notification.actor_id.is_(None),
            Notification.read_at.is_(None),
        )
        .limit(1)
    )


def mentions(body: str) -> list[str]:
    """The usernames that a text names, in its order, each once."""
    return list(dict.fromkeys(m.lower() for m in _MENTION.findall(body)))[:MAX_MENTIONS]


def tell_of_message(session: Session, row: Any, message: Message) -> None:
    """Tell those a message names, then those who follow the record; its author follows it too."""
    names = mentions(message.body)
    named = {p.id for p in people_of(message.entity_id, usernames=names)} if names else set()
    followers = set(session.scalars(select(Follower.user_id).where(*_of(Follower, row))))
    text = " ".join(message.body.split())
    tell(session, row, named, kind=NotificationKind.MENTION, text=text)
    tell(session, row, followers - named, kind=NotificationKind.MESSAGE, text=text)
    for user_id in {*named, *([message.author_id] if message.author_id else [])} - followers:
        session.add(Follower(user_id=user_id, **_keys(row)))
    session.flush()


# --- next actions -------------------------------------------------------------------------------


def plan(session: Session, row: Any, *, title: str, due_on: date, assignee_id: int) -> NextAction:
    """Give somebody the next thing to do on a record.

    Raises:
        InvalidInput: no title, one of over 200 characters, or nobody of this number.
    """
    title = " ".join(title.split())
    if not title or len(title) > 200:
        raise InvalidInput.at("title", _("Dites en 200 caractères au plus ce qui est à faire."))
    keys = _keys(row)
    person = require_person(keys["entity_id"], assignee_id)
    action = NextAction(title=title, due_on=due_on, assignee_id=person.id, **keys)
    session.add(action)
    session.flush()
    text = kept(lambda: _("%(title)s, pour le %(day)s", title=title, day=day(due_on)))
    tell(session, row, [person.id], kind=NotificationKind.ACTION, text=text)
    return action


def action_of(session: Session, number: int) -> NextAction:
    """A next action of the scope.

    Raises:
        NotFound: there is none.
    """
    found = session.get(NextAction, number) if 0 < number < 2**63 else None
    if found is None:
        raise NotFound(_("Introuvable."))
    return found


def finish(session: Session, action: NextAction, *, at: datetime, user_id: int) -> None:
    """The thing is done; whoever gave it to somebody else is told.

    Raises:
        AlreadyDone: it was done before.
    """
    if action.done_at is not None:
        raise AlreadyDone(_("« %(title)s » est déjà fait.", title=action.title))
    action.done_at, action.done_by_id = at, user_id
    session.flush()
    row = record_row(session, action.record, action.record_id)
    if row is not None and action.created_by_id is not None:
        tell(
            session,
            row,
            [action.created_by_id],
            kind=NotificationKind.DONE,
            text=action.title,
            at=at,
        )


def postpone(session: Session, action: NextAction, *, to: date) -> None:
    """Do it later.

    Raises:
        AlreadyDone: it is done.
    """
    if action.done_at is not None:
        raise AlreadyDone(_("« %(title)s » est déjà fait.", title=action.title))
    action.due_on = to
    session.flush()


def open_actions(session: Session, row: Any) -> Sequence[NextAction]:
    """What is still to be done on a record, the earliest first."""
    return session.scalars(
        select(NextAction)
        .where(*_of(NextAction, row), NextAction.done_at.is_(None))
        .order_by(NextAction.due_on, NextAction.id)
        .limit(20)
    ).all()


def done_actions(session: Session, record: str, record_id: int, limit: int) -> Sequence[NextAction]:
    """What was done on a record, the latest first."""
    return session.scalars(
        select(NextAction)
        .where(
            NextAction.record == record,
            NextAction.record_id == record_id,
            NextAction.done_at.is_not(None),
        )
        .order_by(NextAction.done_at.desc())
        .limit(limit)
    ).all()


# --- the inbox ----------------------------------------------------------------------------------


def waiting(session: Session, user_id: int, today: date) -> int:
    """How much is new or due: unread notifications, and actions due today or before."""
    unread = (
        select(func.count())
        .select_from(Notification)
        .where(Notification.user_id == user_id, Notification.read_at.is_(None))
    )
    due = (
        select(func.count())
        .select_from(NextAction)
        .where(
            NextAction.assignee_id == user_id,
            NextAction.done_at.is_(None),
            NextAction.due_on <= today,
        )
    )
    return int(session.scalar(select(unread.scalar_subquery() + due.scalar_subquery())) or 0)


def count_given(session: Session, user_id: int) -> int:
    """How many actions a person has to do."""
    given = NextAction.assignee_id == user_id, NextAction.done_at.is_(None)
    return session.scalar(select(func.count()).select_from(NextAction).where(*given)) or 0


def actions_for(session: Session, user_id: int) -> Sequence[NextAction]:
    """What one person has to do, the earliest first."""
    return session.scalars(
        select(NextAction)
        .where(NextAction.assignee_id == user_id, NextAction.done_at.is_(None))
        .order_by(NextAction.due_on, NextAction.id)
        .limit(MAX_ACTIONS)
    ).all()


def notifications_for(session: Session, user_id: int) -> Sequence[Notification]:
    """What one person was told, the unread first, then the newest."""
    return session.scalars(
        select(Notification)
        .where(Notification.user_id == user_id)
        .order_by(Notification.read_at.is_not(None), Notification.id.desc())
        .limit(MAX_NOTIFICATIONS)
    ).all()


def mark_read(session: Session, user_id: int, number: int | None, *, at: datetime) -> None:
    """One notification of this person is read, or all of them; others' are never touched.

    Raises:
        NotFound: the person has no notification of this number.
    """
    statement = select(Notification).where(Notification.user_id == user_id)
    if number is None:
        rows = session.scalars(statement.where(Notification.read_at.is_(None)).limit(1000)).all()
    else:
        rows = session.scalars(statement.where(Notification.id == number)).all()
        if not rows:
            raise NotFound(_("Introuvable."))
    for row in rows:
        row.read_at = row.read_at or at
    session.flush()


def record_row(session: Session, record: str, record_id: int) -> Any:
    """The record that something is about; None when it is gone or out of scope."""
    model = record_models().get(record)
    if model is None:
        return None
    return row_by_id(session, model, record_id)


def record_rows(session: Session, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The records by table and number, one statement for each table."""
    by_table: dict[str, set[int]] = {}
    for record, number in keys:
        by_table.setdefault(record, set()).add(number)
    found: dict[tuple[str, int], Any] = {}
    for record, numbers in by_table.items():
        model = record_models().get(record)
        if model is not None:
            rows = rows_by_ids(session, model, numbers)
            found |= {(record, number): row for number, row in rows.items()}
    return found
