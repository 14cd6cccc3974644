"""The rules of work orders: the table, exhaustively, and the arithmetic, by hand."""

from collections import namedtuple
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions import domain
from interventions.domain import Holding, State, Verb

#: The contract's sentence, written out: (state, verb) -> state. All other pairs are refused.
CONTRACT = {
    ("draft", "plan"): "planned",
    ("draft", "start"): "started",
    ("draft", "cancel"): "cancelled",
    ("planned", "start"): "started",
    ("planned", "cancel"): "cancelled",
    ("started", "pause"): "paused",
    ("started", "finish"): "finished",
    ("started", "cancel"): "cancelled",
    ("paused", "start"): "started",
    ("paused", "cancel"): "cancelled",
    ("finished", "validate"): "validated",
    ("finished", "reopen"): "planned",
    ("validated", "reopen"): "planned",
    ("cancelled", "reopen"): "planned",
}


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("state", list(State))
def test_the_table_is_the_contract(state, verb):
    expected = CONTRACT.get((state.value, verb.value))
    got = domain.next_state(state, verb)
    assert (got.value if got else None) == expected


def test_the_allowed_verbs_of_a_started_job_are_pause_finish_cancel():
    assert domain.allowed_verbs(State.STARTED) == [Verb.PAUSE, Verb.FINISH, Verb.CANCEL]


def test_costs_are_frozen_once_finished():
    open_states = {state.value for state in State if domain.takes_costs(state)}
    assert open_states == {"draft", "planned", "started", "paused"}


@pytest.mark.parametrize(
    ("hours", "rate", "cost"),
    [
        ("2.500", "32.40", "81.00"),
        ("1.500", "28.60", "42.90"),
        ("0.250", "32.38", "8.10"),  # 8.095 goes up
        ("0.333", "30.00", "9.99"),
        ("0.010", "0.50", "0.01"),  # half a cent goes up
    ],
)
def test_labour_is_hours_times_rate_half_up(hours, rate, cost):
    assert domain.labour_cost(Decimal(hours), Decimal(rate)) == Decimal(cost)


def test_tax_is_rounded_half_up_to_the_cent():
    assert domain.vat(Decimal("264.00"), Decimal("20")) == Decimal("52.80")
    assert domain.vat(Decimal("10.10"), Decimal("5.5")) == Decimal("0.56")  # 0.5555
    assert domain.vat(Decimal("100.00"), Decimal("0")) == Decimal("0.00")


Rate = namedtuple("Rate", "valid_from amount")
RATES = [Rate(date(2026, 1, 1), "32.40"), Rate(date(2025, 1, 1), "31.00")]


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        ("2024-12-31", None),
        ("2025-01-01", "31.00"),
        ("2025-12-31", "31.00"),
        ("2026-01-01", "32.40"),
        ("2030-06-01", "32.40"),
    ],
)
def test_the_rate_in_force_is_the_latest_that_began(day, amount):
    found = domain.in_force(RATES, date.fromisoformat(day))
    assert (found.amount if found else None) == amount


def test_lateness_is_computed_from_the_due_day():
    today = date(2026, 11, 23)
    assert domain.is_late(State.PLANNED, date(2026, 11, 22), today)
    assert not domain.is_late(State.PLANNED, today, today)
    assert not domain.is_late(State.FINISHED, date(2026, 11, 1), today)
    assert not domain.is_late(State.DRAFT, None, today)


def test_weighted_average_cost_by_hand():
    held = Holding(Decimal(0), Decimal("0.00"))
    held = held.receive(Decimal(10), Decimal("100.00"))
    held = held.receive(Decimal(5), Decimal("65.00"))
    assert held.unit_cost_eur == Decimal("11.0000")
    assert held.issue_value(Decimal(4)) == Decimal("44.00")
    held = held.issue(Decimal(4))
    assert held == Holding(Decimal(11), Decimal("121.00"))


