"""Authorities, their services and the third parties they deal with."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics.i18n import _l
from base.basics.identifiers import Identifier
from base.store.database import Model
from base.store.identifier_columns import identified
from base.store.mixins import Archivable, Scoped, Stamped, Versioned, tracked


class Entity(Stamped, Versioned, Model):
    """A local authority: commune, grouping of communes, social centre."""

    __word__ = _l("Entité")
    __tablename__ = "base_entity"
    __stands_alone__ = "the authority itself"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Short code used in commands and files.
    code: Mapped[str] = tracked(
        String(32), label=_l("Code"), help=_l("Le mot des commandes et des fichiers.")
    )
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    parent_id: Mapped[int | None] = tracked(
        ForeignKey("base_entity.id"),
        label=_l("Rattachée à"),
        help=_l("L’intercommunalité, ou la collectivité dont elle dépend."),
    )
    #: INSEE code of the commune, text: "01001" keeps its zero.
    insee: Mapped[str | None] = tracked(String(5), label=_l("Code INSEE"))
    #: SIREN of the legal person, nine digits.
    siren: Mapped[str | None] = tracked(
        String(9), label=_l("SIREN"), info=identified(Identifier.SIREN)
    )
    timezone: Mapped[str] = tracked(String(64), default="Europe/Paris", label=_l("Fuseau horaire"))
    #: Shown to strangers who scan a tag: whom to call.
    phone: Mapped[str | None] = tracked(
        String(32),
        label=_l("Téléphone"),
        help=_l(
            "Montré à qui scanne une étiquette : qui appeler. Sans numéro, c’est celui de la "
            "collectivité de rattachement qui est montré."
        ),
    )

    parent: Mapped[Entity | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return self.name


class UserEntity(Model):
    """A person works for an authority."""

    __tablename__ = "base_user_entity"
    __table_args__ = (UniqueConstraint("user_id", "entity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), index=True
    )
    entity_id: Mapped[int] = mapped_column(ForeignKey("base_entity.id"), index=True)


class Department(Scoped, Stamped, Archivable, Versioned, Model):
    """A department of an authority: buildings, roads, green spaces."""

    __word__ = _l("Service")
    __tablename__ = "base_service"
    __stands_alone__ = "a department: assets name it, it belongs to none"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (UniqueConstraint("entity_id", "code"), UniqueConstraint("id", "entity_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = tracked(String(32), label=_l("Code"))
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    parent_id: Mapped[int | None] = tracked(
        ForeignKey("base_service.id"), label=_l("Fait partie de")
    )
    #: The account of the person who heads it.
    head_id: Mapped[int | None] = tracked(
        Integer, ForeignKey("ab_user.id"), label=_l("Responsable")
    )

    parent: Mapped[Department | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return self.name


class Partner(Scoped, Stamped, Archivable, Versioned, Model):
    """A third party: supplier, contractor, association, tenant."""

    __word__ = _l("Tiers")
    __tablename__ = "base_partner"
    __stands_alone__ = "a firm: what it did is told by expenses and invoices"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (
        UniqueConstraint("entity_id", "code"),
        UniqueConstraint("entity_id", "siret"),
        UniqueConstraint("id", "entity_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = tracked(String(32), label=_l("Code"))
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    #: Fourteen digits with a valid key; text.
    siret: Mapped[str | None] = tracked(
        String(14), label=_l("SIRET"), info=identified(Identifier.SIRET)
    )
    vat_number: Mapped[str | None] = tracked(
        String(20), label=_l("N° de TVA"), info=identified(Identifier.VAT)
    )
    email: Mapped[str | None] = tracked(String(254), personal=True, label=_l("Courriel"))
    phone: Mapped[str | None] = tracked(String(32), personal=True, label=_l("Téléphone"))
    address: Mapped[str | None] = tracked(String(300), label=_l("Adresse"))
    is_supplier: Mapped[bool] = tracked(default=True, label=_l("Fournisseur"))

    def __repr__(self) -> str:
        return self.name


#: Used by tables that point to a service or partner of the same authority.
def same_entity(column: str, table: str) -> ForeignKeyConstraint:
    """The composite key that keeps a row and what it points to in one authority."""
    return ForeignKeyConstraint([column, "entity_id"], [f"{table}.id", f"{table}.entity_id"])
