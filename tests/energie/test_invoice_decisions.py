"""What waits for a person, with its reason, and what the ledger says once they decided."""

import dataclasses
from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import select

from base.basics.errors import InvalidInput, TransitionRefused
from energie.imports.invoice_files import read_invoice
from energie.models import Invoice
from energie.services import invoices, points
from energie.services.invoices import AnswerNeeded, Answers, InvoiceElsewhere
from patrimoine.services import assets
from tests.energie.deciding import DAY, FAULTS_PRM, amounts, ledger, reasons, receive
from tests.energie.samples import invoice

ORDERS = [
    ("b1-siret", "b2-siren", "b3-numero-minuscule", "n7-tva-seule"),
    ("n7-tva-seule", "b3-numero-minuscule", "b2-siren", "b1-siret"),
    ("b2-siren", "n7-tva-seule", "b1-siret", "b3-numero-minuscule"),
]


@pytest.mark.parametrize("order", ORDERS)
def test_one_invoice_however_its_seller_and_number_are_written(session, point, give, order):
    for name in order:
        try:
            give(name)
        except invoices.InvoiceTaken:
            assert name != "n7-tva-seule"
    assert ledger(session) == D(200)
    rows = session.scalars(select(Invoice).order_by(Invoice.id)).all()
    assert [row.supplier_key for row in rows] == ["552081317", "552081317"]
    assert sorted(reasons(row) for row in rows) == [("booked", ""), ("waiting", "DOUBLON")]


def test_the_same_number_date_and_amount_of_another_seller_is_a_probable_double(session, point):
    receive(session)
    other = receive(session, siret="98765432400027", seller="Autre")
    assert reasons(other) == ("waiting", "DOUBLE_PROBABLE")
    assert "F-2026-001" in other.waiting_sentence
    assert ledger(session) == D(200)
    with pytest.raises(AnswerNeeded, match="Double probable"):
        invoices.attach_invoice(session, other, point)


def test_a_number_that_folds_alike_with_another_amount_is_another_invoice(session, point):
    receive(session, number="F-2026-11", period=("20260101", "20260131"))
    other = receive(
        session, number="F-20261-1", period=("20260201", "20260228"), **amounts("50.00")
    )
    assert reasons(other) == ("waiting", "DOUBLE_PROBABLE")
    assert ledger(session) == D(200)
    with pytest.raises(invoices.InvoiceTaken):
        receive(session, number="F-20261-1", period=("20260201", "20260228"), **amounts("50.00"))


def test_a_pro_forma_is_never_booked(session, point, give):
    row = give("n3-proforma-325")
    assert reasons(row) == ("waiting", "PROFORMA")
    with pytest.raises(InvoiceElsewhere, match="pro forma"):
        invoices.attach_invoice(session, row, point, answers=Answers(confirms_all=True))
    assert ledger(session) == D(0)
    with pytest.raises(InvalidInput):
        invoices.refuse_invoice(session, row, reason=" ")
    invoices.refuse_invoice(session, row, reason="Devis déjà accepté")
    assert (row.state, row.waiting_reason) == ("refused", "")
    assert row.decision == "Devis déjà accepté (Pro forma)"
    invoices.resume_invoice(session, row)
    assert reasons(row) == ("waiting", "PROFORMA")


@pytest.mark.parametrize("code", ["220", "310", "351", "751", "999"])
def test_what_is_no_invoice_is_never_booked(session, point, code):
    row = receive(session, type_code=code)
    assert reasons(row) == ("waiting", "PAS_FACTURE")
    with pytest.raises(InvoiceElsewhere, match="pas une facture"):
        invoices.attach_invoice(session, row, point)


@pytest.mark.parametrize("order", ["replaced first", "replacing first", "both wait"])
def test_a_corrected_invoice_takes_the_place_of_what_it_replaces(session, point, give, order):
    if order == "replaced first":
        former, row = give("b1-siret"), give("g4-rectificative-384")
        assert (former.state, ledger(session)) == ("booked", D(200))
        assert "DBL-1" in row.waiting_sentence
        invoices.attach_invoice(session, row, point)
        assert former.state == "detached"
    elif order == "replacing first":
        row = give("g4-rectificative-384")
        invoices.attach_invoice(session, row, point)
        former = give("b1-siret")
        assert reasons(former) == ("waiting", "REMPLACEE")
        with pytest.raises(AnswerNeeded, match="RECT-1"):
            invoices.attach_invoice(session, former, point)
    else:
        row, former = give("g4-rectificative-384"), give("b1-siret")
        assert reasons(row) == ("waiting", "RECTIFICATIVE")
        invoices.attach_invoice(session, former, point)
        assert ledger(session) == D(200)
        invoices.attach_invoice(session, row, point)
        assert former.state == "detached"
    assert row.replaces == "DBL-1"
    assert ledger(session) == D(210)


