"""Records of any kind by their ids, as far as the session may see them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import false, func, inspect, or_, select

from base.basics.sessions import Session

T = TypeVar("T")
_ID = re.compile("[0-9]{1,19}")


def in_lots(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists short enough for ``IN``, in their order."""
    found = list(values)
    for start in range(0, len(found), size):
        yield found[start : start + size]


def holding(columns: Iterable[Any], text: str) -> Any:
    """That one of these columns holds a text, whatever its case; ``%`` and ``_`` are letters."""
    low = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = (func.lower(column).like(f"%{low}%", escape="\\") for column in columns)
    return or_(false(), *found)


def as_id(text: str) -> int:
    """The id that a text of an address or a form tells, 1 to 2^63 - 1.

    Raises:
        ValueError: it is none: a request that asks with ``type=as_id`` takes it for missing.
    """
    if not _ID.fullmatch(text) or not 0 < int(text) < 2**63:
        raise ValueError(repr(text))
    return int(text)


def row_by_id(session: Session, model: Any, row_id: int) -> Any:
    """The record; None when it is gone or out of scope."""
    return session.scalars(select(model).where(model.id == row_id)).first()


def rows_by_ids(session: Session, model: Any, ids: Collection[int]) -> dict[int, Any]:
    """The records by id, those of a special kind as what they are; one statement for 500."""
    root = inspect(model).base_mapper.class_
    found: dict[int, Any] = {}
    for lot in in_lots(ids):
        found |= {row.id: row for row in session.scalars(select(root).where(root.id.in_(lot)))}
    return found
