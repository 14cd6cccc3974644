"""Days of inspection: read from lists of any make, seen on the record, its list and the home."""

from datetime import date, timedelta

import pytest

from base.basics import clock
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from patrimoine import queries, services

LATE = "Prochain contrôle avant le"


@pytest.fixture
def fleet(app, tmp_path):
    """Three vehicles: late by 38 days, due today, due in a year; a boiler that is late."""
    today = clock.today()
    days = [today - timedelta(days=38), today, today + timedelta(days=365)]
    before = today - timedelta(days=700)
    path = tmp_path / "parc.csv"
    path.write_text(
        "N° d’inventaire;Nom;Immatriculation;Date du dernier contrôle technique;"
        "Prochain contrôle technique\n"
        + "".join(
            f"VEH-000{n};Fourgon {n};AA-10{n}-BC;{before:%d/%m/%Y};{on:%d/%m/%Y}\n"
            for n, on in enumerate(days, start=1)
        ),
        "utf-8",
    )
    report = import_file("vehicles", path, entity="A")
    assert (report.created, report.ignored, report.errors) == (3, [], [])
    with system_session("test") as session:
        services.create(
            session,
            "equipment",
            entity_id=1,
            name="Chaudière",
            on=today,
            next_inspection_on=today - timedelta(days=1),
        )
        session.wanted = True
        session.commit()
    return today


@pytest.mark.parametrize(
    "title",
    [
        "Prochain contrôle",
        "Échéance du contrôle technique",
        "Prochaine vérification",
        "champ: Prochain contrôle avant le, type:date",
        LATE,
    ],
)
def test_titles_of_many_lists_are_known(sqlite_app, tmp_path, title):
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;catégorie;{title}\nE1;Ascenseur;;23/01/2027\n", "utf-8")
    assert import_file("equipment", path, entity="A").ignored == []
    with system_session("test", readonly=True) as session:
        found = queries.asset_by_code(session, "E1", entity_id=1)
        assert found.next_inspection_on == date(2027, 1, 23)


def test_the_late_one_is_seen_on_the_record_its_list_and_the_home(fleet, client_of, api_of):
    alice = client_of("alice")
    with system_session("test", readonly=True) as session:
        pk = queries.asset_by_code(session, "VEH-0001", entity_id=1).id
    said = f"{fleet - timedelta(days=38):%d/%m/%Y}"
    record = alice.get(f"/vehicleview/show/{pk}").get_data(as_text=True)
    assert LATE in record and said in record
    listed = alice.get("/vehicleview/list/").get_data(as_text=True)
    assert LATE in listed and said in listed
    assert record.count("Contrôle en retard") == listed.count("Contrôle en retard") == 1
    late = alice.get(f"/vehicleview/list/?f.next_inspection_on.lt={fleet}").get_data(as_text=True)
    assert "VEH-0001" in late and "VEH-0002" not in late and "VEH-0003" not in late
    home = alice.get("/").get_data(as_text=True)
    assert "1 véhicule dont le contrôle est en retard" in home.replace("\u202f", " ")
    due = f"{fleet - timedelta(days=38):%d/%m/%Y}"
    assert f", à contrôler avant le {due} : 38 jours de retard" in home.replace("\u00a0", " ")
    row = api_of("alice")("GET", f"/api/v1/vehicle/{pk}").get_json()["result"]
    assert row["next_inspection_on"] == str(fleet - timedelta(days=38))
    assert row["last_inspection_on"] == str(fleet - timedelta(days=700))


def test_an_inspection_that_was_made_is_not_ahead(fleet, api_of, tmp_path):
    ahead = fleet + timedelta(days=1)
    answer = api_of("alice")(
        "POST", "/api/v1/vehicle/", json={"name": "x", "last_inspection_on": str(ahead)}
    )
    assert answer.status_code == 422, answer.get_json()
    sentence = answer.get_json()["errors"]["last_inspection_on"]
    path = tmp_path / "x.csv"
    path.write_text(f"code;nom;dernier contrôle\nV9;x;{ahead:%d/%m/%Y}\n", "utf-8")
    report = import_file("vehicles", path, entity="A")
    # A file has many cells: its reason names the column first.
    reason = f"Dernier contrôle le\u00a0: {sentence}"
    assert (report.rejected, report.errors[0]["reason"]) == (1, reason)
