"""fsQCA: the numbers of QCA with R, planted configurations, minimisation by brute force, refusals."""

import re
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.configuration import Qca
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.qca import (
    analyse_configurations,
    calibrate,
    minimal_covers,
    necessity,
    prime_implicants,
    solve,
    truth_table,
)
from beleidsvrijheid.qca.minimise import covers
from beleidsvrijheid.qca.solutions import solution_table, term_text
from beleidsvrijheid.qca.truth_table import term_membership

from . import published_study as study

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/qca.yaml").read_text())
LIPSET = pd.DataFrame(REFERENCE["memberships"])
CONDITIONS = LIPSET[REFERENCE["conditions"]]
SIDES = {"outcome": LIPSET["SURV"].to_numpy(), "~outcome": 1 - LIPSET["SURV"].to_numpy()}
SETTINGS = {"exclusions": {"smallest": ["90000", "90001"]}, "minimum_municipalities": 100}


def close(expected):
    known = [np.nan if one is None else one for one in np.atleast_1d(np.array(expected, dtype=object))]
    return pytest.approx(np.array(known, float), abs=REFERENCE["tolerance"], nan_ok=True)


def label(text="x"):
    return {"nl": text, "en": text}


def entry(**changes):
    condition = {"label": label(), "expected": "present"}
    known = {
        "label": label("Genoeg"),
        "outcome": {"indicator": "portfolio_shift", "beleidsveld": "domains", "anchors": [0.1, 0.22, 0.34]},
        "conditions": {
            "scale": condition | {"indicator": "log_population", "anchors": [10000, 16000, 40000], "is_logged": True},
            "staff": condition | {"indicator": "vte_growth_5y", "anchors": [0, 2, 4]},
            "stability": condition | {"indicator": "coalition_change", "anchors": [4, 2, 0], "expected": "none"},
        },
        "inclusion": 0.6,
        "pri": 0.0,
        "frequency": 2,
        "negate": True,
    }
    return Qca.model_validate(known | changes).model_dump()


def analyse(panel=None, settings=SETTINGS, **changes):
    return analyse_configurations(study.panel() if panel is None else panel, entry(**changes), settings)


# The numbers of QCA with R


@pytest.mark.parametrize("side", SIDES)
def test_truth_table_matches_r(side):
    rows = truth_table(CONDITIONS, SIDES[side], inclusion=0.8, pri=0.0, frequency=1).rows
    names = ["".join(map(str, row)) for row in rows[REFERENCE["conditions"]].to_numpy()]
    rows = rows.set_axis(names).loc[lambda frame: frame["n"] > 0]
    expected = REFERENCE["truth_table"][side]
    assert set(rows.index) == set(expected)
    for name, (output, n, consistency, pri) in expected.items():
        row = rows.loc[name]
        assert (row["output"], row["n"]) == (output, n)
        assert [row["consistency"], row["pri"]] == close([consistency, pri])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", ["conservative", "intermediate", "parsimonious"])
def test_solutions_match_r(side, kind):
    table = truth_table(CONDITIONS, SIDES[side], inclusion=0.8, pri=0.0, frequency=1)
    solved = solve(table, dict.fromkeys(CONDITIONS, 1 if side == "outcome" else 0))
    rows = solution_table(solved, CONDITIONS, SIDES[side], side)
    rows = rows[rows["solution"] == kind].set_index("term")
    expected = REFERENCE["solutions"][side][kind]
    assert set(rows.index) == set(expected) and set(rows["n_models"]) == {1}
    for term, figures in expected.items():
        found = rows.loc[term, ["consistency", "pri", "raw_coverage", "unique_coverage"]]
        assert found.to_numpy(float) == close(figures), term


def test_necessity_matches_r():
    for name, (consistency, relevance, coverage) in REFERENCE["necessity"].items():
        column = LIPSET[name.removeprefix("~")].to_numpy()
        found = necessity(1 - column if name.startswith("~") else column, SIDES["outcome"])
        assert [found["consistency"], found["relevance"], found["coverage"]] == close(
            [consistency, relevance, coverage]
        )


def test_calibration_matches_r():
    known = REFERENCE["calibration"]
    assert calibrate(known["values"], known["anchors"]) == close(known["memberships"])
    assert calibrate(np.log(known["values"]), known["anchors"], is_logged=True)[[5, 7]] != close(
        np.array(known["memberships"])[[5, 7]].tolist()
    )


def test_every_model_of_an_ambiguous_table_matches_r():
    known = REFERENCE["ambiguous"]
    data = pd.DataFrame(known["memberships"])
    table = truth_table(data[list("ABCD")], data["Y"].to_numpy(), known["inclusion"], 0.0, known["frequency"])
    solved = solve(table, known["expected"])
    for kind, models in solved.models.items():
        found = [frozenset(term_text(term, "ABCD") for term in model) for model in models]
        assert len(found) == len(set(found))
        assert set(found) == {frozenset(text.split(" + ")) for text in known[kind]}, kind


