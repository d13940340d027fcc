"""Cases of `make validate`: they run and cover every estimator; the verdicts can say no."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.models.estimation import RUN
from beleidsvrijheid.models.fit import Refusal

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
TOPICS = sorted(path.stem for path in (BENCHMARKS / "validation").glob("*.py") if path.stem not in ("__init__", "case"))
NO_SAMPLING = {"published_value"}  # a difference between two figures has no interval


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


def of(module):
    return import_module(f"validation.{module}")


def verdicts(run, replications=400, **options):
    case = of("case").Case("planted", "by hand", options.pop("truth", {"mean": 0.0}), run, **options)
    return of("case").replicate(case, replications, 1, 0).set_index("quantity")


def mean_of(rng, bias=0.0):
    """Mean of 50 standard normal values with its interval and p, of a known variance."""
    from scipy.special import ndtr

    error = 1 / np.sqrt(50)
    value = rng.normal(size=50).mean() + bias
    return of("case").Found(value, value - 1.96 * error, value + 1.96 * error, 2 * ndtr(-abs(value) / error))


@pytest.mark.parametrize("topic", TOPICS)
def test_first_case_of_a_topic_runs(topic):
    case = of(topic).CASES[0]
    table = of("case").replicate(case, 5, 1, 0)
    assert table["quantity"].tolist() == [*case.truth, *case.tests]
    assert (table["replications"] == 5).all()
    assert set(table["verdict"]) <= {"within", "OUTSIDE", "measured", "conservative"}
    again = of("case").replicate(case, 5, 1, 0)
    assert table.equals(again)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_case_finds_what_it_promises(topic):
    for case in of(topic).CASES:
        found = case.run(np.random.default_rng(1))
        assert set(case.truth) | set(case.tests) == set(found), case.estimator
        assert set(case.nulls) <= set(case.truth) and set(case.shares) <= set(case.truth), case.estimator
        assert not set(case.truth) & set(case.tests), case.estimator
        for name in case.truth:
            one = found[name]
            assert one.low < one.high and np.isfinite(one.estimate), (case.estimator, name)
        for name in (*case.nulls, *case.tests):
            assert 0 <= found[name].p_value <= 1, (case.estimator, name)


def test_every_estimator_has_a_case():
    opens = [case.estimator for topic in TOPICS for case in of(topic).CASES]
    lacking = [name for name in RUN if not any(text.split(" ")[0].rstrip(",") == name for text in opens)]
    assert set(lacking) <= NO_SAMPLING


@pytest.mark.parametrize(("n", "level"), [(200, 0.95), (2000, 0.95), (2000, 0.05)])
def test_limits_are_the_exact_binomial_ones(n, level):
    from scipy.stats import binom

    low, high = (round(limit * n) for limit in of("case").limits(n, level))
    assert binom.cdf(low - 1, n, level) < 0.0005 <= binom.cdf(low, n, level)
    assert binom.sf(high, n, level) <= 0.0005 < binom.sf(high - 1, n, level)


def test_an_honest_estimator_is_within_and_a_biased_one_outside():
    honest = verdicts(lambda rng: {"mean": mean_of(rng)}, nulls=("mean",)).loc["mean"]
    assert honest["verdict"] == "within" and abs(honest["bias"]) < 4 * honest["bias_error"]
    for bias in (0.1, -0.1):
        biased = verdicts(lambda rng, bias=bias: {"mean": mean_of(rng, bias)}).loc["mean"]
        assert biased["verdict"] == "OUTSIDE" and biased["coverage"] < biased["low"]
        assert biased["bias"] == pytest.approx(bias, abs=4 * biased["bias_error"])
        measured = verdicts(lambda rng, bias=bias: {"mean": mean_of(rng, bias)}, shares=("mean",)).loc["mean"]
        assert measured["verdict"] == "measured" and measured["coverage"] == biased["coverage"]


def test_coverage_may_be_right_and_rejection_wrong():
    def run(rng):
        return {"mean": mean_of(rng)._replace(p_value=0.5 * rng.random())}

    row = verdicts(run, nulls=("mean",)).loc["mean"]
    assert row["low"] <= row["coverage"] <= row["high"]
    assert row["verdict"] == "OUTSIDE" and row["rejection"] > of("case").limits(400, 0.05)[1]


def test_tests_are_within_conservative_or_outside():
    tested = of("case").tested

    def run(rng):
        p = rng.random()
        return {"exact": tested(p), "timid": tested(np.sqrt(p)), "eager": tested(p**2)}

    table = verdicts(run, truth={}, tests=("exact", "timid", "eager"))
    assert table["verdict"].to_dict() == {"exact": "within", "timid": "conservative", "eager": "OUTSIDE"}
    assert table["coverage"].isna().all() and (table["kind"] == "test").all()
    (low, *_), (high, *_) = table["low"], table["high"]
    assert low < 0.05 < high


def test_a_permutation_p_of_exactly_five_per_cent_rejects():
    table = verdicts(lambda rng: {"p": of("case").tested(10 / 200)}, 50, truth={}, tests=("p",))
    assert table.at["p", "rejection"] == 1


def test_some_cases_run_later_take_the_place_of_their_rows_and_say_so():
    page = import_module("validate_estimators")
    case = of("case").Case
    run = lambda rng: {"mean": mean_of(rng)}  # noqa: E731
    both = [of("case").replicate(case(name, "by hand", {"mean": 0.0}, run), 50, 1, 0) for name in ("first", "second")]
    about = {"replications": "50", "seed": 1, "commit": "abc", "command": "make", "seconds": 2, "processors": 2}
    whole = page.page(pd.concat(both), about)
    later = of("case").replicate(case("second", "by hand", {"mean": 0.0}, run), 60, 1, 0)
    new = of("case").replicate(case("between", "by hand", {"mean": 0.0}, run), 60, 1, 0)
    text = whole
    for _ in range(2):  # the same run twice leaves one line that says so
        text = page.amended(text, pd.concat([later, new]), about | {"commit": "def"}, ["first", "between", "second"])
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert [(row[0].removeprefix("| "), row[4]) for row in rows] == [
        ("first", "50"),
        ("between", "60"),
        ("second", "60"),
    ]
    assert text.count("- Run later: second; between: 50 replications, commit def") == 1
    assert whole.splitlines()[:5] == text.splitlines()[:5] and "commit abc" in text
    assert "second" not in page.amended(whole, new, about, ["first", "between"]).split(page.HEAD)[1]


def test_a_refusal_is_not_counted():
    def run(rng):
        if rng.random() < 0.25:
            raise Refusal("no data")
        return {"mean": mean_of(rng)}

    assert 250 < verdicts(run).at["mean", "replications"] < 350
