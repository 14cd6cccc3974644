"""What the rows of a file speak of, looked up in bulk: assets, categories, services, fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from base.basics.folding import code_key
from base.basics.sessions import Session
from base.desk.imports.engine import in_chunks
from base.store.models import Department
from patrimoine import domain
from patrimoine.domain.fields import TypedValue
from patrimoine.models import KIND_MODELS, Asset, Category, FieldDefinition, FieldValue
from patrimoine.queries.fields import ASSET_RECORD, VALUE_PARTS, FieldBook

#: Columns beside the code that no two assets of an authority share, with their table.
UNIQUE = {
    "plate": KIND_MODELS[domain.Kind.VEHICLE],
    "vin": KIND_MODELS[domain.Kind.VEHICLE],
    "cadastral_id": KIND_MODELS[domain.Kind.PARCEL],
}


class Known(NamedTuple):
    """An asset of the register, as far as placing others below it needs."""

    id: int
    code: str
    name: str
    kind: domain.Kind
    path: str
    parent_id: int | None
    category_id: int | None
    version: int
    is_archived: bool


_ASSET = Asset.__table__
_COLUMNS = (
    *(getattr(Asset, name) for name in Known._fields if name != "is_archived"),
    Asset.archived_on.is_not(None),
)
_KINDS = {kind.value: kind for kind in domain.Kind}


def _known(rows: Any) -> list[Known]:
    return [
        Known(row_id, code, name, _KINDS[kind], path, parent, category, version, bool(archived))
        for row_id, code, name, kind, path, parent, category, version, archived in rows
    ]


def by_codes(session: Session, entity_id: int, codes: Iterable[str]) -> dict[str, Known]:
    """Assets of the authority by the key of their inventory number, archived ones too."""
    return by_keys(session, entity_id, {code_key(code) for code in codes})


def by_keys(session: Session, entity_id: int, keys: Iterable[str]) -> dict[str, Known]:
    """The same, when the keys are at hand."""
    found: dict[str, Known] = {}
    for chunk in in_chunks(keys):
        rows = session.execute(
            select(*_COLUMNS, Asset.code_key).where(
                Asset.entity_id == entity_id, Asset.code_key.in_(chunk)
            )
        ).all()
        found.update(zip([row[-1] for row in rows], _known(row[:-1] for row in rows), strict=True))
    return found


def by_names(session: Session, entity_id: int, names: Iterable[str]) -> dict[str, list[Known]]:
    """Assets in use by sort key of their name; names need not be unique."""
    found: dict[str, list[Known]] = {}
    keys = {domain.sort_key(name) for name in names}
    for chunk in in_chunks(keys):
        rows = session.execute(
            select(*_COLUMNS).where(
                Asset.entity_id == entity_id,
                Asset.sort_key.in_(chunk),
                Asset.archived_on.is_(None),
            )
        )
        for known in _known(rows):
            found.setdefault(domain.sort_key(known.name), []).append(known)
    return found


def by_ids(session: Session, entity_id: int, ids: Iterable[int]) -> dict[int, Known]:
    """Assets of the authority by id."""
    found: dict[int, Known] = {}
    for chunk in in_chunks(set(ids)):
        rows = session.execute(
            select(*_COLUMNS).where(Asset.entity_id == entity_id, Asset.id.in_(chunk))
        )
        found.update((known.id, known) for known in _known(rows))
    return found


def owners(session: Session, entity_id: int, key: str, values: Iterable[Any]) -> dict[Any, int]:
    """Which asset has a plate, a VIN or a parcel, by value."""
    model: Any = UNIQUE[key]
    column = getattr(model, key)
    found: dict[Any, int] = {}
    for chunk in in_chunks({value for value in values if value is not None}):
        rows = session.execute(
            select(column, model.id).where(model.owner_entity_id == entity_id, column.in_(chunk))
        )
        found.update((value, asset_id) for value, asset_id in rows)
    return found


def serials(
    session: Session, entity_id: int, values: Iterable[str]
) -> dict[tuple[int | None, str], set[int]]:
    """Which assets have a serial number, by its key, in a category or in none."""
    found: dict[tuple[int | None, str], set[int]] = {}
    for chunk in in_chunks({code_key(value) for value in values}):
        rows = session.execute(
            select(Asset.category_id, Asset.serial_number, Asset.id).where(
                Asset.entity_id == entity_id, Asset.serial_key.in_(chunk)
            )
        )
        for category, serial, asset_id in rows:
            found.setdefault((category, code_key(serial)), set()).add(asset_id)
    return found


def columns_of(
    session: Session, assets: Sequence[Known], keys: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """The present values of columns, by asset id; one statement for each kind and 500 rows."""
    found: dict[int, dict[str, Any]] = {}
    kinds: dict[domain.Kind, list[int]] = {}
    for asset in assets:
        kinds.setdefault(asset.kind, []).append(asset.id)
    for kind, ids in kinds.items():
        model = KIND_MODELS[kind]
        names = [key for key in dict.fromkeys((*keys, *model.searched)) if hasattr(model, key)]
        attributes = [getattr(model, name) for name in names]
        for chunk in in_chunks(ids):
            # The ids on both tables: without them a planner that has no statistics yet reads
            # the whole of one for each chunk.
            rows = session.execute(
                select(model.id, *attributes).where(model.id.in_(chunk), _ASSET.c.id.in_(chunk))
            )
            for row in rows:
                found[row[0]] = dict(zip(names, row[1:], strict=True))
    return found


def field_values(
    session: Session, ids: Iterable[int], field_ids: Sequence[int]
) -> dict[tuple[int, int], TypedValue]:
    """The present values of custom fields, by asset and field."""
    found: dict[tuple[int, int], TypedValue] = {}
    if not field_ids:
        return found
    for chunk in in_chunks(ids):
        rows = session.execute(
            select(
                FieldValue.record_id,
                FieldValue.field_id,
                *(getattr(FieldValue, name) for name in VALUE_PARTS),
            ).where(
                FieldValue.record_type == ASSET_RECORD,
                FieldValue.record_id.in_(chunk),
                FieldValue.field_id.in_(field_ids),
            )
        )
        for row in rows:
            found[row[0], row[1]] = TypedValue(*row[2:])
    return found


class CategoryRow(NamedTuple):
    """A category, as an import needs it."""

    id: int
    code: str
    name: str
    kind: domain.Kind


def categories(session: Session) -> dict[str, list[CategoryRow]]:
    """Categories by plain code and plain name."""
    found: dict[str, list[CategoryRow]] = {}
    rows = session.execute(
        select(Category.id, Category.code, Category.name, Category.kind).where(
            Category.archived_on.is_(None)
        )
    )
    for row in rows:
        category = CategoryRow(row.id, row.code, row.name, domain.Kind(row.kind))
        for word in {domain.plain(row.code), domain.plain(row.name)}:
            found.setdefault(word, []).append(category)
    return found


def services(session: Session, entity_id: int) -> tuple[dict[str, int], dict[int, str]]:
    """Services of the authority by plain code and plain name, and their names."""
    found: dict[str, int] = {}
    names: dict[int, str] = {}
    rows = session.execute(
        select(Department.id, Department.code, Department.name).where(
            Department.entity_id == entity_id
        )
    )
    for row in rows:
        found.setdefault(domain.plain(row.name), row.id)
        found[domain.plain(row.code)] = row.id
        names[row.id] = row.name
    return found, names


def definitions(session: Session, kind: domain.Kind | None = None) -> tuple[FieldDefinition, ...]:
    """The custom fields that imports of a kind of assets may fill."""
    return tuple(d for d in FieldBook(session).of_kind(kind) if d.is_importable)


def linked_rows(
    session: Session, entity_id: int, model: Any, words: Iterable[str]
) -> dict[str, list[int]]:
    """Third parties or assets of the authority by code, else by plain name."""
    wanted = set(words)
    found: dict[str, list[int]] = {}
    for column in (model.code, model.name):
        missing = [word for word in wanted if word not in found]
        for chunk in in_chunks(missing):
            rows = session.execute(
                select(column, model.id).where(
                    model.entity_id == entity_id, column.in_(chunk), model.archived_on.is_(None)
                )
            )
            for word, row_id in rows:
                found.setdefault(word, []).append(row_id)
    return found
