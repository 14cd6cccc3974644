"""Two people on one record, and a form sent twice, through the client."""

import html
import re

import pytest

from base.rules.rights.actors import system_session
from base.store.models import Partner
from tests.engines import csrf

EDIT = "/partnerview/edit/"


@pytest.fixture
def partner(app):
    with system_session("tests") as session:
        row = Partner(entity_id=1, code="P1", name="Protec", phone="01", email="a@protec.fr")
        session.add(row)
        session.flush()
        return row.id


def fields(page):
    """The inputs of a page as a browser would send them back."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        held = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in held and ("radio" != held.get("type") or " checked" in tag):
            found[held["name"]] = html.unescape(held.get("value", ""))
    return found


def opened(client, pk):
    return fields(client.get(f"{EDIT}{pk}").text)


def sent(client, pk, form, **changes):
    return client.post(f"{EDIT}{pk}", data={**form, **changes})


def now(pk):
    with system_session("tests", readonly=True) as session:
        row = session.get(Partner, pk)
        return row.name, row.phone, row.email, row.address


def test_changes_of_different_fields_are_both_kept(client_of, partner):
    alice, other = client_of("alice"), client_of("admin")
    form = opened(alice, partner)
    assert form["was.phone"] == "01"
    assert sent(other, partner, opened(other, partner), phone="02").status_code == 302
    answer = sent(alice, partner, form, email="b@protec.fr")
    assert answer.status_code == 409
    assert "ne se contredisent pas" in answer.text and "take." not in answer.text
    again = fields(answer.text)
    assert again["phone"] == "02" and again["email"] == "b@protec.fr"
    assert sent(alice, partner, again).status_code == 302
    assert now(partner) == ("Protec", "02", "b@protec.fr", None)


@pytest.mark.parametrize(("chosen", "kept"), [("mine", "03"), ("theirs", "02")])
def test_a_field_that_both_changed_is_chosen(client_of, partner, chosen, kept):
    alice, other = client_of("alice"), client_of("admin")
    form = opened(alice, partner)
    sent(other, partner, opened(other, partner), phone="02")
    answer = sent(alice, partner, form, phone="03", name="Protec & fils")
    assert answer.status_code == 409
    assert "À l’ouverture\u00a0: 01" in answer.text and ">02<" in answer.text
    again = fields(answer.text)
    assert again["phone"] == "03" and again["name"] == "Protec & fils"
    assert again["take.phone"] == "mine"
    assert sent(alice, partner, again, **{"take.phone": chosen}).status_code == 302
    assert now(partner)[:2] == ("Protec & fils", kept)


def test_a_third_change_in_between_is_shown_again(client_of, partner):
    alice, other = client_of("alice"), client_of("admin")
    form = opened(alice, partner)
    sent(other, partner, opened(other, partner), phone="02")
    assert sent(alice, partner, form, phone="03").status_code == 409
    seen = {
        **form,
        "version": opened(other, partner)["version"],
        "was.phone": "02",
        "take.phone": "mine",
    }
    sent(other, partner, opened(other, partner), phone="04")
    answer = sent(alice, partner, seen, phone="03")
    assert answer.status_code == 409 and ">04<" in answer.text
    assert now(partner)[1] == "04"


def test_the_same_form_sent_twice_is_no_conflict(client_of, partner):
    alice = client_of("alice")
    form = opened(alice, partner)
    for _ in range(2):
        assert sent(alice, partner, form, phone="05").status_code == 302
    assert now(partner)[1] == "05"


def test_a_form_without_what_it_held_before_says_all_that_differs(client_of, partner):
    alice, other = client_of("alice"), client_of("admin")
    old = {k: v for k, v in opened(alice, partner).items() if not k.startswith("was.")}
    sent(other, partner, opened(other, partner), phone="02")
    answer = sent(alice, partner, old, email="b@protec.fr")
    assert answer.status_code == 409
    assert 'name="take.phone"' in answer.text and 'name="take.email"' in answer.text
    assert "À l’ouverture" not in answer.text


def test_a_new_record_sent_twice_is_made_once(client_of, app):
    alice = client_of("alice")
    page = alice.get("/partnerview/add").text
    key = fields(page)["form_key"]
    form = {
        "csrf_token": csrf(alice, "/partnerview/add"),
        "form_key": key,
        "code": "N1",
        "name": "Nouveau",
    }
    first, second = (alice.post("/partnerview/add", data=form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    # Refused, then put right: the key of a failed try is free again.
    bad = alice.post("/partnerview/add", data={**form, "form_key": "b" * 32, "name": ""})
    assert bad.status_code == 422
    good = alice.post("/partnerview/add", data={**form, "form_key": "b" * 32, "code": "N2"})
    assert good.status_code == 302
    with system_session("tests", readonly=True) as session:
        assert session.query(Partner).filter(Partner.code.in_(("N1", "N2"))).count() == 2
