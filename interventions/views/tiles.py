"""What the module says on the first page, for agents and for their heads."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import g, url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.views.lists import filtered, narrowed
from interventions import queries
from interventions.models import Agent
from interventions.queries.home import MEANT, SUMMED
from interventions.views import offers

#: Legal week of public officers, 35 hours (decree 2000-815, article 1): what a full bar is.
WEEK_HOURS = own_settings.declare(
    own_settings.Declared(
        "interventions.week_hours",
        _l("Accueil"),
        _l("Semaine de travail d’un agent"),
        _l("Une barre pleine de la charge, sur l’accueil ; au-delà, elle est signalée."),
        _l("heures"),
        default=35,
        low=1,
        high=60,
    )
)
_WORK = "WorkOrderView.list"


def _me(session: Session) -> Agent | None:
    """The agent of this account; read once a page."""
    if "home_agent" not in g:
        g.home_agent = queries.agent_of_asker(session, None)
    found: Agent | None = g.home_agent
    return found


def _share(part: Decimal, whole: Decimal) -> int:
    return min(100, int(part * 100 / whole)) if whole else 0


def _where(row: Any) -> str:
    return row.asset.name if row.asset is not None else _("bien d’une autre entité")


# --- the agent's day ----------------------------------------------------------------------------


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
        detail=_due(found.oldest),
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
                _share(hours.get(day, Decimal(0)), most),
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
        detail=f"{rows[0].title}, {_where(rows[0])}" if rows else "",
        url=url,
        verb=_("Voir") if rows else "",
    )


# --- what a head decides ------------------------------------------------------------------------


def _due(row: Any) -> str:
    """The oldest of the late ones, in words."""
    if row is None:
        return ""
    days = (clock.today() - row.due_on).days
    ago = ngettext("%(n)s jour de retard", "%(n)s jours de retard", days, n=days)
    return f"{row.title}, {_where(row)} : {ago}"


def _since(row: Any, day: Any) -> str:
    """Since when the oldest has waited, in words."""
    if row is None:
        return ""
    days = (clock.today() - day).days
    if days < 1:
        return f"{row.title}, {_where(row)}"
    ago = ngettext("depuis %(n)s jour", "depuis %(n)s jours", days, n=days)
    return _("La plus ancienne attend %(ago)s : %(title)s", ago=ago, title=row.title)


def _to_sort(session: Session) -> Reading:
    found = queries.requests_to_sort(session)
    oldest = found.oldest
    return Reading(
        ngettext(
            "%(n)s demande à trier",
            "%(n)s demandes à trier",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=_since(oldest, clock.local(oldest.received_at).date()) if oldest else "",
        url=url_for("ServiceRequestView.list", **narrowed(state="new")),
        verb=_("Trier"),
    )


def _to_validate(session: Session) -> Reading:
    found = queries.finished_work(session)
    figure = ""
    if 0 < found.count <= SUMMED:
        figure = formats.euros(queries.finished_cost(session))
    oldest = found.oldest
    return Reading(
        ngettext(
            "%(n)s intervention à valider",
            "%(n)s interventions à valider",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=_since(oldest, clock.local(oldest.finished_at).date())
        if oldest and oldest.finished_at
        else "",
        figure=figure,
        url=url_for(_WORK, tab="finished"),
        verb=_("Valider"),
    )


def _unassigned(session: Session) -> Reading:
    found = queries.unassigned_work(session)
    return Reading(
        ngettext(
            "%(n)s intervention sans personne",
            "%(n)s interventions sans personne",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=f"{found.oldest.title}, {_where(found.oldest)}" if found.oldest else "",
        url=url_for(_WORK, tab="unassigned"),
        verb=_("Affecter"),
    )


def _late(session: Session) -> Reading:
    found = queries.late_work(session, clock.today())
    return Reading(
        ngettext(
            "%(n)s intervention en retard",
            "%(n)s interventions en retard",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=_due(found.oldest),
        url=url_for(_WORK, tab="late"),
        state="late",
    )


def _paused(session: Session) -> Reading:
    found = queries.paused_work(session)
    return Reading(
        ngettext(
            "%(n)s intervention en pause",
            "%(n)s interventions en pause",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=f"{found.oldest.title}, {_where(found.oldest)}" if found.oldest else "",
        url=url_for(_WORK, tab="all", **narrowed(state="paused")),
        state="run",
    )


def _inspections(session: Session) -> Reading:
    found = queries.open_inspections(session)
    due = found.oldest.due_on if found.oldest else None
    late = due is not None and due < clock.today()
    detail = ""
    if due is not None:
        detail = (
            _due(found.oldest)
            if late
            else _(
                "Le premier : %(title)s, le %(day)s", title=found.oldest.title, day=formats.day(due)
            )
        )
    return Reading(
        ngettext(
            "%(n)s contrôle à faire",
            "%(n)s contrôles à faire",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=detail,
        url=url_for(_WORK, tab="open", **narrowed(kind="inspection")),
        state="late" if late else "",
    )


def _load(session: Session) -> Reading:
    today = clock.today()
    start, end = queries.week_of(today)
    found = queries.week_load(session, today)
    week = Decimal(own_settings.value_of(session, WEEK_HOURS.key))
    bars = [
        Bar(
            load.agent.name,
            _share(load.hours, week),
            ngettext("%(n)s intervention", "%(n)s interventions", load.planned, n=load.planned),
            url=url_for(
                _WORK,
                tab="all",
                **filtered(
                    {
                        "assigned_to.eq": load.agent.id,
                        "planned_on.ge": start,
                        "planned_on.lt": end,
                        "state.in": ",".join(MEANT),
                    }
                ),
            ),
            detail=_(
                "%(done)s sur %(week)s", done=formats.hours(load.hours), week=formats.hours(week)
            ),
            state="late" if load.hours > week else "",
        )
        for load in found
    ]
    text = (
        _("Interventions prévues, et heures déjà enregistrées sur %(h)s.", h=formats.hours(week))
        if bars
        else _("Rien n’est prévu cette semaine : planifiez depuis la liste des interventions.")
    )
    return Reading(
        text, url=url_for(_WORK, tab="open"), verb=_("Ouvrir les interventions"), bars=bars
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
    head = ("head",)
    tiles.tile(
        "requests-to-sort",
        _l("Demandes à trier"),
        _to_sort,
        Place.WAITS,
        icon="inbox",
        order=10,
        endpoints=("ServiceRequestView.list", "ServiceRequestView.accept"),
        audiences=head,
    )
    tiles.tile(
        "work-to-validate",
        _l("Interventions à valider"),
        _to_validate,
        Place.WAITS,
        icon="checks",
        order=20,
        endpoints=(_WORK, "WorkOrderView.validate"),
        audiences=("head", "fleet", "finance"),
    )
    tiles.tile(
        "work-unassigned",
        _l("Interventions sans personne"),
        _unassigned,
        Place.WAITS,
        icon="user-plus",
        order=30,
        endpoints=(_WORK, "WorkOrderView.plan"),
        audiences=head,
    )
    tiles.tile(
        "work-late",
        _l("Interventions en retard"),
        _late,
        Place.WATCH,
        icon="alert-triangle",
        order=10,
        endpoints=(_WORK,),
        audiences=("head", "reader"),
    )
    tiles.tile(
        "work-paused",
        _l("Interventions en pause"),
        _paused,
        Place.WATCH,
        icon="player-pause",
        order=20,
        endpoints=(_WORK,),
        audiences=head,
    )
    tiles.tile(
        "inspections",
        _l("Contrôles à faire"),
        _inspections,
        Place.WATCH,
        icon="certificate",
        order=30,
        endpoints=(_WORK,),
        audiences=("head", "fleet"),
    )
    tiles.tile(
        "week-load",
        _l("L’équipe cette semaine"),
        _load,
        Place.MAIN,
        order=20,
        endpoints=(_WORK, "AgentView.list"),
        audiences=head,
    )
