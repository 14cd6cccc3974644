"""Registers as people keep them, through the command and REST: the verdict on each file is pinned.

The files of faults are small and wrong on purpose; the real ones come from towns and other
programs. What is taken is compared with the file as Python's own reader sees it.
"""

import csv
import io
import json
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from base.desk.imports.command import import_file, run
from base.desk.imports.rows import Options
from base.rules.rights.actors import system_session
from patrimoine.models import Asset
from tests.base.test_import_doors import upload
from tests.patrimoine.rows import by_code

PLACES = {"create_places": "oui"}
NO_KEY = "Aucune colonne de ce fichier ne dit quelle fiche est quelle ligne"
NO_TITLES = "Aucune ligne de ce fichier ne porte les noms de colonnes attendus"
NO_TABLE = "n’est pas d’un type accepté"
ROUNDED = "derniers chiffres sont perdus"
NOWHERE = "n’existe pas"

#: File, kind, what the person says, rows made and rows refused, words of the first reason, of a
#: note. Without counts the whole file is refused, in these words.
VERDICTS = [
    ("faults/tables/c01-scientifique.csv", "assets", {}, (0, 6), ROUNDED, ""),
    ("faults/tables/c02-formats.xlsx", "assets", {}, (3, 2), ROUNDED, ""),
    (
        "faults/tables/c03-fusion.xlsx",
        "assets",
        {},
        (0, 3),
        "«\u00a0Salle A\u00a0»",
        "C4:C6, D4:D6",
    ),
    ("faults/tables/c03-fusion.xlsx", "assets", PLACES, (3, 0), "", "1 lieu créé"),
    ("faults/tables/c05-total-bas.csv", "assets", {}, (2, 0), "", "ligne 4 («\u00a0TOTAL\u00a0»)"),
    ("faults/tables/c09-latin9.csv", "assets", {}, (2, 0), "", "ISO 8859-15"),
    (
        "faults/tables/c13-ligne-courte.csv",
        "assets",
        {},
        (1, 1),
        "5 cellules pour 3",
        "vides\u00a0: 2",
    ),
    ("faults/tables/c14-serie-deja-la.csv", "assets", {}, (0, 1), "N° de série SER-1", ""),
    ("faults/tables/d06-lieux.csv", "assets", {}, (8, 0), "", ""),
    ("faults/tables/d07-invisibles.csv", "assets", {}, (4, 6), "déjà à la ligne", ""),
    ("faults/tables/l02-codes-longs.csv", "assets", {}, (3, 0), "", ""),
    ("faults/tables/w1-interventions.csv", "assets", {}, None, NO_KEY, ""),
    ("faults/tables/w5-demandes-heure.csv", "assets", {}, None, NO_KEY, ""),
    ("real/asset-import/glpi/computer_1.json", "assets", {}, None, NO_TABLE, ""),
    (
        "real/asset-import/shelf/shelf-import-with-barcodes.csv",
        "assets",
        {},
        (0, 4),
        NOWHERE,
        "n’existent pas",
    ),
    (
        "real/asset-import/shelf/shelf-import-with-barcodes.csv",
        "assets",
        PLACES,
        (4, 0),
        "",
        "lieux créés",
    ),
    ("real/asset-import/snipe-it/assets-sample.csv", "assets", {}, (0, 22), "américaine", ""),
    ("real/asset-import/snipe-it/components-sample.csv", "assets", PLACES, (1, 0), "", ""),
    (
        "real/asset-import/snipe-it/consumables-sample.csv",
        "assets",
        {},
        (0, 3),
        "quatre chiffres",
        "",
    ),
    ("real/asset-import/snipe-it/locations-sample.csv", "assets", {}, (19, 0), "", ""),
    (
        "real/asset-import/snipe-it/models-sample.csv",
        "assets",
        {},
        (20, 0),
        "",
        "3 catégories créées",
    ),
    ("real/asset-import/snipe-it/models-sample.csv", "vehicles", {}, None, NO_KEY, ""),
    ("real/fleet/fuel_log_2008altima.csv", "vehicles", {}, None, NO_KEY, ""),
    ("real/fleet/fuel_log_2011quest.csv", "vehicles", {}, None, NO_KEY, ""),
    ("real/fleet/fuel_log_2011quest.csv", "assets", {}, None, NO_KEY, ""),
    ("real/fleet/fuelio_backup_sample.csv", "vehicles", {}, (0, 29), "immatriculation", ""),
    ("real/schemas-fr/schema-arbre/exemple-valide.csv", "equipment", {}, None, NO_KEY, ""),
    ("real/schemas-fr/schema-arbre/exemple-valide.xlsx", "equipment", {}, None, NO_KEY, ""),
    ("real/schemas-fr/schema-dae/exemple_invalide.csv", "vehicles", {}, None, NO_KEY, ""),
    (
        "real/schemas-fr/schema-dae/exemple_invalide.csv",
        "equipment",
        {},
        (1, 3),
        "46 cellules pour 43",
        "",
    ),
    (
        "real/schemas-fr/schema-dae/exemple_valide.csv",
        "equipment",
        {},
        (1, 2),
        "déjà à la ligne",
        "",
    ),
    ("real/schemas-fr/schema-irve/exemple-valide-statique.csv", "equipment", {}, None, NO_KEY, ""),
    (
        "real/schemas-fr/schema-vehicules-faibles-emissions/exemple-valide.csv",
        "vehicles",
        {},
        None,
        NO_KEY,
        "",
    ),
    (
        "real/schemas-fr/standard-equipements-collectifs/exemple-valide.csv",
        "equipment",
        {},
        (1, 0),
        "",
        "",
    ),
    ("real/territory/bal/1.3-valid.csv", "assets", {}, None, NO_KEY, ""),
    ("real/territory/bal/1.4-valid.csv", "assets", {}, None, NO_KEY, ""),
    ("real/territory/bal/sample.csv", "assets", {}, None, NO_KEY, ""),
    ("real/territory/bal/junk.ascii.csv", "assets", {}, None, NO_TITLES, ""),
    ("real/territory/cadastre-91216-parcelles.json", "assets", {}, None, NO_TABLE, ""),
    ("real/territory/communes/regions.json", "assets", {}, None, NO_TABLE, ""),
    ("real/territory/rnb/bal_import_test_data.csv", "assets", {}, None, NO_KEY, ""),
    ("real/territory/rnb/bdnb_2023_01_bdgs.csv", "assets", {}, None, NO_TITLES, ""),
]


