// Daily use and load curve of a delivery point. The table beside the chart has the same values.
(function () {
  "use strict";

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--ov-" + name).trim();
  }

  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const numbers = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });
  const shown = (value) => numbers.format(value).replace(/\u202f/g, "\u00a0");

  function frame() {
    const ink = token("ink-2");
    const line = token("line");
    return {
      animation: !still,
      textStyle: { fontFamily: "IBM Plex Sans, sans-serif", color: ink },
      grid: { left: 56, right: 16, top: 32, bottom: 28 },
      axis: {
        axisLine: { lineStyle: { color: line } },
        axisLabel: { color: ink, hideOverlap: true },
        splitLine: { lineStyle: { color: line } },
      },
      tooltip: {
        trigger: "axis",
        confine: true,
        backgroundColor: token("surface"),
        borderColor: line,
        textStyle: { color: token("ink") },
        appendTo: "body",
      },
    };
  }

  function figures(look) {
    return { axisLabel: Object.assign({}, look.axis.axisLabel, { formatter: shown }) };
  }

  function day(iso) {
    const parts = iso.split("-");
    return parts[2] + "/" + parts[1] + "/" + parts[0];
  }

  function daysOption(box, data) {
    const look = frame();
    return {
      animation: look.animation,
      textStyle: look.textStyle,
      grid: look.grid,
      tooltip: Object.assign(look.tooltip, {
        formatter: function (items) {
          const row = data.rows[items[0].dataIndex];
          const node = document.createElement("span");
          node.textContent = day(row[0]) + " : " + shown(row[1]) + "\u00a0" + data.unit +
            " (" + row[2] + " / " + row[3] + " " + box.dataset.incomplete + ")";
          return node;
        },
      }),
      xAxis: Object.assign({ type: "category", data: data.rows.map((r) => day(r[0])) }, look.axis),
      yAxis: Object.assign({ type: "value", name: data.unit }, look.axis, figures(look)),
      dataZoom: [{ type: "inside" }],
      series: [{
        type: "bar",
        barCategoryGap: "20%",
        data: data.rows.map(function (r) {
          const whole = r[2] >= r[3];
          return {
            value: r[1],
            itemStyle: whole
              ? { color: token("c1") }
              : { color: "transparent", borderColor: token("c1"), borderType: "dashed" },
          };
        }),
      }],
    };
  }

  function curveOption(box, data) {
    const look = frame();
    const moment = new Intl.DateTimeFormat("fr-FR", {
      timeZone: box.dataset.zone, day: "2-digit", month: "2-digit", hour: "2-digit",
      minute: "2-digit",
    });
    const kilo = data.unit === "W";
    const unit = kilo ? "kW" : data.unit;
    return {
      animation: false,
      textStyle: look.textStyle,
      grid: look.grid,
      tooltip: Object.assign(look.tooltip, {
        formatter: function (items) {
          const node = document.createElement("span");
          const value = items[0].value[1];
          node.textContent = moment.format(items[0].value[0]) +
            (value === null ? "" : " : " + shown(value) + "\u00a0" + unit);
          return node;
        },
      }),
      xAxis: Object.assign({ type: "time" }, look.axis, {
        axisLabel: Object.assign({}, look.axis.axisLabel, { formatter: (v) => moment.format(v) }),
      }),
      yAxis: Object.assign({ type: "value", name: unit, min: 0 }, look.axis, figures(look)),
      dataZoom: [{ type: "inside" }],
      series: [{
        type: "line",
        step: "end",
        showSymbol: false,
        connectNulls: false,
        lineStyle: { color: token("c1"), width: 1.5 },
        data: data.rows.map((r) => [r[0], r[1] === null || !kilo ? r[1] : r[1] / 1000]),
      }],
    };
  }

  function fillTable(data) {
    const body = document.querySelector("#table-days tbody");
    if (!body) { return; }
    body.replaceChildren();
    data.rows.forEach(function (row) {
      const line = body.insertRow();
      line.insertCell().textContent = day(row[0]);
      [shown(row[1]), row[2] + " / " + row[3]].forEach(function (text) {
        const cell = line.insertCell();
        cell.className = "ov-num";
        cell.textContent = text;
      });
    });
  }

  function setUp(key, option, after) {
    const box = document.getElementById("chart-" + key);
    const form = document.querySelector('form[data-period="' + key + '"]');
    if (!box || !form || !window.echarts) { return; }
    const chart = window.echarts.init(box);
    let data = null;
    function draw() {
      if (data) { chart.setOption(option(box, data), true); }
    }
    function load() {
      const asked = new URLSearchParams(new FormData(form));
      fetch(box.dataset.url + "?" + asked, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (found) {
          if (found) { data = found; draw(); after(found); }
        });
    }
    form.addEventListener("submit", function (event) { event.preventDefault(); load(); });
    window.addEventListener("resize", function () { chart.resize(); });
    new MutationObserver(draw).observe(document.documentElement, {
      attributes: true, attributeFilter: ["data-bs-theme"],
    });
    load();
  }

  document.addEventListener("DOMContentLoaded", function () {
    setUp("days", daysOption, fillTable);
    setUp("curve", curveOption, function () {});
  });
})();
