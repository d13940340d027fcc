"""Few and many clusters, events, periods compared, families of tests: what resamples or sums over municipalities."""

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.estimate_rows import bootstrapped_row
from beleidsvrijheid.models.event_study import event_study
from beleidsvrijheid.models.fit import coefficient_table
from beleidsvrijheid.models.joint_tests import wald
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.period_coefficients import period_draws
from beleidsvrijheid.models.sandwich import make_design
from beleidsvrijheid.models.wild_bootstrap import cluster_weights, wild_cluster_interval, wild_cluster_p
from beleidsvrijheid.multiplicity import romano_wolf, wild_statistics
from validation.case import Case, Found, from_row, from_table, tested

N = 285
BLOCK = [f"x{i}" for i in range(5)]


def _clustered(rng: np.random.Generator, n_clusters: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, design (a column that is .2 in truth, one that is 0, the constant) and clusters; both keep to clusters."""
    groups = np.repeat(np.arange(n_clusters), size)
    x = rng.normal(size=(n_clusters, 2))[groups] + rng.normal(size=(len(groups), 2))
    errors = rng.normal(size=n_clusters)[groups] + rng.normal(size=len(groups)) * np.exp(0.3 * x[:, 0])
    return 0.2 * x[:, 0] + errors, np.column_stack([x, np.ones(len(groups))]), groups


def _wild(rng: np.random.Generator, n_clusters: int, size: int, weights: str, draws: int) -> dict[str, Found]:
    data = _clustered(rng, n_clusters, size)
    test = wild_cluster_p(*data, [1], weights, draws, rng)[0]
    low, high = wild_cluster_interval(*data, 0, weights, draws, rng, 0.95)
    return {"planted": Found((low + high) / 2, low, high), "nothing": tested(test.p_value)}


def _wild_few(rng: np.random.Generator) -> dict[str, Found]:
    return _wild(rng, 12, 10, "webb", 399)


def _wild_many(rng: np.random.Generator) -> dict[str, Found]:
    return _wild(rng, N, 4, "rademacher", 199)


EVENT_YEARS = np.arange(2013, 2019)


def _event(rng: np.random.Generator) -> dict[str, Found]:
    """Doses that most have little of, errors that remember."""
    n, reference = N, 2015
    dose, years = np.repeat(rng.gamma(2.0, size=n), len(EVENT_YEARS)), np.tile(EVENT_YEARS, n)
    path = np.cumsum(rng.normal(size=(n, len(EVENT_YEARS))), axis=1).ravel()
    outcome = 0.2 * dose * (years > reference) + 0.1 * years + path
    units, none = pd.Series(np.repeat(np.arange(n), len(EVENT_YEARS))), pd.DataFrame(index=pd.RangeIndex(len(outcome)))
    study = event_study(outcome, dose, none, units, pd.Series(years), reference, 0.95)
    weights = {"mean after": ~study.before / (~study.before).sum(), "2013": (study.years == 2013) * 1.0}
    combined = np.array([study.combination(weight) for weight in weights.values()])
    table = coefficient_table(list(weights), *combined.T, study.fit.df, 0.95, np.ones(2), 1.0, "event")
    early = study.covariance[np.ix_(study.before, study.before)]
    before = wald(study.estimates[study.before], early, study.fit.df, 0.05)
    return from_table(table, {name: ("event", name) for name in weights}) | {"Wald before": tested(before.p_value)}


def _periods(rng: np.random.Generator) -> dict[str, Found]:
    """The outcome of a municipality is alike in both periods; one slope grows, the others do not."""
    x, kept = rng.normal(size=(N, 3)), rng.normal(size=N)
    errors = np.sqrt(0.5) * (kept + rng.normal(size=(2, N)))
    outcomes = x @ np.array([0.2, 0.2, 0.2]) + errors
    outcomes[1] += 0.2 * x[:, 0]
    counts = np.vstack([np.ones(N), draw_counts(N, 499, rng)])
    drawn = period_draws(outcomes, x[:, :2], x[:, 2:], counts)
    change = drawn.slopes[1] - drawn.slopes[0]
    shown = {"grows": change[:, 0], "stays": change[:, 1], "R2": drawn.r2[1] - drawn.r2[0]}
    shown["R2 of blocks"] = drawn.r2_blocks[1] - drawn.r2_blocks[0]
    found = {name: from_row(bootstrapped_row("", name, v[0], v[1:], 0.95, 0.0)) for name, v in shown.items()}
    joint = wald(change[0, 1:], np.cov(change[1:, 1:], rowvar=False), np.inf, 0.05)
    return found | {"Wald": tested(joint.p_value)}


def _romano_wolf(rng: np.random.Generator) -> dict[str, Found]:
    """Six outcomes that go together, on one column each; in the first half of them something is planted."""
    x, weights = rng.normal(size=N), cluster_weights(N, 199, "rademacher", rng)[0]
    outcomes = (rng.normal(size=(N, 1)) + rng.normal(size=(N, 6))) * np.exp(0.3 * x)[:, None]
    design = make_design(x[:, None], "HC3")
    found = {}
    for name, planted in (("nothing planted", 0.0), ("three of six planted", 0.6)):
        moved = outcomes + planted * x[:, None] * (np.arange(6) < 3)
        tests = [wild_statistics(column, design, 0, np.arange(N), weights) for column in moved.T]
        adjusted = romano_wolf(np.array([t for t, _ in tests]), np.column_stack([drawn for _, drawn in tests]))
        found[name] = tested(adjusted.min() if planted == 0 else adjusted[3:].min())
    return found


def _joint(rng: np.random.Generator) -> dict[str, Found]:
    """Five columns that say nothing, errors larger where the first is."""
    x = pd.DataFrame(rng.normal(size=(N, 5)), columns=BLOCK)
    fit = ols(rng.normal(size=N) * np.exp(0.5 * x["x0"].to_numpy()), x, "HC3")
    test = wald(fit.coefficients["estimate"].to_numpy()[:5], fit.covariance_matrix[:5, :5], fit.df, 0.05)
    return {"five columns": tested(test.p_value)}


# R2 of three columns with these slopes and errors of variance 1, and of the first two once the third is out.
R2 = [0.12 / 1.12, (0.08 + 0.16) / (0.08 + 1.16)]
R2_BLOCKS = [0.08 / 1.08, 0.2 / 1.2]
PERIOD_TRUTH = {"grows": 0.2, "stays": 0.0, "R2": R2[1] - R2[0], "R2 of blocks": R2_BLOCKS[1] - R2_BLOCKS[0]}
CASES = [
    Case(
        "wild bootstrap, Webb",
        "12 clusters of 10, B = 399; interval by inversion, its middle as estimate",
        {"planted": 0.2},
        _wild_few,
        tests=("nothing",),
    ),
    Case(
        "wild bootstrap, Rademacher",
        "285 clusters of 4, B = 199",
        {"planted": 0.2},
        _wild_many,
        tests=("nothing",),
    ),
    Case(
        "event_study (E6)",
        "285 x 6 years, skewed dose, random-walk errors",
        {"mean after": 0.2, "2013": 0.0},
        _event,
        ("2013",),
        tests=("Wald before",),
    ),
    Case(
        "period_coefficients (E4)",
        "N = 285 twice, B = 499",
        PERIOD_TRUTH,
        _periods,
        ("stays",),
        tests=("Wald",),
        shares=("R2", "R2 of blocks"),
    ),
    Case(
        "Romano-Wolf, chance of any false rejection",
        "N = 285, six correlated outcomes, B = 199",
        {},
        _romano_wolf,
        tests=("nothing planted", "three of six planted"),
    ),
    Case("joint Wald, ols, HC3", "N = 285, errors spread with a column", {}, _joint, tests=("five columns",)),
]
