"""Accounts on screen: what is open, what is left open, roles in words."""

from __future__ import annotations

import re

from sqlalchemy import select

from base.basics import clock
from base.desk.accounts import role_words, second_factor
from base.rules.rights.actors import security, system_session
from base.store.models import NextAction, SignIn
from tests import engines


def text_of(answer):
    return answer.get_data(as_text=True)


def user_id_of(name):
    from flask_appbuilder.security.sqla.models import User

    with system_session("tests", readonly=True) as session:
        return session.scalars(select(User.id).where(User.username == name)).one()


def test_one_session_is_closed_and_the_others_stay(app, client_of):
    alice, admin = client_of("alice"), client_of("admin")
    second = app.test_client()
    engines.sign_in(second, "alice")
    number = user_id_of("alice")
    with system_session("tests", readonly=True) as session:
        rows = session.scalars(
            select(SignIn).where(SignIn.user_id == number).order_by(SignIn.started_at)
        ).all()
        first = rows[0].id
    page = text_of(admin.get(f"/users/show/{number}"))
    assert page.count("Navigateur") == 2 and "Connexion" in page
    token = {"csrf_token": engines.csrf(admin, "/users/add")}
    # The session of somebody else is not reached by this person's address.
    assert admin.post(f"/users/session/{number + 1}/{first}", data=token).status_code == 404
    assert admin.post(f"/users/session/{number}/{first}", data=token).status_code == 302
    assert alice.get("/assetview/list/").status_code == 302
    assert second.get("/assetview/list/").status_code == 200


def test_closing_an_account_says_what_is_left_and_can_be_taken_back(app, client_of):
    number, admin = user_id_of("alice"), client_of("admin")
    with system_session("tests") as session:
        session.add(
            NextAction(
                entity_id=1,
                record="base_partner",
                record_id=1,
                title="Relancer",
                due_on=clock.today(),
                assignee_id=number,
            )
        )
    alice = client_of("alice")
    page = text_of(admin.get(f"/users/deactivate/{number}"))
    assert "1 action à faire" in page and "1 session ouverte sera fermée" in page
    token = {"csrf_token": engines.csrf(admin, "/users/add")}
    admin.post(f"/users/deactivate/{number}", data=token)
    assert alice.get("/assetview/list/").status_code == 302
    assert "Alice" in text_of(admin.get("/users/list/?state=closed"))
    assert "Alice" not in text_of(admin.get("/users/list/"))
    admin.post(f"/users/activate/{number}", data=token)
    assert "Alice" in text_of(admin.get("/users/list/?role=Responsable&entity=1"))
    mine = user_id_of("admin")
    admin.post(f"/users/deactivate/{mine}", data=token)
    assert "dernier administrateur" in text_of(admin.get(f"/users/show/{mine}"))


def test_a_lost_phone_is_mended_by_an_administrator(app, client_of):
    number, admin = user_id_of("alice"), client_of("admin")
    with app.app_context():
        second_factor.start(number, b"12345678901234567890")
        security().commit()
        security.remove()
    assert "10 codes de secours restent" in text_of(admin.get(f"/users/show/{number}"))
    token = {"csrf_token": engines.csrf(admin, "/users/add")}
    assert admin.post(f"/users/factor/{number}", data=token).status_code == 302
    client = app.test_client()
    engines.sign_in(client, "alice")
    assert client.get("/assetview/list/").status_code == 200
    page = text_of(admin.get(f"/users/show/{number}"))
    assert "Second facteur retiré" in page


def test_roles_are_read_in_words_and_compared(app, client_of):
    with app.test_request_context():
        common = {right for _word, same in role_words.COMMON.values() for right in same}
        wordless = {
            (s.name, right)
            for part in role_words.parts()
            for s in part.subjects
            for right, _view in s.rights
            if right not in common and right not in s.said
        }
        assert not wordless, wordless
        assert all(s.label != s.name for part in role_words.parts() for s in part.subjects)
        table = {
            line.subject.label: line
            for _part, lines in role_words.table("Responsable", "Lecteur")
            for line in lines
        }
        sites = table["Sites"]
        assert sites.words[0][:3] == ["consulter", "créer", "modifier"]
        assert sites.words[1] == ["consulter"] and sites.differs
        # A message needs the page it is written on: nothing is said that is not so.
        reader = role_words.table("Agent")
        said = {line.subject.name: line.words[0] for _part, lines in reader for line in lines}
        assert "Category" not in said
    admin = client_of("admin")
    assert "Responsable" in text_of(admin.get("/roles/list/"))
    shown = text_of(admin.get("/roles/show/Responsable"))
    assert "Qui a ce rôle" in shown and "Alice" in shown
    compared = text_of(admin.get("/roles/compare?a=Responsable&b=Lecteur"))
    assert "Ce qui diffère" in compared and "importer" in compared
    assert admin.get("/roles/show/Nobody").status_code == 404
    assert admin.get("/roles/compare?a=Lecteur&b=x").status_code == 404


def test_the_rights_of_a_role_stand_under_modules_in_the_readers_words(
    sqlite_app, sqlite_client_of
):
    admin = sqlite_client_of("admin")
    for language, modules in (
        ("fr", ["Commun", "Énergie", "Interventions", "Patrimoine", "Rapports"]),
        ("en", ["Common", "Energy", "Work orders", "Assets", "Reports"]),
    ):
        token = engines.csrf(admin, "/users/add")
        admin.post(f"/lang/{language}", data={"csrf_token": token})
        page = text_of(admin.get("/roles/show/Admin"))
        heads = set(re.findall(r'<h2 class="ov-h2">([^<]+)</h2>', page))
        assert set(modules) <= heads, (language, heads)
