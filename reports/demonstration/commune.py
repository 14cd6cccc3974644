"""A small commune from a fixed seed: the input files of a demonstration without files."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

SEED = 20261123
NAME = "Ville de Saint-Maurin-sur-Aubre"
INSEE = "10999"
PRM = "99000000000017"
YEAR = 2026
_PARIS = ZoneInfo("Europe/Paris")
_CENT = Decimal("0.01")
_TEMPLATES = Path(__file__).resolve().parent.parent / "demo"

_BUILDINGS = (
    ("Groupe scolaire Les Tilleuls", "12 rue des Tilleuls", 2140, 1974),
    ("Mairie", "1 place du Marché", 1260, 1889),
    ("École du Pont", "4 quai de l’Aube", 1480, 1962),
    ("Gymnase des Forges", "Rue des Forges", 1910, 1987),
    ("Médiathèque Aliénor", "8 rue Aliénor", 980, 2009),
    ("Centre technique municipal", "Zone des Varennes", 1750, 1995),
    ("Salle des fêtes", "3 rue du Bal", 720, 1968),
    ("Restaurant scolaire", "14 rue des Tilleuls", 540, 2002),
)
_EQUIPMENT = (
    ("Chaudière gaz n° 1", "De Dietrich"),
    ("Chaudière gaz n° 2", "De Dietrich"),
    ("Centrale de traitement d’air", "Aldes"),
    ("Tableau général basse tension", "Schneider Electric"),
    ("Alarme incendie", "DEF"),
    ("Extincteur 6 L à eau", "Sicli"),
    ("Ascenseur", "Otis"),
    ("Défibrillateur", "Schiller"),
)
_VEHICLES = (
    ("Renault Master", "Renault", "GO"),
    ("Renault Kangoo", "Renault", "EL"),
    ("Peugeot Partner", "Peugeot", "GO"),
    ("Tracteur New Holland", "New Holland", "GO"),
    ("Balayeuse Mathieu", "Mathieu", "GO"),
    ("Citroën ë-C3", "Citroën", "EL"),
)


def write(folder: Path) -> None:
    """Write the four files; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)  # noqa: S311 - plausible figures, no secret
    _register(folder / "biens.csv", chance)
    _parcels(folder / "parcelles.json", chance)
    used_kwh = _curve(folder / "courbe-de-charge.csv", chance)
    _invoice(folder / "facture-electricite.xml", used_kwh)


def _register(path: Path, chance: random.Random) -> None:
    head = (
        "N° d’inventaire",
        "Nom",
        "Nature du bien",
        "Rattaché à",
        "Adresse",
        "Marque",
        "N° de série",
        "Énergie",
        "Immatriculation",
        "Surface de plancher",
        "Année de construction",
        "Acquis le",
        "Coût d’acquisition",
    )
    rows: list[dict[str, object]] = []
    for number, (name, address, area, built) in enumerate(_BUILDINGS, start=1):
        rows.append(
            {
                "N° d’inventaire": f"BAT-{number:04d}",
                "Nom": name,
                "Nature du bien": "bâtiment",
                "Adresse": address,
                "Surface de plancher": area,
                "Année de construction": built,
            }
        )
    number = 0
    for building in range(1, len(_BUILDINGS) + 1):
        for name, brand in chance.sample(_EQUIPMENT, 6):
            number += 1
            year = chance.randint(2009, 2024)
            rows.append(
                {
                    "N° d’inventaire": f"EQP-{number:04d}",
                    "Nom": name,
                    "Nature du bien": "équipement",
                    "Rattaché à": f"BAT-{building:04d}",
                    "Marque": brand,
                    "N° de série": f"SM{chance.randint(10**6, 10**7 - 1)}",
                    "Acquis le": f"{chance.randint(1, 28):02d}/09/{year}",
                    "Coût d’acquisition": f"{chance.randint(180, 9000)},00",
                }
            )
    for number, (name, brand, energy) in enumerate(_VEHICLES, start=1):
        plate = f"G{chance.choice('ABCDEFGH')}-{chance.randint(100, 999)}-{chance.choice('KLMN')}Z"
        rows.append(
            {
                "N° d’inventaire": f"VEH-{number:04d}",
                "Nom": name,
                "Nature du bien": "véhicule",
                "Rattaché à": "BAT-0006",
                "Marque": brand,
                "Énergie": energy,
                "Immatriculation": plate,
            }
        )
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, head, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def _parcels(path: Path, chance: random.Random) -> None:
    features = []
    for number in range(1, 41):
        row, column = divmod(number - 1, 8)
        west, south = round(4.0 + column * 0.0012, 6), round(48.2 + row * 0.0009, 6)
        east, north = round(west + 0.001, 6), round(south + 0.0007, 6)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        parcel = f"{INSEE}000AB{number:04d}"
        features.append(
            {
                "type": "Feature",
                "id": parcel,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    "id": parcel,
                    "commune": INSEE,
                    "prefixe": "000",
                    "section": "AB",
                    "numero": str(number),
                    "contenance": 5700 + chance.randint(-60, 60),
                    "created": "2020-01-01",
                    "updated": "2025-06-01",
                },
            }
        )
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


def _curve(path: Path, chance: random.Random) -> Decimal:
    """Ten minutes by ten minutes of January, in watts; what they add up to in kWh."""
    at = datetime(YEAR, 1, 1, tzinfo=_PARIS)
    end = datetime(YEAR, 2, 1, tzinfo=_PARIS)
    lines = [
        "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
        "Grandeur metier;Etape metier;Unite;Pas en minutes",
        f"{PRM};Courbe de charge;{at:%d/%m/%Y};{end:%d/%m/%Y};Energie active;Consommation;"
        "Comptage Brut;;",
        "Horodate;Valeur",
    ]
    watts = 0
    while at < end:
        school_day = at.weekday() < 5 and 7 <= at.hour < 18
        value = (16_000 if school_day else 4_500) + chance.randint(-900, 900)
        watts += value
        lines.append(f"{at.isoformat()};{value}")
        at += timedelta(minutes=10)
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return Decimal(watts) / 6000


def _invoice(path: Path, used_kwh: Decimal) -> None:
    """The bill of that January, at 20 % of tax, in CII."""
    quantity = used_kwh.quantize(Decimal("1"), ROUND_HALF_UP)
    amount = (quantity * Decimal("0.1642")).quantize(_CENT, ROUND_HALF_UP)
    tax = (amount * Decimal("0.20")).quantize(_CENT, ROUND_HALF_UP)
    text = (_TEMPLATES / "facture.xml").read_text(encoding="utf-8")
    path.write_text(
        text.format(quantity=quantity, amount=amount, tax=tax, total=amount + tax, prm=PRM),
        encoding="utf-8",
    )
