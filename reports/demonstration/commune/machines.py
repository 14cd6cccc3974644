"""Vehicles, equipment and protective equipment of the commune."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from reports.demonstration.commune.ground import INSPECTION, TEMPLATES, Ground, french, load
from reports.demonstration.commune.land import Lot
from reports.demonstration.commune.places import COLD, Building, Places

_OFFICES = frozenset({"batiment_administratif", "ecole", "centre_technique", "batiment_culturel"})
_PERSONAL = (
    ("Casque de chantier", "epi_tete", "EN 397", "", 5, 24),
    ("Harnais antichute", "epi_antichute", "EN 361", "", 10, 210),
    ("Chaussures de sécurité", "epi", "EN ISO 20345", "39 40 41 42 43 44 45", 2, 78),
    ("Gilet haute visibilité", "epi", "EN ISO 20471", "S M L XL XXL", 3, 19),
    ("Gants anti-coupure", "epi", "EN 388", "8 9 10 11", 1, 14),
    ("Pantalon de débroussaillage", "epi", "EN ISO 11393", "S M L XL", 4, 112),
)
#: Categories that the law has inspected.
_INSPECTED = frozenset(
    "chaudiere ssi ascenseur aire_jeux extincteur appareil_levage porte_automatique".split()
)
#: The vehicle whose inspection is over, and the label that is used twice.
LATE_VEHICLE, TWICE = "VEH-0003", "Extincteur du préau"


def vehicles(ground: Ground) -> list[dict[str, Any]]:
    """The fleet, oldest first; each with the day by which it is to be inspected."""
    chance, models = ground.chance("parc"), load(TEMPLATES / "vehicules.csv")
    # The garage of the large commune keeps what the workshop of the small one keeps.
    garage = "BAT-0040" if ground.scale.buildings >= 40 else "BAT-0004"
    rows = []
    for number in range(1, ground.scale.vehicles + 1):
        model = models[(number - 1) % len(models)]
        years = chance.randint(1, 16)
        bought = date(ground.today.year - years, chance.randint(1, 12), chance.randint(1, 28))
        due = ground.today + timedelta(days=chance.randint(20, 700))
        code = f"VEH-{number:04d}"
        if code == LATE_VEHICLE:
            due = ground.today - timedelta(days=38)
        road = model["genre"] not in ("T", "L1", "O2")
        cost = {"N3": 118_000, "N2": 96_000, "T": 54_000, "O2": 5_600, "L1": 3_400}.get(
            model["genre"], 24_500
        )
        rows.append(
            {
                "N° d’inventaire": code,
                "Nom": model["nom"],
                "Catégorie": model["categorie"],
                "Rattaché à": garage if model["ou"] == "BAT-0004" else model["ou"],
                "Service gestionnaire": model["service"],
                "Marque": model["marque"],
                "Modèle": model["modele"],
                "Immatriculation": _plate(chance, number) if model["genre"] != "L1" else "",
                "Énergie": model["energie"],
                "Première immatriculation": french(bought) if road else "",
                "Catégorie CE": model["genre"],
                "Places": model["places"],
                "PTAC": model["ptac"],
                "CO2": model["co2"],
                "Acquis le": french(bought),
                "Coût d’acquisition": f"{round(cost * chance.uniform(0.7, 1.15), -1):.2f}",
                INSPECTION: french(due) if road else "",
            }
        )
    return rows


def _plate(chance: Random, number: int) -> str:
    letters = "ABCDEFGHJKLMNPQRSTVWXYZ"
    pair = letters[number % 23] + letters[(number * 7) % 23]
    return f"{'EFGH'[number % 4]}{chance.choice(letters[:19])}-{chance.randint(101, 989)}-{pair}"


def equipment(ground: Ground, places: Places, lots: list[Lot]) -> list[dict[str, Any]]:
    """What stands in buildings, squares and streets; street lamps fill up to the number."""
    chance, models = ground.chance("équipements"), load(TEMPLATES / "equipements.csv")
    scale = ground.scale
    wanted = scale.equipment - scale.curves - scale.indexes - scale.gas - scale.water
    rows: list[dict[str, Any]] = []
    for model in models:
        low, _dash, high = model["nombre"].partition("-")
        for place in _where(model["ou"], places):
            for index in range(1, chance.randint(int(low), int(high)) + 1):
                at = place if isinstance(place, str) else _room_for(model["ou"], place, index)
                rows.append(_piece(chance, ground, model, at, index, lots))
    lamp = models[-1]
    streets = [code for code, category in places.sites if category == "voirie"]
    for index in range(1, max(0, wanted - len(rows)) + 1):
        rows.append(_piece(chance, ground, lamp, streets[index % len(streets)], index, lots))
    # A small commune has fewer of each, not only the first kinds.
    rows = [rows[place * len(rows) // wanted] for place in range(wanted)]
    for number, row in enumerate(rows, start=1):
        row["N° d’inventaire"] = f"EQP-{number:04d}"
    _wrong_on_purpose(rows)
    return rows


def _wrong_on_purpose(rows: list[dict[str, Any]]) -> None:
    """A label used twice, and a piece without its category."""
    same = [row for row in rows if row["Catégorie"] == "extincteur"][:2]
    for row in same:
        row["Nom"] = TWICE
        row["Rattaché à"] = same[0]["Rattaché à"]
    bare = next((row for row in rows if row["Catégorie"] == "cuisine_materiel"), rows[-1])
    bare["Catégorie"] = ""


def _where(word: str, places: Places) -> Sequence[str | Building]:
    """Codes of the sites of a kind, or the buildings that have such a thing."""
    if word in ("rue", "vert"):
        wanted = ("voirie",) if word == "rue" else ("espace_vert",)
        return [code for code, category in places.sites if category in wanted]
    return [building for building in places.buildings if _suits(word, building)]


def _suits(word: str, building: Building) -> bool:
    category, area = building.category, building.area_m2
    match word:
        case "chauffe":
            return category not in COLD and area >= 400
        case "grand":
            return category not in COLD and area >= 800
        case "public":
            return area >= 250 and category not in ("centre_technique", "logement", *COLD)
        case "dae":
            return category in ("gymnase", "piscine", "salle_polyvalente") or (
                building.name == "Mairie"
            )
        case "ascenseur":
            return building.name in ("Mairie", "Médiathèque Aliénor", "Résidence Les Glycines")
        case "pac":
            return category in ("batiment_culturel", "salle_polyvalente") and 300 <= area < 800
        case "cuisine":
            return "Restaurant" in building.name or category in ("ehpad", "creche")
        case "bureau":
            return category in _OFFICES and area >= 250
        case "ecole":
            return category == "ecole" and "Restaurant" not in building.name
        case "salle":
            return category == "salle_polyvalente"
        case "gymnase":
            return category == "gymnase" and area >= 300
        case "atelier":
            return category == "centre_technique" and area >= 200
        case "garage":
            return building.name in ("Garage municipal", "Centre technique municipal")
        case "partout":
            return area >= 250 and category not in ("logement", *COLD)
        case _:
            return category != "sanitaires_publics"


#: Kind of room for a kind of thing; what is many is spread over such rooms.
_ROOMS = {
    "chauffe": ("local_technique",),
    "cuisine": ("cuisine",),
    "bureau": ("bureau",),
    "ecole": ("salle_classe",),
    "partout": ("niveau",),
    "gymnase": ("local",),
}


def _room_for(word: str, building: Building, index: int = 1) -> str:
    kinds = _ROOMS.get(word, ())
    rooms = [code for code, _name, of in building.rooms if of in kinds]
    return rooms[(index - 1) % len(rooms)] if rooms else building.code


def _piece(
    chance: Random, ground: Ground, model: dict[str, str], place: str, index: int, lots: list[Lot]
) -> dict[str, Any]:
    span = int(model["duree"])
    year = ground.today.year - chance.randint(0, min(span, 22))
    bought = min(date(year, chance.randint(1, 12), chance.randint(1, 28)), ground.today)
    low, high = int(model["cout_min"]), int(model["cout_max"])
    brand = chance.choice(model["marques"].split(","))
    power = ""
    if model["puissance_kw"]:
        least, _dash, most = model["puissance_kw"].partition("-")
        power = str(chance.randint(int(least), int(most)))
    row: dict[str, Any] = {
        "N° d’inventaire": "",
        "Nom": f"{model['nom']} n° {index}" if int(model["nombre"][-1]) != 1 else model["nom"],
        "Catégorie": model["categorie"],
        "Rattaché à": place,
        "Service gestionnaire": _service(model["ou"]),
        "Marque": brand,
        "N° de série": f"{(brand or 'SM')[:2].upper()}{chance.randint(10**7, 10**8 - 1)}"
        if model["categorie"] not in ("arbre", "mobilier_urbain")
        else "",
        "Acquis le": french(bought),
        "Coût d’acquisition": str(chance.randint(low, high)),
        "Puissance (kW)": power,
        "Fin de garantie": french(bought + timedelta(days=730)) if high > 1000 else "",
        INSPECTION: french(ground.today + timedelta(days=chance.randint(5, 360)))
        if model["categorie"] in _INSPECTED
        else "",
        "Longitude": "",
        "Latitude": "",
    }
    if model["ou"] in ("rue", "vert"):
        # Along the edge of a lot, not in it: lamps stand in the street.
        corner = chance.choice(chance.choice(lots).ring)
        row["Longitude"] = round(corner[0] + chance.uniform(-6e-5, 6e-5), 6)
        row["Latitude"] = round(corner[1] + chance.uniform(-6e-5, 6e-5), 6)
    return row


def _service(where: str) -> str:
    return {"rue": "Voirie", "vert": "Espaces verts", "garage": "Garage"}.get(where, "Bâtiments")


def personal(ground: Ground, depot: str) -> list[dict[str, Any]]:
    """Helmets, harnesses, shoes: rows of the register of assets."""
    chance, rows = ground.chance("epi"), []
    for number in range(1, ground.scale.personal_equipment + 1):
        name, category, standard, sizes, years, cost = _PERSONAL[(number - 1) % len(_PERSONAL)]
        bought = ground.today - timedelta(days=chance.randint(10, years * 400))
        ends = date(bought.year + years, bought.month, min(bought.day, 28))
        rows.append(
            {
                "N° d’inventaire": f"EPI-{number:04d}",
                "Nom": f"{name} n° {(number - 1) // len(_PERSONAL) + 1}",
                "Nature du bien": "EPI",
                "Catégorie": category,
                "Rattaché à": depot,
                "Norme": standard,
                "Taille": chance.choice(sizes.split() or [""]),
                "Péremption": french(ends),
                "Acquis le": french(bought),
                "Coût d’acquisition": str(cost),
            }
        )
    return rows
