"""``/api/v1/work_order``: the record, its verbs, its cost lines."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from sqlalchemy import select
from werkzeug.wrappers import Response

from base import arguments, clock, withheld
from base.api import Day, Flag, Number, Row, Text, as_json, guarded, verb
from base.database import db
from base.errors import InvalidInput, NotFound
from base.i18n import _
from base.mixins import current_user_id
from base.models import Partner, Service
from base.views import ScopedInterface
from interventions import queries, services
from interventions.api.evidence import EvidenceApi
from interventions.api.lines import (
    EXPENSE_COLUMNS,
    LABOUR_COLUMNS,
    PART_COLUMNS,
    POINT_COLUMNS,
)
from interventions.domain import Kind, Priority
from interventions.models import (
    Agent,
    ChecklistPoint,
    Expense,
    Item,
    Labour,
    PartUse,
    Store,
    WorkOrder,
)
from patrimoine.models import Asset


def _first_words(values: dict[str, Any], kind: Kind) -> str:
    """A title is asked of people, not of machines: the first line, else the kind, will do."""
    lines = (values.get("description") or "").strip().splitlines()
    return lines[0][:200] if lines else str(kind.word)


def my_agent(session: Any, entity_id: int) -> Agent | None:
    """The agent of the person who asks."""
    return queries.agent_of_user(session, current_user_id(), entity_id)


class WorkOrderApi(EvidenceApi):
    """Work orders."""

    resource_name = "work_order"
    datamodel = ScopedInterface(WorkOrder)
    class_permission_name = "WorkOrderApi"
    list_columns = [
        "id",
        "number",
        "asset_id",
        "entity_id",
        "state",
        "priority",
        "kind",
        "title",
        "requester",
        "service_id",
        "assigned_to_id",
        "planned_on",
        "due_on",
        "started_at",
        "finished_at",
    ]
    show_columns = [
        *list_columns,
        "description",
        "finding",
        "validated_at",
        "cancelled_at",
        "reason",
        "worked_seconds",
        "opened_from_id",
        "created_at",
        "changed_at",
        "version",
    ]
    add_columns = [
        "asset_id",
        "title",
        "kind",
        "priority",
        "description",
        "requester",
        "service_id",
        "assigned_to_id",
        "planned_on",
        "due_on",
    ]
    edit_columns = [
        "title",
        "kind",
        "priority",
        "description",
        "finding",
        "requester",
        "service_id",
        "assigned_to_id",
        "planned_on",
        "due_on",
    ]
    search_columns = [
        "id",
        "number",
        "asset_id",
        "state",
        "priority",
        "kind",
        "title",
        "assigned_to_id",
        "planned_on",
        "due_on",
        "started_at",
        "finished_at",
        "service_id",
    ]
    order_columns = ["id", "number", "state", "priority", "planned_on", "due_on", "finished_at"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> WorkOrder:
        """Open a work order on an asset."""
        kind = arguments.one_of(values, "kind", Kind, Kind.CORRECTIVE)
        return services.open_work_order(
            session,
            arguments.required_row(session, values, "asset_id", Asset),
            title=values.get("title") or _first_words(values, kind),
            at=clock.now(),
            kind=kind,
            priority=arguments.one_of(values, "priority", Priority, Priority.NORMAL),
            description=values.get("description") or "",
            requester=values.get("requester") or "",
            service=arguments.row(session, values, "service_id", Service),
            assigned_to=arguments.row(session, values, "assigned_to_id", Agent),
            planned_on=values.get("planned_on"),
            due_on=values.get("due_on"),
        )

    def update(self, session: Any, row: WorkOrder, values: dict[str, Any]) -> None:
        """Change what describes the work; its state has verbs."""
        services.describe(session, row, values)

    # --- verbs --------------------------------------------------------------------------

    @verb("plan", Day("planned_on"), Day("due_on"), Row("assigned_to_id", Agent))
    def plan(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Put it on the calendar."""
        services.plan(
            session,
            row,
            planned_on=given["planned_on"],
            due_on=given["due_on"],
            assigned_to=given["assigned_to_id"],
        )

    @verb("start")
    def start(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Begin or resume."""
        services.start(session, row, at=clock.now(), agent=my_agent(session, row.entity_id))

    @verb("pause")
    def pause(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Stop the clock."""
        services.pause(session, row, at=clock.now())

    @verb("finish", Text("finding", 5000, default=None, about="what was done"))
    def finish(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """End the work and freeze its cost."""
        services.finish(session, row, at=clock.now(), finding=given["finding"])

    @verb("validate")
    def validate(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Approve finished work."""
        services.validate(session, row, at=clock.now())

    @verb("cancel", Text("reason", 300))
    def cancel(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Give it up; booked costs are reversed."""
        services.cancel(session, row, at=clock.now(), reason=given["reason"])

    @verb("reopen", Text("reason", 300))
    def reopen(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> None:
        """Take it up again."""
        services.reopen(session, row, at=clock.now(), reason=given["reason"])

    # --- lines --------------------------------------------------------------------------

    def _lines(self, pk: int, model: Any, columns: list[str]) -> Response:
        order = model.position if model is ChecklistPoint else model.id

        def read(session: Any, row: WorkOrder) -> list[dict[str, Any]]:
            found = session.scalars(
                select(model).where(model.work_order_id == row.id).order_by(order)
            )
            return [as_json(line, columns) for line in found]

        return self.listed_below(pk, read)

    def _made(self, line: Any, columns: list[str]) -> Response:
        # As the database keeps it: "1.500" hours, whatever was typed.
        db.session().refresh(line)
        return self.response(  # type: ignore[no-any-return]
            201, id=line.id, result=as_json(line, columns)
        )

    @expose("/<int:pk>/labour", methods=["GET"])
    @protect()
    @permission_name("get")
    def labour_lines(self, pk: int) -> Response:
        """Time spent, reversed lines included."""
        return self._lines(pk, Labour, LABOUR_COLUMNS)

    @verb(
        "labour",
        Number("hours", places=3, required=True),
        Row("agent_id", Agent, about="the person's own when it is left out"),
        Day("date_on"),
        Number("hourly_rate_eur", places=2, about="the rate of that day when it is left out"),
        answers=201,
    )
    def labour(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Log time."""
        agent = given["agent_id"] or my_agent(session, row.entity_id)
        if agent is None:
            words = _("Précisez l’agent.")
            raise InvalidInput(words, {"agent_id": words})
        on, rate = given["date_on"] or clock.today(), given["hourly_rate_eur"]
        known = withheld.readable(session, Labour.hourly_rate_eur)
        # Who may not read the rate may not find it out by trying either.
        if rate is not None and (not known or rate != services.rate_on(agent, on)):
            self._may_set_rates()
        line = services.record_labour(
            session,
            row,
            agent,
            hours=given["hours"],
            date_on=on,
            hourly_rate_eur=rate,
        )
        return self._made(line, LABOUR_COLUMNS)

    def _may_set_rates(self) -> None:
        if not self.appbuilder.sm.has_access("can_set_rate", self.class_permission_name):
            words = _("Le taux est celui de la fiche de l’agent.")
            raise InvalidInput(words, {"hourly_rate_eur": words})

    @expose("/<int:pk>/part", methods=["GET"])
    @protect()
    @permission_name("get")
    def part_lines(self, pk: int) -> Response:
        """Parts used, reversed lines included."""
        return self._lines(pk, PartUse, PART_COLUMNS)

    @verb(
        "part",
        Row("item_id", Item, required=True),
        Number("quantity", places=3, required=True),
        Row("store_id", Store, about="needed when several stores hold the item"),
        Day("date_on"),
        Number("unit_cost_eur", places=4, about="that of the stock, or the part is refused"),
        answers=201,
    )
    def part(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Take a part."""
        item, store = given["item_id"], given["store_id"]
        line = services.consume_part(
            session,
            row,
            item,
            store=store or services.only_store_of(session, item),
            quantity=given["quantity"],
            date_on=given["date_on"] or clock.today(),
        )
        asked = given["unit_cost_eur"]
        if asked is not None and asked != line.unit_cost_eur:
            words = _(
                "Le coût unitaire est celui du stock, %(cost)s : il ne se saisit pas.",
                cost=format(line.unit_cost_eur, "f"),
            )
            raise InvalidInput(words, {"unit_cost_eur": words})
        return self._made(line, PART_COLUMNS)

    @expose("/<int:pk>/expense", methods=["GET"])
    @protect()
    @permission_name("get")
    def expense_lines(self, pk: int) -> Response:
        """Suppliers' expenses, reversed lines included."""
        return self._lines(pk, Expense, EXPENSE_COLUMNS)

    @verb(
        "expense",
        Row("partner_id", Partner, about="the supplier, when it is in the register"),
        Text("supplier", 200, about="its name, when it is not"),
        Text("label", 200),
        Number("amount_ht_eur", places=2, required=True),
        Number("vat_rate", places=3, required=True),
        Day("date_on"),
        Text("reference", 60),
        answers=201,
    )
    def expense(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Write an expense."""
        line = services.record_expense(
            session,
            row,
            supplier=given["partner_id"] or given["supplier"],
            label=given["label"],
            amount_ht_eur=given["amount_ht_eur"],
            vat_rate=given["vat_rate"],
            date_on=given["date_on"] or clock.today(),
            reference=given["reference"],
        )
        return self._made(line, EXPENSE_COLUMNS)

    @expose("/<int:pk>/point", methods=["GET"])
    @protect()
    @permission_name("get")
    def point_lines(self, pk: int) -> Response:
        """The checklist."""
        return self._lines(pk, ChecklistPoint, POINT_COLUMNS)

    @verb(
        "point",
        Text("label", 200),
        Flag("mandatory", default=True),
        Text("unit", 20),
        Number("expected_min", places=3),
        Number("expected_max", places=3),
        answers=201,
    )
    def point(self, session: Any, row: WorkOrder, given: dict[str, Any]) -> Response:
        """Add a point to the checklist."""
        point = services.add_point(
            session,
            row,
            label=given["label"],
            mandatory=given["mandatory"],
            unit=given["unit"] or None,
            expected_min=given["expected_min"],
            expected_max=given["expected_max"],
        )
        return self._made(point, POINT_COLUMNS)

    @expose("/<int:pk>/cost", methods=["GET"])
    @protect()
    @permission_name("get")
    def cost(self, pk: int) -> Response:
        """How the cost is made, and what the ledger says of it."""

        def run() -> Response:
            row = self.datamodel.get(pk, self._base_filters)
            if row is None:
                raise NotFound(_("Introuvable."))
            made = queries.cost_summary(db.session(), row)
            result = {
                "amount_ht_eur": format(made.amount_ht_eur, "f"),
                "vat_eur": format(made.vat_eur, "f"),
                "amount_ttc_eur": format(made.amount_ttc_eur, "f"),
                "ledger_ht_eur": format(made.ledger_ht_eur, "f"),
                "ledger_lines": made.ledger_lines,
                **{part.nature: format(part.amount_ht_eur, "f") for part in made.parts},
            }
            if not withheld.readable(db.session(), Labour.amount_ht_eur):
                # A sum without labour is no cost: nothing rather than a wrong figure.
                result |= dict.fromkeys(
                    ("labour", "amount_ht_eur", "amount_ttc_eur", "ledger_ht_eur", "ledger_lines")
                )
            return self.response(200, result=result)  # type: ignore[no-any-return]

        return guarded(run)
