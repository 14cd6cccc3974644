"""Work orders at the desk: list with its tabs, record with its verbs, lines and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from base import arguments, clock, withheld
from base.actions import may
from base.choice import Shown
from base.database import db
from base.i18n import _, _l
from base.views import ScopedInterface
from interventions import domain, queries, services
from interventions.domain import Kind, Priority, State, Verb
from interventions.models import Agent, Labour, WorkOrder
from interventions.views import offers
from interventions.views.evidence import EvidenceRoutes
from interventions.views.verbs import WORK_ORDER_BOARD, WORK_ORDER_CALENDAR, WORK_ORDER_VERBS
from patrimoine.queries import place_name

#: Steps of the status bar, in order; pause and cancellation stand beside it.
STEPS = (State.DRAFT, State.PLANNED, State.STARTED, State.FINISHED, State.VALIDATED)

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
            WorkOrder.state.in_(queries.OPEN_STATES), WorkOrder.assigned_to_id.is_(None),
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
    right_words = {
        "can_answer": _l("répondre"),
        "can_cancel": _l("annuler"),
        "can_correct": _l("corriger une saisie"),
        "can_expense": _l("saisir une dépense"),
        "can_finish": _l("terminer"),
        "can_labour": _l("saisir du temps"),
        "can_part": _l("sortir une pièce"),
        "can_pause": _l("mettre en pause"),
        "can_photo": _l("photographier"),
        "can_plan": _l("planifier"),
        "can_point": _l("répondre aux points de contrôle"),
        "can_reopen": _l("rouvrir"),
        "can_reverse": _l("annuler une écriture"),
        "can_sign": _l("faire signer"),
        "can_start": _l("démarrer"),
        "can_validate": _l("valider"),
    }
    empty_text = _l("Aucune intervention ici.")
    list_template = "interventions/work_orders.html"
    show_template = "interventions/work_order.html"
    list_columns = [
        "number", "title", "asset", "state", "priority", "assigned_to", "due_on",
        "cost_ht_eur",
    ]
    show_columns = ["number", "asset", "kind", "priority", "requester", "planned_on", "due_on"]
    add_columns = [
        "asset", "title", "kind", "priority", "description", "requester", "assigned_to",
        "planned_on", "due_on",
    ]
    edit_columns = [
        "title", "kind", "priority", "description", "finding", "requester", "assigned_to",
        "planned_on", "due_on",
    ]
    search_columns = [
        "number", "title", "asset", "state", "priority", "kind", "assigned_to", "due_on",
        "planned_on", "finished_at", "requester", "service",
    ]
    order_columns = ["number", "state", "priority", "due_on", "planned_on"]
    word_columns = ["number", "title"]
    default_order = "-id"
    state_column = "state"
    sum_expressions = {"cost_ht_eur": queries.cost_expression}
    verbs = WORK_ORDER_VERBS
    board = WORK_ORDER_BOARD
    calendar = WORK_ORDER_CALENDAR
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
            (str(words), url_for("WorkOrderView.list", tab=key, **kept), key == self.tab(),
             counts.get(key))
            for key, (words, _criteria) in TABS.items()
        ]

    def base_criteria(self) -> list[Any]:
        """What the tab asks for."""
        return TABS[self.tab()][1]()

    def signs(self, row: WorkOrder) -> list[Shown]:
        """The pills of a row: lateness in front of the true state."""
        sign = State(row.state)
        return [domain.LATE_SIGN, sign] if row.is_late(clock.today()) else [sign]

    def dress(self, session: Any, rows: Sequence[WorkOrder]) -> None:
        """The cost of the rows, in three statements."""
        costs = queries.costs_of(session, [row.id for row in rows])
        g.work_order_costs = {pk: cost for pk, cost in costs.items() if cost}

    # --- record -------------------------------------------------------------------------

    def title_of(self, row: WorkOrder) -> str:
        """The heading of a record: what there is to do."""
        return row.title

    def record_context(self, session: Any, row: WorkOrder) -> dict[str, Any]:
        """Steps, allowed verbs, lines and cost."""
        state = State(row.state)
        told, cost = queries.explained(session, row)
        signatures = queries.signatures_of(session, row)
        permitted = [v for v in domain.allowed_verbs(state) if self.permitted(v.value)]
        return {
            "state": state,
            "signs": self.signs(row),
            "priority": Priority(row.priority),
            "kind": Kind(row.kind).word,
            "steps": [
                (step, step == state or (state, step) == (
                    State.PAUSED, State.STARTED), self._passed(row, step))
                for step in STEPS
            ],
            "verbs": [(v, v) for v in permitted],
            "main_verb": self._main_verb(state, permitted),
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

    @staticmethod
    def _main_verb(state: State, permitted: list[Verb]) -> Verb | None:
        wanted = {
            State.DRAFT: Verb.START,
            State.PLANNED: Verb.START,
            State.STARTED: Verb.FINISH,
            State.PAUSED: Verb.START,
            State.FINISHED: Verb.VALIDATE,
        }.get(state)
        return wanted if wanted in permitted else None

    # --- forms --------------------------------------------------------------------------

    def create(self, session: Any, values: dict[str, Any]) -> WorkOrder:
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

    def update(self, session: Any, row: WorkOrder, values: dict[str, Any]) -> None:
        """Change what the work order says."""
        agent = values.pop("assigned_to")
        services.describe(
            session, row, {**values, "assigned_to_id": agent.id if agent else None}
        )

    def added_message(self, row: WorkOrder) -> str:
        """What is said after it was opened."""
        return _("%(number)s est ouverte.", number=row.number)

    # --- verbs --------------------------------------------------------------------------

    @expose("/plan/<pk>", methods=["POST"])
    @has_access
    def plan(self, pk: str) -> Response:
        """Put it on the calendar; once it is there, change day, due day or agent."""
        form = request.form

        def work(session: Any, row: WorkOrder) -> None:
            verb = services.plan if row.state == State.DRAFT else services.schedule
            verb(
                session,
                row,
                planned_on=arguments.day(form, "planned_on"),
                due_on=arguments.day(form, "due_on"),
                assigned_to=arguments.row(session, form, "assigned_to", Agent),
            )

        return self._act(pk, work, _("L’intervention est planifiée."))

    @expose("/start/<pk>", methods=["POST"])
    @has_access
    def start(self, pk: str) -> Response:
        """Begin or resume."""
        return self._act(
            pk,
            lambda session, row: services.start(
                session, row, at=clock.now(), agent=self._me(session, row)
            ),
            _("L’intervention est en cours."),
        )

    @expose("/pause/<pk>", methods=["POST"])
    @has_access
    def pause(self, pk: str) -> Response:
        """Stop the clock."""
        return self._act(
            pk,
            lambda session, row: services.pause(session, row, at=clock.now()),
            _("L’intervention est en pause."),
        )

    @expose("/finish/<pk>", methods=["POST"])
    @has_access
    def finish(self, pk: str) -> Response:
        """End the work and freeze its cost."""
        return self._act(
            pk,
            lambda session, row: services.finish(session, row, at=clock.now()),
            _("L’intervention est terminée, son coût est figé."),
        )

    @expose("/validate/<pk>", methods=["POST"])
    @has_access
    def validate(self, pk: str) -> Response:
        """Approve finished work."""
        return self._act(
            pk,
            lambda session, row: services.validate(session, row, at=clock.now()),
            _("L’intervention est validée."),
        )

    @expose("/cancel/<pk>", methods=["POST"])
    @has_access
    def cancel(self, pk: str) -> Response:
        """Give it up; booked costs are reversed."""
        reason = arguments.text(request.form, "reason", 300)
        return self._act(
            pk,
            lambda session, row: services.cancel(session, row, at=clock.now(), reason=reason),
            _("L’intervention est annulée ; ses coûts sont extournés."),
        )

    @expose("/reopen/<pk>", methods=["POST"])
    @has_access
    def reopen(self, pk: str) -> Response:
        """Take it up again."""
        reason = arguments.text(request.form, "reason", 300)
        return self._act(
            pk,
            lambda session, row: services.reopen(session, row, at=clock.now(), reason=reason),
            _("L’intervention est rouverte."),
        )
