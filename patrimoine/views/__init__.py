"""Screens of the register, and what it offers on its records."""

from __future__ import annotations

from typing import Any

from flask import current_app

from base.basics.i18n import _l
from base.face.views import constraint_sentence, verb_pages
from base.face.views.card_views import place
from base.rules.modules import actions
from patrimoine.models import Asset
from patrimoine.views import sections, tiles
from patrimoine.views.assets import KIND_VIEWS, AssetView
from patrimoine.views.field_settings import FieldDefinitionView
from patrimoine.views.ledger import CostLineView, TagReportView, TagView
from patrimoine.views.maps import MapView
from patrimoine.views.past import PastView
from patrimoine.views.settings import CategoryView
from patrimoine.views.tags import TagPageView, take_reports


def _taggable(row: Asset) -> bool:
    return row.archived_on is None and (row.category is None or row.category.taggable)


def register(appbuilder: Any) -> None:
    """Open the screens, offer buttons and sections."""
    actions.menu_group(appbuilder, "Patrimoine", _l("Patrimoine"), "building-community", order=20)
    actions.menu_group(appbuilder, "Measure", _l("Mesurer"), "report-analytics", order=30)
    place(appbuilder, AssetView)
    for view in KIND_VIEWS:
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view(MapView, "Map", label=_l("Carte"), icon="map", category="Patrimoine")
    place(appbuilder, TagReportView, TagView, CostLineView, CategoryView, FieldDefinitionView)
    take_reports(current_app, appbuilder.add_view_no_menu(TagPageView))
    appbuilder.add_view_no_menu(PastView)
    _offers()
    tiles.register()
    _sentences()


def _offers() -> None:
    actions.offer(
        Asset,
        _l("Étiquette"),
        "AssetView.label",
        icon="qrcode",
        method="POST",
        when=_taggable,
        order=20,
    )
    actions.offer(
        Asset,
        _l("Champs"),
        "AssetView.fields",
        icon="list-details",
        when=lambda row: row.archived_on is None,
        order=65,
    )
    actions.offer(Asset, _l("Voir à une date passée"), "PastView.show", icon="history", order=84)
    verb_pages.buttons("AssetView", move=60, archive=90, restore=90)
    for setting in ("CategoryView", "FieldDefinitionView"):
        verb_pages.buttons(setting, archive=90, restore=90)
    verb_pages.section("TagReportView")
    for key, title, function, order, endpoint in (
        ("composition", _l("Composition"), sections.composition, 10, None),
        ("costs_summary", _l("Coûts par année"), sections.costs_summary, 6, "CostLineView.list"),
        ("fields", _l("Champs"), sections.fields, 40, None),
        ("tag", _l("Étiquette"), sections.tag, 45, "TagView.list"),
        ("place", _l("Sur la carte"), sections.place, 50, None),
        ("moves", _l("Emplacements successifs"), sections.moves, 70, None),
    ):
        actions.section(
            Asset,
            key,
            title,
            function,
            f"patrimoine/section_{key}.html",
            order=order,
            endpoint=endpoint,
        )
    actions.section(
        Asset,
        "costs",
        _l("Coûts"),
        sections.costs,
        "patrimoine/section_costs.html",
        icon="coin-euro",
        order=60,
        endpoint="CostLineView.list",
        place="tab",
    )
    actions.counter(Asset, sections.counters)
    actions.phone_link(_l("Biens"), "AssetView.list", "building", order=20)


def _sentences() -> None:
    for table, columns, words in (
        ("asset", "entity_id_code", _l("Ce n° d’inventaire existe déjà.")),
        ("asset", "code_key", _l("Ce n° d’inventaire existe déjà.")),
        ("asset", "entity_id_category_id_serial_number", _l("Ce n° de série existe déjà.")),
        ("asset", "serial_key", _l("Ce n° de série existe déjà.")),
        ("vehicle", "entity_id_plate", _l("Cette immatriculation existe déjà.")),
        ("vehicle", "entity_id_vin", _l("Ce VIN existe déjà.")),
        ("parcel", "entity_id_cadastral_id", _l("Cette parcelle existe déjà.")),
        ("category", "code", _l("Ce code de catégorie existe déjà.")),
    ):
        name = f"patrimoine_{table}"
        constraint_sentence(f"uq_{name}_{columns}", words)
        # SQLite names the columns, not the constraint.
        last = columns.removeprefix("entity_id_").removeprefix("category_id_")
        constraint_sentence(f"{name}.{last}", words)


__all__ = ["register"]
