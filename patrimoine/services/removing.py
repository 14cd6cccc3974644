"""Many assets out of the register at once, for an import that is undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, select

from base.basics.sessions import Session
from base.engine import search
from patrimoine import domain
from patrimoine.models import KIND_MODELS, Asset, AssetMove, FieldValue, Geometry
from patrimoine.queries.fields import ASSET_RECORD
from patrimoine.services.bulk import note_asset, paths_of, require_scope, tracked_of

_ASSET: Any = Asset.__table__


def remove_many(session: Session, ids: Sequence[int], *, entity_id: int) -> None:
    """Assets out of the register for good, for an import that is undone; deepest first.

    Whoever calls has seen that nothing stands on them; a foreign key refuses the rest.

    Raises:
        ScopeError: the authority is not of this session's scope.
    """
    require_scope(session, entity_id)
    session.flush()
    rows = _last_values(session, ids, entity_id)
    for asset_id, values in rows.items():
        gone = {k: [v, None] for k, v in values.items() if v is not None}
        note_asset(session, "D", asset_id, entity_id, gone)
    search.note_gone(session, Asset, list(rows))
    moves, shapes, values = AssetMove.__table__, Geometry.__table__, FieldValue.__table__
    for chunk in _by_hundreds(rows):
        of_record = (values.c.record_type == ASSET_RECORD, values.c.record_id.in_(chunk))
        session.core(delete(values).where(*of_record))  # type: ignore[arg-type]
        for table in (moves, shapes):
            session.core(delete(table).where(table.c.asset_id.in_(chunk)))  # type: ignore[arg-type]
    for model in dict.fromkeys(KIND_MODELS.values()):
        table = model.__table__
        for chunk in _by_hundreds(rows):
            session.core(delete(table).where(table.c.id.in_(chunk)))  # type: ignore[arg-type]
    depths: dict[int, list[int]] = defaultdict(list)
    for asset_id, path in paths_of(session, set(rows), entity_id).items():
        depths[domain.depth(path)].append(asset_id)
    for depth in sorted(depths, reverse=True):
        for chunk in _by_hundreds(depths[depth]):
            session.core(delete(_ASSET).where(_ASSET.c.id.in_(chunk)))
    session.expire_all()


def _last_values(session: Session, ids: Sequence[int], entity_id: int) -> dict[int, dict[str, Any]]:
    """The tracked columns of assets of the authority, by id."""
    kinds: dict[domain.Kind, list[int]] = defaultdict(list)
    for chunk in _by_hundreds(ids):
        found = select(Asset.id, Asset.kind).where(
            Asset.id.in_(chunk), Asset.entity_id == entity_id
        )
        for asset_id, kind in session.execute(found):
            kinds[domain.Kind(kind)].append(asset_id)
    rows: dict[int, dict[str, Any]] = {}
    for kind, mine in kinds.items():
        model: Any = KIND_MODELS[kind]
        keys = tracked_of(kind)
        for chunk in _by_hundreds(mine):
            asked = select(model.id, *(getattr(model, key) for key in keys)).where(
                model.id.in_(chunk), _ASSET.c.id.in_(chunk)
            )
            for asset_id, *values in session.execute(asked):
                rows[asset_id] = dict(zip(keys, values, strict=True))
    return rows


def _by_hundreds(ids: Iterable[int]) -> Iterator[list[int]]:
    found = list(ids)
    for start in range(0, len(found), 500):
        yield found[start : start + 500]
