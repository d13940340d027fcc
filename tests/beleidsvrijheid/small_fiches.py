"""A country of twelve municipalities in two clusters, with what fiches are made from, for tests."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.fiches.ceiling import CeilingModel
from beleidsvrijheid.fiches.model import Settings, build_fiches
from beleidsvrijheid.fiches.page import About, Writer, written_periods, written_spending
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.publication import read_labels

from .small_panel import codes, panel, rows

ROOT = Path(__file__).parents[2]
INDICATORS = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
PERIOD = {
    "spending": {"report": "accounts", "section": "operating"},
    "pre": {"years": [2014, 2015]},
    "post": {"years": [2020, 2021]},
}
SETTINGS = Settings(post=(2020, 2021), years=10, minimum=5, vintage=285)
N = 12
NIS = codes(N)
CLUSTERS = [1.0] * 7 + [2.0] * 4 + [float("nan")]  # 7, 4 (too few) and one without
SHIFTS = [0.05, 0.02, 0.02, 0.10, 0.03, 0.20, 0.01, 0.04, 0.06, 0.07, 0.08, 0.09]
NAMES = [f"Plaats {letter}" for letter in "ABCDEFGHIJKL"]


def small_panel() -> pd.DataFrame:
    """Staff of 2020 and 2021 (the first lacks 2020, the second 2021), portfolio shifts over three baskets, new mayors."""
    missing = float("nan")
    staff = [float(number) for number in range(N)]
    parts = [
        rows("belfius_cluster", CLUSTERS),
        rows("size_band", [1.0] * N),
        rows("is_mixed", [1.0] + [0.0] * 11),
        rows("vte_per_1000", [missing, *staff[1:]], year=2020),
        rows("vte_per_1000", [staff[0], missing, *staff[2:]], year=2021),
        rows("vte_per_1000", staff),
        rows("new_mayor", [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0] + [1.0] * 5),
        rows("portfolio_shift", SHIFTS, beleidsveld="domains"),
        rows("portfolio_shift", SHIFTS[::-1], beleidsveld="all_stable"),
        rows("portfolio_shift", [2 * one for one in SHIFTS], beleidsveld="reformed"),
        rows("pre_portfolio_shift", [0.01] * N, beleidsveld="domains"),
    ]
    return panel(*parts)


def small_units(names: list[str] = NAMES) -> pd.DataFrame:
    """The first municipality merged in 2019 (two parts) and 2025 (a third)."""
    columns = {"nis_308": NIS, "nis_300": NIS, "nis_285": NIS}
    columns |= {f"naam_{vintage}": names for vintage in (308, 300, 285)}
    parts = {"nis_308": ["80001", "80002"], "nis_300": [NIS[0], "80002"], "nis_285": [NIS[0], NIS[0]]}
    parts |= {"naam_308": ["Zuid", "Noord"], "naam_300": [names[0], "Noord"], "naam_285": [names[0], names[0]]}
    return pd.concat([pd.DataFrame(columns), pd.DataFrame(parts)], ignore_index=True)


def small_register() -> pd.DataFrame:
    """Staff and mandates are at hand; the debt is not."""
    kinds = [
        ("source", "", "staff", "present"),
        ("source", "", "mandates", "present"),
        ("source", "", "debt", "absent"),
        ("c1_staff", "vte_per_1000", "staff; population", "present"),
        ("c9_financial_room", "debt_per_inhabitant", "debt; population", "absent"),
        ("u9b_plan_shift", "plan_budget_moved", "debt|staff", "absent"),
    ]
    return pd.DataFrame(kinds, columns=["construct", "indicator", "source", "status"])


def small_ceiling() -> CeilingModel:
    """0.9: 0.01 + 0.01 ln inhabitants; the last municipality is left out."""
    sizes = pd.Series([7.0 + 0.1 * number for number in range(N)], index=NIS)
    outcomes = pd.Series(SHIFTS, index=NIS)
    lines = {0.9: (0.01, 0.01), 0.5: (0.02, 0.002)}
    return CeilingModel("portfolio_shift", "domains", lines, (-0.01, 0.03), sizes, outcomes, tuple(NIS[:-1]))


def fiches(ceiling=None, names=NAMES, frame=None):
    frame = small_panel() if frame is None else frame
    return list(build_fiches(frame, small_units(names), small_register(), INDICATORS, ceiling, SETTINGS))


def writer(language="en", data_source="simulated", model=None, **changes) -> Writer:
    about = About(
        labels=read_labels(ROOT / "workflow/indicators.yaml", language),
        sources=SOURCES,
        model=model,
        reason="",
        periods=written_periods(PERIOD, language),
        label=data_source_label(data_source),
        study="A study",
        minimum=SETTINGS.minimum,
        spending=written_spending(PERIOD, language),
        base_year=2015,
        confidence=0.95,
    )
    return Writer(replace(about, **changes))
