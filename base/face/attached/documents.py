"""Files of records: attach, list, put away; and what a record’s name stands for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from base.basics import clock
from base.basics.errors import DomainError, NotFound
from base.basics.i18n import _
from base.basics.rows import row_by_id
from base.basics.sessions import Session
from base.engine.jobs.queue import user_of
from base.papers.files.store import PERSON_QUOTA, Quota, Stored
from base.store.database import Model
from base.store.history.trail import record_name
from base.store.mixins import Scoped
from base.store.models.documents import Document

#: Files of one record.
MAX_PER_RECORD = 500


def attach(
    session: Session,
    row: Any,
    stored: Stored,
    *,
    at: datetime | None = None,
    quota: Quota | None = PERSON_QUOTA,
) -> Document:
    """Attach a file that is in the store to a record of one entity.

    Without ``quota`` it is not held against what the person sent today: it came in an import.

    The same bytes under the same name are attached once: giving them again gives the first row.

    Raises:
        FileRefused: the person has sent too much today, or the record has too many files.
    """
    at = at or clock.now()
    record = record_name(row)
    same = session.scalars(
        select(Document).where(
            Document.record == record,
            Document.record_id == row.id,
            Document.digest == stored.digest,
            Document.label == stored.label,
            Document.removed_at.is_(None),
        )
    ).first()
    if same is not None:
        return same
    if quota is not None:
        _check_quota(session, stored.size, at, quota)
    return _new(session, stored, at, row.entity_id, record, row.id)


def keep_alone(
    session: Session, stored: Stored, *, entity_id: int, at: datetime | None = None
) -> Document:
    """A file that the application made and that belongs to no single record: a report."""
    return _new(session, stored, at or clock.now(), entity_id)


def keep_for(session: Session, row: Any, stored: Stored) -> Document:
    """A file that the application made of a record: whoever sees the record sees it."""
    return _new(session, stored, clock.now(), row.entity_id, record_name(row), row.id)


#: Functions of modules that may refuse a file that stands alone: (session, document id) -> whether
#: the person of the session may see what it was made of.
ALONE: list[Callable[[Any, int], bool]] = []


def may_open(session: Session, document: Document) -> bool:
    """Whether no module refuses a file that stands alone; one of a record follows its record."""
    return document.record is not None or all(asked(session, document.id) for asked in ALONE)


def _new(
    session: Session,
    stored: Stored,
    at: datetime,
    entity_id: int,
    record: str | None = None,
    record_id: int | None = None,
) -> Document:
    document = Document(
        entity_id=entity_id,
        digest=stored.digest,
        size=stored.size,
        media_type=stored.media_type,
        label=stored.label,
        record=record,
        record_id=record_id,
        uploaded_at=at,
        uploaded_by_id=user_of(session),
    )
    session.add(document)
    session.flush()
    return document


def _check_quota(session: Session, size: int, at: datetime, quota: Quota) -> None:
    user_id = user_of(session)
    if user_id is None:
        return
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(Document.size), 0)).where(
            Document.uploaded_by_id == user_id,
            Document.uploaded_at >= at - timedelta(days=1),
        )
    ).one()
    quota.check(files=count + 1, size=int(total) + size)


def documents_of(session: Session, row: Any) -> Sequence[Document]:
    """The files of a record, newest first."""
    return of_record(session, record_name(row), row.id, limit=MAX_PER_RECORD)


def of_record(session: Session, record: str, record_id: int, *, limit: int) -> list[Document]:
    """As ``documents_of``, for a record by its table and number."""
    return list(
        session.scalars(
            select(Document)
            .where(
                Document.record == record,
                Document.record_id == record_id,
                Document.removed_at.is_(None),
            )
            .order_by(Document.uploaded_at.desc(), Document.id.desc())
            .limit(limit)
        )
    )


def document(session: Session, document_id: int) -> Document | None:
    """The file, when it was not put away."""
    found: Document | None = session.scalars(
        select(Document).where(Document.id == document_id, Document.removed_at.is_(None))
    ).first()
    return found


def by_ids(session: Session, ids: Collection[int]) -> Sequence[Document]:
    """Files, put away or not, in any order."""
    found: Sequence[Document] = session.scalars(select(Document).where(Document.id.in_(ids))).all()
    return found


#: Functions of modules that say why a file stays: (session, document id) -> sentence or None.
KEPT: list[Callable[[Any, int], str | None]] = []


def remove(session: Session, document: Document) -> None:
    """Put a file away: it leaves the lists; its bytes and its history stay.

    Raises:
        DomainError: a record stands on the file.
    """
    for reason in KEPT:
        if words := reason(session, document.id):
            raise DomainError(words)
    document.removed_at = document.removed_at or clock.now()
    session.flush()


def stored_of(document: Document) -> Stored:
    """What the store needs to give the file back."""
    return Stored(document.digest, document.size, document.media_type, document.label)


@functools.cache
def record_models() -> dict[str, Any]:
    """Root table -> class, for every record of one entity."""
    found = {}
    for mapper in Model.registry.mappers:
        root = mapper.base_mapper
        if issubclass(root.class_, Scoped):
            found[str(root.local_table.name)] = root.class_  # type: ignore[attr-defined]
    return found


def record_of(session: Session, record: str | None, record_id: int | None) -> Any:
    """The record that a file belongs to, as far as this session may see it.

    Raises:
        NotFound: no such class of records, no such row, or not in the scope.
    """
    model = record_models().get(record or "")
    if model is None or record_id is None or not 0 < record_id < 2**63:
        raise NotFound(_("Introuvable."))
    row = row_by_id(session, model, record_id)
    if row is None:
        raise NotFound(_("Introuvable."))
    return row
