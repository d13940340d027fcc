// What the page shows of its state, and how the state changes. The hash of the address keeps it.
"use strict";

const FEWEST = 2;
const SIGNS = { supported: "\u2713", contradicted: "\u2717", undetermined: "?", not_testable: "\u2013" };

// Values of municipalities

function unitOf(item) {
  return word(`unit.${item.unit}`).replace(/^unit\./, "");
}

function median(values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const half = Math.floor(known.length / 2);
  if (known.length === 0) return { value: null, n: 0 };
  return { value: known.length % 2 ? known[half] : (known[half - 1] + known[half]) / 2, n: known.length };
}

/** Share in per cent of the known values that are lower than a value; equal ones count half. */
function percentile(value, values) {
  if (value === null) return null;
  const known = values.filter((one) => one !== null);
  const lower = known.filter((one) => one < value).length, equal = known.filter((one) => one === value).length;
  return (100 * (lower + equal / 2)) / known.length;
}

/** Municipalities of the same class as a place, or none where its class is not known. */
function alike(place, name) {
  const classes = data.places.classes[name] ?? [];
  return classes[place] ? data.places.nis.map((_, other) => other).filter((other) => classes[other] === classes[place]) : [];
}

function sizeLabel(code) {
  return word(`level.size_band=${code}`);
}

/** Names of what stands beside the chosen municipality, by series. */
function seriesNames() {
  const { classes, name } = data.places, place = state.nis;
  const cluster = alike(place, "belfius_cluster"), size = alike(place, "size_band");
  return {
    own: name[place],
    ...(state.other !== null && state.other !== place ? { other: name[state.other] } : {}),
    ...(cluster.length ? { cluster: word("compare.cluster", { code: classes.belfius_cluster[place], n: cluster.length }) } : {}),
    ...(size.length ? { size: word("compare.size", { code: sizeLabel(classes.size_band[place]), n: size.length }) } : {}),
    flanders: word("compare.flanders", { n: name.length }),
  };
}

/** The figure of each series in a list of values by municipality. */
function seriesValues(values, names) {
  const of = (places) => median(places.map((other) => values[other])).value;
  return {
    own: values[state.nis],
    ...(names.other ? { other: values[state.other] } : {}),
    ...(names.cluster ? { cluster: of(alike(state.nis, "belfius_cluster")) } : {}),
    ...(names.size ? { size: of(alike(state.nis, "size_band")) } : {}),
    flanders: median(values).value,
  };
}

// Look up

function showPlace() {
  const item = data.items[state.item], { name, nis, classes } = data.places, place = state.nis;
  const value = item.values[place];
  byId("name").textContent = name[place];
  const belongs = [`NIS ${nis[place]}`];
  if (classes.belfius_cluster?.[place]) belongs.push(`Belfius ${classes.belfius_cluster[place]}`);
  if (classes.size_band?.[place]) belongs.push(sizeLabel(classes.size_band[place]));
  byId("classes").textContent = belongs.join(" \u00b7 ");
  byId("figure").textContent = number(value);
  byId("figure").className = value === null ? "missing" : "";
  const year = item.latest ? ` \u00b7 ${word("look.latest", { year: item.latest })}` : "";
  byId("figure-unit").textContent = value === null ? "" : unitOf(item) + year;
  const share = percentile(value, item.values);
  const n = item.values.filter((one) => one !== null).length;
  byId("percentile").textContent = value === null ? word("look.is_missing") : word("look.percentile", { share: Math.round(share), n });
  byId("search").value = name[place];
}

function showMeaning() {
  const item = data.items[state.item];
  const pairs = [["look.direction", told(item.direction)], ["look.artefact", told(item.artefact)], ["look.formula", item.formula]];
  fill("meaning", ...pairs.filter(([, text]) => text)
    .flatMap(([key, text]) => [make("dt", word(key)), make("dd", text, key === "look.formula" ? { lang: "en" } : {})]));
}

