"""Custom fields: which assets carry which, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from base.basics import formats
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.models import Partner
from patrimoine.domain.fields import FieldType, plain_number
from patrimoine.models import Asset, Category, FieldDefinition, FieldValue

#: Record type of the custom fields of assets.
ASSET_RECORD = "patrimoine_asset"
#: Beyond this a count says "plus de 10 000".
COUNT_LIMIT = 10_000


class FieldBook:
    """The custom fields in use and where each stands; two statements, asked for once a page.

    Fields and categories are few (hundreds): what an asset carries is worked out here, so that
    a list, a form and an import of 50,000 rows ask the same question the same way.
    """

    def __init__(self, session: Session, *, record_type: str = ASSET_RECORD) -> None:
        self.definitions: Sequence[FieldDefinition] = (
            session.scalars(
                select(FieldDefinition)
                .where(
                    FieldDefinition.record_type == record_type,
                    FieldDefinition.archived_on.is_(None),
                )
                .order_by(FieldDefinition.position, FieldDefinition.label, FieldDefinition.id)
            )
            .unique()
            .all()
        )
        self._categories: dict[int, tuple[int | None, str]] = {}
        if any(field.category_ids for field in self.definitions):
            rows = session.execute(select(Category.id, Category.parent_id, Category.kind))
            self._categories = {i: (parent_id, kind) for i, parent_id, kind in rows}

    def lineage(self, category_id: int | None) -> list[int]:
        """The category, then those above it."""
        found: list[int] = []
        while category_id is not None and category_id not in found:
            found.append(category_id)
            category_id = self._categories.get(category_id, (None, ""))[0]
        return found

    def stands_on(self, field: FieldDefinition, kind: str, category_id: int | None) -> bool:
        """Whether an asset of this kind and category carries the field."""
        if not field.places or kind in field.kinds:
            return True
        return not set(field.category_ids).isdisjoint(self.lineage(category_id))

    def of(self, kind: str, category_id: int | None) -> list[FieldDefinition]:
        """The fields of an asset, in the order of the screen."""
        return [f for f in self.definitions if self.stands_on(f, kind, category_id)]

    def of_kind(self, kind: str | None) -> list[FieldDefinition]:
        """The fields that some asset of the kind may carry; all of them for no kind."""
        return [f for f in self.definitions if kind is None or self._touches(f, kind)]

    def _touches(self, field: FieldDefinition, kind: str) -> bool:
        return (
            not field.places
            or kind in field.kinds
            or any(self._categories.get(i, (None, ""))[1] == kind for i in field.category_ids)
        )

    def categories_of(self, field: FieldDefinition, kind: str) -> list[int] | None:
        """The categories whose assets carry the field; None when those of the kind all do."""
        if not field.places or kind in field.kinds:
            return None
        wanted = set(field.category_ids)
        return [i for i in self._categories if not wanted.isdisjoint(self.lineage(i))]


class CustomValue(NamedTuple):
    """One custom field with its value; all of them are None when nothing was entered."""

    field: FieldDefinition
    text: str | None = None
    number: Decimal | None = None
    day: date | None = None
    partner_id: int | None = None
    asset_id: int | None = None
    #: The third party or asset that it leads to; None when the person may not see it.
    row: Any = None

    @property
    def value(self) -> Any:
        """The value, whatever its type; of a link the row, else its number."""
        if self.row is not None:
            return self.row
        return next((value for value in self[1:6] if value is not None), None)

    @property
    def typed(self) -> str:
        """The value as a person types it; of a link, the name of the row."""
        found = self.value
        if found is None:
            return ""
        if self.partner_id or self.asset_id:
            return str(self.row) if self.row is not None else _("une fiche d’une autre entité")
        if self.field.field_type == FieldType.YES_NO:
            return _("oui") if found else _("non")
        if isinstance(found, date):
            return formats.day(found)
        return plain_number(self.number) if self.number is not None else str(found)

    @property
    def words(self) -> str:
        """The value as a person reads it: an amount in euros, a number with its unit."""
        if self.number is None or self.field.field_type == FieldType.YES_NO:
            return self.typed
        if self.field.field_type == FieldType.AMOUNT:
            return formats.euros(self.number)
        words = formats.number(self.number)
        return f"{words}\u00a0{self.field.unit}" if self.field.unit else words


_PARTS = (
    FieldValue.value_text,
    FieldValue.value_number,
    FieldValue.value_on,
    FieldValue.value_partner_id,
    FieldValue.value_asset_id,
)


def values_of(
    session: Session, record_ids: Iterable[int], fields: Iterable[FieldDefinition]
) -> dict[tuple[int, int], CustomValue]:
    """The values of some fields on some records, by record and field; what is empty is absent.

    One statement, and one for the third parties or assets that they lead to.
    """
    known = {field.id: field for field in fields}
    wanted = set(record_ids)
    if not known or not wanted:
        return {}
    rows = session.execute(
        select(FieldValue.record_id, FieldValue.field_id, *_PARTS).where(
            FieldValue.record_type == ASSET_RECORD,
            FieldValue.record_id.in_(wanted),
            FieldValue.field_id.in_(known),
        )
    )
    found = {(row[0], row[1]): CustomValue(known[row[1]], *row[2:]) for row in rows}
    return {**found, **_followed(session, found)}


def _followed(
    session: Session, found: dict[tuple[int, int], CustomValue]
) -> dict[tuple[int, int], CustomValue]:
    """Those that lead to a row, with the row."""
    made: dict[tuple[int, int], CustomValue] = {}
    links: tuple[tuple[Any, str], ...] = ((Partner, "partner_id"), (Asset, "asset_id"))
    for model, name in links:
        leading = {key: getattr(v, name) for key, v in found.items() if getattr(v, name)}
        if not leading:
            continue
        rows = session.scalars(select(model).where(model.id.in_(set(leading.values()))))
        by_id: dict[int, Any] = {row.id: row for row in rows}
        made.update((key, found[key]._replace(row=by_id.get(i))) for key, i in leading.items())
    return made


def custom_values(
    session: Session, asset: Asset, *, book: FieldBook | None = None
) -> list[CustomValue]:
    """Every field the asset carries, with or without a value, in the order of the screen.

    Then those that it no longer carries and that still have a value: nothing entered is hidden.
    """
    book = book or FieldBook(session)
    carried = book.of(asset.kind, asset.category_id)
    there = {
        field.id: field
        for field in session.scalars(
            select(FieldDefinition)
            .join(FieldValue, FieldValue.field_id == FieldDefinition.id)
            .where(FieldValue.record_type == ASSET_RECORD, FieldValue.record_id == asset.id)
            .order_by(FieldDefinition.position, FieldDefinition.label)
        ).unique()
    }
    found = values_of(session, [asset.id], there.values())
    left = [field for field in there.values() if field not in carried]
    return [found.get((asset.id, f.id), CustomValue(f)) for f in [*carried, *left]]


def values_count(session: Session, *criteria: ColumnElement[bool]) -> int:
    """How many records have such a value; COUNT_LIMIT + 1 when there are more."""
    counted = select(FieldValue.id).where(*criteria).limit(COUNT_LIMIT + 1).subquery()
    return int(session.scalar(select(func.count()).select_from(counted)) or 0)


def holding(field: FieldDefinition, op: str, value: Any) -> ColumnElement[bool]:
    """The criterion of a filter on a field: which value a record has, by a typed value.

    ``op``: eq, ge, lt, has (a part of the text), in (several), none (no value).
    """
    column: Any = {
        FieldType.NUMBER: FieldValue.value_number,
        FieldType.AMOUNT: FieldValue.value_number,
        FieldType.YES_NO: FieldValue.value_number,
        FieldType.DATE: FieldValue.value_on,
        FieldType.PARTNER: FieldValue.value_partner_id,
        FieldType.ASSET: FieldValue.value_asset_id,
    }.get(FieldType(field.field_type), FieldValue.value_text)
    match op:
        case "none":
            return column.is_not(None)
        case "ge":
            return column >= value
        case "lt":
            return column < value
        case "in":
            return column.in_(value)
        case "has":
            low = value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return func.lower(column).like(f"%{low}%", escape="\\")
        case _:
            return column == value


def records_with(field: FieldDefinition, op: str, value: Any) -> Any:
    """The ids of the records whose value answers a filter; for ``none``, of those that have one."""
    return select(FieldValue.record_id).where(
        FieldValue.record_type == ASSET_RECORD,
        FieldValue.field_id == field.id,
        holding(field, op, value),
    )


def linked_row(session: Session, field: FieldDefinition, id: int) -> Partner | Asset | None:
    """The row that a field of links leads to: a partner or an asset."""
    model: type[Any] = Partner if field.field_type == FieldType.PARTNER else Asset
    return session.get(model, id)