def test_the_exit_that_empties_the_store_takes_the_last_cent():
    held = Holding(Decimal(3), Decimal("10.00"))
    assert held.unit_cost_eur == Decimal("3.3333")
    held = held.issue(Decimal(1))
    assert held == Holding(Decimal(2), Decimal("6.67"))
    assert held.issue(Decimal(2)) == Holding(Decimal(0), Decimal("0.00"))


def test_more_than_is_held_cannot_leave():
    with pytest.raises(ValueError):
        Holding(Decimal(1), Decimal("5.00")).issue(Decimal("1.001"))


quantities = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(500), places=3)
values = st.decimals(min_value=Decimal("0.00"), max_value=Decimal(9000), places=2)


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.booleans(), quantities, values), max_size=30))
def test_value_held_is_what_came_in_less_what_went_out(moves):
    held, in_eur, out_eur = Holding(Decimal(0), Decimal("0.00")), Decimal(0), Decimal(0)
    for leaves, quantity, value in moves:
        if leaves:
            quantity = min(quantity, held.quantity)
            out_eur += held.issue_value(quantity)
            held = held.issue(quantity)
        else:
            in_eur += value
            held = held.receive(quantity, value)
        assert held.value_eur == in_eur - out_eur
        assert held.value_eur >= 0 and held.quantity >= 0
        assert held.quantity > 0 or held.value_eur == 0


Pt = namedtuple("Pt", "mandatory answer")


def test_only_mandatory_points_without_answer_hold_back_the_end():
    points = [Pt(True, "done"), Pt(True, None), Pt(False, None), Pt(True, "failed")]
    assert domain.unanswered(points) == [points[1]]


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0.25"), (7, "0.25"), (20, "0.25"), (23, "0.50"), (155, "2.50"), (158, "2.75")],
)
def test_the_clock_proposes_quarters_of_an_hour(minutes, hours):
    assert domain.proposed_hours(timedelta(minutes=minutes), Decimal(0)) == Decimal(hours)


@pytest.mark.parametrize(
    ("minutes", "told", "hours"),
    [
        (120, "1.500", "0.50"),
        (120, "2.000", "0.00"),
        (120, "3.000", "0.00"),
        (127, "2.000", "0.00"),
        (128, "2.000", "0.25"),
        (5, "0.250", "0.00"),
        # Two days of eight hours: none of them was forgotten.
        (16 * 60, "8.000", "8.00"),
    ],
)
def test_the_time_that_is_told_already_is_not_proposed_again(minutes, told, hours):
    assert domain.proposed_hours(timedelta(minutes=minutes), Decimal(told)) == Decimal(hours)


def test_a_forgotten_clock_proposes_nothing():
    assert domain.proposed_hours(timedelta(hours=12), Decimal(0)) == Decimal("12.00")
    assert domain.proposed_hours(timedelta(days=11), Decimal(0)) is None
    assert domain.proposed_hours(timedelta(days=11), Decimal(8)) is None
    assert domain.time_choices(None) == [Decimal(n) for n in ("0.50", "1.00", "2.00", "4.00")]


def test_pauses_are_left_out_of_the_time_at_work():
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    worked = domain.worked_time(3600, noon - timedelta(minutes=30), noon)
    assert worked == timedelta(minutes=90)
    assert domain.worked_time(3600, None, noon) == timedelta(hours=1)
    # A start in the future (another device's clock) takes nothing away.
    assert domain.worked_time(3600, noon + timedelta(hours=2), noon) == timedelta(hours=1)


def test_time_choices_hold_the_proposed_one_once():
    assert Decimal(0) not in domain.time_choices(Decimal("0.00"))
    assert domain.time_choices(Decimal("2.50")) == [
        Decimal("0.50"),
        Decimal("1.00"),
        Decimal("2.00"),
        Decimal("2.50"),
    ]
    assert len(domain.time_choices(Decimal("1.00"))) == 3


def test_supplier_accounts_follow_the_kind_of_asset():
    assert domain.supplier_account("building") == "615221"
    assert domain.supplier_account("vehicle") == "61551"
    assert domain.supplier_account("equipment") == "61558"
