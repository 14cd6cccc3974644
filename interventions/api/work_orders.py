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
from base.face.api import Below, guarded
from base.face.api.card_api import CardApi, columns_of
from base.rules.rights import withheld
from base.rules.verbs import Verb
from base.store.database import db
from interventions import queries, services
from interventions.domain import Kind
from interventions.models import (
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    Photo,
    Signature,
    WorkOrder,
)
from interventions.records import WORK_ORDER

#: Sums of the cost, and those that say nothing without labour.
_SUMS = ("amount_ht_eur", "vat_eur", "amount_ttc_eur", "ledger_ht_eur")
_WITH_LABOUR = ("labour", "amount_ht_eur", "amount_ttc_eur", "ledger_ht_eur", "ledger_lines")


class WorkOrderApi(CardApi, card=WORK_ORDER):
    """Work orders."""

    order_columns = ["id", *WORK_ORDER.keys("order"), "finished_at"]
    made_columns = columns_of(Labour, PartUse, Expense, ChecklistPoint, Signature, Photo)
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

    def create(self, session: Session, values: dict[str, Any]) -> Any:
        """A title is asked of people, not of machines: the first line, else the kind, will do."""
        kind = arguments.one_of(values, "kind", Kind, Kind.CORRECTIVE)
        lines = (values.get("description") or "").strip().splitlines() or [str(kind.word)]
        return super().create(session, {**values, "title": values.get("title") or lines[0][:200]})

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
            raise InvalidInput.at("hourly_rate_eur", _("Le taux est celui de la fiche de l’agent."))

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
            result: dict[str, Any] = {name: format(getattr(made, name), "f") for name in _SUMS}
            result |= {part.nature: format(part.amount_ht_eur, "f") for part in made.parts}
            result["ledger_lines"] = made.ledger_lines
            if not withheld.readable(db.session(), Labour.amount_ht_eur):
                # A sum without labour is no cost: nothing rather than a wrong figure.
                result |= dict.fromkeys(_WITH_LABOUR)
            return self.response(200, result=result)  # type: ignore[no-any-return]

        return guarded(run)
