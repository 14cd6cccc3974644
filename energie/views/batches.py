"""Files of readings: what each gave, what it left unsaid, and taking one back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import DomainError, TransitionRefused
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views.card_views import CardView
from base.rules.rights.actors import unit_of_work
from energie import jobs, queries
from energie.domain.words import format_in_words
from energie.models import BatchState, DeliveryPoint, ReadingBatch
from energie.records import BATCH
from energie.services import readings
from energie.views.offers import import_url


class ReadingBatchView(CardView, card=BATCH):
    """Files of readings that were received."""

    right_words = {
        "can_attach": _l("joindre"),
        "can_undo": _l("annuler"),
    }
    list_template = "energie/batches.html"
    show_template = "energie/batch.html"
    formatters = {"format": lambda row: format_in_words(row.format)}

    def import_url(self) -> str | None:
        """Where a file is given; none without the right."""
        return import_url("readings")

    def record_context(self, session: Session, row: ReadingBatch) -> dict[str, Any]:
        """The refused rows and whether the file may be taken back."""
        return {
            "rejects": queries.rejects_of(session, row.id, limit=50),
            "notes": row.notes.splitlines(),
            "may_attach": row.state == BatchState.TO_ATTACH and self.permitted("attach"),
            "choices_url": url_for("DeliveryPointView.pick"),
            "may_undo": row.state == BatchState.APPLIED and self.permitted("undo"),
        }

    @expose("/attach/<pk>", methods=["POST"])
    @has_access
    def attach(self, pk: str) -> Response:
        """Say which delivery point a waiting file is for; a job imports it."""
        row = self.get_or_404(pk)
        try:
            with unit_of_work() as session:
                if row.state != BatchState.TO_ATTACH:
                    raise TransitionRefused(_("Ce fichier n’attend pas de point de livraison."))
                point = arguments.required_row(session, request.form, "point_id", DeliveryPoint)
                jobs.attach_readings(session, row, point)
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
            return redirect(url_for("ReadingBatchView.show", pk=pk))  # type: ignore[return-value]
        flash(_("L’import est demandé : son avancement est dans les traitements."), "success")
        return redirect(url_for("ReadingBatchView.list"))  # type: ignore[return-value]

    @expose("/undo/<pk>", methods=["POST"])
    @has_access
    def undo(self, pk: str) -> Response:
        """Take the file back: former values return, days are computed again."""
        row = self.get_or_404(pk)
        try:
            with unit_of_work() as session:
                readings.undo_batch(session, row)
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
        else:
            flash(_("Le fichier est retiré : les valeurs d’avant sont revenues."), "success")
        return redirect(url_for("ReadingBatchView.show", pk=pk))  # type: ignore[return-value]
