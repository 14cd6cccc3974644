"""Parcels of the cadastre, from the GeoJSON files that Etalab publishes for each commune."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports import Effect, Guess, Importer, Options, Reading, Record
from base.desk.imports.columns import column_from
from base.desk.imports.engine import in_chunks
from base.papers.tables import Column, features
from base.papers.tables import values as parsers
from base.papers.tables.texts import as_text
from base.store import bounds
from patrimoine import domain
from patrimoine.imports import lookup
from patrimoine.imports.undo import SHAPE, shape_digest
from patrimoine.imports.writing import Writing
from patrimoine.models import Geometry, Parcel
from patrimoine.services import bulk, parcel_parts

_KEYS = ("area_m2", "cadastre_on")
#: Bytes that tell what a map is of.
_HEAD = 64 * 1024


class ParcelImporter(Importer):
    """Every parcel of a commune, with its shape, its stated area and its measured area."""

    kind = "parcels"
    title = _l("Parcelles du cadastre")
    help = _l("Fichier GeoJSON « parcelles » du cadastre Etalab, une commune par fichier.")
    match_keys = ("cadastral_id",)
    record = "patrimoine_asset"
    sources = ("json",)
    icon = "map"
    right = ("can_add", "ParcelView")
    max_rows = 200_000

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """What a parcel of such a file holds."""
        of = partial(column_from, Parcel)
        return (
            of("cadastral_id", required=True, parse=parsers.text),
            of("area_m2"),
            of("cadastre_on", label=_l("Mise à jour au cadastre")),
            Column("geometry", _l("Contour"), parsers.text),
        )

    def guess(self, session: Session, entity_id: int, path: Path, label: str) -> Guess | None:
        """A map of parcels says their areas as the cadastre does."""
        with path.open("rb") as source:
            head = source.read(_HEAD)
        if b"FeatureCollection" not in head:
            return None
        if b"contenance" in head:
            return Guess(1.0, (_("carte GeoJSON de parcelles du cadastre"),))
        return Guess(0.4, (_("carte GeoJSON, sans contenance de parcelles"),))

    def read(
        self, session: Session, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """One record for each object of the map.

        Raises:
            InvalidInput: the file is not GeoJSON, or holds no parcel.
        """
        records: list[Record] = []
        for feature in features(path):
            record = Record(feature.number, cells=(as_text(feature.id), feature.properties))
            _read_feature(record, feature.properties, feature.id, feature.geometry)
            records.append(record)
            if len(records) > self.max_rows:
                raise InvalidInput(
                    _("Ce fichier a plus de %(limit)d parcelles.", limit=self.max_rows)
                )
        if not records:
            raise InvalidInput(_("Ce fichier ne contient aucune parcelle."))
        return Reading(
            records,
            shape="GeoJSON",
            header=("id", "properties"),
            columns=self.columns(session, entity_id),
        )

    def identity(self, record: Record) -> Hashable | None:
        """The cadastral identifier."""
        return record.values.get("cadastral_id")

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find each parcel by its identifier, and compare area and shape."""
        identifiers = [r.values["cadastral_id"] for r in records]
        owners = lookup.owners(session, entity_id, "cadastral_id", identifiers)
        codes = lookup.by_codes(session, entity_id, identifiers)
        known = lookup.by_ids(session, entity_id, owners.values())
        present = lookup.columns_of(session, list(known.values()), _KEYS)
        shapes: dict[int, str] = {}
        for chunk in in_chunks(known):
            shapes.update(
                session.execute(
                    select(Geometry.asset_id, Geometry.geojson).where(Geometry.asset_id.in_(chunk))
                ).all()
            )
        for record in records:
            identifier = record.values["cadastral_id"]
            shape: domain.Shape | None = record.extra
            new = {k: v for k in _KEYS if (v := record.values.get(k)) is not None}
            asset_id = owners.get(identifier)
            if asset_id is None:
                if identifier in codes:
                    record.refuse(
                        _(
                            "Le n° d’inventaire %(c)s est déjà sur « %(n)s ».",
                            c=identifier,
                            n=codes[identifier].name,
                        ),
                        "cadastral_id",
                    )
                    continue
                record.creates({"cadastral_id": identifier, **new})
                continue
            record.record_id, record.version = asset_id, known[asset_id].version
            record.compare(present[asset_id], new)
            if shape is not None and shapes.get(asset_id) != shape.geojson:
                record.changes["geometry"] = (
                    None if asset_id not in shapes else _("ancien contour"),
                    _("nouveau contour"),
                )
                record.effect = Effect.UPDATED

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make the new parcels, then change the others."""
        created = [r for r in records if r.effect is Effect.CREATED]
        updated = [r for r in records if r.effect is Effect.UPDATED]
        Writing(session, entity_id, updated).refuse_stale()
        drafts = [_draft(record) for record in created]
        ids = bulk.create_many(session, drafts, entity_id=entity_id, on=clock.today())
        for record in created:
            record.record_id = ids[record.values["cadastral_id"]]
            if record.extra is not None:
                record.more[SHAPE] = None, shape_digest(record.extra.geojson)
        known = lookup.by_ids(session, entity_id, [r.record_id for r in updated if r.record_id])
        present = lookup.columns_of(session, list(known.values()), ())
        _remember_shapes(session, [r for r in updated if "geometry" in r.changes])
        changes = [
            bulk.Change(
                record.record_id,
                domain.Kind.PARCEL,
                {k: v for k, v in record.changes.items() if k in _KEYS},
                present[record.record_id],
                shape=record.extra if "geometry" in record.changes else None,
            )
            for record in updated
            if record.record_id is not None
        ]
        bulk.update_many(session, changes, entity_id=entity_id)


def _remember_shapes(session: Session, records: Sequence[Record]) -> None:
    """Keep the shapes that are about to be replaced: the trail has only their area."""
    by_asset = {record.record_id: record for record in records}
    for record in records:
        record.more[SHAPE] = None, shape_digest(record.extra.geojson)
    for chunk in in_chunks(by_asset):
        for asset_id, geojson in session.execute(
            select(Geometry.asset_id, Geometry.geojson).where(Geometry.asset_id.in_(chunk))
        ):
            record = by_asset[asset_id]
            record.more[SHAPE] = geojson, record.more[SHAPE][1]


def _read_feature(
    record: Record, properties: dict[str, Any], feature_id: Any, geometry: Any
) -> None:
    identifier = as_text(properties.get("id") or feature_id)
    try:
        record.values["cadastral_id"] = domain.cadastral_id(identifier)[0]
    except domain.IdentifierRefused as refusal:
        record.refuse(str(refusal), "cadastral_id")
    area = properties.get("contenance")
    if area is not None and (
        isinstance(area, bool) or not isinstance(area, int | float) or not isfinite(area)
    ):
        record.refuse(_("« %(v)s » n’est pas une contenance en m².", v=area), "area_m2")
    elif area is not None:
        record.values["area_m2"] = Decimal(f"{area:.2f}")
        for key, why in bounds.faults(Parcel, {"area_m2": record.values["area_m2"]}).items():
            record.refuse(why, key)
    updated = properties.get("updated")
    if updated is not None:
        try:
            record.values["cadastre_on"] = date.fromisoformat(str(updated)[:10])
        except ValueError:
            record.refuse(_("« %(v)s » n’est pas une date.", v=updated), "cadastre_on")
    if geometry is not None:
        try:
            record.extra = domain.read_geometry(geometry)
        except domain.GeometryRefused as refusal:
            record.refuse(str(refusal), "geometry")


def _draft(record: Record) -> bulk.Draft:
    shape: domain.Shape | None = record.extra
    parts = parcel_parts(record.values["cadastral_id"])
    values: dict[str, Any] = {
        **parts,
        "code": parts["cadastral_id"],
        "name": _(
            "Parcelle %(s)s %(n)s", s=parts["section"].lstrip("0"), n=parts["number"].lstrip("0")
        ),
        **{k: record.values.get(k) for k in _KEYS},
    }
    if shape is not None:
        values["latitude"] = round(shape.latitude, 6)
        values["longitude"] = round(shape.longitude, 6)
    return bulk.Draft(domain.Kind.PARCEL, values, shape=shape)
