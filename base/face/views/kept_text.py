"""What no database keeps is refused at the door of every form, before its page reads it.

PostgreSQL takes no nul in a text and SQLite does: what one form forgets to look at would be a fault
of the first, and a row that the second cannot give to it. Programs are told by their resources.
A text in which nothing can be seen is an empty field for whoever reads the form.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, make_response, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import InvalidInput
from base.engine.edge.doors import SHOWN_AGAIN, error_page
from base.engine.edge.outages import wants_json
from base.face.views.acting import shown_refused
from base.rules.rights.rules import safe_method


def register(app: Flask) -> None:
    """Look at what each form holds, once it is known to be one of ours."""

    @app.before_request
    def _texts() -> Any:
        if safe_method() or request.url_rule is None:
            return None
        if not request.path.startswith("/api/"):
            typed = {name: request.form.getlist(name) for name in request.form}
            shown = arguments.seen_all(typed)
            if shown != typed:
                request.form = ImmutableMultiDict(shown)
        if wants_json():
            return None
        try:
            arguments.require_kept(request.form)
        except InvalidInput as refusal:
            return _again(refusal)
        return None


def _again(refusal: InvalidInput) -> Response:
    """The form with all that was typed but those characters, where it can be shown again."""
    again = SHOWN_AGAIN.get(request.endpoint or "")
    if again is not None:
        return make_response(again(refusal.status, str(refusal)))
    shown = shown_refused(refusal, request.path)
    return shown or make_response(error_page(refusal.status, str(refusal)))
