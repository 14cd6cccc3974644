"""The register as it was on a day: moves, values, services and costs; on both engines."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from base.basics import clock
from base.rules.rights.actors import job_session, system_session
from base.store.models import Department
from patrimoine import queries, services
from patrimoine.models import Asset
from patrimoine.queries import past
from tests.engines import csrf

DAY = date(2025, 12, 31)
BEFORE = date(2025, 6, 1)


@pytest.fixture
def town(app, monkeypatch):
    """A boiler moved on 1 March 2026 from the school to the hall, renamed and given to another
    service in 2026; a van bought in 2024 and typed in later; a shed put away in 2025."""
    ids = {}
    with job_session((1,), "user:1") as session:
        roads = Department(entity_id=1, code="VOI", name="Voirie")
        houses = Department(entity_id=1, code="BAT", name="Bâtiments")
        session.add_all([roads, houses])
        session.flush()
        school = services.create(session, "building", entity_id=1, name="École", on=BEFORE)
        hall = services.create(session, "building", entity_id=1, name="Halle", on=BEFORE)
        boiler = services.create(
            session,
            "equipment",
            entity_id=1,
            name="Chaudière",
            on=BEFORE,
            parent=school,
            service_id=houses.id,
            acquisition_cost_eur=Decimal("5000.00"),
        )
        van = services.create(
            session,
            "vehicle",
            entity_id=1,
            name="Fourgon",
            on=date(2026, 2, 1),
            acquired_on=date(2024, 5, 2),
        )
        shed = services.create(session, "building", entity_id=1, name="Appentis", on=BEFORE)
        new = services.create(session, "building", entity_id=1, name="Crèche", on=date(2026, 4, 1))
        for asset, day, amount in (
            (boiler, date(2024, 3, 1), "100.00"),
            (boiler, date(2025, 11, 1), "40.00"),
            (boiler, date(2026, 5, 1), "7.00"),
            (school, date(2025, 1, 5), "20.00"),
        ):
            services.book_cost(
                session,
                asset,
                date_on=day,
                amount_ht_eur=Decimal(amount),
                nature="other",
                label="Divers",
                source_type="tests",
                source_id=None,
            )
        ids = {row.name: row.id for row in (school, hall, boiler, van, shed, new)}
        ids["roads"] = roads.id
    # What follows is of March 2026, as the clock of the trail has it.
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 9, tzinfo=UTC))
    with job_session((1,), "user:1") as session:
        boiler = session.get(Asset, ids["Chaudière"])
        services.move(
            session,
            boiler,
            parent=session.get(Asset, ids["Halle"]),
            on=date(2026, 3, 1),
            reason="Travaux",
        )
        services.update(
            session,
            boiler,
            name="Chaudière du hall",
            status="in_repair",
            service_id=ids["roads"],
            acquisition_cost_eur=Decimal("5200.00"),
        )
        services.update(session, session.get(Asset, ids["École"]), name="École Jules-Ferry")
        services.archive(session, session.get(Asset, ids["Appentis"]), on=date(2025, 9, 1))
    monkeypatch.undo()
    monkeypatch.setattr(clock, "today", lambda zone="": date(2026, 11, 23))
    return ids


def names(session, day, *more):
    from sqlalchemy import select

    rows = session.scalars(select(Asset).where(*past.held_on(day), *more).order_by(Asset.id))
    return [row.name for row in rows]


def test_what_the_register_held(town):
    with job_session((1,), "user:1", readonly=True) as session:
        assert names(session, DAY) == ["École Jules-Ferry", "Halle", "Chaudière du hall", "Fourgon"]
        assert "Appentis" in names(session, date(2025, 8, 31))
        assert "Crèche" in names(session, date(2026, 4, 1))
        assert names(session, date(2024, 5, 1)) == []
        school, hall = town["École"], town["Halle"]
        for day, inside, outside in (
            (DAY, school, hall),
            (date(2026, 2, 28), school, hall),
            (date(2026, 3, 1), hall, school),
        ):
            assert names(session, day, *past.below_on(inside, day)) == ["Chaudière du hall"], day
            assert names(session, day, *past.below_on(outside, day)) == [], day
            assert queries.ancestors_on(session, town["Chaudière"], day) == [inside]
        assert past.lines_on(session, [town["Fourgon"]], DAY) == {}


def test_values_go_back_change_by_change(town):
    with job_session((1,), "user:1", readonly=True) as session:
        found = past.changes_after(session, town.values(), DAY)[town["Chaudière"]]
        before = {name: change.before for name, change in found.items()}
        assert (before["name"], before["status"]) == ("Chaudière", "in_service")
        assert Decimal(str(before["acquisition_cost_eur"])) == Decimal("5000.00")
        assert past.changes_after(session, town.values(), date(2026, 3, 1)) == {}
        foreign = past.changes_after(session, [town["Crèche"]], DAY)
        assert foreign == {}
    with job_session((2,), "user:1", readonly=True) as session:
        assert past.changes_after(session, town.values(), DAY) == {}
        assert names(session, DAY) == []


def test_costs_stop_at_the_day_and_follow_the_place(town):
    def total(asset, day, start=None):
        with job_session((1,), "user:1", readonly=True) as session:
            rows = past.costs_until(session, town[asset], day, start=start)
            return sum((row.net_eur for row in rows), Decimal("0.00"))

    assert total("École", DAY) == Decimal("160.00")
    assert total("École", DAY, date(2025, 1, 1)) == Decimal("60.00")
    assert total("Halle", DAY) == Decimal("0.00")
    later = date(2026, 6, 1)
    assert total("Halle", later) == Decimal("147.00")
    assert total("École", later) == Decimal("20.00")
    assert total("Chaudière", date(2025, 10, 31)) == Decimal("100.00")


def text(client, path):
    page = re.sub(r"<[^>]+>", " ", client.get(path).text.partition("<main")[2])
    return re.sub(r"[\s\u00a0]+", " ", page)


def test_the_screens_say_the_day_and_change_nothing(town, client_of):
    alice = client_of("alice")
    page = text(alice, "/patrimoine/date/?au=2025-12-31")
    assert "Biens au 31/12/2025" in page and "Lecture seule" in page
    assert "Chaudière" in page and "Chaudière du hall" not in page and "Crèche" not in page
    assert "5 000,00 €" in page and "en tête de l’arborescence (noté le 01/02/2026)" in page
    page = text(alice, f"/patrimoine/date/{town['Chaudière']}?au=31/12/2025")
    assert "aujourd’hui : Chaudière du hall" not in page  # the name is the title
    assert "En service" in page and "aujourd’hui : En réparation" in page
    assert "Bâtiments" in page and "aujourd’hui : Voirie" in page
    assert "aujourd’hui : Halle" in page and "s’appelle aujourd’hui « Chaudière du hall »" in page
    assert "4 valeurs ont changé depuis" in page and "changé le 01/03/2026" in page
    whole = alice.get(f"/patrimoine/date/{town['Chaudière']}?au=2025-12-31").text
    led_to = set(re.findall(r'href="([^"#]+)#(fait-\d+)"', whole))
    for path, line in led_to:
        assert f'<li id="{line}">' in alice.get(path, follow_redirects=True).text
    assert led_to
    assert "140,00 €" in page and "147,00 €" not in page
    page = text(alice, f"/patrimoine/date/{town['École']}?au=2025-12-31")
    assert "Chaudière" in page and "160,00 €" in page
    before = f"/patrimoine/date/{town['Crèche']}?au=2025-12-31"
    assert "n’était pas encore au registre" in text(alice, before)
    assert "ov-banner-run" in alice.get(before).text
    under = text(alice, f"/patrimoine/date/?au=2025-12-31&under={town['École']}&kind=equipment")
    assert "Chaudière" in under and "Halle" not in under
    lines = alice.get("/patrimoine/date/export/csv?au=2025-12-31").get_data(as_text=True)
    assert "Chaudière;Équipement;École;En service" in lines and "Crèche" not in lines
    assert alice.get("/patrimoine/date/export/xlsx?au=2025-12-31").status_code == 200
    for odd in ("", "?au=rien", "?au=9999-01-01", "?au=0001-01-01", "?under=99999", "?kind=x"):
        assert alice.get(f"/patrimoine/date/{odd}").status_code in (200, 404), odd
    for path in ("", f"{town['Chaudière']}"):
        answer = alice.post(f"/patrimoine/date/{path}", data={"csrf_token": csrf(alice)})
        assert answer.status_code == 405
    assert client_of("chloe").get(f"/patrimoine/date/{town['École']}").status_code == 404
    assert "Chaudière" not in text(client_of("chloe"), "/patrimoine/date/?au=2025-12-31")
    assert "Voir à une date" in alice.get("/assetview/list/").text


def test_a_page_of_the_past_costs_the_same_with_more_rows(town, client_of):
    from tests.interventions.test_views import statements

    alice = client_of("alice")
    app = alice.application
    path = "/patrimoine/date/?au=2025-12-31"
    before = statements(app, lambda: alice.get(path))
    with system_session("tests") as session:
        for n in range(15):
            services.create(session, "building", entity_id=1, name=f"Local {n}", on=BEFORE)
    assert statements(app, lambda: alice.get(path)) <= before


def test_the_past_of_an_archived_asset_has_the_state_of_the_day(town, api_of, client_of):
    body = {"on": "2026-03-01"}
    done = api_of("alice")("POST", f"/api/v1/asset/{town['École']}/archive", json=body)
    assert done.status_code == 200, done.get_json()
    page = text(client_of("alice"), f"/patrimoine/date/{town['École']}?au=2025-12-31")
    assert "En service" in page and "Archivé le" not in page
