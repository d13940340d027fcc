"""What will be estimated, in words: every estimator, every key, rows before and after, and no result."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.explanation import TOLD, account_of, explain
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.words import LANGUAGES, WORDS, word

from . import published_study as study
from .small_panel import SETTINGS, rows

ROOT = Path(__file__).parents[2]
LABEL = {"nl": "Mijn model", "en": "My model"}
N = 60
CLUSTER, BOOTSTRAP = {"type": "cluster", "by": "municipality"}, {"type": "municipality_bootstrap"}
KINDS = {kind for estimator in ESTIMATORS.values() for kind in estimator.covariances}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    parts = [rows("vte_per_1000", np.exp(rng.normal(size=N))), rows("log_population", rng.normal(9, 1, N))]
    parts += [rows("portfolio_shift", rng.random(N), beleidsveld="domains"), rows("family", np.arange(N) % 3 + 1.0)]
    for year in range(2014, 2020):
        parts.append(rows("peer_deviation", rng.normal(size=N), year, "reformed"))
        flag = rows("post_reform", [float(year >= 2016)], year).assign(nis="", level="flanders")
        parts.append(flag)
        for field in ("070", "074", "050", "060"):
            parts.append(rows("real_spending", np.exp(rng.normal(size=N)), year, field))
    return pd.concat(parts, ignore_index=True)


def cross(**changes):
    plain = {"label": LABEL, "estimator": "ols", "outcome": "portfolio_shift", "beleidsveld": "domains"}
    plain |= {"blocks": {"capacity": ["vte_per_1000"], "scale": ["log_population"]}, "controls": ["family"]}
    return plain | {"covariance": {"type": "HC3"}, "sample": {"exclude": ["smallest"]}} | changes


def yearly(**changes):
    plain = cross(estimator="panel_ols", outcome="peer_deviation", beleidsveld="reformed", predictors="static")
    plain |= {"effects": ["municipality", "year"], "interact_with": "post_reform", "covariance": CLUSTER}
    return plain | changes


def told(panel, specification, language="en"):
    text = explain(panel, "my_own", specification, SETTINGS, study.study_labels(language))
    return " ".join(text.split())  # lines are wrapped


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_covariance_and_key_has_words(name, language):
    estimator = ESTIMATORS[name]
    specification = {"label": LABEL, "estimator": name, "outcome": "portfolio_shift"}
    for kind in estimator.covariances:
        own = {"cluster": {"by": "municipality"}, "driscoll_kraay": {"bandwidth": 2}}.get(kind, {})
        own = {"weights": "webb", "draws": 299} if kind == "wild_cluster" else own
        text = told(None, specification | {"covariance": {"type": kind} | own}, language)
        assert word(f"explain.estimator.{name}", language) in text
    keys = {*estimator.keys(False)[0], *estimator.keys(True)[0]}
    assert not [key for key in keys if f"explain.key.{key}" not in WORDS]
    assert not [kind for kind in (*KINDS, "two_way") if f"explain.covariance.{kind}" not in WORDS]


def test_keys_without_a_line_of_their_own_are_printed():
    given = {"threshold": 0.95, "reference_year": 2015, "lags": [1, 5], "election_years": [2012], "measures": ["gini"]}
    for key, value in given.items():
        assert key not in TOLD
        name = next(name for name, estimator in ESTIMATORS.items() if key in estimator.reads)
        specification = {"label": LABEL, "estimator": name, "outcome": "portfolio_shift", key: value}
        specification["covariance"] = {"type": ESTIMATORS[name].covariances[0], "by": "municipality"}
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        assert f"{word(f'explain.key.{key}', 'en')}: {shown}" in told(None, specification)


def test_a_cross_section_in_words(panel):
    text = told(panel, cross(transform="log", transforms={"vte_per_1000": ["log"]}))
    assert text.startswith("My model (my_own)")
    equation = (
        "log(portfolio_shift)_i = constant + capacity(log(vte_per_1000)) + scale(log_population) + controls(family)"
    )
    for part in (
        f"Equation: {equation} + e_i",
        "log(vte_per_1000): ln FTE per 1000 inhabitants",
        "family: family; a dummy per category but the most frequent",
        "Uncertainty: heteroskedasticity-robust, HC3 (divided by (1 - leverage)²); 95 % intervals",
        "Weights: none",
        "Missing values: complete_cases (default): rows that lack a value are left out",
        "Municipalities left out: smallest municipalities (1)",
        "Rows: 60 to start with, 59 to estimate on (59 municipalities)",
        "outlier rule: -1 (smallest municipalities: 1)",
        "Columns removed: none",
        "from seed 7, with a stream of its own for this specification; 199 bootstrap draws",
        "R² of the blocks smaller than 0.10, 0.05 (non-inferiority) and |b| smaller than 0.20, 0.10 (equivalence), level 0.05",
    ):
        assert part in text, part


def test_a_panel_in_words(panel):
    wild = {"type": "wild_cluster", "weights": "webb", "draws": 299}
    text = told(
        panel, yearly(covariance=wild, weights="vte_per_1000", missing="refuse", sample={"years": [2014, 2018]})
    )
    equation = (
        "peer_deviation_it = municipality_i + year_t + capacity(vte_per_1000) + scale(log_population) + post_reform_t"
    )
    for part in (
        f"Equation: {equation} + post_reform_t x (blocks) + controls(family) + e_it",
        "Fixed effects: municipality, year",
        "wild cluster bootstrap, weights webb, 299 draws, the null imposed; clustered standard errors: sandwich x G/(G-1)",
        "Weights: vte_per_1000 (analytic weights: variance of a row inversely proportional, mean 1)",
        "Missing values: refuse: one missing value refuses the specification",
        "Years: 2014-2018",
        "Rows: 300 to start with, 300 to estimate on (60 municipalities)",
        "log_population: column removed, by the fixed effects".replace("log_population", "ln inhabitants"),
        "Windows: before 2014-2015, after 2018-2019",
        "not computed with weights",
    ):
        assert part in text, part
    dutch = told(panel, yearly(covariance={"type": "driscoll_kraay", "bandwidth": 2}), "nl")
    assert "Onzekerheid: Driscoll-Kraay, bandbreedte 2 jaar; standaardfouten van Driscoll-Kraay" in dutch


def test_other_estimators_tell_their_rows_and_covariance_and_no_result(panel):
    specification = {
        "label": LABEL,
        "estimator": "dispersion_ratio",
        "outcome": "real_spending",
        "dispersion": "yearly",
    }
    specification |= {"fields": ["070", "074", "050"], "covariance": BOOTSTRAP}
    text = told(panel, specification)
    full = text.partition("In full: ")[2].partition(" Rows: ")[0]
    assert "bootstrap over municipalities" in full and "199 draws" in full
    assert "Rows: in parts, see below (60 municipalities)" in text
    result = estimate(panel, specification, SETTINGS, "my_own")
    for value in result.estimates["estimate"]:
        assert f"{value:.6f}" not in text


def test_a_refusal_and_absent_data_are_told(panel):
    assert "Rows: not to be counted yet: the data are not there yet" in told(None, cross())
    few = explain(panel, "x", cross(), SETTINGS | {"minimum_municipalities": 500}, study.study_labels("en"))
    assert "Rows:                     is not estimated: 59 municipalities, fewer than 500" in few
    random = {"label": LABEL, "estimator": "share", "outcome": "portfolio_shift", "threshold": 0.5}
    account = account_of(panel, "x", random | {"covariance": {"type": "wilson"}, "beleidsveld": "086"}, SETTINGS)
    assert account.reason == "no municipality has portfolio_shift for 086"
    with pytest.raises(StudyError, match="named twice"):
        explain(panel, "x", cross(controls=["vte_per_1000"]), SETTINGS, study.study_labels("en"))


def script():
    spec = importlib.util.spec_from_file_location("explain", ROOT / "scripts/explain.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_reads_the_files_and_names_near_ones(panel, tmp_path):
    panel.to_parquet(tmp_path / "panel.parquet")
    (tmp_path / "exclusions.json").write_text(json.dumps(SETTINGS["exclusions"]))
    settings = {key: value for key, value in SETTINGS.items() if key != "exclusions"}
    files = [ROOT / "workflow/indicators.yaml", ROOT / "workflow/tables/stable_fields.csv"]
    every = {"r1_shift": cross(), "r2_panel": yearly()}
    about = {"specifications": every, "settings": settings, "language": "nl"}
    paths = [tmp_path / "panel.parquet", tmp_path / "exclusions.json", *files]
    text = script().main(*paths, specification="r1_shift", **about)
    assert text.startswith("Mijn model (r1_shift)\n") and "60 om te beginnen, 59 om te schatten" in text
    assert "nog niet te tellen" in script().main(None, None, *files, specification="r2_panel", **about)
    with pytest.raises(
        StudyError, match=r"'r1_shiff' is not known \(did you mean r1_shift\?\); allowed: r1_shift, r2_panel"
    ):
        script().main(*paths, specification="r1_shiff", **about)
