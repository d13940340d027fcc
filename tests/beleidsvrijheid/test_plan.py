"""The frozen plan: any choice that decides results changes it, words do not, and every later difference is printed."""

import shutil
import subprocess
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import record_deviations as script
from beleidsvrijheid import plan as frozen
from beleidsvrijheid.checksums import canonical
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.plan import (
    COLUMNS,
    PLAN,
    Plan,
    deviating,
    deviation_sentence,
    deviations,
    freeze,
    freeze_before_data,
    load_plan,
    overall,
    plan_hashes,
    plan_text,
    read_plan,
    sha256_of,
    study_deviations,
)
from beleidsvrijheid.study import load_study

ROOT = Path(__file__).parents[2]
RESOLVED = {
    "study": {"title": {"nl": "x", "en": "x"}, "language": "nl"},
    "seed": 1,
    "data": {"source": "simulated"},
    "geography": {"vintage": 285},
    "period": {"pre": {"years": [2014, 2015]}},
    "sectors": {"reformed": ["074"]},
    "baskets": ["domains"],
    "deflator": {"base_year": 2015},
    "outliers": {"small": {"population_below": 1000}},
    "blocks": {"scale": ["log_population"]},
    "specifications": {
        "r1": {"label": {"nl": "a", "en": "a"}, "blocks": {"scale": ["log_population"]}, "controls": [], "fields": []},
        "r2": {"label": {"nl": "b", "en": "b"}, "blocks": {"scale": ["density"]}, "covariance": {"type": "HC3"}},
    },
    "claims": {
        "F4": {"rule": "majority", "threshold": 0.5},
        "N1": {"rule": "silent", "because": {"nl": "x", "en": "y"}},
    },
    "equivalence": {"r2_bounds": [0.1, 0.05]},
    "inference": {"draws": 999, "confidence": 0.95},
    "primary": "r1",
    "replication": {"as_published": None, "candidates": {"c1": {"little_explained": {"rule": "majority"}}}},
    "families": {"placebos": {"specifications": ["r1"]}},
    "tables": {"main": {"kind": "regression"}},
}
HASHES = plan_hashes(RESOLVED)


def changed(*path, value):
    copy = deepcopy(RESOLVED)
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return plan_hashes(copy)


def differences(hashes):
    found = deviations(Plan("2026-01-01", "open", HASHES), hashes)
    return [tuple(row) for row in found[["kind", "section", "key"]].itertuples(index=False)]


def test_a_plan_has_a_checksum_of_every_entry():
    assert list(HASHES) == [
        "baskets", "blocks.scale", "claims.F4", "claims.N1", "deflator", "equivalence", "families.placebos", "geography",
        "inference", "outliers.small", "period", "primary", "replication.c1", "sectors", "seed", "specifications.r1",
        "specifications.r2",
    ]  # fmt: skip
    # printf '{"confidence":0.95,"draws":999}' | sha256sum
    assert HASHES["inference"] == "a55003af291da693f21e0575b8a533a38b77995f77fb979fa8942da962d92885"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("specifications", "r2", "covariance", "type"), "HC1", ("changed", "specifications", "r2")),
        (("specifications", "r1", "blocks", "scale"), ["density"], ("changed", "specifications", "r1")),
        (("specifications", "r3"), {"outcome": "x"}, ("added", "specifications", "r3")),
        (("claims", "F4", "threshold"), 0.4, ("changed", "claims", "F4")),
        (("equivalence", "r2_bounds"), [0.05, 0.1], ("changed", "equivalence", "")),
        (("inference", "draws"), 99, ("changed", "inference", "")),
        (("inference", "confidence"), 0.9, ("changed", "inference", "")),
        (("seed",), 2, ("changed", "seed", "")),
        (("primary",), "r2", ("changed", "primary", "")),
        (("primary",), None, ("removed", "primary", "")),
        (("families",), {}, ("removed", "families", "placebos")),
        (("outliers", "small", "population_below"), 900, ("changed", "outliers", "small")),
        (("replication", "as_published"), "c1", ("added", "replication", "as_published")),
        (("replication", "candidates", "c1", "little_explained", "rule"), "rows", ("changed", "replication", "c1")),
        (("necessity",), {"s2": {"condition": "x"}}, ("added", "necessity", "s2")),
        (("qca",), {"s2": {"anchors": [1]}}, ("added", "qca", "s2")),
        (("multiverse",), {"m": {"draws": 99}}, ("added", "multiverse", "m")),
        (("mergers",), {"m": {"merges": [["1", "2"]]}}, ("added", "mergers", "m")),
        (("period", "pre", "years"), [2014, 2014], ("changed", "period", "")),
        (("sectors", "reformed"), ["075"], ("changed", "sectors", "")),
        (("geography", "vintage"), 300, ("changed", "geography", "")),
        (("baskets",), ["reformed"], ("changed", "baskets", "")),
        (("blocks", "scale"), ["density"], ("changed", "blocks", "scale")),
    ],
)
def test_a_choice_that_decides_results_is_a_deviation(path, value, expected):
    assert differences(changed(*path, value=value)) == [expected]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("specifications", "r1", "label"), {"nl": "anders", "en": "other"}),
        (("claims", "N1", "because"), {"nl": "anders", "en": "other"}),
        (("study", "language"), "en"),
        (("tables",), {}),
        (("data", "source"), "open"),
        (("specifications", "r1", "controls"), None),  # empty and absent say the same
        (("specifications", "r1", "a_later_key"), []),
        (("inference", "draws"), 999.0),
        (("inference", "batch"), 100),  # who makes the draws
        (("equivalence",), {"r2_bounds": (0.1, 0.05)}),
    ],
)
def test_words_and_what_is_empty_decide_nothing(path, value):
    assert changed(*path, value=value) == HASHES
    assert differences(changed(*path, value=value)) == [("none", "", "")]


