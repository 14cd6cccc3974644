"""Numbers, money and days as people of the trade write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base.basics import formats

#: The same cases each time, however slow the machine.
CALM = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
SUNDAY = datetime(2026, 11, 22, 9, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "1\u00a0234,50\u00a0€"),
        (Decimal("-0.005"), "\u22120,01\u00a0€"),
        (Decimal("-0.004"), "0,00\u00a0€"),
        (Decimal("1234567.895"), "1\u00a0234\u00a0567,90\u00a0€"),
        (0, "0,00\u00a0€"),
        (999, "999,00\u00a0€"),
        (None, ""),
    ],
)
def test_euros(value, shown):
    assert formats.euros(value, locale="fr") == shown


def test_euros_in_orders_of_magnitude_and_in_english():
    assert formats.euros(Decimal("12839.50"), 0, locale="fr") == "12\u00a0840\u00a0€"
    assert formats.euros(Decimal("-1234.5"), locale="en") == "\u2212€1,234.50"


def test_numbers_keep_their_own_decimals():
    assert formats.number(Decimal("1240.500"), locale="fr") == "1\u00a0240,5"
    assert formats.number(Decimal("1E+3"), locale="fr") == "1\u00a0000"
    assert formats.number(12, locale="fr") == "12"
    assert formats.number(0.1, locale="fr") == "0,1"
    assert formats.number(Decimal("2.5"), 0, locale="fr") == "3"
    assert formats.quantity(1240, "kWh", locale="fr") == "1\u00a0240\u00a0kWh"


def test_days_and_instants_are_those_of_the_authority():
    assert formats.day(date(2026, 11, 1), "fr") == "01/11/2026"
    assert formats.instant(SUNDAY, "fr") == "22/11/2026\u00a010:42"
    late = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)
    assert formats.day(late, "fr") == "01/08/2026"
    assert formats.instant(late, "en") == "1 Aug 2026\u00a000:30"
    assert formats.instant(SUNDAY, "fr", zone="Indian/Reunion") == "22/11/2026\u00a013:42"


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError):
        formats.instant(datetime(2026, 11, 22))


def test_long_dates():
    assert formats.long_date(SUNDAY, "fr") == "dimanche 22\u00a0novembre 2026"
    assert formats.long_date(date(2026, 8, 1), "fr") == "samedi 1er\u00a0août 2026"
    assert formats.long_date(date(2026, 8, 1), "en") == "Saturday 1\u00a0August 2026"
    assert formats.month(date(2026, 8, 1), "fr") == "août 2026"


def test_words_only_within_two_days():
    hour = timedelta(hours=1)
    assert formats.near(SUNDAY - hour, SUNDAY, "fr") == "aujourd’hui\u00a009:42"
    assert formats.near(SUNDAY - 24 * hour, SUNDAY, "fr") == "hier\u00a010:42"
    assert formats.near(SUNDAY - 48 * hour, SUNDAY, "fr") == "20/11/2026\u00a010:42"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0\u00a0s"),
        (40, "40\u00a0s"),
        (2100, "35\u00a0min"),
        (9300, "2\u00a0h\u00a035"),
        (7200, "2\u00a0h"),
        (90000, "25\u00a0h"),
        (273600, "3\u00a0j 4\u00a0h"),
        (-3600, "\u22121\u00a0h"),
    ],
)
def test_durations(seconds, shown):
    assert formats.duration(seconds, "fr") == shown
    assert formats.duration(timedelta(seconds=seconds), "fr") == shown


def test_hours_sizes_percents_initials():
    assert formats.hours(Decimal("2.5"), "fr") == "2,50\u00a0h"
    assert formats.file_size(512, "fr") == "512\u00a0o"
    assert formats.file_size(12_400_000, "fr") == "12,4\u00a0Mo"
    assert formats.file_size(1500, "en") == "1.5\u00a0kB"
    assert formats.percent(Decimal("0.125"), locale="fr") == "12,5\u00a0%"
    assert formats.initials("Alice de la Tour") == "AT"
    assert formats.initials("chloé") == "C"


def test_thirds_add_up():
    assert formats.shares([1, 1, 1]) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
    assert formats.shares([0, 0]) == [0, 0]
    with pytest.raises(ValueError):
        formats.shares([1, -1])


@CALM
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(sum), st.integers(0, 3))
def test_shares_always_add_up_to_a_hundred(values, decimals):
    found = formats.shares(values, decimals)
    assert sum(found) == 100
    exact = [Decimal(value) * 100 / sum(values) for value in values]
    assert all(abs(a - b) < Decimal(1).scaleb(-decimals) for a, b in zip(found, exact, strict=True))


@CALM
@given(st.decimals(-(10**12), 10**12, places=4))
def test_no_narrow_space_and_no_hyphen_is_printed(value):
    for text in (formats.euros(value), formats.number(value), formats.hours(value)):
        assert "\u202f" not in text and "-" not in text and " " not in text