function showMap() {
  const item = data.items[state.item];
  byId("map-title").textContent = word("look.map", { label: told(item.label) });
  byId("map-keys").textContent = word(data.shapes.length ? "look.map_keys" : "look.no_map");
  byId("map").hidden = data.shapes.length === 0;
  showLegend(item);
  if (data.shapes.length) drawMap(item, choosePlace);
  const columns = [
    { id: "nis", label: "NIS", kind: "text" }, { id: "municipality", label: word("column.municipality"), kind: "head" },
    { id: columnId(item), label: `${told(item.label)} (${unitOf(item)})`, kind: "number" },
  ];
  const rows = data.places.nis.map((nis, place) => [nis, data.places.name[place], item.values[place]]);
  showTable(byId("map-table"), { name: `map_${columnId(item)}`, caption: told(item.label), columns, rows }, true);
}

function columnId(item) {
  return item.field ? `${item.id}_${item.field.replace("/", "_")}` : item.id;
}

function swatch(fill_) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"), box = document.createElementNS(space, "rect");
  for (const [name, value] of Object.entries({ width: 22, height: 14, "aria-hidden": "true" })) svg.setAttribute(name, value);
  for (const [name, value] of Object.entries({ width: 22, height: 14, fill: fill_, stroke: "#85898e" })) box.setAttribute(name, value);
  svg.append(box);
  return svg;
}

function showLegend(item) {
  const { classes, missing, levels } = classesOf(item.values);
  const ends = levels ? classes.flatMap(({ low, high }) => [number(low), number(high)]) : numbersAlike(...classes.flatMap(({ low, high }) => [low, high]));
  const texts = classes.map(({ low, high, n }, at) => `${low === high ? ends[2 * at] : word("interval", { low: ends[2 * at], high: ends[2 * at + 1] })} (${n})`);
  const entries = texts.map((text, place) => filled(make("li"), swatch(tint(place, classes.length)), make("span", text)));
  if (missing) entries.push(filled(make("li"), swatch("url(#hatch)"), make("span", word("look.no_data", { n: missing }))));
  entries.push(make("li", word(levels ? "look.levels" : "look.classes"), { class: "hint" }));
  fill("legend", ...(data.shapes.length ? entries : []));
}

function showTrend() {
  const item = data.items[state.item], names = seriesNames();
  const any = item.years.length > 1;
  byId("trend-title").textContent = any ? word("look.trend", { label: told(item.label) }) : word("look.no_trend");
  byId("trend-title").className = any ? "" : "hint";
  byId("trend").hidden = !any;
  byId("trend-table").parentElement.hidden = !any;
  if (!any) return;
  const shown = { ...names };
  delete shown.size;
  const byYear = item.yearly.map((values) => seriesValues(values, shown));
  const rows = item.years.flatMap((year, at) => Object.keys(shown).filter((series) => byYear[at][series] !== null).map((series) => ({
    year, series, name: shown[series], value: byYear[at][series], tip: `${shown[series]}, ${year}: ${number(byYear[at][series])}`,
  })));
  drawTrend(rows, shown, unitOf(item));
  const columns = [{ id: "year", label: word("column.year"), kind: "head" },
    ...Object.entries(shown).map(([series, label]) => ({ id: series, label, kind: "number" }))];
  const table = item.years.map((year, at) => [String(year), ...Object.keys(shown).map((series) => byYear[at][series])]);
  showTable(byId("trend-table"), { name: `trend_${columnId(item)}_${data.places.nis[state.nis]}`, caption: told(item.label), columns, rows: table });
}

// Compare

function groupItems() {
  return data.items.filter((item) => item.group === state.group && !item.categorical);
}

