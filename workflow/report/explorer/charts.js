// Charts, drawn by Vega-Lite; expressions are interpreted (ast), so that no text ever becomes code.
"use strict";

const INK = "#1b1d1f", SOFT = "#55595e", LINE = "#d9d8d3", ACCENT = "#0f5680", BEYOND = "#8a2f0b";
const TINTS = ["#e1ebf1", "#b3ccdc", "#7da8c3", "#427ea4", "#0f5680"];
const QUANTILES = [0.2, 0.4, 0.6, 0.8];
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const CONFIG = {
  background: null, font: FONT, view: { stroke: null },
  axis: { labelColor: SOFT, titleColor: SOFT, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12, domain: false, gridColor: "#eceae5",
    tickColor: LINE },
  legend: { labelColor: INK, labelFontSize: 12, labelLimit: 320, title: null, symbolStrokeWidth: 2 },
};
const views = {};

/** Numbers inside charts are written in the language of the page. */
function chartLocale() {
  return state.lang === "nl" ? { decimal: ",", thousands: ".", grouping: [3], currency: ["", ""] } : undefined;
}

/** The text of a chart's tooltip, set as text. */
function tip(handler, event, item, text) {
  const box = byId("tip");
  box.hidden = !text;
  if (!text) return;
  box.textContent = String(text);
  const left = Math.min(event.clientX + 14, window.innerWidth - box.offsetWidth - 8);
  Object.assign(box.style, { left: `${Math.max(8, left)}px`, top: `${event.clientY + 16}px` });
}

async function draw(id, spec, onView = () => {}) {
  const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: tip, formatLocale: chartLocale(), config: CONFIG };
  const number_ = (views[id]?.number ?? 0) + 1;
  views[id]?.result?.finalize();
  views[id] = { number: number_ };
  const result = await vegaEmbed(byId(id), { $schema: "https://vega.github.io/schema/vega-lite/v6.json", padding: 2, ...spec }, options);
  if (views[id].number !== number_) return result.finalize();
  views[id].result = result;
  byId(id).querySelector("svg")?.setAttribute("aria-hidden", "true"); // the figure has its title, the figures are in the table
  onView(result.view);
}

function wide(id) {
  return Math.max(240, byId(id).clientWidth - 4);
}

// Map

/** Classes of an item: {of: value -> class, classes: [{low, high, n}], missing}. Few values: one class each. */
function classesOf(values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const distinct = [...new Set(known)];
  const breaks = distinct.length <= TINTS.length ? distinct.slice(1) : QUANTILES.map((share) => known[Math.ceil(share * known.length)]);
  const cuts = [...new Set(breaks)].filter((value) => value > known[0]);
  const of = (value) => (value === null ? null : cuts.filter((cut) => value >= cut).length);
  const classes = [...cuts, null].map((_, place) => {
    const own = known.filter((value) => of(value) === place);
    return { low: own[0], high: own[own.length - 1], n: own.length };
  });
  return { of, classes: known.length ? classes : [], missing: values.length - known.length, levels: distinct.length <= TINTS.length };
}

function tint(place, count) {
  return place === null ? "url(#hatch)" : TINTS[count === 1 ? 2 : Math.round((place * (TINTS.length - 1)) / (count - 1))];
}

function features(item) {
  const { of, classes } = classesOf(item.values);
  return data.shapes.flatMap((geometry, place) => (geometry === null ? [] : [{
    type: "Feature", geometry, place,
    fill: tint(of(item.values[place]), classes.length),
    tip: `${data.places.name[place]}: ${number(item.values[place])}`,
  }]));
}

/** Height over width of the shapes under the projection of the map. */
function mapRatio() {
  const points = data.shapes.filter(Boolean).flatMap((shape) => shape.coordinates.flat(shape.type === "Polygon" ? 1 : 2));
  const north = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) * (180 / Math.PI);
  const span = (values) => values.reduce((most, v) => Math.max(most, v), -Infinity) - values.reduce((least, v) => Math.min(least, v), Infinity);
  return span(points.map((point) => north(point[1]))) / span(points.map((point) => point[0]));
}

