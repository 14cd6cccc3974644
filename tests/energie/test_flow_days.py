"""Two files of one meter must agree: indexes with the curve, one form of a curve with another."""

from datetime import date, datetime, timedelta
from hashlib import sha256

import pytest

from base.rules.rights.actors import job_session
from energie import queries
from energie.domain.blocks import series_rows
from energie.domain.days import utc_text
from energie.domain.kinds import Quantity, Stamp, Step
from energie.imports.readings import Who, import_readings
from energie.imports.recognise import read_file
from energie.services import points
from patrimoine.services import assets
from tests.energie.flow_samples import (
    PARIS,
    PRM,
    curve_file,
    days,
    half_hours,
    index_file,
    midnight,
    soap_points,
)
from tests.energie.samples import curve

ALICE = Who(1, (1,), "user:1")
FIRST, LAST = date(2024, 12, 20), date(2026, 1, 10)
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


def _read(tmp_path, text, name="fichier"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


@pytest.fixture
def point_of(app):
    """Makes the point of A that has a reference; its id."""

    def make(reference=PRM):
        with job_session((1,), "user:1") as session:
            hall = assets.create(session, "building", entity_id=1, name="Mairie", on=FIRST)
            return points.create_point(session, hall, reference=reference, on=FIRST).id

    return make


def _import(tmp_path, text, name):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    digest = sha256(path.read_bytes()).hexdigest()
    at = datetime(2026, 2, 1, 8, tzinfo=PARIS)
    return import_readings(path, label=name, digest=digest, who=ALICE, at=at, pause=0)


def _uses(point_id, quantity):
    """Local day → Wh used, of the series of one quantity."""
    with job_session((1,), "user:1", readonly=True) as session:
        series = [s for s in queries.series_of(session, point_id) if s.quantity == quantity]
        assert len(series) == 1
        found = queries.point_days(session, series[0].point_id, start=FIRST, end=LAST)
        return {day.on: round(day.value * 1000) for day in found}


def _indexes(powers, start=5_000_000):
    """The index (Wh) at the beginning of each day, added up from the half hours by hand."""
    found, wh = {}, start
    by_day = {}
    for at, power in powers.items():
        day = datetime.fromtimestamp(at, PARIS).date()
        by_day[day] = by_day.get(day, 0) + power // 2
    for day in days(FIRST, LAST):
        found[day] = wh
        wh += by_day[day]
    return found, by_day


@pytest.mark.parametrize("hours", ["23 0", "0 1"])
def test_daily_indexes_agree_with_the_curve_on_every_day(tmp_path, hours):
    """A year with both clock changes: the local date of the stamp is the day of its index."""
    powers = half_hours(FIRST, LAST)
    indexes, _used = _indexes(powers)
    parsed = _read(tmp_path, index_file(indexes, FIRST, LAST, hours))
    (block,) = parsed.blocks
    assert parsed.rejected == 0
    assert dict(zip(block.stamps, block.values, strict=True)) == {
        midnight(day): index for day, index in indexes.items()
    }
    assert any("à 0 h de leur date" in note for note in parsed.notes)


def test_the_first_row_says_nothing_of_the_others(tmp_path):
    """A file asked for from the day before its first row is not shifted."""
    indexes = {date(2025, 1, 24): 100, date(2025, 1, 25): 150, date(2025, 7, 1): 900}
    parsed = _read(tmp_path, index_file(indexes, date(2025, 1, 23), LAST, "0 1"))
    assert [utc_text(at) for at in parsed.blocks[0].stamps] == [
        "2025-01-23T23:00Z",
        "2025-01-24T23:00Z",
        "2025-06-30T22:00Z",
    ]


def test_the_autumn_day_stamped_twice_is_one_index(tmp_path):
    """Adding 24 hours gives two stamps to the day of 25 hours, with one index."""
    text = index_file(
        {AUTUMN - timedelta(1): 1, AUTUMN: 2, AUTUMN + timedelta(1): 3}, AUTUMN, LAST, "23 0"
    )
    twice = f"{AUTUMN}T00:00:00+02:00;Arrêté quotidien;2;;;;;;;;;;2;;;;2\n"
    parsed = _read(tmp_path, text.replace("Periode;", twice + "Periode;"))
    (block,) = parsed.blocks
    assert (parsed.rejected, list(block.values)) == (0, [1, 2, 3])
    assert any("répétée" in note for note in parsed.notes)
    torn = _read(tmp_path, text.replace("Periode;", twice.replace(";2", ";7") + "Periode;"))
    assert torn.rejected == 1


def test_an_index_read_in_the_day_keeps_its_hour(tmp_path):
    text = index_file({date(2025, 5, 1): 10}, date(2025, 5, 1), LAST, "23 0")
    more = "2025-05-03T14:37:00+02:00;Relevé;12;;;;;;;;;;12;;;;12\n"
    (block,) = _read(tmp_path, text.replace("Periode;", more + "Periode;")).blocks
    assert [utc_text(at) for at in block.stamps] == ["2025-04-30T22:00Z", "2025-05-03T12:37Z"]


def test_the_days_of_indexes_are_those_of_the_curve(tmp_path, point_of):
    """In the database, on both engines: 385 days and the two clock changes are all equal."""
    powers = half_hours(FIRST, LAST)
    indexes, used = _indexes(powers)
    point = point_of()
    _import(tmp_path, curve_file(powers, FIRST, LAST), "courbe.csv")
    _import(tmp_path, index_file(indexes, FIRST, LAST, "23 0"), "index.csv")
    from_curve, from_index = _uses(point, "power"), _uses(point, "index")
    assert from_curve == used
    last = LAST - timedelta(days=1)  # its end has no index
    assert {d: v for d, v in from_index.items() if d < last} == {
        d: v for d, v in used.items() if d < last
    }
    assert {SPRING, AUTUMN} <= from_index.keys()


def test_daily_peaks_keep_their_own_times(tmp_path):
    text = index_file({date(2025, 5, 1): 10}, date(2025, 5, 1), LAST, "23 0").split("Periode")[0]
    text += (
        "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
        "Grandeur metier;Etape metier;Unite\n"
        f"{PRM};Puissance maximale quotidienne;28/03/2025;31/03/2025;"
        "Puissance maximale atteinte;Consommation;Comptage Brut;W\nHorodate;Valeur\n"
        "2025-03-29T23:59:30+01:00;4100\n2025-03-30T00:00:00+01:00;\n"
        "2025-03-30T03:00:10+02:00;5200\n2025-10-26T02:30:00+01:00;6300\n"
    )
    peaks = _read(tmp_path, text).blocks[1]
    assert (peaks.quantity, peaks.empties) == (Quantity.PEAK_POWER, 1)
    assert [utc_text(at) for at in peaks.stamps] == [
        "2025-03-29T22:59Z",
        "2025-03-30T01:00Z",
        "2025-10-26T01:30Z",
    ]


def _ten_minutes(first="2022-01-05", last="2022-01-12"):
    """Stamp → watts, by ten minutes, as a curve of a site above 36 kVA has them."""
    opens = midnight(date.fromisoformat(first))
    closes = midnight(date.fromisoformat(last))
    return {
        datetime.fromtimestamp(at, PARIS): 5000 + (at // 600) % 91 * 130
        for at in range(opens, closes, 600)
    }


def _history(values, opens="05/01/2022", closes="12/01/2022"):
    lines = curve().splitlines()
    head = [
        lines[0],
        f"{PRM};Courbe de charge;{opens};{closes};Energie active;Consommation;Comptage Brut;;",
        "Horodate;Valeur",
    ]
    return "\n".join(head + [f"{at.isoformat()};{power}" for at, power in values.items()]) + "\n"


@pytest.mark.parametrize("version", [2, 3])
def test_two_forms_of_a_large_site_are_one_curve(tmp_path, point_of, version):
    """The history file, then the SOAP answer of the same days: 1 008 values, all unchanged."""
    values = _ten_minutes()
    shape = "{:%Y-%m-%dT%H:%M:%S.000+01:00}" if version == 2 else "{:%Y-%m-%d %H:%M:%S}"
    answer = soap_points(
        "PA",
        "W",
        [(shape.format(at), str(power)) for at, power in values.items()],
        step="PT10M",
        version=version,
    )
    point_of()
    first = _import(tmp_path, _history(values), "hdm.csv")
    second = _import(tmp_path, answer, "soap.xml")
    assert (first.created, second.created, second.updated, second.unchanged) == (1008, 0, 0, 1008)


def test_a_part_of_a_large_site_is_of_starts_too(tmp_path):
    """From the middle of one day to that of another, nothing but the step tells."""
    values = list(_ten_minutes().items())[100:900]
    text = soap_points(
        "PA", "W", [(at.isoformat(), str(power)) for at, power in values], step="PT10M"
    )
    (block,) = _read(tmp_path, text).blocks
    assert (block.convention, block.stamps[0]) == (Stamp.START, int(values[0][0].timestamp()))


def test_a_curve_that_begins_without_a_value_is_not_shifted(tmp_path):
    """The first rows of a site above 36 kVA are empty: its stamps mark starts all the same."""
    values = {
        at: ("" if n in (0, 1007) else power)
        for n, (at, power) in enumerate(_ten_minutes().items())
    }
    (block,) = _read(tmp_path, _history(values)).blocks
    assert (block.convention, block.empties) == (Stamp.START, 2)
    assert utc_text(block.stamps[0]) == "2022-01-04T23:10Z"


@pytest.mark.parametrize("version", [2, 3])
def test_a_curve_of_a_small_site_is_of_ends(tmp_path, version):
    """SOAP PT30M of a C5 site goes from 00:30 to 00:00, as its R50 flow does."""
    opens, closes = date(2022, 3, 26), date(2022, 3, 29)
    powers = half_hours(opens, closes)
    shown = [datetime.fromtimestamp(at + 1800, PARIS) for at in powers]
    stamps = [f"{at.isoformat()}" if version == 2 else f"{at:%Y-%m-%d %H:%M:%S}" for at in shown]
    text = soap_points(
        "PA",
        "W",
        zip(stamps, map(str, powers.values()), strict=True),
        step="PT30M",
        period=("2022-03-26", "2022-03-29"),
        version=version,
    )
    (block,) = _read(tmp_path, text).blocks
    (rows,) = series_rows(block)
    assert (block.convention, rows.step) == (Stamp.END, Step.MIN_30)
    assert dict(zip(rows.starts, rows.values, strict=True)) == {
        at: power * 1000 for at, power in powers.items()
    }