function showComparison() {
  const names = seriesNames(), items = groupItems();
  byId("compare-lead").textContent = word("compare.lead", { name: names.own });
  byId("compare-chart-title").textContent = word("compare.chart", { group: groupLabel(state.group) });
  const values = items.map((item) => seriesValues(item.values, names));
  const rows = items.flatMap((item, at) => Object.keys(names).filter((series) => values[at][series] !== null).map((series) => ({
    label: told(item.label), series, name: names[series], percentile: percentile(values[at][series], item.values),
    tip: `${names[series]}: ${number(values[at][series])} ${unitOf(item)}`,
  })));
  drawComparison(rows, names, items.map((item) => told(item.label)));
  const columns = [
    { id: "indicator", label: word("column.indicator"), kind: "head" },
    ...Object.entries(names).map(([series, label]) => ({ id: series, label, kind: "number", strong: series === "own" })),
    { id: "percent_lower", label: `${names.own}, ${word("column.percentile")}`, kind: "number" },
    { id: "unit", label: word("column.unit"), kind: "text" },
  ];
  const table = items.map((item, at) => [
    { text: told(item.label), value: columnId(item) }, ...Object.keys(names).map((series) => values[at][series]),
    rounded(percentile(values[at].own, item.values)), { text: unitOf(item), value: item.unit },
  ]);
  const other = names.other ? `_${data.places.nis[state.other]}` : "";
  showTable(byId("compare-table"), { name: `compare_${data.places.nis[state.nis]}${other}_${state.group}`, columns, rows: table });
  byId("other").value = state.other === null ? "" : data.places.name[state.other];
}

function rounded(value) {
  return value === null ? null : Math.round(value * 10) / 10;
}

function groupLabel(group) {
  return group === "outcomes" || group === "fields" ? word(`group.${group}`) : word(`block.${group}`).replace(/^block\./, "");
}

// Merge

function showParts() {
  fill("parts", ...state.parts.map((place) => {
    const name = data.places.name[place];
    const button = make("button", name, { type: "button", "aria-label": word("merge.remove", { name }) });
    button.addEventListener("click", () => { change({ parts: state.parts.filter((one) => one !== place) }); byId("part").focus(); });
    return filled(make("li"), button);
  }));
  const lacking = FEWEST - state.parts.length;
  byId("merge-few").textContent = lacking > 0 ? word("merge.few", { n: lacking }) : "";
}

function showMerge() {
  showParts();
  if (state.parts.length < FEWEST) return [byId("merge-table"), byId("prediction")].forEach((box) => box.replaceChildren());
  const names = state.parts.map((place) => data.places.name[place]);
  const columns = [
    { id: "indicator", label: word("column.indicator"), kind: "head" },
    ...state.parts.map((place, at) => ({ id: data.places.nis[place], label: names[at], kind: "number" })),
    { id: "together", label: word("column.merged"), kind: "number", strong: true }, { id: "basis", label: word("column.basis"), kind: "text" },
    { id: "unit", label: word("column.unit"), kind: "text" },
  ];
  const largest = data.places.name[largestPart(state.parts)];
  const rows = data.items.filter((item) => item.latest === null).map((item) => {
    const { value, basis } = mergedValue(item, state.parts);
    return [
      { text: told(item.label), value: columnId(item) }, ...state.parts.map((place) => item.values[place]),
      basis === "none" ? { text: "", value: null } : value, { text: word(`merge.basis.${basis}`, { name: largest }), value: basis },
      { text: unitOf(item), value: item.unit },
    ];
  });
  const caption = word("merge.table", { names: names.join(", ") });
  const name = `merger_${state.parts.map((place) => data.places.nis[place]).join("_")}`;
  showTable(byId("merge-table"), { name, caption, columns, rows }, true);
  showPrediction();
}

