"""What runs again after a change: the entry that was edited and what shows it, and nothing else."""

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import yaml

from beleidsvrijheid.plan import Plan, freeze, plan_hashes, plan_text
from beleidsvrijheid.study import load_study

from .conftest import QUICK, Study
from .test_house import parse_derived_rules, parse_rules, rule_files

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CONFIGURATION = yaml.safe_load((HERE / "study" / "config.yaml").read_text(encoding="utf-8"))
ESTIMATES = {f"Estimate {name}" for name in CONFIGURATION["specifications"]}
TABLES = {f"Make table {name}" for name in CONFIGURATION["tables"]}
FIGURES = {f"Draw figure {name}" for name in CONFIGURATION["figures"]}
EXPLORER = "Make the page to look around in"
PUBLISHED = TABLES | FIGURES | {"Judge the claims"}
RECORD = "Record the configuration as run"
PAGES = {"Write the report", EXPLORER}  # made from the results of all other stages
DEVIATIONS = "Record deviations from the frozen plan"
# Where a choice of the plan changes: the configuration, the comparison with the plan, and the table of that.
PLAN = {RECORD, DEVIATIONS, "Make table deviations"}
AGAIN = "Check estimates by other software"
CLAIMS = {"Judge the claims", "Make table claims", "Make table replication"}
FAMILIES = {f"Adjust the p-values of family {name}" for name in CONFIGURATION["families"]}
POWER = {f"Simulate the power of {name}" for name in CONFIGURATION["power"]}
DIAGNOSES = {f"Diagnose {name}" for name in CONFIGURATION["diagnostics"]}
CORRELATES = {
    f"Correlate the variables of {name}"
    for entry in CONFIGURATION["tables"].values()
    if entry["kind"] == "correlation"
    for name in entry["columns"]
}
NECESSITY = {f"Look for the ceiling of {name}" for name in CONFIGURATION["necessity"]}
QCA = {f"Look for sufficient combinations in {name}" for name in CONFIGURATION["qca"]}
CHUNKS = {"shift_and_scale": 2, "deviation_and_staff": 1, "staff_and_scale": 1}  # jobs per multiverse of the tiny study
MULTIVERSES = {
    name: {
        f"Test multiverse {name} as a whole",
        *(f"Estimate part_{n:03d} of multiverse {name}" for n in range(1, 1 + chunks)),
    }
    for name, chunks in CHUNKS.items()
}
EVERY_MULTIVERSE = set().union(*MULTIVERSES.values())
MERGERS = {f"Simulate mergers {name}" for name in CONFIGURATION["mergers"]}
SHIFT_SHOWN = {"Make table multiverse", "Draw figure specification_curve", "Draw figure variance_by_axis"}
ANALYSES = FAMILIES | POWER | DIAGNOSES | NECESSITY | QCA
# First words of a job's message -> its rule, where the rule has several jobs or its message does not say its name.
RULES = {
    "Simulate": "simulate_sources",
    "Parse municipalities and mergers": "parse_municipalities",
    "Parse": "parse_source",
    "Put every source": "harmonise_sources",
    "Record what was checked": "record_data_quality",
    "Put the sources on": "harmonise_vintage",
    "Build": "build_panel",
    "Build the indicators of": "build_vintage",
    "Record the data gaps": "record_data_gaps",
    "Estimate": "estimate_specification",
    "Estimate part_": "estimate_multiverse",
    "Test multiverse": "test_multiverse",
    "Record where": "record_provenance",
    "Record the configuration": "record_configuration",
    "Make table": "make_table",
    "Draw figure": "draw_figure",
    "Judge": "record_claims",
    "Find the neighbours": "build_neighbours",
    "Diagnose": "diagnose_specification",
    "Correlate": "correlate_specification",
    "Check estimates by other software": "check_estimates",
    "Adjust": "test_family",
    "Simulate the power": "simulate_power",
    "Look for the ceiling": "analyse_necessity",
    "Look for sufficient": "analyse_configurations",
    "Simulate mergers": "simulate_mergers",
    "Record deviations": "record_deviations",
    "Bundle": "build_chart_library",
    "Make the page": "make_explorer",
    "Write the report": "write_report",
}
# Rule -> the rules that read what it makes.
READ_BY = {
    "simulate_sources": {"parse_municipalities", "parse_source", "record_provenance"},
    "parse_municipalities": {
        "parse_source",
        "harmonise_sources",
        "harmonise_vintage",
        "build_panel",
        "build_vintage",
        "record_data_quality",
        "simulate_mergers",
        "make_explorer",
    },
    "parse_source": {"harmonise_sources", "harmonise_vintage", "record_data_quality", "record_provenance"},
    "harmonise_vintage": {"build_vintage"},
    "build_vintage": {"estimate_multiverse"},
    "harmonise_sources": {
        "build_panel",
        "record_data_quality",
        "record_data_gaps",
        "build_neighbours",
        "simulate_mergers",
        "make_explorer",
    },
    "build_neighbours": {"diagnose_specification", "simulate_mergers"},
    "build_panel": {
        "estimate_specification",
        "check_estimates",
        "record_data_gaps",
        "make_table",
        "draw_figure",
        "diagnose_specification",
        "correlate_specification",
        "test_family",
        "simulate_power",
        "analyse_necessity",
        "analyse_configurations",
        "simulate_mergers",
        "estimate_multiverse",
        "make_explorer",
    },
    "estimate_multiverse": {"test_multiverse"},
    "estimate_specification": {"check_estimates", "record_claims", "test_family", "make_explorer"},
    "analyse_necessity": {"record_claims"},
    "analyse_configurations": {"record_claims"},
    "simulate_mergers": {"record_claims"},
    "record_claims": {"make_explorer", "write_report"},
    "build_chart_library": {"make_explorer"},
    **dict.fromkeys(("record_data_gaps", "record_deviations", "record_configuration"), {"write_report"}),
    **dict.fromkeys(
        (
            "check_estimates",
            "diagnose_specification",
            "test_family",
            "simulate_power",
            "test_multiverse",
            "correlate_specification",
        ),
        {"write_report"},
    ),
    **dict.fromkeys(("make_table", "draw_figure"), {"write_report"}),
}
# Kind of table or figure -> the rules whose results it shows, where these are not estimates.
SHOWN_BY = {
    "claims": {"record_claims"},
    "replication": {"record_claims"},
    "deviations": {"record_deviations"},
    "necessity": {"analyse_necessity"},
    "qca": {"analyse_configurations"},
    "diagnostics": {"estimate_specification", "diagnose_specification"},
    "correlation": {"estimate_specification", "correlate_specification"},
    "multiplicity": {"test_family"},
    "power": {"simulate_power"},
    "mergers": {"simulate_mergers"},
    "multiverse": {"test_multiverse"},
    "specification_curve": {"test_multiverse"},
    "variance_by_axis": {"test_multiverse"},
    "vibration": {"test_multiverse"},
    # Drawn from the panel and the shapes behind it, as all figures may be.
    "capacity": set(),
    "map": set(),
}
KINDS = {f"Make table {name}": entry["kind"] for name, entry in CONFIGURATION["tables"].items()}
KINDS |= {f"Draw figure {name}": entry["kind"] for name, entry in CONFIGURATION["figures"].items()}
# Library module -> the rules whose scripts import it, directly or through others: written by hand, not computed.
IMPORTED_BY = {
    "claims/rules.py": {"record_claims", "write_report"},
    "tables/render_tex.py": {"make_table"},
    "tables/render_docx.py": {"make_table"},
    "models/pairs.py": {"correlate_specification"},
    "captions.py": {"make_table", "draw_figure"},
    # What estimates: the specifications, and what estimates them again.
    "models/quantile.py": {
        "estimate_specification",
        "check_estimates",
        "diagnose_specification",
        "test_family",
        "simulate_power",
        "analyse_necessity",
        "estimate_multiverse",
    },
    "models/library.py": {"check_estimates"},
    "multiverse/kernel.py": {"estimate_multiverse", "test_multiverse"},
    "multiverse/results.py": {"test_multiverse"},
    "multiverse/grid.py": {"estimate_multiverse", "test_multiverse", "draw_figure"},
    "diagnostics/spatial.py": {"build_neighbours", "diagnose_specification"},
    "multiplicity.py": {"test_family", "test_multiverse"},
    "power.py": {"simulate_power"},
    "necessity.py": {"analyse_necessity"},
    "qca/solutions.py": {"analyse_configurations", "make_table"},
    "merger_draws.py": {"simulate_mergers"},
    "plan.py": {"record_deviations", "record_claims", "make_table"},
    "provenance.py": {"record_provenance"},
    "gaps.py": {"record_data_gaps"},
    "indicators/peers.py": {"build_panel", "build_vintage", "simulate_mergers", "make_explorer"},
    "sources/belfius.py": {"parse_source", "build_panel", "build_vintage", "simulate_mergers"},
    "simulation/layouts.py": {"simulate_sources"},
    "jobs.py": set(RULES.values()),
}


