"""The trail of changes, the messages beside it, and the counters that number things."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from base.basics import clock
from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.choice_columns import one_of
from base.store.database import BigInt, Model
from base.store.mixins import Scoped, Stamped, column
from base.store.triggers import append_only


class Operation(Choice):
    """What an entry of the trail tells."""

    INSERT = "I", _l("création")
    UPDATE = "U", _l("modification")
    DELETE = "D", _l("suppression")
    #: Something seen or done that changes no column.
    FACT = "V", _l("fait")


class Event(Model):
    """One change of one row; append-only, numbered without a gap."""

    __tablename__ = "base_event"
    __table_args__ = (
        one_of("op", Operation),
        Index("ix_base_event_record", "record", "record_id", "seq"),
        Index("ix_base_event_entity", "entity_id", "seq"),
    )

    #: Gapless, from 1, taken as one block in the last statement before commit.
    seq: Mapped[int] = column(
        BigInt, primary_key=True, autoincrement=False, label=_l("Numéro d’ordre")
    )
    at: Mapped[datetime] = column(label=_l("Quand"))
    #: Who: "user:12", "job:34", "cli", "system", "public".
    actor: Mapped[str] = column(String(80), label=_l("Qui"))
    #: Through which door: "POST /api/v1/asset", "import assets", "job report".
    door: Mapped[str] = column(String(120), default="", label=_l("Par où"))
    op: Mapped[str] = column(String(1), label=_l("Acte"))
    #: Table of the root of the record's class.
    record: Mapped[str] = column(String(80), label=_l("Fiche"))
    record_id: Mapped[int | None] = column(label=_l("Fiche n°"))
    entity_id: Mapped[int | None] = column(index=False, label=_l("Entité"))
    #: Canonical JSON: {"column": [before, after]}.
    changes: Mapped[str] = column(Text, label=_l("Ce qui change"))

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
