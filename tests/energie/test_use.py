"""What a point used, by REST and on its page: the same figures; what is unknown is not zero."""

import re
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from hashlib import sha256

import pytest

from base.rules.rights.actors import job_session
from energie import queries
from energie.domain.days import midnights
from energie.domain.quality import Quality
from energie.imports.readings import Who, import_readings
from energie.models import DeliveryPoint, Reading
from energie.queries import home
from energie.services import points
from energie.views import tiles
from patrimoine.domain.costs import CostNature
from patrimoine.services import assets, book_cost
from tests.energie.samples import PRM, curve

ALICE = Who(1, (1,), "user:1")
DAY = date(2024, 1, 1)


def _import(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    digest = sha256(path.read_bytes()).hexdigest()
    return import_readings(path, label=name, digest=digest, who=ALICE, pause=0)


def _point():
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=PRM, on=DAY).id


def _days(*rows, title="Consommation (kWh)"):
    return "\n".join([f"PRM;Date;{title}", *(f"{PRM};{day};{value}" for day, value in rows)])


@pytest.fixture
def point(app, tmp_path):
    """Hours until 4 June, half-hours on the 4th and 5th, of which the 5th has one alone."""
    key = _point()
    _import(tmp_path, "heures.csv", curve("2025-06-01", "2025-06-04", minutes=60))
    blank = tuple(range(49, 96))
    _import(tmp_path, "demies.csv", curve("2025-06-04", "2025-06-06", minutes=30, blank=blank))
    return key


def _page(client, point):
    return client.get(f"/deliverypointview/show/{point}").get_data(as_text=True)


