"""What waits for one person: next actions on records, notifications, records followed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from base.basics import clock, facts
from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, tracked


class NextAction(Scoped, Stamped, Model):
    """The next thing that somebody is to do on a record, and by when."""

    __word__ = _l("Action à faire")
    __tablename__ = "base_next_action"
    __hangs_on__ = "*"
    __table_args__ = (
        CheckConstraint("(done_at is null) = (done_by_id is null)", name="done"),
        Index("ix_base_next_action_record", "record", "record_id"),
        Index("ix_base_next_action_assignee", "assignee_id", "done_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    #: What is to be done, in a few words.
    title: Mapped[str] = tracked(String(200), label=_l("À faire"))
    due_on: Mapped[date] = tracked(info=facts.plan(), label=_l("Échéance"))
    assignee_id: Mapped[int] = tracked(Integer, ForeignKey("ab_user.id"), label=_l("Confiée à"))
    done_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Faite le"))
    done_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    def __repr__(self) -> str:
        return self.title


class NotificationKind(Choice):
    """Why somebody is told something."""

    #: Named in a message.
    MENTION = "mention", _l("Vous nomme"), "message"
    #: On a record that is followed.
    MESSAGE = "message", _l("Message"), "message"
    #: Something to do.
    ACTION = "action", _l("Action confiée"), "list-check"
    #: An action that was given to somebody is done.
    DONE = "done", _l("Action faite"), "check"


class Notification(Scoped, Model):
    """Something that one person should know of a record."""

    __tablename__ = "base_notification"
    __table_args__ = (
        one_of("kind", NotificationKind),
        Index("ix_base_notification_user", "user_id", "read_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(10))
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    actor_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]


class Follower(Scoped, Model):
    """A person who wants to know what is written beside a record."""

    __tablename__ = "base_follower"
    __table_args__ = (UniqueConstraint("record", "record_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), index=True)
