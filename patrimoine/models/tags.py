"""QR tags, and what strangers report through them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from base.basics import clock, facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, Versioned, column, tracked
from patrimoine.domain.kinds import ReportState, TagState
from patrimoine.models.assets import Asset
from patrimoine.models.columns import of_same_entity, ordered_text


class Tag(Scoped, Stamped, Versioned, Model):
    """A printed code: sixteen random characters that lead to an asset while it is valid."""

    __word__ = _l("Étiquette")
    __tablename__ = "patrimoine_tag"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        of_same_entity("asset_id"),
        UniqueConstraint("token"),
        UniqueConstraint("id", "entity_id"),
        one_of("state", TagState),
        CheckConstraint("state <> 'blank' OR asset_id IS NULL", name="blank_has_no_asset"),
        CheckConstraint(
            "state NOT IN ('claimed', 'relinked') OR asset_id IS NOT NULL", name="claimed_has_one"
        ),
        Index("ix_patrimoine_tag_asset", "asset_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = column(ordered_text(16), label=_l("Code"))
    state: Mapped[str] = tracked(String(10), default=TagState.BLANK, label=_l("État"))
    asset_id: Mapped[int | None] = tracked(label=_l("Bien"))
    issued_at: Mapped[datetime] = column(default=clock.now, info=facts.fact(), label=_l("Créée le"))
    claimed_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Attribuée le"))
    revoked_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Révoquée le"))
    #: Times it was drawn on a label sheet.
    printed_count: Mapped[int] = mapped_column(Integer, default=0)

    asset: Mapped[Asset | None] = relationship(
        primaryjoin=lambda: foreign(Tag.asset_id) == remote(Asset.id), viewonly=True
    )

    def __repr__(self) -> str:
        return self.token


class TagReport(Scoped, Stamped, Versioned, Model):
    """What a stranger said of an asset after scanning its tag.

    The words stay inside until somebody of the authority gives the report a public
    label: strangers must not read what other strangers typed.
    """

    __word__ = _l("Signalement")
    __tablename__ = "patrimoine_tag_report"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        of_same_entity("asset_id"),
        of_same_entity("tag_id", "patrimoine_tag"),
        UniqueConstraint("id", "entity_id"),
        one_of("state", ReportState),
        Index("uq_patrimoine_tag_report_follow_token", "follow_token", unique=True),
        Index("ix_patrimoine_tag_report_asset", "asset_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = column(label=_l("Bien"))
    tag_id: Mapped[int | None] = mapped_column()
    state: Mapped[str] = tracked(String(10), default=ReportState.RECEIVED, label=_l("État"))
    description: Mapped[str] = column(Text, label=_l("Ce qui se passe"))
    #: E-mail or telephone, when given; erased two months after closing.
    contact: Mapped[str | None] = column(String(254), label=_l("Contact"))
    #: The words that strangers read of it: the name of an open one, why a refused one was.
    public_label: Mapped[str | None] = tracked(String(200), label=_l("Libellé montré au public"))
    reported_at: Mapped[datetime] = column(
        default=clock.now, info=facts.fact(), label=_l("Reçu le")
    )
    closed_at: Mapped[datetime | None] = tracked(
        info=facts.fact(after="reported_at"), label=_l("Clos le")
    )
    #: Sixteen random characters: whoever holds them reads what became of the report.
    follow_token: Mapped[str | None] = mapped_column(ordered_text(16))
    #: People who pressed "Moi aussi", the first one left out.
    supporters: Mapped[int] = column(Integer, default=0, label=_l("Autres personnes"))

    asset: Mapped[Asset] = relationship(
        primaryjoin=lambda: foreign(TagReport.asset_id) == remote(Asset.id), viewonly=True
    )

    def __repr__(self) -> str:
        shown = self.public_label if self.state != ReportState.REJECTED else ""
        return shown or self.description[:60]
