"""The configuration of a study: its closed schema, read strictly, resolved once."""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.words import WORDS

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Language = Literal["nl", "en"]
Share = Annotated[float, Field(ge=0, lt=1)]
Estimator = Literal[tuple(ESTIMATORS)]
COVARIANCE_TYPES = tuple(dict.fromkeys(kind for one in ESTIMATORS.values() for kind in one.covariances))


class Closed(BaseModel):
    """A section with no room for unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Label(Closed):
    nl: str = Field(min_length=1, description="Dutch text.")
    en: str = Field(min_length=1, description="English text.")


class Study(Closed):
    title: Label = Field(description="Title of the study, printed on the report.")
    language: Language = Field(description="Language of tables, figures and report: nl or en.")


class Download(Closed):
    attempts: int = Field(
        6, ge=1, le=100, description="How often a file is asked for before its address counts as failed."
    )
    first_wait_seconds: float = Field(
        1.0, ge=0, description="Wait after the first failed attempt; each next one is doubled."
    )
    longest_wait_seconds: float = Field(
        60.0, ge=0, description="No wait is longer, whatever the server asks for (Retry-After)."
    )
    timeout_seconds: float = Field(
        30.0, gt=0, description="Longest silence of an answer; of a connection as well, but there never more than 10 s."
    )
    deadline_seconds: float = Field(
        900.0, gt=0, description="Longest time for one file, all attempts and waits together."
    )
    connections: int = Field(8, ge=1, le=64, description="Requests at the same time.")
    connections_per_host: int = Field(2, ge=1, le=16, description="The same, per publisher's host.")
    contact: str | None = Field(
        None,
        pattern=r"^[\x21-\x7e][\x20-\x7e]*$",
        description="E-mail or web address sent along (User-Agent), so that a publisher can reach who downloads.",
    )


class Data(Closed):
    source: Literal["simulated", "open"] = Field(
        description="simulated: the simulated Flanders. open: what was gathered in data/raw."
    )
    on_absent: Literal["stop", "refuse"] = Field(
        "stop",
        description="A specification needs a source that is absent. stop: the run stops before it starts. "
        "refuse: that specification is listed as not estimable and the run goes on.",
    )
    files: dict[Identifier, str] = Field(
        default_factory=dict,
        description="Source id -> path or glob, relative to the study folder. The only key that may point outside it.",
    )
    mirror: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Base address of a mirror: `snakemake gather` asks it for mirror/host/path and contacts nobody else.",
    )
    download: Download = Field(default_factory=Download, description="How `snakemake gather` asks.")

    @field_validator("mirror")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "http://none")
            if not parts.hostname or parts.port == 0:
                raise ValueError
        except ValueError:
            raise ValueError(f"{value!r} is no address: http://host:port/path, the port from 1 to 65535") from None
        return value

    @model_validator(mode="after")
    def _files_are_read(self) -> "Data":
        if self.source == "simulated" and self.files:
            raise ValueError("`files` goes with source: open; the simulated Flanders writes its own files")
        return self


class BlockShares(Closed):
    capacity: Share = Field(description="Share of the variance of ln change amplitude planted in capacity.")
    scale: Share = Field(description="The same for scale.")
    politics: Share = Field(description="The same for politics.")


class Simulation(Closed):
    dispersion_effect: float = Field(
        ge=0, le=1, description="Planted rise of sd(ln spending) in reformed fields, in ln points."
    )
    ceiling: float = Field(
        ge=0, le=1, description="Planted growth with scale of the spread of used freedom; 0 is none."
    )
    staff_interaction: float = Field(
        ge=0,
        le=0.3,
        description="Planted coefficient of scale x growth of staff (both standardised) in ln change amplitude.",
    )
    block_shares: BlockShares = Field(description="Planted shares of variance, one per block.")


class Geography(Closed):
    vintage: Literal[308, 300, 285] = Field(description="Number of municipalities: 308 (to 2018), 300, 285 (2025).")
    mixed_clusters: Literal["keep", "drop"] = Field(
        "keep",
        description="Merged units whose parts had different Belfius clusters: keep (largest part) or drop.",
    )


class Spending(Closed):
    report: Literal["accounts", "plans"] = Field(description="Realised spending (accounts) or plans.")
    section: Literal["operating", "investment"] = Field(description="Exploitatie or investeringen.")


class Window(Closed):
    years: list[int] = Field(min_length=2, max_length=2, description="First and last boekjaar.")
    plan: int | None = Field(None, description="Rapportjaar of the plan to read; only for plans.")

    @property
    def range(self) -> list[int]:
        return list(range(self.years[0], self.years[1] + 1))


class Period(Closed):
    spending: Spending = Field(description="The spending concept of the used-freedom indicators.")
    pre: Window = Field(description="Years before the reform.")
    post: Window = Field(description="Years after the reform.")
    within: Window | None = Field(None, description="Years between, within the running plan.")
    drop: list[int] = Field(default_factory=list, description="Years left out everywhere.")

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if not self.pre.years[0] <= self.pre.years[1] < self.post.years[0] <= self.post.years[1]:
            raise ValueError("pre must end before post begins, and each must run from first to last year")
        for name in ("pre", "post"):
            if set(getattr(self, name).range) <= set(self.drop):
                raise ValueError(f"drop leaves no year of {name}")
        if self.spending.report == "plans" and (self.pre.plan is None or self.post.plan is None):
            raise ValueError("plans overlap in years: name pre.plan and post.plan (the rapportjaar of each plan)")
        return self


class Sectors(Closed):
    reform_year: int = Field(description="First year under the reform (F1 is 1 from here).")
    reformed: list[str] = Field(min_length=1, description="Stable codes of the reformed policy fields.")
    comparison: list[str] = Field(description="Stable codes of unreformed comparison fields.")
    operational: list[str] = Field(description="Stable codes of the operational (beheers) fields.")
    leisure: list[str] = Field(description="Stable codes of culture, youth and sport, for the kept budget.")
    minimum_municipalities: int = Field(
        100, ge=10, description="A field positive in both periods for fewer municipalities gets no model."
    )

    @model_validator(mode="after")
    def _apart(self) -> "Sectors":
        both = sorted(set(self.reformed) & set(self.comparison))
        if both:
            raise ValueError(f"{both[0]!r} is both reformed and comparison; a contrast needs them apart")
        return self


Basket = Literal["domains", "all_stable", "reformed"]


class Deflator(Closed):
    base_year: int = Field(description="Year whose prices real figures are in.")


class Outlier(Closed):
    nis: list[Annotated[str, Field(pattern=r"^\d{5}$")]] = Field(
        default_factory=list, description="Municipalities by NIS code."
    )
    clusters: list[Annotated[str, Field(pattern=r"^V([1-9]|1[0-6])$")]] = Field(
        default_factory=list, description="Belfius clusters, V1 to V16."
    )
    population_below: int | None = Field(None, description="Municipalities with fewer inhabitants (pre-period mean).")
    is_mixed: bool = Field(False, description="Merged units whose parts had different clusters.")


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


class Table(Closed):
    kind: Literal[
        "descriptives",
        "attrition",
        "regression",
        "attribution",
        "claims",
        "replication",
        "deviations",
        "necessity",
        "qca",
        "diagnostics",
        "multiplicity",
        "mergers",
    ] = Field(description="Kind of table.")
    columns: list[Identifier] = Field(default_factory=list, description="Specifications; empty for all that fit.")
    entries: list[Identifier] = Field(
        default_factory=list, description="Entries of necessity, qca, families or mergers, for the table of that kind."
    )

    @model_validator(mode="after")
    def _has_entries(self) -> "Table":
        if (self.kind in ("necessity", "qca", "multiplicity", "mergers")) != bool(self.entries):
            raise ValueError(
                "`entries` goes with the kinds necessity, qca, multiplicity and mergers, and these need it"
            )
        return self


class Figure(Closed):
    kind: Literal["dispersion", "coefficients", "attribution", "scale_ceiling", "event_study", "necessity", "power"] = (
        Field(description="Kind of figure.")
    )
    specifications: list[Identifier] = Field(default_factory=list, description="Specifications shown.")
    entries: list[Identifier] = Field(
        default_factory=list, description="Entries of necessity or power, for their kinds."
    )

    @model_validator(mode="after")
    def _shows_something(self) -> "Figure":
        if (self.kind in ("necessity", "power")) != bool(self.entries) or bool(self.entries) == bool(
            self.specifications
        ):
            raise ValueError("name `entries` for the kinds necessity and power, `specifications` for the others")
        return self


class Inference(Closed):
    draws: int = Field(ge=99, le=99999, description="Bootstrap draws.")
    weights: Literal["rademacher", "webb", "mammen"] = Field(
        description="Weights of the wild cluster bootstrap; webb for few clusters, rademacher otherwise."
    )
    confidence: float = Field(gt=0.5, lt=1, description="Level of every interval.")


class Equivalence(Closed):
    r2_bounds: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        min_length=1, description="Bounds of the R2 non-inferiority test; the first is primary."
    )
    coefficient_bounds: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        min_length=1,
        description="Bounds of the equivalence test of a standardised coefficient; the first is primary.",
    )
    alpha: float = Field(gt=0, lt=0.5, description="Level of these tests.")


# What each rule of a claim is told in the configuration; thresholds are never defaults.
CLAIM_NEEDS = {
    "dispersion_rose": ("specifications", "equation"),
    "limited_explanation": ("specifications",),
    "majority": ("specifications", "threshold"),
    "slope_with_placebo": ("specifications", "term"),
    "fanning_out": ("specifications", "term"),
    "block_small": ("specifications", "block", "threshold"),
    "negligible": ("specifications", "term"),
    "larger": ("specifications", "term"),
    "rows": ("rows",),
    "all_of": ("parts",),
    "silent": ("because",),
}


TESTS = tuple(key.removeprefix("test.") for key in WORDS if key.startswith("test."))


class EvidenceRow(Closed):
    specification: Identifier = Field(
        description="Specification (or entry of mergers, necessity, qca) it is read from."
    )
    expect: Literal["above", "below", "within", "rejects"] = Field(
        description="Interval above or below the threshold, within (-threshold, threshold); or a test that rejects (with "
        "above or below: and whose estimate lies there)."
    )
    equation: str | None = Field(None, description="Equation of the estimate.")
    term: str | None = Field(None, description="Term of the estimate or test.")
    test: Literal[TESTS] | None = Field(None, description="Test (results/inference) instead of an estimate.")
    bound: float | None = Field(None, description="Bound of that test, where it has more than one.")
    threshold: float | None = Field(None, description="Threshold, set beforehand; required unless a test.")

    @model_validator(mode="after")
    def _complete(self) -> "EvidenceRow":
        if self.expect == "rejects" and self.test is None or self.expect == "within" and self.test is not None:
            raise ValueError("expect: rejects needs the key `test`; a test goes with rejects, above or below")
        if self.expect != "rejects" and self.threshold is None:
            raise ValueError(f"expect: {self.expect} needs the key 'threshold'")
        return self


class Verdictable(Closed):
    """A claim, a part of one, or a finding of a replication candidate."""

    rule: Literal[tuple(CLAIM_NEEDS)] = Field(description="How the verdict is computed.")
    specifications: list[Identifier] = Field(default_factory=list, description="Specifications the verdict rests on.")
    equation: str | None = Field(None, description="Equation of the estimates, where the rule needs one.")
    term: str | None = Field(None, description="Term, where the rule needs one.")
    block: Identifier | None = Field(None, description="Block, where the rule needs one.")
    threshold: float | None = Field(None, description="Threshold, set beforehand, where the rule needs one.")
    rows: list[EvidenceRow] = Field(default_factory=list, description="For rule rows: what is read and expected.")
    parts: list["Verdictable"] = Field(default_factory=list, description="For rule all_of: each must hold.")
    because: Label | None = Field(None, description="For rule silent: why no open data can speak to it.")

    @model_validator(mode="after")
    def _complete(self) -> "Verdictable":
        for key in CLAIM_NEEDS.get(self.rule, ()):
            if getattr(self, key) in (None, []):
                raise ValueError(f"rule {self.rule} needs the key {key!r}")
        return self

    def decided_by(self) -> list[str]:
        """Names of the results that decide it."""
        names = [*self.specifications, *(row.specification for row in self.rows)]
        return list(dict.fromkeys(names + [name for part in self.parts for name in part.decided_by()]))

    def shown(self) -> list[str]:
        """Names of the results it decides on or tells."""
        return self.decided_by()


class Claim(Verdictable):
    quoted: list[EvidenceRow] = Field(default_factory=list, description="Told beside the verdict; decides nothing.")
    variants: list[Identifier] = Field(
        default_factory=list,
        description="Defensible specifications that are put in place of the first one in turn: the share that agrees.",
    )

    def shown(self) -> list[str]:
        """Names of the results it decides on or tells."""
        return list(dict.fromkeys([*self.decided_by(), *(row.specification for row in self.quoted), *self.variants]))


class Candidate(Closed):
    """One reconstruction of what was published, held against the three published findings."""

    label: Label = Field(description="What is reconstructed.")
    used_beyond_formal: Verdictable = Field(
        description="Finding 1: used freedom depends on how far a municipality uses it."
    )
    formal_stimulates: Verdictable = Field(
        description="Finding 2: more formal freedom can stimulate more used freedom."
    )
    little_explained: Verdictable = Field(description="Finding 3: capacity, scale and politics explain little.")


class Replication(Closed):
    as_published: Identifier | None = Field(
        None, description="The candidate that the published article turns out to have used; null while that is unknown."
    )
    candidates: dict[Identifier, Candidate] = Field(default_factory=dict, description="Candidate -> its findings.")

    @model_validator(mode="after")
    def _known(self) -> "Replication":
        if self.as_published is not None and self.as_published not in self.candidates:
            raise ValueError(
                f"as_published: {self.as_published!r} is no candidate; allowed: {', '.join(self.candidates)}"
            )
        return self


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
    test: str | None = Field(None, description="A test of results/inference instead of the coefficients' own p.")
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


class Output(Closed):
    tables: list[Literal["tex", "html", "csv", "md"]] = Field(min_length=1, description="Formats of tables.")
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")


class Configuration(Closed):
    """The whole of config.yaml."""

    study: Study = Field(description="What the study is called and in which language it speaks.")
    seed: int = Field(ge=0, description="The one seed of everything random.")
    data: Data = Field(description="Where the data come from.")
    simulation: Simulation = Field(description="Effects planted in the simulated Flanders.")
    geography: Geography = Field(description="The municipalities that are compared.")
    period: Period = Field(description="Before and after, and which spending.")
    sectors: Sectors = Field(description="Policy fields by their role.")
    baskets: list[Basket] = Field(min_length=1, description="Sets of fields over which portfolio shifts are computed.")
    deflator: Deflator = Field(description="Prices.")
    outliers: dict[Identifier, Outlier] = Field(description="Named rules that a specification may exclude.")
    blocks: dict[Identifier, list[Identifier]] = Field(description="The explanations: block -> indicator ids.")
    specifications: dict[Identifier, Specification] = Field(min_length=1, description="The models.")
    tables: dict[Identifier, Table] = Field(description="Published tables.")
    figures: dict[Identifier, Figure] = Field(description="Published figures.")
    inference: Inference = Field(description="Bootstrap draws and level of intervals.")
    equivalence: Equivalence = Field(description="Bounds below which an effect counts as negligible.")
    primary: Identifier | None = Field(None, description="The one specification that was declared primary beforehand.")
    claims: dict[str, Claim] = Field(description="Claim id -> rule, specifications and thresholds.")
    replication: Replication = Field(
        default_factory=Replication, description="Reconstructions of the published study, each with its findings."
    )
    mergers: dict[Identifier, Merger] = Field(
        default_factory=dict, description="Simulated mergers by name: what they do to formulas, ranks and indicators."
    )
    diagnostics: list[Identifier] = Field(
        default_factory=list, description="Specifications (ols) whose sensitivity is worked out: results/diagnostics."
    )
    families: dict[Identifier, Family] = Field(
        default_factory=dict, description="Tests that belong together: their p-values are adjusted for one another."
    )
    power: dict[Identifier, PowerRun] = Field(
        default_factory=dict, description="Power curves by simulation on the design of a specification."
    )
    necessity: dict[Identifier, Necessity] = Field(
        default_factory=dict, description="Necessary-condition analyses: what does a high outcome need?"
    )
    qca: dict[Identifier, Qca] = Field(
        default_factory=dict, description="Fuzzy-set analyses: which combinations of conditions are enough?"
    )
    output: Output = Field(description="Formats that are written.")

    @model_validator(mode="after")
    def _mergers_apart(self) -> "Configuration":
        # Claims are judged by either, under one name.
        both = sorted(set(self.mergers) & set(self.specifications))
        if both:
            raise ValueError(f"mergers: {both[0]!r} is the name of a specification as well; give it another")
        return self

    @model_validator(mode="after")
    def _tests_known(self) -> "Configuration":
        """Families, power runs and diagnostics name specifications of an estimator that they can use."""
        least_squares, cross_section = ("ols", "panel_ols"), ("ols",)
        named = [
            (f"families.{name}.specifications", one, least_squares if "romano_wolf" in family.method else None)
            for name, family in self.families.items()
            for one in family.specifications
        ]
        named += [(f"power.{name}.specification", run.specification, cross_section) for name, run in self.power.items()]
        named += [
            (f"tables.{name}.columns", one, cross_section)
            for name, table in self.tables.items()
            if table.kind == "diagnostics"
            for one in table.columns or ["(none)"]
        ]
        shown = [(f"tables.{name}", table, "multiplicity", self.families) for name, table in self.tables.items()]
        shown += [(f"figures.{name}", figure, "power", self.power) for name, figure in self.figures.items()]
        for where, entry, kind, section in shown:
            unknown = [one for one in entry.entries if entry.kind == kind and one not in section]
            if unknown:
                raise ValueError(
                    f"{where}.entries: {unknown[0]!r} is not known; allowed: {', '.join(section) or 'none'}"
                )
        for where, name, estimators in named:
            if name not in self.specifications:
                raise ValueError(f"{where}: {name!r} is no specification; name one of `specifications`")
            estimator = self.specifications[name].estimator
            if estimators and estimator not in estimators:
                raise ValueError(f"{where}: {name} is {estimator}; allowed here: {', '.join(estimators)}")
        return self

    @model_validator(mode="after")
    def _reform_between(self) -> "Configuration":
        first, last = self.period.pre.years[0] + 1, self.period.post.years[0]
        if not first <= self.sectors.reform_year <= last:
            raise ValueError(
                f"sectors.reform_year: {self.sectors.reform_year} must lie from {first} to {last}, between the periods"
            )
        return self

    @field_validator("specifications", mode="before")
    @classmethod
    def _inherit(cls, entries: Any) -> Any:
        return resolve_inheritance(entries) if isinstance(entries, dict) else entries


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


class _StrictLoader(yaml.SafeLoader):
    """YAML without its traps: no duplicate keys, no aliases, no octal, sexagesimal or yes/no surprises."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise StudyError(
                f"line {event.start_mark.line + 1}: YAML aliases (*name) are not allowed; write the value out"
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise StudyError(f"line {key_node.start_mark.line + 1}: key {key!r} occurs twice; keep one")
            seen.add(key)
        return super().construct_mapping(node, deep)


