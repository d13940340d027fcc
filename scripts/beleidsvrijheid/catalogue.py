"""The catalogues of the project: sources and indicators, read with closed schemas."""

from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from beleidsvrijheid.configuration import Closed, Identifier, Label, describe_errors, read_yaml
from beleidsvrijheid.errors import StudyError

TableKind = Literal[
    "units", "finance", "population", "staff", "clusters", "votes", "mandates", "streams", "prices", "spells"
]


class Layout(Closed):
    """A table layout: its publisher's column -> our column."""

    id: Identifier
    columns: dict[str, str]
    geography: Literal[308, 300, 285, "year"] | None = None
    year: Literal["file_name"] | None = Field(
        None, description="file_name: the year is the first one in the file's name."
    )


class Source(Closed):
    """One entry of workflow/sources.yaml."""

    id: Identifier
    publisher: str
    measures: str
    parser: Identifier
    table: TableKind
    geography: Literal[308, 300, 285, "year", "none"] = Field(description="Vintage of the codes; year: of each year.")
    aggregate: Literal["sum", "largest_part", "none"] = Field(description="What a merger does with the figures.")
    options: dict[str, Any] = Field(default_factory=dict)
    numbers: dict[str, list[Literal["nl", "en", "plain"]]] = Field(default_factory=dict)
    layouts: list[Layout] = Field(default_factory=list)
    file_pattern: str
    address: str
    instructions: str
    licence: str
    citation: str
    verified: str
    simulated: list[str] = Field(default_factory=list, description="Files that the simulated Flanders writes.")


class Indicator(Closed):
    """One entry of workflow/indicators.yaml."""

    id: Identifier
    code: str
    label: Label
    unit: str
    formula: str
    source: list[str] = Field(description="Source ids; a|b means either; `spending` follows period.spending.")
    reference: str
    level: Literal["municipality", "field", "flanders"]
    block: Identifier | None = None
    categorical: bool = False


def _read(text: str, name: str, kind: Any) -> dict[str, Any]:
    try:
        entries = TypeAdapter(list[kind]).validate_python(read_yaml(text, name))
    except ValidationError as error:
        raise StudyError(describe_errors(error, name)) from None
    return {entry.id: entry for entry in entries}


def read_sources(text: str) -> dict[str, Source]:
    """Sources by id, from the text of workflow/sources.yaml."""
    return _read(text, "workflow/sources.yaml", Source)


def read_indicators(text: str) -> dict[str, Indicator]:
    """Indicators by id, from the text of workflow/indicators.yaml."""
    return _read(text, "workflow/indicators.yaml", Indicator)
