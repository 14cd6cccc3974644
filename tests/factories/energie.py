"""One valid record of this module with few words."""

from datetime import date

from energie import services
from energie.imports.invoice_files import read_invoice
from patrimoine import services as patrimoine
from tests.energie.samples import PRM
from tests.energie.samples import invoice as invoice_file

DAY = date(2025, 1, 1)


def point(session, entity_id=1, asset=None, reference=PRM, **columns):
    """A delivery point on a building, with its meter."""
    asset = asset or patrimoine.create(
        session, "building", entity_id=entity_id, name="Mairie", on=DAY
    )
    return services.create_point(session, asset, reference=reference, on=DAY, **columns)


def invoice(session, entity_id=1, **changes):
    """An invoice received; it is booked when its note names a point of ours."""
    found = read_invoice(invoice_file(**changes))
    return services.receive_invoice(session, found, entity_id=entity_id)
