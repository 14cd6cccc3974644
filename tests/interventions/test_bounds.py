"""What is multiplied stays below what is kept: refused beside its field, never a fault."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from base.basics.errors import InvalidInput
from base.rules.rights.actors import system_session
from interventions import services
from interventions.models import AgentRate, StockLevel, StockMove
from tests import engines
from tests.factories.interventions import MONDAY, agent, building, work_order
from tests.interventions.test_api import made


@pytest.fixture
def place(app):
    """As that of the resources: ten seals at 11 € in a store."""
    return made(app, "A", "bob")


def refused(answer, *fields):
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert set(answer.get_json()["errors"]) == set(fields)
    assert "mille milliards" in answer.get_json()["message"]


def held(place):
    with system_session("tests") as session:
        levels = session.scalars(select(StockLevel)).all()
        moves = session.scalars(select(StockMove)).all()
        return [(row.quantity, row.value_eur) for row in levels], len(moves)


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("100000", "100000000"), ("100000", "9999999.999"), ("100000", "10000000")],
    ids=["product", "with what is held", "exactly"],
)
def test_a_delivery_beyond_what_is_kept_is_refused_beside_its_fields(
    api_of, place, quantity, price
):
    before = held(place)
    answer = api_of("alice")(
        "POST",
        f"/api/v1/store/{place['store']}/receive",
        json={"item_id": place["item"], "quantity": quantity, "unit_cost_eur": price},
    )
    refused(answer, "quantity", "unit_cost_eur")
    assert held(place) == before


def test_a_count_beyond_what_is_kept_is_refused_beside_its_field(api_of, place):
    before = held(place)
    answer = api_of("alice")(
        "POST",
        f"/api/v1/store/{place['store']}/adjust",
        json={"item_id": place["item"], "counted": "999999999999", "reason": "Compté"},
    )
    refused(answer, "counted")  # × 11 €
    assert held(place) == before


def test_time_at_a_rate_beyond_what_is_kept_is_refused_beside_its_field(session):
    """A rate that stood before its bound did: 24 h of it reach a thousand milliards."""
    nadia = agent(session, 1)
    order = work_order(session, building(session, 1))
    session.core(update(AgentRate).values(hourly_rate_eur=Decimal("41666666666.67")))
    session.expire_all()
    with pytest.raises(InvalidInput, match="mille milliards") as fault:
        services.record_labour(session, order, nadia, hours=Decimal(24), date_on=MONDAY)
    assert set(fault.value.errors) == {"hourly_rate_eur"}


def test_a_rate_of_tax_is_a_percentage_on_screen_too(client_of, place):
    alice = client_of("alice")
    path = f"/itemview/edit/{place['item']}"
    sent = {"code": "J", "name": "Joint", "unit": "pièce", "vat_rate": "99999999999"}
    sent |= {"version": "1", "csrf_token": engines.csrf(alice, path)}
    answer = alice.post(path, data=sent)
    assert answer.status_code in (409, 422)
    assert "de 0 à 100" in answer.get_data(as_text=True)
