"""What the module says on the first page: money, vehicles, dates that come, strangers' reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.modules.actions import may
from base.views.lists import filtered, narrowed
from patrimoine.domain.costs import CostNature
from patrimoine.domain.kinds import Kind
from patrimoine.models import CostLine
from patrimoine.queries import home
from patrimoine.views.assets import VIEWS

_LEDGER = "CostLineView.list"
#: Days ahead in which an end is announced.
SOON = own_settings.declare(
    own_settings.Declared(
        "patrimoine.soon_days",
        _l("Accueil"),
        _l("Annoncer une fin de garantie ou une péremption"),
        _l("Les tuiles de l’accueil comptent ce qui finit dans ce délai."),
        _l("jours avant"),
        default=60,
        low=7,
        high=365,
    )
)


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


def _no_budget(session: Session) -> Reading:
    start = _month_before()
    count = home.lines_without(session, CostLine.budget_line, start=start)
    return Reading(
        ngettext(
            "%(n)s écriture sans ligne budgétaire",
            "%(n)s écritures sans ligne budgétaire",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("depuis le %(day)s", day=formats.day(start)),
        url=_since(start, **filtered({"budget_line.none": 1})),
    )


def _vehicles(session: Session) -> Reading:
    count = home.count_unavailable_vehicles(session)
    return Reading(
        ngettext(
            "%(n)s véhicule immobilisé",
            "%(n)s véhicules immobilisés",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("en réparation ou hors service") if count else "",
        url=url_for("VehicleView.list", **filtered({"status.in": ",".join(home.UNAVAILABLE)})),
        state="late",
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


def _warranties(session: Session) -> Reading:
    start = clock.today()
    end = start + timedelta(days=own_settings.value_of(session, SOON.key))
    count = home.count_warranties_ending(session, start=start, end=end)
    return Reading(
        ngettext(
            "%(n)s garantie finit bientôt",
            "%(n)s garanties finissent bientôt",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("avant le %(day)s", day=formats.day(end)),
        url=url_for(
            "EquipmentView.list",
            **filtered({"warranty_ends_on.ge": start, "warranty_ends_on.lt": end}),
        ),
        state="run",
    )


def _overdue(session: Session, kind: Kind, today: date) -> str:
    """The asset that should have been inspected longest ago, and since when."""
    first = home.longest_due(session, kind=kind, before=today)
    if first is None or first.next_inspection_on is None:
        return ""
    days = (today - first.next_inspection_on).days
    ago = ngettext("%(n)s jour de retard", "%(n)s jours de retard", days, n=formats.number(days))
    return _(
        "%(name)s, à contrôler avant le %(day)s : %(ago)s",
        name=first.name,
        day=formats.day(first.next_inspection_on),
        ago=ago,
    )


def _vehicle_inspections(session: Session) -> Reading:
    return _late_inspections(
        session,
        Kind.VEHICLE,
        "VehicleView.list",
        lambda n: ngettext(
            "%(n)s véhicule dont le contrôle est en retard",
            "%(n)s véhicules dont le contrôle est en retard",
            n,
            n=tiles.shown(n),
        ),
    )


def _equipment_inspections(session: Session) -> Reading:
    return _late_inspections(
        session,
        Kind.EQUIPMENT,
        "EquipmentView.list",
        lambda n: ngettext(
            "%(n)s équipement dont le contrôle est en retard",
            "%(n)s équipements dont le contrôle est en retard",
            n,
            n=tiles.shown(n),
        ),
    )


def _late_inspections(
    session: Session, kind: Kind, endpoint: str, words: Callable[[int], str]
) -> Reading:
    today = clock.today()
    count = home.count_inspections_due(session, kind=kind, before=today)
    return Reading(
        words(count),
        count,
        detail=_overdue(session, kind, today) if count else "",
        url=url_for(endpoint, **filtered({"next_inspection_on.lt": today})),
        state="late",
    )


def _expired(session: Session) -> Reading:
    end = clock.today() + timedelta(days=own_settings.value_of(session, SOON.key))
    count = home.count_expired(session, before=end)
    return Reading(
        ngettext(
            "%(n)s protection individuelle périmée ou qui va l’être",
            "%(n)s protections individuelles périmées ou qui vont l’être",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("avant le %(day)s", day=formats.day(end)),
        url=url_for("PersonalEquipmentView.list", **filtered({"expires_on.lt": end})),
        state="late",
    )


def _reports(session: Session) -> Reading:
    found = home.reports_to_sort(session)
    detail = ""
    if found.oldest is not None:
        said = found.oldest.description[:80]
        detail = _(
            "Le plus ancien, %(when)s : %(said)s",
            when=formats.near(found.oldest.reported_at),
            said=said,
        )
    return Reading(
        ngettext(
            "%(n)s signalement à trier",
            "%(n)s signalements à trier",
            found.count,
            n=tiles.shown(found.count),
        ),
        found.count,
        detail=detail,
        url=url_for("TagReportView.list", **narrowed(state="received")),
        verb=_("Trier"),
    )


def _register(session: Session) -> Reading | None:
    counts = home.bounded_kinds(session)
    most = max(counts.values())
    if not most:
        return None
    return Reading(
        "",
        url=url_for("AssetView.list"),
        verb=_("Ouvrir les biens"),
        bars=[
            Bar(
                str(kind.plural),
                int(count * 100 / most),
                tiles.shown(count),
                url=url_for(f"{VIEWS[kind]}.list"),
            )
            for kind, count in counts.items()
            if count and may(f"{VIEWS[kind]}.list")
        ],
    )


def register() -> None:
    """Declare the audience of the fleet, the tiles and the first steps."""
    tiles.audience("fleet", _l("Parc de véhicules"), order=30)
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
        "lines-no-budget",
        _l("Écritures sans ligne budgétaire"),
        _no_budget,
        Place.WATCH,
        icon="file-euro",
        order=41,
        audiences=("finance",),
        **ledger,
    )
    fleet = {"endpoints": ("VehicleView.list", "AssetView.archive")}
    tiles.tile(
        "vehicles-unavailable",
        _l("Véhicules immobilisés"),
        _vehicles,
        Place.WATCH,
        icon="car",
        order=12,
        audiences=("fleet", "head"),
        **fleet,
    )
    tiles.tile(
        "vehicle-inspections",
        _l("Contrôles de véhicules en retard"),
        _vehicle_inspections,
        Place.WATCH,
        icon="calendar-event",
        order=13,
        audiences=("fleet", "head"),
        **fleet,
    )
    tiles.tile(
        "equipment-inspections",
        _l("Contrôles d’équipements en retard"),
        _equipment_inspections,
        Place.WATCH,
        icon="calendar-event",
        order=14,
        audiences=("head",),
        endpoints=("EquipmentView.list", "AssetView.archive"),
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
    tiles.tile(
        "warranties",
        _l("Garanties qui finissent"),
        _warranties,
        Place.WATCH,
        icon="certificate",
        order=50,
        audiences=("head", "fleet"),
        slow=True,
        endpoints=("EquipmentView.list", "AssetView.archive"),
    )
    tiles.tile(
        "ppe-expired",
        _l("Protections individuelles périmées"),
        _expired,
        Place.WATCH,
        icon="shield",
        order=51,
        audiences=("head",),
        slow=True,
        endpoints=("PersonalEquipmentView.list", "AssetView.archive"),
    )
    tiles.tile(
        "reports-to-sort",
        _l("Signalements à trier"),
        _reports,
        Place.WAITS,
        icon="message-report",
        order=12,
        audiences=("head",),
        endpoints=("TagReportView.list", "TagReportView.accept"),
    )
    tiles.tile(
        "register",
        _l("Le patrimoine"),
        _register,
        Place.MAIN,
        order=60,
        audiences=("reader", "admin", "finance"),
        endpoints=("AssetView.list",),
    )
    tiles.first_step(
        "assets",
        _l("Importer le patrimoine"),
        _l(
            "Votre tableur tel qu’il est : les colonnes se reconnaissent, rien n’est écrit sans "
            "votre accord, et tout se défait."
        ),
        "ImportView.new",
        arguments={"kind": "assets"},
        icon="file-import",
        done=home.has_assets,
        order=10,
    )
    tiles.first_step(
        "tags",
        _l("Imprimer les étiquettes"),
        _l("Cochez des biens dans la liste, puis « Imprimer les étiquettes »."),
        "AssetView.print_labels",
        to="AssetView.list",
        icon="qrcode",
        done=home.has_tags,
        order=20,
    )
