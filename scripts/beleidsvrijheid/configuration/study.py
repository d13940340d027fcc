"""The study as a whole: its data, geography, periods, policy fields and levels of inference."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier, Label, Language, Share, Vintage
from beleidsvrijheid.estimators import TOGETHER


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
    vintage: Vintage = Field(description="Number of municipalities: 308 (to 2018), 300, 285 (2025).")
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
    # None, not false: what a plan does not use is no part of it.
    is_facility: Literal[True] | None = Field(
        None, description="true: municipalities with facilities, which stayed under the old grant regime."
    )


class OwnIndicator(Closed):
    """An indicator that the researcher brings, in a tidy file of data/raw/own_indicators."""

    label: Label = Field(description="Name of the indicator in tables and figures.")
    unit: str = Field(
        min_length=1,
        description="Unit as the catalogue writes units: FTE per 1000 inhabitants, share, EUR per inhabitant.",
    )
    geography: Literal[308, 300, 285, "year", "study"] = Field(
        description="Which municipalities the codes in the file are of: 308, 300 or 285, those of each row's year, or those of "
        "the study (geography.vintage)."
    )
    aggregate: Literal["sum", "largest_part"] = Field(
        description="What a merger does: sum (amounts, counts; every part must have a value) or largest_part (rates, "
        "categories, anything that does not add up). Nothing is averaged."
    )
    categorical: bool = Field(False, description="true: values are categories and enter as dummies.")
    reference: str = Field("own file", min_length=1, description="Where the figures come from; a citation.")


class Inference(Closed):
    draws: int = Field(ge=99, le=99999, description="Bootstrap draws.")
    batch: int | None = Field(
        None,
        ge=TOGETHER,
        multiple_of=TOGETHER,
        description="Bootstrap draws per job, where a cluster should share them out (quantile; ols and panel_ols without weights); "
        f"a multiple of {TOGETHER}. Results are the same bytes. Empty: a specification's own job makes all.",
    )
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
