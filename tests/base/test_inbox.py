"""Next actions, mentions, messages on records that one follows, and the inbox that shows them."""

from __future__ import annotations

import re
import threading
from datetime import date

import pytest
from sqlalchemy import select

from base.basics import clock
from base.face.attached import inbox
from base.rules.rights.actors import system_session
from base.store.models import Event, Follower, Message, NextAction, Notification, Partner
from tests import engines

ALICE, BOB, CHLOE, DAMIEN = "alice", "bob", "chloe", "damien"


@pytest.fixture
def supplier(app):
    """A supplier of A, and the numbers of the people."""
    from flask_appbuilder.security.sqla.models import User

    with system_session("tests") as session:
        row = Partner(entity_id=1, code="F1", name="Thermique du Val")
        session.add(row)
        session.flush()
        found = {"id": row.id}
    from base.rules.rights.actors import security

    with app.app_context():
        found |= dict(security().execute(select(User.username, User.id)).all())
    return found


def url(supplier, what):
    return f"/boite/fiche/base_partner/{supplier['id']}/{what}"


def told(user_id):
    with system_session("tests", readonly=True) as session:
        rows = session.scalars(
            select(Notification).where(Notification.user_id == user_id).order_by(Notification.id)
        )
        return [(n.kind, n.text) for n in rows]


@pytest.mark.parametrize(
    "text, names",
    [
        ("@bob peux-tu voir ?", ["bob"]),
        ("Vu avec @Bob, @alice.martin et @bob.", ["bob", "alice.martin"]),
        ("écrire à jean@exemple.fr", []),
        ("(@bob)", ["bob"]),
        ("@@bob @ @- rien", []),
        ("", []),
    ],
)
def test_names_in_a_text(text, names):
    assert inbox.mentions(text) == names


def test_a_message_tells_who_is_named_and_who_follows(supplier, client_of):
    alice, bob = client_of(ALICE), client_of(BOB)
    token = engines.csrf(alice, f"/partnerview/show/{supplier['id']}")
    path = f"/partnerview/message/{supplier['id']}"
    alice.post(path, data={"csrf_token": token, "body": "@bob passe demain,\n@chloe non"})
    # Chloé works for the other authority: she is not told, and nothing says whether she exists.
    assert told(supplier[CHLOE]) == []
    assert told(supplier[BOB]) == [("mention", "@bob passe demain, @chloe non")]
    assert told(supplier[ALICE]) == []
    token = engines.csrf(bob, "/boite/")
    with system_session("tests") as session:
        row = session.scalars(select(Partner).where(Partner.id == supplier["id"])).one()
        session.add(Message(entity_id=1, record="base_partner", record_id=row.id, body="x"))
    alice.post(path, data={"csrf_token": engines.csrf(alice, "/boite/"), "body": "Fait ?"})
    # Who was named follows the record from then on.
    assert told(supplier[BOB])[-1] == ("message", "Fait ?")
    page = bob.get("/boite/").get_data(as_text=True)
    assert "vous nomme sur Thermique du Val" in page
    assert "2 messages non lus" in page


def test_an_action_is_given_done_and_told(supplier, client_of):
    alice, bob = client_of(ALICE), client_of(BOB)
    token = engines.csrf(alice, "/boite/")
    given = {"csrf_token": token, "title": "Rappeler", "assignee": str(supplier[BOB])}
    answer = alice.post(url(supplier, "action"), data={**given, "due_on": "2026-01-05"})
    assert answer.status_code == 302
    assert told(supplier[BOB]) == [("action", "Rappeler, pour le 05/01/2026")]
    page = bob.get("/boite/").get_data(as_text=True)
    assert "Rappeler" in page and "en retard" in page
    assert "Rappeler" in bob.get("/").get_data(as_text=True)
    with system_session("tests", readonly=True) as session:
        number = session.scalars(select(NextAction.id)).one()
    token = engines.csrf(bob, "/boite/")
    later = bob.post(f"/boite/plus-tard/{number}", data={"csrf_token": token, "days": "7"})
    assert later.status_code == 302
    with system_session("tests", readonly=True) as session:
        assert session.scalars(select(NextAction.due_on)).one() > clock.today()
    done = bob.post(f"/boite/fait/{number}", data={"csrf_token": token, "next": "//evil.fr"})
    assert done.headers["Location"] == "/boite/"
    again = bob.post(f"/boite/fait/{number}", data={"csrf_token": token}, follow_redirects=True)
    assert "est déjà fait" in again.get_data(as_text=True)
    assert told(supplier[ALICE]) == [("done", "Rappeler")]
    thread = alice.get(f"/partnerview/show/{supplier['id']}").get_data(as_text=True)
    assert "a fait\u00a0: Rappeler" in thread
    with system_session("tests", readonly=True) as session:
        events = session.scalars(select(Event.op).where(Event.record == "base_next_action")).all()
    assert events == ["I", "U", "U"]


