"""Asking for a report, making its document, keeping the proof."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as OrmSession

from base.basics.errors import InvalidInput, NotFound
from base.basics.formats import instant, number
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.attached.documents import keep_alone
from base.papers import reporting
from base.papers.files.store import Store, Stored, safe_label
from base.papers.reporting import Content, Edition
from base.papers.reporting.render import FORMATS, MEDIA, render
from base.store.history.sequences import next_number
from base.store.models import Entity
from reports import catalogue, domain, queries
from reports.catalogue.perimeter import asset_of
from reports.models import ReportRun

__all__ = ["Made", "Site", "ask", "catalogue", "finish", "make"]

#: Series of the numbers printed on reports.
SERIES = "RAP"


@dataclass(frozen=True)
class Site:
    """Where the pages are that a document names."""

    address: str
    #: Whether readers elsewhere reach it: else no figure leads there.
    is_public: bool
    #: The path of the page that a figure opens.
    path: Callable[[str], str]

    @property
    def public(self) -> str:
        """The address that figures lead to; nothing when there is none."""
        return self.address if self.is_public else ""

    def page(self, href: str) -> str:
        """The address of the page that a figure opens; nothing when there is none."""
        path = self.path(href) if self.is_public else ""
        return self.address + path if path else ""


@dataclass(frozen=True)
class Made:
    """What the long part of a run found: the document in the store, or the run that has it."""

    run_id: int
    cut_seq: int | None
    cut_at: datetime | None
    question: str
    content_digest: str
    stored: Stored | None
    same_as_id: int | None


def ask(
    session: Session,
    *,
    code: str,
    given: Mapping[str, object],
    form: str,
    asked_by: str,
    at: datetime,
    today: date,
) -> ReportRun:
    """A run with its number, not yet made; its parameters are checked here.

    Raises:
        NotFound: no report has this code.
        InvalidInput: a parameter or the format is wrong; ``errors`` names the fields.
    """
    report = reporting.get(code)
    if form not in FORMATS:
        words = _("Le format « %(form)s » n’existe pas : pdf, xlsx ou csv.", form=form[:20])
        raise InvalidInput.at("format", words)
    values = report.read(given, today=today)
    if not session.scope:
        raise NotFound(_("Ce compte n’est rattaché à aucune collectivité."))
    for param in report.params:
        if param.known is not None and values.get(param.name):
            param.known(session, values[param.name])
    entity_id = session.scope[0]
    if values.get("asset"):
        entity_id = asset_of(session, values["asset"]).entity_id
    run = ReportRun(
        entity_id=entity_id,
        number=next_number(session, SERIES, at.year, entity_id),
        code=code,
        format=form,
        params=json.dumps(reporting.plain_params(values), ensure_ascii=False, sort_keys=True),
        asked_by=asked_by[:120],
        requested_at=at,
        verification_code=domain.new_code(),
    )
    session.add(run)
    session.flush()
    return run


def make(
    session: Session, run_id: int, *, site: Site, store: Store, progress: reporting.Progress
) -> Made:
    """The document of a run, put into the store; nothing is written to the database.

    All is read in one snapshot. When an earlier run answered the same question on the same data,
    nothing is drawn: that run's document is the answer.

    Raises:
        NotFound: the run is not in the session's scope.
    """
    _snapshot(session)
    run = _run(session, run_id)
    report = reporting.get(run.code)
    values = report.read(run.values, today=run.requested_at.date())
    content = report.function(session, values, progress)
    seq, cut_at = content.cut or queries.data_cut(
        session, records=report.tables(), entity_ids=session.scope
    )
    question = domain.same_question(
        run.code, run.format, run.values, session.scope, seq, content.seal, site.public
    )
    same = queries.finished_with_question(session, question)
    if same is not None:
        digest = same.content_digest or ""
        return Made(run.id, seq, cut_at, question, digest, None, same.id)
    stored, digest = _draw(session, run, content, (seq, cut_at), site, store, progress)
    return Made(run.id, seq, cut_at, question, digest, stored, None)


def finish(session: Session, made: Made, *, at: datetime) -> ReportRun:
    """Write what a run gave; a run of the same question that was faster keeps the document.

    Raises:
        NotFound: the run is not in the session's scope.
    """
    run = _run(session, made.run_id)
    if run.finished_at is not None:
        return run
    same = queries.finished_with_question(session, made.question)
    run.cut_seq, run.cut_at, run.question = made.cut_seq, made.cut_at, made.question
    if same is not None:
        run.same_as_id, run.document_id = same.id, same.document_id
        run.content_digest, run.file_digest = same.content_digest, same.file_digest
    else:
        if made.stored is None:
            raise NotFound(_("Le document de ce rapport n’existe plus : demandez-le à nouveau."))
        document = keep_alone(session, made.stored, entity_id=run.entity_id, at=at)
        session.flush()
        run.document_id, run.file_digest = document.id, made.stored.digest
        run.content_digest = made.content_digest
    run.finished_at = at
    session.flush()
    return run


def _run(session: Session, run_id: int) -> ReportRun:
    run = session.scalars(select(ReportRun).where(ReportRun.id == run_id)).first()
    if run is None:
        raise NotFound(_("Ce rapport n’existe pas."))
    return run


def _snapshot(session: Session) -> None:
    """Read one state of the data from now on; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        OrmSession.connection(session, execution_options={"isolation_level": "REPEATABLE READ"})  # type: ignore[arg-type]


def _draw(
    session: Session,
    run: ReportRun,
    content: Content,
    cut: tuple[int | None, datetime | None],
    site: Site,
    store: Store,
    progress: reporting.Progress,
) -> tuple[Stored, str]:
    """Draw the document into the store, and the digest of what it says."""
    edition = _edition(session, run, cut, site)

    def told(lines: int) -> None:
        # How many lines there will be is not known: the bar nears its end and never reaches it.
        text = _("%(n)s lignes écrites", n=number(lines, 0))
        progress(50 + int(48 * lines / (lines + 20_000)), text)

    progress(50, _("Mise en page"))
    with tempfile.TemporaryFile() as out:
        digest = render(content, edition, run.format, out, told)
        out.seek(0)
        with store.receive(out, limit=2**40) as incoming:
            label = safe_label(f"{run.number}-{run.code}.{run.format}")
            return store.keep(incoming, media_type=MEDIA[run.format], label=label), digest


def _edition(
    session: Session, run: ReportRun, cut: tuple[int | None, datetime | None], site: Site
) -> Edition:
    entity = session.scalars(select(Entity).where(Entity.id == run.entity_id)).one()
    seq, at = cut
    cut_label = _("journal vide")
    if seq is not None:
        when = instant(at, zone=entity.timezone)
        cut_label = _("n° %(seq)s du %(when)s", seq=number(seq, 0), when=when)
    code = domain.shown_code(run.verification_code)
    return Edition(
        number=run.number,
        code=code,
        address=f"{site.address}/verifier/{code}",
        entity=entity.name,
        service="",
        asked_by=run.asked_by,
        issued_at=run.requested_at,
        cut_at=at or run.requested_at,
        cut_label=cut_label,
        zone=entity.timezone,
        page=site.page,
    )
