"""The screens of the register, and the page behind a tag."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from base import jobs
from base.files import current_store
from base.models import JobRun
from base.models.documents import Document
from base.sessions import system_session
from patrimoine import domain, services
from patrimoine.models import Asset, Category, Tag, TagReport
from patrimoine.views import tags
from tests import engines

DAY = date(2026, 1, 5)
AT = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
KINDS = {
    "site": {},
    "building": {"rnb_id": "6QJBEEJXNFJC"},
    "floor": {"level": 1},
    "room": {"capacity": 30},
    "parcel": {"cadastral_id": "91216000AB0037"},
    "vehicle": {"plate": "AA-123-BC"},
    "equipment": {},
    "personal_equipment": {"size": "L"},
}


@pytest.fixture(autouse=True)
def _fresh_limits():
    tags.PAGES.clear()
    tags.REPORTS.clear()


@pytest.fixture
def town(app):
    """One asset of each kind in A with its tag, one site in B with its; names and tokens."""
    found = {}
    with system_session("tests") as session:
        for kind, columns in KINDS.items():
            asset = services.create(
                session, kind, entity_id=1, name=f"Bien {kind}", on=DAY, **columns
            )
            found[kind] = asset.id
            found[f"{kind} tag"] = services.issue_tag(session, asset, at=AT).token
        play = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
        site = session.get(Asset, found["site"])
        swing = services.create(
            session, "equipment", entity_id=1, name="Balançoire <double>", on=DAY,
            category=play, parent=site, notes="clé chez Paul",
        )  # fmt: skip
        found["swing"] = swing.id
        found["swing tag"] = services.issue_tag(session, swing, at=AT).token
        other = services.create(session, "site", entity_id=2, name="Mairie de Brenne", on=DAY)
        found["foreign"] = other.id
        found["foreign tag"] = services.issue_tag(session, other, at=AT).token
    return found


def text_of(answer):
    return answer.get_data(as_text=True)


def form_token(client, path):
    found = re.search(r'name="csrf_token" value="([^"]+)"', text_of(client.get(path)))
    assert found, path
    return found[1]


class TestRecords:
    def test_list_and_record_of_each_kind(self, client_of, town):
        alice = client_of("alice")
        page = alice.get("/assetview/list/")
        assert page.status_code == 200
        assert "Bien site" in text_of(page)
        assert "Mairie de Brenne" not in text_of(page)
        assert 'value="labels"' in text_of(page), "the action of the selection"
        for kind in KINDS:
            view = kind.replace("_", "")
            listed = alice.get(f"/{view}view/list/")
            assert f"Bien {kind}" in text_of(listed)
            shown = alice.get(f"/{view}view/show/{town[kind]}")
            assert shown.status_code == 200
            assert f"Bien {kind}" in text_of(shown)
            assert text_of(alice.get(f"/assetview/show/{town[kind]}")).count(f"Bien {kind}")
            assert alice.get(f"/{view}view/show/{town['foreign']}").status_code == 404
            assert alice.get(f"/{view}view/edit/{town[kind]}").status_code == 200
            assert alice.get(f"/{view}view/add").status_code == 200

    def test_a_record_offers_only_what_the_person_may_do(self, client_of, town):
        page = f"/assetview/show/{town['swing']}"
        for name, offered in (("alice", True), ("damien", False)):
            client = client_of(name)
            shown = text_of(client.get(page, follow_redirects=True))
            assert ("/tagview/revoke/" in shown) is offered, name
            assert ("/assetview/new?parent=" in shown) is offered, name

    def test_search_and_filters(self, client_of, town):
        alice = client_of("alice")
        found = text_of(alice.get("/assetview/list/?q=balancoire"))
        assert "Balançoire &lt;double&gt;" in found and "Bien room" not in found
        found = text_of(alice.get("/assetview/list/?f.kind.eq=vehicle"))
        assert "Bien vehicle" in found and "Bien site" not in found
        found = text_of(alice.get(f"/assetview/list/?under={town['site']}"))
        assert "Balançoire" in found and "Bien room" not in found

    def test_a_form_makes_and_changes_an_asset(self, client_of, town):
        alice = client_of("alice")
        token = engines.csrf(alice, "/vehicleview/add")
        made = alice.post(
            "/vehicleview/add",
            data={"csrf_token": token, "name": "Kangoo", "plate": "BB-456-CC",
                  "status": "in_service", "parent": str(town["site"]),
                  "acquisition_cost_eur": "12 500,50"},
        )  # fmt: skip
        assert made.status_code == 302, text_of(made)
        with system_session("tests") as session:
            car = session.scalars(select(Asset).where(Asset.name == "Kangoo")).one()
            assert (car.plate, car.parent_id, car.acquisition_cost_eur) == (
                "BB456CC",
                town["site"],
                Decimal("12500.50"),
            )
            number = car.id
        twice = alice.post(
            "/vehicleview/add",
            data={"csrf_token": token, "name": "Copie", "plate": "bb 456 cc",
                  "status": "in_service"},
        )  # fmt: skip
        assert twice.status_code == 409
        assert "Déjà sur « Kangoo »" in text_of(twice)
        assert "bb 456 cc" in text_of(twice)
        edited = alice.post(
            f"/vehicleview/edit/{number}",
            data={"csrf_token": token, "name": "Kangoo 2", "code": "V1", "plate": "BB-456-CC",
                  "status": "in_repair", "version": "1"},
        )  # fmt: skip
        assert edited.status_code == 302, text_of(edited)
        stale = alice.post(
            f"/vehicleview/edit/{number}",
            data={"csrf_token": token, "name": "Autre", "code": "V1", "status": "in_repair",
                  "version": "1"},
        )  # fmt: skip
        assert stale.status_code == 409

    def test_move_archive_restore(self, client_of, town):
        alice = client_of("alice")
        path = f"/assetview/move/{town['room']}"
        token = engines.csrf(alice, path)
        moved = alice.post(
            path, data={"csrf_token": token, "parent": str(town["building"]), "on": ""}
        )
        assert moved.status_code == 302, text_of(moved)
        back = {"csrf_token": token, "parent": str(town["site"]), "on": ""}
        assert alice.post(path, data=back).status_code == 302
        page = text_of(alice.get(f"/assetview/show/{town['room']}"))
        assert "Bien building" in page and "Bien site" in page
        again = {"csrf_token": token, "parent": str(town["building"]), "on": ""}
        assert alice.post(path, data=again).status_code == 302
        refused = alice.post(
            f"/assetview/move/{town['building']}",
            data={"csrf_token": token, "parent": str(town["room"])},
        )
        assert refused.status_code == 409
        foreign = alice.post(path, data={"csrf_token": token, "parent": str(town["foreign"])})
        assert foreign.status_code == 404
        done = alice.post(f"/assetview/archive/{town['room']}", data={"csrf_token": token})
        assert done.status_code == 302
        assert "est archivé" in text_of(alice.get("/assetview/list/"))
        assert "Bien room" not in text_of(alice.get("/assetview/list/"))
        alice.post(f"/assetview/restore/{town['room']}", data={"csrf_token": token})
        assert "Bien room" in text_of(alice.get("/assetview/list/"))
        bob = client_of("bob")
        token = engines.csrf(bob)
        refused = bob.post(f"/assetview/archive/{town['room']}", data={"csrf_token": token})
        assert refused.status_code in (302, 403)
        assert "Bien room" in text_of(bob.get("/assetview/list/"))

    def test_custom_fields(self, client_of, town):
        with system_session("tests") as session:
            services.define_field(session, label="Gardien", field_type="text")
        alice = client_of("alice")
        path = f"/assetview/fields/{town['site']}"
        token = engines.csrf(alice, path)
        alice.post(path, data={"csrf_token": token, "field.gardien": "M. Petit <x>"})
        assert "M. Petit &lt;x&gt;" in text_of(alice.get(f"/siteview/show/{town['site']}"))

    def test_costs_stand_on_the_record_with_what_is_below(self, client_of, town):
        with system_session("tests") as session:
            services.book_cost(
                session, session.get(Asset, town["swing"]), date_on=date.today(),
                amount_ht_eur=Decimal("100"), vat_eur=Decimal("20"), nature="parts",
                label="Chaîne", source_type="test", source_id=1,
            )  # fmt: skip
        alice = client_of("alice")
        page = text_of(alice.get(f"/siteview/show/{town['site']}"))
        assert "120,00\u00a0€" in page and 'class="ov-chart"' in page
        costs = text_of(alice.get(f"/siteview/show/{town['site']}?part=costs"))
        assert "Chaîne" in costs and "120,00\u00a0€" in costs
        assert "Chaîne" in text_of(alice.get(f"/costlineview/list/?under={town['site']}"))
        assert "Chaîne" not in text_of(alice.get(f"/costlineview/list/?under={town['vehicle']}"))
        bob = client_of("bob")
        assert "part=costs" not in text_of(bob.get(f"/siteview/show/{town['site']}"))
        told = text_of(bob.get(f"/siteview/show/{town['site']}?part=costs"))
        assert "Chaîne" not in told, "no right to the ledger"

    def test_energy_has_a_tab_where_energy_is_used(self, client_of, town):
        alice = client_of("alice")
        assert "part=energie" in text_of(alice.get(f"/siteview/show/{town['site']}"))
        assert "part=energie" not in text_of(alice.get(f"/vehicleview/show/{town['vehicle']}"))
        other = text_of(alice.get(f"/vehicleview/show/{town['vehicle']}?part=nothing"))
        assert "Identité" in other, "an unknown tab is the overview"
        empty = text_of(alice.get(f"/siteview/show/{town['site']}?part=energie"))
        assert "Rien n’est encore enregistré ici" in empty

    def test_categories_offered_are_those_of_the_kind(self, client_of):
        alice = client_of("alice")
        rows = alice.get("/vehicleview/choices/category?q=").get_json()
        assert "Poids lourd" in {r["text"] for r in rows}
        assert "École" not in {r["text"] for r in rows}


class TestMap:
    def test_shapes_in_the_box(self, client_of, town):
        with system_session("tests") as session:
            for name, west in (("parcel", 2.3), ("foreign", 2.4)):
                services.set_geometry(
                    session, session.get(Asset, town[name]),
                    {"type": "Point", "coordinates": [west, 48.8]},
                )  # fmt: skip
        alice = client_of("alice")
        assert "data-extent" in text_of(alice.get("/carte/"))
        found = alice.get("/carte/formes?bbox=2,48,3,49").get_json()
        assert [f["id"] for f in found["features"]] == [town["parcel"]]
        assert alice.get("/carte/formes?bbox=5,48,6,49").get_json()["features"] == []
        for wrong in ("", "1,2,3", "a,b,c,d", "nan,1,2,3"):
            assert alice.get(f"/carte/formes?bbox={wrong}").status_code == 400
        assert client_of(None).get("/carte/").status_code == 302

    def test_the_map_of_a_list_keeps_its_filters(self, client_of, town):
        with system_session("tests") as session:
            for name, west in (("parcel", 2.3), ("building", 2.31), ("foreign", 2.4)):
                services.set_geometry(
                    session, session.get(Asset, town[name]),
                    {"type": "Point", "coordinates": [west, 48.8]},
                )  # fmt: skip
        alice = client_of("alice")

        def shown(query):
            found = alice.get(f"/carte/formes?bbox=2,48,3,49&{query}").get_json()
            return sorted(f["id"] for f in found["features"])

        assert shown("of=AssetView") == sorted([town["parcel"], town["building"]])
        assert shown("of=BuildingView") == [town["building"]]
        assert shown("of=AssetView&f.kind.in=parcel") == [town["parcel"]]
        assert shown("of=AssetView&q=introuvable") == []
        page = text_of(alice.get("/assetview/list/?display=map&f.kind.in=parcel"))
        assert "of=AssetView&amp;" in page and "f.kind.in=parcel" in page
        assert "Rien de cette liste" in text_of(
            alice.get("/assetview/list/?display=map&q=introuvable")
        )
        assert alice.get("/carte/formes?bbox=2,48,3,49&of=JobView").status_code == 404


class TestManyAtOnce:
    def test_assets_change_state_together_and_leave_the_lists(self, client_of, town):
        alice = client_of("alice")
        names = ("building", "vehicle")
        answer = alice.post(
            "/assetview/action_post",
            data={"action": "archive", "rowid": [town[n] for n in names],
                  "csrf_token": engines.csrf(alice)},
        )
        assert answer.status_code == 302
        with system_session("tests") as session:
            gone = [session.get(Asset, town[n]).archived_on for n in names]
        assert all(gone)
        refused = client_of("damien")
        answer = refused.post(
            "/assetview/action_post",
            data={"action": "archive", "rowid": [town["site"]],
                  "csrf_token": engines.csrf(refused)},
        )
        assert answer.status_code == 403

    def test_buildings_are_given_to_a_service(self, client_of, town):
        from base.models import Service

        with system_session("tests") as session:
            service = Service(entity_id=1, code="BAT", name="Bâtiments")
            session.add(service)
            session.flush()
            number = service.id
        alice = client_of("alice")
        alice.post(
            "/buildingview/action_post",
            data={"action": "service", "rowid": [town["building"]], "service.service": number,
                  "csrf_token": engines.csrf(alice)},
        )  # fmt: skip
        with system_session("tests") as session:
            assert session.get(Asset, town["building"]).service_id == number


class TestLabels:
    def test_from_a_selection_to_a_job(self, client_of, town, monkeypatch):
        alice = client_of("alice")
        token = engines.csrf(alice, "/assetview/list/")
        ids = [str(town["site"]), str(town["swing"])]
        form = alice.post(
            "/assetview/action_post",
            data={"csrf_token": token, "action": "labels", "rowid": ids},
        )
        assert form.status_code == 200, text_of(form)
        assert "Imprimer 2 étiquettes" in text_of(form)
        sent = {"csrf_token": token, "id": ids, "layout": "63x34", "start": "5"}
        refused = alice.post("/assetview/labels/print", data=sent)
        assert refused.status_code == 409
        assert "OUVRAGE_BASE_URL" in text_of(refused)
        asked = alice.post("/assetview/labels/print", data={**sent, "force": "1"})
        assert asked.status_code == 302, text_of(asked)
        with system_session("tests") as session:
            job = session.scalars(select(JobRun)).one()
            assert job.kind == "patrimoine.labels"
            assert set(json.loads(job.args)["ids"]) == {town["site"], town["swing"]}
            number = job.id
        jobs.run(number)
        with system_session("tests") as session:
            job = session.get(JobRun, number)
            assert job.state == "done", job.last_error
            document = session.get(Document, json.loads(job.result)["document_ids"][0])
            assert current_store().read(document.digest).startswith(b"%PDF-")
            printed = session.scalars(select(Tag).where(Tag.asset_id == town["swing"])).one()
            assert printed.printed_count == 1
        assert "Étiquette imprimée" in text_of(alice.get(f"/siteview/show/{town['site']}"))
        foreign = {**sent, "force": "1", "id": [str(town["foreign"])]}
        assert alice.post("/assetview/labels/print", data=foreign).status_code == 404
        wrong = {**sent, "force": "1", "start": "99"}
        assert alice.post("/assetview/labels/print", data=wrong).status_code == 409


class TestTagPage:
    def test_the_agent_sees_the_asset(self, client_of, town):
        bob = client_of("bob")
        page = bob.get(f"/t/{town['swing tag']}")
        assert page.status_code == 200
        assert "Fiche complète" in text_of(page)
        assert "clé chez Paul" in text_of(page)
        shown = domain.show_token(town["swing tag"]).lower()
        assert bob.get(f"/t/{shown}").status_code == 200

    @pytest.mark.parametrize("who", [None, "chloe"])
    def test_others_see_name_and_place_only(self, client_of, town, who):
        page = text_of(client_of(who).get(f"/t/{town['swing tag']}"))
        assert "Balançoire &lt;double&gt;" in page
        assert "Bien site" in page
        assert "Commune d’Aubre" in page
        assert "Que se passe-t-il" in page
        assert "clé chez Paul" not in page and "Fiche complète" not in page
        assert "EQP-" not in page

    def test_an_asset_that_takes_no_report_keeps_its_name(self, client_of, town):
        page = client_of(None).get(f"/t/{town['vehicle tag']}")
        assert page.status_code == 200
        assert "Bien vehicle" not in text_of(page)
        assert "Commune d’Aubre" in text_of(page)
        assert "Que se passe-t-il" not in text_of(page)

    def test_unknown_revoked_malformed_and_archived_are_the_same_page(self, client_of, town):
        with system_session("tests") as session:
            tag = session.scalars(select(Tag).where(Tag.token == town["site tag"])).one()
            services.revoke_tag(session, tag, at=AT)
            services.archive(session, session.get(Asset, town["floor"]), on=DAY)
        stranger = client_of(None)
        pages = set()
        for token in ("0" * 16, town["site tag"], "abc", "é" * 16, town["floor tag"]):
            answer = stranger.get(f"/t/{token}")
            assert answer.status_code == 404
            pages.add(re.sub(r"[0-9a-f]{16}", "", text_of(answer)))
        assert len(pages) == 1

    def _sent(self, client, town, **more):
        path = f"/t/{town['swing tag']}"
        page = text_of(client.get(path))
        values = {
            name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]
            for name in ("csrf_token", "stamp")
        }
        return client.post(f"{path}/signaler", data={**values, **more})

    def test_a_report_becomes_a_row(self, client_of, town, monkeypatch):
        monkeypatch.setattr(tags, "MIN_SECONDS", 0)
        stranger = client_of(None)
        sent = self._sent(stranger, town, description="La chaîne est cassée", contact="x@y.fr")
        assert sent.status_code == 302, text_of(sent)
        with system_session("tests") as session:
            row = session.scalars(select(TagReport)).one()
            assert (row.asset_id, row.entity_id, row.contact) == (town["swing"], 1, "x@y.fr")
            number = row.id
        page = text_of(stranger.get(sent.headers["Location"]))
        assert "Merci" in page
        assert "La chaîne est cassée" not in page, "strangers do not read strangers"
        assert "La chaîne est cassée" in text_of(
            client_of("alice").get(f"/equipmentview/show/{town['swing']}")
        )
        token = form_token(stranger, f"/t/{town['swing tag']}")
        for _index in range(2):
            stranger.post(f"/t/{town['swing tag']}/aussi/{number}", data={"csrf_token": token})
        with system_session("tests") as session:
            assert session.scalars(select(TagReport)).one().supporters == 1
        chloe = client_of("chloe")
        assert chloe.get(f"/tagreportview/show/{number}").status_code == 404

    def test_what_is_refused(self, client_of, town, monkeypatch):
        stranger = client_of(None)
        hasty = self._sent(stranger, town, description="La chaîne est cassée")
        assert hasty.status_code == 422
        assert "La chaîne est cassée" in text_of(hasty)
        monkeypatch.setattr(tags, "MIN_SECONDS", 0)
        assert self._sent(stranger, town, description="x").status_code == 422
        assert self._sent(stranger, town, description="ok ok", stamp="faux").status_code == 422
        robot = self._sent(stranger, town, description="acheter", website="http://x")
        assert robot.status_code == 302
        path = f"/t/{town['swing tag']}/signaler"
        assert stranger.post(path, data={"description": "sans jeton"}).status_code == 400
        with system_session("tests") as session:
            assert session.scalars(select(TagReport)).all() == []
        token = form_token(stranger, f"/t/{town['swing tag']}")
        closed = stranger.post(
            f"/t/{town['vehicle tag']}/signaler", data={"csrf_token": token, "description": "x"}
        )
        assert closed.status_code == 404

    def test_too_many_pages_from_one_address(self, sqlite_client_of):
        stranger = sqlite_client_of(None)
        answers = [stranger.get("/t/abc").status_code for _index in range(61)]
        assert answers == [404] * 60 + [429]

    def test_a_blank_tag_is_claimed_on_site(self, client_of, town):
        with system_session("tests") as session:
            blank = services.issue_blank_tags(session, entity_id=1, count=1, at=AT)[0].token
        assert client_of(None).get(f"/t/{blank}").status_code == 404
        alice = client_of("alice")
        path = f"/t/{blank}"
        token = form_token(alice, path)
        done = alice.post(
            f"/tagview/link/{blank}", data={"csrf_token": token, "asset": str(town["room"])}
        )
        assert done.status_code == 302
        assert "Bien room" in text_of(alice.get(path))

    def test_reports_are_sorted_by_the_authority(self, client_of, town):
        with system_session("tests") as session:
            number = services.receive_report(
                session, asset_id=town["swing"], entity_id=1, tag_id=None,
                description="Siège fissuré", contact=None, at=AT,
            ).id  # fmt: skip
        alice = client_of("alice")
        token = engines.csrf(alice, "/tagreportview/list/")
        done = alice.post(
            f"/tagreportview/accept/{number}",
            data={"csrf_token": token, "public_label": "Siège gauche fissuré"},
        )
        assert done.status_code == 302
        stranger = client_of(None)
        assert "Siège gauche fissuré" in text_of(stranger.get(f"/t/{town['swing tag']}"))
        alice.post(f"/tagreportview/close/{number}", data={"csrf_token": token})
        assert "Siège gauche" not in text_of(stranger.get(f"/t/{town['swing tag']}"))
