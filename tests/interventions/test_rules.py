"""The hard cases: every verb in every state for every person, dates out of order, two at once,
and the sums to the cent whatever is done in whatever order."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from base.basics.errors import DomainError, TransitionRefused
from interventions import domain, queries, services
from interventions.domain import State, Verb
from interventions.models import Expense, Labour, PartUse, StockMove
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


# --- in any order --------------------------------------------------------------------------

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
