"""What tests of invoices share."""

from __future__ import annotations

import pytest

from energie.imports.invoice_files import read_invoice
from energie.services import invoices, points
from patrimoine.services import assets
from tests.energie.deciding import DAY, FAULTS_PRM


@pytest.fixture
def point(session):
    """The delivery point that the faults name."""
    hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
    return points.create_point(session, hall, reference=FAULTS_PRM, on=DAY)


@pytest.fixture
def give(session, real_data):
    """Receive a file of the faults."""

    def run(name):
        data = (real_data / "faults" / "invoices" / f"{name}.xml").read_bytes()
        return invoices.receive_invoice(session, read_invoice(data), entity_id=1)

    return run
