"""One verb on many rows: each row by the module's service, the result in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from base.basics import arguments, formats
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, headed, ngettext
from base.basics.sessions import Session
from base.engine.edge.answers import start_again
from base.engine.edge.interface import sentence
from base.face.views.displays import Verb
from base.rules.rights.actors import unit_of_work
from base.store.together import told

#: Rows of one call.
MAX_ROWS = 500
#: Refusals that are said one by one.
SAID = 8


class NoneDone(DomainError):
    """A verb that acts on all rows or on none was refused by one."""


def _values(session: Session, view: Any, verb: Verb) -> dict[str, Any]:
    """What the verb asked for, read from the form.

    Raises:
        InvalidInput: a value is missing or cannot be read.
    """
    if verb.read is not None:
        return verb.read(session, request.form)
    found: dict[str, Any] = {}
    for ask in verb.asks:
        given = {ask.name: request.form.get(f"{verb.name}.{ask.name}", "")}
        if ask.kind == "day":
            found[ask.name] = arguments.day(given, ask.name)
        elif ask.kind == "row":
            model = ask.model or view.datamodel.get_related_model(ask.relation or ask.name)
            found[ask.name] = arguments.row(session, given, ask.name, model)
        else:
            found[ask.name] = arguments.text(given, ask.name, 300)
            allowed = [value for value, _words in ask.choices()] if ask.choices else None
            if allowed is not None and found[ask.name] not in allowed:
                found[ask.name] = None
        if ask.required and found[ask.name] in (None, ""):
            raise InvalidInput(_("Remplissez « %(name)s ».", name=ask.label))
    return found


def _rows(session: Session, view: Any, ids: Sequence[int]) -> Sequence[Any]:
    model = view.datamodel.obj
    statement = select(model).where(model.id.in_(ids)).order_by(model.id)
    return session.scalars(statement.with_for_update(of=model, key_share=True)).all()


def _each(
    session: Session, verb: Verb, rows: Sequence[Any], values: dict[str, Any]
) -> tuple[list[int], list[str]]:
    """The ids of the rows that were done, and the sentences of those that refused."""
    done, refused = [], []
    for row in rows:
        name = str(getattr(row, "number", None) or getattr(row, "code", None) or row)
        try:
            with session.begin_nested():
                verb.run(session, row, values)
                session.flush()
            done.append(row.id)
        except DomainError as refusal:
            if verb.asks_again and len(rows) == 1 and isinstance(refusal, InvalidInput):
                raise  # what it lacks is asked for
            text = str(refusal)
            refused.append(text if name in text else headed(name, text))
        except StaleDataError:
            refused.append(_("%(name)s vient d’être modifiée par ailleurs.", name=name))
        except IntegrityError as fault:
            refused.append(headed(name, sentence(fault)))
    if refused and verb.atomic:
        raise NoneDone(
            _("Rien n’est fait, car tout se fait ensemble ou pas du tout. ") + said(refused)
        )
    return done, refused


def said(refused: Sequence[str]) -> str:
    """The refusals in one paragraph, the first ones in full."""
    words = ngettext("1 refusée", "%(num)d refusées", len(refused))
    rest = len(refused) - SAID
    more = "" if rest <= 0 else " " + ngettext("et une autre.", "et %(num)d autres.", rest)
    return headed(words, " ".join(refused[:SAID]) + more)


def ids_asked(view: Any, pks: Sequence[str]) -> list[int]:
    """The rows meant: those ticked, or all that the address lets through when asked for.

    Raises:
        InvalidInput: none, or more than one call may do.
    """
    if request.form.get("rows"):
        ids = unpacked(request.form["rows"])
    elif request.form.get("all") == "1":
        ids = list(view.ids_of_list(MAX_ROWS + 1))
    else:
        ids = [int(pk) for pk in dict.fromkeys(pks) if pk.isdecimal() and len(pk) < 19]
    if not ids:
        raise InvalidInput(_("Cochez d’abord au moins une ligne."))
    if len(ids) > MAX_ROWS:
        raise InvalidInput(
            _(
                "%(n)d fiches au plus à la fois : ajoutez un filtre, ou procédez par parties.",
                n=MAX_ROWS,
            )
        )
    return ids


def packed(ids: Sequence[int]) -> str:
    """Ids in the room of a message that waits in a cookie: the steps from one to the next."""
    ordered = sorted(ids)
    return " ".join(str(to - start) for start, to in zip([0, *ordered], ordered, strict=False))


def unpacked(text: str) -> list[int]:
    """The ids that were packed; what is no step counts for nothing."""
    steps = [int(s) for s in text[:20_000].split() if s.isdecimal() and len(s) < 19]
    return [pk for pk in accumulate(steps) if 0 < pk < 2**63]


def _by_script() -> bool:
    return bool(request.accept_mimetypes.best == "application/json")


def _list_url(view: Any, route: str) -> str:
    """A route of the list, its rows chosen as the present address does."""
    query = request.query_string.decode()
    return url_for(f"{view.endpoint}.{route}") + (f"?{query}" if query else "")


def _asked(verb: Verb, row: Any) -> dict[str, Any]:
    """What the fields of a verb hold before anybody types: text, or id and words of a record."""
    found: dict[str, Any] = {}
    for ask in verb.asks:
        now = ask.at_first(row)
        if ask.kind == "row" and now is not None:
            found[ask.name] = {"value": now.id, "text": told(now)}
        elif not ask.button:
            written = formats.number(now) if isinstance(now, Decimal) else now
            found[ask.name] = "" if written is None else str(written)
    return found


def _answer(
    view: Any,
    words: str,
    refused: str,
    status: int,
    undo: dict[str, str] | None = None,
    asks: dict[str, Any] | None = None,
) -> Any:
    if _by_script():
        return jsonify(message=words or refused, done=not refused, asks=asks), status
    if words:
        # A message with its way back; flash.html knows both kinds.
        flash({"words": words, **undo} if undo else words, "success")  # type: ignore[arg-type]
    if refused:
        flash(refused, "warning" if words else "danger")
    return redirect(_list_url(view, "list"))


def _way_back(view: Any, verb: Verb, done: Sequence[int]) -> dict[str, str] | None:
    """What the message says beside its words: how the rows are taken back."""
    back = next((v for v in view.permitted_verbs() if v.name == verb.undo), None)
    if back is None or not done:
        return None
    return {"verb": back.name, "rows": packed(done), "url": _list_url(view, "action_post")}


def run(view: Any, verb: Verb, pks: Sequence[str]) -> Any:
    """Run a verb on rows and say what came of it; JSON for the board, a page otherwise.

    The list's script asks first (``ask``), of a verb whose question the rows decide: it is told
    the question, and the rows that it is about.
    """
    if not view.may_run(verb):
        abort(403)
    ids: list[int] = []
    try:
        with unit_of_work() as session:
            ids = ids_asked(view, pks)
            rows = _rows(session, view, ids)
            if len(rows) < len(ids):
                abort(404)
            if verb.asks_first and request.form.get("ask") == "1":
                return jsonify(question=verb.confirm(session, rows), rows=packed(ids))
            done, refused = _each(session, verb, rows, _values(session, view, verb))
    except DomainError as refusal:
        start_again()
        asks = None
        if verb.asks_again and isinstance(refusal, InvalidInput) and len(ids) == 1:
            asks = _asked(verb, view.get_or_404(ids[0]))
        return _answer(view, "", str(refusal), refusal.status, asks=asks)
    words = verb.done(len(done)) if done else ""
    status = 200 if done else 409
    return _answer(
        view, words, said(refused) if refused else "", status, _way_back(view, verb, done)
    )
