// What a merged municipality has: sums of amounts of its parts, and the recipes of explorer/recipes.py on them.
"use strict";

const ALWAYS = 0;

/** Sum of one column of an amount over the parts; null where missing. absent: zero leaves a part without a figure out. */
function partSum(name, column, members, absent) {
  const amount = data.amounts[name];
  const constant = amount.columns.length === 1 && amount.columns[0] === ALWAYS;
  const values = amount.values[constant ? 0 : amount.columns.indexOf(column)];
  if (!values) return null;
  const known = members.map((place) => values[place]).filter((value) => value !== null);
  const needed = absent === "missing" ? members.length : 1;
  return known.length >= needed ? known.reduce((sum, value) => sum + value, 0) : null;
}

function logOf(value) {
  return value !== null && value > 0 ? Math.log(value) : null;
}

function mergedMean(recipe, members) {
  const rates = recipe.years.map((year) => {
    const above = partSum(recipe.above, year, members, recipe.absent);
    const below = recipe.below ? partSum(recipe.below, year, members, recipe.absent) : 1;
    const rate = above === null || below === null || below <= 0 ? null : (recipe.factor * above) / below;
    return recipe.log === "each" ? logOf(rate) : rate;
  });
  const known = rates.filter((rate) => rate !== null);
  if (known.length === 0 || (recipe.need === "all" && known.length < rates.length)) return null;
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  return recipe.log === "after" ? logOf(mean) : mean;
}

function mergedGrowth(recipe, members) {
  const [first, last] = [recipe.first, recipe.last].map((year) => logOf(partSum(recipe.above, year, members, recipe.absent)));
  return first === null || last === null ? null : recipe.factor * (last - first);
}

/** Shares by cell, 0 for a cell without a figure; null where nothing is known, a sum is negative or all are 0. */
function composition(name, members) {
  const totals = data.amounts[name].columns.map((cell) => partSum(name, cell, members, "zero"));
  if (totals.every((total) => total === null)) return null;
  const values = totals.map((total) => total ?? 0);
  const whole = values.reduce((sum, value) => sum + value, 0);
  return whole <= 0 || values.some((value) => value < 0) ? null : values.map((value) => value / whole);
}

function centredLogRatios(shares, zero) {
  const zeros = shares.filter((share) => share === 0).length;
  const logs = shares.map((share) => Math.log(share === 0 ? zero : share * (1 - zero * zeros)));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return logs.map((value) => value - mean);
}

function mergedShift(recipe, members) {
  if (recipe.measure === "breadth") return mergedBreadth(recipe, members);
  const [before, after] = [recipe.before, recipe.after].map((name) => composition(name, members));
  if (!before || !after) return null;
  if (recipe.measure === "total_variation") return after.reduce((sum, share, cell) => sum + Math.abs(share - before[cell]), 0) / 2;
  const [first, last] = [before, after].map((shares) => centredLogRatios(shares, recipe.zero));
  return Math.sqrt(last.reduce((sum, value, cell) => sum + (value - first[cell]) ** 2, 0));
}

function mergedBreadth(recipe, members) {
  const [before, after] = [recipe.before, recipe.after].map((name) =>
    data.amounts[name].columns.map((cell) => partSum(name, cell, members, "zero")));
  if (before.every((total) => total === null)) return null;
  return after.filter((total) => total > 0).length;
}

/** Real EUR per inhabitant, mean over the reported years of a window; in those a part without the field counts as 0. */
function windowMean(recipe, years, members) {
  const reported = years.filter((year) => partSum("reported", year, members, "zero") !== null);
  if (reported.length === 0) return null;
  let sum = 0;
  for (const year of reported) {
    const people = partSum("population", year, members, "missing");
    if (people === null) return null;
    sum += (partSum(recipe.above, year, members, "zero") ?? 0) / people;
  }
  return sum / reported.length;
}

function mergedChange(recipe, members) {
  const [before, after] = [recipe.before, recipe.after].map((years) => windowMean(recipe, years, members));
  if (before === null || after === null) return null;
  const [first, last] = [logOf(before), logOf(after)];
  const change = first === null || last === null ? null : last - first;
  const measures = {
    absolute: change === null ? null : Math.abs(change),
    signed: change,
    log_before: first,
    log_after: last,
    after: after > 0 ? after : null,
    ratio: after >= 0 && before > 0 ? after / before : null,
  };
  return measures[recipe.measure];
}

/** Shares by party; null where a part has no vote at all. */
function partyShares(name, members) {
  const totals = new Map();
  for (const place of members) {
    const pairs = data.amounts[name].pairs[place];
    if (pairs.length === 0) return null;
    for (const [party, votes] of pairs) {
      const label = data.amounts[name].parties[party];
      totals.set(label, (totals.get(label) ?? 0) + votes);
    }
  }
  const whole = [...totals.values()].reduce((sum, votes) => sum + votes, 0);
  return new Map([...totals].map(([party, votes]) => [party, votes / whole]));
}

function mergedParties(recipe, members) {
  const last = partyShares(recipe.last, members);
  if (!last) return null;
  if (recipe.measure === "fragmentation") return 1 / [...last.values()].reduce((sum, share) => sum + share ** 2, 0);
  const first = partyShares(recipe.first, members);
  if (!first) return null;
  const parties = new Set([...last.keys(), ...first.keys()]);
  return [...parties].reduce((sum, party) => sum + Math.abs((last.get(party) ?? 0) - (first.get(party) ?? 0)), 0) / 2;
}

/** The part with most inhabitants; on a tie the lower code. */
function largestPart(members) {
  const weight = (place) => data.places.weight[place] ?? -1;
  return members.reduce((best, place) => {
    const gap = weight(place) - weight(best);
    return gap > 0 || (gap === 0 && data.places.nis[place] < data.places.nis[best]) ? place : best;
  });
}

const MERGED = { mean: mergedMean, growth: mergedGrowth, shift: mergedShift, change: mergedChange, parties: mergedParties };

/** Value of an item for the whole of its parts: {value, basis}; basis none where it cannot be derived. */
function mergedValue(item, members) {
  if (!item.recipe) return { value: null, basis: "none" };
  if (item.recipe.kind === "largest") return { value: item.values[largestPart(members)], basis: "largest" };
  return { value: MERGED[item.recipe.kind](item.recipe, members), basis: item.recipe.kind };
}
