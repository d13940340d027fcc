"""The tiny study from nothing to its results: which files, what they say, and what a mistake looks like."""

import csv
import hashlib
import io
import json
import math
import re
import time
from html import escape
from pathlib import Path

import pandas as pd
import pytest
import yaml
from matplotlib.image import imread

from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.study import load_study

from .beleidsvrijheid.table_readers import all_text

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CONFIGURATION = yaml.safe_load((HERE / "study" / "config.yaml").read_text(encoding="utf-8"))
SPECIFICATIONS, TABLES, FIGURES = (tuple(CONFIGURATION[section]) for section in ("specifications", "tables", "figures"))
# Published figures are not held against simulated data: the one specification that the tiny study refuses.
REFUSED = ("d2_councillors_stopped",)
ESTIMATED = tuple(name for name in SPECIFICATIONS if name not in REFUSED)
SINGLE = (
    "indicators.csv",
    "data_quality.csv",
    "data_quality.html",
    "run_config.yaml",
    "claims.csv",
    "second_estimates.csv",
    "replication.csv",
    "deviations.csv",
    "data_gaps.csv",
    "data_gaps.html",
    "provenance.json",
    "canary.csv",
    "explorer.html",
    "report.html",
)
# Of entries of other sections: folder -> parts of the name after the entry's own.
PARTS = {
    "necessity": ("", "_bottleneck", "_ceilings", "_sample", "_record"),
    "qca": ("_truth_table", "_solutions", "_necessity", "_conditions", "_sample", "_record"),
    "mergers": ("",),
    "diagnostics": ("",),
    "families": ("",),
    "power": ("",),
}
FOLDERS = {"families": "multiplicity"}  # where it is not called as its section
COLUMNS = {
    "claims": "claim_id statement source test verdict statistic ci_low ci_high threshold specification robustness reason "
    "deviations",
    "replication": "candidate label as_published finding verdict statistic ci_low ci_high threshold specification reason",
    "second_estimates": "specification estimator software coefficients digits_estimate digits_std_error status",
    "deviations": "kind section key frozen_sha256 current_sha256",
    "canary": "check expected found digits passed",
    "necessity/scale_necessity": "condition ceiling effect_size p_value zone scope accuracy fit n_peers n_above intercept "
    "slope condition_inefficiency outcome_inefficiency n_obs draws",
    "necessity/scale_necessity_bottleneck": "ceiling outcome_percent outcome_value condition required_percent required_value "
    "n_lacking status",
    "qca/scale_and_finance_truth_table": "outcome configuration scale finance n consistency pri output",
    "qca/scale_and_finance_solutions": "outcome solution model n_models term consistency pri raw_coverage unique_coverage "
    "n_cases",
    "diagnostics/r1_portfolio_shift": "test variant term estimate standardised ci_low ci_high p_value n note label_nl label_en "
    "confidence",
    "multiplicity/slopes_of_scale": "specification equation term test estimate statistic p_value holm_p romano_wolf_p note "
    "label_nl family_nl label_en family_en",
    "correlations/r1_portfolio_shift": "first second method estimate n",
    "power/shift_by_scale": "specification test term bound true_value power simulations mc_low mc_high analytic alpha note "
    "label_nl label_en",
    "mergers/random_mergers": "draw statistic basis before after difference largest_deviation ci_low ci_high",
    "multiverse/shift_and_scale/joint": "method test group estimate critical p_value draws n_specifications note",
    "multiverse/shift_and_scale/axes": "axis option axis_nl axis_en label_nl label_en is_primary n_specifications median "
    "share_significant variance_share",
    "multiverse/shift_and_scale/samples": "ledger step rows_in rows_out reason",
    "multiverse/shift_and_scale/removed": "outcome capacity sample estimator constraint reason_nl reason_en",
    "mergers/indicators/random_mergers": "unit nis indicator beleidsveld year period before after",
}
ESTIMATE_COLUMNS = ["equation", "term", "block", "estimate", "std_error", "statistic", "p_value"]
ESTIMATE_COLUMNS += ["ci_low", "ci_high", "standardised", "mde"]
FIT_KEYS = {"estimator", "covariance", "n_obs", "n_units", "n_clusters", "r2", "r2_adjusted", "r2_cv", "log_likelihood"}
FIT_KEYS |= {"aic", "warnings", "seed", "sample_sha256", "data_source"}
CHAINS = ("dispersion_change", "dispersion_ratio", "field_ols", "field_permutation", "location_scale", "rif")
VERDICTS = {"supported", "contradicted", "undetermined", "not_testable"}


def table(study, name: str) -> pd.DataFrame:
    text = {"nis": str, "beleidsveld": str, "equation": str, "term": str, "block": str}
    return pd.read_csv(study.path(name), dtype=text, keep_default_na=False, na_values=[""])


def fit(study, name: str) -> dict:
    return json.loads(study.read(f"results/fits/{name}.json"))


# Which files


