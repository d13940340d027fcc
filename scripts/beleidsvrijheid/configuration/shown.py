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


class Output(Closed):
    tables: list[Literal["tex", "html", "csv", "md"]] = Field(min_length=1, description="Formats of tables.")
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")
