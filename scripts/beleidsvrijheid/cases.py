"""Cases of a necessity or configurational analysis: one row per municipality, every lost row accounted for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.estimate_rows import rows_sha256
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import Ledger
from beleidsvrijheid.models.sample import exclude as drop_excluded


@dataclass(frozen=True)
class Variable:
    """A column of the analysis: its name there, and the indicator and policy field that fill it."""

    name: str
    indicator: str
    beleidsveld: str = ""


@dataclass(frozen=True)
class Cases:
    """frame: sorted by nis; columns nis, outcome and the conditions, no missing value. ledger: see sample.Ledger."""

    frame: pd.DataFrame
    conditions: tuple[str, ...]
    ledger: Ledger

    @property
    def outcome(self) -> np.ndarray:
        """The outcome, n."""
        return self.frame["outcome"].to_numpy(float)

    @property
    def sha256(self) -> str:
        """Hash of the rows, numbers at ten significant digits."""
        return rows_sha256(self.frame)


def build_cases(
    panel: pd.DataFrame,
    outcome: Variable,
    conditions: Sequence[Variable],
    exclude: Sequence[str],
    exclusions: Mapping[str, Collection[str]],
    minimum: int,
) -> Cases:
    """Municipalities with a value of the outcome and of every condition (one sample, so that conditions compare).

    panel: long, columns level, nis, beleidsveld, year, period, indicator, value; values of a period are read (year
    empty). exclude: names of outlier rules; exclusions: rule -> nis. minimum: fewer municipalities are refused.
    Raises StudyError on a name that does not fit, Refusal where an indicator is not in the panel, too few
    municipalities are left or a column is constant.
    """
    _check(outcome, conditions, exclude, exclusions)
    ledger = Ledger()
    municipal = panel[panel["level"] == "municipality"]
    frame = pd.DataFrame({"nis": sorted(municipal["nis"].unique())})
    ledger.start(len(frame), f"municipalities x {outcome.indicator} {outcome.beleidsveld}".rstrip())
    frame = drop_excluded(frame, {"sample": {"exclude": exclude}}, exclusions, ledger)
    frame = _with_column(municipal, frame, outcome, "outcome", ledger)
    frame = ledger.keep(frame, np.isfinite(frame["outcome"]), "missing outcome", "no value of the outcome")
    for condition in conditions:
        frame = _with_column(municipal, frame, condition, condition.name, ledger)
        frame = ledger.keep(frame, np.isfinite(frame[condition.name]), "missing condition", condition.indicator)
    _check_rows(frame, outcome, conditions, minimum, ledger)
    return Cases(frame, tuple(one.name for one in conditions), ledger)


def _check(
    outcome: Variable, conditions: Sequence[Variable], exclude: Sequence[str], exclusions: Mapping[str, Collection[str]]
) -> None:
    names = [(one.indicator, one.beleidsveld) for one in (outcome, *conditions)]
    twice = next((indicator for indicator, field in names if names.count((indicator, field)) > 1), None)
    if twice:
        raise StudyError(f"{twice!r} is named twice among outcome and conditions; name it once")
    for rule in exclude:
        if rule not in exclusions:
            allowed = ", ".join(sorted(exclusions)) or "none"
            raise StudyError(f"sample.exclude: unknown outlier rule {rule!r}; allowed: {allowed}")


def _with_column(
    panel: pd.DataFrame, frame: pd.DataFrame, variable: Variable, name: str, ledger: Ledger
) -> pd.DataFrame:
    wanted = (panel["indicator"] == variable.indicator) & (panel["beleidsveld"] == variable.beleidsveld)
    rows = panel.loc[wanted & panel["year"].isna(), ["nis", "value"]]
    if rows.empty:
        yearly = " but of single years" if wanted.any() else ""
        place = variable.beleidsveld or "no field"
        raise Refusal(f"no municipality has {variable.indicator} for {place}{yearly}", ledger.frame())
    if rows["nis"].duplicated().any():
        nis = rows.loc[rows["nis"].duplicated(), "nis"].iloc[0]
        raise StudyError(f"panel: {variable.indicator} has more than one value for nis {nis}")
    values = rows.rename(columns={"value": name}).astype({name: float})
    return frame.merge(values, on="nis", how="left", validate="1:1")


def _check_rows(
    frame: pd.DataFrame, outcome: Variable, conditions: Sequence[Variable], minimum: int, ledger: Ledger
) -> None:
    if len(frame) < minimum:
        raise Refusal(f"{len(frame)} municipalities, fewer than {minimum}", ledger.frame())
    for column, variable in (("outcome", outcome), *((one.name, one) for one in conditions)):
        if frame[column].min() == frame[column].max():
            raise Refusal(f"{variable.indicator}: the same value in every row", ledger.frame())
