"""A file of another kind is not taken in silence because it has a number and a name."""

import json

import pytest

from base.desk.imports.command import import_file
from base.desk.imports.foreign import Foreign
from base.desk.imports.rows import Options
from interventions.models import RATES
from tests.base.test_import_doors import token, upload
from tests.base.test_imports import given  # noqa: F401

TOWNS = (
    "code,nom,departement,region,siren,population\n"
    "38185,Grenoble,38,84,213801855,158180\n"
    "44109,Nantes,44,52,214401093,318808\n"
)


@pytest.mark.parametrize(
    "kind", ["vehicles", "assets", "equipment", "agents", "suppliers", "stock"]
)
def test_a_list_of_towns_is_refused_by_every_kind(sqlite_app, given, kind):  # noqa: F811
    with pytest.raises(Foreign) as refused:
        import_file(kind, given(TOWNS, "communes.csv"), entity="A")
    assert "«\u00a0departement\u00a0»" in str(refused.value) and "confirm=oui" in str(refused.value)


def test_a_person_may_say_that_it_is_meant_so(sqlite_app, given):  # noqa: F811
    report = import_file(
        "vehicles",
        given(TOWNS, "communes.csv"),
        entity="A",
        options=Options(answers={"confirm": "oui"}),
    )
    assert report.created == 2 and "population" in report.ignored


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        # What tells the kind suffices, however many columns are of no use here.
        ("vehicles", "Immatriculation;Nom;a;b;c;d;e\nAB-123-CD;Master;1;2;3;4;5\n"),
        # Nothing but a number and a name, and nothing is lost.
        ("vehicles", "N° d’inventaire;Nom\nV-1;Balayeuse\n"),
        ("assets", "N° d’inventaire;Nom;Nature;a;b;c;d\nB-1;École;bâtiment;1;2;3;4\n"),
        ("agents", "Matricule;Nom;Métier;a;b;c;d\n12;Roy;Maçon;1;2;3;4\n"),
    ],
)
def test_a_file_that_says_what_it_is_goes_on(sqlite_app, given, kind, text):  # noqa: F811
    assert import_file(kind, given(text, "x.csv"), entity="A").created == 1


def test_rest_refuses_it_until_it_is_confirmed(sqlite_api_of, sqlite_app):
    alice = sqlite_api_of("alice")
    refused = alice("POST", "/api/v1/import/vehicles", **upload(TOWNS, "communes.csv"))
    assert refused.status_code == 422
    assert "peut-être pas pour" in refused.get_json()["message"]
    told = json.dumps({"confirm": "oui"})
    taken = alice("POST", "/api/v1/import/vehicles", **upload(TOWNS, "c.csv", options=told))
    assert taken.get_json()["created"] == 2


def test_the_screen_asks_where_it_is_doubtful_only(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")

    def page(text, **fields):
        answer = alice.post(
            "/imports/new/vehicles",
            **upload(text, csrf_token=token(alice, "/imports/new/vehicles"), **fields),
            follow_redirects=True,
        )
        return answer.get_data(as_text=True)

    assert "answer-confirm" in page(TOWNS)
    assert "answer-confirm" not in page("N° d’inventaire;Nom\nV-1;Balayeuse\n")


def test_a_total_that_has_the_word_for_its_number_is_no_record(sqlite_app, given):  # noqa: F811
    text = (
        "N° d’inventaire;Nom;Nature;Valeur d’acquisition\n"
        "T1;Tondeuse;équipement;100\nT2;Total Energies, borne;équipement;50\n"
        "TOTAL;TOTAL;équipement;150\n"
    )
    report = import_file("assets", given(text, "x.csv"), entity="A", dry_run=True)
    assert (report.created, report.rejected) == (2, 1)
    assert "ligne de total" in report.errors[0]["reason"]


def test_what_an_export_left_out_is_no_row_of_it(sqlite_app, given):  # noqa: F811
    notice = str(RATES.notice)
    text = f"N° d’inventaire;Nom;Nature\nT1;Tondeuse;équipement\n{notice};;\n"
    report = import_file("assets", given(text, "x.csv"), entity="A", dry_run=True)
    assert (report.created, report.rejected) == (1, 0)
    assert "ligne 3" in report.notes[0]