def test_a_correction_with_negative_amounts_asks_what_it_does(session, point, give):
    give("b1-siret")
    row = receive(
        session,
        number="RK-1",
        type_code="384",
        siret="55208131766522",
        period=None,
        note=f"PRM {FAULTS_PRM} corrige DBL-1",
        lines=(("Retour", "-1", "8.00", "-8.00"),),
        basis="-8.00",
        tax="-1.60",
        total="-9.60",
    )
    with pytest.raises(AnswerNeeded, match="replaces_none"):
        invoices.attach_invoice(session, row, point)
    invoices.attach_invoice(session, row, point, answers=Answers(replaces_none=True))
    assert ledger(session) == D(192)


@pytest.mark.parametrize(("answer", "end"), [("credit", D(-50)), ("debit", D(50))])
def test_a_credit_note_with_negative_amounts_asks_its_direction(session, point, give, answer, end):
    row = give("g1-avoir-381-negatif")
    assert reasons(row) == ("waiting", "SENS")
    assert "crédit ou débit" in row.waiting_sentence
    with pytest.raises(AnswerNeeded, match="direction"):
        invoices.attach_invoice(session, row, point, answers=Answers(confirms_all=True))
    invoices.attach_invoice(session, row, point, answers=Answers(direction=answer))
    assert ledger(session) == end
    assert (row.direction, row.amount_ht, row.lines[0].amount_ht) == (answer, end, end)
    # The answer is kept: taken off and booked again, it is not asked anew.
    invoices.detach_invoice(session, row, on=date(2026, 11, 1))
    invoices.attach_invoice(session, row, point)
    assert ledger(session) == end


def test_a_credit_note_with_positive_amounts_lowers_the_costs(session, point):
    row = receive(session, type_code="381", **amounts("50.00"))
    assert (row.state, ledger(session)) == ("booked", D(-50))


def test_dates_that_cannot_be_wait(session, point, give):
    future = give("n11-date-future")
    assert reasons(future) == ("waiting", "DATE")
    with pytest.raises(InvoiceElsewhere, match="05/01/2062"):
        invoices.attach_invoice(session, future, point, answers=Answers(confirms_all=True))
    turned = give("r10-periode-inverse")
    assert reasons(turned) == ("waiting", "PERIODE")
    with pytest.raises(AnswerNeeded, match="PERIODE"):
        invoices.attach_invoice(session, turned, point)
    assert ledger(session) == D(0)
    invoices.attach_invoice(
        session, turned, point, answers=Answers(confirmed=frozenset({"PERIODE"}))
    )
    assert invoices.period_of(turned) == (date(2026, 1, 5), date(2026, 1, 6))
    assert "PERIODE" in turned.decision


@pytest.mark.parametrize(
    "period", [("20160101", "20260131"), ("19300101", "19300131"), ("20280101", "20280131")]
)
def test_a_period_of_another_age_waits(session, point, period):
    assert reasons(receive(session, period=period)) == ("waiting", "PERIODE")


def test_a_period_already_booked_waits_and_is_confirmed(session, point):
    receive(session, number="A", period=("20260901", "20261031"))
    row = receive(session, number="B", period=("20261001", "20261031"), **amounts("90.00"))
    assert reasons(row) == ("waiting", "CHEVAUCHEMENT")
    assert "A (Électricité d’Essai)" in row.waiting_sentence
    with pytest.raises(AnswerNeeded) as caught:
        invoices.attach_invoice(
            session, row, point, answers=Answers(confirmed=frozenset({"DOUBLON"}))
        )
    assert caught.value.errors == {"waiting_reason": ["CHEVAUCHEMENT"]}
    invoices.attach_invoice(
        session, row, point, answers=Answers(confirmed=frozenset({"CHEVAUCHEMENT"}))
    )
    assert ledger(session) == D(290)
    assert row.decision.startswith("Imputée après confirmation (CHEVAUCHEMENT).")


def test_supply_and_network_of_two_sellers_are_asked_with_what_may_be(session, point):
    """The same days of one point: twice the energy, or energy and network. A person says."""
    receive(session, number="A", period=("20260901", "20260930"))
    same = receive(session, number="B", period=("20260915", "20261015"), **amounts("90.00"))
    assert "Deux fournisseurs" not in same.waiting_sentence
    other = receive(
        session,
        number="C",
        period=("20260901", "20260930"),
        siret="55208131766522",
        **amounts("80.00"),
    )
    assert (reasons(other), ledger(session)) == (("waiting", "CHEVAUCHEMENT"), D(200))
    assert "l’un facture l’énergie et l’autre l’acheminement" in other.waiting_sentence
    invoices.attach_invoice(session, other, point, answers=Answers(confirms_all=True))
    assert ledger(session) == D(280)


