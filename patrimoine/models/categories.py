"""Categories of assets, what they allow, and the fields an administrator adds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from base.basics import facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Exact, Model
from base.store.mixins import Archivable, Scoped, Stamped, Versioned, tracked
from patrimoine.domain.fields import Bounds, FieldType
from patrimoine.domain.kinds import CAPABILITIES, CAPABILITY_HELP, Kind


class Category(Stamped, Archivable, Versioned, Model):
    """A class of assets: what they allow, their account, their span of life.

    Categories belong to the installation, not to one authority: a shared service
    compares its communes by them.
    """

    __word__ = _l("Catégorie")
    __tablename__ = "patrimoine_category"
    __stands_alone__ = "a kind of asset, of all authorities"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (UniqueConstraint("code"), one_of("kind", Kind))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stable word used in files and by statutory inspections: "chaudiere", "extincteur".
    code: Mapped[str] = tracked(
        String(60),
        label=_l("Code"),
        help=_l("Le mot des fichiers et des contrôles : chaudiere, extincteur."),
    )
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    kind: Mapped[str] = tracked(
        String(20),
        label=_l("Nature"),
        help=_l("Elle ne change plus quand des biens ont cette catégorie."),
    )
    parent_id: Mapped[int | None] = tracked(
        ForeignKey("patrimoine_category.id"),
        index=True,
        label=_l("Catégorie mère"),
        help=_l("Les champs de la catégorie mère sont aussi ceux de cette catégorie."),
    )
    #: Account of the M57 plan on which such an asset stands.
    account: Mapped[str | None] = tracked(
        String(12), label=_l("Compte M57"), help=_l("Compte sur lequel ces biens sont inscrits.")
    )
    #: Years over which such an asset serves.
    life_years: Mapped[int | None] = tracked(
        label=_l("Durée de vie (ans)"), help=_l("Combien d’années un tel bien sert.")
    )
    icon: Mapped[str | None] = tracked(String(40), label=_l("Icône"))
    taggable: Mapped[bool] = tracked(
        default=True, label=CAPABILITIES["taggable"], help=CAPABILITY_HELP["taggable"]
    )
    #: A stranger who scans the tag sees name, place and a report form.
    public_report: Mapped[bool] = tracked(
        default=False, label=CAPABILITIES["public_report"], help=CAPABILITY_HELP["public_report"]
    )
    bookable: Mapped[bool] = tracked(default=False, label=CAPABILITIES["bookable"])
    #: Kilometres or hours are read on it.
    counters: Mapped[bool] = tracked(default=False, label=CAPABILITIES["counters"])
    depreciable: Mapped[bool] = tracked(default=False, label=CAPABILITIES["depreciable"])
    #: It may be handed to a person who signs for it.
    assignable: Mapped[bool] = tracked(default=False, label=CAPABILITIES["assignable"])
    #: Whoever receives work on it signs before it is finished.
    signed_work: Mapped[bool] = tracked(
        default=False,
        server_default=false(),
        label=CAPABILITIES["signed_work"],
        help=CAPABILITY_HELP["signed_work"],
    )

    parent: Mapped[Category | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return self.name


#: How the types of the first version hold those that came later.
_FIRST_TYPES = ("text", "number", "date", "choice", "yes_no", "link")
_HELD_AS = {
    FieldType.LONG_TEXT: "text",
    FieldType.AMOUNT: "number",
    FieldType.PARTNER: "link",
    FieldType.ASSET: "link",
}


class FieldDefinition(Stamped, Archivable, Versioned, Model):
    """A field that an administrator added to a kind of record."""

    __word__ = _l("Champ supplémentaire")
    __tablename__ = "patrimoine_field_definition"
    __stands_alone__ = "a field of many assets; its values are theirs"
    __table_args__ = (
        UniqueConstraint("record_type", "key"),
        one_of("field_type", _FIRST_TYPES),
    )
    __choices__: ClassVar = {"field_type": FieldType}

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Root table of the records that carry it: "patrimoine_asset".
    record_type: Mapped[str] = tracked(
        String(60), default="patrimoine_asset", label=_l("Sorte de fiche")
    )
    #: No longer read: ``places`` says where the field stands. Kept for one release.
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("patrimoine_category.id"), index=True
    )
    #: Plain word made from the first label; never changed.
    key: Mapped[str] = tracked(String(60), label=_l("Mot des fichiers"))
    label: Mapped[str] = tracked(String(120), label=_l("Nom"))
    #: No longer read: one of the types of the first version. Kept for one release.
    held_as: Mapped[str] = mapped_column("field_type", String(10), default="text")
    field_type: Mapped[str] = tracked(
        "value_type",
        String(12),
        server_default="text",
        label=_l("Type"),
        help=_l("Il ne change plus quand des fiches ont une valeur."),
    )
    unit: Mapped[str | None] = tracked(
        String(20), label=_l("Unité"), help=_l("D’un nombre : kW, m², ans.")
    )
    #: One choice a line, for a field of that type.
    choices: Mapped[str | None] = tracked(String(4000), label=_l("Choix, un par ligne"))
    #: Lowest and highest number, both allowed.
    low: Mapped[Decimal | None] = tracked(Exact(3), label=_l("Au moins"))
    high: Mapped[Decimal | None] = tracked(Exact(3), label=_l("Au plus"))
    #: As it would be typed; proposed on the form of a new record.
    default_value: Mapped[str | None] = tracked(
        String(2000),
        label=_l("Valeur proposée"),
        help=_l("Proposée sur la fiche d’un nouveau bien."),
    )
    #: A sentence under the field.
    help: Mapped[str | None] = tracked(
        String(300), label=_l("Aide à la saisie"), help=_l("Une phrase sous le champ.")
    )
    is_required: Mapped[bool] = tracked(
        default=False,
        label=_l("Obligatoire"),
        help=_l("Un bien ne s’enregistre pas sans cette valeur."),
    )
    #: Offered among the filters of lists.
    is_searchable: Mapped[bool] = tracked(
        default=True,
        label=_l("Filtre des listes"),
        help=_l("On filtre les listes de biens par ce champ."),
    )
    #: Offered among the columns of imports.
    is_importable: Mapped[bool] = tracked(
        default=True,
        server_default=true(),
        label=_l("Colonne des imports"),
        help=_l("Les fichiers importés peuvent le remplir."),
    )
    on_label: Mapped[bool] = tracked(
        default=False,
        label=_l("Sur les étiquettes"),
        help=_l("La valeur est imprimée sous le lieu."),
    )
    #: Stands in the traceability report.
    on_report: Mapped[bool] = tracked(
        default=True,
        server_default=true(),
        label=_l("Dans les rapports"),
        help=_l("La valeur figure dans l’état de traçabilité."),
    )
    position: Mapped[int] = tracked(default=0, label=_l("Rang"))

    #: Loaded with the field: there are few, and no field is shown without asking where it stands.
    places: Mapped[list[FieldPlace]] = relationship(
        cascade="all, delete-orphan", lazy="joined", order_by="FieldPlace.id"
    )

    def __repr__(self) -> str:
        return self.label

    @validates("field_type")
    def _hold(self, _name: str, value: str) -> str:
        kind = FieldType(value)
        self.held_as = _HELD_AS.get(kind, kind.value)
        return kind.value

    @property
    def choice_list(self) -> tuple[str, ...]:
        """The choices of the field, in their order."""
        return tuple(c.strip() for c in (self.choices or "").splitlines() if c.strip())

    @property
    def bounds(self) -> Bounds:
        """The lowest and highest number."""
        return Bounds(self.low, self.high)

    @property
    def kinds(self) -> list[str]:
        """The kinds of assets that carry it whatever their category."""
        return [place.kind for place in self.places if place.kind is not None]

    @property
    def category_ids(self) -> list[int]:
        """The categories that carry it, each with those below it."""
        return [place.category_id for place in self.places if place.category_id is not None]


class FieldPlace(Model):
    """Where a field stands: on all assets of a kind, or of a category and those below it.

    A field without any place stands on every asset. Changes are written in the history of the
    field.
    """

    __tablename__ = "patrimoine_field_place"
    __table_args__ = (
        CheckConstraint("(kind IS NULL) <> (category_id IS NULL)", name="kind_or_category"),
        one_of("kind", Kind, optional=True),
        UniqueConstraint("field_id", "kind"),
        UniqueConstraint("field_id", "category_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(
        ForeignKey("patrimoine_field_definition.id", ondelete="CASCADE")
    )
    kind: Mapped[str | None] = mapped_column(String(20))
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("patrimoine_category.id"), index=True
    )


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
        *(
            # Partial: hardly any value is a link.
            Index(
                f"ix_patrimoine_field_value_{name}",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("value_partner_id", "value_asset_id")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    field_id: Mapped[int] = mapped_column(ForeignKey("patrimoine_field_definition.id"))
    value_text: Mapped[str | None] = mapped_column(String(2000))
    value_number: Mapped[Decimal | None] = mapped_column(Exact(3))
    value_on: Mapped[date | None] = mapped_column(info=facts.told())
    value_partner_id: Mapped[int | None] = mapped_column(ForeignKey("base_partner.id"))
    value_asset_id: Mapped[int | None] = mapped_column(ForeignKey("patrimoine_asset.id"))

    field: Mapped[FieldDefinition] = relationship()
