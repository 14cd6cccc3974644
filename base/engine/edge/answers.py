"""What a resource answers: one body in, one effect per key, refusals as JSON."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from flask import g, jsonify, make_response, request
from flask_appbuilder.exceptions import DatabaseException
from sqlalchemy import inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.engine.edge.interface import sentence
from base.rules.rights.refusals import ScopeError
from base.store.database import db
from base.store.mixins import current_user_id
from base.store.models import Idempotency

MAX_BODY = 1_000_000
MAX_DEPTH = 32


def _depth(value: Any, level: int = 0) -> int:
    if level > MAX_DEPTH:
        return level
    if isinstance(value, dict):
        return max((_depth(v, level + 1) for v in value.values()), default=level + 1)
    if isinstance(value, list):
        return max((_depth(v, level + 1) for v in value), default=level + 1)
    return level


def body() -> dict[str, Any]:
    """The JSON object of the request.

    Raises:
        InvalidInput: it is not JSON, not an object, too large or too deep.
    """
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise InvalidInput(_("Le corps de la requête dépasse 1 Mo."))
    try:
        data = request.get_json(silent=True)
    except RecursionError as fault:
        raise InvalidInput(_("Le JSON est trop profond.")) from fault
    # What a form holds is no longer there to be read, and would be taken for nothing.
    if data is None and not (request.get_data() or request.form or request.files):
        return {}
    if not isinstance(data, dict):
        raise InvalidInput(_("Un objet JSON est attendu."))
    if _depth(data) > MAX_DEPTH:
        raise InvalidInput(_("Le JSON est trop profond."))
    found: dict[str, Any] = arguments.seen_all(data)
    return found


def problem(status: int, message: str, errors: dict[str, Any] | None = None) -> Response:
    """An error as JSON: ``message``, and ``errors`` per field."""
    content: dict[str, Any] = {"code": status, "message": message}
    if request_id := g.get("request_id"):
        content["request_id"] = request_id
    if errors:
        content["errors"] = errors
    return make_response(jsonify(content), status)


def etag(row: Any) -> str:
    """What the version of a row is called: its count of changes, else a digest of its columns."""
    if hasattr(row, "version"):
        return f'"{row.version}"'
    values = {a.key: getattr(row, a.key) for a in inspect(row).mapper.column_attrs}
    return f'"{hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:16]}"'


def tagged(response: Response, row: Any) -> Response:
    """The answer with the ETag of its row."""
    response.headers["ETag"] = etag(row)
    return response


def match_problem(row: Any) -> Response | None:
    """Why a change is not taken: no ``If-Match`` (428), or one of another version (412)."""
    if request.headers.get("If-Match") is None:
        return problem(428, _("L’en-tête If-Match est obligatoire."))
    return stale_problem(row)


def stale_problem(row: Any) -> Response | None:
    """Why what is done to a row is not: an ``If-Match`` of another version (412)."""
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return None
    if not {"*", etag(row)} & {part.strip() for part in wanted.split(",")}:
        return problem(412, _("La fiche a changé entre-temps. Relisez-la et recommencez."))
    return None


def _answer(text: str, status: int, headers: str) -> Response:
    response = make_response(text, status)
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    for name, value in json.loads(headers).items():
        response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response


def body_digest() -> str:
    """What was sent, as a digest; of a form, its fields and files, for the boundary is drawn anew.

    Files are rewound for whoever reads them next.
    """
    if request.mimetype not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return hashlib.sha256(request.get_data()).hexdigest()
    whole = hashlib.sha256()
    for name, value in sorted(request.form.items(multi=True)):
        if name == "csrf_token":
            continue  # another session, the same form
        whole.update(json.dumps([name, value]).encode())
    for name, upload in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        upload.stream.seek(0)
        content = hashlib.file_digest(upload.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        upload.stream.seek(0)
        whole.update(json.dumps([name, upload.filename, content]).encode())
    return whole.hexdigest()


def form_key() -> str:
    """A fresh key for one form of a page."""
    return uuid.uuid4().hex


def idempotent(run: Callable[[], Response], session: Session | None = None) -> Response:
    """Run once per ``Idempotency-Key``: the same key and body get the same answer, one effect.

    A page's form carries its key in the field ``form_key``: a double click acts once. Another
    body under the same key is 422. An answer that is an error is not kept: it rolls back, the
    key with it, and may be tried again. The key stands in the transaction of the effect: of the
    ``session`` given, which its maker commits, else of the request.

    Raises:
        InvalidInput: a page's form came before with another content.
    """
    sent = request.headers.get("Idempotency-Key")
    key = sent or request.form.get("form_key")
    if not key:
        return run()
    if len(key) > 128:
        return problem(422, _("La clé d’idempotence dépasse 128 caractères."))
    session, table = session or db.session(), Idempotency.__table__
    me = {"user_id": current_user_id() or 0, "key": key, "route": request.path[:300]}
    mine = [table.c[k] == v for k, v in me.items()]
    digest = body_digest()
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = session.core(
        make(table)
        .values(**me, digest=digest, status=0, answer="", headers="{}")
        .on_conflict_do_nothing()
        .returning(table.c.key)
    ).first()
    if first is None:
        old = session.core(select(table).where(*mine)).one()
        if old.digest != digest and not sent:
            words = _(
                "Ce formulaire est déjà arrivé une première fois, avec un autre contenu. "
                "Rechargez la page : elle montre ce qui est enregistré."
            )
            raise InvalidInput.at("form_key", words)
        if old.digest != digest:
            return problem(422, _("Cette clé d’idempotence a servi avec un autre contenu."))
        return _answer(old.answer, old.status, old.headers)
    response = run()
    if response.status_code < 400:
        kept = {k: response.headers[k] for k in ("Location", "ETag") if k in response.headers}
        session.core(
            update(table)
            .where(*mine)
            .values(
                status=response.status_code,
                answer=response.get_data(as_text=True),
                headers=json.dumps(kept),
            )
        )
        session.wanted = True
    return response


def forget_answers(session: Session, texts: Iterable[str]) -> None:
    """Empty the answers kept under keys that hold one of these texts; the keys still count."""
    table = Idempotency.__table__
    forms = {
        json.dumps(text, ensure_ascii=plain)[1:-1] for text in texts for plain in (False, True)
    }
    for form in sorted(forms):
        session.core(
            update(table).where(table.c.answer.contains(form, autoescape=True)).values(answer="{}")
        )


def guarded(run: Callable[[], Response]) -> Response:
    """Turn the refusals of verbs into answers; a bug stays a bug."""
    try:
        return run()
    except DomainError as refusal:
        start_again()
        return problem(refusal.status, str(refusal), dict(refusal.errors))
    except ScopeError:
        start_again()
        return problem(404, _("Introuvable."))
    except DatabaseException as fault:
        start_again()
        return problem(422, str(fault))
    except IntegrityError as fault:
        # A verb flushed what the database refuses: two at once made the same thing.
        start_again()
        return problem(422, sentence(fault))
    except StaleDataError:
        start_again()
        return problem(412, _("La fiche a changé entre-temps. Relisez-la et recommencez."))
    except HTTPException as fault:
        start_again()
        return problem(fault.code or 500, fault.description or fault.name)


def start_again() -> None:
    """After a refusal: nothing of the failed try is left in the session."""
    session = db.session()
    session.rollback()
    session.failed = True
