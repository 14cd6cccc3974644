"""The rules of the trade: states and verbs, cost arithmetic, clock of the work.

Nothing here knows a session, a screen or the time of day: instants and days are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol, TypeVar

from base.basics.i18n import _l
from base.store.choice import Choice, Sign
from patrimoine.domain import Kind as AssetKind

CENT = Decimal("0.01")
PRICE = Decimal("0.0001")
HUNDRED = Decimal(100)
#: Where a slip is certain: the columns of both engines hold more, their sums as well.
BEYOND = Decimal(10) ** 12
QUARTER = Decimal("0.25")


class State(Choice):
    """Where a work order stands."""

    DRAFT = "draft", _l("Brouillon"), "circle-dashed", "idle"
    PLANNED = "planned", _l("Planifiée"), "calendar-check", "plan"
    STARTED = "started", _l("En cours"), "player-play", "run"
    PAUSED = "paused", _l("En pause"), "player-pause", "idle"
    FINISHED = "finished", _l("Terminée"), "check", "ok"
    VALIDATED = "validated", _l("Validée"), "checks", "ok"
    CANCELLED = "cancelled", _l("Annulée"), "ban", "idle"


class Verb(Choice):
    """What people do to a work order; the only way its state changes."""

    PLAN = "plan", _l("Planifier"), "calendar-check", _l("la planifier")
    START = "start", _l("Commencer"), "player-play", _l("la commencer")
    PAUSE = "pause", _l("Mettre en pause"), "player-pause", _l("la mettre en pause")
    FINISH = "finish", _l("Terminer"), "check", _l("la terminer")
    VALIDATE = "validate", _l("Valider"), "checks", _l("la valider")
    CANCEL = "cancel", _l("Annuler"), "ban", _l("l’annuler")
    REOPEN = "reopen", _l("Rouvrir"), "arrow-back-up", _l("la rouvrir")

    #: With its pronoun, inside a sentence: « on ne peut pas l’annuler ».
    inside: Any

    def tell(self, word: Any, icon: str = "", inside: Any = "", /) -> None:
        """The word of the button, its icon, the words inside a sentence."""
        super().tell(word, icon)
        self.inside = inside


class Kind(Choice):
    """Why the work is done."""

    CORRECTIVE = "corrective", _l("Correctif")
    PREVENTIVE = "preventive", _l("Préventif")
    INSPECTION = "inspection", _l("Contrôle")
    IMPROVEMENT = "improvement", _l("Amélioration")
    ROUTINE = "routine", _l("Courant")


class Priority(Choice):
    """Rank of treatment."""

    URGENT = "urgent", _l("Urgente"), "chevrons-up", "h"
    NORMAL = "normal", _l("Normale"), "equal"
    LOW = "low", _l("Basse"), "chevron-down", "l"


class RequestState(Choice):
    """Where a service request stands."""

    NEW = "new", _l("À trier"), "inbox", "idle"
    ACCEPTED = "accepted", _l("Acceptée"), "calendar-check", "plan"
    REFUSED = "refused", _l("Refusée"), "x", "late"
    CLOSED = "closed", _l("Traitée"), "check", "ok"


class Channel(Choice):
    """How a request came in."""

    TAG = "tag", _l("Étiquette")
    STAFF = "staff", _l("Agent")
    PHONE = "phone", _l("Téléphone")
    PORTAL = "portal", _l("Portail")
    API = "api", _l("Échange de données")


class Answer(Choice):
    """What was found at a point of the checklist."""

    DONE = "done", _l("Fait")
    FAILED = "failed", _l("Non conforme")
    NOT_APPLICABLE = "not_applicable", _l("Sans objet")


class Moment(Choice):
    """What a photograph of the place shows: how it was found, how it was left."""

    BEFORE = "before", _l("Avant")
    AFTER = "after", _l("Après")


class MoveKind(Choice):
    """Why a quantity entered or left a store."""

    RECEIPT = "receipt", _l("Entrée")
    ISSUE = "issue", _l("Sortie")
    RETURN = "return", _l("Retour")
    ADJUSTMENT = "adjustment", _l("Ajustement")


#: The table that decides: what is not in it is refused.
TRANSITIONS: dict[tuple[State, Verb], State] = {
    (State.DRAFT, Verb.PLAN): State.PLANNED,
    (State.DRAFT, Verb.START): State.STARTED,
    (State.DRAFT, Verb.CANCEL): State.CANCELLED,
    (State.PLANNED, Verb.START): State.STARTED,
    (State.PLANNED, Verb.CANCEL): State.CANCELLED,
    (State.STARTED, Verb.PAUSE): State.PAUSED,
    (State.STARTED, Verb.FINISH): State.FINISHED,
    (State.STARTED, Verb.CANCEL): State.CANCELLED,
    (State.PAUSED, Verb.START): State.STARTED,
    (State.PAUSED, Verb.CANCEL): State.CANCELLED,
    (State.FINISHED, Verb.VALIDATE): State.VALIDATED,
    (State.FINISHED, Verb.REOPEN): State.PLANNED,
    (State.VALIDATED, Verb.REOPEN): State.PLANNED,
    (State.CANCELLED, Verb.REOPEN): State.PLANNED,
}

#: Where a deed that is taken back leaves the work: a slip undone is no move of the table.
TAKEN_BACK = {State.VALIDATED: State.FINISHED}

#: States in which work goes on or is still to come; the others are frozen.
OPEN = frozenset({State.DRAFT, State.PLANNED, State.STARTED, State.PAUSED})

#: States in which whoever receives the work may sign for it.
TAKES_SIGNATURE = frozenset({State.STARTED, State.PAUSED, State.FINISHED})


def next_state(state: State, verb: Verb) -> State | None:
    """The state the verb leads to, or None when the table refuses."""
    return TRANSITIONS.get((state, verb))


def allowed_verbs(state: State) -> list[Verb]:
    """The verbs that the table accepts in this state, in the order of :class:`Verb`."""
    return [verb for verb in Verb if (state, verb) in TRANSITIONS]


def moves_of(verb: Verb) -> list[tuple[State, State]]:
    """From where to where a verb leads."""
    return [(start, to) for (start, by), to in TRANSITIONS.items() if by is verb]


#: The way of a work order, in order; pause and cancellation stand beside it.
COURSE = (State.DRAFT, State.PLANNED, State.STARTED, State.FINISHED, State.VALIDATED)


def course(state: State, *, planned: bool) -> list[tuple[State, str]]:
    """The steps with where each stands: "done", "current", "skipped" or nothing yet.

    Work may begin without ever having been given a day: that step is skipped, not done.
    """
    now = State.STARTED if state is State.PAUSED else state
    reached = COURSE.index(now) if now in COURSE else 0
    places = ["done"] * reached + ["current" if now in COURSE else ""]
    places += [""] * (len(COURSE) - len(places))
    if not planned and places[1] == "done":
        places[1] = "skipped"
    return list(zip(COURSE, places, strict=True))


def takes_costs(state: State) -> bool:
    """Whether labour, parts and expenses may still be written or corrected."""
    return state in OPEN


def is_late(state: State, due_on: date | None, on: date) -> bool:
    """Whether the work should have been over before ``on``; computed, never stored."""
    return due_on is not None and state in OPEN and due_on < on


def due_early(planned_on: date | None, due_on: date | None) -> Any:
    """Why work cannot be due then: it is planned for later; None when it can."""
    if planned_on is not None and due_on is not None and due_on < planned_on:
        return _l("L’échéance tombe avant le jour prévu.")
    return None


def too_much(*figures: Decimal) -> bool:
    """Whether an amount or a quantity is beyond what is kept; reversals as what they reverse."""
    return any(abs(figure) >= BEYOND for figure in figures)


def to_cent(amount: Decimal) -> Decimal:
    """The amount rounded half up to the cent, away from zero for reversals."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def labour_cost(hours: Decimal, hourly_rate_eur: Decimal) -> Decimal:
    """Hours times rate, to the cent."""
    return to_cent(hours * hourly_rate_eur)


