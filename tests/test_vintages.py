"""Municipalities as a choice of a multiverse: what a cell says is what a study on these municipalities says."""

import json
import re

import pandas as pd
import pytest
import yaml

from beleidsvrijheid.study import load_study

pytestmark = pytest.mark.slow

NAME, VINTAGE = "staff_and_scale", 300
FOLDER = f"data/processed/vintages/{VINTAGE}"
NUMBERS = ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "standardised")


def municipalities(path) -> set[str]:
    panel = pd.read_parquet(path)
    return set(panel.loc[panel["level"] == "municipality", "nis"])


def test_every_cell_is_that_specification_in_a_study_on_its_municipalities(study_copy):
    cells = load_study(study_copy.project, study_copy.folder, {}).multiverses[NAME].cells
    there = [cell for cell in cells if cell.vintage == VINTAGE]
    assert len(there) == len(cells) / 2 > 1
    # A study of these specifications alone, on those municipalities; nothing else in it can be estimated on them.
    content = yaml.safe_load(study_copy.read("config.yaml"))
    content["geography"]["vintage"], content["data"]["on_absent"] = VINTAGE, "refuse"
    content["specifications"] |= {f"cell_{cell.id}": cell.specification for cell in there}
    plain = json.loads(json.dumps(content))  # the same value twice would become an alias
    study_copy.path("config.yaml").write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")
    chunk = pd.read_parquet(study_copy.path(f"data/processed/multiverse/{NAME}/part_001.estimates.parquet"))
    panel, rules = (study_copy.path(f"{FOLDER}/{name}").read_bytes() for name in ("panel.parquet", "exclusions.json"))
    printed = study_copy.complete(*(f"results/estimates/cell_{cell.id}.csv" for cell in there))
    jobs = set(re.findall(r"^Job \d+: (.+)$", printed, re.MULTILINE))
    built = {"Put every source on the study's municipalities", "Build the indicators"}
    assert jobs == {*built, *(f"Estimate cell_{cell.id}" for cell in there)}
    for cell in there:
        own = chunk.set_index("cell").loc[cell.id]
        alone = pd.read_csv(study_copy.path(f"results/estimates/cell_{cell.id}.csv")).set_index("term").loc[cell.focal]
        assert own["status"] == "estimated" and own["n_units"] > 285
        # Published numbers have ten digits.
        assert {name: own[name] for name in NUMBERS} == pytest.approx(alone[list(NUMBERS)].to_dict(), rel=1e-9)
    # The panel of the vintage is that of such a study, byte for byte.
    assert study_copy.path("data/processed/panel.parquet").read_bytes() == panel
    assert study_copy.path("data/processed/exclusions.json").read_bytes() == rules


def test_a_vintage_has_its_own_panel_and_ledger_and_publishes_no_indicators(finished_study):
    units = pd.read_parquet(finished_study.path("data/processed/units.parquet"))
    assert municipalities(finished_study.path(f"{FOLDER}/panel.parquet")) == set(units[f"nis_{VINTAGE}"])
    assert municipalities(finished_study.path("data/processed/panel.parquet")) == set(units["nis_285"])
    published = pd.read_csv(finished_study.path("results/indicators.csv"), dtype={"nis": str}, usecols=["nis"])
    assert set(published["nis"].dropna()) == set(units["nis_285"])
    found = {path.name for path in finished_study.path(FOLDER).iterdir()}
    assert found == {"harmonised", "ledger.csv", "panel.parquet", "exclusions.json"}
    ledger = pd.read_csv(finished_study.path(f"{FOLDER}/ledger.csv"))
    sources = {path.stem for path in finished_study.path(f"{FOLDER}/harmonised").iterdir()}
    assert set(ledger["source"]) == sources and "staff" in sources
    # What comes on 285 municipalities only cannot be split, and is not there.
    assert not any(source.startswith("bbc_") for source in sources)
    assert ledger.query("source == 'population' and step == 'coverage'")["rows_out"].tolist() == [VINTAGE]


def test_the_curve_tells_vintages_apart(finished_study):
    curve = pd.read_parquet(finished_study.path(f"results/multiverse/{NAME}/curve.parquet"))
    sizes = curve.groupby(["axis_sample", "axis_municipalities"])["n_units"].first().unstack()
    assert (sizes["before_2025"] > sizes["after_2025"]).all()
    record = pd.read_csv(finished_study.path(f"results/multiverse/{NAME}/record.csv")).iloc[0]
    assert (record["n_samples"], record["n_lowest"], record["n_highest"]) == (4, sizes.min().min(), sizes.max().max())
    samples = pd.read_csv(finished_study.path(f"results/multiverse/{NAME}/samples.csv"))
    assert samples.loc[samples["step"] == "start", "rows_in"].tolist() == [285, 285, VINTAGE, VINTAGE]
