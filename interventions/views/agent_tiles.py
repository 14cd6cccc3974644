"""What the module says on the first page of agents: their day, their hours, what is near."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask import g, url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading, counted_line
from base.face.views.lists import filtered, narrowed
from interventions import queries
from interventions.models import Agent
from interventions.views import offers
from interventions.views.tile_parts import WEEK_HOURS, named, overdue, share

_WORK, _ASKED = "WorkOrderView.list", "ServiceRequestView.list"
TILES: list[tiles.Tile] = []
_top_tile, _watch_tile, _side_tile, _waits_tile = (
    tiles.place_of(TILES, place, "MobileView.day", audiences=("agent",))
    for place in (Place.TOP, Place.WATCH, Place.SIDE, Place.WAITS)
)


def _me(session: Session) -> Agent | None:
    """The agent of this account; read once a page."""
    if "home_agent" not in g:
        g.home_agent = queries.agent_of_asker(session, None)
    found: Agent | None = g.home_agent
    return found


@_top_tile("my-day", 10, "circle", _l("Ma journée"), template="interventions/my_day_tile.html")
def _my_day(session: Session) -> Reading:
    agent = _me(session)
    if agent is None:
        return Reading("", values={"unlinked": True})
    day = offers.day_of(session, agent)
    todo = [*day.running, *day.paused, *day.to_come]
    return Reading(
        ngettext("%(n)s intervention", "%(n)s interventions", len(todo), n=len(todo)),
        len(todo),
        url=url_for("MobileView.day"),
        verb=_("Ouvrir ma journée"),
        values={"lines": offers.shown(todo[:6]), "more": len(todo) - 6, "hours": day.hours},
    )


@_watch_tile("my-late", 10, "alert-triangle", _l("Mes retards"), _WORK)
def _my_late(session: Session) -> Reading | None:
    agent = _me(session)
    if agent is None:
        return None
    found = queries.late_work(session, clock.today(), agent.id)
    return counted_line(
        found.count,
        "%(n)s de mes interventions est en retard",
        "%(n)s de mes interventions sont en retard",
        url_for(_WORK, tab="late", **narrowed(assigned_to=agent.id)),
        detail=overdue(found.oldest),
        verb=_("Voir"),
        state="late",
    )


@_side_tile("my-hours", 10, "circle", _l("Mes heures de la semaine"))
def _my_hours(session: Session) -> Reading | None:
    agent = _me(session)
    if agent is None:
        return None
    today = clock.today()
    monday, _end = queries.week_of(today)
    hours = queries.hours_of_week(session, agent.id, today)
    total = sum(hours.values(), Decimal(0))
    week = Decimal(own_settings.value_of(session, WEEK_HOURS.key))
    most = max([*hours.values(), week / 5])
    days = [monday + timedelta(days=n) for n in range(7)]
    return Reading(
        ngettext("enregistrée cette semaine", "enregistrées cette semaine", total),
        figure=formats.hours(total),
        url=url_for("MobileView.week"),
        verb=_("Voir le détail"),
        bars=[
            Bar(
                formats.weekday(day).capitalize(),
                share(hours.get(day, Decimal(0)), most),
                formats.hours(hours[day]) if day in hours else _("rien"),
            )
            for day in days
            if day in hours or (day.weekday() < 5 and day <= today)
        ],
    )


@_waits_tile("requests-near", 20, "inbox", _l("Demandes près de moi"), _ASKED)
def _near(session: Session) -> Reading | None:
    agent = _me(session)
    if agent is None:
        return None
    rows = queries.requests_near(session, agent.id, clock.today())
    asked = narrowed(state="new")
    if rows:
        assets = ",".join(map(str, sorted({row.asset_id for row in rows})))
        asked |= filtered({"asset.in": assets, "number.in": ",".join(row.number for row in rows)})
    return counted_line(
        len(rows),
        "%(n)s demande sur les sites du jour",
        "%(n)s demandes sur les sites du jour",
        url_for(_ASKED, **asked),
        detail=named(rows[0]) if rows else "",
        verb=_("Voir") if rows else "",
    )
