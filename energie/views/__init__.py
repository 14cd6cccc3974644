"""Screens of the module, and what it offers on the pages of the register."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _l
from base.engine.edge.interface import constraint_sentence
from base.face.views.card_views import place
from base.rules.modules import actions
from energie.views import offers, tiles
from energie.views.batches import ReadingBatchView
from energie.views.invoices import InvoiceView
from energie.views.points import DeliveryPointView
from patrimoine.models import Asset


def register(appbuilder: Any) -> None:
    """Open the screens and offer their parts."""
    place(appbuilder, DeliveryPointView, InvoiceView, ReadingBatchView)
    actions.section(
        Asset,
        "energie",
        _l("Énergie"),
        offers.asset_section,
        "energie/asset_section.html",
        icon="bolt",
        order=30,
        endpoint="DeliveryPointView.list",
        place="tab",
        when=offers.has_energy_tab,
    )
    actions.section(
        Asset,
        "energy-year",
        _l("Énergie, 12 mois"),
        offers.asset_summary,
        "energie/asset_summary.html",
        icon="bolt",
        order=4,
        endpoint="DeliveryPointView.list",
    )
    actions.offer(
        Asset,
        _l("Ajouter un point de livraison"),
        "DeliveryPointView.add",
        icon="gauge",
        argument="asset",
        when=offers.may_have_points,
        order=60,
    )
    actions.counter(Asset, offers.asset_counters)
    tiles.register()
    words = _l("Cette référence est déjà dans le registre.")
    name = "energie_delivery_point"
    constraint_sentence(f"uq_{name}_entity_id_energy_kind_reference", words)
    # SQLite says the columns, not the constraint.
    constraint_sentence(f"{name}.entity_id, {name}.energy_kind, {name}.reference", words)
