"""Screens of the ledger, of tags and reports."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.face.views.card_views import CardView
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.models import Asset, CostLine, Tag
from patrimoine.records import COST, REPORT, TAG


class CostLineView(CardView, card=COST):
    """The ledger, read only: each figure of the application is a sum of these lines."""

    record_arguments = {"under": Asset}
    exclude_route_methods = {"download", "add", "edit", "delete", "message"}

    def base_criteria(self) -> list[Any]:
        """``?under=12`` keeps the lines of an asset and of all that is below it."""
        top = request.args.get("under", type=int)
        if top is None:
            return []
        path = queries.path_of(db.session(), top)
        return [CostLine.id.is_(None) if path is None else queries.lines_in_branch(path)]


class TagView(CardView, card=TAG):
    """Tags; they are made when labels are printed."""

    right_words = {
        "can_link": _l("relier"),
        "can_revoke": _l("révoquer"),
    }
    formatters = {"token": lambda row: domain.show_token(row.token)}

    def title_of(self, row: Tag) -> str:
        """The code as it is printed."""
        return domain.show_token(row.token)

    @expose("/link/<token>", methods=["POST"])
    @has_access
    def link(self, token: str) -> Any:
        """Put a tag on an asset, on site."""
        read = domain.read_token(token) or ""
        with unit_of_work() as session:
            tag = queries.tag_by_token(session, read)
            asset = queries.asset_by_id(session, request.form.get("asset", 0, type=int))
            if tag is None or asset is None:
                abort(404)
            services.link_tag(session, tag, asset, at=clock.now())
        flash(_("L’étiquette est posée."), "success")
        return redirect(url_for("TagPageView.page", token=read))

    @expose("/revoke/<pk>", methods=["POST"])
    @has_access
    def revoke(self, pk: str) -> Any:
        """Make the tag lead nowhere."""
        row = self.get_or_404(pk)
        try:
            with unit_of_work() as session:
                services.revoke_tag(session, row, at=clock.now())
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
        else:
            flash(_("L’étiquette est révoquée : la scanner ne mène plus à rien."), "success")
        return redirect(url_for("TagView.show", pk=pk))


class TagReportView(CardView, card=REPORT):
    """What strangers reported through tags."""

    right_words = {
        "can_accept": _l("accepter"),
        "can_close": _l("clore"),
        "can_reject": _l("refuser"),
    }

    def _decide(self, pk: str, work: Any, done: str) -> Any:
        row = self.get_or_404(pk)
        try:
            with unit_of_work() as session:
                work(session, row)
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(url_for("TagReportView.show", pk=pk))

    @expose("/accept/<pk>", methods=["POST"])
    @has_access
    def accept(self, pk: str) -> Any:
        """Take it into account; its first words, or those typed, are shown to strangers."""
        words = request.form.get("public_label", "").strip()
        return self._decide(
            pk,
            lambda session, row: services.accept_report(
                session, row, public_label=words or _("Problème pris en compte")
            ),
            _("Le signalement est pris en compte."),
        )

    @expose("/close/<pk>", methods=["POST"])
    @has_access
    def close(self, pk: str) -> Any:
        """Deal with it."""
        return self._decide(
            pk,
            lambda session, row: services.close_report(session, row, at=clock.now()),
            _("Le signalement est clos."),
        )

    @expose("/reject/<pk>", methods=["POST"])
    @has_access
    def reject(self, pk: str) -> Any:
        """Put it aside."""
        return self._decide(
            pk,
            lambda session, row: services.close_report(session, row, at=clock.now(), rejected=True),
            _("Le signalement est refusé."),
        )
