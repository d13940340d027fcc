"""48 municipalities of the tiny study, harmonised (tests/reference/small_study): their panel and what is made of it.

Where a change of numbers is meant: PYTHONPATH=scripts .venv/bin/python -m tests.beleidsvrijheid.small_study keeps them as they are.
"""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from beleidsvrijheid.diagnostics.specification import diagnose
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel, exclusions
from beleidsvrijheid.indicators.registers import FACILITIES
from beleidsvrijheid.merger_draws import read_segments
from beleidsvrijheid.merger_results import simulate_mergers
from beleidsvrijheid.models.estimation import estimate, generator
from beleidsvrijheid.models.pairs import pairwise
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.multiplicity import adjust_family, family_rows
from beleidsvrijheid.multiverse.estimation import estimate_multiverse
from beleidsvrijheid.multiverse.grid import expand
from beleidsvrijheid.multiverse.results import join_multiverse
from beleidsvrijheid.necessity import analyse_necessity
from beleidsvrijheid.power import simulate_power
from beleidsvrijheid.qca.analysis import analyse_configurations
from beleidsvrijheid.sources.reading import read_table
from beleidsvrijheid.study import load_study

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/reference/small_study"
KEPT = FOLDER / "numbers.json"
RATIOS = ["vte_per_1000"]


@cache
def study():
    """Configuration and settings of the tiny study, for fewer municipalities and draws."""
    loaded = load_study(ROOT, ROOT / "tests/study", {}, gathers=True)
    config, settings = loaded.resolved(), loaded.settings()
    settings |= {"minimum_municipalities": 20, "inference": settings["inference"] | {"draws": 39}}
    return config, settings


@cache
def tables():
    """Harmonised tables by name, and the units."""
    found = {path.stem: pd.read_parquet(path) for path in sorted(FOLDER.glob("*.parquet"))}
    near, units = found.pop("neighbours"), found.pop("units")
    found[FACILITIES] = read_table(ROOT / "workflow/tables/facility_municipalities.csv")
    return found, units, near


@cache
def panel() -> pd.DataFrame:
    """The panel of indicators."""
    harmonised, units, _ = tables()
    codes = read_table(ROOT / "workflow/tables/policy_fields.csv")
    return build_panel(Inputs(dict(harmonised), units, codes, study()[0]))


@cache
def rules() -> dict[str, list[str]]:
    """Outlier rule -> municipalities."""
    return exclusions(panel(), study()[0]["outliers"])


def task(name: str, stream: str) -> Task:
    """The task of a specification, with random numbers of its own."""
    config, settings = study()
    known = settings | {"exclusions": rules(), "per_inhabitant": RATIOS}
    return Task(panel(), config["specifications"][name], known, generator(settings["seed"], stream), name)


def estimated(name: str) -> dict[str, object]:
    """The tables of a specification and the numbers of its fit."""
    config, settings = study()
    found = estimate(panel(), config["specifications"][name], settings | {"exclusions": rules()}, name)
    keys = ("n_obs", "n_units", "n_clusters", "r2", "r2_adjusted", "r2_cv", "log_likelihood", "aic", "df")
    fit = {key: getattr(found.fit, key, None) for key in keys} | dict(found.residual_r2 or {})
    parts = {"estimates": found.estimates, "inference": found.inference, "attribution": found.attribution}
    return parts | {"ledger": found.ledger, "fit": pd.DataFrame([fit])}