def test_every_file_of_the_contract_is_there_and_no_other(finished_study):
    kinds = {"estimates": "csv", "fits": "json", "samples": "csv", "inference": "csv", "attribution": "csv"}
    expected = {f"{kind}/{name}.{suffix}" for kind, suffix in kinds.items() for name in SPECIFICATIONS}
    for section, parts in PARTS.items():
        folder = FOLDERS.get(section, section)
        expected |= {f"{folder}/{name}{part}.csv" for name in CONFIGURATION[section] for part in parts}
    parts = ("curve.parquet", "joint.csv", "axes.csv", "record.csv", "samples.csv", "removed.csv")
    expected |= {f"multiverse/{name}/{part}" for name in CONFIGURATION["multiverse"] for part in parts}
    forms = (("estimates", "csv"), ("fits", "json"), ("indicators", "csv"))
    expected |= {f"mergers/{kind}/{name}.{suffix}" for kind, suffix in forms for name in CONFIGURATION["mergers"]}
    expected |= {f"tables/{name}.{form}" for name in TABLES for form in CONFIGURATION["output"]["tables"]}
    expected |= {f"figures/{name}.{form}" for name in FIGURES for form in ("svg", "png")}
    expected |= {f"correlations/{name}.csv" for name in CONFIGURATION["tables"]["correlations"]["columns"]}
    expected |= {f"captions/{name}.table.rst" for name in TABLES}
    expected |= {f"captions/{name}.figure.rst" for name in FIGURES}
    expected |= {f"captions/{name}.alt.txt" for name in FIGURES}
    expected |= set(SINGLE)
    found = {name.removeprefix("results/") for name in finished_study.files("results")}
    assert {name for name in found if not name.startswith("logs/")} == expected
    assert all(content for content in finished_study.files("results/tables", "results/figures").values())


def test_every_estimator_kind_and_rule_is_in_the_tiny_study(finished_study):
    from beleidsvrijheid.claims import RULES
    from beleidsvrijheid.configuration import CLAIM_NEEDS
    from beleidsvrijheid.estimators import COVARIANCES_OF
    from beleidsvrijheid.figures import KINDS
    from beleidsvrijheid.tables import KINDS as TABLE_KINDS

    config = yaml.safe_load(finished_study.read("results/run_config.yaml"))
    used = {name: fit(finished_study, name)["estimator"] for name in SPECIFICATIONS}
    assert set(used.values()) == set(COVARIANCES_OF)
    assert {fit(finished_study, name)["status"] for name in ESTIMATED} == {"estimated"}
    for name in REFUSED:
        assert fit(finished_study, name)["status"] == "refused"
        assert "simulated data are not held against published figures" in fit(finished_study, name)["reason"]
    assert {figure["kind"] for figure in config["figures"].values()} == set(KINDS)
    assert {one["kind"] for one in config["tables"].values()} == set(TABLE_KINDS)
    assert {claim["rule"] for claim in config["claims"].values()} == set(RULES) == set(CLAIM_NEEDS)


def test_columns_and_keys_are_those_of_the_contract(finished_study):
    for name in SPECIFICATIONS:
        assert list(table(finished_study, f"results/estimates/{name}.csv"))[:-1] == ESTIMATE_COLUMNS
        assert set(fit(finished_study, name)) >= FIT_KEYS
        attribution = list(table(finished_study, f"results/attribution/{name}.csv"))
        shares = ["r2_share", "ci_low", "ci_high", "unique", "shared", "cv_share", "cv_unique", "cv_shared"]
        assert attribution[:-1] == ["block", *shares]
    assert list(table(finished_study, "results/mergers/estimates/random_mergers.csv"))[:-1] == ESTIMATE_COLUMNS
    for name, expected in COLUMNS.items():
        assert list(table(finished_study, f"results/{name}.csv")) == [*expected.split(), "data_source"], name
    columns = ["level", "nis", "beleidsveld", "year", "period", "indicator", "value", "data_source"]
    assert list(table(finished_study, "results/indicators.csv")) == columns


def test_a_multiverse_agrees_with_its_base_and_its_draws(finished_study):
    for name, entry in CONFIGURATION["multiverse"].items():
        curve = pd.read_parquet(finished_study.path(f"results/multiverse/{name}/curve.parquet"))
        assert set(curve["status"]) == {"estimated"} and curve["is_primary"].sum() == 1
        main = curve[curve["is_primary"]].iloc[0]
        base = table(finished_study, f"results/estimates/{entry['base']}.csv").set_index("term").loc[entry["focal"]]
        for key in ("estimate", "std_error", "p_value", "ci_low", "ci_high", "standardised"):
            assert main[key] == pytest.approx(base[key], rel=1e-8), key
        assert sorted(curve["rank"]) == list(range(1, len(curve) + 1))
        joint = table(finished_study, f"results/multiverse/{name}/joint.csv")
        assert set(joint["method"]) == {"freedman_lane", "wild_cluster"} and joint["p_value"].between(0.01, 1).all()
        samples = table(finished_study, f"results/multiverse/{name}/samples.csv")
        assert set(samples["ledger"]) == set(curve["ledger"])


# What they say


