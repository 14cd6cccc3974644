"""An invoice whose unit is not one of the point's energy waits; a person books it all the same."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from base.rules.rights.actors import job_session, system_session
from energie.domain.billing import InvoiceState, Reason
from energie.domain.unit_codes import foreign_unit
from energie.models import DeliveryPoint, Invoice
from energie.services import invoices
from tests.factories.energie import invoice, point

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("kind", "codes", "strange"),
    [
        ("water", "KWH", "kWh"),
        ("water", "MTQ", None),
        ("water", "M3 MON", None),
        ("water", "MTQ MWH", "MWh"),
        ("electricity", "KWH C62", None),
        ("electricity", "m3", "m³"),
        ("gas", "KWH MTQ", None),
        ("fuel", "LTR", None),
        ("fuel", "KWH", "kWh"),
        ("fuel_oil", "LTR", None),
        ("heat", "MWH", None),
        ("heat", "LTR", "l"),
        ("wood", "TNE MWH MTQ", None),
        ("water", "", None),
        ("water", "C62 MON XYZ", None),
    ],
)
def test_units_tell_energies_apart(kind, codes, strange):
    assert foreign_unit(kind, [(code, ONE) for code in codes.split()]) == strange


def test_what_has_no_quantity_is_no_reason():
    assert foreign_unit("water", [("KWH", None), ("KWH", Decimal(0))]) is None


def test_electricity_on_a_water_point_waits_until_somebody_says_so(app):
    with system_session("test") as session:
        point(session, reference="99800000000100", energy_kind="water")
    with job_session((1,), "user:1") as session:
        row = invoice(session, note="Point 99800000000100")
        assert row.state == InvoiceState.WAITING
        assert row.waiting_reason == Reason.UNIT, row.waiting_sentence
        assert "des kWh, et 99800000000100 est un point" in row.waiting_sentence
        assert "«\u00a0Eau\u00a0»" in row.waiting_sentence
    with job_session((1,), "user:1") as session:
        row = session.scalars(select(Invoice)).one()
        water = session.scalars(select(DeliveryPoint)).one()
        with pytest.raises(invoices.AnswerNeeded, match="UNITE"):
            invoices.attach_invoice(session, row, water)
        seen = invoices.Answers(confirmed=frozenset({"UNITE"}))
        invoices.attach_invoice(session, row, water, answers=seen)
        assert row.state == InvoiceState.BOOKED


def test_it_is_booked_at_once_on_the_point_that_it_is_of(app):
    with system_session("test") as session:
        point(session)
    with job_session((1,), "user:1") as session:
        assert invoice(session).state == InvoiceState.BOOKED


@pytest.mark.parametrize("weight", ["-1", "0", "1000000.1", "99999999999"])
def test_a_weight_that_cannot_be_says_its_field_and_its_bounds(api_of, app, weight):
    from tests.factories.interventions import building

    with system_session("test") as session:
        row, other = point(session), building(session, 1)
        path, body = f"/api/v1/delivery_point/{row.id}/allocate", {"asset_id": other.id}
    alice = api_of("admin")
    answer = alice("POST", path, json=body | {"weight": weight})
    assert answer.status_code == 422
    said = answer.get_json()
    assert "au-dessus de 0, et jusqu’à 1" in str(said) and "weight" in said["errors"], said
    assert alice("POST", path, json=body | {"weight": 1000000}).status_code == 200
