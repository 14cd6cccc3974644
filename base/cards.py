"""Cards: what a kind of record is, said once; screens, resource, search and rights follow.

A module declares a card for each kind in its ``records.py``. A card is data: names of columns of
the mapped class (what a column is called stands there), and names of services. Every column is
looked for when the card is made; services are fetched when screens are made, for commands make
the application without them.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib import import_module
from inspect import Parameter, signature
from types import UnionType
from typing import Any

from sqlalchemy import inspect

from base.basics import arguments, clock
from base.basics.errors import StartRefused
from base.basics.sessions import Session
from base.engine.search.declaration import searchable
from base.filling import filled
from base.rules.rights.rules import RULES, by_entity
from base.store.choice_columns import choices_of
from base.store.database import Model
from base.store.history import wording

#: Parts of a card that name columns.
PARTS = tuple(
    "lists record cartouche add edit filters order words found title state more board calendar"
    " rest_lists rest_record rest_add rest_edit rest_filters".split()
)
#: Parts that a program or a person filters, orders and writes by: no property will do.
_STORED = ("filters", "order", "words", "state", "rest_filters")
_SERVICES = ("opens", "opens_rest", "changes", "removes")


class BadCard(RuntimeError):
    """A card names what its model or its module does not have."""


@dataclass(frozen=True)
class Card:
    """One kind of record. Names of columns stand in one text, in the order of the screens.

    What one row is called, what it hangs on and the words of columns stand on the model.
    """

    model: Any
    plural: Any
    icon: str
    #: Columns of the list, of the record page (those of the list when empty) and its title block.
    lists: str
    record: str = ""
    cartouche: str = ""
    #: Columns of the form of a new row and of the form of an old one (the same when None). A kind
    #: without columns to add is written by verbs alone: it has neither forms nor deletion.
    add: str = ""
    edit: str | None = None
    #: Columns that filter (those of the list when empty), order, and that the search box reads.
    filters: str = ""
    order: str = ""
    words: str = ""
    #: Columns that a person may add to the list, when not all of record and filters.
    more: str | None = None
    #: Usual order of the list, "-" in front for descending.
    first: str = "id"
    #: What tells rows apart in a file, "item.code" for a column of a relation.
    identity: str = ""
    #: Attribute that names a row; the row's own text when empty. Column of its state.
    title: str = ""
    state: str = ""
    #: Verbs in order, others follow; columns of a card on the board; day and line of a calendar.
    verbs: str = ""
    board: str = ""
    calendar: str = ""
    #: Headings of the forms; what an empty list says; how many rows there are, in words.
    new: Any = ""
    change: Any = ""
    none: Any = ""
    counted: Callable[[int], str] | None = None
    #: Doors through which a row may be deleted: "desk rest".
    deletable: str = "desk rest"
    #: Services behind a new row (and behind POST, when programs may leave out more), a change and
    #: a deletion: "open_request", or "points.create_point" of a part of the services.
    opens: str = ""
    opens_rest: str = ""
    changes: str = ""
    removes: str = ""
    #: Two letters and rank in the search over all; what a found row shows, the rest below it.
    search: tuple[str, int] | None = None
    found: str = ""
    #: Name of the resource; columns that it has beside those of the screens, and those that
    #: programs write when they are others than in the forms.
    rest: str = ""
    rest_lists: str = ""
    rest_record: str = ""
    rest_filters: str = ""
    rest_add: str | None = None
    rest_edit: str | None = None
    #: Name of the files that make its rows, found by ``code``; one of them: "un arbre". Further
    #: names of columns in such files: {"code": "n° arbre | étiquette"}.
    files: tuple[str, Any] | None = None
    further: Mapping[str, str] | None = None
    #: Rank of its section on the pages of what it hangs on.
    section: int | None = None
    #: Its entry in the menu, by the name of the right, its word when not the plural, its group.
    menu: str = ""
    menu_word: Any = None
    group: Mapping[str, Any] | None = None
    #: Role -> rights ("all", "see", "see add edit finish"). With it base opens screens and
    #: resource, gives the roles their rights, and keeps rows to their authority.
    rights: Mapping[str, str] | None = None

    @property
    def module(self) -> str:
        """The module whose card it is."""
        return str(self.model.__module__).partition(".")[0]

    @property
    def name(self) -> str:
        """The stem of its view and resource."""
        return str(self.model.__name__)

    def names(self, part: str) -> list[str]:
        """The columns of a part."""
        said = getattr(self, part)
        if part == "edit" and said is None:
            return self.names("add")
        if part in ("record", "filters") and not said:
            return self.names("lists")
        return (said or "").split()

    def keys(self, *parts: str) -> list[str]:
        """The same for programs, in which a relation to one row is its foreign key."""
        mapper = inspect(self.model)
        found = []
        for name in [name for part in parts for name in self.names(part)]:
            column = wording.column_of(self.model, name)
            if column is not None:
                found.append(str(mapper.get_property_by_column(column).key))
            elif name not in mapper.relationships:
                found.append(name)
        return list(dict.fromkeys(found))

    def related(self, *parts: str) -> list[str]:
        """The foreign keys of relations among these columns."""
        mapper = inspect(self.model)
        found = {n for part in parts for n in self.names(part) if n in mapper.relationships}
        columns = [wording.column_of(self.model, name) for name in sorted(found)]
        return [mapper.get_property_by_column(c).key for c in columns if c is not None]

    def has(self, *names: str) -> list[str]:
        """Those of these columns that the model has."""
        return [name for name in names if name in inspect(self.model).column_attrs]

    def service(self, *parts: str) -> Callable[..., Any] | None:
        """The service of the first of these parts that names one.

        Raises:
            BadCard: the module has no such service.
        """
        for part in parts:
            if name := str(getattr(self, part)):
                return _service(self.module, name)
        return None


@functools.cache
def _service(module: str, name: str) -> Callable[..., Any]:
    path, _dot, last = name.rpartition(".")
    place = ".".join(filter(None, (module, "services", path)))
    found: Callable[..., Any] | None = getattr(import_module(place), last, None)
    if found is None:
        raise BadCard(f"{place} has no service {last!r}")
    return found


#: Model -> its card, in the order in which modules declare them.
CARDS: dict[Any, Card] = {}


def card(model: Any, **said: Any) -> Card:
    """Declare a kind of record.

    Raises:
        BadCard: the model has a card, or a name in it is no column of the model.
    """
    made = Card(model, **said)
    mapper = inspect(model)
    for part in PARTS:
        for name in made.names(part):
            if name in mapper.all_orm_descriptors:
                continue
            if part in _STORED or not isinstance(getattr(model, name, None), property):
                raise BadCard(f"card of {model.__name__}: {part} names {name!r}")
    for name in made.identity.split():
        relation, dot, last = name.rpartition(".")
        owner = mapper.relationships[relation].mapper if dot else mapper
        if last not in owner.column_attrs:
            raise BadCard(f"card of {model.__name__}: identity names {name!r}")
    if made.first.removeprefix("-") not in mapper.column_attrs:
        raise BadCard(f"card of {model.__name__}: first names {made.first!r}")
    if model in CARDS:
        raise BadCard(f"{model.__name__} has a card already")
    CARDS[model] = made
    if made.rights is not None and made.has("entity_id") and model not in RULES:
        by_entity(model)
    if made.search:
        code, rank = made.search
        searchable(
            code,
            model,
            tuple(made.names("words")),
            page=f"{made.name}View.show",
            title=made.plural,
            icon=made.icon,
            order=rank,
            shown=functools.partial(_found, made.names("found") or made.names("words")[:2]),
        )
    return made


def _found(names: list[str], row: Any) -> tuple[str, str]:
    """The two lines of a found row; an empty first one is the next."""
    closed = choices_of(row.__class__)
    said = []
    for name in names:
        value = getattr(row, name) or ""
        said.append(str(closed[name](value).word if name in closed and value else value))
    return next(filter(None, said), ""), " · ".join(filter(None, said[1:]))


def check() -> None:
    """Fetch every service that a card names.

    Raises:
        StartRefused: one does not exist.
    """
    for made in CARDS.values():
        try:
            for part in _SERVICES:
                if (run := made.service(part)) is not None and part.startswith("opens"):
                    _takes_all(made, run)
        except (BadCard, ImportError, NameError) as fault:
            raise StartRefused(
                f"Module {made.module} : la carte de {made.name} ne tient pas ({fault})."
            ) from fault


def _takes_all(made: Card, run: Callable[..., Any]) -> None:
    """What a form asks for is told to the service: a value may not be lost unseen."""
    known = {name for name, _kind_of, _default in _asked(run)}
    lost = [name for name in made.names("add") if name not in known]
    if lost and not _takes_more(run):
        raise BadCard(f"{run.__name__} does not take {', '.join(lost)}")


class Carded:
    """What view and resource of a card share: ``class AgentView(CardView, card=AGENT)``.

    What the class and its bases of the module say counts more than the card.
    """

    card: Card
    #: Parts of the card that name the service behind a new row.
    opened_by: tuple[str, ...] = ("opens",)

    def __init_subclass__(cls, *, card: Card | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if card is None:
            return
        own = {name for one in cls.__mro__[: cls.__mro__.index(Carded)] for name in vars(one)}
        for name, value in cls.said_of(card):
            if name not in own:
                setattr(cls, name, value)

    @classmethod
    def said_of(cls, card: Card) -> Iterator[tuple[str, Any]]:
        """Attribute -> what the card says of it."""
        raise NotImplementedError

    def create(self, session: Session, values: dict[str, Any]) -> Any:
        """Make a row, by the service that the card names if it does."""
        run = self.card.service(*self.opened_by)
        if run is not None:
            return opened(run, session, values)
        return super().create(session, filled(self.card.model, values, new=True))  # type: ignore[misc]

    def update(self, session: Session, row: Any, values: dict[str, Any]) -> None:
        """Change a row, by the service that the card names if it does."""
        run = self.card.service("changes")
        if run is not None:
            run(session, row, **values)
        else:
            super().update(session, row, filled(self.card.model, values))  # type: ignore[misc]

    def remove(self, session: Session, row: Any) -> None:
        """Delete a row, by the service that the card names if it does."""
        run = self.card.service("removes")
        if run is not None:
            run(session, row)
        else:
            super().remove(session, row)  # type: ignore[misc]


# --- values -------------------------------------------------------------------------------------


@functools.cache
def _asked(run: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of what a service takes by name, beside the session."""
    hints = typing.get_type_hints(run)
    return [
        (name, _kind(hints[name]), parameter.default)
        for name, parameter in list(signature(run).parameters.items())[1:]
        if parameter.kind is not Parameter.VAR_KEYWORD
    ]


