"""What the first page and the list claim of a delivery point, said on its page with its figures."""

from __future__ import annotations

from decimal import Decimal

from base.basics import clock, formats
from base.basics.i18n import _
from base.basics.sessions import Session
from energie.models import DeliveryPoint
from energie.queries import Known, home


def watched(session: Session, row: DeliveryPoint, found: Known | None) -> list[str]:
    """Why the point stands under « Consomment plus qu’avant » or « Sans donnée récente »."""
    today = clock.today()
    said = []
    drift = home.drift_of(session, row.id, today) if found is not None else None
    if drift is not None and found is not None:
        said.append(_rise(drift, found.unit.word))
    days = home.silent_days(session, row.id, today)
    if days is not None and found is not None:
        said.append(
            _(
                "Sans donnée depuis plus de %(n)s jours : le dernier jour connu est le %(day)s.",
                n=days,
                day=formats.day(found.last_on),
            )
        )
    return said


def _rise(drift: home.Drift, unit: str) -> str:
    """The days of both years, what was used in them, and what the rise costs where it is known."""
    first, last = drift.before_on
    words = _(
        "Ce point consomme plus qu’avant : %(now)s du %(start)s au %(end)s, contre %(before)s "
        "du %(first)s au %(last)s, soit %(rise)s de plus. Un jour inconnu compte comme la "
        "moyenne des autres ; rien n’est corrigé du climat.",
        now=formats.quantity(drift.now, unit, 0),
        start=formats.day(drift.start_on),
        end=formats.day(drift.last_on),
        before=formats.quantity(drift.before, unit, 0),
        first=formats.day(first),
        last=formats.day(last),
        rise=formats.percent(drift.rise, 0),
    )
    if drift.extra_eur is None:
        return words
    cost = _(
        "Au prix de ses factures, la hausse coûte %(cost)s hors taxe sur ces %(n)s jours.",
        cost=formats.euros(Decimal(drift.extra_eur), 0),
        n=home.WINDOW,
    )
    return f"{words} {cost}"