def test_the_order_of_keys_is_no_deviation_and_that_of_lists_is():
    assert sha256_of({"a": 1, "b": {"c": 2, "d": 3}}) == sha256_of({"b": {"d": 3, "c": 2}, "a": 1})
    assert sha256_of([1, 2]) != sha256_of([2, 1])
    assert sha256_of({"a": "1"}) != sha256_of({"a": 1}) and sha256_of({"a": False}) != sha256_of({})


def test_zero_and_false_are_no_absence():
    assert canonical({"a": 0, "b": False, "c": None, "d": "", "e": {"f": []}}) == '{"a":0,"b":false}'


# The file


def test_a_plan_is_read_as_it_was_written(tmp_path):
    plan = freeze(tmp_path, RESOLVED)
    assert load_plan(tmp_path) == plan == Plan(date.today().isoformat(), "simulated", HASHES)
    text = (tmp_path / PLAN).read_text(encoding="utf-8")
    assert f"plan {overall(HASHES)}\n" in text and f"{HASHES['seed']}  seed\n" in text
    assert load_plan(tmp_path / "nowhere") is None


TEXT = plan_text(Plan("2026-01-01", "open", HASHES))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("frozen 2026-01-01", "frozen yesterday", "no line 'frozen ...' where one belongs .is: 'frozen yesterday'"),
        ("data open", "data real", "no line 'data ...'"),
        (f"plan {overall(HASHES)}", "plan ", "no line 'plan ...'"),
        ("  seed", "  Seed!", "line 20: .* is not a checksum and a key"),
        (HASHES["seed"], HASHES["period"], "the file was edited"),
        ("  seed", "  geography", "is not a checksum and a key of its own"),
        (f"{HASHES['seed']}  seed\n", "", "the file was edited"),
    ],
)
def test_a_file_that_was_edited_is_refused(old, new, message):
    assert old in TEXT
    with pytest.raises(StudyError, match=rf"plan\.sha256: .*{message}") as refusal:
        read_plan(TEXT.replace(old, new))
    assert "make freeze ARGS=--again" in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"# nothing\n"])
def test_a_file_that_is_no_plan_is_refused(tmp_path, content):
    (tmp_path / PLAN).write_bytes(content)
    with pytest.raises(StudyError, match=r"plan\.sha256: (not UTF-8|no line 'frozen)"):
        study_deviations(tmp_path, RESOLVED)


# Before real data are read


def test_a_study_on_open_data_gets_its_plan_once(tmp_path):
    real = {**RESOLVED, "data": {"source": "open"}}
    assert study_deviations(tmp_path, real)["kind"].tolist() == ["none"]  # it is about to be written
    assert not freeze_before_data(tmp_path, RESOLVED) and load_plan(tmp_path) is None
    assert freeze_before_data(tmp_path, real) and load_plan(tmp_path).data_source == "open"
    before = (tmp_path / PLAN).read_bytes()
    later = {**real, "seed": 2}
    assert not freeze_before_data(tmp_path, later) and (tmp_path / PLAN).read_bytes() == before
    found = study_deviations(tmp_path, later)
    assert found[["kind", "section"]].to_numpy().tolist() == [["changed", "seed"]]
    assert found.loc[0, "frozen_sha256"] == HASHES["seed"] != found.loc[0, "current_sha256"]


def test_the_same_row_before_and_after_the_first_run(tmp_path):
    real = {**RESOLVED, "data": {"source": "open"}}
    before = study_deviations(tmp_path, real)
    freeze_before_data(tmp_path, real)
    pd.testing.assert_frame_equal(before, study_deviations(tmp_path, real))
    assert before.loc[0, "frozen_sha256"] == before.loc[0, "current_sha256"] == overall(HASHES)


