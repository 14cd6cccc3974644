"""What the module says on the first page of agents: their day, their hours, what is near."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask import g, url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.face.views.lists import filtered, narrowed
from interventions import queries
from interventions.models import Agent
from interventions.views import offers
from interventions.views.tile_parts import WEEK_HOURS, overdue, share, where

_WORK = "WorkOrderView.list"


def _me(session: Session) -> Agent | None:
    """The agent of this account; read once a page."""
    if "home_agent" not in g:
        g.home_agent = queries.agent_of_asker(session, None)
    found: Agent | None = g.home_agent
    return found


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


def _my_late(session: Session) -> Reading | None:
    agent = _me(session)
    if agent is None:
        return None
    found = queries.late_work(session, clock.today(), agent.id)
    return Reading(
        ngettext(
            "%(n)s de mes interventions est en retard",
            "%(n)s de mes interventions sont en retard",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=overdue(found.oldest),
        url=url_for(_WORK, tab="late", **narrowed(assigned_to=agent.id)),
        verb=_("Voir"),
        state="late",
    )


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
        _("enregistrées cette semaine"),
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


def _near(session: Session) -> Reading | None:
    agent = _me(session)
    if agent is None:
        return None
    rows = queries.requests_near(session, agent.id, clock.today())
    assets = sorted({row.asset_id for row in rows})
    url = (
        url_for(
            "ServiceRequestView.list",
            **filtered(
                {
                    "state.eq": "new",
                    "asset.in": ",".join(map(str, assets)),
                    "number.in": ",".join(row.number for row in rows),
                }
            ),
        )
        if rows
        else url_for("ServiceRequestView.list", **narrowed(state="new"))
    )
    return Reading(
        ngettext(
            "%(n)s demande sur les sites du jour",
            "%(n)s demandes sur les sites du jour",
            len(rows),
            n=len(rows),
        ),
        len(rows),
        detail=f"{rows[0].title}, {where(rows[0])}" if rows else "",
        url=url,
        verb=_("Voir") if rows else "",
    )


def register() -> None:
    """Declare the tiles."""
    day = {"endpoints": ("MobileView.day",), "audiences": ("agent",)}
    tiles.tile(
        "my-day",
        _l("Ma journée"),
        _my_day,
        Place.TOP,
        order=10,
        template="interventions/my_day_tile.html",
        **day,
    )
    tiles.tile(
        "my-late",
        _l("Mes retards"),
        _my_late,
        Place.WATCH,
        icon="alert-triangle",
        order=10,
        endpoints=("MobileView.day", _WORK),
        audiences=("agent",),
    )
    tiles.tile("my-hours", _l("Mes heures de la semaine"), _my_hours, Place.SIDE, order=10, **day)
    tiles.tile(
        "requests-near",
        _l("Demandes près de moi"),
        _near,
        Place.WAITS,
        icon="inbox",
        order=20,
        endpoints=("MobileView.day", "ServiceRequestView.list"),
        audiences=("agent",),
    )
