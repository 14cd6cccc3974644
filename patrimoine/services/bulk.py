"""Many assets at once, for imports: a fixed number of statements, and the same history.

Rows come checked and typed. They are written by Core statements, which know no row rule:
the authority is therefore checked here, and every parent and target is looked up in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import class_mapper

from base.basics import clock
from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.engine import search
from base.rules.rights import standing
from base.rules.rights.refusals import ScopeError
from base.store.history import trail
from base.store.mixins import current_user_id
from patrimoine import domain
from patrimoine.domain import collation, tree
from patrimoine.domain.fields import TypedValue
from patrimoine.models import KIND_MODELS, Asset, AssetMove, FieldValue, Geometry
from patrimoine.models.upkeep import reserve_ids
from patrimoine.queries.fields import ASSET_RECORD, VALUE_PARTS
from patrimoine.services.fields import fields_noted
from patrimoine.services.shapes import shape_columns, shape_noted

_ASSET: Table = Asset.__table__  # type: ignore[assignment]
_BASE_KEYS = frozenset(c.key for c in _ASSET.columns)
#: Rows of one statement.
CHUNK = 1000


@dataclass(slots=True)
class Draft:
    """A new asset; ``values`` are all its columns, those of its kind too."""

    kind: domain.Kind
    values: dict[str, Any]
    #: Inventory number of a parent that is made in the same call; else ``parent_id``.
    parent_code: str | None = None
    parent_id: int | None = None
    fields: Mapping[int, TypedValue] = field(default_factory=dict)
    shape: domain.Shape | None = None


@dataclass(slots=True)
class Change:
    """What differs on an existing asset: column -> (before, after), and its columns after."""

    id: int
    kind: domain.Kind
    columns: dict[str, tuple[Any, Any]]
    #: The searched columns as they will stand.
    after: Mapping[str, Any]
    #: Field id -> (label, before, after).
    fields: Mapping[int, tuple[str, TypedValue, TypedValue]] = field(default_factory=dict)
    shape: domain.Shape | None = None


@cache
def tracked_of(kind: domain.Kind) -> list[str]:
    """The columns of a kind whose values go to the history; asked once for each row."""
    return [a.key for a in trail.tracked_columns(class_mapper(KIND_MODELS[kind]))]


def require_scope(session: Session, entity_id: int) -> None:
    """Core statements know no row rule: hold the authority against the session's scope.

    Raises:
        ScopeError: it is not of this session's scope.
    """
    scope = getattr(session, "scope", None)
    if scope is not None and entity_id not in scope:
        raise ScopeError("import out of scope")


def _many(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for lot in in_lots(rows, CHUNK):
        session.core(insert(table), lot)


def _stamped(entity_id: int) -> dict[str, Any]:
    """What every new row has: whose it is, who made it and when."""
    at, by = clock.now(), current_user_id()
    made = {"created_at": at, "changed_at": at, "created_by_id": by, "changed_by_id": by}
    return {"entity_id": entity_id, **made}


def note_asset(session: Session, op: str, asset_id: int, entity_id: int, changes: object) -> None:
    """The event of an asset that a Core statement writes."""
    trail.note_change(
        session,
        op=op,
        record=_ASSET.name,
        record_id=asset_id,
        entity_id=entity_id,
        changes=changes,
    )


def create_many(
    session: Session, drafts: Sequence[Draft], *, entity_id: int, on: date
) -> dict[str, int]:
    """Make the assets, parents first whatever their order; their ids by inventory number.

    Raises:
        TreeRefused: the parents go in a circle, or one is archived.
        ScopeError: the authority is not of this session's scope.
    """
    require_scope(session, entity_id)
    if not drafts:
        return {}
    by_code = {draft.values["code"]: draft for draft in drafts}
    ordered, lost = tree.order_by_parent({c: d.parent_code for c, d in by_code.items()})
    if lost:
        raise tree.TreeRefused(", ".join(sorted(lost)))
    known = paths_of(session, {d.parent_id for d in drafts if d.parent_id is not None}, entity_id)
    ids = dict(zip(ordered, reserve_ids(OrmSession.connection(session), len(ordered)), strict=True))  # type: ignore[arg-type]
    paths: dict[str, str] = {}
    common = _stamped(entity_id)
    assets: list[dict[str, Any]] = []
    own: dict[domain.Kind, list[dict[str, Any]]] = defaultdict(list)
    moves: list[dict[str, Any]] = []
    for code in ordered:
        draft, asset_id = by_code[code], ids[code]
        parent_id, above = draft.parent_id, None
        if draft.parent_code is not None:
            parent_id, above = ids[draft.parent_code], paths[draft.parent_code]
        elif parent_id is not None:
            above = known[parent_id]
        path = paths[code] = tree.join_path(above, asset_id)
        if len(path) > tree.PATH_LENGTH:
            raise tree.TreeRefused(code)
        own[draft.kind].append(_own_row(draft, asset_id, entity_id))
        assets.append(_base_row(draft, common, asset_id, parent_id, path))
        place = {"asset_id": asset_id, "parent_id": parent_id, "starts_on": on}
        moves.append({**common, **place, "ends_on": None, "reason": None})
        values = {**draft.values, "parent_id": parent_id, "status": assets[-1]["status"]}
        note_asset(
            session,
            "I",
            asset_id,
            entity_id,
            {k: [None, v] for k in tracked_of(draft.kind) if (v := values.get(k)) is not None},
        )
    _many(session, _ASSET, assets)
    search.note_many(
        session, Asset, [(row["id"], entity_id, [row["search_text"]]) for row in assets]
    )
    for kind, rows in own.items():
        _many(session, KIND_MODELS[kind].__table__, rows)  # type: ignore[arg-type]
    _many(session, AssetMove.__table__, moves)  # type: ignore[arg-type]
    _write_fields(
        session,
        [(ids[c], f, v) for c in ordered for f, v in by_code[c].fields.items()],
        entity_id,
    )
    _write_shapes(
        session, [(ids[c], s) for c in ordered if (s := by_code[c].shape) is not None], entity_id
    )
    return ids


def _base_row(
    draft: Draft, common: dict[str, Any], asset_id: int, parent_id: int | None, path: str
) -> dict[str, Any]:
    values = draft.values
    row: dict[str, Any] = {key: values.get(key) for key in _BASE_KEYS} | common
    row.update(
        id=asset_id,
        kind=draft.kind.value,
        parent_id=parent_id,
        path=path,
        version=1,
        **_derived(draft.kind, values),
    )
    row["status"] = row["status"] or domain.AssetStatus.IN_SERVICE
    return row


def _derived(kind: domain.Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``patrimoine.models.upkeep`` makes of the searched columns."""
    number = values.get("serial_number")
    return {
        "sort_key": collation.sort_key(values["name"]),
        "search_text": collation.search_text(*(values.get(k) for k in KIND_MODELS[kind].searched)),
        "code_key": code_key(values["code"]),
        "serial_key": code_key(number) if number else None,
    }


