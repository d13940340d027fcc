"""G1: how unequal are municipalities, and how much of it lies between groups? Gini and Theil's T, with and without inhabitants.

Everything is computed for many resamples at once: a municipality that is drawn twice counts twice.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts, inference_table
from beleidsvrijheid.models.drawn_dispersion import Draws
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table, inference_row
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.models.sample import Sample, in_panel
from beleidsvrijheid.models.task import Task, finished, ledger_kept

POPULATION = "log_population"
TERMS = (
    "gini",
    "gini_between",
    "gini_between_share",
    "theil",
    "theil_between",
    "theil_within",
    "theil_between_share",
)
COVARIANCE = (
    "bootstrap over municipalities, {draws} draws; bias-corrected (BC) intervals; groups permuted over municipalities for "
    "the share between groups"
)


def gini(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Gini coefficient for every row of weights: half the relative mean absolute difference, weights as shares.

    values: n, of zero or more; weights: draws x n. A unit is in a pair with itself, as in R's ineq without correction.
    """
    return Draws(values, weights).gini()


def theil(values: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Theil's T between groups and within them, for every row of weights; their sum is Theil's T of all.

    values: n, of zero or more (0 ln 0 = 0); groups: codes 0..G-1; weights: draws x n. Between: everyone has the mean of
    the group; within: groups' own T, weighted by their part of the total (Theil 1967; Shorrocks 1980, 10.2307/1913126).
    """
    member = (groups[:, None] == np.arange(groups.max() + 1)).astype(float)
    return _theil_parts(weights @ member, weights @ (values[:, None] * member), weights @ _x_log_x(values))


def _x_log_x(values: np.ndarray) -> np.ndarray:
    return values * np.log(np.where(values > 0, values, 1.0))


def _theil_parts(mass: np.ndarray, total: np.ndarray, x_log_x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """mass, total: sum of weights and of weight x value by group; x_log_x: sum of weight x value x ln value."""
    whole, everyone = total.sum(axis=1), mass.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(mass > 0, total / mass, 0.0)
        between = (total * np.log(np.where(mean > 0, mean, 1.0))).sum(axis=1)
        shift = np.log(whole / everyone)
    return between / whole - shift, (x_log_x - between) / whole


def inequality(values: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """TERMS for every row of weights, draws x 7. values: n, of zero or more; groups: codes; weights: draws x n."""
    member = (groups[:, None] == np.arange(groups.max() + 1)).astype(float)
    all_of = gini(values, weights)
    between = _gini_of_groups(weights @ member, weights @ (values[:, None] * member))
    t_between, t_within = theil(values, groups, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = between / all_of, t_between / (t_between + t_within)
    return np.column_stack([all_of, between, shares[0], t_between + t_within, t_between, t_within, shares[1]])


def _gini_of_groups(mass: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Gini where everyone has the mean of the group; groups in another order in every draw."""
    mean = np.where(mass > 0, total / np.where(mass > 0, mass, 1.0), 0.0)
    order = np.argsort(mean, axis=1, kind="stable")
    share = np.take_along_axis(mass, order, axis=1) / mass.sum(axis=1, keepdims=True)
    x = np.take_along_axis(mean, order, axis=1)
    middle = np.cumsum(share, axis=1) - share / 2
    return 2 * (share * (middle - 0.5) * x).sum(axis=1) / (share * x).sum(axis=1)


def permuted_shares(values, groups, weights, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Theil's share between groups after the groups changed places over the municipalities: one value a draw.

    Even groups without meaning have different means, the more so the smaller they are: this is how different.
    """
    order = rng.permuted(np.broadcast_to(np.arange(len(values)), (draws, len(values))), axis=1)
    labels = groups[order] + (groups.max() + 1) * np.arange(draws)[:, None]
    size = (groups.max() + 1) * draws

    def by_group(amounts: np.ndarray) -> np.ndarray:
        return np.bincount(labels.ravel(), np.tile(amounts, draws), size).reshape(draws, -1)

    sums = by_group(weights), by_group(weights * values), np.full(draws, weights @ _x_log_x(values))
    between, within = _theil_parts(*sums)
    return between / (between + within)


def _check(values: np.ndarray, groups: pd.Series, nis: pd.Series) -> None:
    if (values < 0).any():
        raise Refusal(
            f"{int((values < 0).sum())} municipalities have a negative value, such as {nis[values < 0].iloc[0]}"
        )
    if values.max() - values.min() <= 1e-12 * values.max():
        raise Refusal("the outcome has the same value in every row")
    if groups.nunique() < 2:
        raise Refusal("all municipalities are in one group")


def estimate_inequality(task: Task) -> Estimation:
    """Gini and Theil of one outcome, between and within the key `groups`: equations unweighted and weighted.

    weighted: by inhabitants (the panel's log_population), so that the outcome must be per inhabitant; without inhabitants
    in the panel only unweighted, with a warning.
    """
    sample, groups = grouped_sample(task)
    with ledger_kept(sample.ledger):
        frame, warnings = sample.frame, []
        values = frame[sample.outcome].to_numpy(float)
        _check(values, frame[groups], frame["nis"])
        kinds = {"unweighted": np.ones(len(frame))}
        inhabitants = _inhabitants(task, frame["nis"])
        if inhabitants is None:
            warnings.append("weighted: not every municipality has inhabitants in the panel; not estimated")
        else:
            kinds["weighted"] = inhabitants
        codes = np.unique(frame[groups], return_inverse=True)[1]
        counts = np.vstack([np.ones(len(frame)), draw_counts(len(frame), task.draws, task.rng)])
        rows, tests = [], []
        for kind, weights in kinds.items():
            drawn = inequality(values, codes, counts * weights)
            rows += [
                bootstrapped_row(kind, term, column[0], column[1:], task.confidence)
                for term, column in zip(TERMS, drawn.T, strict=True)
            ]
            null = permuted_shares(values, codes, weights, task.draws, task.rng)
            tests.append(_share_test(kind, drawn[0, -1], null, task.alpha))
    fit = Fit(
        estimates_table(rows),
        len(frame),
        len(frame),
        COVARIANCE.format(draws=task.draws),
        len(frame),
        warnings=warnings,
    )
    return finished(sample, fit, inference_table([*not_least_squares("inequality"), *tests]))


def _share_test(kind: str, share: float, null: np.ndarray, alpha: float) -> dict[str, object]:
    p_value = float((1 + (null >= share - 1e-12).sum()) / (1 + len(null)))
    found = {"critical": float(np.quantile(null, 1 - alpha)), "p_value": p_value}
    term, verdict = f"{kind}:theil_between_share", "groups permuted over municipalities"
    return inference_row("permutation", term, bound=float(null.mean()), estimate=float(share), verdict=verdict, **found)


def grouped_sample(task: Task) -> tuple[Sample, str]:
    """The sample with the category of each municipality as a column, and that column's name (the key `groups`)."""
    groups = task.specification.get("groups")
    if not isinstance(groups, str) or not groups:
        raise StudyError(f"groups: {groups!r}; allowed: a categorical indicator")
    if groups not in task.settings["categorical"]:
        allowed = ", ".join(sorted(task.settings["categorical"])) or "none"
        raise StudyError(f"groups: {groups!r} is no category; allowed: {allowed}")
    # As a plain predictor: its codes stay as they are, and those without one are counted in the ledger.
    own = {**task.specification, "blocks": {}, "controls": [groups]}
    settings = {**task.settings, "categorical": ()}
    sample = replace(task, specification=own, settings=settings).sample()
    if groups not in sample.frame:
        raise Refusal("all municipalities are in one group", sample.ledger)
    return sample, groups


def _inhabitants(task: Task, nis: pd.Series) -> np.ndarray | None:
    try:
        in_panel(task.panel, [POPULATION])
    except Refusal:
        return None
    rows = values_of(task.panel, POPULATION, "", yearly=False).set_index("nis")["value"]
    found = np.exp(rows.reindex(nis).to_numpy(float))
    return found if np.isfinite(found).all() else None
