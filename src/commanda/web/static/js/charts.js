// Draws `<div data-chart="ID">` from the data island `<script id="ID" type="application/json">` (`web/charts.py`).
// ECharts is loaded only on pages that have one; colours come from the theme; tooltips are DOM nodes (strict CSP).
import { fresh, isRtl, loadScript, locale, make } from "./dom.js";

const drawn = new Map();
const shortNumber = new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 });

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const paint = (colour) => css(`--chart-${colour}`) || css(`--tblr-${colour}`) || css("--tblr-primary");
/** Keeps a figure in reading order inside Arabic: the canvas has no <bdi>. */
const ltr = (words) => `\u2066${words}\u2069`;
const number = (value) => (value === null ? null : Number(value));

function axisText(unit) {
  if (unit === "ratio") return (value) => ltr(`${Math.round(value * 100)} %`);
  return (value) => shortNumber.format(value);
}

function tip(data) {
  return (hovered) => {
    const points = Array.isArray(hovered) ? hovered : [hovered];
    const place = points[0].dataIndex;
    const rows = data.series.map((series) => {
      const dot = make("span", { class: "chart-dot" });
      dot.style.backgroundColor = data.series.length > 1 ? paint(series.colour) : points[0].color;
      return make("div", { class: "chart-tip-row" }, dot, make("span", { class: "chart-tip-name" }, series.name), make("bdi", { dir: "ltr", class: "chart-tip-value" }, series.texts[place]));
    });
    if (data.series.length === 1) rows[0].querySelector(".chart-tip-name").textContent = data.labels[place];
    const head = data.series.length > 1 ? [make("div", { class: "chart-tip-title" }, data.labels[place])] : [];
    return make("div", { class: "chart-tip", dir: isRtl() ? "rtl" : "ltr" }, ...head, ...rows);
  };
}

function frame(data) {
  const font = getComputedStyle(document.body).fontFamily;
  return {
    animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
    textStyle: { fontFamily: font, color: css("--chart-text") },
    tooltip: {
      trigger: data.kind === "donut" ? "item" : "axis",
      axisPointer: { type: data.kind === "line" ? "line" : "shadow", lineStyle: { color: css("--chart-line") }, shadowStyle: { color: css("--chart-shade") } },
      formatter: tip(data),
      backgroundColor: css("--chart-tip"),
      borderColor: css("--chart-line"),
      padding: [8, 10],
      confine: true,
    },
    legend: {
      show: data.series.length > 1,
      top: 0,
      [isRtl() ? "right" : "left"]: 0,
      align: isRtl() ? "right" : "left",
      icon: "roundRect",
      itemWidth: 10,
      itemHeight: 10,
      textStyle: { color: css("--chart-text") },
    },
    grid: { left: 4, right: 4, top: data.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
  };
}

const names = (data, extra = {}) => ({
  type: "category",
  data: data.labels,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: css("--chart-line") } },
  axisLabel: { color: css("--chart-text"), hideOverlap: true },
  ...extra,
});

const values = (data, extra = {}) => ({
  type: "value",
  splitNumber: 4,
  minInterval: data.unit === "count" ? 1 : undefined,
  axisLabel: { color: css("--chart-text"), formatter: axisText(data.unit) },
  splitLine: { lineStyle: { color: css("--chart-grid") } },
  ...extra,
});

function overTime(data) {
  const isLine = data.kind === "line";
  return {
    ...frame(data),
    xAxis: names(data, { inverse: isRtl(), boundaryGap: !isLine }),
    yAxis: values(data, { position: isRtl() ? "right" : "left" }),
    series: data.series.map((series) => ({
      name: series.name,
      type: isLine ? "line" : "bar",
      stack: data.stacked ? "all" : undefined,
      data: series.values.map(number),
      itemStyle: { color: paint(series.colour), borderRadius: isLine || data.stacked ? 0 : [3, 3, 0, 0] },
      lineStyle: { width: 2 },
      areaStyle: isLine && data.series.length === 1 ? { opacity: 0.08 } : undefined,
      symbol: "circle",
      symbolSize: 5,
      showSymbol: data.labels.length < 16,
      barMaxWidth: 36,
    })),
  };
}

