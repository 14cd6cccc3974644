"""What a form or a program says of an invoice, as the answers of the verb that books it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from base.basics import arguments
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from energie.domain.billing import Reason, Way
from energie.models import Invoice
from energie.services.booking import Answers

#: A settlement counts a few deposits.
MOST_DEPOSITS = 100


def answers_of(session: Session, given: Mapping[str, Any]) -> Answers:
    """The answers in ``confirm direction replaces_id replaces_none deposit_ids``.

    ``confirm`` is a list of codes, or true for all that is asked; ``deposit_ids`` a list of ids,
    empty when the invoice counts no deposit.

    Raises:
        InvalidInput: an answer is not of its kind, or names an invoice out of reach.
    """
    direction = arguments.text(given, "direction", 10)
    if direction and direction not in set(Way):
        raise _fault("direction", _("Valeurs possibles : %(values)s.", values="credit, debit"))
    confirm = given.get("confirm")
    if confirm in (None, "", False):
        confirm = []
    elif isinstance(confirm, str):
        confirm = confirm.replace(",", " ").split()
    is_all = confirm is True
    codes = frozenset(confirm) if isinstance(confirm, list) and _are_texts(confirm) else None
    if not is_all and (codes is None or not codes <= set(Reason)):
        raise _fault("confirm", _("Valeurs possibles : %(values)s.", values=", ".join(Reason)))
    return Answers(
        confirmed=codes or frozenset(),
        confirms_all=is_all,
        direction=direction,
        replaces=arguments.row(session, given, "replaces_id", Invoice),
        replaces_none=given.get("replaces_none") in (True, "1", "true", "on"),
        deposits=_deposits(session, given),
    )


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _deposits(session: Session, given: Mapping[str, Any]) -> list[Invoice] | None:
    ids = given.get("deposit_ids")
    if ids is None:
        return None
    if not isinstance(ids, list) or len(ids) > MOST_DEPOSITS:
        raise _fault("deposit_ids", _("Donnez la liste des numéros de fiche des acomptes."))
    return [
        arguments.required_row(session, {"deposit_ids": one}, "deposit_ids", Invoice) for one in ids
    ]


def _fault(name: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, {name: sentence})
