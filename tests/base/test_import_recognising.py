"""Any file on one page: its kind, how it is read, its columns, what it has not."""

import io
import re

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from base.desk.imports import NEW_FIELD, Options, importers
from base.desk.imports.command import import_file
from base.desk.imports.recognising import candidates
from base.face.attached.file_kinds import kind_of
from base.rules.rights.actors import job_session, system_session
from base.store.models import ImportBatch, Partner
from patrimoine.models import Asset, Building, FieldDefinition
from tests.base.test_import_doors import token
from tests.base.test_imports import FILE, given  # noqa: F401


def kinds(path, name=""):
    with job_session((1,), "user:1", readonly=True) as session:
        found = candidates(session, 1, importers(), kind_of(path), path, name or path.name)
    return found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (FILE, "suppliers"),
        ("N° d’inventaire;Nom;Nature;Surface\nB-1;École;bâtiment;120\n", "assets"),
        (
            "Immatriculation;Marque;Modèle;VIN\nAB-123-CD;Renault;Master;VF1MAF4BE43512345\n",
            "vehicles",
        ),
        ("Matricule;Nom;Prénom;Métier;Taux horaire\n0412;Roy;Léa;Maçon;31,00\n", "agents"),
        ("Référence;Désignation;Quantité;Prix unitaire HT\nA1;Joint;3;1,50\n", "stock"),
        ("Bien;Objet;Reçue le;Demandeur\nB-1;Fuite;02/03/2026;Mme Roy\n", "requests"),
        (
            "N° intervention;Code bien;Objet;Réalisée le;Temps\nBT-1;B-1;Fuite;15/03/2026;2,5\n",
            "work-orders",
        ),
        ("PRM;N° d’inventaire du bâtiment;Puissance souscrite\n30001234567895;B-1;36\n", "meters"),
        ("Identifiant;Nom;Courriel;Rôles\nlea;Roy;lea@a.fr;Agent\n", "users"),
        ('{"type":"FeatureCollection","features":[{"properties":{"contenance":5}}]}', "parcels"),
        ('<rsm:CrossIndustryInvoice xmlns:rsm="urn:un">', "invoices"),
    ],
)
def test_each_kind_is_known_by_its_content(sqlite_app, given, text, kind):  # noqa: F811
    first, *others = kinds(given(text, "fichier.csv"))
    assert first.importer.kind == kind
    assert first.is_sure and first.guess.reasons
    assert all(other.guess.score <= first.guess.score for other in others)


def test_the_name_of_the_file_settles_what_is_near(sqlite_app, given):  # noqa: F811
    path = given("N° d’inventaire;Nom;N° de série\nE-1;Pompe;A12\n", "x.csv")
    assert [c.importer.kind for c in kinds(path)[:2]] == ["assets", "equipment"]
    assert kinds(path, "equipements-2026.csv")[0].importer.kind == "equipment"


@pytest.mark.parametrize("text", ["colA;colB\nx;y\n", "bonjour\n", "1;2;3\n4;5;6\n"])
def test_what_resembles_nothing_is_not_guessed(sqlite_app, given, text):  # noqa: F811
    assert kinds(given(text)) == []


def test_real_files_are_known(sqlite_app, real_data):
    expected = {
        "energy-fr/enedis_hdm_C4_courbe_de_charge.csv": "readings",
        "energy-fr/enedis_R151.xml": "readings",
        "energy-fr/grdf_donnees_informatives.json": "readings",
        "invoices/valid/EN16931_Einfach.cii.xml": "invoices",
        "invoices/valid/Facture_FR_BASICWL.pdf": "invoices",
        "asset-import/snipe-it/assets-sample.csv": "assets",
        "territory/cadastre-91216-parcelles.json": "parcels",
    }
    found = {name: kinds(real_data / "real" / name)[0].importer.kind for name in expected}
    assert found == expected


# -- the page ------------------------------------------------------------------------------------


