"""What is refused is shown again with all that was typed, by a browser without scripts too."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.exc import IntegrityError

from base.basics.errors import InvalidInput
from base.rules.rights.actors import system_session
from base.store.models import Partner
from tests.engines import csrf

LONG = "Un mot de trop. " * 400


@pytest.fixture
def partner(sqlite_app):
    with system_session("tests") as session:
        row = Partner(entity_id=1, code="P1", name="Protec")
        session.add(row)
        session.flush()
        return row.id


def control(page, name):
    """The tag of a field and the sentence under it."""
    tag = re.search(rf'<(?:input|textarea|select)\b[^>]*\bname="{name}"[^>]*>', page)[0]
    line = re.search(r'aria-describedby="[^"]*?([\w-]+-refusal)"', tag)
    said = (
        re.search(rf'<div class="ov-err"[^>]*id="{line[1]}">([^<]*)</div>', page) if line else None
    )
    return tag, said[1] if said else ""


def test_a_form_of_a_record_comes_back_as_it_was_typed(sqlite_client_of, partner):
    alice = sqlite_client_of("alice")
    page = f"/partnerview/show/{partner}"
    sent = {"csrf_token": csrf(alice, page), "form_key": "k1", "body": LONG}
    answer = alice.post(f"/partnerview/message/{partner}", data=sent)
    assert answer.status_code == 422 and "<h1" in answer.text and "Protec" in answer.text
    tag, said = control(answer.text, "body")
    assert "is-invalid" in tag and "autofocus" in tag and "5 000 caractères" in said
    assert f">{LONG}</textarea>" in answer.text
    assert re.search(rf'data-here="{page}"', answer.text) and 'value="k1"' not in answer.text
    assert 'role="alert"' in answer.text.partition("<h1")[0]
    # What is put right goes through, by the key of the page that came back.
    key = re.search(r'name="form_key" value="(\w+)"', answer.text.partition("ov-composer")[2])[1]
    again = {**sent, "form_key": key, "body": "Un mot."}
    assert alice.post(f"/partnerview/message/{partner}", data=again).status_code == 302
    assert "Un mot." in alice.get(page).text and "ov-flash" not in alice.get(page).text
    # By the page's own script, as JSON; of what is folded, the fold is open.
    script = alice.post(
        f"/partnerview/message/{partner}", data=sent, headers={"X-Ouvrage-Form": "1"}
    )
    assert script.status_code == 422 and script.json["errors"]["body"]
    plan = f"/boite/fiche/base_partner/{partner}/action"
    folded = alice.post(plan, data={**sent, "title": " ", "due_on": "2031-05-09"})
    assert folded.status_code == 422 and control(folded.text, "title")[1]
    assert 'value="2031-05-09"' in control(folded.text, "due_on")[0]
    assert re.search(r"<details open>\s*<summary[^>]*>.*?Prochaine action", folded.text, re.DOTALL)


def test_what_only_the_page_it_came_from_has_comes_back_there(sqlite_client_of, partner):
    alice = sqlite_client_of("alice")
    path = f"/partnerview/message/{partner}"
    sent = {"csrf_token": csrf(alice, "/compte/"), "body": " ", "unknown": "x"}
    for referrer in (
        None,
        "/compte/",
        "/nulle-part",
        f"/partnerview/delete/{partner}",
        "//evil.fr/",
    ):
        headers = {"Referer": f"http://localhost{referrer}"} if referrer else {}
        answer = alice.post(path, data=sent, headers=headers)
        assert answer.status_code == 422 and "Le message est vide." in answer.text, referrer


def test_two_at_once_are_told_and_lose_nothing(sqlite_client_of, partner, monkeypatch):
    """A service that writes at once meets what another has just made."""
    alice = sqlite_client_of("alice")
    view = next(v for v in alice.application.appbuilder.baseviews if v.endpoint == "PartnerView")

    def create(session, values):
        row = Partner(entity_id=1, **values)
        session.add(row)
        session.flush()
        return row

    monkeypatch.setattr(view, "create", create)
    sent = {"csrf_token": csrf(alice, "/compte/"), "code": "P1", "name": "Autre nom"}
    answer = alice.post("/partnerview/add", data={**sent, "form_key": "k1"})
    assert answer.status_code == 409 and "existe déjà" in answer.text
    assert 'value="Autre nom"' in answer.text

    def message(session, row, body):
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setattr("base.face.views.module_view.add_message", message)
    answer = alice.post(f"/partnerview/message/{partner}", data={**sent, "body": "Bonjour"})
    assert answer.status_code == 409 and ">Bonjour</textarea>" in answer.text


def test_a_refusal_of_a_field_that_the_form_has_not_is_said(sqlite_client_of, monkeypatch):
    alice = sqlite_client_of("alice")
    sent = {"csrf_token": csrf(alice, "/compte/"), "code": "N1", "name": "Neuf", "form_key": "k1"}
    assert alice.post("/partnerview/add", data=sent).status_code == 302
    other = alice.post("/partnerview/add", data={**sent, "name": "Autre"})
    assert other.status_code == 422 and "déjà arrivé une première fois" in other.text
    view = next(v for v in alice.application.appbuilder.baseviews if v.endpoint == "PartnerView")

    def create(session, values):
        raise InvalidInput.at("entity_id", "Pas dans cette entité.")

    monkeypatch.setattr(view, "create", create)
    answer = alice.post("/partnerview/add", data={**sent, "form_key": "k2", "code": "N2"})
    assert answer.status_code == 422 and "Pas dans cette entité." in answer.text
