"""The parsers, the geography and the whole study on real figures; skipped with a reason where these are absent.

Numbers worked out by hand are those of the project's design notes; what the pipeline computes may be stated here, rows may not.
"""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.diagnostics.spatial import queen_neighbours
from beleidsvrijheid.harmonise import harmonise, population_on, with_euros
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel
from beleidsvrijheid.quality import compare_totals
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.study import load_study

from .. import browser as driving
from ..merged_figures import compare, content_of, drawn_groups, merged_by_library
from .replication_tables import beside_cells, candidate_cells, claim_cells, r2_cells

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(real_data, tmp_path_factory):
    """A study folder whose configuration points at the real figures, wherever they are."""
    folder = tmp_path_factory.mktemp("real")
    text = (ROOT / "tests/real/config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(text.replace("../../../shared/real", str(real_data)), encoding="utf-8")
    (folder / "plan.sha256").write_bytes((ROOT / "tests/real/plan.sha256").read_bytes())
    return folder


@pytest.fixture(scope="module")
def tables(folder):
    """units, and per source the parsed and the harmonised table."""
    from beleidsvrijheid.sources.municipalities import parse as parse_municipalities

    files = {name: [Path(path) for path in paths] for name, paths in load_study(ROOT, folder, {}).files.items()}
    units = parse_municipalities(files["municipalities"][0], ROOT / "workflow/tables/mergers.csv")
    names = read_table(ROOT / "workflow/tables/municipality_aliases.csv")
    population = parse(SOURCES["population"], files["population"], Reference(units, names)).table
    people = population_on(population, units, 285)
    aliases = read_table(ROOT / "workflow/tables/party_aliases.csv")
    parsed, harmonised = {}, {}
    for name in sorted(set(files) - {"municipalities"}):
        finance = people if SOURCES[name].table == "finance" else None
        parsed[name] = parse(SOURCES[name], files[name], Reference(units, names, finance)).table
        harmonised[name] = harmonise(parsed[name], SOURCES[name], units, population, 285, aliases)[0]
    return units, people, parsed, harmonised


def test_counts_per_source(tables):
    units, people, parsed, harmonised = tables
    assert [units[f"nis_{vintage}"].nunique() for vintage in (308, 300, 285)] == [308, 300, 285]
    rows = {
        "bbc_plans_by_field_investment": 92242,
        "bbc_plans_by_account_investment": 67519,
        "bbc_accounts_by_account_investment": 55742,
        "belfius_clusters": 308,
        "council_seats": 2273,
        "college_spells": 299,
        "flemish_parliament_votes": 7161,
        "population": 7909,
        "cpi": 15,
        "income": 2772,
        "centre_function": 285,
        "geometry": 308 + 300 + 285,
        "election_lists": 1624 + 1451,
    }
    assert {name: len(table) for name, table in parsed.items()} == rows
    complete = set(rows) - {"cpi", "college_spells", "council_seats"}
    assert {harmonised[name]["nis"].nunique() for name in complete} == {285}
    # One executive is not in the source (the largest part of a merger); eight councils do not add up to their size.
    assert harmonised["college_spells"]["nis"].nunique() == 284
    assert harmonised["council_seats"]["nis"].nunique() == 277
    assert len(people) == 285 * 17


def test_any_distance_up_to_ten_metres_gives_the_same_neighbours(tables):
    pairs = {}
    for vintage, own in tables[2]["geometry"].groupby("vintage"):
        shapes = list(own["nis"]), list(own["geometry"])
        pairs[vintage] = [len(queen_neighbours(*shapes, metres)) // 2 for metres in (0.0, 1.0, 5.0, 10.0, 25.0)]
    assert pairs == {308: [828] * 4 + [830], 300: [804] * 4 + [806], 285: [758] * 4 + [759]}


def test_mixed_mergers(tables):
    clusters = tables[3]["belfius_clusters"]
    assert clusters["is_mixed"].sum() == 18


def test_field_totals_against_account_totals_per_plan(tables):
    _, people, parsed, _ = tables
    names = ("bbc_plans_by_field_investment", "bbc_plans_by_account_investment")
    rows = pd.DataFrame(compare_totals(*(with_euros(parsed[name], people) for name in names)))
    counts = rows[rows["nis"].isna()]
    plans = counts[counts["year"].isna()].set_index("reason")
    share = 1 - plans["n_failed"] / plans["n_checked"]
    assert share["rapportjaar 2014, all years"] == pytest.approx(0.923, abs=5e-4)
    assert share["rapportjaar 2020, all years"] == pytest.approx(0.950, abs=5e-4)
    worst = counts[counts["year"] == 2016].iloc[0]
    assert (worst["n_checked"] - worst["n_failed"], worst["n_checked"]) == (209, 285)
    assert len(rows[rows["nis"].notna()]) == plans["n_failed"].sum()


def test_portfolio_shift_as_computed_by_hand(tables, folder):
    units, _, _, harmonised = tables
    config = load_study(ROOT, folder, {}).configuration.model_dump()
    panel = build_panel(Inputs(harmonised, units, read_table(ROOT / "workflow/tables/policy_fields.csv"), config))
    own = panel[panel["indicator"] == "portfolio_shift"].groupby("beleidsveld")["value"]
    assert own.mean().round(3).to_dict() == {"domains": 0.306, "all_stable": 0.422, "reformed": 0.377}
    assert own.count()["domains"] == 285 and round(own.std()["domains"], 3) == 0.115
    change = panel[panel["indicator"] == "own_change"].groupby("beleidsveld")["value"].count()
    assert [change[code] for code in ("070", "071", "073", "087/8", "086", "016")] == [271, 152, 106, 27, 6, 5]


def _asked(claim: dict) -> set[tuple]:
    """What a claim is held against: its rule and thresholds, and those of its rows and parts; not by which specification."""
    keys = ("equation", "term", "test", "expect", "bound", "threshold", "block")
    own = {("", claim["rule"], *(claim.get(key) for key in ("equation", "term", "block", "threshold")))}
    rows = {(kind, *(row.get(key) for key in keys)) for kind in ("rows", "quoted") for row in claim.get(kind) or []}
    return own | rows | {one for part in claim.get("parts") or [] for one in _asked(part)}


def test_claims_have_the_rules_and_thresholds_of_the_default_study():
    real, default = (
        yaml.safe_load((ROOT / f"{folder}config.yaml").read_text(encoding="utf-8")) for folder in ("tests/real/", "")
    )
    assert real["claims"].keys() == default["claims"].keys() and real["equivalence"] == default["equivalence"]
    for name, claim in default["claims"].items():
        if name == "S1":  # operating spending is absent, and planned investment is another outcome
            assert real["claims"][name]["rule"] == "silent"
        else:
            assert _asked(real["claims"][name]) == _asked(claim), name
    candidates = {name: study["replication"]["candidates"] for name, study in (("real", real), ("default", default))}
    for name, findings in candidates["default"].items():
        for finding in ("used_beyond_formal", "formal_stimulates", "little_explained"):
            assert _asked(candidates["real"][name][finding]) == _asked(findings[finding]), f"{name} {finding}"


@pytest.fixture(scope="module")
def results(folder, snakemake_run):
    """Results of the whole study."""
    run = snakemake_run(folder)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return folder / "results"


@pytest.mark.slow
def test_the_study_passes_with_the_sources_that_are_there(results):
    gaps = pd.read_csv(results / "data_gaps.csv", keep_default_na=False).set_index("indicator")
    absent = ["vte_per_1000", "vte_growth_5y", "reform_dose", "new_mayor", "new_mayor_party", "coalition_change"]
    assert set(gaps.loc[absent, "status"].astype(str)) == {"absent"}
    by_source = gaps[gaps["construct"] == "source"].set_index("source")["status"]
    lacking = ["staff", "mandates", "gemeentefonds", "election_results", "bbc_accounts_by_field_operating"]
    assert set(by_source[lacking]) == {"absent"} and by_source["bbc_plans_by_field_investment"] == "present"
    for name in ("r1_portfolio_shift", "p1_staff_by_scale"):
        assert gaps.at[name, "reason"].startswith("refused: ") and "staff" in gaps.at[name, "reason"]
        assert not (results / f"estimates/{name}.csv").exists()
    assert "SIMULATED" not in (results / "tables/main_regression.md").read_text(encoding="utf-8")
    samples = pd.read_csv(results / "samples/plan_portfolio_shift.csv")
    assert (samples["rows_in"].iloc[0], samples["rows_out"].iloc[-1]) == (285, 274)


@pytest.mark.slow
def test_what_came_after_the_first_sight_of_these_figures_is_a_deviation(results):
    told = pd.read_csv(results / "deviations.csv").groupby(["kind", "section"])["key"].apply(set)
    assert told["changed", "claims"] == {"D1", "F2", "F4", "F6", "F8", "P1", "S2"}
    assert {"F3", "D3", "I1", "P4", "M3"} <= told["added", "claims"] and ("removed" not in told)
    assert not told.get(("changed", "specifications")) and "facility" in told["added", "outliers"]
    claims = pd.read_csv(results / "claims.csv").set_index("claim_id")["deviations"]
    assert claims.notna().all() and "claims.F3 (added)" in claims["F3"] and "k1_random_slope (added)" in claims["F3"]


@pytest.mark.slow
def test_a_claim_without_its_source_names_the_file(results):
    claims = pd.read_csv(results / "claims.csv").set_index("claim_id")
    counts = {"not_testable": 17, "undetermined": 8, "supported": 4, "contradicted": 2}
    assert len(claims) == 31 and claims["verdict"].value_counts().to_dict() == counts
    named = {"F1": "gemeentefonds", "F5": "staff", "F7": "debt", "S1": "bbc_accounts_by_field_operating", "P1": "staff"}
    named |= {"S3": "staff", "S4": "bbc_accounts_by_field_operating", "P2": "staff", "P3": "tax_rates", "P4": "staff"}
    named |= {"D2": "mandates", "G1": "gemeentefonds", "G2": "bbc_accounts_by_account_operating", "O1": "staff"}
    named |= {"M1": "bbc_accounts_by_field_operating"}
    for claim, source in named.items():
        assert claims.at[claim, "verdict"] == "not_testable" and source in claims.at[claim, "reason"], claim
    paths = pd.read_csv(results / "qca/scale_and_realisation_solutions.csv")
    paths = paths[(paths["outcome"] == "outcome") & (paths["term"] != "solution")]
    assert set(paths.groupby(["solution", "model"])["term"].apply(lambda own: own.str.contains("~scale").sum())) == {2}
    assert not paths["term"].str.replace("~scale", "").str.contains("scale").any()


def _rows(text: str, header: str) -> list[list[str]]:
    """Rows of the first Markdown table whose header begins so."""
    lines = text[text.index(header) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:] if line.startswith("|")]


@pytest.mark.slow
def test_the_tables_of_the_replication_page_are_those_of_the_run(results):
    page = (ROOT / "docs/replication.md").read_text(encoding="utf-8")
    for table in ("main_regression", "attribution"):
        text = (results / f"tables/{table}.md").read_text(encoding="utf-8")
        assert text[text.index("\n| ") :].strip() in page, f"docs/replication.md: table {table} differs from the run"
    rows = {claim: cells[:-1] for claim, *cells in _rows(page, "| Claim |")}
    assert rows == {claim: claim_cells(results, claim) for claim in pd.read_csv(results / "claims.csv")["claim_id"]}
    found = _rows(page, "| Candidate |")
    assert len(found) == len(pd.read_csv(results / "replication.csv"))
    for label, finding, *cells, _ in found:
        own = candidate_cells(results, label[:2].lower(), finding.strip("`"))
        assert cells == own, f"{label} {finding}"
    for name, *cells in _rows(page, "| Specification | R2"):
        assert cells == r2_cells(results, name.strip("`")), name
    for what, file, row, *cells in _rows(page, "| What |"):
        assert cells == beside_cells(results, file.strip("`"), row.strip("`")), what


@pytest.mark.slow
@pytest.mark.skipif(not all(map(driving.found, driving.NAMES)), reason="no chromium with chromedriver")
def test_the_page_merges_real_municipalities_as_the_library_does(results, tmp_path):
    page = results / "explorer.html"
    content = content_of(page)
    groups = drawn_groups(content["places"]["nis"], 4)
    with driving.browser(tmp_path) as session:
        session.open(page)
        assert compare(session, content, groups, merged_by_library(results.parent, groups)) >= 50
