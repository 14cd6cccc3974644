"""What people type: their own decimal mark, both languages' days, and no guessing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.basics import formats, written
from base.basics.written import COMMA, POINT, NotTyped, TwoReadings

LANGUAGES = {"fr": COMMA, "en": POINT}
NUMBERS = st.decimals(
    min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=None, allow_nan=False
).map(lambda value: round(value, 4))


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1234,5", COMMA, "1234.5"),
        ("1234.5", POINT, "1234.5"),
        ("1 234,50", COMMA, "1234.50"),
        ("1\u00a0234,50 €", COMMA, "1234.50"),
        ("1\u202f234", COMMA, "1234"),
        ("€1,234.50", POINT, "1234.50"),
        ("−€1,234.50", POINT, "-1234.50"),
        ("1,234.50", COMMA, "1234.50"),
        ("1.234,50", COMMA, "1234.50"),
        ("1.234,50", POINT, "1234.50"),
        ("1,234", COMMA, "1.234"),
        ("1.234", POINT, "1.234"),
        ("2.5", COMMA, "2.5"),
        ("2,5", POINT, "2.5"),
        ("0.125", COMMA, "0.125"),
        ("0,125", POINT, "0.125"),
        ("1234.567", COMMA, "1234.567"),
        ("1,234,567", POINT, "1234567"),
        ("1.234.567", COMMA, "1234567"),
        ("1 234.567", COMMA, "1234.567"),
        (",5", COMMA, "0.5"),
        ("-3", POINT, "-3"),
        ("+3", POINT, "3"),
        ("12.", POINT, "12"),
    ],
)
def test_a_number_is_read_with_the_mark_of_its_reader(text, mark, value):
    assert written.number(text, mark) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "mark", "thousands", "fraction"),
    [
        ("1,234", POINT, "1234", "1.234"),
        ("1.234", COMMA, "1234", "1,234"),
        ("-12,500", POINT, "-12500", "-12.500"),
        ("999.000", COMMA, "999000", "999,000"),
    ],
)
def test_a_number_with_two_readings_is_refused_with_both(text, mark, thousands, fraction):
    with pytest.raises(TwoReadings) as refusal:
        written.number(text, mark)
    assert f"écrivez {thousands} ou {fraction}." in str(refusal.value)
    assert written.number(fraction, mark) == Decimal(fraction.replace(",", "."))


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1,2,3",
        "1 23",
        "12 34",
        "1.23.456",
        "1,234.5,6",
        "--1",
        "1e5",
        "NaN",
        "inf",
        ".",
        ",",
        "€",
        "1 2345",
        "1,234.567.890",
        "٣",
        "0x10",
    ],
)
def test_what_is_no_number_is_refused(text):
    for mark in (COMMA, POINT):
        with pytest.raises(NotTyped):
            written.number(text, mark)


def test_small_numbers_have_no_thousands():
    assert written.number("48.856", COMMA, small=True) == Decimal("48.856")
    assert written.number("2,352", POINT, small=True) == Decimal("2.352")


def test_an_empty_text_is_no_number_and_no_day():
    assert written.number("  ", COMMA) is None and written.day(" ") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1h45", "1.75"),
        ("1 h 45", "1.75"),
        ("1\u202fh\u00a045", "1.75"),
        ("1H45", "1.75"),
        ("1:45", "1.75"),
        ("01:45", "1.75"),
        ("1 h 45 min", "1.75"),
        ("1h45mn", "1.75"),
        ("1 h 5 min", "1.083"),  # 5 / 60 = 0,08333…
        ("1h05", "1.083"),
        ("1h", "1"),
        ("1 h", "1"),
        ("1,75 h", "1.75"),
        ("1.5h", "1.5"),
        ("45 min", "0.75"),
        ("45min", "0.75"),
        ("90 min", "1.5"),
        ("50 min", "0.833"),  # 50 / 60 = 0,83333…
        ("40 min", "0.667"),  # 40 / 60 = 0,66666…
        ("0h30", "0.5"),
        ("1,75", "1.75"),
        ("1.75", "1.75"),
        ("2", "2"),
        ("-1", "-1"),
    ],
)
def test_hours_are_read_as_people_write_them(text, value):
    for mark in (COMMA, POINT):
        assert written.hours(text, mark, places=3) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1h60",
        "1:60",
        "1h5",
        "1:5",
        "1h45h",
        "h45",
        "1,5h30",
        "min",
        "1h 45 50",
        "-1h45",
        "1j",
    ],
)
def test_what_cannot_be_read_as_hours_is_refused_in_hours(text):
    for mark in (COMMA, POINT):
        with pytest.raises(NotTyped) as refusal:
            written.hours(text, mark, places=3)
        assert str(refusal.value) == f"Tapez des heures, par exemple 1{mark}75 ou 1h45."
    assert written.hours("  ", COMMA, places=3) is None


@given(NUMBERS)
def test_what_a_form_shows_is_read_as_it_was(value):
    for mark in LANGUAGES.values():
        assert written.number(written.shown(value, mark), mark) == value


@given(NUMBERS)
def test_what_a_page_shows_is_read_as_it_was_or_refused(value):
    """Thousands of an English page (1,234) cannot be told from a French fraction: refused."""
    for code, mark in LANGUAGES.items():
        for text in (formats.number(value, None, code), formats.euros(round(value, 2), 2, code)):
            exact = value if "€" not in text else round(value, 2)
            try:
                assert written.number(text, mark) == exact, text
            except NotTyped:
                assert code == "en" and text.count(",") == 1 and "." not in text
                assert 1000 <= abs(exact) < 1_000_000


@given(st.text(alphabet="0123456789.,  \u00a0-+€−", max_size=12))
def test_no_text_reads_as_two_different_numbers_in_the_two_languages(text):
    """What both languages accept, they read the same, but for the one reading of a single mark."""
    found = []
    for mark in LANGUAGES.values():
        try:
            found.append(written.number(text, mark))
        except NotTyped:
            return
    assert found[0] == found[1]


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_that_is_shown_is_read_as_it_was(value):
    for code in LANGUAGES:
        assert written.day(formats.day(value, code)) == value
    assert written.day(value.isoformat()) == value


@pytest.mark.parametrize("text", ["31/02/2026", "2026-13-01", "22 Nov", "Nov 22 2026", "22/11/26"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(NotTyped):
        written.day(text)
