"""Work orders at the desk: list with its tabs, record with its verbs, lines and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g, request, url_for

from base.basics import clock
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import ScopedInterface, verb_pages
from base.face.views.displays import Board, Calendar
from base.rules.modules.actions import may
from base.rules.rights import withheld
from base.store.choice import Shown
from base.store.database import db
from interventions import domain, queries, services
from interventions.domain import Kind, Priority, State
from interventions.models import Labour, WorkOrder
from interventions.views import offers
from interventions.views.evidence import EvidenceRoutes
from patrimoine.queries import place_name

#: Steps of the status bar, in order; pause and cancellation stand beside it.
STEPS = (State.DRAFT, State.PLANNED, State.STARTED, State.FINISHED, State.VALIDATED)

#: State -> the verb that most people come for.
MAIN_VERB = {
    State.DRAFT: "start",
    State.PLANNED: "start",
    State.STARTED: "finish",
    State.PAUSED: "start",
    State.FINISHED: "validate",
}

TABS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "open": (_l("Ouvertes"), lambda: [WorkOrder.state.in_(queries.OPEN_STATES)]),
    "late": (
        _l("En retard"),
        lambda: [WorkOrder.state.in_(queries.OPEN_STATES), WorkOrder.due_on < clock.today()],
    ),
    "running": (_l("En cours"), lambda: [WorkOrder.state.in_((State.STARTED, State.PAUSED))]),
    "finished": (_l("À valider"), lambda: [WorkOrder.state == State.FINISHED]),
    "unassigned": (
        _l("Sans affectation"),
        lambda: [
            WorkOrder.state.in_(queries.OPEN_STATES),
            WorkOrder.assigned_to_id.is_(None),
        ],
    ),
    "all": (_l("Toutes"), lambda: []),
}


class WorkOrderView(EvidenceRoutes):
    """Work orders."""

    datamodel = ScopedInterface(WorkOrder)
    icon = "tool"
    #: A work order keeps its number: it is cancelled, never deleted.
    exclude_route_methods = {"download", "delete"}
    list_title = _l("Interventions")
    add_title = _l("Nouvelle intervention")
    edit_title = _l("Modifier l’intervention")
    empty_text = _l("Aucune intervention ici.")
    list_template = "interventions/work_orders.html"
    show_template = "interventions/work_order.html"
    list_columns = [
        "number",
        "title",
        "asset",
        "state",
        "priority",
        "assigned_to",
        "due_on",
        "cost_ht_eur",
    ]
    show_columns = ["number", "asset", "kind", "priority", "requester", "planned_on", "due_on"]
    add_columns = [
        "asset",
        "title",
        "kind",
        "priority",
        "description",
        "requester",
        "assigned_to",
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
        "assigned_to",
        "planned_on",
        "due_on",
    ]
    search_columns = [
        "number",
        "title",
        "asset",
        "state",
        "priority",
        "kind",
        "assigned_to",
        "due_on",
        "planned_on",
        "finished_at",
        "requester",
        "service",
    ]
    order_columns = ["number", "state", "priority", "due_on", "planned_on"]
    word_columns = ["number", "title"]
    default_order = "-id"
    state_column = "state"
    sum_expressions = {"cost_ht_eur": queries.cost_expression}
    verbs = (
        *("assign", "plan", "priority", "validate", "start", "pause", "finish", "reopen"),
        "cancel",
    )
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
        verb="plan",
        lines=queries.agents_at_work,
        waiting=lambda: [WorkOrder.state.in_(queries.OPEN_STATES)],
    )
    sign_columns = {"priority": lambda row: Priority(row.priority)}
    formatters = {"cost_ht_eur": lambda row: g.get("work_order_costs", {}).get(row.id)}
    label_columns = {
        "cost_ht_eur": _l("Coût HT"),
    }

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
            for key, (words, _criteria) in TABS.items()
        ]

    def base_criteria(self) -> list[Any]:
        """What the tab asks for."""
        return TABS[self.tab()][1]()

    def signs(self, row: WorkOrder) -> list[Shown]:
        """The pills of a row: lateness in front of the true state."""
        sign = State(row.state)
        return [domain.LATE_SIGN, sign] if row.is_late(clock.today()) else [sign]

    def dress(self, session: Session, rows: Sequence[WorkOrder]) -> None:
        """The cost of the rows, in three statements."""
        costs = queries.costs_of(session, [row.id for row in rows])
        g.work_order_costs = {pk: cost for pk, cost in costs.items() if cost}

    # --- record -------------------------------------------------------------------------

    def title_of(self, row: WorkOrder) -> str:
        """The heading of a record: what there is to do."""
        return row.title

    def record_context(self, session: Session, row: WorkOrder) -> dict[str, Any]:
        """Steps, allowed verbs, lines and cost."""
        state = State(row.state)
        told, cost = queries.explained(session, row)
        signatures = queries.signatures_of(session, row)
        offered = verb_pages.forms("WorkOrderView", row)
        return {
            "state": state,
            "signs": self.signs(row),
            "priority": Priority(row.priority),
            "kind": Kind(row.kind).word,
            "steps": [
                (
                    step,
                    step == state or (state, step) == (State.PAUSED, State.STARTED),
                    self._passed(row, step),
                )
                for step in STEPS
            ],
            "verbs": {name: form.verb for name, form in offered.items()},
            "main_verb": MAIN_VERB.get(state),
            "open": domain.takes_costs(state),
            "cost": cost,
            "rates": withheld.readable(session, Labour.amount_ht_eur),
            "requests": queries.requests_of(session, row),
            "stories": told,
            "net": queries.net_of(told),
            "move_of": domain.MoveKind,
            "may_agent": may("AgentView.show"),
            "may_moves": may("StockMoveView.list"),
            "place": place_name(session, row.asset) if row.asset else "",
            "signature": next((s for s in signatures if s.is_live), None),
            "former_signatures": [s for s in signatures if not s.is_live],
            "takes_signature": state in domain.TAKES_SIGNATURE,
            "photos": queries.photos_of(session, row),
            "moments": domain.Moment,
            "worked": domain.worked_time(row.worked_seconds, row.running_since_at, clock.now()),
            "today": clock.today(),
            "asset_url": offers.asset_url,
        }

    @staticmethod
    def _passed(row: WorkOrder, step: State) -> bool:
        order = {s: n for n, s in enumerate(STEPS)}
        now = State.STARTED if row.state == State.PAUSED else State(row.state)
        return now in order and order[step] < order[now]

    # --- forms --------------------------------------------------------------------------

    def create(self, session: Session, values: dict[str, Any]) -> WorkOrder:
        """Open a work order."""
        return services.open_work_order(
            session,
            values["asset"],
            title=values["title"] or "",
            at=clock.now(),
            kind=Kind(values["kind"] or Kind.CORRECTIVE),
            priority=Priority(values["priority"] or Priority.NORMAL),
            description=values["description"] or "",
            requester=values["requester"] or "",
            assigned_to=values["assigned_to"],
            planned_on=values["planned_on"],
            due_on=values["due_on"],
        )

    def update(self, session: Session, row: WorkOrder, values: dict[str, Any]) -> None:
        """Change what the work order says."""
        agent = values.pop("assigned_to")
        services.describe(session, row, {**values, "assigned_to_id": agent.id if agent else None})

    def added_message(self, row: WorkOrder) -> str:
        """What is said after it was opened."""
        return _("%(number)s est ouverte.", number=row.number)
