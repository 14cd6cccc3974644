"""Finished work is approved, one or a whole list, and the approval is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from base.basics.errors import TransitionRefused
from base.basics.formats import euros
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.rights import withheld
from base.rules.verbs import EVERYWHERE, Door, verb
from interventions import domain, queries
from interventions.domain import State, Verb
from interventions.models import Labour, WorkOrder
from interventions.services.work_orders import require, step


def _how_much(session: Session, rows: Sequence[WorkOrder]) -> str:
    """What is about to be approved of these rows: how many, for how much; empty for none."""
    ready = [
        row.id for row in rows if domain.next_state(State(row.state), Verb.VALIDATE) is not None
    ]
    if not ready:
        return ""  # Nothing to ask: each row says why it is refused.
    cost = sum(queries.costs_of(session, ready).values(), Decimal("0.00"))
    if withheld.readable(session, Labour.amount_ht_eur):
        asked = ngettext(
            "Valider 1 intervention, pour %(cost)s HT ?",
            "Valider %(num)d interventions, pour %(cost)s HT en tout ?",
            len(ready),
            cost=euros(cost),
        )
    else:
        asked = ngettext(
            "Valider 1 intervention, pour %(cost)s HT hors main-d’œuvre ?",
            "Valider %(num)d interventions, pour %(cost)s HT en tout, hors main-d’œuvre ?",
            len(ready),
            cost=euros(cost),
        )
    others = len(rows) - len(ready)
    if not others:
        return asked
    left = ngettext(
        "Une autre n’est pas terminée : elle reste comme elle est.",
        "%(num)d autres ne sont pas terminées : elles restent comme elles sont.",
        others,
    )
    return f"{asked} {left}"


@step(
    Verb.VALIDATE,
    doors=EVERYWHERE,
    confirm=_how_much,
    undo="unvalidate",
    done=lambda n: ngettext("1 intervention validée.", "%(num)d interventions validées.", n),
    said=_l("L’intervention est validée."),
)
def validate(session: Session, work_order: WorkOrder, *, at: datetime) -> None:
    """Approve finished work.

    Raises:
        TransitionRefused: the work order is not finished.
    """
    work_order.state = require(session, work_order, Verb.VALIDATE)
    work_order.validated_at = at
    session.flush()


@verb(
    WorkOrder,
    _l("Annuler la validation"),
    "arrow-back-up",
    right=Verb.VALIDATE.value,
    doors=EVERYWHERE & ~(Door.BULK | Door.PHONE),
    stays=list(domain.TAKEN_BACK),
    done=lambda n: ngettext(
        "La validation d’une intervention est annulée.",
        "La validation de %(num)d interventions est annulée.",
        n,
    ),
    said=_l("La validation est annulée : l’intervention est de nouveau terminée."),
)
def unvalidate(session: Session, work_order: WorkOrder) -> None:
    """Take an approval back: the work is finished again, its cost frozen as it was.

    Raises:
        TransitionRefused: the work order is not validated, or was reopened since.
    """
    state = queries.state_now(session, work_order)
    if state not in domain.TAKEN_BACK:
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : on ne peut pas revenir sur sa validation.",
                number=work_order.number,
                state=state.word,
            )
        )
    work_order.state = domain.TAKEN_BACK[state]
    work_order.validated_at = None
    session.flush()
