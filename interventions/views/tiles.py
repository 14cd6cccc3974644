"""What the module says on the first page, for heads; agents have tiles of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading, counted_line
from base.face.views.lists import filtered, narrowed
from interventions import queries
from interventions.queries.home import MEANT, SUMMED
from interventions.views.tile_parts import WEEK_HOURS, named, overdue, share

_WORK, _ASKED = "WorkOrderView.list", "ServiceRequestView.list"
TILES: list[tiles.Tile] = []
_asked_tile = tiles.place_of(TILES, Place.WAITS, _ASKED, audiences=("head",))
_waits_tile = tiles.place_of(TILES, Place.WAITS, _WORK, audiences=("head",))
_watch_tile = tiles.place_of(TILES, Place.WATCH, _WORK, audiences=("head",))
_main_tile = tiles.place_of(TILES, Place.MAIN, _WORK, audiences=("head",))


def _since(row: Any, instant: str) -> str:
    """Since when the oldest has waited, in words; ``instant`` names the column that says it."""
    if row is None or (at := getattr(row, instant)) is None:
        return ""
    days = (clock.today() - clock.local(at).date()).days
    if days < 1:
        return named(row)
    ago = ngettext("depuis %(n)s jour", "depuis %(n)s jours", days, n=days)
    return _("La plus ancienne attend %(ago)s : %(title)s", ago=ago, title=named(row))


def first_steps() -> None:
    """Declare what this module adds to the first steps of an installation."""
    tiles.first_step(
        "agents",
        _l("Créer les agents"),
        _l(
            "Leur taux horaire et leur compte dans le même formulaire : leur temps devient un coût."
        ),
        "AgentView.add",
        icon="users",
        done=queries.somebody_has_a_rate,
        order=40,
    )
    tiles.first_step(
        "work",
        _l("Ouvrir une première intervention"),
        _l("Sur un bien du registre ; commencez-la, terminez-la, et lisez son coût."),
        "WorkOrderView.add",
        icon="tool",
        done=queries.has_work,
        after="assets",
        order=50,
    )


@_asked_tile("requests-to-sort", 10, "inbox", _l("Demandes à trier"), "ServiceRequestView.accept")
def _to_sort(session: Session) -> Reading:
    found = queries.requests_to_sort(session)
    return counted_line(
        found.count,
        "%(n)s demande à trier",
        "%(n)s demandes à trier",
        url_for(_ASKED, **narrowed(state="new")),
        detail=_since(found.oldest, "received_at"),
        verb=_("Trier"),
    )


@_waits_tile(
    *("work-to-validate", 20, "checks", _l("Interventions à valider"), "WorkOrderView.validate"),
    audiences=("head", "fleet", "finance"),
)
def _to_validate(session: Session) -> Reading:
    found = queries.finished_work(session)
    summed = 0 < found.count <= SUMMED
    return counted_line(
        found.count,
        "%(n)s intervention à valider",
        "%(n)s interventions à valider",
        url_for(_WORK, tab="finished"),
        detail=_since(found.oldest, "finished_at"),
        figure=formats.euros(queries.finished_cost(session)) if summed else "",
        verb=_("Valider"),
    )


@_waits_tile(
    "work-unassigned", 30, "user-plus", _l("Interventions sans personne"), "WorkOrderView.plan"
)
def _unassigned(session: Session) -> Reading:
    found = queries.unassigned_work(session)
    return counted_line(
        found.count,
        "%(n)s intervention sans personne",
        "%(n)s interventions sans personne",
        url_for(_WORK, tab="unassigned"),
        detail=named(found.oldest),
        verb=_("Affecter"),
    )


@_watch_tile(
    *("work-late", 10, "alert-triangle", _l("Interventions en retard")),
    audiences=("head", "reader"),
)
def _late(session: Session) -> Reading:
    found = queries.late_work(session, clock.today())
    return counted_line(
        found.count,
        "%(n)s intervention en retard",
        "%(n)s interventions en retard",
        url_for(_WORK, tab="late"),
        detail=overdue(found.oldest),
        state="late",
    )


@_watch_tile("work-paused", 20, "player-pause", _l("Interventions en pause"))
def _paused(session: Session) -> Reading:
    found = queries.paused_work(session)
    return counted_line(
        found.count,
        "%(n)s intervention en pause",
        "%(n)s interventions en pause",
        url_for(_WORK, tab="all", **narrowed(state="paused")),
        detail=named(found.oldest),
        state="run",
    )


@_watch_tile(
    *("inspections", 30, "certificate", _l("Contrôles à faire")), audiences=("head", "fleet")
)
def _inspections(session: Session) -> Reading:
    found = queries.open_inspections(session)
    first = found.oldest
    late = first is not None and first.due_on is not None and first.due_on < clock.today()
    detail = overdue(first) if late else ""
    if not late and first is not None and first.due_on is not None:
        due = formats.day(first.due_on)
        detail = _("Le premier : %(title)s, le %(day)s", title=named(first), day=due)
    return counted_line(
        found.count,
        "%(n)s contrôle à faire",
        "%(n)s contrôles à faire",
        url_for(_WORK, tab="open", **narrowed(kind="inspection")),
        detail=detail,
        state="late" if late else "",
    )


@_main_tile("week-load", 20, "circle", _l("L’équipe cette semaine"), "AgentView.list")
def _load(session: Session) -> Reading:
    today = clock.today()
    start, end = queries.week_of(today)
    found = queries.week_load(session, today)
    week = Decimal(own_settings.value_of(session, WEEK_HOURS.key))
    meant = {"planned_on.ge": start, "planned_on.lt": end, "state.in": ",".join(MEANT)}
    whole = formats.hours(week)
    bars = [
        Bar(
            load.agent.name,
            share(load.hours, week),
            ngettext("%(n)s intervention", "%(n)s interventions", load.planned, n=load.planned),
            url=url_for(_WORK, tab="all", **filtered({"assigned_to.eq": load.agent.id, **meant})),
            detail=_("%(done)s sur %(week)s", done=formats.hours(load.hours), week=whole),
            state="late" if load.hours > week else "",
        )
        for load in found
    ]
    text = (
        _("Interventions prévues, et heures déjà enregistrées sur %(h)s.", h=whole)
        if bars
        else _("Rien n’est prévu cette semaine : planifiez depuis la liste des interventions.")
    )
    return Reading(
        text, url=url_for(_WORK, tab="open"), verb=_("Ouvrir les interventions"), bars=bars
    )
