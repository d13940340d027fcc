"""The canary: its values against exact solutions, every check shown to fail by name, what a study's user reads."""

import math

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid import canary
from beleidsvrijheid.canary import CHECKS, Check, as_table, run, small_panel, stop_where_broken
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.versions import environment

from ..certification import further, paths, sets

EXPECTED = {check.find.__name__: check.expected for check in CHECKS}


def problem() -> sets.Problem:
    data = small_panel()
    units, years = (data[name].to_numpy() for name in ("unit", "year"))
    return sets.Problem("small panel", data["y"].to_numpy(), data[["x", "z"]], units, years, units)


def test_all_checks_pass_here():
    outcomes = run()
    assert len(outcomes) == len(CHECKS) >= 12
    assert [one.check.name for one in outcomes if not one.passed] == []
    stop_where_broken(outcomes, environment())
    table = as_table(outcomes)
    assert list(table) == ["check", "expected", "found", "digits", "passed"]
    assert table["passed"].all() and (table["digits"] == [check.digits for check in CHECKS]).all()


def test_expected_values_are_exact_solutions():
    one = problem()
    by_name = {path.name: path for path in paths.PATHS}
    within = paths.exact_numbers(by_name["panel_ols, both effects"], one, paths.CLUSTER)["x"]
    assert EXPECTED["linearmodels_within"] == float(within[0])
    assert EXPECTED["own_panel"] == EXPECTED["own_multiverse"] == pytest.approx(float(within[1]), rel=1e-15)
    columns = [*one.regressors.to_numpy().T, np.ones(30)]
    weighted = further.Exact(one.outcome, columns, small_panel()["weight"])
    assert EXPECTED["statsmodels_weighted"] == float(weighted.coefficients[0])
    assert EXPECTED["linearmodels_random"] == pytest.approx(float(further.swamy_arora(one).coefficients[0]), rel=1e-15)
    assert EXPECTED["own_bootstrap"] == further.exact_wild(one, 1)[1] / 64
    near = np.array([2.5, 1.625, 4.5])
    assert further.exact_quantile(one.outcome, np.column_stack(columns), 0.3, near)[0] == EXPECTED["own_quantile"]


def scaled(function, factor=1 + 1e-5):
    """The function with its result a little wrong."""
    return lambda *args, **options: function(*args, **options) * factor


class Wrong:
    """A fitted model whose coefficients are off by a part in a hundred thousand."""

    def __init__(self, fitted):
        self.fitted = fitted

    def __getattr__(self, name):
        value = getattr(self.fitted, name)
        return value * (1 + 1e-5) if name == "params" else value


def wrong_fit(model):
    fit = model.fit
    return lambda self, *args, **options: Wrong(fit(self, *args, **options))


def break_statsmodels(monkeypatch):
    from statsmodels.regression.linear_model import WLS

    monkeypatch.setattr(WLS, "fit", wrong_fit(WLS))


def break_within(monkeypatch):
    from linearmodels.panel.model import PanelOLS

    monkeypatch.setattr(PanelOLS, "fit", wrong_fit(PanelOLS))


def break_random(monkeypatch):
    from linearmodels.panel.model import RandomEffects

    monkeypatch.setattr(RandomEffects, "fit", wrong_fit(RandomEffects))


def break_distributions(monkeypatch):
    import scipy.special

    monkeypatch.setattr(scipy.special, "chdtrc", scaled(scipy.special.chdtrc))


def break_joins(monkeypatch):
    merge = pd.DataFrame.merge

    def unchecked(self, right, validate=None, **options):
        return merge(self, right, **options)

    monkeypatch.setattr(pd.DataFrame, "merge", unchecked)


def break_text(monkeypatch):
    read = pd.read_csv
    monkeypatch.setattr(pd, "read_csv", lambda *args, keep_default_na=True, **options: read(*args, **options))


def break_draws(monkeypatch):
    other = np.random.default_rng(1)
    monkeypatch.setattr(np.random, "default_rng", lambda seed: other)


def break_quantile(monkeypatch):
    from beleidsvrijheid.models import quantile

    monkeypatch.setattr(quantile, "_vertex", lambda y, design, q, counts, slopes: slopes * 1.001)


def break_multiverse(monkeypatch):
    from beleidsvrijheid.multiverse import kernel

    monkeypatch.setattr(kernel, "small_sample", lambda *args: ({"municipality": 1.0}, np.array([5.0])))


def break_bootstrap(monkeypatch):
    from beleidsvrijheid.models import wild_bootstrap

    monkeypatch.setattr(wild_bootstrap, "TIE", 0.9)


def break_coefficients(monkeypatch):
    from beleidsvrijheid.models import linear

    monkeypatch.setattr(linear, "coefficient_table", wrong_table(linear.coefficient_table))


def wrong_table(make):
    def table(terms, estimates, errors, *rest, **options):
        return make(terms, np.asarray(estimates) * (1 + 1e-5), np.asarray(errors) * (1 + 1e-5), *rest, **options)

    return table


BREAKS = {
    "own_coefficients": break_coefficients,
    "own_error": break_coefficients,
    "own_panel": break_coefficients,
    "own_multiverse": break_multiverse,
    "own_quantile": break_quantile,
    "own_bootstrap": break_bootstrap,
    "statsmodels_weighted": break_statsmodels,
    "linearmodels_within": break_within,
    "linearmodels_random": break_random,
    "scipy_distributions": break_distributions,
    "pandas_joins": break_joins,
    "pandas_text": break_text,
    "numpy_draws": break_draws,
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.find.__name__)
def test_what_breaks_is_named(check, monkeypatch):
    BREAKS[check.find.__name__](monkeypatch)
    with pytest.raises(StudyError) as stop:
        stop_where_broken(run([check]), {"numpy": "9.9"})
    message = str(stop.value)
    assert check.name in message and repr(check.expected) in message and "Installed: numpy 9.9." in message
    assert "Nothing was estimated" in message and "make setup" in message


def test_every_check_can_fail():
    assert {check.find.__name__ for check in CHECKS} == set(BREAKS)


def test_a_library_that_raises_is_a_finding_and_all_that_failed_are_told():
    def missing() -> float:
        raise AttributeError("module has no attribute 'stdtr'")

    checks = [
        Check("one", missing, 1.0, 10),
        Check("two", lambda: math.nan, 0.0, 3),
        Check("three", lambda: 1.0, 1.0, 3),
    ]
    outcomes = run(checks)
    assert [one.digits for one in outcomes] == [0, 0, 3] and [one.passed for one in outcomes] == [False, False, True]
    with pytest.raises(StudyError, match=r"one should be 1.0 and is AttributeError: module .* \(also: two\)"):
        stop_where_broken(outcomes, {})


def test_digits_are_counted_up_to_those_asked_for():
    found = run([Check("close", lambda: 1 + 1e-6, 1.0, 5), Check("far", lambda: 1.01, 1.0, 5)])
    assert [one.digits for one in found] == [5, 1]
    # What is beyond differs between processors and stays out of the file.
    assert as_table(found)["found"].tolist() == [1.0, 1.01]


def test_the_worst_is_the_number_furthest_from_the_expected_one():
    assert canary.worst([1.0, 0.5, 1.2]) == 0.5
