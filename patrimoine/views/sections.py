"""Parts of an asset's record page: composition, costs, fields, map, tag, places over time."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import current_app, url_for

from base.basics import clock, formats
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.face.views.lists import narrowed
from base.face.views.shell import related_url
from base.papers.reporting import Chart
from base.papers.reporting.pictures import CARD, WIDE, bars
from base.rules.modules.actions import CounterLine, may
from patrimoine import domain, queries
from patrimoine.domain.costs import CostNature
from patrimoine.domain.fields import FieldType
from patrimoine.models import Asset
from patrimoine.queries import maps
from patrimoine.views.assets import asset_url
from patrimoine.views.columns import counted

#: Children shown at once.
MAX_CHILDREN = 8
LINES = 25
#: Places where it stood.
PLACES = 20


def _year() -> dict[str, date]:
    first = date(clock.today().year, 1, 1)
    return {"start": first, "end": date(first.year + 1, 1, 1)}


def composition(session: Session, row: Asset) -> dict[str, Any] | None:
    """What is just below, the dearest of the year first, with the net cost of what it contains."""
    totals = queries.branch_totals(session, path=row.path, **_year())
    dearest = sorted(totals, key=lambda number: -totals[number])[: MAX_CHILDREN + 1]
    below = queries.children(session, row.id, limit=MAX_CHILDREN + 1, first=dearest)
    whole = queries.cost_total(session, path=row.path, **_year())
    return {
        "row": row,
        "year": _year()["start"].year,
        "total": whole.net_eur if whole.lines else None,
        "lines": [
            {
                "row": child,
                "url": asset_url(child),
                "icon": domain.Kind(child.kind).icon,
                "total": totals.get(child.id),
            }
            for child in below[:MAX_CHILDREN]
        ],
        "more": len(below) > MAX_CHILDREN,
        "all_url": url_for("AssetView.list", **narrowed(parent=row.id)),
        "new_url": url_for("AssetView.new", parent=row.id) if may("AssetView.new") else None,
        "costs_url": costs_url(row),
    }


def costs_url(row: Asset) -> str:
    """The lines behind the figures of an asset, with what is below it."""
    return url_for("CostLineView.list", under=row.id)


def _by_year(session: Session, row: Asset, size: tuple[int, int]) -> dict[str, Any]:
    """Net cost of five years by nature, and their picture."""
    this_year = _year()["start"].year
    found = queries.totals_by_year(session, path=row.path, first_year=this_year - 4)
    # A year without costs between others stands there with nothing, and so does this one.
    span = range(min(found), max(*found, this_year) + 1) if found else ()
    years = {when: found.get(when, {}) for when in span}
    natures = [n for n in CostNature if any(n in found for found in years.values())]
    labels = [str(n.word) for n in natures]
    amounts = {when: [sums.get(n, queries.ZERO) for n in natures] for when, sums in years.items()}
    drawn = [(str(when), amounts[when]) for when in sorted(amounts)]
    chart = Chart(_("Coûts par année"), "€", labels, drawn)
    return {
        "year": this_year,
        "total": sum(amounts.get(this_year, []), start=queries.ZERO),
        "natures": labels,
        "years": [
            {"year": when, "amounts": sums, "total": sum(sums, start=queries.ZERO)}
            for when, sums in sorted(amounts.items(), reverse=True)
        ],
        "chart": bars(chart, size) if drawn else None,
        "url": costs_url(row),
    }


def costs_summary(session: Session, row: Asset) -> dict[str, Any] | None:
    """The card of the overview: this year's net cost and the picture of five years."""
    found = _by_year(session, row, CARD)
    if not found["years"]:
        return None
    return found | {"today": clock.today(), "tab": _tab(row, "costs")}


def costs(session: Session, row: Asset) -> dict[str, Any] | None:
    """Net cost by year and nature, and the last lines of the ledger."""
    found = _by_year(session, row, WIDE)
    if not found["years"]:
        return None
    return found | {
        "lines": queries.cost_lines(session, path=row.path, limit=LINES),
        "nature_of": CostNature,
    }


def _tab(row: Asset, key: str) -> str:
    return f"{asset_url(row)}?part={key}"


def fields(session: Session, row: Asset) -> dict[str, Any] | None:
    """The custom fields, when there are any."""
    values = queries.custom_values(session, row)
    if not values:
        return None
    return {
        "values": [
            {
                "label": v.field.label,
                "value": v.words,
                "is_long": v.field.field_type == FieldType.LONG_TEXT,
                "url": _leads_to(v),
            }
            for v in values
        ],
        "edit_url": url_for("AssetView.fields", pk=row.id),
    }


def _leads_to(value: queries.CustomValue) -> str | None:
    """Where a field leads: an address, or the page of the row that it is linked to."""
    if value.field.field_type == FieldType.LINK:
        return value.typed or None
    if value.row is None:
        return None
    return asset_url(value.row) if value.asset_id else related_url(value.row)


def place(session: Session, row: Asset) -> dict[str, Any] | None:
    """The shape or the point on the map; nothing when the asset has no place."""
    shape = maps.shape_of(session, row.id)
    if shape is None and (row.latitude is None or row.longitude is None):
        return None
    geometry = (
        json.loads(shape.geojson)
        if shape is not None
        else {"type": "Point", "coordinates": [row.longitude, row.latitude]}
    )
    return {
        "geojson": json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}),
        "area_m2": shape.area_m2 if shape is not None else None,
        "tiles": current_app.settings.tiles_url or "",  # type: ignore[attr-defined]
        "name": row.name,
    }


def tag(session: Session, row: Asset) -> dict[str, Any] | None:
    """The valid tag, or how to get one."""
    found = queries.tag_of_asset(session, row.id)
    return {
        "row": row,
        "tag": found,
        "token": domain.show_token(found.token) if found is not None else None,
        "url": url_for("TagPageView.page", token=found.token) if found is not None else None,
        "reports": queries.open_reports(session, row.id) if may("TagReportView.show") else (),
        "may_revoke": may("TagView.revoke"),
    }


def moves(session: Session, row: Asset) -> dict[str, Any] | None:
    """Where it stood from day to day, newest first; nothing while it never moved."""
    found = queries.last_moves(session, row.id, limit=PLACES)
    if len(found) < 2:
        return None
    above = queries.places(session, {m.parent_id for m in found if m.parent_id})
    return {
        "lines": [
            {
                "place": (
                    above[m.parent_id].whole
                    if m.parent_id in above
                    else _("bien d’une autre entité")
                )
                if m.parent_id
                else _("en tête de l’arborescence"),
                "start": formats.day(m.starts_on),
                "end": formats.day(m.ends_on) if m.ends_on else None,
                "reason": m.reason,
            }
            for m in found
        ]
    }


def counters(session: Session, row: Asset) -> list[CounterLine]:
    """How much stands below, and what it cost this year."""
    counts = queries.counts_by_kind(session, path=row.path)
    counts[row.kind] = counts.get(row.kind, 1) - 1
    below = sum(counts.values())
    if not below:
        return []
    detail = ", ".join(
        counted(domain.Kind(kind), number)
        for kind, number in sorted(counts.items(), key=lambda pair: -pair[1])
        if number
    )
    return [
        CounterLine(
            text=ngettext("%(num)d bien dessous", "%(num)d biens dessous", below),
            detail=detail,
            url=url_for("AssetView.list", under=row.id),
        )
    ]
