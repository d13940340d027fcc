"""What every section of the configuration is: closed, strict, frozen."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Language = Literal["nl", "en"]
Share = Annotated[float, Field(ge=0, lt=1)]
Vintage = Literal[308, 300, 285]


class Closed(BaseModel):
    """A section with no room for unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Label(Closed):
    nl: str = Field(min_length=1, description="Dutch text.")
    en: str = Field(min_length=1, description="English text.")
