"""Everything the page holds, as one JSON object, from the files of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from beleidsvrijheid.explorer.amounts import (
    ALWAYS,
    grant_amounts,
    investment_amounts,
    register_amounts,
    spending_amounts,
    vote_amounts,
)
from beleidsvrijheid.explorer.findings import claim_content, specification_content, term_content
from beleidsvrijheid.explorer.items import UNSHOWN, Item, Key, also_needed, item_content, quantised, read_items, wanted
from beleidsvrijheid.explorer.places import place_content, shape_content
from beleidsvrijheid.explorer.prediction import check_agreement, fit_model, interval_quantile, model_content, refusal
from beleidsvrijheid.explorer.recipes import Recipe, recipes_of
from beleidsvrijheid.explorer.words import PAGE_WORDS
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import named_predictors
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.words import LANGUAGES, WORDS

# Digits of amounts that are summed in the browser: what they give agrees with the study to 1e-9.
AMOUNT_DIGITS = 12
SHARED_WORDS = ("verdict.", "block.", "level.size_band")


@dataclass(frozen=True)
class Study:
    """What the page is made from.

    panel: as written by build_panel. inputs: harmonised tables, units, codes, sections of the configuration. config: resolved.
    settings: exclusions, categorical, largest_sources (of which a merger takes the figures of its largest part).
    results: by specification. claims: results/claims.csv. statements: workflow/claims.yaml by id. labels: by language.
    """

    panel: pd.DataFrame
    inputs: Inputs
    config: Mapping[str, Any]
    settings: Mapping[str, Any]
    results: Mapping[str, Result]
    claims: pd.DataFrame
    statements: Mapping[str, Mapping[str, Any]]
    labels: Mapping[str, Labels]


def page_content(study: Study) -> tuple[dict[str, Any], list[Key]]:
    """The object, and the indicators whose recipe did not give back the study's own figures. Raises StudyError."""
    vintage = study.config["geography"]["vintage"]
    places = place_content(study.panel, study.inputs.units, study.inputs.tables["population"], vintage)
    asked = wanted(study.config)
    read = read_items(study.panel, asked | also_needed(asked), places["nis"])
    items = [item for item in read if item.group != UNSHOWN]
    recipes, amounts, withheld = _recipes(study, read, places["nis"])
    content = {
        "label": data_source_label(study.config["data"]["source"]),
        "title": study.config["study"]["title"],
        "language": study.config["study"]["language"],
        "places": places,
        "shapes": shape_content(study.inputs.table("geometry"), places["nis"]),
        "items": [item_content(item, study.labels) | {"recipe": recipes.get(item.key)} for item in items],
        "amounts": {name: _amount(table, recipes.values(), name) for name, table in amounts.items()},
        "model": _model(study, items),
        "claims": claim_content(study.claims, study.statements),
        "specifications": specification_content(study.results, study.config.get("primary"), study.labels),
        "words_of": term_content(study.results, study.labels),
        "words": _words(),
    }
    return content, withheld


def _recipes(study: Study, items: Sequence[Item], nis: Sequence[str]):
    inputs = study.inputs
    spending, reported = spending_amounts(inputs, nis)
    tables = [register_amounts(inputs, nis), grant_amounts(inputs, nis), investment_amounts(inputs, nis)]
    amounts = {name: table for part in [*tables, vote_amounts(inputs, nis), spending] for name, table in part.items()}
    if reported is not None:
        amounts["reported"] = reported
    values = {item.key: item.values for item in items if item.latest is None and item.group != UNSHOWN}
    yearly = {item.key: item.yearly for item in items if len(item.yearly.columns)}
    return recipes_of(values, yearly, inputs, amounts, _of_largest(study))


def _of_largest(study: Study) -> set[str]:
    """Indicators of which every source keeps the figures of a merger's largest part; a dropped mixed cluster is nobody's."""
    kept = set(study.settings["largest_sources"])
    if study.config["geography"]["mixed_clusters"] == "drop":
        kept.discard("belfius_clusters")
    entries = study.labels["nl"].indicators
    return {
        name
        for name, entry in entries.items()
        if entry.get("source") and all(kept & set(one.split("|")) for one in entry["source"])
    }


def _amount(table: pd.DataFrame, recipes, name: str) -> dict[str, Any]:
    """An amount by column, or for parties (hundreds, each in few municipalities) pairs by municipality."""
    if any(recipe["kind"] == "parties" and name in (recipe["last"], recipe.get("first")) for recipe in recipes):
        pairs = [
            [[place, value] for place, value in enumerate(quantised(row, AMOUNT_DIGITS)) if value is not None]
            for row in table.to_numpy(float)
        ]
        return {"parties": list(table.columns), "pairs": pairs}
    years = _years(recipes, name)
    columns = [column for column in table.columns if column == ALWAYS or isinstance(column, str) or column in years]
    values = [quantised(table[column].to_numpy(float), AMOUNT_DIGITS) for column in columns]
    return {"columns": [column if isinstance(column, str) else int(column) for column in columns], "values": values}


def _years(recipes: Sequence[Recipe], name: str) -> set[int]:
    """Years of an amount that any recipe looks at."""
    found: set[int] = set()
    for recipe in recipes:
        if recipe["kind"] == "change" and name in (recipe["above"], "population", "reported"):
            found |= {*recipe["before"], *recipe["after"]}
        elif recipe["kind"] == "mean" and name in (recipe["above"], recipe["below"]):
            found |= set(recipe["years"])
        elif recipe["kind"] == "growth" and name == recipe["above"]:
            found |= {recipe["first"], recipe["last"]}
    return found


def _model(study: Study, items: Sequence[Item]) -> dict[str, Any]:
    """The primary specification for predictions, or why there is none: `why` is a key of the page's words."""
    name = study.config.get("primary")
    if name is None or name not in study.results:
        return {"why": "model.none", "what": ""}
    specification, result = study.config["specifications"][name], study.results[name]
    what = refusal(specification)
    if what or result.refused:
        return {"why": "model.not_followed" if what else "model.refused", "what": what, "specification": name}
    try:
        model = fit_model(study.panel, specification, study.settings)
    except Refusal:
        return {"why": "model.refused", "what": "", "specification": name}
    check_agreement(model, result.estimates, name)
    quantile = interval_quantile(result.estimates)
    numbers = {item.key: number for number, item in enumerate(items) if item.latest is None}
    return model_content(model, study.config["inference"]["confidence"], quantile) | {
        "specification": name,
        "outcome": numbers[specification["outcome"], specification.get("beleidsveld") or ""],
        "predictors": {one: _number(numbers, one, specification) for one in named_predictors(specification)},
    }


def _number(numbers: Mapping[Key, int], indicator: str, specification: Mapping[str, Any]) -> int:
    """Which item a predictor is: in the field of the specification where the panel has that, else in none."""
    own = (indicator, specification.get("beleidsveld") or "")
    return numbers[own if own in numbers else (indicator, "")]


def _words() -> dict[str, dict[str, str]]:
    """Fixed words of the page and those it shares with tables, by language."""
    shared = {key: pair for key, pair in WORDS.items() if key.startswith(SHARED_WORDS)}
    return {
        language: {key: pair[number] for key, pair in {**shared, **PAGE_WORDS}.items()}
        for number, language in enumerate(LANGUAGES)
    }
