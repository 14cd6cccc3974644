"""Kinds of assets, their states, what each may hold, and the words people use for them."""

from enum import StrEnum

from base.i18n import _l
from patrimoine.domain.words import plain


class Kind(StrEnum):
    """What an asset is; each kind has its own table."""

    SITE = "site"
    BUILDING = "building"
    FLOOR = "floor"
    ROOM = "room"
    PARCEL = "parcel"
    VEHICLE = "vehicle"
    EQUIPMENT = "equipment"
    PERSONAL_EQUIPMENT = "personal_equipment"


class AssetStatus(StrEnum):
    """Where an asset is in its life."""

    PLANNED = "planned"
    IN_SERVICE = "in_service"
    IN_REPAIR = "in_repair"
    OUT_OF_SERVICE = "out_of_service"
    IN_STORE = "in_store"
    DISPOSED = "disposed"


class TagState(StrEnum):
    """The life of a tag: printed blank, claimed by an asset, moved to another, revoked."""

    BLANK = "blank"
    CLAIMED = "claimed"
    RELINKED = "relinked"
    REVOKED = "revoked"


class ReportState(StrEnum):
    """What became of a stranger's report."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    REJECTED = "rejected"


class VehicleEnergy(StrEnum):
    """Energy of a vehicle, by the codes of the registration certificate (field P.3)."""

    PETROL = "ES"
    DIESEL = "GO"
    ELECTRIC = "EL"
    PETROL_HYBRID = "EH"
    DIESEL_HYBRID = "GH"
    PETROL_PLUG_IN = "EE"
    DIESEL_PLUG_IN = "GL"
    LPG = "GP"
    NATURAL_GAS = "GN"
    ETHANOL = "FE"
    HYDROGEN = "H2"


KIND_LABELS = {
    Kind.SITE: _l("Site"),
    Kind.BUILDING: _l("Bâtiment"),
    Kind.FLOOR: _l("Niveau"),
    Kind.ROOM: _l("Local"),
    Kind.PARCEL: _l("Parcelle"),
    Kind.VEHICLE: _l("Véhicule"),
    Kind.EQUIPMENT: _l("Équipement"),
    Kind.PERSONAL_EQUIPMENT: _l("Équipement de protection individuelle"),
}
KIND_PLURALS = {
    Kind.SITE: _l("Sites"),
    Kind.BUILDING: _l("Bâtiments"),
    Kind.FLOOR: _l("Niveaux"),
    Kind.ROOM: _l("Locaux"),
    Kind.PARCEL: _l("Parcelles"),
    Kind.VEHICLE: _l("Véhicules"),
    Kind.EQUIPMENT: _l("Équipements"),
    Kind.PERSONAL_EQUIPMENT: _l("Protections individuelles"),
}
KIND_ICONS = {
    Kind.SITE: "map-pin",
    Kind.BUILDING: "building-community",
    Kind.FLOOR: "stairs",
    Kind.ROOM: "door",
    Kind.PARCEL: "map",
    Kind.VEHICLE: "car",
    Kind.EQUIPMENT: "packages",
    Kind.PERSONAL_EQUIPMENT: "shield",
}
STATUS_LABELS = {
    AssetStatus.PLANNED: _l("En projet"),
    AssetStatus.IN_SERVICE: _l("En service"),
    AssetStatus.IN_REPAIR: _l("En réparation"),
    AssetStatus.OUT_OF_SERVICE: _l("Hors service"),
    AssetStatus.IN_STORE: _l("En réserve"),
    AssetStatus.DISPOSED: _l("Sorti de l’inventaire"),
}
#: (icon, class of the pill) for each state, as the design language has them
STATUS_LOOK = {
    AssetStatus.PLANNED: ("circle-dashed", "idle"),
    AssetStatus.IN_SERVICE: ("circle-check", "ok"),
    AssetStatus.IN_REPAIR: ("tool", "run"),
    AssetStatus.OUT_OF_SERVICE: ("alert-triangle", "late"),
    AssetStatus.IN_STORE: ("packages", "idle"),
    AssetStatus.DISPOSED: ("ban", "idle"),
}
ENERGY_LABELS = {
    VehicleEnergy.PETROL: _l("Essence"),
    VehicleEnergy.DIESEL: _l("Gazole"),
    VehicleEnergy.ELECTRIC: _l("Électricité"),
    VehicleEnergy.PETROL_HYBRID: _l("Hybride essence"),
    VehicleEnergy.DIESEL_HYBRID: _l("Hybride gazole"),
    VehicleEnergy.PETROL_PLUG_IN: _l("Hybride essence rechargeable"),
    VehicleEnergy.DIESEL_PLUG_IN: _l("Hybride gazole rechargeable"),
    VehicleEnergy.LPG: _l("GPL"),
    VehicleEnergy.NATURAL_GAS: _l("Gaz naturel"),
    VehicleEnergy.ETHANOL: _l("Superéthanol"),
    VehicleEnergy.HYDROGEN: _l("Hydrogène"),
}
#: what the category of an asset allows it, in the order of the screen
CAPABILITIES = {
    "taggable": _l("Porte une étiquette"),
    "public_report": _l("Signalement public par l’étiquette"),
    "bookable": _l("Se réserve"),
    "counters": _l("A des compteurs (km, heures)"),
    "depreciable": _l("S’amortit"),
    "assignable": _l("Se confie à un agent"),
    "signed_work": _l("Travaux signés par qui les reçoit"),
}
#: what each of them changes, in one sentence
CAPABILITY_HELP = {
    "taggable": _l("On imprime une étiquette à scanner pour ces biens."),
    "public_report": _l(
        "Un passant qui scanne l’étiquette voit le nom et le lieu, et peut signaler un problème."
    ),
    "bookable": _l("Ces biens peuvent être réservés pour une date."),
    "counters": _l("Des kilomètres ou des heures de marche sont relevés sur ces biens."),
    "depreciable": _l("La durée de vie sert à proposer un amortissement."),
    "assignable": _l("Le bien est remis à une personne, qui en répond."),
    "signed_work": _l("Une intervention ne se termine pas sans la signature de qui la reçoit."),
}

_HOLDS = {
    Kind.FLOOR: {Kind.ROOM, Kind.EQUIPMENT, Kind.PERSONAL_EQUIPMENT},
    Kind.ROOM: {Kind.EQUIPMENT, Kind.PERSONAL_EQUIPMENT, Kind.VEHICLE, Kind.ROOM},
    Kind.PARCEL: {Kind.BUILDING, Kind.EQUIPMENT, Kind.VEHICLE, Kind.SITE, Kind.PARCEL},
    Kind.VEHICLE: {Kind.EQUIPMENT, Kind.PERSONAL_EQUIPMENT, Kind.VEHICLE},
    Kind.EQUIPMENT: {Kind.EQUIPMENT, Kind.PERSONAL_EQUIPMENT},
    Kind.PERSONAL_EQUIPMENT: {Kind.PERSONAL_EQUIPMENT},
    Kind.BUILDING: set(Kind) - {Kind.SITE, Kind.PARCEL},
    Kind.SITE: set(Kind),
}
_KIND_WORDS = {
    Kind.SITE: "site|sites|lieu|emplacement|location|place",
    Kind.BUILDING: "batiment|batiments|building|immeuble|edifice|bat|bati",
    Kind.FLOOR: "niveau|etage|floor|storey|story|level",
    Kind.ROOM: "local|locaux|piece|salle|room|space",
    Kind.PARCEL: "parcelle|parcelles|terrain|parcel|land|foncier",
    Kind.VEHICLE: "vehicule|vehicules|vehicle|engin|voiture|car|truck",
    Kind.EQUIPMENT: "equipement|equipements|equipment|materiel|appareil|asset|bien|composant",
    Kind.PERSONAL_EQUIPMENT: (
        "equipement de protection individuelle|epi|personal equipment|personal_equipment|ppe"
        "|personal protective equipment"
    ),
}
_KIND_BY_WORD = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split("|")}
_STATUS_WORDS = {
    AssetStatus.PLANNED: "planned|en projet|projet|prevu|ordered|commande",
    AssetStatus.IN_SERVICE: (
        "in_service|in service|en service|service|operational|operationnel|ok|actif|active"
        "|deployed|deployable|ready to deploy|available|disponible|running|bon etat|bon|neuf"
    ),
    AssetStatus.IN_REPAIR: (
        "in_repair|in repair|en reparation|reparation|maintenance|en maintenance|inspection"
        "|inspection planifiee|inspection scheduled|out for repair|pending diagnostics|diagnostic"
    ),
    AssetStatus.OUT_OF_SERVICE: (
        "out_of_service|out of service|hors service|hs|en panne|panne|down|broken|standby|arret"
        "|emergency shutdown|arret d'urgence|undeployable|a l'arret"
    ),
    AssetStatus.IN_STORE: "in_store|in store|en reserve|reserve|stock|en stock|stored|pending",
    AssetStatus.DISPOSED: (
        "disposed|sorti de l'inventaire|sorti|reforme|cede|vendu|archive|archived|lost|stolen"
    ),
}
_STATUS_BY_WORD = {w: state for state, words in _STATUS_WORDS.items() for w in words.split("|")}


def kind_named(word: str) -> Kind | None:
    """The kind that people call so, in French or English; None when unknown."""
    return _KIND_BY_WORD.get(plain(word))


def status_named(word: str) -> AssetStatus | None:
    """The state that people call so, in French or English; None when unknown."""
    return _STATUS_BY_WORD.get(plain(word))


def may_hold(parent: Kind, child: Kind) -> bool:
    """Whether an asset of the first kind may have one of the second just below it."""
    return child in _HOLDS[parent]