@functools.cache
def _takes_more(run: Callable[..., Any]) -> bool:
    return any(p.kind is Parameter.VAR_KEYWORD for p in signature(run).parameters.values())


def _kind(hint: Any) -> Any:
    """What a parameter holds when it is there: of ``Kind | str | None`` the first."""
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(kind for kind in typing.get_args(hint) if kind is not type(None))
    return hint if isinstance(hint, type) else object


def defaulted(run: Callable[..., Any]) -> set[str]:
    """What a service has a value of its own for."""
    return {name for name, _of, default in _asked(run) if default is not Parameter.empty}


def opened(run: Callable[..., Any], session: Session, values: Mapping[str, Any]) -> Any:
    """Call the service behind a new row; what is left empty takes the service's own value.

    ``at`` is now, ``on`` today, unless told. ``**values`` of a service are the others, as they are.

    Raises:
        InvalidInput: what the service needs is missing or cannot be read.
    """
    given: dict[str, Any] = {}
    if _takes_more(run):
        known = {name for name, _kind_of, _default in _asked(run)}
        given = {name: value for name, value in values.items() if name not in known}
    for name, kind, default in _asked(run):
        wire = name if name in values else f"{name}_id"
        value = values.get(wire)
        if value is None or value == "":
            if default is not Parameter.empty:
                continue
            value = _missing(session, wire if issubclass(kind, Model) else name, kind)
        elif issubclass(kind, StrEnum):
            value = arguments.one_of(values, name, kind, next(iter(kind)))
        elif issubclass(kind, Model) and not isinstance(value, kind):
            value = arguments.required_row(session, values, wire, kind)
        given[name] = value
    return run(session, **given)


def _missing(session: Session, name: str, kind: Any) -> Any:
    if name == "at" and kind is datetime:
        return clock.now()
    if name == "on" and kind is date:
        return clock.today()
    return "" if kind is str else arguments.required_row(session, {}, name, kind)


# --- rights -------------------------------------------------------------------------------------

#: Word of rights -> the permissions that it means, of screens and resources.
_RIGHTS = {
    "see": r"^can_(list|show|get|info|export)$",
    "add": r"^can_(add|post)$",
    "edit": r"^can_(edit|put)$",
    "all": r"^can_.*$",
}


def roles_of(module: str) -> dict[str, list[tuple[str, str]]]:
    """Role -> (views, permissions), of the cards of a module that say their rights."""
    found: dict[str, list[tuple[str, str]]] = {}
    for made in CARDS.values():
        if made.module == module:
            for role, rights in (made.rights or {}).items():
                found.setdefault(role, []).extend(
                    (f"^{made.name}(View|Api)$", _RIGHTS.get(word, f"^can_{word}$"))
                    for word in rights.split()
                )
    return found
