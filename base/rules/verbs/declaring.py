"""The declaration of a verb: what it is called, what it asks, where it is offered."""

from __future__ import annotations

import functools
import inspect as python
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Flag, StrEnum, auto
from typing import Any, TypeVar

from base.basics import clock
from base.basics.sessions import Session
from base.rules.verbs import fields
from base.store.bounds import Bound, bound_of
from base.store.database import Model
from base.store.history import wording

F = TypeVar("F", bound=Callable[..., Any])
#: The module's rows as a door finds them: ``find(session, row)``.
Find = Callable[[Any, Any], Any]


class Door(Flag):
    """Where a verb is offered."""

    DESK = auto()
    #: Ticked rows of a list.
    BULK = auto()
    BOARD = auto()
    PHONE = auto()
    REST = auto()
    #: The queue of a device that had no network.
    OFFLINE = auto()


EVERYWHERE = ~Door(0)
#: Of an argument that only other services give.
NOWHERE = Door(0)
#: Doors at which people type: a form's fields, the word of a field in what is refused.
PEOPLE = Door.DESK | Door.BULK | Door.BOARD | Door.PHONE
#: One row at a time, by a form or a program.
ONE_BY_ONE = Door.DESK | Door.PHONE | Door.REST | Door.OFFLINE


@dataclass(frozen=True)
class Ask:
    """What is said of an argument beside its annotation."""

    #: Its word, where the column of that name has none or another, on the record that is made or
    #: on the verb's.
    label: Any = None
    #: Under its field, for people; ``about`` for who writes programs.
    help: Any = None
    about: str = ""
    #: Characters of a text; decimals of a number: those of that column, else 300 and 2.
    limit: int = 0
    places: int | None = None
    #: Of a number: ``HOURS`` is also typed "1h45".
    unit: str = ""
    #: Told when the signature does not: True where the default stands for other doors, False where
    #: the service itself makes do with an empty text.
    required: bool | None = None
    #: Programs name it, even with null: what is left out means nothing.
    named: bool = False
    #: Whose choices are offered for a row: ``"WorkOrderView.assigned_to"``; the relation of the
    #: view by the argument's name when empty.
    choices: str = ""
    #: Its name at the doors, when it is not that of the function; for programs, when it is another.
    name: str = ""
    wire: str = ""
    #: Doors that ask for it.
    at: Door = EVERYWHERE
    #: Whether forms show it; the buttons of a page may send it instead.
    shown: bool = True
    #: Of a flag that a button of its own tells, beside that of the verb: the button's word.
    button: Any = None
    #: What its field holds at first: ``first(row)``; the row's own day, number, choice or row of
    #: that name when there is none.
    first: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Argument:
    """One argument of a verb, as its doors read, show and describe it."""

    name: str
    #: text, day, number, whole, choice, row, flag or object; choices and rows of several.
    kind: str
    #: The enumeration of a choice, the model of a row.
    of: Any
    required: bool
    default: Any
    ask: Ask
    #: What the column that it fills says of its figures.
    bound: Bound | None = None

    @property
    def said(self) -> str:
        """Its name in a form."""
        return self.ask.name or self.name

    def field(self, door: Door) -> fields.Arg:
        """What reads it at a door: programs name a row by ``<name>_id``."""
        typed = bool(door & PEOPLE)
        name = self.said if typed else self.ask.wire or self.said
        if self.kind in ("row", "rows") and not typed:
            name += "_id" if self.kind == "row" else "_ids"
        more: dict[str, Any] = {
            "required": self.required,
            "default": self.default,
            "about": self.ask.about,
        }
        if not typed:
            more["named"] = self.ask.named
        if typed or door & Door.OFFLINE:
            more |= {"label": self.ask.label, "about": self.ask.help or self.ask.about}
        if self.kind == "text":
            return fields.Text(name, self.ask.limit, **more)
        if self.kind == "number":
            more |= {"places": self.ask.places or 0, "unit": self.ask.unit}
            return fields.Number(name, bound=self.bound, **more)
        if self.kind in ("choice", "row"):
            kind: Any = fields.Choice if self.kind == "choice" else fields.Row
            return kind(name, self.of, **more)  # type: ignore[no-any-return]
        if self.kind in ("choices", "rows"):
            one = (fields.Choice if self.kind == "choices" else fields.Row)(name, self.of)
            return fields.Several(one, **more)
        if self.kind == "whole":
            return fields.Whole(name, bound=self.bound, **more)
        if self.kind == "object":
            return fields.Json(name, {"type": "object"}, **more)
        return (fields.Day if self.kind == "day" else fields.Flag)(name, **more)


