"""Assets and their kinds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship, remote

from base.basics import facts
from base.basics.folding import CODE_KEY_LENGTH
from base.basics.i18n import _l
from base.papers.files.exports import Kind as Written
from base.store import bounds
from base.store.choice_columns import one_of
from base.store.database import Euros, Exact, Model
from base.store.mixins import EUROS, Archivable, Scoped, Stamped, Versioned, column, tracked
from base.store.models.entities import Department, same_entity
from patrimoine.domain import collation
from patrimoine.domain.kinds import AssetStatus, Kind, VehicleEnergy
from patrimoine.domain.tree import PATH_LENGTH
from patrimoine.models.categories import Category
from patrimoine.models.columns import PLACES, of_same_entity, ordered_text

#: How lists are ordered: by name; whether a row is put away is read in the index.
LISTED = ("sort_key", "id", "archived_on")
#: Square metres of what is built, and of a part of it: no roof of ours is a kilometre square.
BUILT = bounds.within(0, 1_000_000)


class Asset(Scoped, Stamped, Archivable, Versioned, Model):
    """Anything the authority owns and follows one by one.

    ``path``, ``sort_key``, ``code_key``, ``serial_key`` and ``search_text`` are made from the other
    columns when the row is written (``patrimoine.models.upkeep``); nobody sets them.
    """

    __word__ = _l("Bien")
    __words__: ClassVar[dict[str, Any]] = {"place": _l("Lieu")}
    #: Two boilers of one name stand in two schools.
    __aside__: ClassVar[str] = "place"
    __tablename__ = "patrimoine_asset"
    __table_args__: Any = (
        UniqueConstraint("entity_id", "code"),
        # Two codes that read the same are one, whichever door they come by.
        Index("uq_patrimoine_asset_code_key", "entity_id", "code_key", unique=True),
        UniqueConstraint("entity_id", "category_id", "serial_number"),
        # So with serial numbers, within a category.
        Index(
            "uq_patrimoine_asset_serial_key",
            *("entity_id", "serial_key", "category_id"),
            unique=True,
        ),
        UniqueConstraint("id", "entity_id"),
        of_same_entity("parent_id"),
        same_entity("service_id", "base_service"),
        one_of("kind", Kind),
        one_of("status", AssetStatus),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent_not_itself"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        Index("ix_patrimoine_asset_path", "path"),
        # What is below an asset, for people: a range inside their authority.
        Index(
            "ix_patrimoine_asset_branch",
            *("entity_id", "path", "sort_key", "id", "archived_on", "kind"),
        ),
        Index("ix_patrimoine_asset_parent", "parent_id", "entity_id", *LISTED),
        # The list by name, whole or by one filter: each stands in its index in its order, so a
        # page reads its own rows and no others. Rows put away are left out by every list.
        Index("ix_patrimoine_asset_list", "entity_id", *LISTED),
        Index("ix_patrimoine_asset_kind", "entity_id", "kind", *LISTED),
        Index("ix_patrimoine_asset_status", "entity_id", "status", *LISTED),
        Index("ix_patrimoine_asset_category", "category_id", "entity_id", *LISTED),
        Index("ix_patrimoine_asset_service", "service_id", "entity_id", *LISTED),
        Index("ix_patrimoine_asset_serial", "entity_id", "serial_number", *LISTED),
        Index("ix_patrimoine_asset_newest", "entity_id", "id"),
        # The other orders that a list may have.
        Index("ix_patrimoine_asset_acquired", "entity_id", "acquired_on", "id", "archived_on"),
        Index("ix_patrimoine_asset_state", "entity_id", "status", "id", "archived_on"),
        Index("ix_patrimoine_asset_cost", "entity_id", "acquisition_cost_eur", "id", "archived_on"),
        Index(
            "ix_patrimoine_asset_inspection",
            *("entity_id", "next_inspection_on", "id", "archived_on", "kind"),
        ),
        # An id is never given again, for the history of the first would be the second's.
        {"sqlite_autoincrement": True, "info": {"large": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Indexed with the order of the lists instead of alone.
    entity_id: Mapped[int] = column(ForeignKey("base_entity.id"), label=_l("Entité"))
    kind: Mapped[str] = column(String(20), label=_l("Nature"))
    #: Inventory number: unique in the authority, never given twice.
    code: Mapped[str] = tracked(String(60), label=_l("N° d’inventaire"))
    #: ``base.basics.folding.code_key`` of the code.
    code_key: Mapped[str] = mapped_column(String(CODE_KEY_LENGTH), server_default="")
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    category_id: Mapped[int | None] = tracked(
        ForeignKey("patrimoine_category.id"), label=_l("Catégorie")
    )
    parent_id: Mapped[int | None] = tracked(label=_l("Rattaché à"))
    #: Ids of the ancestors and its own: see ``domain.tree``.
    path: Mapped[str] = mapped_column(ordered_text(PATH_LENGTH))
    sort_key: Mapped[str] = mapped_column(ordered_text(collation.SORT_KEY_LENGTH))
    search_text: Mapped[str] = mapped_column(String(collation.SEARCH_LENGTH))
    status: Mapped[str] = tracked(String(20), default=AssetStatus.IN_SERVICE, label=_l("État"))
    latitude: Mapped[float | None] = tracked(Float(53), label=_l("Latitude"))
    longitude: Mapped[float | None] = tracked(Float(53), label=_l("Longitude"))
    acquired_on: Mapped[date | None] = tracked(
        info=facts.fact(since=facts.OLDEST_DEED), label=_l("Acquis le")
    )
    in_service_on: Mapped[date | None] = tracked(
        info=facts.plan(since=facts.OLDEST_DEED), label=_l("Mis en service le")
    )
    #: The last inspection that the law or the maker asks for, and the day by which the next is due.
    last_inspection_on: Mapped[date | None] = tracked(
        info=facts.fact(), label=_l("Dernier contrôle le")
    )
    next_inspection_on: Mapped[date | None] = tracked(
        info=facts.plan(), label=_l("Prochain contrôle avant le")
    )
    #: As paid, tax included when the authority does not recover it.
    acquisition_cost_eur: Mapped[Euros | None] = tracked(
        unit=EUROS, label=_l("Coût d’acquisition (€)")
    )
    service_id: Mapped[int | None] = tracked(label=_l("Service gestionnaire"))
    brand: Mapped[str | None] = tracked(String(120), label=_l("Marque"))
    model: Mapped[str | None] = tracked(String(120), label=_l("Modèle"))
    serial_number: Mapped[str | None] = tracked(String(120), label=_l("N° de série"))
    #: ``base.basics.folding.code_key`` of the serial number.
    serial_key: Mapped[str | None] = mapped_column(String(CODE_KEY_LENGTH))
    notes: Mapped[str | None] = tracked(Text, label=_l("Notes"))

    parent: Mapped[Asset | None] = relationship(
        primaryjoin=lambda: foreign(Asset.parent_id) == remote(Asset.id)
    )
    category: Mapped[Category | None] = relationship()
    service: Mapped[Department | None] = relationship(
        primaryjoin=lambda: foreign(Asset.service_id) == remote(Department.id)
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version, "polymorphic_on": "kind"}

    def __repr__(self) -> str:
        return self.name

    #: Where it is, for whoever reads its name beside it: the building, the room.
    place = PLACES.by("id", lambda found: found.words, on="rest")
    #: The address of the post, its own or that of the building or site it is in.
    postal = PLACES.by("id", lambda found: found.address)

    #: Columns a person may type to find it.
    searched: ClassVar[tuple[str, ...]] = ("code", "name", "brand", "model", "serial_number")


class Addressed:
    """Where the post finds it; identifiers of the national address base are text."""

    address: Mapped[str | None] = tracked(
        String(300), use_existing_column=True, label=_l("Adresse")
    )
    postcode: Mapped[str | None] = tracked(
        String(5), use_existing_column=True, label=_l("Code postal")
    )
    city: Mapped[str | None] = tracked(String(120), use_existing_column=True, label=_l("Commune"))
    insee: Mapped[str | None] = tracked(String(5), use_existing_column=True, label=_l("Code INSEE"))
    #: Interoperability key or UUID of the national address base (BAN).
    ban_address_id: Mapped[str | None] = tracked(
        String(40), use_existing_column=True, label=_l("Identifiant BAN")
    )


class Site(Addressed, Asset):
    """A place with a name that groups buildings, land and equipment."""

    __tablename__ = "patrimoine_site"
    __table_args__: Any = {}
    __mapper_args__ = {"polymorphic_identity": Kind.SITE}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)

    searched: ClassVar[tuple[str, ...]] = (*Asset.searched, "address", "city")


class Building(Addressed, Asset):
    """A closed and covered construction."""

    __tablename__ = "patrimoine_building"
    __table_args__: Any = (Index("ix_patrimoine_building_rnb", "rnb_id"),)
    __mapper_args__ = {"polymorphic_identity": Kind.BUILDING}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    #: Identifier of the national register of buildings (RNB), twelve characters.
    rnb_id: Mapped[str | None] = tracked(String(12), label=_l("Identifiant RNB"))
    #: Floor area in the sense of town planning.
    floor_area_m2: Mapped[Decimal | None] = tracked(
        Exact(2), unit="m²", info=BUILT, label=_l("Surface de plancher")
    )
    heated_area_m2: Mapped[Decimal | None] = tracked(
        Exact(2), unit="m²", info=BUILT, label=_l("Surface chauffée")
    )
    usable_area_m2: Mapped[Decimal | None] = tracked(
        Exact(2), unit="m²", info=BUILT, label=_l("Surface utile")
    )
    built_year: Mapped[int | None] = tracked(
        Integer,
        kind=Written.CODE,
        info=facts.plan(since=facts.OLDEST),
        label=_l("Année de construction"),
    )
    #: Type of public-access building: letters of the fire-safety rules, "R", "L".
    erp_type: Mapped[str | None] = tracked(String(10), label=_l("Type ERP"))
    erp_category: Mapped[int | None] = tracked(Integer, label=_l("Catégorie ERP"))
    max_occupancy: Mapped[int | None] = tracked(Integer, label=_l("Effectif admissible"))

    searched: ClassVar[tuple[str, ...]] = (*Asset.searched, "address", "city", "rnb_id")


class Floor(Asset):
    """A storey of a building."""

    __tablename__ = "patrimoine_floor"
    __table_args__: Any = {}
    __mapper_args__ = {"polymorphic_identity": Kind.FLOOR}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    #: 0 is the ground floor, negative below ground.
    level: Mapped[int | None] = tracked(Integer, label=_l("Numéro de niveau"))


class Room(Asset):
    """A room or other smallest space of a building."""

    __tablename__ = "patrimoine_room"
    __table_args__: Any = {}
    __mapper_args__ = {"polymorphic_identity": Kind.ROOM}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    room_area_m2: Mapped[Decimal | None] = tracked(
        Exact(2), unit="m²", info=BUILT, label=_l("Surface")
    )
    capacity: Mapped[int | None] = tracked(Integer, label=_l("Capacité"))


class Parcel(Asset):
    """A parcel of the cadastre."""

    __tablename__ = "patrimoine_parcel"
    __table_args__: Any = (
        UniqueConstraint("entity_id", "cadastral_id"),
        ForeignKeyConstraint(
            ["id", "entity_id"], ["patrimoine_asset.id", "patrimoine_asset.entity_id"]
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    #: The asset's entity again, for the unique key.
    owner_entity_id: Mapped[int] = mapped_column("entity_id")
    #: Fourteen characters: commune, prefix, section, number.
    cadastral_id: Mapped[str] = tracked(String(14), label=_l("Parcelle"))
    insee: Mapped[str] = tracked(String(5), label=_l("Code INSEE"))
    prefix: Mapped[str] = tracked(String(3), label=_l("Préfixe de section"))
    section: Mapped[str] = tracked(String(2), label=_l("Section"))
    number: Mapped[str] = tracked(String(4), label=_l("Numéro"))
    #: "Contenance" of the cadastre, up to 100 km²; empty when the cadastre has none.
    area_m2: Mapped[Decimal | None] = tracked(
        Exact(2), unit="m²", info=bounds.within(0, 100_000_000), label=_l("Contenance")
    )
    #: Date of the cadastre's file from which the parcel was read.
    cadastre_on: Mapped[date | None] = tracked(
        info=facts.fact(since=facts.OLDEST_MACHINE), label=_l("À jour au cadastre du")
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {
            "polymorphic_identity": Kind.PARCEL,
            "inherit_condition": cls.__table__.c.id == Asset.__table__.c.id,
        }

    searched: ClassVar[tuple[str, ...]] = (*Asset.searched, "cadastral_id")


class Vehicle(Asset):
    """A vehicle or machine of the fleet."""

    __tablename__ = "patrimoine_vehicle"
    __table_args__: Any = (
        UniqueConstraint("entity_id", "plate"),
        UniqueConstraint("entity_id", "vin"),
        ForeignKeyConstraint(
            ["id", "entity_id"], ["patrimoine_asset.id", "patrimoine_asset.entity_id"]
        ),
        one_of("energy", VehicleEnergy, optional=True),
    )

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    #: The asset's entity again, for the unique keys.
    owner_entity_id: Mapped[int] = mapped_column("entity_id")
    #: Without separators; shown by ``domain.show_plate``.
    plate: Mapped[str | None] = tracked(String(12), label=_l("Immatriculation"))
    vin: Mapped[str | None] = tracked(String(17), label=_l("VIN"))
    energy: Mapped[str | None] = tracked(String(2), label=_l("Énergie"))
    #: Field B of the registration certificate.
    first_registered_on: Mapped[date | None] = tracked(
        info=facts.fact(since=facts.OLDEST_MACHINE), label=_l("Première immatriculation")
    )
    #: Field J: category of the European approval, "M1", "N1".
    eu_category: Mapped[str | None] = tracked(String(4), label=_l("Catégorie CE"))
    seats: Mapped[int | None] = tracked(Integer, label=_l("Places"))
    gross_weight_kg: Mapped[int | None] = tracked(Integer, unit="kg", label=_l("PTAC"))
    #: Field V.7, grams of CO2 per kilometre.
    co2_g_per_km: Mapped[int | None] = tracked(Integer, unit="g/km", label=_l("CO2"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {
            "polymorphic_identity": Kind.VEHICLE,
            "inherit_condition": cls.__table__.c.id == Asset.__table__.c.id,
        }

    searched: ClassVar[tuple[str, ...]] = (*Asset.searched, "plate", "vin")


class Equipment(Asset):
    """A piece of equipment, fixed or mobile."""

    __tablename__ = "patrimoine_equipment"
    __table_args__: Any = (Index("ix_patrimoine_equipment_warranty", "warranty_ends_on"),)
    __mapper_args__ = {"polymorphic_identity": Kind.EQUIPMENT}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    warranty_ends_on: Mapped[date | None] = tracked(
        info=facts.plan(after="acquired_on"), label=_l("Fin de garantie")
    )
    manufactured_year: Mapped[int | None] = tracked(
        Integer,
        kind=Written.CODE,
        info=facts.fact(since=facts.OLDEST_MACHINE),
        label=_l("Année de fabrication"),
    )
    power_kw: Mapped[Decimal | None] = tracked(Exact(3), unit="kW", label=_l("Puissance"))
    quantity: Mapped[int] = tracked(Integer, default=1, label=_l("Quantité"))


class PersonalEquipment(Asset):
    """A piece of protective equipment that one person signs for."""

    __tablename__ = "patrimoine_personal_equipment"
    __table_args__: Any = (Index("ix_patrimoine_personal_equipment_expiry", "expires_on"),)
    __mapper_args__ = {"polymorphic_identity": Kind.PERSONAL_EQUIPMENT}

    id: Mapped[int] = mapped_column(ForeignKey("patrimoine_asset.id"), primary_key=True)
    size: Mapped[str | None] = tracked(String(20), label=_l("Taille"))
    #: Standard it meets: "EN 397".
    standard: Mapped[str | None] = tracked(String(40), label=_l("Norme"))
    expires_on: Mapped[date | None] = tracked(
        info=facts.plan(after="acquired_on"), label=_l("Péremption")
    )


KIND_MODELS: dict[Kind, type[Asset]] = {
    Kind(str(model.__mapper__.polymorphic_identity)): model
    for model in (Site, Building, Floor, Room, Parcel, Vehicle, Equipment, PersonalEquipment)
}
