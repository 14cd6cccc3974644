"""The kinds of work of the commune: what, where, in which months, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from reports.demonstration.commune.ground import TEMPLATES, load


@dataclass(frozen=True)
class Job:
    """One kind of work: what, where, in which months, and what it takes."""

    title: str
    kind: str
    service: str
    trade: str
    targets: tuple[str, ...]
    months: tuple[int, ...]
    hours: tuple[int, int]
    items: tuple[tuple[str, int], ...]
    supplier: str
    supplier_percent: int
    amounts: tuple[int, int]
    points: tuple[str, ...]
    urgent_percent: int
    finding: str
    #: What the names of its things begin with; any name when empty.
    names: tuple[str, ...]
    #: What whoever does it is told.
    told: str


def jobs() -> list[tuple[Job, int]]:
    """The kinds of work with their weight over the year."""
    found = []
    for row in load(TEMPLATES / "travaux.csv"):
        low, _dash, high = row["heures"].partition("-")
        least, _dash, most = (row["ht"] or "0-0").partition("-")
        items = tuple(
            (code, int(count))
            for code, _colon, count in (
                part.partition(":") for part in row["articles"].split(",") if part
            )
        )
        found.append(
            (
                Job(
                    row["objet"],
                    row["nature"],
                    row["service"],
                    row["metier"],
                    tuple(row["cibles"].split(",")),
                    tuple(int(d) for d in row["mois"]),
                    (int(low), int(high)),
                    items,
                    row["fournisseur"],
                    int(row["part_fournisseur"]),
                    (int(least), int(most)),
                    tuple(p for p in row["points"].split("|") if p),
                    int(row["urgent"]),
                    row["constat"],
                    tuple(n for n in row["noms"].split("|") if n),
                    row["consigne"],
                ),
                int(row["poids"]),
            )
        )
    return found
