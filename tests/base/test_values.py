"""What a cell says: one reading, or a sentence."""

from datetime import date, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from base.basics import identifiers
from base.basics.identifiers import Identifier
from base.papers.tables import guard, unguard, values
from base.papers.tables.values import ValueRefused


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1234,5", "1234.5"),
        ("1234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234\u00a0567,5", "1234567.5"),
        ("1\u202f234", "1234"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("-12,5", "-12.5"),
        ("\u221212,5", "-12.5"),
        ("- 12,5", "-12.5"),
        ("+3", "3"),
        ("12,50 €", "12.50"),
        ("0,123", "0.123"),
        ("1 234,567", "1234.567"),
        ("1234,567", "1234.567"),
        ("6,3E+03", "6300"),
        ("  7 ", "7"),
        (Decimal("2.5"), "2.5"),
        (12, "12"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_number_is_read(cell, expected):
    assert values.number(cell) == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1,234", "deux façons\u00a0: écrivez 1234 ou 1,2340"),
        ("-1.234", "deux façons\u00a0: écrivez -1234 ou -1,2340"),
        ("12O", "la lettre O à la place du chiffre zéro"),
        ("l2", "la lettre l à la place du chiffre un"),
        ("douze", "«\u00a0douze\u00a0» n’est pas un nombre"),
        ("1 23 4", "n’est pas un nombre"),
        ("12,5,3", "n’est pas un nombre"),
        ("1e400", "n’est pas un nombre"),
        ("1e90", "trop grand"),
        ("12,1234567", "plus de 6 décimales"),
        ("#N/A", "l’erreur «\u00a0#N/A\u00a0»"),
        ("nan", "n’est pas un nombre"),
        (date(2020, 1, 1), "n’est pas un nombre"),
        (True, "n’est pas un nombre"),
    ],
)
def test_what_is_no_number_gets_a_sentence(cell, sentence):
    with pytest.raises(ValueRefused) as refusal:
        values.number(cell)
    assert sentence in str(refusal.value)


def test_bounds_and_decimals_are_said():
    with pytest.raises(ValueRefused, match="n’est pas un nombre entier"):
        values.integer("2,5")
    with pytest.raises(ValueRefused, match="inférieur à 0"):
        values.positive_euros("-1")
    with pytest.raises(ValueRefused, match="plus de 2 décimales"):
        values.euros("0,123")
    assert values.euros(Decimal("10.100000000001")) == Decimal("10.10")
    assert values.integer("12,0") == 12


@pytest.mark.parametrize(
    "cell",
    [
        "2023-01-23",
        "23/01/2023",
        "23-01-2023",
        "23.1.2023",
        "2023.01.23",
        "2023/1/23",
        "23 janvier 2023",
        "2023-01-23 16:25:04.594",
        "2023-01-23T00:00:00Z",
        "23/01/2023 10:42",
        date(2023, 1, 23),
        datetime(2023, 1, 23, 4),
    ],
)
def test_a_day_is_read(cell):
    assert values.day(cell) == date(2023, 1, 23)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1/23/23", "date américaine (mois en premier)\u00a0: écrivez jour/mois/année"),
        ("01/23/2023", "le mois 23 n’existe pas"),
        ("4/5/16", "l’année avec quatre chiffres"),
        ("31/02/2026", "Le 31/02/2026 n’existe pas."),
        ("0000-00-00", "n’existe pas"),
        ("hier", "n’est pas une date"),
        (Decimal("45000"), "format de date"),
        ("12/05/0226", "vraisemblance"),
        ("2023-1/23", "n’est pas une date"),
    ],
)
def test_what_is_no_day_gets_a_sentence(cell, sentence):
    with pytest.raises(ValueRefused) as refusal:
        values.day(cell)
    assert sentence in str(refusal.value)


def test_an_american_file_is_read_when_a_person_says_so():
    assert values.american_day("1/23/23") == date(2023, 1, 23)
    assert values.american_day("10/27/1998") == date(1998, 10, 27)
    assert values.american_day("2024-01-05") == date(2024, 1, 5)


def test_yes_and_no():
    assert [values.boolean(c) for c in ("Oui", "X", "TRUE", "1", True)] == [True] * 5
    assert [values.boolean(c) for c in ("non", "N", "Faux", "0")] == [False] * 4
    assert values.boolean("  ") is None
    with pytest.raises(ValueRefused, match="ni oui ni non"):
        values.boolean("peut-être")


def test_places_are_degrees():
    assert values.latitude("48,856614") == Decimal("48.856614")
    assert values.longitude("-1.234") == Decimal("-1.234000")
    assert values.longitude(2.3522219) == Decimal("2.352222")
    for cell in ("539416.13", "91", "N48"):
        with pytest.raises(ValueRefused, match="degrés"):
            values.latitude(cell)


def test_text_is_one_clean_line():
    assert values.text("  e\u0301cole \r\n du Pont\u00a0") == "école du Pont"
    assert values.text("a\r\nb", lines=True) == "a\nb"
    assert values.text(Decimal("1001.0")) == "1001"
    for cell in ("a\x00b", "a\x07b", "a\ud800b"):
        with pytest.raises(ValueRefused, match="caractère"):
            values.text(cell)
    with pytest.raises(ValueRefused, match="201 caractères\u00a0; la limite est de 200"):
        values.text("x" * 201)
    with pytest.raises(ValueRefused, match="arrondi"):
        values.code("6,37E+15")


