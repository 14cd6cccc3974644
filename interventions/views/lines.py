"""The parts of a work order's screen that change its lines: taken back, corrected, answered."""

from __future__ import annotations

from flask import jsonify, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base.basics import formats
from base.basics.i18n import _
from base.face.views import ModuleView
from base.face.views.verb_pages import Button, route
from base.store.database import db
from interventions import queries
from interventions.models import ChecklistPoint, Expense, Labour, PartUse

LINES = {"labour": Labour, "part": PartUse, "expense": Expense}


class LineRoutes(ModuleView):
    """Verbs of what stands under a work order; mixed into its view."""

    reverse = route("/reverse/<pk>/<kind>/<int:line>", Button("reverse"), LINES)
    correct = route("/correct/<pk>", Button("correct"), Labour)
    drop_point = route("/drop_point/<pk>/<int:line>", Button("drop"), ChecklistPoint)
    answer = route("/answer/<pk>/<int:line>", Button("answer"), ChecklistPoint)

    @expose("/stock/<pk>", methods=["GET"])
    @has_access
    @permission_name("part")
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