def test_every_result_says_that_its_data_are_simulated(finished_study):
    silent = []
    for name, content in finished_study.files("results").items():
        if name.endswith(".csv"):
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
            labels = {row["data_source"] for row in rows}
            silent += [] if labels == {SIMULATED} and b"data_source" in content.split(b"\n")[0] else [name]
        elif name.endswith(".parquet"):
            silent += [] if set(pd.read_parquet(io.BytesIO(content))["data_source"]) == {SIMULATED} else [name]
        elif name.endswith((".json", ".html", ".tex", ".md", ".svg", ".yaml", ".rst", ".txt")):
            silent += [] if SIMULATED in content.decode("utf-8") else [name]
        elif name.endswith((".docx", ".xlsx")):
            silent += [] if SIMULATED in all_text(content, name.rpartition(".")[2]) else [name]
        else:
            assert name.endswith((".png", ".log")), name
    assert silent == []


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_show_the_label_as_drawn_text(finished_study, figure):
    """In the SVG as outlines after the text they spell; in the PNG there is ink of that width at the same place."""
    svg = finished_study.read(f"results/figures/{figure}.svg")
    body = svg[svg.index("</metadata>") :]
    drawn = re.search(rf"<!-- {re.escape(SIMULATED)} -->\s*<g [^>]*translate\(([\d.]+) ([\d.]+)\)", body)
    assert drawn and body[drawn.end() :].split("<!--")[0].count("<use ") >= len(SIMULATED.replace(" ", ""))
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    x, y = float(drawn[1]), float(drawn[2])
    assert 0 < x < width and 0 < y < height
    image = imread(finished_study.path(f"results/figures/{figure}.png"))[..., :3]
    scale = image.shape[1] / width
    assert image.shape[0] / height == pytest.approx(scale, rel=0.01)
    ink = image[int((y - 6) * scale) : int(y * scale), int(x * scale) :].mean(axis=2) < 0.5
    assert 0.05 < ink.mean() < 0.5
    # Letters from the first to the last, no hole between them wider than a blank.
    columns = ink.any(axis=0).nonzero()[0]
    assert columns[0] < 8 * scale and columns[-1] > ink.shape[1] - 8 * scale
    assert (columns[1:] - columns[:-1]).max() < 6 * scale


@pytest.mark.parametrize("figure", FIGURES)
def test_the_text_that_stands_for_a_figure_is_beside_it_and_in_it(finished_study, figure):
    told = finished_study.read(f"results/captions/{figure}.alt.txt").strip()
    svg = finished_study.read(f"results/figures/{figure}.svg")
    assert told.endswith(f"{SIMULATED}.") and re.search(r"\d", told)
    assert f'<desc id="{figure}-desc">{escape(told)}</desc>' in svg
    assert f'role="img" aria-labelledby="{figure}-title {figure}-desc"' in svg


def test_captions_say_what_is_shown_and_from_how_many(finished_study):
    text = finished_study.read("results/captions/main_regression.table.rst").replace("\\", "")
    for name in ("r1_portfolio_shift", "r2_peer_deviation"):
        assert name in text and f"N = {fit(finished_study, name)['n_obs']:,}" in text


def test_the_main_table_agrees_with_the_estimates(finished_study):
    cells = table(finished_study, "results/tables/main_regression.csv")
    checked = 0
    for name in ("r1_portfolio_shift", "r2_peer_deviation"):
        estimates = table(finished_study, f"results/estimates/{name}.csv").set_index(["equation", "term"])
        own = cells[(cells["specification"] == name) & cells["statistic"].isin(["estimate", "std_error"])]
        for cell in own.itertuples():
            assert cell.value == estimates.at[(cell.equation, cell.term), cell.statistic]
            shown = float(str(cell.text).strip("()*†‡").replace("−", "-").replace(",", ""))
            assert shown == pytest.approx(cell.value, rel=0.06)
            checked += 1
        # Every estimate is in the table, but for the dummies of a categorical control.
        left = set(estimates.index) - set(zip(own["equation"], own["term"], strict=True))
        assert all(term.startswith("belfius_family=") for _, term in left)
        fits = cells[(cells["specification"] == name) & (cells["row_group"] == "fit") & cells["value"].notna()]
        for cell in fits.itertuples():
            assert cell.value == fit(finished_study, name)[cell.statistic]
    assert checked > 20


def test_samples_balance(finished_study):
    told = ("contrast", "standardised", "effects")  # steps that say something and lose nothing
    for name in ESTIMATED:
        steps = table(finished_study, f"results/samples/{name}.csv")
        assert steps["step"].iloc[0] == "start" and (steps["rows_out"] <= steps["rows_in"]).all()
        assert (steps["rows_out"] == steps["rows_in"])[steps["step"].isin(told)].all()
        steps = steps[~steps["step"].isin(told)]
        for before, after in zip(steps[:-1].itertuples(), steps[1:].itertuples(), strict=True):
            assert after.step == "start" or after.rows_in == before.rows_out
        # A chain per field; rows of two periods; municipalities in at least two fields.
        others = (*CHAINS, "period_coefficients", "common_factor")
        assert ((steps["step"] == "start").sum() > 1) == (fit(finished_study, name)["estimator"] in CHAINS)
        if fit(finished_study, name)["estimator"] not in others:
            assert steps["rows_out"].iloc[-1] == fit(finished_study, name)["n_obs"]
    for name in ("necessity/scale_necessity", "qca/scale_and_finance"):
        steps, record = (table(finished_study, f"results/{name}_{part}.csv") for part in ("sample", "record"))
        assert list(steps["rows_in"][1:]) == list(steps["rows_out"][:-1])
        assert steps["rows_out"].iloc[-1] == record["n_obs"].iloc[0]


