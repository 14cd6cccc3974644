"""The resources of the register, as machines use them."""

import pytest

from base.rules.rights.actors import system_session
from patrimoine import services
from patrimoine.models import Asset


def make(api, resource="building", **values):
    answer = api("POST", f"/api/v1/{resource}/", json={"name": "Groupe scolaire", **values})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


class TestAsset:
    def test_contract_fields(self, api_of):
        alice = api_of("alice")
        made = make(
            alice,
            "asset",
            kind="building",
            category="ecole",
            latitude=48.8,
            longitude=2.3,
            acquired_on="2001-09-01",
            acquisition_cost_eur="1000.50",
        )
        row = alice("GET", f"/api/v1/asset/{made['id']}").get_json()["result"]
        assert row == {
            **row,
            "code": "BAT-0001",
            "kind": "building",
            "category": "ecole",
            "parent_id": None,
            "entity_id": 1,
            "status": "in_service",
            "latitude": 48.8,
            "longitude": 2.3,
            "acquired_on": "2001-09-01",
            "acquisition_cost_eur": "1000.50",
        }
        listed = alice("GET", "/api/v1/asset/").get_json()
        assert listed["count"] == 1
        assert {k: row[k] for k in ("id", "code", "name", "kind", "category", "parent_id")} == {
            k: listed["result"][0][k]
            for k in ("id", "code", "name", "kind", "category", "parent_id")
        }

    def test_kinds_have_their_own_columns(self, api_of):
        alice = api_of("alice")
        building = make(alice, rnb_id="6QJB-EEJX-NFJC", floor_area_m2="2184")["result"]
        assert (building["rnb_id"], building["floor_area_m2"]) == ("6QJBEEJXNFJC", "2184.00")
        car = make(alice, "vehicle", name="Kangoo", plate="aa-123-bc", energy="EL")
        assert car["result"]["plate"] == "AA123BC"
        parcel = make(alice, "parcel", name="P", cadastral_id="91216000AB0037")["result"]
        assert parcel["section"] == "AB"
        assert alice("GET", f"/api/v1/building/{car['id']}").status_code == 404

    def test_etag_and_change(self, api_of):
        alice = api_of("alice")
        number = make(alice)["id"]
        path = f"/api/v1/building/{number}"
        tag = alice("GET", path).headers["ETag"]
        assert alice("PUT", path, json={"name": "x"}).status_code == 428
        done = alice("PUT", path, json={"name": "Nouveau"}, headers={"If-Match": tag})
        assert done.status_code == 200, done.get_json()
        assert done.headers["ETag"] != tag
        stale = alice("PUT", path, json={"name": "y"}, headers={"If-Match": tag})
        assert stale.status_code == 412
        row = alice("GET", path).get_json()["result"]
        assert row["name"] == "Nouveau"

    def test_place_moves_and_archive(self, api_of):
        alice = api_of("alice")
        site = make(alice, "site", name="Site")["id"]
        building = make(alice, parent_id=site)
        room = make(alice, "room", name="Salle", parent_id=building["id"])["id"]
        other = make(alice, name="Autre", parent_id=site)["id"]
        moved = alice("POST", f"/api/v1/room/{room}/move", json={"parent_id": other})
        assert moved.status_code == 200, moved.get_json()
        assert moved.get_json()["result"]["parent_id"] == other
        refused = alice("POST", f"/api/v1/site/{site}/archive", json={})
        assert refused.status_code == 409
        assert "biens en service" in refused.get_json()["message"]
        found = alice("GET", f"/api/v1/asset/?q=(filters:!((col:parent_id,opr:eq,value:{other})))")
        assert [r["id"] for r in found.get_json()["result"]] == [room]

    def test_put_with_another_parent_is_a_move(self, api_of):
        alice = api_of("alice")
        site = make(alice, "site", name="Site")["id"]
        building = make(alice)["id"]
        path = f"/api/v1/building/{building}"
        tag = alice("GET", path).headers["ETag"]
        done = alice("PUT", path, json={"parent_id": site}, headers={"If-Match": tag})
        assert done.get_json()["result"]["parent_id"] == site

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({}, 422),
            ({"name": "x", "kind": "chose"}, 422),
            ({"name": "x", "kind": "building", "path": "0"}, 422),
            ({"name": "x", "kind": "building", "version": 3}, 422),
            ({"name": "x", "kind": "building", "category": "inconnue"}, 422),
            ({"name": "x", "kind": "building", "category": "chaudiere"}, 422),
            ({"name": "x", "kind": "building", "parent_id": 99999}, 422),
            ({"name": "x", "kind": "building", "parent_id": 2**70}, 422),
            ({"name": "x", "kind": "building", "latitude": 99}, 422),
            ({"name": "x", "kind": "building", "status": "parfait"}, 422),
            ({"name": "x", "kind": "parcel"}, 422),
        ],
    )
    def test_refusals(self, sqlite_api_of, body, status):
        answer = sqlite_api_of("alice")("POST", "/api/v1/asset/", json=body)
        assert answer.status_code == status, answer.get_json()
        assert answer.get_json()["message"]

    def test_one_key_one_effect(self, api_of):
        alice = api_of("alice")
        body = {"name": "Une fois", "kind": "site"}
        answers = [
            alice("POST", "/api/v1/asset/", json=body, headers={"Idempotency-Key": "k1"})
            for _index in range(2)
        ]
        assert answers[0].get_data() == answers[1].get_data()
        assert alice("GET", "/api/v1/asset/").get_json()["count"] == 1

    def test_delete_what_nothing_depends_on(self, api_of):
        alice = api_of("alice")
        site = make(alice, "site", name="Site")["id"]
        building = make(alice, parent_id=site)["id"]
        damien = api_of("damien")
        path = f"/api/v1/site/{site}"
        assert damien("DELETE", path, headers={"If-Match": "*"}).status_code == 403
        admin = api_of("admin")
        refused = admin("DELETE", path, headers={"If-Match": "*"})
        assert refused.status_code == 409
        done = admin("DELETE", f"/api/v1/building/{building}", headers={"If-Match": "*"})
        assert done.status_code == 200
        assert admin("DELETE", path, headers={"If-Match": "*"}).status_code == 200