def _own_row(draft: Draft, asset_id: int, entity_id: int) -> dict[str, Any]:
    table = KIND_MODELS[draft.kind].__table__
    row: dict[str, Any] = {c.key: draft.values.get(c.key) for c in table.columns}
    row["id"] = asset_id
    if "entity_id" in row:
        row["entity_id"] = entity_id
    if draft.kind is domain.Kind.EQUIPMENT:
        row["quantity"] = row["quantity"] or 1
    return row


def paths_of(session: Session, ids: set[int], entity_id: int) -> dict[int, str]:
    """The paths of assets of the authority, by id; none is archived until the transaction ends.

    They are held before they are looked at, in the order of their ids, each once: whoever puts
    one away waits, or is seen.

    Raises:
        TreeRefused: one is archived.
        ScopeError: one is not there, or another authority's.
    """
    found: dict[int, str] = {}
    for lot in in_lots(sorted(ids)):
        standing.hold(session, Asset, lot)
        rows = session.execute(
            select(Asset.id, Asset.path, Asset.name, Asset.archived_on).where(
                Asset.id.in_(lot), Asset.entity_id == entity_id
            )
        )
        for row in rows:
            if row.archived_on is not None:
                raise tree.TreeRefused(_("« %(p)s » est archivé.", p=row.name))
            found[row.id] = row.path
    if len(found) != len(ids):
        raise ScopeError("parent out of scope")
    return found


