"""A page of a resource's list: by key, with a count that says whether it is whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import prison
from flask import request
from sqlalchemy import desc, func, inspect, literal, select, tuple_

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.api.questions import FAR
from base.rules.rights import withheld
from base.store.list_marks import plain, typed


def count_of(session: Session, query: Any) -> dict[str, Any]:
    """``count`` and ``count_is_exact``; of more rows than ``FAR`` the count is ``FAR``."""
    found = int(
        session.scalar(select(func.count()).select_from(query.limit(FAR + 1).subquery())) or 0
    )
    return {"count": min(found, FAR), "count_is_exact": found <= FAR}


def as_json(row: Any, columns: Iterable[str]) -> dict[str, Any]:
    """The columns of a row as JSON: exact numbers and dates as text."""
    found = {}
    for name in columns:
        value = getattr(row, name)
        if value is not None and not isinstance(value, bool | int | str):
            value = value.isoformat() if hasattr(value, "isoformat") else format(value, "f")
        found[name] = value
    return found


#: Name of a column's type -> its JSON schema; text for the others, exact numbers as well.
_KINDS: dict[str, dict[str, Any]] = {
    "int": {"type": "integer", "format": "int64"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def schema_of(model: Any, columns: Iterable[str]) -> dict[str, Any]:
    """The JSON schema of what ``as_json`` gives of a row; what is no column is text."""
    known = inspect(model).column_attrs
    found = {}
    for name in columns:
        kind = known[name].columns[0].type.python_type.__name__ if name in known else ""
        found[name] = {**_KINDS.get(kind, {"type": "string"}), "nullable": True}
    return {"type": "object", "properties": found}


def whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that is given whole, told as the lists in pages are."""
    found: dict[str, Any] = {
        "result": rows,
        "ids": [row["id"] for row in rows],
        "count": len(rows),
        "count_is_exact": True,
        "page_size": len(rows),
        "next": None,
    }
    if notices := withheld.left_out():
        found["left_out"] = notices
    return found


def next_url(asked: dict[str, Any], mark: str | None) -> str | None:
    """The address of the rows behind a mark: the same question, with ``after``; None at the end."""
    if mark is None:
        return None
    following = {k: v for k, v in asked.items() if k != "page"} | {"after": mark}
    return f"{request.path}?q={quote(prison.dumps(following), safe='()!:,')}"


class Walk:
    """Rows in the order of one column, the id breaks ties; empty values come last.

    The place of a page is the value and the id of the last row before it: rows that are added
    meanwhile shift nothing, and each row that was there is given once.
    """

    def __init__(self, model: Any, name: str, *, down: bool) -> None:
        self.model, self.name, self.down = model, name, down
        self.attribute = getattr(model, name)
        self.column = self.attribute.property.columns[0]
        self.is_key = self.column.primary_key

    def _order(self) -> list[Any]:
        both = [self.attribute] if self.is_key else [self.attribute, self.model.id]
        return [desc(part) if self.down else part for part in both]

    def _parts(self, mark: list[Any] | None) -> list[list[Any]]:
        """The rows with a value, then those without: each as an index has them."""
        if not self.column.nullable:
            return [[] if mark is None else [self._behind(mark)]]
        filled, empty = self.attribute.is_not(None), self.attribute.is_(None)
        if mark is None:
            return [[filled], [empty]]
        if mark[0] is None:
            key = self.model.id
            return [[empty, key < mark[1] if self.down else key > mark[1]]]
        return [[filled, self._behind(mark)], [empty]]

    def _behind(self, mark: list[Any]) -> Any:
        value = literal(mark[0], self.column.type)
        if self.is_key:
            return self.attribute < value if self.down else self.attribute > value
        pair = tuple_(self.attribute, self.model.id)
        edge = tuple_(value, literal(mark[1], inspect(self.model).primary_key[0].type))
        return pair < edge if self.down else pair > edge

    def rows(
        self, query: Any, *, size: int, offset: int = 0, after: str | None = None
    ) -> tuple[list[int], str | None]:
        """Ids of one page, and the mark behind them; None when they are the last.

        ``query`` gives ids. A page is found by its mark, or by a number of rows before it.

        Raises:
            InvalidInput: the mark is not one of this list.
        """
        found: list[Any] = []
        query = query.add_columns(self.attribute)
        for part in self._parts(self._mark(after)):
            if len(found) > size:
                break
            wanted = query.filter(*part)
            rows = wanted.order_by(*self._order()).limit(size + 1 - len(found)).offset(offset)
            here = rows.all()
            found += here
            offset = 0 if here or not offset else offset - wanted.limit(offset).count()
        ids = [int(row[0]) for row in found[:size]]
        return ids, self._packed(found[size - 1]) if len(found) > size else None

    def _packed(self, row: Any) -> str:
        text = json.dumps([self._said(), plain(row[1]), row[0]], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _said(self) -> str:
        return f"-{self.name}" if self.down else self.name

    def _mark(self, text: str | None) -> list[Any] | None:
        if text is None:
            return None
        try:
            order, value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if order != self._said() or isinstance(key, bool) or not 0 <= key < 2**63:
                raise ValueError
            return [None if value is None else typed(self.column, value), key]
        except (ValueError, TypeError, ArithmeticError, RecursionError) as fault:
            words = _("« after » n’est pas un repère de cette liste dans cet ordre.")
            raise InvalidInput.at("after", words) from fault
