"""What the module says on the first page, for heads; agents have tiles of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.face.views.lists import filtered, narrowed
from interventions import queries
from interventions.queries.home import MEANT, SUMMED
from interventions.views import agent_tiles
from interventions.views.tile_parts import WEEK_HOURS, overdue, share, where

_WORK = "WorkOrderView.list"


def _since(row: Any, day: Any) -> str:
    """Since when the oldest has waited, in words."""
    if row is None:
        return ""
    days = (clock.today() - day).days
    if days < 1:
        return f"{row.title}, {where(row)}"
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
        detail=f"{found.oldest.title}, {where(found.oldest)}" if found.oldest else "",
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
        detail=overdue(found.oldest),
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
        detail=f"{found.oldest.title}, {where(found.oldest)}" if found.oldest else "",
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
            overdue(found.oldest)
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
            share(load.hours, week),
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
    agent_tiles.register()
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
