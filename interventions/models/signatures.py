"""Who received the work, in their own hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, tracked
from base.store.models import Document
from base.store.models.entities import same_entity
from interventions.models.work import WorkOrder


class Signature(Scoped, Stamped, Model):
    """One person's word that the work was done; never changed, put aside by a reopening.

    A signature drawn on the screen is a picture in the store, kept among the documents of the
    work order; its digest is copied here, so that the row names the very bytes. A person who
    cannot draw types their name instead: the row then has no picture.
    """

    __word__ = _l("Signature")
    __tablename__ = "interventions_signature"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        CheckConstraint("signer_name <> ''", name="signer_named"),
        CheckConstraint("(document_id is null) = (digest is null)", name="picture_has_its_digest"),
        Index("ix_interventions_signature_work_order", "work_order_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    signer_name: Mapped[str] = tracked(String(100), personal=True, label=_l("Signataire"))
    #: In what quality: "directrice", "gardien".
    signer_quality: Mapped[str] = tracked(
        String(100), personal=True, default="", label=_l("Qualité du signataire")
    )
    signed_at: Mapped[datetime] = tracked(info=facts.fact(), label=_l("Signé le"))
    document_id: Mapped[int | None] = tracked(ForeignKey("base_document.id"), label=_l("Document"))
    #: SHA-256 of the picture, as the store names it.
    digest: Mapped[str | None] = tracked(String(64), label=_l("Empreinte"))
    #: The work was reopened: the signature stays readable and holds no more.
    replaced_at: Mapped[datetime | None] = tracked(
        info=facts.fact(after="signed_at"), label=_l("Remplacé le")
    )

    work_order: Mapped[WorkOrder] = relationship(
        primaryjoin="foreign(Signature.work_order_id) == remote(WorkOrder.id)"
    )
    document: Mapped[Document | None] = relationship()

    @property
    def is_live(self) -> bool:
        """Whether it still stands for the work."""
        return self.replaced_at is None

    def __repr__(self) -> str:
        return ", ".join(word for word in (self.signer_name, self.signer_quality) if word)


# One signature holds at a time, whoever presses the button first.
Index(
    "uq_interventions_signature_live",
    Signature.work_order_id,
    unique=True,
    sqlite_where=Signature.replaced_at.is_(None),
    postgresql_where=Signature.replaced_at.is_(None),
)