def vat(amount_ht_eur: Decimal, vat_rate: Decimal) -> Decimal:
    """The tax of an amount, to the cent; ``vat_rate`` is a percentage such as 20 or 5.5."""
    return to_cent(amount_ht_eur * vat_rate / HUNDRED)


def vat_percent(vat_rate: Decimal) -> Decimal:
    """The rate as a percentage: 20 stays 20, and a share such as 0.2 becomes 20.

    No rate in force in France lies between 0 and 0.5 %, so a number there can only be a share.
    """
    return vat_rate * HUNDRED if 0 < vat_rate < Decimal("0.5") else vat_rate


class Categorised(Protocol):
    """An asset, as far as a signature cares."""

    category: Any


def wants_signature(asset: Categorised) -> bool:
    """Whether the category of the asset has work on it signed before its end."""
    return asset.category is not None and bool(asset.category.signed_work)


class Dated(Protocol):
    """A row that holds from a day on."""

    valid_from: date


RowT = TypeVar("RowT", bound=Dated)


def in_force(rows: Iterable[RowT], on: date) -> RowT | None:
    """The row that holds on the day: the latest that began on it or before."""
    begun = [row for row in rows if row.valid_from <= on]
    return max(begun, key=lambda row: row.valid_from, default=None)


@dataclass(frozen=True)
class Holding:
    """What a store holds of one item: a quantity and its exact value in euros."""

    quantity: Decimal
    value_eur: Decimal

    @property
    def unit_cost_eur(self) -> Decimal:
        """The weighted average cost, four decimals; zero when nothing is held."""
        if self.quantity == 0:
            return Decimal("0.0000")
        return (self.value_eur / self.quantity).quantize(PRICE, rounding=ROUND_HALF_UP)

    def receive(self, quantity: Decimal, value_eur: Decimal) -> Holding:
        """The holding after an entry of that quantity for that value."""
        return Holding(self.quantity + quantity, self.value_eur + value_eur)

    def issue_value(self, quantity: Decimal) -> Decimal:
        """What the quantity is worth when it leaves, to the cent.

        It is quantity times average cost, so that the line explains itself. The exit that
        empties the store takes what value is left: no cent stays behind without goods.

        Raises:
            ValueError: more is asked than is held; the caller says it in words before.
        """
        if quantity > self.quantity:
            raise ValueError("more than is held")
        if quantity == self.quantity:
            return self.value_eur
        return min(self.value_eur, to_cent(quantity * self.unit_cost_eur))

    def issue(self, quantity: Decimal) -> Holding:
        """The holding after that quantity left at average cost."""
        return Holding(self.quantity - quantity, self.value_eur - self.issue_value(quantity))


