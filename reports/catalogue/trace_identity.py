"""Who an asset is, and where it stood."""

from __future__ import annotations

from sqlalchemy import inspect, select

from base.basics.formats import day
from base.basics.i18n import _
from base.basics.sessions import Session
from base.papers.reporting import Column, Kind, Line, Table
from base.store.history import wording
from base.store.models import Department
from patrimoine.domain.fields import FieldType
from patrimoine.domain.kinds import shown_state
from patrimoine.models import Asset, AssetMove
from patrimoine.queries import places as places_of
from patrimoine.queries.fields import custom_values
from reports.catalogue.trace_words import in_a_record

#: What the trail calls an asset.
RECORD = "patrimoine_asset"
#: Columns of an asset that the identity shows in another way, or not at all.
_LEFT_OUT = {
    *("id", "entity_id", "owner_entity_id", "kind", "code", "name", "path", "sort_key"),
    *("search_text", "version", "created_at", "changed_at", "created_by_id", "changed_by_id"),
    *("parent_id", "category_id", "service_id", "status", "code_key", "serial_key"),
}


def identity(session: Session, asset: Asset, kind: str, place: str) -> Table:
    """What is known of the asset itself."""

    def word(name: str) -> str:
        return wording.label_of(type(asset), name)

    rows: list[tuple[str, str]] = [
        (word("code"), asset.code),
        (word("name"), asset.name),
        (word("kind"), kind),
        (word("category_id"), asset.category.name if asset.category else _("aucune")),
        (word("status"), str(shown_state(asset.status, asset.archived_on).word)),
        (word("parent_id"), place or _("en tête de l’arborescence")),
    ]
    if asset.service_id is not None:
        service = session.scalars(
            select(Department).where(Department.id == asset.service_id)
        ).first()
        name = service.name if service else _("d’une autre entité")
        rows.append((word("service_id"), name))
    for attribute in inspect(type(asset)).column_attrs:
        value = getattr(asset, attribute.key)
        if attribute.key in _LEFT_OUT or value in (None, ""):
            continue
        rows.append((word(attribute.key), in_a_record(RECORD, attribute.key, value)))
    for custom in custom_values(session, asset):
        if custom.value is not None and custom.field.on_report:
            shown = custom.row if custom.row is not None else custom.value
            if custom.field.field_type == FieldType.YES_NO:
                shown = bool(custom.value)
            rows.append((custom.field.label, in_a_record(RECORD, "", shown)))
    columns = [Column("field", _("Rubrique")), Column("value", _("Valeur"))]
    return Table("identity", _("Identité"), columns, lambda: [Line(list(row)) for row in rows])


def places(session: Session, asset: Asset) -> Table:
    """Where it stood, and since when."""
    moves = session.scalars(
        select(AssetMove).where(AssetMove.asset_id == asset.id).order_by(AssetMove.starts_on)
    ).all()
    above = places_of(session, [move.parent_id for move in moves if move.parent_id])
    top = _("en tête de l’arborescence")
    other = _("bien d’une autre entité")
    rows = [
        Line(
            [
                move.starts_on,
                day(move.ends_on) if move.ends_on else _("aujourd’hui encore"),
                (above[move.parent_id].whole if move.parent_id in above else other)
                if move.parent_id
                else top,
                move.reason or "",
            ]
        )
        for move in moves
    ]
    columns = [
        Column("starts_on", _("Depuis le"), Kind.DAY),
        Column("ends_on", _("Jusqu’au (jour exclu)")),
        Column("place", _("Emplacement")),
        Column("reason", _("Motif")),
    ]
    empty = _("Aucun emplacement daté.")
    return Table("places", _("Emplacements"), columns, lambda: rows, empty=empty)
