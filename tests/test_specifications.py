"""docs/specifications.md: every worked swap is run as it stands on the page, and shows in the numbers that it took effect."""

import json
import re
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.configuration import merge, read_text, read_yaml, validate
from beleidsvrijheid.configuration.multiverse import Constraint, Multiverse
from beleidsvrijheid.configuration.specification import Covariance, SampleRules, Specification
from beleidsvrijheid.configuration.study import OwnIndicator
from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.planning import is_finer
from beleidsvrijheid.study import load_study

from .conftest import ROOT, Study

PAGE = (ROOT / "docs/specifications.md").read_text(encoding="utf-8")
SWAPS = dict(re.findall(r"^## (\d+\. [^\n]+)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))
HERE = {name.partition(".")[0]: section for name, section in SWAPS.items()}
REBUILD, OTHER_GEOGRAPHY = ("8", "11", "12"), "4"
OWN, LEFT_OUT = "digital_counter", 7  # municipalities that the tidy file of the test does not have


def fragment(section: str) -> dict:
    """The YAML of a swap, as it stands on the page."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return yaml.safe_load(text)


FRAGMENTS = {number: fragment(section) for number, section in HERE.items()}
ON_VINTAGES = "\n### Municipalities as a choice"
MULTIVERSE = fragment(PAGE[PAGE.index("\n## The multiverse") : PAGE.index(ON_VINTAGES)])
VINTAGES = fragment(PAGE[PAGE.index(ON_VINTAGES) :])
SHARED = [number for number in FRAGMENTS if number not in (*REBUILD, OTHER_GEOGRAPHY)]


def added(*numbers: str) -> list[str]:
    """Specifications that swaps add."""
    return [name for number in numbers for name in FRAGMENTS[number].get("specifications", {})]


def merged(content: dict, *numbers: str) -> dict:
    for number in numbers:
        content = merge(content, FRAGMENTS[number])
    return content


class Swapped:
    """A copy of the finished tiny study with some swaps in its configuration, run as far as they need."""

    def __init__(self, study: Study, numbers: list[str], *targets: str) -> None:
        self.study = study
        content = merged(yaml.safe_load(study.read("config.yaml")), *numbers)
        study.path("config.yaml").write_text(
            yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        paths = [f"results/estimates/{name}.csv" for name in added(*numbers)]
        printed = study.complete(*paths, *targets)
        self.jobs = set(re.findall(r"^Job \d+: (.+)$", printed, re.MULTILINE))

    def fit(self, name: str) -> dict:
        fit = json.loads(self.study.read(f"results/fits/{name}.json"))
        assert fit["status"] == "estimated", fit["reason"]
        return fit

    def table(self, kind: str, name: str) -> pd.DataFrame:
        return pd.read_csv(self.study.path(f"results/{kind}/{name}.csv"))

    def terms(self, name: str) -> set[str]:
        return set(self.table("estimates", name)["term"])

    def lost(self, name: str, reason: str) -> int:
        """Rows that the step of the ledger with this reason costs."""
        ledger = self.table("samples", name)
        (row,) = ledger[ledger["reason"].str.startswith(reason)].itertuples()
        return row.rows_in - row.rows_out

    def panel(self, indicator: str) -> pd.DataFrame:
        panel = pd.read_parquet(self.study.path("data/processed/panel.parquet"))
        return panel[panel["indicator"] == indicator]

    def static(self, indicator: str, beleidsveld: str = "") -> pd.Series:
        rows = self.panel(indicator)
        rows = rows[rows["year"].isna() & (rows["beleidsveld"] == beleidsveld)]
        return rows.set_index("nis")["value"]


@pytest.fixture(scope="module")
def study_copy(finished_study, tmp_path_factory):
    """Copies of the finished study, one per run: study_copy("a name"). By this name a worker does them with the reruns."""
    parent = tmp_path_factory.mktemp("swaps")

    def copy(name: str) -> Study:
        shutil.copytree(finished_study.folder, parent / name, copy_function=shutil.copy2)
        return Study(parent / name, finished_study.project)

    yield copy
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def shared(study_copy) -> Swapped:
    """All swaps that leave the panel as it is, in one run."""
    return Swapped(study_copy("shared"), SHARED, "results/multiplicity/my_fields.csv")


@pytest.fixture(scope="module")
def rebuilt(study_copy) -> Swapped:
    """The swaps that change the panel of the same municipalities, in one run."""
    study = study_copy("rebuilt")
    units = pd.read_parquet(study.path("data/processed/units.parquet"))["nis_285"].drop_duplicates().sort_values()
    values = np.random.default_rng(1).uniform(0, 1, len(units)).round(4)
    table = pd.DataFrame({"nis": units, "indicator": OWN, "value": values})[LEFT_OUT:]
    folder = study.path("data/raw/own_indicators")
    folder.mkdir()
    table.to_csv(folder / "tidy.csv", index=False)
    return Swapped(study, list(REBUILD))


@pytest.fixture(scope="module")
def on_308(study_copy) -> Swapped:
    return Swapped(study_copy("308"), [OTHER_GEOGRAPHY])


# The page and its fragments


def test_the_page_has_twelve_swaps_each_with_what_to_know():
    assert list(HERE) == [str(number) for number in range(1, 13)]
    for section in HERE.values():
        assert all(f"\n- {word}: " in section for word in ("Runs", "Look at", "Mind"))
    names = [name for number in FRAGMENTS for name in added(number)]
    assert len(names) == len(set(names)) and all(name.startswith("my_") for name in names)


@pytest.mark.parametrize("numbers", [[OTHER_GEOGRAPHY], [one for one in FRAGMENTS if one != OTHER_GEOGRAPHY]])
def test_the_fragments_fit_the_shipped_configuration(numbers, tmp_path, monkeypatch):
    content = merged(read_yaml(read_text(ROOT / "config.yaml"), "config.yaml"), *numbers)
    content["data"]["on_absent"] = "refuse"  # the file of the own indicator is not there
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    study = load_study(ROOT, Path("."), {})
    refused = {"my_indicator"} & set(added(*numbers))
    assert set(added(*numbers)) - set(study.estimable) == refused


def test_what_is_added_runs_alone(shared):
    assert shared.jobs == {f"Estimate {name}" for name in added(*SHARED)} | {"Adjust the p-values of family my_fields"}


def test_what_changes_the_panel_runs_what_is_needed(rebuilt, on_308):
    panel = {"Put every source on the study's municipalities", "Build the indicators"}
    estimates = {f"Estimate {name}" for name in added(*REBUILD)}
    assert rebuilt.jobs == {"Parse own_indicators", *panel, *estimates}
    assert on_308.jobs == {*panel, "Estimate my_308"}


# One test per swap: the number that says that it took effect


def test_1_another_outcome(shared):
    before, after = shared.fit("r1_portfolio_shift"), shared.fit("my_outcome")
    assert (before["outcome"], after["outcome"]) == ("portfolio_shift", "aitchison_shift")
    assert after["n_obs"] == before["n_obs"] and after["r2"] != before["r2"]


def test_2_another_measure_of_capacity(shared):
    swapped = {"vte_per_1000": "log_vte"}
    assert shared.terms("my_capacity") == {swapped.get(term, term) for term in shared.terms("r1_portfolio_shift")}


def test_3_without_the_coast(shared):
    coast = int((shared.static("belfius_cluster") == 16).sum())
    assert coast > 3 and shared.lost("my_without_coast", "coast: ") == coast
    assert shared.fit("my_without_coast")["n_obs"] == shared.fit("r1_portfolio_shift")["n_obs"] - coast


def test_4_on_308_municipalities(on_308):
    fit, smallest = on_308.fit("my_308"), on_308.lost("my_308", "smallest: ")
    assert fit["n_obs"] == 308 - smallest and on_308.static("log_population").size == 308
    years = on_308.panel("vte_per_1000")["year"].dropna()
    assert years.max() == 2018  # later years are on merged codes
    study = on_308.study
    refused = load_study(study.project, study.folder, {}).refused
    assert (
        "my_308" not in refused and "vintage 308 is finer and units are never split" in refused["r1_portfolio_shift"][0]
    )


def test_5_logarithms(shared):
    names = {"vte_per_1000": "log(vte_per_1000)", "electoral_volatility": "log1p(electoral_volatility)"}
    assert shared.terms("my_logs") == {names.get(term, term) for term in shared.terms("r1_portfolio_shift")}


def test_6_quantiles(shared):
    table = shared.table("estimates", "my_quantiles")
    assert {"quantile_0.25", "quantile_0.5", "quantile_0.75"} <= set(table["equation"])
    slopes = table[table["term"] == "log_population"].set_index("equation")["estimate"]
    assert slopes["quantile_0.25"] != slopes["quantile_0.75"]


def test_7_wild_bootstrap(shared):
    before, after = (shared.table("estimates", name) for name in ("r2_peer_deviation", "my_wild_bootstrap"))
    assert (
        "webb" in shared.fit("my_wild_bootstrap")["covariance"]
        and "999" in shared.fit("my_wild_bootstrap")["covariance"]
    )
    assert np.allclose(before["estimate"], after["estimate"], rtol=1e-8)
    assert np.allclose(before["std_error"], after["std_error"], rtol=1e-8)
    p = after["p_value"].dropna()
    assert (before.loc[p.index, "p_value"] != p).all() and np.allclose(p * 1000, (p * 1000).round())


def test_8_another_date_of_the_reform(rebuilt, shared):
    def first(study):
        rows = study.panel("post_reform")
        return int(rows.loc[rows["value"] == 1, "year"].min())

    assert (first(shared), first(rebuilt)) == (2016, 2017)
    before, after = shared.table("estimates", "r2_peer_deviation"), rebuilt.table("estimates", "my_later_reform")
    assert list(before["term"]) == list(after["term"]) and not np.allclose(before["estimate"], after["estimate"])
    rows = rebuilt.panel("real_spending").query("beleidsveld == '073'")
    wide = rows.pivot_table(index="nis", columns="year", values="value")[[2014, 2015]]
    wide = wide[(wide > 0).all(axis=1)]
    found = rebuilt.table("estimates", "my_fake_date").query("equation == '073'").set_index("term")["estimate"]
    assert found["cv_pre"] == pytest.approx(wide[2014].std() / wide[2014].mean(), rel=1e-8)
    assert found["cv_post"] == pytest.approx(wide[2015].std() / wide[2015].mean(), rel=1e-8)


def test_9_weighted_by_population(shared):
    frame = pd.DataFrame(
        {
            "x": shared.static("log_population"),
            "w": shared.static("population"),
            "y": shared.static("portfolio_shift", "domains"),
        }
    ).dropna()
    frame = frame[frame["w"] >= 1000]
    x = frame["x"] - np.average(frame["x"], weights=frame["w"])
    by_hand = (frame["w"] * x * frame["y"]).sum() / (frame["w"] * x * x).sum()
    row = shared.table("estimates", "my_weights").set_index("term").loc["log_population"]
    assert row["estimate"] == pytest.approx(by_hand, rel=1e-8)
    plain = shared.table("estimates", "f8_shift_by_scale").set_index("term").loc["log_population"]
    assert row["estimate"] != pytest.approx(plain["estimate"], rel=1e-3)


def test_10_field_by_field(shared):
    assert [shared.fit(name)["beleidsveld"] for name in added("10")] == ["072", "073", "074"]
    family = shared.table("multiplicity", "my_fields")
    assert set(family["specification"]) == set(added("10"))
    holm = family.sort_values("p_value")
    expected = np.minimum(1, np.maximum.accumulate(holm["p_value"].to_numpy() * [3, 2, 1]))
    assert np.allclose(holm["holm_p"], expected)


def test_11_without_mixed_clusters(rebuilt):
    mixed = set(rebuilt.static("is_mixed").loc[lambda flags: flags == 1].index)
    assert len(mixed) > 3 and rebuilt.lost("my_without_mixed", "mixed_mergers: ") == len(mixed)


def test_12_an_indicator_of_your_own(rebuilt):
    assert OWN in rebuilt.terms("my_indicator")
    assert rebuilt.lost("my_indicator", OWN) == LEFT_OUT
    values = pd.read_csv(rebuilt.study.path("data/raw/own_indicators/tidy.csv"), dtype={"nis": str})
    found = rebuilt.static(OWN)
    assert found.to_dict() == values.set_index("nis")["value"].to_dict()


# The reference


def keys_of(heading: str) -> dict[str, str]:
    """Key -> allowed values, of the table with this heading."""
    text = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines()[2:]]
    return {row[0].strip("| `"): row[1] for row in cells}


def literals(annotation) -> set[str]:
    """Every word that a type allows."""
    if isinstance(annotation, str):
        return {annotation}
    return set().union(*(literals(one) for one in get_args(annotation))) if get_args(annotation) else set()


def table_and_model(heading, model, more=(), untold=()):
    table = keys_of(heading)
    assert set(table) == {*model.model_fields, *more}
    for name, field in model.model_fields.items():
        words = literals(field.annotation) if name not in untold else set()
        assert not {word for word in words if f"`{word}`" not in table[name] and word not in table[name]}, name


def test_the_reference_has_every_key_and_every_allowed_word():
    # What an estimator is and which covariances go with it have a table of their own.
    table_and_model("key of a specification", Specification, more=["extends"], untold=["estimator"])
    table_and_model("key of `covariance`", Covariance, untold=["type"])
    table_and_model("key of `sample`", SampleRules)
    table_and_model("key of an entry of `own_indicators`", OwnIndicator)
    table_and_model("key of a multiverse", Multiverse)
    assert {f"`{name}`" for name in Constraint.model_fields} <= set(
        re.findall(r"`\w+`", keys_of("key of a multiverse")["without"])
    )


def test_the_reference_has_every_estimator_with_its_covariances():
    table = keys_of("estimator")
    assert list(table) == list(ESTIMATORS)
    for name, estimator in ESTIMATORS.items():
        assert re.findall(r"`(\w+)`", table[name]) == list(estimator.covariances), name


def test_sources_that_308_municipalities_cannot_have_are_named():
    section = HERE[OTHER_GEOGRAPHY]
    told = set(re.findall(r"`(\w+)`", section.split("These sources")[1].split("Whatever needs")[0]))
    sources = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
    finer = {name for name, source in sources.items() if is_finer(308, source.geography)}
    assert told == {name for name in finer if not name.startswith("bbc_")}
    assert any(name.startswith("bbc_") for name in finer) and "`bbc_*`" in section


def test_the_multiverse_of_the_page_is_one():
    content = merge(read_yaml(read_text(ROOT / "config.yaml"), "config.yaml"), MULTIVERSE)
    assert set(validate(content).multiverse["my_multiverse"].axes) == {"measure", "errors"}


def test_the_multiverse_over_vintages_of_the_page_is_one(tmp_path, monkeypatch):
    content = merge(read_yaml(read_text(ROOT / "config.yaml"), "config.yaml"), VINTAGES)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    study = load_study(ROOT, Path("."), {})
    assert study.vintages == study.multiverses["my_mergers"].vintages == [300, 308]
    assert len(study.multiverses["my_mergers"].cells) == 6
    # Swaps to other municipalities keep it: what was another vintage is then the study's.
    study = load_study(ROOT, Path("."), FRAGMENTS[OTHER_GEOGRAPHY])
    assert study.multiverses["my_mergers"].vintages == [300]
