"""Records of any kind by their ids, as far as the session may see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import inspect, select

from base.basics.sessions import Session


def row_by_id(session: Session, model: Any, row_id: int) -> Any:
    """The record; None when it is gone or out of scope."""
    return session.scalars(select(model).where(model.id == row_id)).first()


def rows_by_ids(session: Session, model: Any, ids: Collection[int]) -> dict[int, Any]:
    """The records by id, those of a special kind as what they are; one statement."""
    root = inspect(model).base_mapper.class_
    return {row.id: row for row in session.scalars(select(root).where(root.id.in_(ids)))}
