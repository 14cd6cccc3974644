// Maps of assets. No tile is needed; when an address for tiles is set, they lie underneath.
(function () {
  "use strict";

  function style(kind) {
    return { className: `ov-shape ov-shape-${kind}`, weight: 1 };
  }

  function layerOf(map, data, places) {
    return L.geoJSON(data, {
      style(feature) {
        return style(feature.properties.kind || "asset");
      },
      pointToLayer(feature, place) {
        return L.circleMarker(place, { radius: 7, className: "ov-shape ov-shape-point" });
      },
      onEachFeature(feature, layer) {
        if (feature.properties.url) {
          opens(map, layer, feature, places);
        }
      },
    });
  }

  function linkTo(p) {
    const link = document.createElement("a");
    link.href = p.url;
    link.textContent = p.name;
    return link;
  }

  /* What a bubble says of each feature: its name, what it is, and where, which is asked for when
     it opens. */
  function bubble(features, places) {
    const list = document.createElement("ul");
    list.className = "ov-maplist";
    const where = new Map();
    const asked = new URL(places, window.location.href);
    features.forEach((feature) => {
      const p = feature.properties;
      const line = document.createElement("li");
      const what = document.createElement("div");
      what.textContent = [p.code, p.kind_label].filter(Boolean).join(" · ");
      const place = document.createElement("div");
      place.className = "ov-2nd";
      line.append(linkTo(p), what, place);
      list.append(line);
      where.set(String(feature.id), place);
      asked.searchParams.append("id", feature.id);
    });
    const popup = L.popup({ maxWidth: 280 }).setContent(list);
    popup.on("add", () => {
      if (!where.size) {
        return;
      }
      window.ovLoad(list, asked, (found) => {
        where.forEach((place, id) => {
          place.textContent = found[id] || "";
        });
        where.clear();
        popup.update();
      });
    });
    return popup;
  }

  /* The bubble is the map's own: it stays while the map makes room for it and draws what lies
     around anew. */
  function opens(map, layer, feature, places) {
    function open(event) {
      bubble([feature], places)
        .setLatLng(event.latlng || layer.getLatLng())
        .openOn(map);
    }
    layer.on("click", open);
    layer.on("keypress", (event) => {
      if (event.originalEvent.key === "Enter") {
        open(event);
      }
    });
  }

  /* The middle of a feature, and how many pixels it takes. */
  function placed(map, feature) {
    if (feature.geometry.type === "Point") {
      const c = feature.geometry.coordinates;
      return { at: L.latLng(c[1], c[0]), size: 0, feature };
    }
    const box = L.latLngBounds([]);
    (function walk(part) {
      if (typeof part[0] === "number") {
        box.extend([part[1], part[0]]);
      } else {
        part.forEach(walk);
      }
    })(feature.geometry.coordinates);
    return {
      at: box.getCenter(),
      size: map.project(box.getNorthWest()).distanceTo(map.project(box.getSouthEast())),
      feature,
    };
  }

  /* One mark for what lies too close to be told apart; Enter or a click goes nearer. */
  function many(map, items, said) {
    const words = said.group.replace("{n}", items.length);
    const mark = L.marker(L.latLngBounds(items.map((i) => i.at)).getCenter(), {
      icon: L.divIcon({
        className: `ov-cluster${items.length > 99 ? " ov-cluster-l" : ""}`,
        html: String(items.length),
        iconSize: null,
      }),
      title: words,
      alt: words,
      riseOnHover: true,
    });
    mark.on("keypress", (event) => {
      if (event.originalEvent.key === "Enter") {
        nearer();
      }
    });
    mark.on("click", nearer);
    function nearer() {
      const box = L.latLngBounds(items.map((i) => i.at));
      if (map.getZoom() < 19 && map.getBoundsZoom(box, false, [40, 40]) > map.getZoom()) {
        map.fitBounds(box, { padding: [40, 40], maxZoom: 19 });
        return;
      }
      const features = items.slice(0, 30).map((item) => item.feature);
      bubble(features, said.places).setLatLng(mark.getLatLng()).openOn(map);
    }
    return mark;
  }
  function alone(map, item, said) {
    const p = item.feature.properties;
    const mark = L.marker(item.at, {
      icon: L.divIcon({ className: "ov-pin", html: "", iconSize: [16, 16] }),
      title: p.name,
      alt: p.name,
      riseOnHover: true,
    });
    opens(map, mark, item.feature, said.places);
    return mark;
  }

  /* Outlines that are large enough to be seen are drawn; the rest is counted by squares of the
     screen. */
  function gathered(map, data, said) {
    const drawn = [];
    const squares = {};
    const group = L.layerGroup();
    data.features.forEach((feature) => {
      const item = placed(map, feature);
      if (item.size > 14) {
        drawn.push(feature);
        return;
      }
      const pixel = map.project(item.at).divideBy(64).floor();
      const key = `${pixel.x}:${pixel.y}`;
      (squares[key] = squares[key] || []).push(item);
    });
    layerOf(map, { type: "FeatureCollection", features: drawn }, said.places).addTo(group);
    Object.keys(squares).forEach((key) => {
      const items = squares[key];
      (items.length > 1 ? many(map, items, said) : alone(map, items[0], said)).addTo(group);
    });
    return group;
  }

  function base(element) {
    const map = L.map(element, { preferCanvas: false, zoomSnap: 0.5, attributionControl: false });
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 20 }).addTo(map);
    }
    L.control.scale({ imperial: false }).addTo(map);
    // The library hears it only while the map itself has the focus, not a mark on it.
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        map.closePopup();
      }
    });
    return map;
  }

  function one(element) {
    const map = base(element);
    const layer = layerOf(map, JSON.parse(element.dataset.geojson)).addTo(map);
    map.fitBounds(layer.getBounds(), { padding: [16, 16], maxZoom: 19 });
  }

  function all(element) {
    const map = base(element);
    const box = JSON.parse(element.dataset.extent);
    const kind = document.getElementById("map-kind");
    const count = document.getElementById("map-count");
    let shown = null;

    function say(number, more) {
      const lang = document.documentElement.lang || "fr";
      const one = number === 1 || (number === 0 && lang === "fr");
      const words = one ? element.dataset.one : element.dataset.many;
      count.textContent =
        words.replace("{n}", number.toLocaleString(lang).replace(/\u202f/g, "\u00a0")) +
        (more ? `, ${element.dataset.more}` : "");
    }

    function load() {
      const b = map.getBounds();
      const url = new URL(element.dataset.url, window.location.href);
      url.searchParams.set(
        "bbox",
        [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].join(","),
      );
      if (kind) {
        url.searchParams.set("kind", kind.value);
      }
      window.ovLoad(element, url, (data) => {
        const had = element.contains(document.activeElement);
        if (shown) {
          map.removeLayer(shown);
        }
        shown = gathered(map, data, element.dataset).addTo(map);
        // The mark that had the focus is gone: the map takes it, and so obeys its keys.
        if (had && !element.contains(document.activeElement)) {
          element.focus({ preventScroll: true });
        }
        say(data.features.length, data.truncated);
      });
    }

    map.on("moveend", load);
    if (kind) {
      kind.addEventListener("change", load);
    }
    map.fitBounds(
      [
        [box[1], box[0]],
        [box[3], box[2]],
      ],
      { padding: [12, 12], maxZoom: 18 },
    );
  }

  function draw(root) {
    root.querySelectorAll("[data-map]").forEach((element) => {
      if (element.ovMap) {
        return;
      }
      element.ovMap = true;
      (element.dataset.geojson ? one : all)(element);
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    draw(document);
  });
  // The map of a list is drawn again when its filters change.
  document.addEventListener("htmx:load", (event) => {
    draw(event.detail.elt.parentNode || document);
  });
})();
