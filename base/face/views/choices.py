"""The rows that a relation may point to, found by words; scoped like everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect, select, true

from base.basics.rows import holding
from base.basics.sessions import Session
from base.engine.search import criterion
from base.store.together import aside


def choice_label(row: Any) -> str:
    """How a row reads in a choice: its code first when it has one."""
    code = getattr(row, "code", None) or getattr(row, "number", None)
    text = str(row)
    return f"{code} · {text}" if code and str(code) not in text else text


def choice_of(row: Any) -> dict[str, str]:
    """A row as a field that asks the server offers it; ``aside`` stands on a second line."""
    return {"value": str(row.id), "text": choice_label(row), "aside": aside(row)}


def relation_choices(session: Session, model: Any, words: str, limit: int = 20) -> Sequence[Any]:
    """Rows of a model whose text has the words, best known columns first.

    Those that have the words themselves come before those that stand in what has them: a building
    is not behind all of its rooms.
    """
    columns = [
        getattr(model, n)
        for n in ("code", "name", "number", "label", "username", "last_name")
        if n in inspect(model).column_attrs
    ]
    statement = select(model)
    if hasattr(model, "archived_on"):
        statement = statement.where(model.archived_on.is_(None))
    found = criterion(session, model, words) if words.strip() else true()
    if found is not None:
        statement = statement.where(found)
    else:
        for word in words.lower().split()[:5]:
            statement = statement.where(holding(columns, word))
    order = getattr(model, "sort_key", None)
    if order is None:
        order = columns[-1] if columns else model.id
    statement = statement.order_by(order, model.id)
    if not words.strip() or (own := criterion(session, model, words, own=True)) is None:
        return list(session.scalars(statement.limit(limit)))
    rows = list(session.scalars(statement.where(own).limit(limit)))
    if len(rows) < limit:
        rest = statement.where(model.id.not_in([row.id for row in rows])).limit(limit - len(rows))
        rows += session.scalars(rest)
    return rows