function showPrediction() {
  const found = prediction(state.parts), box = byId("prediction");
  const title = make("h3", word("model.title"));
  if (found.why) return box.replaceChildren(title, make("p", found.why));
  if (found.lacking) return box.replaceChildren(title, make("p", word("model.lacking", { list: found.lacking.join("; ") }), { class: "caution" }));
  const model = data.model, item = data.items[model.outcome], own = mergedValue(item, state.parts).value;
  const known = data.specifications.find((one) => one.id === model.specification);
  const [point, low, high, sums] = numbersAlike(found.point, found.low, found.high, own ?? 0);
  const says = word("model.says", { label: told(item.label), point, low, high, level: number(100 * model.confidence) });
  const first = own === null ? "" : ` ${word("model.own", { value: sums })}`;
  const what = word("model.what", {
    covariance: told(known.covariance), sd: number(Math.sqrt(model.residual_variance)), df: model.df, n: model.n_obs, specification: told(known.label),
  });
  const range = found.outside.length ? word("model.outside", { list: found.outside.join("; ") }) : word("model.inside");
  const figure = filled(make("figure"), make("figcaption", word("model.chart")), make("div", "", { id: "prediction-chart", class: "chart" }));
  const inputs = make("div");
  const more = filled(make("details"), make("summary", word("model.inputs")), inputs);
  const caution = make("p", range, found.outside.length ? { class: "caution" } : {});
  box.replaceChildren(title, make("p", says + first, { class: "says" }), caution, figure, make("p", what, { class: "lead" }), more);
  showTable(inputs, predictionTable(found, own));
  drawPrediction(item, found, own);
}

function predictionTable(found, own) {
  const columns = [{ id: "quantity", label: word("column.indicator"), kind: "head" }, { id: "value", label: word("column.value"), kind: "number" },
    { id: "data_low", label: word("column.low"), kind: "number" }, { id: "data_high", label: word("column.high"), kind: "number" }];
  const model = data.model, outcome = data.items[model.outcome];
  const inputs = Object.entries(model.predictors).map(([name, place]) => [
    { text: told(data.items[place].label), value: name }, found.values[name], ...(model.ranges[name] ?? [null, null]),
  ]);
  const label = { text: `${told(outcome.label)} (${word("model.mark.interval")})`, value: "predicted" };
  const sums = { text: `${told(outcome.label)} (${word("model.mark.own")})`, value: "from_sums" };
  const rows = [[label, found.point, found.low, found.high], [sums, own, null, null], ...inputs];
  return { name: `prediction_${state.parts.map((place) => data.places.nis[place]).join("_")}`, columns, rows };
}

// Claims

function claimFigure(claim) {
  if (claim.statistic === null) return word("claims.no_estimate");
  if (claim.ci_low === null || claim.ci_high === null) return number(claim.statistic);
  const [statistic, low, high] = numbersAlike(claim.statistic, claim.ci_low, claim.ci_high);
  return `${statistic} (${word("interval", { low, high })})`;
}

function claimEntry(claim) {
  const summary = filled(make("summary"), make("span", claim.id, { class: "id" }), make("span", told(claim.statement)),
    make("span", word(`verdict.${claim.verdict}`), { class: "verdict", "data-sign": SIGNS[claim.verdict] ?? "" }));
  const uses = make("dd", "", { class: "uses" });
  for (const id of claim.specification.split(" ").filter(Boolean)) uses.append(specificationLink(id));
  const reason = make("dd", claim.reason, { lang: data.language });
  if (data.language !== state.lang) reason.prepend(make("span", `(${word("claims.reason_language")}) `, { class: "hint", lang: state.lang }));
  const list = filled(make("dl"), make("dt", word("claims.estimate")), make("dd", claimFigure(claim)), make("dt", word("claims.threshold")),
    make("dd", claim.threshold === null ? word("none") : number(claim.threshold)), make("dt", word("claims.test")), make("dd", told(claim.test)),
    make("dt", word("claims.source")), make("dd", claim.source), make("dt", word("claims.specifications")), uses, make("dt", word("claims.reason")), reason);
  if (claim.deviations) list.append(make("dt", word("claims.deviations")), make("dd", claim.deviations, { lang: data.language }));
  return filled(make("li"), filled(make("details"), summary, list));
}

function specificationLink(id) {
  const known = data.specifications.find((one) => one.id === id);
  if (!known) return make("span", id);
  const n = known.n_units ? ` (N ${number(known.n_units)})` : "";
  const button = make("button", told(known.label) + n, { type: "button", class: "link" });
  button.addEventListener("click", () => { change({ specification: id }); goTo("specifications"); });
  return button;
}

