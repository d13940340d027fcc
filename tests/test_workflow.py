"""The tiny study from nothing to its results: which files, what they say, and what a mistake looks like."""

import csv
import hashlib
import io
import json
import math
import re
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from matplotlib.image import imread

from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.study import load_study

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
SPECIFICATIONS = (
    "r1_portfolio_shift",
    "r2_peer_deviation",
    "r4_dispersion_change",
    "e1_dispersion_ratio",
    "s2_ceiling",
    "f6_budget_kept",
    "f8_shift_by_scale",
    "f8_operational_placebo",
    "p1_staff_by_scale",
)
TABLES = ("descriptives", "attrition", "main_regression", "attribution")
FIGURES = ("dispersion_by_field", "coefficients", "block_shares", "scale_ceiling")
SINGLE = (
    "indicators.csv",
    "data_quality.csv",
    "data_quality.html",
    "run_config.yaml",
    "claims.csv",
    "data_gaps.csv",
    "data_gaps.html",
    "provenance.json",
)
ESTIMATE_COLUMNS = ["equation", "term", "block", "estimate", "std_error", "statistic", "p_value"]
ESTIMATE_COLUMNS += ["ci_low", "ci_high", "standardised", "mde"]
FIT_KEYS = {"estimator", "covariance", "n_obs", "n_units", "n_clusters", "r2", "r2_adjusted", "r2_cv", "log_likelihood"}
FIT_KEYS |= {"aic", "warnings", "seed", "sample_sha256", "data_source"}
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
    expected |= {f"tables/{name}.{form}" for name in TABLES for form in ("tex", "html", "csv", "md")}
    expected |= {f"figures/{name}.{form}" for name in FIGURES for form in ("svg", "png")}
    expected |= {f"captions/{name}.table.rst" for name in TABLES}
    expected |= {f"captions/{name}.figure.rst" for name in FIGURES}
    expected |= set(SINGLE)
    found = {name.removeprefix("results/") for name in finished_study.files("results")}
    assert {name for name in found if not name.startswith("logs/")} == expected
    assert all(content for content in finished_study.files("results/tables", "results/figures").values())


def test_every_estimator_kind_and_rule_is_in_the_tiny_study(finished_study):
    from beleidsvrijheid.claims import RULES
    from beleidsvrijheid.estimators import COVARIANCES_OF
    from beleidsvrijheid.figures import KINDS

    config = yaml.safe_load(finished_study.read("results/run_config.yaml"))
    used = {name: fit(finished_study, name)["estimator"] for name in SPECIFICATIONS}
    assert set(used.values()) == set(COVARIANCES_OF)
    assert {fit(finished_study, name)["status"] for name in SPECIFICATIONS} == {"estimated"}
    assert {figure["kind"] for figure in config["figures"].values()} == set(KINDS)
    assert {one["kind"] for one in config["tables"].values()} == set(TABLES) - {"main_regression"} | {"regression"}
    assert {claim["rule"] for claim in config["claims"].values()} == set(RULES)


def test_columns_and_keys_are_those_of_the_contract(finished_study):
    for name in SPECIFICATIONS:
        assert list(table(finished_study, f"results/estimates/{name}.csv"))[:-1] == ESTIMATE_COLUMNS
        assert set(fit(finished_study, name)) >= FIT_KEYS
        attribution = list(table(finished_study, f"results/attribution/{name}.csv"))
        assert attribution[:-1] == ["block", "r2_share", "ci_low", "ci_high", "unique", "shared", "cv_share"]
    columns = ["level", "nis", "beleidsveld", "year", "period", "indicator", "value", "data_source"]
    assert list(table(finished_study, "results/indicators.csv")) == columns


# What they say


def test_every_result_says_that_its_data_are_simulated(finished_study):
    silent = []
    for name, content in finished_study.files("results").items():
        if name.endswith(".csv"):
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
            labels = {row["data_source"] for row in rows}
            silent += [] if labels == {SIMULATED} and b"data_source" in content.split(b"\n")[0] else [name]
        elif name.endswith((".json", ".html", ".tex", ".md", ".svg", ".yaml", ".rst")):
            silent += [] if SIMULATED in content.decode("utf-8") else [name]
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
    for name in SPECIFICATIONS:
        steps = table(finished_study, f"results/samples/{name}.csv")
        assert steps["step"].iloc[0] == "start" and (steps["rows_out"] <= steps["rows_in"]).all()
        for before, after in zip(steps[:-1].itertuples(), steps[1:].itertuples(), strict=True):
            assert after.step == "start" or after.rows_in == before.rows_out
        estimator = fit(finished_study, name)["estimator"]
        if not estimator.startswith("dispersion"):  # these have a chain per field
            assert (steps["step"] == "start").sum() == 1
            assert steps["rows_out"].iloc[-1] == fit(finished_study, name)["n_obs"]


