"""Delivery points: list, page with daily use and load curve, form."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import jsonify, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base import arguments, clock, formats
from base.actions import may
from base.database import db
from base.i18n import _l
from base.views import ModuleView, ScopedInterface
from energie import queries
from energie.domain.kinds import EnergyKind, Quantity, ReferenceKind, Step
from energie.domain.words import (
    DAY_UNITS,
    ENERGY_LABELS,
    QUANTITY_LABELS,
    REFERENCE_LABELS,
    STEP_LABELS,
)
from energie.models import DeliveryPoint, Series
from energie.queries import home
from energie.services import points
from energie.views import pictures

TABS = {
    "all": _l("Tous"),
    "drift": _l("Consomment plus qu’avant"),
    "silent": _l("Sans donnée récente"),
}


class DeliveryPointView(ModuleView):
    """Delivery points of electricity, gas, water and others."""

    datamodel = ScopedInterface(DeliveryPoint)
    icon = "gauge"
    list_title = _l("Points de livraison")
    add_title = _l("Nouveau point de livraison")
    edit_title = _l("Modifier le point de livraison")
    empty_text = _l("Aucun point de livraison.")
    list_template = "energie/points.html"
    show_template = "energie/point.html"
    list_columns = ["reference", "name", "energy_kind", "asset", "category"]
    identity = ["energy_kind", "reference"]
    show_columns = ["reference", "energy_kind", "asset", "category", "subscribed_kva", "opened_on"]
    cartouche_columns = ["reference", "asset", "category", "subscribed_kva"]
    add_columns = [
        "asset",
        "energy_kind",
        "reference",
        "name",
        "category",
        "subscribed_kva",
        "opened_on",
    ]
    edit_columns = ["name", "category", "subscribed_kva", "opened_on", "closed_on"]
    search_columns = ["reference", "name", "energy_kind", "asset", "category"]
    order_columns = ["reference", "name", "energy_kind", "category"]
    word_columns = ["reference", "name"]
    enums = {"energy_kind": lambda: [(k.value, str(ENERGY_LABELS[k])) for k in EnergyKind]}
    formatters = {
        "opened_on": lambda row: formats.day(row.opened_on),
        "closed_on": lambda row: formats.day(row.closed_on),
        "subscribed_kva": lambda row: (
            formats.quantity(row.subscribed_kva, "kVA") if row.subscribed_kva else None
        ),
    }
    label_columns = {
        "reference": _l("Référence (PRM, PCE…)"),
        "name": _l("Nom"),
        "energy_kind": _l("Énergie"),
        "asset": _l("Posé sur"),
        "category": _l("Segment"),
        "subscribed_kva": _l("Puissance souscrite (kVA)"),
        "opened_on": _l("Mise en service"),
        "closed_on": _l("Fermeture"),
    }

    def tab(self) -> str:
        """The tab that the address asks for."""
        asked = request.args.get("tab", "all")
        return asked if asked in TABS else "all"

    def tabs(self) -> list[tuple[str, str, str]]:
        """Key, words and address of each tab."""
        return [
            (key, str(words), url_for("DeliveryPointView.list", tab=key))
            for key, words in TABS.items()
        ]

    def base_criteria(self) -> list[Any]:
        """What the tab asks for; the first page's tiles lead here."""
        found, tab = super().base_criteria(), self.tab()
        if tab == "silent":
            return [*found, *home.silent(db.session(), clock.today())]
        if tab == "drift":
            drifting = home.drifts(db.session(), clock.today())
            return [*found, DeliveryPoint.id.in_([drift.point_id for drift in drifting])]
        return found

    def title_of(self, row: DeliveryPoint) -> str:
        """The heading of a record."""
        return f"{ENERGY_LABELS[EnergyKind(row.energy_kind)]}, {row.name}"

    def create(self, session: Any, values: dict[str, Any]) -> DeliveryPoint:
        """Put a point on a building, with its meter."""
        return points.create_point(
            session,
            values["asset"],
            reference=values["reference"] or "",
            on=clock.today(),
            energy_kind=values["energy_kind"] or EnergyKind.ELECTRICITY,
            name=values["name"] or "",
            category=values["category"],
            subscribed_kva=values["subscribed_kva"],
            opened_on=values["opened_on"],
        )

    # --- record -------------------------------------------------------------------------

    def record_context(self, session: Any, row: DeliveryPoint) -> dict[str, Any]:
        """Meters, what the point serves, its series, its last months and invoices."""
        series = queries.main_series(session, row.id)
        found = queries.extent(session, series.id) if series is not None else None
        context: dict[str, Any] = {
            "reference_label": REFERENCE_LABELS[ReferenceKind(row.reference_kind)],
            "meters": queries.meters_of(session, row.id),
            "allocations": queries.allocations_of(session, row.id),
            "series": [
                (s, QUANTITY_LABELS[Quantity(s.quantity)], STEP_LABELS[Step(s.step)])
                for s in queries.series_of(session, row.id)
            ],
            "main": series,
            "extent": found,
            "doubts": [formats.instant(at) for at in queries.doubts_of(session, row.id)],
            "invoices": queries.invoices_of_point(session, row.id, limit=12)
            if may("InvoiceView.show")
            else [],
        }
        if series is not None and found is not None:
            context["pictures"] = pictures.pictures(session, row, series, found)
        return context

    def _asked(self, pk: str, first: int, most: int) -> tuple[Any, Series | None, date, date]:
        """The row, its main series, and the period asked for; the end is left out."""
        row = self.get_or_404(pk)
        session = db.session()
        series = queries.main_series(session, row.id)
        found = queries.extent(session, series.id) if series is not None else None
        today = clock.today()
        last_end = found.last_on + timedelta(days=1) if found else today
        start = arguments.day(request.args, "start") or last_end - timedelta(days=first)
        last = arguments.day(request.args, "last")
        end = min(last, date(2200, 1, 1)) + timedelta(days=1) if last else last_end
        if end <= start:
            end = start + timedelta(days=1)
        return row, series, max(start, end - timedelta(days=most)), end

    @expose("/pick", methods=["GET"])
    @has_access
    @permission_name("list")
    def pick(self) -> Response:
        """At most 20 points that fit the words typed, for the choices of other pages."""
        words = request.args.get("q", "")[:100]
        found = queries.points_like(db.session(), words, limit=20)
        return jsonify([{"value": str(row.id), "text": str(row)} for row in found])

    @expose("/days/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def days(self, pk: str) -> Response:
        """What each local day used, for the chart: day, value, share received."""
        _row, series, start, end = self._asked(pk, pictures.FIRST_DAYS, pictures.MOST_DAYS)
        if series is None:
            return jsonify(unit="", rows=[])
        found = queries.days_of(db.session(), series.id, start=start, end=end)
        return jsonify(
            unit=DAY_UNITS[series.unit],
            rows=[
                [day.on.isoformat(), float(day.value), day.received, day.expected] for day in found
            ],
        )

    @expose("/curve/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def curve(self, pk: str) -> Response:
        """The load curve of some days in kW; holes are null; beyond two months, by day."""
        row, series, start, end = self._asked(pk, pictures.CURVE_DAYS, pictures.MOST_DAYS)
        if series is None or not queries.step_seconds(series):
            return jsonify(unit="", rows=[], days=[])
        return jsonify(pictures.curve_rows(db.session(), row, series, start=start, end=end))
