"""A tiny town whose costs are worked out by hand.

In 2026, entity A::

    Les Tilleuls (BAT-1)       energy  100,00 + 20,00     net 120,00
      Chaudière (EQP-1)        labour   48,00 +  0,00     net  48,00    account 64111
                               parts    10,00 +  2,00     net  12,00
    Mairie (BAT-2)             supplier 200,00 + 40,00    net 240,00, then taken back
                               energy   50,50 + 10,10     net  60,60

    all                        208,50 HT + 32,10 VAT      net 240,60    6 lines, 1 reversal

In 2025 BAT-1 cost 200,00 HT, 240,00 net. Entity B has 5 000,00 of its own.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import mock

from base.basics import clock
from base.rules.rights.actors import job_session
from patrimoine.services import book_cost, create, reverse_cost

NOW = datetime(2026, 11, 23, 9, 58, 2, tzinfo=UTC)


def build(app):
    """The town, in two transactions in somebody's name."""
    with job_session((1,), "user:2", "test") as session:
        on = date(2020, 1, 1)
        school = create(session, "building", entity_id=1, code="BAT-1", name="Les Tilleuls", on=on)
        boiler = create(
            session, "equipment", entity_id=1, code="EQP-1", name="Chaudière", on=on, parent=school
        )
        hall = create(session, "building", entity_id=1, code="BAT-2", name="Mairie", on=on)

        def book(asset, day, nature, amount, vat="0.00", label="Écriture", account=None):
            return book_cost(
                session,
                asset,
                date_on=day,
                amount_ht_eur=Decimal(amount),
                vat_eur=Decimal(vat),
                nature=nature,
                label=label,
                account=account,
                source_type="test",
                source_id=None,
            )

        book(school, date(2025, 5, 1), "energy", "200.00", "40.00", "Gaz de l’an passé")
        book(school, date(2026, 1, 1), "energy", "100.00", "20.00", "Gaz, janvier")
        book(boiler, date(2026, 3, 2), "labour", "48.00", label="=Alice, 1,50 h")
        book(boiler, date(2026, 3, 2), "parts", "10.00", "2.00", "<b>Joint</b>", "60632")
        wrong = book(hall, date(2026, 4, 1), "supplier", "200.00", "40.00", "Peinture", "615221")
        reverse_cost(session, wrong, date_on=date(2026, 4, 2))
        # For the bounds of the year: written as if both days had come.
        session.flush()
        with mock.patch.object(clock, "now", lambda: NOW + timedelta(days=60)):
            book(hall, date(2026, 12, 31), "energy", "50.50", "10.10", "Électricité, décembre")
            book(hall, date(2027, 1, 1), "energy", "70.00", "14.00", "L’an prochain")
    with job_session((2,), "user:4", "test") as session:
        other = create(session, "building", entity_id=2, code="BAT-1", name="Chez Chloé", on=on)
        book_cost(
            session,
            other,
            date_on=date(2026, 5, 1),
            amount_ht_eur=Decimal("5000.00"),
            nature="energy",
            label="Secret de Brenne",
            source_type="test",
            source_id=None,
        )
