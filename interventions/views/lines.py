"""The parts of a work order's screen that change its lines: taken back, corrected, answered."""

from __future__ import annotations

from flask import jsonify, request
from werkzeug.wrappers import Response

from base.basics import formats
from base.basics.i18n import _
from base.face.views import ModuleView
from base.face.views.routes import route
from base.face.views.verb_pages import Button, verb_route
from base.store.database import db
from interventions import queries
from interventions.models import ChecklistPoint, Expense, Labour, PartUse, Photo

LINES = {"labour": Labour, "part": PartUse, "expense": Expense}


class LineRoutes(ModuleView):
    """Verbs of what stands under a work order; mixed into its view."""

    reverse = verb_route("/reverse/<pk>/<kind>/<int:line>", Button("reverse"), LINES)
    correct = verb_route("/correct/<pk>", Button("correct"), Labour)
    drop_point = verb_route("/drop_point/<pk>/<int:line>", Button("drop"), ChecklistPoint)
    moment = verb_route("/moment/<pk>/<int:line>", Button("moment"), Photo)
    answer = verb_route("/answer/<pk>/<int:line>", Button("answer"), ChecklistPoint)

    @route("/stock/<pk>", "part")
    def stock(self, pk: str) -> Response:
        """Parts to choose from: what the stores hold, by code or name."""
        row = self.get_or_404(pk)
        text = request.args.get("q", "").strip()[:100]
        return jsonify(
            [
                {
                    "value": str(level.id),
                    "text": _(
                        "%(item)s · %(store)s, reste %(held)s",
                        item=str(level.item),
                        store=level.store.name,
                        held=formats.number(level.quantity.normalize()),
                    ),
                }
                for level in queries.items_in_stock(db.session(), row.entity_id, text)
            ]
        )