@pytest.mark.parametrize(
    ("name", "kind", "answers", "counts", "reason", "note"),
    VERDICTS,
    ids=lambda value: value.rpartition("/")[2] if isinstance(value, str) and "/" in value else None,
)
def test_the_verdict_is_the_same_by_command_and_rest(
    register, real_data, sqlite_api_of, capsys, name, kind, answers, counts, reason, note
):
    path = real_data / name
    told = [f"{key}={value}" for key, value in answers.items()]
    status = run(kind, str(path), entity="A", dry_run=True, as_json=True, answers=told)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    answer = sqlite_api_of("alice")(
        "POST",
        f"/api/v1/import/{kind}",
        **upload(path.read_bytes(), path.name, dry_run="1", options=json.dumps(answers)),
    )
    content = answer.get_json()
    if counts is None:
        assert status == 1 and answer.status_code in (400, 415, 422), content
        assert reason in said["errors"][0]["reason"]
        assert reason in content["message"]
        return
    assert (said["created"], said["rejected"]) == counts, said
    assert status == (1 if said["rejected"] else 0)
    assert answer.status_code == 200
    for key in (
        "total",
        "created",
        "updated",
        "unchanged",
        "rejected",
        "errors",
        "ignored",
        "notes",
    ):
        assert content[key] == _as_a_program(said[key]), key
    if reason:
        assert any(reason in error["reason"] for error in said["errors"]), said["errors"][:3]
    assert any(note in sentence for sentence in said["notes"]) or not note, said["notes"]


def _as_a_program(said):
    """What the command says, with the ways of a program: the verdict is the same, not the way."""
    text = json.dumps(said, ensure_ascii=False)
    text = re.sub(
        r"--option '(\w+)=(\w+)'",
        lambda way: json.dumps(f'options={{"{way[1]}": "{way[2]}"}}')[1:-1],
        text,
    )
    return json.loads(text.replace("--american", "american=true"))


def raw(path, encoding="utf-8"):
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_places_by_folded_code_name_and_path(register, real_data):
    path = real_data / "faults/tables/d06-lieux.csv"
    assert import_file("assets", path, entity="A").created == 8
    rows = raw(path)
    assert len(rows) == 8
    found = by_code("BAT-1", *(row["N° d’inventaire"] for row in rows))
    # All eight say the same building, each in its way.
    assert {found[row["N° d’inventaire"]].parent_id for row in rows} == {found["BAT-1"].id}
    with system_session("test", readonly=True) as session:
        assert len(session.scalars(select(Asset).where(Asset.kind == "site")).all()) == 1


@pytest.mark.parametrize(
    ("place", "parent"),
    [
        ("Site d'essai / Bâtiment d'essai", "BAT-1"),
        ("site-1 › bat-2", "BAT-2"),
        ("SITE-1/BAT-1", "BAT-1"),
        ("SITE-1\u200b > Second bâtiment", "BAT-2"),
    ],
)
def test_other_paths(register, tmp_path, place, parent):
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;nature;emplacement\nP1;Chaise;équipement;{place}\n", "utf-8")
    assert import_file("assets", path, entity="A").created == 1
    found = by_code("P1", parent)
    assert found["P1"].parent_id == found[parent].id


@pytest.mark.parametrize("place", ["Site d'essai > Grenier", "BAT-2 > BAT-1", "Ailleurs > BAT-1"])
def test_a_path_that_leads_nowhere_is_refused_even_when_places_are_made(register, tmp_path, place):
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;nature;emplacement\nP1;Chaise;équipement;{place}\n", "utf-8")
    report = import_file("assets", path, entity="A", options=Options(answers=PLACES))
    assert "ne mène à aucun lieu" in report.errors[0]["reason"]
    assert by_code("P1") == {}


