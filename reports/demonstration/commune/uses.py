"""Delivery points and what they use: winters that heat, quiet weekends and school breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from reports.demonstration.commune.ground import Ground, french, is_holiday, is_workday
from reports.demonstration.commune.places import COLD, Building

_PARIS = ZoneInfo("Europe/Paris")
#: The point of the main job: on the school, and its last month comes with it.
PRM = "99000000000017"
#: How long the night use of one building has been growing, in days.
DRIFT_DAYS = 120
#: The month without readings of one gas point: months before the present one.
MISSING_MONTHS_AGO = 5
#: Watts of a square metre when people are in, and at night; by category.
_POWER = {
    "ecole": (11.0, 1.6),
    "gymnase": (9.0, 1.3),
    "piscine": (24.0, 12.0),
    "batiment_administratif": (12.0, 2.2),
    "batiment_culturel": (10.0, 2.0),
    "salle_polyvalente": (7.0, 1.1),
    "centre_technique": (8.0, 1.4),
    "creche": (13.0, 2.0),
    "ehpad": (12.0, 6.0),
}
#: Hours of presence, and whether weekends and school breaks empty it.
_HOURS = {
    "ecole": (7, 18, True, True),
    "gymnase": (9, 22, False, False),
    "piscine": (8, 21, False, False),
    "batiment_administratif": (8, 18, True, False),
    "batiment_culturel": (10, 19, False, False),
    "salle_polyvalente": (14, 23, False, False),
    "centre_technique": (7, 17, True, False),
    "creche": (7, 19, True, False),
    "ehpad": (0, 24, False, False),
}
#: Gas of a square metre for each degree missing, in kWh a day.
_GAS_PER_DEGREE = 0.052


@dataclass(frozen=True)
class Point:
    """One delivery point: its energy, its reference, its building, how it is read."""

    reference: str
    energy: str
    building: Building
    #: "curve", "index", "gas" or "water".
    reading: str
    segment: str
    kva: int


def points(ground: Ground, buildings: list[Building]) -> list[Point]:
    """Curves on the largest, indexes on the others, gas where it heats, water where people are."""
    scale = ground.scale
    warm = [b for b in buildings if b.category in _POWER and b.category not in COLD]
    first = ("Groupe scolaire Les Tilleuls", "Médiathèque Aliénor")
    largest = sorted(
        warm,
        key=lambda b: (first.index(b.name) if b.name in first else len(first), -b.area_m2),
    )
    found = [
        Point(PRM if i == 0 else f"99000000{100 + i:06d}", "électricité", b, "curve", "C4", 60)
        for i, b in enumerate(largest[: scale.curves])
    ]
    others = [b for b in buildings if b not in largest[: scale.curves] and b.area_m2 >= 60]
    found += [
        Point(
            f"99000000{300 + i:06d}", "électricité", b, "index", "C5", 36 if b.area_m2 > 600 else 12
        )
        for i, b in enumerate(others[: scale.indexes])
    ]
    found += [
        Point(f"99500000{100 + i:06d}", "gaz", b, "gas", "T2", 0)
        for i, b in enumerate(largest[: scale.gas])
    ]
    found += [
        Point(f"99800000{100 + i:06d}", "eau", b, "water", "", 0)
        for i, b in enumerate(largest[: scale.water])
    ]
    return found


def point_rows(ground: Ground, found: list[Point]) -> list[dict[str, Any]]:
    """The file of meters."""
    chance = ground.chance("compteurs")
    return [
        {
            "Point de livraison": point.reference,
            "Énergie": point.energy,
            "N° d’inventaire du bâtiment": point.building.code,
            "Nom": f"{point.building.name}, {point.energy}",
            "Compteur": f"{chance.randint(10**7, 10**8 - 1)}",
            "Segment": point.segment,
            "Puissance souscrite": point.kva or "",
            "Mise en service": french(date(2015 + index % 6, 3, 1 + index % 27)),
        }
        for index, point in enumerate(found)
    ]


def is_used(building: Building, on: date) -> bool:
    """Whether people are in on a day."""
    _from, _to, rests, breaks = _HOURS.get(building.category, (8, 18, True, False))
    if breaks and is_holiday(on):
        return False
    return not rests or is_workday(on)


@lru_cache(maxsize=64)
def _half_hours(category: str, busy: bool) -> tuple[float, ...]:
    """The share of presence of each half hour of a day."""
    start, end, _rests, _breaks = _HOURS.get(category, (8, 18, True, False))
    if not busy:
        return (0.0,) * 48
    rows = []
    for place in range(48):
        hour = place / 2
        inside = start <= hour < end
        edge = min(1.0, (hour - start + 0.5) / 1.5, (end - hour) / 1.5) if inside else 0.0
        rows.append(max(0.0, edge))
    return tuple(rows)


def watts(ground: Ground, point: Point, on: date, chance: Random) -> list[int]:
    """The mean power of each half hour of a plain day of 48."""
    building = point.building
    by_day, by_night = _POWER.get(building.category, (8.0, 1.5))
    busy = is_used(building, on)
    heat = ground.cold(on) * building.area_m2 * (0.16 if busy else 0.05)
    night = by_night * building.area_m2
    drifting = (ground.today - on).days
    if building.category == "batiment_culturel" and drifting <= DRIFT_DAYS:
        night *= 1 + 1.4 * (DRIFT_DAYS - drifting) / DRIFT_DAYS
    summer = 0.7 if on.month in (7, 8) else 1.0
    day = by_day * building.area_m2 * summer * chance.uniform(0.93, 1.07)
    return [
        int((night + (day - night) * share + heat * (0.4 + 0.6 * share)) * noise)
        for share, noise in zip(_half_hours(building.category, busy), _noise(chance), strict=True)
    ]


def _noise(chance: Random) -> list[float]:
    return [0.94 + 0.12 * chance.random() for _ in range(48)]


def kwh_of_index(ground: Ground, point: Point, on: date, chance: Random) -> int:
    """What a small site uses on a day."""
    building = point.building
    by_day, by_night = _POWER.get(building.category, (2.0, 0.6))
    start, end, *_rest = _HOURS.get(building.category, (8, 18, True, False))
    hours = (end - start) * 0.75 if is_used(building, on) else 0.0
    base = building.area_m2 * (by_day * hours + by_night * (24 - hours)) / 1000
    heat = building.area_m2 * ground.cold(on) * 0.012
    return max(1, round((base + heat) * chance.uniform(0.85, 1.15)))


def kwh_of_gas(ground: Ground, point: Point, on: date, chance: Random) -> int:
    """What a boiler burns on a day: heating, and warm water where people are."""
    building = point.building
    share = 1.0 if is_used(building, on) else 0.62
    if building.category == "ecole" and is_holiday(on):
        share = 0.45
    heat = building.area_m2 * ground.cold(on) * _GAS_PER_DEGREE * share
    water = building.area_m2 * (0.35 if building.category == "piscine" else 0.012) * share
    return round((heat + water) * chance.uniform(0.95, 1.05))


def is_silent(point: Point) -> bool:
    """Whether it is the gas meter of which a month is missing."""
    return point.reading == "gas" and point.reference.endswith("000101")


def is_missing(ground: Ground, point: Point, on: date) -> bool:
    """The month that one gas meter did not send."""
    months = (ground.today.year - on.year) * 12 + ground.today.month - on.month
    return is_silent(point) and months == MISSING_MONTHS_AGO


def write_curve(
    ground: Ground, point: Point, path: Path, start: date, end: date
) -> dict[date, float]:
    """Half-hours of a point, as the distributor sends them; what each day used, in kWh.

    All days before ``end`` are told, those from ``start`` on are written.
    """
    chance = ground.chance(f"courbe {point.reference}")
    used: dict[date, float] = {}
    lines = [
        "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
        "Grandeur metier;Etape metier;Unite;Pas en minutes",
        f"{point.reference};Courbe de charge;{french(start)};{french(end)};Energie active;"
        "Consommation;Comptage Brut;W;30",
        "Horodate;Valeur",
    ]
    on = date(ground.first_year, 1, 1)
    while on < end:
        values = watts(ground, point, on, chance)
        if on >= start:
            of_day = [(f"{stamp};{values[place]}", place) for stamp, place in _stamps(on)]
            lines += [line for line, _place in of_day]
            used[on] = sum(values[place] for _line, place in of_day) / 2000
        else:
            used[on] = sum(values) / 2000
        on += timedelta(days=1)
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return used


def _stamps(on: date) -> Iterator[tuple[str, int]]:
    """The half hours of a local day with their offset; 46 or 50 when clocks change."""
    offset = datetime(on.year, on.month, on.day, tzinfo=_PARIS).strftime("%z")
    after = datetime(on.year, on.month, on.day, 12, tzinfo=_PARIS).strftime("%z")
    if offset == after:
        shown = f"{offset[:3]}:{offset[3:]}"
        for place in range(48):
            yield f"{on.isoformat()}T{place // 2:02d}:{place % 2 * 30:02d}:00{shown}", place
        return
    at = datetime(on.year, on.month, on.day, tzinfo=_PARIS).astimezone(ZoneInfo("UTC"))
    while (local := at.astimezone(_PARIS)).date() == on:
        yield local.isoformat(), local.hour * 2 + local.minute // 30
        at += timedelta(minutes=30)


def write_indexes(ground: Ground, found: list[Point], path: Path) -> dict[str, dict[date, float]]:
    """Daily indexes of the small sites, one section after another; what each used by day."""
    days, sections = list(ground.days()), []
    used: dict[str, dict[date, float]] = {}
    if not days:
        return {}
    columns = [*(f"EAS F{i}" for i in range(1, 11)), *(f"EAS D{i}" for i in range(1, 5)), "EAS T"]
    for point in found:
        chance = ground.chance(f"index {point.reference}")
        index = chance.randint(2_000, 90_000)
        of_days = used[point.reference] = {}
        lines = [
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
            "Grandeur metier;Etape metier;Unite",
            f"{point.reference};Index;{french(days[0])};{french(ground.today)};Energie active;"
            "Consommation;Comptage Brut;kWh",
            "Horodate;Type de releve;" + ";".join(columns),
        ]
        for on in days:
            of_days[on] = float(kwh_of_index(ground, point, on, chance))
            index += int(of_days[on])
            at = datetime(on.year, on.month, on.day, tzinfo=_PARIS) + timedelta(days=1)
            lines.append(f"{at.isoformat()};Arrêté quotidien;{';' * 14}{index}")
        sections.append("\n".join(lines))
    path.write_text("\ufeff" + "\n".join(sections) + "\n", encoding="utf-8")
    return used


def write_gas(ground: Ground, found: list[Point], path: Path) -> dict[str, dict[date, float]]:
    """Daily energies of the gas points, as the distributor's customer space gives them."""
    used: dict[str, dict[date, float]] = {}
    content: dict[str, Any] = {}
    for point in found:
        chance = ground.chance(f"gaz {point.reference}")
        rows = []
        of_days = used[point.reference] = {}
        for on in ground.days():
            kwh = kwh_of_gas(ground, point, on, chance)
            of_days[on] = float(kwh)
            if is_missing(ground, point, on):
                continue
            rows.append(
                {
                    "journeeGaziere": on.isoformat(),
                    "energieConsomme": kwh,
                    "volumeBrutConsomme": round(kwh / 11.2, 1),
                    "qualificationReleve": "Mesuré",
                }
            )
        content[point.reference] = {"idPce": point.reference, "releves": rows}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return used