def test_claims_have_a_verdict_and_the_numbers_it_rests_on(finished_study):
    claims = table(finished_study, "results/claims.csv")
    assert list(claims["claim_id"]) == list(CONFIGURATION["claims"])
    assert set(claims["verdict"]) <= VERDICTS
    assert claims[["statement", "source", "test", "reason"]].notna().all(axis=None)
    assert claims["deviations"].isna().all()  # no plan was frozen
    rows = claims.set_index("claim_id")
    silent = rows["verdict"] == "not_testable"
    assert list(rows.index[silent]) == ["N1"] and rows.at["N1", "reason"] == "No open source."
    assert rows.loc[~silent, ["statistic", "threshold", "specification"]].notna().all(axis=None)
    # An interval wherever the verdict rests on an estimate and not on a test.
    assert list(rows.index[rows["ci_low"].isna() & ~silent]) == ["F3", "F7", "S1"]
    assert list(rows.index[rows["robustness"].notna()]) == ["S1"] and rows.at["S1", "robustness"] == 0
    slope = table(finished_study, "results/estimates/p1_staff_by_scale.csv").set_index("term").loc["log_population"]
    for column, own in (("statistic", "estimate"), ("ci_low", "ci_low"), ("ci_high", "ci_high")):
        assert rows.at["P1", column] == slope[own]
    assert "Beside it" in rows.at["S5", "reason"] and "Scale as a necessary condition" in rows.at["S5", "reason"]
    moved = table(finished_study, "results/mergers/estimates/random_mergers.csv").set_index(["equation", "term"])
    assert rows.at["M3", "statistic"] == moved.at[("rank_stability", "centre_function_largest"), "estimate"]
    ratio = table(finished_study, "results/estimates/e1_dispersion_ratio.csv").set_index(["equation", "term"])
    assert rows.at["F2", "statistic"] == ratio.at[("reformed", "log_sd_ratio"), "estimate"]
    assert rows.at["F4", "statistic"] == fit(finished_study, "r1_portfolio_shift")["residual_r2"]["r2"]
    named = {name for names in claims["specification"].dropna() for name in names.split()}
    assert named <= set(SPECIFICATIONS) | {"random_mergers"}


def test_replication_candidates_are_all_shown(finished_study):
    rows = table(finished_study, "results/replication.csv")
    assert list(zip(rows["candidate"], rows["finding"], strict=True)) == [
        (name, finding)
        for name in CONFIGURATION["replication"]["candidates"]
        for finding in ("used_beyond_formal", "formal_stimulates", "little_explained")
    ]
    assert list(rows["verdict"]) == ["supported", "supported", "not_testable"] and not rows["as_published"].any()
    claims = table(finished_study, "results/claims.csv").set_index("claim_id")
    assert rows["statistic"].iloc[1] == claims.at["F2", "statistic"]


def test_what_is_not_of_a_specification_agrees_with_what_is(finished_study):
    """Diagnostics start from the estimates, families adjust their p, power is that of their tests."""
    own = table(finished_study, "results/estimates/r1_portfolio_shift.csv").set_index("term")
    sensitivity = table(finished_study, "results/diagnostics/r1_portfolio_shift.csv")
    baseline = sensitivity[sensitivity["test"] == "baseline"].set_index("term")
    for column in ("estimate", "ci_low", "ci_high", "p_value"):
        assert (baseline[column] == own[column].reindex(baseline.index)).all()
    tests = {"baseline", "influence", "spatial", "outliers", "denominators", "missing", "omitted_variable", "recoding"}
    assert tests <= set(sensitivity["test"])
    family = table(finished_study, "results/multiplicity/slopes_of_scale.csv").set_index("specification")
    assert list(family.index) == CONFIGURATION["families"]["slopes_of_scale"]["specifications"]
    for name, row in family.iterrows():
        published = table(finished_study, f"results/estimates/{name}.csv").set_index("term").loc["log_population"]
        assert (row["estimate"], row["p_value"]) == (published["estimate"], published["p_value"])
        assert row["p_value"] <= row["holm_p"] <= 1 and row["romano_wolf_p"] <= 1
    power = table(finished_study, "results/power/shift_by_scale.csv")
    assert set(power["simulations"]) == {200} and power["power"].between(0, 1).all()
    level = power[(power["test"] == "r2_non_inferiority") & (power["true_value"] == power["bound"])]
    assert len(level) and (level["mc_low"] <= level["alpha"]).all()
    deviations = table(finished_study, "results/deviations.csv")
    assert list(deviations["kind"]) == ["not_frozen"]


def test_the_tables_of_claims_show_every_verdict(finished_study):
    claims = table(finished_study, "results/claims.csv").set_index("claim_id")
    cells = table(finished_study, "results/tables/claims.csv")
    shown = cells[cells["column"] == "statistic"].set_index("row")["value"].dropna()
    known = claims["statistic"].dropna()
    assert set(shown.index) == set(known.index) and (shown == known.reindex(shown.index)).all()
    page = finished_study.read("results/tables/claims.html")
    assert all(claim in page for claim in claims.index)
    assert page.count("supported") >= (claims["verdict"] == "supported").sum()


def test_gaps_tell_every_indicator_and_what_is_lacking(finished_study):
    gaps = table(finished_study, "results/data_gaps.csv")
    columns = ["construct", "indicator", "source", "status", "coverage_units", "coverage_years", "reason"]
    assert list(gaps)[:-1] == columns
    catalogue = yaml.safe_load((finished_study.project / "workflow" / "indicators.yaml").read_text(encoding="utf-8"))
    sources = gaps[gaps["construct"] == "source"]
    gaps = gaps[gaps["construct"] != "source"]
    assert set(table(finished_study, "results/indicators.csv")["indicator"]) <= set(gaps["indicator"])
    named = set(gaps.loc[gaps["indicator"].notna(), "indicator"])
    assert named == {entry["id"] for entry in catalogue}
    simulated = (finished_study.folder / "data/raw/simulated").iterdir()
    present = set(sources.loc[sources["status"] == "present", "source"])
    assert present == {path.name for path in simulated if path.is_dir()}
    constructs = yaml.safe_load((finished_study.project / "workflow" / "constructs.yaml").read_text(encoding="utf-8"))
    assert list(dict.fromkeys(gaps["construct"])) == [entry["id"] for entry in constructs]
    assert set(gaps["status"]) == {"present", "partial", "absent", "unmeasurable"}
    assert gaps.loc[gaps["status"] != "present", "reason"].notna().all()
    page = finished_study.read("results/data_gaps.html")
    assert "SIMULATED DATA" in page and "unmeasurable" in page
    # The simulated country has no votes for the Flemish Parliament, and on purpose some gaps in its staff figures.
    gaps = gaps.drop_duplicates("indicator")
    status = gaps.set_index("indicator")["status"]
    assert status["electoral_volatility_flemish"] == "absent" and status["vte_growth_5y"] == "partial"
    assert "flemish_parliament_votes" in gaps.set_index("indicator").at["electoral_volatility_flemish", "reason"]


