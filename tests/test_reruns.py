"""What runs again after a change: the entry that was edited and what shows it, and nothing else."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

CONFIGURATION = yaml.safe_load((Path(__file__).parent / "study" / "config.yaml").read_text(encoding="utf-8"))
ESTIMATES = {f"Estimate {name}" for name in CONFIGURATION["specifications"]}
TABLES = {f"Make table {name}" for name in CONFIGURATION["tables"]}
FIGURES = {f"Draw figure {name}" for name in CONFIGURATION["figures"]}
PUBLISHED = TABLES | FIGURES | {"Judge the claims"}
RECORD = "Record the configuration as run"
# First words of a job's message -> its rule, where the rule has several jobs or its message does not say its name.
RULES = {
    "Simulate": "simulate_sources",
    "Parse municipalities and mergers": "parse_municipalities",
    "Parse": "parse_source",
    "Put every source": "harmonise_sources",
    "Record what was checked": "record_data_quality",
    "Build": "build_panel",
    "Record the data gaps": "record_data_gaps",
    "Estimate": "estimate_specification",
    "Record where": "record_provenance",
    "Record the configuration": "record_configuration",
    "Make table": "make_table",
    "Draw figure": "draw_figure",
    "Judge": "record_claims",
}
# Rule -> the rules that read what it makes.
READ_BY = {
    "simulate_sources": {"parse_municipalities", "parse_source", "record_provenance"},
    "parse_municipalities": {"parse_source", "harmonise_sources", "build_panel", "record_data_quality"},
    "parse_source": {"harmonise_sources", "record_data_quality", "record_provenance"},
    "harmonise_sources": {"build_panel", "record_data_quality", "record_data_gaps"},
    "build_panel": {"estimate_specification", "record_data_gaps", "make_table", "draw_figure"},
    "estimate_specification": {"make_table", "draw_figure", "record_claims"},
}
# Library module -> the rules whose scripts import it, directly or through others: written by hand, not computed.
IMPORTED_BY = {
    "claims.py": {"record_claims"},
    "tables/render_tex.py": {"make_table"},
    "captions.py": {"make_table", "draw_figure"},
    "models/quantile.py": {"estimate_specification"},
    "provenance.py": {"record_provenance"},
    "gaps.py": {"record_data_gaps"},
    "indicators/peers.py": {"build_panel"},
    "sources/belfius.py": {"parse_source", "build_panel"},
    "simulation/layouts.py": {"simulate_sources"},
    "jobs.py": set(RULES.values()),
}


def rule_of(message: str) -> str:
    return RULES[max((words for words in RULES if message.startswith(words)), key=len)]


def by_rule(jobs) -> set[str]:
    return {rule_of(message) for message in jobs}


@pytest.fixture(scope="session")
def every_job(finished_study) -> set[str]:
    """Messages of all jobs of the study."""
    return set(finished_study.reasons("--forceall"))


def with_what_follows(rules: set[str]) -> set[str]:
    found, ahead = set(), set(rules)
    while ahead:
        rule = ahead.pop()
        found.add(rule)
        ahead |= READ_BY.get(rule, set()) - found
    return found


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
    shown = {"Make table attrition", "Draw figure scale_ceiling", "Judge the claims"}
    assert set(study_copy.reasons()) == {"Estimate s2_ceiling", RECORD} | shown


def test_editing_what_others_extend_reruns_these_too(study_copy):
    study_copy.edit(
        "    outcome: portfolio_shift\n    beleidsveld: domains\n    blocks: {scale: [log_population]}\n    covariance",
        "    outcome: portfolio_shift\n    beleidsveld: reformed\n    blocks: {scale: [log_population]}\n    covariance",
    )
    # f8_operational_placebo and p1_staff_by_scale extend it, but name an outcome and a field of their own.
    shown = {"Make table attrition", "Draw figure coefficients", "Judge the claims"}
    assert set(study_copy.reasons()) == {"Estimate f8_shift_by_scale", RECORD} | shown


def test_a_label_reruns_the_texts_that_show_it(study_copy):
    study_copy.edit("en: Scale as a ceiling", "en: Scale is a ceiling")
    shown = {"Make table attrition", "Draw figure scale_ceiling", "Judge the claims"}
    assert set(study_copy.reasons()) == {"Estimate s2_ceiling", RECORD} | shown


def test_one_added_specification_reruns_itself_and_the_account_of_all(study_copy):
    entry = "  p1_again: {extends: p1_staff_by_scale, label: {nl: Nog eens, en: Again}}\n"
    study_copy.edit("\ntables:\n", f"{entry}\ntables:\n")
    assert set(study_copy.reasons()) == {"Estimate p1_again", "Make table attrition", RECORD}


def test_another_column_reruns_that_table_alone(study_copy):
    study_copy.edit("columns: [r1_portfolio_shift, r2_peer_deviation]", "columns: [r1_portfolio_shift]")
    assert set(study_copy.reasons()) == {"Make table main_regression", RECORD}


def test_more_draws_rerun_every_estimate(study_copy):
    study_copy.edit("draws: 99,", "draws: 199,")
    assert set(study_copy.reasons()) == ESTIMATES | PUBLISHED | {RECORD}


def test_another_language_reruns_what_has_words(study_copy):
    jobs = set(study_copy.reasons("--config", "study={language: nl}"))
    assert jobs == PUBLISHED | {RECORD, "Record what was checked", "Record the data gaps"}


def test_what_is_removed_leaves_no_result_behind(study_copy):
    study_copy.edit("  scale_ceiling: {kind: scale_ceiling, specifications: [s2_ceiling]}\n", "")
    study_copy.edit("  S2: {rule: fanning_out, specifications: [s2_ceiling], term: log_population}\n", "")
    study_copy.edit("  attribution: {kind: attribution, columns: [r1_portfolio_shift]}\n\n", "\n")
    start = study_copy.read("config.yaml").index("  s2_ceiling:\n")
    end = study_copy.read("config.yaml").index("  f6_budget_kept:\n")
    study_copy.edit(study_copy.read("config.yaml")[start:end], "")
    before = study_copy.files("results")
    printed = study_copy.complete()
    assert set(re.findall(r"^Job \d+: (.+)$", printed, re.MULTILINE)) == {
        "Make table attrition",
        "Judge the claims",
        RECORD,
        "The study is complete",
    }
    gone = set(before) - set(study_copy.files("results"))
    kinds = {"estimates": "csv", "fits": "json", "samples": "csv", "inference": "csv", "attribution": "csv"}
    expected = {f"results/{kind}/s2_ceiling.{suffix}" for kind, suffix in kinds.items()}
    expected |= {f"results/tables/attribution.{form}" for form in CONFIGURATION["output"]["tables"]}
    expected |= {f"results/figures/scale_ceiling.{form}" for form in CONFIGURATION["output"]["figures"]}
    assert expected <= gone
    # Captions and logs of what was dropped may go as well; nothing of what is still asked for.
    assert all("s2_ceiling" in name or "attribution." in name or "scale_ceiling" in name for name in gone)
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
    assert set(jobs) >= ESTIMATES | PUBLISHED
    rest = {"harmonise_sources", "build_panel", "record_data_gaps", "record_data_quality", "record_provenance"}
    assert by_rule(set(jobs) - ESTIMATES - PUBLISHED - parsed) == rest
    # What comes before the file is left alone, and the configuration has not changed.
    assert RECORD not in jobs and "Parse municipalities and mergers" not in jobs


@pytest.mark.parametrize("module", IMPORTED_BY)
def test_editing_a_module_reruns_the_rules_that_import_it(finished_study, every_job, module):
    path = finished_study.project / "scripts" / "beleidsvrijheid" / module
    with edited(path):
        jobs = finished_study.reasons()
    rules = IMPORTED_BY[module]
    assert set(jobs) == {message for message in every_job if rule_of(message) in with_what_follows(rules)}
    # Named as the reason wherever no input changes as well, which would be named instead.
    named = {message for message, reason in jobs.items() if reason == f"Updated input files: {path}"}
    first = rules - with_what_follows(set().union(*(READ_BY.get(rule, set()) for rule in rules)))
    assert by_rule(named) == first


def test_editing_a_script_reruns_its_rule_alone(finished_study):
    with edited(finished_study.project / "scripts" / "record_claims.py"):
        assert set(finished_study.reasons()) == {"Judge the claims"}


def test_what_was_put_back_reruns_nothing(finished_study):
    assert finished_study.reasons() == {}
