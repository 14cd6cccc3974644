"""A model's declared verbs on its screens: routes, forms, bulk verbs, moves of the board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from flask import flash, make_response, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    TransitionRefused,
)
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.views import displays
from base.face.views.acting import act_once, refused
from base.face.views.choices import choice_of
from base.face.views.routes import route
from base.rules.modules import actions
from base.rules.verbs import VERBS, Argument, Door, Verb, verb_of, verbs_of
from base.rules.verbs.declaring import PEOPLE
from base.store.choice_columns import choices_of
from base.store.database import db
from base.store.history.belonging import key_to


def install(view: type) -> None:
    """Give a view the route of each verb of its model, where it has none of its own by that name.

    Raises:
        RuntimeError: the view has something else by the name of a verb.
    """
    if view.verbs_at:  # type: ignore[attr-defined]
        return
    for declared in verbs_of(view.datamodel.obj, Door.DESK):  # type: ignore[attr-defined]
        own = getattr(view, declared.name, None)
        if own is None:
            path = f"/{declared.path or declared.name}/<pk>"
            setattr(view, declared.name, verb_route(path, Button(declared.name), declared.model))
        elif not hasattr(own, "_urls"):
            raise RuntimeError(f"{view.__name__}.{declared.name} is no route: rename the verb")


@dataclass(frozen=True)
class Button:
    """A verb on a page that is not the record page of its model, or at another door."""

    verb: str
    door: Door = Door.DESK
    #: The permission, when it is not the verb's own.
    right: str = ""
    #: The route of the view that the button stands on, where a refusal leads; ``to`` the endpoint
    #: that follows, when it is another.
    page: str = "show"
    to: str = ""
    #: What is said after it, when it is not the sentence of the verb: ``said(row, made, values)``.
    said: Callable[[Any, Any, Any], str] | None = None


def page(view: Any, declared: Verb, pk: Any) -> str:
    """The form of a verb that has a page of its own."""
    row = view.get_or_404(pk)
    html: str = view.render_template(
        "ov/verb_page.html",
        title=_("%(verb)s « %(name)s »", verb=declared.word, name=view.title_of(row)),
        row=row,
        form=Form(declared, asks(declared, Door.DESK), view.endpoint),
    )
    return html


def _chosen(declared: Verb, door: Door) -> dict[str, dict[str, str]]:
    """The records chosen in the form of a verb, with the names that its lists have not at hand."""
    found = {}
    for argument in declared.asked(door):
        if argument.kind == "row":
            try:
                row = arguments.row(db.session(), request.form, argument.said, argument.of)
            except InvalidInput:
                continue  # the refusal says so
            if row is not None:
                found[argument.said] = choice_of(row)
    return found


def _read(declared: Verb, session: Session, door: Door) -> dict[str, Any]:
    """The arguments; a refusal of one names its field, for it stands above the page."""
    try:
        return declared.read(session, request.form, door)
    except InvalidInput as refusal:
        words = {a.said: str(a.ask.label or "") for a in declared.asked(door)}
        label = words.get(next(iter(refusal.errors), ""), "")
        if label and label not in str(refusal):
            refusal.on_page = _("%(field)s : %(why)s", field=label, why=str(refusal))
        raise


def run(view: Any, declared: Verb, pk: Any, line: Any, button: Button) -> Response:
    """A verb on one row, or on what hangs on it, once per form; what is refused stays typed."""
    row = view.get_or_404(pk)
    own = button.page == "show"
    back = (
        view.page_after(row, refused=True)
        if own
        else url_for(f"{view.endpoint}.{button.page}", pk=row.id)
    )

    def work(session: Session) -> str:
        mine = isinstance(row, declared.model)
        target = row if mine else below(session, row, declared.model, line)
        values = _read(declared, session, button.door)
        made = declared.do(session, target, values)
        session.flush()
        words = (button.said or declared.sentence)(target, made, values)
        if words:
            flash(words, "success")
        if declared.leads and made is not None:
            return url_for(declared.leads, pk=made.id)
        if button.to:
            return url_for(button.to)
        return view.page_after(row) if own else back

    def again(refusal: DomainError) -> Response:
        # Of a row that has gone on since, the record says where it stands: a form would mislead.
        own_page = declared.page and not isinstance(refusal, TransitionRefused)
        return refused(
            refusal,
            back,
            page=partial(page, view, declared, pk) if own_page else None,
            chosen=_chosen(declared, button.door),
        )

    return act_once(work, back, again)


def below(session: Session, row: Any, model: Any, pk: Any) -> Any:
    """What hangs on a row, by its id.

    Raises:
        NotFound: there is no such row, or it hangs on another.
    """
    found = arguments.row(session, {"line": pk}, "line", model)
    if found is None or getattr(found, key_to(model, row).key) != row.id:
        raise NotFound(_("Cette ligne n’existe pas."))
    return found


def verb_route(path: str, button: Button, of: Any) -> Any:
    """The route of a button: a verb of the row of its page, or of what hangs on it.

    ``of`` is the model, or a word of the address (``<kind>``) -> model. What hangs there is named
    by ``<int:line>`` in the address or by ``line`` in the form.
    """
    kinds = of if isinstance(of, dict) else {"": of}
    verbs = {kind: verb_of(model, button.verb, button.door) for kind, model in kinds.items()}
    first = next(iter(verbs.values()))

    def act(self: Any, pk: Any, kind: str = "", line: Any = None) -> Response:
        if kind not in verbs:
            raise NotFound(_("Cette ligne n’existe pas."))
        if request.method == "GET":
            return make_response(page(self, verbs[kind], pk))
        return run(self, verbs[kind], pk, line or request.form.get("line"), button)

    act.__doc__ = first.summary
    methods = ["GET", "POST"] if first.page and not first.asks_again else ["POST"]
    made = route(path, button.right or first.right, methods=methods)(act)
    made.declared = first
    return made


def check() -> None:
    """Look for the choices that verbs name, once all screens stand.

    Raises:
        RuntimeError: a verb offers the choices of a screen or column that is not there.
    """
    for declared in (one for known in VERBS.values() for one in known):
        for argument in declared.asked(PEOPLE):
            name, _dot, column = argument.ask.choices.rpartition(".")
            if name and not _has_choices(actions.view_of(name), column or argument.said):
                raise RuntimeError(f"{declared.key}: {argument.ask.choices!r} has no choices")


def _has_choices(view: Any, column: str) -> bool:
    known = {*getattr(view, "add_columns", ()), *getattr(view, "edit_columns", ())}
    return column in known | {*getattr(view, "search_columns", ())}


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
        unit=argument.ask.unit,
        help=argument.ask.help,
        button=argument.ask.button,
        first=argument.ask.first,
        default=argument.default or None,
    )


def list_verb(declared: Verb, at: str = "") -> displays.Verb:
    """A verb in the bar of ticked rows and on the board; ``at``: the view that has its route."""

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
        right=(f"{at}.{declared.name}" if at else "")
        if declared.doors & Door.DESK
        else declared.right,
        asks=asks(declared, Door.BULK),
        atomic=declared.atomic,
        confirm=declared.confirm,
        undo=declared.undo,
        on_card=declared.word,
        in_bulk=bool(declared.doors & Door.BULK),
        asks_again=declared.asks_again,
        read=values,
    )


def list_verbs(model: type, named: Sequence[Any], at: str = "") -> list[displays.Verb]:
    """The verbs of a list: those of the view, names among them standing for declared ones.

    Declared verbs that the view does not name follow.
    """
    names = [one for one in named if isinstance(one, str)]
    declared = {d.name: list_verb(d, at) for d in verbs_of(model, Door.BULK | Door.BOARD, names)}
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
    """The verbs that this person may do to a row in its state: all, or of those named.

    Of a row that a module above made something of, the state is decided there.
    """
    view = actions.view_of(endpoint)
    state = str(getattr(row, view.state_column)) if view.state_column else ""
    elsewhere = bool(actions.outcomes_of(db.session(), type(row), [row]))
    return {
        declared.name: Form(declared, asks(declared, Door.DESK), endpoint)
        for declared in verbs_of(type(row), Door.DESK, names)
        if (not names or declared.name in names)
        and declared.offered(state)
        and not (elsewhere and declared.moves)
        and declared.fits(row)
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


def buttons(endpoint: str, **orders: int) -> None:
    """Offer verbs of a screen that need no form on the record as buttons there: name -> order."""
    model = actions.view_of(endpoint).datamodel.obj
    for name, order in orders.items():
        declared = verb_of(model, name, Door.DESK)
        actions.offer(
            model,
            declared.word,
            f"{endpoint}.{name}",
            icon=declared.icon,
            method="GET" if declared.page else "POST",
            when=declared.fits,
            order=order,
        )
