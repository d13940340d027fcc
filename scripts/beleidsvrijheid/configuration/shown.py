"""What is published: tables, figures and their formats."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier

OF_KIND = {"regression": ("uncertainty", "stars"), "robustness": ("term", "equation")}


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
        "multiverse",
        "correlation",
        "robustness",
        "codebook",
    ] = Field(description="Kind of table.")
    columns: list[Identifier] = Field(default_factory=list, description="Specifications; empty for all that fit.")
    entries: list[Identifier] = Field(
        default_factory=list,
        description="Entries of necessity, qca, families, mergers or multiverse, for the table of that kind.",
    )

    term: str | None = Field(None, description="The term whose estimates are shown, for the kind robustness.")
    equation: str | None = Field(
        None,
        description="Its equation, for the kind robustness, where a specification has several; empty for the first.",
    )
    uncertainty: Literal["std_error", "interval", "both"] = Field(
        "std_error", description="What stands beneath a coefficient, for the kind regression."
    )
    stars: bool = Field(False, description="Whether coefficients have stars, for the kind regression.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Table":
        for kind, keys in OF_KIND.items():
            given = [key for key in keys if key in self.model_fields_set]
            if given and self.kind != kind:
                raise ValueError(f"`{given[0]}` goes with the kind {kind}")
        if self.kind == "robustness" and (self.term is None or len(self.columns) < 2):
            raise ValueError("the kind robustness needs a `term` and two `columns` or more")
        if self.kind == "correlation" and len(self.columns) != 1:
            raise ValueError("the kind correlation needs one specification in `columns`")
        return self

    @model_validator(mode="after")
    def _has_entries(self) -> "Table":
        if (self.kind in ("necessity", "qca", "multiplicity", "mergers", "multiverse")) != bool(self.entries):
            raise ValueError(
                "`entries` goes with the kinds necessity, qca, multiplicity, mergers and multiverse, and these need it"
            )
        return self


OF_MULTIVERSE = ("specification_curve", "variance_by_axis", "vibration")
OF_ENTRIES = ("necessity", "power", *OF_MULTIVERSE)
OF_SPECIFICATIONS = ("dispersion", "coefficients", "attribution", "scale_ceiling", "event_study", "quantile")
OF_PANEL = ("capacity", "map")
# Option -> the one kind of figure that has it.
OPTIONS = {"term": "quantile", "axes": "capacity"}
OPTIONS |= dict.fromkeys(
    ("indicator", "beleidsveld", "period", "year", "vintage", "classes", "scheme", "breaks"), "map"
)


class Figure(Closed):
    kind: Literal[(*OF_SPECIFICATIONS, *OF_ENTRIES, *OF_PANEL)] = Field(description="Kind of figure.")
    specifications: list[Identifier] = Field(default_factory=list, description="Specifications shown.")
    entries: list[Identifier] = Field(
        default_factory=list, description="Entries of necessity, power or multiverse, for their kinds."
    )
    term: str | None = Field(None, description="quantile: the term drawn; every term but the constant where left out.")
    axes: list[Identifier] = Field(
        default_factory=list, description="capacity: the three indicators set against each other."
    )
    indicator: Identifier | None = Field(
        None, description="map: the indicator, of level municipality and not categorical."
    )
    beleidsveld: str = Field("", description="map: stable field code or basket; empty for an indicator without fields.")
    period: str | None = Field(None, description="map: period of the value, where the indicator has several.")
    year: int | None = Field(None, description="map: year of a yearly value; the value over a period where left out.")
    vintage: Literal[308, 300, 285] | None = Field(
        None,
        description="map: municipalities whose borders are drawn over the values, which stay those of geography.vintage: "
        "heavy lines for a coarser vintage, dotted ones for a finer.",
    )
    classes: int = Field(
        5, ge=2, le=9, description="map: how many classes at most; even where values have both signs. Not with breaks."
    )
    scheme: Literal["quantile", "equal", "breaks"] = Field(
        "quantile", description="map: as many municipalities in each class, classes of equal width, or `breaks`."
    )
    breaks: list[float] = Field(
        default_factory=list, description="map: inner limits of the classes, rising, with scheme breaks."
    )

    @model_validator(mode="after")
    def _shows_something(self) -> "Figure":
        is_of_panel = self.kind in OF_PANEL
        if (self.kind in OF_ENTRIES) != bool(self.entries) or (
            bool(self.entries) != bool(self.specifications)
        ) == is_of_panel:
            raise ValueError(
                f"name `entries` for the kinds {', '.join(OF_ENTRIES)}, neither for {' and '.join(OF_PANEL)}, "
                "`specifications` for the others"
            )
        return self

    @model_validator(mode="after")
    def _has_its_options(self) -> "Figure":
        for option, kind in OPTIONS.items():
            default = type(self).model_fields[option].get_default(call_default_factory=True)
            if self.kind != kind and getattr(self, option) != default:
                raise ValueError(f"`{option}` goes with kind {kind}, not with {self.kind}; leave it out")
        if self.kind == "map" and not self.indicator:
            raise ValueError("a map needs an `indicator`")
        if self.kind == "capacity" and len(set(self.axes)) != 3:
            raise ValueError("`axes` are three different indicators: vte_per_1000, staff_ambition, staff_realisation")
        if (self.scheme == "breaks") != bool(self.breaks) or self.breaks != sorted(set(self.breaks)):
            raise ValueError("`breaks` goes with scheme breaks: numbers, each larger than the one before")
        return self


class Output(Closed):
    tables: list[Literal["tex", "html", "docx", "xlsx", "csv", "md"]] = Field(
        min_length=1, description="Formats of tables."
    )
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")


class Fiches(Closed):
    """The page of each municipality, which `snakemake fiches` makes."""

    ceiling: Identifier | None = Field(
        None,
        description="The `quantile` specification on log_population alone whose highest line is the ceiling; none for none.",
    )
    only: list[Annotated[str, Field(pattern=r"^\d{5}$")]] = Field(
        default_factory=list, description="NIS codes of the municipalities that get a page; empty for all."
    )
    years: int = Field(10, ge=2, description="Years of a trend, up to the last at hand.")
    minimum: int = Field(
        5, ge=2, description="A group with fewer municipalities that have a value gives no percentile."
    )
