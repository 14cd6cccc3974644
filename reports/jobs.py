"""Reports made in the background."""

from __future__ import annotations

from typing import Any

from base import clock, current
from base.files import current_store
from base.i18n import _l
from base.jobs import Context, enqueue, job
from reports import services
from reports.models import ReportRun
from reports.services import Made

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
                base_url=current.settings().base_url,
                store=current_store(),
                progress=lambda percent, text: ctx.progress(percent, text=text),
            )

    def apply(self, session: Any, made: Made, ctx: Context) -> None:
        """The run, finished."""
        run = services.finish(session, made, at=clock.now())
        ctx.result["run_id"] = run.id
        if run.document_id is not None:
            ctx.attach(run.document_id)


def start(session: Any, run: ReportRun) -> None:
    """Ask for a run to be made; a worker is woken after the commit."""
    from base import reporting

    title = f"{run.number} · {reporting.get(run.code).title}"
    row = enqueue(session, MakeReport, {"run_id": run.id}, title=title, entity_id=run.entity_id)
    run.job_id = row.id
    session.flush()