def drop(client, *files, **fields):
    given_ = {"csrf_token": token(client, "/imports/"), **fields}
    streams = [FileStorage(io.BytesIO(data), filename=name) for name, data in files]
    boundary, body = encode_multipart({**given_, "files": streams})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post("/imports/drop", data=body, content_type=kind)


def words(client, path):
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(path).get_data(as_text=True)).split())


def test_a_dropped_file_is_recognised_and_its_kind_may_be_changed(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")
    columns = drop(alice, ("a.csv", FILE.encode())).headers["Location"]
    page = words(alice, columns)
    assert "Reconnu : Fournisseurs" in page and "4 colonnes reconnues sur 4" in page
    form = {"csrf_token": token(alice, columns), "kind": "requests"}
    again = alice.post(columns.replace("/columns", "/kind"), data=form).headers["Location"]
    assert again == columns
    assert "Il manque : Bien, Objet, Reçue le." in words(alice, columns)
    form["kind"] = "parcels"
    alice.post(columns.replace("/columns", "/kind"), data=form)
    assert "ne prend pas de tels fichiers" in words(alice, columns)


def test_several_files_wait_in_the_list_and_bad_ones_are_named(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")
    answer = drop(
        alice,
        ("a.csv", FILE.encode()),
        ("vide.csv", b""),
        ("faux.csv", b"\xd0\xcf\x11\xe0"),
        ("b.csv", b"Matricule;Nom;Taux horaire\n1;Roy;31\n"),
    )
    page = words(alice, answer.headers["Location"])
    assert "2 fichiers reçus" in page and "vide.csv :" in page and "faux.csv :" in page
    with system_session("test", readonly=True) as session:
        assert set(session.scalars(select(ImportBatch.kind))) == {"suppliers", "agents"}


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("vide.csv", b"", "vide"),
        ("vieux.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "XLS"),
        ("rien.csv", b"colA;colB\nx;y\n", "ne ressemble à aucun import connu"),
        ("page.csv", b"<html><body>", "page web"),
        ("code.csv", b"<a><b/></a>", "XML"),
    ],
)
def test_a_file_that_is_nothing_is_said_beside_the_field(
    sqlite_client_of, sqlite_app, name, data, sentence
):
    answer = drop(sqlite_client_of("alice"), (name, data))
    assert answer.status_code == 422
    error = re.search(r'id="files-error".*?</p>', answer.get_data(as_text=True), re.S)
    assert sentence in error[0]


def choose(client, columns, **form):
    form = {"csrf_token": token(client, columns), **form}
    return client.post(columns, data=form).headers["Location"]


def test_a_person_says_how_the_file_is_read(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")
    text = "Export du 1er\nRaison sociale|Code\nÉts Noël|NO\n"
    columns = drop(alice, ("t.csv", text.encode("iso8859-15"))).headers["Location"]
    assert "titres à la ligne 2" in words(alice, columns)
    reread = choose(alice, columns, encoding="mac_roman", action="reread", delimiter="|")
    assert reread == columns
    assert "MAC_ROMAN, barre" in words(alice, columns)
    wrong = choose(alice, columns, sheet="Rien", action="reread")
    assert "Raison sociale" in words(alice, wrong)
    show = choose(alice, columns, **{"column-0": "name", "column-1": "code"})
    assert "Ets" not in words(alice, show) and "Éts Noël" in words(alice, show)


def test_a_sheet_and_the_line_of_its_titles_are_chosen(sqlite_client_of, sqlite_app):
    book = Workbook()
    first, second = book.active, book.create_sheet("Anciens")
    first.title = "Actuels"
    for sheet, name in ((first, "Durand"), (second, "Martin")):
        sheet.append(["Identité", None, "Suivi"])
        sheet.append(["Raison sociale", "Code", "Observations"])
        sheet.append([name, name[:3].upper(), "x"])
    data = io.BytesIO()
    book.save(data)
    alice = sqlite_client_of("alice")
    columns = drop(alice, ("t.xlsx", data.getvalue())).headers["Location"]
    assert "XLSX" in words(alice, columns) and "Durand" in words(alice, columns)
    choose(alice, columns, sheet="Anciens", header_row="2", action="reread")
    page = words(alice, columns)
    assert "Martin" in page and "titres à la ligne 2" in page


def test_a_value_for_all_rows_stands_in_for_a_column(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")
    text = "Code;Téléphone;SIRET\nDUR;01;73282932000074\n"
    columns = drop(alice, ("t.csv", text.encode())).headers["Location"]
    assert "Il manque : Nom." in words(alice, columns)
    form = {
        "column-0": "code",
        "column-1": "phone",
        "column-2": "siret",
        "constant-key": "name",
        "constant-value": "Sans nom",
    }
    show = choose(alice, columns, **form)
    assert "1 créée" in words(alice, show)
    alice.post(f"{show}/apply", data={"csrf_token": token(alice, show)})
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(Partner.name)).one() == "Sans nom"
    # The next file of the same titles has it too.
    columns = drop(alice, ("u.csv", text.replace("DUR", "MAR").encode())).headers["Location"]
    assert 'value="Sans nom"' in alice.get(columns).get_data(as_text=True)


def test_repeated_titles_are_told_apart(sqlite_app, given):  # noqa: F811
    text = "Code;Nom;Nom\nDUR;Durand;Durand et fils\n"
    assert import_file("suppliers", given(text), entity="A").ignored == ["Nom (2)"]
    second = Options(mapping={"Nom": "", "Nom (2)": "name"})
    import_file("suppliers", given(text, "b.csv"), entity="A", options=second)
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(Partner.name)).one() == "Durand et fils"


def test_a_decimal_mark_settles_what_can_be_read_two_ways(sqlite_app, given):  # noqa: F811
    text = "N° d’inventaire;Nom;Nature;Surface\nB-1;École;bâtiment;1.234\n"
    assert import_file("assets", given(text), entity="A").rejected == 1
    import_file("assets", given(text), entity="A", options=Options(decimal=","))
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(Building.floor_area_m2)).one() == 1234


