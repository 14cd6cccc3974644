"""Invoices by command, REST and screen: ZIPs, reasons in the report, answers of a person."""

import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import func, select

from base.imports.command import import_file, print_report
from base.rights.actors import job_session
from energie.models import DeliveryPoint, Invoice
from energie.services import points
from patrimoine.models import CostLine
from patrimoine.services import assets
from tests.energie.samples import factur_x, invoice

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


def _zip(path, members, **kwargs):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _said(report):
    out = io.StringIO()
    print_report(report, as_json=False, out=out)
    return out.getvalue().replace("\u00a0", " ")


def test_a_bad_member_is_a_rejected_line(point, real_data):
    path = real_data / "faults/invoices/zip-une-facture-refusee.zip"
    refused = import_file("invoices", path, entity="A")
    assert (refused.applied, refused.total, refused.rejected) == (False, 2, 1)
    assert states() == {}
    report = import_file("invoices", path, entity="A", partial=True)
    assert (report.applied, report.created, report.rejected) == (True, 1, 1)
    (error,) = report.errors
    assert error["row"] == 2 and error["reason"].startswith("note.txt : ")
    assert list(states()) == ["BON-1"]
    (told,) = report.summary()["warnings"]
    assert (told["row"], told["label"], told["code"]) == (
        1,
        "BON-1 · Fournisseur Essai",
        "POINT_INCONNU",
    )
    assert "Ligne 1 (BON-1 · Fournisseur Essai) : La facture ne cite aucun PRM" in _said(report)


def test_what_a_system_adds_is_passed_over_and_said_once(point, real_data):
    report = import_file("invoices", real_data / "faults/invoices/z-mac.zip", entity="A")
    assert (report.total, report.created, report.rejected) == (1, 1, 0)
    (note,) = report.summary()["notes"]
    assert note == (
        "Laissés de côté, vides ou ajoutés par le système : __MACOSX/._ok.xml, .DS_Store."
    )
    assert _said(report).count("Laissés de côté") == 1


def test_every_kind_of_bad_member_leaves_the_others(point, tmp_path, monkeypatch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.xml", invoice())
    path = _zip(
        tmp_path / "tout.zip",
        {
            "a.xml": invoice(note=f"PRM {FAULTS_PRM}"),
            "b/": b"",
            "b/vide.xml": b"",
            "Thumbs.db": b"\x00\x01",
            "c.zip": inner.getvalue(),
            "d.xml": inner.getvalue(),
            "e.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
            "f.xml": b"<x" + b" " * 3_000_000,
            "g.pdf": b"%PDF-1.7 abime",
            "h.xml": b"\x00" * 40,
            "../sorti.xml": b"<x/>",
        },
    )
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("i.xml", b" " * 2_000_000)
    # A password is told by a flag of the entry.
    data = bytearray(path.read_bytes())
    at = data.rindex(b"h.xml") - 46
    data[at + 8] |= 1
    path.write_bytes(data)
    monkeypatch.setattr("energie.imports.invoices.InvoiceImporter.max_bytes", 25 * 1024 * 1024)
    report = import_file("invoices", path, entity="A", partial=True)
    reasons = {e["reason"].partition(" : ")[0]: e["reason"] for e in report.errors}
    assert set(reasons) == {
        "c.zip",
        "d.xml",
        "e.xml",
        "f.xml",
        "g.pdf",
        "h.xml",
        "i.xml",
        "../sorti.xml",
    }
    assert "archive dans l’archive" in reasons["c.zip"] and "archive" in reasons["d.xml"]
    assert "DOCTYPE" in reasons["e.xml"]
    assert "mot de passe" in reasons["h.xml"]
    assert "anormalement compressé" in reasons["i.xml"]
    assert states() == {"F-2026-001": ("booked", "")}
    assert "b/vide.xml, Thumbs.db" in report.notes[0]


def test_a_member_too_large_is_refused_alone(point, tmp_path, monkeypatch):
    monkeypatch.setattr("energie.imports.invoices.InvoiceImporter.max_bytes", 1024 * 1024)
    monkeypatch.setattr("base.files.archives.MAX_UNPACKED_BYTES", 1024 * 1024)
    path = tmp_path / "gros.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", invoice(note=f"PRM {FAULTS_PRM}"))
        archive.writestr("gros.xml", b"<x>" + bytes(range(256)) * 5000)
    report = import_file("invoices", path, entity="A", partial=True)
    assert [e["reason"] for e in report.errors] == ["gros.xml : Ce fichier dépasse 1 Mo."]
    assert (report.created, ledger()) == (1, D(200))


