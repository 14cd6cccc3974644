"""Marks of a list: where a page ends, as a word that the next page begins with."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from base.store.database import UTCDateTime


def pack(values: list[Any]) -> str:
    """The values of a row in the order of a list, as a word of its addresses."""
    text = json.dumps([plain(v) for v in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def plain(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def unpack(text: str, column: Any) -> list[Any] | None:
    """The values that ``pack`` made a word of, the last one a row's id; None when it is none."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value, key = json.loads(raw)
        key = int(key)
    except (ValueError, TypeError):
        return None
    if value is None:
        return [None, key]
    try:
        return [typed(column, value), key]
    except (ValueError, TypeError, InvalidOperation):
        return None


def typed(column: Any, value: Any) -> Any:
    """What ``plain`` made of a value of a column, as it was.

    Raises:
        ValueError, TypeError, ArithmeticError: it is none of the column.
    """
    kind = column.type.python_type
    if kind is Decimal:
        return Decimal(str(value))
    if isinstance(column.type, UTCDateTime):
        instant = datetime.fromisoformat(value)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if kind is date:
        return date.fromisoformat(value)
    too_big = isinstance(value, int) and not -(2**63) <= value < 2**63
    if not isinstance(value, kind) or too_big or (kind is str and "\x00" in value):
        raise ValueError
    return value