def test_every_rule_is_among_those_whose_reruns_are_tested():
    """A rule that is added must be told here what it reads from others, and be seen by an edited module."""
    rules = {name for path in rule_files() for name in parse_rules(path.read_text(encoding="utf-8"))}
    derived = {name for path in rule_files() for name in parse_derived_rules(path.read_text(encoding="utf-8"))}
    # Made where asked for, not by `snakemake` alone; bootstrap batches have a test of their own.
    aside = {"gather", "explain", "fiches", "make_fiches", "count_councillors", "draw_bootstrap"}
    assert aside <= rules | derived and (rules | derived) - aside == set(RULES.values())
    read = {reader for readers in READ_BY.values() for reader in readers}
    assert set(RULES.values()) - {*READ_BY, *read} == set()


def rule_of(message: str) -> str:
    return RULES[max((words for words in RULES if message.startswith(words)), key=len)]


def by_rule(jobs) -> set[str]:
    return {rule_of(message) for message in jobs}


@pytest.fixture(scope="session")
def every_job(finished_study) -> set[str]:
    """Messages of all jobs of the study."""
    return set(finished_study.reasons("--forceall"))


def jobs_of(study, *arguments: str) -> set[str]:
    """Messages of the jobs that a run would do, pages left out: nearly every change of the results reruns these."""
    return set(study.reasons(*arguments)) - PAGES


