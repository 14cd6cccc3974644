"""Values that are written well and are wrong: through the command, REST and the batch of readings.

Right answers are worked out here, by hand, beside each file.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817

import pytest

from base.basics import clock
from base.desk.imports.command import run
from base.rules.rights.actors import job_session
from energie import queries
from energie.domain.quality import label_of
from energie.models import DailyUse, DeliveryPoint, Reading, Series

BASES = ("base-points.csv", "base-points-2.csv", "base-points-3.csv", "base-points-4.csv")
FLAT = "01000000000001"


@pytest.fixture
def points(app, real_data):
    """The small register that the files speak of."""
    folder = real_data / "faults" / "readings"
    if not folder.is_dir():
        pytest.skip("faults/readings est absent")
    assert run("assets", str(folder / "base-biens.csv"), entity="A") == 0
    for name in BASES:
        assert run("meters", str(folder / name), entity="A") == 0
    return folder


def _run(capsys, path, *, partial=False, dry_run=False, **answers):
    """The exit code, the JSON of the last line, and what was said beside it."""
    capsys.readouterr()
    given = [f"{key}={value}" for key, value in answers.items()]
    code = run(
        "readings",
        str(path),
        entity="A",
        partial=partial,
        dry_run=dry_run,
        as_json=True,
        answers=given,
    )
    said = capsys.readouterr()
    return code, json.loads(said.out.strip().splitlines()[-1]), said.err


def _kept(reference, **wanted):
    """Day → value and quality of what is stored of a point."""
    with job_session((1,), "user:1", readonly=True) as session:
        rows = session.execute(
            _of(reference, Reading.start_at, Reading.value_milli, Reading.quality, **wanted)
        ).all()
    return {
        datetime.fromtimestamp(at + 7200, UTC).date(): (D(milli) / 1000, label_of(quality))
        for at, milli, quality in rows
    }


def _of(reference, *what, **wanted):
    from sqlalchemy import select

    statement = (
        select(*what)
        .join(Series, Series.id == Reading.series_id)
        .join(DeliveryPoint, DeliveryPoint.id == Series.point_id)
        .where(DeliveryPoint.reference == reference)
        .order_by(Reading.start_at)
    )
    return statement.where(*(getattr(Series, k) == v for k, v in wanted.items()))


def _months(reference):
    """Month → sum of the days that count, by itself from the rows of days."""
    from sqlalchemy import select

    found = {}
    with job_session((1,), "user:1", readonly=True) as session:
        rows = session.execute(
            select(DailyUse.day_on, DailyUse.value)
            .join(Series, Series.id == DailyUse.series_id)
            .join(DeliveryPoint, DeliveryPoint.id == Series.point_id)
            .where(DeliveryPoint.reference == reference)
        ).all()
    for day, value in rows:
        found[day.month] = found.get(day.month, D(0)) + value
    return found


def _write(tmp_path, text, name="essai.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _for(tmp_path, source, reference):
    """A file of the faults, for a point of the register."""
    text = source.read_text(encoding="utf-8")
    first = text.splitlines()[1].split(";")[0]
    return _write(tmp_path, text.replace(first, reference), source.name)


def test_french_thousands(points, tmp_path, capsys):
    code, found, _err = _run(capsys, _for(tmp_path, points / "pd3.csv", FLAT))
    assert (code, found["created"]) == (0, 3)
    assert [value for value, _q in _kept(FLAT).values()] == [950, D("1234.5"), 1300]
    (total,) = found["totals"]
    assert (total["sum"], total["min"], total["max"], total["count"]) == (
        "3484.5",
        "950",
        "1300",
        3,
    )
    assert (total["first_on"], total["last_on"]) == ("2025-06-01", "2025-06-03")
    other = "01000000000002"
    code, found, _err = _run(capsys, _for(tmp_path, points / "nb2.csv", other))
    assert code == 0
    assert [value for value, _q in _kept(other).values()] == [D("12345.6"), D("13456.7")]
    assert found["totals"][0]["sum"] is None
    # 1 111,1 kWh from the first of January to the first of February.
    assert _months(other) == {1: D("1111.1")}


def test_a_trial_shows_what_it_would_write(points, tmp_path, capsys):
    path = _for(tmp_path, points / "pd3.csv", FLAT)
    code, found, _err = _run(capsys, path, dry_run=True)
    assert (code, found["created"], found["applied"]) == (0, 3, False)
    assert [row["changes"]["value"] for row in found["sample"]] == [
        ["", "950 kWh"],
        ["", "1\u00a0234,5 kWh"],
        ["", "1\u00a0300 kWh"],
    ]
    assert [row["row"] for row in found["sample"]] == [2, 3, 4]
    assert _kept(FLAT) == {}
    _run(capsys, path)
    changed = _write(tmp_path, f"PRM;Date;Consommation (kWh)\n{FLAT};01/06/2025;951\n")
    _code, found, _err = _run(capsys, changed, dry_run=True)
    assert [row["changes"]["value"] for row in found["sample"]] == [["950 kWh", "951 kWh"]]
    capsys.readouterr()
    assert run("readings", str(changed), entity="A", dry_run=True) == 0
    said = capsys.readouterr().out
    assert "950 kWh → 951 kWh" in said
    # The days and the numbers of the sum are written as everywhere else.
    assert "du 01/06/2025 au 01/06/2025, de 951 à 951 kWh, somme 951 kWh." in said


def test_a_trial_of_meters_refuses_the_numbers_that_the_import_would(points, tmp_path, capsys):
    meters = (
        "Référence;N° d’inventaire du bâtiment;N° de compteur\n"
        "21000000000071;BAT-1;C-71\n21000000000072;BAT-1;C-71\n21000000000073;BAT-1;\n"
    )
    path = _write(tmp_path, meters, "compteurs.csv")
    capsys.readouterr()
    assert run("meters", str(path), entity="A", dry_run=True) == 1
    assert "Ligne 3\u00a0: Le compteur C-71 est déjà à la ligne 2." in capsys.readouterr().out
    assert run("meters", str(path), entity="A", partial=True) == 0
    assert "rejetées\u00a0: 1." in capsys.readouterr().out
    # On another point, the number of a meter that the register has.
    other = _write(tmp_path, meters.splitlines()[0] + "\n21000000000074;BAT-1;C-71\n", "encore.csv")
    assert run("meters", str(other), entity="A", dry_run=True) == 1
    assert (
        "Ligne 2\u00a0: N° de série C-71\u00a0: déjà sur «\u00a0Compteur C-71\u00a0»"
        in capsys.readouterr().out
    )
    # The same file again: its own meters are not in its way.
    assert run("meters", str(path), entity="A", partial=True) == 0


def test_english_thousands_are_asked(points, capsys):
    code, found, err = _run(capsys, points / "e23-mille.csv")
    assert code == 1 and "decimal=" in err and "1.234" in err and found["created"] == 0
    # What is copied from the sentence is not copied with its full stop.
    assert found["errors"][0]["reason"].endswith("--option 'decimal=,' ou --option 'decimal=.'.")
    code, found, _err = _run(capsys, points / "e23-mille.csv", decimal=",")
    assert (code, found["totals"][0]["sum"]) == (0, "4231")  # 1 234 + 987 + 2 010


def test_negative_and_absurd_values_are_suspect(points, capsys):
    code, found, _err = _run(capsys, points / "e09-negatif.csv")
    assert (code, found["created"], found["suspect"]) == (0, 3, 2)
    assert [warning["row"] for warning in found["warnings"]] == [2, 4]
    assert [quality for _v, quality in _kept("01234567890123").values()] == [
        "suspecte",
        "mesuree",
        "suspecte",
    ]
    assert _months("01234567890123") == {3: D(11)}
    again = _run(capsys, points / "e09-negatif.csv")[1]
    assert (again["created"], again["unchanged"]) == (0, 3)


@pytest.mark.parametrize(
    ("title", "good", "bad"),
    [
        ("Index (kWh)", "10", "-10"),
        ("Puissance (kW)", "10", "-10"),
        ("Puissance (kW)", "10", "99999"),
        ("Consommation (MWh)", "0,5", "99999,5"),
    ],
)
def test_every_quantity_has_its_bounds(points, tmp_path, capsys, title, good, bad):
    rows = [f"{FLAT};01/06/2025 0{n}:00;{cell}" for n, cell in enumerate((good, bad, good))]
    path = _write(tmp_path, "\n".join([f"PRM;Date;{title}", *rows]))
    code, found, _err = _run(capsys, path)
    assert (code, found["suspect"], found["warnings"][0]["row"]) == (0, 1, 3)


def test_what_is_ahead_of_today_is_refused_with_its_line(points, tmp_path, capsys):
    code, found, err = _run(capsys, points / "e22-futur.csv")
    assert (code, [bad["row"] for bad in found["errors"]]) == (1, [2, 3])
    assert "2099" in found["errors"][0]["reason"] and "Rien n’a été importé" in err
    today = clock.today()
    rows = [
        f"{FLAT};{day:%d/%m/%Y};{n}"
        for n, day in enumerate((today, today + timedelta(days=1), date(1899, 12, 30)))
    ]
    path = _write(tmp_path, "\n".join(["PRM;Date;kWh", *rows]))
    assert [bad["row"] for bad in _run(capsys, path)[1]["errors"]] == [3, 4]
    # A curve of ends may close today, at midnight of tomorrow.
    tomorrow = today + timedelta(days=1)
    hours = [f"{FLAT};{today:%d/%m/%Y} {h:02d}:00;1" for h in range(1, 24)]
    text = "\n".join(["PRM;Date;kWh", *hours, f"{FLAT};{tomorrow:%d/%m/%Y} 00:00;1"])
    code, found, _err = _run(capsys, _write(tmp_path, text, "courbe.csv"))
    assert (code, found["created"], found["rejected"]) == (0, 24, 0)


def test_an_index_that_jumps_is_suspect(points, capsys):
    code, tried, _err = _run(capsys, points / "e34-saut-9kva.csv", dry_run=True)
    code, found, _err = _run(capsys, points / "e34-saut-9kva.csv")
    assert (code, found["suspect"], found["warnings"][0]["row"]) == (0, 1, 4)
    assert tried["warnings"] == found["warnings"]
    # The rows and the sums that are shown say the same as the warning.
    for told in (tried, found):
        qualities = [row["changes"]["quality"][1] for row in told["sample"]]
        assert qualities == ["mesurée", "mesurée", "suspecte"]
        (total,) = told["totals"]
        assert (total["suspect"], total["min"], total["max"]) == (1, "54321", "54330")
    assert "99\u00a0998" in found["warnings"][0]["reason"]
    assert [q for _v, q in _kept("01000000000090").values()] == ["mesuree", "mesuree", "suspecte"]
    assert _months("01000000000090") == {2: D(9)}


def test_a_jump_needs_no_subscribed_power_to_be_seen(points, tmp_path, capsys):
    """10, 12 and 11 a day, then 3,000 in a day; what follows goes on from before it."""
    rows = [(1, 1000), (2, 1010), (3, 1022), (4, 1033), (5, 4033), (6, 1055), (7, 1066)]
    text = "\n".join(["PRM;Date;Index (kWh)", *(f"{FLAT};0{d}/02/2024;{v}" for d, v in rows)])
    _code, found, _err = _run(capsys, _write(tmp_path, text))
    assert [warning["row"] for warning in found["warnings"]] == [6]
    # Nothing around the slip; the last day is known.
    assert _months(FLAT) == {2: D(10 + 12 + 11 + 11)}


def test_after_a_meter_change_the_next_period_is_kept(points, capsys):
    code, found, _err = _run(capsys, points / "e35-compteur-remplace-mensuel.csv")
    assert (code, found["suspect"], found["warnings"][0]["row"]) == (0, 1, 4)
    assert "remplacé" in found["warnings"][0]["reason"]
    # January 54,830 - 54,321; February is the change; March 520 - 2; April 1,040 - 520.
    assert _months("01000000000091") == {1: D(509), 3: D(518), 4: D(520)}


def test_the_day_after_a_replacement_is_kept(points, tmp_path, capsys):
    rows = [(1, 99985), (2, 99990), (3, 4), (4, 10), (5, 17)]
    text = "\n".join(["PRM;Date;Index (kWh)", *(f"{FLAT};0{d}/02/2024;{v}" for d, v in rows)])
    _code, found, _err = _run(capsys, _write(tmp_path, text))
    # 5, then unknown (a change or a rollover that nobody told), then 6 and 7.
    assert _months(FLAT)[2] in (D(5 + 6 + 7), D(5 + 14 + 6 + 7))
    assert found["created"] == 5


def test_units_of_titles_and_months_in_words(points, capsys):
    code, found, _err = _run(capsys, points / "e25-titre-consommation-mwh.csv")
    assert code == 0
    assert [v for v, _q in _kept("01234567890123", step="day").values()] == [1234, 500]
    code, found, _err = _run(capsys, points / "e12-mois-texte.csv")
    assert (code, found["created"]) == (0, 3)
    with job_session((1,), "user:1", readonly=True) as session:
        months = (
            session.execute(_of("01234567890123", Reading.value_milli, step="month"))
            .scalars()
            .all()
        )
    assert [D(m) / 1000 for m in months] == [1234, 1100, 1050]


def test_a_worse_quality_gives_its_reason_each_time(points, tmp_path, capsys):
    files = [_for(tmp_path, points / name, FLAT) for name in ("pi1.csv", "pi2.csv", "pi3.csv")]
    assert [_run(capsys, path)[0] for path in files[:2]] == [0, 0]
    answers = [_run(capsys, files[2]) for _time in range(2)]
    for code, found, err in answers:
        assert (code, found["rejected"], found["applied"]) == (1, 1, False)
        (bad,) = found["errors"]
        assert bad["row"] == 2
        for words in ("1\u00a0400 kWh", "estimée", "1\u00a0560 kWh", "mesurée"):
            assert words in bad["reason"], bad
        assert "Rien n’a été importé" in err
    assert _kept(FLAT)[date(2025, 2, 1)] == (1560, "mesuree")
    more = files[2].read_text(encoding="utf-8") + f"{FLAT};01/04/2025;2400;Mesuré\n"
    path = _write(tmp_path, more, "pi4.csv")
    assert _run(capsys, path)[0] == 1
    first, second = (_run(capsys, path, partial=True) for _time in range(2))
    assert (first[0], first[1]["created"], first[1]["rejected"]) == (0, 1, 1)
    assert (second[0], second[1]["unchanged"], second[1]["rejected"]) == (0, 1, 1)
    assert second[1]["errors"] == first[1]["errors"]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("eau", "Consommation (kWh)"),
        ("eau", "Puissance (kW)"),
        ("eau", "Index (kWh)"),
        ("électricité", "Volume (m3)"),
        ("électricité", "Index (m3)"),
        ("gaz", "Volume (litre)"),
        ("chaleur", "Volume (litre)"),
    ],
)
def test_an_energy_has_its_units(points, tmp_path, capsys, kind, title):
    meters = f"Référence;N° d’inventaire du bâtiment;Énergie\nPOINT-77;BAT-1;{kind}\n"
    if kind in ("gaz", "électricité"):
        meters = meters.replace("POINT-77", "21000000000077")
    reference = "POINT-77" if "POINT-77" in meters else "21000000000077"
    assert run("meters", str(_write(tmp_path, meters, "point.csv")), entity="A") == 0
    path = _write(tmp_path, f"Point;Date;{title}\n{reference};01/02/2025;10\n")
    code, found, err = _run(capsys, path)
    assert (code, found["rejected"]) == (1, 1)
    assert "ne sont pas des relevés du point" in found["errors"][0]["reason"]
    assert found["errors"][0]["row"] == 2 and "Rien n’a été importé" in err
    assert _kept(reference) == {}


def test_rows_of_the_batch_answer_alike(points, api_of):
    call = api_of("alice")
    with job_session((1,), "user:1", readonly=True) as session:
        point = queries.point_by_reference(session, FLAT, entity_id=1).id
    start = int(datetime(2025, 6, 1, 22, tzinfo=UTC).timestamp())
    body = {"point_id": point, "quantity": "energy", "unit": "kWh", "step": "day"}
    days = [start + n * 86_400 for n in range(4)]
    first = call(
        "POST",
        "/api/v1/reading/batch",
        json=body | {"rows": [[days[0], 5], [days[1], -5], [days[2], "999999999"]]},
    )
    assert first.status_code == 200, first.json
    assert (first.json["created"], first.json["suspect"]) == (3, 2)
    assert [warning["row"] for warning in first.json["warnings"]] == [2, 3]
    worse = call(
        "POST",
        "/api/v1/reading/batch",
        json=body | {"rows": [[days[0], 4, "estimee"], [days[3], 7]]},
    )
    assert (worse.json["created"], worse.json["rejected"]) == (1, 1)
    assert worse.json["errors"][0]["row"] == 1 and "mesurée" in worse.json["errors"][0]["reason"]
    ahead = int((datetime.now(UTC) + timedelta(days=3)).timestamp())
    for change, words in (
        ({"rows": [[days[0], 1], [ahead, 1]]}, "Relevé 2"),
        ({"rows": [[days[0], 1]], "unit": "m3", "quantity": "volume"}, "ne sont pas des relevés"),
        ({"rows": [[days[0], 1]], "quantity": "power"}, "ne se compte pas"),
        ({"rows": [[days[0], 1]], "step": "irregular"}, "step"),
        ({"rows": [[days[1], 1]], "step": "month"}, "premier"),
    ):
        refused = call("POST", "/api/v1/reading/batch", json=body | change)
        assert refused.status_code == 422 and words in refused.json["message"], refused.json
    index = {"point_id": point, "quantity": "index", "unit": "kWh"}
    rows = [[days[0], 100], [days[1], 110], [days[2], 120], [days[3], 90_000]]
    jump = call("POST", "/api/v1/reading/batch", json=index | {"rows": rows})
    assert (jump.json["suspect"], jump.json["warnings"][0]["row"]) == (1, 4)
