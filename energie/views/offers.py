"""What the module shows on other pages: an asset's energy, what waits, search results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask import request, url_for

from base.basics import clock, formats
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.desk.imports import importer_of
from base.desk.imports.access import may_import
from base.face.views.lists import narrowed
from base.papers.reporting import Chart
from base.papers.reporting.pictures import CARD, bars
from base.rules.modules.actions import CounterLine, may
from base.store.database import db
from energie import queries
from energie.domain.days import next_month
from energie.domain.kinds import EnergyKind
from energie.models import DeliveryPoint
from energie.services.ledger import SOURCE
from energie.views.pictures import COMPLETE, pictures
from patrimoine.domain import Kind

YEAR = 365
#: Kinds of assets on which energy is delivered.
_PLACES = frozenset({Kind.SITE, Kind.BUILDING, Kind.PARCEL, Kind.EQUIPMENT})


def may_have_points(row: Any) -> bool:
    """Whether a delivery point may stand on the asset."""
    return row.archived_on is None and row.kind in _PLACES


def import_url(kind: str) -> str | None:
    """The page that takes files of a kind, for who may give them."""
    if not may_import(importer_of(kind)):
        return None
    return url_for("ImportView.new", kind=kind)


class PointLine(NamedTuple):
    """A delivery point as other pages show it."""

    row: DeliveryPoint
    energy: str
    icon: str
    url: str
    #: What its last year used, in words; empty without readings.
    use: str
    #: Share of the expected readings that were received, 0 to 1.
    completeness: Decimal
    period: str

    @property
    def is_incomplete(self) -> bool:
        """Whether too little was received for the year to be taken as one."""
        return bool(self.use) and self.completeness * 100 < COMPLETE


def shown(point: DeliveryPoint, found: queries.Use | None) -> PointLine:
    """The point with what its last known year used."""
    kind = EnergyKind(point.energy_kind)
    use, completeness, period = "", Decimal(0), ""
    if found is not None:
        use = formats.quantity(found.total.value, found.unit.word, 0)
        completeness = found.total.completeness
        period = _("du %(a)s au %(b)s", a=formats.day(found.start), b=formats.day(found.last))
    return PointLine(
        point,
        str(kind.word),
        kind.icon,
        url_for("DeliveryPointView.show", pk=point.id),
        use,
        completeness,
        period,
    )


def asset_section(session: Session, asset: Any) -> dict[str, Any] | None:
    """The points that serve an asset, and its last invoices; nothing for what has none."""
    points = queries.points_of_asset(session, asset.id)
    shares = queries.shares_of_asset(session, asset.id, limit=6)
    if not points and not shares:
        return None
    uses = queries.uses_of(session, [point.id for point in points], days=YEAR)
    return {
        "points": [shown(point, uses.get(point.id)) for point in points],
        "shares": shares if may("InvoiceView.show") else [],
        "pictures": _main_pictures(session, points, uses),
    }


def has_energy_tab(row: Any) -> bool:
    """Whether an asset's page has a tab for energy: places do, and what a point serves."""
    if str(row.kind) not in _PLACES:
        return False
    return str(row.kind) in ("site", "building") or queries.has_points(db.session(), row.id)


def asset_summary(session: Session, asset: Any) -> dict[str, Any] | None:
    """The card of the overview: net euros of twelve months, by month and energy."""
    today = clock.today()
    start = next_month(date(today.year - 1, today.month, 1))
    found = queries.costs_by_month(session, path=asset.path, start=start, source=SOURCE)
    if not found:
        return None
    kinds = [kind for kind in EnergyKind if any(kind in amounts for amounts in found.values())]
    drawn, on = [], start
    for _month in range(12):
        amounts = found.get((on.year, on.month), {})
        drawn.append((on, [amounts.get(kind, Decimal(0)) for kind in kinds]))
        on = next_month(on)
    total = sum((part for _on, parts in drawn for part in parts), Decimal(0))
    labels = [str(kind.word) for kind in kinds]
    named = [(formats.month(on), parts) for on, parts in drawn]
    chart = Chart(_("Énergie"), "€", labels, named)
    ticks = [formats.month(on)[:1].upper() for on, _parts in drawn]
    return {
        "total": total,
        "by_area": by_area(asset, total),
        "kinds": labels,
        "rows": [(name, parts, sum(parts, Decimal(0))) for name, parts in named],
        "chart": bars(chart, CARD, totals=False, ticks=ticks),
        "tab": url_for(request.endpoint or "", pk=asset.id, part="energie")
        if has_energy_tab(asset)
        else "",
    }


def by_area(asset: Any, total: Decimal) -> str:
    """Net euros by square metre, with the surface that they are divided by; empty without any.

    The heated surface when it is known, else the floor's.
    """
    if heated := getattr(asset, "heated_area_m2", None):
        return _(
            "%(eur)s/m² chauffé (%(area)s)",
            eur=formats.euros(total / heated),
            area=formats.quantity(heated, "m²"),
        )
    if floor := getattr(asset, "floor_area_m2", None):
        return _(
            "%(eur)s/m² de plancher (%(area)s)",
            eur=formats.euros(total / floor),
            area=formats.quantity(floor, "m²"),
        )
    return ""


def _main_pictures(
    session: Session, points: Sequence[DeliveryPoint], uses: dict[int, queries.Use]
) -> dict[str, Any] | None:
    """The charts of the first point that has a curve, else of the first with readings."""
    with_use = [point for point in points if point.id in uses]
    if not with_use or not may("DeliveryPointView.show"):
        return None
    curved = (point for point in with_use if queries.curve_series(session, point.id))
    chosen = next(curved, with_use[0])
    found = queries.known(session, chosen.id)
    if found is None:
        return None
    return pictures(session, chosen, found) | {"point": chosen}


def asset_counters(session: Session, asset: Any) -> list[CounterLine]:
    """How many delivery points serve the asset."""
    points = queries.points_of_asset(session, asset.id)
    if not points or not may("DeliveryPointView.list"):
        return []
    return [
        CounterLine(
            text=ngettext("%(num)d point de livraison", "%(num)d points de livraison", len(points)),
            detail=", ".join(dict.fromkeys(str(EnergyKind(p.energy_kind).word) for p in points)),
            url=url_for("DeliveryPointView.show", pk=points[0].id)
            if len(points) == 1
            else url_for("DeliveryPointView.list", **narrowed(asset=asset.id)),
        )
    ]
