"""Units: what is accepted on the way in, and the conversions that need a coefficient."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from base.basics.errors import DomainError
from base.basics.i18n import _
from energie.domain.kinds import Unit

#: Written unit → (unit kept, factor). A therm is 10^5 British thermal units of 1 055.06 J.
ACCEPTED: dict[str, tuple[Unit, Decimal]] = {
    "w": (Unit.W, Decimal(1)),
    "kw": (Unit.W, Decimal(1000)),
    "mw": (Unit.W, Decimal(1_000_000)),
    "va": (Unit.VA, Decimal(1)),
    "kva": (Unit.VA, Decimal(1000)),
    "wh": (Unit.KWH, Decimal("0.001")),
    "kwh": (Unit.KWH, Decimal(1)),
    "mwh": (Unit.KWH, Decimal(1000)),
    "gwh": (Unit.KWH, Decimal(1_000_000)),
    "kwhpcs": (Unit.KWH, Decimal(1)),
    "kwhpci": (Unit.KWH, Decimal(1)),
    "mwhpcs": (Unit.KWH, Decimal(1000)),
    "mwhpci": (Unit.KWH, Decimal(1000)),
    "therm": (Unit.KWH, Decimal("29.3071")),
    "therms": (Unit.KWH, Decimal("29.3071")),
    "m3": (Unit.M3, Decimal(1)),
    "hm3": (Unit.M3, Decimal(1_000_000)),
    "l": (Unit.LITRE, Decimal(1)),
    "litre": (Unit.LITRE, Decimal(1)),
    "litres": (Unit.LITRE, Decimal(1)),
    "°c": (Unit.CELSIUS, Decimal(1)),
    "degc": (Unit.CELSIUS, Decimal(1)),
}
#: kWh PCI per kWh PCS of natural gas. Two constants on purpose, never shared: the first is
#: the energy certificate's 1/1.11, the second stands in the text of the tertiary decree.
PCS_PER_PCI_GENERAL = Decimal("1.11")
PCI_PER_PCS_OPERAT = Decimal("0.90")


class UnknownUnit(DomainError):
    """A unit that the file names and nobody knows."""


class CoefficientMissing(DomainError):
    """A volume of gas without the coefficient that makes it an energy."""


class Segment(NamedTuple):
    """Days of a period that share one coefficient."""

    days: int
    kwh_pcs_per_m3: Decimal


def accepted(text: str) -> tuple[Unit, Decimal]:
    """The unit kept for a written unit, and the factor from one to the other.

    Raises:
        UnknownUnit: the unit is in no table.
    """
    key = re.sub(r"[\s\u00a0\u202f]", "", text).lower().replace("³", "3")
    if key not in ACCEPTED:
        raise UnknownUnit(_("Unité « %(unit)s » inconnue.", unit=text))
    return ACCEPTED[key]


def gas_energy(volume_m3: Decimal, segments: list[Segment]) -> tuple[list[Decimal], Decimal]:
    """The volumes of each segment, split pro rata of days, and the kWh PCS of their sum.

    Raises:
        CoefficientMissing: no segment, or a segment without its coefficient.
    """
    days = sum(segment.days for segment in segments)
    if not days or any(not segment.kwh_pcs_per_m3 for segment in segments):
        raise CoefficientMissing(
            _("Le coefficient de conversion manque : des m³ ne deviennent pas des kWh sans lui.")
        )
    volumes = [volume_m3 * segment.days / days for segment in segments]
    pairs = zip(volumes, segments, strict=True)
    return volumes, sum((v * s.kwh_pcs_per_m3 for v, s in pairs), Decimal(0))


def to_milli(value: Decimal) -> int:
    """The value in thousandths, rounded half up: how readings are stored."""
    return int((value * 1000).to_integral_value(rounding=ROUND_HALF_UP))
