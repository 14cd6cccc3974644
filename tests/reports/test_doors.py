"""Reports through the screens, the resource and the public page of verification."""

import re

import pytest

from base.engine.jobs import run as do_job
from base.papers import reporting
from base.papers.files.store import current_store
from base.rules.rights.actors import system_session
from base.upkeep.seals.sealing import seal_now
from patrimoine.models import Asset
from reports import domain
from reports.models import ReportRun
from tests import engines
from tests.base.sealing import tamper

QUESTION = {"code": "cost", "params": {"start": "2026-01-01", "end": "2027-01-01"}}


def work(app):
    """Do every waiting job, as a worker would."""
    with system_session("test", readonly=True) as session:
        ids = [run.job_id for run in session.query(ReportRun).order_by(ReportRun.id)]
    for job_id in ids:
        do_job(job_id)


def test_a_program_asks_follows_and_fetches_a_report(tilleuls, api_of):
    alice = api_of("alice")
    asked = alice("POST", "/api/v1/report_run/", json={**QUESTION, "format": "pdf"})
    assert asked.status_code == 202, asked.get_json()
    number = asked.get_json()["id"]
    waiting = alice("GET", f"/api/v1/report_run/{number}").get_json()["result"]
    assert (waiting["state"], waiting["progress"], waiting["document_url"]) == ("queued", 0, None)
    assert alice("GET", f"/api/v1/report_run/{number}/document").status_code == 404
    work(tilleuls)
    done = alice("GET", f"/api/v1/report_run/{number}").get_json()["result"]
    assert (done["state"], done["progress"]) == ("done", 100)
    with alice("GET", done["document_url"]) as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
    assert [row["state"] for row in alice("GET", "/api/v1/report_run/").get_json()["result"]] == [
        "done"
    ]


def test_one_key_makes_one_run(sqlite_tilleuls, sqlite_api_of):
    alice = sqlite_api_of("alice")
    answers = [
        alice(
            "POST", "/api/v1/report_run/", json=QUESTION, headers={"Idempotency-Key": "k1"}
        ).get_json()["id"]
        for _again in range(2)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "code"),
        ({"code": 3}, "code"),
        ({"code": "cost", "format": "docx"}, "format"),
        ({"code": "cost", "params": []}, "params"),
        ({"code": "cost", "params": {"start": {"x": 1}}}, "params"),
        ({"code": "cost", "params": {"start": "2026-02-30"}}, "start"),
        ({"code": "cost", "params": {"colour": "red"}}, "colour"),
        ({"code": "cost", "params": {"asset": "BAT-9"}}, "asset"),
        ({"code": "cost", "params": {"service": "BATIMENTS"}}, "service"),
        ({"code": "cost", "state": "done"}, "state"),
        ({"code": "traceability"}, "asset"),
    ],
)
def test_a_wrong_question_is_refused_field_by_field(sqlite_tilleuls, sqlite_api_of, body, field):
    answer = sqlite_api_of("alice")("POST", "/api/v1/report_run/", json=body)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_an_unknown_report_is_404_and_another_authoritys_run_too(sqlite_tilleuls, sqlite_api_of):
    alice, chloe = sqlite_api_of("alice"), sqlite_api_of("chloe")
    assert alice("POST", "/api/v1/report_run/", json={"code": "costs"}).status_code == 404
    number = alice("POST", "/api/v1/report_run/", json=QUESTION).get_json()["id"]
    work(sqlite_tilleuls)
    assert chloe("GET", f"/api/v1/report_run/{number}").status_code == 404
    assert chloe("GET", f"/api/v1/report_run/{number}/document").status_code == 404
    assert chloe("GET", "/api/v1/report_run/").get_json()["count"] == 0
    assert alice("PUT", f"/api/v1/report_run/{number}", json={}).status_code in (404, 405)
    assert alice("DELETE", f"/api/v1/report_run/{number}").status_code in (404, 405)


def test_a_reader_sees_reports_but_asks_for_none(sqlite_tilleuls, sqlite_api_of):
    damien = sqlite_api_of("damien")
    assert damien("GET", "/api/v1/report_run/").status_code == 200
    assert damien("POST", "/api/v1/report_run/", json=QUESTION).status_code == 403


def test_the_report_is_on_screen_and_launched_from_there(sqlite_tilleuls, sqlite_client_of):
    alice = sqlite_client_of("alice")
    catalogue = alice.get("/rapports/").get_data(as_text=True)
    assert "Coûts par bien et par nature" in catalogue
    assert "Traçabilité" in catalogue
    page = alice.get("/rapports/cost?start=2026-01-01&end=2027-01-01").get_data(as_text=True)
    assert "240,60\u00a0€" in page
    assert "&lt;b&gt;Joint&lt;/b&gt;" in page
    inside = 'href="/rapports/cost?asset=BAT-1&amp;end=2027-01-01&amp;start=2026-01-01"'
    assert inside in page
    token = engines.csrf(alice, "/rapports/cost")
    asked = alice.post(
        "/rapports/cost",
        data={
            "csrf_token": token,
            "start": "2026-01-01",
            "end": "2027-01-01",
            "format": "pdf",
        },
    )
    assert asked.status_code == 302
    where = asked.headers["Location"]
    assert "RAP-2026-00001" in alice.get(where).get_data(as_text=True)
    work(sqlite_tilleuls)
    page = alice.get(where).get_data(as_text=True)
    found = re.search(r'href="([^"]*/document/\d+)"', page)
    assert found, page
    with alice.get(found.group(1)) as answer:
        assert answer.data.startswith(b"%PDF")
    assert alice.get("/reportrunview/list/").status_code == 200


