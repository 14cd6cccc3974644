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
        var link = document.createElement("a");
        link.href = p.url;
        link.textContent = p.name;
        var box = document.createElement("div");
        box.append(link, document.createElement("br"), p.code + " · " + p.kind_label);
        layer.bindPopup(box);
      }
    });
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
    var asked = 0;

    function say(number, more) {
      var words = (Math.abs(number) < 2 ? element.dataset.one : element.dataset.many);
      count.textContent = words.replace("{n}", number.toLocaleString("fr").replace(/\u202f/g, "\u00a0")) +
        (more ? ", " + element.dataset.more : "");
    }

    function load() {
      var b = map.getBounds();
      var mine = ++asked;
      var url = new URL(element.dataset.url, window.location.href);
      url.searchParams.set("bbox", [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].join(","));
      if (kind) { url.searchParams.set("kind", kind.value); }
      fetch(url, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (data) {
          if (!data || mine !== asked) { return; }
          if (shown) { map.removeLayer(shown); }
          shown = layerOf(data).addTo(map);
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
