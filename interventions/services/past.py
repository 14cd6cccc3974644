"""What is told of a work order or a request of the past, on its way to ``history``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from base.basics.i18n import _l, kept
from base.store.models import Department, Partner
from interventions.domain import (
    Answer,
    Channel,
    Kind,
    Priority,
    RequestState,
    State,
    Verb,
)
from interventions.domain.requests import following
from interventions.models import Agent, Item, Store, WorkOrder
from patrimoine.models import Asset

#: The verbs by which a former order came to its state, from a draft.
PATHS: dict[State, tuple[Verb, ...]] = {
    State.DRAFT: (),
    State.PLANNED: (Verb.PLAN,),
    State.STARTED: (Verb.START,),
    State.PAUSED: (Verb.START, Verb.PAUSE),
    State.FINISHED: (Verb.START, Verb.FINISH),
    State.VALIDATED: (Verb.START, Verb.FINISH, Verb.VALIDATE),
    State.CANCELLED: (Verb.CANCEL,),
}


@dataclass(slots=True)
class PastLabour:
    """Time of an agent on a day."""

    agent: Agent
    hours: Decimal
    date_on: date


@dataclass(slots=True)
class PastPart:
    """Parts taken from a store on a day, at average cost."""

    item: Item
    store: Store
    quantity: Decimal
    date_on: date


@dataclass(slots=True)
class PastExpense:
    """What a supplier asked."""

    supplier: str | Partner
    label: str
    amount_ht_eur: Decimal
    vat_rate: Decimal
    date_on: date
    reference: str = ""


@dataclass(slots=True)
class PastPoint:
    """A point of the checklist, with what was found."""

    label: str
    answer: Answer | None = None
    mandatory: bool = True
    measure: Decimal | None = None
    unit: str | None = None


@dataclass(slots=True)
class PastOrder:
    """One order with all that happened to it; ``row`` is where the file tells it."""

    row: int
    asset: Asset
    title: str
    opened_at: datetime
    state: State = State.DRAFT
    external_number: str | None = None
    kind: Kind = Kind.CORRECTIVE
    priority: Priority = Priority.NORMAL
    description: str = ""
    finding: str = ""
    requester: str = ""
    reason: str = ""
    service: Department | None = None
    assigned_to: Agent | None = None
    planned_on: date | None = None
    due_on: date | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    validated_at: datetime | None = None
    labour: list[PastLabour] = field(default_factory=list)
    parts: list[PastPart] = field(default_factory=list)
    expenses: list[PastExpense] = field(default_factory=list)
    points: list[PastPoint] = field(default_factory=list)


@dataclass(slots=True)
class PastRequest:
    """One request with what became of it."""

    asset: Asset
    title: str
    received_at: datetime
    state: RequestState = RequestState.NEW
    channel: Channel = Channel.STAFF
    priority: Priority = Priority.NORMAL
    description: str = ""
    requester: str = ""
    contact: str = ""
    refusal_reason: str = ""
    work_order: WorkOrder | None = None

    def follow_work(self) -> None:
        """Take the state that its work gives it, as the verbs do when the work moves."""
        if self.work_order is not None:
            self.state = following(State(self.work_order.state), self.state)
            if self.state is RequestState.REFUSED and not self.refusal_reason.strip():
                self.refusal_reason = kept(
                    _l("L’intervention %(number)s a été annulée.", number=self.work_order.number)
                )
            if self.state in (RequestState.NEW, RequestState.REFUSED):
                self.work_order = None
