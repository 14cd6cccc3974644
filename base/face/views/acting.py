"""What a page's form does: once, and answered to the page or to the script that sent it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, flash, jsonify, make_response, redirect, request
from flask.globals import request_ctx
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from base.basics.arguments import kept
from base.basics.errors import DomainError, TransitionRefused
from base.engine.edge.answers import idempotent, problem, start_again
from base.engine.edge.interface import sentence
from base.engine.edge.paths import form_page
from base.face.views.refilling import FRESH, Sent, refilled
from base.rules.rights.actors import unit_of_work

#: Field -> the record chosen in it: value, text, aside.
Chosen = Mapping[str, Mapping[str, str]]


def _by_script() -> bool:
    """Whether the page's own script sent the form, to keep what was typed if it fails."""
    return request.headers.get("X-Ouvrage-Form") == "1"


def refused(
    refusal: DomainError,
    back: str,
    *,
    page: Callable[[], str] | None = None,
    chosen: Chosen | None = None,
) -> Response:
    """A refusal: for the script, as JSON that it shows in the form; else the form's page, with all
    that was typed, and the sentence above it and at its field.

    The form stands on ``page``, which no address shows, or is looked for ``back`` and where it was
    sent from. Where it stands no more, or held nothing, the sentence is said ``back``.
    """
    words = refusal.on_page or str(refusal)
    shown = shown_refused(refusal, back, page=page, chosen=chosen)
    if shown is not None:
        return shown
    flash(words, "danger")
    return redirect(back)  # type: ignore[return-value]


def shown_refused(
    refusal: DomainError,
    back: str,
    *,
    page: Callable[[], str] | None = None,
    chosen: Chosen | None = None,
) -> Response | None:
    """As ``refused``; None where the form stands no more, or held nothing."""
    words = refusal.on_page or str(refusal)
    if _by_script():
        return problem(refusal.status, words, dict(refusal.errors))
    sent = Sent(
        request.path,
        {name: [*map(kept, values)] for name, values in request.form.lists()},
        [name for name, file in request.files.items() if file.filename],
        {_in_form(name): str(said) for name, said in refusal.errors.items()},
        chosen or {},
    )
    pages: dict[str, Callable[[], str | None]] = {}
    if page is not None:
        pages[request.path] = page
    elif {*sent.values, *sent.files} - {*FRESH}:
        # Of a row that has gone on since, the record says where it stands: a form would mislead.
        came_from = None if isinstance(refusal, TransitionRefused) else form_page()
        pages = {one: partial(page_at, one) for one in (back, came_from) if one}
    for address, shown in pages.items():
        # Said on this page alone: what waits to be said on the next one goes on waiting.
        request_ctx.flashes = [("danger", words)]
        html = shown()
        request_ctx.flashes = None
        filled = html and refilled(html, address, sent)
        if filled:
            return make_response(filled, refusal.status)
    return None


def _in_form(name: str) -> str:
    """What a field is called in the form: a relation is "agent" there, "agent_id" on its row."""
    return name if name in request.form else name.removesuffix("_id")


def page_at(address: str) -> str | None:
    """What an address of ours shows to this person; None where it leads elsewhere."""
    here, parts = request_ctx.request, urlsplit(address)
    path = unquote(parts.path).removeprefix(here.root_path)
    environ = {
        **here.environ,
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": "0",
        "CONTENT_TYPE": "",
        "wsgi.input": io.BytesIO(),
    }
    asked = current_app.request_class(environ)
    request_ctx.request = asked
    try:
        rule, values = request_ctx.url_adapter.match(  # type: ignore[union-attr]
            path, method="GET", return_rule=True
        )
        asked.url_rule, asked.view_args = rule, dict(values)
        shown: Any = current_app.view_functions[rule.endpoint](**values)
        answer = current_app.make_response(shown)
    except (HTTPException, DomainError):
        return None
    finally:
        request_ctx.request = here
    is_page = answer.status_code == 200 and answer.mimetype == "text/html"
    return answer.get_data(as_text=True) if is_page else None


def act_once(
    work: Callable[[Any], str],
    back: str,
    again: Callable[[DomainError], Response] | None = None,
) -> Response:
    """Do some work once per form: a double click acts once.

    ``work(session)`` says what is to be said and gives the page that follows. A refusal leaves
    nothing done, and is answered by ``again`` or as ``refused`` does.
    """

    def once() -> Response:
        with unit_of_work() as session:
            to = work(session)
        return make_response(jsonify(to=to) if _by_script() else redirect(to))

    try:
        return idempotent(once)
    except DomainError as fault:
        refusal = fault
    except IntegrityError as fault:
        # Two at once made the same thing: the database refuses what the service could not see.
        refusal = DomainError(sentence(fault))
    start_again()
    return again(refusal) if again else refused(refusal, back)