def test_provenance_holds_the_real_checksums(finished_study):
    provenance = json.loads(finished_study.read("results/provenance.json"))
    listed = {(entry["source"], entry["file"]): entry for entry in provenance["raw_files"]}
    raw = {
        (Path(name).parts[-2], Path(name).name): content
        for name, content in finished_study.files("data/raw/simulated").items()
        if Path(name).name not in ("README.md", "truth.json")
    }
    assert set(listed) == set(raw) and len(listed) == len(provenance["raw_files"])
    for key, content in raw.items():
        assert listed[key]["sha256"] == hashlib.sha256(content).hexdigest()
        assert listed[key]["bytes"] == len(content) and listed[key]["retrieved"] is None
    assert provenance["seed"] == 20200101 and "numpy" in provenance["packages"]


def test_the_configuration_as_run_is_resolved(finished_study):
    text = finished_study.read("results/run_config.yaml")
    assert "extends" not in text
    run = yaml.safe_load(text)
    written = yaml.safe_load(finished_study.read("config.yaml"))
    assert set(run) == set(written) | {"refused", "own_indicators"} and run["refused"] == run["own_indicators"] == {}
    child, parent = (run["specifications"][name] for name in ("f8_operational_placebo", "f8_shift_by_scale"))
    assert {key for key in parent if parent[key] != child[key]} == {"label", "outcome", "beleidsveld"}
    assert run["specifications"]["r1_portfolio_shift"]["blocks"] == written["blocks"]
    # Also what nobody wrote: the default of a key that the estimator reads.
    of_multiverse = {name: one["specification"] for name, one in run["multiverse"].items()}
    for one in (run["specifications"] | of_multiverse).values():
        assert one["missing"] == ("complete_cases" if "missing" in ESTIMATORS[one["estimator"]].reads else None)
    assert {one["missing"] for one in run["specifications"].values()} == {"complete_cases", None}
    fields = run["specifications"]["e1_dispersion_ratio"]["fields"]
    assert fields == written["sectors"]["reformed"] + written["sectors"]["comparison"]


def test_no_path_and_no_clock_in_the_results(finished_study):
    year = time.strftime("%Y-%m-%d")
    for name, content in finished_study.files("results", "data/processed").items():
        assert str(finished_study.folder).encode() not in content, name
        assert str(finished_study.project).encode() not in content, name
        assert year.encode() not in content, name


# Numbers


def test_the_panel_measures_what_was_simulated(finished_study):
    """From the simulated country through the publishers' layouts, the parsers and the geography back to its values."""
    truth = json.loads(finished_study.read("data/raw/simulated/truth.json"))
    panel = pd.read_parquet(finished_study.path("data/processed/panel.parquet"))
    static = panel[panel["year"].isna() & (panel["beleidsveld"] == "") & (panel["level"] == "municipality")]
    measured = static.pivot(index="nis", columns="indicator", values="value")
    planted = pd.DataFrame(truth["units"]).T
    assert list(measured.index) == sorted(planted.index)
    covariates = [*truth["calibration"]["covariates"], "reform_dose"]
    assert len(covariates) == 11
    gaps = {gap["nis"] for gap in truth["staff_gaps"]}
    for name in covariates:
        true = planted[name].astype(float).reindex(measured.index)
        # What was published in whole euros or tenths of a full-time equivalent is not exact.
        off = (measured[name] - true).abs() / true.std()
        assert off.max() < 0.02, name
        assert set(measured.index[measured[name].isna()]) <= (gaps if name.startswith("vte") else set()), name
    families = measured["belfius_cluster"].map("V{:.0f}".format)
    assert (families == planted["cluster"].reindex(measured.index)).all()


