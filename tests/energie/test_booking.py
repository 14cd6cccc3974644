"""Invoices in the database: matched, booked, shared to the cent, waiting; on both engines."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import select

from base.basics.errors import TransitionRefused
from base.store.models import Partner
from energie import queries
from energie.imports.invoice_files import read_invoice
from energie.models import InvoiceShare, InvoiceState, Meter
from energie.services import invoices, points
from energie.services.allocations import AllocationRefused, allocate, end_allocation
from energie.services.points import PointTaken
from patrimoine.models import CostLine, Equipment
from patrimoine.services import assets
from tests.energie.samples import PRM, invoice

DAY = date(2025, 1, 1)


@pytest.fixture
def hall(session):
    """The town hall of A."""
    return assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)


@pytest.fixture
def point(session, hall):
    """Its delivery point."""
    return points.create_point(session, hall, reference=PRM, on=DAY)


def _receive(session, **changes):
    return invoices.receive_invoice(session, read_invoice(invoice(**changes)), entity_id=1)


def _lines(session):
    return [
        (line.asset_id, line.amount_ht_eur, line.vat_eur, line.net_eur, line.account)
        for line in session.scalars(select(CostLine).order_by(CostLine.id))
    ]


def test_a_point_comes_with_its_meter_as_equipment(session, hall, point):
    (meter,) = queries.meters_of(session, point.id)
    equipment = session.get(Equipment, meter.asset_id)
    assert (equipment.parent_id, equipment.name) == (hall.id, f"Compteur {PRM}")
    weights = queries.weights_of_points(session, {point.id})[point.id]
    assert [(w.key, w.weight) for w in weights] == [(hall.id, 1)]
    assert list(queries.points_of_asset(session, hall.id)) == [point]


def test_a_reference_is_in_the_register_once(session, hall, point):
    with pytest.raises(PointTaken, match=PRM):
        points.create_point(session, hall, reference=f" {PRM} ", on=DAY)


def test_an_invoice_that_names_our_point_is_booked(session, hall, point):
    found = _receive(session)
    assert (found.state, found.point_id) == (InvoiceState.BOOKED, point.id)
    assert _lines(session) == [(hall.id, D("200.00"), D("40.00"), D("240.00"), "60612")]
    (line,) = session.scalars(select(CostLine))
    assert (line.source_type, line.source_id, line.nature) == (
        "energie_invoice",
        found.id,
        "energy",
    )
    assert line.date_on == date(2026, 2, 5)
    assert [row.amount_ht for row in found.lines] == [D("200.00")]


def test_a_credit_note_is_booked_negative(session, hall, point):
    _receive(session, type_code="381")
    assert _lines(session) == [(hall.id, D("-200.00"), D("-40.00"), D("-240.00"), "60612")]


def test_an_invoice_is_shared_to_the_cent_by_dated_weights(session, hall, point):
    school = assets.create(session, "building", entity_id=1, name="École", on=DAY)
    allocate(session, point, school, weight=D(2), valid_from=date(2026, 1, 1))
    _receive(
        session,
        lines=(("Énergie", "1", "100.00", "100.00"),),
        basis="100.00",
        tax="20.00",
        total="120.00",
    )
    # Weights 1 and 2: 33.33 and 66.67, the tax likewise.
    assert _lines(session) == [
        (hall.id, D("33.33"), D("6.67"), D("40.00"), "60612"),
        (school.id, D("66.67"), D("13.33"), D("80.00"), "60612"),
    ]
    shares = session.scalars(select(InvoiceShare)).all()
    assert sum(share.amount_ht_eur + share.vat_eur for share in shares) == D("120.00")


def test_an_invoice_without_a_known_point_waits_until_it_is_attached(session, hall, point):
    found = _receive(session, note="Contrat 7")
    assert found.state == InvoiceState.WAITING
    assert list(queries.waiting_invoices(session)) == [found]
    assert _lines(session) == []
    invoices.attach_invoice(session, found, point)
    assert len(_lines(session)) == 1
    assert not queries.waiting_invoices(session)
    with pytest.raises(TransitionRefused, match="déjà imputée"):
        invoices.attach_invoice(session, found, point)


def test_detaching_reverses_and_attaching_again_books_anew(session, hall, point):
    found = _receive(session)
    invoices.detach_invoice(session, found, on=date(2026, 3, 1))
    assert [line[1] for line in _lines(session)] == [D("200.00"), D("-200.00")]
    assert found.state == InvoiceState.DETACHED
    invoices.attach_invoice(session, found, point)
    assert sum(line[1] for line in _lines(session)) == D("200.00")


def test_the_same_invoice_is_refused_and_another_supplier_may_use_its_number(session, hall, point):
    _receive(session)
    with pytest.raises(invoices.InvoiceTaken, match="F-2026-001"):
        _receive(session)
    other = _receive(session, siret="98765432400027", seller="Autre", note="rien")
    assert other.state == InvoiceState.WAITING


def test_foreign_money_waits_and_is_never_booked(session, hall, point):
    data = invoice().replace(b'currencyID="EUR"', b'currencyID="NOK"')
    data = data.replace(b"<ram:InvoiceCurrencyCode>EUR", b"<ram:InvoiceCurrencyCode>NOK")
    found = invoices.receive_invoice(session, read_invoice(data), entity_id=1)
    assert (found.state, found.currency) == (InvoiceState.WAITING, "NOK")
    with pytest.raises(invoices.InvoiceElsewhere, match="NOK"):
        invoices.attach_invoice(session, found, point)


def test_the_supplier_is_found_by_its_siret(session, hall, point):
    supplier = Partner(entity_id=1, code="ELEC", name="Élec", siret="12345678200010")
    session.add(supplier)
    session.flush()
    found = _receive(session)
    assert found.supplier_id == supplier.id
    assert session.scalars(select(CostLine)).one().supplier_id == supplier.id


def test_an_asset_has_one_weight_at_a_time(session, hall, point):
    with pytest.raises(AllocationRefused):
        allocate(session, point, hall, weight=D(1))
    (row,) = queries.allocations_of(session, point.id)
    with pytest.raises(AllocationRefused):
        end_allocation(session, row, on=row.valid_from)
    end_allocation(session, row, on=date(2026, 1, 1))
    allocate(session, point, hall, weight=D(3), valid_from=date(2026, 1, 1))
    weights = queries.weights_of_points(session, {point.id})[point.id]
    assert [w.weight for w in weights] == [1, 3]


def test_a_gas_point_takes_a_pce(session, hall):
    gas = points.create_point(
        session, hall, reference="gi 123456", energy_kind="gas", on=DAY, serial_number="G4-77"
    )
    assert (gas.reference, gas.reference_kind) == ("GI123456", "pce")
    meter = session.scalars(select(Meter).where(Meter.point_id == gas.id)).one()
    assert (meter.serial_number, meter.registers[0].unit) == ("G4-77", "m3")
