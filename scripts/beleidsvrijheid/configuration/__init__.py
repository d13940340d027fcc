"""The configuration of a study: its closed schema, read strictly, resolved once."""

from functools import cache
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from beleidsvrijheid.configuration.analyses import Family, Merger, Necessity, PowerRun, Qca
from beleidsvrijheid.configuration.claims import CLAIM_NEEDS, Candidate, Claim, Replication, Verdictable
from beleidsvrijheid.configuration.multiverse import Multiverse
from beleidsvrijheid.configuration.reading import check_overrides, describe_errors, merge, read_text, read_yaml
from beleidsvrijheid.configuration.section import Closed, Identifier, Label
from beleidsvrijheid.configuration.shown import OF_MULTIVERSE, Fiches, Figure, Output, Table
from beleidsvrijheid.configuration.specification import Specification, resolve_inheritance
from beleidsvrijheid.configuration.study import (
    Basket,
    Data,
    Deflator,
    Download,
    Equivalence,
    Geography,
    Inference,
    Outlier,
    OwnIndicator,
    Period,
    Sectors,
    Simulation,
    Study,
)
from beleidsvrijheid.errors import StudyError

__all__ = [
    "CLAIM_NEEDS",
    "OTHER_RESULTS",
    "Candidate",
    "Claim",
    "Closed",
    "Configuration",
    "Data",
    "Download",
    "Identifier",
    "Label",
    "Merger",
    "Necessity",
    "Qca",
    "Specification",
    "Verdictable",
    "check_overrides",
    "describe_errors",
    "merge",
    "read_text",
    "read_yaml",
    "resolve_inheritance",
    "validate",
]

OTHER_RESULTS = ("mergers", "necessity", "qca")  # sections whose entries have results that claims may read


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
    multiverse: dict[Identifier, Multiverse] = Field(
        default_factory=dict, description="Grids of defensible variants around a specification, with joint inference."
    )
    own_indicators: dict[Identifier, OwnIndicator] = Field(
        default_factory=dict,
        description="Indicators of your own, from a tidy file in data/raw/own_indicators (docs/specifications.md).",
    )
    fiches: Fiches = Field(default_factory=Fiches, description="The pages of municipalities (`snakemake fiches`).")
    output: Output = Field(description="Formats that are written.")

    @model_validator(mode="after")
    def _results_apart(self) -> "Configuration":
        # Claims are judged by any of them, under one name.
        taken = dict.fromkeys(self.specifications, "specifications")
        for section in OTHER_RESULTS:
            for name in getattr(self, section):
                if name in taken:
                    raise ValueError(f"{section}: {name!r} is a name in {taken[name]} as well; give it another")
                taken[name] = section
        return self

    @model_validator(mode="after")
    def _entries_known(self) -> "Configuration":
        """Tables and figures of results of other sections name entries that these have."""
        of_tables = {
            "multiplicity": self.families,
            "necessity": self.necessity,
            "qca": self.qca,
            "mergers": self.mergers,
            "multiverse": self.multiverse,
        }
        of_figures = {"power": self.power, "necessity": self.necessity, **dict.fromkeys(OF_MULTIVERSE, self.multiverse)}
        shown = [(f"tables.{name}", table, of_tables.get(table.kind)) for name, table in self.tables.items()]
        shown += [(f"figures.{name}", figure, of_figures.get(figure.kind)) for name, figure in self.figures.items()]
        for where, entry, section in shown:
            unknown = [one for one in entry.entries if one not in section] if section is not None else []
            if unknown:
                allowed = ", ".join(section) or "none"
                raise ValueError(f"{where}.entries: {unknown[0]!r} is not known; allowed: {allowed}")
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


def validate(content: Any, name: str = "config.yaml") -> Configuration:
    """Check a mapping against the closed schema. Raises StudyError with one line per mistake."""
    if not isinstance(content, dict):
        raise StudyError(f"{name}: the file must hold keys and values; see docs/configuration.md")
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        raise StudyError(describe_errors(error, name, _schema())) from None


@cache
def _schema() -> dict[str, Any]:
    return Configuration.model_json_schema()
