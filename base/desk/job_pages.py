"""The screens of background jobs: the list, one job with its progress and log, and its verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for

from base.basics import clock, formats
from base.basics.errors import DomainError
from base.basics.i18n import _, _l, headed, ngettext, said_again
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.tiles import Place, Reading
from base.engine import jobs
from base.engine.jobs import queries
from base.engine.jobs.kinds import KINDS, PERIODIC
from base.face.api import ModuleApi
from base.face.attached import documents
from base.face.views import Page, ScopedInterface
from base.face.views.acting import refused
from base.face.views.routes import route
from base.rules.rights.actors import system_session, unit_of_work
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.mixins import current_user_id
from base.store.models import JobRun
from base.store.models.jobs import FINAL_STATES, JobLog, JobState, LogLevel

#: Jobs on one page of the list.
PAGE = 50


@dataclass(frozen=True)
class Step:
    """One part of a job: done, under way or to come."""

    name: str
    state: str


def is_admin() -> bool:
    """Whether the person of this request runs the installation."""
    manager = current_app.appbuilder.sm  # type: ignore[attr-defined]
    user = manager.current_user
    return user is not None and any(r.name == manager.auth_role_admin for r in user.roles)


@contextmanager
def reading() -> Iterator[Any]:
    """The session that lists jobs: an administrator also sees those of the system."""
    if is_admin():
        with system_session("jobs on screen", readonly=True) as session:
            yield session
    else:
        yield db.session()


@contextmanager
def writing() -> Iterator[Any]:
    """The session that changes a job, for the same people."""
    if is_admin():
        with system_session("jobs on screen") as session:
            yield session
    else:
        with unit_of_work() as session:
            yield session


def may_change(row: JobRun) -> bool:
    """Whether this person may stop or run the job again: who asked for it, or an administrator."""
    return is_admin() or (row.created_by_id is not None and row.created_by_id == current_user_id())


def asked_by(row: JobRun, names: dict[int, str]) -> str:
    """Who or what asked for a job, in words."""
    if row.created_by_id is not None:
        return names.get(row.created_by_id, "")
    return _("Planifié") if row.kind in PERIODIC else _("Ouvrage")


def lasted(row: JobRun) -> timedelta | None:
    """How long the last try has taken, or takes so far."""
    if row.started_at is None:
        return None
    return (row.finished_at or clock.now()) - row.started_at


def left(row: JobRun) -> timedelta | None:
    """How long it will still take, guessed from the share that is done."""
    spent = lasted(row)
    if row.state != JobState.RUNNING or spent is None or row.progress < 5:
        return None
    return spent * (100 - row.progress) / row.progress


def to_the_second(at: datetime) -> str:
    """``10:58:02``, where the reader is: lines of a log lie close together."""
    return formats.local(at).strftime("%H:%M:%S")


def steps_of(row: JobRun, log: list[JobLog]) -> list[Step]:
    """The parts of a job: those it has begun, then those its kind still announces."""
    # Kept in the authority's language when the job ran, like all that is kept.
    begun = [said_again(line.text) for line in log if line.level == LogLevel.STEP]
    announced = [str(name) for name in KINDS[row.kind].steps] if row.kind in KINDS else []
    ended = row.state == JobState.DONE
    last = "cur" if row.state == JobState.RUNNING else "done" if ended else ""
    found = [Step(name, "done") for name in begun[:-1]]
    found += [Step(name, last) for name in begun[-1:]]
    return found + [Step(name, "done" if ended else "") for name in announced if name not in begun]


class JobView(Page):
    """What runs in the background, for the person who asked."""

    route_base = "/traitements"
    rights_title = _l("Traitements")
    right_words = {
        "can_cancel": _l("annuler"),
        "can_close": _l("clore"),
    }

    @route("/", "list")
    def list(self) -> Any:
        """Recent jobs: all that one may see, one's own, or those that failed."""
        view = request.args.get("view", "all")
        before = request.args.get("before", type=as_id)
        with reading() as session:
            rows = queries.jobs_page(
                session,
                before=before,
                by=current_user_id() if view == "mine" else None,
                failed=view == "failed",
                limit=PAGE + 1,
            )
            failed = queries.count_failed(session)
            names = names_of(row.created_by_id for row in rows)
            return self.render(
                "ov/jobs/list.html",
                title=_("Traitements"),
                rows=rows[:PAGE],
                older=rows[PAGE - 1].id if len(rows) > PAGE else None,
                view=view,
                failed=failed,
                **self._words(names),
            )

    @route("/<int:pk>", "show")
    def show(self, pk: int) -> Any:
        """One job: progress, parts, log, files made."""
        with reading() as session:
            return self.render("ov/jobs/show.html", **self._values(session, pk))

    @route("/<int:pk>/avancement", "show")
    def progress(self, pk: int) -> Any:
        """The part of the page that changes; status 286 tells htmx to stop asking."""
        with reading() as session:
            values = self._values(session, pk)
            ended = values["row"].state in FINAL_STATES
            return render_template("ov/jobs/_progress.html", **values), 286 if ended else 200

    @route("/<int:pk>/arreter", "cancel", methods=["POST"])
    def cancel(self, pk: int) -> Any:
        """Stop a job."""
        return self._change(pk, jobs.cancel, _("L’arrêt est demandé."))

    @route("/<int:pk>/relancer", "cancel", methods=["POST"])
    def rerun(self, pk: int) -> Any:
        """Run a failed or stopped job again."""
        return self._change(pk, jobs.rerun, _("Le traitement est relancé."))

    @route("/<int:pk>/classer", "close", methods=["POST"])
    def close(self, pk: int) -> Any:
        """Put a failed job away."""
        reason = request.form.get("reason", "")
        return self._change(pk, jobs.close, _("L’échec est classé."), reason=reason)

    def _change(self, pk: int, verb: Any, done: str, **options: Any) -> Any:
        try:
            with writing() as session:
                row = queries.job(session, pk)
                if row is None:
                    abort(404)
                if not may_change(row):
                    abort(403)
                verb(session, row, **options)
        except DomainError as refusal:
            return refused(refusal, url_for("JobView.show", pk=pk))
        flash(done, "success")
        return redirect(url_for("JobView.show", pk=pk))

    def _values(self, session: Session, pk: int) -> dict[str, Any]:
        row = queries.job(session, pk)
        if row is None:
            abort(404)
        log = queries.log_of(session, pk, limit=500)
        made = json.loads(row.result)
        numbers = made.get("document_ids", [])
        return {
            "title": _(row.title),
            "row": row,
            "steps": steps_of(row, log),
            "log": [(x, LogLevel(x.level)) for x in log if x.level != LogLevel.STEP],
            "documents": documents.by_ids(session, numbers),
            "may_change": may_change(row),
            "is_admin": is_admin(),
            "is_over": row.state in FINAL_STATES,
            **self._words(names_of([row.created_by_id])),
        }

    @staticmethod
    def _words(names: dict[int, str]) -> dict[str, Any]:
        return {
            "state_of": JobState,
            "asked_by": lambda row: asked_by(row, names),
            "lasted": lasted,
            "left": left,
            "to_the_second": to_the_second,
        }


