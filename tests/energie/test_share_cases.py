"""Worked cases of the shared rules, and what is asked wrongly."""

from __future__ import annotations

import pytest

from base.papers.cases import CaseRefused, UnknownTopic, differences
from energie.domain.cases import run_case
from energie.domain.shares import WeightsMissing

CASES = [
    (
        "index",
        [{"register_digits": 5, "coefficient": 10, "index": [99850, 120]}],
        [{"consumption": 2700, "rollover": True}],
    ),
    (
        "index",
        {
            "old": {"register_digits": 6, "last_reading": 100, "removal_index": 130},
            "new": {"install_index": 0, "reading": 50},
        },
        {"consumption": 80},
    ),
    (
        "time",
        {
            "day": "2025-10-26",
            "constant_load_kw": 10,
            "hc_local": ["22:00", "06:00"],
            "points_received": 48,
        },
        {"hc_kwh": 90, "hp_kwh": 160, "points_expected": 50, "completeness": 0.96},
    ),
    (
        "index",
        {
            "old": {"register_digits": 6},
            "new": {"register_digits": 6},
            "last_reading": 100,
            "removal_index": None,
            "install_index": 0,
            "reading": 50,
        },
        {"consumption": None, "code": "inconnue"},
    ),
    (
        "time",
        {"days": ["2025-03-30"], "constant_load_kw": 1, "hc_local": "22:00-06:00"},
        [{"hc_kwh": 7, "total_kwh": 23}],
    ),
    (
        "time",
        {
            "day": "2025-06-01",
            "constant_load_kw": 2,
            "hc_local": [["12:00", "14:00"], ["02:00", "08:00"]],
        },
        {"hc_kwh": 16, "hp_kwh": 32},
    ),
    (
        "import",
        {
            "lots": [
                {"lot": 1, "received": "2025-03-02T06:00Z", "rows": [["2025-03-01T00:00Z", 90]]},
                {"lot": 2, "received": "2025-03-04T06:00Z", "rows": [["2025-03-01T00:00Z", 95]]},
            ]
        },
        {
            "lot2": {"inserted": 1, "identical": 0, "superseded": 1},
            "versions_stored": 2,
            "current_total": 95,
            "total_as_of_2025_03_03": 90,
        },
    ),
    (
        "affectation",
        {"periods": [{"main_kwh": 1000, "sub_kwh": 200, "surfaces": {"a": 100, "b": 200}}]},
        {"virtual_kwh": [800], "shares": [{"a": 267, "b": 533}], "year_total": 800},
    ),
    (
        "conversion",
        {
            "index_start": 100,
            "index_end": 200,
            "segments": [{"days": 30, "coef_kwh_pcs_per_m3": 11.1}],
            "pcs_pci_ratio": 1.11,
        },
        {"volume_m3": 100, "kwh_pcs": 1110, "kwh_pci": 1000},
    ),
]


@pytest.mark.parametrize(("topic", "inputs", "expected"), CASES)
def test_worked_cases(topic, inputs, expected):
    assert differences(expected, run_case(topic, inputs), {"abs": 1e-9}) == []


