"""Areas that cannot be are refused at every door, with the bound in the sentence.

By hand: a parcel has at most 100 km², which are 100 000 000 m²; a building, and what is inside,
at most a square kilometre, 1 000 000 m²; none less than nothing.
"""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from base.basics.errors import InvalidInput
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from patrimoine.models import Asset, Building, Parcel
from tests import engines
from tests.factories.interventions import building

BUILT = "1000000.01", "au plus 1 000 000 m²"
PARCEL = "100000000.01", "au plus 100 000 000 m²"
#: Resource -> its areas, with what is beyond and its bound.
AREAS = {
    "building": (("floor_area_m2", "heated_area_m2", "usable_area_m2"), BUILT),
    "room": (("room_area_m2",), BUILT),
    "parcel": (("area_m2",), PARCEL),
}
OWN = {"parcel": {"cadastral_id": "91216000AB0037"}}


def plain(words):
    return re.sub(r"\s", " ", words)


@pytest.mark.parametrize("kind", AREAS)
def test_programs_and_people_are_told_the_bound(sqlite_api_of, sqlite_client_of, kind):
    alice, desk = sqlite_api_of("alice"), sqlite_client_of("alice")
    names, (beyond, bound) = AREAS[kind]
    good = {"name": "Bien", **OWN.get(kind, {})}
    for name in names:
        for value, words in ((beyond, bound), ("-0.01", "au moins 0 m²")):
            answer = alice("POST", f"/api/v1/{kind}/", json={**good, name: value})
            assert answer.status_code == 422, (name, value)
            assert set(answer.get_json()["errors"]) == {name}
            assert words in plain(answer.get_json()["message"])
            page = f"/{kind}view/add"
            typed = {**good, name: value.replace(".", ","), "status": "in_service"}
            answer = desk.post(page, data={**typed, "csrf_token": engines.csrf(desk, page)})
            assert answer.status_code in (409, 422), (name, value)
            assert words in plain(answer.text)
    most = {name: beyond.replace(".01", "") for name in names}
    made = alice("POST", f"/api/v1/{kind}/", json={**good, **most})
    assert made.status_code == 201, made.get_json()
    answer = alice(
        "PUT",
        f"/api/v1/{kind}/{made.get_json()['id']}",
        json={names[0]: beyond},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 422 and set(answer.get_json()["errors"]) == {names[0]}


@pytest.mark.parametrize(
    ("column", "beyond"), [("surface", "1000000,01"), ("surface chauffée", "-1")]
)
def test_a_file_of_assets_is_told_the_bound(sqlite_app, tmp_path, column, beyond):
    path = tmp_path / "f.csv"
    path.write_text(f"code;nom;nature;{column}\nB;Halle;Bâtiment;{beyond}\n", encoding="utf-8")
    report = import_file("assets", path, entity="A")
    assert (report.applied, report.rejected) == (False, 1)
    assert "n’est pas entre 0 et 1000000" in plain(report.errors[0]["reason"])


@pytest.mark.parametrize(("area", "taken"), [(100_000_001, 0), (1e10, 0), (100_000_000, 1)])
def test_a_map_of_parcels_is_told_the_bound(sqlite_app, tmp_path, area, taken):
    path = tmp_path / "parcelles.json"
    properties = {"id": "91216000AB0037", "contenance": area}
    one = {"type": "Feature", "geometry": None, "properties": properties}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}), encoding="utf-8")
    report = import_file("parcels", path, entity="A")
    assert (report.created, report.rejected) == (taken, 1 - taken)
    if not taken:
        assert "au plus 100 000 000 m²" in plain(report.errors[0]["reason"])


def test_an_area_that_stood_before_blocks_no_other_change(sqlite_api_of, sqlite_client_of):
    alice, desk = sqlite_api_of("alice"), sqlite_client_of("alice")
    made = alice("POST", "/api/v1/building/", json={"name": "Halle"}).get_json()["id"]
    with system_session("tests") as session:
        session.core(update(Building.__table__).values(floor_area_m2=Decimal("2000000.00")))
    path = f"/api/v1/building/{made}"
    body = {"name": "Grande halle", "floor_area_m2": "2000000.00"}
    assert alice("PUT", path, json=body, headers={"If-Match": "*"}).status_code == 200
    row = alice("GET", path).get_json()["result"]
    page = f"/buildingview/edit/{made}"
    typed = {"name": "Halle neuve", "code": row["code"], "floor_area_m2": "2000000,00"}
    typed |= {"status": "in_service", "version": str(row["version"])}
    answer = desk.post(page, data={**typed, "csrf_token": engines.csrf(desk, page)})
    assert answer.status_code == 302, plain(answer.text)
    assert alice("GET", path).get_json()["result"]["name"] == "Halle neuve"


def test_a_date_that_stood_before_blocks_no_other_change(sqlite_session):
    """As a form gives its values back: the same date is no change of it."""
    session = sqlite_session
    row = building(session, 1)
    session.core(update(Asset.__table__).values(acquired_on=date(2099, 1, 1)))
    session.expire_all()
    row.name, row.acquired_on = "Halle", date(2099, 1, 1)
    assert row.acquired_on == date(2099, 1, 1)
    session.flush()


def test_the_flush_refuses_what_no_door_asked(sqlite_session):
    session = sqlite_session
    row = building(session, 1)
    row.usable_area_m2 = Decimal("1000000.01")
    with pytest.raises(InvalidInput) as fault:
        session.flush()
    assert set(fault.value.errors) == {"usable_area_m2"}
    session.rollback()
    assert session.scalars(select(Parcel)).all() == []
