"""The real files through the command and through REST: what is stored is what they say."""

import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from base.desk.imports import Options
from base.desk.imports.command import import_file
from base.engine import jobs
from base.rules.rights.actors import job_session, system_session
from energie.domain.blocks import series_rows
from energie.imports.readings import Who, import_readings
from energie.imports.recognise import read_file
from energie.models import DeliveryPoint, Reading, Series
from energie.services import points
from patrimoine.services import assets
from tests.base.test_import_doors import upload
from tests.energie.real import shared
from tests.energie.real_values import BUILDINGS, ENERGY_FR, Values

#: The point of a file that names none.
OWN = "99000000000017"
ALICE = Who(1, (1,), "user:1")
#: Small files, by the other door too.
BY_REST = [
    name
    for name in ENERGY_FR
    if not name.startswith(("enedis_hdm_C4", "dataconnect")) and not name.endswith(".xlsx")
]


def _path(name: str) -> Path:
    return shared("real", "energy-fr" if name in ENERGY_FR else "energy-buildings", name)


def _make_points(expected: Values, energy_kind: str) -> None:
    """The delivery points that a file speaks of."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=date(2012, 1, 1))
        for reference in sorted({key[0] or OWN for key in expected}):
            points.create_point(
                session, hall, reference=reference, energy_kind=energy_kind, on=date(2012, 1, 1)
            )


def _stored() -> Values:
    """Every reading, by point, quantity and dial; a sum that the product makes has none."""
    found: Values = {}
    with system_session("tests", readonly=True) as session:
        rows = session.execute(
            select(
                DeliveryPoint.reference,
                Series.quantity,
                Series.register_code,
                Reading.start_at,
                Reading.value_milli,
            )
            .join(Series, Series.id == Reading.series_id)
            .join(DeliveryPoint, DeliveryPoint.id == Series.point_id)
        )
        for reference, quantity, code, at, milli in rows:
            key = (reference, str(quantity), str(code or ""))
            found.setdefault(key, {})[at] = milli
    return found


def _check(expected: Values) -> None:
    """The number of points, the first and last instants, the sums, then every value."""
    stored = _stored()
    for (reference, quantity, code), rows in expected.items():
        found = stored[reference or OWN, quantity, code]
        assert len(found) == len(rows)
        assert (min(found), max(found)) == (min(rows), max(rows))
        assert sum(found.values()) == sum(rows.values())
        assert found == rows


def _kind(name: str) -> str:
    return "gas" if name.startswith("grdf") else "electricity"


@pytest.mark.parametrize("name", ENERGY_FR)
def test_the_command_stores_what_the_file_says(app, name):
    path = _path(name)
    expected = ENERGY_FR[name](path)
    _make_points(expected, _kind(name))
    if any(not key[0] for key in expected):
        digest = sha256(path.read_bytes()).hexdigest()
        outcome = import_readings(
            path, label=name, digest=digest, who=ALICE, reference=OWN, pause=0
        )
        assert (outcome.applied, outcome.rejected) == (True, 0)
    else:
        report = import_file("readings", path, entity="A")
        assert (report.applied, report.rejected) == (True, 0)
        again = import_file("readings", path, entity="A")
        assert (again.created, again.updated, again.rejected) == (0, 0, 0)
    _check(expected)


@pytest.mark.parametrize("name", BY_REST)
def test_rest_stores_the_same(sqlite_app, sqlite_api_of, name):
    path = _path(name)
    expected = ENERGY_FR[name](path)
    _make_points(expected, _kind(name))
    call = sqlite_api_of("alice")
    given = call("POST", "/api/v1/import/readings", **upload(path.read_bytes(), name))
    assert given.status_code == 202, given.get_json()
    jobs.run(given.get_json()["job_id"])
    shown = call("GET", given.headers["Location"]).get_json()
    assert (shown["state"], shown["rejected"]) == ("applied", 0)
    _check(expected)


@pytest.mark.parametrize("name", BUILDINGS)
def test_tables_of_other_makers_hold_what_they_say(name):
    read, answers = BUILDINGS[name]
    expected = read(_path(name))
    told = answers if any(key[0] for key in expected) else {**answers, "reference": OWN}
    parsed = read_file(_path(name), name, Options(answers=told))
    assert parsed.rejected == 0
    found: Values = {}
    for block in parsed.blocks:
        rows = found.setdefault((block.reference, str(block.quantity), block.register or ""), {})
        for piece in series_rows(block):
            rows.update(zip(piece.starts, piece.values, strict=True))
    assert found == {(key[0] or OWN, *key[1:]): rows for key, rows in expected.items()}


#: Tables whose points have a reference of this country, or none: through the doors.
THROUGH = [name for name in BUILDINGS if "row-per-day" not in name]


@pytest.mark.parametrize("name", THROUGH)
@pytest.mark.parametrize("door", ["command", "rest"])
def test_the_doors_store_them(sqlite_app, sqlite_api_of, name, door):
    path = _path(name)
    read, answers = BUILDINGS[name]
    expected = read(path)
    told = answers if any(key[0] for key in expected) else {**answers, "reference": OWN}
    _make_points(expected, "electricity")
    if door == "command":
        report = import_file("readings", path, entity="A", options=Options(answers=told))
        assert (report.applied, report.rejected) == (True, 0)
    else:
        call = sqlite_api_of("alice")
        body = upload(path.read_bytes(), path.name, options=json.dumps(told))
        given = call("POST", "/api/v1/import/readings", **body)
        jobs.run(given.get_json()["job_id"])
        shown = call("GET", given.headers["Location"]).get_json()
        assert (shown["state"], shown["rejected"]) == ("applied", 0)
    _check(expected)


def test_two_files_of_one_meter_leave_one_truth(sqlite_app):
    """The history and the daily flow of one Linky: every shared instant is unchanged."""
    history = _path("enedis_hdm_C5_index_et_pmax.csv")
    _make_points(ENERGY_FR[history.name](history), "electricity")
    import_file("readings", history, entity="A")
    before = _stored()
    report = import_file("readings", _path("enedis_R151.xml"), entity="A")
    assert (report.created, report.updated) == (1, 0)
    key = ("99752124359718", "index", "TOTAL")
    assert {at: v for at, v in _stored()[key].items() if at in before[key]} == before[key]
