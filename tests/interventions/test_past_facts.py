"""Work, costs and requests cannot have happened tomorrow, through no door."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from base.basics import clock
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from interventions.models import Expense, Labour, PartUse, ServiceRequest, StockMove, WorkOrder
from patrimoine import services as patrimoine
from patrimoine.models import Asset, AssetMove, CostLine
from tests.factories.interventions import building
from tests.interventions.test_api import act, made, opened
from tests.interventions.test_views import post

AHEAD = "n’est pas encore passé"


@pytest.fixture
def place(app: Any) -> dict[str, int]:
    return made(app, "A", "bob")


@pytest.fixture
def given(tmp_path: Any) -> Any:
    def make(text: str, name: str = "fichier.csv") -> Any:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def places(app: Any) -> None:
    with system_session("test") as session:
        for code in ("BAT-1", "BAT-2"):
            building(session, 1, code=code, name=code)


def tomorrow() -> str:
    return (clock.today() + timedelta(days=1)).isoformat()


def written() -> int:
    with system_session("test", readonly=True) as session:
        return sum(
            len(session.scalars(select(model.id)).all())
            for model in (Labour, PartUse, Expense, CostLine, StockMove)
        )


@pytest.mark.parametrize("day", ["tomorrow", "2062-05-01", "1899-12-30", "0206-11-03"])
def test_costs_ahead_or_of_no_age_are_422_by_rest(
    api_of: Any, place: dict[str, int], day: str
) -> None:
    alice = api_of("alice")
    pk = opened(alice, place)
    before = written()
    on = tomorrow() if day == "tomorrow" else day
    bodies: dict[str, dict[str, Any]] = {
        "labour": {"hours": 1, "agent_id": place["agent"]},
        "part": {"item_id": place["item"], "quantity": 1},
        "expense": {"supplier": "X", "label": "Y", "amount_ht_eur": 1, "vat_rate": 20},
    }
    for verb, body in bodies.items():
        answer = act(alice, pk, verb, {**body, "date_on": on})
        assert answer.status_code == 422, answer.get_data(as_text=True)
        assert "date_on" in answer.get_json()["errors"]
    stock = f"/api/v1/item/{place['item']}"
    for verb, body in {
        "receive": {"quantity": 1, "unit_cost_eur": "1.00"},
        "adjust": {"counted": 3, "reason": "Compté"},
    }.items():
        answer = alice(
            "POST", f"{stock}/{verb}", json={**body, "store_id": place["store"], "date_on": on}
        )
        if answer.status_code == 404:  # on the store
            answer = alice(
                "POST",
                f"/api/v1/store/{place['store']}/{verb}",
                json={**body, "item_id": place["item"], "date_on": on},
            )
        assert answer.status_code == 422, answer.get_data(as_text=True)
    assert written() == before


def test_a_correction_is_not_moved_to_tomorrow(api_of: Any, place: dict[str, int]) -> None:
    alice = api_of("alice")
    pk = opened(alice, place)
    line = act(alice, pk, "labour", {"hours": 1, "agent_id": place["agent"]}).get_json()["id"]
    before = written()
    answer = alice("POST", f"/api/v1/labour/{line}/correct", json={"date_on": tomorrow()})
    assert answer.status_code == 422 and AHEAD in answer.get_json()["errors"]["date_on"]
    assert written() == before


def test_work_is_not_due_before_it_is_planned(api_of: Any, place: dict[str, int]) -> None:
    alice = api_of("alice")
    body = {"planned_on": "2026-12-20", "due_on": "2026-12-19"}
    answer = alice(
        "POST",
        "/api/v1/work_order/",
        json={"asset_id": place["asset"], "title": "Fuite", "kind": "corrective", **body},
    )
    assert answer.status_code == 422 and "due_on" in answer.get_json()["errors"]
    pk = opened(alice, place, planned_on="2026-12-20", due_on="2026-12-20")
    assert alice("GET", f"/api/v1/work_order/{pk}").get_json()["result"]["due_on"] == "2026-12-20"


def test_a_move_ahead_is_refused_and_locks_nothing(api_of: Any, place: dict[str, int]) -> None:
    alice = api_of("alice")
    with system_session("test") as session:
        other, room = (
            patrimoine.create(
                session, kind, entity_id=place["entity"], name=kind, on=date(2020, 1, 1)
            ).id
            for kind in ("site", "equipment")
        )
    moved = {"parent_id": other, "on": "2062-05-01"}
    answer = alice("POST", f"/api/v1/asset/{room}/move", json=moved)
    assert answer.status_code == 422 and "01/05/2062" in answer.get_data(as_text=True)
    with system_session("test", readonly=True) as session:
        assert session.get(Asset, room).parent_id is None
        assert (
            session.scalars(select(AssetMove).where(AssetMove.asset_id == room)).one().ends_on
            is None
        )
    today = clock.today().isoformat()
    ok = alice("POST", f"/api/v1/asset/{room}/move", json={"parent_id": other, "on": today})
    assert ok.status_code == 200, ok.get_data(as_text=True)
    gone = alice("POST", f"/api/v1/asset/{room}/archive", json={"on": "2062-05-01"})
    assert gone.status_code == 422 and "on" in gone.get_json()["errors"]


def test_a_form_says_it_beside_the_field(client_of: Any, api_of: Any, place: Any) -> None:
    alice = client_of("alice")
    pk = opened(api_of("alice"), place)
    before = written()
    told = {"agent": place["agent"], "hours": "1", "date_on": tomorrow()}
    page = post(alice, f"/workorderview/labour/{pk}", **told)
    assert page.status_code == 422 and AHEAD in page.get_data(as_text=True)
    assert written() == before


def lines(report: Any) -> list[tuple[int, str]]:
    return [(e["row"], e["reason"]) for e in report.as_json()["errors"]]


def test_work_of_a_file_ends_after_it_began_and_is_over(
    app: Any, places: None, real_data: Any
) -> None:
    """Three orders: an autumn night that is right, an end before its beginning, and 2099."""
    path = real_data / "faults" / "tables" / "w1-interventions.csv"
    report = import_file("work-orders", path, entity="A", partial=True)
    assert (report.created, report.rejected) == (1, 2)
    told = dict(lines(report))
    assert set(told) == {3, 4}
    assert "précède" in told[3] and "02/2099" in told[4]
    with system_session("test", readonly=True) as session:
        row = session.scalars(select(WorkOrder)).one()
        # 23:00 in summer time is 21:00 UTC; 02:30 comes twice that night, the first is at 00:30.
        assert row.started_at == datetime(2025, 10, 25, 21, 0, tzinfo=UTC)
        assert row.finished_at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


NEIGHBOURS = [
    ("Ouverte le", "01/01/2062", AHEAD),
    ("Validée le", "31/01/2024", "précède"),
    ("Jour", "01/01/2062", AHEAD),
    ("Terminée le", "30/12/1899", "trop ancien"),
    ("Commencée le", "01/02/2024 25:00", "l’heure"),
    ("Commencée le", "02/02/2024 11:00", "précède"),
]


@pytest.mark.parametrize(("column", "cell", "words"), NEIGHBOURS)
def test_neighbours_of_that_file(
    app: Any, places: None, given: Any, column: str, cell: str, words: str
) -> None:
    row = {
        "Numéro": "X1",
        "Bien": "BAT-1",
        "Objet": "OT",
        "Commencée le": "01/02/2024 09:00",
        "Terminée le": "02/02/2024 10:30",
        "État": "Validée",
        "Validée le": "",
        "Ouverte le": "",
        "Jour": "",
        "Fournisseur": "F",
        "Montant HT": "10",
    }
    row[column] = cell
    text = ";".join(row) + "\n" + ";".join(row.values()) + "\n"
    report = import_file("work-orders", given(text), entity="A")
    assert (report.created, report.rejected) == (0, 1) and not report.applied
    assert words in lines(report)[0][1], lines(report)


def test_a_planned_day_may_lie_ahead_and_opens_nothing_in_the_future(
    app: Any, places: None, given: Any
) -> None:
    ahead = clock.today() + timedelta(days=20)
    text = f"Numéro;Bien;Objet;État;Prévue le;Échéance\nX1;BAT-1;OT;Planifiée;{ahead:%d/%m/%Y};\n"
    assert import_file("work-orders", given(text), entity="A").created == 1
    with system_session("test", readonly=True) as session:
        row = session.scalars(select(WorkOrder)).one()
        assert row.planned_on == ahead
        assert row.number.startswith(f"INT-{clock.today().year}-")


def test_work_finished_today_is_finished_by_now(app: Any, places: None, given: Any) -> None:
    today = clock.today()
    text = f"Numéro;Bien;Objet;État;Terminée le\nX1;BAT-1;OT;Terminée;{today:%d/%m/%Y}\n"
    assert import_file("work-orders", given(text), entity="A").created == 1
    with system_session("test", readonly=True) as session:
        row = session.scalars(select(WorkOrder)).one()
        assert row.started_at <= row.finished_at <= clock.now()


def asked() -> list[tuple[str, datetime, str]]:
    with system_session("test", readonly=True) as session:
        rows = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
        return [(r.title, r.received_at, r.state) for r in rows]


def test_a_request_keeps_its_hour(app: Any, places: None, real_data: Any, given: Any) -> None:
    path = real_data / "faults" / "tables" / "w5-demandes-heure.csv"
    report = import_file("requests", path, entity="A")
    assert (report.created, report.rejected) == (2, 0)
    assert [(title, at) for title, at, _state in asked()] == [
        ("Heure perdue", datetime(2024, 2, 29, 22, 30, tzinfo=UTC)),
        ("Jour faux", datetime(2024, 2, 29, 23, 30, tzinfo=UTC)),
    ]
    text = path.read_text(encoding="utf-8-sig") + "\n"
    again = import_file("requests", given(text, "encore.csv"), entity="A")
    assert (again.created, again.unchanged) == (0, 2)


def test_two_requests_of_one_day_are_no_double(app: Any, places: None, given: Any) -> None:
    head = "Bien;Objet;Reçue le;Demandeur;Description\n"
    text = head + (
        "BAT-1;Fuite;29/02/2024 08:10;;\n"
        "BAT-1;Fuite;29/02/2024 17:45;;\n"
        "BAT-1;Panne;01/03/2024;Mme A;\n"
        "BAT-1;Panne;01/03/2024;Mme B;\n"
        "BAT-2;Panne;01/03/2024;Mme A;\n"
    )
    report = import_file("requests", given(text), entity="A")
    assert (report.created, report.rejected) == (5, 0)
    again = import_file("requests", given(text + "\n", "b.csv"), entity="A")
    assert (again.created, again.unchanged, again.rejected) == (0, 5, 0)
    twice = head + "BAT-1;Vitre;02/03/2024;Mme A;\nBAT-1;Vitre;02/03/2024;Mme A;\n"
    assert import_file("requests", given(twice, "c.csv"), entity="A").rejected == 1
    future = head + "BAT-1;Vitre;02/03/2062;;\n"
    refused = import_file("requests", given(future, "d.csv"), entity="A")
    assert AHEAD in lines(refused)[0][1]


ORDERS = """Numéro;Bien;Objet;État;Terminée le
F1;BAT-1;Faite;Terminée;01/02/2024
F2;BAT-1;Validée;Validée;01/02/2024
F3;BAT-1;Annulée;Annulée;01/02/2024
F4;BAT-1;Ouverte;Brouillon;
"""


def test_requests_of_the_past_follow_their_work(app: Any, places: None, given: Any) -> None:
    """What a file says of a request cannot contradict the state of its work."""
    import_file("work-orders", given(ORDERS, "travaux.csv"), entity="A")
    rows = [
        ("F1", "Acceptée", "closed"),
        ("F2", "Acceptée", "closed"),
        ("F3", "Acceptée", "new"),
        ("F4", "Acceptée", "accepted"),
        ("F4", "Traitée", "accepted"),
        ("F1", "Traitée", "closed"),
        ("F3", "Traitée", "refused"),
    ]
    text = "Bien;Objet;Reçue le;État;N° intervention\n" + "".join(
        f"BAT-1;Demande {index};03/01/2024;{state};{number}\n"
        for index, (number, state, _after) in enumerate(rows)
    )
    report = import_file("requests", given(text), entity="A")
    assert (report.created, report.rejected) == (len(rows), 0)
    assert [state for _title, _at, state in asked()] == [after for *_row, after in rows]
    with system_session("test", readonly=True) as session:
        found = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
        assert "annulée" in found[6].refusal_reason
        assert [row.work_order_id is None for row in found] == [
            False,
            False,
            True,
            False,
            False,
            False,
            True,
        ]


def test_an_asset_of_a_file_was_not_bought_tomorrow(app: Any, given: Any) -> None:
    head = "N° d’inventaire;Nom;Nature;Acquis le;Mis en service le;Fin de garantie\n"
    text = head + (
        "E1;Un;équipement;01/01/2062;;\n"
        "E2;Deux;équipement;01/01/2024;01/02/2062;01/01/2063\n"
        "E3;Trois;équipement;01/01/2024;;31/12/2023\n"
        "B1;Halle;bâtiment;12/05/1643;;\n"
    )
    report = import_file("assets", given(text), entity="A", partial=True)
    assert report.created == 2, report.as_json()
    assert {row for row, _why in lines(report)} == {2, 4}
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(Asset.acquired_on).where(Asset.code == "B1")).one() == date(
            1643, 5, 12
        )
