"""The rules of time, curves, indexes, shares and references; numbers worked out by hand."""

from datetime import date, datetime
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energie.domain import curves, days, indexes, units
from energie.domain.kinds import ReferenceKind, Stamp
from energie.domain.quality import Quality, counts, may_replace
from energie.domain.references import BadReference, clean_reference, references_in
from energie.domain.shares import Weight, WeightsMissing, largest_remainder, share_period
from energie.domain.versions import Ledger
from patrimoine.domain.shares import PeriodEmpty

SPRING, AUTUMN, SUMMER = date(2025, 3, 30), date(2025, 10, 26), date(2025, 6, 1)


@pytest.mark.parametrize(
    ("day", "hours", "ten", "thirty"),
    [(SPRING, 23, 138, 46), (SUMMER, 24, 144, 48), (AUTUMN, 25, 150, 50)],
)
def test_a_local_day_has_the_points_of_its_hours(day, hours, ten, thirty):
    assert days.day_hours(day) == hours
    assert days.expected_points(day, 600) == ten
    assert days.expected_points(day, 1800) == thirty


def test_off_peak_hours_follow_the_wall_clock_on_the_day_of_25_hours():
    assert days.overlap_hours(AUTUMN, ("22:00", "06:00")) == 9
    assert days.overlap_hours(SPRING, ("22:00", "06:00")) == 7
    assert days.overlap_hours(SUMMER, ("12:00", "14:00")) == 2


def test_a_time_that_the_spring_change_skips_is_refused():
    with pytest.raises(days.NoSuchLocalTime, match="30/03/2025 02:30"):
        days.LocalClock().seconds(datetime(2025, 3, 30, 2, 30))


def _autumn(texts):
    clock = days.LocalClock()
    return [days.utc_text(clock.seconds(datetime.fromisoformat(t)))[11:16] for t in texts]


def test_the_second_occurrence_of_an_hour_is_found_from_the_order():
    texts = [f"2025-10-26T{t}" for t in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")]
    assert _autumn(texts) == ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]
    assert _autumn(texts[::-1]) == ["02:00", "01:30", "01:00", "00:30", "00:00", "23:30"]


def test_a_file_with_the_hour_only_once_is_not_shifted():
    texts = [f"2025-10-26T{t}" for t in ("01:30", "02:00", "02:30", "03:00", "03:30")]
    assert _autumn(texts) == ["23:30", "00:00", "00:30", "02:00", "02:30"]


def test_touched_days_are_local():
    stamps = [days.day_start(SUMMER) - 1, days.day_start(SUMMER), days.day_start(SUMMER) + 80_000]
    assert days.touched_days(stamps) == [date(2025, 5, 31), SUMMER]


def test_two_missing_rows_are_a_hole_and_not_another_step():
    stamps = [0, 600, 1200, 1800, 3600, 4200, 4800, 5400]
    assert curves.runs(stamps) == [curves.Run(0, 8, 600)]


def test_a_change_of_step_does_not_double_the_energy():
    stamps = [0, 3600, 7200, 10800, 12600, 14400, 16200]
    assert curves.runs(stamps) == [curves.Run(0, 3, 3600), curves.Run(3, 7, 1800)]
    ends = [3600, 7200, 10800, 14400, 16200, 18000, 19800]
    assert curves.runs(ends, Stamp.END) == [curves.Run(0, 4, 3600), curves.Run(4, 7, 1800)]


def test_a_step_that_cannot_be_told_is_refused():
    with pytest.raises(curves.StepUnknown):
        curves.runs([0])
    with pytest.raises(curves.StepUnknown):
        curves.runs([0, 601, 1300])


def test_mean_power_becomes_energy():
    assert curves.kwh(D(18000), 600) == D("3.000")
    assert curves.milli_kwh(18_000_000, 600) == 3000
    assert curves.milli_kwh(1000, 600) == 0
    assert curves.milli_kwh(3000, 600) == 1
    assert curves.milli_kwh(-3000, 600) == -1


@pytest.mark.parametrize("raw", ["99825340122516", " 9982 5340 1225 16 ", "99825340122516.0"])
def test_a_prm_is_kept_as_fourteen_digits(raw):
    assert clean_reference(ReferenceKind.PRM, raw).text == "99825340122516"


def test_a_lost_first_zero_is_given_back_with_a_warning():
    found = clean_reference(ReferenceKind.PRM, "1234567890123")
    assert found.text == "01234567890123"
    assert "zéro initial" in found.warning


@pytest.mark.parametrize("raw", ["9,98253E+13", "1.23457E+13", "1e13"])
def test_a_number_cut_by_a_spreadsheet_is_refused(raw):
    with pytest.raises(BadReference, match="tableur"):
        clean_reference(ReferenceKind.PRM, raw)


@pytest.mark.parametrize("raw", ["", "123", "99825340122516A", "GI123456"])
def test_what_is_not_a_prm_is_refused(raw):
    with pytest.raises(BadReference):
        clean_reference(ReferenceKind.PRM, raw)


def test_a_pce_may_be_short():
    assert clean_reference(ReferenceKind.PCE, "gi 123456").text == "GI123456"


