"""What people ask for, before it becomes work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, Versioned, column, tracked
from base.store.models.entities import same_entity
from interventions.domain import Channel, Priority, RequestState
from interventions.models.work import WorkOrder
from patrimoine.models import Asset, TagReport
from patrimoine.models.columns import ordered_text


class ServiceRequest(Scoped, Stamped, Versioned, Model):
    """A need told by somebody, sorted by a person, answered by a work order or a refusal."""

    __word__ = _l("Demande")
    __tablename__ = "interventions_service_request"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        UniqueConstraint("entity_id", "number"),
        same_entity("asset_id", "patrimoine_asset"),
        same_entity("work_order_id", "interventions_work_order"),
        same_entity("tag_report_id", "patrimoine_tag_report"),
        UniqueConstraint("tag_report_id"),
        one_of("state", RequestState),
        one_of("channel", Channel),
        one_of("priority", Priority),
        CheckConstraint(
            "(state in ('accepted', 'closed')) = (work_order_id is not null)",
            name="accepted_has_its_work",
        ),
        CheckConstraint(
            "state <> 'refused' or refusal_reason <> ''", name="refusal_has_its_reason"
        ),
        Index("ix_interventions_service_request_state", "entity_id", "state", "id"),
        Index("ix_interventions_service_request_newest", "entity_id", "id"),
        Index("ix_interventions_service_request_received", "entity_id", "received_at", "id"),
        Index("ix_interventions_service_request_priority", "entity_id", "priority", "id"),
        Index("ix_interventions_service_request_channel", "entity_id", "channel", "id"),
        Index("ix_interventions_service_request_asset", "asset_id", "state"),
        Index("ix_interventions_service_request_work", "work_order_id", "entity_id"),
        Index("uq_interventions_service_request_follow_token", "follow_token", unique=True),
        {"info": {"large": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Indexed with the order of the lists instead of alone.
    entity_id: Mapped[int] = column(ForeignKey("base_entity.id"), label=_l("Entité"))
    number: Mapped[str] = tracked(String(20), info={"series": "DEM"}, label=_l("Numéro"))
    asset_id: Mapped[int] = tracked(label=_l("Bien"))
    state: Mapped[str] = tracked(String(12), default=RequestState.NEW, label=_l("État"))
    channel: Mapped[str] = tracked(String(10), default=Channel.STAFF, label=_l("Reçue par"))
    priority: Mapped[str] = tracked(String(10), default=Priority.NORMAL, label=_l("Priorité"))
    title: Mapped[str] = tracked(String(200), default="", label=_l("Objet"))
    description: Mapped[str] = tracked(Text, default="", label=_l("Description"))
    requester: Mapped[str] = tracked(String(200), personal=True, default="", label=_l("Demandeur"))
    #: Mail or telephone, only if the person wants to be told.
    contact: Mapped[str] = tracked(String(254), personal=True, default="", label=_l("Contact"))
    received_at: Mapped[datetime] = tracked(info=facts.fact(), label=_l("Reçue le"))
    refusal_reason: Mapped[str] = tracked(String(300), default="", label=_l("Motif du refus"))
    work_order_id: Mapped[int | None] = tracked(label=_l("Intervention"))
    #: The stranger's report that it was made from, closed with it.
    tag_report_id: Mapped[int | None] = tracked(label=_l("Signalement"))

    #: Sixteen random characters: whoever holds them reads what became of the request.
    follow_token: Mapped[str | None] = mapped_column(ordered_text(16))

    asset: Mapped[Asset] = relationship(
        primaryjoin="foreign(ServiceRequest.asset_id) == remote(Asset.id)"
    )
    work_order: Mapped[WorkOrder | None] = relationship(
        primaryjoin="foreign(ServiceRequest.work_order_id) == remote(WorkOrder.id)"
    )

    tag_report: Mapped[TagReport | None] = relationship(
        primaryjoin="foreign(ServiceRequest.tag_report_id) == remote(TagReport.id)"
    )

    def __repr__(self) -> str:
        return f"{self.number} {self.title}"
