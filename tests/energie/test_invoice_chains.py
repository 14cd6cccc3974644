"""Invoices that hang on one another: replaced twice, deposits given back, too much credit."""

import dataclasses
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.basics.errors import InvalidInput
from energie.imports.invoice_files import read_invoice
from energie.services import invoices, points
from energie.services.invoices import AnswerNeeded, Answers
from patrimoine.services import assets
from tests.energie.deciding import DAY, FAULTS_PRM, amounts, ledger, reasons
from tests.energie.samples import invoice


@pytest.fixture
def point(session):
    hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
    return points.create_point(session, hall, reference=FAULTS_PRM, on=DAY)


def receive(session, number, total, *, code="380", names="", prepaid=""):
    """Take in an invoice of that amount without tax, which may name another."""
    found = read_invoice(
        invoice(
            number=number,
            type_code=code,
            note=f"PRM {FAULTS_PRM}",
            period=("20260101", "20260131") if code in ("380", "384") else None,
            **amounts(total),
        )
    )
    if names:
        found = dataclasses.replace(found, preceding=(names,))
    if prepaid:
        found = dataclasses.replace(found, prepaid=D(prepaid), due=found.due - D(prepaid))
    return invoices.receive_invoice(session, found, entity_id=1)


def states(*rows):
    return [(row.number, str(row.state), row.counted_by_id) for row in rows]


def test_a_replacement_takes_off_what_the_one_before_was_to_replace(session, point):
    a = receive(session, "A", "200.00")
    b = receive(session, "B", "210.00", code="384", names="A")
    c = receive(session, "C", "220.00", code="384", names="B")
    assert (reasons(c), ledger(session)) == (("waiting", "RECTIFICATIVE"), D(200))
    assert "B (252,00\u00a0€), A (240,00\u00a0€) ne comptent plus" in c.waiting_sentence
    assert "Chevauchement" not in c.waiting_sentence
    invoices.attach_invoice(session, c, point)
    assert ledger(session) == D(220)
    assert states(a, b) == [("A", "detached", c.id), ("B", "refused", c.id)]


@pytest.mark.parametrize("told", [False, True])
def test_two_replacements_of_one_invoice_leave_the_last(session, point, told):
    a = receive(session, "A", "200.00")
    b = receive(session, "B", "210.00", code="384", names="A")
    c = receive(session, "C", "220.00", code="384", names="A")
    invoices.attach_invoice(session, b, point)
    answers = Answers(replaces=a) if told else Answers()
    invoices.attach_invoice(session, c, point, answers=answers)
    assert ledger(session) == D(220)
    assert states(a, b, c) == [
        ("A", "detached", b.id),
        ("B", "detached", c.id),
        ("C", "booked", None),
    ]


def test_what_a_settlement_counts_is_not_replaced_beside_it(session, point):
    deposit = receive(session, "AC-1", "100.00", code="386")
    settlement = receive(session, "SO-1", "1000.00", prepaid="120.00")
    invoices.attach_invoice(session, settlement, point)
    row = receive(session, "RE-1", "90.00", code="384", names="AC-1")
    assert "que la facture SO-1 compte déjà" in row.waiting_sentence
    everything = Answers(confirms_all=True)
    with pytest.raises(InvalidInput, match="déjà comptée par SO-1"):
        invoices.attach_invoice(session, row, point, answers=everything)
    assert (ledger(session), deposit.counted_by_id) == (D(1000), settlement.id)


@pytest.mark.parametrize("code", ["381", "503"])
@pytest.mark.parametrize(("back", "prepaid"), [("100.00", ""), ("100.00", "120.00"), ("40", "72")])
def test_a_deposit_given_back_is_not_taken_off_twice(session, point, code, back, prepaid):
    """100 asked, some of it given back, then the whole bill of 1,000: it costs 1,000."""
    deposit = receive(session, "AC-1", "100.00", code="386")
    invoices.attach_invoice(session, deposit, point)
    credit = receive(session, "AV-1", back, code=code, names="AC-1")
    if code == "503":
        assert "Avoir d’acompte" in credit.waiting_sentence
        invoices.attach_invoice(session, credit, point)
    assert ledger(session) == D(100) - D(back)
    settlement = receive(session, "SO-1", "1000.00", prepaid=prepaid)
    if prepaid:
        invoices.attach_invoice(session, settlement, point)
    assert ledger(session) == D(1000)
    invoices.detach_invoice(session, settlement, on=date(2026, 11, 1))
    assert ledger(session) == (D(100) - D(back) if back == "100.00" else D(0))


