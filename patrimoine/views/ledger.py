"""Screens of the ledger, of tags and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, request, url_for

from base.basics import clock
from base.basics.i18n import _, _l
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.face.views.acting import act_once
from base.face.views.card_views import CardView
from base.face.views.routes import route
from base.rules.modules import actions
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.domain.kinds import ReportState
from patrimoine.models import Asset, CostLine, Tag, TagReport
from patrimoine.records import COST, REPORT, TAG


class CostLineView(CardView, card=COST):
    """The ledger, read only: each figure of the application is a sum of these lines."""

    told_at_home = False
    record_arguments = {"under": Asset}
    exclude_route_methods = {"download", "add", "edit", "delete", "message"}

    def base_criteria(self) -> list[Any]:
        """``?under=12`` keeps the lines of an asset and of all that is below it."""
        top = request.args.get("under", type=as_id)
        if top is None:
            return []
        path = queries.path_of(db.session(), top)
        return [CostLine.id.is_(None) if path is None else queries.lines_in_branch(path)]


class TagView(CardView, card=TAG):
    """Tags; they are made when labels are printed."""

    formatters = {"token": lambda row: domain.show_token(row.token)}
    first_ways = ((_l("Choisir les biens à étiqueter"), "AssetView.list", "qrcode"),)

    def title_of(self, row: Tag) -> str:
        """The code as it is printed."""
        return domain.show_token(row.token)

    @route("/link/<token>", methods=["POST"])
    def link(self, token: str) -> Any:
        """Put a tag on an asset, on site."""
        read = domain.read_token(token) or ""
        page = url_for("TagPageView.page", token=read)

        def work(session: Session) -> str:
            tag = queries.tag_by_token(session, read)
            asset = queries.asset_by_id(session, request.form.get("asset", 0, type=as_id))
            if tag is None or asset is None:
                abort(404)
            services.link_tag(session, tag, asset, at=clock.now())
            flash(_("L’étiquette est posée."), "success")
            return page

        return act_once(work, page)


def _state(row: TagReport) -> str:
    """What became of a report, or else its state."""
    became: dict[int, str] = g.get("reports_became", {})
    return became.get(row.id) or str(ReportState(row.state).word)


class TagReportView(CardView, card=REPORT):
    """What strangers report through tags, and what became of it."""

    formatters = {"state": _state}

    def dress(self, session: Session, rows: Sequence[TagReport]) -> None:
        """What modules above made of these reports."""
        g.reports_became = actions.outcomes_of(session, TagReport, rows)

    def record_context(self, session: Session, row: TagReport) -> dict[str, Any]:
        """The same of one."""
        self.dress(session, [row])
        return {}
