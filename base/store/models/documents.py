"""Documents: files that people or the application attach to records."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from base.basics import clock, facts
from base.basics.i18n import _l
from base.store.database import Model
from base.store.mixins import Scoped, tracked


class Document(Scoped, Model):
    """One file of one record; its bytes are in the store under their digest."""

    __word__ = _l("Document")
    __tablename__ = "base_document"
    __hangs_on__ = "*"
    __table_args__ = (
        Index("ix_base_document_record", "record", "record_id"),
        Index("ix_base_document_digest", "digest"),
        Index("ix_base_document_uploader", "uploaded_by_id", "uploaded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = tracked(String(64), info={"stored": True}, label=_l("Empreinte"))
    size: Mapped[int]
    #: Fixed by content; what it is served as.
    media_type: Mapped[str] = mapped_column(String(120))
    #: The file's name as its author gave it, made harmless.
    label: Mapped[str] = tracked(String(150), label=_l("Libellé"))
    #: Root table of the record it belongs to; empty for one that stands alone.
    record: Mapped[str | None] = tracked(String(80), label=_l("Fiche"))
    record_id: Mapped[int | None] = tracked(label=_l("Fiche n°"))
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: Empty when the system made it.
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Put away: out of the lists, its bytes are kept for the history.
    removed_at: Mapped[datetime | None] = tracked(info=facts.stamp(), label=_l("Retiré le"))

    @property
    def is_image(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.media_type.startswith("image/")

    def __repr__(self) -> str:
        return self.label
