"""K2: is there one used freedom? The first principal component of an outcome over policy fields (claim S5).

Municipalities are rows, fields are columns. A missing figure (a field without spending in a period) is left out of the
pairs it would be in, it is not a zero; every pair of fields has at least `minimum` municipalities.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts, inference_table
from beleidsvrijheid.models.estimate_rows import (
    bootstrapped_row,
    estimate_row,
    estimates_table,
    inference_row,
    rows_sha256,
)
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.models.sample import Ledger, exclude, fields_of, in_panel
from beleidsvrijheid.models.task import Task, ledger_kept

COVARIANCE = (
    "bootstrap over municipalities, all fields together, {draws} draws; bias-corrected (BC) intervals; "
    "p-values from values permuted within fields"
)
KINDS = ("spearman", "pearson")
TERMS = ("first_share", "mean_correlation", "alpha")


@dataclass(frozen=True)
class CommonFactor:
    """Of one kind of correlation. estimate, drawn, permuted: TERMS, draws x TERMS twice. loadings: of the first component."""

    estimate: np.ndarray
    drawn: np.ndarray
    permuted: np.ndarray
    p_value: np.ndarray
    loadings: np.ndarray


def common_factor(values: np.ndarray, draws: int, rng: np.random.Generator) -> CommonFactor:
    """Share of the first eigenvalue of the correlations between columns, their mean, and standardised alpha.

    values: municipalities x fields, NaN where missing; correlations over the municipalities that have both. The null is
    that fields have nothing in common: values are permuted within each field (parallel analysis, Horn 1965,
    10.1007/BF02289447, by permutation: Buja & Eyuboglu 1992, 10.1207/s15327906mbr2704_2); p is one-sided,
    (1 + number at least as large) / (1 + draws). Alpha: Cronbach (1951, 10.1007/BF02310555) of standardised columns.
    Raises Refusal with fewer than three columns or a column without variation.
    """
    present = np.isfinite(values)
    if values.shape[1] < 3:
        raise Refusal(f"{values.shape[1]} fields for a common factor, fewer than 3")
    if (np.nanmax(values, axis=0) == np.nanmin(values, axis=0)).any():
        raise Refusal("a field has the same value in every municipality")
    filled = np.where(present, values - np.nanmean(values, axis=0), 0.0) / np.nanstd(values, axis=0)
    own = _pair_correlations(filled, present, np.ones((1, len(values))))
    drawn = _pair_correlations(filled, present, draw_counts(len(values), draws, rng))
    permuted = _permuted_correlations(filled, present, draws, rng)
    estimate, of_draws, of_null = (_summary(matrices) for matrices in (own, drawn, permuted))
    p_value = (1 + (of_null >= estimate - 1e-12).sum(axis=0)) / (1 + draws)
    vectors = np.linalg.eigh(own[0])[1][:, -1]
    return CommonFactor(estimate[0], of_draws, of_null, p_value, vectors * (np.sign(vectors.sum()) or 1.0))


def _pair_correlations(filled: np.ndarray, present: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlations of every pair over the rows that have both, draws x k x k; a draw without variation gives 0."""
    n, k = filled.shape

    def sums(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (counts @ (a[:, :, None] * b[:, None, :]).reshape(n, k * k)).reshape(-1, k, k)

    mask = present.astype(float)
    return _from_sums(sums(mask, mask), sums(filled, mask), sums(filled**2, mask), sums(filled, filled))


def _from_sums(both: np.ndarray, first: np.ndarray, squares: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Pairwise correlations. first[i, j]: sum of column i over the rows that have j as well; squares alike."""
    both = np.maximum(both, 1)
    variance = squares / both - (first / both) ** 2
    covariance = products / both - first * np.swapaxes(first, 1, 2) / both**2
    spread = np.sqrt(np.maximum(variance * np.swapaxes(variance, 1, 2), 0))
    matrices = np.where(spread > 1e-12, covariance / np.where(spread > 1e-12, spread, 1.0), 0.0)
    places = np.arange(matrices.shape[1])
    matrices[:, places, places] = 1.0
    return matrices


def _permuted_correlations(filled: np.ndarray, present: np.ndarray, draws: int, rng) -> np.ndarray:
    """Correlations after each column's values changed places among the rows that have one: draws x k x k."""
    n, k = filled.shape
    mask = present.astype(float)
    both = np.broadcast_to(mask.T @ mask, (draws, k, k))
    shuffled = np.zeros((draws, n, k))
    for column in range(k):
        rows = np.flatnonzero(present[:, column])
        order = rng.permuted(np.broadcast_to(np.arange(len(rows)), (draws, len(rows))), axis=1)
        shuffled[:, rows, column] = filled[rows[order], column]
    turned = np.swapaxes(shuffled, 1, 2)
    return _from_sums(both, turned @ mask, turned**2 @ mask, turned @ shuffled)


def _summary(matrices: np.ndarray) -> np.ndarray:
    """TERMS of correlation matrices, draws x 3."""
    k = matrices.shape[1]
    share = np.linalg.eigvalsh(matrices)[:, -1] / k
    mean = (matrices.sum(axis=(1, 2)) - k) / (k * (k - 1))
    return np.column_stack([share, mean, k * mean / (1 + (k - 1) * mean)])


def estimate_common_factor(task: Task) -> Estimation:
    """K2 over the key `fields`: equations spearman (ranks; used freedom is skewed) and pearson."""
    wide, ledger = _wide(task)
    with ledger_kept(ledger.frame()):
        rows, tests, matrix = [], [], wide.drop(columns="nis")
        for kind in KINDS:
            table = matrix.rank() if kind == "spearman" else matrix
            found = common_factor(table.to_numpy(float), task.draws, task.rng)
            rows += _rows(kind, found, matrix.columns, task.confidence)
            tests += _tests(kind, found, task.alpha)
    fit = Fit(
        coefficients=estimates_table(rows),
        n_obs=int(matrix.notna().to_numpy().sum()),
        n_units=len(wide),
        n_clusters=len(wide),
        covariance=COVARIANCE.format(draws=task.draws),
        warnings=ledger.warnings,
    )
    inference = inference_table([*not_least_squares("common_factor"), *tests])
    return Estimation(fit, ledger.frame(), rows_sha256(wide), "", inference)


def _rows(kind: str, found: CommonFactor, fields: Sequence[str], confidence: float) -> list[dict[str, object]]:
    rows = []
    for place, term in enumerate(TERMS):
        row = bootstrapped_row(kind, term, found.estimate[place], found.drawn[:, place], confidence)
        if term == "first_share":
            # Without a common factor eigenvalues lie close and the largest of a draw is nearly always larger than the
            # sample's: the bootstrap fails (Beran & Srivastava 1985, 10.1214/aos/1176346579). The permutation p decides.
            row |= {"ci_low": np.nan, "ci_high": np.nan}
        rows.append(row | {"p_value": float(found.p_value[place])})
    return rows + [
        estimate_row(kind, f"loading={code}", value) for code, value in zip(fields, found.loadings, strict=True)
    ]


def _tests(kind: str, found: CommonFactor, alpha: float) -> list[dict[str, object]]:
    critical = np.quantile(found.permuted, 1 - alpha, axis=0)
    expected = found.permuted.mean(axis=0)
    return [
        inference_row(
            "permutation",
            f"{kind}:{term}",
            bound=float(expected[place]),
            estimate=float(found.estimate[place]),
            critical=float(critical[place]),
            p_value=float(found.p_value[place]),
            verdict="values permuted within fields",
        )
        for place, term in enumerate(TERMS)
    ]


def _wide(task: Task) -> tuple[pd.DataFrame, Ledger]:
    """Municipalities x fields (nis first), and the ledger; fields that share too few municipalities are left out."""
    specification, ledger = task.specification, Ledger()
    fields = fields_of(specification, task.settings["groups"])
    if not fields:
        raise StudyError("fields: none given; allowed: groups of `sectors`, or stable codes")
    in_panel(task.panel, [specification["outcome"]])
    municipal = task.panel["level"] == "municipality"
    wide = pd.DataFrame({"nis": sorted(task.panel.loc[municipal, "nis"].unique())})
    ledger.start(len(wide), f"municipalities x {specification['outcome']}")
    wide = exclude(wide, specification, task.excluded(), ledger)
    for code in fields:
        rows = values_of(task.panel, specification["outcome"], code, yearly=False)
        wide = wide.merge(rows.rename(columns={"value": code}), on="nis", how="left", validate="1:1")
    fields = _shared_enough(wide, fields, task.settings["minimum_municipalities"], ledger)
    kept = wide[fields].notna().sum(axis=1) >= 2
    return ledger.keep(wide[["nis", *fields]], kept, "missing outcome", "a figure for fewer than two fields"), ledger


def _shared_enough(wide: pd.DataFrame, fields: list[str], minimum: int, ledger: Ledger) -> list[str]:
    """Leave out the field with the fewest figures until every pair shares `minimum` municipalities."""
    fields = list(fields)
    while len(fields) > 1:
        mask = wide[fields].notna().to_numpy().astype(int)
        shared = mask.T @ mask
        if shared.min() >= minimum:
            break
        last = int(np.diag(shared).argmin())
        reason = f"{fields[last]}: shares fewer than {minimum} municipalities with another field; left out"
        ledger.note(len(wide), "too few municipalities", reason)
        ledger.warnings.append(reason)
        del fields[last]
    if len(fields) < 3:
        raise Refusal(f"{len(fields)} fields for a common factor, fewer than 3", ledger.frame())
    return fields
