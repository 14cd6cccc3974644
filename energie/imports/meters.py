"""Delivery points with their meters, from a table: one row is one point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import select

from base.basics import clock, facts
from base.basics.errors import DomainError
from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports import Effect, Importer, Record
from base.desk.imports.columns import column_from
from base.desk.imports.engine import in_chunks
from base.papers.tables import Column, values
from energie.domain.kinds import REFERENCE_OF, EnergyKind
from energie.domain.references import clean_reference
from energie.models import DeliveryPoint, Meter
from energie.services.points import create_point
from patrimoine.models import Asset
from patrimoine.services import assets

_OWN = ("name", "category", "subscribed_kva", "opened_on")


class MeterImporter(Importer):
    """Points found by their PRM, PCE or other reference; their building by its code."""

    kind = "meters"
    title = _l("Points de livraison et compteurs")
    help = _l("Un point par ligne : énergie, PRM ou PCE, n° d’inventaire du bâtiment.")
    icon = "gauge"
    match_keys = ("reference",)
    telling = ("reference", "subscribed_kva")
    record = "energie_delivery_point"
    makes = ("energie_meter", "energie_register", "energie_allocation", "patrimoine_asset")
    right = ("can_add", "DeliveryPointView")
    #: A point moves to another building by its own verb.
    listed = {"asset": ""}

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of such a file."""
        energies = {"élec": EnergyKind.ELECTRICITY, "gaz naturel": EnergyKind.GAS}
        of = partial(column_from, DeliveryPoint)
        return (
            of(
                "reference",
                "référence (prm, pce…) | prm | pdl | pce | point de livraison | n° de point",
                label=_l("Référence"),
                required=True,
                help=_l("PRM, PCE ou numéro de contrat."),
            ),
            column_from(
                Meter,
                "asset",
                "posé sur | bâtiment | code bâtiment | site | bien",
                label=_l("N° d’inventaire du bâtiment"),
                required=True,
                help=_l("Le bien sur lequel le point est posé."),
            ),
            of(
                "energy_kind",
                "fluide | type d’énergie",
                also=energies,
                help=_l("Électricité si la colonne manque."),
            ),
            of("name", "libellé | nom du point"),
            column_from(
                Meter,
                "serial_number",
                "compteur | matricule | numéro de série",
                label=_l("N° de compteur"),
            ),
            of(
                "category",
                "catégorie | tarif",
                parse=lambda c: values.code(c, limit=8),
                help=_l("C5, C4, T2…"),
            ),
            of("subscribed_kva", "puissance | kva | puissance souscrite", parse=values.number),
            of(
                "opened_on",
                "date de mise en service | ouverture",
                dated=facts.fact(since=facts.OLDEST_MACHINE),
            ),
        )

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Clean the references, find points and buildings."""
        for record in records:
            kind = record.values.get("energy_kind") or EnergyKind.ELECTRICITY
            record.values["energy_kind"] = kind
            try:
                clean = clean_reference(REFERENCE_OF[kind], record.values["reference"])
            except DomainError as fault:
                record.refuse(str(fault), "reference")
                continue
            record.values["reference"] = clean.text
        buildings = self._assets(session, entity_id, records)
        points = self._points(session, entity_id, records)
        for record in records:
            if not record.accepted:
                continue
            known = points.get((record.values["energy_kind"], record.values["reference"]))
            if not record.values.get("asset") and known is not None:
                self._compare(record, known)
                continue
            asset_id = buildings.get(code_key(record.values["asset"]))
            if asset_id is None:
                record.refuse(
                    _("Aucun bien n’a le n° d’inventaire « %(c)s ».", c=record.values["asset"]),
                    "asset",
                )
                continue
            record.extra = asset_id
            self._compare(record, known)
        self._refuse_serials(session, entity_id, records)

    def pointed_at(self, record: Record) -> Mapping[str, int]:
        """The asset that a new point is put on."""
        return {"asset_id": record.extra} if record.effect is Effect.CREATED else {}

    def _refuse_serials(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Refuse a new meter whose number stands on another asset, or on an earlier row.

        Without a number of its own a meter has the point's reference. The trial says what the
        import would: the register refuses the second one.
        """
        new = [r for r in records if r.accepted and r.record_id is None]
        numbers = {r.number: r.values.get("serial_number") or r.values["reference"] for r in new}
        taken: dict[str, tuple[str, str]] = {}
        for chunk in in_chunks(set(numbers.values())):
            rows = session.execute(
                select(Asset.serial_number, Asset.name, Asset.code).where(
                    Asset.entity_id == entity_id,
                    Asset.category_id.is_(None),
                    Asset.serial_number.in_(chunk),
                )
            )
            taken |= {str(serial): (name, code) for serial, name, code in rows}
        first: dict[str, int] = {}
        for record in new:
            serial = numbers[record.number]
            if serial in taken:
                record.refuse(
                    assets.taken_sentence("serial_number", serial, *taken[serial]), "serial_number"
                )
            elif (earlier := first.setdefault(serial, record.number)) != record.number:
                record.refuse(
                    _("Le compteur %(s)s est déjà à la ligne %(n)d.", s=serial, n=earlier),
                    "serial_number",
                )

    def _compare(self, record: Record, known: DeliveryPoint | None) -> None:
        if known is None:
            record.creates(record.values)
            return
        record.record_id, record.version = known.id, known.version
        if record.extra is not None and known.asset_id != record.extra:
            record.refuse(
                _("Le point %(r)s est déjà posé sur un autre bien.", r=known.reference), "asset"
            )
            return
        given = {k: record.values[k] for k in _OWN if record.values.get(k) is not None}
        record.compare({k: getattr(known, k) for k in _OWN}, given)

    def _assets(
        self, session: Session, entity_id: int, records: Sequence[Record]
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        codes = {r.values["asset"] for r in records if r.values.get("asset")}
        for keys in in_chunks({code_key(code) for code in codes}):
            rows = session.execute(
                select(Asset.code_key, Asset.id).where(
                    Asset.entity_id == entity_id, Asset.code_key.in_(keys)
                )
            )
            found |= {code: key for code, key in rows}
        return found

    def _points(
        self, session: Session, entity_id: int, records: Sequence[Record]
    ) -> dict[tuple[str, str], DeliveryPoint]:
        found: dict[tuple[str, str], DeliveryPoint] = {}
        for references in in_chunks({record.values["reference"] for record in records}):
            rows = session.scalars(
                select(DeliveryPoint).where(
                    DeliveryPoint.entity_id == entity_id,
                    DeliveryPoint.reference.in_(references),
                )
            )
            found |= {(row.energy_kind, row.reference): row for row in rows}
        return found

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make points with their meters; change what describes those that are known."""
        for record in records:
            if record.effect is Effect.CREATED:
                given = record.values
                point = create_point(
                    session,
                    session.get_one(Asset, record.extra),
                    reference=given["reference"],
                    on=given.get("opened_on") or clock.today(),
                    energy_kind=given["energy_kind"],
                    name=given.get("name") or "",
                    category=given.get("category"),
                    subscribed_kva=given.get("subscribed_kva"),
                    opened_on=given.get("opened_on"),
                    serial_number=given.get("serial_number") or "",
                )
                record.record_id = point.id
            else:
                point = session.get_one(DeliveryPoint, record.record_id)
                for key, (_old, new) in record.changes.items():
                    setattr(point, key, new)
        session.flush()
