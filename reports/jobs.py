"""Reports made in the background."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.engine.jobs import Context, enqueue, job
from base.face.attached import inbox
from base.face.attached.documents import keep_for
from base.papers.files.store import current_store
from base.papers.reporting import get
from base.rules.rights import current
from base.rules.rights.actors import job_session
from base.rules.verbs import Door, verb
from base.store.models.jobs import JobRun, JobState
from reports import services
from reports.models import ReportRun
from reports.pages import page_of
from reports.services import Made, Site


def _site() -> Site:
    settings = current.settings()
    return Site(settings.base_url, not settings.is_loopback, page_of)


#: Name of the kind of job.
KIND = "reports.make"


@job(KIND, title=_l("Rapport"), max_attempts=3, steps=(_l("Lecture"), _l("Mise en page")))
class MakeReport:
    """Read and draw without a transaction, then write the run in one."""

    def prepare(self, args: dict[str, Any], ctx: Context) -> Made:
        """The document, in the store."""
        ctx.step(_l("Lecture"))
        with ctx.read() as session:
            return services.make(
                session,
                args["run_id"],
                site=_site(),
                store=current_store(),
                progress=lambda percent, text: ctx.progress(percent, text=text),
            )

    def apply(self, session: Session, made: Made, ctx: Context) -> None:
        """The run, finished."""
        run = services.finish(session, made, at=clock.now())
        ctx.result["run_id"] = run.id
        if run.document_id is not None:
            ctx.attach(run.document_id)
        if run.job is not None and run.job.created_by_id is not None:
            title = get(run.code).title
            words = _("Le rapport « %(title)s » est prêt.", title=title)
            inbox.tell_ready(session, run, run.job.created_by_id, words)

    def follow(self, session: Session, args: dict[str, Any], state: Any, sentence: str) -> None:
        """Tell whoever asked that there will be no report, and why."""
        run = session.get_one(ReportRun, args["run_id"])
        title = get(run.code).title
        _tell_failed(
            session,
            KIND,
            run,
            state,
            _("Le rapport « %(title)s » n’a pas été fait : %(why)s", title=title, why=sentence),
        )


def _tell_failed(session: Session, kind: str, run: ReportRun, state: Any, words: str) -> None:
    """Ring for whoever asked for the last job of this kind for a run, once, when it is given up."""
    row = session.scalars(
        select(JobRun)
        .where(JobRun.kind == kind, JobRun.args == json.dumps({"run_id": run.id}))
        .order_by(JobRun.id.desc())
        .limit(1)
    ).first()
    # Who stopped it knows; of a failed one that somebody puts away it was told before.
    if state != JobState.DEAD or row is None or row.closed_reason is not None:
        return
    if row.created_by_id is not None:
        inbox.tell_ready(session, run, row.created_by_id, words)


#: Name of the kind of job.
EVIDENCE = "reports.evidence"


@job(
    EVIDENCE,
    title=_l("Dossier de preuve"),
    max_attempts=3,
    steps=(_l("Rapport"), _l("Scellé"), _l("Dossier")),
)
class MakeEvidence:
    """The traceability report if it is not made yet, a seal over it, then the evidence file."""

    def prepare(self, args: dict[str, Any], ctx: Context) -> Any:
        """The file, in the store. A second try finds the report of the first."""
        from base.upkeep.seals.sealing import seal_now
        from reports.evidence import making

        ctx.step(_l("Rapport"))
        store = current_store()
        with ctx.read() as session:
            made = services.make(
                session,
                args["run_id"],
                site=_site(),
                store=store,
                progress=lambda percent, text: ctx.progress(percent, text=text),
            )
        with job_session(ctx.scope, ctx.actor, ctx.door) as session:
            services.finish(session, made, at=clock.now())
        ctx.step(_l("Scellé"))
        seal_now(ctx.door)
        ctx.step(_l("Dossier"))
        with ctx.read() as session:
            run = session.get_one(ReportRun, args["run_id"])
            stored, count = making.make(session, run, store=store)
            return stored, count, run.id

    def apply(self, session: Session, prepared: Any, ctx: Context) -> None:
        """The file, for whoever asked."""
        stored, count, run_id = prepared
        run = session.get_one(ReportRun, run_id)
        document = keep_for(session, run, stored)
        ctx.attach(document.id)
        ctx.log(ngettext("%(num)d fait du journal", "%(num)d faits du journal", count))
        if ctx.user_id is not None:
            words = _("Le dossier de preuve du rapport %(number)s est prêt.", number=run.number)
            inbox.tell_ready(session, run, ctx.user_id, words)

    def follow(self, session: Session, args: dict[str, Any], state: Any, sentence: str) -> None:
        """Tell whoever asked that there will be no file, and why."""
        run = session.get_one(ReportRun, args["run_id"])
        words = _(
            "Le dossier de preuve du rapport %(number)s n’a pas été fait : %(why)s",
            number=run.number,
            why=sentence,
        )
        _tell_failed(session, EVIDENCE, run, state, words)


@verb(
    ReportRun,
    _l("Dossier de preuve"),
    "certificate",
    name="evidence",
    doors=Door.DESK,
    said=_l("Le dossier de preuve est demandé."),
    leads="JobView.show",
)
def start_evidence(session: Session, run: ReportRun) -> JobRun:
    """Ask for the evidence file of a traceability run, which is made with it if need be.

    Raises:
        InvalidInput: the run is not a traceability report in PDF.
    """
    from reports.evidence import making

    making.require_provable(run)
    title = _("Dossier de preuve, %(number)s", number=run.number)
    row: JobRun = enqueue(
        session, MakeEvidence, {"run_id": run.id}, title=title, entity_id=run.entity_id
    )
    if run.job_id is None:
        run.job_id = row.id
    session.flush()
    return row


def start(session: Session, run: ReportRun) -> None:
    """Ask for a run to be made; a worker is woken after the commit."""
    title = f"{run.number} · {get(run.code).title}"
    row = enqueue(session, MakeReport, {"run_id": run.id}, title=title, entity_id=run.entity_id)
    run.job_id = row.id
    session.flush()
