"""Delivery points and their meters: create, and exchange."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from base.basics import clock, facts, formats
from base.basics.errors import DomainError
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.rules.rights import standing
from base.rules.verbs import Ask, Door, verb
from energie import queries
from energie.domain.blocks import Dial
from energie.domain.days import day_start, local_day
from energie.domain.kinds import (
    REFERENCE_OF,
    EnergyKind,
    MeterKind,
    RegisterCode,
    Unit,
)
from energie.domain.references import clean_reference
from energie.models import DeliveryPoint, Meter, Register, Series
from energie.services.allocations import ALWAYS, allocate
from energie.services.days import rebuild_days
from energie.services.index_days import (
    IndexDoubt,
    exchange_doubt,
    index_doubts,
    is_whole_dial,
)
from patrimoine.domain import AssetStatus
from patrimoine.models import Asset
from patrimoine.services import assets

_DOORS = Door.DESK | Door.REST
#: Whole digits of the dials in use, unless the meter says otherwise; else nine.
_DIGITS = {EnergyKind.ELECTRICITY: 6, EnergyKind.GAS: 5, EnergyKind.WATER: 5}
#: What the dial of a meter counts.
_UNITS = {EnergyKind.WATER: Unit.M3, EnergyKind.GAS: Unit.M3, EnergyKind.FUEL_OIL: Unit.LITRE}


standing.lets(DeliveryPoint, standing.ending("closed_on"))
standing.lets(Meter, standing.ending("removed_on"))


class PointTaken(DomainError):
    """The reference is in the register already."""


class MeterRefused(DomainError):
    """What is said of a meter cannot be."""


def create_point(
    session: Session,
    asset: Asset,
    *,
    reference: str,
    on: date,
    energy_kind: EnergyKind | str = EnergyKind.ELECTRICITY,
    name: str = "",
    category: str | None = None,
    subscribed_kva: Decimal | None = None,
    opened_on: date | None = None,
    serial_number: str = "",
    digits: int | None = None,
    coefficient: Decimal = Decimal(1),
) -> DeliveryPoint:
    """A delivery point on a building or site, which it serves alone, with its meter.

    The meter is a piece of equipment below the building, so that it can have a tag; the register
    has it there from the day ``on``. It was put in when the point was opened: when that is not
    told, or is to come, nobody knows. Without a serial number it takes the point's reference.

    Raises:
        BadReference: the reference is not a PRM, PCE…
        PointTaken: the reference is in the register already.
    """
    kind = EnergyKind(energy_kind)
    clean = clean_reference(REFERENCE_OF[kind], reference).text
    if queries.point_by_reference(session, clean, entity_id=asset.entity_id, energy_kind=kind):
        raise PointTaken(_("Le point %(r)s est déjà dans le registre.", r=clean))
    point = DeliveryPoint(
        entity_id=asset.entity_id,
        energy_kind=kind,
        reference_kind=REFERENCE_OF[kind],
        reference=clean,
        name=(name or asset.name)[:200],
        asset_id=asset.id,
        category=category,
        subscribed_kva=subscribed_kva,
        opened_on=opened_on,
    )
    session.add(point)
    session.flush()
    allocate(session, point, asset, weight=Decimal(1), valid_from=opened_on or ALWAYS)
    install_meter(
        session,
        point,
        serial_number=serial_number or clean,
        on=on,
        installed_on=None if opened_on is None or opened_on > on else opened_on,
        digits=digits,
        coefficient=coefficient,
    )
    return point


def install_meter(
    session: Session,
    point: DeliveryPoint,
    *,
    serial_number: str,
    on: date,
    installed_on: date | None,
    digits: int | None = None,
    coefficient: Decimal = Decimal(1),
    install_index: Decimal | None = None,
) -> Meter:
    """A meter on a point, as equipment of the point's building from the day ``on``.

    ``installed_on`` is the day on which it was put in, None when nobody knows; ``install_index``
    is what its dial showed then. Without ``digits`` the dial has as many as
    is usual for the energy.

    Raises:
        CodeTaken: the serial number is in the register already.
        MeterRefused: a dial has 1 to 15 digits and a coefficient above zero.
    """
    kind = EnergyKind(point.energy_kind)
    count = _DIGITS.get(kind, 9) if digits is None else digits
    if not 1 <= count <= 15 or coefficient <= 0:
        raise MeterRefused(_("Un cadran a de 1 à 15 chiffres et un coefficient supérieur à zéro."))
    _require_dial("install_index", install_index, count)
    place = session.get(Asset, point.asset_id)
    equipment = assets.create(
        session,
        "equipment",
        entity_id=point.entity_id,
        name=kept(_l("Compteur %(s)s", s=serial_number)),
        on=on,
        parent=place,
        serial_number=serial_number,
    )
    meter = Meter(
        entity_id=point.entity_id,
        point_id=point.id,
        asset_id=equipment.id,
        serial_number=serial_number,
        kind=MeterKind.PHYSICAL,
        installed_on=installed_on,
        install_index=install_index,
    )
    session.add(meter)
    session.flush()
    session.add(
        Register(
            entity_id=point.entity_id,
            meter_id=meter.id,
            code=RegisterCode.TOTAL,
            unit=_UNITS.get(kind, Unit.KWH),
            digits=count,
            coefficient=coefficient,
        )
    )
    session.flush()
    return meter


def put_in_meter(
    session: Session, point: DeliveryPoint, *, serial_number: str, installed_on: date | None = None
) -> Meter:
    """Put a meter on a delivery point, today unless told.

    Raises:
        CodeTaken: the serial number is in the register already.
    """
    on = installed_on or clock.today()
    return install_meter(session, point, serial_number=serial_number, on=on, installed_on=on)


@verb(
    DeliveryPoint,
    _l("Remplacer le compteur"),
    "refresh",
    doors=_DOORS,
    asks={
        "serial_number": Ask(_l("Numéro du nouveau compteur")),
        "on": Ask(_l("Jour de l’échange"), first=lambda row: clock.today()),
        "removal_index": Ask(
            help=_l("Sans lui, la consommation jusqu’à l’échange reste inconnue."),
            about="what the old dial showed; without it the use up to the exchange stays unknown",
        ),
        "install_index": Ask(about="zero when it is left out"),
        "digits": Ask(_l("Chiffres du cadran"), about="those usual for the energy when left out"),
        "coefficient": Ask(
            _l("Coefficient"),
            places=6,
            first=lambda row: None,
            about="1 when it is left out; needed when the meter in place has another",
        ),
    },
    said=lambda row, made, values: _("Le compteur %(s)s est en place.", s=made.serial_number),
    answers={"meter_id": lambda made: made.id},
)
def replace_meter(
    session: Session,
    point: DeliveryPoint,
    *,
    serial_number: str,
    on: date,
    removal_index: Decimal | None = None,
    install_index: Decimal | None = None,
    digits: int | None = None,
    coefficient: Decimal | None = None,
) -> Meter:
    """Take the meter in place away on a day and put another one there; days are computed again.

    Without ``removal_index`` what was used up to the exchange since the last reading is
    unknown, and stays so: it is never a rollover. A new meter that is not told otherwise
    starts at zero.

    Raises:
        MeterRefused: the point was closed before; the meter in place came that day or later, or
            has this serial number; the dial cannot be, or its indexes contradict those that were
            read; the coefficient is not told, and that of the meter in place is not 1.
        CodeTaken: the serial number is in the register already.
        InvalidInput: the day is ahead.
    """
    facts.require_past({"on": on})
    _require_open(point, on)
    whole = [s for s in queries.series_of(session, point.id) if is_whole_dial(s)]
    doubts = {s.id: {d.start for d in index_doubts(session, s, point)} for s in whole}
    old = next((m for m in queries.meters_of(session, point.id) if m.removed_on is None), None)
    if old is not None:
        if old.serial_number == serial_number or (old.installed_on and on <= old.installed_on):
            words = _(
                "Le compteur %(s)s est en place depuis le %(d)s : le nouveau vient après lui "
                "et porte un autre numéro.",
                s=old.serial_number,
                d=old.installed_on.strftime("%d/%m/%Y") if old.installed_on else "?",
            )
            raise MeterRefused(words)
        dial = next((r for r in old.registers if r.code == RegisterCode.TOTAL), None)
        _require_dial("removal_index", removal_index, dial.digits if dial else 15)
        if coefficient is None and dial is not None and dial.coefficient != 1:
            words = _(
                "Le compteur %(s)s a le coefficient %(c)s : dites celui du nouveau, même si c’est "
                "1.",
                s=old.serial_number,
                c=formats.number(dial.coefficient),
            )
            raise MeterRefused(words, {"coefficient": words})
        old.removal_index = removal_index
        take_away(session, old, removed_on=on)
    meter = install_meter(
        session,
        point,
        serial_number=serial_number,
        on=on,
        installed_on=on,
        digits=digits,
        coefficient=Decimal(1) if coefficient is None else coefficient,
        install_index=Decimal(0) if install_index is None else install_index,
    )
    for series in whole if old is not None else ():
        begin = day_start(on, point.timezone)
        if doubt := exchange_doubt(session, series, point, begin, doubts[series.id]):
            raise _contradicted(doubt, series, point, begin)
    for series in queries.series_of(session, point.id):
        if series.is_cumulative:
            rebuild_days(session, series, [])
    return meter


def change_meter(session: Session, meter: Meter, **values: Any) -> None:
    """Change what may be changed of a meter: the day on which it was taken away, if told."""
    if "removed_on" in values:
        take_away(session, meter, removed_on=values["removed_on"])


def take_away(session: Session, meter: Meter, *, removed_on: date | None) -> None:
    """Say on which day a meter was taken away, None when it was not: its equipment follows.

    Only what was in service leaves the inventory, and comes back: what somebody said otherwise of
    the equipment stays said, and so does all of what is archived.
    """
    meter.removed_on = removed_on
    session.flush()
    equipment = meter.asset
    held = (AssetStatus.IN_SERVICE, AssetStatus.DISPOSED)
    before, after = held if removed_on is not None else reversed(held)
    if equipment is not None and equipment.archived_on is None and equipment.status == before:
        assets.set_status(session, equipment, status=after)


def _require_open(point: DeliveryPoint, on: date) -> None:
    """Refuse a meter put on a point after the day of its closing.

    Raises:
        MeterRefused: it was closed by then.
    """
    if point.closed_on is not None and on > point.closed_on:
        words = _(
            "Le point %(p)s est fermé depuis le %(d)s : on n’y pose plus de compteur.",
            p=point.reference,
            d=formats.day(point.closed_on),
        )
        raise MeterRefused(words, {"on": words})


def _require_dial(name: str, index: Decimal | None, digits: int) -> None:
    if index is not None and not 0 <= index < 10**digits:
        words = _(
            "L’index d’un cadran de %(n)d chiffres va de 0 à %(m)s.", n=digits, m="9" * digits
        )
        raise MeterRefused(words, {name: words})


def _contradicted(
    doubt: IndexDoubt, series: Series, point: DeliveryPoint, begin: int
) -> MeterRefused:
    """Why an exchange that the readings contradict is refused; ``doubt`` starts there or later."""
    is_removal = doubt.start <= begin + 1
    at, value = (doubt.before, doubt.value_before) if is_removal else (doubt.start, doubt.value)
    told = {
        "d": formats.day(local_day(at, point.timezone)),
        "v": formats.quantity(value, Unit(series.unit).word),
    }
    if is_removal:
        words = _(
            "L’index de dépose ne va pas avec le relevé du %(d)s (%(v)s) : vérifiez-le, ou "
            "laissez-le vide s’il n’est pas sûr.",
            **told,
        )
        return MeterRefused(words, {"removal_index": words})
    words = _(
        "Le relevé du %(d)s (%(v)s) ne peut pas être du nouveau compteur : vérifiez le jour de "
        "l’échange et l’index de pose.",
        **told,
    )
    return MeterRefused(words, {"on": words})


def know_dial(
    session: Session, point: DeliveryPoint, code: RegisterCode, unit: Unit, dial: Dial
) -> Register | None:
    """The dial of the meter in place for a code, made as a file describes it when there is none."""
    meter = next(iter(queries.meters_of(session, point.id)), None)
    if meter is None or session.scalar(
        select(Register.id).where(Register.meter_id == meter.id, Register.code == code)
    ):
        return None
    row = Register(
        entity_id=point.entity_id,
        meter_id=meter.id,
        code=code,
        unit=unit,
        digits=min(max(dial.digits, 1), 15),
        coefficient=dial.coefficient,
    )
    session.add(row)
    session.flush()
    return row
