"""Faults that a study meets while it runs or between runs: it ends as if nobody had disturbed it, or says what to mend.

Here few of each, on a study of seconds; `make faults` tries all (docs/faults.md).
"""

import os
import re
import shutil

import pytest

from . import faults
from .kills import VICTIMS, chains, difference
from .small_study import SmallStudy, small_study_of
from .test_changes import digit, flipped, older

pytestmark = pytest.mark.slow
LONG = pytest.mark.skipif("FAULTS" not in os.environ, reason="long; `make faults` runs it")

OUTPUT = faults.OUTPUT
PARSED = "data/processed/parsed/cpi.parquet"
PANEL = faults.PANEL


@pytest.fixture(scope="module")
def finished(finished_study, tmp_path_factory):
    """A small study after one run that nobody disturbed."""
    parent = tmp_path_factory.mktemp("faults")
    study = small_study_of(finished_study.folder, parent)
    study.complete()
    yield study
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def reference(finished) -> dict[str, bytes]:
    """What it made."""
    made = finished.made()
    assert {OUTPUT, PARSED, PANEL, "results/report.html", "results/manifest.json"} < set(made)
    return made


def overcome(outcome: faults.Outcome) -> None:
    """Every run that could not go on said so, and nothing is lost."""
    assert outcome.lost == "" and outcome.refused == outcome.tried > 0, outcome


def test_killed_runs_are_resumed_by_the_same_command(finished, reference, tmp_path):
    found = list(chains(finished, reference, tmp_path, number=20, seed=20161231, longest=7))
    kills = [kill for chain in found for kill in chain.kills]
    assert len(kills) == 20 and {kill.victim for kill in kills} == set(VICTIMS)
    assert any(0 < kill.files < len(reference) for kill in kills)  # in the middle of its jobs
    assert [chain.remark for chain in found if not chain.is_identical] == []


def test_a_full_disk(finished, reference, tmp_path):
    if reason := faults.can_mount(tmp_path / "try"):
        pytest.skip(reason)
    outcome = faults.disk_full(finished, reference, tmp_path, sizes=1)
    overcome(outcome)
    assert outcome.message == "No space left on device"


@pytest.mark.skipif(faults.IS_ROOT and not shutil.which("setpriv"), reason="root passes over permissions; no setpriv")
def test_lost_permissions(finished, reference, tmp_path):
    outcome = faults.read_only_results(finished, reference, tmp_path)
    overcome(outcome)
    assert re.fullmatch(r"\n\S.*data/processed: nothing can be written in this folder .*\n", outcome.message)
    outcome = faults.unreadable_input(finished, reference, tmp_path)
    overcome(outcome)
    assert re.fullmatch(r"\n\S.*cpi\.json: Permission denied; mend that, .*\n", outcome.message)


def test_clock_set_back(finished, reference, tmp_path):
    assert faults.clock_set_back(finished, reference, tmp_path).lost == ""


@LONG
@pytest.mark.skipif(not faults.libfaketime(), reason="libfaketime is not installed")
def test_clock_a_day_behind_in_the_middle_of_a_study(finished, reference, tmp_path):
    overcome(faults.clock_behind(finished, reference, tmp_path))


@LONG
def test_two_runs_at_once(finished, reference, tmp_path):
    overcome(faults.two_runs(finished, reference, tmp_path))


@LONG
def test_too_little_memory(finished, reference, tmp_path):
    overcome(faults.memory_limit(finished, reference, tmp_path, [600]))


def test_a_damaged_remote_is_refused(finished, reference, tmp_path):
    outcome = faults.corrupted_remote(finished, reference, tmp_path)
    overcome(outcome)
    assert "damaged there" in outcome.message and "Nothing was restored" in outcome.message


# Trees that were changed between two runs


@pytest.fixture
def study(finished, tmp_path) -> SmallStudy:
    """A copy of the finished study, to change and run again."""
    return finished.copied(tmp_path / "copy of the study")


def assert_as_undisturbed(study: SmallStudy, reference: dict[str, bytes], status: int) -> None:
    assert difference(study, reference, status) == ""


def test_changed_results_are_named_kept_and_made_again(study, reference):
    older(study.folder / OUTPUT, digit)
    older(study.folder / PARSED, lambda content: content[:-100])
    older(study.folder / PANEL, flipped)
    edited = (study.folder / OUTPUT).read_bytes()
    done = study.run()
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("Changed since they were made: ")]
    assert all(name in told for name in (OUTPUT, PARSED, PANEL)) and "moved to set_aside/ and made again" in told
    assert (study.folder / "set_aside" / OUTPUT).read_bytes() == edited
    assert_as_undisturbed(study, reference, done.returncode)


@LONG
def test_inputs_and_code_under_an_old_date_count_as_changed(study, reference):
    raw, module = study.folder / faults.RAW_FILE, study.project / "scripts/beleidsvrijheid/claims/ledger.py"
    before = {path: path.read_bytes() for path in (raw, module)}
    older(raw, price, 0)
    older(module, lambda content: content + b"# edited\n")
    try:
        asked = study.run("--dry-run")
        assert "Nothing to be done" in asked.stdout, asked.stdout  # Snakemake sees nothing, and a dry run only looks
        done = study.run("data/processed/parsed/cpi.parquet", "results/claims.csv")
    finally:
        for path, content in before.items():
            path.write_bytes(content)
            os.utime(path, (0, 0))
    names = f"{faults.RAW_FILE}, scripts/beleidsvrijheid/claims/ledger.py"
    assert f"Changed or new under a date before the last run: {names}. They count as changed" in done.stdout, (
        done.stdout
    )
    assert done.returncode == 0 and "Parse cpi" in done.stdout and "Judge the claims" in done.stdout
    assert (study.folder / PARSED).read_bytes() != reference[PARSED]
    assert_as_undisturbed(study, reference, study.run().returncode)


def price(content: bytes) -> bytes:
    """One price is another."""
    return re.sub(rb'(Consumptieprijsindex": ?[\d.]*)\d\b', rb"\g<1>7", content, count=1)


@LONG
def test_lost_records_of_snakemake(study, reference):
    shutil.rmtree(study.folder / ".snakemake")
    done = study.run()
    assert "Snakemake's records (.snakemake/) of" in done.stdout
    assert_as_undisturbed(study, reference, done.returncode)


@LONG
def test_a_file_that_was_cut_after_a_killed_first_run(finished, reference, tmp_path):
    """There is no manifest yet: the dates in Snakemake's records tell."""
    study = finished.begun(tmp_path / "first run")
    done = study.run("data/processed/panel.parquet")
    assert done.returncode == 0 and not (study.folder / "results/manifest.json").exists()
    older(study.folder / PANEL, lambda content: content[:-100])
    done = study.run()
    assert f"Changed since they were made: {PANEL}." in done.stdout
    assert_as_undisturbed(study, reference, done.returncode)
