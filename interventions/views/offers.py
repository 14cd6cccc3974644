"""What the module shows on other pages: an asset's work, an agent's day, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for

from base.basics import clock
from base.basics.formats import clock_time, instant, local
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.face.views.lists import narrowed
from base.face.views.shell import where
from base.rules.modules.actions import CounterLine
from base.rules.rights import withheld
from base.store.choice import Shown
from base.store.database import db
from interventions import domain, queries
from interventions.domain import RequestState, State
from interventions.models import Agent, Labour, ServiceRequest, WorkOrder
from patrimoine.models import TagReport


def in_use(row: Any) -> bool:
    """Whether work may still be opened on the asset."""
    return row.archived_on is None


def requests_of_reports(session: Session, rows: Sequence[TagReport]) -> dict[int, ServiceRequest]:
    """Report -> the request that it became; asked once for the reports of a page."""
    known: dict[int, ServiceRequest | None] = g.setdefault("requests_of_reports", {})
    asked = [row.id for row in rows if row.id not in known]
    if asked:
        found = queries.requests_of_reports(session, asked)
        known.update({pk: found.get(pk) for pk in asked})
    return {row.id: made for row in rows if (made := known[row.id]) is not None}


def is_open_report(row: TagReport) -> bool:
    """Whether a stranger's report may still become a request: it is open, and is none yet."""
    return row.closed_at is None and not requests_of_reports(db.session(), [row])


def became(session: Session, rows: Sequence[TagReport]) -> dict[int, str]:
    """What open reports became; a closed one says that it is closed."""
    made = requests_of_reports(session, [row for row in rows if row.closed_at is None])
    return {pk: _("Devenu %(number)s", number=one.number) for pk, one in made.items()}


def report_counters(session: Session, row: TagReport) -> list[CounterLine]:
    """The request that a report became, and where it stands."""
    return [
        CounterLine(
            made.number,
            _("à décider")
            if made.state == RequestState.NEW
            else str(RequestState(made.state).word),
            where("ServiceRequestView.show", pk=made.id),
        )
        for made in requests_of_reports(session, [row]).values()
    ]


def asset_url(asset: Any) -> str:
    """The page of an asset in the register."""
    if "AssetView.show" not in current_app.view_functions:
        return "#"
    return url_for("AssetView.show", pk=asset.id)


class Line(NamedTuple):
    """A work order as other pages show it."""

    row: WorkOrder
    signs: list[Shown]
    url: str


def signs_of(row: WorkOrder) -> list[Shown]:
    """The pills of a row: lateness in front of the true state."""
    late: list[Shown] = [domain.LATE_SIGN] if row.is_late(clock.today()) else []
    return [*late, State(row.state)]


def shown(rows: Any) -> list[Line]:
    """The rows with their pills and addresses."""
    return [Line(row, signs_of(row), url_for("WorkOrderView.show", pk=row.id)) for row in rows]


def seen(session: Session, row: WorkOrder) -> dict[str, Any]:
    """What the desk's page of a work order and the phone's both show."""
    state = State(row.state)
    return {
        "state": state,
        "open": domain.takes_costs(state),
        "place": row.asset.place if row.asset else "",
        "photos": queries.photos_of(session, row),
        "moments": domain.Moment,
        "worked": domain.worked_time(row.worked_seconds, row.running_since_at, clock.now()),
        "rates": withheld.readable(session, Labour.amount_ht_eur),
    }


def since(row: WorkOrder) -> str:
    """Since when somebody is at work: the hour, and the day when it is not today."""
    if row.running_since_at is None:
        return ""
    if local(row.running_since_at).date() == local(clock.now()).date():
        return _("depuis %(time)s", time=clock_time(row.running_since_at))
    return _("depuis le %(at)s", at=instant(row.running_since_at))


def asset_section(session: Session, asset: Any) -> dict[str, Any]:
    """The open work of an asset and the last that was done."""
    opened = queries.open_on(session, asset.id, limit=10)
    done = queries.last_done_on(session, asset.id, limit=5)
    rows = [*opened, *(row for row in done if row not in opened)]
    return {
        "lines": shown(rows),
        "costs": queries.costs_of(session, [row.id for row in rows]),
        "all_url": url_for("WorkOrderView.list", tab="all", **narrowed(asset=asset.id)),
    }


def asset_counters(session: Session, asset: Any) -> list[CounterLine]:
    """How much work the asset has had, and how much is open."""
    total, opened = queries.counts_on(session, asset.id)
    if not total:
        return []
    return [
        CounterLine(
            text=ngettext("%(num)d intervention", "%(num)d interventions", total),
            detail=ngettext("dont %(num)d ouverte", "dont %(num)d ouvertes", opened)
            if opened
            else _("aucune ouverte"),
            url=url_for("WorkOrderView.list", tab="all", **narrowed(asset=asset.id)),
        )
    ]


def today_bounds() -> tuple[datetime, datetime]:
    """Midnight and the next one on the authority's clocks."""
    zone = ZoneInfo(clock.authority_zone())
    start = datetime.combine(clock.today(), time(), zone)
    return start, datetime.combine(clock.today() + timedelta(days=1), time(), zone)


def day_of(session: Session, agent: Agent) -> queries.Day:
    """The agent's present day."""
    start, end = today_bounds()
    return queries.my_day(session, agent, on=clock.today(), start=start, end=end)


def open_work_of(session: Session, user_id: int) -> list[CounterLine]:
    """The open work that is given to the agent of an account."""
    lines = []
    for agent, count in queries.open_work_by_agent(session, user_id):
        lines.append(
            CounterLine(
                ngettext("%(num)d intervention ouverte", "%(num)d interventions ouvertes", count),
                _("Confiées à l’agent %(n)s : donnez-les à quelqu’un d’autre.", n=agent.name),
                url_for("WorkOrderView.list", tab="all", **narrowed(assigned_to=agent.id)),
            )
        )
    return lines