# Calibration


def test_anchors_have_their_memberships():
    anchors = [10_000, 20_000, 40_000]
    assert calibrate(np.log(anchors), anchors, is_logged=True) == pytest.approx([0.05, 0.5, 0.95])
    assert calibrate(np.array([3.0, 2.0, 0.0]), [3, 2, 0]) == pytest.approx([0.05, 0.5, 0.95])
    far = calibrate(np.array([-1e6, 1e6]), [0, 1, 2])
    assert far[0] == pytest.approx(0) and far[1] == 1


@pytest.mark.parametrize("anchors", [[1, 3, 2], [1, 1, 2], [1, 2], [2, 2, 2]])
def test_anchors_out_of_order_are_named(anchors):
    with pytest.raises(StudyError, match=r"outcome\.anchors: .*allowed: full out, crossover, full in"):
        calibrate(np.zeros(3), anchors, "outcome.anchors")
    with pytest.raises(ValueError, match="anchors"):
        entry(
            outcome={"indicator": "portfolio_shift", "beleidsveld": "domains", "anchors": [float(a) for a in anchors]}
        )


def test_anchors_of_a_logarithm_are_above_zero():
    with pytest.raises(StudyError, match="above zero"):
        calibrate(np.zeros(3), [0, 1, 2], is_logged=True)


# Minimisation


def every_term(k):
    return list(product((0, 1, None), repeat=k))


@pytest.mark.parametrize("seed", range(12))
def test_primes_and_covers_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    k = 4
    state = rng.choice(["1", "0", "?"], size=2**k, p=[0.45, 0.35, 0.2])
    points = list(product((0, 1), repeat=k))
    wanted = [p for p, s in zip(points, state, strict=True) if s == "1"]
    allowed = [p for p, s in zip(points, state, strict=True) if s == "?"]
    implicants = [t for t in every_term(k) if not any(covers(t, p) for p in set(points) - set(wanted) - set(allowed))]
    primes = [
        t
        for t in implicants
        if not any(other != t and covers(other, t) for other in implicants) and any(covers(t, p) for p in wanted)
    ]
    assert set(prime_implicants(wanted, allowed)) == set(primes)
    for size in range(1, len(primes) + 1):
        smallest = {
            frozenset(chosen)
            for chosen in combinations(primes, size)
            if all(any(covers(t, p) for t in chosen) for p in wanted)
        }
        if smallest:
            break
    found = minimal_covers(prime_implicants(wanted, allowed), wanted)
    assert {frozenset(model) for model in found} == smallest and len(found) == len(smallest)


def test_a_term_without_literals_is_always_true():
    points = list(product((0, 1), repeat=2))
    assert prime_implicants(points) == [(None, None)]
    assert term_text((None, None), ["a", "b"]) == "always"
    assert term_membership(np.array([[0.2, 0.4]]), (None, None)).tolist() == [1.0]


# Recovery


def test_planted_paths_are_recovered():
    rng = np.random.default_rng(4)
    sets = pd.DataFrame(rng.beta(0.5, 0.5, size=(600, 4)), columns=list("abcd"))
    paths = np.maximum(np.minimum(sets["a"], sets["b"]), np.minimum(1 - sets["c"], sets["d"])).to_numpy()
    noisy = np.clip(paths + rng.normal(0, 0.05, 600), 0, 1)
    table = truth_table(sets, noisy, inclusion=0.9, pri=0.8, frequency=3)
    solved = solve(table, dict.fromkeys("abcd"))
    for models in solved.models.values():
        assert [{term_text(term, "abcd") for term in model} for model in models] == [{"a*b", "~c*d"}]
    rows = solution_table(solved, sets, noisy, "outcome").set_index("term")
    assert (rows["consistency"] > 0.95).all() and rows.loc["solution", "raw_coverage"].min() > 0.95


def test_noise_has_no_sufficient_configuration():
    rng = np.random.default_rng(6)
    sets = pd.DataFrame(rng.uniform(size=(500, 3)), columns=list("abc"))
    table = truth_table(sets, rng.uniform(size=500), inclusion=0.9, pri=0.6, frequency=3)
    assert solve(table, {}).models == {"conservative": [], "intermediate": [], "parsimonious": []}


