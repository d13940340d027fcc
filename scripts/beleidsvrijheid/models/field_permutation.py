"""E2: did dispersion rise more in reformed fields than in others? Whole fields are permuted.

ln m_st = a_s + g_t + d Reformed_s x Post_t, m the dispersion over municipalities of field s in year t. Every field has
every year, so d is the mean change of ln m (windows compared) of the treated fields less that of the others. The label
"treated" went to fields, of which there are few: the test permutes it over whole fields, which keeps what years of one
field have in common (Bertrand, Duflo & Mullainathan 2004, 10.1162/003355304772839588).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts, inference_table
from beleidsvrijheid.models.dispersion import IN_WORDS, FieldSample, dispersion_samples, dispersion_sha256
from beleidsvrijheid.models.drawn_dispersion import Draws
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table, inference_row
from beleidsvrijheid.models.evidence import bootstrap_row, not_least_squares
from beleidsvrijheid.models.field_sample import contrasted_fields
from beleidsvrijheid.models.fit import MDE_ALPHA, POWER, Estimation, Fit, Refusal
from beleidsvrijheid.models.location_scale import PERMUTATION, permute_labels
from beleidsvrijheid.models.task import Task

MEASURES = ("sd_log", "cv", "gini")
COVARIANCE = (
    "{basis}; p-value from permuting the label over whole fields; standard error and bias-corrected (BC) interval from "
    "a bootstrap over municipalities with the fields as they are, {draws} draws; smallest detectable effect from the "
    "spread between fields"
)


@dataclass(frozen=True)
class FieldContrast:
    """Change of ln dispersion per field (S) and per draw (draws x S); estimate: mean of the treated less mean of the others."""

    change: np.ndarray
    drawn: np.ndarray
    treated: np.ndarray

    def _difference(self, change: np.ndarray) -> np.ndarray:
        return change[..., self.treated].mean(axis=-1) - change[..., ~self.treated].mean(axis=-1)

    @property
    def estimate(self) -> float:
        """d."""
        return float(self._difference(self.change))

    @property
    def draws(self) -> np.ndarray:
        """d per draw of municipalities."""
        return self._difference(self.drawn)

    @property
    def field_error(self) -> float:
        """Standard error of d with fields as the units, one variance; NaN with two fields."""
        n, k = len(self.change), int(self.treated.sum())
        residuals = self.change - np.where(
            self.treated, self.change[self.treated].mean(), self.change[~self.treated].mean()
        )
        return float(np.sqrt((residuals**2).sum() / (n - 2) * (1 / k + 1 / (n - k)))) if n > 2 else np.nan


def field_contrast(
    samples: Sequence[FieldSample], treated: Sequence[str], measure: str, counts: np.ndarray
) -> FieldContrast:
    """Changes of ln dispersion between the windows. samples: see dispersion.dispersion_samples; counts: draws x units.

    Raises Refusal where no field is left on one side or a field has no dispersion.
    """
    changes = [_change(sample, measure, np.vstack([np.ones(counts.shape[1]), counts])) for sample in samples]
    is_treated = np.array([sample.code in treated for sample in samples])
    if is_treated.all() or not is_treated.any():
        raise Refusal("no field is left on one side of the contrast, treated or not")
    table = np.column_stack(changes)
    if not np.isfinite(table[0]).all():
        flat = ", ".join(sample.code for sample, value in zip(samples, table[0], strict=True) if not np.isfinite(value))
        raise Refusal(f"every municipality has the same figure in a year of {flat}: no dispersion")
    return FieldContrast(table[0], table[1:], is_treated)


def _change(sample: FieldSample, measure: str, counts: np.ndarray) -> np.ndarray:
    own = counts[:, sample.units]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack([getattr(Draws(column, own), measure)() for column in sample.values.T]))
        return logs[:, sample.windows["post"]].mean(axis=1) - logs[:, sample.windows["pre"]].mean(axis=1)


def estimate_field_permutation(task: Task) -> Estimation:
    """Equation `mean`, term `reform`: d. One equation per field with its own change (term `log_change`)."""
    specification = task.specification
    fields, treated = contrasted_fields(task)
    basis, measure = specification.get("dispersion"), specification.get("dispersion_measure")
    if measure not in MEASURES:
        raise StudyError(f"dispersion_measure: {measure!r}; allowed: {', '.join(MEASURES)}")
    minimum = task.settings["minimum_municipalities"]
    samples, n_units, ledger = dispersion_samples(
        task.panel, specification["outcome"], fields, task.windows, task.excluded(), minimum, basis
    )
    try:
        contrast = field_contrast(samples, treated, measure, draw_counts(n_units, task.draws, task.rng))
    except Refusal as refusal:
        raise Refusal(refusal.reason, ledger.frame()) from refusal
    said = {sample.code: "treated" if sample.code in treated else "compared" for sample in samples}
    for sample in samples:
        ledger.note(len(sample.values), "contrast", f"{sample.code}: {said[sample.code]}")
    rows, tests = _rows(samples, contrast, task)
    fit = Fit(
        coefficients=estimates_table(rows),
        n_obs=sum(sample.values.shape[1] for sample in samples),
        n_units=len(np.unique(np.concatenate([sample.units for sample in samples]))),
        n_clusters=len(samples),
        covariance=COVARIANCE.format(basis=IN_WORDS[basis], draws=task.draws),
        warnings=ledger.warnings,
    )
    return Estimation(fit, ledger.frame(), dispersion_sha256(samples), "", inference_table(tests))


def _rows(samples, contrast: FieldContrast, task: Task):
    from scipy.special import stdtrit

    found, p_value, used, distinct, smallest = permute_labels(contrast.change, contrast.treated, task.draws, task.rng)
    reform = bootstrapped_row("mean", "reform", contrast.estimate, contrast.draws, task.confidence, 0.0)
    df = len(samples) - 2
    detectable = (stdtrit(df, 1 - MDE_ALPHA / 2) + stdtrit(df, POWER)) * contrast.field_error if df > 0 else np.nan
    tests = not_least_squares("field_permutation")
    verdict = PERMUTATION.format(drawn=used, distinct=distinct, smallest=smallest)
    values = {"estimate": found, "statistic": found, "bound": 0.0, "p_value": p_value, "verdict": verdict}
    tests.append(inference_row("permutation", "reform", **values))
    tests.append(bootstrap_row("mean:reform", contrast.estimate, reform["statistic"], reform["p_value"]))
    rows = [reform | {"block": "reform", "p_value": p_value, "mde": float(detectable)}]
    for i, sample in enumerate(samples):
        rows.append(
            bootstrapped_row(sample.code, "log_change", contrast.change[i], contrast.drawn[:, i], task.confidence, 0.0)
        )
    return rows, tests
