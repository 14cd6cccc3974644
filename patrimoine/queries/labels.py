"""What labels say of assets, and which assets a print is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select

from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.store.history.trail import record_name
from base.store.models import Entity
from base.store.models.imports import ImportRow
from patrimoine.domain.kinds import TagState
from patrimoine.models import Asset, Category, Tag
from patrimoine.queries.assets import AssetFilter
from patrimoine.queries.fields import CustomValue, FieldBook, values_of
from patrimoine.queries.places import places


class LabelRow(NamedTuple):
    """One label: the token behind its code, and its words."""

    token: str
    code: str
    name: str
    place: str
    #: Of the post; empty when it is not known.
    address: str
    entity: str
    is_public: bool
    #: The custom fields that stand on labels, with their values.
    details: tuple[CustomValue, ...] = ()


def printable_ids(session: Session, wanted: AssetFilter) -> list[int]:
    """Ids of the assets of a list that may bear a tag, in the order of the tree."""
    return list(
        session.scalars(
            select(Asset.id)
            .outerjoin(Category, Category.id == Asset.category_id)
            .where(*wanted.criteria(session), (Category.id.is_(None)) | Category.taggable.is_(True))
            .order_by(Asset.path)
        )
    )


def ids_of_import(session: Session, batch_id: int) -> list[int]:
    """Ids of the assets that an import brought and that may bear a tag, in the order of the tree.

    Those that it placed on the way are among them; archived ones are not.
    """
    brought = select(ImportRow.record_id).where(
        ImportRow.batch_id == batch_id, ImportRow.record == record_name(Asset)
    )
    return list(
        session.scalars(
            select(Asset.id)
            .outerjoin(Category, Category.id == Asset.category_id)
            .where(
                Asset.id.in_(brought),
                Asset.archived_on.is_(None),
                (Category.id.is_(None)) | Category.taggable.is_(True),
            )
            .order_by(Asset.path)
        )
    )


def seen_ids(session: Session, ids: Sequence[int]) -> list[int]:
    """Those of the ids that this session may see, in the order of the tree."""
    found: list[tuple[str, int]] = []
    for lot in in_lots(sorted(set(ids))):
        rows = session.execute(select(Asset.path, Asset.id).where(Asset.id.in_(lot)))
        found += [(row.path, row.id) for row in rows]
    return [asset_id for _path, asset_id in sorted(found)]


def archived_among(session: Session, ids: Sequence[int]) -> list[Asset]:
    """Those of the assets that are archived: their tags lead nowhere."""
    found: list[Asset] = []
    for lot in in_lots(ids):
        found += session.scalars(
            select(Asset).where(Asset.id.in_(lot), Asset.archived_on.is_not(None))
        )
    return found


def label_rows(session: Session, ids: Sequence[int]) -> Iterator[LabelRow]:
    """The labels of assets in the order of the ids; those without a valid tag are left out."""
    towns = dict(session.execute(select(Entity.id, Entity.name)).all())
    printed = [field for field in FieldBook(session).definitions if field.on_label]
    for chunk in in_lots(ids):
        values = values_of(session, chunk, printed)
        tokens: dict[int, str] = {}
        for asset_id, token in session.execute(
            select(Tag.asset_id, Tag.token)
            .where(Tag.asset_id.in_(chunk), Tag.state != TagState.REVOKED)
            .order_by(Tag.id)
        ):
            tokens[int(asset_id or 0)] = token
        found = {
            row.id: row
            for row in session.execute(
                select(
                    Asset.id,
                    Asset.code,
                    Asset.name,
                    Asset.entity_id,
                    Category.public_report,
                )
                .outerjoin(Category, Category.id == Asset.category_id)
                .where(Asset.id.in_(chunk))
            )
        }
        where = places(session, found)
        for asset_id in chunk:
            if asset_id not in found or asset_id not in tokens:
                continue
            row = found[asset_id]
            yield LabelRow(
                token=tokens[asset_id],
                code=row.code,
                name=row.name,
                place=where[asset_id].words,
                address=where[asset_id].address,
                entity=towns.get(row.entity_id, ""),
                is_public=bool(row.public_report),
                details=tuple(
                    values[asset_id, field.id]
                    for field in printed
                    if (asset_id, field.id) in values
                ),
            )