MORE = [
    # The readings of two meters, one after the other: 30 on the old, then 60 × 2 on the new.
    (
        "index",
        {
            "old": {"register_digits": 6, "coefficient": 1},
            "new": {"register_digits": 5, "coefficient": 2},
            "readings": [
                ["2025-01-01", 5000, "measured"],
                ["2025-01-11", 5030, "removal"],
                ["2025-01-11", 10, "install"],
                ["2025-02-01", 70, "measured"],
            ],
        },
        {"consumption": 150, "rollover": False, "quality": "mesuree"},
    ),
    (
        "index",
        {
            "register_digits": 5,
            "readings": [
                ["2025-01-01", 99900, "measured"],
                ["2025-01-02", 50, "estimated"],
                ["2025-01-03", 90, "measured"],
            ],
        },
        {"consumption": 190, "rollover": True, "quality": "estimee"},
    ),
    (
        "index",
        {
            "register_digits": 5,
            "readings": [
                ["2025-01-01", 10, "measured"],
                ["2025-01-02", 3, "install"],
                ["2025-01-03", 8, "measured"],
            ],
        },
        {"consumption": None, "known_consumption": 5, "code": "inconnue"},
    ),
    (
        "index",
        [
            {"register_digits": 5, "index": [5000, 4800], "days": 30, "max_daily_kwh": 10},
            {"register_digits": 4, "index": [9990, 30], "days": 1, "subscribed_kva": 6},
        ],
        [
            {"consumption": None, "code": "INDEX_RECUL", "quality": "suspecte"},
            {"consumption": 40, "rollover": True},
        ],
    ),
    # The estimate of a day gives way to what was read that day, whichever stands first.
    (
        "index",
        {
            "register_digits": 5,
            "readings": [
                ["2025-01-01", 100, "measured"],
                ["2025-02-01", 190, "measured"],
                ["2025-02-01", 150, "estimated"],
                ["2025-03-01", 260, "measured"],
            ],
        },
        {
            "consumption": 160,
            "quality": "mesuree",
            "code": None,
            "periods": [
                {"end": "2025-02-01", "consumption": 90},
                {"start": "2025-02-01", "consumption": 70},
            ],
        },
    ),
    (
        "index",
        {
            "old": {"register_digits": 5, "last_reading": 400},
            "new": {"register_digits": 5, "install_index": 2, "reading": 80},
        },
        {
            "consumption": None,
            "rollover": False,
            "code": "inconnue",
            "quality": "suspecte",
            "old": None,
            "new": 78,
        },
    ),
    (
        "affectation",
        {
            "rounding": "kWh",
            "periods": [{"main_kwh": 10.4, "sub_kwh": 0, "surfaces": {"a": 1, "b": 3}}],
        },
        {"shares": [{"a": 3, "b": 7}], "year_total": 10},
    ),
    (
        "time",
        {"day": "2025-03-30", "points_received": 138},
        {"points_expected": 138, "completeness": 1.0},
    ),
    (
        "time",
        {"day": "2025-10-26", "points_received": 144, "step_minutes": 10},
        {"points_expected": 150, "completeness": 0.96},
    ),
    (
        "time",
        {"timezone": "Indian/Reunion", "day": "2025-03-30", "constant_load_kw": 1},
        {"hours": 24.0, "start_utc": "2025-03-29T20:00Z"},
    ),
    (
        "time",
        {"day": "2025-10-26", "load_kw": 1, "hc_local": ["02:00", "03:00"]},
        {"hc_kwh": 2, "hp_kwh": 23},
    ),
    # Two equal remainders: the first gets the unit; a period cut by a change of surfaces.
    (
        "affectation",
        {
            "periods": [
                {
                    "start": "2025-01-01",
                    "end": "2025-07-01",
                    "main_kwh": 101,
                    "sub_kwh": [30, 70],
                    "surfaces": {"a": 50, "b": 50},
                },
                {
                    "start": "2025-07-01",
                    "end": "2026-01-01",
                    "main_kwh": 10,
                    "sub_kwh": 20,
                    "surfaces": {"a": 100, "b": 0},
                },
            ]
        },
        {
            "virtual_kwh": [1, -10],
            "shares": [{"a": 1, "b": 0}, {"a": -10, "b": 0}],
            "year": {"a": -9, "b": 0},
            "year_total": -9,
            "findings": [[2, "VIRTUEL_NEGATIF"]],
        },
    ),
    (
        "conversion",
        {
            "register_digits": 5,
            "index_start": 99990,
            "index_end": 10,
            "segments": [
                {"days": 10, "coef_kwh_pcs_per_m3": 11},
                {"days": 10, "coef_kwh_pcs_per_m3": 12},
            ],
            "pcs_pci_ratio": 1.15,
        },
        {"volume_m3": 20, "m3_segment": [10, 10], "kwh_pcs": 230, "kwh_pci": 200},
    ),
]


@pytest.mark.parametrize(("topic", "inputs", "expected"), MORE)
def test_further_variants(topic, inputs, expected):
    assert differences(expected, run_case(topic, inputs), {"abs": 1e-9}) == []


@pytest.mark.parametrize(
    ("topic", "inputs"),
    [
        ("index", {}),
        ("index", "abc"),
        ("index", [{"index": [1]}]),
        ("index", [{"index": [1, "x"]}]),
        ("index", [{"index": [5, 1], "register_digits": 10**9}]),
        ("index", [{"index": [5, 1], "register_digits": "cinq"}]),
        ("index", {"readings": [["hier", 1, "measured"]]}),
        ("index", {"readings": [["2025-01-01", 1, "volé"]]}),
        ("time", {}),
        ("time", []),
        ("time", {"day": "2025-02-30"}),
        ("time", {"day": "2025-01-01", "timezone": "Mars"}),
        ("time", {"day": "2025-01-01", "hc_local": ["25h"]}),
        ("import", {"lots": [{"lot": 1, "received": "x", "rows": []}]}),
        ("import", {"lots": [{"lot": 1, "received": "2025-01-01T00:00Z", "rows": [["x", 1]]}]}),
        ("import", []),
        ("affectation", {"periods": [{"main_kwh": 1}]}),
        ("affectation", {"periods": [{"main_kwh": "x", "surfaces": {"a": 1}}]}),
        ("conversion", {"index_start": 1, "index_end": 2, "segments": [{}]}),
    ],
)
def test_wrong_inputs_are_a_sentence(topic, inputs):
    with pytest.raises(CaseRefused) as caught:
        run_case(topic, inputs)
    assert str(caught.value)


def test_no_weight_at_all_is_a_sentence():
    with pytest.raises(WeightsMissing, match="poids"):
        run_case("affectation", {"periods": [{"main_kwh": 1, "surfaces": {"a": 0}}]})


def test_differences_are_told_by_place():
    found = differences({"a": [1, 2], "b": True, "c": 1}, {"a": [1, 3], "b": False}, {})
    assert found == [".a[1]: 2 ≠ 3", ".b: True ≠ False", ".c: absent"]
    assert differences([1], [1, 2], {}) and differences({}, 1, {})


def test_an_unknown_topic_says_which_are_known():
    with pytest.raises(UnknownTopic, match="affectation"):
        run_case("magie", {})
