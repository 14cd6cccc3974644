"""Categories of assets, what they allow, and the fields an administrator adds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.database import Exact, Model
from base.mixins import Archivable, Scoped, Stamped, Versioned, tracked
from patrimoine.domain.fields import FieldType
from patrimoine.domain.kinds import Kind
from patrimoine.models.columns import one_of


class Category(Stamped, Archivable, Versioned, Model):
    """A class of assets: what they allow, their account, their span of life.

    Categories belong to the installation, not to one authority: a shared service
    compares its communes by them.
    """

    __tablename__ = "patrimoine_category"
    __table_args__ = (UniqueConstraint("code"), one_of("kind", Kind))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stable word used in files and by statutory inspections: "chaudiere", "extincteur".
    code: Mapped[str] = tracked(String(60))
    name: Mapped[str] = tracked(String(200))
    kind: Mapped[str] = tracked(String(20))
    parent_id: Mapped[int | None] = tracked(ForeignKey("patrimoine_category.id"), index=True)
    #: Account of the M57 plan on which such an asset stands.
    account: Mapped[str | None] = tracked(String(12))
    #: Years over which it is depreciated, proposed at entry.
    life_years: Mapped[int | None] = tracked()
    icon: Mapped[str | None] = tracked(String(40))
    taggable: Mapped[bool] = tracked(default=True)
    #: A stranger who scans the tag sees name, place and a report form.
    public_report: Mapped[bool] = tracked(default=False)
    bookable: Mapped[bool] = tracked(default=False)
    #: Kilometres or hours are read on it.
    counters: Mapped[bool] = tracked(default=False)
    depreciable: Mapped[bool] = tracked(default=False)
    #: It may be handed to a person who signs for it.
    assignable: Mapped[bool] = tracked(default=False)
    #: Whoever receives work on it signs before it is finished.
    signed_work: Mapped[bool] = tracked(default=False, server_default=false())

    parent: Mapped[Category | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return self.name


class FieldDefinition(Stamped, Archivable, Versioned, Model):
    """A field that an administrator added to a kind of record."""

    __tablename__ = "patrimoine_field_definition"
    __table_args__ = (
        UniqueConstraint("record_type", "key"),
        one_of("field_type", FieldType),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Root table of the records that carry it: "patrimoine_asset".
    record_type: Mapped[str] = tracked(String(60), default="patrimoine_asset")
    #: Only assets of this category carry it; empty for all.
    category_id: Mapped[int | None] = tracked(ForeignKey("patrimoine_category.id"), index=True)
    #: Plain word made from the first label; never changed.
    key: Mapped[str] = tracked(String(60))
    label: Mapped[str] = tracked(String(120))
    field_type: Mapped[str] = tracked(String(10))
    unit: Mapped[str | None] = tracked(String(20))
    #: One choice a line, for a field of that type.
    choices: Mapped[str | None] = tracked(String(4000))
    is_required: Mapped[bool] = tracked(default=False)
    is_searchable: Mapped[bool] = tracked(default=True)
    on_label: Mapped[bool] = tracked(default=False)
    position: Mapped[int] = tracked(default=0)

    category: Mapped[Category | None] = relationship()

    def __repr__(self) -> str:
        return self.label

    @property
    def choice_list(self) -> tuple[str, ...]:
        """The choices of the field, in their order."""
        return tuple(c.strip() for c in (self.choices or "").splitlines() if c.strip())


class FieldValue(Scoped, Model):
    """The value of one custom field on one record, in the column of its type.

    Yes and no are the numbers 1 and 0. Its changes are written in the history of the record.
    """

    __tablename__ = "patrimoine_field_value"
    __table_args__ = (
        UniqueConstraint("record_type", "record_id", "field_id"),
        Index("ix_patrimoine_field_value_text", "field_id", "entity_id", "value_text"),
        Index("ix_patrimoine_field_value_number", "field_id", "entity_id", "value_number"),
        Index("ix_patrimoine_field_value_day", "field_id", "entity_id", "value_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    field_id: Mapped[int] = mapped_column(ForeignKey("patrimoine_field_definition.id"))
    value_text: Mapped[str | None] = mapped_column(String(2000))
    value_number: Mapped[Decimal | None] = mapped_column(Exact(3))
    value_on: Mapped[date | None]

    field: Mapped[FieldDefinition] = relationship()
