"""The kinds of record of the module that have a card."""

from __future__ import annotations

from base.basics.i18n import _l, ngettext
from base.cards import card
from interventions.models import (
    Agent,
    AgentRate,
    ChecklistPoint,
    Expense,
    Item,
    Labour,
    PartUse,
    Photo,
    ServiceRequest,
    Signature,
    StockLevel,
    StockMove,
    Store,
    WorkOrder,
)

WORK_ORDER = card(
    WorkOrder,
    plural=_l("Interventions"),
    counted=lambda n: ngettext("%(num)d intervention", "%(num)d interventions", n),
    icon="tool",
    new=_l("Nouvelle intervention"),
    change=_l("Modifier l’intervention"),
    none=_l("Aucune intervention ici."),
    lists="number title asset state priority assigned_to due_on",
    record="number asset kind priority requester planned_on due_on",
    add="asset title kind priority description requester assigned_to planned_on due_on",
    edit="title kind priority description finding requester assigned_to planned_on due_on",
    filters="number title asset state priority kind assigned_to due_on planned_on finished_at"
    " requester service",
    order="number state priority due_on planned_on",
    words="number external_number title",
    first="-id",
    title="title",
    state="state",
    verbs="assign plan priority validate start pause finish reopen cancel",
    # It keeps its number: it is cancelled, never deleted.
    deletable="",
    opens="open_work_order",
    changes="reword",
    search=("wo", 20),
    found="title number state",
    rest="work_order",
    rest_lists="started_at",
    rest_record="description finding validated_at cancelled_at reason worked_seconds"
    " opened_from_id created_at changed_at",
    rest_filters="started_at",
    rest_add="asset title kind priority description requester service assigned_to planned_on"
    " due_on",
    rest_edit="title kind priority description finding requester service assigned_to planned_on"
    " due_on",
    menu="Work orders",
    group={"category": "Interventions"},
)
#: Lines of cost: read on their own, written and taken back by verbs.
LABOUR = card(
    Labour,
    plural=_l("Temps passés"),
    counted=lambda n: ngettext("%(num)d temps passé", "%(num)d temps passés", n),
    icon="clock",
    lists="work_order agent date_on hours hourly_rate_eur amount_ht_eur reversed_at corrects_id",
    filters="work_order agent date_on",
    order="date_on",
    rest="labour",
    rest_lists="entity_id",
)
PART_USE = card(
    PartUse,
    plural=_l("Pièces posées"),
    counted=lambda n: ngettext("%(num)d pièce posée", "%(num)d pièces posées", n),
    icon="package",
    lists="work_order item store date_on quantity unit_cost_eur amount_ht_eur vat_eur reversed_at",
    filters="work_order item date_on",
    order="date_on",
    rest="part_use",
    rest_lists="entity_id",
)
EXPENSE = card(
    Expense,
    plural=_l("Dépenses"),
    counted=lambda n: ngettext("%(num)d dépense", "%(num)d dépenses", n),
    icon="receipt",
    lists="work_order date_on supplier partner label reference amount_ht_eur vat_rate vat_eur"
    " reversed_at",
    filters="work_order supplier date_on",
    order="date_on",
    rest="expense",
    rest_lists="entity_id",
)
#: What else hangs on a work order or an agent, and is read below it.
POINT = card(
    ChecklistPoint,
    plural=_l("Points à suivre"),
    counted=lambda n: ngettext("%(num)d point à suivre", "%(num)d points à suivre", n),
    icon="list-check",
    lists="work_order position label mandatory unit expected_min expected_max measure answer note"
    " answered_at follow_up",
    rest_lists="answered_by",
)
SIGNATURE = card(
    Signature,
    plural=_l("Signatures"),
    counted=lambda n: ngettext("%(num)d signature", "%(num)d signatures", n),
    icon="signature",
    lists="work_order signer_name signer_quality signed_at document digest replaced_at",
)
PHOTO = card(
    Photo,
    plural=_l("Photos"),
    counted=lambda n: ngettext("%(num)d photo", "%(num)d photos", n),
    icon="camera-plus",
    lists="work_order document moment",
)
RATE = card(
    AgentRate,
    plural=_l("Taux horaires"),
    counted=lambda n: ngettext("%(num)d taux horaire", "%(num)d taux horaires", n),
    icon="coin-euro",
    lists="agent valid_from hourly_rate_eur",
)
REQUEST = card(
    ServiceRequest,
    plural=_l("Demandes"),
    counted=lambda n: ngettext("%(num)d demande", "%(num)d demandes", n),
    icon="inbox",
    new=_l("Nouvelle demande"),
    change=_l("Modifier la demande"),
    none=_l("Aucune demande à trier."),
    lists="number title asset state priority requester received_at",
    record="number asset channel priority requester contact received_at description"
    " refusal_reason work_order",
    add="asset title description requester contact channel priority",
    edit="title description requester contact priority",
    filters="number title asset state channel priority requester received_at",
    order="number received_at state priority",
    words="number title requester",
    first="-id",
    title="title",
    state="state",
    verbs="accept refuse",
    board="asset requester received_at",
    # It keeps its number: it is refused, never deleted.
    deletable="",
    opens="open_request",
    opens_rest="open_told",
    search=("sr", 25),
    found="title number",
    rest="service_request",
    rest_record="tag_report_id",
    menu="Service requests",
    group={"category": "Interventions"},
)
#: Read only, for a quantity is only ever moved.
LEVEL = card(
    StockLevel,
    plural=_l("Stock"),
    counted=lambda n: ngettext("%(num)d article en magasin", "%(num)d articles en magasin", n),
    icon="packages",
    none=_l("Rien en stock : faites entrer une livraison depuis un magasin."),
    lists="item store quantity unit_cost_eur value_eur",
    filters="item store quantity",
    order="quantity value_eur",
    identity="item.code store.code",
    rest="stock_level",
    menu="Stock levels",
    group={"category": "Interventions"},
)
MOVE = card(
    StockMove,
    plural=_l("Mouvements de stock"),
    counted=lambda n: ngettext("%(num)d mouvement", "%(num)d mouvements", n),
    icon="arrows-exchange",
    lists="date_on kind item store quantity value_eur label",
    record="date_on kind item store quantity unit_cost_eur value_eur label",
    filters="item store kind date_on",
    order="date_on",
    first="-id",
    menu="Stock moves",
    group={"category": "Interventions"},
)
AGENT = card(
    Agent,
    plural=_l("Agents"),
    counted=lambda n: ngettext("%(num)d agent", "%(num)d agents", n),
    icon="users",
    new=_l("Nouvel agent"),
    change=_l("Modifier l’agent"),
    none=_l("Aucun agent : importez votre liste, ou ajoutez-en un."),
    lists="code last_name first_name trade service",
    record="code last_name first_name trade service email",
    add="code last_name first_name trade service email",
    edit="code last_name first_name trade service email archived_on",
    order="code last_name trade",
    words="code last_name first_name trade",
    first="last_name",
    deletable="desk",
    search=("ag", 50),
    found="name code trade",
    rest="agent",
    rest_lists="name user_id",
    group={"category": "Settings"},
)
ITEM = card(
    Item,
    plural=_l("Articles"),
    counted=lambda n: ngettext("%(num)d article", "%(num)d articles", n),
    icon="box",
    new=_l("Nouvel article"),
    change=_l("Modifier l’article"),
    none=_l("Aucun article : importez votre stock, ou ajoutez-en un."),
    lists="code name unit vat_rate",
    add="code name unit vat_rate",
    edit="code name unit vat_rate archived_on",
    filters="code name",
    order="code name",
    words="code name",
    first="code",
    deletable="desk",
    search=("it", 55),
    found="name code",
    rest="item",
    group={"category": "Settings"},
)
STORE = card(
    Store,
    plural=_l("Magasins"),
    counted=lambda n: ngettext("%(num)d magasin", "%(num)d magasins", n),
    icon="home",
    new=_l("Nouveau magasin"),
    change=_l("Modifier le magasin"),
    lists="code name",
    add="code name",
    edit="code name archived_on",
    order="code name",
    words="code name",
    first="code",
    deletable="desk",
    rest="store",
    group={"category": "Settings"},
)
