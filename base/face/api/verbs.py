"""Verbs beside a resource, and resources that are not of one model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.const import API_RESULT_RES_KEY
from flask_appbuilder.security.decorators import permission_name, protect
from werkzeug.wrappers import Response

from base.basics.sessions import Session
from base.engine.edge.answers import body, guarded, idempotent, stale_problem, tagged
from base.face.api.checking import require_same_entity
from base.face.api.describing import Described
from base.face.api.takes import Takes
from base.rules.verbs.fields import Arg
from base.store.database import db


def verb(
    name: str,
    *fields: Arg,
    free: bool = False,
    url: str | None = None,
    right: str | None = None,
    answers: int = 200,
) -> Callable[..., Any]:
    """A verb of a resource: ``POST /api/v1/<resource>/<id>/<name>``, with the fields it takes.

    The method gets ``(session, row, given)``, where ``given`` holds the typed fields by name, and
    returns the answer's dict, a response, or None for the row. It runs once per Idempotency-Key, in
    the request's transaction; ``right`` is the permission's name when it is not the verb's;
    ``free`` verbs get the body as it is.
    """
    takes = Takes(*fields, free=free)

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Any, pk: int, **kwargs: Any) -> Response:
            def work(session: Session, row: Any, data: dict[str, Any]) -> Any:
                given = takes.read(session, data)
                require_same_entity(row, given)
                return method(self, session, row, given)

            return run_verb(self, pk, work)

        run.__name__ = method.__name__
        run.__doc__ = method.__doc__
        run = permission_name(right or name)(run)
        run = protect()(run)
        run.takes, run.answers, run.of_row = takes, answers, True  # type: ignore[attr-defined]
        return expose(url or f"/<int:pk>/{name}", methods=["POST"])(run)

    return wrap


def served(
    address: str,
    right: str,
    *,
    methods: Sequence[str] = ("GET",),
    says: Mapping[int, str] = {},
) -> Callable[..., Any]:
    """A route of a resource that is no verb of a row, for those who have its right.

    A refusal is answered in JSON, a POST runs once per Idempotency-Key. ``says`` describes answers
    that mean more than everywhere.
    """

    def wrap(method: Callable[..., Response]) -> Any:
        @functools.wraps(method)
        def run(*args: Any, **kwargs: Any) -> Response:
            work = functools.partial(method, *args, **kwargs)
            return guarded(functools.partial(idempotent, work) if "POST" in methods else work)

        run.says = says  # type: ignore[attr-defined]
        return expose(address, methods=methods)(protect()(permission_name(right)(run)))

    return wrap


def takes(*fields: Arg) -> Callable[..., Any]:
    """Say what a route takes that is not a verb; it reads ``self.<route>.takes`` itself."""

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        method.takes = Takes(*fields)  # type: ignore[attr-defined]
        return method

    return wrap


def run_verb(api: Any, pk: Any, work: Callable[[Any, Any, dict[str, Any]], Any]) -> Response:
    """Find the row, run the work on it once, answer with the row or what the work returned."""

    def once() -> Response:
        row = api.row_of(pk)
        if (stale := stale_problem(row)) is not None:
            return stale
        session = db.session()
        found = work(session, row, body())
        session.flush()
        session.wanted = True
        if isinstance(found, Response):
            return found
        content = found if found is not None else {"id": row.id, API_RESULT_RES_KEY: api._dump(row)}
        return tagged(api.response(200, **content), row)

    return guarded(lambda: idempotent(once))


class PageApi(Described, BaseApi):
    """A resource of its own, not of one model."""

    allow_browser_login = False


def csrf_exempt_api(app: Any) -> None:
    """Tokens in a header cannot be forged by a form: resources that take only those are exempt."""
    csrf = app.extensions["csrf"]
    views = {v.endpoint: v for v in app.extensions["appbuilder"].baseviews}
    for name, blueprint in app.blueprints.items():
        view = views.get(name)
        if isinstance(view, BaseApi) and not getattr(view, "allow_browser_login", False):
            csrf.exempt(blueprint)