@pytest.mark.parametrize(
    "given, status",
    [
        ({"title": " "}, 422),
        ({"title": "x" * 201}, 422),
        ({"title": "Voir", "assignee": "999999"}, 422),
        ({"title": "Voir", "due_on": "2026-02-30"}, 422),
        ({"title": "Voir", "assignee": "9" * 30}, 302),
    ],
)
def test_a_wrong_action_is_refused(supplier, client_of, given, status):
    alice = client_of(ALICE)
    token = engines.csrf(alice, "/boite/")
    assert alice.post(url(supplier, "action"), data={"csrf_token": token, **given}).status_code == (
        status
    )


def test_a_form_sent_twice_acts_once(supplier, client_of):
    alice = client_of(ALICE)
    page = alice.get(f"/partnerview/show/{supplier['id']}").get_data(as_text=True)
    token = engines.csrf(alice, "/boite/")
    forms = {
        "message": (f"/partnerview/message/{supplier['id']}", {"body": "@bob, à voir"}),
        "action": (url(supplier, "action"), {"title": "Rappeler", "assignee": supplier[BOB]}),
    }
    for number, (path, said) in enumerate(forms.values()):
        form = page[page.index(f'action="{path}"') :]
        key = re.search(r'name="form_key"\s+value="([^"]+)"', form)[1]
        sent = {"csrf_token": token, "form_key": key, **said}
        gate, answers = threading.Barrier(2), []
        cookie = alice.get_cookie("ouvrage").value

        def press(path=path, sent=sent, gate=gate, answers=answers, cookie=cookie):
            browser = client_of(None)
            browser.set_cookie("ouvrage", cookie)
            gate.wait()
            answers.append(browser.post(path, data=sent))

        both = [threading.Thread(target=press) for _n in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert [one.status_code for one in answers] == [302, 302], number
        assert alice.post(path, data=sent).status_code == 302
    assert [kind for kind, _text in told(supplier[BOB])] == ["mention", "action"]
    with system_session("tests", readonly=True) as session:
        assert len(session.scalars(select(Message.id)).all()) == 1
        assert len(session.scalars(select(NextAction.id)).all()) == 1


def test_people_of_another_authority_are_not_offered_or_chosen(supplier, client_of):
    alice, chloe = client_of(ALICE), client_of(CHLOE)
    offered = alice.get(url(supplier, "personnes") + "?q=").get_json()
    names = {person["name"] for person in offered}
    assert {ALICE, BOB, DAMIEN} <= names and CHLOE not in names
    token = engines.csrf(alice, "/boite/")
    given = {"csrf_token": token, "title": "Voir", "assignee": str(supplier[CHLOE])}
    assert alice.post(url(supplier, "action"), data=given).status_code == 422
    # The record of A does not exist for Chloé, whatever the door.
    token = engines.csrf(chloe, "/boite/")
    for what in ("action", "suivre"):
        answer = chloe.post(url(supplier, what), data={"csrf_token": token, "title": "x"})
        assert answer.status_code == 404
    assert chloe.get(url(supplier, "personnes")).status_code == 404
    with system_session("tests") as session:
        row = session.scalars(select(Partner).where(Partner.id == supplier["id"])).one()
        session.add(
            NextAction(
                entity_id=1,
                record="base_partner",
                record_id=row.id,
                title="Secret",
                due_on=date(2026, 1, 1),
                assignee_id=supplier[CHLOE],
            )
        )
    assert "Secret" not in chloe.get("/boite/").get_data(as_text=True)


def test_a_notification_is_read_by_its_owner_alone(supplier, client_of):
    alice, bob = client_of(ALICE), client_of(BOB)
    with system_session("tests") as session:
        row = session.scalars(select(Partner).where(Partner.id == supplier["id"])).one()
        inbox.tell(session, row, [supplier[BOB]], kind="message", text="un")
        inbox.tell(session, row, [supplier[BOB]], kind="message", text="deux")
        first = session.scalars(select(Notification.id).order_by(Notification.id)).first()

    def unread():
        with system_session("tests", readonly=True) as session:
            return [
                n.text
                for n in session.scalars(select(Notification).order_by(Notification.id))
                if n.read_at is None
            ]

    token = engines.csrf(alice, "/boite/")
    answer = alice.post(f"/boite/lu/{first}", data={"csrf_token": token})
    assert answer.status_code == 404
    assert unread() == ["un", "deux"]
    token = engines.csrf(bob, "/boite/")
    target = f"/partnerview/show/{supplier['id']}"
    went = bob.post(f"/boite/lu/{first}", data={"csrf_token": token, "next": target})
    assert went.headers["Location"] == target
    assert unread() == ["deux"]
    bob.post("/boite/lu", data={"csrf_token": token})
    assert unread() == []


def test_following_is_a_switch(supplier, client_of):
    damien = client_of(DAMIEN)
    page = damien.get(f"/partnerview/show/{supplier['id']}").get_data(as_text=True)
    assert "Suivre" in page and "Prochaine action" not in page
    token = engines.csrf(damien, "/boite/")
    for following in (1, 0):
        damien.post(url(supplier, "suivre"), data={"csrf_token": token})
        with system_session("tests", readonly=True) as session:
            assert len(session.scalars(select(Follower)).all()) == following
