"""Every record page opens whatever its ledger holds: nothing, credits, reversals, one cent."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.basics import clock
from base.rules.rights.actors import system_session
from patrimoine.models import Asset
from patrimoine.services import book_cost, create
from patrimoine.services.costs import reverse_cost
from tests.sweeps import World, fill, model_of

D = Decimal


def booked(session, asset, year, amount, nature="energy"):
    return book_cost(
        session,
        asset,
        date_on=date(year, 11, 3),
        amount_ht_eur=D(amount),
        nature=nature,
        label="Écriture",
        source_type="test",
        source_id=None,
    )


def reversed_only(session, asset, year):
    for past in range(5):
        line = booked(session, asset, year - past, "150.00")
        reverse_cost(session, line, date_on=line.date_on)


def reversed_later(session, asset, year):
    """Each year holds the reversals of the year before: no year is zero, their sum is."""
    line = booked(session, asset, year - 1, "80.00")
    reverse_cost(session, line, date_on=date(year, 2, 1))


def five_years(session, asset, year):
    for past, amount in enumerate(("12.34", "-3.00", "0.01", "1234567.89", "999999999.99")):
        booked(session, asset, year - past, amount)
        booked(session, asset, year - past, "-12.34", nature="supplier")


LEDGERS = {
    "nothing": lambda session, asset, year: None,
    "reversed only": reversed_only,
    "reversed later": reversed_later,
    "credit only": lambda session, asset, year: booked(session, asset, year, "-40.00"),
    "one cent": lambda session, asset, year: booked(session, asset, year, "0.01"),
    "one cent of credit": lambda session, asset, year: booked(session, asset, year, "-0.01"),
    "nil line": lambda session, asset, year: booked(session, asset, year, "0.00"),
    "old only": lambda session, asset, year: booked(session, asset, year - 6, "10.00"),
    "five years": five_years,
}


PLATES = {name: f"HL-{n:03d}-AA" for n, name in enumerate(LEDGERS, start=100)}
PARCELS = {name: f"91216000AB{n:04d}" for n, name in enumerate(LEDGERS, start=900)}
DAY = date(2020, 1, 5)
#: The ledger only grows: these follow each other on the one row of each model.
GROWING = ("nothing", "reversed only", "credit only")


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def opened(world, paths):
    """Every one answers, and shows numbers only; with the tabs that the pages offer."""
    tried, wrong, waiting = set(), [], list(paths)
    while waiting:
        path = waiting.pop()
        if path in tried:
            continue
        tried.add(path)
        answer = world.call("GET", path)
        if not answer.mimetype.startswith("text/"):
            answer.close()
            continue
        page = answer.get_data(as_text=True)
        if answer.status_code >= 500:
            wrong.append(f"{path} -> {answer.status_code}")
        elif re.search(r"\b(nan|infinity)\b", page, re.IGNORECASE):
            wrong.append(f"{path} shows no number")
        if "?part=" not in path and "/show/" in path:
            waiting += [f"{path}?part={key}" for key in re.findall(r"[?]part=([a-z_-]+)", page)]
    assert not wrong, "\n".join(wrong)
    return tried


@pytest.mark.parametrize("ledger", LEDGERS)
def test_assets_of_each_kind_open(world, ledger):
    year, paths = clock.today().year, []
    with world.app.app_context(), system_session("tests") as session:
        # The ledger is at the foot of the branch: those above sum what is below.
        site = create(session, "site", entity_id=1, name=f"Lieu {ledger}", on=DAY)
        building = create(session, "building", entity_id=1, name="Halle", on=DAY, parent=site)
        equipment = create(session, "equipment", entity_id=1, name="Pompe", on=DAY, parent=building)
        vehicle = create(
            session, "vehicle", entity_id=1, name="Benne", on=DAY, plate=PLATES[ledger]
        )
        parcel = create(
            session, "parcel", entity_id=1, name="Pré", on=DAY, cadastral_id=PARCELS[ledger]
        )
        for asset in (equipment, vehicle, parcel):
            LEDGERS[ledger](session, asset, year)
        for kind, asset in (
            ("site", site),
            ("building", building),
            ("equipment", equipment),
            ("vehicle", vehicle),
            ("parcel", parcel),
        ):
            paths.append(f"/{kind}view/show/{asset.id}")
            paths += [f"/rapports/cost/bien/{asset.id}", f"/rapports/traceability/bien/{asset.id}"]
    assert len(opened(world, paths)) >= 20


def test_every_record_and_list_opens_while_its_ledger_grows(world):
    year = clock.today().year
    for ledger in GROWING:
        with world.app.app_context(), system_session("tests") as session:
            for asset in session.scalars(select(Asset).where(Asset.entity_id == 1)).all():
                LEDGERS[ledger](session, asset, year)
        assert len(opened(world, every_page(world))) > 60


def every_page(world):
    """The page of one row of each model, the lists, the first page and the reports on screen."""
    for method, rule in world.rules():
        if method != "GET" or rule.rule.startswith("/api/"):
            continue
        if rule.arguments == {"pk"} and rule.endpoint.endswith(".show"):
            model = model_of(world.app, rule.endpoint)
            # The file of a row that was made up is in no store.
            if model in world.ours and model != "ImportBatch":
                yield fill(rule, world.ours[model])
        elif not rule.arguments and rule.endpoint.endswith((".list", ".index")):
            yield rule.rule
    yield from ("/rapports/cost", "/rapports/traceability")
