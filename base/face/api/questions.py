"""What a program asks of a list: ``q`` as rison or JSON, each part of it checked by name.

Nothing that was asked is left out in silence: an unknown key, column, operator or order is refused
with a sentence, and so is a value that is not of its column's nature.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

import prison
from flask import request
from sqlalchemy import inspect

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, _l
from base.engine.edge.fab_mends import loads

#: Beyond this many rows a count is a bound, and a page has no number: one follows ``next``.
FAR = 100_000
#: Values of one filter ``in``.
MOST_VALUES = 1000
#: What ``q`` of a list may hold, and the type of each.
LIST_KEYS: dict[str, type] = {
    "filters": list,
    "order_column": str,
    "order_direction": str,
    "page": int,
    "page_size": int,
    "after": str,
    "columns": list,
    "select_columns": list,
    "keys": list,
}
ITEM_KEYS: dict[str, type] = {"columns": list, "keys": list}
UNREADABLE = _l("Le paramètre « q » n’est pas lisible : du rison ou du JSON est attendu.")
#: Filters that look inside a text.
_TEXTUAL = frozenset({"sw", "ew", "ct", "nsw", "new", "nct"})
_RELATED = frozenset({"rel_o_m", "nrel_o_m", "rel_m_m"})


class Unreadable(DomainError):
    """The question cannot be understood; status 400."""

    status = 400


def question(keys: dict[str, type]) -> dict[str, Any]:
    """``q`` of the request as an object that has only these keys.

    Raises:
        Unreadable: it is neither rison nor JSON, no object, or a key is unknown or of another type.
    """
    text = request.args.get("q")
    if not text:
        return {}
    try:
        found: Any = loads(text)
    except prison.decoder.ParserException:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as fault:
            raise Unreadable(UNREADABLE) from fault
    if not isinstance(found, dict):
        raise Unreadable(_("Le paramètre « q » attend un objet."))
    for name, value in found.items():
        kind = keys.get(name)
        if kind is None:
            raise Unreadable(
                _(
                    "« %(name)s » est inconnu dans « q ». Permis : %(known)s.",
                    name=str(name)[:60],
                    known=", ".join(keys),
                )
            )
        if not isinstance(value, kind) or isinstance(value, bool):
            raise Unreadable(_("« %(name)s » n’est pas de la nature attendue.", name=name))
    for name in ("columns", "select_columns", "keys"):
        if any(not isinstance(item, str) for item in found.get(name, ())):
            raise Unreadable(_("« %(name)s » attend une liste de noms.", name=name))
    return found


def known_columns(asked: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a column that the resource does not show.

    Raises:
        Unreadable: it is none of the columns.
    """
    for name in asked:
        if name not in columns:
            raise Unreadable(
                _(
                    "La colonne « %(name)s » est inconnue ici. Colonnes : %(known)s.",
                    name=name[:60],
                    known=", ".join(columns),
                )
            )


def page_bounds(asked: dict[str, Any], *, usual: int, most: int) -> tuple[int, int]:
    """Number and size of the page; more rows than ``most`` are not given at once.

    Raises:
        InvalidInput: a negative page, a size below one, a page beyond what pages reach.
    """
    index, size = asked.get("page", 0), asked.get("page_size", usual)
    if index < 0:
        raise InvalidInput.at("page", _("« page » commence à 0."))
    if size < 1:
        raise InvalidInput.at("page_size", _("« page_size » va de 1 à %(most)d.", most=most))
    size = min(size, most)
    if index * size >= FAR:
        words = _(
            "Les pages s’arrêtent à %(far)d lignes : suivez « next » de la réponse pour lire la "
            "suite.",
            far=FAR,
        )
        raise InvalidInput.at("page", words)
    return index, size


def checked_filter(datamodel: Any, asked: Any, operators: dict[str, set[str]]) -> dict[str, Any]:
    """One filter with its value as its column keeps it; ``operators`` are those of each column.

    Raises:
        Unreadable: no such column or operator, or the value is not of the column's nature.
    """
    if not isinstance(asked, dict) or not {"col", "opr", "value"} <= set(asked):
        raise Unreadable(_("Un filtre a « col », « opr » et « value »."))
    name, operator, value = asked["col"], asked["opr"], asked["value"]
    if not isinstance(name, str) or name not in operators:
        raise Unreadable(
            _(
                "On ne filtre pas par « %(name)s ». Permis : %(known)s.",
                name=str(name)[:60],
                known=", ".join(sorted(operators)),
            )
        )
    if not isinstance(operator, str) or operator not in operators[name]:
        raise Unreadable(
            _(
                "« %(opr)s » ne se demande pas de « %(name)s ». Permis : %(known)s.",
                opr=str(operator)[:20],
                name=name,
                known=", ".join(sorted(operators[name])),
            )
        )
    try:
        if operator in ("in", "not_in"):
            if not isinstance(value, list) or len(value) > MOST_VALUES:
                raise ValueError
            value = [_as_kept(datamodel.obj, name, operator, item) for item in value]
        else:
            value = _as_kept(datamodel.obj, name, operator, value)
    except (ValueError, TypeError, InvalidOperation, OverflowError) as fault:
        raise Unreadable(
            _("Un filtre compare « %(name)s » à une valeur de sa nature.", name=name)
        ) from fault
    return {"col": name, "opr": operator, "value": value}


def _as_kept(model: Any, name: str, operator: str, value: Any) -> Any:
    """The value as the column has it; ValueError when it is none."""
    attributes = inspect(model).column_attrs
    kind: Any = int
    column = attributes[name].columns[0].type if name in attributes else None
    if operator not in _RELATED and column is not None:
        kind = str if operator in _TEXTUAL else column.python_type
    if isinstance(value, dict | list) or value is None:
        raise ValueError
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError
        return value
    if isinstance(value, bool):
        raise ValueError
    if kind is int:
        if isinstance(value, float):
            raise ValueError
        whole = int(value)
        if not -(2**63) <= whole < 2**63:
            raise ValueError
        return whole
    if kind is Decimal or kind is float:
        exact = Decimal(str(value))
        places, digits = getattr(column, "decimals", 15), getattr(column, "digits", 30)
        if exact.normalize().as_tuple().exponent < -places:  # type: ignore[operator]
            raise ValueError
        if not exact.is_finite() or abs(exact) >= Decimal(10) ** (digits - places):
            raise ValueError
        return exact if kind is Decimal else float(exact)
    if isinstance(value, float):
        raise ValueError
    return _from_text(kind, str(value))


def _from_text(kind: Any, text: str) -> Any:
    if "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise ValueError
    if kind is datetime:
        instant = datetime.fromisoformat(text)
        return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    if kind is date:
        return date.fromisoformat(text)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(text)
    return text
