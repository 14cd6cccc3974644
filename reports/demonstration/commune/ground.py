"""What every part of the generated commune stands on: its name, its chance, its calendar."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

SEED = 20261123
NAME = "Ville de Saint-Maurin-sur-Aubre"
#: One of the numbers that are kept for fiction in France, and ring nowhere.
PHONE = "03 53 01 00 10"
CITY = "Saint-Maurin-sur-Aubre"
POSTCODE = "10990"
INSEE = "10999"
#: Lists and forms that the generator fills.
TEMPLATES = Path(__file__).resolve().parents[2] / "demo"
#: Longitude and latitude of the town hall.
CENTRE = (4.0412, 48.2075)
#: Metres of a degree there.
METRES_EAST, METRES_NORTH = 111_320 * math.cos(math.radians(CENTRE[1])), 110_950
#: The column of all that is inspected.
INSPECTION = "Prochain contrôle avant le"
#: Below this outside temperature buildings are heated, degrees Celsius.
HEATING_BELOW = 17.0


@dataclass(frozen=True)
class Scale:
    """How large the commune is; the small one has everything once, for tests."""

    name: str
    buildings: int
    parcels: int
    vehicles: int
    #: Pieces of equipment, meters included.
    equipment: int
    personal_equipment: int
    orders_a_year: int
    requests_a_year: int
    #: Delivery points: with a half-hourly curve, with daily indexes, of gas, of water.
    curves: int
    indexes: int
    gas: int
    water: int
    #: Days back that the curves go.
    curve_days: int
    #: Agents whose present week is full.
    at_work: int


FULL = Scale("full", 60, 900, 80, 2500, 240, 1190, 620, 6, 24, 14, 18, 2000, 16)
SMALL = Scale("small", 12, 30, 6, 90, 8, 40, 24, 1, 2, 2, 1, 120, 4)
SCALES = {scale.name: scale for scale in (FULL, SMALL)}


@dataclass(frozen=True)
class Ground:
    """The size, the last day and the chance of one generated commune."""

    scale: Scale
    #: The day of the first run: the history ends here, and a later run writes the same files.
    today: date

    def chance(self, subject: str) -> random.Random:
        """A source of chance for one subject: more of one thing does not change another."""
        return random.Random(f"{SEED}/{subject}")  # noqa: S311 - plausible figures, no secret

    @cached_property
    def first_year(self) -> int:
        """Whole years back, so that about three of them are told."""
        return self.today.year - (2 if self.today.month >= 7 else 3)

    @property
    def years(self) -> list[int]:
        """The years of the history, the present one too."""
        return list(range(self.first_year, self.today.year + 1))

    def days(self) -> Iterator[date]:
        """Every day of the history before today."""
        on = date(self.first_year, 1, 1)
        while on < self.today:
            yield on
            on += timedelta(days=1)

    @cached_property
    def temperatures(self) -> dict[date, float]:
        """The mean outside temperature of each day: a year's wave, and weather that lasts."""
        chance, drift, found = self.chance("temps"), 0.0, {}
        for on in self.days():
            drift = 0.82 * drift + chance.gauss(0, 1.9)
            wave = 11.4 - 8.6 * math.cos((on.timetuple().tm_yday - 18) * 2 * math.pi / 365.25)
            found[on] = round(wave + drift, 1)
        return found

    def cold(self, on: date) -> float:
        """Degrees missing to heat no more, on a day."""
        return max(0.0, HEATING_BELOW - self.temperatures[on])


def is_holiday(on: date) -> bool:
    """Whether schools are closed: their five breaks, at about their dates."""
    place = (on.month, on.day)
    return (
        place >= (12, 20)
        or place <= (1, 4)
        or (2, 14) <= place <= (3, 1)
        or (4, 11) <= place <= (4, 26)
        or (7, 5) <= place <= (8, 31)
        or (10, 18) <= place <= (11, 2)
        or place in ((5, 1), (5, 8), (11, 11))
    )


def is_workday(on: date) -> bool:
    """Whether the town's people are at work."""
    return on.weekday() < 5 and (on.month, on.day) not in (
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    )


def workday_from(on: date) -> date:
    """The day itself, or the first workday after it."""
    while not is_workday(on):
        on += timedelta(days=1)
    return on


def french(on: date | None) -> str:
    """A day as people write it in files."""
    return "" if on is None else f"{on:%d/%m/%Y}"


def siret(stem: int) -> str:
    """An invented SIRET with right keys, of an invented company."""
    siren = _with_key(f"{99_000_000 + stem:08d}")
    return _with_key(f"{siren}0001")


def vat_number(stem: int) -> str:
    """The VAT number of the same company: FR, 12 + 3 × SIREN modulo 97, the SIREN."""
    siren = siret(stem)[:9]
    return f"FR{(12 + 3 * int(siren)) % 97:02d}{siren}"


def _with_key(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


def save(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A table as a spreadsheet program of this country writes it."""
    found = list(rows)
    head = list(dict.fromkeys(key for row in found for key in row))
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, head, delimiter=";", restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(found)


def load(path: Path) -> list[dict[str, str]]:
    """The rows of such a table."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source, delimiter=";"))