def with_what_follows(rules: set[str]) -> set[str]:
    found, ahead = set(), set(rules)
    while ahead:
        rule = ahead.pop()
        found.add(rule)
        ahead |= READ_BY.get(rule, set()) - found
    return found


def jobs_after(rules: set[str], every_job: set[str]) -> set[str]:
    """Jobs that run again where the code of these rules changes: theirs, and what reads what they make."""
    follow = with_what_follows(rules)
    shown = {job for job, kind in KINDS.items() if SHOWN_BY.get(kind, {"estimate_specification"}) & follow}
    return {job for job in every_job if rule_of(job) in follow} | shown


@contextmanager
def edited(path: Path) -> Iterator[None]:
    """A Python file with a comment more, put back afterwards, date and all."""
    before = path.with_suffix(".before")
    shutil.copy2(path, before)
    with path.open("a", encoding="utf-8") as file:
        file.write("# A remark.\n")
    try:
        yield
    finally:
        before.replace(path)


def test_nothing_changed_gives_nothing_to_do(study_copy):
    assert study_copy.reasons() == {}


def test_one_edited_specification_reruns_itself_and_what_shows_it(study_copy):
    study_copy.edit("quantiles: [0.1, 0.5, 0.9]", "quantiles: [0.1, 0.4, 0.9]")
    # The attrition table names no columns: it shows every specification.
    shown = {"Make table attrition", "Draw figure scale_ceiling", "Draw figure scale_by_quantile"} | CLAIMS
    assert jobs_of(study_copy) == {"Estimate s2_ceiling", AGAIN} | PLAN | shown


