"""Files that become assets, on both engines."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError
from base.desk.imports import Options, importer_of
from base.desk.imports.engine import Source, commit, examine, keep_report
from base.papers.files.store import Store
from base.rules.rights.actors import job_session
from base.store.models import Event
from patrimoine import queries, services
from patrimoine.models import Asset, AssetMove, Building, Category, Geometry, Parcel, Vehicle

REGISTER = """N° d'inventaire;Désignation;Nature du bien;Catégorie;Rattaché à;État;\
Date d'acquisition;Coût d'acquisition;champ: Gérant;Identifiant RNB;Surface
L-1;Salle 1;Local;Salle de classe;B-1;En service;;;;;52,5
E-1;Chaudière n° 1;Équipement;Chaudière;Salle 1;En panne;01/09/2019;12 500,50 €;M. Petit;;
B-1;École Les Tilleuls;Bâtiment;École;S-1;;12/03/1998;;Mme Roy;6QJB-EEJX-NFJC;2184
S-1;Site des Tilleuls;Site;;;;;;;;
"""


@pytest.fixture
def load(app, tmp_path):
    """``load("assets", text)``: import a text or a file in A; the examination."""
    store = Store(tmp_path / "store")

    def run(kind, content, *, partial=False, entity_id=1, **options):
        place = content if isinstance(content, Path) else tmp_path / "fichier.csv"
        if not isinstance(content, Path):
            place.write_text(content, encoding="utf-8")
        data = place.read_bytes()
        source = Source(place, place.name, hashlib.sha256(data).hexdigest(), len(data), "x")
        with job_session((entity_id,), "test", "import") as session:
            found = examine(session, importer_of(kind), entity_id, source, Options(**options))
            commit(session, found, keep_report(store, found), partial=partial)
        return found

    return run


def counts(found):
    report = found.report
    return report.created, report.updated, report.unchanged, report.rejected


def reasons(found):
    return [f.sentence for r in found.reading.records for f in r.faults]


def reading():
    return job_session((1,), "test", readonly=True)


CREATE = {"create_places": "oui"}


class TestRegister:
    def test_rows_in_any_order_columns_in_any_language(self, load):
        assert counts(load("assets", REGISTER)) == (4, 0, 0, 0)
        with reading() as session:
            boiler = queries.asset_by_code(session, "E-1", entity_id=1)
            assert [a.code for a in queries.ancestors(session, boiler)] == ["S-1", "B-1", "L-1"]
            assert (boiler.status, str(boiler.acquisition_cost_eur)) == (
                "out_of_service",
                "12500.50",
            )
            assert boiler.category.code == "chaudiere"
            values = queries.custom_values(session, boiler)
            assert [(v.field.label, v.value) for v in values] == [("Gérant", "M. Petit")]
            school = session.scalars(select(Building)).one()
            assert (school.rnb_id, str(school.floor_area_m2)) == ("6QJBEEJXNFJC", "2184.00")
            made = session.scalar(
                select(func.count(Event.seq)).where(
                    Event.record == "patrimoine_asset", Event.op == "I"
                )
            )
            assert made == 4
            assert session.scalar(select(func.count(AssetMove.id))) == 4

    def test_the_same_file_again_changes_nothing(self, load):
        load("assets", REGISTER)
        with reading() as session:
            before = session.scalar(select(func.count(Event.seq)))
        again = load("assets", REGISTER)
        assert counts(again) == (0, 0, 4, 0)
        assert again.report.former_id is not None
        with reading() as session:
            noted = session.scalar(
                select(func.count(Event.seq)).where(Event.record == "patrimoine_asset")
            )
            assert noted == 4 and before >= 4

    def test_changes_and_moves(self, load):
        load("assets", REGISTER)
        changed = (
            REGISTER.replace("Chaudière n° 1", "Chaudière gaz")
            .replace(
                "L-1;Salle 1;Local;Salle de classe;B-1", "L-1;Salle 1;Local;Salle de classe;S-1"
            )
            .replace("M. Petit", "Mme Petit")
        )
        found = load("assets", changed)
        assert counts(found) == (0, 2, 2, 0)
        shown = {r.values["code"]: set(r.changes) for r in found.reading.records if r.changes}
        assert shown["L-1"] == {"parent"}
        assert {"name"} < shown["E-1"]
        with reading() as session:
            boiler = queries.asset_by_code(session, "E-1", entity_id=1)
            assert [a.code for a in queries.ancestors(session, boiler)] == ["S-1", "L-1"]
            assert boiler.search_text.startswith("e-1 chaudiere gaz")
            assert boiler.version == 2
            values = queries.custom_values(session, boiler)
            assert values[0].value == "Mme Petit"

    def test_what_is_refused_has_its_reason(self, load):
        text = """code;nom;nature;rattaché à;immatriculation;surface
