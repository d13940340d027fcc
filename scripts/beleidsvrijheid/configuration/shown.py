"""What is published: tables, figures and their formats."""

from typing import Literal

from pydantic import Field, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier


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
    ] = Field(description="Kind of table.")
    columns: list[Identifier] = Field(default_factory=list, description="Specifications; empty for all that fit.")
    entries: list[Identifier] = Field(
        default_factory=list,
        description="Entries of necessity, qca, families, mergers or multiverse, for the table of that kind.",
    )

    @model_validator(mode="after")
    def _has_entries(self) -> "Table":
        if (self.kind in ("necessity", "qca", "multiplicity", "mergers", "multiverse")) != bool(self.entries):
            raise ValueError(
                "`entries` goes with the kinds necessity, qca, multiplicity, mergers and multiverse, and these need it"
            )
        return self


OF_MULTIVERSE = ("specification_curve", "variance_by_axis", "vibration")
OF_ENTRIES = ("necessity", "power", *OF_MULTIVERSE)
OF_SPECIFICATIONS = ("dispersion", "coefficients", "attribution", "scale_ceiling", "event_study")


class Figure(Closed):
    kind: Literal[(*OF_SPECIFICATIONS, *OF_ENTRIES)] = Field(description="Kind of figure.")
    specifications: list[Identifier] = Field(default_factory=list, description="Specifications shown.")
    entries: list[Identifier] = Field(
        default_factory=list, description="Entries of necessity, power or multiverse, for their kinds."
    )

    @model_validator(mode="after")
    def _shows_something(self) -> "Figure":
        if (self.kind in OF_ENTRIES) != bool(self.entries) or bool(self.entries) == bool(self.specifications):
            raise ValueError(f"name `entries` for the kinds {', '.join(OF_ENTRIES)}, `specifications` for the others")
        return self


class Output(Closed):
    tables: list[Literal["tex", "html", "csv", "md"]] = Field(min_length=1, description="Formats of tables.")
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")


class Fiches(Closed):
    """The page of each municipality, which `snakemake fiches` makes."""

    ceiling: Identifier | None = Field(
        None,
        description="The `quantile` specification on log_population alone whose highest line is the ceiling; none for none.",
    )
    years: int = Field(10, ge=2, description="Years of a trend, up to the last at hand.")
    minimum: int = Field(
        5, ge=2, description="A group with fewer municipalities that have a value gives no percentile."
    )
