"""JSON and GeoJSON from outside, limited in size and depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from base.basics.errors import InvalidInput
from base.basics.i18n import _

MAX_BYTES = 100 * 1024 * 1024
MAX_DEPTH = 32
GEOMETRIES = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(c for c in range(256) if c not in b"[]{}")


class JsonRefused(InvalidInput):
    """The file is not JSON, or not the JSON that is asked for."""


class Feature(NamedTuple):
    """One object of a map, numbered from 1 as its author counts."""

    number: int
    properties: dict[str, Any]
    geometry: dict[str, Any] | None
    id: Any


def load_json(path: Path, *, limit: int = MAX_BYTES, depth: int = MAX_DEPTH) -> Any:
    """The content of a JSON file in UTF-8, with or without BOM.

    Raises:
        JsonRefused: too big, too deep, not JSON.
    """
    if path.stat().st_size > limit:
        raise JsonRefused(_("Ce fichier dépasse %(size)d Mo.", size=limit // 1024**2))
    data = path.read_bytes()
    _check_depth(data, depth)
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as fault:
        raise JsonRefused(_("Ce fichier JSON n’est pas en UTF-8.")) from fault
    except json.JSONDecodeError as fault:
        raise JsonRefused(
            _("Ce fichier n’est pas du JSON : une faute à la ligne %(line)d.", line=fault.lineno)
        ) from fault
    except RecursionError as fault:
        raise _too_deep(depth) from fault
    except ValueError as fault:
        raise JsonRefused(_("Ce fichier JSON contient un nombre démesuré.")) from fault


def _too_deep(limit: int) -> JsonRefused:
    return JsonRefused(
        _("Ce fichier JSON a plus de %(limit)d niveaux imbriqués : il est refusé.", limit=limit)
    )


def _check_depth(data: bytes, limit: int) -> None:
    level = 0
    for bracket in _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            level += 1
            if level > limit:
                raise _too_deep(limit)
        else:
            level -= 1


def _no_constant(name: str) -> NoReturn:
    raise JsonRefused(
        _("Ce fichier JSON contient « %(name)s », qui n’est pas un nombre.", name=name)
    )


def features(path: Path, *, limit: int = MAX_BYTES) -> Iterator[Feature]:
    """The objects of a GeoJSON collection, in the order of the file.

    Geometries are checked: known type, WGS84 degrees. Those that are not come as a
    ``JsonRefused`` that names the object.

    Raises:
        JsonRefused: not a collection, or a wrong geometry.
    """
    content = load_json(path, limit=limit)
    found = content.get("features") if isinstance(content, dict) else None
    if not isinstance(found, list) or content.get("type") != "FeatureCollection":
        raise JsonRefused(
            _("Ce fichier n’est pas une collection GeoJSON (« FeatureCollection » attendu).")
        )
    for number, item in enumerate(found, start=1):
        if not isinstance(item, dict) or item.get("type") != "Feature":
            raise JsonRefused(_("L’objet %(n)d n’est pas un objet GeoJSON.", n=number))
        geometry = item.get("geometry")
        properties = item.get("properties") or {}
        if not isinstance(properties, dict) or not _is_geometry(geometry):
            raise JsonRefused(
                _(
                    "L’objet %(n)d : géométrie illisible, ou coordonnées qui ne sont pas des"
                    " degrés (WGS84).",
                    n=number,
                )
            )
        yield Feature(number, properties, geometry, item.get("id", properties.get("id")))


def _is_geometry(geometry: Any) -> bool:
    if geometry is None:
        return True
    if not isinstance(geometry, dict):
        return False
    if geometry.get("type") == "GeometryCollection":
        parts = geometry.get("geometries")
        return isinstance(parts, list) and all(
            p is not None
            and isinstance(p, dict)
            and p.get("type") in GEOMETRIES
            and _is_geometry(p)
            for p in parts
        )
    level = GEOMETRIES.get(str(geometry.get("type")))
    return level is not None and _are_positions(geometry.get("coordinates"), level)


def _are_positions(value: Any, level: int) -> bool:
    if not isinstance(value, list):
        return False
    if level:
        return all(_are_positions(part, level - 1) for part in value)
    return (
        len(value) in (2, 3)
        and all(type(n) in (int, float) for n in value)
        and -180 <= value[0] <= 180
        and -90 <= value[1] <= 90
    )
