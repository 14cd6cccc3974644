"""The ground plan: blocks between streets, each cut into lots; the communal parcels."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from reports.demonstration.commune.ground import CENTRE, INSEE, METRES_EAST, METRES_NORTH, Ground

Point = tuple[float, float]
_COLUMNS, _ROWS = 9, 6


@dataclass(frozen=True)
class Lot:
    """One parcel: its identifier, its corners in longitude and latitude, its area in m²."""

    parcel: str
    section: str
    number: int
    ring: tuple[Point, ...]
    area_m2: int

    @property
    def middle(self) -> Point:
        """The mean of its corners."""
        count = len(self.ring)
        return (
            round(sum(p[0] for p in self.ring) / count, 6),
            round(sum(p[1] for p in self.ring) / count, 6),
        )


def lots(ground: Ground) -> list[Lot]:
    """The parcels, those of the middle of the town first."""
    chance = ground.chance("cadastre")
    wanted = ground.scale.parcels
    blocks = sorted(
        ((column, row) for column in range(_COLUMNS) for row in range(_ROWS)),
        key=lambda at: (math.hypot(at[0] - (_COLUMNS - 1) / 2, at[1] - (_ROWS - 1) / 2), at),
    )
    found: list[Lot] = []
    for index, (column, row) in enumerate(blocks):
        section = "A" + "ABCDEHKLMNPRSTV"[index // 4 % 15]
        lots_in_block = max(12, 24 - index // 4)
        cuts = _cuts(chance, lots_in_block // 2)
        for side in (0, 1):
            for left, right in zip(cuts, cuts[1:], strict=False):
                if len(found) == wanted:
                    return found
                number = sum(lot.section == section for lot in found) + 1
                found.append(_lot(column, row, side, left, right, section, number))
    return found


def _cuts(chance: object, count: int) -> list[float]:
    """Where a block is cut across: uneven lots, from 0 to 1."""
    widths = [chance.uniform(0.7, 1.5) for _ in range(count)]  # type: ignore[attr-defined]
    total, at, found = sum(widths), 0.0, [0.0]
    for width in widths:
        at += width / total
        found.append(at)
    found[-1] = 1.0
    return found


def _lot(
    column: int, row: int, side: int, left: float, right: float, section: str, number: int
) -> Lot:
    south, north = (0.0, 0.5) if side == 0 else (0.5, 1.0)
    corners = [(left, south), (right, south), (right, north), (left, north)]
    metres = [_place(column + 0.06 + 0.88 * x, row + 0.07 + 0.86 * y) for x, y in corners]
    twice = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(metres, metres[1:] + metres[:1], strict=True)
    )
    ring = tuple(
        (round(CENTRE[0] + x / METRES_EAST, 6), round(CENTRE[1] + y / METRES_NORTH, 6))
        for x, y in metres
    )
    # The cadastre's own area is older and rounder than the drawing.
    return Lot(f"{INSEE}000{section}{number:04d}", section, number, ring, int(abs(twice) / 2))


def _place(x: float, y: float) -> Point:
    """A point of the plan in metres from the town hall: a grid bent by the river and turned."""
    east = (x - _COLUMNS / 2) * 128 * (1 + 0.05 * abs(x - _COLUMNS / 2))
    north = (y - _ROWS / 2) * 112 * (1 + 0.07 * abs(y - _ROWS / 2))
    east += 22 * math.sin(north / 190) + 9 * math.sin(north / 61)
    north += 30 * math.sin(east / 260) + 7 * math.cos(east / 83)
    turn = math.radians(17)
    return (
        east * math.cos(turn) - north * math.sin(turn),
        east * math.sin(turn) + north * math.cos(turn),
    )


def write(path: Path, found: list[Lot]) -> None:
    """The parcels as the cadastre publishes them."""
    features = [
        {
            "type": "Feature",
            "id": lot.parcel,
            "geometry": {
                "type": "Polygon",
                "coordinates": [[list(point) for point in (*lot.ring, lot.ring[0])]],
            },
            "properties": {
                "id": lot.parcel,
                "commune": INSEE,
                "prefixe": "000",
                "section": lot.section,
                "numero": str(lot.number),
                "contenance": max(10, round(lot.area_m2 / 5) * 5),
                "created": "2008-04-12",
                "updated": "2023-02-17",
            },
        }
        for lot in found
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
