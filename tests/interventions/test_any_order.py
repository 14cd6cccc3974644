"""The sums of the ledger and of the stock, to the cent, whatever is done in whatever order."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from base.basics.errors import DomainError
from interventions import queries, services
from interventions.domain import State, Verb
from interventions.models import Expense, Labour, PartUse, StockMove
from patrimoine.models import CostLine
from tests.factories import interventions as make
from tests.interventions.test_rules import TABLE

HOURS = st.decimals(Decimal("0.001"), Decimal(4), places=3)
QUANTITY = st.decimals(Decimal("0.001"), Decimal(7), places=3)
PRICE = st.decimals(Decimal("0.0001"), Decimal(900), places=4)
AMOUNT = st.decimals(Decimal("0.01"), Decimal(9000), places=2)
RATE = st.sampled_from([Decimal(n) for n in ("0", "2.1", "5.5", "8.5", "10", "20")])


class Workshop(RuleBasedStateMachine):
    """Two work orders, one store, everything that can be done to them, in any order."""

    session = None

    @initialize()
    def open_shop(self):
        self.mark = self.session.begin_nested()
        self.school = make.building(self.session, 1)
        self.nadia = make.agent(self.session, 1)
        self.store, self.item = make.stocked(self.session, 1, "12", "7.77")
        self.orders = [
            make.work_order(self.session, self.school, State.STARTED, title=f"Job {n}")
            for n in range(2)
        ]
        self.day = date(2026, 1, 1)

    def teardown(self):
        if getattr(self, "mark", None) is not None:
            self.mark.rollback()
            self.session.expunge_all()

    def attempt(self, work):
        """A verb that may be refused: a refusal changes nothing."""
        before = self.total()
        try:
            work()
        except DomainError:
            assert self.total() == before

    def total(self):
        return self.session.execute(
            select(func.count(CostLine.id), func.sum(CostLine.amount_ht_eur))
        ).one()

    @rule(which=st.integers(0, 1), hours=HOURS)
    def log_time(self, which, hours):
        self.day += timedelta(days=1)
        self.attempt(
            lambda: services.record_labour(
                self.session, self.orders[which], self.nadia, hours=hours, date_on=self.day
            )
        )

    @rule(which=st.integers(0, 1), quantity=QUANTITY)
    def take_part(self, which, quantity):
        self.attempt(
            lambda: services.consume_part(
                self.session,
                self.orders[which],
                self.item,
                store=self.store,
                quantity=quantity,
                date_on=make.MONDAY,
            )
        )

    @rule(which=st.integers(0, 1), amount=AMOUNT, rate=RATE)
    def pay(self, which, amount, rate):
        self.attempt(
            lambda: services.record_expense(
                self.session,
                self.orders[which],
                supplier="Protec",
                label="Devis",
                amount_ht_eur=amount,
                vat_rate=rate,
                date_on=make.MONDAY,
            )
        )

    @rule(quantity=QUANTITY, price=PRICE, late=st.integers(0, 400))
    def deliver(self, quantity, price, late):
        self.attempt(
            lambda: services.receive(
                self.session,
                self.store,
                self.item,
                quantity=quantity,
                unit_cost_eur=price,
                date_on=make.MONDAY - timedelta(days=late),
            )
        )

    @rule(counted=st.decimals(Decimal(0), Decimal(20), places=3))
    def count(self, counted):
        self.attempt(
            lambda: services.adjust(
                self.session,
                self.store,
                self.item,
                counted=counted,
                date_on=make.MONDAY,
                reason="Inventaire",
            )
        )

    @rule(which=st.integers(0, 1), pick=st.integers(0, 50), hours=HOURS)
    def correct(self, which, pick, hours):
        live = [line for line in self.orders[which].labour if line.is_live]
        if live:
            self.attempt(
                lambda: services.correct_labour(
                    self.session, live[pick % len(live)], at=make.NOON, hours=hours
                )
            )

    @rule(which=st.integers(0, 1), pick=st.integers(0, 50))
    def take_back(self, which, pick):
        live = queries.live_lines(self.session, self.orders[which])
        if live:
            self.attempt(
                lambda: services.reverse_line(self.session, live[pick % len(live)], at=make.NOON)
            )

    @rule(rate=st.decimals(Decimal("20"), Decimal("60"), places=2), back=st.integers(0, 300))
    def new_rate(self, rate, back):
        on = date(2026, 1, 2) + timedelta(days=back)
        self.attempt(
            lambda: services.set_rate(self.session, self.nadia, valid_from=on, hourly_rate_eur=rate)
        )

    @precondition(lambda self: hasattr(self, "orders"))
    @rule(which=st.integers(0, 1), verb=st.sampled_from(list(Verb)))
    def do(self, which, verb):
        row = self.orders[which]
        state, target = row.state, TABLE[row.state].get(verb)
        self.attempt(lambda: make.apply(self.session, row, verb))
        assert row.state == (target or state)

    @invariant()
    def sums_agree(self):
        if not hasattr(self, "orders"):
            return
        whole = Decimal("0.00")
        for row in self.orders:
            cost = queries.cost_summary(self.session, row)
            stories, shown = queries.explained(self.session, row)
            assert shown == cost
            net = queries.net_of(stories)
            assert cost.amount_ht_eur == cost.ledger_ht_eur
            assert net.net_eur == cost.amount_ttc_eur
            assert sum((tax for _rate, tax in net.vat_by_rate), Decimal(0)) == cost.vat_eur
            assert sum((ht for _account, ht in net.accounts), Decimal(0)) == cost.amount_ht_eur
            if row.state == State.CANCELLED:
                assert cost.amount_ht_eur == 0
            for line in (story.line for told in stories.values() for story in told):
                exact = line.amount_ht_eur
                if isinstance(line, Labour):
                    exact = line.hours * line.hourly_rate_eur
                assert abs(exact - line.amount_ht_eur) <= Decimal("0.005")
                assert line.amount_ht_eur == line.amount_ht_eur.quantize(Decimal("0.01"))
            whole += cost.amount_ht_eur
        ledger = self.total()[1]
        assert (ledger or Decimal("0.00")) == whole
        level = queries.stock_level(self.session, self.store, self.item)
        moved = self.session.execute(
            select(func.sum(StockMove.quantity), func.sum(StockMove.value_eur)).where(
                StockMove.item_id == self.item.id
            )
        ).one()
        assert (level.quantity, level.value_eur) == tuple(moved)
        assert level.quantity >= 0 and level.value_eur >= 0
        if level.quantity == 0:
            assert level.value_eur == 0


def work_through(session, examples, steps):
    machine = type("Here", (Workshop,), {"session": session})
    machine.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase().runTest()


def test_whatever_is_done_in_whatever_order_the_sums_agree(sqlite_session):
    work_through(sqlite_session, 8, 15)


@pytest.mark.slow
def test_thousands_of_steps_and_the_sums_agree(sqlite_session):
    work_through(sqlite_session, 200, 40)


def test_the_models_of_lines_are_the_three_that_the_sums_know():
    assert set(queries.LINES) == {Labour, PartUse, Expense}
