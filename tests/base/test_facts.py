"""What has happened is not after today, ends after it began, and has a plausible year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from base.basics import clock, facts
from base.basics.errors import InvalidInput

TODAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The present is noon in Paris on 30 November 2026."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_today_and_before_can_have_happened() -> None:
    assert facts.sentence(TODAY) is None
    assert facts.sentence(date(1950, 1, 1)) is None


def test_tomorrow_and_an_empty_cell_cannot() -> None:
    assert "01/12/2026 n’est pas encore passé" in (facts.sentence(date(2026, 12, 1)) or "")
    assert "30/12/1899 est trop ancien" in (facts.sentence(date(1899, 12, 30)) or "")
    assert "trop ancien" in (facts.sentence(date(206, 11, 3)) or "")


def test_an_instant_is_compared_with_the_clock_and_a_phone_may_be_ahead_a_little() -> None:
    assert facts.sentence(NOON + timedelta(minutes=10)) is None
    assert "heure de l’appareil" in (facts.sentence(NOON + timedelta(minutes=11)) or "")
    assert "01/12/2026" in (facts.sentence(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) or "")


def test_a_period_ends_after_it_begins() -> None:
    assert facts.order_sentence(TODAY, TODAY) is None
    assert facts.order_sentence(None, TODAY) is None
    assert facts.order_sentence(TODAY, date(2026, 11, 29)) == (
        "La fin (29/11/2026) précède le début (30/11/2026)."
    )
    assert facts.order_sentence(NOON, NOON - timedelta(hours=1)) == "La fin précède le début."


def test_faults_stand_beside_their_fields() -> None:
    with pytest.raises(InvalidInput) as caught:
        facts.require_past({"date_on": date(2026, 12, 7), "started_at": NOON, "end_on": None})
    assert set(caught.value.errors) == {"date_on"}
    with pytest.raises(InvalidInput) as caught:
        facts.require_order(TODAY, date(2026, 1, 1), field="end_on")
    assert set(caught.value.errors) == {"end_on"}