A;Un;chose;;;
B;Deux;local;INCONNU;;
C;Trois;véhicule;;AA-000-BC;
D;Quatre;local;E;;
E;Cinq;local;D;;
F;Six;bâtiment;G;;
G;Sept;local;;;
H;Huit;véhicule;;AA-123-BC;
I;Neuf;véhicule;;AA 123 BC;
J;Dix;véhicule;;;12
H;Onze;site;;;
K;Douze;parcelle;;;
"""
        found = load("assets", text)
        assert counts(found) == (2, 0, 0, 10)
        words = " | ".join(reasons(found))
        for part in (
            "n’est pas une nature de bien",
            "n’est ni un n° d’inventaire",
            "n’est pas une immatriculation",
            "font une boucle",
            "ne peut pas être rangé",
            "est déjà à la ligne",
            "ne concerne pas un bien de nature «\u00a0véhicule\u00a0»",
            "identifiant cadastral",
        ):
            assert part in words, (part, words)
        with reading() as session:
            assert session.scalar(select(func.count(Asset.id))) == 0

    def test_partial_writes_what_is_right(self, load):
        text = (
            "code;nom;nature;rattaché à\nA;Un;site;\nB;Deux;local;A\nC;Trois;chose;A\nD;Q;local;C\n"
        )
        found = load("assets", text, partial=True)
        assert counts(found) == (2, 0, 0, 2)
        assert any("«\u00a0C\u00a0» n’est ni un n° d’inventaire" in s for s in reasons(found))
        with reading() as session:
            assert set(session.scalars(select(Asset.code))) == {"A", "B"}

    def test_places_and_categories_that_nobody_has_are_made(self, load):
        text = "asset tag;name;location;category\nX1;Drill;North depot;Power tools\nX2;Saw;North depot;Power tools\n"  # noqa: E501
        refused = load("assets", text)
        assert counts(refused) == (0, 0, 0, 2)
        assert "«\u00a0North depot\u00a0» n’existe pas" in reasons(refused)[0]
        made = load("assets", text, answers=CREATE)
        assert counts(made) == (2, 0, 0, 0)
        assert made.report.notes == [
            "1 lieu créé\u00a0: «\u00a0North depot\u00a0».",
            "1 catégorie créée\u00a0: «\u00a0Power tools\u00a0».",
        ]
        assert counts(load("assets", text)) == (0, 0, 2, 0)
        with reading() as session:
            drill = queries.asset_by_code(session, "X1", entity_id=1)
            assert [a.name for a in queries.ancestors(session, drill)] == ["North depot"]
            tools = session.scalars(select(Category).where(Category.name == "Power tools")).all()
            assert [c.code for c in tools] == ["power_tools"]

    def test_rows_without_a_number_get_one_and_are_found_again(self, load):
        text = "nom;nature\nMairie;bâtiment\nÉcole;bâtiment\n"
        load("assets", text)
        with reading() as session:
            assert set(session.scalars(select(Asset.code))) == {"BAT-0001", "BAT-0002"}
        assert counts(load("assets", text)) == (0, 0, 2, 0)

    def test_an_import_stays_in_its_authority(self, load, session):
        services.create(
            session,
            "site",
            entity_id=2,
            code="S-1",
            name="Brenne",
            on=__import__("datetime").date(2026, 1, 1),
        )
        session.commit()
        assert counts(load("assets", REGISTER)) == (4, 0, 0, 0)
        assert counts(load("assets", "code;nom;rattaché à\nZ;Z;S-1\n")) == (1, 0, 0, 0)
        with reading() as mine:
            z = queries.asset_by_code(mine, "Z", entity_id=1)
            assert queries.ancestors(mine, z)[0].name == "Site des Tilleuls"
        with job_session((2,), "test", readonly=True) as other:
            assert other.scalars(select(Asset.name)).all() == ["Brenne"]


class TestFleet:
    def test_found_by_plate(self, load):
        text = "immatriculation;marque;modèle;énergie;VIN\nAA-123-BC;Renault;Kangoo;GO;\n1234 AB 75;Iveco;Daily;diesel;\n"  # noqa: E501
        assert counts(load("vehicles", text)) == (2, 0, 0, 0)
        with reading() as session:
            van = session.scalars(select(Vehicle).where(Vehicle.plate == "AA123BC")).one()
            assert (van.name, van.code, van.energy) == ("Renault Kangoo", "VEH-0001", "GO")
        text = text.replace("GO;", "EL;VF1AAAAA555123456")
        assert counts(load("vehicles", text)) == (0, 1, 1, 0)

    def test_equipment_stands_where_it_is(self, load):
        load("assets", REGISTER)
        text = "code;nom;catégorie;emplacement;n° de série;fin de garantie\nX-1;Extincteur;Extincteur;Salle 1;SN1;31/12/2030\n"  # noqa: E501
        assert counts(load("equipment", text)) == (1, 0, 0, 0)
        with reading() as session:
            found = queries.asset_by_code(session, "X-1", entity_id=1)
            where = queries.places(session, [found.id])[found.id]
            assert where.words == "École Les Tilleuls, salle 1"


PARCELS = """{"type":"FeatureCollection","features":[
{"type":"Feature","id":"91216000AB0037","geometry":{"type":"Polygon","coordinates":
[[[2.3,48.8],[2.301,48.8],[2.301,48.801],[2.3,48.8]]]},
"properties":{"id":"91216000AB0037","contenance":4100,"updated":"2015-05-12"}},
{"type":"Feature","id":"91216000AB0038","geometry":null,"properties":{"id":"91216000AB0038"}}]}"""


class TestParcels:
    def test_shape_area_and_again(self, load, tmp_path):
        place = tmp_path / "parcelles.json"
        place.write_text(PARCELS, encoding="utf-8")
        assert counts(load("parcels", place)) == (2, 0, 0, 0)
        assert counts(load("parcels", place)) == (0, 0, 2, 0)
        with reading() as session:
            first, second = session.scalars(select(Parcel).order_by(Parcel.code)).all()
            assert (first.name, str(first.area_m2), first.section) == (
                "Parcelle AB 37",
                "4100.00",
                "AB",
            )
            assert second.area_m2 is None
            assert session.scalar(select(func.count(Geometry.id))) == 1
        place.write_text(PARCELS.replace("4100", "4200").replace("2.301,48.8]", "2.302,48.8]"))
        assert counts(load("parcels", place)) == (0, 1, 1, 0)
        with reading() as session:
            first = session.scalars(select(Parcel).order_by(Parcel.code)).first()
            assert (str(first.area_m2), first.version) == ("4200.00", 2)

    @pytest.mark.parametrize(
        "wrong",
        ["{}", "[", '{"type":"FeatureCollection","features":[]}', "code;nom\nA;B\n"],
    )
    def test_what_is_no_map_is_refused(self, load, tmp_path, wrong):
        place = tmp_path / "x.json"
        place.write_text(wrong, encoding="utf-8")
        with pytest.raises(DomainError):
            load("parcels", place)

    def test_a_parcel_that_is_wrong_is_left_out(self, load, tmp_path):
        place = tmp_path / "x.json"
        place.write_text(PARCELS.replace('"id":"91216000AB0038"', '"id":"AB38"'), encoding="utf-8")
        found = load("parcels", place, partial=True)
        assert counts(found) == (1, 0, 0, 1)
        assert "14 caractères" in reasons(found)[0]

    def test_the_real_commune(self, load, real_data):
        place = real_data / "real/territory/cadastre-91216-parcelles.json"
        assert counts(load("parcels", place)) == (4241, 0, 0, 0)
        assert counts(load("parcels", place)) == (0, 0, 4241, 0)
        with reading() as session:
            empty = session.scalar(select(func.count(Parcel.id)).where(Parcel.area_m2.is_(None)))
            assert empty == 1


class TestPeers:
    @pytest.mark.parametrize(
        ("name", "options", "taken"),
        [
            ("asset-import/snipe-it/assets-sample.csv", {"american": True, "answers": CREATE}, 22),
            ("asset-import/shelf/shelf-import-with-barcodes.csv", {"answers": CREATE}, 4),
            ("requests/atlas-templates-fr/asset.csv", {"answers": CREATE}, 3),
        ],
    )
    def test_their_exports_are_taken(self, load, real_data, name, options, taken):
        place = real_data / "real" / name
        first = load("assets", place, **options)
        assert counts(first) == (taken, 0, 0, 0), reasons(first)
        assert counts(load("assets", place, **options)) == (0, 0, taken, 0)
