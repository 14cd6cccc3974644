"""The kinds of record of the module that have a card."""

from __future__ import annotations

from base.basics.i18n import _l
from base.cards import card
from patrimoine import domain
from patrimoine.models import Category, CostLine, FieldDefinition, Tag, TagReport

_MAY = " ".join(domain.CAPABILITIES)

REPORT = card(
    TagReport,
    plural=_l("Signalements"),
    icon="message-report",
    none=_l("Aucun signalement."),
    lists="reported_at asset description state supporters",
    record="asset description contact public_label reported_at closed_at",
    filters="asset state reported_at",
    order="reported_at supporters",
    words="description",
    first="-reported_at",
    state="state",
    menu="Tag reports",
    group={"category": "Patrimoine"},
)
TAG = card(
    Tag,
    plural=_l("Étiquettes"),
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
    icon="category",
    new=_l("Nouvelle catégorie"),
    change=_l("Modifier la catégorie"),
    lists="name kind account life_years public_report bookable",
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
    removes="remove_field",
    menu="Fields",
    menu_word=_l("Champs"),
    group={"category": "Settings"},
)
