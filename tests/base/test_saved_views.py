"""Views of lists: kept, shared, opened by themselves; columns remembered; the address says all."""

import html
import re

import pytest
from sqlalchemy import select

from base.face.attached import saved_views
from base.rules.rights.actors import system_session
from base.store.models import Partner, SavedView
from tests.engines import csrf

LIST = "/partnerview/list/"


@pytest.fixture
def town(app):
    with system_session("tests") as session:
        session.add(Partner(entity_id=1, code="P1", name="Protec", phone="01 02 03 04 05"))
        siret = "12345678200010"
        session.add(Partner(entity_id=1, code="P2", name="Thermique du Val", siret=siret))
        session.add(Partner(entity_id=2, code="P3", name="Ailleurs"))
    return app


def post(client, path, **data):
    return client.post(path, data={**data, "csrf_token": csrf(client)})


def keep(client, name="Nos chauffagistes", state="q=val&order=-code", **more):
    answer = post(client, "/vues/PartnerView", name=name, state=state, **more)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def heads(page):
    return [
        re.sub(r"<[^>]+>", "", head).strip()
        for head in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page.text)
    ]


def kept_row(name="Nos chauffagistes"):
    with system_session("tests") as session:
        return session.scalars(select(SavedView.id).where(SavedView.name == name)).one()


def test_a_view_brings_the_whole_state_back_by_its_address(client_of, town):
    alice = client_of("alice")
    target = keep(alice, state="q=val&order=-code&cols=code,siret&dense=1&after=x&view=9")
    pk = kept_row()
    assert target == f"{LIST}?view={pk}&q=val&order=-code&cols=code%2Csiret&dense=1"
    page = alice.get(target)
    assert heads(page) == ["Code", "SIRET"]
    assert "ov-table-c" in page.text and "12345678200010" in page.text
    assert "Protec" not in page.text
    assert f'href="{LIST}?view={pk}&amp;q=val' in page.text


def test_a_view_is_for_oneself_until_it_is_shared(client_of, town):
    alice, damien, chloe = client_of("alice"), client_of("damien"), client_of("chloe")
    keep(alice)
    pk = kept_row()
    assert "Nos chauffagistes" not in damien.get(LIST).text
    assert post(damien, f"/vues/{pk}/nom", name="À moi").status_code == 404
    assert post(alice, f"/vues/{pk}/partage", wanted="1").status_code == 302
    assert "Nos chauffagistes" in damien.get(LIST).text
    assert "Nos chauffagistes" not in chloe.get(LIST).text
    assert post(chloe, f"/vues/{pk}/supprimer").status_code == 404
    # A reader may open it by default, and neither change nor share it.
    assert post(damien, f"/vues/{pk}/partage", wanted="0").status_code == 403
    post(damien, f"/vues/{pk}/supprimer")
    post(damien, f"/vues/{pk}/nom", name="Autre")
    assert kept_row() == pk


def test_sharing_is_a_right_of_its_own_when_a_view_is_kept(client_of, town):
    keep(client_of("damien"), name="La mienne", shared="1")
    with system_session("tests") as session:
        assert session.scalars(select(SavedView.is_shared)).one() is False


def test_a_list_opens_on_the_view_chosen_for_it(client_of, town):
    alice = client_of("alice")
    keep(alice, default="1")
    pk = kept_row()
    answer = alice.get(LIST)
    assert answer.headers["Location"] == f"{LIST}?view={pk}&q=val&order=-code"
    # The tab "Toutes" and any other address are as they say.
    assert alice.get(f"{LIST}?view=0").status_code == 200
    assert client_of("damien").get(LIST).status_code == 200
    post(alice, f"/vues/{pk}/defaut", wanted="0")
    assert alice.get(LIST).status_code == 200


def test_a_view_is_renamed_brought_up_to_date_and_deleted(client_of, town):
    alice = client_of("alice")
    keep(alice)
    pk = kept_row()
    keep(alice, name="Autre")
    answer = post(alice, f"/vues/{pk}/nom", name="Autre")
    assert "porte déjà ce nom" in alice.get(answer.headers["Location"]).text
    post(alice, f"/vues/{pk}/nom", name="  Chauffage  ")
    assert kept_row("Chauffage") == pk
    page = alice.get(f"{LIST}?view={pk}&q=protec").text
    assert "Mettre «\u00a0Chauffage\u00a0» à jour" in html.unescape(page)
    answer = post(alice, f"/vues/{pk}/etat", state="q=protec")
    assert answer.headers["Location"] == f"{LIST}?view={pk}&q=protec"
    assert post(alice, f"/vues/{pk}/supprimer").status_code == 302
    with system_session("tests") as session:
        assert session.scalars(select(SavedView.name)).all() == ["Autre"]


def test_columns_and_density_are_remembered_and_the_address_says_them(client_of, town):
    alice = client_of("alice")
    answer = post(
        alice, "/vues/PartnerView/colonnes", cols=["phone", "code"], dense="1", state="q=p"
    )
    assert answer.headers["Location"] == f"{LIST}?view=0&cols=phone,code&dense=1&q=p"
    page = alice.get(LIST)
    assert heads(page) == ["Téléphone", "Code"]
    assert 'data-state="cols=phone%2Ccode&amp;dense=1"' in page.text
    # Another person sees the usual list, and by the copied address the same as she does.
    damien = client_of("damien")
    assert heads(damien.get(LIST)) == ["Code", "Nom", "SIRET", "Téléphone"]
    assert heads(damien.get(f"{LIST}?cols=phone%2Ccode&dense=1")) == ["Téléphone", "Code"]
    post(alice, "/vues/PartnerView/colonnes", cols=["phone"], usual="1", state="")
    assert heads(alice.get(LIST)) == ["Code", "Nom", "SIRET", "Téléphone"]


def test_only_declared_columns_can_be_chosen(client_of, town):
    alice = client_of("alice")
    assert heads(alice.get(f"{LIST}?cols=entity_id,created_by_id,__class__,code")) == ["Code"]
    assert heads(alice.get(f"{LIST}?cols=rien")) == ["Code", "Nom", "SIRET", "Téléphone"]
    answer = post(alice, "/vues/PartnerView/colonnes", cols=["entity_id"], state="")
    assert "cols" not in answer.headers["Location"]


def test_views_of_a_list_one_may_not_open_do_not_exist(client_of, town):
    bob = client_of("bob")
    for name in ("JobView", "Rien", "SavedViewView"):
        assert post(bob, f"/vues/{name}", name="x", state="").status_code == 404
    answer = post(bob, "/vues/PartnerView", name="x", state="https://ailleurs.example/?a=1#b")
    assert answer.status_code in (302, 404)
    assert answer.headers.get("Location", "/").startswith("/")


def test_a_person_keeps_so_many_views_of_a_list_and_no_more(session, monkeypatch):
    from base.basics.errors import InvalidInput

    monkeypatch.setattr(saved_views, "MAX_VIEWS", 2)
    values = {"view": "X", "query": "", "user_id": 1, "entity_id": 1, "shared": False}
    for name in ("a", "b", "a"):
        saved_views.keep(session, name=name, **values)
    with pytest.raises(InvalidInput, match="2 vues"):
        saved_views.keep(session, name="c", **values)
    with pytest.raises(InvalidInput, match="nom"):
        saved_views.keep(session, name="   ", **values)