def test_what_a_specification_is_put_through_reruns_with_it(study_copy):
    study_copy.edit("controls: [belfius_family, reform_dose]", "controls: [belfius_family]")
    shown = {f"Make table {name}" for name in ("attrition", "descriptives", "main_regression", "attribution")}
    shown |= {f"Make table {name}" for name in ("sensitivity", "scale_robustness", "codebook", "correlations")}
    shown |= {"Draw figure coefficients", "Draw figure block_shares"}
    shown |= SHIFT_SHOWN  # it is the base of a multiverse
    jobs = {"Estimate r1_portfolio_shift", AGAIN} | DIAGNOSES | CORRELATES | MULTIVERSES["shift_and_scale"]
    assert jobs_of(study_copy) == jobs | PLAN | CLAIMS | shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("staff: {label: {nl: Personeel, en: Staff}, blocks", "staff: {label: {nl: Personeel, en: Personnel}, blocks"),
        ("blocks: {capacity: [vte_per_1000]}}", "blocks: {capacity: [realisation_rate]}}"),
        ("    strata: belfius_family\n", ""),
    ],
    ids=["label", "option", "strata"],
)
def test_an_edited_axis_reruns_its_multiverse_and_what_shows_it(study_copy, old, new):
    study_copy.edit(old, new)
    plan = {RECORD} if "label" in old and "Personnel" in new else PLAN
    assert jobs_of(study_copy) == MULTIVERSES["shift_and_scale"] | SHIFT_SHOWN | plan


def test_a_vintage_more_or_less_makes_its_panel_the_multiverse_and_what_shows_it(study_copy):
    option = (
        "          before_2025: {label: {nl: Voor de fusies van 2025, en: Before the mergers of 2025}, vintage: 300}\n"
    )
    one_more = option + option.replace("2025", "2019").replace("300", "308")
    shown = {"Make table multiverse", "Draw figure specification_curve", "Draw figure variance_by_axis"}
    again = MULTIVERSES["staff_and_scale"] | shown | PLAN
    study_copy.edit(option, one_more)
    made = {"Put the sources on 308 municipalities", "Build the indicators of 308 municipalities"}
    assert jobs_of(study_copy) == made | again
    study_copy.edit(one_more, option.replace("vintage: 300", "with_controls: [belfius_family]"))
    assert jobs_of(study_copy) == again


def test_a_killed_multiverse_goes_on_with_the_chunk_it_lost(study_copy):
    lost = "data/processed/multiverse/shift_and_scale/part_002.draws.parquet"
    before = study_copy.files("results/multiverse")
    study_copy.path(lost).unlink()
    study_copy.path("results/multiverse/shift_and_scale/curve.parquet").unlink()
    jobs = jobs_of(study_copy)
    assert {"Estimate part_002 of multiverse shift_and_scale", "Test multiverse shift_and_scale as a whole"} <= jobs
    assert "Estimate part_001 of multiverse shift_and_scale" not in jobs
    study_copy.complete()
    assert study_copy.files("results/multiverse") == before


IN_TWO = ("draws: 99, weights", "draws: 99, batch: 50, weights")
BATCHED = {
    name
    for name, entry in load_study(HERE.parent, HERE / "study", {}, gathers=True).resolved()["specifications"].items()
    if entry["estimator"] in ("ols", "panel_ols", "quantile") and not entry["weights"]
}


