"""``/api/v1/work_order``: the record, its verbs, its cost lines."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from werkzeug.wrappers import Response

from base.basics import arguments, clock
from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.api import Below, ModuleApi, guarded
from base.face.views import ScopedInterface
from base.rules.rights import withheld
from base.rules.verbs import Verb
from base.store.database import db
from base.store.models import Department
from interventions import queries, services
from interventions.api.lines import (
    EXPENSE_COLUMNS,
    LABOUR_COLUMNS,
    PART_COLUMNS,
    PHOTO_COLUMNS,
    POINT_COLUMNS,
    SIGNATURE_COLUMNS,
)
from interventions.domain import Kind, Priority
from interventions.models import (
    Agent,
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    Photo,
    Signature,
    WorkOrder,
)
from patrimoine.models import Asset


def _first_words(values: dict[str, Any], kind: Kind) -> str:
    """A title is asked of people, not of machines: the first line, else the kind, will do."""
    lines = (values.get("description") or "").strip().splitlines()
    return lines[0][:200] if lines else str(kind.word)


class WorkOrderApi(ModuleApi):
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

    def create(self, session: Session, values: dict[str, Any]) -> WorkOrder:
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
            service=arguments.row(session, values, "service_id", Department),
            assigned_to=arguments.row(session, values, "assigned_to_id", Agent),
            planned_on=values.get("planned_on"),
            due_on=values.get("due_on"),
        )

    def update(self, session: Session, row: WorkOrder, values: dict[str, Any]) -> None:
        """Change what describes the work; its state has verbs."""
        services.describe(session, row, values)

    made_columns = {
        Labour: LABOUR_COLUMNS,
        PartUse: PART_COLUMNS,
        Expense: EXPENSE_COLUMNS,
        ChecklistPoint: POINT_COLUMNS,
        Signature: SIGNATURE_COLUMNS,
        Photo: PHOTO_COLUMNS,
    }
    below = (
        Below("labour", "labour_lines", Labour, "Time spent, reversed lines included."),
        Below("part", "part_lines", PartUse, "Parts used, reversed lines included."),
        Below("expense", "expense_lines", Expense, "Suppliers' expenses, reversed lines included."),
        Below("point", "point_lines", ChecklistPoint, "The checklist."),
        Below(
            "signature",
            "signatures",
            Signature,
            "Who signed, and when; those put aside by a reopening included.",
        ),
        Below(
            "photo",
            "photos",
            Photo,
            "The photographs, before and after; their bytes are at ``/api/v1/document/<id>``.",
            read=queries.photos_of,
        ),
    )

    def before_verb(
        self, session: Session, row: WorkOrder, verb: Verb, values: dict[str, Any]
    ) -> None:
        """Whoever may not set rates tells none but the one in force.

        Who may not read the rate may not find it out by trying either.

        Raises:
            InvalidInput: another rate is told.
        """
        rate = values.get("hourly_rate_eur")
        manager = self.appbuilder.sm
        if rate is None or manager.has_access("can_set_rate", self.class_permission_name):
            return
        agent = values["agent"] or queries.my_agent(session, row)
        on = values["date_on"] or clock.today()
        known = withheld.readable(session, Labour.hourly_rate_eur)
        if agent is not None and (not known or rate != services.rate_on(agent, on)):
            words = _("Le taux est celui de la fiche de l’agent.")
            raise InvalidInput(words, {"hourly_rate_eur": words})

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