def test_remainders_are_used_only_where_allowed():
    # a*b observed and sufficient; ~a*~b observed and not; the two others never seen.
    sets = pd.DataFrame({"a": [0.9, 0.9, 0.1, 0.1], "b": [0.8, 0.9, 0.2, 0.1]})
    table = truth_table(sets, np.array([0.9, 0.95, 0.1, 0.1]), 0.8, 0.5, 1)

    def terms(expected, kind):
        return {frozenset(term_text(t, "ab") for t in model) for model in solve(table, expected).models[kind]}

    assert terms({}, "conservative") == {frozenset({"a*b"})}
    assert terms({}, "parsimonious") == {frozenset({"a"}), frozenset({"b"})}
    assert terms({"a": 1, "b": 1}, "intermediate") == {frozenset({"a*b"})}  # both expected: neither can be dropped
    assert terms({"a": 1, "b": 0}, "intermediate") == {frozenset({"a"}), frozenset({"a*b"})}  # b goes against it


# An analysis of the configuration


def test_an_analysis_has_every_table_and_repeats():
    first, again = analyse(sample={"exclude": ["smallest"]}), analyse(sample={"exclude": ["smallest"]})
    assert first.n_obs == 278 and first.reason == ""
    for table in ("truth_tables", "solutions", "necessity", "ledger"):
        pd.testing.assert_frame_equal(getattr(first, table), getattr(again, table))
    assert len(first.truth_tables) == 16 and len(first.necessity) == 12
    assert first.truth_tables.groupby("outcome")["n"].sum().tolist() == [278, 278]
    whole = first.solutions[first.solutions["term"] == "solution"]
    assert ((whole["consistency"] > 0) & (whole["raw_coverage"] <= 1)).all()
    assert set(first.solutions["outcome"]) <= {"outcome", "~outcome"}
    assert set(analyse(negate=False).truth_tables["outcome"]) == {"outcome"}


def test_what_helps_the_outcome_hinders_its_negation():
    from beleidsvrijheid.qca.analysis import _expected

    conditions = {"a": {"expected": "present"}, "b": {"expected": "absent"}, "c": {"expected": "none"}}
    assert _expected(conditions, "outcome") == {"a": 1, "b": 0, "c": None}
    assert _expected(conditions, "~outcome") == {"a": 0, "b": 1, "c": None}


def test_cases_at_the_crossover_are_told_and_in_no_configuration():
    panel = study.panel()
    half = (panel["indicator"] == "vte_growth_5y") & panel["nis"].isin(["90005", "90006"])
    analysis = analyse(panel.assign(value=panel["value"].where(~half, 2.0)))
    assert analysis.ledger.iloc[-1].tolist() == [
        "crossover",
        280,
        280,
        "staff: 2 cases at exactly 0.5, in no configuration",
    ]
    assert analysis.truth_tables.groupby("outcome")["n"].sum().tolist() == [278, 278]


def test_contradictory_assumptions_are_told():
    from beleidsvrijheid.qca.analysis import _contradictions

    assert _contradictions([{(1, 0), (1, 1)}, {(1, 0)}], ["a", "b"]) == [
        "parsimonious solutions assume the same of outcome and negation for 10 (a, b)"
    ]
    assert _contradictions([{(1, 0)}], ["a", "b"]) == []


@pytest.mark.parametrize(
    ("make", "changes", "reason"),
    [
        (lambda p: p[p["indicator"] != "vte_growth_5y"], {}, "no municipality has vte_growth_5y for no field"),
        (lambda p: p[p["nis"] < "90050"], {}, "50 municipalities, fewer than 100"),
        (
            lambda p: p.assign(value=p["value"].where(p["indicator"] != "vte_growth_5y", 3.0)),
            {},
            "vte_growth_5y: the same value in every row",
        ),
        (
            lambda p: p,
            {"outcome": {"indicator": "portfolio_shift", "beleidsveld": "domains", "anchors": [7.0, 8.0, 9.0]}},
            "outcome: every case is not more in than out of the set at these anchors",
        ),
        (lambda p: p, {"inclusion": 1.0, "pri": 0.99}, "no configuration is sufficient at these cutoffs"),
    ],
)
def test_what_cannot_be_analysed_is_refused_by_name(make, changes, reason):
    analysis = analyse(make(study.panel()), **changes)
    assert analysis.reason == reason and analysis.solutions.empty and len(analysis.ledger)
    assert analysis.truth_tables.empty != (reason == "no configuration is sufficient at these cutoffs")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inclusion": 0.4}, "inclusion"),
        ({"frequency": 0}, "frequency"),
        (
            {
                "conditions": {
                    "scale": {"label": label(), "indicator": "x", "anchors": [1.0, 2.0, 3.0], "expected": "none"}
                }
            },
            "2",
        ),
        ({"sample": {"years": [2014, 2015]}}, "not read here"),
    ],
)
def test_the_schema_is_closed(changes, message):
    with pytest.raises(ValueError, match=message):
        entry(**changes)


def test_models_that_are_left_out_are_told(monkeypatch):
    monkeypatch.setattr("beleidsvrijheid.qca.solutions.MOST_COVERS", 0)
    told = analyse(study.panel()).warnings
    assert [text for text in told if re.fullmatch(r"\w+: more than \d+ models, the rest left out", text)]
