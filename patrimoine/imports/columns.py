"""Columns of a register, as towns and other programs name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from base import facts
from base.i18n import _, _l
from base.tables import Column, ValueRefused
from base.tables import values as parsers
from base.tables.headers import PEERS
from base.tables.words import Cell, as_text
from patrimoine import domain
from patrimoine.domain.fields import (
    DECIMALS,
    FieldType,
    FieldValueRefused,
    TypedValue,
    check_bounds,
)
from patrimoine.domain.kinds import VehicleEnergy
from patrimoine.models import FieldDefinition

#: Keys of columns that hold custom fields: "field:12", or "field:+Gérant" for one to be made.
FIELD = "field:"


def _kind(value: Cell) -> domain.Kind | None:
    text = parsers.text(value)
    if text is None:
        return None
    kind = domain.kind_named(text)
    if kind is None:
        raise ValueRefused(
            _(
                "« %(v)s » n’est pas une nature de bien ; attendu : %(l)s.",
                v=text,
                l=", ".join(word.lower() for _kind, word in domain.Kind.words()),
            )
        )
    return kind


def _status(value: Cell) -> domain.AssetStatus | None:
    text = parsers.text(value)
    if text is None:
        return None
    status = domain.status_named(text)
    if status is None:
        raise ValueRefused(
            _(
                "« %(v)s » n’est pas un état ; attendu : %(l)s.",
                v=text,
                l=", ".join(word.lower() for _status, word in domain.AssetStatus.words()),
            )
        )
    return status


def _energy(value: Cell) -> str | None:
    text = parsers.text(value)
    if text is None:
        return None
    words = {domain.plain(word): kind.value for word, kind in VehicleEnergy.named().items()}
    words |= {"diesel": "GO", "electrique": "EL", "hybride": "EH", "gnv": "GN", "e85": "FE"}
    found = words.get(domain.plain(text))
    if found is None:
        raise ValueRefused(_("« %(v)s » n’est pas une énergie de véhicule.", v=text))
    return found


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


def _short(limit: int) -> Callable[[Cell], str | None]:
    return lambda value: parsers.text(value, limit=limit)


def _reference(value: Cell) -> str | None:
    """The number, name or path of another asset."""
    return parsers.text(value, limit=400)


def _whole(low: int, high: int) -> Callable[[Cell], int | None]:
    return lambda value: parsers.integer(value, low=low, high=high)


def _square_metres(value: Cell) -> Decimal | None:
    return parsers.number(value, decimals=2, unit="m²", low=0)


def _notes(value: Cell) -> str | None:
    return parsers.text(value, limit=20_000, lines=True)


_CODE = Column(
    "code",
    _l("N° d’inventaire"),
    lambda value: parsers.code(value, limit=60),
    aliases=("code interne", "barcode_Code128", "barcode_Code39", "étiquette"),
    help=_l("Le numéro qui retrouve le bien au prochain import."),
)
_NAME = Column("name", _l("Nom"), _short(200))
_KIND = Column(
    "kind",
    _l("Nature"),
    _kind,
    aliases=("nature du bien", "type de bien", "genre", "classe", "kind", "asset type"),
    help=_l("Site, bâtiment, niveau, local, parcelle, véhicule, équipement ou EPI."),
)
_CATEGORY = Column("category", _l("Catégorie"), _short(200))
_PARENT = Column(
    "parent",
    _l("Rattaché à"),
    _reference,
    aliases=("n° du parent", "contenu dans"),
    help=_l("N° d’inventaire, ou nom, du bien qui le contient."),
)
_LOCATION = Column(
    "location",
    _l("Emplacement"),
    _reference,
    aliases=("bâtiment", "local"),
    help=_l("N° d’inventaire, nom ou chemin (Site > Bâtiment) d’un lieu du registre."),
)
_COMMON = (
    Column("status", _l("État"), _status, aliases=("situation",)),
    Column("service", _l("Service gestionnaire"), _short(200), aliases=("gestionnaire", "service")),
    Column("brand", _l("Marque"), _short(120), aliases=PEERS["manufacturer"]),
    Column("model", _l("Modèle"), _short(120)),
    Column(
        "serial_number", _l("N° de série"), lambda value: parsers.code(value, limit=120),
        aliases=("num_serie", "numero_serie", "no série"),
    ),
    Column(
        "acquired_on", _l("Acquis le"), parsers.day, aliases=("date d’entrée",),
        dated=facts.fact(since=facts.OLDEST_DEED),
    ),
    Column(
        "in_service_on", _l("Mis en service le"), parsers.day,
        dated=facts.plan(since=facts.OLDEST_DEED),
    ),
    Column(
        "last_inspection_on", _l("Dernier contrôle le"), parsers.day, dated=facts.fact(),
        aliases=(
            "date du dernier contrôle", "dernier contrôle", "dernière vérification",
            "date de dernière vérification", "contrôlé le", "vérifié le", "date du contrôle",
            "dernier contrôle technique", "date du dernier contrôle technique",
            "dernière visite périodique", "last inspection", "last_inspection_date",
        ),
        help=_l("Contrôle technique, vérification périodique : le jour où il a été fait."),
    ),
    Column(
        "next_inspection_on", _l("Prochain contrôle avant le"), parsers.day, dated=facts.plan(),
        aliases=(
            "champ: prochain contrôle avant le, type:date", "prochain contrôle",
            "date du prochain contrôle", "prochain contrôle technique",
            "date du prochain contrôle technique", "prochain ct", "date prochain ct",
            "échéance contrôle technique", "échéance du contrôle technique", "échéance ct",
            "fin de validité du contrôle technique", "contrôle technique avant le",
            "contrôle technique valable jusqu’au", "prochaine vérification",
            "date de prochaine vérification", "prochaine visite", "prochaine visite périodique",
            "contrôle à faire avant le", "next inspection", "next_inspection_date",
        ),
        help=_l("Contrôle technique, vérification périodique : le jour avant lequel il est dû."),
    ),
    Column("acquisition_cost_eur", _l("Coût d’acquisition"), parsers.positive_euros),
    Column("latitude", _l("Latitude"), _degrees(parsers.latitude)),
    Column("longitude", _l("Longitude"), _degrees(parsers.longitude)),
    Column("notes", _l("Notes"), _notes, aliases=PEERS["description"]),
)
_ADDRESS = (
    Column("address", _l("Adresse"), _short(300), aliases=("voie", "nom de la voie")),
    Column("postcode", _l("Code postal"), _short(5), aliases=("cp", "postcode", "zip")),
    Column("city", _l("Commune"), _short(120), aliases=("ville", "city")),
    Column("insee", _l("Code INSEE"), _cleaned(domain.insee_code), aliases=("commune insee",)),
    Column(
        "ban_address_id",
        _l("Identifiant BAN"),
        _cleaned(domain.ban_id),
        aliases=("id ban", "cle_interop", "clé d’interopérabilité", "id_ban_adresse"),
    ),
)
_BUILDING = (
    Column(
        "rnb_id",
        _l("Identifiant RNB"),
        _cleaned(domain.rnb_id),
        aliases=("rnb", "id rnb", "rnb_ids"),
    ),
    Column(
        "floor_area_m2", _l("Surface de plancher (m²)"), _square_metres,
        aliases=("surface de plancher", *PEERS["surface_m2"]),
    ),
    Column("heated_area_m2", _l("Surface chauffée (m²)"), _square_metres,
           aliases=("surface chauffée",)),
    Column("usable_area_m2", _l("Surface utile (m²)"), _square_metres, aliases=("surface utile",)),
    Column("built_year", _l("Année de construction"), _whole(1000, 2200),
           dated=facts.plan(since=facts.OLDEST),
           aliases=("construit en", "année")),
    Column("erp_type", _l("Type ERP"), _short(10), aliases=("erp",)),
    Column("erp_category", _l("Catégorie ERP"), _whole(1, 5)),
    Column("max_occupancy", _l("Effectif admissible"), _whole(0, 1_000_000)),
)  # fmt: skip
_ROOM = (
    Column("level", _l("Numéro de niveau"), _whole(-20, 200), aliases=("niveau", "étage")),
    Column("room_area_m2", _l("Surface du local (m²)"), _square_metres),
    Column("capacity", _l("Capacité"), _whole(0, 1_000_000), aliases=("places assises",)),
)
_VEHICLE = (
    Column(
        "plate",
        _l("Immatriculation"),
        _cleaned(domain.plate),
        aliases=PEERS["registration"],
    ),
    Column("vin", _l("VIN"), _cleaned(domain.vin), aliases=("numéro de châssis", "n° de chassis")),
    Column("energy", _l("Énergie"), _energy, aliases=("carburant", "fuel", "énergie p.3")),
    Column(
        "first_registered_on",
        _l("Première immatriculation"),
        parsers.day,
        dated=facts.fact(since=facts.OLDEST_MACHINE),
        aliases=(
            "date de 1re immatriculation",
            "mise en circulation",
            "date de mise en circulation",
        ),
    ),
    Column("eu_category", _l("Catégorie CE"), _short(4), aliases=("genre national",)),
    Column("seats", _l("Places"), _whole(0, 300), aliases=("nombre de places",)),
    Column("gross_weight_kg", _l("PTAC (kg)"), _whole(0, 200_000), aliases=("ptac",)),
    Column("co2_g_per_km", _l("CO2 (g/km)"), _whole(0, 5_000), aliases=("co2",)),
)
_EQUIPMENT = (
    Column(
        "warranty_ends_on",
        _l("Fin de garantie"),
        parsers.day,
        aliases=PEERS["warranty_until"],
        dated=facts.plan(after="acquired_on"),
    ),
    Column(
        "manufactured_year",
        _l("Année de fabrication"),
        _whole(1800, 2200),
        dated=facts.fact(since=facts.OLDEST_MACHINE),
    ),
    Column(
        "power_kw",
        _l("Puissance (kW)"),
        lambda value: parsers.number(value, decimals=3, unit="kW", low=0),
        aliases=("puissance",),
    ),
    Column("quantity", _l("Quantité"), _whole(1, 1_000_000), aliases=("nombre", "qté")),
)
_PERSONAL = (
    Column("size", _l("Taille"), _short(20), aliases=("pointure",)),
    Column("standard", _l("Norme"), _short(40)),
    Column(
        "expires_on",
        _l("Péremption"),
        parsers.day,
        aliases=("date de péremption",),
        dated=facts.plan(after="acquired_on"),
    ),
)
_PARCEL = (
    Column(
        "cadastral_id",
        _l("Identifiant de parcelle"),
        _cleaned(lambda text: domain.cadastral_id(text)[0]),
        aliases=("parcelle", "référence cadastrale", "id parcelle"),
    ),
)

_LEAD = (_CODE, _NAME, _KIND, _CATEGORY, _PARENT, _LOCATION)
ASSET_COLUMNS = (
    *_LEAD, *_COMMON, *_ADDRESS, *_BUILDING, *_ROOM, *_VEHICLE, *_EQUIPMENT, *_PERSONAL, *_PARCEL,
)  # fmt: skip
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
