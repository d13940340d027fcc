// The prediction of the primary specification for a municipality that does not exist, as explorer/prediction.py does it.
"use strict";

/** Columns of the model at the raw values of its predictors (id -> value), or what is lacking as sentences. */
function modelColumns(values) {
  const lacking = [];
  const columns = data.model.terms.map((term) => {
    const [name, level] = term.split("=");
    return level === undefined ? values[name] : Number(values[name] === Number(level));
  });
  for (const [name, place] of Object.entries(data.model.predictors)) {
    const label = told(data.items[place].label);
    const levels = data.model.categories[name];
    if (values[name] === null || values[name] === undefined) lacking.push(word("model.lacks_value", { label }));
    else if (levels && !levels.includes(values[name])) lacking.push(word("model.lacks_category", { label, value: number(values[name]) }));
  }
  return { columns, lacking };
}

/** Point and ends of the prediction interval of one new municipality at the columns of the model. */
function predicted(columns) {
  const model = data.model;
  const moved = [...columns.map((value, place) => value - model.means[place]), 1];
  const point = model.slopes.reduce((sum, slope, place) => sum + slope * moved[place], model.level);
  let variance = model.residual_variance;
  moved.forEach((left, row) => moved.forEach((right, column) => { variance += left * right * model.covariance[row][column]; }));
  const half = model.quantile * Math.sqrt(variance);
  return { point, low: point - half, high: point + half };
}

/** Values of the predictors for merged parts, by id. */
function predictorValues(members) {
  return Object.fromEntries(Object.entries(data.model.predictors).map(([name, place]) => [name, mergedValue(data.items[place], members).value]));
}

/** Predictors outside the range of the data, as sentences. */
function outsideRange(values) {
  return Object.entries(data.model.ranges)
    .filter(([name, [low, high]]) => values[name] < low || values[name] > high)
    .map(([name, [low, high]]) => word("model.range", {
      label: told(data.items[data.model.predictors[name]].label), value: number(values[name]), low: number(low), high: number(high),
    }));
}

/** Everything the page says of merged parts: {lacking} or {values, point, low, high, outside}. */
function prediction(members) {
  if (data.model.why) return { why: word(data.model.why, { what: data.model.what }) };
  const values = predictorValues(members);
  const { columns, lacking } = modelColumns(values);
  return lacking.length ? { values, lacking } : { values, ...predicted(columns), outside: outsideRange(values) };
}
