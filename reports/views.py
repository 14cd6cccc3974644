"""Screens: the catalogue, a report on screen, the runs, the proof of a printed document."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, flash, g, jsonify, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from base import clock, reporting
from base.actions import may, offer
from base.database import db
from base.documents import stored_of
from base.errors import DomainError, InvalidInput, NotFound
from base.files import current_store, serve
from base.formats import instant
from base.i18n import _, _l
from base.models import Entity
from base.reporting import screen
from base.reporting.render import FORMATS, shown
from base.sessions import unit_of_work
from base.views import ModuleView, Page, ScopedInterface
from patrimoine.models import Asset
from reports import domain, jobs, proofs, services
from reports.catalogue.cost_lines import made_of
from reports.evidence import making
from reports.models import ReportRun


class Forbidden(DomainError):
    """The person may not ask for this report."""

    status = 403


def person_name() -> str:
    """The name of the person of this request, as printed on documents."""
    user = g.get("user")
    if user is None:
        return ""
    return " ".join(part for part in (user.first_name, user.last_name) if part) or user.username


def _appbuilder() -> Any:
    return cast(Any, current_app).appbuilder


def require_role(code: str) -> reporting.Report:
    """The report of that code, if this person may ask for it.

    Raises:
        NotFound: there is no such report.
        Forbidden: it is for other roles.
    """
    report = reporting.get(code)
    if report.roles:
        manager = _appbuilder().sm
        held = {role.name for role in manager.get_user_roles()}
        if not held & (report.roles | {manager.auth_role_admin}):
            raise Forbidden(_("Ce rapport est réservé à d’autres fonctions."))
    return report


#: What opens a question -> the page that answers it.
_QUESTIONS = {"report": "report", "lines": "lines"}


def page_of(record: str) -> str:
    """The page that a line or a figure opens.

    ``table/id`` of a record, ``report/code?question``, or ``lines/code?question`` for the lines
    behind a figure. Nothing when the record has no page.
    """
    table, _sep, number = record.partition("/")
    if table in _QUESTIONS:
        code, _sep, question = number.partition("?")
        return url_for(f"CatalogueView.{_QUESTIONS[table]}", code=code) + "?" + question
    for view in _appbuilder().baseviews:
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if isinstance(view, ModuleView) and getattr(model, "__tablename__", "") == table:
            return url_for(f"{view.endpoint}.show", pk=number)
    return ""


class CatalogueView(Page):
    """The reports there are, and each of them on screen."""

    route_base = "/rapports"
    default_view = "list"

    @expose("/")
    @has_access
    def list(self) -> Any:
        """The catalogue."""
        reports = [report for _code, report in sorted(reporting.CATALOGUE.items())]
        runs = db.session().scalars(select(ReportRun).order_by(ReportRun.id.desc()).limit(8)).all()
        return self.render(
            "reports/catalogue.html",
            title=_("Rapports"),
            reports=reports,
            runs=runs,
            signs=domain.STATE_SIGNS,
        )

    @expose("/<code>", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def report(self, code: str) -> Any:
        """One report: its parameters, and its content once they are right."""
        report = require_role(code)
        given = {k: v for k, v in request.values.items() if k in {p.name for p in report.params}}
        if request.method == "POST":
            return self._ask(report, given)
        session = db.session()
        errors: dict[str, str] = {}
        values, content = {}, None
        asked = bool(given) or not any(p.required and p.default is None for p in report.params)
        try:
            values = report.read(given, today=clock.today())
            if asked and session.scope:
                content = report.function(session, values, _quiet)
        except InvalidInput as refusal:
            errors = refusal.errors if asked else {}
        return self._page(report, given, values, errors, content)

    @expose("/<code>/ecritures", methods=["GET"])
    @has_access
    @permission_name("list")
    def lines(self, code: str) -> Any:
        """How a figure was made: the lines of the ledger behind it."""
        if code != "cost":
            raise NotFound(_("Ce rapport n’ouvre pas d’écritures."))
        report = require_role(code)
        given = {k: v for k, v in request.args.items() if k in {p.name for p in report.params}}
        values = report.read(given, today=clock.today())
        session = db.session()
        if not session.scope:
            raise NotFound(_("Ce compte n’est rattaché à aucune collectivité."))
        made = made_of(session, values, request.args.get("measure", "net"))
        template = "_lines.html" if "HX-Request" in request.headers else "lines.html"
        return self.render(
            f"reports/{template}",
            title=_("Comment ce chiffre est fait"),
            made=made,
            given=reporting.plain_params(values),
            address=page_of,
        )

    @expose("/cost/bien/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("list")
    def cost_of(self, pk: int) -> Any:
        """The cost report of one asset with what it contains."""
        return redirect(url_for("CatalogueView.report", code="cost", asset=_code_of(pk)))

    @expose("/traceability/bien/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("list")
    def traceability_of(self, pk: int) -> Any:
        """The traceability report of one asset."""
        return redirect(url_for("CatalogueView.report", code="traceability", asset=_code_of(pk)))

    @expose("/traceability/preuve/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("evidence")
    def evidence_of(self, pk: int) -> Any:
        """Ask for the evidence file of one asset, with its report."""
        code = _code_of(pk)
        with unit_of_work() as session:
            run = services.ask(
                session, code=making.CODE, given={"asset": code}, form="pdf",
                asked_by=person_name(), at=clock.now(), today=clock.today(),
            )  # fmt: skip
            job = jobs.start_evidence(session, run)
        flash(_("Le dossier de preuve est demandé."), "success")
        return redirect(url_for("JobView.show", pk=job.id))

    @expose("/<code>/choices/<name>", methods=["GET"])
    @has_access
    @permission_name("list")
    def choices(self, code: str, name: str) -> Any:
        """At most 20 records that fit the words typed for a parameter."""
        for param in require_role(code).params:
            if param.name == name and param.find is not None:
                words = request.args.get("q", "").strip()[:100]
                found = param.find(db.session(), words)
                return jsonify([{"value": value, "text": text} for value, text in found])
        raise NotFound(_("Cette liste de choix n’existe pas."))

    def _ask(self, report: reporting.Report, given: dict[str, str]) -> Any:
        try:
            with unit_of_work() as session:
                run = services.ask(
                    session,
                    code=report.code,
                    given=given,
                    form=request.form.get("format", "pdf"),
                    asked_by=person_name(),
                    at=clock.now(),
                    today=clock.today(),
                )
                jobs.start(session, run)
        except InvalidInput as refusal:
            session = db.session()
            session.rollback()
            session.failed = True
            return self._page(report, given, {}, refusal.errors, None), refusal.status
        flash(_("Le rapport %(number)s est demandé.", number=run.number), "success")
        return redirect(url_for("ReportRunView.show", pk=run.id))

    def _page(
        self,
        report: reporting.Report,
        given: dict[str, str],
        values: dict[str, Any],
        errors: dict[str, str],
        content: reporting.Content | None,
    ) -> str:
        plain = reporting.plain_params(values) | given
        zone = _zone()
        return self.render(
            "reports/report.html",
            title=content.title if content else report.title,
            report=report,
            given=plain,
            errors=errors,
            content=content,
            tables=screen.tables(content, zone=zone, address=page_of) if content else [],
            charts=[screen.bars(chart) for chart in content.charts] if content else [],
            figures=[
                (shown(f.value, f.kind, zone, unit=True), f.caption, f.href and page_of(f.href))
                for f in content.figures
            ]
            if content
            else [],
            forms=FORMATS,
            read_at=clock.now(),
        )


def _quiet(percent: int, text: str) -> None:
    """Nobody watches the progress of a page."""


def _code_of(asset_id: int) -> str:
    """The code of an asset of the scope.

    Raises:
        NotFound: there is none of this id.
    """
    if asset_id >= 2**63:
        raise NotFound(_("Ce bien n’existe pas."))
    code = db.session().scalars(select(Asset.code).where(Asset.id == asset_id)).first()
    if code is None:
        raise NotFound(_("Ce bien n’existe pas."))
    return str(code)


def _zone() -> str:
    session = db.session()
    first = session.scalars(select(Entity.timezone).where(Entity.id.in_(session.scope))).first()
    return str(first or clock.DEFAULT_ZONE)


class ReportRunView(ModuleView):
    """The runs of reports."""

    datamodel = ScopedInterface(ReportRun)
    list_title = _l("Rapports demandés")
    show_template = "reports/run.html"
    icon = "report"
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
        "number": _l("N°"),
        "code": _l("Rapport"),
        "title": _l("Rapport"),
        "format": _l("Format"),
        "asked_by": _l("Demandé par"),
        "requested_at": _l("Demandé le"),
        "state_word": _l("État"),
    }
    formatters = {
        "title": lambda run: title_of(run),
        "format": lambda run: run.format.upper(),
        "requested_at": lambda run: instant(run.requested_at),
        "state_word": lambda run: domain.STATE_SIGNS[run.state][0],
    }
    exclude_route_methods = {"download", "add", "edit", "delete"}

    def title_of(self, row: ReportRun) -> str:
        """The heading of a run."""
        return f"{row.number} · {title_of(row)}"

    def record_context(self, session: Any, row: ReportRun) -> dict[str, Any]:
        """Further values for the page of a run."""
        return {
            "sign": domain.STATE_SIGNS[row.state],
            "report_title": title_of(row),
            "labels": reporting.params_in_words(row.code, row.values),
            "shown_code": domain.shown_code(row.printed.verification_code),
            "can_prove": making.can_prove(row) and may("ReportRunView.evidence"),
        }

    @expose("/standing/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
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

    @expose("/document/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def document(self, pk: str) -> Any:
        """The document."""
        row = self.get_or_404(pk)
        if row.document is None:
            raise NotFound(_("Ce rapport n’est pas encore prêt."))
        return serve(current_store(), stored_of(row.document), inline=row.format == "pdf")

    @expose("/evidence/<pk>", methods=["POST"])
    @has_access
    @permission_name("evidence")
    def evidence(self, pk: str) -> Any:
        """Ask for the evidence file of a traceability report."""
        row = self.get_or_404(pk)
        with unit_of_work() as session:
            job = jobs.start_evidence(session, row)
        flash(_("Le dossier de preuve est demandé."), "success")
        return redirect(url_for("JobView.show", pk=job.id))


def title_of(run: ReportRun) -> str:
    """What the report is called; its code when the catalogue has it no more."""
    known = reporting.CATALOGUE.get(run.code)
    return str(known.title) if known is not None else run.code


class VerifyView(Page):
    """Anybody who holds a document can check what it stands on."""

    route_base = "/verifier"
    default_view = "ask"

    @expose("/")
    def ask(self) -> Any:
        """The form in which a code is typed."""
        typed = request.args.get("code", "")
        code = domain.read_code(typed)
        if code is not None:
            return redirect(url_for("VerifyView.check", code=domain.shown_code(code)))
        return self.render("reports/verify.html", title=_("Vérifier un document"), proof=None,
                           typed=typed[:40], unknown=bool(typed))  # fmt: skip

    @expose("/<code>")
    def check(self, code: str) -> Any:
        """What the document with that code stands on."""
        proof = proofs.find(db.session(), domain.read_code(code), current_store())
        page = self.render("reports/verify.html", title=_("Vérifier un document"), proof=proof,
                           typed=code[:40], unknown=proof is None)  # fmt: skip
        return page, 200 if proof is not None else 404


def register(appbuilder: Any) -> None:
    """Add these screens."""
    appbuilder.add_view(
        CatalogueView, "Catalogue", label=_l("Rapports"), icon="report-analytics",
        category="Rapports", category_label=_l("Rapports"), category_icon="report-analytics",
    )  # fmt: skip
    appbuilder.add_view(
        ReportRunView, "Runs", label=_l("Rapports demandés"), icon="history", category="Rapports"
    )
    appbuilder.add_view_no_menu(VerifyView)
    offer(Asset, _l("Rapport de coûts"), "CatalogueView.cost_of", icon="report-analytics", order=80)
    offer(
        Asset, _l("Dossier de preuve"), "CatalogueView.evidence_of", icon="certificate",
        method="POST", order=82,
    )  # fmt: skip
    offer(Asset, _l("Traçabilité"), "CatalogueView.traceability_of", icon="history", order=81)