def test_claims_have_a_verdict_and_the_numbers_it_rests_on(finished_study):
    claims = table(finished_study, "results/claims.csv")
    columns = ["claim_id", "statement", "verdict", "statistic", "threshold", "specification", "reason", "data_source"]
    assert list(claims) == columns
    assert list(claims["claim_id"]) == ["F2", "F4", "F6", "F8", "S2", "P1", "D1"]
    assert set(claims["verdict"]) <= VERDICTS - {"not_testable"}
    assert claims.notna().all(axis=None)
    rows = claims.set_index("claim_id")
    ratio = table(finished_study, "results/estimates/e1_dispersion_ratio.csv").set_index(["equation", "term"])
    assert rows.at["F2", "statistic"] == ratio.at[("reformed", "log_sd_ratio"), "estimate"]
    assert rows.at["F4", "statistic"] == fit(finished_study, "r1_portfolio_shift")["residual_r2"]["r2"]
    named = {name for names in claims["specification"] for name in names.split()}
    assert named <= set(SPECIFICATIONS)


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
    assert set(run) == set(written) | {"refused"} and run["refused"] == {}
    child, parent = (run["specifications"][name] for name in ("f8_operational_placebo", "f8_shift_by_scale"))
    assert {key for key in parent if parent[key] != child[key]} == {"label", "outcome", "beleidsveld"}
    assert run["specifications"]["r1_portfolio_shift"]["blocks"] == written["blocks"]
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
            "inference": {"draws": 299, "confidence": 0.95},
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


def key_numbers(study) -> dict[str, float]:
    """Estimates, errors and fits that do not rest on an order statistic of few draws."""
    numbers = {}
    for name in SPECIFICATIONS:
        estimates = table(study, f"results/estimates/{name}.csv")
        for row in estimates.itertuples():
            if row.term == "const" or row.term.startswith("belfius_family="):
                continue
            if fit(study, name)["estimator"].startswith("dispersion") and row.equation not in ("070", "reformed"):
                continue
            key = f"{name} {row.equation} {row.term}"
            numbers |= {f"{key} {column}": getattr(row, column) for column in ("estimate", "std_error")}
        record = fit(study, name)
        numbers |= {f"{name} {key}": record[key] for key in ("n_obs", "r2", "r2_cv") if record[key] is not None}
        residual = record["residual_r2"] or {}
        numbers |= {f"{name} residual_{key}": residual[key] for key in ("r2", "ci_low", "ci_high") if key in residual}
        blocks = table(study, f"results/attribution/{name}.csv").itertuples()
        numbers |= {f"{name} share of {row.block}": row.r2_share for row in blocks}
    return {key: float(value) for key, value in numbers.items() if not math.isnan(value)}


def test_numbers_and_verdicts_are_those_of_before(finished_study):
    expected = yaml.safe_load((HERE / "study" / "expected" / "numbers.yaml").read_text(encoding="utf-8"))
    claims = table(finished_study, "results/claims.csv")
    verdicts = dict(zip(claims["claim_id"], claims["verdict"], strict=True))
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
    words = {"tables", "figures", "captions", "claims.csv", "run_config.yaml", "data_quality.html", "data_gaps.html"}
    assert folders - {"logs"} == words
    dutch = study_copy.read("results/tables/main_regression.html")
    assert "Ambtelijke capaciteit" in dutch and "Administrative capacity" not in dutch
    assert "VTE per 1000 inwoners" in dutch and "0,0" in dutch
    # Ids and decimal points in every CSV; what is shown as text follows the language.
    english, other = (table(study, "results/tables/main_regression.csv") for study in (finished_study, study_copy))
    pd.testing.assert_frame_equal(english.drop(columns="text"), other.drop(columns="text"))
    claims = table(study_copy, "results/claims.csv")
    assert claims["statement"].iloc[-1] == "Politieke verandering verklaart weinig"
    assert list(claims["verdict"]) == list(table(finished_study, "results/claims.csv")["verdict"])


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
        ["config.yaml", "line 34", "'016'", "put it in quotes"],
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
        ["config.yaml", "not readable", "recursion"],
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
    assert "3 specifications lack data" in first
    assert all(
        words in rest[0] for words in ("vte_per_1000 needs source staff", "data/raw/staff/", "p1_staff_by_scale")
    )
    assert any(line.startswith("  staff: ") for line in rest) and "data.on_absent: refuse" in rest[-1]
    assert study_copy.files("results") == before


def test_a_mistake_is_found_where_results_exist_already(study_copy):
    study_copy.edit("columns: [r1_portfolio_shift, r2_peer_deviation]", "columns: [r1_portfolio_shift, r2_peer]")
    before = study_copy.files("results", "data")
    message_of(study_copy.run())
    assert study_copy.files("results", "data") == before


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
