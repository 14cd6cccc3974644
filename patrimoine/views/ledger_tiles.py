"""What the ledger says on the first page: the costs of the month, and lines that lack something."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.tiles import Bar, Place, Reading
from base.face.views.lists import filtered, narrowed
from patrimoine.domain.costs import CostNature
from patrimoine.models import CostLine
from patrimoine.queries import home

_LEDGER = "CostLineView.list"


def _since(start: date, end: date | None = None, **more: Any) -> str:
    """The lines of the ledger from a day on; to another that is left out."""
    days = {"date_on.ge": start} if end is None else {"date_on.ge": start, "date_on.lt": end}
    return url_for(_LEDGER, **filtered(days), **more)


def change_words(now: Decimal, before: Decimal) -> str:
    """How far a sum is from a former one, in percent."""
    if before <= 0:
        return ""
    share = formats.percent(abs(now / before - 1), 0)
    if now == before:
        return _("autant qu’avant")
    return (
        _("%(share)s de plus", share=share)
        if now > before
        else _("%(share)s de moins", share=share)
    )


def _month(session: Session) -> Reading:
    costs = home.month_costs(session, clock.today())
    most = max((row.net_eur for row in costs.natures), default=Decimal(0))
    change = change_words(costs.total, costs.before)
    before = formats.euros(costs.before)
    return Reading(
        _("net depuis le %(day)s", day=formats.day(costs.start)),
        figure=formats.euros(costs.total),
        detail=_("%(sum)s aux mêmes jours du mois d’avant", sum=before)
        + (f", {change}" if change else ""),
        url=_since(costs.start, costs.end),
        verb=_("Ouvrir les écritures"),
        bars=[
            Bar(
                str(CostNature(row.nature).word),
                max(0, int(row.net_eur * 100 / most)) if most > 0 else 0,
                formats.euros(row.net_eur),
                url=_since(costs.start, costs.end, **narrowed(nature=row.nature)),
            )
            for row in sorted(costs.natures, key=lambda row: -row.net_eur)
        ],
    )


def _month_before() -> date:
    """The first day of the month before: what a closing still looks at."""
    return home.same_days_before(clock.today())[1]


def _no_account(session: Session) -> Reading:
    """The lines since the month before that have no account."""
    start = _month_before()
    count = home.lines_without(session, CostLine.account, start=start)
    return Reading(
        ngettext(
            "%(n)s écriture sans compte",
            "%(n)s écritures sans compte",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("depuis le %(day)s", day=formats.day(start)),
        url=_since(start, **filtered({"account.none": 1})),
        state="run",
    )


def _fleet_costs(session: Session) -> Reading:
    today = clock.today()
    start = home.same_days_before(today)[0]
    start = start.replace(year=start.year - 1)
    found = home.dearest_vehicles(session, start=start)
    most = found[0][1] if found else Decimal(0)
    text = (
        _("Les plus chers depuis le %(day)s, net", day=formats.day(start))
        if found
        else _("Aucun coût de véhicule depuis le %(day)s.", day=formats.day(start))
    )
    return Reading(
        text,
        url=url_for("VehicleView.list"),
        verb=_("Ouvrir le parc"),
        bars=[
            Bar(
                vehicle.name,
                max(0, int(net * 100 / most)) if most > 0 else 0,
                formats.euros(net),
                url=_since(start, under=vehicle.id),
                detail=vehicle.code,
            )
            for vehicle, net in found
        ],
    )


def register() -> None:
    """Declare the tiles."""
    ledger = {"endpoints": (_LEDGER,), "slow": True}
    tiles.tile(
        "month-costs",
        _l("Coûts du mois"),
        _month,
        Place.MAIN,
        order=30,
        audiences=("head", "fleet", "finance", "reader"),
        **ledger,
    )
    tiles.tile(
        "lines-no-account",
        _l("Écritures sans compte"),
        _no_account,
        Place.WATCH,
        icon="file-alert",
        order=40,
        audiences=("finance",),
        **ledger,
    )
    tiles.tile(
        "vehicle-costs",
        _l("Véhicules les plus chers"),
        _fleet_costs,
        Place.MAIN,
        order=15,
        audiences=("fleet",),
        endpoints=("VehicleView.list", _LEDGER),
        slow=True,
    )
