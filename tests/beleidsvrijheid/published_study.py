"""A small made-up study in the layout of results/, for the tests of tables, figures, captions and claims."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.publication import Labels, Result, read_labels

ROOT = Path(__file__).parents[2]
BLOCKS = {
    "capacity": ["vte_per_1000", "vte_growth_5y", "realisation_rate", "planning_studies"],
    "scale": ["log_population"],
    "politics": ["new_mayor", "new_mayor_party", "coalition_change", "electoral_volatility", "fragmentation"],
}
SHARES = {"capacity": 0.031, "scale": 0.0184, "politics": 0.0123}
COVARIANCE = "heteroskedasticity-robust HC3; t with 266 degrees of freedom"
TESTS = ["test", "term", "bound", "estimate", "statistic", "critical", "p_value", "power", "verdict"]
REFORMED = ["016", "0902", "070", "071", "072", "073", "074", "075", "086", "087/8"]
COMPARISON = ["034", "050", "060", "062", "079", "080", "094", "095"]


def row(equation: str, term: str, block: str, estimate: float, error: float, scale: float = 1.0) -> dict[str, Any]:
    """One row of an estimates file."""
    ends = {"ci_low": estimate - 1.96 * error, "ci_high": estimate + 1.96 * error}
    tests = {
        "statistic": estimate / error,
        "p_value": 0.1,
        "standardised": estimate * scale,
        "mde": 2.8 * error,
    }
    return {
        "equation": equation,
        "term": term,
        "block": block,
        "estimate": estimate,
        "std_error": error,
        **ends,
        **tests,
    }


def fit(name: str, **more: Any) -> dict[str, Any]:
    """A fit file of an estimated specification."""
    known = {"status": "estimated", "reason": "", "covariance": COVARIANCE, "n_obs": 1279, "n_units": 279}
    known |= {
        "n_clusters": None,
        "r2": 0.2345678,
        "r2_cv": -0.0123,
        "seed": 20160101,
        "clustered_convention": "",
    }
    return known | more


def samples(*steps: tuple[str, int, int, str]) -> pd.DataFrame:
    """A samples file."""
    return pd.DataFrame(steps, columns=["step", "rows_in", "rows_out", "reason"])


SAMPLE = samples(
    ("start", 1285, 1285, "municipalities x portfolio_shift domains"),
    ("outlier rule", 1285, 1283, "smallest: 2 municipalities"),
    ("missing predictor", 1283, 1279, "vte_growth_5y"),
    ("categories", 1279, 1279, "belfius_family: reference category 2 (90 municipalities)"),
)


def regression_result(name: str, label: str, shift: float = 0.0, **settings: Any) -> Result:
    """An ols result with three blocks, controls, inference and attribution."""
    rng = np.random.default_rng(int(abs(1000 * shift)) + 7)
    rows = []
    for block, terms in BLOCKS.items():
        rows += [row("mean", term, block, rng.normal(shift, 0.02), 0.0171, 5) for term in terms]
    rows[3] = row("mean", "planning_studies", "capacity", -0.0000432, 0.0000211, 2000)
    rows += [row("mean", f"belfius_family={level}", "controls", 0.01 * level, 0.02) for level in (1, 3, 4)]
    rows += [
        row("mean", "reform_dose", "controls", -1234.5678, 321.987, 1e-4),
        row("mean", "const", "", 0.4, 0.1),
    ]
    shares = [
        {
            "block": b,
            "r2_share": s,
            "ci_low": s / 3,
            "ci_high": s * 2.2,
            "unique": s * 0.8,
            "shared": s * 0.2,
            "cv_share": -s,
            "cv_unique": -s / 2,
            "cv_shared": -s / 3,
        }
        for b, s in SHARES.items()
    ]
    tests = [
        ("r2_non_inferiority", "", b, 0.0617, 1.7, 0.05, p, 0.8, "small") for b, p in ((0.1, 0.0321), (0.05, 0.61))
    ]
    tests += [("equivalence", t, 0.2, 0.02, 1.7, 1.6, 0.0004, 0.91, "equivalent") for ts in BLOCKS.values() for t in ts]
    total = {"r2": 0.0617, "ci_low": 0.0123, "ci_high": 0.1123, "n": 1279, "k": 10, "controls_rank": 4}
    known = {"label": {"nl": label, "en": label}, "estimator": "ols", "outcome": "portfolio_shift"}
    known |= {"beleidsveld": "domains", "blocks": BLOCKS, "controls": ["belfius_family", "reform_dose"]}
    known |= {"covariance": {"type": "HC3"}, "effects": []}
    return Result(
        name=name,
        settings=known | settings,
        fit=fit(name, residual_r2=total),
        estimates=pd.DataFrame(rows),
        samples=SAMPLE,
        inference=pd.DataFrame(tests, columns=TESTS),
        attribution=pd.DataFrame(shares),
    )


def refused(result: Result, reason: str = "12 municipalities are left, 30 are needed") -> Result:
    """The same specification, refused."""
    gone = {"estimates": result.estimates.iloc[:0], "inference": result.inference.iloc[:0]}
    gone |= {"attribution": result.attribution.iloc[:0]}
    return replace(result, fit={"status": "refused", "reason": reason}, **gone)


def other_result(name: str, rows: list[dict[str, Any]], settings: dict[str, Any], **more: Any) -> Result:
    """A result with estimates only."""
    base = regression_result(name, name)
    blank = {"inference": base.inference.iloc[:0], "attribution": base.attribution.iloc[:0]}
    label = {"nl": name, "en": name}
    return replace(
        base,
        settings={"label": label, **settings},
        estimates=pd.DataFrame(rows),
        fit=fit(name, **more),
        **blank,
    )


def dispersion_result(name: str = "r4_dispersion_change") -> Result:
    """Dispersion before and after in every field but 087/8, which had too few municipalities."""
    rng = np.random.default_rng(3)
    rows = []
    for field in (*REFORMED[:-1], *COMPARISON):
        before, rise = rng.uniform(0.4, 1.1), 0.2 if field in REFORMED else 0.0
        for measure, factor in (("sd_log", 1.0), ("cv", 1.3)):
            rows.append(row(field, f"{measure}_pre", "", before * factor, 0.03))
            rows.append(row(field, f"{measure}_post", "", (before + rise) * factor, 0.035))
    settings = {"outcome": "real_spending", "fields": [*REFORMED, *COMPARISON]}
    settings |= {"covariance": {"type": "municipality_bootstrap"}}
    return other_result(name, rows, settings, covariance="bootstrap over municipalities, 999 draws")


def event_result(name: str = "e6_dose_event") -> Result:
    """Effects of the dose by year against 2015."""
    shifts = zip((2014, *range(2016, 2021)), (-0.05, 0.1, 0.22, 0.36, 0.48, 0.4), strict=True)
    rows = [row("event", str(year), "", shift, 0.04) for year, shift in shifts]
    settings = {"outcome": "log_spending", "beleidsveld": "reformed", "dose": "reform_dose", "reference_year": 2015}
    settings |= {"covariance": {"type": "cluster", "by": "municipality"}}
    return other_result(name, rows, settings, covariance="clustered by municipality")


def ceiling_result(name: str = "s2_ceiling") -> Result:
    """Quantile lines that fan out, and the difference of the outer slopes."""
    rows = []
    for level, slope, start in ((0.1, 0.002, 0.1), (0.5, 0.018, 0.05), (0.9, 0.05, -0.15)):
        rows.append(row(f"quantile_{level:g}", "log_population", "scale", slope, 0.006))
        rows.append(row(f"quantile_{level:g}", "const", "", start, 0.05))
    rows.append(row("quantile_0.9-0.1", "log_population", "scale", 0.048, 0.009))
    settings = {
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {"scale": ["log_population"]},
    }
    settings |= {"covariance": {"type": "municipality_bootstrap"}}
    return other_result(name, rows, settings, covariance="bootstrap over municipalities, 999 draws")


def panel() -> pd.DataFrame:
    """A long panel with every predictor, portfolio shift, and yearly rows of peer deviation."""
    rng = np.random.default_rng(11)
    nis = [f"9{place:04d}" for place in range(280)]
    size = rng.normal(9.6, 0.85, len(nis)).clip(6.9, 13.1)
    values = {(name, ""): rng.normal(2, 1, len(nis)) for block in BLOCKS.values() for name in block}
    values |= {("log_population", ""): size, ("reform_dose", ""): rng.uniform(5, 40, len(nis))}
    spread = 0.06 + 0.02 * (size - 7)
    values[("portfolio_shift", "domains")] = (0.22 + spread * rng.normal(0, 1, len(nis))).clip(0.02)
    frames = [_panel_rows(nis, name, field, figures) for (name, field), figures in values.items()]
    frames.append(_panel_rows(nis, "peer_deviation", "reformed", rng.uniform(0, 1, len(nis)), 2015))
    return pd.concat(frames, ignore_index=True)


def _panel_rows(nis: list[str], indicator: str, field: str, figures: Any, year: int | None = None) -> pd.DataFrame:
    known = {"level": "municipality", "nis": nis, "beleidsveld": field, "period": "", "indicator": indicator}
    return pd.DataFrame(known | {"value": figures}).assign(year=pd.array([year] * len(nis), dtype="Int64"))


def study_labels(language: str) -> Labels:
    """The project's own catalogue and field names."""
    workflow = ROOT / "workflow"
    return read_labels(workflow / "indicators.yaml", language, workflow / "tables" / "stable_fields.csv")


@dataclass(frozen=True)
class Written:
    """Result files on disk, and the resolved specifications."""

    files: dict[str, list[str]]
    specifications: dict[str, Any]


def write_results(folder: Path, results: list[Result]) -> Written:
    """Write results as their files under `folder`."""
    files: dict[str, list[str]] = {kind: [] for kind in ("estimates", "fits", "samples", "inference", "attribution")}
    for result in results:
        for kind, paths in files.items():
            path = folder / kind / f"{result.name}.{'json' if kind == 'fits' else 'csv'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "fits":
                path.write_text(json.dumps(result.fit), encoding="utf-8")
            else:
                getattr(result, kind).to_csv(path, index=False)
            paths.append(str(path))
    return Written(files, {result.name: result.settings for result in results})