def _texts(html):
    """The rows of tables as texts, blanks folded; what only a phone shows is left out."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.S)
    return [
        [
            " ".join(
                re.sub(r"<[^>]+>", " ", cell.partition('<span class="ov-phoneonly">')[0]).split()
            )
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)
        ]
        for row in rows
    ]


def test_the_use_of_a_point_by_day_month_and_year(point, api_of):
    call = api_of("alice")
    where = f"/api/v1/delivery_point/{point}/use"
    found = call("GET", f"{where}?step=day&start=2025-05-31&end=2025-06-08").json
    assert found["count"] == 8
    whole = {"value": "144.000", "unit": "kWh", "completeness": 1.0, "quality": "mesuree"}
    nothing = {"value": None, "unit": "kWh", "completeness": 0, "quality": None}
    assert found["result"] == [
        {"start": "2025-05-31", **nothing},
        *({"start": f"2025-06-0{n}", **whole} for n in (1, 2, 3, 4)),
        # One half-hour of 6 kW, of forty-eight.
        {
            "start": "2025-06-05",
            "value": "3.000",
            "unit": "kWh",
            "completeness": 0.0208,
            "quality": "mesuree",
        },
        {"start": "2025-06-06", **nothing},
        {"start": "2025-06-07", **nothing},
    ]
    months = call("GET", f"{where}?step=month&start=2025-05-01&end=2025-07-01").json["result"]
    assert [(m["start"], m["value"]) for m in months] == [
        ("2025-05-01", None),
        ("2025-06-01", "579.000"),
    ]
    assert months[1]["completeness"] == round((4 + 1 / 48) / 30, 4)
    (year,) = call("GET", f"{where}?step=year&start=2025-01-01&end=2026-01-01").json["result"]
    assert (year["start"], year["value"]) == ("2025-01-01", "579.000")
    (part,) = call("GET", f"{where}?start=2025-06-02&end=2025-06-04").json["result"]
    assert (part["start"], part["value"], part["completeness"]) == ("2025-06-02", "288.000", 1)
    assert len(call("GET", f"{where}?step=day").json["result"]) == 5
    assert [m["start"] for m in call("GET", where).json["result"]] == ["2025-06-01"]


WRONG = [
    ("step=week", "Valeurs possibles"),
    ("start=hier&end=2025-06-01", "Tapez un jour"),
    ("start=2025-06-02&end=2025-06-02", "La fin doit venir après le début"),
    ("start=2025-06-02&end=2025-06-01", "La fin doit venir après le début"),
    ("start=1950-01-01&end=2025-06-01&step=day", "jours par demande"),
    ("start=0001-01-01&end=0001-02-01", "Demandez des jours"),
    ("start=9999-11-01&end=9999-12-31", "Demandez des jours"),
    ("end=0001-01-01&step=day", "Demandez des jours"),
]


def test_a_wrong_period_gets_its_sentence(point, api_of):
    call = api_of("alice")
    for asked, words in WRONG:
        answer = call("GET", f"/api/v1/delivery_point/{point}/use?{asked}")
        assert answer.status_code == 422, asked
        assert words in str(answer.json), asked


def test_the_use_of_a_point_is_as_secret_as_the_point(point, api_of):
    where = f"/api/v1/delivery_point/{point}/use"
    assert api_of("chloe")("GET", where).status_code == 404
    assert api_of("damien")("GET", where).status_code == 200
    assert api_of("alice")("GET", "/api/v1/delivery_point/99999/use").status_code == 404
    described = api_of("alice")("GET", "/api/v1/_openapi").json
    described = described["paths"]["/api/v1/delivery_point/{pk}/use"]["get"]
    assert {p["name"] for p in described["parameters"]} >= {"step", "start", "end"}


def test_the_page_shows_the_figures_of_rest(point, client_of, api_of):
    """The table of days, the data of its chart and REST agree; a torn day is said to be so."""
    alice, call = client_of("alice"), api_of("alice")
    told = call("GET", f"/api/v1/delivery_point/{point}/use?step=day").json["result"]
    rows = alice.get(f"/deliverypointview/days/{point}").json["rows"]
    assert [(r[0], r[1], r[5]) for r in rows] == [
        (one["start"], float(one["value"]), one["completeness"] == 1) for one in told
    ]
    table = _texts(_page(alice, point))
    assert ["04/06/2025", "144", "48 / 48", "mesurée"] in table or [
        "04/06/2025",
        "144,0",
        "48 / 48",
        "mesurée",
    ] in table
    assert any(
        row[0] == "05/06/2025" and row[2:] == ["1 / 48", "mesurée, incomplet"]
        for row in table
        if len(row) == 4
    )
    month = next(row for row in table if row and row[0] == "juin 2025")
    assert month[1] == "579"
    # Five days of a month that ran until the 5th: 4.02 of 5 days received.
    assert month[5] == "Incomplet"


def test_codes_are_words_on_the_page(point, client_of):
    table = _texts(_page(client_of("alice"), point))
    assert ["Courbe de charge", "30 min", "W", "total"] in table
    assert ["Courbe de charge", "1 h", "W", "total"] in table


def test_months_are_compared_with_the_same_months(app, tmp_path, client_of):
    """A year of 100 kWh a day, of which the year before knows two months, of 50 a day."""
    key = _point()
    first, last = date(2024, 1, 1), date(2025, 12, 31)
    rows = []
    for n in range((last - first).days + 1):
        on = date.fromordinal(first.toordinal() + n)
        if on.year == 2025:
            rows.append((on.strftime("%d/%m/%Y"), 100))
        elif on.month in (3, 4) or (on.month == 5 and on.day == 1):
            rows.append((on.strftime("%d/%m/%Y"), 50))
    _import(tmp_path, "jours.csv", _days(*rows))
    with job_session((1,), "user:1", readonly=True) as session:
        months = queries.compared_months(
            session, key, start=date(2025, 1, 1), end=date(2026, 1, 1), least=D("0.9")
        )
        same = queries.same_months(months)
    assert (same.months, same.now, same.before, same.change) == (2, 6100, 3050, 1)
    assert [c.change for c in months] == [None, None, 1, 1, *[None] * 8]
    table = _texts(_page(client_of("alice"), key))
    total = next(row for row in table if row and row[0] == "Total")
    assert [cell.replace("\u202f", " ").replace("\xa0", " ") for cell in total[1:4]] == [
        "36 500",
        "",
        "",
    ]
    both = next(row for row in table if row and row[0].startswith("2 mois connus"))
    assert [cell.replace("\u202f", " ").replace("\xa0", " ") for cell in both[1:4]] == [
        "6 100",
        "3 050",
        "+100,0 %",
    ]


def test_a_running_february_is_compared_with_as_many_days(app, tmp_path):
    """Ten kWh a day in both years: up to the 28th of a leap year, 280 beside 280."""
    key = _point()
    first, last = date(2023, 2, 1), date(2024, 2, 28)
    days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    _import(tmp_path, "jours.csv", _days(*((on.strftime("%d/%m/%Y"), 10) for on in days)))
    with job_session((1,), "user:1", readonly=True) as session:
        (month,) = queries.compared_months(
            session, key, start=date(2024, 2, 1), end=date(2024, 2, 29), least=D("0.9")
        )
    assert month.before is not None
    assert (month.month.value, month.before.value, month.change) == (280, 280, 0)


def test_nothing_is_compared_when_no_month_is_known_twice(app, tmp_path, client_of):
    key = _point()
    rows = [(f"{n:02}/06/2025", 100) for n in range(1, 31)]
    _import(tmp_path, "jours.csv", _days(*rows))
    with job_session((1,), "user:1", readonly=True) as session:
        months = queries.compared_months(
            session, key, start=date(2025, 6, 1), end=date(2025, 7, 1), least=D("0.9")
        )
        same = queries.same_months(months)
    assert (same.months, same.change) == (0, None)
    total = next(r for r in _texts(_page(client_of("alice"), key)) if r and r[0] == "Total")
    assert total[1].replace("\u202f", " ").replace("\xa0", " ") == "3 000"
    assert total[2:4] == ["", ""]


def test_a_suspect_reading_is_shown_and_counts_nowhere(app, tmp_path, client_of, api_of):
    key = _point()
    _import(tmp_path, "heures.csv", curve("2025-06-01", "2025-06-03", minutes=60))
    _import(
        tmp_path,
        "index.csv",
        _days(("01/06/2025", 5000), ("02/06/2025", 5150), ("03/06/2025", 10), title="Index (kWh)"),
    )
    with job_session((1,), "user:1") as session:
        series = next(s for s in queries.series_of(session, key) if s.quantity == "power")
        rows = session.query(Reading).filter_by(series_id=series.id).order_by(Reading.start_at)
        first, second = rows[0], rows[1]
        first.quality, second.quality = int(Quality.SUSPECT), int(Quality.REJECTED)
        session.flush()
        from energie.services.days import rebuild_days

        rebuild_days(session, series, [date(2025, 6, 1)])
    call, alice = api_of("alice"), client_of("alice")
    told = call("GET", "/api/v1/reading/?page_size=100").json["result"]
    words = {row["quality"] for row in told}
    assert words >= {"mesuree", "suspecte", "rejetee"}
    doubted = [row for row in told if row["quality"] == "suspecte"]
    assert {row["value"] for row in doubted} == {"6000.000", "10.000"}
    assert call("GET", f"/api/v1/reading/{doubted[0]['id']}").json["result"] == doubted[0]
    # The first of June lacks two hours of the curve: the index knows it whole.
    found = call("GET", f"/api/v1/delivery_point/{key}/use?step=day").json["result"]
    assert [(one["start"], one["value"]) for one in found] == [
        ("2025-06-01", "150.000"),
        ("2025-06-02", "144.000"),
    ]
    table = _texts(_page(alice, key))
    assert ["03/06/2025 00:00", "Index", "10 kWh", "suspecte"] in [
        [cell.replace("\xa0", " ") for cell in row[:4]] for row in table
    ]
    drawn = alice.get(f"/deliverypointview/curve/{key}?start=2025-06-01&last=2025-06-01").json
    assert len(drawn["rows"]) == 22
    assert [(at, kw, said) for at, kw, said in drawn["suspects"]] == [
        (drawn["midnights"][0] + 3_600_000, 6.0, "rejetée"),
        (drawn["midnights"][0], 6.0, "suspecte"),
    ]


def test_local_days_begin_at_local_midnight():
    """The 23-hour and the 25-hour day of 2025, in seconds."""
    spring = midnights(date(2025, 3, 29), date(2025, 4, 1))
    assert [b - a for a, b in zip(spring, spring[1:], strict=False)] == [86_400, 82_800, 86_400]
    autumn = midnights(date(2025, 10, 25), date(2025, 10, 28))
    assert [b - a for a, b in zip(autumn, autumn[1:], strict=False)] == [86_400, 90_000, 86_400]


def test_unit_codes_are_words():
    from energie.domain.unit_codes import unit_in_words

    told = {
        ("KWH", 5437): "kWh",
        ("MON", 1): "mois",
        ("H87", 1): "pièce",
        ("H87", 3): "pièces",
        ("MTQ", 12): "m³",
        ("DAY", 30): "jours",
        ("C62", D("1.5")): "unité",
        ("kwh", 1): "kWh",
        ("XYZ", 1): "XYZ",
        ("", 1): "",
    }
    assert {key: unit_in_words(*key) for key in told} == told


def test_a_format_is_named_in_words():
    from energie.domain.code_words import format_in_words

    told = {
        "enedis_r151": "Enedis R151",
        "grdf_json": "GRDF JSON",
        "tableau": "tableau",
        "enedis_soap_mois": "Enedis SOAP mois",
    }
    assert {code: format_in_words(code) for code in told} == told


def test_the_first_page_compares_the_months_that_both_years_know(app, tmp_path):
    """2025 whole at 100 a day, of 2024 only March and April, at 50; the ledger likewise."""
    key = _point()
    rows = [
        (date.fromordinal(n).strftime("%d/%m/%Y"), value)
        for first, end, value in (
            (date(2025, 1, 1), date(2026, 1, 1), 100),
            (date(2024, 3, 1), date(2024, 5, 1), 50),
        )
        for n in range(first.toordinal(), end.toordinal())
    ]
    _import(tmp_path, "jours.csv", _days(*rows))
    with job_session((1,), "user:1") as session:
        hall = session.get_one(DeliveryPoint, key).asset
        booked = ((date(2024, 3, 9), 100), (date(2025, 3, 9), 130), (date(2025, 7, 9), 500))
        for on, euros in booked:
            book_cost(
                session,
                hall,
                date_on=on,
                amount_ht_eur=D(euros),
                nature=CostNature.ENERGY,
                label="Essai",
                source_type="test",
                source_id=on.toordinal(),
            )
    with job_session((1,), "user:1", readonly=True) as session:
        use = home.year_use(session, date(2026, 1, 15))
        cost = home.year_cost(session, date(2025, 1, 1), date(2026, 1, 1))
    (line,) = use.kinds
    assert (line.now, line.before, line.points) == (6100, 3050, 1)
    assert (use.compared, use.whole, use.points) == (1, 0, 1)
    assert sorted(use.months) == [date(y, m, 1) for y in (2024, 2025) for m in (3, 4)]
    shown = [month["now"] for month in tiles._columns(use.months, use.start)]
    assert shown[:2] == ["inconnu"] * 2 and "kWh" in shown[2], "unknown is no zero"
    assert (cost.total, cost.now, cost.before, cost.months) == (630, 130, 100, 1)


def test_a_square_metre_is_named(app):
    from types import SimpleNamespace

    from energie.views.offers import by_area

    both = SimpleNamespace(heated_area_m2=D(1883), floor_area_m2=D(2140))
    told = by_area(both, D("39922.24")).replace("\xa0", " ").replace("\u202f", " ")
    assert told == "21,20 €/m² chauffé (1 883 m²)"
    floor = SimpleNamespace(heated_area_m2=None, floor_area_m2=D(2140))
    told = by_area(floor, D("39922.24")).replace("\xa0", " ").replace("\u202f", " ")
    assert told == "18,66 €/m² de plancher (2 140 m²)"
    assert by_area(SimpleNamespace(), D(1)) == ""