def test_choices_list_what_is_expected():
    parse = values.one_of({"En service": "in_service", "Réformé": "retired"})
    assert parse("reforme") == "retired"
    assert parse(None) is None
    with pytest.raises(ValueRefused, match="attendu\u00a0: En service, Réformé"):
        parse("vendu")


def _has_key(number):
    """The key worked out by hand: every second digit from the right counts double."""
    doubled = [int(c) * (2 if at % 2 else 1) for at, c in enumerate(reversed(number))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def _is_siret(number):
    """The key of the whole and that of its SIREN; or the sum of the post office."""
    post_office = number.startswith("356000000") and sum(map(int, number)) % 5 == 0
    return post_office or (_has_key(number) and _has_key(number[:9]))


@given(
    st.one_of(
        st.text("0123456789", min_size=14, max_size=14),
        st.text("0123456789", min_size=5, max_size=5).map("356000000".__add__),
    )
)
@example("35600000049837")  # the post office: its sum, and no key
@example("35600000000048")  # its head office: the key, and no sum
@example("35600000000014")  # the key, and no sum
@example("35600000000000")  # neither
@example("00000000000000")
@example("73282932000074")
@example("73282932100007")  # the key of the whole, and not of its SIREN
def test_a_siret_is_taken_by_its_keys_alone(number):
    wrong = identifiers.fault(Identifier.SIRET, number)
    if _is_siret(number):
        assert wrong is None
    else:
        assert "sa clé est fausse" in wrong and "73282932000074" in wrong


@pytest.mark.parametrize(
    "cell", ["７３２８２９３２００００７４", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "7328293200007⁴", "7" * 400]
)
def test_a_siret_of_other_signs_is_no_siret(cell):
    assert "14 chiffres" in identifiers.fault(Identifier.SIRET, cell)


def test_numbers_with_a_key_are_kept_without_what_stands_between_their_signs():
    read = partial(values.identifier, kind=Identifier.SIRET, limit=14)
    assert read("732 829 320 00074") == "73282932000074"
    # A wrong one stays as it was written, for whom knows whether it stood before.
    assert read("7328293200007") == "7328293200007" and read(" ") is None
    with pytest.raises(ValueRefused, match="14 chiffres"):
        read("732 829 320 00074 (siège)")
    read = partial(values.identifier, kind=Identifier.VAT, limit=20)
    assert read("fr 44 732 829 320") == "FR44732829320"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        # 732829320: (73282932012 modulo 97) is 44.
        (Identifier.VAT, "FR44732829320", "FR45732829320"),
        (Identifier.VAT, "BE0428759497", "BE0428759498"),
        (Identifier.VAT, "EL094259216", "EL094259217"),
        (Identifier.VAT, "US123456789", "44732829320"),  # no rule known; no country
        (Identifier.VAT, "FRK7399859412", "TVAFR44732829320"),  # letters in the key; a word before
        (Identifier.SIREN, "732829320", "732829321"),
        (Identifier.SIREN, "356000000", "35600000"),
    ],
)
def test_a_wrong_key_is_said_with_what_a_right_one_looks_like(kind, right, wrong):
    assert identifiers.fault(kind, right) is None
    example = {Identifier.VAT: "FR44732829320", Identifier.SIREN: "732829320"}[kind]
    said = identifiers.fault(kind, wrong)
    assert wrong in said and example in said


def test_mail_addresses():
    assert values.email(" Chloe@Mairie.Example.org ") == "chloe@mairie.example.org"
    for cell in ("chloe", "a@b", "a b@c.fr", "a@b..fr", "a@b.fr\r\nBcc: c@d.fr"):
        with pytest.raises(ValueRefused, match="adresse électronique"):
            values.email(cell)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_amount_survives_french_and_point_writing(amount):
    plain = f"{amount:.2f}"
    assert values.euros(plain) == amount
    assert values.euros(plain.replace(".", ",")) == amount
    assert values.euros(f"{amount:,.2f}".replace(",", "\u00a0").replace(".", ",") + " €") == amount


@given(st.dates(date(1000, 1, 1), date(2200, 12, 31)))
def test_every_day_survives_both_writings(day):
    assert values.day(day.isoformat()) == day
    assert values.day(f"{day.day:02}/{day.month:02}/{day.year}") == day


@given(st.one_of(st.text(), st.booleans(), st.none(), st.dates(), st.floats()))
def test_no_parser_fails_otherwise_than_in_words(cell):
    for parse in (
        values.text,
        values.number,
        values.day,
        values.boolean,
        values.latitude,
        values.email,
        partial(values.identifier, kind=Identifier.SIRET, limit=14),
        values.code,
        values.american_day,
    ):
        try:
            parse(cell)
        except ValueRefused as refusal:
            assert str(refusal).endswith((".", "?"))


@given(st.text(alphabet="'=+-@＝－\t a1,.\r", max_size=6))
def test_the_guard_against_formulas_is_undone_exactly(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in ("=", "@", "\t", "\r", "＝")


def test_what_looks_like_a_formula_is_guarded_and_numbers_are_not():
    for text in ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1", "'=1"):
        assert guard(text) == "'" + text
    for text in ("-12,5", "+33", "1 234", "l’école", "a=1", ""):
        assert guard(text) == text
