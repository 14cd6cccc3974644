"""What a printed document stands on, for whoever holds it.

The code printed on the document is the right to read this, and to nothing more: the rows are
read without row rules and only what the document itself says is returned.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from base.basics.sessions import Session
from base.papers import reporting
from base.papers.files.store import Store
from base.store.models import Entity, Event
from base.store.models.documents import Document
from base.upkeep.seals import Standing, standing
from reports.models import ReportRun


@dataclass(frozen=True)
class Proof:
    """One printing of a report, and whether its document is still what was printed."""

    number: str
    title: str
    form: str
    entity: str
    zone: str
    #: Name and value of each parameter.
    params: list[tuple[str, str]]
    requested_at: datetime
    cut_seq: int | None
    cut_at: datetime | None
    content_digest: str
    file_digest: str
    #: The bytes kept have the digest noted when they were drawn.
    intact: bool
    #: Later printings of the same question on the same data.
    again: int
    #: The last entry that the data can show, against its seal; None when there was none.
    data: Standing | None
    #: The entry that says which file was made, against its seal; None when there is none.
    made: Standing | None

    @property
    def sound(self) -> bool:
        """The file is what was made, and what was sealed since is what was sealed."""
        held = [s.holds for s in (self.data, self.made) if s is not None]
        return self.intact and self.made is not None and False not in held


def find(session: Session, code: str | None, store: Store) -> Proof | None:
    """The printing with that code; None when there is none, or it is not finished."""
    run, entity, document = ReportRun.__table__, Entity.__table__, Document.__table__
    row = session.core(
        select(run, entity.c.name, entity.c.timezone, document.c.digest)
        .select_from(
            run.join(entity, entity.c.id == run.c.entity_id).join(
                document, document.c.id == run.c.document_id
            )
        )
        .where(run.c.verification_code == (code or ""), run.c.finished_at.is_not(None))
    ).first()
    if row is None:
        return None
    noted = session.core(
        select(Event.seq)
        .where(
            Event.record == run.name,
            Event.record_id == row.id,
            Event.op != "V",
            Event.changes.contains(row.file_digest or " ", autoescape=True),
        )
        .order_by(Event.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    again = session.core(
        select(run.c.id).where(run.c.same_as_id == (row.same_as_id or row.id))
    ).all()
    report = reporting.CATALOGUE.get(row.code)
    return Proof(
        number=row.number,
        title=str(report.title) if report else row.code,
        form=row.format,
        entity=row.name,
        zone=row.timezone,
        params=reporting.params_in_words(row.code, json.loads(row.params)),
        requested_at=row.requested_at,
        cut_seq=row.cut_seq,
        cut_at=row.cut_at,
        content_digest=row.content_digest or "",
        file_digest=row.file_digest or "",
        intact=row.digest == row.file_digest and store.is_intact(row.file_digest or "0" * 64),
        again=len(again),
        data=standing(session, row.cut_seq) if row.cut_seq else None,
        made=standing(session, noted) if noted else None,
    )
