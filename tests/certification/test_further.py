"""Random effects, the wild bootstrap, quantile regression and Shapley shares against exact solutions."""

import pytest

from . import further


@pytest.mark.parametrize("run", further.OTHERS, ids=["random effects", "wild bootstrap", "quantiles", "Shapley"])
def test_enough_digits(run):
    found = run()
    assert found and {one.verdict for one in found} == {"met"}, found


def test_shares_sum_to_r2():
    problem = further.longley()
    blocks = {name: problem.regressors[[name]].to_numpy() for name in problem.regressors}
    shares = further.exact_shapley(problem.outcome, blocks)
    columns = [*problem.regressors.to_numpy().T, [1.0] * len(problem.outcome)]
    assert sum(shares.values()) == further.Exact(problem.outcome, columns).r2
