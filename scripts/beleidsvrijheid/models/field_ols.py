"""Mean spending by municipality, field and year: did it change more in reformed fields, and for whom?

Triple differences in the mean, the linear half of E3 (study.md section 5): reformed x post, by itself and times every
block column, with every lower product that the fixed effects leave. Block columns are pre-period values, standardised.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.field_sample import LongSample, field_sample
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.joint_tests import wald, wald_row
from beleidsvrijheid.models.linear import panel_ols
from beleidsvrijheid.models.rank import TOLERANCE, codes, independent_columns, within
from beleidsvrijheid.models.task import Task, ledger_kept

REFORM = "reform"
EFFECT_COLUMNS = {"beleidsveld": "field", "year": "time"}


def estimate_field_ols(task: Task) -> Estimation:
    """Least squares on the rows of field_sample; keys: its own, and effects of municipality, beleidsveld, year."""
    sample, effects = field_sample(task), task.specification.get("effects") or []
    with ledger_kept(sample.ledger):
        terms, removed = field_terms(sample, effects)
        if REFORM not in terms:
            raise Refusal("the fixed effects leave nothing of reformed x post")
        fit = field_ols(sample, terms, effects, task.confidence)
    notes = [f"{name}: column removed, {why}" for name, why in removed.items()]
    rows = len(sample.frame)
    more = pd.DataFrame([("absorbed", rows, rows, note) for note in notes], columns=sample.ledger.columns)
    tests = [*not_least_squares("field_ols"), *_joint(fit, sample, task.alpha)]
    fit = replace(fit, warnings=[*sample.warnings, *fit.warnings])
    ledger = pd.concat([sample.ledger, more], ignore_index=True)
    return Estimation(fit, ledger, sample.sha256, "", inference_table(tests))


def field_terms(sample: LongSample, effects: Sequence[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Columns that the effects leave, rows as the sample; names of the others and why they go.

    reformed, post, reform (their product); each times every block column; the block columns and controls themselves.
    """
    frame, focal = sample.frame, sample.block_columns
    sides = {"reformed": frame["reformed"], "post": frame["post"], REFORM: frame["reformed"] * frame["post"]}
    columns = {name: frame[name] for name in [*sample.controls, *focal]} | dict(sides)
    columns |= {f"{side}:{name}": value * frame[name] for side, value in sides.items() for name in focal}
    table = pd.DataFrame(columns, index=frame.index)
    matrix = np.column_stack([_dummies(frame, effects), table])
    left = within(matrix, codes(frame["nis"]), np.zeros(len(frame), int), _municipality(effects))
    gone = np.linalg.norm(left, axis=0) <= TOLERANCE * np.linalg.norm(matrix - matrix.mean(axis=0), axis=0)
    left[:, gone] = 0.0  # rounding, no direction of its own
    keep = independent_columns(left)[matrix.shape[1] - table.shape[1] :]
    removed = dict.fromkeys(table.columns[~keep], "by the fixed effects")
    return table.loc[:, keep], removed


def field_ols(sample: LongSample, terms: pd.DataFrame, effects: Sequence[str], confidence: float = 0.95) -> Fit:
    """Least squares of the outcome on `terms`, clustered by municipality (models.linear.CLUSTERED_CONVENTION).

    Effects of municipalities are taken out, those of fields and years are dummies; they are estimated and not shown. K
    counts fields and years, which are not nested in municipalities. Raises Refusal without a degree of freedom.
    """
    frame, outcome = sample.frame, sample.frame["outcome"].to_numpy(float)
    cells = pd.Series(sample.cells, index=frame.index)
    own, whole = _municipality(effects), _with_dummies(sample, terms, effects)
    fit = panel_ols(outcome, whole, frame["nis"], cells, own, "cluster", confidence)
    shown = [place for place, term in enumerate(fit.coefficients["term"]) if not term.startswith("effect=")]
    if effects:
        shown = [place for place in shown if fit.coefficients["term"][place] != "const"]
    table = fit.coefficients.iloc[shown].reset_index(drop=True)
    blocks = [_block(term, sample) for term in table["term"]]
    matrix = fit.covariance_matrix[np.ix_(shown, shown)]
    return replace(fit, coefficients=table.assign(block=blocks), covariance_matrix=matrix)


def field_columns(sample: LongSample, effects: Sequence[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """`field_terms`, and a column for every field and year whose effects are asked for."""
    terms, removed = field_terms(sample, effects)
    return _with_dummies(sample, terms, effects), removed


def _with_dummies(sample: LongSample, terms: pd.DataFrame, effects: Sequence[str]) -> pd.DataFrame:
    dummies = pd.DataFrame(_dummies(sample.frame, effects), index=sample.frame.index).add_prefix("effect=")
    return pd.concat([terms, dummies], axis=1)


def _municipality(effects: Sequence[str]) -> list[str]:
    return [effect for effect in effects if effect == "municipality"]


def _dummies(frame: pd.DataFrame, effects: Sequence[str]) -> np.ndarray:
    """A column for every field and time but the first, of the effects asked for."""
    wanted = [frame[EFFECT_COLUMNS[effect]] for effect in effects if effect in EFFECT_COLUMNS]
    columns = [(codes(one)[:, None] == np.arange(1, one.nunique())).astype(float) for one in wanted]
    return np.column_stack([np.empty((len(frame), 0)), *columns])


def _block(term: str, sample: LongSample) -> str:
    name = term.split(":")[-1] if term.split(":")[0] in ("reformed", "post", REFORM) else term
    return sample.block_of.get(term, sample.block_of.get(name, REFORM if term != "const" else ""))


def _joint(fit: Fit, sample: LongSample, alpha: float) -> list[dict[str, object]]:
    """Does any block shape what the reform did? Joint test of reform x block columns, by block and of all."""
    terms = fit.coefficients["term"].tolist()
    groups = {block: columns for block, columns in sample.blocks.items() if columns} | {"blocks": sample.block_columns}
    rows = []
    for name, columns in groups.items():
        places = [terms.index(f"{REFORM}:{column}") for column in columns if f"{REFORM}:{column}" in terms]
        if places:
            estimates = fit.coefficients["estimate"].to_numpy()[places]
            found = wald(estimates, fit.covariance_matrix[np.ix_(places, places)], fit.df, alpha)
            rows.append(wald_row("joint", f"{REFORM}:{name}", found, len(places)))
    return rows
