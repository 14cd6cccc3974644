"""The kinds of record of the module that have a card."""

from __future__ import annotations

from base.cards import card
from base.i18n import _l
from base.menus import SETTINGS
from interventions.models import Agent, Item, ServiceRequest, StockLevel, StockMove, Store

#: The module's group of the menu.
WORK = {
    "category": "Interventions",
    "category_label": _l("Interventions"),
    "category_icon": "tool",
}
REQUEST = card(
    ServiceRequest,
    plural=_l("Demandes"),
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
    menu="Service requests",
    group=WORK,
)
LEVEL = card(
    StockLevel,
    plural=_l("Stock"),
    icon="packages",
    none=_l("Rien en stock : faites entrer une livraison depuis un magasin."),
    lists="item store quantity unit_cost_eur value_eur",
    filters="item store quantity",
    order="quantity value_eur",
    identity="item.code store.code",
    rest="stock_level",
    menu="Stock levels",
    group=WORK,
)
MOVE = card(
    StockMove,
    plural=_l("Mouvements de stock"),
    icon="arrows-exchange",
    lists="date_on kind item store quantity value_eur label",
    record="date_on kind item store quantity unit_cost_eur value_eur label",
    filters="item store kind date_on",
    order="date_on",
    first="-id",
    menu="Stock moves",
    group=WORK,
)
AGENT = card(
    Agent,
    plural=_l("Agents"),
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
    group=SETTINGS,
)
ITEM = card(
    Item,
    plural=_l("Articles"),
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
    group=SETTINGS,
)
STORE = card(
    Store,
    plural=_l("Magasins"),
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
    group=SETTINGS,
)
