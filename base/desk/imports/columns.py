"""A column of a file from the column of a model: its word, its help, its date, how it is read.

An importer adds what only files know: further names of the column, further words of its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Column as Mapped
from sqlalchemy import Integer, Text

from base.papers.tables import Column, values
from base.papers.tables.texts import Parser
from base.store.bounds import bound_of
from base.store.choice import Choice
from base.store.choice_columns import choices_of
from base.store.database import Exact, UTCDateTime
from base.store.history.wording import column_of, said_of
from base.store.mixins import EUROS, PRICE

#: Texts read aloud or compared sign by sign.
_CODES = frozenset({"code", "number"})


def column_from(
    model: type,
    name: str,
    aliases: str = "",
    *,
    key: str = "",
    label: Any = None,
    parse: Parser | None = None,
    required: bool = False,
    also: Mapping[str, Choice] | None = None,
    help: Any = None,  # noqa: A002 - as of a column
    dated: Mapping[str, Any] | None = None,
    **bounds: Any,
) -> Column:
    """The column of a file that fills an attribute of a model.

    ``name`` may be a relation: the cell then holds the code of the record. ``aliases`` are the
    column's further names in files, as "titre | libellé". ``also`` are further words of the values
    of a closed list, beside its own in the reader's language and in French: build such columns
    when a file is read, not before. ``bounds`` go to the reader: ``low`` and ``high`` of a
    number where the column says none (``within``), ``limit`` and ``lines`` of a text. What is
    given goes before what the model says.

    Raises:
        RuntimeError: the model has no such column, or it has no word.
    """
    found, said = column_of(model, name), said_of(model, name)
    if found is None or (said.label is None and label is None):
        raise RuntimeError(f"{model.__name__}.{name} has no column with a word")
    told = {"when", "after", "since"} <= found.info.keys()
    return Column(
        key or name,
        said.label if label is None else label,
        parse or _parser(model, name, found, also, bounds),
        required=required,
        aliases=tuple(filter(None, aliases.split(" | "))),
        help=help if help is not None else said.help or "",
        dated=dated or ({k: found.info[k] for k in ("when", "after", "since")} if told else None),
    )


def _parser(
    model: type,
    name: str,
    found: Mapped[Any],
    also: Mapping[str, Choice] | None,
    bounds: dict[str, Any],
) -> Parser:
    """How a cell of the column is read."""
    kind = choices_of(model).get(name)
    if kind is not None:
        return values.one_of(kind.named(also))
    if found.foreign_keys or name != found.key:
        return partial(values.code, **bounds)
    stored = found.type
    if (bound := bound_of(found)) is not None:
        bounds = {**bound.for_files(), **bounds}
    if isinstance(stored, Exact):
        unit = said_of(model, name).unit
        unit = "€" if unit in (EUROS, PRICE) else unit
        return partial(values.number, decimals=stored.decimals, unit=unit, **bounds)
    if isinstance(stored, Integer):
        return partial(values.integer, **bounds)
    python = datetime if isinstance(stored, UTCDateTime) else stored.python_type
    if python in (bool, date, datetime):
        readers: dict[type, Parser] = {
            bool: values.boolean,
            date: values.day,
            datetime: values.moment,
        }
        return readers[python]
    if (number := found.info.get("identifier")) is not None:
        length = getattr(stored, "length", None) or 200
        return partial(values.identifier, kind=number, limit=length)
    if isinstance(stored, Text):
        return partial(values.text, **{"limit": 20_000, "lines": True, **bounds})
    read = values.code if name in _CODES else values.text
    return partial(read, **{"limit": getattr(stored, "length", None) or 200, **bounds})
