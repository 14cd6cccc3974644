"""Work orders at the desk: list with its tabs, record with its verbs, lines and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request, url_for

from base.basics import clock
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import verb_pages
from base.face.views.card_views import CardView
from base.face.views.displays import Board, Calendar, Nothing
from base.rules.modules.actions import may
from base.store.choice import Shown
from base.store.database import db
from interventions import domain, queries
from interventions.domain import Kind, Priority, State
from interventions.models import WorkOrder
from interventions.records import WORK_ORDER
from interventions.views import offers
from interventions.views.evidence import EvidenceRoutes

#: State -> the verb that most people come for.
MAIN_VERB = {
    State.DRAFT: "start",
    State.PLANNED: "start",
    State.STARTED: "finish",
    State.PAUSED: "start",
    State.FINISHED: "validate",
}

#: Tab of the list -> its word; ``queries.criteria_of_tabs`` says what each holds.
TABS = {
    "open": _l("Ouvertes"),
    "late": _l("En retard"),
    "running": _l("En cours"),
    "finished": _l("À valider"),
    "unassigned": _l("Sans affectation"),
    "all": _l("Toutes"),
}
#: Tab without rows -> what that means, where it is not that there is no work at all.
NONE_OF_TAB = {
    "late": _l("Rien n’est en retard."),
    "running": _l("Rien n’est en cours."),
    "finished": _l("Tout est validé."),
    "unassigned": _l("Tout est affecté."),
}


class WorkOrderView(EvidenceRoutes, CardView, card=WORK_ORDER):
    """Work orders."""

    made_by = ("agent", "head", "fleet")
    list_template = "interventions/work_orders.html"
    show_template = "interventions/work_order.html"
    list_columns = [*WORK_ORDER.names("lists"), "cost_ht_eur"]
    word_columns = ["number", "title"]
    sum_expressions = {"cost_ht_eur": queries.cost_expression}
    board = Board(
        "state",
        # A cancelled work order leaves the board.
        lanes=lambda: [(state.value, state) for state in State if state != State.CANCELLED],
        card_columns=("asset", "assigned_to", "due_on"),
        person="assigned_to",
    )
    calendar = Calendar(
        "planned_on",
        "assigned_to",
        _l("Sans affectation"),
        below="place",
        verb="plan",
        lines=queries.agents_at_work,
        waiting=lambda: [WorkOrder.state.in_(queries.OPEN_STATES)],
    )
    sign_columns = {"priority": lambda row: Priority(row.priority)}
    formatters = {"cost_ht_eur": lambda row: g.get("work_order_costs", {}).get(row.id)}
    label_columns = {"cost_ht_eur": _l("Coût HT")}

    # --- list ---------------------------------------------------------------------------

    def tab(self) -> str:
        """The tab that the address asks for."""
        asked = request.args.get("tab", "")
        if request.args.get("display") == "board" and asked in ("", "open", "finished"):
            return "all"
        if asked in TABS:
            return asked
        filtered = any(key.startswith("f.") or key == "q" for key in request.args)
        return "all" if filtered else "open"

    def tabs(self) -> list[tuple[str, str, bool, int | None]]:
        """Words, address, whether it is the present one and count of each tab."""
        counts = queries.counts_of_tabs(db.session(), clock.today())
        kept = self.look_kept()
        return [
            (
                str(words),
                url_for("WorkOrderView.list", tab=key, **kept),
                key == self.tab(),
                counts.get(key),
            )
            for key, words in TABS.items()
        ]

    def base_criteria(self) -> list[Any]:
        """What the tab asks for."""
        return queries.criteria_of_tabs(clock.today()).get(self.tab(), [])

    def nothing(self) -> Nothing:
        """A tab of what waits that is empty is good news, and asks for no new work."""
        words = NONE_OF_TAB.get(self.tab())
        return super().nothing() if words is None else Nothing(words)

    def signs(self, row: WorkOrder) -> list[Shown]:
        """The pills of a row: lateness in front of the true state."""
        return offers.signs_of(row)

    def dress(self, session: Session, rows: Sequence[WorkOrder]) -> None:
        """The cost of the rows, in three statements."""
        costs = queries.costs_of(session, [row.id for row in rows])
        g.work_order_costs = {pk: cost for pk, cost in costs.items() if cost}

    # --- record -------------------------------------------------------------------------

    def record_context(self, session: Session, row: WorkOrder) -> dict[str, Any]:
        """Steps, allowed verbs, lines and cost."""
        state = State(row.state)
        told, cost = queries.explained(session, row)
        signatures = queries.signatures_of(session, row)
        offered = verb_pages.forms("WorkOrderView", row)
        return {
            **offers.seen(session, row),
            "signs": self.signs(row),
            "priority": Priority(row.priority),
            "kind": Kind(row.kind).word,
            "steps": [
                (step.word, step.icon, place)
                for step, place in domain.course(state, planned=row.planned_on is not None)
            ],
            "verbs": {name: form.verb for name, form in offered.items()},
            "main_verb": MAIN_VERB.get(state),
            "cost": cost,
            "requests": queries.requests_of(session, row),
            "stories": told,
            "net": queries.net_of(told),
            "move_of": domain.MoveKind,
            "may_agent": may("AgentView.show"),
            "may_moves": may("StockMoveView.list"),
            "signature": next((s for s in signatures if s.is_live), None),
            "former_signatures": [s for s in signatures if not s.is_live],
            "takes_signature": state in domain.TAKES_SIGNATURE,
            "today": clock.today(),
            "asset_url": offers.asset_url,
        }

    def added_message(self, row: WorkOrder) -> str:
        """What is said after it was opened."""
        return _("%(number)s est ouverte.", number=row.number)