def test_a_path_inside_the_file(sqlite_app, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "code;nom;nature;emplacement\nE1;Chaise;équipement;Mairie > Salle 1\n"
        "L1;Salle 1;local;Mairie\nL2;Salle 1;local;École\nM1;Mairie;bâtiment;\n"
        "M2;École;bâtiment;\n",
        "utf-8",
    )
    report = import_file("assets", path, entity="A")
    assert report.created == 5, report.errors
    found = by_code("E1", "L1")
    assert found["E1"].parent_id == found["L1"].id


def test_the_shown_text_of_a_workbook_is_kept(register, real_data):
    path = real_data / "faults/tables/c02-formats.xlsx"
    import_file("assets", path, entity="A", partial=True)
    cell = openpyxl.load_workbook(path).active["A2"]
    assert (cell.value, cell.number_format) == (12, "00000")
    found = by_code("12", "00012", "X3", "X5")
    assert set(found) == {"00012", "X3", "X5"}
    assert found["00012"].postcode == "01000"
    assert found["00012"].acquired_on == date(2020, 2, 29)
    assert found["X5"].serial_number == "VRAI"


def test_merged_cells_give_place_and_day_to_each_row(register, real_data):
    path = real_data / "faults/tables/c03-fusion.xlsx"
    import_file("assets", path, entity="A", options=Options(answers=PLACES))
    found = by_code("F1", "F2", "F3")
    assert {row.acquired_on for row in found.values()} == {date(2020, 1, 1)}
    assert len({row.parent_id for row in found.values()}) == 1 and len(found) == 3


def test_a_total_is_never_an_asset(register, real_data):
    import_file("assets", real_data / "faults/tables/c05-total-bas.csv", entity="A")
    with system_session("test", readonly=True) as session:
        costs = session.scalars(
            select(Asset.acquisition_cost_eur).where(Asset.code.in_(["T1", "T2"]))
        ).all()
        assert sum(costs) == 150
        assert not session.scalars(select(Asset).where(Asset.name == "TOTAL")).all()


@pytest.mark.parametrize(
    ("line", "made"),
    [
        (";Sous-total;;100", False),
        ("Total général;;;150", False),
        (";Total : 2 biens;;", False),
        ("TOTAL;;;1 234,50 €", False),
        (";TOTAL HT;;1e3", False),
        ("T9;Station totale;équipement;100", True),
        ("TOTAL;Pompe Total;équipement;3", True),
        ("T8;Total;équipement;3", True),
    ],
)
def test_what_is_a_total_and_what_is_not(register, tmp_path, line, made):
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;nature;coût\nT1;Tondeuse;équipement;100\n{line}\n", "utf-8")
    report = import_file("assets", path, entity="A", partial=True)
    assert report.created == (2 if made else 1), (report.notes, report.errors)
    # Passed over or refused, it is said.
    assert made or "ligne 3" in " ".join(report.notes) or report.errors[0]["row"] == 3


def test_cells_without_a_title_are_said_with_their_rows(register, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "code;nom;nature;;\nT1;Pelle;équipement;;neuf\nT2;Râteau;équipement;;\n", "utf-8"
    )
    report = import_file("assets", path, entity="A")
    assert report.notes == [
        "La colonne E n’a pas de titre\u00a0: ses cellules ne sont pas lues (lignes 2)."
    ]


def test_every_column_that_is_not_taken_is_named_by_the_command(register, tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text("code;nom;nature;Couleur;Gabarit\nT1;Pelle;équipement;verte;9\n", "utf-8")
    assert run("assets", str(path), entity="A") == 0
    assert "Colonnes non lues\u00a0: Couleur, Gabarit." in capsys.readouterr().out


def test_words_of_latin9(register, real_data):
    path = real_data / "faults/tables/c09-latin9.csv"
    import_file("assets", path, entity="A")
    rows = [line.split(";") for line in path.read_bytes().decode("iso8859-15").splitlines()[1:]]
    found = by_code("E1", "E2")
    assert [found[row[0]].name for row in rows] == [row[1] for row in rows]
    assert "Œuvre Ž" in found["E1"].name and "€" in found["E2"].name


def test_all_that_is_wrong_with_a_row_is_said_at_once(register, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "code;nom;nature;emplacement;n° de série;service\n"
        "N1;a;équipement;Nulle part;ser-1;Rien\nN2;b;équipement;BAT-1;S9;Rien\n"
        "N3;c;équipement;BAT-1;S9;\n",
        "utf-8",
    )
    report = import_file("assets", path, entity="A", dry_run=True)
    assert [(error["row"], error["column"]) for error in report.errors] == [
        (2, "Service gestionnaire"),
        (2, "N° de série"),
        (2, "Emplacement"),
        (3, "Service gestionnaire"),
    ]
    # The number of a row that is refused is free for the next one.
    assert report.created == 1
