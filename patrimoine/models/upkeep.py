"""Columns of an asset that are made from others, kept right through whatever door it is written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, func, inspect, select, text
from sqlalchemy.orm import Mapper

from base.basics.folding import clean_code, code_key
from patrimoine.domain import collation, tree
from patrimoine.models.assets import Asset

_TABLE = Asset.__table__


def reserve_ids(connection: Connection, count: int) -> list[int]:
    """Ids for new assets, rising; an id is never given twice.

    They are wanted before the rows are written because the path holds the asset's own id.
    """
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(_TABLE.name, "id")
        rows = connection.execute(
            select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        )
        return sorted(int(row[0]) for row in rows)
    last = connection.execute(
        text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": _TABLE.name}
    ).scalar()
    first = int(last or 0) + 1
    return list(range(first, first + count))


def _parent_path(connection: Connection, asset: Asset) -> str | None:
    if asset.parent_id is None:
        return None
    parent = asset.__dict__.get("parent")
    if parent is not None and parent.__dict__.get("path"):
        return str(parent.__dict__["path"])
    path = connection.execute(select(_TABLE.c.path).where(_TABLE.c.id == asset.parent_id)).scalar()
    if path is None:
        raise tree.TreeRefused(f"parent {asset.parent_id} not found")
    return str(path)


@event.listens_for(Asset.code, "set", retval=True, propagate=True)
@event.listens_for(Asset.serial_number, "set", retval=True, propagate=True)
def _clean(asset: Asset, value: Any, former: Any, initiator: Any) -> Any:
    return clean_code(value) if isinstance(value, str) else value


def _name(asset: Asset) -> None:
    attributes: Any = inspect(asset).attrs
    if not asset.code_key or attributes.code.history.has_changes():
        asset.code_key = code_key(asset.code)
    if attributes.serial_number.history.has_changes():
        asset.serial_key = code_key(asset.serial_number) if asset.serial_number else None
    asset.sort_key = collation.sort_key(asset.name)
    asset.search_text = collation.search_text(*(getattr(asset, key) for key in asset.searched))


@event.listens_for(Asset, "before_insert", propagate=True)
def _place(mapper: Mapper[Any], connection: Connection, asset: Asset) -> None:
    if asset.id is None:
        asset.id = reserve_ids(connection, 1)[0]
    asset.path = tree.join_path(_parent_path(connection, asset), asset.id)
    _name(asset)
    if hasattr(type(asset), "owner_entity_id"):
        asset.owner_entity_id = asset.entity_id


@event.listens_for(Asset, "before_update", propagate=True)
def _keep(mapper: Mapper[Any], connection: Connection, asset: Asset) -> None:
    attributes: Any = inspect(asset).attrs
    if attributes.parent_id.history.has_changes() and not attributes.path.history.has_changes():
        raise RuntimeError("parent_id changes through services.move, which moves the branch")
    _name(asset)
