"""What every request leaves behind: its number in the logs, a line of its own, and counts.

The outermost layer of the application sees what is really sent, and when it has been sent whole.
Nothing here asks the database, and no secret of an address is written: neither what follows the
``?`` nor a token in the path.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, g, has_request_context, request
from werkzeug.local import LocalProxy
from werkzeug.wsgi import ClosingIterator

from base.basics import logs
from base.engine.edge.counts import WEB, kind_of

#: Under this name the environment of a request says what is known of it.
KEY = "ouvrage.request"
#: Parts of our addresses that open a page to whoever knows them.
SECRETS = frozenset({"token"})
#: In an address that is none of ours: what may be a token that was mistyped.
_ODD = re.compile(r"(?<=/)(?=[^/]*[0-9A-Z])[A-Za-z0-9_=-]{12,}")
LONGEST = 300

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def address() -> str:
    """The path of the present request, without what would open something."""
    path = request.path
    if request.url_rule is None:
        path = _ODD.sub("…", path)
    for name, value in (request.view_args or {}).items():
        if name in SECRETS and value:
            path = path.replace(str(value), "…")
    return path[:LONGEST]


def person() -> int | None:
    """The id of the person of this request, if it is known already; nobody is looked up."""
    user = g.get("user")
    if isinstance(user, LocalProxy):  # to open it would look the person up
        user = g.get("_login_user")
    state = getattr(user, "_sa_instance_state", None)
    identity = state.identity if state is not None else None
    return int(identity[0]) if identity else None


def told() -> dict[str, Any]:
    """What the lines of a log say of the present request."""
    if not has_request_context():
        return {}
    return {
        "request_id": g.get("request_id", ""),
        "method": request.method,
        "path": address(),
        "user": person(),
    }


class Outside:
    """The layer around the application: it sees each answer go out."""

    def __init__(self, inner: Wsgi) -> None:
        self.inner = inner

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer, and note it once it is sent."""
        begun = time.monotonic()
        known: dict[str, Any] = environ.setdefault(KEY, {})
        # What fails before it says anything is answered by the server: 500.
        answer = {"status": 500, "bytes": 0}

        def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            answer["status"] = int(status[:3])
            answer["bytes"] = int(dict(headers).get("Content-Length", 0) or 0)
            return start_response(status, headers, *fault)

        def sent() -> None:
            seconds = time.monotonic() - begun
            WEB.add(kind_of(environ.get("PATH_INFO", "")), answer["status"], seconds)
            if not logs.access.handlers:
                return
            fields = {
                "request_id": known.get("request_id", ""),
                "from": environ.get("REMOTE_ADDR", ""),
                "method": str(environ.get("REQUEST_METHOD", ""))[:20],
                "path": known.get("path", _ODD.sub("…", environ.get("PATH_INFO", ""))[:LONGEST]),
                "user": known.get("user"),
                **answer,
                "ms": round(1000 * seconds, 1),
            }
            logs.access.info("", extra={"fields": fields})

        answers: Iterable[bytes] | None = None
        try:
            answers = self.inner(environ, started)
        finally:
            if answers is None:
                sent()
        return ClosingIterator(answers, sent)


def register(app: Flask) -> None:
    """Put the layer around the application; what is known of a request is kept at its end."""
    logs.request_from(told)
    app.wsgi_app = Outside(app.wsgi_app)  # type: ignore[method-assign, assignment]

    @app.teardown_request
    def _keep(fault: BaseException | None) -> None:
        request.environ.setdefault(KEY, {}).update(told())
