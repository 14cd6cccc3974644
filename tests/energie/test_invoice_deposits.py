"""Deposits and their settlement end at the cost, whatever comes first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.basics.errors import TransitionRefused
from energie.services import invoices, points
from energie.services.invoices import AnswerNeeded, Answers
from patrimoine.services import assets
from tests.energie.deciding import DAY, amounts, ledger, reasons, receive


@pytest.mark.parametrize("decided", ["deposit", "settlement"])
@pytest.mark.parametrize("first", ["a1-acompte-386", "a2-solde-380"])
def test_deposit_and_settlement_end_at_the_cost(session, point, give, first, decided):
    second = {"a1-acompte-386": "a2-solde-380"}.get(first, "a1-acompte-386")
    rows = {name: give(name) for name in (first, second)}
    deposit, settlement = rows["a1-acompte-386"], rows["a2-solde-380"]
    assert reasons(deposit) == ("waiting", "ACOMPTE")
    assert reasons(settlement) == ("waiting", "SOLDE")
    assert (settlement.prepaid_eur, settlement.payable_eur) == (D(120), D(1080))
    assert ledger(session) == D(0)
    if decided == "deposit":
        invoices.attach_invoice(session, deposit, point)
        assert ledger(session) == D(100)
        invoices.attach_invoice(session, settlement, point)
        assert deposit.state == "detached"
    else:
        invoices.attach_invoice(session, settlement, point)
        assert deposit.state == "refused"
        with pytest.raises(TransitionRefused):
            invoices.attach_invoice(session, deposit, point)
    assert ledger(session) == D(1000)
    assert deposit.counted_by_id == settlement.id
    assert deposit.decision == "Comptée par la facture SO-1."
    # On the day of the settlement the costs rise by what was not yet counted.
    invoices.detach_invoice(session, settlement, on=date(2026, 11, 1))
    assert ledger(session) == D(0)
    assert reasons(deposit) == ("waiting", "REPRISE")
    # What was decided of both no longer holds.
    assert (deposit.decision, settlement.decision) == ("", "")


@pytest.mark.parametrize("first", ["a1-acompte-386", "a2-solde-380"])
def test_a_deposit_is_counted_on_whatever_point_a_person_puts_both(session, give, first):
    # Neither cites a point of ours; the person says for both the same one.
    hall = assets.create(session, "building", entity_id=1, name="Salle", on=DAY)
    other = points.create_point(session, hall, reference="30001234567890", on=DAY)
    second = {"a1-acompte-386": "a2-solde-380"}.get(first, "a1-acompte-386")
    rows = {name: give(name) for name in (first, second)}
    deposit, settlement = rows["a1-acompte-386"], rows["a2-solde-380"]
    invoices.attach_invoice(session, deposit, other)
    invoices.attach_invoice(session, settlement, other)
    assert ledger(session) == D("1000.00")
    assert (deposit.state, deposit.counted_by_id) == ("detached", settlement.id)
    assert settlement.decision == "Elle solde les acomptes AC-1."


def test_a_deposit_booked_on_the_same_point_is_counted_whatever_it_cites(session, point):
    deposit = receive(
        session, number="AC-7", type_code="386", note="PRM 09999999999999", **amounts("100.00")
    )
    invoices.attach_invoice(session, deposit, point)
    settlement = receive(session, number="SO-7", note="PRM 08888888888888", **amounts("1000.00"))
    settlement.prepaid_eur = D("120.00")
    invoices.attach_invoice(session, settlement, point)
    assert deposit.counted_by_id == settlement.id
    assert ledger(session) == D("1000.00")


def test_a_deposit_that_comes_after_its_settlement_is_not_added(session, point, give):
    settlement = give("a2-solde-380")
    invoices.attach_invoice(session, settlement, point)
    deposit = give("a1-acompte-386")
    assert "SO-1" in deposit.waiting_sentence
    with pytest.raises(AnswerNeeded, match="SO-1"):
        invoices.attach_invoice(session, deposit, point)
    invoices.count_deposit(session, deposit, settlement=settlement)
    assert (deposit.state, deposit.counted_by_id) == ("refused", settlement.id)
    assert ledger(session) == D(1000)


def test_deposits_that_do_not_match_are_asked(session, point, give):
    deposit = receive(
        session, number="AC-9", type_code="386", siret="55208131766522", **amounts("70.00")
    )
    invoices.attach_invoice(session, deposit, point)
    deposit.issued_on = date(2026, 1, 1)
    settlement = give("a2-solde-380")
    with pytest.raises(AnswerNeeded, match="deposit_ids"):
        invoices.attach_invoice(session, settlement, point)
    invoices.attach_invoice(session, settlement, point, answers=Answers(deposits=[deposit]))
    assert ledger(session) == D(1000)
    assert "AC-9" in settlement.decision


def test_what_was_decided_of_an_invoice_goes_with_its_booking(session, point):
    """Of the detached one, and of all that it stood for: replaced, deposits, credit notes."""
    former = receive(session, number="F-1", **amounts("200.00"))
    row = receive(session, number="F-2", type_code="384", **amounts("210.00"))
    invoices.attach_invoice(
        session, row, point, answers=Answers(replaces=former, confirms_all=True)
    )
    assert row.decision.startswith("Elle remplace F-1.")
    assert former.decision == "Comptée par la facture F-2."
    invoices.detach_invoice(session, row, on=date(2026, 11, 1))
    assert (row.decision, former.decision) == ("", "")
    assert former.waiting_sentence == ("La facture F-2, qui comptait celle-ci, n’est plus imputée.")
    # The next decision is told anew.
    invoices.attach_invoice(session, former, point)
    assert former.decision == "" and former.state == "booked"
