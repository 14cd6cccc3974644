"""Amounts shared by keys: exact to the cent, the same whatever the size of the numbers."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.papers.cases import differences
from base.processes.cli import run
from patrimoine.domain.cases import TOPICS
from patrimoine.domain.shares import (
    CENT,
    PeriodEmpty,
    Weight,
    WeightNegative,
    explained,
    largest_remainder,
    share_period,
)

YEAR = (date(2025, 1, 1), date(2026, 1, 1))


def test_equal_remainders_of_different_sizes_go_to_the_first():
    # 110 cents × 10/33 = 33 1/3, × 1/33 = 3 1/3, × 22/33 = 73 1/3.
    assert largest_remainder(D("1.10"), [D(10), D(1), D(22)], unit=CENT) == [
        D("0.34"),
        D("0.03"),
        D("0.73"),
    ]


def test_dated_weights_whose_days_make_equal_remainders():
    # Thirds by days: 1/3, 1/3, 1/3 of one cent, of weights 1, 7 and 1/7.
    month = (date(2025, 4, 1), date(2025, 5, 1))
    weights = [
        Weight("a", D(1), month[0], date(2025, 4, 11)),
        Weight("b", D(7), date(2025, 4, 11), date(2025, 4, 21)),
        Weight("c", D("0.142857"), date(2025, 4, 21), month[1]),
    ]
    assert share_period(D("0.01"), weights, *month) == {"a": D("0.01"), "b": D(0), "c": D(0)}
    assert share_period(D("-0.01"), weights, *month) == {"a": D("-0.01"), "b": D(0), "c": D(0)}


def test_a_weight_below_zero_and_an_empty_period_are_refused():
    with pytest.raises(WeightNegative):
        share_period(D(1), [Weight("a", D(3)), Weight("b", D(-1))], *YEAR)
    with pytest.raises(PeriodEmpty):
        share_period(D(1), [Weight("a", D(3))], YEAR[0], YEAR[0])


def test_how_it_was_made_is_rounded_half_away_from_zero():
    parts = explained(D("-0.00001"), [Weight("a", D(1)), Weight("b", D(1))], *YEAR)
    assert [part.amount for part in parts] == [D("-0.00001"), D("-0.00001")]


WEIGHTS = st.lists(st.decimals("0", "10000", places=3), min_size=1, max_size=8)
MOMENTS = st.integers(0, 365).map(lambda n: YEAR[0] + timedelta(days=n))


@given(st.decimals("-1000000", "1000000", places=2), WEIGHTS.filter(any))
@settings(max_examples=200, deadline=None)
def test_each_part_is_within_a_cent_of_its_exact_share(whole, weights):
    parts = largest_remainder(whole, weights, unit=CENT)
    total = sum(map(Fraction, weights))
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(whole) * Fraction(weight) / total) < Fraction(1, 100)
    # Nobody with a smaller remainder got a cent that somebody with a larger one did not.
    exact = [abs(Fraction(whole)) * 100 * Fraction(w) / total for w in weights]
    rests = [share - share.__floor__() for share in exact]
    pairs = zip(parts, exact, strict=True)
    got = [int(abs(part) * 100) - share.__floor__() for part, share in pairs]
    for one, other in itertools.permutations(range(len(parts)), 2):
        assert not (got[one] > got[other] and rests[one] < rests[other])


@given(
    st.decimals("-10000", "10000", places=2),
    st.lists(
        st.tuples(st.sampled_from("abc"), st.decimals("0", "100", places=2), MOMENTS, MOMENTS),
        max_size=6,
    ),
)
@settings(max_examples=200, deadline=None)
def test_a_year_by_days_is_the_same_share(whole, rows):
    """The exact shares summed day by day differ by less than a cent from the parts."""
    weights = [Weight(key, weight, min(a, b), max(a, b)) for key, weight, a, b in rows]
    parts = share_period(whole, weights, *YEAR)
    assert sum(parts.values()) == whole
    exact: dict[str | None, Fraction] = {}
    for n in range(365):
        day = YEAR[0] + timedelta(days=n)
        valid = [w for w in weights if w.valid_from <= day < w.valid_to and w.weight]
        total = sum((Fraction(w.weight) for w in valid), Fraction(0))
        for key, share in [(w.key, Fraction(w.weight) / total) for w in valid] or [(None, 1)]:
            exact[key] = exact.get(key, Fraction(0)) + Fraction(whole) * share / 365
    for key in exact.keys() | parts.keys():
        assert abs(exact.get(key, Fraction(0)) - Fraction(parts.get(key, D(0)))) < Fraction(1, 100)


SPLIT = [
    (
        {"amount_eur": D("10.005"), "keys": [{"id": "A", "weight": 1}, {"id": "B", "weight": 1}]},
        {
            "parts": [{"id": "A", "amount_eur": 5.01}, {"id": "B", "amount_eur": 5.0}],
            "unallocated_eur": 0,
            "sum_eur": 10.01,
        },
    ),
    (
        {"amount_eur": D("-10.005"), "keys": [{"id": "A", "weight": 1}, {"id": "B", "weight": 1}]},
        {
            "parts": [{"id": "A", "amount_eur": -5.01}, {"id": "B", "amount_eur": -5.0}],
            "sum_eur": -10.01,
        },
    ),
    # A key that is nowhere in the period is listed with nothing, in its place; a gap at both ends.
    (
        {
            "amount_eur": 31,
            "period": ["2025-01-01", "2025-02-01"],
            "keys": [
                {"id": "Z", "weight": 5, "valid_from": "2026-01-01", "valid_to": None},
                {"id": "A", "weight": 1, "valid_from": "2025-01-11", "valid_to": "2025-01-21"},
            ],
        },
        {
            "parts": [{"id": "Z", "amount_eur": 0}, {"id": "A", "amount_eur": 10}],
            "unallocated_eur": 21,
            "sum_eur": 31,
        },
    ),
    ({"amount_eur": 1, "keys": []}, {"error": "POIDS_NUL"}),
    (
        {"amount_eur": 1, "period": ["2025-03-01", "2025-02-01"], "keys": []},
        {"error": "PERIODE_VIDE"},
    ),
    (
        {"amount_eur": 1, "period": ["2025-01-01", "2025-02-01"], "keys": []},
        {"parts": [], "unallocated_eur": 1, "sum_eur": 1},
    ),
]


@pytest.mark.parametrize(("inputs", "expected"), SPLIT)
def test_split(inputs, expected):
    assert differences(expected, TOPICS["split"](inputs), {}) == []
    assert differences([expected, expected], TOPICS["split"]([inputs, inputs]), {}) == []


def test_the_shared_cases_of_split_pass(real_data, capsys):
    assert run(["case", str(real_data / "cases" / "split.json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["passed"], found["failed"]) == (6, 0)
