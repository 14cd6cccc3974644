"""Screens: the catalogue, and each report on screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from base.basics import clock
from base.basics.errors import DomainError, InvalidInput, NotFound
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import Page
from base.face.views.acting import act_once
from base.face.views.routes import route
from base.papers import reporting
from base.papers.reporting import screen
from base.papers.reporting.pictures import bars
from base.papers.reporting.render import FORMATS, shown
from base.store.database import db
from reports import domain, jobs, queries
from reports.catalogue.cost_lines import made_of
from reports.evidence import making
from reports.pages import page_of
from reports.views.doors import ask, require_role


class CatalogueView(Page):
    """The reports there are, and each of them on screen."""

    route_base = "/rapports"
    default_view = "list"
    rights_title = _l("Rapports")
    right_words = {"can_evidence": _l("obtenir une preuve")}

    @route("/")
    def list(self) -> Any:
        """The catalogue."""
        reports = [report for _code, report in sorted(reporting.CATALOGUE.items())]
        runs = queries.last_asked(db.session(), limit=8)
        return self.render(
            "reports/catalogue.html",
            title=_("Rapports"),
            reports=reports,
            runs=runs,
            title_of=reporting.title_of,
            state_of=domain.RunState,
        )

    @route("/<code>", "list", methods=["GET", "POST"])
    def report(self, code: str) -> Any:
        """One report: its parameters, and its content once they are right."""
        report = require_role(code)
        given = report.given(request.values)
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

    @route("/<code>/ecritures", "list")
    def lines(self, code: str) -> Any:
        """How a figure was made: the lines of the ledger behind it."""
        if code != "cost":
            raise NotFound(_("Ce rapport n’ouvre pas d’écritures."))
        report = require_role(code)
        given = report.given(request.args)
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

    @route("/cost/bien/<int:pk>", "list")
    def cost_of(self, pk: int) -> Any:
        """The cost report of one asset with what it contains."""
        return redirect(url_for("CatalogueView.report", code="cost", asset=_code_of(pk)))

    @route("/traceability/bien/<int:pk>", "list")
    def traceability_of(self, pk: int) -> Any:
        """The traceability report of one asset."""
        return redirect(url_for("CatalogueView.report", code="traceability", asset=_code_of(pk)))

    @route("/traceability/preuve/<int:pk>", "evidence", methods=["POST"])
    def evidence_of(self, pk: int) -> Any:
        """Ask for the evidence file of one asset, with its report."""
        code = _code_of(pk)

        def work(session: Session) -> str:
            run = ask(session, making.CODE, {"asset": code})
            job = jobs.start_evidence(session, run)
            flash(_("Le dossier de preuve est demandé."), "success")
            return url_for("JobView.show", pk=job.id, _anchor="ouvrir")

        return act_once(work, url_for("CatalogueView.list"))

    @route("/<code>/choices/<name>", "list")
    def choices(self, code: str, name: str) -> Any:
        """At most 20 records that fit the words typed for a parameter."""
        for param in require_role(code).params:
            if param.name == name and param.find is not None:
                words = request.args.get("q", "").strip()[:100]
                found = param.find(db.session(), words)
                return jsonify([{"value": value, "text": text} for value, text in found])
        raise NotFound(_("Cette liste de choix n’existe pas."))

    def _ask(self, report: reporting.Report, given: dict[str, str]) -> Any:
        def work(session: Session) -> str:
            run = ask(session, report.code, given, request.form.get("format", "pdf"))
            jobs.start(session, run)
            flash(_("Le rapport %(number)s est demandé.", number=run.number), "success")
            # The page opens the document by itself when it is ready, once.
            return url_for("ReportRunView.show", pk=run.id, _anchor="ouvrir")

        def again(refusal: DomainError) -> Response:
            if not isinstance(refusal, InvalidInput):
                raise refusal
            page = self._page(report, given, {}, refusal.errors, None)
            return make_response(page, refusal.status)

        return act_once(work, url_for("CatalogueView.report", code=report.code), again)

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
            fields=report.in_form(plain),
            said=_said(report, plain),
            presets=_presets(report, plain, shown_at=content is not None),
            errors=errors,
            content=content,
            tables=screen.tables(
                content, zone=zone, address=page_of, opened=request.args.getlist("more")
            )
            if content
            else [],
            charts=[bars(chart) for chart in content.charts] if content else [],
            figures=[
                (shown(f.value, f.kind, zone, unit=True), f.caption, f.href and page_of(f.href))
                for f in content.figures
            ]
            if content
            else [],
            forms=FORMATS,
            read_at=clock.now(),
        )


def _said(report: reporting.Report, given: dict[str, str]) -> dict[str, str]:
    """The words of the records that were chosen, by parameter, as the field offered them."""
    session = db.session()
    return {
        param.name: dict(param.find(session, code)).get(code, code)
        for param in report.params
        if param.find is not None and (code := given.get(param.name, ""))
    }


def _presets(
    report: reporting.Report, given: dict[str, str], *, shown_at: bool
) -> list[tuple[object, str, bool, None]]:
    """The report on the usual questions, as tabs; what else was asked stays."""
    found = []
    for preset in report.presets:
        asked = {**given, **reporting.plain_params(preset.values(clock.today()))}
        url = f"{url_for('CatalogueView.report', code=report.code)}?{urlencode(asked)}"
        found.append((preset.label, url, shown_at and asked == given, None))
    return found


def _quiet(percent: int, text: str) -> None:
    """Nobody watches the progress of a page."""


def _code_of(asset_id: int) -> str:
    """The code of an asset of the scope.

    Raises:
        NotFound: there is none of this id.
    """
    if asset_id >= 2**63:
        raise NotFound(_("Ce bien n’existe pas."))
    code = queries.asset_code(db.session(), asset_id)
    if code is None:
        raise NotFound(_("Ce bien n’existe pas."))
    return code


def _zone() -> str:
    session = db.session()
    return queries.zone_of_scope(session, session.scope) or clock.DEFAULT_ZONE
