"""Registers of assets: any columns in any order, rows in any order, parents by number or name."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base.basics import formats
from base.basics.folding import code_key
from base.basics.i18n import _, _l, ngettext, quoted
from base.basics.sessions import Session
from base.desk.imports import NEW_FIELD, Effect, Importer, Options, Question, Reading, Record
from base.desk.imports.reading import read_table, recognise_file
from base.desk.imports.ways import answering
from base.papers.tables import Column
from patrimoine import domain
from patrimoine.domain.fields import FieldType, TypedValue, field_key
from patrimoine.imports import columns as columns_
from patrimoine.imports import lookup
from patrimoine.imports.placing import MissingPlace, Planned
from patrimoine.imports.planning import Plan
from patrimoine.imports.writing import Writing
from patrimoine.models import KIND_MODELS, FieldDefinition

#: What the name of a column of a list begins with when it is a custom field.
LISTED_FIELD = "field_"

#: What a person ticks to have unknown places made.
_CREATE = _l("Créer les lieux manquants, comme sites")
CREATE_PLACES = Question(
    "create_places",
    _l("Lieux qui n’existent pas"),
    (("", _l("Refuser la ligne")), ("oui", _CREATE)),
    asked_anew=True,
)


def _names(words: Iterable[str]) -> str:
    found = sorted(quoted(word) for word in words)
    shown = ", ".join(found[:10])
    return shown + ("…" if len(found) > 10 else "")


class AssetImporter(Importer):
    """A register of assets of all kinds."""

    kind = "assets"
    title = _l("Biens")
    help = _l("Sites, bâtiments, locaux, véhicules, équipements : un bien par ligne.")
    record = "patrimoine_asset"
    next_steps = ((_l("Imprimer leurs étiquettes"), "qrcode", "AssetView.labels_of_import"),)
    makes_fields = True
    questions = (CREATE_PLACES,)
    makes = ("patrimoine_category", "patrimoine_field_definition")
    icon = "building-community"
    right = ("can_add", "AssetView")
    #: Every row is of this kind, when the file is of one kind.
    fixed_kind: domain.Kind | None = None
    table: tuple[Column, ...] = columns_.ASSET_COLUMNS
    #: A name alone is that of many things; with what it is, or where, it is one.
    identified_by = (
        *((key,) for key in ("code", "serial_number", *lookup.UNIQUE, "rnb_id")),
        *(("name", key) for key in "kind category parent location address city".split()),
        ("name", "ban_address_id"),
    )

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of the kind, then the custom fields of the register."""
        fields = lookup.definitions(session, self.fixed_kind)
        return (*self.table, *columns_.field_columns(fields))

    def read(
        self, session: Session, entity_id: int, path: Path, label: str, options: Options
    ) -> Reading:
        """The rows, with a column for each field that a header announces ("champ: Gérant")."""
        known = list(self.columns(session, entity_id))
        _table, recognition, _row = recognise_file(known, path, label, options)
        taken = {recognition.headers[at] for at in recognition.columns.values()}
        # A field that is archived, or that imports may not fill, is not made a second time.
        keys = set(session.scalars(select(FieldDefinition.key)))
        for header in recognition.headers:
            found = domain.parse_header(header)
            if found is None or header in taken or field_key(found[0]) in keys:
                continue
            keys.add(field_key(found[0]))
            known.append(columns_.new_field_column(header, *found))
        for header in (h for h, key in (options.mapping or {}).items() if key == NEW_FIELD):
            if field_key(header) and field_key(header) not in keys:
                keys.add(field_key(header))
                known.append(columns_.new_field_column(header, header, FieldType.TEXT))
                options = replace(
                    options, mapping={**(options.mapping or {}), header: known[-1].key}
                )
        return read_table(session, self, known, path, label, options)

    def row_keys(self) -> tuple[str, ...]:
        """The inventory number, the plate, the VIN or the parcel."""
        return ("code", *lookup.UNIQUE)

    def identity(self, record: Record) -> Hashable | None:
        """The inventory number, else the plate, the VIN or the parcel."""
        for key in ("code", *lookup.UNIQUE):
            if value := record.values.get(key):
                return (code_key(value) if key == "code" else value,)
        return None

    def takes_list(self, model: Any) -> bool:
        """The lists of all kinds, or that of its own kind."""
        if self.fixed_kind is not None and model is not KIND_MODELS[self.fixed_kind]:
            return False
        return super().takes_list(model)

    def list_key(self, model: Any, name: str, columns: Sequence[Column]) -> str | None:
        """A custom field stands in lists under its own key."""
        if not name.startswith(LISTED_FIELD):
            return super().list_key(model, name, columns)
        word = name.removeprefix(LISTED_FIELD)
        keys = {
            alias: column.key
            for column in columns
            if column.key.startswith(columns_.FIELD)
            for alias in column.aliases
        }
        return keys.get(word) or keys.get(word.removesuffix("_eur"))

    def plan_with(
        self, session: Session, entity_id: int, records: Sequence[Record], options: Options
    ) -> None:
        """Find each row's asset, kind, category and place, and compare."""
        create = options.answers.get(CREATE_PLACES.key) == "oui"
        Plan(session, entity_id, records, self.fixed_kind, create).run()

    def proposes(self, records: Sequence[Record]) -> list[str]:
        """To make the places that rows were refused for."""
        lacking = any(isinstance(f, MissingPlace) for r in records for f in r.faults)
        return [CREATE_PLACES.key] if lacking else []

    def remarks(self, records: Sequence[Record]) -> list[str]:
        """The places, categories and fields that the file makes along the way."""
        found = [r for r in records if r.accepted and isinstance(r.extra, Planned)]
        places = {domain.sort_key(s): s for r in found if (s := r.extra.new_site) is not None}
        classes = {
            (domain.plain(c), r.extra.kind): c
            for r in found
            if (c := r.extra.new_category) is not None
        }
        fields = {
            key.removeprefix(f"{columns_.FIELD}+"): None
            for r in found
            for key, value in r.values.items()
            if key.startswith(f"{columns_.FIELD}+") and value is not None
        }
        missing = {
            domain.sort_key(f.word): f.word
            for r in records
            for f in r.faults
            if isinstance(f, MissingPlace)
        }
        said = (
            (
                missing,
                ngettext(
                    "%(num)d lieu n’existe pas : %(names)s. Pour le créer : %(how)s.",
                    "%(num)d lieux n’existent pas : %(names)s. Pour les créer : %(how)s.",
                    len(missing),
                    names=_names(missing.values()),
                    how=answering(_CREATE, CREATE_PLACES.key, "oui"),
                ),
            ),
            (
                places.values(),
                ngettext(
                    "%(num)d lieu créé : %(names)s.",
                    "%(num)d lieux créés : %(names)s.",
                    len(places),
                    names=_names(places.values()),
                ),
            ),
            (
                classes.values(),
                ngettext(
                    "%(num)d catégorie créée : %(names)s.",
                    "%(num)d catégories créées : %(names)s.",
                    len(classes),
                    names=_names(classes.values()),
                ),
            ),
            (
                fields,
                ngettext(
                    "%(num)d champ créé : %(names)s.",
                    "%(num)d champs créés : %(names)s.",
                    len(fields),
                    names=_names(fields),
                ),
            ),
        )
        return [sentence for made, sentence in said if made]

    def shown(self, key: str, value: Any) -> str:
        """A value in words."""
        if isinstance(value, TypedValue):
            if linked := value.partner_id or value.asset_id:
                return _("fiche n° %(n)s", n=linked)
            return super().shown(key, next((part for part in value if part is not None), None))
        if isinstance(value, float):  # a latitude, a longitude
            return formats.number(round(value, 6))
        if key == "plate" and value:
            return domain.show_plate(value)
        return super().shown(key, value)

    def detail(self, effect: Effect, records: Sequence[Record]) -> str:
        """How many of each kind: "9 équipements, 3 bâtiments"."""
        counts: dict[domain.Kind, int] = {}
        for record in records:
            if isinstance(record.extra, Planned):
                counts[record.extra.kind] = counts.get(record.extra.kind, 0) + 1
        words = [kind.counted(number) for kind, number in counts.items()]
        sites = {r.extra.new_site for r in records if isinstance(r.extra, Planned)} - {None}
        if sites and effect is Effect.CREATED:
            words.append(ngettext("%(num)d lieu à créer", "%(num)d lieux à créer", len(sites)))
        return ", ".join(words)

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make what is missing, then the assets, then the changes and moves."""
        Writing(session, entity_id, records).run()


class VehicleImporter(AssetImporter):
    """A fleet: rows are found by inventory number, plate or VIN."""

    kind = "vehicles"
    title = _l("Véhicules")
    help = _l("Le parc : immatriculation, VIN, énergie, mise en circulation.")
    icon = "car"
    right = ("can_add", "VehicleView")
    fixed_kind = domain.Kind.VEHICLE
    telling = ("plate", "vin")
    table = columns_.VEHICLE_COLUMNS
    identified_by = (("code",), ("plate",), ("vin",))


class EquipmentImporter(AssetImporter):
    """Equipment: boilers, extinguishers, play equipment, computers."""

    kind = "equipment"
    title = _l("Équipements")
    help = _l("Un équipement par ligne, avec son emplacement, sa marque et son n° de série.")
    icon = "packages"
    right = ("can_add", "EquipmentView")
    fixed_kind = domain.Kind.EQUIPMENT
    table = columns_.EQUIPMENT_COLUMNS
    identified_by = (
        ("code",),
        ("serial_number",),
        ("name", "category"),
        ("name", "parent"),
        ("name", "location"),
    )
