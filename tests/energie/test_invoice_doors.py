"""Invoices by command, REST and screen: reasons in the report, answers of a person."""

import html
import io
import re
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import func, select

from base.desk.imports.command import import_file, print_report
from base.rules.rights.actors import job_session
from energie.models import DeliveryPoint, Invoice
from energie.services import invoices, points
from energie.services.invoices import Answers
from patrimoine.models import CostLine
from patrimoine.services import assets
from tests import engines
from tests.energie.deciding import amounts, receive
from tests.energie.samples import invoice

DAY = date(2025, 1, 1)
FAULTS_PRM = "01234567890123"


@pytest.fixture
def point(sqlite_app):
    """The id of the delivery point that the faults name."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=FAULTS_PRM, on=DAY).id


def ledger():
    with job_session((1,), "user:1", readonly=True) as session:
        return session.scalar(select(func.sum(CostLine.amount_ht_eur))) or D(0)


def states():
    with job_session((1,), "user:1", readonly=True) as session:
        rows = session.scalars(select(Invoice).order_by(Invoice.number))
        return {row.number: (row.state, row.waiting_reason) for row in rows}


def _said(report):
    out = io.StringIO()
    print_report(report, as_json=False, out=out)
    return out.getvalue().replace("\u00a0", " ")


def test_a_second_invoice_of_the_same_days_waits_by_import_and_is_confirmed_by_rest(
    point, tmp_path, sqlite_app, real_data
):
    elise = _elise(sqlite_app)
    with job_session((1,), "user:1") as session:
        hall = session.get(DeliveryPoint, point).asset_id
        from patrimoine.models import Asset

        other = points.create_point(
            session, session.get(Asset, hall), reference="99000000000300", on=DAY
        ).id
    first = tmp_path / "i0300.xml"
    first.write_bytes(
        invoice(number="I0300-202610", note="PRM 99000000000300", period=("20260901", "20261031"))
    )
    assert import_file("invoices", first, entity="A").created == 1
    path = real_data / "faults/invoices/e2e-chevauchement.xml"
    report = import_file("invoices", path, entity="A")
    # The VAT number of the file is an invented one: it is named and changes nothing.
    assert [told["code"] for told in report.warnings] == ["CHEVAUCHEMENT", "BT-31"]
    assert states()["E2E-0300-202610"] == ("waiting", "CHEVAUCHEMENT")
    found = elise(
        "GET", "/api/v1/invoice/?q=(filters:!((col:waiting_reason,opr:eq,value:CHEVAUCHEMENT)))"
    )
    (row,) = found.json["result"]
    assert (row["state"], row["period_start"], row["period_end"]) == (
        "waiting",
        "2026-10-01",
        "2026-10-31",
    )
    assert (row["prepaid_eur"], row["payable_eur"], row["replaces"]) == ("0.00", "1174.99", "")
    assert "I0300-202610" in row["waiting_sentence"]
    verb = f"/api/v1/invoice/{row['id']}"
    refused = elise("POST", f"{verb}/attach", json={"point_id": other})
    assert refused.status_code == 409, refused.json
    assert "CHEVAUCHEMENT" in refused.json["message"]
    assert refused.json["errors"] == {"waiting_reason": ["CHEVAUCHEMENT"]}
    bad = elise("POST", f"{verb}/attach", json={"point_id": other, "confirm": ["OUI"]})
    assert bad.status_code == 422
    done = elise("POST", f"{verb}/attach", json={"point_id": other, "confirm": ["CHEVAUCHEMENT"]})
    assert (done.status_code, done.json["result"]["state"]) == (200, "booked")
    assert "CHEVAUCHEMENT" in done.json["result"]["decision"]
    with job_session((1,), "user:1", readonly=True) as session:
        from base.store.models.history import Event

        kept = session.scalars(
            select(Event.changes).where(Event.changes.contains("confirmation (CHEVAUCHEMENT)"))
        ).all()
        assert kept
    detached = elise("POST", f"{verb}/detach", json={}).json["result"]
    assert (detached["state"], detached["point_id"]) == ("detached", None)


def _elise(app, kind="api"):
    from base.desk.accounts.making import create_user
    from tests import engines

    create_user("elise", engines.PASSWORD, roles=["Énergie"], entities=["A"], must_change=False)
    client = app.test_client()
    if kind == "screen":
        engines.sign_in(client, "elise")
        return client
    token = client.post(
        "/api/v1/security/login",
        json={"username": "elise", "password": engines.PASSWORD, "provider": "db"},
    ).json["access_token"]

    def call(method, url, **more):
        return client.open(url, method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    return call


def test_the_verbs_of_a_person_by_rest(point, real_data, sqlite_app):
    elise = _elise(sqlite_app)
    folder = real_data / "faults" / "invoices"
    for name in ("n3-proforma-325", "a2-solde-380", "g1-avoir-381-negatif"):
        import_file("invoices", folder / f"{name}.xml", entity="A")
    ids = {row["number"]: row["id"] for row in elise("GET", "/api/v1/invoice/").json["result"]}
    pro = f"/api/v1/invoice/{ids['PRO-1']}"
    assert (
        elise("POST", f"{pro}/attach", json={"point_id": point, "confirm": True}).status_code == 409
    )
    assert elise("POST", f"{pro}/refuse", json={}).status_code == 422
    done = elise("POST", f"{pro}/refuse", json={"reason": "Pro forma"})
    assert done.json["result"]["state"] == "refused"
    assert elise("POST", f"{pro}/resume", json={}).json["result"]["waiting_reason"] == "PROFORMA"
    settlement = f"/api/v1/invoice/{ids['SO-1']}"
    got = elise("GET", settlement).json["result"]
    assert (got["prepaid_eur"], got["payable_eur"]) == ("120.00", "1080.00")
    assert elise("POST", f"{settlement}/attach", json={"point_id": point}).status_code == 200
    import_file("invoices", folder / "a1-acompte-386.xml", entity="A")
    (deposit,) = elise(
        "GET", "/api/v1/invoice/?q=(filters:!((col:number,opr:eq,value:AC-1)))"
    ).json["result"]
    counted = elise(
        "POST", f"/api/v1/invoice/{deposit['id']}/deposit", json={"settlement_id": ids["SO-1"]}
    )
    assert counted.json["result"]["counted_by_id"] == ids["SO-1"]
    credit = f"/api/v1/invoice/{ids['AV-N']}"
    assert elise("POST", f"{credit}/attach", json={"point_id": point}).status_code == 409
    for answer, status in (("neither", 422), ("credit", 200)):
        body = {"point_id": point, "direction": answer}
        assert elise("POST", f"{credit}/attach", json=body).status_code == status
    assert ledger() == D(950)


def test_a_person_decides_on_the_screens(point, real_data, sqlite_app):
    from tests.energie.test_doors import _csrf

    client = _elise(sqlite_app, "screen")
    folder = real_data / "faults" / "invoices"
    for name in ("b1-siret", "g4-rectificative-384", "n7-tva-seule", "r10-periode-inverse"):
        import_file("invoices", folder / f"{name}.xml", entity="A")
    ids = {}
    with job_session((1,), "user:1", readonly=True) as session:
        for number in states():
            ids[number] = session.scalars(select(Invoice.id).where(Invoice.number == number)).one()
    listed = client.get("/invoiceview/list/?tab=waiting").get_data(as_text=True)
    assert "Rectificative" in listed and "Doublon" in listed and "DBL-1" not in listed
    page = f"/invoiceview/show/{ids['RECT-1']}"
    text = client.get(page).get_data(as_text=True)
    assert "elle remplace DBL-1" in text
    token = _csrf(client, page)
    form = {"csrf_token": token, "point_id": point, "replaces_id": ids["DBL-1"]}
    client.post(f"/invoiceview/attach/{ids['RECT-1']}", data=form)
    assert states()["DBL-1"] == ("detached", "") and ledger() == D(210)
    # The threads name the other invoice, by its number.
    thread = client.get(page).get_data(as_text=True)
    assert "Facture remplacée" in thread and "replaces" not in thread.split('id="h-thread"')[1]
    former = client.get(f"/invoiceview/show/{ids['DBL-1']}").get_data(as_text=True)
    assert "Comptée par" in former and "ounted" not in former.split('id="h-thread"')[1]
    # A turned period is confirmed with a tick, which the page asks for.
    page = f"/invoiceview/show/{ids['INV']}"
    assert 'value="PERIODE"' in client.get(page).get_data(as_text=True)
    form = {"csrf_token": token, "point_id": point}
    answer = client.post(f"/invoiceview/attach/{ids['INV']}", data=form, follow_redirects=True)
    asked = answer.get_data(as_text=True)
    assert 'value="PERIODE"' in asked and ledger() == D(210)
    assert "Répondez ci-dessous" in asked and asked.count("PERIODE") == 1
    client.post(f"/invoiceview/attach/{ids['INV']}", data={**form, "confirm": "PERIODE"})
    assert ledger() == D(239)
    decided = client.get(page).get_data(as_text=True)
    assert "confirmation (Période impossible)" in decided and "(PERIODE)" not in decided
    # Amounts of a list stand under each other.
    listed = client.get("/invoiceview/list/?tab=all").get_data(as_text=True)
    assert re.search(r'<td class="ov-num">[^<]*239,00|<td class="ov-num">252,00', listed)
    client.post(
        f"/invoiceview/refuse/{ids['DBL-2']}", data={"csrf_token": token, "reason": "Double"}
    )
    client.post(f"/invoiceview/detach/{ids['INV']}", data={"csrf_token": token})
    assert (states()["DBL-2"], states()["INV"], ledger()) == (
        ("refused", ""),
        ("detached", ""),
        D(210),
    )
    client.post(f"/invoiceview/resume/{ids['DBL-2']}", data={"csrf_token": token})
    assert states()["DBL-2"][0] == "waiting"
    for tab in ("detached", "refused", "all"):
        assert client.get(f"/invoiceview/list/?tab={tab}").status_code == 200
    csv = client.get("/invoiceview/export?tab=all&format=csv")
    assert csv.status_code in (200, 404)


def test_a_trial_tells_what_the_invoice_is_and_why_it_waits_once(point, real_data, sqlite_app):
    from tests.energie.test_doors import _csrf

    client = _elise(sqlite_app, "screen")
    page = "/imports/new/invoices"
    name = "a2-solde-380.xml"
    data = (real_data / "faults" / "invoices" / name).read_bytes()
    answer = client.post(
        page,
        data={"csrf_token": _csrf(client, page), "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    text = answer.get_data(as_text=True).replace("\u202f", " ").replace("\u00a0", " ")
    for said in (
        "CII EN 16931",
        "Montant TTC",
        "1 200,00 €",
        "Net à payer",
        "1 080,00 €",
        "Point de livraison",
        FAULTS_PRM,
        "Devient",
        "en attente",
    ):
        assert said in text, said
    assert text.count("Si vous l’imputez") == 1
    assert "Lesquelles, et pourquoi" not in text


def why(text):
    """The sentences of the card that says why an invoice waits."""
    card = text.partition('id="h-why"')[2].partition("</section>")[0]
    assert not card or "Pourquoi elle attend" in card or "À savoir avant" in card
    return [html.unescape(found) for found in re.findall(r"<li>(.*?)</li>", card)]


def test_an_invoice_taken_up_again_says_why_it_waits(point, sqlite_app):
    """Set aside without anything doubtful, then resumed; and freed by what counted it."""
    with job_session((1,), "user:1") as session:
        alone = receive(session, number="F-1", period=("20260101", "20260131"), **amounts("90"))
        invoices.detach_invoice(session, alone, on=date(2026, 11, 1))
        former = receive(session, number="F-2", period=("20260201", "20260228"), **amounts("80"))
        later = receive(session, number="F-3", period=("20260201", "20260228"), **amounts("85"))
        told = Answers(replaces=former, confirms_all=True)
        invoices.attach_invoice(session, later, session.get(DeliveryPoint, point), answers=told)
        keys = {row.number: row.id for row in (alone, former, later)}
    elise = _elise(sqlite_app, "screen")

    def post(verb, number, **form):
        token = engines.csrf(elise, f"/invoiceview/show/{keys[number]}")
        url = f"/invoiceview/{verb}/{keys[number]}"
        answer = elise.post(url, data={"csrf_token": token, **form}, follow_redirects=True)
        return answer.get_data(as_text=True)

    def page(number):
        return elise.get(f"/invoiceview/show/{keys[number]}").get_data(as_text=True)

    assert why(page("F-1")) == []
    post("refuse", "F-1", reason="Par erreur")
    post("resume", "F-1")
    assert states()["F-1"] == ("waiting", "REPRISE")
    assert why(page("F-1")) == ["Facture reprise après avoir été écartée."]
    assert "Comptée par la facture F-3" in page("F-2")
    assert "Elle remplace F-2" in page("F-3")
    post("detach", "F-3")
    freed = page("F-2")
    assert why(freed) == ["La facture F-3, qui comptait celle-ci, n’est plus imputée."]
    # The thread alone still tells what was decided.
    assert "Comptée par la facture" not in freed.split('id="h-thread"')[0]
    assert "Elle remplace F-2" not in page("F-3").split('id="h-thread"')[0]
    # Once booked there is nothing left to say.
    post("attach", "F-2", point_id=point)
    assert states()["F-2"] == ("booked", "") and why(page("F-2")) == []
