"""The specification language: what one model is, in words."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier, Label
from beleidsvrijheid.estimators import ESTIMATORS

Estimator = Literal[tuple(ESTIMATORS)]
COVARIANCE_TYPES = tuple(dict.fromkeys(kind for one in ESTIMATORS.values() for kind in one.covariances))


# Keys of a covariance that belong to one type, which cannot do without them.
OWN_KEYS = {"cluster": ("by",), "driscoll_kraay": ("bandwidth",), "wild_cluster": ("weights", "draws")}
CLUSTERS = ("municipality", "year")
# What a formula has and a name has not.
_FORMULA = re.compile(r"[~+*()^|:]")
LONGEST_CHAIN = 50  # entries that extend one another
STATED_DEFAULTS = {"missing": "complete_cases"}


class Covariance(Closed):
    type: Literal[COVARIANCE_TYPES] = Field(
        description="Kind of covariance, interval or test; which go with an estimator: see estimators. In a panel HC0-HC3 are "
        "those of least squares with a dummy for every fixed effect."
    )
    by: Literal["municipality"] | list[Literal["municipality", "year"]] | None = Field(
        None,
        description="For cluster, required: municipality, or [municipality, year] for two-way clusters (panel_ols).",
    )
    bandwidth: int | None = Field(
        None, ge=0, description="For driscoll_kraay, required: years that errors stay correlated (Bartlett weights)."
    )
    weights: Literal["rademacher", "webb", "mammen"] | None = Field(
        None,
        description="For wild_cluster, required: weights drawn per municipality; webb for few, rademacher otherwise.",
    )
    draws: int | None = Field(None, ge=99, le=99999, description="For wild_cluster, required: how many draws.")

    @field_validator("by", mode="before")
    @classmethod
    def _known_clusters(cls, value: Any) -> Any:
        if value is None or value == "municipality":
            return value
        if not isinstance(value, list | tuple) or sorted(value, key=str) != sorted(CLUSTERS):
            raise ValueError(f"{value!r}; allowed: municipality, or [municipality, year]")
        return list(CLUSTERS)  # in one order: the covariance is the same

    @model_validator(mode="after")
    def _own_keys(self) -> "Covariance":
        for kind, keys in OWN_KEYS.items():
            for key in keys:
                given = getattr(self, key)
                if self.type == kind and given is None:
                    example = "`by: municipality`" if key == "by" else f"the key `{key}`"
                    raise ValueError(f"covariance type {kind} needs {example}")
                if self.type != kind and given is not None:
                    raise ValueError(
                        f"`{key}` goes with type {kind}, not with {self.type} (is: {given!r}); drop the key"
                    )
        return self


class SampleRules(Closed):
    exclude: list[Identifier] = Field(default_factory=list, description="Names of outlier rules to leave out.")
    years: list[int] | None = Field(None, min_length=2, max_length=2, description="First and last year (panels).")


class Lag(Closed):
    lag: int = Field(ge=1, description="The value of so many years earlier.")


TRANSFORMS = ("log", "log1p", "difference", "standardise")
Transform = Literal[TRANSFORMS] | Lag


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
    transform: Literal["none", "log", "log1p", "standardise", "difference", "lag"] = Field(
        "none",
        description="Of the outcome; a log drops what is not positive, counted in the sample ledger. standardise: mean 0, "
        "standard deviation 1 over the rows of the sample. difference and lag: with the value a year earlier (panels).",
    )
    transforms: dict[Identifier, Annotated[list[Transform], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Predictor -> what is done to it, in order: log, log1p, difference, {lag: years}, standardise (last; over the "
        "rows of the sample). difference and lag need `predictors: yearly`. Splines and interactions take the result.",
    )
    weights: Identifier | None = Field(
        None,
        description="Indicator with an analytic weight above 0 per municipality; municipalities without are left out.",
    )
    missing: Literal["complete_cases", "refuse"] | None = Field(
        None,
        description="Rows that lack a value. complete_cases, the default: left out, counted in the sample ledger. refuse: no "
        "estimate, with the number of missing values per indicator.",
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
    effects: list[Literal["municipality", "year", "beleidsveld"]] = Field(
        default_factory=list,
        description="Fixed effects; random_effects: year only, those of municipalities are random; beleidsveld: field_ols only.",
    )
    predictors: Literal["static", "yearly"] | None = Field(
        None,
        description="For panels: one value per municipality (its period is in the sample ledger), or the value of each year "
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

    @field_validator("outcome", "blocks", "controls", "weights", "interactions", "dose", "groups", mode="before")
    @classmethod
    def _no_formula(cls, value: Any) -> Any:
        formula = next((name for name in _names(value) if _FORMULA.search(name)), None)
        if formula is not None:
            raise ValueError(
                f"{formula!r}: formulas are not read; name the indicator and use the keys of a specification"
            )
        return value

    @field_validator("transforms", mode="before")
    @classmethod
    def _known_transforms(cls, value: Any) -> Any:
        allowed = "log, log1p, difference, standardise, {lag: years}"
        for name, steps in value.items() if isinstance(value, dict) else ():
            for step in steps if isinstance(steps, list) else [steps]:
                is_lag = (
                    isinstance(step, dict) and list(step) == ["lag"] and type(step["lag"]) is int and step["lag"] > 0
                )
                if not isinstance(steps, list) or not (is_lag or step in TRANSFORMS):
                    raise ValueError(f"{name}: {steps!r}; allowed: a list of {allowed}")
        return value

    @field_validator("missing")
    @classmethod
    def _default_unsaid(cls, value: str | None) -> str | None:
        return None if value == STATED_DEFAULTS["missing"] else value  # written out or not, it is the same plan

    @model_validator(mode="after")
    def _complete(self) -> "Specification":
        estimator = ESTIMATORS[self.estimator]
        if self.covariance.type not in estimator.covariances:
            raise ValueError(
                f"covariance type {self.covariance.type!r} does not go with {self.estimator}; "
                f"allowed: {', '.join(sorted(estimator.covariances))}"
            )
        reads, needs = estimator.keys(bool(self.fields))
        for key in needs:
            if not getattr(self, key):
                raise ValueError(f"estimator {self.estimator} needs the key {key!r}")
        for key, given in self._unread(reads):
            reader = f"{self.estimator} without `fields`" if key in estimator.with_fields else self.estimator
            raise ValueError(f"{key!r} is not read by estimator {reader} (is: {given!r}); drop the key")
        by = [self.covariance.by] if isinstance(self.covariance.by, str) else self.covariance.by or []
        for key, given, allowed in (
            ("covariance.by", by, estimator.clusters),
            ("transform", [self.transform], estimator.transforms),
            ("effects", self.effects, estimator.effects),
        ):
            for one in given:
                if one not in allowed:
                    options = ", ".join(allowed)
                    raise ValueError(f"{key}: {one!r} does not go with {self.estimator}; allowed: {options}")
        self._transforms_fit()
        return self

    def _transforms_fit(self) -> None:
        for name, steps in self.transforms.items():
            if "standardise" in steps[:-1]:
                raise ValueError(f"transforms.{name}: standardise is over the rows of the sample and comes last, once")
            over_time = [step for step in steps if step == "difference" or isinstance(step, Lag)]
            if over_time and self.predictors != "yearly":
                told = "difference" if over_time[0] == "difference" else "lag"
                raise ValueError(
                    f"transforms.{name}: {told} needs a value for each year: a panel with `predictors: yearly` "
                    f"(is: {self.predictors or self.estimator})"
                )

    def _unread(self, reads: tuple[str, ...]) -> list[tuple[str, Any]]:
        """Keys that are given although the estimator does not read them."""
        always = {"label", "estimator", "outcome", "covariance", "sample"}
        given = [(key, getattr(self, key)) for key in type(self).model_fields if key not in {*always, *reads}]
        given.append(("sample.years", None if "sample.years" in reads else self.sample.years))
        given.append(("sample.exclude", None if ESTIMATORS[self.estimator].excludes else self.sample.exclude))
        return [(key, value) for key, value in given if value and value != "none"]


def _names(value: Any) -> list[str]:
    """Every text in a value, keys of mappings included."""
    if isinstance(value, str):
        return [value]
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return [name for one in inner for name in _names(one)]


def stated_defaults(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved specification with the defaults of the keys its estimator reads spelled out, for readers."""
    read = ESTIMATORS[resolved["estimator"]].reads
    unsaid = {key: value for key, value in STATED_DEFAULTS.items() if key in read and resolved.get(key) is None}
    return {**resolved, **unsaid}