class JobApi(ModuleApi):
    """Background jobs, read only: a program follows what it has asked for."""

    datamodel = ScopedInterface(JobRun)
    resource_name = "job"
    list_columns = (
        "id kind title state progress progress_text attempts last_error created_at started_at"
        " finished_at result entity_id"
    ).split()
    show_columns = list_columns
    add_columns = ["kind"]
    edit_columns = ["kind"]
    search_columns = ["id", "kind", "state", "entity_id"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    exclude_route_methods = {"post", "put", "delete", "info"}


def _failed(session: Session) -> Reading:
    """The failed jobs that wait for the administrator."""
    with system_session("jobs on screen", readonly=True) as everything:
        count = tiles.counted(everything, JobRun, *queries.FAILED)
        last = queries.last_failed(everything)
        said = "" if last is None else last.title
        if last is not None and last.last_error:
            said = headed(last.title, last.last_error)
    return Reading(
        ngettext(
            "%(n)s traitement en échec", "%(n)s traitements en échec", count, n=tiles.shown(count)
        ),
        count,
        detail=said[:200],
        url=url_for("JobView.list", view="failed"),
        verb=_("Décider"),
        state="late",
    )


def register(appbuilder: Any) -> None:
    """Add the screens and the administrator's tile."""
    appbuilder.add_view(JobView, "Jobs", label=_l("Traitements"), icon="stack-2", category="Tools")
    appbuilder.add_api(JobApi)
    tiles.tile(
        "jobs-failed",
        _l("Traitements en échec"),
        _failed,
        Place.WAITS,
        when=is_admin,
        endpoints=("JobView.list",),
        audiences=("admin",),
        icon="stack-2",
        order=10,
    )
