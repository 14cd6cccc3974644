"""Screens: the runs of reports, and the proof of a printed document."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request, url_for
from flask_appbuilder.baseviews import expose

from base.basics.errors import NotFound
from base.basics.formats import instant
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.face.attached import inbox
from base.face.attached.documents import stored_of
from base.face.views import ModuleView, Page, ScopedInterface
from base.face.views.routes import route
from base.papers import reporting
from base.papers.files.store import current_store, serve
from base.rules.modules.actions import may
from base.store.database import db
from base.store.mixins import current_user_id
from reports import domain, proofs
from reports.evidence import making
from reports.models import ReportRun


class ReportRunView(ModuleView):
    """The runs of reports."""

    told_at_home = False
    datamodel = ScopedInterface(ReportRun)
    list_title = _l("Rapports demandés")
    show_template = "reports/run.html"
    icon = "report"
    right_words = {"can_evidence": _l("obtenir une preuve")}
    list_columns = ["number", "title", "format", "asked_by", "requested_at", "state_word"]
    show_columns = ["number", "title", "format", "asked_by", "requested_at", "state_word"]
    add_columns = ["code"]
    edit_columns = ["code"]
    search_columns = ["number", "code", "format", "requested_at"]
    order_columns = ["number", "requested_at"]
    word_columns = ["number", "code"]
    default_order = "-id"
    empty_text = _l("Aucun rapport demandé. Le catalogue les propose tous.")
    label_columns = {
        "title": _l("Rapport"),
        "state_word": _l("État"),
    }
    formatters = {
        "title": lambda run: reporting.title_of(run.code),
        "format": lambda run: run.format.upper(),
        "requested_at": lambda run: instant(run.requested_at),
        "state_word": lambda run: domain.RunState(run.state).word,
    }
    exclude_route_methods = {"download", "add", "edit", "delete"}

    def counted(self, number: int) -> str:
        """How many runs there are."""
        return ngettext("%(num)d rapport", "%(num)d rapports", number)

    def title_of(self, row: ReportRun) -> str:
        """The heading of a run."""
        return f"{row.number} · {reporting.title_of(row.code)}"

    def record_context(self, session: Session, row: ReportRun) -> dict[str, Any]:
        """Further values for the page of a run."""
        return {
            "sign": domain.RunState(row.state),
            "report_title": reporting.title_of(row.code),
            "labels": reporting.params_in_words(row.code, row.values),
            "shown_code": domain.shown_code(row.printed.verification_code),
            "can_prove": making.can_prove(row) and may("ReportRunView.evidence"),
            "told": _told(session, row),
        }

    @route("/standing/<pk>", "show")
    def standing(self, pk: str) -> Any:
        """Where the run stands: the part of its page that is asked for again and again."""
        row = self.get_or_404(pk)
        page = make_response(
            self.render_template(
                "reports/_standing.html",
                row=row,
                view=self,
                **self.record_context(db.session(), row),
            )
        )
        if row.state not in (domain.RunState.QUEUED, domain.RunState.RUNNING):
            page.headers["HX-Refresh"] = "true"  # the rest of the page has changed too
        return page

    @route("/document/<pk>", "show")
    def document(self, pk: str) -> Any:
        """The document."""
        row = self.get_or_404(pk)
        if row.document is None:
            raise NotFound(_("Ce rapport n’est pas encore prêt."))
        return serve(current_store(), stored_of(row.document), inline=row.format == "pdf")


def _told(session: Session, run: ReportRun) -> int | None:
    """The message in the bell that says to whoever looks that their run is ready."""
    user_id = current_user_id()
    if user_id is None or run.finished_at is None:
        return None
    if run.job is None or run.job.created_by_id != user_id:
        return None
    return inbox.unread_of(session, run, user_id) if may("InboxView.list") else None


class VerifyView(Page):
    """Anybody who holds a document can check what it stands on."""

    route_base = "/verifier"
    default_view = "ask"
    everybodys = True

    @expose("/")
    def ask(self) -> Any:
        """The form in which a code is typed."""
        typed = request.args.get("code", "")
        code = domain.read_code(typed)
        if code is not None:
            return redirect(url_for("VerifyView.check", code=domain.shown_code(code)))
        return self.render(
            "reports/verify.html",
            title=_("Vérifier un document"),
            proof=None,
            typed=typed[:40],
            unknown=bool(typed),
        )

    @expose("/<code>")
    def check(self, code: str) -> Any:
        """What the document with that code stands on."""
        proof = proofs.find(db.session(), domain.read_code(code), current_store())
        page = self.render(
            "reports/verify.html",
            title=_("Vérifier un document"),
            proof=proof,
            typed=code[:40],
            unknown=proof is None,
        )
        return page, 200 if proof is not None else 404