def as_run(config: Mapping[str, Any], refused: Mapping[str, list[str]]) -> dict[str, Any]:
    """A resolved configuration with the defaults of its specifications stated, and what was refused: run_config.yaml."""
    specifications = {name: stated_defaults(one) for name, one in config["specifications"].items()}
    multiverse = {
        name: {**one, "specification": stated_defaults(one["specification"])}
        for name, one in config["multiverse"].items()
    }
    return {**config, "specifications": specifications, "multiverse": multiverse, "refused": dict(refused)}


def resolve_inheritance(entries: dict[str, Any]) -> dict[str, Any]:
    """Fill in `extends: other`: keys of the entry replace those of the other, whole. Raises ValueError on a cycle."""
    return {name: _with_inherited(name, entries) for name in entries}


def _with_inherited(name: str, entries: dict[str, Any]) -> Any:
    """An entry with the keys of those it extends, the nearest first."""
    path, entry = [name], entries[name]
    while isinstance(entry, dict) and "extends" in entry:
        last, parent = path[-1], entry["extends"]
        if not isinstance(parent, str) or parent not in entries:
            raise ValueError(
                f"{last}: extends: {parent!r} is not a specification; allowed: {', '.join(sorted(entries))}"
            )
        if parent in path:
            raise ValueError(f"{last}: extends: goes in a circle: {' -> '.join((*path, parent))}")
        if len(path) > LONGEST_CHAIN:
            raise ValueError(
                f"{name}: extends: a chain of more than {LONGEST_CHAIN} entries; extend one that is nearer to the first"
            )
        path.append(parent)
        entry = {
            **_keys(entries[parent], parent, last),
            **{key: item for key, item in entry.items() if key != "extends"},
        }
    return entry


def _keys(entry: Any, name: str, heir: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise ValueError(f"{heir}: extends: {name} has no keys (is: {entry!r}); write them, or extend another")
    return entry
