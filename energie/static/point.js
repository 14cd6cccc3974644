// Daily use and load curve of a delivery point. The table beside the chart has the same values.
(function () {
  "use strict";

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--ov-${name}`).trim();
  }

  const locale = document.documentElement.lang === "en" ? "en-GB" : "fr-FR";
  const colon = locale === "en-GB" ? ": " : "\u00a0: ";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const shown = (value) => numbers.format(value).replace(/\u202f/g, "\u00a0");

  function frame() {
    const ink = token("ink-2");
    const line = token("line");
    return {
      animation: !still,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
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
    return { axisLabel: { ...look.axis.axisLabel, formatter: shown } };
  }

  function day(iso) {
    const parts = iso.split("-");
    return `${parts[2]}/${parts[1]}/${parts[0]}`;
  }

  function daysOption(box, data) {
    const look = frame();
    return {
      animation: look.animation,
      textStyle: look.textStyle,
      grid: look.grid,
      tooltip: Object.assign(look.tooltip, {
        formatter(items) {
          const row = data.rows[items[0].dataIndex];
          const node = document.createElement("span");
          node.textContent = `${day(row[0])}${colon}${
            row[1] === null
              ? box.dataset.unknown
              : `${shown(row[1])}\u00a0${data.unit} (${row[2]} / ${row[3]} ${
                  box.dataset.received
                }, ${row[4]}${row[5] ? "" : `, ${box.dataset.incomplete}`})`
          }`;
          return node;
        },
      }),
      xAxis: { type: "category", data: data.rows.map((r) => day(r[0])), ...look.axis },
      yAxis: { type: "value", name: data.unit, ...look.axis, ...figures(look) },
      dataZoom: [{ type: "inside" }],
      series: [
        {
          type: "bar",
          barCategoryGap: "20%",
          data: data.rows.map((r) => {
            const whole = r[5];
            return {
              value: r[1],
              itemStyle: whole
                ? { color: token("c1") }
                : { color: "transparent", borderColor: token("c1"), borderType: "dashed" },
            };
          }),
        },
      ],
    };
  }

  // Stretches without any reading: shaded, for a blank line alone may pass unseen.
  function holes(rows) {
    const found = [];
    for (let n = 1; n < rows.length - 1 && found.length < 200; n += 1) {
      if (rows[n][1] === null) {
        found.push([{ xAxis: rows[n][0] }, { xAxis: rows[n + 1][0] }]);
      }
    }
    return found;
  }

  function curveSeries(box, data) {
    const line = {
      type: "line",
      step: "end",
      showSymbol: false,
      connectNulls: false,
      lineStyle: { color: token("c1"), width: 1.5 },
      itemStyle: { color: token("c1") },
    };
    if (data.by === "day") {
      const at = (d) => Date.parse(`${d[0]}T12:00:00Z`);
      return [
        {
          ...line,
          name: "low",
          step: false,
          stack: "range",
          lineStyle: { opacity: 0 },
          data: data.days.map((d) => [at(d), d[1]]),
        },
        {
          ...line,
          name: box.dataset.range,
          step: false,
          stack: "range",
          lineStyle: { opacity: 0 },
          areaStyle: { color: token("c3"), opacity: 0.45 },
          data: data.days.map((d) => [at(d), d[1] === null ? null : d[3] - d[1]]),
        },
        {
          ...line,
          name: box.dataset.measured,
          step: false,
          data: data.days.map((d) => [at(d), d[2]]),
        },
      ];
    }
    const measured = data.rows.map((r) => [r[0], r[2] ? r[1] : null]);
    const others = data.rows.map((r) => [r[0], r[2] && r[1] !== null ? null : r[1]]);
    const made = [
      {
        ...line,
        name: box.dataset.measured,
        data: measured,
        markArea: {
          silent: true,
          itemStyle: { color: token("sunken") },
          label: { show: false },
          data: holes(data.rows),
        },
      },
    ];
    if (data.suspects.length) {
      made.push({
        type: "scatter",
        name: box.dataset.suspect,
        symbol: "triangle",
        symbolSize: 10,
        itemStyle: { color: token("late") },
        data: data.suspects.map((s) => [s[0], Math.max(0, Math.min(s[1], top(data))), s[2], s[1]]),
      });
    }
    if (data.rows.some((r) => !r[2])) {
      made.push({
        ...line,
        name: box.dataset.estimated,
        lineStyle: { color: token("mark"), width: 1.5, type: "dashed" },
        itemStyle: { color: token("mark") },
        data: others,
      });
    }
    return made;
  }

  // Where the labels of a curve stand: at local midnights, as the server tells them (a day has 23,
  // 24 or 25 hours), or at round hours of the wall clock when few days are seen.
  function ticks(box, midnights, from, to) {
    const room = Math.max(2, Math.floor(box.clientWidth / 84));
    const seen = midnights.filter((at) => at >= from && at <= to);
    const hours = new Intl.DateTimeFormat("en-GB", { timeZone: box.dataset.zone, hour: "2-digit" });
    let values = [];
    if (seen.length > 3) {
      const stride = Math.ceil(seen.length / room);
      values = seen.filter((at) => midnights.indexOf(at) % stride === 0);
    } else {
      const all = [];
      midnights.forEach((start, n) => {
        const end = n + 1 < midnights.length ? midnights[n + 1] : start + 1;
        for (let at = start; at < end; at += 3600000) {
          if (at >= from && at <= to) {
            all.push(at);
          }
        }
      });
      const every = [1, 2, 3, 6, 12, 24].find((n) => (to - from) / 3600000 / n <= room) || 24;
      values = all.filter((at) => Number(hours.format(at)) % every === 0);
    }
    return values;
  }

  function placed(values) {
    return { axisLabel: { customValues: values }, axisTick: { customValues: values } };
  }

  function zoomed(box, chart, data) {
    if (!data || data.by !== "step") {
      return;
    }
    const seen = chart.getOption().dataZoom[0];
    chart.setOption({ xAxis: placed(ticks(box, data.midnights, seen.startValue, seen.endValue)) });
  }

  function curveOption(box, data) {
    const look = frame();
    const daily = data.by === "day";
    const zone = daily ? "UTC" : box.dataset.zone;
    const moment = new Intl.DateTimeFormat(
      locale,
      daily
        ? { timeZone: zone, day: "2-digit", month: "2-digit", year: "numeric" }
        : {
            timeZone: zone,
            weekday: "short",
            day: "2-digit",
            month: "2-digit",
            hour: "2-digit",
            minute: "2-digit",
          },
    );
    const short = new Intl.DateTimeFormat(
      locale,
      daily
        ? { timeZone: zone, day: "2-digit", month: "2-digit" }
        : { timeZone: zone, weekday: "short", day: "2-digit" },
    );
    const hour = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit" });
    const midnight = new Set(data.midnights);
    const ends = daily ? [] : [data.midnights[0], data.midnights[data.midnights.length - 1]];
    const at = daily ? undefined : ticks(box, data.midnights, ends[0], ends[1]);
    const said = {};
    data.days.forEach((d) => {
      said[Date.parse(`${d[0]}T12:00:00Z`)] = d;
    });
    return {
      animation: false,
      textStyle: look.textStyle,
      grid: look.grid,
      legend: {
        top: 0,
        right: 0,
        itemHeight: 8,
        textStyle: { color: token("ink-2") },
        itemWidth: data.suspects && data.suspects.length ? 14 : 25,
        data: curveNames(box, data),
      },
      tooltip: Object.assign(look.tooltip, {
        formatter(items) {
          const node = document.createElement("span");
          const at = items[0].value[0];
          const day = daily ? said[at] : null;
          const known = items.find((i) => i.value[1] !== null && i.value[1] !== undefined);
          let words = box.dataset.gap;
          if (day) {
            words =
              day[2] === null
                ? words
                : `${shown(day[2])}\u00a0kW (${shown(day[1])} – ${shown(day[3])})`;
          } else if (known) {
            const value = known.value.length > 3 ? known.value[3] : known.value[1];
            words = `${shown(value)}\u00a0kW, ${known.value[2] || known.seriesName}`;
          }
          node.textContent = `${moment.format(at)}${colon}${words}`;
          return node;
        },
      }),
      xAxis: {
        type: "time",
        ...look.axis,
        splitLine: { show: false },
        min: ends[0],
        max: ends[1],
        axisTick: { customValues: at },
        axisLabel: {
          ...look.axis.axisLabel,
          customValues: at,
          formatter: (v) => (daily || midnight.has(v) ? short.format(v) : hour.format(v)),
        },
      },
      yAxis: {
        type: "value",
        name: "kW",
        min: 0,
        ...look.axis,
        ...figures(look),
        ...(data.by !== "day" && data.suspects.length ? { max: top(data) } : {}),
      },
      dataZoom: [{ type: "inside", minValueSpan: 3600000 }],
      series: curveSeries(box, data),
    };
  }

  /* Where the axis of a curve ends: what is suspect stands at its edge, it does not flatten the
     rest. */
  function top(data) {
    const most = data.rows.reduce((most, r) => Math.max(most, r[1] || 0), 0);
    if (!most) {
      return data.suspects.reduce((most, s) => Math.max(most, s[1] || 0), 0);
    }
    const half = Math.pow(10, Math.floor(Math.log10(most))) / 2;
    return Math.ceil((most * 1.02) / half) * half;
  }

  function curveNames(box, data) {
    if (data.by === "day") {
      return [box.dataset.measured, box.dataset.range];
    }
    const names = [box.dataset.measured];
    if (data.rows.some((r) => !r[2])) {
      names.push(box.dataset.estimated);
    }
    if (data.suspects.length) {
      names.push(box.dataset.suspect);
    }
    return names;
  }

  function monthsOption(box, rows) {
    const look = frame();
    const name = new Intl.DateTimeFormat(locale, {
      month: "short",
      year: "2-digit",
      timeZone: "UTC",
    });
    const label = (r) => name.format(Date.parse(`${r[0]}T00:00:00Z`));
    return {
      animation: look.animation,
      textStyle: look.textStyle,
      grid: look.grid,
      legend: { top: 0, right: 0, itemHeight: 8, textStyle: { color: token("ink-2") } },
      tooltip: Object.assign(look.tooltip, {
        valueFormatter: (v) =>
          v === null || v === undefined ? "" : `${shown(v)}\u00a0${box.dataset.unit}`,
      }),
      xAxis: { type: "category", data: rows.map(label), ...look.axis },
      yAxis: { type: "value", name: box.dataset.unit, ...look.axis, ...figures(look) },
      series: [
        {
          type: "bar",
          name: box.dataset.before,
          itemStyle: { color: token("c5") },
          data: rows.map((r) => r[2]),
        },
        {
          type: "bar",
          name: box.dataset.now,
          itemStyle: { color: token("c1") },
          data: rows.map((r) =>
            r[3]
              ? r[1]
              : {
                  value: r[1],
                  itemStyle: {
                    color: "transparent",
                    borderColor: token("c1"),
                    borderType: "dashed",
                  },
                },
          ),
        },
      ],
    };
  }

  function fillTable(data) {
    const body = document.querySelector("#table-days tbody");
    if (!body) {
      return;
    }
    const words = document.getElementById("chart-days").dataset;
    body.replaceChildren();
    data.rows.forEach((row) => {
      const line = body.insertRow();
      line.insertCell().textContent = day(row[0]);
      [
        row[1] === null ? words.unknown : shown(row[1]),
        row[3] ? `${row[2]} / ${row[3]}` : "0",
      ].forEach((text) => {
        const cell = line.insertCell();
        cell.className = "ov-num";
        cell.textContent = text;
      });
      line.insertCell().textContent = row[4] + (row[4] && !row[5] ? `, ${words.incomplete}` : "");
    });
  }

  function fillPowers(body, data) {
    body.replaceChildren();
    data.days.forEach((d) => {
      const line = body.insertRow();
      line.insertCell().textContent = day(d[0]);
      const powers = [d[1], d[2], d[3]].map((v) => (v === null ? "" : shown(v)));
      [...powers, `${d[4]} / ${d[5]}`, String(d[6])].forEach((text) => {
        const cell = line.insertCell();
        cell.className = "ov-num";
        cell.textContent = text;
      });
    });
  }

  // The picture in one sentence, for who does not see it and for who wants to know at a glance.
  function sum(box, data) {
    const line = document.getElementById(`${box.id}-said`);
    if (!line) {
      return;
    }
    // Of days their use; of a curve the lowest, the mean and the highest power of each day.
    const byDay = data.days
      ? data.days.map((d) => [d[1], d[2], d[3]])
      : data.rows.map((r) => [r[1], r[1], r[1]]);
    const known = byDay.filter((v) => v[1] !== null && v[1] !== undefined);
    if (!known.length) {
      line.textContent = box.dataset.gap || "";
      return;
    }
    const total = known.reduce((sum, v) => sum + v[1], 0);
    const words =
      known.length === 1 && box.dataset.sentenceOne
        ? box.dataset.sentenceOne
        : box.dataset.sentence;
    line.textContent = words
      .replace("{low}", shown(Math.min(...known.map((v) => v[0]))))
      .replace("{high}", shown(Math.max(...known.map((v) => v[2]))))
      .replace("{mean}", shown(total / known.length))
      .replace("{total}", shown(total))
      .replace("{n}", String(known.length))
      .replaceAll("{unit}", data.unit || "kW");
  }

  const iso = (d) => d.toISOString().slice(0, 10);

  // The first day of a span that ends on a day.
  function startOf(span, last) {
    const d = new Date(`${last}T00:00:00Z`);
    if (span === "week") {
      d.setUTCDate(d.getUTCDate() - 6);
    }
    if (span === "month") {
      d.setUTCMonth(d.getUTCMonth() - 1);
      d.setUTCDate(d.getUTCDate() + 1);
    }
    if (span === "year") {
      d.setUTCFullYear(d.getUTCFullYear() - 1);
      d.setUTCDate(d.getUTCDate() + 1);
    }
    return iso(d);
  }

  function spanButtons(form, load) {
    const start = form.elements.namedItem("start");
    const last = form.elements.namedItem("last");
    const clamp = (v) => (v < start.min ? start.min : v > start.max ? start.max : v);
    form.querySelectorAll("[data-span]").forEach((button) => {
      button.addEventListener("click", () => {
        form.querySelectorAll("[data-span]").forEach((other) => {
          other.setAttribute("aria-pressed", String(other === button));
        });
        start.value = clamp(startOf(button.dataset.span, last.value));
        load();
      });
    });
    form.querySelectorAll("[data-shift]").forEach((button) => {
      button.addEventListener("click", () => {
        const from = Date.parse(`${start.value}T00:00:00Z`);
        const to = Date.parse(`${last.value}T00:00:00Z`);
        const by = (to - from + 86400000) * Number(button.dataset.shift);
        const moved = [clamp(iso(new Date(from + by))), clamp(iso(new Date(to + by)))];
        if (moved[0] === moved[1] && from !== to) {
          return;
        }
        start.value = moved[0];
        last.value = moved[1];
        load();
      });
    });
  }

  function draws(box, option, data) {
    // Twice the points of the screen, for paper.
    const chart = window.echarts.init(box, null, {
      devicePixelRatio: Math.max(2, window.devicePixelRatio),
    });
    const draw = function () {
      if (data()) {
        chart.setOption(option(box, data()), true);
      }
    };
    chart.on("datazoom", () => {
      zoomed(box, chart, data());
    });
    window.addEventListener("resize", () => {
      chart.resize();
    });
    // The page has turned light for the paper: drawn at once in its colours.
    window.addEventListener("beforeprint", () => {
      draw();
      chart.getZr().flush();
    });
    new MutationObserver(draw).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-bs-theme"],
    });
    return draw;
  }

  function setUp(form, option, after) {
    const key = form.dataset.key ? `-${form.dataset.key}` : "";
    const box = document.getElementById(`chart-${form.dataset.period}${key}`);
    if (!box || !window.echarts) {
      return;
    }
    let data = null;
    const draw = draws(box, option, () => data);
    function load() {
      const asked = new URLSearchParams(new FormData(form));
      window.ovLoad(box, `${box.dataset.url}?${asked}`, (found) => {
        data = found;
        draw();
        after(found, key);
        sum(box, found);
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      load();
    });
    spanButtons(form, load);
    load();
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll('form[data-period="days"]').forEach((form) => {
      setUp(form, daysOption, fillTable);
    });
    document.querySelectorAll('form[data-period="curve"]').forEach((form) => {
      setUp(form, curveOption, (data, key) => {
        const body = document.querySelector(`#table-curve${key} tbody`);
        if (body) {
          fillPowers(body, data);
        }
      });
    });
    document.querySelectorAll("[data-months]").forEach((box) => {
      if (window.echarts) {
        const rows = JSON.parse(box.dataset.months);
        draws(box, monthsOption, () => rows)();
      }
    });
  });
})();
