"""The screens of the register, and the page behind a tag."""

import json
import re
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from base.engine import jobs
from base.papers.files.store import current_store
from base.rules.rights.actors import system_session
from base.store.models import JobRun
from base.store.models.documents import Document
from patrimoine import services
from patrimoine.models import Asset, Tag
from tests import engines
from tests.patrimoine.rows import KINDS


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
            data={
                "csrf_token": token,
                "name": "Kangoo",
                "plate": "BB-456-CC",
                "status": "in_service",
                "parent": str(town["site"]),
                "acquisition_cost_eur": "12 500,50",
            },
        )
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
            data={
                "csrf_token": token,
                "name": "Copie",
                "plate": "bb 456 cc",
                "status": "in_service",
            },
        )
        assert twice.status_code == 409
        assert "Déjà sur «\u00a0Kangoo\u00a0»" in text_of(twice)
        assert "bb 456 cc" in text_of(twice)
        edited = alice.post(
            f"/vehicleview/edit/{number}",
            data={
                "csrf_token": token,
                "name": "Kangoo 2",
                "code": "V1",
                "plate": "BB-456-CC",
                "status": "in_repair",
                "version": "1",
            },
        )
        assert edited.status_code == 302, text_of(edited)
        stale = alice.post(
            f"/vehicleview/edit/{number}",
            data={
                "csrf_token": token,
                "name": "Autre",
                "code": "V1",
                "status": "in_repair",
                "version": "1",
            },
        )
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
        assert foreign.status_code == 422
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
                session,
                session.get(Asset, town["swing"]),
                date_on=date.today(),
                amount_ht_eur=Decimal("100"),
                vat_eur=Decimal("20"),
                nature="parts",
                label="Chaîne",
                source_type="test",
                source_id=1,
            )
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
                    session,
                    session.get(Asset, town[name]),
                    {"type": "Point", "coordinates": [west, 48.8]},
                )
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
                    session,
                    session.get(Asset, town[name]),
                    {"type": "Point", "coordinates": [west, 48.8]},
                )
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
        assert 'data-places="/carte/lieux"' in page
        assert "Rien de cette liste" in text_of(
            alice.get("/assetview/list/?display=map&q=introuvable")
        )
        assert alice.get("/carte/formes?bbox=2,48,3,49&of=JobView").status_code == 404

    def test_a_bubble_says_where_its_assets_are(self, client_of, town):
        alice = client_of("alice")
        asked = f"id={town['swing']}&id={town['foreign']}&id=x&id={10**30}&id=-1"
        assert alice.get(f"/carte/lieux?{asked}").get_json() == {str(town["swing"]): "Bien site"}


class TestManyAtOnce:
    def test_assets_change_state_together_and_leave_the_lists(self, client_of, town):
        alice = client_of("alice")
        names = ("building", "vehicle")
        answer = alice.post(
            "/assetview/action_post",
            data={
                "action": "archive",
                "rowid": [town[n] for n in names],
                "csrf_token": engines.csrf(alice),
            },
        )
        assert answer.status_code == 302
        with system_session("tests") as session:
            gone = [session.get(Asset, town[n]).archived_on for n in names]
        assert all(gone)
        refused = client_of("damien")
        answer = refused.post(
            "/assetview/action_post",
            data={
                "action": "archive",
                "rowid": [town["site"]],
                "csrf_token": engines.csrf(refused),
            },
        )
        assert answer.status_code == 403

    def test_buildings_are_given_to_a_service(self, client_of, town):
        from base.store.models import Department

        with system_session("tests") as session:
            service = Department(entity_id=1, code="BAT", name="Bâtiments")
            session.add(service)
            session.flush()
            number = service.id
        alice = client_of("alice")
        alice.post(
            "/buildingview/action_post",
            data={
                "action": "service",
                "rowid": [town["building"]],
                "service.service": number,
                "csrf_token": engines.csrf(alice),
            },
        )
        with system_session("tests") as session:
            assert session.get(Asset, town["building"]).service_id == number

    def test_the_list_of_all_assets_gives_what_that_of_a_kind_does(self, client_of, town):
        """Those who may change assets do; ``edit`` of the list of all is that right."""
        from base.store.models import Department

        with system_session("tests") as session:
            service = Department(entity_id=1, code="BAT", name="Bâtiments")
            session.add(service)
            session.flush()
            number = service.id
        names = ("building", "equipment")
        ids = [town[name] for name in names]
        for who, status in (("admin", 302), ("alice", 302), ("bob", 403), ("damien", 403)):
            person = client_of(who)
            token = engines.csrf(person)
            for view in ("assetview", "equipmentview"):
                for verb, value in (("service.service", number), ("status.status", "in_repair")):
                    sent = {"action": verb.partition(".")[0], "rowid": ids[1:], verb: value}
                    if view == "assetview":
                        sent["rowid"] = ids
                    answer = person.post(f"/{view}/action_post", data={**sent, "csrf_token": token})
                    assert answer.status_code == status, (who, view, verb)
            shown = "Confier à un service" in text_of(person.get("/assetview/list/"))
            assert shown == (status == 302)
            with system_session("tests") as session:
                for asset in (session.get(Asset, pk) for pk in ids):
                    assert (asset.service_id, asset.status) == (number, "in_repair")

    def test_the_form_of_any_asset_is_that_of_its_kind(self, client_of, town):
        alice = client_of("alice")
        page = alice.get(f"/assetview/edit/{town['building']}")
        assert page.status_code == 200 and "Modifier le bien" in text_of(page)
        assert client_of("bob").get(f"/assetview/edit/{town['building']}").status_code in (302, 403)


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
        # Before anything is chosen: no telephone would reach the address, and what to do.
        assert "OUVRAGE_BASE_URL" in text_of(form) and 'name="force"' in text_of(form)
        sent = {"csrf_token": token, "id": ids, "layout": "63x34", "start": "5"}
        refused = alice.post("/assetview/labels/print", data=sent)
        assert refused.status_code == 409
        assert text_of(refused).count("OUVRAGE_BASE_URL") == 1
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
        wrong = {**sent, "force": "1", "start": "99", "outline": "1"}
        again = alice.post("/assetview/labels/print", data=wrong)
        assert again.status_code == 409
        typed = re.findall(r'name="(?:force|outline)"\s+value="1"( checked)?>', text_of(again))
        assert typed == [" checked", " checked"]
        huge = {**sent, "force": "1", "id": [str(10**30)]}
        assert alice.post("/assetview/labels/print", data=huge).status_code == 409
