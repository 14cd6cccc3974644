"""Which records are searched: modules declare them in their room ``search``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect

from base.engine.search.words import words_of

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

    @property
    def record(self) -> str:
        """The root table."""
        return str(inspect(self.model).base_mapper.local_table.name)

    @property
    def signature(self) -> str:
        """What the words are made from: when it differs, the index is built anew."""
        return f"{CUT}:{self.code}:{','.join(self.columns)}"

    def entry(self, record_id: int) -> int:
        """The number of a record's entry in the index."""
        return (int(self.code, 36) << RECORD_BITS) | record_id

    def space(self, entity_id: int) -> str:
        """What stands in front of the words of an authority's records."""
        return self.code + base36(entity_id, ENTITY_DIGITS)

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
    if len(code) != 2 or any(c not in _DIGITS for c in code):
        raise RuntimeError(f"{code!r} is not a code of two letters or digits")
    for other in KINDS.values():
        if other.code == code and other.record != kind.record:
            raise RuntimeError(f"{code!r} is the code of {other.record}")
    KINDS[kind.record] = kind


def kind_of(row_or_class: Any) -> Kind | None:
    """The kind of a record or model, if its words are searched."""
    mapper = inspect(row_or_class)
    mapper = getattr(mapper, "mapper", mapper)
    return KINDS.get(str(mapper.base_mapper.local_table.name))
