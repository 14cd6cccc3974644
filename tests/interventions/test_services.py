"""The verbs on a real database: states, money to the cent, reversals."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from base.basics.errors import InvalidInput, TransitionRefused
from base.rules.rights.actors import job_session
from interventions import queries, services
from interventions.domain import Answer, State, Verb, next_state
from interventions.models import StockLevel, StockMove
from patrimoine.models import CostLine
from tests.factories.interventions import (
    MONDAY,
    NOON,
    agent,
    apply,
    stocked,
    work_order,
)


def ledger(session, row):
    return [
        (line.nature, line.amount_ht_eur, line.vat_eur, line.account)
        for line in session.scalars(queries.ledger_lines(row))
    ]


def log(session, row, who, hours="2.50", on=MONDAY):
    return services.record_labour(session, row, who, hours=Decimal(hours), date_on=on)


def spend(session, row, amount="264.00", rate="20"):
    return services.record_expense(
        session,
        row,
        supplier="Thermique du Val",
        label="Recherche de fuite",
        amount_ht_eur=Decimal(amount),
        vat_rate=Decimal(rate),
        date_on=MONDAY,
    )


def test_work_orders_are_numbered_without_a_gap(session, school):
    numbers = [work_order(session, school).number for _n in range(3)]
    assert numbers == ["INT-2026-00001", "INT-2026-00002", "INT-2026-00003"]


def test_an_empty_title_is_refused(session, school):
    with pytest.raises(InvalidInput) as refused:
        services.open_work_order(session, school, title="  ", at=NOON)
    assert "title" in refused.value.errors


@pytest.mark.parametrize("state", list(State))
def test_verbs_obey_the_table(session, school, state):
    for verb in Verb:
        row = work_order(session, school, state=state)
        target = next_state(state, verb)
        if target is None:
            with pytest.raises(TransitionRefused):
                apply(session, row, verb.value)
            assert row.state == state
        else:
            apply(session, row, verb.value)
            assert row.state == target


def test_labour_takes_the_rate_in_force_on_the_day(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    assert log(session, row, nadia, on=date(2025, 12, 31)).hourly_rate_eur == Decimal("31.00")
    assert log(session, row, nadia, on=date(2026, 1, 1)).hourly_rate_eur == Decimal("32.40")


def test_a_later_rate_does_not_change_a_cost(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    line = log(session, row, nadia)
    services.set_rate(session, nadia, valid_from=date(2026, 6, 1), hourly_rate_eur=Decimal("40.00"))
    assert line.amount_ht_eur == Decimal("81.00")
    assert ledger(session, row) == [("labour", Decimal("81.00"), Decimal("0.00"), "64111")]


def test_an_agent_without_rate_on_the_day_is_said(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    with pytest.raises(services.NoRate, match="Nadia Ferhat"):
        log(session, row, nadia, on=date(2024, 12, 31))


def test_a_day_has_twenty_four_hours(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    log(session, row, nadia, "20")
    with pytest.raises(InvalidInput, match="24 heures"):
        log(session, row, nadia, "4.5")
    log(session, row, nadia, "4")


def test_the_cost_of_the_mockup_to_the_cent(session, town, school, nadia):
    """Screen 04: 123,90 + 431,60 + 264,00 = 819,50 € HT, 958,62 € TTC."""
    thierry = agent(session, town.id, "0413", "Thierry", "Aubry", {"2026-01-01": "28.60"})
    store, pump = stocked(
        session, town.id, "3", "398.00", "ST-04-112", name="Circulateur Ø 32, 180 mm"
    )
    _store, seal = stocked(session, town.id, "10", "16.80")
    row = work_order(session, school, state=State.STARTED)
    log(session, row, nadia)
    log(session, row, thierry, "1.50")
    for item, quantity in ((pump, "1"), (seal, "2")):
        services.consume_part(
            session, row, item, store=store, quantity=Decimal(quantity), date_on=MONDAY
        )
    spend(session, row)
    services.finish(session, row, at=NOON)

    cost = queries.cost_summary(session, row)
    assert [part.amount_ht_eur for part in cost.parts] == [
        Decimal("123.90"),
        Decimal("431.60"),
        Decimal("264.00"),
    ]
    assert cost.amount_ht_eur == Decimal("819.50")
    assert cost.amount_ttc_eur == Decimal("958.62")
    assert cost.ledger_lines == 5
    assert cost.agrees
    assert queries.costs_of(session, [row.id]) == {row.id: Decimal("819.50")}


def test_parts_leave_at_weighted_average_cost(session, town, school):
    store, seal = stocked(session, town.id, "10", "10.00")
    services.receive(
        session, store, seal, quantity=Decimal(5), unit_cost_eur=Decimal("13.00"), date_on=MONDAY
    )
    row = work_order(session, school, state=State.STARTED)
    line = services.consume_part(
        session, row, seal, store=store, quantity=Decimal(4), date_on=MONDAY
    )
    assert line.unit_cost_eur == Decimal("11.0000")
    assert line.amount_ht_eur == Decimal("44.00")
    assert line.vat_eur == Decimal("8.80")
    level = session.scalars(select(StockLevel)).one()
    assert (level.quantity, level.value_eur) == (Decimal("11.000"), Decimal("121.00"))


def test_more_than_the_store_holds_is_refused_with_what_is_left(session, town, school):
    store, seal = stocked(session, town.id, "2", "10.00")
    row = work_order(session, school, state=State.STARTED)
    with pytest.raises(services.NotEnough, match="il en reste 2 "):
        services.consume_part(session, row, seal, store=store, quantity=Decimal(3), date_on=MONDAY)
    assert ledger(session, row) == []


def test_stock_is_worth_the_sum_of_its_moves(session, town, school):
    store, seal = stocked(session, town.id, "7", "3.33")
    row = work_order(session, school, state=State.STARTED)
    for quantity in ("1.5", "0.333", "2"):
        services.consume_part(
            session, row, seal, store=store, quantity=Decimal(quantity), date_on=MONDAY
        )
    services.adjust(
        session, store, seal, counted=Decimal(3), date_on=MONDAY, reason="Comptage du lundi"
    )
    services.cancel(session, row, at=NOON)
    level = session.scalars(select(StockLevel)).one()
    quantity, value = session.execute(
        select(func.sum(StockMove.quantity), func.sum(StockMove.value_eur))
    ).one()
    assert (level.quantity, level.value_eur) == (quantity, value)


def test_an_expense_books_its_tax_and_the_account_of_buildings(session, school):
    row = work_order(session, school, state=State.STARTED)
    line = spend(session, row, "10.10", "5.5")
    assert line.vat_eur == Decimal("0.56")
    assert ledger(session, row) == [("supplier", Decimal("10.10"), Decimal("0.56"), "615221")]


def test_a_rate_given_as_a_share_is_a_percentage(session, school):
    row = work_order(session, school, state=State.STARTED)
    assert spend(session, row, "100.00", "0.2").vat_eur == Decimal("20.00")


@pytest.mark.parametrize(
    ("amount", "rate", "field"),
    [("0", "20", "amount_ht_eur"), ("-5", "20", "amount_ht_eur"), ("5", "101", "vat_rate")],
)
def test_a_senseless_expense_is_refused_beside_its_field(session, school, amount, rate, field):
    row = work_order(session, school, state=State.STARTED)
    with pytest.raises(InvalidInput) as refused:
        spend(session, row, amount, rate)
    assert field in refused.value.errors


@pytest.mark.parametrize("state", [State.FINISHED, State.VALIDATED, State.CANCELLED])
def test_the_cost_of_work_that_is_over_is_frozen(session, school, nadia, state):
    row = work_order(session, school, state=state)
    with pytest.raises(TransitionRefused):
        log(session, row, nadia)
    with pytest.raises(TransitionRefused):
        spend(session, row)


def test_correcting_reverses_and_writes_anew(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    wrong = log(session, row, nadia)
    right = services.correct_labour(session, wrong, at=NOON, hours=Decimal("1.50"))
    assert wrong.reversed_at == NOON
    assert right.corrects_id == wrong.id
    assert [line[1] for line in ledger(session, row)] == [
        Decimal("81.00"),
        Decimal("-81.00"),
        Decimal("48.60"),
    ]
    with pytest.raises(services.AlreadyReversed):
        services.correct_labour(session, wrong, at=NOON, hours=Decimal("1"))


def test_cancelling_reverses_every_cost_and_gives_parts_back(session, town, school, nadia):
    store, seal = stocked(session, town.id, "10", "11.00")
    row = work_order(session, school, state=State.STARTED)
    log(session, row, nadia)
    spend(session, row)
    services.consume_part(session, row, seal, store=store, quantity=Decimal(4), date_on=MONDAY)
    services.cancel(session, row, at=NOON, reason="Doublon")

    cost = queries.cost_summary(session, row)
    assert cost.amount_ht_eur == Decimal("0.00")
    assert cost.ledger_lines == 6
    assert cost.ledger_ht_eur == Decimal("0.00")
    assert (
        session.scalar(select(func.sum(CostLine.net_eur)).where(CostLine.asset_id == school.id))
        == 0
    )
    assert queries.stock_level(session, store, seal).quantity == Decimal("10.000")


def test_reopened_work_takes_new_costs_and_not_the_reversed_ones(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    log(session, row, nadia)
    services.cancel(session, row, at=NOON)
    services.reopen(session, row, at=NOON, reason="Annulée par erreur")
    assert row.state == State.PLANNED
    log(session, row, nadia, "1")
    cost = queries.cost_summary(session, row)
    assert cost.amount_ht_eur == cost.ledger_ht_eur == Decimal("32.40")


def test_finishing_does_not_change_what_was_booked(session, school, nadia):
    row = work_order(session, school, state=State.STARTED)
    log(session, row, nadia, "1.50")
    services.finish(session, row, at=NOON, finding="Joint remplacé")
    assert queries.ledger_of(session, row) == (1, Decimal("48.60"))
    assert row.finding == "Joint remplacé"


def test_an_unanswered_point_holds_back_the_end(session, school, nadia):
    row = work_order(session, school, state=State.STARTED, points=["Purger les radiateurs"])
    with pytest.raises(services.ChecklistOpen, match="Purger les radiateurs"):
        services.finish(session, row, at=NOON)
    assert row.state == State.STARTED
    services.answer_point(session, row.points[0], answer=Answer.DONE, at=NOON, agent=nadia)
    services.finish(session, row, at=NOON)
    assert row.state == State.FINISHED


def test_a_failed_point_opens_one_job_and_not_two(session, school):
    row = work_order(session, school, state=State.STARTED, points=["Vase d’expansion"])
    services.answer_point(
        session, row.points[0], answer=Answer.FAILED, at=NOON, note="Membrane percée"
    )
    opened = row.points[0].follow_up
    assert (opened.title, opened.state) == ("Vase d’expansion : non conforme", "draft")
    assert opened.opened_from_id == row.id
    other = work_order(session, school, state=State.STARTED, points=["Vase d’expansion"])
    services.answer_point(session, other.points[0], answer=Answer.FAILED, at=NOON)
    assert other.points[0].follow_up is opened


def test_a_measure_out_of_its_bounds_is_a_failure(session, school):
    row = work_order(session, school, state=State.STARTED)
    point = services.add_point(
        session,
        row,
        label="Pression à froid",
        unit="bar",
        expected_min=Decimal("1.5"),
        expected_max=Decimal("2.0"),
    )
    with pytest.raises(InvalidInput, match="bar"):
        services.answer_point(session, point, answer=Answer.DONE, at=NOON)
    services.answer_point(session, point, answer=Answer.DONE, at=NOON, measure=Decimal("2.1"))
    assert point.answer == Answer.FAILED


def test_the_clock_leaves_the_pause_out(session, school):
    row = work_order(session, school)
    services.start(session, row, at=NOON)
    services.pause(session, row, at=NOON + timedelta(minutes=30))
    services.start(session, row, at=NOON + timedelta(hours=3))
    services.finish(session, row, at=NOON + timedelta(hours=4))
    assert row.worked_seconds == 90 * 60
    assert row.started_at == NOON


def test_starting_takes_the_job_when_nobody_has_it(session, school, nadia):
    row = work_order(session, school)
    services.start(session, row, at=NOON, agent=nadia)
    assert row.assigned_to is nadia


def test_two_rates_on_one_day_are_refused(session, town, nadia):
    same = services.set_rate(
        session, nadia, valid_from=date(2026, 1, 1), hourly_rate_eur=Decimal("32.40")
    )
    assert same.id in {rate.id for rate in nadia.rates}
    with pytest.raises(services.RateExists):
        services.set_rate(
            session, nadia, valid_from=date(2026, 1, 1), hourly_rate_eur=Decimal("33.00")
        )


def test_archived_assets_take_no_work(session, school):
    school.archived_on = MONDAY
    session.flush()
    with pytest.raises(services.AssetGone, match="École Les Tilleuls"):
        work_order(session, school)


def test_what_was_signed_is_not_rewritten(session, school):
    row = work_order(session, school, state=State.VALIDATED)
    with pytest.raises(TransitionRefused):
        services.describe(session, row, {"title": "Autre chose"})


def test_my_day_holds_what_runs_what_comes_and_what_is_done(session, school, nadia):
    start = NOON.replace(hour=0)
    runs = work_order(session, school, State.STARTED, "Fuite", assigned_to=nadia)
    comes = work_order(
        session, school, State.PLANNED, "Purge", assigned_to=nadia, planned_on=MONDAY
    )
    work_order(
        session,
        school,
        State.PLANNED,
        "Demain",
        assigned_to=nadia,
        planned_on=MONDAY + timedelta(days=1),
    )
    done = work_order(session, school, State.STARTED, "Serrure", assigned_to=nadia)
    log(session, done, nadia, "0.50")
    services.finish(session, done, at=NOON)
    found = queries.my_day(session, nadia, on=MONDAY, start=start, end=start + timedelta(days=1))
    assert (found.running, found.to_come, found.done) == ([runs], [comes], [done])
    assert found.hours == Decimal("0.500")


def test_lateness_counts_open_work_only(session, school):
    due = MONDAY - timedelta(days=1)
    work_order(session, school, State.PLANNED, due_on=due)
    work_order(session, school, State.FINISHED, due_on=due)
    assert queries.counts_of_tabs(session, MONDAY) == {
        "open": 1,
        "late": 1,
        "running": 0,
        "finished": 1,
        "unassigned": 1,
    }


def test_every_read_stays_within_the_scope(app, session, school, nadia, town):
    """The reads that count or gather: nothing of A for a person of B."""
    store, seal = stocked(session, town.id)
    row = work_order(session, school, State.STARTED, due_on=MONDAY - timedelta(days=1))
    log(session, row, nadia)
    services.consume_part(session, row, seal, store=store, quantity=Decimal(1), date_on=MONDAY)
    services.open_request(session, school, title="Vitre", at=NOON)
    session.commit()
    with job_session((2,), "user:9", readonly=True) as other:
        assert set(queries.counts_of_tabs(other, MONDAY).values()) == {0}
        assert queries.counts_on(other, school.id) == (0, 0)
        assert queries.costs_of(other, [row.id]) == {row.id: Decimal("0.00")}
        assert queries.ledger_of(other, row) == (0, Decimal("0.00"))
        assert queries.hours_of_day(other, nadia, MONDAY) == 0
        assert queries.requests_to_sort(other).count == 0
        for found in (
            queries.live_lines(other, row),
            queries.open_on(other, school.id),
            queries.last_done_on(other, school.id),
            queries.items_in_stock(other, town.id),
            queries.stores_holding(other, seal),
            queries.usual_titles(other, kind_of_asset="building"),
            other.scalars(queries.ledger_lines(row)).all(),
        ):
            assert list(found) == []
        assert queries.agent_of_user(other, nadia.user_id, town.id) is None
    with job_session((1,), "user:2", readonly=True) as own:
        assert queries.counts_of_tabs(own, MONDAY)["late"] == 1
        assert queries.ledger_of(own, row) == (2, Decimal("92.00"))
