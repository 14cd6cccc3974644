"""Categories and custom fields: where a field stands, what it takes, and every door obeys."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError, InvalidInput
from base.desk.imports import Effect, Options, importer_of
from base.desk.imports.engine import Source, examine
from base.rules.rights.actors import job_session, system_session
from base.store.models import Event, Partner
from patrimoine import queries, services
from patrimoine.models import Asset, Category, FieldDefinition, FieldValue
from patrimoine.services.categories import CategoryInUse
from patrimoine.services.definitions import FieldInUse
from tests import engines

DAY = date(2026, 11, 23)


def text_of(answer):
    return answer.get_data(as_text=True)


def category(session, code):
    return session.scalars(select(Category).where(Category.code == code)).one()


def made(session, kind, name="Bien", **columns):
    return services.create(session, kind, entity_id=1, name=name, on=DAY, **columns)


def carried(session, asset):
    return [f.key for f in queries.FieldBook(session).of(asset.kind, asset.category_id)]


class TestWhereAFieldStands:
    def test_a_field_of_a_category_stands_on_those_below_it_and_nowhere_else(self, session):
        above = category(session, "vehicule")
        below = session.scalars(select(Category).where(Category.parent_id == above.id)).first()
        services.define_field(session, label="Contrôle technique", category_ids=[above.id])
        van = made(session, "vehicle", category=below)
        bare = made(session, "vehicle")
        parcel = made(session, "parcel", cadastral_id="01001000AA0001")
        assert carried(session, van) == ["controle_technique"]
        assert carried(session, bare) == carried(session, parcel) == []
        with pytest.raises(InvalidInput, match="n’a pas de champ «\u00a0controle_technique\u00a0»"):
            services.set_values(session, parcel, {"controle_technique": "oui"})

    def test_a_field_of_a_kind_stands_on_that_kind(self, session):
        services.define_field(session, label="Gardien", kinds=["site", "building"])
        assert carried(session, made(session, "site")) == ["gardien"]
        assert carried(session, made(session, "vehicle")) == []

    def test_a_value_stays_shown_where_its_field_no_longer_stands(self, session):
        field = services.define_field(session, label="Gardien", kinds=["site"])
        site = made(session, "site")
        services.set_values(session, site, {"gardien": "M. Petit"})
        services.update_field(session, field, kinds=["vehicle"])
        assert [(v.field.key, v.value) for v in queries.custom_values(session, site)] == [
            ("gardien", "M. Petit")
        ]
        session.commit()
        wanted = select(Event.changes).where(Event.record == "patrimoine_field_definition")
        with system_session("tests", readonly=True) as work:
            noted = work.scalars(wanted).all()
        assert any("Porté par\u00a0: Véhicule" in words for words in noted)


class TestWhatAFieldTakes:
    def test_bounds_amounts_and_long_texts(self, session):
        services.define_field(
            session,
            label="Puissance",
            field_type="number",
            unit="kW",
            low=Decimal("0.5"),
            high=Decimal("40"),
        )
        services.define_field(session, label="Loyer", field_type="amount")
        services.define_field(session, label="Consignes", field_type="long_text")
        room = made(session, "room")
        services.set_values(
            session, room, {"puissance": "12,5", "loyer": "1 250,50", "consignes": "Un\nDeux"}
        )
        assert [v.words for v in queries.custom_values(session, room)] == [
            "12,5\u00a0kW",
            "1\u00a0250,50\u00a0€",
            "Un\nDeux",
        ]
        with pytest.raises(services.FieldsRefused) as refusal:
            services.set_values(session, room, {"puissance": "41", "loyer": "1,255"})
        assert refusal.value.errors == {
            "puissance": "Puissance\u00a0: 40 au plus.",
            "loyer": "Loyer\u00a0: 2 décimales au plus.",
        }

    def test_links_are_of_the_same_authority(self, session):
        services.define_field(session, label="Mainteneur", field_type="partner")
        services.define_field(session, label="Alimenté par", field_type="asset")
        session.add(Partner(entity_id=1, code="THERM", name="Thermique du Bugey"))
        boiler = made(session, "equipment", name="Chaudière", code="CH-1")
        radiator = made(session, "equipment", name="Radiateur")
        foreign_id = services.create(
            session, "equipment", entity_id=2, name="Ailleurs", on=DAY, code="X-1"
        ).id
        services.set_values(
            session, radiator, {"mainteneur": "thermique du bugey", "alimente_par": boiler.id}
        )
        found = {v.field.key: v.typed for v in queries.custom_values(session, radiator)}
        assert found == {"mainteneur": "Thermique du Bugey", "alimente_par": "Chaudière"}
        # The thread says names; the history beside it keeps the numbers.
        noted = json.loads(session.info["trail"][-1]["changes"])
        assert (
            noted["text"] == "Mainteneur\u00a0: Thermique du Bugey, Alimenté par\u00a0: Chaudière"
        )
        assert noted["fields"]["Alimenté par"] == [None, boiler.id]
        for bad in (foreign_id, "X-1", 10**20):
            with pytest.raises(services.FieldsRefused, match="introuvable"):
                services.set_values(session, radiator, {"alimente_par": bad})
        with pytest.raises(DomainError, match="un champ d’un autre bien"):
            services.remove(session, boiler)

    def test_default_and_bounds_must_fit_the_type(self, session):
        for columns, name in (
            ({"field_type": "number", "low": Decimal(5), "high": Decimal(2)}, "high"),
            ({"field_type": "number", "default_value": "beaucoup"}, "default_value"),
            ({"field_type": "choice", "choices": "Gaz\ngaz"}, "choices"),
            ({"field_type": "choice"}, "choices"),
        ):
            with pytest.raises(InvalidInput) as refusal:
                services.define_field(session, label="Champ", **columns)
            assert name in refusal.value.errors
            session.rollback()


class TestChangingAField:
    def test_a_type_with_values_is_kept_and_the_sentence_counts_them(self, session):
        field = services.define_field(session, label="Posé le")
        for name in ("A", "B"):
            services.set_values(session, made(session, "site", name), {"pose_le": "jadis"})
        with pytest.raises(FieldInUse, match="Posé le.* une valeur dans 2 fiches"):
            services.update_field(session, field, field_type="date")
        with pytest.raises(FieldInUse, match="une valeur dans 2 fiches"):
            services.remove_field(session, field)
        services.archive_field(session, field, on=DAY)
        assert queries.FieldBook(session).definitions == []
        empty = services.define_field(session, label="Vide")
        services.update_field(session, empty, field_type="date")
        services.remove_field(session, empty)
        assert session.scalar(select(func.count(FieldDefinition.id))) == 1

    def test_a_choice_is_renamed_on_every_record_and_not_taken_from_them(self, session):
        field = services.define_field(
            session, label="Énergie", field_type="choice", choices="Gaz\nFioul", default_value="Gaz"
        )
        site = made(session, "site")
        services.set_values(session, site, {"energie": "Gaz"})
        with pytest.raises(
            FieldInUse, match="«\u00a0Gaz\u00a0» ne se retire pas, il est dans 1 fiche"
        ):
            services.update_field(session, field, choices="Fioul", default_value=None)
        session.expire_all()
        field.choices, field.default_value = "Gaz\nFioul", "Gaz"
        assert services.rename_choice(session, field, old="Gaz", new="Gaz naturel") == 1
        assert session.get(FieldDefinition, field.id).choice_list == ("Gaz naturel", "Fioul")
        assert queries.custom_values(session, site)[0].value == "Gaz naturel"

    def test_the_order_is_that_of_every_screen(self, session):
        fields = [services.define_field(session, label=name) for name in ("Un", "Deux", "Trois")]
        services.reorder(session, fields[::-1])
        assert [f.label for f in queries.FieldBook(session).definitions] == ["Trois", "Deux", "Un"]


class TestCategories:
    def test_a_category_in_use_keeps_its_kind_and_cannot_go(self, session):
        school = category(session, "ecole")
        made(session, "building", category=school)
        with pytest.raises(CategoryInUse, match="elle est celle de 1 fiche"):
            services.update_category(session, school, kind="site")
        with pytest.raises(CategoryInUse, match="Archivez-la"):
            services.remove_category(session, school)
        services.archive_category(session, school, on=DAY)
        assert "ecole" not in queries.categories_by_code(session)

    def test_the_tree_has_no_circle_and_one_kind(self, session):
        top, school = category(session, "batiment"), category(session, "ecole")
        with pytest.raises(InvalidInput, match="est elle-même sous cette catégorie"):
            services.update_category(session, top, parent=school)
        with pytest.raises(InvalidInput, match="de la même nature"):
            services.update_category(session, school, parent=category(session, "vehicule"))
        with pytest.raises(InvalidInput, match="minuscules"):
            services.update_category(session, school, code="École !")
        with pytest.raises(InvalidInput, match="existe déjà"):
            services.create_category(session, kind="building", name="Autre", code="ecole")


class TestEveryDoor:
    @pytest.fixture
    def world(self, app):
        with app.app_context(), system_session("tests") as session:
            vehicles = category(session, "vehicule")
            services.define_field(
                session,
                label="Contrôle technique",
                field_type="date",
                is_required=True,
                category_ids=[vehicles.id],
            )
            services.define_field(session, label="Prime", field_type="amount", kinds=["vehicle"])
            van = services.create(
                session, "vehicle", entity_id=1, name="Kangoo", on=DAY, category=vehicles
            )
            services.set_values(session, van, {"controle_technique": "01/03/2027", "prime": "410"})
            return {"van": van.id, "category": vehicles.id}

    def test_the_form_asks_and_refuses_beside_the_field(self, client_of, world):
        alice = client_of("alice")
        page = text_of(alice.get("/vehicleview/add"))
        assert 'name="field.controle_technique"' in page and "Prime" in page
        assert 'name="field.controle_technique"' not in text_of(alice.get("/siteview/add"))
        data = {
            "csrf_token": engines.csrf(alice, "/vehicleview/add"),
            "name": "Master",
            "category": str(world["category"]),
            "status": "in_service",
        }
        refused = alice.post("/vehicleview/add", data=data)
        assert refused.status_code == 422
        assert "Contrôle technique\u00a0: à renseigner." in text_of(refused)
        done = alice.post(
            "/vehicleview/add", data={**data, "field.controle_technique": "02/04/2027"}
        )
        assert done.status_code == 302
        assert "02/04/2027" in text_of(alice.get(done.headers["Location"]))

    def test_lists_show_filter_and_export_the_field(self, client_of, world):
        alice = client_of("alice")
        path = "/vehicleview/list/?cols=name,field_controle_technique,field_prime_eur"
        page = text_of(alice.get(path))
        assert "01/03/2027" in page and "410,00\u00a0€" in page
        assert "field_prime_eur" not in text_of(alice.get("/siteview/list/"))
        for query, there in (
            ("f.field_controle_technique.ge=2027-01-01", True),
            ("f.field_controle_technique.lt=2027-01-01", False),
            ("f.field_controle_technique.none=1", False),
            ("f.field_prime_eur.ge=400", True),
            ("f.field_prime_eur.ge=500", False),
        ):
            found = text_of(alice.get(f"/vehicleview/list/?{query}"))
            assert ("Kangoo" in found) is there, query
        said = text_of(alice.get("/vehicleview/list/?f.field_prime_eur.has=x"))
        assert "n’a pas été compris" in said
        csv = alice.get(path.replace("list/", "export/csv")).data.decode("utf-8-sig")
        assert csv.splitlines()[0] == "N° d’inventaire;Nom;Contrôle technique;Prime"
        assert "Kangoo;01/03/2027;410,00" in csv

    def test_rest_reads_and_writes_it(self, app, world):
        client = app.test_client()
        headers = engines.token_headers(client, "alice")
        one = client.get(f"/api/v1/asset/{world['van']}", headers=headers)
        assert one.json["result"]["fields"] == {"controle_technique": "2027-03-01", "prime": "410"}
        listed = client.get("/api/v1/vehicle/", headers=headers).json
        assert listed["result"][0]["fields"]["prime"] == "410"
        body = {"name": "Trafic", "category_id": world["category"]}
        bad = client.post("/api/v1/vehicle/", json=body, headers=headers)
        assert bad.status_code == 422
        assert "controle_technique" in bad.json["errors"]["fields"]
        body["fields"] = {"controle_technique": "2027-05-06", "prime": 12.5}
        good = client.post("/api/v1/vehicle/", json=body, headers=headers)
        assert good.status_code == 201
        fields = good.json["result"]["fields"]
        assert fields == {"controle_technique": "2027-05-06", "prime": "12.5"}
        stale = client.put(
            f"/api/v1/vehicle/{good.json['id']}",
            json={"fields": {"prime": "13"}},
            headers={**headers, "If-Match": good.headers["ETag"]},
        )
        assert stale.status_code == 200 and stale.headers["ETag"] != good.headers["ETag"]

    def test_imports_offer_it_and_refuse_it_elsewhere(self, app, world, tmp_path):
        text = (
            "code;nom;nature;catégorie;Contrôle technique\n"
            "V-1;Un;véhicule;vehicule;05/06/2027\n"
            "S-1;Deux;site;;05/06/2027\n"
            "V-2;Trois;véhicule;vehicule;\n"
        )
        place = tmp_path / "fichier.csv"
        place.write_text(text, encoding="utf-8")
        source = Source(place, place.name, "0" * 64, len(text), "x")
        with job_session((1,), "test", readonly=True) as session:
            found = examine(session, importer_of("assets"), 1, source, Options())
        rows = {r.values["code"]: r for r in found.reading.records}
        said = {code: " ".join(f.sentence for f in row.faults) for code, row in rows.items()}
        assert rows["V-1"].effect is Effect.CREATED
        assert "ne concerne pas ce bien" in said["S-1"]
        assert "à renseigner" in said["V-2"]

    def test_an_administrator_sets_it_all_on_screen(self, client_of, world):
        admin = client_of("admin")
        token = engines.csrf(admin, "/fielddefinitionview/add")
        done = admin.post(
            "/fielddefinitionview/add",
            data={
                "csrf_token": token,
                "label": "Assureur",
                "field_type": "partner",
                "kinds": ["vehicle", "building"],
                "is_searchable": "y",
                "on_label": "y",
            },
        )
        assert done.status_code == 302, text_of(done)
        page = text_of(admin.get("/fielddefinitionview/list/"))
        assert "Assureur" in page and "Véhicule, Bâtiment" in page
        with system_session("tests", readonly=True) as session:
            wanted = select(FieldDefinition).where(FieldDefinition.key == "assureur")
            field = session.scalars(wanted).unique().one()
            pk, version = field.id, field.version
        admin.post(f"/fielddefinitionview/order/{pk}", data={"csrf_token": token, "way": "up"})
        changed = admin.post(
            f"/fielddefinitionview/edit/{pk}",
            data={
                "csrf_token": token,
                "version": version + 1,
                "label": "Assurance",
                "field_type": "text",
                "category_ids": [str(world["category"])],
            },
        )
        assert changed.status_code == 302, text_of(changed)
        tree = text_of(admin.get("/categoryview/list/"))
        assert "École" in tree and "Porte une étiquette" in tree
        # Nothing in the product books an asset: nobody is told that one may be.
        assert "Se réserve" not in tree
        shown = text_of(admin.get(f"/categoryview/show/{world['category']}"))
        assert "Assurance" in shown and "cette catégorie" in shown
        alice = client_of("alice")
        data = {"csrf_token": engines.csrf(alice)}
        assert alice.post(f"/fielddefinitionview/archive/{pk}", data=data).status_code in (302, 403)
        with system_session("tests", readonly=True) as session:
            assert session.get(FieldDefinition, pk).archived_on is None


def test_deleting_an_asset_takes_its_values_along(session):
    services.define_field(session, label="Gardien")
    site = made(session, "site")
    services.set_values(session, site, {"gardien": "M. Petit"})
    services.remove(session, site)
    assert session.scalar(select(func.count(FieldValue.id))) == 0
    assert session.scalar(select(func.count(Asset.id))) == 0


def test_two_people_on_one_field_choose_their_choices(app, client_of):
    with app.app_context(), system_session("tests") as session:
        field = services.define_field(session, label="Gardien", kinds=["site"])
        pk = field.id
    admin, path = client_of("admin"), f"/fielddefinitionview/edit/{pk}"
    page = text_of(admin.get(path))
    assert 'name="was.kinds" value="site"' in page
    with system_session("tests") as session:
        services.update_field(session, session.get(FieldDefinition, pk), kinds=["room"], help="Qui")
    data = {
        "csrf_token": engines.csrf(admin, path),
        "version": "1",
        "label": "Gardienne",
        "field_type": "text",
        "kinds": ["site"],
        "was.kinds": "site",
        "was.label": "Gardien",
        "was.field_type": "text",
        "was.category_ids": "",
        "was.help": "",
        "was.is_required": "",
        "is_searchable": "y",
        "was.is_searchable": "y",
        "is_importable": "y",
        "was.is_importable": "y",
        "on_report": "y",
        "was.on_report": "y",
        "was.on_label": "",
    }
    answer = admin.post(path, data=data)
    page = text_of(answer)
    # The label is mine alone, the places and the help are theirs alone: nothing is to choose.
    assert answer.status_code == 409 and "ne se contredisent pas" in page
    assert "Local" in page and 'value="Gardienne"' in page
