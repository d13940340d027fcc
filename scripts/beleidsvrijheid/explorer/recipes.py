"""How the value of a merged municipality follows from amounts of its parts, as data that a browser can follow too.

A recipe has a `kind`:

mean     mean over `years` of factor x sum of `above` / sum of `below` ("" for none), its ln where `log` is each or after;
         need all: every year must have a value, any: those that have one
growth   ln(sum in `last` / sum in `first`) x factor
shift    two compositions, `before` and `after`; measure: total_variation, aitchison or breadth
change   two windows of real EUR per inhabitant, means over the years that were reported; measure: see CHANGES
parties  votes or seats by party; measure: volatility or fragmentation
largest  the value of the part with most inhabitants

`absent` says what a part without a figure does: zero leaves it out, missing leaves the whole missing.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.explorer.amounts import ALWAYS, STREAMS, per_inhabitant, summed, windows_of
from beleidsvrijheid.indicators.capacity import GROWTH_YEARS
from beleidsvrijheid.indicators.change import ZERO_SHARE, aitchison_shift, portfolio_shift
from beleidsvrijheid.indicators.inputs import Inputs

Recipe = dict[str, Any]
Key = tuple[str, str]
# Yearly figures per inhabitant of which the mean over the pre-period is the one value; what an absent part does.
STOCKS = {
    "vte_per_1000": "missing",
    "vte_municipality_per_1000": "missing",
    "staff_cost_per_inhabitant": "zero",
    "bought_services_per_inhabitant": "zero",
    "overhead_per_inhabitant": "zero",
    "autofinancing_margin": "zero",
    "debt_per_inhabitant": "zero",
    "total_spending": "zero",
}
GRANTS = ("gemeentefonds_per_inhabitant", "general_grants_per_inhabitant")
SHIFTS = {"portfolio_shift": "total_variation", "aitchison_shift": "aitchison", "breadth": "breadth"}
# Id of a change between two windows -> its measure and the windows.
CHANGES = {
    "own_change": ("absolute", "pre", "post"),
    "budget_change": ("signed", "pre", "post"),
    "lagged_spending": ("log_before", "pre", "post"),
    "log_spending_post": ("log_after", "pre", "post"),
    "real_spending_post": ("after", "pre", "post"),
    "budget_kept": ("ratio", "pre", "post"),
    "own_change_within": ("absolute", "pre", "within"),
    "pre_own_change": ("absolute", "first_half", "last_half"),
    "pre_trend": ("signed", "first_half", "last_half"),
}
# Councillors of every part sit in the merged council, and a merger is what makes a cluster mixed: not the largest part's alone.
OF_ALL_PARTS = ("councillor_turnover", "is_mixed")
TOLERANCE = 1e-9


def _mean(above: str, below: str, years: Collection[int], **more: Any) -> Recipe:
    """A recipe of kind mean with what it usually is."""
    usual = {"factor": 1.0, "log": "none", "absent": "missing", "need": "all"}
    return {"kind": "mean", "above": above, "below": below, "years": [int(year) for year in years], **usual, **more}


def fixed_recipes(inputs: Inputs, amounts: Mapping[str, pd.DataFrame]) -> dict[str, Recipe]:
    """Recipes of indicators of the municipality as a whole, by id, that need no yearly figure of the panel."""
    pre, start = inputs.windows.pre, inputs.config["sectors"]["reform_year"] - 1
    people = _mean("population", "", pre)
    found = {"population": people, "log_population": {**people, "log": "after"}}
    if "vte" in amounts:
        growth = {"kind": "growth", "above": "vte", "absent": "missing", "factor": 1.0}
        found["vte_growth_5y"] = {**growth, "first": start - GROWTH_YEARS, "last": start}
        found["log_vte"] = _mean("vte", "", pre, log="after")
    if "area" in amounts:
        density = _mean("population", "area", pre)
        found |= {"density": density, "log_density": {**density, "log": "after"}}
    if "income" in amounts:
        income = _mean("income", "residents", _income_years(amounts["income"], pre))
        found |= {"income_per_inhabitant": income, "log_income": {**income, "log": "after"}}
    if "old" in amounts:
        found |= {
            name: _mean(group, "all_ages", pre) for name, group in (("age_65_plus", "old"), ("age_0_19", "young"))
        }
    if "studies" in amounts:
        found["planning_studies"] = _mean("studies", "population", inputs.before_post, absent="zero", need="any")
    if "planned" in amounts:
        found["realisation_rate"] = _mean("realised", "planned", [ALWAYS], absent="zero")
    found |= {name: _mean(name, "population", amounts[name].columns) for name in STREAMS if name in amounts}
    return found | _party_recipes(amounts)


def _income_years(income: pd.DataFrame, pre: Sequence[int]) -> list[int]:
    """Years that the income of the pre-period is taken from: see indicators.registers."""
    known = set(income.columns)
    earlier = [year for year in (pre[0] - 1, pre[0] - 2) if year in known]
    return sorted(known & set(pre)) or earlier[:1]


def _party_recipes(amounts: Mapping[str, pd.DataFrame]) -> dict[str, Recipe]:
    names = ("electoral_volatility", "electoral_volatility_flemish")
    found = {
        name: {"kind": "parties", "measure": "volatility", "last": f"{name}:last", "first": f"{name}:first"}
        for name in names
        if f"{name}:last" in amounts
    }
    if "seats" in amounts:
        found["fragmentation"] = {"kind": "parties", "measure": "fragmentation", "last": "seats"}
    return found


def panel_recipe(
    key: Key, yearly: Mapping[Key, pd.DataFrame], inputs: Inputs, population: pd.DataFrame
) -> tuple[Recipe, str, pd.DataFrame] | None:
    """The recipe of a figure per inhabitant that is at hand by year, its amount's name and the amount; None for others."""
    indicator, field = key
    source = "debt_per_inhabitant" if indicator == "log_debt_per_inhabitant" else indicator
    source = "real_spending" if indicator in CHANGES else source
    if (source, field) not in yearly:
        return None
    amount = per_inhabitant(yearly[source, field], population)
    name, windows = f"{source}@{field}" if field else source, inputs.windows
    if indicator in CHANGES:
        measure, before, after = CHANGES[indicator]
        spans = windows_of(windows)
        if not {before, after} <= set(spans):
            return None
        recipe = {"kind": "change", "measure": measure, "above": name, "before": spans[before], "after": spans[after]}
        return recipe, name, amount
    if source in STOCKS:
        log = "each" if source != indicator else "none"
        need = "any" if indicator == "total_spending" else "all"
        return _mean(name, "population", windows.pre, absent=STOCKS[source], log=log, need=need), name, amount
    if indicator in GRANTS:
        years = sorted(set(windows.post) & set(amount.columns[amount.notna().any()]))
        return _mean(name, "population", years), name, amount
    if indicator == "it_investment":
        return _mean(name, "population", inputs.before_post, absent="zero", need="any"), name, amount
    return None