function showClaims() {
  const shown = data.claims.filter((claim) => !state.verdict || claim.verdict === state.verdict);
  fill("claims-list", ...shown.map(claimEntry));
  const counts = new Map();
  for (const claim of data.claims) counts.set(claim.verdict, (counts.get(claim.verdict) ?? 0) + 1);
  const options = [["", word("claims.all", { n: data.claims.length })], ...[...counts].map(([verdict, n]) => [verdict, `${word(`verdict.${verdict}`)} (${n})`])];
  setOptions("verdict", options, state.verdict);
  const numbers = ["statistic", "ci_low", "ci_high", "threshold"];
  const columns = ["claim_id", "statement", "verdict", ...numbers, "specification", "reason"].map((id) => ({ id, label: id, kind: "text" }));
  const rows = shown.map((claim) => [claim.id, told(claim.statement), claim.verdict, ...numbers.map((key) => claim[key]), claim.specification, claim.reason]);
  fill("claims-download", downloadButton({ name: "claims", columns, rows }));
}

// Specifications

function showSpecification() {
  const own = data.specifications.find((one) => one.id === state.specification) ?? data.specifications[0];
  const facts = [["specifications.outcome", told(own.outcome)], ["specifications.estimator", own.estimator],
    ["specifications.covariance", told(own.covariance)], ["specifications.n", own.n_obs === null ? null : number(own.n_obs)],
    ["specifications.units", own.n_units === null ? null : number(own.n_units)], ["specifications.r2", own.r2 === null ? null : number(own.r2)],
    ["specifications.refused", told(own.reason)]];
  const list = make("dl");
  for (const [key, text] of facts) if (text) list.append(make("dt", word(key)), make("dd", text));
  const title = make("h3", told(own.label) + (own.id === data.specifications[0].id ? ` (${word("specifications.primary")})` : ""));
  const estimates = make("div"), differs = make("div");
  fill("specification-content", title, list, make("h4", word("specifications.differs")), differs, make("h4", word("specifications.estimates")), estimates);
  showDifferences(differs, own);
  showEstimates(estimates, own);
}

function showDifferences(box, own) {
  const columns = [["key", "specifications.key"], ["primary", "specifications.before"], ["this", "specifications.after"]]
    .map(([id, key], at) => ({ id, label: word(key), kind: at ? "text" : "head" }));
  const primary = own.id === data.specifications[0].id;
  if (own.differs.length === 0) return box.replaceChildren(make("p", word(primary ? "specifications.same" : "specifications.no_difference")));
  const rows = own.differs.map((row) => row.map((text, at) => ({ text: at && !text ? word("none") : text, value: text })));
  showTable(box, { name: `differences_${own.id}`, columns, rows });
}

function showEstimates(box, own) {
  const words = data.words_of;
  const columns = [["equation", "text"], ["term", "head"], ["block", "text"], ["estimate", "number"], ["low", "number"], ["high", "number"]]
    .map(([id, kind]) => ({ id, label: word(`column.${id}`), kind, strong: id === "estimate" }));
  const rows = own.rows.map(([equation, term, block, ...numbers]) => [
    { text: told(words.equation[equation]), value: equation }, { text: told(words.term[term]), value: term }, { text: told(words.block[block]), value: block },
    ...numbers.slice(0, 3),
  ]);
  if (rows.every((row) => row[0].text === "")) [columns, ...rows].forEach((row) => row.shift());
  const drawn = own.rows.filter((row) => row[6] !== null && row[2] !== "controls" && row[3]);
  const table = make("div"), chart = drawn.length > 1 && drawn.length <= 40 ? estimatesFigure(own) : [];
  box.replaceChildren(...chart, table);
  showTable(table, { name: `estimates_${own.id}`, columns, rows });
  if (chart.length) drawEstimates(drawn.map(estimateMark));
}

function estimatesFigure(own) {
  const title = make("figcaption", word("specifications.chart", { label: told(own.label) }));
  return [filled(make("figure"), title, make("div", "", { id: "estimates-chart", class: "chart" }))];
}

