"""One piece of data, from the scan of a tag to the report, each door being the one people use."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from base.engine.jobs import run as do_job
from base.rules.rights.actors import job_session, system_session
from interventions import services as work
from interventions.models import Agent, Item, Store
from patrimoine.services import create, issue_tag
from reports.models import ReportRun
from tests.reports.town import NOW

TODAY = date(2026, 11, 23)


@pytest.fixture
def boiler(app):
    """A tagged boiler in a school, an agent with a rate, a store with a part; the tag's token."""
    with job_session((1,), "user:2", "test") as session:
        on = date(2020, 1, 1)
        school = create(session, "building", entity_id=1, code="BAT-1", name="Tilleuls", on=on)
        asset = create(
            session, "equipment", entity_id=1, code="EQP-1", name="Chaudière", on=on, parent=school
        )
        agent = Agent(entity_id=1, code="AG-1", last_name="A", first_name="Bob")
        store = Store(entity_id=1, code="MAG", name="Magasin")
        item = Item(entity_id=1, code="ROB", name="Robinet", vat_rate=Decimal("20"))
        session.add_all([agent, store, item])
        session.flush()
        work.set_rate(session, agent, valid_from=date(2020, 1, 1), hourly_rate_eur=Decimal("32.40"))
        work.receive(
            session, store, item, quantity=Decimal(5), unit_cost_eur=Decimal("14.90"), date_on=on
        )
        return issue_tag(session, asset, at=NOW).token, asset.id, agent.id, item.id


def test_from_the_scan_to_the_report(app, boiler, client_of, api_of):
    token, asset_id, agent_id, item_id = boiler
    # 1. The scan: the agent sees the asset, a stranger of another authority does not.
    assert "EQP-1" in client_of("alice").get(f"/t/{token}", follow_redirects=True).get_data(
        as_text=True
    )
    # 2. and 3. A work order is opened there and gets its number.
    alice = api_of("alice")
    opened = alice(
        "POST", "/api/v1/work_order/", json={"asset_id": asset_id, "title": "Fuite au robinet"}
    )
    assert opened.status_code == 201, opened.get_json()
    order = opened.get_json()["id"]
    here = f"/api/v1/work_order/{order}"
    assert alice("POST", f"{here}/start").status_code == 200
    # 4. Each verb books its line at once: 81,00; 29,80 + 5,96; 180,00 + 36,00.
    for sub, body in (
        ("labour", {"agent_id": agent_id, "hours": "2.50", "date_on": "2026-11-23"}),
        ("part", {"item_id": item_id, "quantity": "2", "date_on": "2026-11-23"}),
        (
            "expense",
            {
                "supplier": "Thermique du Val",
                "label": "Réglage",
                "amount_ht_eur": "180.00",
                "vat_rate": "20",
                "date_on": "2026-11-23",
            },
        ),
    ):
        answer = alice("POST", f"{here}/{sub}", json=body)
        assert answer.status_code in (200, 201), (sub, answer.get_json())
    # 5. Finishing freezes the cost.
    assert alice("POST", f"{here}/finish").status_code == 200
    assert alice("POST", f"{here}/validate").status_code == 200
    # 6. and 7. A report is asked for, a worker makes it, its total is the sum by hand.
    asked = alice(
        "POST",
        "/api/v1/report_run/",
        json={
            "code": "cost",
            "format": "csv",
            "params": {"start": "2026-01-01", "end": "2027-01-01", "asset": "BAT-1"},
        },
    ).get_json()["id"]
    with system_session("test", readonly=True) as session:
        job_id = session.query(ReportRun).filter_by(id=asked).one().job_id
    do_job(job_id)
    done = alice("GET", f"/api/v1/report_run/{asked}").get_json()["result"]
    assert done["state"] == "done", done
    with alice("GET", done["document_url"]) as answer:
        text = answer.data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["Nature"] for row in rows] == ["Main-d’œuvre", "Pièces", "Fournisseurs"]
    assert {row["Pièce"] for row in rows} == {"INT-2026-00001"}
    amounts = [Decimal(row["Net, €"].replace(",", ".")) for row in rows]
    assert amounts == [Decimal("81.00"), Decimal("35.76"), Decimal("216.00")]
    assert sum(amounts) == Decimal("332.76")