def test_a_column_that_nobody_knows_becomes_a_field(sqlite_app, given):  # noqa: F811
    text = "N° d’inventaire;Nom;Nature;Gardien\nB-1;École;bâtiment;Mme Roy\n"
    options = Options(mapping={"Gardien": NEW_FIELD})
    report = import_file("assets", given(text), entity="A", options=options)
    assert report.created == 1
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(FieldDefinition.label)).one() == "Gardien"
        assert session.scalars(select(Asset.code)).one() == "B-1"


def test_unchanged_rows_are_listed_too(sqlite_client_of, sqlite_app, given):  # noqa: F811
    import_file("suppliers", given(FILE), entity="A")
    number = import_file("suppliers", given(FILE + "\n", "b.csv"), entity="A").batch_id
    page = words(sqlite_client_of("alice"), f"/imports/{number}?view=unchanged")
    assert "Inchangées, 2" in page and "DUR · Électricité Durand" in page


def test_a_header_line_that_comes_again_is_no_row(sqlite_app, given):  # noqa: F811
    """As pages that were printed one after the other leave it; the report says so."""
    text = "Code;Nom\nDUR;Durand\nCode;Nom\nMAR;Martin\n code ;NOM\nNOM;Nom et fils\n"
    report = import_file("suppliers", given(text), entity="A")
    assert (report.total, report.created, report.rejected) == (3, 3, 0)
    assert any("titres répétés" in note for note in report.notes), report.notes
    with system_session("test", readonly=True) as session:
        found = session.execute(select(Partner.code, Partner.name).order_by(Partner.code)).all()
    assert [tuple(row) for row in found] == [
        ("DUR", "Durand"),
        ("MAR", "Martin"),
        ("NOM", "Nom et fils"),
    ]
