"""A model's declared verbs on its screens: routes, forms, bulk verbs, moves of the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from flask import flash, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import NotFound
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import displays
from base.face.views.acting import act_once
from base.face.views.routes import route
from base.rules.modules import actions
from base.rules.verbs import Argument, Door, Verb, verb_of, verbs_of
from base.store.choice_columns import choices_of


def install(view: type) -> None:
    """Give a view the route of each verb of its model, where it has none of its own by that name.

    Raises:
        RuntimeError: the view has something else by the name of a verb.
    """
    for declared in verbs_of(view.datamodel.obj, Door.DESK):  # type: ignore[attr-defined]
        own = getattr(view, declared.name, None)
        if own is None:
            setattr(view, declared.name, _route(declared))
        elif not hasattr(own, "_urls"):
            raise RuntimeError(f"{view.__name__}.{declared.name} is no route: rename the verb")


def _route(declared: Verb) -> Any:
    def act(self: Any, pk: str) -> Response:
        return run(self, declared, pk)

    act.__name__, act.__doc__ = declared.name, declared.summary
    page = route(f"/{declared.name}/<pk>", declared.right, methods=["POST"])(act)
    page.declared = declared
    return page


def run(view: Any, declared: Verb, pk: str, line: tuple[Any, Any] | None = None) -> Response:
    """A verb on one row, once per form; a refusal is a sentence above the page.

    With ``line``, a model and an id, the verb is one of what hangs on the row.
    """
    row = view.get_or_404(pk)
    back = url_for(f"{view.endpoint}.show", pk=row.id)

    def work(session: Session) -> str:
        target = below(session, row, *line) if line else row
        values = declared.read(session, request.form, Door.DESK)
        made = declared.do(session, target, values)
        session.flush()
        words = declared.sentence(target, made, values)
        if words:
            flash(words, "success")
        there = declared.leads and made is not None
        return url_for(declared.leads, pk=made.id) if there else back

    return act_once(work, back)


def below(session: Session, row: Any, model: Any, pk: Any) -> Any:
    """What hangs on a row, by its id.

    Raises:
        NotFound: there is no such row, or it hangs on another.
    """
    found = arguments.row(session, {"line": pk}, "line", model)
    if found is None or getattr(found, model.__hangs_on__) != row.id:
        raise NotFound(_("Cette ligne n’existe pas."))
    return found


def run_below(view: Any, pk: str, name: str, model: Any, line: Any) -> Response:
    """A verb of what hangs on the row of a page, which stays the page."""
    return run(view, verb_of(model, name, Door.DESK), pk, (model, line))


# --- lists -------------------------------------------------------------------------------------


def asks(declared: Verb, door: Door) -> tuple[displays.Ask, ...]:
    """What a verb asks for, as the dialogs and forms of a screen show it."""
    return tuple(_ask(argument) for argument in declared.asked(door) if argument.ask.shown)


def _ask(argument: Argument) -> displays.Ask:
    view, _dot, relation = argument.ask.choices.rpartition(".")
    return displays.Ask(
        argument.said,
        argument.ask.label or argument.said,
        argument.kind,
        argument.required,
        choices=argument.of.words if argument.kind == "choice" else None,
        relation=relation,
        view=view,
        model=argument.of if argument.kind == "row" else None,
        limit=argument.ask.limit,
        help=argument.ask.help,
        first=argument.ask.first,
        default=argument.default or None,
    )


def list_verb(declared: Verb) -> displays.Verb:
    """A verb in the bar of ticked rows and on the board."""

    def values(session: Session, form: Any) -> dict[str, Any]:
        own = f"{declared.name}."
        told = MultiDict(
            (key.removeprefix(own), value)
            for key, value in form.items(multi=True)
            if key.startswith(own)
        )
        return declared.read(session, told, Door.BULK)

    return displays.Verb(
        declared.name,
        declared.many or declared.word,
        declared.icon,
        declared.do,
        declared.done or (lambda n: declared.sentence(None, None, {})),
        # The right of its route where it has one.
        right="" if declared.doors & Door.DESK else declared.right,
        asks=asks(declared, Door.BULK),
        atomic=declared.atomic,
        on_card=declared.word,
        in_bulk=bool(declared.doors & Door.BULK),
        read=values,
    )


def list_verbs(model: type, named: Sequence[Any]) -> list[displays.Verb]:
    """The verbs of a list: those of the view, names among them standing for declared ones.

    Declared verbs that the view does not name follow.
    """
    names = [one for one in named if isinstance(one, str)]
    declared = {d.name: list_verb(d) for d in verbs_of(model, Door.BULK | Door.BOARD, names)}
    found = [declared.pop(one) if isinstance(one, str) else one for one in named]
    own = {one.name for one in found}
    return found + [one for name, one in declared.items() if name not in own]


def whole_board(board: displays.Board, model: type, order: Sequence[str]) -> displays.Board:
    """A board with what the model says: its lanes from the list of values, its moves from verbs."""
    moves = board.moves or {
        (str(start), str(to)): declared.name
        for declared in verbs_of(model, Door.BOARD, order)
        for start, to in declared.moves
    }
    values: Any = choices_of(model).get(board.column, ())
    if board.lanes is displays.all_lanes:
        board = replace(board, lanes=lambda: [(value.value, value) for value in values])
    return replace(board, moves=moves)


# --- forms -------------------------------------------------------------------------------------


class Form(NamedTuple):
    """The form of a verb on a record page, for the macro ``verb_form`` of ``ov/_verbs.html``."""

    verb: Verb
    asks: Sequence[displays.Ask]
    endpoint: str


def forms(endpoint: str, row: Any, *names: str) -> dict[str, Form]:
    """The verbs that this person may do to a row in its state: all, or of those named."""
    view = actions.view_of(endpoint)
    state = str(getattr(row, view.state_column)) if view.state_column else ""
    return {
        declared.name: Form(declared, asks(declared, Door.DESK), endpoint)
        for declared in verbs_of(type(row), Door.DESK, names)
        if (not names or declared.name in names)
        and declared.offered(state)
        and view.permitted(declared.name)
    }


def section(endpoint: str, *names: str, title: Any = None, order: int = 10) -> None:
    """Offer the forms of a screen's verbs on its records, all or those named in their order."""

    def found(session: Session, row: Any) -> dict[str, Any] | None:
        shown = forms(endpoint, row, *names)
        return {"row": row, "forms": shown} if shown else None

    view = actions.view_of(endpoint)
    actions.section(
        view.datamodel.obj,
        "verbs",
        title or _l("Suite à donner"),
        found,
        "ov/verb_forms.html",
        icon=view.icon,
        order=order,
    )
