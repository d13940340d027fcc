"""The specification language: what one model is, in words."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier, Label
from beleidsvrijheid.estimators import ESTIMATORS

Estimator = Literal[tuple(ESTIMATORS)]
COVARIANCE_TYPES = tuple(dict.fromkeys(kind for one in ESTIMATORS.values() for kind in one.covariances))


class Covariance(Closed):
    type: Literal[COVARIANCE_TYPES] = Field(
        description="Kind of covariance, interval or test; which go with an estimator: see estimators."
    )
    by: Literal["municipality"] | None = Field(None, description="Cluster variable; only for cluster.")

    @model_validator(mode="after")
    def _named_cluster(self) -> "Covariance":
        if (self.type == "cluster") != (self.by is not None):
            raise ValueError("`by` goes with type cluster, and cluster needs `by: municipality`")
        return self


class SampleRules(Closed):
    exclude: list[Identifier] = Field(default_factory=list, description="Names of outlier rules to leave out.")
    years: list[int] | None = Field(None, min_length=2, max_length=2, description="First and last year (panels).")


class FakeWindows(Closed):
    """Windows of one specification, for a placebo date."""

    pre: list[int] = Field(min_length=2, max_length=2, description="First and last boekjaar before the fake date.")
    post: list[int] = Field(min_length=2, max_length=2, description="First and last boekjaar after it.")

    @model_validator(mode="after")
    def _in_order(self) -> "FakeWindows":
        if not self.pre[0] <= self.pre[1] < self.post[0] <= self.post[1]:
            raise ValueError("pre must end before post begins, and each must run from first to last year")
        return self


class Specification(Closed):
    label: Label = Field(description="Name of the specification in tables and figures.")
    estimator: Estimator = Field(description="The estimator.")
    outcome: Identifier = Field(description="Indicator id of the outcome.")
    beleidsveld: str = Field("", description="Stable code or basket of the outcome; empty for none.")
    transform: Literal["none", "log", "log1p"] = Field(
        "none", description="Of the outcome; a log drops what is not positive, counted in the sample ledger."
    )
    blocks: list[Identifier] | dict[Identifier, list[Identifier]] = Field(
        default_factory=dict, description="Names of `blocks`, or a mapping of block to indicator ids."
    )
    controls: list[Identifier] = Field(default_factory=list, description="Indicator ids held constant.")
    interactions: list[Annotated[list[Identifier], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list,
        description="Pairs of indicators whose product (both centred) enters; twice the same: its square.",
    )
    splines: dict[Identifier, Annotated[list[float], Field(min_length=3)]] = Field(
        default_factory=dict, description="Indicator -> knots of a restricted cubic spline, in the indicator's unit."
    )
    covariance: Covariance = Field(description="How uncertainty is estimated; no default.")
    sample: SampleRules = Field(default_factory=SampleRules, description="Which rows are left out.")
    effects: list[Literal["municipality", "year"]] = Field(default_factory=list, description="Fixed effects.")
    predictors: Literal["static", "yearly"] | None = Field(
        None,
        description="For panel_ols: one value per municipality (its period is in the sample ledger), or the value of each year "
        "(which may follow from the reform).",
    )
    interact_with: Literal["post_reform"] | None = Field(
        None, description="Variable that all blocks are interacted with."
    )
    quantiles: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=list, description="For quantile.")
    threshold: float | None = Field(
        None,
        description="share: counted where the value is at least this. mean_change: equivalence bound of the mean.",
    )
    dispersion: Literal["yearly", "window_means"] | None = Field(
        None, description="Rows per year (dispersion averaged over a window), or window means (equal windows only)."
    )
    dispersion_measure: Literal["sd_log", "cv", "gini"] | None = Field(
        None, description="For field_permutation: the measure of dispersion."
    )
    fields: list[str] = Field(default_factory=list, description="Groups of `sectors`, or stable codes.")
    treated: list[str] = Field(
        default_factory=list,
        description="Groups or codes that count as reformed; empty: `sectors.reformed`. A placebo names others.",
    )
    windows: FakeWindows | None = Field(None, description="Windows of this specification alone, for a fake date.")
    measures: list[Literal["variance", "log_variance", "gini"]] = Field(default_factory=list, description="For rif.")
    dose: Identifier | None = Field(None, description="Indicator that says how strongly a municipality was treated.")
    reference_year: int | None = Field(
        None, description="event_study: the year that others are compared with. published_value: the year published."
    )
    election_years: list[int] = Field(
        default_factory=list, description="For hurdle: years of elections; years since the last one become dummies."
    )
    lags: list[Annotated[int, Field(ge=1)]] = Field(default_factory=list, description="For autocorrelation, in years.")
    groups: Identifier | None = Field(None, description="Categorical indicator whose groups are compared.")
    published: dict[Identifier, float] = Field(
        default_factory=dict, description="For published_value: indicator of level flanders -> what was published."
    )

    @model_validator(mode="after")
    def _complete(self) -> "Specification":
        estimator = ESTIMATORS[self.estimator]
        if self.covariance.type not in estimator.covariances:
            raise ValueError(
                f"covariance type {self.covariance.type!r} does not go with {self.estimator}; "
                f"allowed: {', '.join(sorted(estimator.covariances))}"
            )
        for key in estimator.needs:
            if not getattr(self, key):
                raise ValueError(f"estimator {self.estimator} needs the key {key!r}")
        for key, given in self._unread(estimator.reads):
            raise ValueError(f"{key!r} is not read by estimator {self.estimator} (is: {given!r}); drop the key")
        return self

    def _unread(self, reads: tuple[str, ...]) -> list[tuple[str, Any]]:
        """Keys that are given although the estimator does not read them."""
        always = {"label", "estimator", "outcome", "covariance", "sample"}
        given = [(key, getattr(self, key)) for key in type(self).model_fields if key not in {*always, *reads}]
        given.append(("sample.years", None if "sample.years" in reads else self.sample.years))
        return [(key, value) for key, value in given if value and value != "none"]


def resolve_inheritance(entries: dict[str, Any]) -> dict[str, Any]:
    """Fill in `extends: other`: keys of the entry replace those of the other, whole. Raises ValueError on a cycle."""

    def resolve(name: str, path: tuple[str, ...]) -> Any:
        entry = entries.get(name)
        if not isinstance(entry, dict) or "extends" not in entry:
            return entry
        parent = entry["extends"]
        if not isinstance(parent, str) or parent not in entries:
            raise ValueError(
                f"{name}: extends: {parent!r} is not a specification; allowed: {', '.join(sorted(entries))}"
            )
        if parent in (*path, name):
            raise ValueError(f"{name}: extends: goes in a circle: {' -> '.join((*path, name, parent))}")
        own = {key: value for key, value in entry.items() if key != "extends"}
        return {**resolve(parent, (*path, name)), **own}

    return {name: resolve(name, ()) for name in entries}
