// Maps of assets. No tile is needed; when an address for tiles is set, they lie underneath.
(function () {
  "use strict";

  function style(kind) {
    return { className: "ov-shape ov-shape-" + kind, weight: 1 };
  }

  function layerOf(data) {
    return L.geoJSON(data, {
      style: function (feature) { return style(feature.properties.kind || "asset"); },
      pointToLayer: function (feature, place) {
        return L.circleMarker(place, { radius: 7, className: "ov-shape ov-shape-point" });
      },
      onEachFeature: function (feature, layer) {
        var p = feature.properties;
        if (!p.url) { return; }
        var box = document.createElement("div");
        box.append(linkTo(p), document.createElement("br"), p.code + " · " + p.kind_label);
        layer.bindPopup(box);
      }
    });
  }

  function linkTo(p) {
    var link = document.createElement("a");
    link.href = p.url;
    link.textContent = p.name;
    return link;
  }

  /* The middle of a feature, and how many pixels it takes. */
  function placed(map, feature) {
    if (feature.geometry.type === "Point") {
      var c = feature.geometry.coordinates;
      return { at: L.latLng(c[1], c[0]), size: 0, feature: feature };
    }
    var box = L.latLngBounds([]);
    (function walk(part) {
      if (typeof part[0] === "number") { box.extend([part[1], part[0]]); } else { part.forEach(walk); }
    })(feature.geometry.coordinates);
    return { at: box.getCenter(), size: map.project(box.getNorthWest()).distanceTo(map.project(box.getSouthEast())), feature: feature };
  }

  /* One mark for what lies too close to be told apart; Enter or a click goes nearer. */
  function many(map, items, said) {
    var words = said.group.replace("{n}", items.length);
    var mark = L.marker(L.latLngBounds(items.map(function (i) { return i.at; })).getCenter(), {
      icon: L.divIcon({ className: "ov-cluster" + (items.length > 99 ? " ov-cluster-l" : ""), html: String(items.length), iconSize: null }),
      title: words, alt: words, riseOnHover: true
    });
    mark.on("keypress", function (event) { if (event.originalEvent.key === "Enter") { nearer(); } });
    mark.on("click", nearer);
    function nearer() {
      var box = L.latLngBounds(items.map(function (i) { return i.at; }));
      if (map.getZoom() < 19 && map.getBoundsZoom(box, false, [40, 40]) > map.getZoom()) {
        map.fitBounds(box, { padding: [40, 40], maxZoom: 19 });
        return;
      }
      var list = document.createElement("ul");
      list.className = "ov-maplist";
      items.slice(0, 30).forEach(function (item) {
        var line = document.createElement("li");
        line.appendChild(linkTo(item.feature.properties));
        list.appendChild(line);
      });
      L.popup().setLatLng(mark.getLatLng()).setContent(list).openOn(map);
    }
    return mark;
  }
  function alone(item) {
    var p = item.feature.properties;
    var mark = L.marker(item.at, {
      icon: L.divIcon({ className: "ov-pin", html: "", iconSize: [16, 16] }), title: p.name, alt: p.name, riseOnHover: true
    });
    var box = document.createElement("div");
    box.append(linkTo(p), document.createElement("br"), p.code + " · " + p.kind_label);
    return mark.bindPopup(box);
  }

  /* Outlines that are large enough to be seen are drawn; the rest is counted by squares of the screen. */
  function gathered(map, data, said) {
    var drawn = [], squares = {}, group = L.layerGroup();
    data.features.forEach(function (feature) {
      var item = placed(map, feature);
      if (item.size > 14) { drawn.push(feature); return; }
      var pixel = map.project(item.at).divideBy(64).floor();
      var key = pixel.x + ":" + pixel.y;
      (squares[key] = squares[key] || []).push(item);
    });
    layerOf({ type: "FeatureCollection", features: drawn }).addTo(group);
    Object.keys(squares).forEach(function (key) {
      var items = squares[key];
      (items.length > 1 ? many(map, items, said) : alone(items[0])).addTo(group);
    });
    return group;
  }

  function base(element) {
    var map = L.map(element, { preferCanvas: false, zoomSnap: 0.5, attributionControl: false });
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 20 }).addTo(map);
    }
    L.control.scale({ imperial: false }).addTo(map);
    return map;
  }

  function one(element) {
    var map = base(element);
    var layer = layerOf(JSON.parse(element.dataset.geojson)).addTo(map);
    map.fitBounds(layer.getBounds(), { padding: [16, 16], maxZoom: 19 });
  }

  function all(element) {
    var map = base(element);
    var box = JSON.parse(element.dataset.extent);
    var kind = document.getElementById("map-kind");
    var count = document.getElementById("map-count");
    var shown = null;

    function say(number, more) {
      var lang = document.documentElement.lang || "fr";
      var one = number === 1 || (number === 0 && lang === "fr");
      var words = one ? element.dataset.one : element.dataset.many;
      count.textContent = words.replace("{n}", number.toLocaleString(lang).replace(/\u202f/g, "\u00a0")) +
        (more ? ", " + element.dataset.more : "");
    }

    function load() {
      var b = map.getBounds();
      var url = new URL(element.dataset.url, window.location.href);
      url.searchParams.set("bbox", [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].join(","));
      if (kind) { url.searchParams.set("kind", kind.value); }
      window.ovLoad(element, url, function (data) {
        if (shown) { map.removeLayer(shown); }
        shown = gathered(map, data, element.dataset).addTo(map);
        say(data.features.length, data.truncated);
      });
    }

    map.on("moveend", load);
    if (kind) { kind.addEventListener("change", load); }
    map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { padding: [12, 12], maxZoom: 18 });
  }

  function draw(root) {
    root.querySelectorAll("[data-map]").forEach(function (element) {
      if (element.ovMap) { return; }
      element.ovMap = true;
      (element.dataset.geojson ? one : all)(element);
    });
  }
  document.addEventListener("DOMContentLoaded", function () { draw(document); });
  // The map of a list is drawn again when its filters change.
  document.addEventListener("htmx:load", function (event) { draw(event.detail.elt.parentNode || document); });
})();
