"""A commune of 12,000 people from a fixed seed: the input files of a demonstration without files.

Nothing is downloaded or copied: names, places and figures are made here. The same day and the
same scale give the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from reports.demonstration.commune import (
    asking,
    bills,
    land,
    machines,
    people,
    places,
    uses,
    works,
)
from reports.demonstration.commune.ground import (
    FULL,
    INSEE,
    NAME,
    PHONE,
    SCALES,
    SEED,
    SMALL,
    Ground,
    Scale,
    save,
)
from reports.demonstration.commune.people import (
    ACCOUNTS,
    AGENT,
    ENERGY,
    FINANCE,
    FLEET,
    HEAD,
    SERVICES,
    STORES,
)
from reports.demonstration.commune.uses import PRM

__all__ = [
    "ACCOUNTS",
    "AGENT",
    "ENERGY",
    "FINANCE",
    "FLEET",
    "FULL",
    "HEAD",
    "INSEE",
    "NAME",
    "PHONE",
    "PRM",
    "SCALES",
    "SEED",
    "SERVICES",
    "SMALL",
    "STORES",
    "Files",
    "Ground",
    "Scale",
    "write",
]
#: Written last: the folder is whole.
LIST = "liste.json"


@dataclass(frozen=True)
class Files:
    """What was written: the files of the history in the order of their import, by kind."""

    folder: Path
    #: (kind of the importer, name of the file), before the people can work.
    register: tuple[tuple[str, str], ...]
    #: (kind of the importer, name of the file) of the years told.
    history: tuple[tuple[str, str], ...]
    #: The load curve and the invoice of the main job.
    curve: str
    bill: str
    #: What is wrong on purpose: sentences for the person who looks.
    oddities: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Where a file is."""
        return self.folder / name


def write(folder: Path, ground: Ground) -> Files:
    """Write the files, or find those that an earlier run wrote whole."""
    listed = folder / LIST
    key = [ground.scale.name, ground.today.isoformat(), SEED]
    if listed.is_file():
        kept = json.loads(listed.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return _files(folder, kept)
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"key": key, **_write(folder, ground)}
    listed.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    return _files(folder, kept)


def _files(folder: Path, kept: dict[str, Any]) -> Files:
    return Files(
        folder,
        tuple((kind, name) for kind, name in kept["register"]),
        tuple((kind, name) for kind, name in kept["history"]),
        kept["curve"],
        kept["bill"],
        tuple(kept["oddities"]),
    )


def _write(folder: Path, ground: Ground) -> dict[str, Any]:
    found = land.lots(ground)
    land.write(folder / "parcelles.json", found)
    where = places.places(ground, found)
    depot = next(
        (b for b in where.buildings if b.category == "centre_technique"), where.buildings[0]
    )
    rows = where.rows + machines.personal(ground, depot.code)
    save(folder / "biens.csv", rows)
    fleet = machines.vehicles(ground)
    save(folder / "vehicules.csv", fleet)
    gear = machines.equipment(ground, where, found)
    save(folder / "equipements.csv", gear)
    save(folder / "fournisseurs.csv", people.supplier_rows())
    save(folder / "agents.csv", people.agent_rows(ground))
    points = uses.points(ground, where.buildings)
    save(folder / "compteurs.csv", uses.point_rows(ground, points))
    history = _work(folder, ground, [*rows, *fleet, *gear])
    energy, curve, bill = _energy(folder, ground, points)
    return {
        "register": [
            ("parcels", "parcelles.json"),
            ("assets", "biens.csv"),
            ("vehicles", "vehicules.csv"),
            ("equipment", "equipements.csv"),
        ],
        "history": [
            ("suppliers", "fournisseurs.csv"),
            ("agents", "agents.csv"),
            ("meters", "compteurs.csv"),
            *history,
            *energy,
        ],
        "curve": curve,
        "bill": bill,
        "oddities": _oddities(ground, points, gear),
    }


def _work(folder: Path, ground: Ground, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Deliveries, work orders and requests, year after year."""
    told = works.works(ground, asking.targets(rows))
    found = []
    for year in ground.years:
        for kind, name, of_year in (
            ("stock", "livraisons", told.stock[year]),
            ("work-orders", "interventions", told.orders[year]),
            ("requests", "demandes", told.requests[year]),
        ):
            if of_year:
                save(folder / f"{name}-{year}.csv", of_year)
                found.append((kind, f"{name}-{year}.csv"))
    return found


def _energy(
    folder: Path, ground: Ground, points: list[uses.Point]
) -> tuple[list[tuple[str, str]], str, str]:
    """Readings, then invoices; the last month of the first point is for the main job."""
    start, last, issued = list(bills.periods(ground, 1))[-1]
    after = last + timedelta(days=1)
    used: dict[str, dict[date, float]] = {}
    found = []
    first = max(
        date(ground.first_year, 1, 1), ground.today - timedelta(days=ground.scale.curve_days)
    )
    for point in points:
        if point.reading != "curve":
            continue
        name = f"courbe-{point.reference}.csv"
        end = start if point.reference == PRM else ground.today
        used[point.reference] = uses.write_curve(ground, point, folder / name, first, end)
        found.append(("readings", name))
    name = f"courbe-{PRM}-{start:%Y-%m}.csv"
    of_month = uses.write_curve(ground, points[0], folder / name, start, after)
    used[PRM] |= {on: of_month[on] for on in of_month if on >= start}
    indexes = [point for point in points if point.reading == "index"]
    used |= uses.write_indexes(ground, indexes, folder / "index.csv")
    gas = [point for point in points if point.reading == "gas"]
    used |= uses.write_gas(ground, gas, folder / "gaz.json")
    found += [("readings", "index.csv"), ("readings", "gaz.json")]
    for path in bills.write(ground, points, used, folder):
        found.append(("invoices", path.name))
    quantity = sum(kwh for on, kwh in of_month.items() if on >= start)
    bill = f"facture-{start:%Y-%m}.xml"
    text = bills.invoice(PRM, "curve", f"C0017-{last:%Y%m}", start, last, issued, quantity)
    (folder / bill).write_text(text, encoding="utf-8")
    return found, name, bill


def _oddities(ground: Ground, points: list[uses.Point], gear: list[dict[str, Any]]) -> list[str]:
    """What is wrong on purpose and can be found on the screens."""
    drifting = next(
        (p for p in points if p.reading == "curve" and p.building.category == "batiment_culturel"),
        None,
    )
    silent = next((p for p in points if uses.is_silent(p)), None)
    bare = next(row for row in gear if not row["Catégorie"])
    twice = [row["N° d’inventaire"] for row in gear if row["Nom"] == machines.TWICE]
    return [
        *(
            [f"{drifting.building.name} : le talon de nuit monte depuis {uses.DRIFT_DAYS} jours"]
            if drifting
            else []
        ),
        *(
            [f"{silent.building.name}, gaz : un mois sans relevé (point {silent.reference})"]
            if silent
            else []
        ),
        f"une facture porte un point inconnu ({bills.UNKNOWN}) : elle attend",
        f"{machines.LATE_VEHICLE} : le jour de son contrôle est passé",
        f"{bare['N° d’inventaire']} : équipement sans catégorie",
        f"{' et '.join(twice)} : deux équipements du même nom au même endroit",
        f"une demande attend d’être triée depuis {works.WAITING_DAYS} jours",
    ]