/** A standardised estimate with its interval on the same scale. */
function estimateMark([equation, term, , estimate, low, high, standardised]) {
  const scale = standardised / estimate, label = [told(data.words_of.equation[equation]), told(data.words_of.term[term])].filter(Boolean).join(": ");
  return { label, value: standardised, low: low * scale, high: high * scale, tip: `${label}: ${number(standardised)}` };
}

function showSpecificationTable() {
  byId("specifications-all").textContent = word("specifications.all", { n: data.specifications.length });
  const columns = [["specification", "specifications.choose", "head"], ["outcome", "specifications.outcome", "text"],
    ["estimator", "specifications.estimator", "text"], ["n", "specifications.n", "number"], ["r2", "specifications.r2", "number"]]
    .map(([id, key, kind]) => ({ id, label: word(key), kind }));
  const rows = data.specifications.map((one) => [{ text: told(one.label), value: one.id }, told(one.outcome), one.estimator, one.n_obs, one.r2]);
  showTable(byId("specifications-table"), { name: "specifications", columns, rows }, true);
}

// State

function setOptions(id, options, chosen) {
  fill(id, ...options.map(([value, text]) => filled(make("option", text, { value, ...(value === String(chosen) ? { selected: "" } : {}) }))));
  byId(id).value = String(chosen);
}

function groupsOf() {
  return [...new Set(data.items.filter((item) => !item.categorical).map((item) => item.group))];
}

function showChoices() {
  const select = byId("indicator");
  select.replaceChildren(...groupsOf().map((group) => filled(make("optgroup", "", { label: groupLabel(group) }), ...data.items
    .map((item, place) => [item, place]).filter(([item]) => item.group === group && !item.categorical)
    .map(([item, place]) => make("option", told(item.label), { value: place })))));
  select.value = String(state.item);
  setOptions("group", groupsOf().map((group) => [group, groupLabel(group)]), state.group);
  setOptions("specification", data.specifications.map((one) => [one.id, `${told(one.label)} \u2014 ${one.id}`]), state.specification);
}

function showWords() {
  document.documentElement.lang = state.lang;
  document.title = byId("title").textContent = data.title[state.lang];
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-name]")) element.setAttribute("aria-label", word(element.dataset.name));
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === state.lang));
  byId("notes-source").textContent = word("notes.source", { label: data.label });
}

// Which parts of the page hang on which key of the state.
const SHOWS = {
  nis: [showPlace, showMap, showTrend, showComparison],
  other: [showTrend, showComparison],
  item: [showPlace, showMeaning, showMap, showTrend],
  group: [showComparison],
  parts: [showMerge, showMap],
  specification: [showSpecification],
  verdict: [showClaims],
};
const ALL = [showWords, showChoices, showMeaning, showSpecificationTable];

/** Take over new values and show again what hangs on them. */
function change(values) {
  Object.assign(state, values);
  const keys = "lang" in values ? Object.keys(SHOWS) : Object.keys(values);
  const parts = new Set([...("lang" in values ? ALL : []), ...keys.flatMap((key) => SHOWS[key])]);
  for (const show of parts) show();
  if (!("lang" in values)) syncChoices();
  history.replaceState(null, "", `#${hashOf()}`);
}

function syncChoices() {
  for (const [id, value] of [["indicator", state.item], ["group", state.group], ["specification", state.specification]]) byId(id).value = String(value);
}

function choosePlace(place) {
  change({ nis: place });
}

/** The state as the address keeps it. */
function hashOf() {
  const { nis } = data.places, item = data.items[state.item];
  const kept = { lang: state.lang, nis: nis[state.nis], show: `${item.id}@${item.field}`, group: state.group, spec: state.specification };
  if (state.other !== null) kept.with = nis[state.other];
  if (state.parts.length) kept.merge = state.parts.map((place) => nis[place]).join("+");
  return new URLSearchParams(kept).toString();
}

