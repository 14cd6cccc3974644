"""Declared verbs of energy at their doors: the desk and programs; and the exchange of a meter."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from hashlib import sha256

import pytest
from sqlalchemy import select

from base.rules.rights.actors import job_session
from energie import queries
from energie.imports.readings import Who, import_readings
from energie.models import DeliveryPoint, Invoice, Meter, Register
from energie.services import points
from patrimoine.services import assets
from tests.energie.deciding import FAULTS_PRM, amounts, receive
from tests.energie.samples import PRM
from tests.engines import csrf

DAY = date(2019, 5, 2)
#: Routes that act on what the module has and that no declaration makes, with why.
BY_HAND = {"ReadingApi.batch": "readings by thousands, of no record that is there before"}
EVERY = {"add", "edit", "delete", "message", "action", "action_post", "post", "put", "patch"}


def test_every_verb_of_the_module_is_declared(sqlite_app):
    seen = {
        rule.endpoint
        for rule in sqlite_app.url_map.iter_rules()
        if "POST" in rule.methods
        for view in sqlite_app.appbuilder.baseviews
        if rule.endpoint.startswith(f"{view.endpoint}.")
        and type(view).__module__.startswith("energie.")
        and rule.endpoint.partition(".")[2] not in EVERY
        and not hasattr(getattr(type(view), rule.endpoint.partition(".")[2]), "declared")
    }
    assert seen == set(BY_HAND)


def test_the_resource_says_what_each_verb_takes(sqlite_client_of):
    said = sqlite_client_of("alice").get("/api/v1/_openapi").get_json()["paths"]

    def takes(path):
        told = said[f"/api/v1/{path}"]["post"]
        assert told["responses"]["200"]["content"]
        return told["requestBody"]["content"]["application/json"]["schema"]

    attach = takes("invoice/{pk}/attach")
    assert attach["required"] == ["point_id"]
    assert set(attach["properties"]) == set(
        "point_id confirm direction replaces_id replaces_none deposit_ids".split()
    )
    assert attach["properties"]["deposit_ids"]["items"]["type"] == "integer"
    exchange = takes("delivery_point/{pk}/replace_meter")
    assert exchange["required"] == ["serial_number", "on"]
    assert exchange["properties"]["digits"]["type"] == "integer"
    assert takes("invoice/{pk}/refuse")["required"] == ["reason"]
    assert takes("delivery_point/{pk}/allocate")["required"] == ["asset_id"]


# --- the exchange of a meter ---------------------------------------------------------------------


@pytest.fixture
def read_point(sqlite_app, tmp_path):
    """A point of A whose dial was read from 1 to 5 January 2025, ten kilowatt-hours a day."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        key = points.create_point(session, hall, reference=PRM, on=DAY).id
    path = tmp_path / "index.csv"
    lines = [f"{PRM};2025-01-0{n};{4990 + 10 * n}" for n in range(1, 6)]
    path.write_text("\n".join(["PRM;Date;Index (kWh)", *lines]) + "\n", encoding="utf-8")
    import_readings(
        path,
        label=path.name,
        digest=sha256(path.read_bytes()).hexdigest(),
        who=Who(1, (1,), "user:1"),
        pause=0,
    )
    return key


def meters(key):
    with job_session((1,), "user:1", readonly=True) as session:
        return [
            (m.serial_number, m.installed_on, m.removed_on, m.removal_index, m.install_index)
            for m in queries.meters_of(session, key)
        ]


