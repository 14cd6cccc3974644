"""What the forms of the phone are answered, by their own script or as a page."""

from __future__ import annotations

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from base.api import problem
from base.errors import DomainError


def by_script() -> bool:
    """Whether the page's own script sent the form, to keep what was typed if it fails."""
    return request.headers.get("X-Ouvrage-Form") == "1"


def refused(refusal: DomainError, back: str) -> Response:
    """A refusal: for the script, as JSON that it shows above the form; else on the page."""
    if by_script():
        return problem(refusal.status, str(refusal), dict(refusal.errors))
    flash(str(refusal), "danger")
    return redirect(back)  # type: ignore[return-value]