def test_planted_values_come_back_through_files_parsers_and_models(finished_study):
    """The population values of truth.json lie in the intervals of the run; shares of R2 after the controls of config.yaml."""
    truth = json.loads(finished_study.read("data/raw/simulated/truth.json"))
    population = truth["population"]
    shift = population["outcomes"]["portfolio_shift_domains"]

    def interval(name: str, equation: str, term: str) -> tuple[float, float]:
        estimates = table(finished_study, f"results/estimates/{name}.csv")
        (row,) = estimates[(estimates["equation"] == equation) & (estimates["term"] == term)].to_dict("records")
        return row["ci_low"], row["ci_high"]

    found = {
        "log sd ratio": (
            interval("e1_dispersion_ratio", "reformed", "log_sd_ratio"),
            truth["parameters"]["dispersion_effect"],
        ),
        "ceiling": (interval("s2_ceiling", "quantile_0.9-0.1", "log_population"), shift["quantile_slope_difference"]),
        "budget kept": (interval("f6_budget_kept", "mean", "share"), population["budget_kept_share"]),
    }
    full = load_study(HERE.parent, HERE.parent, {})
    specification = full.resolved()["specifications"]["r1_portfolio_shift"]
    result = estimate(
        pd.read_parquet(finished_study.path("data/processed/panel.parquet")),
        specification,
        {
            "equivalence": full.configuration.equivalence.model_dump(),
            "inference": {"draws": 299, "weights": "rademacher", "confidence": 0.95},
            "seed": 1,
            "exclusions": json.loads(finished_study.read("data/processed/exclusions.json")),
            "categorical": ["belfius_family"],
            "minimum_municipalities": 100,
        },
        "r1_portfolio_shift",
    )
    shares = shift["r2_after_controls"]
    found["total R2"] = ((result.residual_r2["ci_low"], result.residual_r2["ci_high"]), shares["total_r2"])
    for row in result.attribution.to_dict("records"):
        found[f"R2 of {row['block']}"] = ((row["ci_low"], row["ci_high"]), shares[row["block"]])
    missed = {name: entry for name, entry in found.items() if not entry[0][0] <= entry[1] <= entry[0][1]}
    assert len(found) == 7 and not missed


# Of estimators with many equations, those that are kept as key numbers.
KEY_EQUATIONS = dict.fromkeys(("dispersion_change", "dispersion_ratio"), ("070", "reformed"))
KEY_EQUATIONS |= {"dispersion_by_group": ("size_band=3-size_band=1",), "field_permutation": ("mean",)}


def key_numbers(study) -> dict[str, float]:
    """Estimates, errors and fits that do not rest on an order statistic of few draws."""
    numbers = {}
    for name in ESTIMATED:
        kept = KEY_EQUATIONS.get(fit(study, name)["estimator"])
        estimates = table(study, f"results/estimates/{name}.csv")
        for row in estimates.itertuples():
            if row.term == "const" or row.term.startswith("belfius_family="):
                continue
            if kept and row.equation not in kept:
                continue
            key = f"{name} {row.equation} {row.term}"
            numbers |= {f"{key} {column}": getattr(row, column) for column in ("estimate", "std_error")}
        record = fit(study, name)
        numbers |= {f"{name} {key}": record[key] for key in ("n_obs", "r2", "r2_cv") if record[key] is not None}
        residual = record["residual_r2"] or {}
        numbers |= {f"{name} residual_{key}": residual[key] for key in ("r2", "ci_low", "ci_high") if key in residual}
        blocks = table(study, f"results/attribution/{name}.csv").itertuples()
        numbers |= {f"{name} share of {row.block}": row.r2_share for row in blocks}
    effects = table(study, "results/necessity/scale_necessity.csv").itertuples()
    numbers |= {f"scale_necessity {row.ceiling} {row.condition} effect": row.effect_size for row in effects}
    for row in table(study, "results/qca/scale_and_finance_solutions.csv").itertuples():
        numbers[f"scale_and_finance {row.outcome} {row.solution} {row.model} {row.term} consistency"] = row.consistency
    for row in table(study, "results/mergers/estimates/random_mergers.csv").itertuples():
        numbers[f"random_mergers {row.equation} {row.term} estimate"] = row.estimate
    for row in table(study, "results/multiplicity/slopes_of_scale.csv").itertuples():
        numbers[f"slopes_of_scale {row.specification} holm_p"] = row.holm_p
    for name in CONFIGURATION["multiverse"]:
        curve = pd.read_parquet(study.path(f"results/multiverse/{name}/curve.parquet"))
        told = curve[curve["estimator"] != "quantile"]
        numbers |= {
            f"{name} {row.cell} {key}": getattr(row, key)
            for row in told.itertuples()
            for key in ("estimate", "std_error")
        }
    spatial = table(study, "results/diagnostics/r1_portfolio_shift.csv")
    for row in spatial[spatial["test"].isin(["spatial", "omitted_variable"])].itertuples():
        numbers[f"r1_portfolio_shift {row.variant} {'' if pd.isna(row.term) else row.term}".strip()] = row.estimate
    return {key: float(value) for key, value in numbers.items() if not math.isnan(value)}


def test_numbers_and_verdicts_are_those_of_before(finished_study):
    expected = yaml.safe_load((HERE / "study" / "expected" / "numbers.yaml").read_text(encoding="utf-8"))
    claims = table(finished_study, "results/claims.csv")
    verdicts = dict(zip(claims["claim_id"], claims["verdict"], strict=True))
    found = table(finished_study, "results/replication.csv").itertuples()
    verdicts |= {f"{row.candidate} {row.finding}": row.verdict for row in found}
    numbers, tolerance = key_numbers(finished_study), expected["relative_tolerance"]
    other = [
        f"{key}: {numbers.get(key)}, was {expected['numbers'].get(key)}"
        for key in {**expected["numbers"], **numbers}
        if numbers.get(key) != pytest.approx(expected["numbers"].get(key, math.nan), rel=tolerance, abs=1e-12)
    ]
    now = yaml.safe_dump({"verdicts": verdicts, "numbers": numbers}, sort_keys=False, width=200)
    assert not other and verdicts == expected["verdicts"], "\n".join([*other, "", "All as they are now:", "", now])