def test_a_simulated_study_may_do_without(tmp_path):
    assert study_deviations(tmp_path, RESOLVED)["kind"].tolist() == ["not_frozen"]


# Deviations as readers see them


def test_deviations_are_told_and_reach_the_claims_they_touch():
    plan = Plan("2026-01-01", "open", HASHES)
    found = deviations(plan, changed("specifications", "r2", "covariance", "type", value="HC1"))
    assert (
        deviation_sentence(found, "en") == "Deviations from the plan fixed beforehand: 1: specifications.r2 (changed)."
    )
    assert deviation_sentence(found, "nl").endswith("1: specifications.r2 (gewijzigd).")
    assert len(deviating(found, "F4", ["r2"])) == 1 and deviating(found, "F4", ["r1"]).empty
    threshold = deviations(plan, changed("claims", "F4", "threshold", value=0.4))
    assert len(deviating(threshold, "F4", [])) == 1 and deviating(threshold, "F5", ["r1", "r2"]).empty
    assert len(deviating(deviations(plan, changed("seed", value=2)), "F5", ["r1"])) == 1
    nothing = deviations(plan, HASHES)
    assert deviating(nothing, "F4", ["r1"]).empty
    assert deviation_sentence(nothing, "en") == "Everything is as the plan fixed it beforehand."
    assert deviation_sentence(deviations(None, HASHES), "nl").startswith("Voor deze studie is vooraf geen plan")


def test_the_file_of_deviations_is_never_empty(tmp_path):
    rows = deviations(Plan("2026-01-01", "open", HASHES), HASHES).to_dict("records")
    script.main(rows, "open", str(tmp_path / "deviations.csv"))
    lines = (tmp_path / "deviations.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join([*COLUMNS, "data_source"]) and lines[1].startswith("none,,,") and len(lines) == 2
    assert "2026-01-01" not in lines[1]  # no dates in results


# The project and its command


def study_in(folder):
    shutil.copy(ROOT / "tests/study/config.yaml", folder / "config.yaml")
    return folder


@pytest.fixture
def command(monkeypatch, capsys):
    """workflow/freeze.py over a folder: exit status and what it printed."""
    monkeypatch.syspath_prepend(ROOT / "workflow")
    import freeze as program

    def run(folder, *arguments):
        status = program.main(["--study", str(folder), *arguments])
        return status, "".join(capsys.readouterr())

    return run


def test_the_command_freezes_and_replaces_only_when_told(tmp_path, command):
    study_in(tmp_path)
    status, told = command(tmp_path)
    assert status == 0 and load_plan(tmp_path).sha256 in told
    status, told = command(tmp_path)
    assert status == 0 and "nothing has changed" in told
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert "r2_bounds: [0.10, 0.05]" in text
    config.write_text(text.replace("r2_bounds: [0.10, 0.05]", "r2_bounds: [0.20, 0.05]"), encoding="utf-8")
    before = (tmp_path / PLAN).read_bytes()
    status, told = command(tmp_path)
    assert status == 1 and "changed  equivalence" in told and "ARGS=--again" in told
    assert (tmp_path / PLAN).read_bytes() == before
    status, told = command(tmp_path, "--again")
    assert status == 0 and "changed  equivalence" in told
    assert load_plan(tmp_path).hashes["equivalence"] != read_plan(before.decode()).hashes["equivalence"]


def test_a_plan_that_cannot_be_read_is_named_and_replaced_when_told(tmp_path, command):
    study_in(tmp_path)
    (tmp_path / PLAN).write_text("nonsense", encoding="utf-8")
    status, told = command(tmp_path)
    assert status == 1 and "plan.sha256: no line 'frozen" in told
    assert command(tmp_path, "--again")[0] == 0 and load_plan(tmp_path)


def test_the_command_is_a_program_without_tracebacks(tmp_path):
    run = [sys.executable, str(ROOT / "workflow/freeze.py"), "--study", str(tmp_path / "nowhere")]
    answer = subprocess.run(run, capture_output=True, text=True)
    assert answer.returncode == 1 and "no such folder" in answer.stderr and "Traceback" not in answer.stderr


def test_the_plan_of_the_project_is_that_of_its_configuration():
    if not (ROOT / PLAN).is_file():
        pytest.skip("the plan of the project is not frozen yet: make freeze")
    resolved = load_study(ROOT, ROOT, {}, gathers=True).resolved()
    assert study_deviations(ROOT, resolved)["kind"].tolist() == [frozen.NONE], (
        "config.yaml changed: make freeze ARGS=--again"
    )