def test_a_meter_is_replaced_on_the_page_of_its_point(read_point, sqlite_client_of):
    alice = sqlite_client_of("alice")
    page = f"/deliverypointview/show/{read_point}"
    assert "Remplacer le compteur" in alice.get(page).get_data(as_text=True)
    answer = alice.post(
        f"/deliverypointview/replace_meter/{read_point}",
        data={
            "csrf_token": csrf(alice, page),
            "serial_number": "NEUF-1",
            "on": "2025-01-06",
            "removal_index": "5 049,5",
            "install_index": "12",
            "digits": "5",
        },
        follow_redirects=True,
    )
    assert "Le compteur NEUF-1 est en place." in answer.get_data(as_text=True)
    assert meters(read_point) == [
        ("NEUF-1", date(2025, 1, 6), None, None, D(12)),
        (PRM, None, date(2025, 1, 6), D("5049.5"), None),
    ]
    assert "Remplacer le compteur" not in sqlite_client_of("bob").get(page).get_data(as_text=True)
    # Both indexes are told, and the old meter is in service no more.
    table = re.search(r'id="h-meters".*?</table>', alice.get(page).text, re.DOTALL)[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")[2:]]
    shown = [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in rows]
    assert shown == [
        ["NEUF-1", "06/01/2025", "12", "en place", ""],
        [PRM, "inconnu", "inconnu", "06/01/2025", "5 049,5"],
    ]
    assert equipment() == {"NEUF-1": "in_service", PRM: "disposed"}


def test_a_coefficient_is_never_lost_with_the_meter_that_had_it(read_point, sqlite_api_of):
    """Forty times too little would be counted, and nobody told."""
    with job_session((1,), "user:1") as session:
        for dial in session.scalars(select(Register)):
            dial.coefficient = D(40)
    path = f"/api/v1/delivery_point/{read_point}/replace_meter"
    body = {"serial_number": "NEUF-1", "on": "2025-01-06", "removal_index": "5050"}
    refused = sqlite_api_of("alice")("POST", path, json=body)
    assert refused.status_code == 409 and "le coefficient 40" in refused.json["message"]
    assert refused.json["errors"].keys() == {"coefficient"}
    done = sqlite_api_of("alice")("POST", path, json={**body, "coefficient": "1"})
    assert done.status_code == 200, done.json


def equipment():
    with job_session((1,), "user:1", readonly=True) as session:
        return {m.serial_number: m.asset.status for m in session.scalars(select(Meter))}


def test_a_meter_that_a_program_takes_away_leaves_the_inventory_and_comes_back(
    read_point, sqlite_api_of
):
    call = sqlite_api_of("alice")
    (meter,) = call("GET", "/api/v1/meter/").json["result"]
    path = f"/api/v1/meter/{meter['id']}"
    for on, status in (("2025-01-06", "disposed"), (None, "in_service")):
        answer = call("PUT", path, json={"removed_on": on}, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.json
        assert call("GET", path).json["result"]["removed_on"] == on
        assert equipment() == {PRM: status}


def test_a_meter_is_replaced_by_a_program(read_point, sqlite_api_of):
    call = sqlite_api_of("alice")
    path = f"/api/v1/delivery_point/{read_point}/replace_meter"
    body = {"serial_number": "NEUF-1", "on": "2025-01-06", "removal_index": "5045"}
    assert sqlite_api_of("chloe")("POST", path, json=body).status_code == 404
    done = call("POST", path, json=body)
    assert done.status_code == 200, done.json
    assert call("GET", f"/api/v1/meter/{done.json['meter_id']}").json["result"]["point_id"] == (
        read_point
    )
    again = call("POST", path, json=body)
    assert again.status_code == 409 and "NEUF-1" in again.json["message"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        # Read on 4 and 5 January as the old dial would be: the new one was not there.
        ({"on": "2025-01-03"}, 409, "on"),
        ({"on": "2031-01-01"}, 422, "on"),
        ({"on": "hier"}, 422, "on"),
        # The old dial had 5 040 on the 5th: it neither fell nor leapt within a day.
        ({"removal_index": "4000"}, 409, "removal_index"),
        ({"removal_index": "504000"}, 409, "removal_index"),
        ({"removal_index": "-1"}, 409, "removal_index"),
        ({"install_index": "1000000"}, 409, "install_index"),
        ({"digits": 4, "install_index": "10000"}, 409, "install_index"),
        ({"digits": 40}, 409, None),
        ({"digits": "six"}, 422, "digits"),
        ({"coefficient": "0"}, 409, None),
        ({"serial_number": PRM}, 409, None),
        ({"serial_number": ""}, 422, "serial_number"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_and_changes_nothing(
    read_point, sqlite_api_of, change, status, field
):
    body = {"serial_number": "NEUF-1", "on": "2025-01-06"} | change
    answer = sqlite_api_of("alice")(
        "POST", f"/api/v1/delivery_point/{read_point}/replace_meter", json=body
    )
    assert answer.status_code == status, answer.json
    assert answer.json["message"]
    assert field is None or field in answer.json["errors"], answer.json
    assert meters(read_point) == [(PRM, None, None, None, None)]


def test_an_exchange_told_late_agrees_with_what_was_read_since(read_point, sqlite_api_of, tmp_path):
    path = tmp_path / "neuf.csv"
    path.write_text(f"PRM;Date;Index (kWh)\n{PRM};2025-01-07;35\n", encoding="utf-8")
    import_readings(path, label=path.name, digest="c" * 64, who=Who(1, (1,), "user:1"), pause=0)
    call = sqlite_api_of("alice")
    url = f"/api/v1/delivery_point/{read_point}/replace_meter"
    body = {"serial_number": "NEUF-1", "on": "2025-01-06", "removal_index": "5050"}
    above = call("POST", url, json={**body, "install_index": "36"})
    assert above.status_code == 409 and "on" in above.json["errors"]
    assert "07/01/2025 (35 kWh)".replace(" k", "\u202fk") in above.json["message"].replace(
        "\u00a0", "\u202f"
    )
    assert call("POST", url, json={**body, "install_index": "20"}).status_code == 200
    with job_session((1,), "user:1", readonly=True) as session:
        days = queries.point_days(session, read_point, start=DAY, end=date(2026, 1, 1))
        # Ten a day; then 10 on the old dial and 15 on the new one over two days.
        assert [day.value for day in days] == [D(10)] * 4 + [D("12.5")] * 2


def test_the_indexes_of_an_exchange_are_in_the_unit_of_the_dial_and_of_no_time_class(
    sqlite_app, tmp_path
):
    """A flow in Wh: 5 000 000, then 60 000 on a dial that came with the old one at 5 030 kWh."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        key = points.create_point(session, hall, reference=PRM, on=DAY).id
    path = tmp_path / "index.csv"
    path.write_text(
        f"PRM;Date;Index (Wh)\n{PRM};2025-01-01;5000000\n{PRM};2025-01-03;60000\n", "utf-8"
    )
    import_readings(path, label=path.name, digest="d" * 64, who=Who(1, (1,), "user:1"), pause=0)
    with job_session((1,), "user:1") as session:
        row = session.get(DeliveryPoint, key)
        points.replace_meter(
            session, row, serial_number="NEUF-1", on=date(2025, 1, 2), removal_index=D(5030)
        )
    with job_session((1,), "user:1", readonly=True) as session:
        days = queries.point_days(session, key, start=DAY, end=date(2026, 1, 1))
        assert [day.value for day in days] == [D(45), D(45)]


# --- the answers of an invoice ------------------------------------------------------------------


def test_the_form_says_that_an_invoice_replaces_none(sqlite_app, sqlite_client_of):
    """Whatever former one the form proposes; and an empty list of deposits is an answer."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        point = points.create_point(session, hall, reference=FAULTS_PRM, on=DAY).id
        first = receive(session, number="F-1", **amounts("100")).id
        other = receive(session, number="F-2", period=("20250801", "20250831"), **amounts("90"))
        other.state, other.type_code, key = "waiting", "384", other.id
    from base.desk.accounts.making import create_user
    from tests import engines

    create_user("elise", engines.PASSWORD, roles=["Énergie"], entities=["A"], must_change=False)
    elise = sqlite_app.test_client()
    engines.sign_in(elise, "elise")
    page = f"/invoiceview/show/{key}"
    form = {"csrf_token": csrf(elise, page), "point_id": point, "replaces_id": first}
    answer = elise.post(
        f"/invoiceview/attach/{key}",
        data={**form, "replaces_none": "1", "deposit_ids": "", "confirm": ["CHEVAUCHEMENT"]},
    )
    assert answer.status_code == 302
    with job_session((1,), "user:1", readonly=True) as session:
        row = session.get(Invoice, key)
        assert (row.state, row.replaces_id) == ("booked", None), row.waiting_sentence
        assert row.decision.startswith("Elle ne remplace aucune facture. Elle ne solde aucun")
        assert session.get(Invoice, first).state == "booked"