def shift_recipe(key: Key, amounts: Mapping[str, pd.DataFrame], report: str) -> Recipe | None:
    """The recipe of a change of composition of one basket; None for other indicators."""
    indicator, basket = key
    before, after, plain = "pre", "post", indicator
    if indicator.endswith("_within") and report == "accounts":
        after, plain = "within", indicator.removesuffix("_within")
    elif indicator.startswith("pre_"):
        before, after, plain = "first_half", "last_half", indicator.removeprefix("pre_")
    names = [f"{basket}:{window}" for window in (before, after)]
    if plain not in SHIFTS or not set(names) <= set(amounts):
        return None
    return {"kind": "shift", "measure": SHIFTS[plain], "before": names[0], "after": names[1], "zero": ZERO_SHARE}


# Evaluation, as the browser does it


def evaluate(recipe: Recipe, amounts: Mapping[str, pd.DataFrame], groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Values (m,) of m merged municipalities; groups: row numbers of the parts of each. Not for kind largest."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return _EVALUATE[recipe["kind"]](recipe, amounts, groups)


def _sums(name: str, amounts, groups, absent: str, years: Sequence[int] | None = None) -> np.ndarray:
    table = amounts[name]
    if years is not None:
        table = table if list(table.columns) == [ALWAYS] else table.reindex(columns=years)
    return summed(table.to_numpy(float), groups, absent)


def _evaluate_mean(recipe, amounts, groups) -> np.ndarray:
    years = recipe["years"]
    value = recipe["factor"] * _sums(recipe["above"], amounts, groups, recipe["absent"], years)
    if recipe["below"]:
        below = _sums(recipe["below"], amounts, groups, recipe["absent"], years)
        value = value / np.where(below > 0, below, np.nan)
    if recipe["log"] == "each":
        value = np.log(np.where(value > 0, value, np.nan))
    known = np.isfinite(value)
    mean = np.where(known, value, 0.0).sum(axis=1) / known.sum(axis=1)
    enough = known.all(axis=1) if recipe["need"] == "all" else known.any(axis=1)
    mean = np.where(enough, mean, np.nan)
    return np.log(np.where(mean > 0, mean, np.nan)) if recipe["log"] == "after" else mean


def _evaluate_growth(recipe, amounts, groups) -> np.ndarray:
    ends = _sums(recipe["above"], amounts, groups, recipe["absent"], [recipe["first"], recipe["last"]])
    logs = np.log(np.where(ends > 0, ends, np.nan))
    return recipe["factor"] * (logs[:, 1] - logs[:, 0])


def _evaluate_shift(recipe, amounts, groups) -> np.ndarray:
    before, after = (_composition(recipe[side], amounts, groups) for side in ("before", "after"))
    if recipe["measure"] == "breadth":
        return np.where(np.isnan(before[:, 0]), np.nan, (after > 0).sum(axis=1).astype(float))
    if recipe["measure"] == "aitchison":
        return aitchison_shift(before, after, recipe["zero"])
    return portfolio_shift(before, after)


def _composition(name: str, amounts, groups) -> np.ndarray:
    """Sums by cell, 0 where a municipality with any figure has none; missing where it has none at all."""
    totals = _sums(name, amounts, groups, "zero")
    nobody = np.isnan(totals).all(axis=1, keepdims=True)
    return np.where(nobody, np.nan, np.nan_to_num(totals))


def _evaluate_change(recipe, amounts, groups) -> np.ndarray:
    before, after = (_window_mean(recipe, recipe[side], amounts, groups) for side in ("before", "after"))
    both = np.isfinite(before) & np.isfinite(after)
    positive = [np.where(both & (mean > 0), mean, np.nan) for mean in (before, after)]
    logs = [np.log(mean) for mean in positive]
    return {
        "absolute": lambda: np.abs(logs[1] - logs[0]),
        "signed": lambda: logs[1] - logs[0],
        "log_before": lambda: logs[0],
        "log_after": lambda: logs[1],
        "after": lambda: positive[1],
        "ratio": lambda: np.where(both & (after >= 0), after, np.nan) / positive[0],
    }[recipe["measure"]]()


def _window_mean(recipe, years: Sequence[int], amounts, groups) -> np.ndarray:
    """Real EUR per inhabitant, mean over the reported years; in those a part without the field counts as 0."""
    amount = np.nan_to_num(_sums(recipe["above"], amounts, groups, "zero", years))
    people = _sums("population", amounts, groups, "missing", years)
    reported = np.isfinite(_sums("reported", amounts, groups, "zero", years))
    rates = np.where(reported, amount / people, 0.0)
    return rates.sum(axis=1) / np.where(reported.any(axis=1), reported.sum(axis=1), np.nan)


def _evaluate_parties(recipe, amounts, groups) -> np.ndarray:
    last = _party_shares(recipe["last"], amounts, groups)
    if recipe["measure"] == "fragmentation":
        return 1 / (last**2).sum(axis=1).where(last.notna().all(axis=1)).to_numpy()
    first = _party_shares(recipe["first"], amounts, groups)
    parties = last.columns.union(first.columns)
    both = last.notna().all(axis=1) & first.notna().all(axis=1)
    gap = last.reindex(columns=parties, fill_value=0.0) - first.reindex(columns=parties, fill_value=0.0)
    return (gap.abs().sum(axis=1) / 2).where(both).to_numpy()


def _party_shares(name: str, amounts, groups) -> pd.DataFrame:
    """Shares by party; missing where a part has no vote at all."""
    table = amounts[name]
    known = table.notna().any(axis=1).to_numpy(float)[:, None]
    whole = summed(np.where(known > 0, 1.0, np.nan), groups, "missing")
    totals = np.where(np.isfinite(whole), np.nan_to_num(_sums(name, amounts, groups, "zero")), np.nan)
    return pd.DataFrame(totals / totals.sum(axis=1, keepdims=True), columns=table.columns)


_EVALUATE = {
    "mean": _evaluate_mean,
    "growth": _evaluate_growth,
    "shift": _evaluate_shift,
    "change": _evaluate_change,
    "parties": _evaluate_parties,
}


# The recipes of a study


def recipes_of(
    values: Mapping[Key, np.ndarray],
    yearly: Mapping[Key, pd.DataFrame],
    inputs: Inputs,
    amounts: Mapping[str, pd.DataFrame],
    of_largest: Collection[str],
) -> tuple[dict[Key, Recipe], dict[str, pd.DataFrame], list[Key]]:
    """Recipes by indicator and field, the amounts they need, and the keys whose recipe was withheld.

    values: of the municipalities one by one, in the order of the amounts; yearly: municipalities by year. of_largest: ids of
    which every source keeps the figures of the largest part. A recipe that does not give back the value that each municipality
    has by itself is withheld.
    """
    fixed, amounts = fixed_recipes(inputs, amounts), dict(amounts)
    alone = [[number] for number in range(len(amounts["population"]))]
    report, found, withheld = inputs.config["period"]["spending"]["report"], {}, []
    for key, own in values.items():
        if key[0] in of_largest and key[0] not in OF_ALL_PARTS:
            found[key] = {"kind": "largest"}
            continue
        recipe = (fixed.get(key[0]) if not key[1] else None) or shift_recipe(key, amounts, report)
        made = None if recipe else panel_recipe(key, yearly, inputs, amounts["population"])
        if made:
            recipe, name, amount = made
            amounts[name] = amount
        if recipe and np.allclose(evaluate(recipe, amounts, alone), own, TOLERANCE, TOLERANCE, equal_nan=True):
            found[key] = recipe
        elif recipe:
            withheld.append(key)
    needed = {name for recipe in found.values() for name in amounts_of(recipe)}
    return found, {name: amounts[name] for name in sorted(needed)}, withheld


def amounts_of(recipe: Recipe) -> list[str]:
    """Names of the amounts that a recipe needs."""
    sides = ["last", "first"] if recipe["kind"] == "parties" else ["above", "below"]
    sides = ["before", "after"] if recipe["kind"] == "shift" else sides
    more = ["population", "reported"] if recipe["kind"] == "change" else []
    return [recipe[side] for side in sides if recipe.get(side)] + more