def analysed(kind: str, name: str) -> dict[str, object]:
    """The tables of one entry of an analysis."""
    config, settings = study()
    settings = settings | {"exclusions": rules()}
    rng = generator(settings["seed"], f"{kind}.{name}")
    if kind == "necessity":
        found = analyse_necessity(panel(), config["necessity"][name], settings, rng)
        return {"effects": found.effects, "bottlenecks": found.bottlenecks, "ceilings": found.ceilings}
    if kind == "qca":
        found = analyse_configurations(panel(), config["qca"][name] | {"frequency": 1}, settings)
        return {"truth": found.truth_tables, "solutions": found.solutions, "necessity": found.necessity}
    if kind == "power":
        run = config["power"][name] | {"simulations": 20}
        return {"power": simulate_power(task(run["specification"], f"power/{name}"), run)}
    if kind == "families":
        members = config["families"][name]["specifications"]
        parts = [{one: estimated(one)[part] for one in members} for part in ("estimates", "inference")]
        tasks = {one: task(one, f"families/{name}") for one in members}
        rows = family_rows(config["families"][name], *parts)
        return {"adjusted": adjust_family(config["families"][name], rows, tasks, settings["inference"], rng)}
    if kind == "mergers":
        harmonised, _, near = tables()
        segments = read_segments(read_table(ROOT / "workflow/tables/inhabitant_segments.csv"))
        known = {"vintage": 285, "seed": 1, "confidence": 0.95, "data_source": "simulated"}
        found = simulate_mergers(dict(harmonised), config["mergers"][name], near, segments, known, name, rng)
        return {"statistics": found.statistics}
    return {"diagnostics": diagnose(task(name, f"diagnostics/{name}"), tables()[2])}


def correlated(name: str) -> dict[str, pd.DataFrame]:
    """Correlations of a specification's columns."""
    return {"pairs": pairwise(task(name, "nothing is drawn"))}


def joined(name: str) -> dict[str, pd.DataFrame]:
    """A multiverse of the study's own vintage: its curve, joint tests and axes."""
    config, settings = study()
    entry, settings = config["multiverse"][name], settings | {"exclusions": rules()}
    entry = entry | {"draws": 39}
    cells = expand(entry)[0]
    found = estimate_multiverse(panel(), entry, cells, cells, settings, name, 1, lambda *_: None, {})
    whole = join_multiverse(entry, found.estimates, found.draws, found.samples, settings)
    return {"curve": whole.curve, "joint": whole.joint, "axes": whole.axes}


def indicators() -> dict[str, pd.DataFrame]:
    """Every indicator with its years."""
    grouped = panel().groupby(["indicator", "level"])
    return {f"{name} {level}": rows[["value", "year"]] for (name, level), rows in grouped}


@cache
def everything() -> dict[str, Callable[[], dict[str, pd.DataFrame]]]:
    """Name -> what makes its tables."""
    config = study()[0]
    made: dict[str, Callable] = {"indicators": indicators}
    made |= {name: partial(estimated, name) for name in config["specifications"]}
    for kind in ("necessity", "qca", "power", "families", "mergers", "diagnostics"):
        made |= {f"{kind} {name}": partial(analysed, kind, name) for name in config[kind]}
    tables_of = [entry["columns"] for entry in config["tables"].values() if entry["kind"] == "correlation"]
    made |= {f"correlations {name}": partial(correlated, name) for names in tables_of for name in names}
    # The third has cells on the municipalities of another vintage, whose panel is not kept here.
    own = [name for name in config["multiverse"] if name != "staff_and_scale"]
    return made | {f"multiverse {name}": partial(joined, name) for name in own}


def numbers(key: str) -> dict[str, dict[str, list[float | None]]]:
    """The numbers of every table made under a name."""
    return {name: described(frame) for name, frame in everything()[key]().items()}


def described(frame: pd.DataFrame) -> dict[str, list[float | None]]:
    """Numbers of a table, by column: the values themselves where these are few, else count, mean, spread and a sum in which
    each row weighs otherwise, the largest added.
    """
    result = {}
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            continue
        values = frame[name].to_numpy(float, na_value=np.nan)
        known = values[np.isfinite(values)]
        if len(values) > 30 and len(known):
            weights = np.cos(np.arange(len(values)))[np.isfinite(values)]
            sums = [known.mean(), known.std(), np.abs(known).max() + (known * weights).mean()]
            values = np.array([len(values), len(known), *sums])
        result[name] = [float(f"{x:.10g}") if np.isfinite(x) else None for x in values]
    return result


if __name__ == "__main__":
    text = json.dumps({key: numbers(key) for key in everything()}, indent=0).replace(",\n", ", ")
    KEPT.write_text(text + "\n", encoding="utf-8")
