"""The kinds of record of the module that have a card."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _l, ngettext
from base.cards import Card, card
from patrimoine import domain
from patrimoine.domain import Kind
from patrimoine.models import (
    KIND_MODELS,
    Addressed,
    Asset,
    Category,
    CostLine,
    FieldDefinition,
    Tag,
    TagReport,
)

_MAY = " ".join(domain.OBEYED)
#: What assets of all kinds have beside name, number and category.
_COMMON = (
    "status service brand model serial_number acquired_on in_service_on last_inspection_on"
    " next_inspection_on acquisition_cost_eur latitude longitude notes"
)
_FILTERS = (
    "name code category parent status service serial_number acquired_on next_inspection_on"
    " acquisition_cost_eur"
)
#: Columns that follow from the identifier of a parcel; the file of the cadastre dates it.
_PARTS = "insee prefix section number"
_ALIKE: dict[str, Any] = {
    "order": "sort_key code status acquired_on next_inspection_on acquisition_cost_eur",
    "first": "sort_key",
    "state": "status",
    "removes": "remove",
    "rest_lists": "kind latitude longitude in_service_on last_inspection_on brand model",
}
ASSET = card(
    Asset,
    plural=_l("Biens"),
    counted=lambda n: ngettext("%(num)d bien", "%(num)d biens", n),
    icon="building-community",
    none=_l("Le registre est vide : importez un fichier ou ajoutez un premier site."),
    lists="code name kind category place status",
    record=f"code name kind parent category {_COMMON}",
    filters=f"kind {_FILTERS}",
    rest="asset",
    rest_add=f"code name category parent {_COMMON}",
    rest_edit=f"code name category parent {_COMMON}",
    menu="Assets",
    group={"category": "Patrimoine"},
    **_ALIKE,
)


def _own(kind: Kind, but: str = "id") -> str:
    """The columns of a kind's own table in the order of its form: the address first."""
    names = [c.key for c in KIND_MODELS[kind].__table__.columns if c.key not in but.split()]
    return " ".join(sorted(names, key=lambda name: not hasattr(Addressed, name)))


#: Kind -> its card.
KINDS: dict[Kind, Card] = {}


def _kind(
    kind: Kind, new: Any, own: str = "", *, written: str = "", read: str = "", **said: Any
) -> None:
    """The card of a kind; programs alone have the columns ``written``, and ``read`` of them."""
    own = own or _own(kind)
    form = f"category {own} {_COMMON}"
    whole = f"name code parent {form} {written}"
    KINDS[kind] = card(
        KIND_MODELS[kind],
        plural=said.pop("plural", kind.plural),
        counted=kind.counted,
        icon=kind.icon,
        new=new,
        change=_l("Modifier le bien"),
        lists=said.pop("lists", "code name category place status"),
        record=f"code category parent {own} {_COMMON}",
        cartouche=f"code category {said.pop('cartouche', '')}",
        add=f"name code parent {form}",
        edit=f"name code {form}",
        filters=f"{_FILTERS} {own}",
        rest=kind.value,
        rest_add=whole,
        rest_edit=whole,
        **_ALIKE | {"rest_lists": f"{_ALIKE['rest_lists']} {written} {read}"} | said,
    )


_kind(Kind.SITE, _l("Nouveau site"))
_kind(
    Kind.BUILDING,
    _l("Nouveau bâtiment"),
    lists="code name category place floor_area_m2 status",
    cartouche="floor_area_m2 built_year",
)
_kind(Kind.FLOOR, _l("Nouveau niveau"))
_kind(Kind.ROOM, _l("Nouveau local"), cartouche="room_area_m2")
_kind(
    Kind.PARCEL,
    _l("Nouvelle parcelle"),
    "cadastral_id area_m2",
    written="cadastre_on",
    read=_PARTS,
    lists="code name place section number area_m2 status",
    cartouche="cadastral_id area_m2",
    rest_filters=_PARTS,
)
_kind(
    Kind.VEHICLE,
    _l("Nouveau véhicule"),
    _own(Kind.VEHICLE, "id entity_id"),
    lists="code name plate category place next_inspection_on status",
    cartouche="plate energy next_inspection_on",
)
_kind(Kind.EQUIPMENT, _l("Nouvel équipement"))
_kind(
    Kind.PERSONAL_EQUIPMENT,
    _l("Nouvel équipement de protection"),
    plural=_l("Équipements de protection"),
    cartouche="expires_on",
)