function drawMap(item, onPlace) {
  const all = features(item);
  const outline = (places, width, dash) => ({
    data: { values: all.filter((feature) => places.includes(feature.place)) },
    mark: { type: "geoshape", fill: null, stroke: INK, strokeWidth: width, strokeDash: dash, strokeJoin: "round" },
  });
  const width = wide("map");
  draw("map", {
    width, height: Math.min(Math.round(width * mapRatio()), 560), projection: { type: "mercator" },
    layer: [
      { data: { values: all }, mark: { type: "geoshape", stroke: "#ffffff", strokeWidth: 0.6 },
        encoding: { fill: { field: "fill", type: "nominal", scale: null }, tooltip: { field: "tip", type: "nominal" } } },
      outline(state.parts, 1.6, [3, 2]), outline(state.nis === null ? [] : [state.nis], 2.6, [1, 0]),
    ],
  }, (view) => view.addEventListener("click", (event, mark) => { if (mark?.datum?.place !== undefined) onPlace(mark.datum.place); }));
}

/** The middle of the corners of a shape: near enough to say which way a neighbour lies. */
function middle(place) {
  const shape = data.shapes[place];
  const points = shape.coordinates.flat(shape.type === "Polygon" ? 1 : 2);
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

/** The nearest municipality in a direction (one step east or north), or null. */
function neighbourTowards(place, east, north) {
  const [x, y] = middle(place);
  let best = null, least = Infinity;
  data.shapes.forEach((shape, other) => {
    if (!shape || other === place) return;
    const [dx, dy] = [middle(other)[0] - x, middle(other)[1] - y];
    const length = Math.hypot(dx, dy), ahead = (dx * east + dy * north) / length;
    const cost = length * (2.2 - ahead);
    if (ahead > 0.5 && cost < least) [best, least] = [other, cost];
  });
  return best;
}

// Trend and comparison

const SERIES = ["own", "other", "cluster", "size", "flanders"];
const COLOURS = { own: ACCENT, other: INK, cluster: SOFT, size: SOFT, flanders: SOFT };
const DASHES = { own: [1, 0], other: [6, 3], cluster: [2, 2], size: [8, 2, 2, 2], flanders: [1, 0] };
const SHAPES = { own: "circle", other: "diamond", cluster: "triangle-up", size: "square", flanders: "M0,-1.1V1.1" };

function seriesScale(names, range) {
  const present = SERIES.filter((series) => names[series]);
  return { domain: present.map((series) => names[series]), range: present.map((series) => range[series]) };
}

/** rows: {year, series (a key of names), name, value}. */
function drawTrend(rows, names, unit) {
  const width = wide("trend");
  const legend = { orient: "bottom", columns: width < 420 ? 1 : 2, symbolType: "stroke", symbolSize: 300 };
  draw("trend", {
    width, height: 210, data: { values: rows },
    encoding: {
      x: { field: "year", type: "quantitative", axis: { format: "d", tickMinStep: 1, tickCount: 6, title: null, grid: false }, scale: { nice: false, zero: false } },
      y: { field: "value", type: "quantitative", scale: { zero: false }, axis: { title: unit, tickCount: 4 } },
      color: { field: "name", type: "nominal", scale: seriesScale(names, COLOURS), legend },
      strokeDash: { field: "name", type: "nominal", scale: seriesScale(names, DASHES), legend },
      tooltip: { field: "tip", type: "nominal" },
    },
    layer: [
      { mark: { type: "line", strokeWidth: 1.6 } },
      { transform: [{ filter: { field: "series", equal: "own" } }], mark: { type: "line", strokeWidth: 3, point: { filled: true, size: 42 } } },
    ],
  });
}

/** rows: {label, series, name, percentile, tip}; one line per label, the label above it. */
function drawComparison(rows, names, labels) {
  const y = { field: "label", type: "nominal", sort: labels, axis: null };
  const x = { field: "percentile", type: "quantitative", scale: { domain: [0, 100] }, axis: { title: word("compare.axis"), values: [0, 25, 50, 75, 100] } };
  const width = wide("compare-chart");
  const legend = { orient: "top", columns: width < 560 ? 1 : 3, symbolSize: 110 };
  const lines = labels.map((label) => ({ label, from: 0, to: 100 }));
  draw("compare-chart", {
    width, height: { step: 44 }, data: { values: rows },
    layer: [
      { data: { values: lines }, mark: { type: "rule", color: LINE, strokeWidth: 1 },
        encoding: { y, x: { ...x, field: "from" }, x2: { field: "to" } } },
      { data: { values: lines }, mark: { type: "text", align: "left", dy: -13, fontSize: 12.5, color: INK, limit: width },
        encoding: { y, x: { ...x, field: "from" }, text: { field: "label", type: "nominal" } } },
      ...["flanders", "size", "cluster", "other", "own"].map((series) => ({
        transform: [{ filter: { field: "series", equal: series } }],
        mark: { type: "point", filled: series !== "flanders", strokeWidth: 2, size: series === "own" ? 150 : 100, opacity: 1 },
        encoding: {
          y, x, tooltip: { field: "tip", type: "nominal" },
          color: { field: "name", type: "nominal", scale: seriesScale(names, COLOURS), legend },
          shape: { field: "name", type: "nominal", scale: seriesScale(names, SHAPES), legend },
        },
      })),
    ],
  });
}

// Prediction and estimates

function drawPrediction(item, found, own) {
  const observed = item.values.filter((value) => value !== null).map((value) => ({ value, tip: number(value) }));
  const x = { field: "value", type: "quantitative", scale: { zero: false, nice: true }, axis: { title: unitOf(item), tickCount: 6 } };
  const marks = { [word("model.mark.interval")]: "circle", [word("model.mark.own")]: "diamond" };
  const legend = { orient: "top" };
  const scale = { domain: Object.keys(marks), range: Object.values(marks) };
  const points = [{ value: found.point, mark: word("model.mark.interval"), tip: number(found.point) }];
  if (own !== null) points.push({ value: own, mark: word("model.mark.own"), tip: number(own) });
  draw("prediction-chart", {
    width: wide("prediction-chart"), height: 64,
    layer: [
      { data: { values: observed }, mark: { type: "tick", color: SOFT, opacity: 0.35, thickness: 1, size: 18, yOffset: 18 }, encoding: { x, tooltip: { field: "tip", type: "nominal" } } },
      { data: { values: [{ value: found.low, high: found.high }] }, mark: { type: "rule", color: ACCENT, strokeWidth: 3, yOffset: -10 },
        encoding: { x, x2: { field: "high" } } },
      { data: { values: points }, mark: { type: "point", filled: true, size: 150, opacity: 1, yOffset: -10 },
        encoding: { x, tooltip: { field: "tip", type: "nominal" }, shape: { field: "mark", type: "nominal", scale, legend },
          color: { field: "mark", type: "nominal", scale: { domain: scale.domain, range: [ACCENT, INK] }, legend } } },
    ],
  });
}

/** rows: {label, value, low, high, tip}, standardised. */
function drawEstimates(rows) {
  const y = { field: "label", type: "nominal", sort: rows.map((row) => row.label), axis: null };
  const x = { field: "value", type: "quantitative", axis: { title: word("specifications.axis"), tickCount: 6 } };
  const width = wide("estimates-chart");
  draw("estimates-chart", {
    width, height: { step: 42 }, data: { values: rows },
    layer: [
      { data: { values: [{ value: 0 }] }, mark: { type: "rule", color: SOFT, strokeDash: [2, 2] }, encoding: { x } },
      { mark: { type: "rule", color: ACCENT, strokeWidth: 2 }, encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" }, tooltip: { field: "tip", type: "nominal" } } },
      { mark: { type: "point", filled: true, color: ACCENT, size: 80, opacity: 1 }, encoding: { y, x, tooltip: { field: "tip", type: "nominal" } } },
      { mark: { type: "text", align: "left", dy: -13, fontSize: 12.5, color: INK, limit: width, x: 0 }, encoding: { y, text: { field: "label", type: "nominal" } } },
    ],
  });
}
