"""Kinds of assets, their states, what each may hold, and the words people use for them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from base.basics.folding import begins_with
from base.basics.i18n import _l, is_one, ngettext
from base.store.choice import Choice, Shown, Sign
from patrimoine.domain.collation import plain


class Kind(Choice):
    """What an asset is; each kind has its own table."""

    SITE = (
        "site",
        _l("Site"),
        "map-pin",
        _l("Sites"),
        lambda n: ngettext("%(num)d site", "%(num)d sites", n),
    )
    BUILDING = (
        "building",
        _l("Bâtiment"),
        "building-community",
        _l("Bâtiments"),
        lambda n: ngettext("%(num)d bâtiment", "%(num)d bâtiments", n),
    )
    FLOOR = (
        "floor",
        _l("Niveau"),
        "stairs",
        _l("Niveaux"),
        lambda n: ngettext("%(num)d niveau", "%(num)d niveaux", n),
    )
    ROOM = (
        "room",
        _l("Local"),
        "door",
        _l("Locaux"),
        lambda n: ngettext("%(num)d local", "%(num)d locaux", n),
    )
    PARCEL = (
        "parcel",
        _l("Parcelle"),
        "map",
        _l("Parcelles"),
        lambda n: ngettext("%(num)d parcelle", "%(num)d parcelles", n),
    )
    VEHICLE = (
        "vehicle",
        _l("Véhicule"),
        "car",
        _l("Véhicules"),
        lambda n: ngettext("%(num)d véhicule", "%(num)d véhicules", n),
    )
    EQUIPMENT = (
        "equipment",
        _l("Équipement"),
        "packages",
        _l("Équipements"),
        lambda n: ngettext("%(num)d équipement", "%(num)d équipements", n),
    )
    PERSONAL_EQUIPMENT = (
        "personal_equipment",
        _l("Équipement de protection individuelle"),
        "shield",
        _l("Protections individuelles"),
        lambda n: ngettext(
            "%(num)d équipement de protection", "%(num)d équipements de protection", n
        ),
    )

    plural: Any
    counted: Callable[[int], str]

    def tell(
        self,
        word: Any,
        icon: str = "",
        plural: Any = "",
        counted: Any = None,
        /,
    ) -> None:
        """The word, the icon, the word for several, how many there are in words."""
        super().tell(word, icon)
        self.plural, self.counted = plural, counted

    def word_for(self, count: int) -> str:
        """Its word beside a count, as the reader's language counts."""
        return str(self.word if is_one(count) else self.plural)


#: Kinds that are bought from a maker: a missing make is a gap. A prefabricated building may have
#: one, and lacks nothing without.
MADE = frozenset({Kind.VEHICLE, Kind.EQUIPMENT, Kind.PERSONAL_EQUIPMENT})


class AssetStatus(Choice):
    """Where an asset is in its life."""

    PLANNED = "planned", _l("En projet"), "circle-dashed"
    IN_SERVICE = "in_service", _l("En service"), "circle-check", "ok"
    IN_REPAIR = "in_repair", _l("En réparation"), "tool", "run"
    OUT_OF_SERVICE = "out_of_service", _l("Hors service"), "alert-triangle", "late"
    IN_STORE = "in_store", _l("En réserve"), "packages"
    DISPOSED = "disposed", _l("Sorti de l’inventaire"), "ban"


def kind_beside(kind: str, name: str) -> str:
    """What an asset is, for a line that says its name; empty where the name says it already."""
    word = str(Kind(kind).word)
    return "" if begins_with(name, word) else word


_ARCHIVED = Sign(_l("Archivé"), "archive", "")


def shown_state(status: str, archived_on: date | None) -> Shown:
    """The one state in which people read an asset: of what has left the lists, that alone."""
    return AssetStatus(status) if archived_on is None else _ARCHIVED


class TagState(Choice):
    """The life of a tag: made blank, given to an asset, moved to another, revoked.

    Whether it is printed and put up is not known: no word may say so.
    """

    BLANK = "blank", _l("Vierge")
    CLAIMED = "claimed", _l("Attribuée")
    RELINKED = "relinked", _l("Déplacée")
    REVOKED = "revoked", _l("Révoquée")


class ReportState(Choice):
    """What became of a stranger's report."""

    RECEIVED = "received", _l("À trier")
    ACCEPTED = "accepted", _l("Accepté")
    CLOSED = "closed", _l("Traité")
    REJECTED = "rejected", _l("Refusé")


class VehicleEnergy(Choice):
    """Energy of a vehicle, by the codes of the registration certificate (field P.3)."""

    PETROL = "ES", _l("Essence")
    DIESEL = "GO", _l("Gazole")
    ELECTRIC = "EL", _l("Électricité")
    PETROL_HYBRID = "EH", _l("Hybride essence")
    DIESEL_HYBRID = "GH", _l("Hybride gazole")
    PETROL_PLUG_IN = "EE", _l("Hybride essence rechargeable")
    DIESEL_PLUG_IN = "GL", _l("Hybride gazole rechargeable")
    LPG = "GP", _l("GPL")
    NATURAL_GAS = "GN", _l("Gaz naturel")
    ETHANOL = "FE", _l("Superéthanol")
    HYDROGEN = "H2", _l("Hydrogène")


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
#: those that something in the product obeys: the others are kept, and shown nowhere
OBEYED = ("taggable", "public_report", "signed_work")
#: what each of these changes, in one sentence
CAPABILITY_HELP = {
    "taggable": _l("On imprime une étiquette à scanner pour ces biens."),
    "public_report": _l(
        "Un passant qui scanne l’étiquette voit le nom et le lieu, et peut signaler un problème."
    ),
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