class TestTwoAuthorities:
    def test_a_foreign_row_does_not_exist(self, api_of):
        alice, chloe, bob = api_of("alice"), api_of("chloe"), api_of("bob")
        mine = make(alice, "vehicle", name="Kangoo", plate="AA-123-BC")["id"]
        theirs = make(chloe, "site", name="Mairie de Brenne")["id"]
        for who in (alice, bob):
            for path in (f"asset/{theirs}", f"site/{theirs}"):
                assert who("GET", f"/api/v1/{path}").status_code == 404
            ids = who("GET", "/api/v1/asset/").get_json()["ids"]
            assert ids == [mine]
        assert alice("POST", f"/api/v1/asset/{theirs}/archive", json={}).status_code == 404
        assert alice("PUT", f"/api/v1/asset/{theirs}", json={"name": "x"}).status_code == 404
        assert alice("DELETE", f"/api/v1/site/{theirs}").status_code in (403, 404)
        below = alice("POST", "/api/v1/building/", json={"name": "x", "parent_id": theirs})
        assert below.status_code == 422
        moved = alice("POST", f"/api/v1/vehicle/{mine}/move", json={"parent_id": theirs})
        assert moved.status_code == 422
        foreign = alice("POST", "/api/v1/site/", json={"name": "x", "entity_id": 2})
        assert foreign.status_code in (404, 422)
        tag = chloe("POST", f"/api/v1/asset/{theirs}/tag", json={}).get_json()
        assert alice("GET", f"/api/v1/tag/{tag['id']}").status_code == 404
        assert alice("POST", f"/api/v1/tag/{tag['id']}/revoke", json={}).status_code == 404
        other = chloe("POST", f"/api/v1/tag/{tag['id']}/link", json={"asset_id": mine})
        assert other.status_code == 422

    def test_rights_by_role(self, sqlite_api_of):
        alice, bob, damien = (sqlite_api_of(n) for n in ("alice", "bob", "damien"))
        number = make(alice, "site", name="Site")["id"]
        for who in (bob, damien):
            assert who("GET", f"/api/v1/asset/{number}").status_code == 200
            assert who("POST", "/api/v1/site/", json={"name": "x"}).status_code == 403
        assert bob("POST", f"/api/v1/asset/{number}/tag", json={}).status_code == 200
        assert damien("POST", f"/api/v1/asset/{number}/tag", json={}).status_code == 403
        assert bob("GET", "/api/v1/cost_line/").status_code == 403
        assert sqlite_api_of(None)("GET", "/api/v1/asset/").status_code == 401


class TestLedger:
    def test_lines_are_read_only(self, api_of):
        from datetime import date
        from decimal import Decimal

        alice = api_of("alice")
        number = make(alice, "site", name="Site")["id"]
        with system_session("tests") as session:
            services.book_cost(
                session,
                session.get(Asset, number),
                date_on=date(2026, 1, 5),
                amount_ht_eur=Decimal("100"),
                vat_eur=Decimal("20"),
                nature="labour",
                label="x",
                source_type="test",
                source_id=1,
            )
        listed = alice("GET", "/api/v1/cost_line/").get_json()["result"]
        assert listed[0] == {
            **listed[0],
            "asset_id": number,
            "date_on": "2026-01-05",
            "amount_ht_eur": "100.00",
            "vat_eur": "20.00",
            "nature": "labour",
            "account": "64111",
            "source_type": "test",
            "source_id": 1,
        }
        assert alice("POST", "/api/v1/cost_line/", json={}).status_code in (404, 405)
        assert alice("DELETE", f"/api/v1/cost_line/{listed[0]['id']}").status_code in (404, 405)
