"""Analyses beside the specifications: mergers, families of tests, power, necessary conditions, fuzzy sets."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from beleidsvrijheid.configuration.claims import TESTS
from beleidsvrijheid.configuration.section import Closed, Identifier, Label
from beleidsvrijheid.configuration.specification import SampleRules


class RandomMergers(Closed):
    sets: int = Field(ge=1, le=100, description="Pairs of municipalities that merge in one draw.")
    draws: int = Field(ge=1, le=9999, description="How many times pairs are drawn.")
    neighbours: bool = Field(True, description="Only municipalities that share a border merge.")


class Merger(Closed):
    label: Label = Field(description="Name of the simulated mergers.")
    merges: list[Annotated[list[Annotated[str, Field(pattern=r"^\d{5}$")]], Field(min_length=2)]] = Field(
        default_factory=list,
        description="Sets of NIS codes (of geography.vintage) that become one; all indicators are recomputed.",
    )
    random: RandomMergers | None = Field(None, description="Or: pairs drawn with the seed, for claims M2 and M3.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "Merger":
        if bool(self.merges) == (self.random is not None):
            raise ValueError("give either `merges` (sets of NIS codes) or `random` (sets, draws, neighbours)")
        return self


class Family(Closed):
    label: Label = Field(description="What is tested more than once.")
    specifications: list[Identifier] = Field(min_length=1, description="Specifications whose p-values belong together.")
    terms: list[str] = Field(default_factory=list, description="Terms; empty for every term of a block.")
    equation: str | None = Field(None, description="Equation of the estimates, where there is more than one.")
    test: Literal[TESTS] | list[Literal[TESTS]] | None = Field(
        None, description="Test (or list of tests) of results/inference instead of the coefficients' own p."
    )
    bound: float | None = Field(None, description="Bound of that test, where it has more than one.")
    method: list[Literal["holm", "romano_wolf"]] = Field(
        min_length=1,
        description="holm: any p-values. romano_wolf: coefficients of ols and panel_ols, re-drawn together.",
    )

    @model_validator(mode="after")
    def _methods_fit(self) -> "Family":
        if self.test is not None and "romano_wolf" in self.method:
            raise ValueError(f"romano_wolf adjusts coefficients, not the test {self.test!r}; use method: [holm]")
        if self.bound is not None and self.test is None:
            raise ValueError("`bound` goes with a test")
        return self


class PowerRun(Closed):
    specification: Identifier = Field(description="The `ols` specification whose design is kept.")
    simulations: int = Field(2000, ge=200, le=20000, description="Simulated outcomes; every true value sees the same.")
    r2_grid: list[Annotated[float, Field(ge=0, lt=1)]] = Field(
        default_factory=lambda: [round(0.01 * step, 2) for step in range(16)],
        description="True R2 of the blocks, for the non-inferiority test.",
    )
    coefficient_grid: list[Annotated[float, Field(gt=-1, lt=1)]] = Field(
        default_factory=lambda: [round(0.05 * step, 2) for step in range(-6, 7)],
        description="True standardised coefficients, for the equivalence test and the t-test.",
    )
    terms: list[str] = Field(default_factory=list, description="Block columns to simulate; empty for all.")


class Necessity(Closed):
    """A necessary-condition analysis: every condition by itself against one outcome."""

    label: Label = Field(description="Name of the analysis in tables and figures.")
    outcome: Identifier = Field(description="Indicator id of the outcome.")
    beleidsveld: str = Field("", description="Stable code or basket of the outcome; empty for none.")
    conditions: list[Identifier] = Field(min_length=1, description="Indicator ids, each tested as necessary.")
    ceilings: list[Literal["ce_fdh", "cr_fdh"]] = Field(
        min_length=1,
        description="Ceilings: ce_fdh the step function over the highest cases, cr_fdh the line through them.",
    )
    corner: Literal["upper_left", "upper_right", "lower_left", "lower_right"] = Field(
        "upper_left",
        description="Corner that stays empty. upper_left: a high outcome needs a high condition; upper_right: a low one; "
        "lower_left and lower_right: the same for a low outcome.",
    )
    scope: dict[Identifier, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict,
        description="Indicator (condition or outcome) -> lowest and highest possible value; observed extremes otherwise.",
    )
    draws: int | None = Field(
        None, ge=99, le=99999, description="Permutations of the test; `inference.draws` where not given."
    )
    bottleneck_steps: int = Field(
        10, ge=1, le=100, description="Steps from 0 to 100 % of the outcome in the bottleneck table."
    )
    sample: SampleRules = Field(default_factory=SampleRules, description="Which municipalities are left out.")

    @model_validator(mode="after")
    def _complete(self) -> "Necessity":
        for name, (low, high) in self.scope.items():
            if name not in self.indicators:
                raise ValueError(
                    f"scope: {name!r} is neither outcome nor condition; allowed: {', '.join(self.indicators)}"
                )
            if not low < high:
                raise ValueError(f"scope.{name}: [{low:g}, {high:g}]; the first must be lower than the second")
        return _without_years(self)

    @property
    def indicators(self) -> list[str]:
        """Every indicator that is read, outcome first."""
        return [self.outcome, *self.conditions]


class CalibratedSet(Closed):
    """A fuzzy set made from an indicator."""

    indicator: Identifier = Field(description="Indicator id that says how far a municipality is in the set.")
    beleidsveld: str = Field("", description="Stable code or basket of the indicator; empty for none.")
    anchors: list[float] = Field(
        min_length=3,
        max_length=3,
        description="Values at which a municipality is fully out (.05), neither in nor out (.5), fully in (.95).",
    )
    is_logged: bool = Field(False, description="The indicator is a natural logarithm; anchors are written without.")

    @model_validator(mode="after")
    def _anchors_in_order(self) -> "CalibratedSet":
        out, cross, full = self.anchors
        if not (out < cross < full or out > cross > full):
            raise ValueError(f"anchors {self.anchors}: full out, crossover, full in, each beyond the one before")
        if self.is_logged and min(self.anchors) <= 0:
            raise ValueError(f"anchors {self.anchors}: all above zero where the indicator is a logarithm")
        return self


class QcaCondition(CalibratedSet):
    label: Label = Field(description="Short name of the set in tables.")
    expected: Literal["present", "absent", "none"] = Field(
        description="What should help the outcome, for the intermediate solution; the reverse for the negated outcome."
    )


class Qca(Closed):
    """A fuzzy-set qualitative comparative analysis."""

    label: Label = Field(description="Name of the analysis in tables.")
    outcome: CalibratedSet = Field(description="The outcome as a fuzzy set.")
    conditions: dict[Identifier, QcaCondition] = Field(
        min_length=2, max_length=8, description="Name of each condition -> how it is calibrated."
    )
    inclusion: float = Field(ge=0.5, le=1, description="Least consistency of a sufficient combination.")
    pri: float = Field(
        ge=0, lt=1, description="Least PRI (proportional reduction in inconsistency) of a sufficient combination."
    )
    frequency: int = Field(ge=1, description="Combinations with fewer municipalities count as not observed.")
    negate: bool = Field(description="Whether the negated outcome is analysed as well.")
    sample: SampleRules = Field(default_factory=SampleRules, description="Which municipalities are left out.")

    @model_validator(mode="after")
    def _complete(self) -> "Qca":
        taken = {"outcome", "nis", "configuration", "n", "consistency", "pri", "output", "data_source"}
        for name in self.conditions:
            if name in taken:
                raise ValueError(f"conditions: the name {name!r} is taken; choose another")
        return _without_years(self)

    @property
    def indicators(self) -> list[str]:
        """Every indicator that is read, outcome first."""
        return [self.outcome.indicator, *(one.indicator for one in self.conditions.values())]


def _without_years(analysis: Any) -> Any:
    if analysis.sample.years:
        raise ValueError("'sample.years' is not read here (values of a period are); drop the key")
    return analysis