@dataclass(frozen=True)
class Verb:
    """What is done to records of a model, wherever it is asked for."""

    name: str
    model: type
    run: Callable[..., Any]
    word: Any
    icon: str
    right: str
    doors: Door = EVERYWHERE
    asks: Mapping[str, Ask] = field(default_factory=dict)
    #: (from, to) states: moves of the board, and the states in which it is offered.
    moves: Sequence[tuple[str, str]] = ()
    #: Further states in which it is offered, though it leads to no other.
    stays: Sequence[str] = ()
    #: Rows to which it is offered, whatever their state.
    when: Callable[[Any], bool] | None = None
    #: What is said at the head of a page of its own for its form; without it the form stands on
    #: the record.
    page: Any = ""
    #: That page comes only after a refusal: the button on the record does it at once.
    asks_again: bool = False
    #: Asked before it runs on ticked rows, when it asks for no value: a text, or
    #: ``confirm(session, rows)`` that says what these rows come to.
    confirm: Any = ""
    #: The verb that takes it back: offered in the message that says it is done.
    undo: str = ""
    #: Said of so many rows: ``done(12)``.
    done: Callable[[int], str] | None = None
    #: Said on the page after it: a text, or ``said(row, made, values)``.
    said: Any = None
    #: Word of the button under its form, and in the bar of ticked rows, when it is not ``word``.
    button: Any = None
    many: Any = None
    #: Its name in the addresses of programs, and of screens, when it is another.
    rest: str = ""
    path: str = ""
    #: Page of what was made: ``"WorkOrderView.show"``.
    leads: str = ""
    #: What programs are told beside the row: name -> function of what was made.
    answers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    #: Arguments that the door itself knows: name -> ``find(session, row)``.
    known: Mapping[str, Find] = field(default_factory=dict)
    #: Of many rows: one refusal leaves all as they were.
    atomic: bool = False

    @property
    def key(self) -> str:
        """Its name in a queue of commands: ``interventions_service_request.accept``."""
        return f"{self.model.__tablename__}.{self.name}"  # type: ignore[attr-defined]

    @property
    def summary(self) -> str:
        """The first line of what the service says of itself."""
        return (self.run.__doc__ or "").strip().splitlines()[0]

    @functools.cached_property
    def hints(self) -> dict[str, Any]:
        """Annotations of the service; its names must be there at run time."""
        return typing.get_type_hints(self.run)

    @functools.cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """What it asks for: the arguments of the service behind session and row.

        Raises:
            RuntimeError: an annotation is of no kind that a door reads, or an ``Ask`` is of none.
        """
        found = []
        given = [*python.signature(self.run).parameters.items()][2:]
        for name, parameter in given:
            ask = self.asks.get(name, Ask())
            if name in ("at", *self.known) or not ask.at:
                continue
            kind, of = kind_of(self.hints[name])
            if not kind:
                raise RuntimeError(f"{self.key}: {name} is of no kind that a door reads")
            bare = parameter.default is parameter.empty
            ask = self._as_its_column(name, ask)
            found.append(
                Argument(
                    name,
                    kind,
                    of,
                    bare if ask.required is None else ask.required,
                    ("" if kind == "text" else None) if bare else parameter.default,
                    ask,
                    bound_of(self.column_of(name)[1]),
                )
            )
        if unknown := set(self.asks) - {name for name, _parameter in given}:
            raise RuntimeError(f"{self.key}: asks for {sorted(unknown)}")
        return tuple(found)

    def column_of(self, name: str) -> tuple[Any, Any]:
        """Word and column that an argument fills: of what is made, else of the row.

        Nothing twice where neither has a column of that name.
        """
        _kind, made = kind_of(self.hints.get("return"))
        for model in (made, self.model):
            if isinstance(model, type) and issubclass(model, Model):
                column = wording.column_of(model, name)
                if column is not None:
                    return wording.said_of(model, name).label, column
        return None, None

    def _as_its_column(self, name: str, ask: Ask) -> Ask:
        word, column = self.column_of(name)
        kind = getattr(column, "type", None)
        places = getattr(kind, "scale", None)
        return replace(
            ask,
            label=word if ask.label is None else ask.label,
            limit=ask.limit or getattr(kind, "length", None) or 300,
            places=ask.places if ask.places is not None else 2 if places is None else places,
        )

    def asked(self, door: Door) -> list[Argument]:
        """The arguments that a door asks for."""
        return [argument for argument in self.arguments if argument.ask.at & door]

    def fields(self, door: Door) -> list[fields.Arg]:
        """What reads and describes the arguments at a door."""
        return [argument.field(door) for argument in self.asked(door)]

    def values(self, door: Door, told: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the service, out of what the fields of a door have read."""
        found = {a.name: told[a.field(door).name] for a in self.asked(door)}
        return {**{a.name: a.default for a in self.arguments if a.name not in found}, **found}

    def read(self, session: Session, given: Mapping[str, Any], door: Door) -> dict[str, Any]:
        """The arguments of the service, out of a form, a JSON body or a queued command.

        Raises:
            InvalidInput: some are missing or cannot be read; each with its sentence.
        """
        return self.values(door, fields.read_all(self.fields(door), session, given))

    @functools.cached_property
    def timed(self) -> bool:
        """Whether it takes the instant: now, or when it was done on a device without network."""
        return "at" in self.hints

    def do(
        self, session: Session, row: Any, values: Mapping[str, Any], *, at: datetime | None = None
    ) -> Any:
        """Do it to one row; gives what the service made."""
        told = {name: find(session, row) for name, find in self.known.items()}
        if self.timed:
            told["at"] = at or clock.now()
        return self.run(session, row, **told, **values)

    def tell(self, session: Session, row: Any, given: Mapping[str, Any], door: Door) -> Any:
        """Read what a door was given and do it to one row.

        Raises:
            DomainError: something cannot be read, or the service refuses.
        """
        return self.do(session, row, self.read(session, given, door))

    def fits(self, row: Any) -> bool:
        """Whether a row is one that it is offered to, its state aside."""
        return self.when is None or self.when(row)

    def offered(self, state: str) -> bool:
        """Whether a state offers it; of a record without states, always."""
        starts = {str(start) for start, _to in self.moves} | {str(s) for s in self.stays}
        return not starts or not state or state in starts

    def sentence(self, row: Any, made: Any, values: Mapping[str, Any]) -> str:
        """What is said on the page after it."""
        if self.said is not None:
            return str(self.said(row, made, values) if callable(self.said) else self.said)
        return self.done(1) if self.done else ""


def kind_of(hint: Any) -> tuple[str, Any]:
    """What a door reads for an annotation, and as what; nothing for what no door can read."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        return kind_of(inner[0]) if len(inner) == 1 else ("", None)
    if typing.get_origin(hint) is list:
        kind, of = kind_of(typing.get_args(hint)[0])
        return (f"{kind}s", of) if kind in ("choice", "row") else ("", None)
    if typing.get_origin(hint) is Mapping:
        return "object", None
    if not isinstance(hint, type) or issubclass(hint, datetime):
        return "", None
    kinds = {"flag": bool, "whole": int, "choice": StrEnum, "text": str, "number": Decimal}
    kinds |= {"row": Model}
    for kind, of in {**kinds, "day": date}.items():
        if issubclass(hint, of):
            return kind, hint
    return "", None


#: Model -> its verbs, in the order of declaration.
VERBS: dict[type, list[Verb]] = {}


def verb(
    model: type, word: Any, icon: str, *, name: str = "", right: str = "", **more: Any
) -> Callable[[F], F]:
    """Declare a service as a verb of a model; the function stays what it is.

    ``more`` is what :class:`Verb` takes. ``right`` is the permission's name, when it is not the
    verb's. Two services may be one verb at different doors, where programs are told more strictly.

    Raises:
        RuntimeError: the model has a verb of that name at one of the doors.
    """

    def declare(run: F) -> F:
        known = VERBS.setdefault(model, [])
        called = name or run.__name__
        declared = Verb(called, model, run, word, icon, right or called, **more)
        if any(one.name == called and one.doors & declared.doors for one in known):
            raise RuntimeError(f"{model.__name__} has a verb {called} already")
        known.append(declared)
        return run

    return declare


def verb_of(model: type, name: str, door: Door = EVERYWHERE) -> Verb:
    """One verb of a model, as it is at a door.

    Raises:
        KeyError: it has none of that name: a bug.
    """
    return {declared.name: declared for declared in verbs_of(model, door)}[name]


def verbs_of(model: type, door: Door = EVERYWHERE, names: Iterable[str] = ()) -> list[Verb]:
    """The verbs of a model (and of those it inherits from) at a door, those named first."""
    known: dict[str, Verb] = {}
    for level in reversed(model.__mro__):
        known.update({one.name: one for one in VERBS.get(level, ()) if one.doors & door})
    order = dict.fromkeys([*(name for name in names if name in known), *known])
    return [known[name] for name in order]


def check() -> set[str]:
    """Read every declaration, so that a wrong one stops the start and not a page; gives their keys.

    Raises:
        RuntimeError: an argument is of no kind that a door reads.
    """
    found = set()
    for known in VERBS.values():
        for declared in known:
            declared.fields(EVERYWHERE)
            found.add(declared.key)
    return found
