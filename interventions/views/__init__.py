"""Screens of the module, and what it offers on the pages of the register."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _l
from base.desk.tiles import add as declare_tiles
from base.engine.edge.interface import constraint_sentence
from base.face.attached.chatter import thread_source
from base.face.attached.documents import KEPT
from base.face.views.card_views import place
from base.rules.modules import actions
from base.rules.modules.actions import section, tag_action
from interventions.models import Agent, ServiceRequest, Store
from interventions.services import kept_for_signature
from interventions.views import agent_tiles, offers, tiles
from interventions.views.follow import FollowView
from interventions.views.mobile import MobileView
from interventions.views.people import AgentView, account_section, rates_section
from interventions.views.requests import ServiceRequestView, decision_section
from interventions.views.stock import (
    ItemView,
    StockLevelView,
    StockMoveView,
    StoreView,
    store_section,
)
from interventions.views.threads import cost_entries
from interventions.views.work_orders import WorkOrderView
from patrimoine.models import Asset, TagReport


def register(appbuilder: Any) -> None:
    """Open the screens and offer their buttons."""
    actions.menu_group(appbuilder, "Interventions", _l("Interventions"), "tool", order=10)
    place(appbuilder, ServiceRequestView, WorkOrderView)
    appbuilder.add_link(
        "Planning",
        "/workorderview/list/?tab=open&display=calendar&period=week",
        label=_l("Planning"),
        icon="calendar-week",
        baseview=actions.view_of("WorkOrderView"),
        category="Interventions",
    )
    place(appbuilder, StockLevelView, StockMoveView, AgentView, ItemView, StoreView)
    appbuilder.add_view_no_menu(MobileView)
    appbuilder.add_view_no_menu(FollowView)

    here = {"icon": "tool", "when": offers.in_use, "primary": True, "order": 10}
    actions.offer(Asset, _l("Nouvelle intervention"), "WorkOrderView.add", argument="asset", **here)
    tag_action(Asset, _l("Intervenir"), "MobileView.choose", **here)
    tag_action(Asset, _l("Mes interventions ici"), "MobileView.here", icon="list-check", order=20)
    reported = {"icon": "alert-circle", "when": offers.in_use, "order": 30}
    tag_action(Asset, _l("Signaler"), "MobileView.report", **reported)
    actions.offer(
        TagReport,
        _l("En faire une demande"),
        "ServiceRequestView.from_report",
        icon="inbox",
        method="POST",
        when=offers.is_open_report,
        primary=True,
        order=10,
    )
    work: dict[str, Any] = {"icon": "tool", "order": 20, "endpoint": "WorkOrderView.list"}
    section(Asset, "interventions", _l("Interventions"), offers.asset_section, **work)
    section(Agent, "rates", _l("Taux horaires"), rates_section, icon="coin-euro", order=10)
    section(Agent, "account", _l("Compte"), account_section, icon="user", order=20)
    section(Store, "moves", _l("Entrées et comptages"), store_section, icon="packages", order=10)
    section(ServiceRequest, "decision", _l("Décision"), decision_section, icon="inbox", order=10)
    actions.counter(Asset, offers.asset_counters)
    actions.counter(TagReport, offers.report_counters)
    actions.outcome(TagReport, offers.became)
    tiles.first_steps()
    declare_tiles([*tiles.TILES, *agent_tiles.TILES])
    actions.duty(offers.open_work_of)
    actions.phone_link(_l("Ma journée"), "MobileView.day", "calendar-check", order=10)
    actions.phone_link(_l("Demandes"), "ServiceRequestView.list", "inbox", order=30)
    thread_source(cost_entries)
    if kept_for_signature not in KEPT:
        KEPT.append(kept_for_signature)
    for table, column, words in (
        ("agent", "code", _l("Ce matricule existe déjà.")),
        ("agent", "user_id", _l("Ce compte est déjà relié à un autre agent.")),
        ("item", "code", _l("Cette référence existe déjà.")),
        ("store", "code", _l("Ce code existe déjà.")),
    ):
        name = f"interventions_{table}"
        constraint_sentence(f"uq_{name}_entity_id_{column}", words)
        # SQLite says the columns, not the constraint.
        constraint_sentence(f"{name}.entity_id, {name}.{column}", words)
