"""Which records are searched: modules declare them in their room ``search``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from base.basics.sessions import Session
from base.engine.search.index_words import words_of

#: Digits of a space, and bits of a record's number inside an entry's.
ENTITY_DIGITS, RECORD_BITS = 5, 44
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: Raise it when the words of a record are cut otherwise: ``migrate`` then builds the index anew.
CUT = 1


def base36(number: int, width: int) -> str:
    """A number in base 36, padded with zeros."""
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found.rjust(width, "0")


@dataclass(frozen=True)
class Around:
    """What the records of a kind are found by beside their own words: those of what they are in.

    Such words stand in the index behind a code of their own, so that a record's own come first.
    """

    #: Two letters or digits, as of a kind.
    code: str
    #: Columns of a record that others are found by, or that say what it is in itself.
    columns: tuple[str, ...]
    #: Numbers of records -> the texts of what each is in.
    texts: Callable[[Connection, Collection[int]], Mapping[int, Sequence[str]]]
    #: Numbers of the records that are in these ones; no more than the limit, when there is one.
    inside: Callable[[Connection, Collection[int], int | None], Collection[int]]
    #: Has a background job call ``building.rebuild_inside`` for these ones, after the commit.
    later: Callable[[Session, Sequence[int]], object]


@dataclass(frozen=True)
class Kind:
    """Records of one table that are found by words.

    ``code`` is two letters or digits of its own: it stands in front of every word of the index,
    with the authority, so that a question reads nothing of other kinds and authorities.
    """

    code: str
    model: Any
    #: Text columns of the model.
    columns: tuple[str, ...]
    #: Its page: whoever may open it finds the record.
    page: str
    #: Heading of its results.
    title: Any
    #: row -> (first line, second line) of a result.
    shown: Callable[[Any], tuple[str, str]]
    #: The picture beside a result, or a function of the row.
    icon: Any = "file"
    #: Attribute whose value the page is opened with.
    page_key: str = "id"
    order: int = 50
    #: Further criteria of the rows that the person of this request finds.
    limits: Callable[[], list[Any]] = list
    #: What its records are in.
    around: Around | None = None

    @property
    def record(self) -> str:
        """The root table."""
        return str(inspect(self.model).base_mapper.local_table.name)

    @property
    def signature(self) -> str:
        """What the words are made from: when it differs, the index is built anew."""
        around = f":{self.around.code}" if self.around else ""
        return f"{CUT}:{self.code}:{','.join(self.columns)}{around}"

    def entry(self, record_id: int) -> int:
        """The number of a record's entry in the index."""
        return (int(self.code, 36) << RECORD_BITS) | record_id

    def space(self, entity_id: int) -> str:
        """What stands in front of the words of an authority's records."""
        return self.code + base36(entity_id, ENTITY_DIGITS)

    def beside(self, token: str) -> str:
        """A word behind its space, as it stands for the records that are in what has it."""
        return token if self.around is None else self.around.code + token[len(self.code) :]

    @property
    def watched(self) -> tuple[str, ...]:
        """The columns that a record's entry is made from."""
        return (*self.columns, "entity_id", *(self.around.columns if self.around else ()))

    def words(self, row: Any) -> list[str]:
        """The words of a row."""
        return words_of(getattr(row, column) for column in self.columns)


#: Root table -> kind.
KINDS: dict[str, Kind] = {}


def searchable(code: str, model: Any, columns: tuple[str, ...], **options: Any) -> None:
    """Declare that the records of a model are found by words of these columns.

    Raises:
        RuntimeError: the code is not two letters or digits, or another model has it.
    """
    kind = Kind(code, model, columns, **options)
    for one in _codes(kind):
        if len(one) != 2 or any(c not in _DIGITS for c in one):
            raise RuntimeError(f"{one!r} is not a code of two letters or digits")
        for other in KINDS.values():
            if one in _codes(other) and other.record != kind.record:
                raise RuntimeError(f"{one!r} is the code of {other.record}")
    KINDS[kind.record] = kind


def _codes(kind: Kind) -> list[str]:
    return [kind.code, *([kind.around.code] if kind.around else [])]


def kind_of(row_or_class: Any) -> Kind | None:
    """The kind of a record or model, if its words are searched."""
    mapper = inspect(row_or_class)
    mapper = getattr(mapper, "mapper", mapper)
    return KINDS.get(str(mapper.base_mapper.local_table.name))