def test_references_are_found_in_a_text():
    text = "PDL 99 825 340 122 516, compteur 123 ; PCE GI123456"
    assert references_in(text) == ["99825340122516", "GI123456"]


def test_a_rollover_is_taken_when_plausible():
    use = indexes.between(D(99850), D(120), digits=5, coefficient=D(10))
    assert (use.consumption, use.rollover) == (D(2700), True)


def test_an_implausible_drop_is_suspect_and_has_no_consumption():
    limits = indexes.Limits(max_daily=D(10), days=D(30))
    use = indexes.between(D(5000), D(4800), digits=5, limits=limits)
    assert use.consumption is None
    assert use.fault is indexes.Fault.INDEX_DROP
    assert use.quality is Quality.SUSPECT
    kva = indexes.Limits(days=D(1), subscribed_kva=D(6))
    assert indexes.between(D(99990), D(100), digits=5, limits=kva).rollover
    assert indexes.between(D(99990), D(300), digits=5, limits=kva).consumption is None


def test_a_replacement_adds_both_meters():
    old, new, both = indexes.across_replacement(
        last_reading=D(45210),
        removal_index=D(45300),
        install_index=D(5),
        reading=D(125),
        old_digits=6,
        new_digits=6,
        new_coefficient=D(2),
    )
    assert (old.consumption, new.consumption, both.consumption) == (90, 240, 330)


def test_without_removal_index_the_gap_is_unknown():
    *_parts, both = indexes.across_replacement(
        last_reading=D(1),
        removal_index=None,
        install_index=D(0),
        reading=D(5),
        old_digits=6,
        new_digits=6,
    )
    assert (both.consumption, both.fault) == (None, indexes.Fault.UNKNOWN_GAP)


def test_spread_days_add_up_exactly():
    spread = indexes.spread(D("10.000"), date(2025, 1, 1), date(2025, 1, 4))
    assert list(spread.values()) == [D("3.334"), D("3.333"), D("3.333")]


def test_weights_change_inside_a_period():
    weights = [
        Weight(1, D(100), date(2025, 1, 1), None),
        Weight(2, D(100), date(2025, 1, 16), None),
    ]
    parts = share_period(D("310.00"), weights, date(2025, 1, 1), date(2025, 2, 1))
    # 15 days alone, 16 days by halves: 15 + 8 = 23 of 31 days, and 8 of 31.
    assert parts == {1: D("230.00"), 2: D("80.00")}


def test_what_no_weight_takes_is_unallocated():
    weights = [Weight(1, D(1), date(2025, 1, 21), None)]
    parts = share_period(D("30.00"), weights, date(2025, 1, 1), date(2025, 1, 31))
    assert parts == {1: D("10.00"), None: D("20.00")}
    with pytest.raises(PeriodEmpty):
        share_period(D(5), [], date(2025, 1, 1), date(2025, 1, 1))


def test_no_positive_weight_is_an_error():
    with pytest.raises(WeightsMissing):
        largest_remainder(D(10), [D(0), D(0)])


@given(
    st.decimals("-1000000", "1000000", places=2),
    st.lists(st.decimals("0", "10000", places=2), min_size=1, max_size=20).filter(any),
)
@settings(max_examples=200, deadline=None)
def test_shares_add_up_to_the_whole(whole, weights):
    assert sum(largest_remainder(whole, weights, unit=D("0.01"))) == whole


@given(st.dates(date(2000, 1, 1), date(2037, 11, 30)))
@settings(max_examples=100, deadline=None)
def test_local_days_make_the_month(day):
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    total = sum(
        (lambda bounds: bounds[1] - bounds[0])(days.day_bounds(date.fromordinal(n)))
        for n in range(first.toordinal(), after.toordinal())
    )
    assert total == days.day_start(after) - days.day_start(first)


def test_a_better_quality_replaces_and_a_worse_one_does_not():
    assert may_replace(Quality.MEASURED, Quality.ESTIMATED)
    assert not may_replace(Quality.ESTIMATED, Quality.MEASURED)
    assert may_replace(Quality.ESTIMATED, Quality.MEASURED, force=True)
    assert counts(Quality.REBUILT)
    assert not counts(Quality.SUSPECT)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=8))
@settings(max_examples=100, deadline=None)
def test_the_same_lot_again_changes_nothing(rows):
    ledger = Ledger()
    lot = [(start, value, 1) for start, value in dict(rows).items()]
    ledger.receive(lot, at=1)
    before = ledger.current()
    again = ledger.receive(lot, at=2)
    assert (again.inserted, again.identical) == (0, len(lot))
    assert ledger.current() == before


def test_volumes_need_a_coefficient():
    volumes, pcs = units.gas_energy(
        D(100), [units.Segment(10, D("11.2")), units.Segment(30, D("11.4"))]
    )
    assert (volumes, pcs) == ([D(25), D(75)], D("1135.0"))
    with pytest.raises(units.CoefficientMissing):
        units.gas_energy(D(100), [units.Segment(10, D(0))])
    with pytest.raises(units.UnknownUnit, match="BTU"):
        units.accepted("BTU")
