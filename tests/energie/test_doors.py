"""Resources and screens: wiring, rights, scope."""

import io
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from sqlalchemy import select

from base.rules.rights.actors import job_session
from energie.imports.invoice_files import read_invoice
from energie.imports.readings import Who, import_readings
from energie.models import Invoice
from energie.services import invoices, points
from patrimoine.services import assets
from tests.energie.samples import PRM, curve, invoice

DAY = date(2025, 1, 1)
MIDNIGHT = int(datetime(2025, 3, 28, 23, tzinfo=UTC).timestamp())


@pytest.fixture
def seeded(sqlite_app, tmp_path):
    """A point of A with a curve, and a waiting invoice; ids by name."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        point = points.create_point(session, hall, reference=PRM, on=DAY)
        bill = invoices.receive_invoice(
            session, read_invoice(invoice(note="Contrat 7")), entity_id=1
        )
        found = {"hall": hall.id, "point": point.id, "bill": bill.id, "folder": tmp_path}
    path = tmp_path / "courbe.csv"
    path.write_text(curve(), encoding="utf-8")
    import_readings(
        path,
        label=path.name,
        digest=sha256(path.read_bytes()).hexdigest(),
        who=Who(1, (1,), "user:1"),
        pause=0,
    )
    return found


def test_a_point_and_its_meter_are_made_by_rest(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    body = {"asset_id": seeded["hall"], "reference": "99000000000025", "category": "C5"}
    made = call("POST", "/api/v1/delivery_point/", json=body)
    assert made.status_code == 201, made.json
    assert made.json["result"]["energy_kind"] == "electricity"
    listed = call("GET", "/api/v1/meter/").json["result"]
    assert [m["serial_number"] for m in listed] == [PRM, "99000000000025"]
    again = call("POST", "/api/v1/delivery_point/", json=body)
    assert again.status_code == 409
    wrong = call("POST", "/api/v1/delivery_point/", json={**body, "reference": "1E13"})
    assert "tableur" in wrong.json["message"]


def test_readings_are_read_by_series_and_instant(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    series = call("GET", "/api/v1/series/").json["result"][0]
    page = call("GET", f"/api/v1/reading/?series_id={series['id']}&page_size=2").json
    assert page["ids"] == [f"{series['id']}:{MIDNIGHT}", f"{series['id']}:{MIDNIGHT + 600}"]
    one = call("GET", f"/api/v1/reading/{page['ids'][0]}").json["result"]
    assert (one["value"], one["unit"], one["quality"]) == ("6000.000", "W", "mesuree")
    q = f"(filters:!((col:series_id,opr:eq,value:{series['id']})),page:1,page_size:400)"
    second = call("GET", f"/api/v1/reading/?q={q}").json
    assert (len(second["ids"]), second["count"], second["next"]) == (26, 426, None)
    found, path = [], f"/api/v1/reading/?series_id={series['id']}&page_size=50"
    while path is not None:
        page = call("GET", path).json
        found, path = [*found, *page["ids"]], page["next"]
    assert len(found) == len(set(found)) == 426
    for bad in ("x", "1", "1:2:3", f"{series['id']}:5", f"{'9' * 30}:1"):
        assert call("GET", f"/api/v1/reading/{bad}").status_code == 404
    assert call("GET", "/api/v1/reading/?series_id=x").status_code == 422
    assert call("GET", "/api/v1/reading/?q=(").status_code == 400


def test_readings_of_another_authority_are_not_there(seeded, sqlite_api_of):
    chloe = sqlite_api_of("chloe")
    assert chloe("GET", "/api/v1/reading/").json["result"] == []
    assert chloe("GET", f"/api/v1/reading/1:{MIDNIGHT}").status_code == 404
    assert chloe("GET", "/api/v1/meter/").json["result"] == []
    assert chloe("GET", f"/api/v1/invoice/{seeded['bill']}").status_code == 404
    assert chloe("POST", "/api/v1/reading_batch/1/undo", json={}).status_code == 404
    rows = {"point_id": seeded["point"], "unit": "W", "step": "10min", "rows": [[0, 1]]}
    assert chloe("POST", "/api/v1/reading/batch", json=rows).status_code == 422


def test_readings_are_written_as_a_batch(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    start = int(datetime(2025, 6, 1, 22, tzinfo=UTC).timestamp())
    body = {
        "point_id": seeded["point"],
        "quantity": "power",
        "unit": "kW",
        "step": "30min",
        "rows": [[start, "2.5"], [start + 1800, 3, "estimee"]],
    }
    headers = {"Idempotency-Key": "lot-1"}
    first = call("POST", "/api/v1/reading/batch", json=body, headers=headers)
    assert first.status_code == 200, first.json
    assert (first.json["created"], first.json["updated"]) == (2, 0)
    assert call("POST", "/api/v1/reading/batch", json=body, headers=headers).json == first.json
    again = call("POST", "/api/v1/reading/batch", json=body)
    assert (again.json["created"], again.json["unchanged"]) == (0, 2)
    one = call("GET", f"/api/v1/reading/{first.json['series_id']}:{start}").json["result"]
    assert (one["value"], one["unit"]) == ("2500.000", "W")
    undone = call("POST", f"/api/v1/reading_batch/{first.json['batch_id']}/undo", json={})
    assert undone.json["result"]["state"] == "undone"
    gone = call("GET", f"/api/v1/reading/{first.json['series_id']}:{start}")
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"rows": []},
        {"rows": "x"},
        {"rows": [[1]]},
        {"rows": [["a", 1]]},
        {"rows": [[1, "abc"]]},
        {"rows": [[1, 1e300]]},
        {"rows": [[-5, 1]]},
        {"rows": [[1, 1], [1, 2]]},
        {"rows": [[1, 1, "parfaite"]]},
        {"unit": "BTU"},
        {"step": "7min"},
        {"point_id": 10**30},
        {"point_id": None},
    ],
)
def test_bad_batches_are_refused_whole(seeded, sqlite_api_of, change):
    call = sqlite_api_of("alice")
    body = {"point_id": seeded["point"], "unit": "W", "step": "10min", "rows": [[600, 1]]} | change
    answer = call("POST", "/api/v1/reading/batch", json=body)
    assert answer.status_code in (409, 422), answer.json
    assert answer.json["message"]


def test_an_invoice_is_attached_and_detached_by_rest(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    finance = f"/api/v1/invoice/{seeded['bill']}"
    assert call("GET", finance).json["result"]["state"] == "waiting"
    assert call("POST", f"{finance}/attach", json={}).status_code == 403
    with job_session((1,), "user:1") as session:
        invoices.attach_invoice(
            session, session.get(Invoice, seeded["bill"]), _point(session, seeded["point"])
        )
    assert call("GET", finance).json["result"]["state"] == "booked"


def _point(session, point_id):
    from energie.models import DeliveryPoint

    return session.get(DeliveryPoint, point_id)


def test_screens_answer_and_stay_in_their_scope(seeded, sqlite_client_of):
    alice, chloe, anyone = (sqlite_client_of(n) for n in ("alice", "chloe", None))
    pages = [
        "/deliverypointview/list/",
        f"/deliverypointview/show/{seeded['point']}",
        "/deliverypointview/add",
        "/invoiceview/list/",
        "/invoiceview/list/?tab=waiting",
        f"/invoiceview/show/{seeded['bill']}",
        "/readingbatchview/list/",
        "/readingbatchview/show/1",
    ]
    for page in pages:
        assert alice.get(page).status_code == 200, page
        assert anyone.get(page).status_code in (302, 401, 403), page
    for page in (pages[1], pages[5], pages[7]):
        assert chloe.get(page).status_code == 404, page
    for name in ("days", "curve"):
        assert chloe.get(f"/deliverypointview/{name}/{seeded['point']}").status_code == 404


def test_the_charts_get_their_values(seeded, sqlite_client_of):
    alice = sqlite_client_of("alice")
    days = alice.get(f"/deliverypointview/days/{seeded['point']}").json
    assert days["unit"] == "kWh"
    assert days["rows"][1] == ["2025-03-30", 138.0, 138, 138, "mesurée", True]
    curve_of = alice.get(
        f"/deliverypointview/curve/{seeded['point']}?start=2025-03-30&last=2025-03-30"
    ).json
    assert (len(curve_of["rows"]), curve_of["unit"]) == (138, "kW")
    assert curve_of["rows"][0][1:] == [6.0, True]
    assert curve_of["days"] == [["2025-03-30", 6.0, 6.0, 6.0, 138, 138, 138]]
    year = alice.get(
        f"/deliverypointview/curve/{seeded['point']}?start=2024-04-01&last=2025-03-31"
    ).json
    assert (year["by"], len(year["days"])) == ("day", 3)
    assert alice.get(f"/deliverypointview/days/{seeded['point']}?start=abc").status_code != 500
    far = alice.get(f"/deliverypointview/days/{seeded['point']}?start=0001-01-01&last=9999-12-31")
    assert far.status_code == 200


def test_a_curve_given_to_the_api_becomes_a_job(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    data = {"file": (io.BytesIO(curve("2025-06-01", "2025-06-02").encode()), "juin.csv")}
    answer = call("POST", "/api/v1/import/readings", data=data, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.json


def test_an_invoice_given_to_the_api_is_received(seeded, sqlite_api_of):
    call = sqlite_api_of("alice")
    data = {"file": (io.BytesIO(invoice(number="F-2")), "facture.xml")}
    answer = call("POST", "/api/v1/import/invoices", data=data, content_type="multipart/form-data")
    assert answer.status_code in (200, 403), answer.json


def _csrf(client, page):
    import re

    text = client.get(page).get_data(as_text=True)
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text).group(1)


def test_a_waiting_file_is_attached_by_a_job(seeded, sqlite_client_of):
    from sqlalchemy import select

    from base.store.models.jobs import JobRun
    from energie.imports.readings import PointUnknown

    path = seeded["folder"] / "inconnu.csv"
    path.write_text(curve("2025-07-01", "2025-07-02", prm="99000000000033"), encoding="utf-8")
    with pytest.raises(PointUnknown):
        import_readings(path, label=path.name, digest="e" * 64, who=Who(1, (1,), "user:1"))
    alice = sqlite_client_of("alice")
    picked = alice.get("/invoiceview/choices/point?q=mairie").json
    row = {"value": str(seeded["point"]), "text": f"{PRM} · Mairie", "aside": "Mairie"}
    assert picked == [row]
    page = "/readingbatchview/show/2"
    token = _csrf(alice, page)
    answer = alice.post(
        "/readingbatchview/attach/2", data={"csrf_token": token, "point_id": seeded["point"]}
    )
    assert answer.status_code == 302
    with job_session((1,), "user:1", readonly=True) as session:
        (found,) = session.scalars(select(JobRun)).all()
        assert found.kind == "energie.attach_readings"


def test_a_curve_and_an_invoice_are_given_on_screen(seeded, sqlite_app):
    from base.desk.accounts.making import create_user
    from tests import engines

    create_user("elise", engines.PASSWORD, roles=["Énergie"], entities=["A"], must_change=False)
    elise = sqlite_app.test_client()
    engines.sign_in(elise, "elise")
    for kind, name, content in (
        ("readings", "juin.csv", curve("2025-06-01", "2025-06-02").encode()),
        ("invoices", "facture.xml", invoice(number="F-9")),
    ):
        page = f"/imports/new/{kind}"
        token = _csrf(elise, page)
        answer = elise.post(
            page,
            data={"csrf_token": token, "file": (io.BytesIO(content), name)},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert answer.status_code == 200, (kind, answer.status_code)
        where = answer.request.path
        done = elise.post(f"{where}/apply", data={"csrf_token": token}, follow_redirects=True)
        assert done.status_code == 200, (kind, where)
    with job_session((1,), "user:1", readonly=True) as session:
        known = {(row.supplier_key, row.number) for row in session.scalars(select(Invoice))}
        assert ("123456782", "F-9") in known


def test_the_energy_of_an_asset_costs_the_same_for_one_point_or_ten(seeded, sqlite_app):
    from sqlalchemy import event

    from base.store.database import db
    from energie.views.offers import asset_section
    from patrimoine.models import Asset

    def statements():
        seen = []

        def count(connection, cursor, statement, *rest):
            seen.append(statement)

        with (
            sqlite_app.test_request_context("/"),
            job_session((1,), "user:1", readonly=True) as session,
        ):
            event.listen(db.engine, "before_cursor_execute", count)
            try:
                found = asset_section(session, session.get(Asset, seeded["hall"]))
            finally:
                event.remove(db.engine, "before_cursor_execute", count)
        return len(seen), found

    one, found = statements()
    assert found["points"][0].use.startswith("426")
    with job_session((1,), "user:1") as session:
        hall = session.get(Asset, seeded["hall"])
        for number in range(9):
            points.create_point(session, hall, reference=f"9900000000010{number}", on=DAY)
    ten, found = statements()
    assert len(found["points"]) == 10
    assert ten == one
