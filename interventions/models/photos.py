"""What the place looked like, before and after."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, tracked
from base.store.models import Document
from base.store.models.entities import same_entity
from interventions.domain import Moment
from interventions.models.work import WorkOrder


class Photo(Scoped, Stamped, Model):
    """A photograph among the documents of a work order, and the moment it shows."""

    __word__ = _l("Photo")
    __tablename__ = "interventions_photo"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        UniqueConstraint("document_id"),
        one_of("moment", Moment),
        Index("ix_interventions_photo_work_order", "work_order_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    document_id: Mapped[int] = tracked(ForeignKey("base_document.id"), label=_l("Document"))
    moment: Mapped[str] = tracked(String(10), label=_l("Moment"))

    work_order: Mapped[WorkOrder] = relationship(
        primaryjoin="foreign(Photo.work_order_id) == remote(WorkOrder.id)"
    )
    document: Mapped[Document] = relationship()

    def __repr__(self) -> str:
        return self.moment
