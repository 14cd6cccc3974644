"""What the module says on the first page: vehicles, dates that come, strangers' reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import url_for

from base.basics import clock, formats
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings, tiles
from base.desk.tiles import Bar, Place, Reading
from base.face.views.lists import filtered, narrowed
from base.rules.modules.actions import may
from base.store.together import told
from patrimoine.domain.kinds import Kind
from patrimoine.queries import home
from patrimoine.views import ledger_tiles
from patrimoine.views.assets import VIEWS

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
        name=told(first),
        day=formats.day(first.next_inspection_on),
        ago=ago,
    )


def _vehicle_inspections(session: Session) -> Reading:
    return _late_inspections(
        session,
        Kind.VEHICLE,
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
        lambda n: ngettext(
            "%(n)s équipement dont le contrôle est en retard",
            "%(n)s équipements dont le contrôle est en retard",
            n,
            n=tiles.shown(n),
        ),
    )


def _late_inspections(session: Session, kind: Kind, words: Callable[[int], str]) -> Reading:
    today = clock.today()
    count = home.count_inspections_due(session, kind=kind, before=today)
    return Reading(
        words(count),
        count,
        detail=_overdue(session, kind, today) if count else "",
        url=url_for(f"{VIEWS[kind]}.list", **filtered({"next_inspection_on.lt": today})),
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
    if not any(counts.values()):
        return None
    return Reading(
        "",
        url=url_for("AssetView.list"),
        verb=_("Ouvrir les biens"),
        bars=[
            Bar(
                kind.word_for(count),
                0,
                tiles.shown(count),
                url=url_for(f"{VIEWS[kind]}.list"),
                icon=kind.icon,
            )
            for kind, count in counts.items()
            if count and may(f"{VIEWS[kind]}.list")
        ],
    )


def register() -> None:
    """Declare the audience of the fleet, the tiles and the first steps."""
    tiles.audience("fleet", _l("Parc de véhicules"), order=30)
    ledger_tiles.register()
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
        template="ov/tiles/figures.html",
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
        before=("WorkOrderView.add",),
        order=10,
    )
    tiles.first_step(
        "site",
        _l("Ou ajouter un premier site à la main"),
        _l("Une école, une mairie, un stade : ses bâtiments et ses locaux viennent dessous."),
        "SiteView.add",
        icon="map-pin",
        done=home.has_assets,
        order=11,
    )
    tiles.first_step(
        "tags",
        _l("Imprimer les étiquettes"),
        _l("Cochez des biens dans la liste, puis « Imprimer les étiquettes »."),
        "AssetView.print_labels",
        to="AssetView.list",
        icon="qrcode",
        done=home.has_tags,
        after="assets",
        order=20,
    )