def test_a_deposit_given_back_that_a_person_names_goes_with_its_credit_note(session, point):
    deposit = receive(session, "AC-1", "100.00", code="386")
    invoices.attach_invoice(session, deposit, point)
    credit = receive(session, "AV-1", "100.00", code="381", names="AC-1")
    settlement = receive(session, "SO-1", "1000.00", prepaid="120.00")
    invoices.attach_invoice(session, settlement, point, answers=Answers(deposits=[deposit]))
    assert ledger(session) == D(1000)
    assert {row.counted_by_id for row in (deposit, credit)} == {settlement.id}


def test_a_credit_note_beyond_what_is_left_of_its_invoice_is_asked(session, point):
    receive(session, "A", "200.00")
    some = receive(session, "AV-1", "150.00", code="381", names="a")
    assert (some.state, ledger(session)) == ("booked", D(50))
    more = receive(session, "AV-2", "60.00", code="381", names="A")
    assert (reasons(more), ledger(session)) == (("waiting", "AVOIR"), D(50))
    assert "72,00\u00a0€ sur A, dont il ne reste que 60,00\u00a0€" in more.waiting_sentence
    with pytest.raises(AnswerNeeded, match="AVOIR"):
        invoices.attach_invoice(session, more, point)
    rest = receive(session, "AV-3", "50.00", code="381", names="A")
    assert (rest.state, ledger(session)) == ("booked", D(0))


def test_a_credit_note_of_an_invoice_that_is_not_here_is_asked(session, point):
    """200 counted; 50 given back of an invoice that nobody knows: 200 until a person says."""
    receive(session, "A", "200.00")
    credit = receive(session, "AV-1", "50.00", code="381", names="Z-404")
    assert (reasons(credit), ledger(session)) == (("waiting", "AVOIR"), D(200))
    assert "facture Z404 de ce fournisseur, qui n’est pas enregistrée" in credit.waiting_sentence
    with pytest.raises(AnswerNeeded, match="AVOIR"):
        invoices.attach_invoice(session, credit, point)
    invoices.attach_invoice(session, credit, point, answers=Answers(confirmed=frozenset({"AVOIR"})))
    assert ledger(session) == D(150)
    bare = receive(session, "AV-2", "10.00", code="381")
    assert (bare.state, ledger(session)) == ("booked", D(140))


def test_a_credit_note_waits_no_longer_once_its_invoice_is_here(session, point):
    credit = receive(session, "AV-1", "50.00", code="381", names="A")
    assert (reasons(credit), ledger(session)) == (("waiting", "AVOIR"), D(0))
    receive(session, "A", "200.00")
    invoices.attach_invoice(session, credit, point)
    assert ledger(session) == D(150)


@pytest.mark.parametrize("first", ["credit", "bill"])
def test_a_file_is_read_in_the_order_in_which_its_invoices_name_one_another(session, point, first):
    """A ZIP lists the credit note before its invoice, or after: 200 - 50 either way."""
    bill = read_invoice(invoice(number="A", note=f"PRM {FAULTS_PRM}", **amounts("200.00")))
    credit = dataclasses.replace(
        read_invoice(
            invoice(
                number="AV-1",
                type_code="381",
                note=f"PRM {FAULTS_PRM}",
                period=None,
                **amounts("50.00"),
            )
        ),
        preceding=("a",),
    )
    order = [credit, bill] if first == "credit" else [bill, credit]
    given = [invoices.Received(found) for found in order]
    rows = invoices.receive_invoices(session, given, entity_id=1)
    assert [row.number for row in rows] == [found.number for found in order]
    assert {str(row.state) for row in rows} == {"booked"}
    assert ledger(session) == D(150)