REPORT = card(
    TagReport,
    plural=_l("Signalements"),
    counted=lambda n: ngettext("%(num)d signalement", "%(num)d signalements", n),
    icon="message-report",
    none=_l("Aucun signalement."),
    lists="reported_at asset description state supporters",
    record="asset description contact public_label reported_at closed_at",
    filters="asset state reported_at",
    order="reported_at supporters",
    words="description",
    first="-reported_at",
    state="state",
    rest="tag_report",
    rest_lists="place closed_at",
    menu="Tag reports",
    group={"category": "Patrimoine"},
)
TAG = card(
    Tag,
    plural=_l("Étiquettes"),
    counted=lambda n: ngettext("%(num)d étiquette", "%(num)d étiquettes", n),
    icon="qrcode",
    none=_l("Aucune étiquette : imprimez-en depuis la liste des biens."),
    lists="token asset state issued_at",
    record="token asset state issued_at claimed_at revoked_at",
    filters="token asset state",
    order="issued_at",
    words="token",
    first="-id",
    state="state",
    rest="tag",
    rest_lists="claimed_at revoked_at",
    group={"category": "Patrimoine"},
)
COST = card(
    CostLine,
    plural=_l("Coûts"),
    counted=lambda n: ngettext("%(num)d écriture", "%(num)d écritures", n),
    icon="coin-euro",
    none=_l("Aucun coût n’est encore inscrit."),
    lists="date_on asset label nature account amount_ht_eur net_eur",
    record="date_on asset label nature account budget_line amount_ht_eur vat_eur net_eur"
    " source_type source_id reversal_of_id booked_at",
    filters="date_on asset nature account budget_line amount_ht_eur",
    order="date_on net_eur amount_ht_eur",
    words="label",
    first="-date_on",
    title="label",
    rest="cost_line",
    rest_lists="vat_eur service_id supplier_id source_type source_id reversal_of_id booked_at",
    rest_filters="source_type source_id reversal_of_id",
    menu="Cost lines",
    group={"category": "Measure"},
)
CATEGORY = card(
    Category,
    plural=_l("Catégories de biens"),
    counted=lambda n: ngettext("%(num)d catégorie", "%(num)d catégories", n),
    icon="category",
    new=_l("Nouvelle catégorie"),
    change=_l("Modifier la catégorie"),
    lists="name kind account life_years taggable public_report",
    record=f"code kind parent account life_years {_MAY}",
    cartouche="code kind account life_years",
    add=f"name code kind parent account life_years {_MAY}",
    filters=f"name code kind parent account {_MAY}",
    order="name code kind",
    words="name code",
    first="name",
    opens="create_category",
    changes="update_category",
    removes="remove_category",
    rest="category",
    rest_add="",
    rest_edit="",
    menu="Categories",
    menu_word=_l("Catégories"),
    group={"category": "Settings"},
)
FIELD = card(
    FieldDefinition,
    plural=_l("Champs supplémentaires"),
    counted=lambda n: ngettext("%(num)d champ", "%(num)d champs", n),
    icon="list-details",
    new=_l("Nouveau champ"),
    change=_l("Modifier le champ"),
    none=_l("Aucun champ supplémentaire : un import peut aussi en créer."),
    lists="label field_type places is_required is_searchable on_label",
    record="key field_type unit low high default_value help is_required is_searchable"
    " is_importable on_label on_report",
    cartouche="field_type places",
    add="label field_type help kinds category_ids choices unit low high default_value"
    " is_required is_searchable is_importable on_label on_report",
    filters="label field_type is_required is_searchable on_label",
    order="label position",
    words="label",
    first="position",
    opens="define_field",
    changes="update_field",
    removes="remove_field",
    menu="Fields",
    menu_word=_l("Champs"),
    group={"category": "Settings"},
)
