"""What the module says on the first page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.face.views.lists import filtered, narrowed
from base.rules.modules.actions import may
from energie.domain.days import next_month
from energie.domain.kinds import EnergyKind
from energie.queries import home

_POINTS = "DeliveryPointView.list"


def _invoices(session: Session) -> Reading:
    found = home.waiting_money(session)
    return Reading(
        ngettext(
            "%(n)s facture attend une décision",
            "%(n)s factures attendent une décision",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=ngettext(
            "elle n’est pas encore dans les coûts",
            "elles ne sont pas encore dans les coûts",
            found.count,
        )
        if found.count
        else "",
        figure=_("%(sum)s TTC", sum=formats.euros(found.total)) if found.total else "",
        url=url_for("InvoiceView.list", tab="waiting"),
        verb=_("Décider"),
    )


def _files(session: Session) -> Reading:
    count = home.count_batches(session)
    words = ngettext(
        "%(n)s fichier de relevés d’un point inconnu",
        "%(n)s fichiers de relevés de points inconnus",
        count,
        n=tiles.shown(count),
    )
    return Reading(
        words,
        count,
        url=url_for("ReadingBatchView.list", **narrowed(state="to_attach")),
        verb=_("Rattacher"),
    )


def _silent(session: Session) -> Reading | None:
    if not home.has_points(session):
        return None
    count = home.count_silent(session, clock.today())
    return Reading(
        ngettext(
            "%(n)s point de livraison sans donnée",
            "%(n)s points de livraison sans donnée",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_(
            "depuis plus de %(n)s jours", n=own_settings.value_of(session, home.SILENT_DAYS.key)
        )
        if count
        else "",
        url=url_for(_POINTS, tab="silent"),
        state="late",
    )


def _drifts(session: Session) -> Reading | None:
    if not home.has_points(session):
        return None
    found = home.drifts(session, clock.today())
    prices = [drift.extra_eur for drift in found if drift.extra_eur is not None]
    detail = ""
    if found:
        detail = _(
            "Plus de %(rise)s au-dessus des mêmes %(n)s jours de l’an passé, sans correction "
            "du climat",
            rise=formats.percent(Decimal(own_settings.value_of(session, home.RISE.key)) / 100, 0),
            n=home.WINDOW,
        )
    return Reading(
        ngettext(
            "%(n)s point consomme plus qu’avant",
            "%(n)s points consomment plus qu’avant",
            len(found),
            n=len(found),
        ),
        len(found),
        detail=detail,
        figure=_(
            "%(sum)s en %(n)s jours", sum=formats.euros(sum(prices, Decimal(0)), 0), n=home.WINDOW
        )
        if prices
        else "",
        url=url_for(_POINTS, tab="drift"),
        state="late",
    )


def _change(now: Decimal, before: Decimal) -> str:
    if before <= 0:
        return ""
    sign = "+" if now >= before else "\u2212"
    return f"{sign}{formats.percent(abs(now / before - 1), 1)}"


def _change_of_cost(cost: home.CostOfYear) -> str:
    """The change over the months that both years have, and how many when they are not all."""
    change = _change(cost.now, cost.before)
    if not change or cost.months == 12:
        return change
    return ngettext(
        "%(change)s sur %(num)d mois", "%(change)s sur %(num)d mois", cost.months, change=change
    )


def _year(session: Session) -> Reading | None:
    if not home.has_points(session):
        return None
    use = home.year_use(session, clock.today())
    middle = use.start
    cost = home.year_cost(session, middle, use.end)
    most = max((kind.now for kind in use.kinds if kind.unit == "kWh"), default=Decimal(0))
    bars = [
        Bar(
            str(EnergyKind(kind.kind).word),
            int(kind.now * 100 / most) if kind.unit == "kWh" and most else 0,
            formats.quantity(kind.now, kind.unit.word, 0),
            url=url_for(_POINTS, **narrowed(energy_kind=kind.kind)),
            detail=_change(kind.now, kind.before),
        )
        for kind in use.kinds
    ]
    ledger = may("CostLineView.list")
    if ledger:
        bars.append(
            Bar(
                _("Coût net de tous les points"),
                0,
                formats.euros(cost.total),
                url=url_for(
                    "CostLineView.list",
                    **filtered(
                        {"nature.eq": "energy", "date_on.ge": middle, "date_on.lt": use.end}
                    ),
                ),
                detail=_change_of_cost(cost),
            )
        )
    text = _(
        "Du %(start)s au %(end)s, contre les douze mois d’avant ; %(n)s points comparés "
        "sur %(all)s.",
        start=formats.day(middle),
        end=formats.day(use.end - timedelta(days=1)),
        n=use.compared,
        all=use.points,
    )
    if partly := use.compared - use.whole:
        text += " " + ngettext(
            "Pour %(num)d point, seuls les mois connus les deux années comptent.",
            "Pour %(num)d points, seuls les mois connus les deux années comptent.",
            partly,
        )
    return Reading(
        text,
        url=url_for(_POINTS),
        verb=_("Ouvrir les points"),
        bars=bars,
        values={"columns": _columns(use.months, middle)},
    )


def _columns(months: dict[date, Decimal], start: date) -> list[dict[str, Any]]:
    """Twelve pairs for the chart: month, figures, heights from 0 to 100; unknown is no zero."""
    tallest = max(months.values(), default=Decimal(0))
    if tallest <= 0:
        return []
    found = []
    on = start
    for _n in range(12):
        now, old = months.get(on), months.get(on.replace(year=on.year - 1))
        found.append(
            {
                "month": formats.month(on),
                "now": formats.quantity(now, "kWh", 0) or _("inconnu"),
                "old": formats.quantity(old, "kWh", 0) or _("inconnu"),
                "a": int((now or 0) * 100 / tallest),
                "b": int((old or 0) * 100 / tallest),
                "letter": formats.month(on)[:1].upper(),
            }
        )
        on = next_month(on)
    return found


def register() -> None:
    """Declare the audience and the tiles."""
    tiles.audience("energy", _l("Économe de flux"), "Énergie", order=40)
    both = ("energy", "finance")
    tiles.tile(
        "invoices-waiting",
        _l("Factures d’énergie en attente"),
        _invoices,
        Place.WAITS,
        icon="receipt",
        order=10,
        endpoints=("InvoiceView.list",),
        audiences=both,
    )
    tiles.tile(
        "readings-waiting",
        _l("Relevés à rattacher"),
        _files,
        Place.WAITS,
        icon="file-import",
        order=20,
        endpoints=("ReadingBatchView.list",),
        audiences=("energy",),
    )
    points = {"endpoints": (_POINTS,), "slow": True}
    tiles.tile(
        "points-drift",
        _l("Consommations en hausse"),
        _drifts,
        Place.WATCH,
        icon="trending-up",
        order=5,
        audiences=("energy", "reader", "finance"),
        **points,
    )
    tiles.tile(
        "points-silent",
        _l("Points sans donnée"),
        _silent,
        Place.WATCH,
        icon="gauge",
        order=15,
        audiences=("energy",),
        **points,
    )
    tiles.tile(
        "energy-year",
        _l("Énergie, douze mois contre douze"),
        _year,
        Place.MAIN,
        order=10,
        audiences=("energy", "reader"),
        template="energie/year_tile.html",
        lines=10,
        **points,
    )
