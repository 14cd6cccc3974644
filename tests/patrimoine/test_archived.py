"""What is archived keeps its day and its place until somebody brings it back."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from base.basics import clock
from base.basics.errors import InvalidInput, TransitionRefused
from base.desk.accounts import departments
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.models import Department
from patrimoine import services
from patrimoine.domain import Kind
from patrimoine.domain.tree import TreeRefused
from patrimoine.models import Asset, AssetMove, Category, Geometry, Tag
from patrimoine.services import bulk
from tests import engines
from tests.patrimoine.rows import AT, DAY
from tests.patrimoine.test_api import make

GONE = date(2015, 1, 1)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[2.0, 48.0], [2.001, 48.0], [2.001, 48.001], [2.0, 48.001], [2.0, 48.0]]],
}


def archived(api_of):
    """An asset out of the lists since 2015, and who may do all of this."""
    alice = api_of("alice")
    number = make(alice, name="Préau")["id"]
    done = alice("POST", f"/api/v1/asset/{number}/archive", json={"on": "2015-01-01"})
    assert done.status_code == 200, done.get_json()
    return alice, number


def test_a_file_puts_nothing_below_what_is_archived(sqlite_session):
    session = sqlite_session
    hall = services.create(session, "building", entity_id=1, name="Mairie", on=DAY)
    services.archive(session, hall, on=DAY)
    draft = bulk.Draft(Kind.ROOM, {"code": "P-1", "name": "Bureau"}, parent_id=hall.id)
    with pytest.raises(TreeRefused, match="Mairie.*est archivé"):
        bulk.create_many(session, [draft], entity_id=1, on=DAY)


def test_no_move_and_no_inspection_is_after_the_last_day(sqlite_session):
    session = sqlite_session
    hall, annexe = (
        services.create(session, "building", entity_id=1, name=name, on=DAY)
        for name in ("Mairie", "Annexe")
    )
    boiler = services.create(session, "equipment", entity_id=1, name="Pompe", on=DAY, parent=hall)
    services.archive(session, boiler, on=date(2010, 1, 1))  # where it was first put is no move
    services.restore(session, boiler)
    services.move(session, boiler, parent=annexe, on=date(2026, 3, 2))
    with pytest.raises(InvalidInput, match="un déplacement le 02/03/2026"):
        services.archive(session, boiler, on=date(2026, 3, 1))
    boiler.last_inspection_on = date(2026, 4, 2)
    with pytest.raises(InvalidInput, match="un contrôle le 02/04/2026"):
        services.archive(session, boiler, on=date(2026, 4, 1))
    services.archive(session, boiler, on=date(2026, 4, 2))


def test_the_day_of_an_archived_asset_is_never_overwritten(api_of, client_of):
    alice, number = archived(api_of)
    for body in ({}, {"on": "2009-01-01"}, {"on": "2015-01-01"}):
        refused = alice("POST", f"/api/v1/asset/{number}/archive", json=body)
        assert refused.status_code == 409
        assert (
            "« Préau » est déjà dans les archives, depuis le 01/01/2015."
            in refused.get_json()["message"]
        )
    desk = client_of("alice")
    sent = {"action": "archive", "rowid": [number], "csrf_token": engines.csrf(desk)}
    desk.post("/assetview/action_post", data=sent)
    desk.post(f"/assetview/archive/{number}", data={"csrf_token": sent["csrf_token"]})
    with system_session("tests") as session:
        assert session.get(Asset, number).archived_on == GONE


def test_nothing_of_an_archived_asset_is_changed_nor_emptied(sqlite_api_of):
    alice = sqlite_api_of("alice")
    number = make(alice, "equipment", name="Préau", brand="De Dietrich", latitude=48.8)["id"]
    assert alice("POST", f"/api/v1/equipment/{number}/archive", json={}).status_code == 200
    for method in ("PUT", "PATCH"):
        for kind in ("asset", "equipment"):
            for body in ({"name": "Autre"}, {"brand": None}, {"brand": ""}, {"latitude": None}):
                path, any_version = f"/api/v1/{kind}/{number}", {"If-Match": "*"}
                refused = alice(method, path, json=body, headers=any_version)
                assert refused.status_code == 409, (path, body)
                assert "restaurez-le d’abord" in refused.get_json()["message"]
    row = alice("GET", f"/api/v1/equipment/{number}").get_json()["result"]
    assert (row["name"], row["brand"], row["latitude"]) == ("Préau", "De Dietrich", 48.8)


def test_an_archived_asset_is_shown_in_one_state(sqlite_api_of, sqlite_client_of):
    alice = sqlite_api_of("alice")
    number = make(alice, "equipment", name="Préau")["id"]
    token = alice("POST", f"/api/v1/equipment/{number}/tag", json={}).get_json()["token"]
    desk = sqlite_client_of("alice")
    pages = (
        f"/equipmentview/show/{number}",
        "/equipmentview/list/?archived=1",
        "/recherche?q=preau",
        f"/t/{token}",
    )
    for state in ("En service", "Archivé"):
        if state == "Archivé":
            assert alice("POST", f"/api/v1/asset/{number}/archive", json={}).status_code == 200
        for path in pages:
            page = desk.get(path).get_data(as_text=True)
            main = page[page.index("<main") : page.index("</main")]
            main = re.sub(r"<(label|option).*?</\1>", "", main, flags=re.S)  # what may be chosen
            assert "Préau" in page, path
            assert ("Archivé" in main) == (state == "Archivé"), path
            assert state == "En service" or "En service" not in main, path


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_says_that_an_asset_is_archived_and_comes_back(
    sqlite_api_of, sqlite_client_of, tmp_path, language, form
):
    alice = sqlite_api_of("alice")
    for name, on in (("Préau", "2026-02-03"), ("Halle", None)):
        number = make(alice, "equipment", name=name, code=f"C-{name}")["id"]
        if on:
            done = alice("POST", f"/api/v1/asset/{number}/archive", json={"on": on})
            assert done.status_code == 200
    desk = sqlite_client_of("alice")
    spoken = {"Accept-Language": language}
    for view, kind in (("assetview", "assets"), ("equipmentview", "equipment")):
        asked = f"/{view}/export/{form}?archived=1&tab=all&cols=code,name,status"
        data = desk.get(asked, headers=spoken).data
        path = tmp_path / f"{view}.{form}"
        path.write_bytes(data)
        report = import_file(kind, path, entity="A")
        assert (report.created, report.updated, report.rejected) == (0, 0, 0), report.errors
        if form == "csv":
            lines = {line.split(";")[1]: line for line in data.decode("utf-8-sig").splitlines()}
            there, gone = {
                "fr": ("En service", "Archivé le 03/02/2026"),
                "en": ("In service", "Archived on 3 Feb 2026"),
            }[language]
            assert gone in lines["Préau"] and there not in lines["Préau"]
            assert there in lines["Halle"]


def test_what_is_in_use_is_not_brought_back(api_of):
    alice, number = archived(api_of)
    codes = [alice("POST", f"/api/v1/asset/{number}/restore", json={}) for _n in range(2)]
    assert [answer.status_code for answer in codes] == [200, 409]
    assert "« Préau » n’est pas dans les archives" in codes[1].get_json()["message"]


def test_settings_and_departments_are_put_away_and_brought_back_once(session):
    category = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
    field = services.define_field(session, label="Combustible", field_type="text")
    department = Department(entity_id=1, code="BAT", name="Bâtiments")
    session.add(department)
    session.flush()
    for row, away, back in (
        (category, services.archive_category, services.bring_back),
        (field, services.archive_field, services.bring_back),
        (department, departments.archive, departments.restore),
    ):
        with pytest.raises(TransitionRefused, match="pas dans les archives"):
            back(session, row)
        away(session, row)
        row.archived_on = GONE
        session.flush()
        with pytest.raises(TransitionRefused, match="déjà dans les archives, depuis le 01/01/2015"):
            away(session, row)
        assert row.archived_on == GONE
        back(session, row)
        assert row.archived_on is None


@pytest.mark.parametrize(
    ("verb", "body"),
    [("move", {"parent_id": None}), ("tag", {}), ("geometry", {"geometry": SQUARE})],
)
def test_programs_are_refused_what_the_desk_does_not_offer(api_of, verb, body):
    alice, number = archived(api_of)
    if verb == "move":
        body = {"parent_id": make(alice, "site", name="Ailleurs")["id"]}
    refused = alice("POST", f"/api/v1/asset/{number}/{verb}", json=body)
    assert refused.status_code == 409, refused.get_json()
    assert "« Préau » est archivé : restaurez-le d’abord." in refused.get_json()["message"]
    with system_session("tests") as session:
        assert session.get(Asset, number).parent_id is None
        for model, most in ((AssetMove, 1), (Tag, 0), (Geometry, 0)):
            found = session.scalars(select(model).where(model.asset_id == number)).all()
            assert len(found) == most
    alice("POST", f"/api/v1/asset/{number}/restore", json={})
    assert alice("POST", f"/api/v1/asset/{number}/{verb}", json=body).status_code < 300


def test_no_tag_is_linked_to_an_archived_asset(api_of):
    alice, number = archived(api_of)
    with system_session("tests") as session:
        tag = services.issue_blank_tags(session, entity_id=1, count=1, at=AT)[0].id
    refused = alice("POST", f"/api/v1/tag/{tag}/link", json={"asset_id": number})
    assert refused.status_code == 409
    assert "« Préau » est archivé : restaurez-le d’abord." in refused.get_json()["message"]
    with system_session("tests") as session:
        assert session.get(Tag, tag).asset_id is None


def test_labels_make_no_tag_for_an_archived_asset(session, school):
    *_rest, boiler = school
    kept = services.issue_tag(session, boiler, at=AT)
    services.revoke_tag(session, kept, at=AT)
    services.archive(session, boiler, on=max(DAY, clock.today()))
    with pytest.raises(TransitionRefused, match="restaurez-le"):
        services.issue_tags(session, [boiler], at=AT)


def test_a_list_by_state_counts_what_is_archived_apart(sqlite_api_of, sqlite_client_of):
    alice = sqlite_api_of("alice")
    # Two in service, one of them archived with eleven others: more than a group shows at first.
    kept = make(alice, "equipment", name="Halle")["id"]
    for n in range(12):
        number = make(alice, "equipment", name=f"Préau {n}")["id"]
        assert alice("POST", f"/api/v1/asset/{number}/archive", json={}).status_code == 200
    desk = sqlite_client_of("alice")
    for view in ("equipmentview", "assetview"):
        page = desk.get(f"/{view}/list/?archived=1&group=status").get_data(as_text=True)
        heads = [
            " ".join(re.sub("<[^>]+>", " ", head).split())
            for head in re.findall(r'<th scope="rowgroup".*?</th>', page, re.S)
        ]
        counted = "équipements" if view == "equipmentview" else "biens"
        one = counted.removesuffix("s")
        assert heads == [f"En service 1 {one}", f"Archivé 12 {counted}"]
        (more,) = re.findall(r'<tr class="ov-moreof">.*?href="([^"]+)"', page, re.S)
        rest = desk.get(more.replace("&amp;", "&")).get_data(as_text=True)
        shown = set(re.findall(r"view/show/(\d+)", rest[rest.index("<main") :]))
        assert len(shown) == 12 and str(kept) not in shown
