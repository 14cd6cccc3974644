"""A closed delivery point: bills wait, what is read counts not, nothing new begins."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.basics.errors import InvalidInput
from base.rules.rights.actors import job_session, system_session
from energie.domain.billing import InvoiceState, Reason
from energie.domain.unit_codes import foreign_unit
from energie.models import DeliveryPoint, Reading
from energie.services import allocations, points
from patrimoine.models import Asset
from patrimoine.services import endings
from tests.energie.samples import PRM
from tests.factories.energie import invoice, point

CLOSED = date(2026, 1, 15)


@pytest.fixture
def closed(sqlite_app):
    """A point that was closed in the middle of January."""
    with system_session("test") as session:
        row = point(session)
        row.closed_on = CLOSED
        return row.id


@pytest.mark.parametrize(
    ("period", "waits"),
    [
        (("20260101", "20260115"), False),
        (("20260101", "20260116"), False),  # its end is the first day that it does not bill
        (("20260101", "20260117"), True),
        (("20260116", "20260131"), True),
        (None, False),
    ],
)
def test_a_bill_of_days_after_the_closing_waits(closed, period, waits):
    with job_session((1,), "user:1") as session:
        row = invoice(session, period=period)
        assert (row.waiting_reason == Reason.CLOSED) is waits, row.waiting_sentence
        if waits:
            assert row.state == InvoiceState.WAITING
            assert f"{PRM} est fermé depuis le 15/01/2026" in row.waiting_sentence


def test_what_is_read_after_the_closing_counts_in_no_sum(closed, sqlite_api_of):
    call = sqlite_api_of("alice")
    # The last half hour of the last day, the first of the next, and one in which nothing was used.
    start = int(datetime(2026, 1, 15, 22, 30, tzinfo=UTC).timestamp())
    rows = [[start, 3], [start + 1800, 3], [start + 3600, 0]]
    body = {"point_id": closed, "quantity": "power", "unit": "kW", "step": "30min", "rows": rows}
    answer = call("POST", "/api/v1/reading/batch", json=body)
    assert answer.status_code == 200, answer.json
    with system_session("test", readonly=True) as session:
        kept = session.execute(
            select(Reading.start_at, Reading.quality).order_by(Reading.start_at)
        ).all()
    first, second, third = (quality for _at, quality in kept)
    assert second != first == third


def test_what_is_measured_left_on_no_day_before_its_last_reading(closed, sqlite_api_of):
    start = int(datetime(2026, 1, 10, 12, tzinfo=UTC).timestamp())
    body = {"point_id": closed, "quantity": "power", "unit": "kW", "step": "30min"}
    answer = sqlite_api_of("alice")(
        "POST", "/api/v1/reading/batch", json=body | {"rows": [[start, 3]]}
    )
    assert answer.status_code == 200, answer.json
    with job_session((1,), "user:1") as session:
        asset = session.get_one(Asset, session.get_one(DeliveryPoint, closed).asset_id)
        for meter in session.scalars(select(Asset).where(Asset.parent_id == asset.id)):
            endings.archive(session, meter, on=CLOSED)
        with pytest.raises(InvalidInput, match="un relevé le 10/01/2026"):
            endings.archive(session, asset, on=date(2026, 1, 9))
        endings.archive(session, asset, on=date(2026, 1, 10))


def test_nothing_begins_on_it(closed):
    after = CLOSED + timedelta(days=1)
    with job_session((1,), "user:1") as session:
        row = session.get_one(DeliveryPoint, closed)
        with pytest.raises(points.MeterRefused, match=r"fermé depuis le 15/01/2026"):
            points.replace_meter(session, row, serial_number="N2", on=after)
        other = session.get_one(Asset, row.asset_id)
        with pytest.raises(allocations.AllocationRefused, match=r"fermé depuis le 15/01/2026"):
            allocations.allocate(session, row, other, valid_from=after)


def test_the_water_of_a_heat_bill_is_no_foreign_unit():
    """Hot water and make-up water are billed by the cubic metre beside the heat."""
    heat, water = ("MWH", Decimal(12)), ("MTQ", Decimal(3))
    assert foreign_unit("heat", [heat, water]) is None
    assert foreign_unit("cooling", [water, heat]) is None
    assert foreign_unit("heat", [water]) == "m³"
    assert foreign_unit("electricity", [heat, water]) == "m³"


@pytest.mark.parametrize("code", ["C62", "H87", "EA", "MON", "DAY", "ANN", "LS", "E48", "P1", ""])
def test_a_service_beside_energy_is_no_foreign_unit(code):
    assert foreign_unit("water", [("MTQ", Decimal(3)), (code, Decimal(12))]) is None
