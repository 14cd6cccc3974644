"""The hard cases: every verb in every state for every person, dates out of order and two at
once."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.basics.errors import DomainError, TransitionRefused
from interventions import domain, queries, services
from interventions.domain import State, Verb
from patrimoine.models import CostLine
from tests.factories import interventions as make
from tests.interventions.test_api import act, made, opened

#: The contract's table, written by hand: state -> verb -> next state.
TABLE = {
    "draft": {"plan": "planned", "start": "started", "cancel": "cancelled"},
    "planned": {"start": "started", "cancel": "cancelled"},
    "started": {"pause": "paused", "finish": "finished", "cancel": "cancelled"},
    "paused": {"start": "started", "cancel": "cancelled"},
    "finished": {"validate": "validated", "reopen": "planned"},
    "validated": {"reopen": "planned"},
    "cancelled": {"reopen": "planned"},
}
#: How to bring a new work order into each state.
ROADS = {
    "draft": (),
    "planned": ("plan",),
    "started": ("start",),
    "paused": ("start", "pause"),
    "finished": ("start", "finish"),
    "validated": ("start", "finish", "validate"),
    "cancelled": ("cancel",),
}
#: What each person may do at all; chloe is of another authority, damien reads.
RIGHTS = {
    "alice": set(Verb),
    "bob": {"start", "pause", "finish"},
    "damien": set(),
    "chloe": set(Verb),
}


@pytest.fixture
def sqlite_place(sqlite_app):
    return made(sqlite_app, "A", "bob")


def test_every_verb_in_every_state_for_every_person(sqlite_api_of, sqlite_place):
    calls = {who: sqlite_api_of(who) for who in RIGHTS}
    alice = calls["alice"]
    tried = 0
    for state, road in ROADS.items():
        for verb in Verb:
            target, pk = TABLE[state].get(verb), None
            # Those who may not come first: what they leave unchanged serves the next.
            for who in ("chloe", "damien", "bob", "alice"):
                if pk is None:
                    pk = opened(alice, sqlite_place)
                    for step in road:
                        assert act(alice, pk, step).status_code == 200
                status = act(calls[who], pk, verb).status_code
                if who == "chloe":
                    expected = 404
                elif verb not in RIGHTS[who]:
                    expected = 403
                else:
                    expected = 200 if target else 409
                assert status == expected, (who, state, verb, status)
                now = alice("GET", f"/api/v1/work_order/{pk}").get_json()["result"]["state"]
                assert now == (target if status == 200 else state), (who, state, verb)
                pk = None if status == 200 else pk
                tried += 1
    assert tried == 7 * 7 * 4


def test_two_people_finish_at_once_and_one_is_told(app, api_of, place):
    pk = opened(api_of("alice"), place)
    act(api_of("alice"), pk, "start")
    calls = [api_of("alice"), api_of("bob")]
    ready, said = threading.Barrier(2), []

    def finish(call):
        ready.wait()
        said.append(act(call, pk, "finish").status_code)

    threads = [threading.Thread(target=finish, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [200, 409]
    trail = api_of("alice")("GET", f"/api/v1/work_order/{pk}").get_json()["result"]
    assert trail["state"] == "finished"


@pytest.fixture
def place(app):
    return made(app, "A", "bob")


@pytest.fixture
def school(session):
    return make.building(session, 1)


def test_a_rate_dated_back_changes_no_line_and_is_said_behind_the_figure(session, school):
    nadia = make.agent(session, 1)  # 32,40 € from 1 January 2026
    row = make.work_order(session, school, State.STARTED)
    line = services.record_labour(session, row, nadia, hours=Decimal(2), date_on=date(2026, 11, 23))
    services.set_rate(
        session, nadia, valid_from=date(2026, 11, 1), hourly_rate_eur=Decimal("35.00")
    )
    session.refresh(nadia)
    assert line.hourly_rate_eur == Decimal("32.40") and line.amount_ht_eur == Decimal("64.80")
    (story,) = queries.stories(session, row)["labour"]
    assert story.rate.valid_from == date(2026, 1, 1)
    assert story.rate_now_eur == Decimal("35.00")
    # The same day again copies the newer rate; the corrected one keeps what it had copied.
    later = services.record_labour(
        session, row, nadia, hours=Decimal(1), date_on=date(2026, 11, 23)
    )
    assert later.hourly_rate_eur == Decimal("35.00")
    corrected = services.correct_labour(session, line, at=make.NOON, hours=Decimal("1.50"))
    assert corrected.amount_ht_eur == Decimal("48.60")  # 1,50 × 32,40
    assert queries.cost_summary(session, row).amount_ht_eur == Decimal("83.60")


@pytest.mark.parametrize(
    ("amount", "rate", "vat"),
    [
        ("100.00", "20", "20.00"),
        ("99.99", "5.5", "5.50"),
        ("0.10", "5.5", "0.01"),
        ("0.09", "5.5", "0.00"),
        ("10.00", "10", "1.00"),
        ("33.33", "2.1", "0.70"),
        ("264.00", "0", "0.00"),
        ("12.35", "20", "2.47"),
        ("2.50", "0.9", "0.02"),
        ("123.45", "8.5", "10.49"),
    ],
)
def test_vat_rates_in_force_are_rounded_to_the_cent(session, school, amount, rate, vat):
    row = make.work_order(session, school, State.STARTED)
    line = services.record_expense(
        session,
        row,
        supplier="Thermique du Val",
        label="Devis",
        amount_ht_eur=Decimal(amount),
        vat_rate=Decimal(rate),
        date_on=make.MONDAY,
    )
    assert line.vat_eur == Decimal(vat)
    booked = session.scalars(select(CostLine)).one()
    assert (booked.amount_ht_eur, booked.vat_eur) == (Decimal(amount), Decimal(vat))
    assert booked.net_eur == Decimal(amount) + Decimal(vat)  # no budget here recovers it
    (story,) = queries.stories(session, row)["supplier"]
    assert story.recoverable_eur == 0


def test_a_receipt_dated_back_changes_no_exit_that_was_booked(session, school):
    store, seal = make.stocked(session, 1, "10", "10.00")
    row = make.work_order(session, school, State.STARTED)
    first = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(4), date_on=make.MONDAY
    )
    assert (first.unit_cost_eur, first.amount_ht_eur) == (Decimal("10.0000"), Decimal("40.00"))
    # Six are left for 60,00 €; a delivery of before, entered late: 6 at 20,00 €.
    services.receive(
        session,
        store,
        seal,
        quantity=Decimal(6),
        unit_cost_eur=Decimal("20.00"),
        date_on=make.MONDAY - timedelta(days=30),
        label="BL 778, saisi en retard",
    )
    assert first.amount_ht_eur == Decimal("40.00")
    second = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(3), date_on=make.MONDAY
    )
    assert second.unit_cost_eur == Decimal("15.0000")  # (60 + 120) ÷ 12
    assert second.amount_ht_eur == Decimal("45.00")
    held = queries.stories(session, row)["parts"][1].held
    assert (held.quantity, held.value_eur) == (Decimal(12), Decimal("180.00"))


def test_the_average_after_a_correction_is_that_of_what_is_really_held(session, school):
    store, seal = make.stocked(session, 1, "10", "10.00")
    row = make.work_order(session, school, State.STARTED)
    line = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(5), date_on=make.MONDAY
    )
    services.receive(
        session,
        store,
        seal,
        quantity=Decimal(5),
        unit_cost_eur=Decimal("16.00"),
        date_on=make.MONDAY,
    )
    services.reverse_line(session, line, at=make.NOON)
    level = queries.stock_level(session, store, seal)
    # 5 left (50,00) + 5 bought (80,00) + 5 back at what they left with (50,00).
    assert (level.quantity, level.value_eur) == (Decimal(15), Decimal("180.00"))
    assert level.unit_cost_eur == Decimal("12.0000")
    again = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(5), date_on=make.MONDAY
    )
    assert again.amount_ht_eur == Decimal("60.00")
    stories = queries.stories(session, row)["parts"]
    assert stories[0].reversed_by.amount_ht_eur == Decimal("-50.00")
    assert [story.line.is_live for story in stories] == [False, True]


def test_stock_never_goes_below_nothing_and_says_what_is_left(session, school):
    store, seal = make.stocked(session, 1, "2", "10.00")
    row = make.work_order(session, school, State.STARTED)
    with pytest.raises(services.NotEnough, match=r"il en reste 2 .* 3 sont demandés"):
        services.consume_part(
            session, row, seal, store=store, quantity=Decimal(3), date_on=make.MONDAY
        )
    with pytest.raises(DomainError, match="quantité comptée"):
        services.adjust(
            session, store, seal, counted=Decimal(-1), date_on=make.MONDAY, reason="Comptage"
        )
    services.adjust(session, store, seal, counted=Decimal(0), date_on=make.MONDAY, reason="Vol")
    level = queries.stock_level(session, store, seal)
    assert (level.quantity, level.value_eur) == (0, 0)


def test_finishing_freezes_every_line_whoever_asks(session, school):
    store, seal = make.stocked(session, 1)
    nadia = make.agent(session, 1)
    row = make.work_order(session, school, State.STARTED)
    labour = services.record_labour(session, row, nadia, hours=Decimal(1), date_on=make.MONDAY)
    part = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(1), date_on=make.MONDAY
    )
    services.finish(session, row, at=make.NOON)
    for refused in (
        lambda: services.correct_labour(session, labour, at=make.NOON, hours=Decimal(2)),
        lambda: services.reverse_line(session, part, at=make.NOON),
        lambda: services.record_labour(session, row, nadia, hours=Decimal(1), date_on=make.MONDAY),
        lambda: services.add_point(session, row, label="Après coup"),
    ):
        with pytest.raises(TransitionRefused, match="figé"):
            refused()
    assert queries.cost_summary(session, row).amount_ht_eur == Decimal("43.40")


def test_only_a_point_without_answer_is_taken_away(session, school):
    row = make.work_order(session, school, State.STARTED)
    first = services.add_point(session, row, label="Couper l’eau")
    second = services.add_point(session, row, label="Purger", mandatory=False)
    services.answer_point(session, first, answer=domain.Answer.DONE, at=make.NOON)
    with pytest.raises(TransitionRefused, match="déjà sa réponse"):
        services.drop_point(session, first)
    services.drop_point(session, second)
    assert [point.label for point in row.points] == ["Couper l’eau"]
    third = services.add_point(session, row, label="Remettre l’eau")
    assert third.position == 2
