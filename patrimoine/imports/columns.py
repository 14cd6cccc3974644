"""Columns of a register, as towns and other programs name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from base.basics.i18n import _, _l
from base.desk.imports.columns import column_from
from base.papers.tables import Column, ValueRefused
from base.papers.tables import values as parsers
from base.papers.tables.headers import PEERS
from base.papers.tables.texts import Cell, as_text
from base.store.choice import Choice
from patrimoine import domain
from patrimoine.domain.fields import (
    DECIMALS,
    FieldType,
    FieldValueRefused,
    TypedValue,
    check_bounds,
)
from patrimoine.domain.kinds import VehicleEnergy
from patrimoine.models import (
    Asset,
    Building,
    Equipment,
    FieldDefinition,
    Floor,
    Parcel,
    PersonalEquipment,
    Room,
    Vehicle,
)

#: Keys of columns that hold custom fields: "field:12", or "field:+Gérant" for one to be made.
FIELD = "field:"


def _called(
    named: Callable[[str], Any], refusal: Callable[[str, str], str], kind: type[Choice]
) -> Callable[[Cell], Any]:
    """A parser of what people call by many words; ``refusal(word, expected)`` of another."""

    def parse(value: Cell) -> Any:
        text = parsers.text(value)
        if text is None:
            return None
        if (found := named(text)) is None:
            expected = ", ".join(word.lower() for _value, word in kind.words())
            raise ValueRefused(refusal(text, expected))
        return found

    return parse


_kind = _called(
    domain.kind_named,
    lambda v, known: _("« %(v)s » n’est pas une nature de bien ; attendu : %(l)s.", v=v, l=known),
    domain.Kind,
)
_status = _called(
    domain.status_named,
    lambda v, known: _("« %(v)s » n’est pas un état ; attendu : %(l)s.", v=v, l=known),
    domain.AssetStatus,
)


def _energy_named(text: str) -> str | None:
    words = {domain.plain(word): kind.value for word, kind in VehicleEnergy.named().items()}
    words |= {"diesel": "GO", "electrique": "EL", "hybride": "EH", "gnv": "GN", "e85": "FE"}
    return words.get(domain.plain(text))


_energy = _called(
    _energy_named,
    lambda v, known: _("« %(v)s » n’est pas une énergie de véhicule.", v=v),
    VehicleEnergy,
)


def _cleaned(clean: Callable[[str], Any]) -> Callable[[Cell], Any]:
    def parse(value: Cell) -> Any:
        text = parsers.text(value)
        if text is None:
            return None
        try:
            return clean(text)
        except domain.IdentifierRefused as refusal:
            raise ValueRefused(str(refusal)) from refusal

    return parse


def _degrees(parse: Callable[[Cell], Decimal | None]) -> Callable[[Cell], float | None]:
    def read(value: Cell) -> float | None:
        found = parse(value)
        return None if found is None else float(found)

    return read


def _reference(value: Cell) -> str | None:
    """The number, name or path of another asset."""
    return parsers.text(value, limit=400)


_of = partial(column_from, Asset)
_CODE = _of(
    "code",
    "code interne | barcode_Code128 | barcode_Code39 | étiquette",
    help=_l("Le numéro qui retrouve le bien au prochain import."),
)
_NAME = _of("name")
_KIND = _of(
    "kind",
    "nature du bien | type de bien | genre | classe | kind | asset type",
    parse=_kind,
    help=_l("Site, bâtiment, niveau, local, parcelle, véhicule, équipement ou EPI."),
)
_CATEGORY = _of("category", parse=parsers.text)
_PARENT = _of(
    "parent",
    "n° du parent | contenu dans | parent | rattaché à | bien parent | "
    "équipement parent | parent asset | emplacement parent | parent location | "
    "code parent | contenant",
    parse=_reference,
    help=_l("N° d’inventaire, ou nom, du bien qui le contient."),
)
_LOCATION = _of(
    "parent",
    "bâtiment | local | emplacement | lieu | localisation | "
    "nom de l’emplacement | location | location name | site | default location",
    key="location",
    label=_l("Emplacement"),
    parse=_reference,
    help=_l("N° d’inventaire, nom ou chemin (Site > Bâtiment) d’un lieu du registre."),
)
_COMMON = (
    _of("status", "situation | statut | état | status", parse=_status),
    _of("service", "gestionnaire | service", parse=parsers.text),
    _of("brand", "fabricant | marque | constructeur | manufacturer | brand"),
    _of("model", "modèle | model | model name | asset model | assetmodel"),
    _of(
        "serial_number",
        "num_serie | numero_serie | no série",
        parse=lambda value: parsers.code(value, limit=120),
    ),
    _of(
        "acquired_on",
        "date d’entrée | date d’acquisition | date d’achat | acquis le | "
        "acheté le | purchase date | date achat | date acquisition",
    ),
    _of("in_service_on", "mise en service | date de mise en service | in service date"),
    _of(
        "last_inspection_on",
        "date du dernier contrôle | dernier contrôle | dernière vérification | "
        "date de dernière vérification | contrôlé le | vérifié le | "
        "date du contrôle | dernier contrôle technique | "
        "date du dernier contrôle technique | dernière visite périodique | "
        "last inspection | last_inspection_date",
        help=_l("Contrôle technique, vérification périodique : le jour où il a été fait."),
    ),
    _of(
        "next_inspection_on",
        "champ: prochain contrôle avant le, type:date | prochain contrôle | "
        "date du prochain contrôle | prochain contrôle technique | "
        "date du prochain contrôle technique | prochain ct | date prochain ct | "
        "échéance contrôle technique | échéance du contrôle technique | "
        "échéance ct | fin de validité du contrôle technique | "
        "contrôle technique avant le | contrôle technique valable jusqu’au | "
        "prochaine vérification | date de prochaine vérification | "
        "prochaine visite | prochaine visite périodique | "
        "contrôle à faire avant le | next inspection | next_inspection_date",
        help=_l("Contrôle technique, vérification périodique : le jour avant lequel il est dû."),
    ),
    _of(
        "acquisition_cost_eur",
        "coût d’acquisition | valeur d’acquisition | prix d’achat | montant | "
        "coût | prix | valeur brute | purchase cost | cost | valuation | valeur",
        label=_l("Coût d’acquisition"),
        low=0,
    ),
    _of("latitude", "latitude | lat | lat wgs84", parse=_degrees(parsers.latitude)),
    _of(
        "longitude", "longitude | long | lon | lng | long wgs84", parse=_degrees(parsers.longitude)
    ),
    _of("notes", " | ".join(PEERS["description"])),
)
_ADDRESS = (
    column_from(Building, "address", "voie | nom de la voie"),
    column_from(Building, "postcode", "cp | postcode | zip"),
    column_from(Building, "city", "ville | city"),
    column_from(Building, "insee", "commune insee", parse=_cleaned(domain.insee_code)),
    column_from(
        Building,
        "ban_address_id",
        "id ban | cle_interop | clé d’interopérabilité | id_ban_adresse",
        parse=_cleaned(domain.ban_id),
    ),
)
_BUILDING = (
    column_from(Building, "rnb_id", "rnb | id rnb | rnb_ids", parse=_cleaned(domain.rnb_id)),
    column_from(
        Building,
        "floor_area_m2",
        "surface de plancher | surface | surface m2 | superficie | area",
    ),
    column_from(Building, "heated_area_m2", "surface chauffée"),
    column_from(Building, "usable_area_m2", "surface utile"),
    column_from(Building, "built_year", "construit en | année", low=1000, high=2200),
    column_from(Building, "erp_type", "erp"),
    column_from(Building, "erp_category", low=1, high=5),
    column_from(Building, "max_occupancy", low=0, high=1_000_000),
)
_ROOM = (
    column_from(Floor, "level", "niveau | étage", low=-20, high=200),
    column_from(Room, "room_area_m2", label=_l("Surface du local (m²)")),
    column_from(Room, "capacity", "places assises", low=0, high=1_000_000),
)
_VEHICLE = (
    column_from(
        Vehicle,
        "plate",
        "immatriculation | plaque | license plate | registration",
        parse=_cleaned(domain.plate),
    ),
    column_from(Vehicle, "vin", "numéro de châssis | n° de chassis", parse=_cleaned(domain.vin)),
    column_from(Vehicle, "energy", "carburant | fuel | énergie p.3", parse=_energy),
    column_from(
        Vehicle,
        "first_registered_on",
        "date de 1re immatriculation | mise en circulation | date de mise en circulation",
    ),
    column_from(Vehicle, "eu_category", "genre national"),
    column_from(Vehicle, "seats", "nombre de places", low=0, high=300),
    column_from(Vehicle, "gross_weight_kg", "ptac", low=0, high=200_000),
    column_from(Vehicle, "co2_g_per_km", "co2", low=0, high=5_000),
)
_EQUIPMENT = (
    column_from(
        Equipment,
        "warranty_ends_on",
        "fin de garantie | date d’expiration de la garantie | "
        "warranty expiry date | warranty expires | garantie jusqu’au",
    ),
    column_from(Equipment, "manufactured_year", low=1800, high=2200),
    column_from(Equipment, "power_kw", "puissance", low=0),
    column_from(Equipment, "quantity", "nombre | qté", low=1, high=1_000_000),
)
_PERSONAL = (
    column_from(PersonalEquipment, "size", "pointure"),
    column_from(PersonalEquipment, "standard"),
    column_from(PersonalEquipment, "expires_on", "date de péremption"),
)
_PARCEL = (
    column_from(
        Parcel,
        "cadastral_id",
        "parcelle | référence cadastrale | id parcelle",
        label=_l("Identifiant de parcelle"),
        parse=_cleaned(lambda text: domain.cadastral_id(text)[0]),
    ),
)

_LEAD = (_CODE, _NAME, _KIND, _CATEGORY, _PARENT, _LOCATION)
ASSET_COLUMNS = (
    *_LEAD,
    *_COMMON,
    *_ADDRESS,
    *_BUILDING,
    *_ROOM,
    *_VEHICLE,
    *_EQUIPMENT,
    *_PERSONAL,
    *_PARCEL,
)
VEHICLE_COLUMNS = (_CODE, *_VEHICLE, _NAME, _CATEGORY, _PARENT, _LOCATION, *_COMMON)
EQUIPMENT_COLUMNS = (_CODE, _NAME, _CATEGORY, _PARENT, _LOCATION, *_COMMON, *_EQUIPMENT)


def field_columns(definitions: Iterable[FieldDefinition]) -> list[Column]:
    """A column for each custom field of the register."""
    return [
        Column(
            f"{FIELD}{d.id}",
            d.label,
            field_parser(FieldType(d.field_type), d),
            aliases=(f"champ: {d.label}", d.key),
            help=d.help or "",
        )
        for d in definitions
    ]


def new_field_column(header: str, label: str, field_type: FieldType) -> Column:
    """A column whose header announces a field that does not exist yet."""
    return Column(f"{FIELD}+{label}", label, field_parser(field_type), aliases=(header,))


def field_parser(
    field_type: FieldType, field: FieldDefinition | None = None
) -> Callable[[Cell], TypedValue | None]:
    """A parser of cells for a type of custom field, with the choices and bounds of the field.

    A link stays the word of the cell: planning looks up all of them at once.
    """
    choices = {c: c for c in field.choice_list} if field is not None else {}

    def read(value: Cell) -> TypedValue | None:
        text = as_text(value).strip()
        if not text:
            return None
        match field_type:
            case FieldType.NUMBER | FieldType.AMOUNT:
                number = parsers.number(value, decimals=DECIMALS[field_type])
                if field is not None and number is not None:
                    try:
                        check_bounds(number, field.bounds, label=field.label)
                    except FieldValueRefused as refusal:
                        raise ValueRefused(str(refusal)) from refusal
                return TypedValue(number=number)
            case FieldType.DATE:
                return TypedValue(day=parsers.day(value))
            case FieldType.YES_NO:
                return TypedValue(number=Decimal(int(bool(parsers.boolean(value)))))
            case FieldType.CHOICE:
                return TypedValue(text=str(parsers.one_of(choices)(value)))
            case _:
                return TypedValue(text=parsers.text(value, limit=2000, lines=True))

    return read
