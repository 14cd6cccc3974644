"""An invoice stands for others of its own authority alone: no decision reaches another's books."""

from __future__ import annotations

import dataclasses
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import func, select

from base.basics.errors import InvalidInput
from base.desk.accounts.making import create_user
from base.rules.rights.actors import job_session
from energie.imports.invoice_files import read_invoice
from energie.models import Invoice
from energie.services import invoices, points
from energie.services.invoices import Answers, InvoiceElsewhere
from patrimoine.models import CostLine
from patrimoine.services import assets
from tests import engines
from tests.energie.deciding import DAY, FAULTS_PRM, amounts
from tests.energie.samples import invoice

OTHER_PRM = "30001234567890"


def ledgers(session):
    """The sums of both authorities, without tax."""
    rows = session.execute(
        select(CostLine.entity_id, func.sum(CostLine.amount_ht_eur)).group_by(CostLine.entity_id)
    )
    return {entity: total for entity, total in rows}


def make(session):
    """A point in each authority; the same supplier's deposit booked in B, a bill waiting in A.

    A has a booked bill of its own too.
    """
    places = {}
    for entity, prm in ((1, FAULTS_PRM), (2, OTHER_PRM)):
        hall = assets.create(session, "building", entity_id=entity, name="Mairie", on=DAY)
        places[entity] = points.create_point(session, hall, reference=prm, on=DAY)

    def receive(number, entity, total, period, **more):
        made = invoice(number=number, period=period, **amounts(total), **more)
        return invoices.receive_invoice(session, read_invoice(made), entity_id=entity)

    january, february = ("20260101", "20260131"), ("20260201", "20260228")
    rows = {
        "ours": receive("A-1", 1, "200.00", january, note=f"PRM {FAULTS_PRM}"),
        "theirs": receive("B-1", 2, "70.00", january, note=f"PRM {OTHER_PRM}"),
        "waits": receive("A-2", 1, "100.00", february, note="PRM 09999999999999"),
    }
    assert {name: str(row.state) for name, row in rows.items()} == {
        "ours": "booked",
        "theirs": "booked",
        "waits": "waiting",
    }
    assert rows["ours"].supplier_key == rows["theirs"].supplier_key
    return places, rows


BEFORE = {1: D(200), 2: D(70)}


@pytest.mark.parametrize("answer", ["replaces", "deposits", "deposits among ours"])
def test_an_invoice_of_another_authority_is_neither_replaced_nor_counted(session, answer):
    places, rows = make(session)
    theirs = rows["theirs"]
    answers = {
        "replaces": Answers(replaces=theirs),
        "deposits": Answers(deposits=[theirs]),
        "deposits among ours": Answers(deposits=[rows["ours"], theirs]),
    }[answer]
    with pytest.raises(InvalidInput, match="B-1 est celle d’une autre entité") as caught:
        invoices.attach_invoice(session, rows["waits"], places[1], answers=answers)
    field = "replaces_id" if answer == "replaces" else "deposit_ids"
    assert caught.value.errors == {field: str(caught.value)}
    assert ledgers(session) == BEFORE
    assert (theirs.state, theirs.counted_by_id, theirs.decision) == ("booked", None, "")
    assert rows["ours"].state == "booked"


def test_a_deposit_is_not_counted_by_a_settlement_of_another_authority(session):
    _places, rows = make(session)
    with pytest.raises(InvalidInput, match="B-1 est celle d’une autre entité") as caught:
        invoices.count_deposit(session, rows["waits"], settlement=rows["theirs"])
    assert caught.value.errors == {"settlement_id": str(caught.value)}
    assert (rows["waits"].state, rows["waits"].counted_by_id) == ("waiting", None)
    assert ledgers(session) == BEFORE


def test_a_point_of_another_authority_is_refused_at_its_field(session):
    places, rows = make(session)
    with pytest.raises(InvoiceElsewhere, match="autre entité") as caught:
        invoices.attach_invoice(session, rows["waits"], places[2])
    assert caught.value.errors == {"point_id": str(caught.value)}
    assert ledgers(session) == BEFORE


def test_a_file_that_names_a_number_of_another_authority_leaves_it_alone(session):
    """By import the numbers that an invoice writes are looked up in its own authority."""
    places, rows = make(session)
    made = read_invoice(
        invoice(
            number="A-3",
            type_code="384",
            note=f"PRM {FAULTS_PRM}",
            period=("20260301", "20260331"),
            **amounts("60.00"),
        )
    )
    named = dataclasses.replace(made, preceding=("B-1",))
    row = invoices.receive_invoice(session, named, entity_id=1)
    if row.state != "booked":
        invoices.attach_invoice(session, row, places[1], answers=Answers(confirms_all=True))
    assert ledgers(session) == {1: D(260), 2: D(70)}
    assert (rows["theirs"].state, rows["theirs"].counted_by_id) == ("booked", None)


@pytest.fixture
def two(sqlite_app):
    """Ids of the rows and points, and a person of both authorities."""
    create_user(
        "elise", engines.PASSWORD, roles=["Énergie"], entities=["A", "B"], must_change=False
    )
    with job_session((1, 2), "user:1") as session:
        places, rows = make(session)
        return {entity: point.id for entity, point in places.items()}, {
            name: row.id for name, row in rows.items()
        }


def kept(ids):
    with job_session((1, 2), "user:1", readonly=True) as session:
        rows = {name: session.get(Invoice, key) for name, key in ids.items()}
        return ledgers(session), {name: str(row.state) for name, row in rows.items()}


UNTOUCHED = (BEFORE, {"ours": "booked", "theirs": "booked", "waits": "waiting"})


@pytest.mark.parametrize("field", ["replaces_id", "deposit_ids", "settlement_id"])
def test_a_program_of_both_authorities_is_refused_at_the_field(two, sqlite_api_of, field):
    places, ids = two
    verb = "deposit" if field == "settlement_id" else "attach"
    body = {field: [ids["theirs"]] if field == "deposit_ids" else ids["theirs"]}
    if verb == "attach":
        body["point_id"] = places[1]
    answer = sqlite_api_of("elise")("POST", f"/api/v1/invoice/{ids['waits']}/{verb}", json=body)
    assert answer.status_code == 422, answer.json
    # Before the verb looks: as of an invoice that does not exist.
    assert "n’existe pas dans votre périmètre" in answer.json["errors"][field]
    assert kept(ids) == UNTOUCHED


@pytest.mark.parametrize("field", ["replaces_id", "deposit_ids", "settlement_id"])
def test_a_person_of_both_authorities_is_refused_on_the_page(two, sqlite_client_of, field):
    places, ids = two
    elise = sqlite_client_of("elise")
    verb = "deposit" if field == "settlement_id" else "attach"
    page = f"/invoiceview/show/{ids['waits']}"
    form = {"csrf_token": engines.csrf(elise, page), field: ids["theirs"], "point_id": places[1]}
    answer = elise.post(f"/invoiceview/{verb}/{ids['waits']}", data=form, follow_redirects=True)
    assert "B-1 est celle d’une autre entité" in answer.get_data(as_text=True)
    assert kept(ids) == UNTOUCHED