def test_an_end_is_the_next_start_and_credit_notes_are_netted_first(session, point):
    receive(session, number="A", period=("20260101", "20260131"))
    assert receive(session, number="B", period=("20260131", "20260228")).state == "booked"
    assert receive(
        session, number="AV", type_code="381", period=("20260101", "20260131")
    ).state == ("booked")
    again = receive(session, number="C", period=("20260101", "20260131"), **amounts("180.00"))
    assert (again.state, ledger(session)) == ("booked", D(380))


def test_invoices_of_one_file_are_compared_with_each_other(session, point):
    given = [
        invoices.Received(
            read_invoice(
                invoice(
                    number=number,
                    note=f"PRM {FAULTS_PRM}",
                    period=("20260101", "20260131"),
                    **amounts(amount),
                )
            )
        )
        for number, amount in (("A", "200.00"), ("B", "200.00"), ("C", "90.00"))
    ]
    rows = invoices.receive_invoices(session, given, entity_id=1)
    assert [reasons(row) for row in rows] == [
        ("booked", ""),
        ("waiting", "DOUBLON"),
        ("waiting", "CHEVAUCHEMENT"),
    ]
    assert ledger(session) == D(200)


def test_two_points_named_wait(session, point):
    hall = assets.create(session, "building", entity_id=1, name="École", on=DAY)
    points.create_point(session, hall, reference="99000000000017", on=DAY)
    row = receive(session, note=f"PRM {FAULTS_PRM} et 99000000000017")
    assert reasons(row) == ("waiting", "POINTS_MULTIPLES")


def test_what_is_booked_cannot_be_set_aside_nor_what_waits_resumed(session, point):
    row = receive(session)
    with pytest.raises(TransitionRefused, match="annulez d’abord"):
        invoices.refuse_invoice(session, row, reason="erreur")
    with pytest.raises(TransitionRefused, match="pas écartée"):
        invoices.resume_invoice(session, row)


def test_prepaid_and_payable_are_kept(session, point):
    row = receive(session)
    assert (row.prepaid_eur, row.payable_eur) == (D(0), D(240))
    found = receive(session, number="AV", type_code="381")
    assert (found.prepaid_eur, found.payable_eur) == (D(0), D(-240))


def test_a_line_that_differs_from_its_price_is_kept_as_a_warning(session, point):
    row = receive(session, lines=(("Énergie", "900", "0.20", "200.00"),))
    assert row.state == "booked"
    assert [warning["code"] for warning in row.warnings] == ["BT-131"]


def _credit_of(number, amount):
    """A credit note that names an invoice."""
    tax = D(amount) / 5
    found = read_invoice(
        invoice(
            number="AV-1",
            type_code="381",
            siret="55208131766522",
            note=f"PRM {FAULTS_PRM}",
            period=None,
            lines=(("Avoir", "1", amount, amount),),
            basis=amount,
            tax=f"{tax:.2f}",
            total=f"{D(amount) + tax:.2f}",
        )
    )
    return dataclasses.replace(found, preceding=(number,))


def test_a_credit_note_of_what_was_replaced_is_not_taken_twice(session, point, give):
    give("b1-siret")
    row = give("g4-rectificative-384")
    invoices.attach_invoice(session, row, point)
    credit = invoices.receive_invoice(session, _credit_of("dbl 1", "200.00"), entity_id=1)
    assert reasons(credit) == ("waiting", "AVOIR")
    assert ledger(session) == D(210)
    with pytest.raises(AnswerNeeded, match="AVOIR"):
        invoices.attach_invoice(session, credit, point)


def test_what_a_credit_note_took_off_is_not_taken_off_by_its_replacement(session, point, give):
    former = give("b1-siret")
    assert (
        invoices.receive_invoice(session, _credit_of("DBL-1", "200.00"), entity_id=1).state
        == "booked"
    )
    assert ledger(session) == D(0)
    row = give("g4-rectificative-384")
    with pytest.raises(InvalidInput, match="déjà annulée par un avoir"):
        invoices.attach_invoice(session, row, point, answers=Answers(replaces=former))
    invoices.attach_invoice(session, row, point)
    assert (former.state, ledger(session)) == ("booked", D(210))
