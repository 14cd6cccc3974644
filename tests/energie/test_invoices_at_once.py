"""Two people, or two programs, at the same invoice at the same moment: it counts once."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError
from base.desk.imports.command import import_file
from base.rules.rights.actors import job_session
from energie.models import DeliveryPoint, Invoice
from energie.services import invoices, points
from patrimoine.models import CostLine
from patrimoine.services import assets
from tests.energie.samples import PRM, invoice
from tests.factories import energie as make

DAY = date(2025, 1, 1)


@pytest.fixture
def hall(app):
    """A building with its delivery point."""
    with job_session((1,), "user:1") as session:
        row = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, row, reference=PRM, on=DAY).id


def _at_once(app, *work):
    """Run all at one moment; what each gave, or the fault that it met."""
    barrier, ended = threading.Barrier(len(work)), [None] * len(work)

    def run(place, task):
        with app.app_context():
            barrier.wait(60)
            try:
                ended[place] = task()
            except Exception as fault:  # judged by the test
                ended[place] = fault

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return ended


def _costs():
    with job_session((1,), "user:1", readonly=True) as session:
        return session.execute(
            select(func.count(), func.sum(CostLine.amount_ht_eur)).select_from(CostLine)
        ).one()


def _attach(invoice_id, point_id):
    with job_session((1,), "user:1") as session:
        invoices.attach_invoice(
            session, session.get_one(Invoice, invoice_id), session.get_one(DeliveryPoint, point_id)
        )


@pytest.mark.parametrize("times", range(3))
def test_an_invoice_attached_by_two_is_booked_once(app, hall, times):
    with job_session((1,), "user:1") as session:
        one = make.invoice(session, note="rien").id
    ended = _at_once(app, *[lambda: _attach(one, hall)] * 3)
    refused = [fault for fault in ended if fault is not None]
    assert len(refused) == 2, ended
    assert _costs()[0] == 1


@pytest.mark.parametrize("times", range(3))
def test_two_invoices_of_the_same_days_attached_at_once_are_not_both_booked(app, hall, times):
    with job_session((1,), "user:1") as session:
        one = make.invoice(session, number="F-1", note="rien").id
        other = make.invoice(session, number="F-2", note="rien").id
    ended = _at_once(app, lambda: _attach(one, hall), lambda: _attach(other, hall))
    assert _costs()[0] == 1, ended
    assert sum(fault is None for fault in ended) == 1


@pytest.mark.parametrize("times", range(3))
def test_one_invoice_written_in_two_ways_and_given_at_once_is_kept_once(app, hall, tmp_path, times):
    files = []
    for n, (number, siret) in enumerate(
        [("F-2026-001", "12345678200010"), ("f 2026 001", "123456789")]
    ):
        path = tmp_path / f"{n}.xml"
        path.write_bytes(invoice(number=number, siret=siret))
        files.append(path)
    ended = _at_once(app, *[lambda p=p: import_file("invoices", p, entity="A") for p in files])
    for fault in ended:
        assert not isinstance(fault, Exception) or isinstance(fault, DomainError), fault
    assert _costs()[0] == 1, ended
    with job_session((1,), "user:1", readonly=True) as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1


@pytest.mark.parametrize("times", range(3))
def test_two_invoices_of_the_same_days_given_at_once_are_not_both_booked(
    app, hall, tmp_path, times
):
    files = []
    for n in (1, 2):
        path = tmp_path / f"{n}.xml"
        path.write_bytes(invoice(number=f"F-{n}"))
        files.append(path)
    ended = _at_once(app, *[lambda p=p: import_file("invoices", p, entity="A") for p in files])
    for fault in ended:
        assert not isinstance(fault, Exception) or isinstance(fault, DomainError), fault
    assert _costs()[0] == 1, ended