/** The state of an address; what it does not know is left as it is. */
function stateOf(hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, "")), { nis } = data.places, found = {};
  const place = (code) => nis.indexOf(code);
  if (data.words[asked.get("lang")]) found.lang = asked.get("lang");
  if (place(asked.get("nis")) >= 0) found.nis = place(asked.get("nis"));
  if (place(asked.get("with")) >= 0) found.other = place(asked.get("with"));
  const item = data.items.findIndex((one) => `${one.id}@${one.field}` === asked.get("show") && !one.categorical);
  if (item >= 0) found.item = item;
  if (groupsOf().includes(asked.get("group"))) found.group = asked.get("group");
  if (data.specifications.some((one) => one.id === asked.get("spec"))) found.specification = asked.get("spec");
  const parts = (asked.get("merge") ?? "").split(/[+ ]/).map(place).filter((one) => one >= 0);
  if (parts.length) found.parts = [...new Set(parts)];
  return found;
}

/** The municipality of a typed name or code, or -1. */
function placeOf(text) {
  const wanted = text.trim().toLowerCase();
  const { name, nis } = data.places;
  const exact = name.findIndex((one, place) => one.toLowerCase() === wanted || nis[place] === wanted || optionText(place).toLowerCase() === wanted);
  if (exact >= 0 || wanted === "") return exact;
  const starting = name.map((one, place) => (one.toLowerCase().startsWith(wanted) ? place : -1)).filter((place) => place >= 0);
  return starting.length === 1 ? starting[0] : -1;
}

/** What the list of a search box offers: the name, with the code where two have the same. */
function optionText(place) {
  const { name, nis } = data.places;
  return name.filter((one) => one === name[place]).length > 1 ? `${name[place]} (${nis[place]})` : name[place];
}

function onSearch(id, take) {
  const input = byId(id);
  const answer = () => {
    const place = placeOf(input.value), wrong = byId(`${id}-wrong`);
    wrong.textContent = place < 0 && input.value.trim() ? word("look.unknown", { name: input.value.trim() }) : "";
    input.setAttribute("aria-invalid", String(wrong.textContent !== ""));
    if (place >= 0 || input.value.trim() === "") take(place, input);
  };
  input.addEventListener("change", answer);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") answer(); });
  input.addEventListener("focus", () => input.select());
}

function goTo(id) {
  byId(id).scrollIntoView();
  byId(id).focus({ preventScroll: true });
}

function onMapKey(event) {
  const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const step = steps[event.key];
  if (!step || !data.shapes[state.nis]) return;
  event.preventDefault();
  const next = neighbourTowards(state.nis, ...step);
  if (next !== null) change({ nis: next });
}

function listen() {
  onSearch("search", (place) => { if (place >= 0) change({ nis: place }); });
  onSearch("other", (place) => change({ other: place >= 0 ? place : null }));
  onSearch("part", (place, input) => {
    if (place < 0) return;
    input.value = "";
    if (!state.parts.includes(place)) change({ parts: [...state.parts, place] });
  });
  byId("indicator").addEventListener("change", (event) => change({ item: Number(event.target.value) }));
  byId("group").addEventListener("change", (event) => change({ group: event.target.value }));
  byId("verdict").addEventListener("change", (event) => change({ verdict: event.target.value }));
  byId("specification").addEventListener("change", (event) => change({ specification: event.target.value }));
  byId("map").addEventListener("keydown", onMapKey);
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => change({ lang: button.dataset.language }));
  for (const link of document.querySelectorAll("nav a, .skip")) {
    link.addEventListener("click", (event) => { event.preventDefault(); goTo(link.getAttribute("href").slice(1)); });
  }
  window.addEventListener("hashchange", () => change({ lang: state.lang, ...stateOf(location.hash) }));
  let waiting = null;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => change({ lang: state.lang }), 200); });
}

function start() {
  const outcome = data.model.outcome ?? data.items.findIndex((item) => !item.categorical);
  const first = { nis: 0, item: outcome, group: groupsOf()[0], specification: data.specifications[0]?.id };
  fill("places", ...data.places.name.map((_, place) => make("option", "", { value: optionText(place) })));
  listen();
  change({ ...first, lang: state.lang, ...stateOf(location.hash) });
  document.documentElement.dataset.ready = "true";
}

requestAnimationFrame(() => setTimeout(start));
