"""How alike two requests are, worked out by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from interventions.domain.likeness import EARTH_RADIUS_M, Rule, Wish, distance_m, likeness, words_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = Rule(
    radius_m=100,
    window=timedelta(hours=48),
    distance_weight=0.4,
    words_weight=0.6,
    threshold=0.5,
    stop_words=frozenset({"dans", "les", "été"}),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fuites d’eau dans les W.C. du 2e étage", {"fuite", "eau", "2e", "etage"}),
        ("ŒUVRE d’Æsop, cœur", {"oeuvre", "aesop", "coeur"}),
        ("bus gaz tuyaux prix", {"bus", "gaz", "tuyau", "pri"}),
        ("L’ÉTÉ, étés", set()),
        ("", set()),
        ("n°12 b7 ab", {"12", "b7"}),
    ],
)
def test_words(text: str, words: set[str]) -> None:
    assert words_of(text, RULE.stop_words) == words


def test_a_degree_of_latitude_is_a_360th_of_the_earths_round() -> None:
    assert distance_m((48.0, 4.0), (49.0, 4.0)) == pytest.approx(
        2 * math.pi * EARTH_RADIUS_M / 360, abs=1e-6
    )
    assert distance_m((48.0, 4.0), (48.0, 4.0)) == 0


def wish(text: str, **more: object) -> Wish:
    return Wish(**{"at": NOON, "text": text, **more})  # type: ignore[arg-type]


def test_place_and_words_add_up_by_their_weights() -> None:
    # Two of four words are common: 0.6 × 2/4; the same asset: 0.4 × 1.
    found = likeness(wish("fuite eau cave", asset=1), wish("fuite eau plafond", asset=1), RULE)
    assert found is not None and found.distance_m == 0
    assert found.score == pytest.approx(0.7)


def test_the_threshold_and_the_bounds_are_included() -> None:
    # Nothing known of the place: 0.6 × 5/6 = 0.5, the threshold itself.
    one, other = "aaa bbb ccc ddd eee", "aaa bbb ccc ddd eee fff"
    assert likeness(wish(one), wish(other), RULE) is not None
    late = wish(other, at=NOON + timedelta(hours=48))
    assert likeness(wish(one), late, RULE) is not None
    later = wish(other, at=NOON + timedelta(hours=48, seconds=1))
    assert likeness(wish(one), later, RULE) is None


def test_categories_part_and_a_missing_one_does_not() -> None:
    words = "fuite eau"
    assert likeness(wish(words, category="a"), wish(words, category="b"), RULE) is None
    assert likeness(wish(words, category="a"), wish(words), RULE) is not None


def test_what_is_too_far_away_counts_as_unknown() -> None:
    here, far = (48.0, 4.0), (48.01, 4.0)
    found = likeness(wish("fuite", position=here), wish("fuite", position=far), RULE)
    assert found is not None and found.distance_m is None
    assert found.score == pytest.approx(0.6)
