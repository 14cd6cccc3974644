"""Screens of the ledger, of tags and reports."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access

from base import clock, formats
from base.database import db
from base.errors import DomainError
from base.i18n import _, _l
from base.sessions import unit_of_work
from base.views import ModuleView, ScopedInterface
from patrimoine import domain, queries, services
from patrimoine.models import Asset, CostLine, Tag, TagReport


class CostLineView(ModuleView):
    """The ledger, read only: each figure of the application is a sum of these lines."""

    datamodel = ScopedInterface(CostLine)
    icon = "coin-euro"
    list_title = _l("Coûts")
    empty_text = _l("Aucun coût n’est encore inscrit.")
    list_columns = ["date_on", "asset", "label", "nature", "account", "amount_ht_eur", "net_eur"]
    show_columns = [
        "date_on",
        "asset",
        "label",
        "nature",
        "account",
        "budget_line",
        "amount_ht_eur",
        "vat_eur",
        "net_eur",
        "source_type",
        "source_id",
        "reversal_of_id",
        "booked_at",
    ]
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["date_on", "asset", "nature", "account", "budget_line", "amount_ht_eur"]
    order_columns = ["date_on", "net_eur", "amount_ht_eur"]
    default_order = "-date_on"
    word_columns = ["label"]
    record_arguments = {"under": Asset}
    exclude_route_methods = {"download", "add", "edit", "delete", "message"}
    formatters = {
        "date_on": lambda row: formats.day(row.date_on),
        "amount_ht_eur": lambda row: formats.euros(row.amount_ht_eur),
        "vat_eur": lambda row: formats.euros(row.vat_eur),
        "net_eur": lambda row: formats.euros(row.net_eur),
        "booked_at": lambda row: formats.instant(row.booked_at),
    }

    def base_criteria(self) -> list[Any]:
        """``?under=12`` keeps the lines of an asset and of all that is below it."""
        top = request.args.get("under", type=int)
        if top is None:
            return []
        path = queries.path_of(db.session(), top)
        return [CostLine.id.is_(None) if path is None else queries.lines_in_branch(path)]

    def title_of(self, row: CostLine) -> str:
        """The line in words."""
        return row.label


class TagView(ModuleView):
    """Tags; they are made when labels are printed."""

    datamodel = ScopedInterface(Tag)
    icon = "qrcode"
    list_title = _l("Étiquettes")
    right_words = {
        "can_link": _l("relier"),
        "can_revoke": _l("révoquer"),
    }
    empty_text = _l("Aucune étiquette : imprimez-en depuis la liste des biens.")
    list_columns = ["token", "asset", "state", "issued_at"]
    show_columns = ["token", "asset", "state", "issued_at", "claimed_at", "revoked_at"]
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["token", "asset", "state"]
    order_columns = ["issued_at"]
    default_order = "-id"
    word_columns = ["token"]
    state_column = "state"
    exclude_route_methods = {"download", "add", "edit", "delete"}
    formatters = {
        "token": lambda row: domain.show_token(row.token),
        "issued_at": lambda row: formats.instant(row.issued_at),
        "claimed_at": lambda row: formats.instant(row.claimed_at) if row.claimed_at else None,
        "revoked_at": lambda row: formats.instant(row.revoked_at) if row.revoked_at else None,
    }

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


class TagReportView(ModuleView):
    """What strangers reported through tags."""

    datamodel = ScopedInterface(TagReport)
    icon = "message-report"
    list_title = _l("Signalements")
    right_words = {
        "can_accept": _l("accepter"),
        "can_close": _l("clore"),
        "can_reject": _l("refuser"),
    }
    empty_text = _l("Aucun signalement.")
    list_columns = ["reported_at", "asset", "description", "state", "supporters"]
    show_columns = ["asset", "description", "contact", "public_label", "reported_at", "closed_at"]
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["asset", "state", "reported_at"]
    order_columns = ["reported_at", "supporters"]
    default_order = "-reported_at"
    word_columns = ["description"]
    state_column = "state"
    exclude_route_methods = {"download", "add", "edit", "delete"}
    formatters = {
        "reported_at": lambda row: formats.instant(row.reported_at),
        "closed_at": lambda row: formats.instant(row.closed_at) if row.closed_at else None,
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
