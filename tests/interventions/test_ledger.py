"""Whatever is done in whatever order: the ledger is the sum of the lines that count."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from base.basics.errors import DomainError
from interventions import queries, services
from interventions.domain import State
from interventions.models import StockLevel, StockMove
from patrimoine.models import CostLine
from tests.factories.interventions import (
    MONDAY,
    NOON,
    agent,
    apply,
    building,
    stocked,
    work_order,
)

amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(5000), places=2)
hours = st.decimals(min_value=Decimal("0.25"), max_value=Decimal(8), places=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("labour"), hours),
        st.tuples(st.just("part"), st.decimals(Decimal("0.1"), Decimal(6), places=3)),
        st.tuples(st.just("expense"), amounts),
        st.tuples(st.just("correct"), hours),
        st.tuples(st.just("reverse"), st.integers(0, 5)),
        st.tuples(
            st.just("verb"),
            st.sampled_from(["start", "pause", "finish", "validate", "cancel", "reopen"]),
        ),
    ),
    max_size=14,
)


def take(session, world, number, step, value):
    row, nadia, store, item = world
    if step == "labour":
        services.record_labour(
            session, row, nadia, hours=value, date_on=MONDAY + timedelta(days=number)
        )
    elif step == "part":
        services.consume_part(session, row, item, store=store, quantity=value, date_on=MONDAY)
    elif step == "expense":
        services.record_expense(
            session,
            row,
            supplier="Thermique du Val",
            label="Devis",
            amount_ht_eur=value,
            vat_rate=Decimal("5.5"),
            date_on=MONDAY,
        )
    elif step == "correct":
        live = [line for line in row.labour if line.is_live]
        if live:
            services.correct_labour(session, live[-1], at=NOON, hours=value)
    elif step == "reverse":
        lines = queries.live_lines(session, row)
        if lines:
            services.reverse_line(session, lines[value % len(lines)], at=NOON)
    else:
        apply(session, row, value)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_the_ledger_is_the_sum_of_the_live_lines(sqlite_session, plan):
    session = sqlite_session
    with session.begin_nested() as mark:
        school = building(session, 1)
        store, item = stocked(session, 1, "20", "7.77")
        world = (work_order(session, school, State.STARTED), agent(session, 1), store, item)
        refused = 0
        for number, (step, value) in enumerate(plan):
            try:
                take(session, world, number, step, value)
            except DomainError:
                refused += 1
            cost = queries.cost_summary(session, world[0])
            assert cost.amount_ht_eur == cost.ledger_ht_eur
            level = queries.stock_level(session, store, item)
            moved = session.execute(
                select(func.sum(StockMove.quantity), func.sum(StockMove.value_eur)).where(
                    StockMove.item_id == item.id
                )
            ).one()
            assert (level.quantity, level.value_eur) == tuple(moved)
        sums = session.execute(
            select(
                func.sum(CostLine.amount_ht_eur),
                func.sum(CostLine.vat_eur),
                func.sum(CostLine.net_eur),
            ).where(CostLine.asset_id == school.id)
        ).one()
        if sums[0] is not None:
            assert sums[0] == cost.amount_ht_eur
            assert sums[1] == cost.vat_eur
            assert sums[2] == cost.amount_ttc_eur
        mark.rollback()
    session.expunge_all()
    assert session.scalar(select(func.count(StockLevel.id))) == 0
