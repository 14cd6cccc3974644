"""The administrator's page of the seals, and the mark on a record's thread."""

from __future__ import annotations

from base.rules.rights.actors import job_session
from base.store.models import Partner
from base.upkeep.seals.sealing import seal_now
from tests.base.sealing import sealed, tamper
from tests.engines import csrf


def test_the_administrator_sees_the_seals_and_seals(app, client_of):
    browser = client_of("admin")
    page = browser.get("/scelles/").get_data(as_text=True)
    assert "Aucun scellé" in page
    answer = browser.post("/scelles/sceller", data={"csrf_token": csrf(browser)})
    assert answer.status_code == 302
    page = browser.get("/scelles/").get_data(as_text=True)
    assert "Le journal est scellé (n° 1)" in page and "Repère à noter ailleurs" in page
    assert page.count("valable") == 1 and "non valable" not in page


def test_a_forged_seal_is_shown_as_such(app, client_of):
    seal = sealed(4, 3)
    tamper("UPDATE base_seal SET size = size + 1 WHERE number = 2")
    page = client_of("admin").get("/scelles/").get_data(as_text=True)
    assert page.count("non valable") == 1 and seal.root[:16] in page
    page = client_of("admin").get("/scelles/?before=2").get_data(as_text=True)
    assert "non valable" not in page


def test_nobody_else_seals(app, client_of):
    browser = client_of("alice")
    assert "/scelles/" not in browser.get("/").get_data(as_text=True)
    assert browser.get("/scelles/").status_code in (302, 403)
    answer = browser.post("/scelles/sceller", data={"csrf_token": csrf(browser)})
    assert answer.status_code in (302, 403)


def test_the_thread_of_a_record_says_which_seal_covers_each_change(app, client_of):
    with job_session((1,), "user:2") as session:
        row = Partner(code="P", name="Avant", entity_id=1)
        session.add(row)
        session.flush()
        number = row.id
    browser = client_of("alice")
    address = f"/partnerview/show/{number}"
    assert "scellé n°" not in browser.get(address).get_data(as_text=True)
    seal_now("test")
    page = browser.get(address).get_data(as_text=True)
    assert "scellé n° 1, le" in page