def _write_fields(
    session: Session, values: Sequence[tuple[int, int, TypedValue]], entity_id: int
) -> None:
    rows = [
        {
            "entity_id": entity_id,
            "record_type": ASSET_RECORD,
            "record_id": asset_id,
            "field_id": field_id,
            **dict(zip(VALUE_PARTS, value, strict=True)),
        }
        for asset_id, field_id, value in values
        if value != TypedValue()
    ]
    _many(session, FieldValue.__table__, rows)  # type: ignore[arg-type]


def _write_shapes(
    session: Session, shapes: Sequence[tuple[int, domain.Shape]], entity_id: int
) -> None:
    common = _stamped(entity_id)
    rows = [{**common, "asset_id": pk, **shape_columns(shape)} for pk, shape in shapes]
    _many(session, Geometry.__table__, rows)  # type: ignore[arg-type]


def update_many(session: Session, changes: Sequence[Change], *, entity_id: int) -> None:
    """Write the differences, one statement for each set of columns; place has its own verb.

    Raises:
        ScopeError: the authority is not of this session's scope.
    """
    require_scope(session, entity_id)
    base: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    own: dict[tuple[domain.Kind, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        after = {k: new for k, (_old, new) in change.columns.items()}
        mine = {k: v for k, v in after.items() if k in _BASE_KEYS}
        if any(k in KIND_MODELS[change.kind].searched for k in after):
            mine |= _derived(change.kind, change.after)
            search.note_many(session, Asset, [(change.id, entity_id, [mine["search_text"]])])
        if "name" in after:
            search.note_outer(session, Asset, [change.id])
        base[tuple(sorted(mine))].append({"the_id": change.id, **mine})
        rest = {k: v for k, v in after.items() if k not in _BASE_KEYS}
        if rest:
            own[change.kind, tuple(sorted(rest))].append({"the_id": change.id, **rest})
        noted: dict[str, Any] = {k: list(pair) for k, pair in change.columns.items()}
        if noted:
            note_asset(session, "U", change.id, entity_id, noted)
        if change.fields or change.shape is not None:
            note_asset(session, "V", change.id, entity_id, _noted(change))
    at, by = clock.now(), current_user_id()
    for keys, rows in base.items():
        statement = sql_update(_ASSET).where(
            _ASSET.c.id == bindparam("the_id"), _ASSET.c.entity_id == entity_id
        )
        values: dict[str, Any] = {k: bindparam(k) for k in keys}
        values.update(version=_ASSET.c.version + 1, changed_at=at, changed_by_id=by)
        session.core(statement.values(values), rows)
    for (kind, keys), rows in own.items():
        table = KIND_MODELS[kind].__table__
        session.core(
            sql_update(table)  # type: ignore[arg-type]
            .where(table.c.id == bindparam("the_id"))
            .values({k: bindparam(k) for k in keys}),
            rows,
        )
    _change_fields(session, changes, entity_id)
    _change_shapes(session, changes, entity_id)
    session.expire_all()


def _noted(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if change.fields:
        found = fields_noted(
            {
                label: [_shown(before), _shown(after)]
                for label, before, after in change.fields.values()
            }
        )
    if change.shape is not None:
        found = {**found, **shape_noted(change.shape)}
    return found


def _shown(value: TypedValue) -> Any:
    return next((part for part in value if part is not None), None)


def _change_fields(session: Session, changes: Sequence[Change], entity_id: int) -> None:
    table = FieldValue.__table__
    pairs = [(c.id, f, new) for c in changes for f, (_label, _old, new) in c.fields.items()]
    for lot in in_lots(pairs, CHUNK):
        session.core(
            table.delete().where(  # type: ignore[attr-defined]
                table.c.record_type == ASSET_RECORD,
                table.c.record_id == bindparam("the_record"),
                table.c.field_id == bindparam("the_field"),
                table.c.entity_id == entity_id,
            ),
            [{"the_record": asset_id, "the_field": field_id} for asset_id, field_id, _new in lot],
        )
    _write_fields(session, pairs, entity_id)


def _change_shapes(session: Session, changes: Sequence[Change], entity_id: int) -> None:
    table = Geometry.__table__
    shapes = [(c.id, c.shape) for c in changes if c.shape is not None]
    for lot in in_lots(shapes, CHUNK):
        session.core(
            table.delete().where(  # type: ignore[attr-defined]
                table.c.asset_id == bindparam("the_asset"), table.c.entity_id == entity_id
            ),
            [{"the_asset": asset_id} for asset_id, _shape in lot],
        )
    _write_shapes(session, shapes, entity_id)
