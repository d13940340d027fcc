"""What is published: tables, figures and their formats."""

from typing import Literal

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
    tables: list[Literal["tex", "html", "docx", "xlsx", "csv", "md"]] = Field(
        min_length=1, description="Formats of tables."
    )
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")
