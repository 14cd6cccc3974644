"""What stands in what, for the index of words: it is of everybody, so no row rule applies."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from base.basics.rows import in_lots
from patrimoine.domain import tree
from patrimoine.models import Asset


def names_above(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    """The names of what each of these assets stands in, the nearest first."""
    above: dict[int, list[int]] = {}
    for lot in in_lots(ids):
        rows = connection.execute(select(Asset.id, Asset.path).where(Asset.id.in_(lot)))
        above |= {number: tree.ancestor_ids(path)[::-1] for number, path in rows}
    names: dict[int, str] = {}
    for lot in in_lots({number for numbers in above.values() for number in numbers}):
        names.update(
            connection.execute(select(Asset.id, Asset.name).where(Asset.id.in_(lot))).all()
        )  # type: ignore[arg-type]
    return {number: [names[i] for i in numbers] for number, numbers in above.items()}


def inside(connection: Connection, ids: Collection[int], limit: int | None) -> set[int]:
    """What stands in these assets, at any depth; no more than the limit, when there is one."""
    outer, inner = aliased(Asset), aliased(Asset)
    found: set[int] = set()
    for lot in in_lots(ids):
        statement = select(inner.id).where(
            outer.id.in_(lot), inner.path > outer.path, inner.path < outer.path + tree.AFTER
        )
        if limit is not None:
            statement = statement.limit(limit - len(found))
        found.update(connection.execute(statement).scalars())
        if limit is not None and len(found) >= limit:
            break
    return found
