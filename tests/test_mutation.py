"""The tool behind `make mutate`: its faults, its sample, which tests can notice one, and what it tells."""

import ast
import csv
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

tool = import_module("mutate_library")
operators, running, sampling = (import_module(f"mutation.{name}") for name in ("operators", "running", "sample"))
mutants, noticing, all_mutants, sample = operators.mutants, running.noticing, sampling.all_mutants, sampling.sample

PATH = "scripts/beleidsvrijheid/x.py"
SOURCE = '''"""Text."""
LIMIT = 3

@cache
def f(x: int = 2, é="ü") -> list[int]:
    check(x)
    if x < LIMIT and not x:
        raise StudyError(f"{x + 1} is below {LIMIT}")
    y = np.sqrt(x) + x[1:]  # é
    return [a for a in zip(y, y, strict=True)]
'''


def test_every_operator_finds_its_places_and_texts_are_left_alone():
    found = {(one.operator, " ".join(one.old.split()), one.new) for one in mutants(PATH, SOURCE)}
    assert found == {
        ("constant", "3", "4"),
        ("constant", "2", "3"),
        ("drop-call", "check(x)", "pass"),
        ("boolean", "x < LIMIT and not x", "(x < LIMIT or not x)"),
        ("comparison", "x < LIMIT", "(x <= LIMIT)"),
        ("boolean", "not x", "(x)"),
        ("arithmetic", "np.sqrt(x) + x[1:]", "(np.sqrt(x) - x[1:])"),
        ("drop-call", "np.sqrt(x)", "x"),
        ("slice", "1:", ":"),
        ("constant", "1", "2"),
        ("return", "return [a for a in zip(y, y, strict=True)]", "return None"),
    }


def test_each_fault_changes_its_own_place_and_can_be_read():
    for one in mutants(PATH, SOURCE):
        changed = one.applied(SOURCE)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(SOURCE))
        assert changed.count("\n") == SOURCE.count("\n") and "é" in changed
        assert one.called == ("" if one.old == "3" else "f")


def test_the_sample_is_the_same_twice_has_every_module_and_its_start_is_a_sample_too():
    found = all_mutants(ROOT)
    one = sample(found, 400, 1)
    assert one == sample(found, 400, 1) != sample(found, 400, 2)
    assert len(one) == len(set(one)) and 400 <= len(one) < 480
    assert {mutant.path for mutant in one} == set(found)
    assert len({mutant.path.split("/")[2] for mutant in one[:40]}) > 3


def test_the_tests_that_call_a_function_can_notice_its_faults():
    calls = {"t.py": {("x.py", "made_by_a_fixture")}, "t.py::a": {("x.py", "f")}, "u.py::b": {("y.py", "f")}}
    seconds = {"t.py::a": 1.0, "t.py::c": 2.0, "u.py::b": 3.0}
    constant, *_, inside = mutants(PATH, SOURCE)
    assert noticing(inside, calls, seconds) == {"t.py::a": 1.0}
    assert noticing(constant, calls, seconds) == {"t.py::a": 1.0, "t.py::c": 2.0}


@pytest.mark.parametrize(
    ("verdicts", "score"),
    [((running.KILLED, running.TIMEOUT, running.SURVIVED, tool.EQUAL), "66.7 % noticed** (2 of 3")],
)
def test_the_page_counts_what_was_noticed_and_lists_the_rest(verdicts, score):
    chosen = mutants(PATH, SOURCE)[:4]
    run = {
        "possible": 11,
        "modules": 1,
        "seed": 1,
        "commit": "c",
        "command": "make mutate",
        "seconds": 1,
        "before": "",
        "first": "",
    }
    text = tool.page(list(zip(chosen, verdicts, strict=True)), {chosen[3]: "because"}, run)
    assert score in text and "Counting those as not noticed: 50.0 %" in text and "because" in text
    assert text.count(f"| x.py:{chosen[2].line} |") >= 1


def test_each_equivalent_fault_is_one_of_the_code():
    found = tool.equivalent(all_mutants(ROOT))
    with tool.EQUIVALENT.open(encoding="utf-8", newline="") as file:
        assert len(found) == len(list(csv.DictReader(file))) > 20
    ((fault, _),) = [row for row in found.items() if row[0].function == "bias_corrected_interval"]
    line = (ROOT / fault.path).read_text(encoding="utf-8").splitlines()[fault.line - 1]
    assert line[: fault.span[1]].endswith("reshape(len(draws), -")  # the first of five alike
