"""Requests at the desk: sorted into work, or refused with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, url_for
from werkzeug.wrappers import Response

from base.basics import clock
from base.basics.errors import NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.attached.documents import documents_of
from base.face.views import verb_pages
from base.face.views.acting import act_once
from base.face.views.card_views import CardView
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.store.database import db
from interventions import queries, services
from interventions.domain import Priority, RequestState
from interventions.models import ServiceRequest
from interventions.queries.follow import promised
from interventions.records import REQUEST
from interventions.views import offers
from patrimoine.queries.tags import report_by_id


class ServiceRequestView(CardView, card=REQUEST):
    """Service requests."""

    made_by = ("agent", "head", "fleet", "energy")

    @route("/from_report/<int:pk>", "add", methods=["POST"])
    def from_report(self, pk: int) -> Response:
        """Make a request of what a stranger reported through a tag."""
        report = report_by_id(db.session(), pk)
        if report is None:
            raise NotFound(_("Ce signalement n’existe pas."))
        known = queries.request_of_report(db.session(), pk)

        def work(session: Session) -> str:
            made = services.open_from_report(session, report, at=clock.now())
            flash(_("La demande %(number)s est ouverte.", number=made.number), "success")
            return url_for("ServiceRequestView.show", pk=made.id)

        page = url_for("ServiceRequestView.show", pk=known.id) if known else ""
        return act_once(work, page or url_for("ServiceRequestView.list"))


def decision_section(session: Session, row: ServiceRequest) -> dict[str, Any]:
    """Where the request stands, and the two answers to it."""
    return {
        "row": row,
        "forms": verb_pages.forms("ServiceRequestView", row),
        "sign": RequestState(row.state),
        "priority": Priority(row.priority),
        "new": row.state == RequestState.NEW,
        "others": queries.same_wish(session, row) if row.asset else [],
        "work": offers.shown(queries.open_on(session, row.asset_id, limit=5)) if row.asset else [],
        "state_of": RequestState,
        "promised": row.state == RequestState.NEW
        and row.tag_report is not None
        and promised(row.tag_report),
        "report": row.tag_report if may("TagReportView.show") else None,
        "pictures": [d for d in documents_of(session, row.tag_report) if d.is_image]
        if row.tag_report and may("TagReportView.show")
        else [],
        "follow_url": url_for("FollowView.page", token=row.follow_token, _external=True)
        if row.follow_token
        else "",
    }