/** Names down the side, bars lying, room for the longest figure at their ends. */
function lyingAxes(data, figures) {
  const room = 14 + 7 * Math.max(...figures.map((figure) => figure.length));
  return {
    ...frame(data),
    grid: { left: isRtl() ? room : 12, right: isRtl() ? 12 : room, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", show: false, inverse: isRtl() },
    yAxis: names(data, { inverse: true, position: isRtl() ? "right" : "left", axisLine: { show: false } }),
  };
}

function lying(data) {
  const [series] = data.series;
  const first = number(series.values[0]) || 0;
  const label = (place) => {
    if (data.kind !== "funnel" || place === 0 || !first) return series.texts[place];
    return `${series.texts[place]}  ·  ${Math.round((number(series.values[place]) / first) * 100)} %`;
  };
  const alpha = (place) => (data.kind === "funnel" ? Math.max(0.45, 1 - place * 0.13) : 1);
  return {
    ...lyingAxes(data, data.labels.map((_label, place) => label(place))),
    series: [
      {
        type: "bar",
        data: series.values.map((value, place) => ({
          value: number(value),
          itemStyle: { color: window.echarts.color.modifyAlpha(paint(series.colour), alpha(place)) },
        })),
        itemStyle: { borderRadius: 3 },
        barMaxWidth: 26,
        barCategoryGap: "30%",
        label: { show: true, position: isRtl() ? "left" : "right", color: css("--chart-text"), formatter: (point) => ltr(label(point.dataIndex)) },
      },
    ],
  };
}

function donut(data) {
  const [series] = data.series;
  const palette = ["primary", "teal", "orange", "purple", "azure", "red", "green", "secondary"];
  const side = isRtl() ? "left" : "right";
  const narrow = data.width < 420;
  return {
    ...frame(data),
    legend: {
      orient: "vertical",
      top: "middle",
      [side]: 0,
      align: isRtl() ? "right" : "left",
      icon: "circle",
      itemWidth: 9,
      itemHeight: 9,
      textStyle: { color: css("--chart-text") },
    },
    series: [
      {
        type: "pie",
        radius: narrow ? ["40%", "62%"] : ["56%", "84%"],
        center: [isRtl() ? (narrow ? "70%" : "68%") : narrow ? "30%" : "32%", "50%"],
        data: data.labels.map((name, place) => ({
          name,
          value: number(series.values[place]),
          itemStyle: { color: paint(palette[place % palette.length]) },
        })),
        itemStyle: { borderColor: css("--chart-surface"), borderWidth: 2 },
        label: { show: false },
        emphasis: { scale: false },
      },
    ],
  };
}

function waterfall(data) {
  const [series] = data.series;
  const changes = series.values.map((value) => number(value) || 0);
  const hasTotal = data.kind === "waterfall_total";
  let level = 0;
  const bars = changes.map((change, place) => {
    const isTotal = hasTotal && place === changes.length - 1;
    const from = isTotal ? 0 : level;
    const to = isTotal ? change : level + change;
    level = to;
    return { from, to, colour: isTotal ? "primary" : change < 0 ? "red" : "green" };
  });
  // A bar from `from` to `to` is an unseen foot and the seen rest on each side of zero.
  const above = ({ from, to }) => [Math.max(0, Math.min(from, to)), Math.max(0, from, to)];
  const below = ({ from, to }) => [Math.min(0, Math.max(from, to)), Math.min(0, from, to)];
  const foot = (side) => ({ type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: bars.map((row) => side(row)[0]) });
  const rest = (side) => ({
    type: "bar",
    stack: "all",
    barMaxWidth: 26,
    data: bars.map((row) => ({ value: side(row)[1] - side(row)[0], itemStyle: { color: paint(row.colour), borderRadius: 2 } })),
  });
  const figures = {
    type: "scatter",
    silent: true,
    symbolSize: 1,
    itemStyle: { color: "transparent" },
    data: bars.map((row, place) => [Math.max(row.from, row.to, 0), place]),
    label: {
      show: true,
      position: isRtl() ? "left" : "right",
      color: css("--chart-text"),
      formatter: (point) => ltr(series.texts[point.dataIndex]),
    },
  };
  return {
    ...lyingAxes(data, series.texts),
    series: [foot(above), foot(below), rest(above), rest(below), figures],
  };
}

const KINDS = { line: overTime, bar: overTime, ranking: lying, funnel: lying, donut, waterfall, waterfall_total: waterfall };

function describe(data) {
  const said = data.series.map((series) => `${series.name}: ${data.labels.map((label, place) => `${label} ${series.texts[place]}`).join(", ")}`);
  return `${data.title}. ${said.join(". ")}`.slice(0, 600);
}

function draw(holder, data) {
  const chart = window.echarts.init(holder, null, { renderer: "canvas" });
  data.width = holder.clientWidth;
  chart.setOption(KINDS[data.kind](data));
  holder.setAttribute("aria-label", describe(data));
  chart.on("click", (point) => {
    const link = data.links[point.dataIndex];
    if (link) location.assign(link);
  });
  if (data.links.some(Boolean)) holder.classList.add("has-links");
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(holder);
  drawn.set(holder, { chart, data, watch });
}

function sweep() {
  for (const [holder, { chart, watch }] of drawn) {
    if (holder.isConnected) continue;
    watch.disconnect();
    chart.dispose();
    drawn.delete(holder);
  }
}

document.addEventListener("commanda:theme", () => {
  for (const { chart, data } of drawn.values()) chart.setOption(KINDS[data.kind](data), true);
});

export async function init(root) {
  const holders = [...fresh(root, "[data-chart]")];
  sweep();
  if (!holders.length) return;
  await loadScript("echarts/echarts.common.min.js");
  for (const holder of holders) {
    const island = document.getElementById(holder.dataset.chart);
    if (island && holder.isConnected) draw(holder, JSON.parse(island.textContent));
  }
}