def test_a_record_is_searched_for_in_the_scope(sqlite_tilleuls, sqlite_client_of):
    found = sqlite_client_of("alice").get("/rapports/cost/choices/asset?q=tilleuls").get_json()
    # The building before what stands in it.
    assert found == [
        {"value": "BAT-1", "text": "BAT-1 · Les Tilleuls, Commune d’Aubre"},
        {"value": "EQP-1", "text": "EQP-1 · Chaudière, Les Tilleuls"},
    ]
    assert sqlite_client_of("chloe").get("/rapports/cost/choices/asset?q=till").get_json() == []
    assert sqlite_client_of("alice").get("/rapports/cost/choices/start?q=x").status_code == 404


def test_an_assets_page_leads_to_its_reports(sqlite_tilleuls, sqlite_client_of):
    with system_session("test", readonly=True) as session:
        ids = {a.name: a.id for a in session.query(Asset)}
    alice = sqlite_client_of("alice")
    for path, part in (("cost", "180,00"), ("traceability", "Traçabilité\u00a0: Les Tilleuls")):
        page = alice.get(f"/rapports/{path}/bien/{ids['Les Tilleuls']}", follow_redirects=True)
        assert part in page.get_data(as_text=True)
        assert alice.get(f"/rapports/{path}/bien/{ids['Chez Chloé']}").status_code == 404
        assert alice.get(f"/rapports/{path}/bien/{2**70}").status_code == 404
    page = alice.get(f"/buildingview/show/{ids['Les Tilleuls']}").get_data(as_text=True)
    assert f"/rapports/cost/bien/{ids['Les Tilleuls']}" in page


def test_a_wrong_parameter_is_said_beside_its_field(sqlite_tilleuls, sqlite_client_of):
    page = sqlite_client_of("alice").get("/rapports/cost?start=2026-02-30").get_data(as_text=True)
    assert "2026-02-30" in page
    assert "n’est pas un jour" in page


def test_an_unknown_report_on_screen_is_404(sqlite_tilleuls, sqlite_client_of):
    assert sqlite_client_of("alice").get("/rapports/costs").status_code == 404


def test_who_holds_a_document_can_check_it_without_an_account(tilleuls, client_of, api_of):
    alice = api_of("alice")
    alice("POST", "/api/v1/report_run/", json=QUESTION)
    stranger = client_of(None)
    code = domain.shown_code("0000000000000001")
    assert stranger.get(f"/verifier/{code}").status_code == 404  # not finished yet
    work(tilleuls)
    page = stranger.get(f"/verifier/{code}")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "bien celui qui a été établi" in text
    for part in ("RAP-2026-00001", "Commune d’Aubre", "01/01/2026", "23/11/2026"):
        assert part in text, part
    assert "240,60" not in text
    typed = stranger.get("/verifier/?code=0000 0000-0000oool".replace("oool", "0001"))
    assert typed.status_code == 302 and typed.headers["Location"].endswith(code)


def test_a_changed_document_is_named_on_its_page(sqlite_tilleuls, sqlite_client_of, sqlite_api_of):
    sqlite_api_of("alice")("POST", "/api/v1/report_run/", json=QUESTION)
    work(sqlite_tilleuls)
    with system_session("test", readonly=True) as session:
        digest = session.query(ReportRun).one().file_digest
    path = current_store().path(digest)
    path.chmod(0o600)
    path.write_bytes(b"%PDF-1.5 autre chose")
    code = domain.shown_code("0000000000000001")
    text = sqlite_client_of(None).get(f"/verifier/{code}").get_data(as_text=True)
    assert "n’est plus celui qui a été établi" in text
    path.unlink()


def test_the_page_of_a_document_says_which_seals_it_stands_under(
    sqlite_tilleuls, sqlite_client_of, sqlite_api_of
):
    sqlite_api_of("alice")("POST", "/api/v1/report_run/", json=QUESTION)
    work(sqlite_tilleuls)
    code = domain.shown_code("0000000000000001")

    def shown():
        return sqlite_client_of(None).get(f"/verifier/{code}").get_data(as_text=True)

    assert "bien celui qui a été établi" in shown() and "pas encore scellé" in shown()
    seal_now("test")
    page = shown()
    assert page.count("scellé n° 1, le ") == 2 and "pas encore scellé" not in page
    with system_session("test", readonly=True) as session:
        run = session.query(ReportRun).one()
        number = run.id
    tamper(
        "UPDATE base_event SET actor = 'user:99' "
        "WHERE record = 'reports_report_run' AND record_id = :number",
        number=number,
    )
    page = shown()
    assert "bien celui qui a été établi" not in page
    assert "il ne correspond plus" in page and "n’est plus celui qui a été scellé" in page


@pytest.mark.parametrize("code", ["ZZZZ-ZZZZ-ZZZZ-ZZZZ", "x", "é" * 40, "0" * 5000])
def test_an_unknown_code_is_404_without_a_hint(sqlite_tilleuls, sqlite_client_of, code):
    answer = sqlite_client_of(None).get(f"/verifier/{code}")
    assert answer.status_code == 404
    assert "Aucun document ne porte ce code" in answer.get_data(as_text=True)


def test_every_parameter_that_names_a_record_is_looked_up_when_it_is_asked():
    named = [p for r in reporting.CATALOGUE.values() for p in r.params if p.find is not None]
    assert named and all(param.known is not None for param in named)
