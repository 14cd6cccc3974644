"""What a list may declare beside its columns: verbs on many rows, a board, a calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: How a list may be shown; ``list`` is the table.
LIST, BOARD, CALENDAR, MAP = "list", "board", "calendar", "map"
ICONS = {LIST: "list", BOARD: "layout-kanban", CALENDAR: "calendar", MAP: "map-2"}


class Way(NamedTuple):
    """A button of an empty list: where its first rows come from."""

    words: Any
    url: str
    icon: str = "plus"


class Nothing(NamedTuple):
    """What a list without any row says, and the ways to its first ones."""

    title: Any
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class Ask:
    """A value that a verb asks for before it runs; ``kind``: text, day, number, row or choice."""

    name: str
    label: Any
    kind: str = "text"
    required: bool = False
    #: Of ``choice``: a function that gives (value, words); of ``row``: the relation of the view.
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None
    relation: str = ""
    #: Where the rows of a relation are chosen from when it is none of the view's own: the
    #: endpoint of another view that has it, and the model.
    view: str = ""
    model: Any = None
    #: Characters of a text; what is said under the field; what it holds at first: ``first(row)``,
    #: else the row's own value of that name, else the default.
    limit: int = 300
    #: Of a number: hours are typed with letters too.
    unit: str = ""
    help: Any = None
    #: Of a flag: the word of the button that tells it, beside that of the verb.
    button: Any = None
    first: Callable[[Any], Any] | None = None
    default: Any = None

    def at_first(self, row: Any) -> Any:
        """What the field of a form holds before anybody types; None for nothing."""
        if self.first is not None:
            return self.first(row)
        own = None if self.kind == "text" else getattr(row, self.name, None)
        return self.default if own is None else own


@dataclass(frozen=True)
class Verb:
    """What a person may do to rows from a list, by the module's own service.

    ``run(session, row, values)`` refuses with a ``DomainError``; rows that refuse are said with
    their reason, the others are done. With ``atomic``, one refusal leaves all as they were.
    """

    name: str
    label: Any
    icon: str
    run: Callable[[Any, Any, dict[str, Any]], Any]
    #: What is said of so many rows: ``done(12)``.
    done: Callable[[int], str]
    #: Method of the view whose right is asked for, or an endpoint; the verb's own name when empty.
    right: str = ""
    asks: Sequence[Ask] = ()
    atomic: bool = False
    #: The label on a card, when that of the bar speaks of many.
    on_card: Any = ""
    #: Asked before it runs, of a verb that asks for no value: a text, or
    #: ``confirm(session, rows)`` that gives one once the rows are known.
    confirm: Any = ""
    #: Name of the verb that takes it back.
    undo: str = ""
    #: In the bar of ticked rows; a verb that is not is there for the board alone.
    in_bulk: bool = True
    #: A card is moved with nothing told; what it asks comes when that is refused for what it lacks.
    asks_again: bool = False
    #: Reads the form itself: ``read(session, form)``; by ``asks`` when there is none.
    read: Callable[[Any, Any], dict[str, Any]] | None = None

    @property
    def asks_first(self) -> bool:
        """Whether what it asks is said by the rows themselves."""
        return callable(self.confirm)

    @property
    def method(self) -> str:
        """The method of the view that carries the right."""
        return self.right or self.name


def all_lanes() -> Sequence[tuple[str, Any]]:
    """Stands for every value of the column, which the view fills in."""
    return ()


@dataclass(frozen=True)
class Board:
    """Columns by state; a move from one to another is a verb of the view."""

    column: str
    #: Gives value and sign (word, icon, tone) of each lane, in order; all values of the column when
    #: it is not given.
    lanes: Callable[[], Sequence[tuple[str, Any]]] = all_lanes
    #: (state, state) -> name of the verb that leads from one to the other; those that the verbs of
    #: the model declare when empty.
    moves: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: Columns shown on a card under its title.
    card_columns: Sequence[str] = ()
    #: Which of them is a person, shown with initials.
    person: str = ""

    def verbs_from(self, state: str) -> list[tuple[str, str]]:
        """Verb and state it leads to, for every move out of a state."""
        return [(verb, to) for (start, to), verb in self.moves.items() if start == state]


@dataclass(frozen=True)
class Calendar:
    """Rows on the day they have in a column; in the week, a line for each resource."""

    column: str
    #: A relation of the row: whose line it stands on in the week.
    resource: str = ""
    #: What the line of the rows without a resource is called.
    nobody: Any = ""
    #: An attribute of the row, said under its title: where the work is.
    below: str = ""
    #: The verb that gives a row another day or line; it asks for both by the names above.
    verb: str = ""
    #: Lines that stand in the week without any row as well: who can be given work.
    lines: Callable[[Any], Sequence[Any]] | None = None
    #: Criteria of the rows without a day that wait beside the week for one.
    waiting: Callable[[], Sequence[Any]] | None = None
