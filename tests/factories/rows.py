"""One row of any model, valid for the database, with a mark in each free text.

What a model needs beyond its columns' types stands in ``GIVEN``; a module that drops in and needs
more tells it in its own ``tests/told.py``: ``GIVEN``, class name -> column -> value.
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Float,
    Integer,
    String,
    Text,
    func,
    inspect,
    select,
)

from base.store.database import Exact, Model, UTCDateTime
from base.store.models import Event
from tests.told import told

_NUMBERS = itertools.count(1)
_IN = re.compile(r"^\W*(\w+)\W+in\s*\(([^)]*)\)", re.IGNORECASE)
_OPTIONAL_IN = re.compile(r"(\w+)\W+in\s*\(([^)]*)\)", re.IGNORECASE)

#: class name -> column -> value (or function of (session, entity_id)).
GIVEN: dict[str, dict[str, Any]] = told("GIVEN")


def given(name: str, **values: Any) -> None:
    """Say what a model needs beyond its columns' types."""
    GIVEN.setdefault(name, {}).update(values)


given("Meter", kind="virtual")
given(
    "Invoice", amount_ht=Decimal("10.00"), vat_amount=Decimal("2.00"), amount_ttc=Decimal("12.00")
)
given("CostLine", amount_ht_eur=Decimal("10.00"), vat_eur=Decimal("2.00"), net_eur=Decimal("12.00"))
given(
    "Geometry",
    geojson='{"type":"Point","coordinates":[2.5,48.5]}',
    west=2.5,
    east=2.5,
    south=48.5,
    north=48.5,
)
given("Event", op="V", changes="{}", seq=lambda s, e: 10**6 + next(_NUMBERS))
given(
    "EventPersonal",
    field=lambda s, e: f"name{next(_NUMBERS)}",
    side=0,
    salt="00",
    value='"x"',
    seq=lambda s, e: s.scalar(select(func.max(Event.seq))),
)
given("Document", digest=lambda s, e: f"{next(_NUMBERS):064x}", media_type="text/csv")
given("JobRun", kind="base.sweep", args="{}")
given("UserEntity", user_id=1)
given("SavedView", user_id=1)
given(
    "ImportBatch",
    kind="assets",
    media_type="text/csv",
    digest=lambda s, e: f"{next(_NUMBERS):064x}",
)
given(
    "Parcel",
    insee="25056",
    prefix="000",
    section="AB",
    number=lambda s, e: f"{next(_NUMBERS) % 10_000:04d}",
)
given("Reading", quality=1)
given("ReadingHistory", quality=1)
given("Signature", digest=None)  # a name typed has no picture
given("ReportRun", code="cost", format="pdf")


def choices(model: Any) -> dict[str, list[str]]:
    """Column -> the values its CHECK allows."""
    found: dict[str, list[str]] = {}
    for mapper in inspect(model).iterate_to_root():
        for rule in mapper.local_table.constraints:
            if not isinstance(rule, CheckConstraint):
                continue
            text = str(rule.sqltext)
            match = _IN.match(text) or (
                _OPTIONAL_IN.search(text) if "IS NULL OR" in text.upper() else None
            )
            if match:
                found[match.group(1)] = re.findall(r"'([^']*)'", match.group(2))
    return found


def free_text(model: Any, name: str) -> bool:
    """Whether a column takes any text that fits."""
    column = inspect(model).column_attrs[name].columns[0]
    return (
        isinstance(column.type, String | Text)
        and not isinstance(column.type, UTCDateTime)
        and name not in choices(model)
        and name not in GIVEN.get(model.__name__, {})
        and not column.foreign_keys
        and "identifier" not in column.info  # a number with a key
    )


def value_for(model: Any, name: str, mark: str = "Texte") -> Any:
    """A value that a column takes; unique where it is text or a number."""
    column = inspect(model).column_attrs[name].columns[0]
    n = next(_NUMBERS)
    allowed = choices(model).get(name)
    if allowed:
        return allowed[0]
    if isinstance(column.type, UTCDateTime):
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    if isinstance(column.type, Exact):
        return Decimal(1)
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Date):
        return date(2026, 3, 2)
    if isinstance(column.type, Float):
        return 1.0
    if name.endswith("_year"):
        return 2020
    if isinstance(column.type, Integer) or column.type.python_type is int:
        return n
    length = getattr(column.type, "length", None) or 80
    text = f"{mark}{n}"
    return text if len(text) <= length else f"{n:0{length}d}"[-length:]


def _needed(column: Any, name: str) -> bool:
    if column.nullable or column.default is not None or column.server_default is not None:
        return False
    return not (column.primary_key and not column.foreign_keys and column.autoincrement)


def target_of(model: Any, name: str) -> Any:
    """The model that a foreign key column points to by ``id``, or None."""
    column = inspect(model).column_attrs[name].columns[0]
    tables = {m.local_table: m.class_ for m in Model.registry.mappers}
    for key in column.foreign_keys:
        if key.column.name == "id" and key.column.table in tables:
            return tables[key.column.table]
    return None


def is_shared(model: Any) -> bool:
    """Whether the rows of a model belong to nobody: no rule filters them."""
    from base.rules.rights.rules import RULES

    return not any(issubclass(model, known) for known in RULES)


def make(session: Any, model: Any, entity_id: int, mark: str = "Texte", /, **values: Any) -> Any:
    """One row of a model in an entity, with the rows it needs; flushed."""
    from patrimoine.models import Asset, Building

    if model is Asset:
        model = Building
    mapper = inspect(model)
    if is_shared(model):
        mark = "Commun"
    row = dict(values)
    for base in reversed(model.__mro__):
        for key, value in GIVEN.get(base.__name__, {}).items():
            if key in mapper.column_attrs:
                row.setdefault(key, value(session, entity_id) if callable(value) else value)
    for attribute in mapper.column_attrs:
        name, column = attribute.key, attribute.columns[0]
        if name in row or name == "id":
            continue
        if name == "entity_id":
            row[name] = entity_id
            continue
        optional_text = free_text(model, name) and column.nullable and not column.unique
        if not _needed(column, name) and not (optional_text and "_" not in name):
            continue
        target = target_of(model, name)
        if target is not None and target.__name__ == "Entity":
            row[name] = entity_id
        elif target is not None:
            row[name] = make(session, target, entity_id, mark).id
        elif column is mapper.polymorphic_on:
            continue
        else:
            row[name] = value_for(model, name, mark)
    made = model(**row)
    session.add(made)
    session.flush()
    return made
