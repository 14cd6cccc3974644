"""What a page's form does: once, and answered to the page or to the script that sent it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response

from base.basics.errors import DomainError
from base.engine.edge.answers import idempotent, problem, start_again
from base.rules.rights.actors import unit_of_work


def _by_script() -> bool:
    """Whether the page's own script sent the form, to keep what was typed if it fails."""
    return request.headers.get("X-Ouvrage-Form") == "1"


def refused(refusal: DomainError, back: str) -> Response:
    """A refusal: for the script, as JSON that it shows above the form; else on the page."""
    words = refusal.on_page or str(refusal)
    if _by_script():
        return problem(refusal.status, words, dict(refusal.errors))
    flash(words, "danger")
    return redirect(back)  # type: ignore[return-value]


def act_or_refuse(work: Callable[[Any], str]) -> Response:
    """As ``act_once``, for a form whose refusal is a page of its own.

    Raises:
        DomainError: it was refused, and nothing is done.
    """

    def once() -> Response:
        with unit_of_work() as session:
            to = work(session)
        return make_response(jsonify(to=to) if _by_script() else redirect(to))

    return idempotent(once)


def act_once(
    work: Callable[[Any], str],
    back: str,
    again: Callable[[DomainError], Response] | None = None,
) -> Response:
    """Do some work once per form: a double click acts once.

    ``work(session)`` says what is to be said and gives the page that follows; a refusal leads
    ``back``, or is said by the form shown ``again``, and leaves nothing done.
    """
    try:
        return act_or_refuse(work)
    except DomainError as refusal:
        start_again()
        return again(refusal) if again and not _by_script() else refused(refusal, back)
