"""Screens: the catalogue, a report on screen, the runs, the proof of a printed document."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _l
from base.face.attached.documents import ALONE
from base.rules.modules.actions import offer
from patrimoine.models import Asset
from reports import queries
from reports.views import tiles
from reports.views.catalogue import CatalogueView
from reports.views.doors import ask, require_role
from reports.views.runs import ReportRunView, VerifyView

__all__ = ["ask", "register", "require_role"]


def register(appbuilder: Any) -> None:
    """Add these screens."""
    appbuilder.add_view(
        CatalogueView,
        "Catalogue",
        label=_l("Rapports"),
        icon="report-analytics",
        category="Measure",
    )
    appbuilder.add_view_no_menu(ReportRunView)
    appbuilder.add_view_no_menu(VerifyView)
    if queries.may_open not in ALONE:
        ALONE.append(queries.may_open)
    tiles.register()
    offer(Asset, _l("Rapport de coûts"), "CatalogueView.cost_of", icon="report-analytics", order=80)
    offer(
        Asset,
        _l("Dossier de preuve"),
        "CatalogueView.evidence_of",
        icon="certificate",
        method="POST",
        order=82,
    )
    offer(Asset, _l("Traçabilité"), "CatalogueView.traceability_of", icon="history", order=81)