class Point(Protocol):
    """A checklist point, as far as finishing cares."""

    mandatory: bool
    answer: str | None


PointT = TypeVar("PointT", bound=Point)


def unanswered(points: Iterable[PointT]) -> list[PointT]:
    """The mandatory points that nobody has answered."""
    return [point for point in points if point.mandatory and point.answer is None]


def measure_is_expected(
    measure: Decimal, expected_min: Decimal | None, expected_max: Decimal | None
) -> bool:
    """Whether a measured value lies within its bounds, both included; a bound may lack."""
    return (expected_min is None or measure >= expected_min) and (
        expected_max is None or measure <= expected_max
    )


#: A clock that ran longer was forgotten: nobody works so long at one job in one go.
FORGOTTEN = timedelta(hours=12)


def proposed_hours(worked: timedelta, told: Decimal) -> Decimal | None:
    """The time to propose for what the clock says and no line tells yet, in quarters of an hour.

    At least one quarter when nothing is ``told`` (hours of the live lines), zero when they tell
    all of it. None when the clock was forgotten: no time is better than a wrong one.
    """
    untold = Decimal(int(worked.total_seconds())) / Decimal(3600) - told
    if untold > Decimal(FORGOTTEN // timedelta(hours=1)):
        return None
    whole = (untold / QUARTER).to_integral_value(rounding=ROUND_HALF_UP)
    return max(Decimal("0.00") if told else QUARTER, whole * QUARTER)


def worked_time(worked_seconds: int, running_since_at: datetime | None, at: datetime) -> timedelta:
    """Time at work: what was counted at the pauses, and the present run until ``at``.

    A device whose clock is late must not take time away: a negative run counts for nothing.
    """
    run = timedelta(0)
    if running_since_at is not None:
        run = max(run, at - running_since_at)
    return timedelta(seconds=worked_seconds) + run


#: M57 accounts. Labour: staff pay; parts: small supplies; suppliers: by what is repaired.
LABOUR_ACCOUNT = "64111"
PARTS_ACCOUNT = "60632"
SUPPLIER_ACCOUNTS: dict[str, str] = {
    AssetKind.SITE: "61521",
    AssetKind.PARCEL: "61521",
    AssetKind.BUILDING: "615221",
    AssetKind.FLOOR: "615221",
    AssetKind.ROOM: "615221",
    AssetKind.VEHICLE: "61551",
}
OTHER_SUPPLIER_ACCOUNT = "61558"


def supplier_account(asset_kind: str) -> str:
    """The M57 account of repairs by a supplier on this kind of asset."""
    return SUPPLIER_ACCOUNTS.get(asset_kind, OTHER_SUPPLIER_ACCOUNT)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The exact sum, with two decimals even when there is nothing; what is not read is left out."""
    return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def time_choices(proposed: Decimal | None) -> Sequence[Decimal]:
    """The times offered as buttons: the usual ones and the proposed one, if any, in order."""
    usual = {Decimal("0.50"), Decimal("1.00"), Decimal("2.00")}
    return sorted(usual | ({proposed} if proposed else {Decimal("4.00")}))


#: The mark of what is past its day.
LATE_SIGN = Sign(_l("En retard"), "alert-triangle", "late")
