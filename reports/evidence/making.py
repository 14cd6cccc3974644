"""The evidence file of an asset, made from its traceability report."""

from __future__ import annotations

import tempfile
from typing import IO

from sqlalchemy import select

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.papers.files.store import Store, Stored, safe_label
from base.rules.rights import telling, withheld
from base.store.history.belonging import records_of
from base.store.models import Entity
from base.store.models.documents import Document
from base.upkeep.seals import head
from reports import queries
from reports.catalogue.perimeter import asset_of
from reports.evidence import archive
from reports.evidence.archive import Subject
from reports.models import ReportRun

#: The report that an evidence file goes with.
CODE = "traceability"


def can_prove(run: ReportRun) -> bool:
    """Whether this run is one that an evidence file can be made for."""
    return run.code == CODE and run.format == "pdf"


def require_provable(run: ReportRun) -> None:
    """Refuse a run of another report.

    Raises:
        InvalidInput: it is not a traceability report in PDF.
    """
    if not can_prove(run):
        raise InvalidInput(
            _("Un dossier de preuve accompagne un rapport de traçabilité en PDF : demandez-en un.")
        )


def write(session: Session, run: ReportRun, out: IO[bytes], *, store: Store) -> int:
    """Write the evidence file of a finished run; how many entries of the trail it holds.

    Raises:
        InvalidInput: the run is not a traceability report in PDF.
        NotSealed: the trail has no seal, or none over the deposit of the report.
    """
    require_provable(run)
    asset = asset_of(session, run.values["asset"])
    whole = records_of(session, asset)
    known = telling.narrowed(session, whole)
    documents = queries.documents(session, known[Document.__tablename__])
    documents = [one for one in documents if telling.reads(session, one.record)]
    if run.document is not None:
        documents.append(run.document)
    known[Document.__tablename__] = [document.id for document in documents]
    last = head(session).size
    found = list(queries.events_of(session, list(known.items()), last=last))
    with withheld.lifted(session):  # the report itself: its author has it in hand
        own = [(ReportRun.__tablename__, sorted({run.printed.id, run.id}))]
        found += queries.events_of(session, own, last=last)
    found.sort(key=lambda event: event.seq)
    # An entry is proved by its very bytes: one that tells what the person may not read is left
    # out whole, and the archive says so.
    events = [event for event in found if withheld.may_tell(session, event.record, event.changes)]
    left_out = withheld.words(session) if len(events) < len(found) else []
    left_out += telling.left_out(session, whole)
    entity = session.scalars(select(Entity).where(Entity.id == run.entity_id)).one()
    title = f"{asset.name} ({asset.code})"
    subject = Subject(title, entity.name, entity.timezone, tuple(left_out))
    return archive.write(session, out, subject, events, documents, store=store)


def make(session: Session, run: ReportRun, *, store: Store) -> tuple[Stored, int]:
    """The evidence file of a finished run, in the store, and how many entries it holds."""
    with tempfile.TemporaryFile() as out:
        count = write(session, run, out, store=store)
        out.seek(0)
        with store.receive(out, limit=2**40) as incoming:
            label = safe_label(f"preuve-{run.printed.number}.zip")
            return store.keep(incoming, media_type=archive.MEDIA_TYPE, label=label), count
