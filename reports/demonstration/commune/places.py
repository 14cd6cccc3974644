"""Sites, buildings, floors and rooms of the commune."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reports.demonstration.commune.ground import (
    CITY,
    INSEE,
    INSPECTION,
    POSTCODE,
    TEMPLATES,
    Ground,
    french,
    load,
)
from reports.demonstration.commune.land import Lot

_SITES = (
    ("S1", "SIT-0001", "Site scolaire des Tilleuls", "site_scolaire", "12 rue des Tilleuls"),
    ("S2", "SIT-0002", "Complexe sportif des Forges", "site_sportif", "6 rue des Forges"),
    ("S3", "SIT-0003", "Base des Trois-Îles", "site_sportif", "chemin des Trois-Îles"),
    ("S4", "SIT-0004", "Stade municipal", "site_sportif", "chemin du Stade"),
    ("S5", "SIT-0005", "Cimetière", "cimetiere", "1 rue du Cimetière"),
    ("S6", "SIT-0006", "Parc du Château", "espace_vert", "rue du Château"),
    ("", "SIT-0007", "Square des Lilas", "espace_vert", "rue des Lilas"),
    ("", "SIT-0008", "Square du Lavoir", "espace_vert", "rue du Lavoir"),
    ("", "SIT-0009", "Promenade de l’Aubre", "espace_vert", "quai de l’Aubre"),
    ("", "SIT-0010", "Centre-bourg, rues et places", "voirie", "place du Marché"),
    ("", "SIT-0011", "Quartier des Varennes, rues", "voirie", "avenue des Varennes"),
    ("", "SIT-0012", "Quartier du Pont, rues", "voirie", "quai de l’Aubre"),
)
#: Category of building -> rooms: (name, category, how many, area in m², seats, level).
_ROOMS: dict[str, tuple[tuple[str, str, int, int, int, int], ...]] = {
    "ecole": (
        ("Classe", "salle_classe", 7, 58, 30, 0),
        ("Chaufferie", "local_technique", 1, 24, 0, 0),
        ("Sanitaires", "vestiaire", 2, 18, 0, 0),
        ("Bureau de direction", "bureau", 1, 16, 2, 0),
        ("Salle des maîtres", "salle_reunion", 1, 32, 14, 1),
        ("Bibliothèque", "local", 1, 46, 25, 1),
    ),
    "batiment_administratif": (
        ("Accueil", "local", 1, 40, 6, 0),
        ("Bureau", "bureau", 8, 17, 2, 1),
        ("Salle de réunion", "salle_reunion", 1, 42, 18, 0),
        ("Local technique", "local_technique", 1, 14, 0, 0),
        ("Sanitaires", "vestiaire", 1, 12, 0, 0),
    ),
    "gymnase": (
        ("Grande salle", "local", 1, 900, 300, 0),
        ("Vestiaire", "vestiaire", 4, 28, 0, 0),
        ("Chaufferie", "local_technique", 1, 22, 0, 0),
        ("Local de rangement", "local", 1, 60, 0, 0),
    ),
    "piscine": (
        ("Bassin", "local", 1, 620, 200, 0),
        ("Vestiaire", "vestiaire", 4, 40, 0, 0),
        ("Local de traitement d’eau", "local_technique", 1, 70, 0, -1),
    ),
    "batiment_culturel": (
        ("Grande salle", "local", 1, 180, 90, 0),
        ("Réserve", "local", 1, 60, 0, -1),
        ("Bureau", "bureau", 1, 18, 2, 1),
        ("Local technique", "local_technique", 1, 12, 0, 0),
    ),
    "salle_polyvalente": (
        ("Grande salle", "salle_reunion", 1, 260, 220, 0),
        ("Office", "cuisine", 1, 34, 0, 0),
        ("Sanitaires", "vestiaire", 1, 24, 0, 0),
    ),
    "centre_technique": (
        ("Atelier", "local", 1, 320, 0, 0),
        ("Magasin", "local", 1, 140, 0, 0),
        ("Vestiaire", "vestiaire", 1, 46, 0, 0),
        ("Bureau", "bureau", 2, 18, 2, 1),
    ),
    "creche": (
        ("Salle d’éveil", "local", 3, 52, 18, 0),
        ("Dortoir", "local", 2, 34, 15, 0),
        ("Biberonnerie", "cuisine", 1, 14, 0, 0),
        ("Local technique", "local_technique", 1, 10, 0, 0),
    ),
    "ehpad": (
        ("Salon", "local", 1, 90, 40, 0),
        ("Cuisine", "cuisine", 1, 70, 0, 0),
        ("Chaufferie", "local_technique", 1, 26, 0, -1),
    ),
}
_LEVELS = {-1: "Sous-sol", 0: "Rez-de-chaussée", 1: "Étage 1"}
#: Buildings of this category heat nobody.
COLD = frozenset({"eglise", "sanitaires_publics", "batiment"})


@dataclass(frozen=True)
class Building:
    """One building, as the rest of the generator needs it."""

    code: str
    name: str
    category: str
    area_m2: int
    service: str
    #: Its floors and rooms: (code, name, category).
    rooms: tuple[tuple[str, str, str], ...]
    longitude: float
    latitude: float


@dataclass(frozen=True)
class Places:
    """The rows of the register, and what the rest hangs on."""

    rows: list[dict[str, Any]]
    buildings: list[Building]
    sites: list[tuple[str, str]]


def places(ground: Ground, lots: list[Lot]) -> Places:
    """Sites, then buildings with their floors and rooms."""
    chance = ground.chance("lieux")
    spread = max(1, len(lots) // ground.scale.buildings)
    rows: list[dict[str, Any]] = []
    codes = {mark: code for mark, code, *_rest in _SITES if mark}
    for index, (_mark, code, name, category, address) in enumerate(_SITES):
        east, north = lots[(index * 71 + 40) % len(lots)].middle
        rows.append(
            _row(
                code,
                name,
                "site",
                category,
                address=address,
                east=east,
                north=north,
                service=_SERVICE.get(category, "Bâtiments"),
            )
        )
    buildings = []
    listed = load(TEMPLATES / "batiments.csv")[: ground.scale.buildings]
    for number, spec in enumerate(listed, start=1):
        name, category, area = spec["nom"], spec["categorie"], int(spec["surface_m2"])
        code = f"BAT-{number:04d}"
        east, north = lots[(number - 1) * spread].middle
        service = _SERVICE.get(category, "Bâtiments")
        row = _row(
            code,
            name,
            "bâtiment",
            category,
            address=spec["adresse"],
            east=east,
            north=north,
            service=service,
        )
        row |= {
            "Rattaché à": codes.get(spec["site"], ""),
            "Surface de plancher": area,
            "Surface chauffée": 0 if category in COLD else round(area * 0.88),
            "Année de construction": spec["annee"],
            "Type ERP": spec["type_erp"],
            "Catégorie ERP": spec["categorie_erp"],
            "Effectif admissible": area // 3 if spec["type_erp"] else "",
            INSPECTION: french(ground.today + timedelta(days=chance.randint(60, 1500)))
            if spec["type_erp"]
            else "",
        }
        rows.append(row)
        rooms = _rooms(chance, code, category, area, service, rows)
        buildings.append(Building(code, name, category, area, service, rooms, east, north))
    sites = [(code, category) for _mark, code, _name, category, _address in _SITES]
    return Places(rows, buildings, sites)


_SERVICE = {
    "espace_vert": "Espaces verts",
    "cimetiere": "Espaces verts",
    "voirie": "Voirie",
    "centre_technique": "Bâtiments",
    "gymnase": "Sports et fêtes",
    "piscine": "Sports et fêtes",
    "site_sportif": "Sports et fêtes",
    "ecole": "Affaires scolaires",
    "site_scolaire": "Affaires scolaires",
    "creche": "Affaires scolaires",
}


def _row(
    code: str,
    name: str,
    kind: str,
    category: str,
    *,
    address: str = "",
    east: float = 0,
    north: float = 0,
    service: str = "",
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "N° d’inventaire": code,
        "Nom": name,
        "Nature du bien": kind,
        "Catégorie": category,
        "Rattaché à": "",
        "Service gestionnaire": service,
    }
    if address:
        row |= {"Adresse": address, "Code postal": POSTCODE, "Commune": CITY, "Code INSEE": INSEE}
        row |= {"Longitude": east, "Latitude": north}
    return row


def _rooms(
    chance: Any, code: str, category: str, area: int, service: str, rows: list[dict[str, Any]]
) -> tuple[tuple[str, str, str], ...]:
    """The floors and rooms of a building larger than a shed."""
    plan = _ROOMS.get(category, ())
    if area < 250 or not plan:
        return ()
    found: list[tuple[str, str, str]] = []
    floors: dict[int, str] = {}
    count_of_rooms = 0
    for name, kind, count, surface, seats, level in plan:
        for index in range(1, count + 1):
            on = level if count == 1 or level != 0 else (0 if index <= (count + 1) // 2 else 1)
            if on not in floors:
                floors[on] = f"{code}-N{on}" if on >= 0 else f"{code}-S{-on}"
                floor = _row(floors[on], _LEVELS[on], "niveau", "niveau", service=service)
                rows.append(floor | {"Rattaché à": code, "Numéro de niveau": on})
                found.append((floors[on], _LEVELS[on], "niveau"))
            count_of_rooms += 1
            room = f"{code}-L{count_of_rooms:02d}"
            words = f"{name} {index}" if count > 1 else name
            row = _row(room, words, "local", kind, service=service)
            rows.append(
                row
                | {
                    "Rattaché à": floors[on],
                    "Surface du local (m²)": max(6, round(surface * chance.uniform(0.9, 1.1))),
                    "Capacité": seats or "",
                }
            )
            found.append((room, words, kind))
    return tuple(found)