_TRAPS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+"),
}


def _guarded(tag: str, construct: Any) -> Any:
    def constructor(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
        if not _TRAPS[tag].fullmatch(node.value):
            raise StudyError(
                f"line {node.start_mark.line + 1}: {node.value!r} is read by YAML as {tag.rsplit(':', 1)[1]}, "
                f"which is seldom meant; put it in quotes, or write true, false or a plain number"
            )
        return construct(loader, node)

    return constructor


for _tag, _kind in (("int", "int"), ("bool", "bool"), ("float", "float")):
    _StrictLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}",
        _guarded(f"tag:yaml.org,2002:{_tag}", getattr(yaml.SafeLoader, f"construct_yaml_{_kind}")),
    )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises StudyError naming the byte that is not."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise StudyError(f"{path.name}: byte {problem.start} is not UTF-8; save the file as UTF-8") from None


def read_yaml(text: str, name: str) -> Any:
    """Read YAML strictly. Raises StudyError with the file name and line."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  a SafeLoader made stricter
    except StudyError as mistake:
        raise StudyError(f"{name}: {mistake}") from None
    except (RecursionError, ValueError) as problem:
        raise StudyError(f"{name}: not readable as a configuration: {str(problem).splitlines()[0][:120]}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise StudyError(f"{name}: {line}not readable as YAML: {getattr(problem, 'problem', problem)}") from None


def merge(base: Any, overrides: dict[str, Any]) -> Any:
    """The mapping with values of the command line (--config) put in, section by section."""
    if not isinstance(base, dict):
        return base
    merged = dict(base)
    for key, value in overrides.items():
        merged[key] = merge(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def allowed_keys(schema: dict[str, Any], path: tuple[Any, ...]) -> list[str]:
    """The keys that the schema allows at a place of the configuration."""
    node: dict[str, Any] = schema
    for part in path:
        node = _section(schema, node)
        properties = node.get("properties", {})
        inner = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), {})
        node = properties[part] if part in properties else inner if isinstance(inner, dict) else {}
    return sorted(_section(schema, node).get("properties", {}))


def _section(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in node:
        node = next((one for one in node["anyOf"] if "$ref" in one), {})
    return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def describe_errors(error: ValidationError, name: str, schema: dict[str, Any] | None = None) -> str:
    """One line per mistake: file, key, wrong value, what is allowed."""
    lines = []
    for item in error.errors():
        keys = [str(part) for part in item["loc"] if not str(part).startswith(("list[", "dict["))]
        value = item.get("input")
        shown = "" if item["type"] in ("missing", "extra_forbidden") or isinstance(value, dict) else f" (is: {value!r})"
        advice = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            advice = "this key is required"
        if item["type"] == "extra_forbidden":
            options = allowed_keys(schema, item["loc"][:-1]) if schema else []
            near = difflib.get_close_matches(keys[-1], options, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            advice = f"this key is not known{hint}; allowed here: {', '.join(options) or 'see docs/configuration.md'}"
        lines.append(f"{name}: {'.'.join(keys) or 'top level'}: {advice}{shown}")
    return "\n".join(dict.fromkeys(lines))


def validate(content: Any, name: str = "config.yaml") -> Configuration:
    """Check a mapping against the closed schema. Raises StudyError with one line per mistake."""
    if not isinstance(content, dict):
        raise StudyError(f"{name}: the file must hold keys and values; see docs/configuration.md")
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        raise StudyError(describe_errors(error, name, Configuration.model_json_schema())) from None
