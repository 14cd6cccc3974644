"""The parts of a work order's screen that change its lines: taken back, corrected, answered."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base.basics import formats
from base.basics.errors import NotFound
from base.basics.i18n import _
from base.face.views import ModuleView, verb_pages
from base.store.database import db
from interventions import queries
from interventions.models import ChecklistPoint, Expense, Labour, PartUse

LINES: dict[str, Any] = {"labour": Labour, "part": PartUse, "expense": Expense}


class LineRoutes(ModuleView):
    """Verbs of what stands under a work order; mixed into its view."""

    @expose("/reverse/<pk>/<kind>/<int:line>", methods=["POST"])
    @has_access
    def reverse(self, pk: str, kind: str, line: int) -> Response:
        """Take a line back."""
        if kind not in LINES:
            raise NotFound(_("Cette ligne n’existe pas."))
        return verb_pages.run_below(self, pk, "reverse", LINES[kind], line)

    @expose("/correct/<pk>", methods=["POST"])
    @has_access
    def correct(self, pk: str) -> Response:
        """Replace a line of time by a right one."""
        return verb_pages.run_below(self, pk, "correct", Labour, request.form.get("line"))

    @expose("/drop_point/<pk>/<int:point>", methods=["POST"])
    @has_access
    @permission_name("point")
    def drop_point(self, pk: str, point: int) -> Response:
        """Take away a point that nobody has answered."""
        return verb_pages.run_below(self, pk, "drop", ChecklistPoint, point)

    @expose("/answer/<pk>/<int:point>", methods=["POST"])
    @has_access
    def answer(self, pk: str, point: int) -> Response:
        """Answer a point of the checklist."""
        return verb_pages.run_below(self, pk, "answer", ChecklistPoint, point)

    @expose("/stock/<pk>", methods=["GET"])
    @has_access
    @permission_name("part")
    def stock(self, pk: str) -> Response:
        """Parts to choose from: what the stores hold, by code or name."""
        row = self.get_or_404(pk)
        found = queries.items_in_stock(
            db.session(), row.entity_id, request.args.get("q", "").strip()[:100]
        )
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
                for level in found
            ]
        )