def test_another_language_changes_words_and_no_number(finished_study, study_copy):
    study_copy.complete("--config", "study={language: nl}")
    before, after = finished_study.files("results"), study_copy.files("results")
    changed = {name for name in before if before[name] != after[name]}
    assert set(before) == set(after)
    folders = {name.split("/")[1] for name in changed}
    words = {"tables", "figures", "captions", "claims.csv", "replication.csv"}
    words |= {"run_config.yaml", "data_quality.html", "data_gaps.html", "explorer.html", "report.html"}
    assert folders - {"logs"} == words
    # Every published table, figure and caption has words of its own.
    published = ("tables", "figures", "captions")
    same = {name for name in before if name.split("/")[1] in published} - changed
    assert {Path(name).suffix for name in same} <= {".csv"} and "results/tables/claims.csv" in changed
    told = {"claims.csv": {"statement", "test", "reason"}, "replication.csv": {"label", "reason"}}
    for name in sorted(one for one in changed if one.endswith(".csv")):
        english, other = (table(study, name) for study in (finished_study, study_copy))
        texts = told.get(name.removeprefix("results/"), {"text"})
        pd.testing.assert_frame_equal(english.drop(columns=[*texts]), other.drop(columns=[*texts]), obj=name)
    dutch = study_copy.read("results/tables/main_regression.html")
    assert "Ambtelijke capaciteit" in dutch and "Administrative capacity" not in dutch
    assert "VTE per 1000 inwoners" in dutch and "0,0" in dutch
    claims = table(study_copy, "results/claims.csv").set_index("claim_id")
    assert claims.at["D1", "statement"] == "Politieke verandering verklaart weinig"
    assert claims.at["N1", "reason"] == "Geen open bron." and "Daarnaast" in claims.at["S5", "reason"]


# Mistakes

MISTAKES = {
    "misspelt key": (
        ("minimum_municipalities: 100", "minimum_municipality: 100"),
        ["config.yaml", "sectors.minimum_municipality", "did you mean 'minimum_municipalities'"],
    ),
    "unknown indicator": (
        ("capacity: [vte_per_1000, realisation_rate]", "capacity: [vte_per_1000, realization_rate]"),
        ["config.yaml", "blocks.capacity", "'realization_rate'", "did you mean 'realisation_rate'", "allowed: "],
    ),
    "column that names no specification": (
        ("columns: [r1_portfolio_shift, r2_peer_deviation]", "columns: [r1_portfolio_shift, r2_peer_deviations]"),
        ["config.yaml", "tables.main_regression.columns", "'r2_peer_deviations'", "did you mean 'r2_peer_deviation'"],
    ),
    "wrong value": (
        ("language: en", "language: fr"),
        ["config.yaml", "study.language", "'nl' or 'en'", "'fr'"],
    ),
    "duplicate key": (
        ("seed: 20200101", "seed: 20200101\nseed: 2"),
        ["config.yaml", "line 12", "'seed'", "twice", "keep one"],
    ),
    "code that YAML reads as an octal number": (
        ('reformed: ["016", ', "reformed: [016, "),
        ["config.yaml", "line 35", "'016'", "put it in quotes"],
    ),
    "raw files that are absent": (
        ("source: simulated", "source: open"),
        [
            "config.yaml",
            "data/raw/municipalities/*REFNIS*",
            "no study can do without it",
            "snakemake gather",
            "TU_COM_REFNIS.zip",
        ],
    ),
    "extends: a list": (
        ("    extends: r4_dispersion_change", "    extends: [r4_dispersion_change]"),
        ["config.yaml: specifications", "['r4_dispersion_change'] is not a specification"],
    ),
    "integer of 5000 digits": (("seed: 20200101", "seed: " + "9" * 5000), ["config.yaml", "not readable"]),
    "nested 3000 deep": (
        ("seed: 20200101", f"seed: {'[' * 3000}{']' * 3000}"),
        ["config.yaml: line ", "nested more than 100 deep"],
    ),
    "cluster that does not exist": (
        ("coast: {clusters: [V16]}", "coast: {clusters: [V61]}"),
        ["config.yaml: outliers.coast.clusters.0", "'V61'"],
    ),
    "claim that is not in the ledger": (("  D1: {rule", "  D9: {rule"), ["config.yaml: claims: 'D9'", "allowed: "]),
    "claim without its threshold": (
        ("[f6_budget_kept], threshold: 0.5", "[f6_budget_kept]"),
        ["config.yaml: claims.F6", "majority needs the key 'threshold'"],
    ),
    "claim on an unknown block": (
        ("block: politics", "block: politic"),
        ["config.yaml: claims.D1.block", "did you mean 'politics'"],
    ),
    "claim on an unknown term": (
        (
            "fanning_out, specifications: [s2_ceiling], term: log_population",
            "fanning_out, specifications: [s2_ceiling], term: log_populatio",
        ),
        ["config.yaml: claims.S2.term", "did you mean 'log_population'"],
    ),
    "files of a study that simulates": (
        ("on_absent: stop", "on_absent: stop\n  files: {cpi: elsewhere/*.json}"),
        ["config.yaml: data", "goes with source: open"],
    ),
    "years that the simulated country does not have": (
        ("[2020, 2023]", "[2020, 2093]"),
        ["config.yaml: period.post.years: 2093", "allowed: 2014 to 2025"],
    ),
    "path that matches nothing": (
        ("source: simulated", "source: open\n  files: {cpi: elsewhere/*.json}"),
        ["config.yaml", "data.files.cpi", "'elsewhere/*.json'", "correct the path or drop the key"],
    ),
}


def message_of(done) -> str:
    """What the terminal shows, without the engine's line on its profile. It must have failed without a traceback."""
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode != 0, lines
    message = "\n".join(line for line in lines if not line.startswith("Using workflow specific profile")).strip()
    assert message and "Traceback" not in message and "Building DAG" not in message, message
    assert 'File "' not in message, message
    return message


