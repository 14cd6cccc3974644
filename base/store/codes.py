"""Codes of small tables (stores, items, agents, third parties, services): two that read the same
are one, whichever door they come by.

A model says it by ``folded_code``, the name of its column. What is written is cleaned of what the
eye does not see, then compared with the codes that are there by ``base.basics.folding.code_key``:
case, forms of writing, dashes and blanks aside. The exact code stays unique in the database as
well. Assets are too many to be compared so; their key is a column of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Session as OrmSession

from base.basics.errors import DomainError
from base.basics.folding import clean_code, code_key
from base.basics.i18n import _
from base.basics.sessions import Session


class CodeTaken(DomainError):
    """Another row has this code, though perhaps in other letters."""


def _changed(session: Session) -> dict[tuple[type, Any], list[Any]]:
    """Rows whose code is new, by model and authority."""
    found: dict[tuple[type, Any], list[Any]] = defaultdict(list)
    for row in [*session.new, *session.dirty]:
        name = getattr(type(row), "folded_code", None)
        if name is None:
            continue
        state: Any = inspect(row)
        code = getattr(row, name)
        if not isinstance(code, str) or not state.attrs[name].history.has_changes():
            continue
        if (clean := clean_code(code)) != code:
            setattr(row, name, clean)
        found[type(row), getattr(row, "entity_id", None)].append(row)
    return found


def guard(session: Session, context: Any, instances: Any) -> None:
    """Refuse a code that reads like another's, before it is written.

    Raises:
        CodeTaken: the sentence names both.
    """
    for (model, entity_id), rows in _changed(session).items():
        name = model.folded_code  # type: ignore[attr-defined]
        table: Any = model.__table__  # type: ignore[attr-defined]
        if "entity_id" in table.c and entity_id is None:
            continue  # a row of nobody is refused elsewhere
        connection = OrmSession.connection(session)  # type: ignore[arg-type]
        if connection.dialect.name == "postgresql":
            # Two transactions at once each see only their own: the second waits for the first.
            key = func.hashtext(f"code/{table.name}/{entity_id}")
            connection.execute(select(func.pg_advisory_xact_lock(key)))
        statement = select(table.c.id, table.c[name])
        if entity_id is not None:
            statement = statement.where(table.c.entity_id == entity_id)
        known = {row[0]: row[1] for row in connection.execute(statement)}
        for row in rows:
            known.pop(row.id, None)
        taken = {code_key(code): code for code in known.values()}
        for row in rows:
            code = getattr(row, name)
            other = taken.setdefault(code_key(code), code)
            # The very same code is refused by the database, in the words of its table.
            if other != code:
                sentence = _(
                    "« %(code)s » se lit comme le code « %(other)s », déjà pris.",
                    code=code,
                    other=other,
                )
                raise CodeTaken(sentence, {name: sentence})


def watch(session_class: type[OrmSession]) -> None:
    """Have every flush of a kind of session look at codes first."""
    event.listen(session_class, "before_flush", guard)


def respell(session: Session, model: Any, entity_id: int, records: Iterable[Any], key: str) -> None:
    """Write the codes of a file as the register does, else as the file does first.

    ``records`` are rows of an import; ``key`` names the column, in the file and in the model.
    """
    column = getattr(model, key)
    codes = session.scalars(select(column).where(model.entity_id == entity_id))
    spelled = {code_key(code): code for code in codes}
    for record in records:
        if (code := record.values.get(key)) is not None:
            record.values[key] = spelled.setdefault(code_key(code), code)
