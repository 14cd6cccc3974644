"""Codes and serial numbers that read the same are one, through the command and REST."""

import pytest

from base.desk.imports.command import import_file
from tests.patrimoine.rows import by_code


def test_codes_that_read_the_same_are_one_at_every_door(register, real_data, sqlite_api_of):
    path = real_data / "faults/tables/d07-invisibles.csv"
    report = import_file("assets", path, entity="A", partial=True)
    # "Q1" with something unseen in it is Q1 again; "Q-1", "Q 1" and "Q9" are others.
    assert set(by_code("Q1", "Q-1", "Q‑1", "Q 1", "Q9")) == {"Q1", "Q 1", "Q9", "Q‑1"}
    assert report.created == 4
    api = sqlite_api_of("alice")
    for code in ("q1", "Q\u200b1", "Q\u20101"[:1] + "1", " Q1 ", "ｑ１"):
        answer = api("POST", "/api/v1/equipment/", json={"name": "Autre", "code": code})
        assert answer.status_code == 409, (code, answer.get_json())
        assert "déjà sur" in answer.get_json()["message"]
    path = path.parent / "base-biens.csv"
    again = import_file("assets", path, entity="A")
    assert (again.created, again.unchanged) == (0, 3)


@pytest.mark.parametrize("typed", ["bat-1", "BAT\u20111", "Bat-1\u200b"])
def test_a_row_finds_its_asset_whatever_the_letters(register, tmp_path, typed):
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;nature\n{typed};Autre nom;bâtiment\n", "utf-8")
    report = import_file("assets", path, entity="A")
    assert (report.created, report.updated) == (0, 1), report.errors
    assert by_code("BAT-1")["BAT-1"].name == "Autre nom"


def test_a_known_serial_number_has_one_rule_and_one_sentence(
    register, real_data, sqlite_api_of, tmp_path
):
    path = real_data / "faults/tables/c14-serie-deja-la.csv"
    sentence = import_file("assets", path, entity="A").errors[0]["reason"]
    assert sentence == "N° de série SER-1\u00a0: déjà sur «\u00a0Chaudière\u00a0» (EQ-1)."
    answer = sqlite_api_of("alice")(
        "POST", "/api/v1/equipment/", json={"name": "x", "serial_number": "SER-1"}
    )
    assert (answer.status_code, answer.get_json()["message"]) == (409, sentence)
    # Its own row may come again, and two new ones may not share one.
    path = tmp_path / "x.csv"
    path.write_text(
        "code;nom;nature;n° de série\nEQ-1;Chaudière;équipement;SER-1\nN1;a;équipement;S9\n"
        "N2;b;équipement;S9\n",
        "utf-8",
    )
    report = import_file("assets", path, entity="A", partial=True)
    assert (report.unchanged, report.created, report.rejected) == (1, 1, 1)


@pytest.mark.parametrize("typed", ["ser-1", "SER\u20111", "Ser-1\u200b"])
def test_serial_numbers_that_read_the_same_are_one(register, sqlite_api_of, tmp_path, typed):
    answer = sqlite_api_of("alice")(
        "POST", "/api/v1/equipment/", json={"name": "x", "serial_number": typed}
    )
    assert (
        answer.status_code == 409
        and "déjà sur «\u00a0Chaudière\u00a0»" in answer.get_json()["message"]
    )
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;nature;n° de série\nN1;a;équipement;{typed}\n", "utf-8")
    report = import_file("assets", path, entity="A", dry_run=True)
    assert report.rejected == 1 and "déjà sur «\u00a0Chaudière\u00a0»" in report.errors[0]["reason"]
    path.write_text(
        f"code;nom;nature;n° de série\nN1;a;équipement;z3\nN2;b;équipement;Z3\nEQ-1;;;{typed}\n",
        "utf-8",
    )
    report = import_file("assets", path, entity="A", partial=True)
    assert (report.created, report.updated, report.rejected) == (1, 1, 1), report.errors
    assert "ligne 2" in report.errors[0]["reason"]


def test_an_asset_takes_its_serial_number_along_into_another_category(register, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "code;nom;catégorie;n° de série\nE0;Petite;Extincteurs;SN0\nF0;Autre;Chaudières;SN0\n"
        "G0;Troisième;Extincteurs;SN1\n",
        "utf-8",
    )
    made = import_file("assets", path, entity="A")
    assert made.created == 3, made.errors
    taken = "N° de série SN0\u00a0: déjà sur «\u00a0Autre\u00a0» (F0)."
    for lines in (
        "code;catégorie\nE0;Chaudières\nG0;Chaudières\n",
        "N° d’inventaire;Catégorie;N° de série\nE0;Chaudières;SN0\nG0;Chaudières;SN1\n",
    ):
        path.write_text(lines, "utf-8")
        report = import_file("assets", path, entity="A", partial=True, dry_run=True)
        assert [error["reason"] for error in report.errors] == [taken], lines
        assert (report.updated, report.rejected) == (1, 1)
    # Two rows that meet in one category: the second has the number that the first takes.
    path.write_text("code;catégorie;n° de série\nE0;Pompes;\nF0;Pompes;SN0\n", "utf-8")
    report = import_file("assets", path, entity="A", partial=True)
    assert "ligne 2" in report.errors[0]["reason"] and report.updated == 1
