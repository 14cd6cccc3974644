"""One of a person's entities on the screens: what it narrows, and what it can never widen."""

import pytest

from base.desk.accounts import making
from base.rules.rights.actors import system_session
from base.store.models import Partner
from interventions.models import WorkOrder
from patrimoine.models import Asset
from tests.engines import PASSWORD, csrf
from tests.factories.interventions import building, work_order


@pytest.fixture
def places(app):
    """A building and a work order in A and in B; Hector works for both."""
    making.create_user(
        "hector", PASSWORD, roles=["Responsable"], entities=["A", "B"], must_change=False
    )
    with system_session("tests") as session:
        found = {}
        for entity_id, name in ((1, "Mairie d’Aubre"), (2, "Halle de Brenne")):
            row = building(session, entity_id, name=name)
            work = work_order(session, row, title=f"Vitre de {name}")
            found[entity_id] = (row.id, work.id)
    return found


def show(client, entity, **more):
    return client.post("/entite/", data={"csrf_token": csrf(client), "entity": entity, **more})


def seen(client, path):
    page = client.get(path).text
    return ["Aubre" in page.partition("<main")[2], "Brenne" in page.partition("<main")[2]]


PAGES = (
    "/assetview/list/",
    "/buildingview/list/",
    "/workorderview/list/?tab=all",
    "/assetview/export/csv",
    "/recherche?q=vitre",
    "/workorderview/list/?display=board",
)


def test_one_entity_narrows_lists_searches_and_choices(places, client_of):
    hector = client_of("hector")
    for path in PAGES:
        page = hector.get(path).text
        assert "Aubre" in page and "Brenne" in page, path
    answer = show(hector, "2", next="/assetview/list/?f.name.has=a")
    assert answer.headers["Location"] == "/assetview/list/?f.name.has=a"
    for path in PAGES:
        page = hector.get(path).text
        body = page.partition("<main")[2] or page
        assert "Brenne" in body and "Mairie" not in body, path
    rows = hector.get("/workorderview/choices/asset?q=").json
    assert [row["text"] for row in rows] and all("Brenne" in row["text"] for row in rows)
    page = hector.get("/assetview/list/").text
    assert "Commune de Brenne" in page and "Toutes mes entités" in page
    show(hector, "")
    assert seen(hector, "/assetview/list/") == [True, True]


def test_a_new_record_is_of_the_entity_on_screen(places, client_of):
    hector = client_of("hector")
    show(hector, "2")
    assert 'name="entity_id"' not in hector.get("/partnerview/add").text
    hector.post(
        "/partnerview/add", data={"csrf_token": csrf(hector), "code": "P1", "name": "Vitrerie"}
    )
    with system_session("tests") as session:
        assert session.query(Partner).one().entity_id == 2


def test_a_link_to_a_record_opens_and_the_screens_follow(places, client_of):
    hector = client_of("hector")
    show(hector, "2")
    (hall, work), _there = places[1], places[2]
    page = hector.get(f"/buildingview/show/{hall}").text
    assert "Cette page est de «\u00a0Commune d’Aubre\u00a0»" in page
    assert seen(hector, "/assetview/list/") == [True, False]
    show(hector, "2")
    answer = hector.get(f"/workorderview/list/?tab=all&f.asset.eq={hall}", follow_redirects=True)
    assert "Vitre de Mairie" in answer.text and "Cette page est de" in answer.text
    show(hector, "2")
    hector.post(f"/workorderview/start/{work}", data={"csrf_token": csrf(hector)})
    with system_session("tests") as session:
        assert session.get(WorkOrder, work).state == "started"
    assert seen(hector, "/assetview/list/") == [False, True]


def test_after_a_switch_from_a_record_its_list_is_shown(places, client_of):
    hector = client_of("hector")
    hall, _work = places[1]
    page = hector.get(f"/buildingview/show/{hall}").text
    assert 'name="next" value="/buildingview/list/"' in page
    page = hector.get("/assetview/list/?q=vitre").text
    assert 'name="next" value="/assetview/list/?q=vitre"' in page


def test_no_choice_reaches_a_foreign_entity(places, client_of):
    alice, hector = client_of("alice"), client_of("hector")
    foreign, foreign_work = places[2]
    for given in ("2", "99", "x", "1;2", "-1", "9" * 30):
        assert show(alice, given).status_code == 404, given
    for forged in (2, "2", [1, 2], 99, None, True, {"a": 1}):
        with alice.session_transaction() as kept:
            kept["entity"] = forged
        assert seen(alice, "/assetview/list/") == [True, False], forged
        assert alice.get(f"/buildingview/show/{foreign}").status_code == 404
        assert alice.get(f"/workorderview/list/?tab=all&f.asset.eq={foreign}").status_code == 200
        start = f"/workorderview/start/{foreign_work}"
        assert alice.post(start, data={"csrf_token": csrf(alice)}).status_code == 404
    with hector.session_transaction() as kept:
        kept["entity"] = 99
    assert seen(hector, "/assetview/list/") == [True, True]
    assert show(client_of(None), "1").status_code == 302
    assert alice.get("/entite/").status_code in (404, 405)
    with system_session("tests") as session:
        assert session.query(Asset).count() == 2


def test_what_is_the_persons_own_is_never_narrowed(places, client_of):
    hector = client_of("hector")
    token = csrf(hector)
    hector.post(
        "/vues/AssetView",
        data={"csrf_token": token, "name": "La mienne", "state": "f.status.eq=in_service"},
    )
    for entity in ("2", "1", ""):
        show(hector, entity)
        assert "La mienne" in hector.get("/assetview/list/").text, entity
        answer = hector.post(
            "/vues/AssetView/colonnes", data={"csrf_token": token, "cols": ["code", "name"]}
        )
        assert answer.status_code == 302