def assert_nothing_was_made(study) -> None:
    assert {path.name for path in study.folder.iterdir()} <= {"config.yaml", ".snakemake"}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_ends_with_its_message_before_anything_runs(new_study, mistake):
    (old, new), told = MISTAKES[mistake]
    study = new_study("mistaken")
    study.edit(old, new)
    message = message_of(study.run())
    assert [text for text in told if text not in message] == []
    lines = message.splitlines()
    assert lines[0].startswith("config.yaml: ") and len(lines) == len(set(lines))
    assert len(lines) == 1
    assert_nothing_was_made(study)


def test_a_file_that_is_absent_is_named_with_where_it_comes_from(study_copy):
    study_copy.edit("source: simulated", "source: open")
    sources = [path for path in study_copy.path("data/raw/simulated").iterdir() if path.is_dir()]
    for source in sources:
        if source.name != "staff":
            source.rename(study_copy.path("data/raw") / source.name)
    before = study_copy.files("results")
    message = message_of(study_copy.run())
    first, *rest = message.splitlines()
    assert "9 specifications lack data" in first  # five, the multiverses of three of them, and a figure
    assert all(
        words in rest[0]
        for words in ("vte_per_1000 needs source staff", "data/raw/staff/", "wanted by r1_portfolio_shift")
    )
    assert any(line.startswith("  staff: ") for line in rest) and "data.on_absent: refuse" in rest[-1]
    assert study_copy.files("results") == before


def test_a_mistake_is_found_where_results_exist_already(study_copy):
    study_copy.edit("columns: [r1_portfolio_shift, r2_peer_deviation]", "columns: [r1_portfolio_shift, r2_peer]")
    before = study_copy.files("results", "data")
    message_of(study_copy.run())
    assert study_copy.files("results", "data") == before


def test_no_rule_makes_a_file_of_a_name_that_the_configuration_has_not(finished_study):
    for target in ("tables/nonsense.csv", "figures/nonsense.svg", "estimates/nonsense.csv", "mergers/nonsense.csv"):
        done = finished_study.run("-n", f"results/{target}")
        told = done.stdout + done.stderr
        assert done.returncode != 0 and f"No rule to produce results/{target}" in told and "Traceback" not in told


def test_other_software_confirms_every_linear_specification(finished_study):
    rows = table(finished_study, "results/second_estimates.csv").set_index("specification")
    assert set(rows.index) == {
        name for name in SPECIFICATIONS if fit(finished_study, name)["estimator"] in ("ols", "panel_ols", "quantile")
    }
    estimated = rows[rows["status"] != "refused"]
    assert set(estimated["estimator"]) == {"ols", "panel_ols", "quantile"} and set(estimated["status"]) <= {
        "same",
        "estimate_same",
        "no_lower_loss",
    }
    assert estimated["digits_estimate"].dropna().ge(7).all()


def test_a_file_that_is_not_utf8_is_refused(new_study):
    study = new_study("mistaken")
    study.path("config.yaml").write_bytes(study.read("config.yaml").replace("toetsen", "toetsé").encode("latin-1"))
    done = study.run("-n")
    assert "is not UTF-8" in message_of(done)


def test_an_alias_bomb_is_refused_at_once(new_study):
    study = new_study("bomb")
    letters = "abcdefghi"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in zip(letters, letters[1:], strict=False)
    ]
    study.path("config.yaml").write_text("\n".join([*lines, study.read("config.yaml")]), encoding="utf-8")
    begin = time.monotonic()
    message = message_of(study.run())
    assert time.monotonic() - begin < 20  # without the guard it hangs for more than 40 s
    assert "line 2" in message and "aliases" in message and len(message.splitlines()) == 1
    assert_nothing_was_made(study)


BAD_FILE = "data/raw/simulated/bbc_accounts_by_field_operating/jr bv exploitatie 2014-2019.csv"


def test_a_bad_cell_in_a_raw_file_is_told_once_and_leaves_nothing(study_copy):
    nis = spoil_a_cell(study_copy)
    before = study_copy.files("results")
    done = study_copy.run()
    text = done.stdout + done.stderr
    assert done.returncode != 0 and "Traceback" not in text
    told = [line for line in text.splitlines() if "twaalf" in line]
    assert len(told) == 1, text
    assert "jr bv exploitatie 2014-2019.csv" in told[0] and "Uitgave" in told[0] and "Correct the file" in told[0]
    source = Path(BAD_FILE).parent.name
    for part in (f"parsed/{source}.parquet", f"checks/{source}.csv", f"notes/{source}.json"):
        assert not study_copy.path(f"data/processed/{part}").exists()
    after = study_copy.files("results")
    assert {key for key in after if after[key] != before.get(key)} == {f"results/logs/parse_source/{source}.log"}
    assert not [key for key in study_copy.files("data/processed", "results") if Path(key).name.startswith(".")]
    assert nis in told[0]


def spoil_a_cell(study) -> str:
    """Put a word into an export where an amount stood; the municipality."""
    lines = study.read(BAD_FILE).splitlines(keepends=True)
    row = next(number for number, line in enumerate(lines) if line.startswith("NIS-code")) + 3
    cells = lines[row].split(";")
    column = next(number for number, cell in enumerate(cells) if number > 0 and cell.strip())
    cells[column] = "twaalf"
    lines[row] = ";".join(cells)
    study.path(BAD_FILE).write_text("".join(lines), encoding="utf-8")
    return cells[0]