def test_one_invoice_as_xml_and_pdf_in_one_zip_is_booked_once(point, tmp_path):
    data = invoice(note=f"PRM {FAULTS_PRM}")
    path = _zip(tmp_path / "paire.zip", {"a.xml": data, "b.pdf": factur_x(data)})
    report = import_file("invoices", path, entity="A")
    assert (report.created, report.unchanged, report.rejected) == (1, 1, 0)
    assert ledger() == D(200)


def test_all_the_faults_in_one_archive_wait_or_are_booked_once(point, real_data, tmp_path):
    folder = real_data / "faults" / "invoices"
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    path = _zip(tmp_path / "fautes.zip", files)
    trial = import_file("invoices", path, entity="A", dry_run=True)
    report = import_file("invoices", path, entity="A")
    # b2 and b3 are b1 in other words.
    assert (report.created, report.unchanged, report.rejected) == (12, 2, 0)
    assert trial.warnings == report.warnings
    assert states() == {
        "AC-1": ("waiting", "ACOMPTE"),
        "AV-N": ("waiting", "SENS"),
        "BON-3": ("waiting", "POINT_INCONNU"),
        "DBL-1": ("booked", ""),
        "DBL-2": ("waiting", "DOUBLON"),
        "E2E-0300-202610": ("waiting", "POINT_INCONNU"),
        "FUT-1": ("waiting", "DATE"),
        "INV": ("waiting", "PERIODE"),
        "PRO-1": ("waiting", "PROFORMA"),
        "PU-1": ("booked", ""),
        "RECT-1": ("waiting", "RECTIFICATIVE"),
        "SO-1": ("waiting", "SOLDE"),
    }
    assert ledger() == D("5632.10")
    again = import_file("invoices", path, entity="A")
    assert (again.created, again.unchanged) == (0, 14)
    for name in ("b2-siren.xml", "b3-numero-minuscule.xml"):
        once = import_file("invoices", folder / name, entity="A")
        assert (once.created, once.unchanged) == (0, 1)


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
    assert [told["code"] for told in report.warnings] == ["CHEVAUCHEMENT"]
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
        from base.models.history import Event

        kept = session.scalars(
            select(Event.changes).where(Event.changes.contains("confirmation (CHEVAUCHEMENT)"))
        ).all()
        assert kept
    detached = elise("POST", f"{verb}/detach", json={}).json["result"]
    assert (detached["state"], detached["point_id"]) == ("detached", None)


def _elise(app, kind="api"):
    from base.accounts.making import create_user
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


@pytest.mark.parametrize("name", ["zip-une-facture-refusee.zip", "z-mac.zip"])
def test_the_archives_of_the_faults_by_screen_and_rest(point, real_data, sqlite_app, name):
    from tests.energie.test_doors import _csrf

    client = _elise(sqlite_app, "screen")
    data = (real_data / "faults" / "invoices" / name).read_bytes()
    page = "/imports/new/invoices"
    token = _csrf(client, page)
    answer = client.post(
        page,
        data={"csrf_token": token, "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "Fournisseur Essai" in text
    assert ("note.txt" in text) == (name.startswith("zip"))
    assert "La facture ne cite aucun PRM" in text


def test_an_archive_given_to_rest_answers_with_its_lines(point, real_data, sqlite_app):
    elise = _elise(sqlite_app)
    data = (real_data / "faults/invoices/zip-une-facture-refusee.zip").read_bytes()
    for partial, status in (("", (200, 409, 422)), ("?partial=1", (200,))):
        answer = elise(
            "POST",
            f"/api/v1/import/invoices{partial}",
            data={"file": (io.BytesIO(data), "lot.zip"), "partial": "true" if partial else ""},
            content_type="multipart/form-data",
        )
        assert answer.status_code in status, answer.json
        assert "note.txt" in json.dumps(answer.json, ensure_ascii=False)
