"""The map of parcels and assets; it works without tiles."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import abort, current_app, jsonify, request, url_for
from werkzeug.wrappers import Response

from base.basics.i18n import _, _l
from base.basics.rows import as_id
from base.face.views import Page
from base.face.views.displays import Way
from base.face.views.routes import route
from base.face.views.shell import where
from base.rules.modules.actions import may
from base.store.database import db
from patrimoine import domain, queries
from patrimoine.queries import maps
from patrimoine.views.assets import VIEWS, asset_url

#: Assets named in one bubble.
BUBBLE = 30


class MapView(Page):
    """Parcels and assets on one map."""

    route_base = "/carte"
    default_view = "index"
    rights_title = _l("Carte")
    right_words = {"can_shapes": None}

    @route("/")
    def index(self) -> Any:
        """The map, opened on everything that has a place."""
        box = maps.extent(db.session())
        return self.render(
            "patrimoine/map.html",
            title=_("Carte"),
            extent=json.dumps(list(box)) if box is not None else "",
            url=url_for("MapView.shapes"),
            tiles=current_app.settings.tiles_url or "",  # type: ignore[attr-defined]
            kinds=domain.Kind.words(),
            ways=_ways_in() if box is None else (),
        )

    @route("/formes")
    def shapes(self) -> Response:
        """GeoJSON of a box: ``?bbox=west,south,east,north&kind=parcel``; 6,000 at most.

        ``of=BuildingView`` with the filters of that list keeps its rows alone.
        """
        box = _box(request.args.get("bbox", ""))
        kind = request.args.get("kind") or None
        if kind is not None and kind not in list(domain.Kind):
            abort(400)
        listed: dict[str, Any] = {}
        if of := request.args.get("of"):
            if of not in {"AssetView", *VIEWS.values()} or not may(f"{of}.list"):
                abort(404)
            view = next(v for v in current_app.appbuilder.baseviews if v.endpoint == of)  # type: ignore[attr-defined]
            listed = {"model": view.datamodel.obj, "criteria": view.selection().criteria}
        rows, more = maps.shapes_in_box(db.session(), box, kind=kind, **listed)
        return jsonify(
            type="FeatureCollection",
            truncated=more,
            features=[
                {
                    "type": "Feature",
                    "id": row.id,
                    "geometry": json.loads(row.geojson)
                    if row.geojson
                    else {"type": "Point", "coordinates": [row.longitude, row.latitude]},
                    "properties": {
                        "code": row.code,
                        "name": row.name,
                        "kind": row.kind,
                        "kind_label": domain.kind_beside(row.kind, row.name),
                        "url": asset_url(row),
                    },
                }
                for row in rows
            ],
        )

    @route("/lieux", "shapes")
    def places(self) -> Response:
        """Where assets are, in words: ``?id=12&id=13``, as many as a bubble shows."""
        asked = request.args.getlist("id", type=as_id)[:BUBBLE]
        found = queries.places(db.session(), asked)
        return jsonify({number: place.words for number, place in found.items()})


def _ways_in() -> list[Way]:
    """Where what stands on a map comes from."""
    found = []
    if url := where("ImportView.new", kind="parcels"):
        found.append(Way(_("Importer les parcelles"), url, "file-import"))
    if url := where("AssetView.list"):
        found.append(Way(_("Voir les biens"), url, "building"))
    return found


def _box(text: str) -> maps.Box:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        abort(400)
    if len(numbers) != 4 or not all(math.isfinite(n) for n in numbers):
        abort(400)
    return maps.Box(*numbers)
