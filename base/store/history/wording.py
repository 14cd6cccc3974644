"""What columns and records are called: read from the models, for every door.

The word of a column stands where it is mapped (``tracked(String(200), label=_l("Objet"))``). A
model says in ``__words__`` what its other attributes are called: properties, and columns that it
has from a mixin under another word; in ``__word__`` what one of its rows is called.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Column, inspect

from base.basics.i18n import _l
from base.papers.files.exports import Kind
from base.store.database import Model, UTCDateTime
from base.store.history.trail import FOREIGN_TRACKED
from base.store.mixins import Said

_NOTHING = Said()
#: Columns that every table may have, whoever maps them.
_COMMON = {"id": Said(_l("Numéro interne"), kind=Kind.CODE)}
#: Part of a composite key that says nothing of what a relation is.
_SCOPE = frozenset({"entity_id"})


@functools.cache
def column_of(model: type, name: str) -> Column[Any] | None:
    """The column behind an attribute; of a relation to one row, its foreign key."""
    mapper: Any = inspect(model)
    if name in mapper.column_attrs:
        found = mapper.column_attrs[name].columns[0]
        return found if isinstance(found, Column) else None
    if name in mapper.relationships and not mapper.relationships[name].uselist:
        own = [c for c in mapper.relationships[name].local_columns if c.name not in _SCOPE]
        return own[0] if len(own) == 1 and not own[0].primary_key else None
    return None


def words_beside(model: type) -> dict[str, Any]:
    """Attribute -> its word, of those that the model names beside its columns."""
    found: dict[str, Any] = {}
    for kind in reversed(model.__mro__):
        found |= kind.__dict__.get("__words__", {})
    return found


@functools.cache
def said_of(model: type, name: str) -> Said:
    """What is said of an attribute of a model; nothing when nobody gave it a word."""
    found = column_of(model, name)
    said: Said | None = None if found is None else found.info.get("said")
    if said is None and found is not None:  # tables of FAB's own
        word = FOREIGN_TRACKED.get(found.table.name, {}).get(name)
        said = Said(word) if word is not None else None
    said = said or _COMMON.get(name, _NOTHING)
    beside = words_beside(model)
    return replace(said, label=beside[name]) if name in beside else said


def label_of(model: type, name: str) -> str:
    """What an attribute of a model is called; its own name when nobody gave it a word.

    ``category.code`` is called by both: "Catégorie (Code)".
    """
    first, _dot, rest = name.partition(".")
    if rest:
        relation: Any = inspect(model).relationships[first]  # type: ignore[attr-defined]
        return f"{label_of(model, first)} ({label_of(relation.mapper.class_, rest)})"
    said = said_of(model, name).label
    return name if said is None else str(said)


def _mappers(table: str) -> list[Any]:
    """The mappers of all the models whose root is a table."""
    return [m for m in Model.registry.mappers if _root(m) == table]


def _root(mapper: Any) -> str:
    return str(mapper.base_mapper.local_table.name)


@functools.cache
def _attributes(table: str) -> dict[str, Said]:
    """The same of all the models whose root is a table, as the trail names records."""
    found = {name: Said(word) for name, word in FOREIGN_TRACKED.get(table, {}).items()}
    for mapper in _mappers(table):
        for attribute in mapper.column_attrs:
            said = said_of(mapper.class_, attribute.key)
            if said.label is not None:
                found.setdefault(attribute.key, said)
    return found


def said_in(table: str, name: str) -> Said:
    """What is said of a column of the trail, by the root table of its records."""
    return _attributes(table).get(name, _NOTHING)


@functools.cache
def _type_in(table: str, name: str) -> type | None:
    """What a column of the trail holds; None for what is none."""
    for mapper in _mappers(table):
        if name in mapper.column_attrs:
            kind = mapper.column_attrs[name].columns[0].type
            return datetime if isinstance(kind, UTCDateTime) else kind.python_type
    return None


def read_back(table: str, name: str, value: Any) -> Any:
    """A value of the trail as its column holds it: days, instants and numbers are texts there."""
    kind = _type_in(table, name) if isinstance(value, str) else None
    try:
        if kind is Decimal:
            return Decimal(value)
        return kind.fromisoformat(value) if kind in (date, datetime) else value  # type: ignore[union-attr]
    except (ValueError, InvalidOperation):
        return value


@functools.cache
def led_to(table: str, name: str) -> Any:
    """The model whose rows a column of the trail names by number; None when it names none."""
    for mapper in _mappers(table):
        found = column_of(mapper.class_, name)
        if found is None:
            continue
        for relation in mapper.relationships:
            if column_of(mapper.class_, relation.key) is found:
                return relation.mapper.class_
        for key in found.foreign_keys:
            for other in _mappers(key.column.table.name):
                if other.base_mapper is other and key.column.primary_key:
                    return other.class_
    return None


@functools.cache
def _records() -> dict[str, Any]:
    """Root table -> what one of its rows is called."""
    roots = (m for m in Model.registry.mappers if m.base_mapper is m)
    return {_root(m): m.class_.__word__ for m in roots if hasattr(m.class_, "__word__")}


def record_word(table: str) -> str:
    """What a row of a root table is called; the table's name when no model says it."""
    return str(_records().get(table, table))


def within_a_line(word: str) -> str:
    """A word as it stands within a line: "Objet" is "objet"; "N°", "TVA" and "CO2" stay."""
    second = word[1:2]
    return (
        word if second.isupper() or second in tuple("°0123456789") else word[:1].lower() + word[1:]
    )


def in_a_line(table: str, name: str) -> str:
    """What a column of a root table is called within a line; its own name without a word."""
    said = said_in(table, name).label
    return name if said is None else within_a_line(str(said))


class Worded:
    """Words of columns from the model, before FAB makes English of their names."""

    label_columns: Any
    description_columns: Any

    def _gen_labels_columns(self, list_columns: list[str]) -> None:
        model = self.datamodel.obj  # type: ignore[attr-defined]
        # FAB writes into the dictionaries of the class, which several screens may share.
        words = self.label_columns = dict(self.label_columns or {})
        helps = self.description_columns = dict(self.description_columns or {})
        for name in dict.fromkeys([*list_columns, *words_beside(model)]):
            said = said_of(model, name)
            if said.label is not None:
                words.setdefault(name, said.label)
            if said.help is not None:
                helps.setdefault(name, said.help)
        super()._gen_labels_columns(list_columns)  # type: ignore[misc]
