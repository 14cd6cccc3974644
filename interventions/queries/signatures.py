"""Signatures and photographs of work orders."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from base.basics.sessions import Session
from base.store.models import Document
from interventions.models import Photo, Signature, WorkOrder


def signature_of(session: Session, work_order: WorkOrder) -> Signature | None:
    """The signature that holds, if any."""
    return session.scalar(
        select(Signature).where(
            Signature.work_order_id == work_order.id, Signature.replaced_at.is_(None)
        )
    )


def signatures_of(session: Session, work_order: WorkOrder) -> Sequence[Signature]:
    """All signatures, those put aside included, oldest first."""
    return session.scalars(
        select(Signature).where(Signature.work_order_id == work_order.id).order_by(Signature.id)
    ).all()


def is_signature(session: Session, document_id: int) -> bool:
    """Whether the document is the picture of a signature, holding or put aside."""
    found = select(Signature.id).where(Signature.document_id == document_id).limit(1)
    return session.scalar(found) is not None


def photos_of(session: Session, work_order: WorkOrder) -> Sequence[Photo]:
    """The photographs that were not put away: before, then after, in the order taken."""
    return session.scalars(
        select(Photo)
        .join(Photo.document)
        .where(Photo.work_order_id == work_order.id, Document.removed_at.is_(None))
        .order_by(Photo.moment.desc(), Photo.id)
        .options(contains_eager(Photo.document))
    ).all()


def photo_of_document(session: Session, document_id: int) -> Photo | None:
    """What moment a document shows, if that was said."""
    return session.scalar(select(Photo).where(Photo.document_id == document_id))


def typed_signatures(session: Session, work_order_id: int, *, limit: int) -> Sequence[Signature]:
    """Names typed in place of a drawing, the newest first."""
    return session.scalars(
        select(Signature)
        .where(Signature.work_order_id == work_order_id, Signature.document_id.is_(None))
        .order_by(Signature.id.desc())
        .limit(limit)
    ).all()
