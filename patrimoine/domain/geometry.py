"""Shapes on the ground: GeoJSON read with care, its area, its box and a point on it."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from base.basics.errors import InvalidInput
from base.basics.i18n import _

#: WGS 84: equatorial radius in metres and first eccentricity squared
_RADIUS_M = 6_378_137.0
_E2 = 0.006_694_379_990_141
MAX_POINTS = 20_000
_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
Position = tuple[float, float]


class GeometryRefused(InvalidInput):
    """The shape is not a GeoJSON geometry in longitude and latitude."""


class Shape(NamedTuple):
    """A checked geometry: canonical text, box in degrees, area, and a point to label it."""

    geojson: str
    west: float
    south: float
    east: float
    north: float
    area_m2: float
    longitude: float
    latitude: float


def read_geometry(geometry: object) -> Shape:
    """The checked shape of a GeoJSON geometry object.

    The area is that on the ground, holes taken out; 0 for points and lines. Within a
    commune it agrees with the ellipsoid to better than one part in ten thousand.

    Raises:
        GeometryRefused: unknown type, no point, a point off the globe, an open ring, or
            more than 20,000 points.
    """
    if not isinstance(geometry, Mapping):
        raise GeometryRefused(_("La géométrie est vide."))
    kind = geometry.get("type")
    levels = _DEPTHS.get(kind) if isinstance(kind, str) else None
    if levels is None:
        raise GeometryRefused(_("Géométrie « %(t)s » inconnue.", t=str(kind)[:40]))
    coordinates = geometry.get("coordinates")
    points = list(_positions(coordinates, levels))
    if not points:
        raise GeometryRefused(_("La géométrie est vide."))
    if len(points) > MAX_POINTS:
        raise GeometryRefused(_("La géométrie a plus de %(n)d points.", n=MAX_POINTS))
    if kind == "Polygon":
        polygons = [_rings(coordinates)]
    elif kind == "MultiPolygon":
        polygons = [_rings(polygon) for polygon in coordinates or ()]
    else:
        polygons = []
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    area, label = 0.0, ((west + east) / 2, (south + north) / 2)
    largest = 0.0
    for rings in polygons:
        size, centre = _measure(rings)
        area += size
        if size > largest:
            largest, label = size, centre
    text = json.dumps(
        {"type": kind, "coordinates": coordinates}, separators=(",", ":"), allow_nan=False
    )
    return Shape(text, west, south, east, north, area, *label)


def _positions(value: Any, levels: int) -> Iterator[Position]:
    if not isinstance(value, list | tuple):
        raise GeometryRefused(_("La géométrie est mal formée."))
    if levels:
        for part in value:
            yield from _positions(part, levels - 1)
        return
    if len(value) < 2 or not all(
        isinstance(x, int | float) and not isinstance(x, bool) for x in value[:2]
    ):
        raise GeometryRefused(_("La géométrie est mal formée."))
    longitude, latitude = value[0], value[1]
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise GeometryRefused(
            _(
                "Le point %(x)s, %(y)s n’est pas en longitude et latitude (WGS 84).",
                x=longitude,
                y=latitude,
            )
        )
    yield float(longitude), float(latitude)


def _rings(polygon: Any) -> list[list[Position]]:
    rings = [[(float(p[0]), float(p[1])) for p in ring] for ring in polygon]
    if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise GeometryRefused(_("Un contour de la géométrie n’est pas fermé."))
    return rings


def _measure(rings: list[list[Position]]) -> tuple[float, Position]:
    """Area in square metres, holes out, and the centre of the outer ring."""
    outer = rings[0]
    origin = outer[0]
    middle = math.radians(sum(p[1] for p in outer) / len(outer))
    curve = 1 - _E2 * math.sin(middle) ** 2
    x_scale = math.radians(1) * _RADIUS_M / math.sqrt(curve) * math.cos(middle)
    y_scale = math.radians(1) * _RADIUS_M * (1 - _E2) / curve**1.5
    total, centre = 0.0, origin
    for index, ring in enumerate(rings):
        twice = x_moment = y_moment = 0.0
        before = (0.0, 0.0)
        for place, point in enumerate(ring):
            here = ((point[0] - origin[0]) * x_scale, (point[1] - origin[1]) * y_scale)
            if place:
                cross = before[0] * here[1] - here[0] * before[1]
                twice += cross
                x_moment += (before[0] + here[0]) * cross
                y_moment += (before[1] + here[1]) * cross
            before = here
        size = abs(twice) / 2
        total += -size if index else size
        if not index and twice:
            centre = (
                origin[0] + x_moment / (3 * twice) / x_scale,
                origin[1] + y_moment / (3 * twice) / y_scale,
            )
    return max(total, 0.0), centre