def killed(study: Study, name: str, *targets: str) -> None:
    """Run for these targets one job at a time, and kill (-9) the first process that runs a script of this name."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        study.project / "Snakefile",
        "--directory",
        study.folder,
    ]
    running = subprocess.Popen(
        [*map(str, command), "-c1", "--keep-going", *targets],
        env=os.environ | QUICK,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    shot = None
    while running.poll() is None:
        for process in [] if shot else psutil.Process(running.pid).children(recursive=True):
            with suppress(psutil.Error):
                if any(word.endswith(name) for word in process.cmdline()[-1:]):
                    process.kill()
                    shot = process
        time.sleep(0.02)
    assert shot and running.returncode != 0


def test_batches_rerun_what_they_share_out_and_a_killed_job_loses_its_batch_only(study_copy):
    study_copy.edit(*IN_TWO)
    jobs = set(study_copy.reasons())
    halves = {f"Draw batch_{n:03d} of {name}" for name in BATCHED for n in (1, 2)}
    assert {job for job in jobs if job.startswith("Draw batch_")} == halves
    assert jobs & ESTIMATES == {f"Estimate {name}" for name in BATCHED} and RECORD in jobs
    assert not jobs & (DIAGNOSES | POWER | EVERY_MULTIVERSE | NECESSITY | QCA | MERGERS | {DEVIATIONS})
    before = study_copy.files("results/attribution", "results/estimates", "results/inference")
    targets = ["results/attribution/s2_ceiling.csv", "results/attribution/r2_peer_deviation.csv"]
    killed(study_copy, "draw_bootstrap.py", *targets)
    made = set(study_copy.files("data/processed/bootstrap"))
    own = ("s2_ceiling", "r2_peer_deviation")
    wanted = {f"data/processed/bootstrap/{name}/batch_{n:03d}.parquet" for name in own for n in (1, 2)}
    (lost,) = wanted - made
    *_, name, batch = Path(lost).with_suffix("").parts
    assert set(study_copy.reasons(*targets)) == {f"Draw {batch} of {name}", f"Estimate {name}"}
    study_copy.complete(*targets)
    assert study_copy.files("results/attribution", "results/estimates", "results/inference") == before
    # Back to one job: nothing of the batches stays.
    study_copy.edit(*reversed(IN_TWO))
    study_copy.complete(*targets)
    assert study_copy.files("data/processed/bootstrap", "results/logs/draw_bootstrap") == {}


def test_editing_what_others_extend_reruns_these_too(study_copy):
    study_copy.edit(
        "    outcome: portfolio_shift\n    beleidsveld: domains\n    blocks: {scale: [log_population]}\n    covariance",
        "    outcome: portfolio_shift\n    beleidsveld: reformed\n    blocks: {scale: [log_population]}\n    covariance",
    )
    # f8_operational_placebo and p1_staff_by_scale extend it, but name an outcome and a field of their own.
    shown = {f"Make table {name}" for name in ("attrition", "slopes_of_scale", "scale_robustness")}
    shown |= {"Draw figure coefficients", "Draw figure power"}
    jobs = {"Estimate f8_shift_by_scale", AGAIN} | FAMILIES | POWER | PLAN
    assert jobs_of(study_copy) == jobs | CLAIMS | shown


def test_a_threshold_of_a_claim_reruns_the_verdicts_and_what_shows_them(study_copy):
    study_copy.edit(
        "specifications: [f6_budget_kept], threshold: 0.5", "specifications: [f6_budget_kept], threshold: 0.6"
    )
    assert jobs_of(study_copy) == PLAN | CLAIMS


# Section -> an edit of one of its entries, and the jobs that follow beside what every edit of the plan reruns.
ENTRIES = {
    "families": (("method: [holm, romano_wolf]", "method: [holm]"), FAMILIES | {"Make table slopes_of_scale"}),
    "necessity": (
        ("ceilings: [ce_fdh, cr_fdh]", "ceilings: [ce_fdh]"),
        NECESSITY | CLAIMS | {"Make table necessity", "Draw figure necessity"},
    ),
    "qca": (("    pri: 0.5", "    pri: 0.6"), QCA | CLAIMS | {"Make table configurations"}),
    "mergers": (("random: {sets: 5,", "random: {sets: 6,"), MERGERS | CLAIMS | {"Make table mergers"}),
}


@pytest.mark.parametrize("section", ENTRIES)
def test_an_edited_entry_reruns_itself_and_what_shows_it(study_copy, section):
    edit, jobs = ENTRIES[section]
    study_copy.edit(*edit)
    assert jobs_of(study_copy) == jobs | PLAN


def test_an_edited_power_run_is_no_part_of_the_plan(study_copy):
    study_copy.edit("simulations: 200", "simulations: 300")
    assert jobs_of(study_copy) == POWER | {"Draw figure power", RECORD}


def test_a_frozen_plan_reruns_the_account_of_deviations_and_the_claims_it_touches(study_copy):
    resolved = load_study(study_copy.project, study_copy.folder, {}).resolved()
    freeze(study_copy.folder, resolved)
    assert jobs_of(study_copy) == PLAN - {RECORD}
    altered = plan_hashes(resolved) | {"claims.F6": "0" * 64}
    study_copy.path("plan.sha256").write_text(plan_text(Plan("2020-01-01", "simulated", altered)), encoding="utf-8")
    assert jobs_of(study_copy) == (PLAN - {RECORD}) | CLAIMS
    study_copy.complete()
    assert study_copy.reasons() == {}
    with study_copy.path("results/deviations.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["section"], row["key"]) == ("changed", "claims", "F6")
    with study_copy.path("results/claims.csv").open(encoding="utf-8") as file:
        assert [claim["claim_id"] for claim in csv.DictReader(file) if claim["deviations"]] == ["F6"]


def test_a_plan_that_cannot_be_read_stops_the_run_with_one_message(study_copy):
    study_copy.path("plan.sha256").write_text("nonsense\n", encoding="utf-8")
    before = study_copy.files("results")
    done = study_copy.run()
    lines = [
        line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("Using workflow")
    ]
    assert done.returncode != 0 and len(lines) == 1
    assert lines[0].startswith("plan.sha256: no line 'frozen ...'") and "make freeze ARGS=--again" in lines[0]
    assert study_copy.files("results") == before


def test_a_label_reruns_the_texts_that_show_it(study_copy):
    study_copy.edit("en: Scale as a ceiling", "en: Scale is a ceiling")
    shown = {"Make table attrition", "Draw figure scale_ceiling", "Draw figure scale_by_quantile"} | CLAIMS
    # Words decide nothing: the plan is as it was.
    assert jobs_of(study_copy) == {"Estimate s2_ceiling", AGAIN, RECORD} | shown


def test_one_added_specification_reruns_itself_and_the_account_of_all(study_copy):
    entry = "  p1_again: {extends: p1_staff_by_scale, label: {nl: Nog eens, en: Again}}\n"
    study_copy.edit("\ntables:\n", f"{entry}\ntables:\n")
    assert jobs_of(study_copy) == {"Estimate p1_again", AGAIN, "Make table attrition"} | PLAN


def test_the_report_reruns_with_what_it_tells(study_copy):
    assert set(study_copy.reasons("--forcerun", "record_claims")) >= PAGES
    assert not PAGES & set(study_copy.reasons("--forcerun", "record_data_quality"))
    study_copy.edit("en: Scale as a ceiling", "en: Scale is a ceiling")
    assert set(study_copy.reasons()) >= PAGES


def test_another_column_reruns_that_table_alone(study_copy):
    study_copy.edit("columns: [r1_portfolio_shift, r2_peer_deviation]", "columns: [r1_portfolio_shift]")
    assert jobs_of(study_copy) == {"Make table main_regression", RECORD}


def test_more_draws_rerun_every_estimate(study_copy):
    study_copy.edit("draws: 99, weights", "draws: 199, weights")
    # Simulated mergers have draws of their own.
    jobs = ESTIMATES | ANALYSES | EVERY_MULTIVERSE | {AGAIN}
    without = {"Make table mergers", "Draw figure shift_map", "Draw figure capacity_axes"}  # maps and axes have none
    assert jobs_of(study_copy) == jobs | PUBLISHED - without | PLAN


def test_another_language_reruns_what_has_words(study_copy):
    jobs = jobs_of(study_copy, "--config", "study={language: nl}")
    assert jobs == PUBLISHED | {RECORD, "Record what was checked", "Record the data gaps"}


def test_what_is_removed_leaves_no_result_behind(study_copy):
    study_copy.edit("  scale_ceiling: {kind: scale_ceiling, specifications: [s2_ceiling]}\n", "")
    study_copy.edit("  scale_by_quantile: {kind: quantile, specifications: [s2_ceiling], term: log_population}\n", "")
    study_copy.edit("fiches: {ceiling: s2_ceiling}\n", "")
    study_copy.edit("  S2: {rule: fanning_out, specifications: [s2_ceiling], term: log_population}\n", "")
    study_copy.edit("  attribution: {kind: attribution, columns: [r1_portfolio_shift]}\n", "")
    start = study_copy.read("config.yaml").index("  s2_ceiling:\n")
    end = study_copy.read("config.yaml").index("  f6_budget_kept:\n")
    study_copy.edit(study_copy.read("config.yaml")[start:end], "")
    before = study_copy.files("results")
    printed = study_copy.complete()
    assert set(re.findall(r"^Job \d+: (.+)$", printed, re.MULTILINE)) - PAGES == {
        "Make table attrition",
        AGAIN,
        "The study is complete",
        *PLAN,
        *CLAIMS,
    }
    gone = set(before) - set(study_copy.files("results"))
    kinds = {"estimates": "csv", "fits": "json", "samples": "csv", "inference": "csv", "attribution": "csv"}
    expected = {f"results/{kind}/s2_ceiling.{suffix}" for kind, suffix in kinds.items()}
    expected |= {f"results/tables/attribution.{form}" for form in CONFIGURATION["output"]["tables"]}
    expected |= {f"results/figures/scale_ceiling.{form}" for form in CONFIGURATION["output"]["figures"]}
    assert expected <= gone
    # Captions and logs of what was dropped may go as well; nothing of what is still asked for.
    dropped = ("s2_ceiling", "attribution.", "scale_ceiling", "scale_by_quantile")
    assert all(any(one in name for one in dropped) for name in gone)
    assert "s2_ceiling" not in study_copy.read("results/claims.csv") + study_copy.read("results/tables/attrition.csv")
    assert study_copy.reasons() == {}


PRICES = "data/raw/simulated/cpi/cpi.json"


def test_a_new_date_on_a_raw_file_reruns_nothing(study_copy):
    for name in (PRICES, "data/raw/simulated/bbc_accounts_by_field_operating/jr bv exploitatie 2014-2019.csv"):
        study_copy.path(name).touch()
    assert study_copy.reasons() == {}


def test_other_bytes_in_a_raw_file_rerun_its_parser_and_what_follows(study_copy):
    with study_copy.path(PRICES).open("a", encoding="utf-8") as file:
        file.write("\n")
    jobs = study_copy.reasons()
    parsed = {message for message in jobs if rule_of(message) in ("simulate_sources", "parse_source")}
    assert parsed == {"Parse cpi"} and jobs["Parse cpi"] == f"Updated input files: {PRICES}"
    published = PUBLISHED | ANALYSES | CORRELATES | MERGERS
    assert set(jobs) >= ESTIMATES | published
    rest = {"harmonise_sources", "build_panel", "record_data_gaps", "record_data_quality", "record_provenance"}
    rest |= {
        "check_estimates",
        "harmonise_vintage",
        "build_vintage",
        "build_neighbours",
        "estimate_multiverse",
        "test_multiverse",
        "write_report",
        "make_explorer",
    }
    assert by_rule(set(jobs) - ESTIMATES - published - parsed) == rest
    # What comes before the file is left alone, and the configuration has not changed.
    assert RECORD not in jobs and "Parse municipalities and mergers" not in jobs


@pytest.mark.parametrize("module", IMPORTED_BY)
def test_editing_a_module_reruns_the_rules_that_import_it(finished_study, every_job, module):
    path = finished_study.project / "scripts" / "beleidsvrijheid" / module
    with edited(path):
        jobs = finished_study.reasons()
    rules = IMPORTED_BY[module]
    assert set(jobs) == jobs_after(rules, every_job)
    # Named as the reason wherever no input changes as well, which would be named instead.
    named = {message for message, reason in jobs.items() if reason == f"Updated input files: {path}"}
    follow = with_what_follows(set().union(*(READ_BY.get(rule, set()) for rule in rules)))
    assert by_rule(named) == rules - follow


def test_editing_a_script_reruns_its_rule_alone(finished_study):
    with edited(finished_study.project / "scripts" / "record_data_gaps.py"):
        assert jobs_of(finished_study) == {"Record the data gaps"}


def test_what_was_put_back_reruns_nothing(finished_study):
    assert finished_study.reasons() == {}
