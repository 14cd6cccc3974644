"""The trail of changes, the messages beside it, and the counters that number things."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from base import clock
from base.database import BigInt, Model
from base.mixins import Scoped, Stamped
from base.triggers import append_only


class Event(Model):
    """One change of one row; append-only, numbered without a gap."""

    __tablename__ = "base_event"
    __table_args__ = (
        CheckConstraint("op in ('I','U','D','V')", name="op"),
        Index("ix_base_event_record", "record", "record_id", "seq"),
        Index("ix_base_event_entity", "entity_id", "seq"),
    )

    #: Gapless, from 1, taken as one block in the last statement before commit.
    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    #: Who: "user:12", "job:34", "cli", "system", "public".
    actor: Mapped[str] = mapped_column(String(80))
    #: Through which door: "POST /api/v1/asset", "import assets", "job report".
    door: Mapped[str] = mapped_column(String(120), default="")
    #: I insert, U update, D delete, V something seen or done that changes no column.
    op: Mapped[str] = mapped_column(String(1))
    #: Table of the root of the record's class.
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int | None]
    entity_id: Mapped[int | None] = mapped_column(index=False)
    #: Canonical JSON: {"column": [before, after]}.
    changes: Mapped[str] = mapped_column(Text)

    #: Lists and resources ask every model for its id.
    id = synonym("seq")


append_only("base_event")


class Counter(Model):
    """A number that is handed out without a gap."""

    __tablename__ = "base_counter"

    series: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Message(Scoped, Stamped, Model):
    """What somebody wrote beside a record."""

    __tablename__ = "base_message"
    __table_args__ = (Index("ix_base_message_record", "record", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
