"""Which rows a list's address asks for: its filters and its search box as criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, inspect, select
from werkzeug.datastructures import MultiDict

from base.basics import written
from base.basics.clock import authority_zone
from base.basics.i18n import _
from base.basics.rows import holding
from base.store.database import UTCDateTime
from base.store.history.trail import record_name
from base.store.models.imports import ImportRow


@dataclass(frozen=True)
class Filter:
    """One condition of a list, as it stands in the address: ``f.status.eq=in_use``."""

    column: str
    op: str
    value: str
    label: str = ""
    #: The value in words, for the chip.
    shown: str = ""

    @property
    def key(self) -> str:
        """The name of the parameter."""
        return f"f.{self.column}.{self.op}"


def narrowed(**equal: Any) -> dict[str, Any]:
    """The parameters of a list's address on which each of these columns has this value."""
    return {f"f.{column}.eq": value for column, value in equal.items()}


def filtered(conditions: Mapping[str, object]) -> dict[str, Any]:
    """As ``narrowed`` for other operators: ``{"due_on.lt": day}``; days as ISO."""
    return {
        f"f.{key}": value.isoformat() if isinstance(value, date) else value
        for key, value in conditions.items()
    }


class BadFilter(Exception):  # noqa: N818 - a condition that cannot be read is left out and said
    """A condition of the address cannot be read."""


def typed(column: Any, text: str) -> Any:
    """The value of a column that an address says.

    Raises:
        BadFilter: it is none of the column's.
    """
    kind = column.type.python_type
    try:
        if isinstance(column.type, UTCDateTime):
            return datetime.combine(day_typed(text), time(), ZoneInfo(authority_zone()))
        if kind is bool:
            return text in ("1", "true", "oui")
        if kind is int:
            number = int(text)
            if abs(number) >= 2**63:
                raise BadFilter(text)
            return number
        if kind is Decimal:
            value = written.number(text)
            if value is None:
                raise BadFilter(text)
            return value.quantize(Decimal(1).scaleb(-column.type.decimals))
        if kind is date:
            return day_typed(text)
    except (ValueError, InvalidOperation) as fault:
        raise BadFilter(text) from fault
    return text


def day_typed(text: str) -> date:
    """The day that an address says: ISO, French or English.

    Raises:
        ValueError: it is none of them.
    """
    found = written.day(text)
    if found is None:
        raise ValueError(text)
    return found


def condition(model: Any, column_name: str, op: str, text: str) -> Any:
    """The criterion of one filter.

    Raises:
        BadFilter: the value or the operator does not fit the column.
    """
    attribute = getattr(model, column_name)
    mapper = inspect(model)
    if column_name in mapper.relationships:
        local = next(iter(mapper.relationships[column_name].local_columns))
        attribute = getattr(model, mapper.get_property_by_column(local).key)
    column = attribute.property.columns[0]
    if op == "none":
        return attribute.is_(None)
    if op == "in":
        return attribute.in_([typed(column, t) for t in text.split(",")])
    if op == "has":
        return holding([attribute], text)
    value = typed(column, text)
    if op == "eq":
        if isinstance(column.type, UTCDateTime):
            return and_(attribute >= value, attribute < value + timedelta(days=1))
        return attribute == value
    if op == "ge":
        return attribute >= value
    if op == "lt":
        return attribute < value
    raise BadFilter(op)


def imported(model: Any, op: str, text: str) -> Any:
    """The criterion of the rows that an import made or changed, by its number.

    Raises:
        BadFilter: it is no number of an import.
    """
    if op != "eq" or not text.isdecimal() or len(text) > 18:
        raise BadFilter(text)
    done = select(ImportRow.record_id).where(
        ImportRow.batch_id == int(text), ImportRow.record == record_name(model)
    )
    return model.id.in_(done)


@dataclass(frozen=True)
class Selection:
    """Which rows the address asks for."""

    criteria: list[Any]
    filters: list[Filter]
    words: str
    #: Sentences about filters that could not be read.
    faults: list[str]


def selection(
    model: Any,
    arguments: MultiDict[str, str],
    *,
    searchable: Sequence[str],
    base: Sequence[Any] = (),
    words: Any = None,
    labels: dict[str, Any] | None = None,
    shown: Any = None,
    own: Any = None,
) -> Selection:
    """The criteria of a list's address; ``words`` turns the search box into one.

    ``own(name, op, text)`` gives criterion and label of a filter on what is no column, or None.
    """
    faults: list[str] = []
    filters: list[Filter] = []
    criteria = list(base)
    for key, value in arguments.items(multi=True):
        parts = key.split(".")
        if len(parts) != 3 or parts[0] != "f" or value == "":
            continue
        _f, name, op = parts
        label = str((labels or {}).get(name, name))
        try:
            special = None
            if name not in searchable:
                special = own(name, op, value[:500]) if own is not None else None
                if special is None:
                    faults.append(_("Le filtre « %(n)s » n’existe pas dans cette liste.", n=name))
                    continue
                label = special[1]
            criteria.append(special[0] if special else condition(model, name, op, value[:500]))
        except BadFilter:
            faults.append(_("Le filtre « %(v)s » n’a pas été compris.", v=value[:80]))
            continue
        filters.append(Filter(name, op, value, label, shown(name, op, value) if shown else value))
    typed_words = arguments.get("q", "").strip()[:200]
    if typed_words and words is not None:
        criteria.append(words(typed_words))
    return Selection(criteria, filters, typed_words, faults)
