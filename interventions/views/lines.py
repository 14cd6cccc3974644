"""The parts of a work order's screen that write lines: time, parts, expenses, checklist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base import arguments, clock, formats
from base.api import idempotent
from base.database import db
from base.errors import DomainError, NotFound
from base.i18n import _
from base.mixins import current_user_id
from base.models import Partner
from base.sessions import unit_of_work
from base.views import ModuleView
from interventions import queries, services
from interventions.domain import Answer
from interventions.models import (
    Agent,
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    StockLevel,
    WorkOrder,
)

LINES: dict[str, Any] = {"labour": Labour, "part": PartUse, "expense": Expense}


class LineRoutes(ModuleView):
    """What is written under a work order; mixed into its view."""

    def _act(self, pk: str, work: Callable[[Any, WorkOrder], Any], done: str = "") -> Response:
        """One verb on one row, once per form; a refusal is a sentence above the page."""
        row = self.get_or_404(pk)
        back = url_for("WorkOrderView.show", pk=row.id)

        def once() -> Response:
            try:
                with unit_of_work() as session:
                    work(session, row)
            except DomainError as refusal:
                self._start_again()
                flash(str(refusal), "danger")
            else:
                if done:
                    flash(done, "success")
            return redirect(back)  # type: ignore[return-value]

        return idempotent(once)

    def _me(self, session: Any, row: WorkOrder) -> Agent | None:
        return queries.agent_of_user(session, current_user_id(), row.entity_id)

    # --- lines --------------------------------------------------------------------------

    @expose("/labour/<pk>", methods=["POST"])
    @has_access
    def labour(self, pk: str) -> Response:
        """Log time."""
        form = request.form
        return self._act(
            pk,
            lambda session, row: services.record_labour(
                session,
                row,
                arguments.required_row(session, form, "agent", Agent),
                hours=arguments.required_decimal(form, "hours", places=3),
                date_on=arguments.day(form, "date_on") or clock.today(),
            ),
            _("Le temps est enregistré et compté."),
        )

    @expose("/part/<pk>", methods=["POST"])
    @has_access
    def part(self, pk: str) -> Response:
        """Take a part from a store."""
        form = request.form

        def work(session: Any, row: WorkOrder) -> None:
            level = arguments.required_row(session, form, "level", StockLevel)
            services.consume_part(
                session,
                row,
                level.item,
                store=level.store,
                quantity=arguments.required_decimal(form, "quantity", places=3),
                date_on=arguments.day(form, "date_on") or clock.today(),
            )

        return self._act(pk, work, _("La pièce est sortie du stock et comptée."))

    @expose("/expense/<pk>", methods=["POST"])
    @has_access
    def expense(self, pk: str) -> Response:
        """Write what a supplier asks."""
        form = request.form
        return self._act(
            pk,
            lambda session, row: services.record_expense(
                session,
                row,
                supplier=arguments.row(session, form, "partner", Partner)
                or arguments.text(form, "supplier", 200),
                label=arguments.text(form, "label", 200),
                amount_ht_eur=arguments.required_decimal(form, "amount_ht_eur", places=2),
                vat_rate=arguments.required_decimal(form, "vat_rate", places=3),
                date_on=arguments.day(form, "date_on") or clock.today(),
                reference=arguments.text(form, "reference", 60),
            ),
            _("La prestation est enregistrée et comptée."),
        )

    @expose("/reverse/<pk>/<kind>/<int:line>", methods=["POST"])
    @has_access
    def reverse(self, pk: str, kind: str, line: int) -> Response:
        """Take a line back."""
        model = LINES.get(kind)
        if model is None:
            raise NotFound(_("Cette ligne n’existe pas."))

        def work(session: Any, row: WorkOrder) -> None:
            found = arguments.required_row(session, {"line": line}, "line", model)
            if found.work_order_id != row.id:
                raise NotFound(_("Cette ligne n’existe pas."))
            services.reverse_line(session, found, at=clock.now())

        return self._act(pk, work, _("La ligne est annulée : une écriture contraire la compense."))

    @expose("/correct/<pk>", methods=["POST"])
    @has_access
    def correct(self, pk: str) -> Response:
        """Replace a line of time by a right one."""
        form = request.form

        def work(session: Any, row: WorkOrder) -> None:
            found = arguments.required_row(session, form, "line", Labour)
            if found.work_order_id != row.id:
                raise NotFound(_("Cette ligne n’existe pas."))
            hours = arguments.required_decimal(form, "hours", places=3)
            services.correct_labour(session, found, at=clock.now(), hours=hours)

        return self._act(pk, work, _("La ligne est annulée et remplacée."))

    @expose("/point/<pk>", methods=["POST"])
    @has_access
    def point(self, pk: str) -> Response:
        """Add a point to the checklist."""
        form = request.form
        return self._act(
            pk,
            lambda session, row: services.add_point(
                session,
                row,
                label=arguments.text(form, "label", 200),
                mandatory=form.get("optional") != "1",
                unit=arguments.text(form, "unit", 20) or None,
                expected_min=arguments.decimal(form, "expected_min", places=3),
                expected_max=arguments.decimal(form, "expected_max", places=3),
            ),
        )

    @expose("/drop_point/<pk>/<int:point>", methods=["POST"])
    @has_access
    @permission_name("point")
    def drop_point(self, pk: str, point: int) -> Response:
        """Take away a point that nobody has answered."""

        def work(session: Any, row: WorkOrder) -> None:
            found = arguments.required_row(session, {"point": point}, "point", ChecklistPoint)
            if found.work_order_id != row.id:
                raise NotFound(_("Ce point n’existe pas."))
            services.drop_point(session, found)

        return self._act(pk, work)

    @expose("/answer/<pk>/<int:point>", methods=["POST"])
    @has_access
    def answer(self, pk: str, point: int) -> Response:
        """Answer a point of the checklist."""
        form = request.form

        def work(session: Any, row: WorkOrder) -> None:
            found = arguments.required_row(session, {"point": point}, "point", ChecklistPoint)
            if found.work_order_id != row.id:
                raise NotFound(_("Ce point n’existe pas."))
            services.answer_point(
                session,
                found,
                answer=arguments.one_of(form, "answer", Answer, Answer.DONE),
                at=clock.now(),
                agent=self._me(session, row),
                measure=arguments.decimal(form, "measure", places=3),
                note=arguments.text(form, "note", 300),
            )

        return self._act(pk, work)

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

