"""Where work is done and who asks for it: a nursery asks for nothing in the street."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from reports.demonstration.commune.jobs import Job
from reports.demonstration.commune.people import head_of, team

#: Category of a building or site -> those who are there every day.
_PEOPLE = {
    "ecole": (
        "Mme Delorme, directrice",
        "M. Castel, gardien",
        "M. Varlet, directeur",
        "Mme Roussel, enseignante",
        "Mme Aubert, cantine",
    ),
    "site_scolaire": ("M. Castel, gardien", "Mme Delorme, directrice"),
    "creche": ("Mme Hubert, directrice", "Mme Lacroix, éducatrice"),
    "ehpad": ("Mme Lefort, cadre de santé", "M. Aubry, agent technique"),
    "gymnase": ("M. Matrat, gardien", "Club de handball", "Mme Rivoal, association"),
    "piscine": ("M. Sylvain, maître-nageur", "Mme Didier, accueil"),
    "site_sportif": ("M. Matrat, gardien", "Club de football"),
    "batiment_administratif": ("Accueil de la mairie", "Mme Thiriet, état civil"),
    "batiment_culturel": ("Mme Poncelet, accueil", "M. Noirot, régie"),
    "salle_polyvalente": ("Mme Rivoal, association", "M. Guénot, régisseur"),
    "eglise": ("Mme Boyer, paroisse", "M. Boyer, conseil de fabrique"),
    "logement": ("M. Boyer, locataire", "Mme Lacroix, locataire", "M. Ferry, gardien"),
    "centre_technique": ("Magasin central", "M. Pernot, voirie"),
    "cimetiere": ("M. Huot, gardien du cimetière", "Mme Vidal"),
    "espace_vert": ("M. Nadal, riverain", "Mme Vidal", "Police municipale"),
    "voirie": ("M. Nadal, riverain", "M. Perrin, commerçant", "Police municipale", "Mme Lacroix"),
}
_ELSEWHERE = ("Accueil de la mairie", "Police municipale")


class Target(NamedTuple):
    """A thing that work is done on, and the building or site that it stands in."""

    code: str
    name: str
    category: str
    #: Code and category of the building or site.
    house: str = ""
    house_category: str = ""
    service: str = ""


def targets(rows: Sequence[dict[str, Any]]) -> list[Target]:
    """The things of the register, each with where it stands."""
    known = {row["N° d’inventaire"]: row for row in rows}
    found = []
    for code, row in known.items():
        house = row
        while not house["N° d’inventaire"].startswith("SIT-") and not _is_building(house):
            above = known.get(house["Rattaché à"])
            if above is None:
                break
            house = above
        found.append(
            Target(
                *(code, row["Nom"], row["Catégorie"], house["N° d’inventaire"]),
                *(house["Catégorie"], row.get("Service gestionnaire", "")),
            )
        )
    return found


def _is_building(row: dict[str, Any]) -> bool:
    return bool(row.get("Nature du bien") == "bâtiment")


def suits(job: Job, target: Target) -> bool:
    """Whether such a thing can have that work: no oven fault on a dishwasher."""
    return target.category in job.targets and target.name.startswith(job.names or ("",))


def requester(chance: Random, job: Job, target: Target) -> str:
    """Who asks: somebody who is there every day; of planned work the head of the service."""
    if job.kind != "corrective":
        return head_of(job.service)
    if target.code.startswith("VEH-"):
        return chance.choice(team(target.service) or [head_of("Garage")])
    people = _PEOPLE.get(target.house_category, _ELSEWHERE)
    digits = "".join(sign for sign in target.house if sign.isdecimal())
    first = int(digits or 0) % len(people)
    return chance.choice((people[first], people[(first + 1) % len(people)]))
