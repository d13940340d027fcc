"""The multiverse: every defensible variant of a specification, as axes of choices."""

from typing import Literal

from pydantic import Field, create_model, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier, Label, Vintage
from beleidsvrijheid.configuration.specification import Specification


class _Choice(Closed):
    """What an option of an axis has beside keys of the specification language."""

    label: Label = Field(description="The choice in words, for figures.")
    focal: str | None = Field(None, description="The focal term under this choice, where it has another name.")
    equation: str | None = Field(None, description="The focal term's equation under this choice (quantile_0.5).")
    with_controls: list[Identifier] = Field(default_factory=list, description="Controls added to those of the base.")
    without_controls: list[Identifier] = Field(default_factory=list, description="Controls of the base left out.")
    vintage: Vintage | None = Field(
        None,
        description="Municipalities under this choice, 308, 300 or 285; those of `geography.vintage` where not given.",
    )


# Every key of the language may stand in an option: it replaces that of the base (of blocks and sample: key by key).
Option = create_model(
    "Option",
    __base__=_Choice,
    **{
        name: (field.rebuild_annotation() | None, Field(None, description=field.description))
        for name, field in Specification.model_fields.items()
        if name != "label"
    },
)


class Axis(Closed):
    label: Label = Field(description="The question that the axis answers, in words.")
    options: dict[Identifier, Option] = Field(
        min_length=2, description="Option -> what it changes; exactly one changes nothing: it is the primary cell's."
    )

    @model_validator(mode="after")
    def _one_primary(self) -> "Axis":
        plain = [name for name, option in self.options.items() if not changes(option)]
        if len(plain) != 1:
            raise ValueError(
                f"exactly one option changes nothing (it is the primary cell's); these do: {', '.join(plain) or 'none'}"
            )
        return self


class Constraint(Closed):
    when: dict[Identifier, list[Identifier]] = Field(
        min_length=1, description="Axis -> options; a combination with one of them on every axis named is removed."
    )
    reason: Label = Field(description="Why that combination is not defensible.")


class Multiverse(Closed):
    """One grid of variants around a specification, with its joint inference."""

    label: Label = Field(description="Name of the multiverse in tables and figures.")
    base: Identifier = Field(description="The specification that is the primary cell, as it stands.")
    focal: str = Field(
        min_length=1, description="The term whose coefficient is followed, as results/estimates names it."
    )
    equation: str = Field("mean", description="Its equation.")
    expected: Literal["positive", "negative"] = Field(description="The sign expected beforehand.")
    axes: dict[Identifier, Axis] = Field(min_length=1, description="Choices, each defensible by itself.")
    without: list[Constraint] = Field(
        default_factory=list, description="Combinations that are not defensible, and why."
    )
    permute: Literal["municipality", "field"] = Field(
        "municipality", description="What Freedman-Lane permutes as a whole history."
    )
    strata: Identifier | None = Field(
        None, description="Categorical indicator; histories are permuted within its groups only."
    )
    draws: int | None = Field(
        None,
        ge=99,
        le=99999,
        description="Permutations, and draws of the wild bootstrap; `inference.draws` where not given.",
    )
    common_sample: bool = Field(
        False, description="Only municipalities that every cell can use, so that the curve does not mix samples."
    )
    chunk: int = Field(1024, ge=1, le=100_000, description="Cells that one job estimates.")

    @model_validator(mode="after")
    def _common_sample_on_one_vintage(self) -> "Multiverse":
        for axis, entry in self.axes.items():
            for name, option in entry.options.items():
                if self.common_sample and option.vintage is not None:
                    raise ValueError(
                        f"common_sample: municipalities of several vintages have no common sample, and axes.{axis}.options."
                        f"{name} has vintage {option.vintage}; drop `common_sample`, or the key `vintage`"
                    )
        return self

    @model_validator(mode="after")
    def _constraints_known(self) -> "Multiverse":
        for number, constraint in enumerate(self.without, start=1):
            for axis, names in constraint.when.items():
                if axis not in self.axes:
                    raise ValueError(f"without: {number}: no axis {axis!r}; allowed: {', '.join(self.axes)}")
                unknown = [name for name in names if name not in self.axes[axis].options]
                if unknown or not names:
                    allowed = ", ".join(self.axes[axis].options)
                    raise ValueError(f"without: {number}: {axis}: no option {unknown or names}; allowed: {allowed}")
        return self


def changes(option: _Choice) -> dict[str, object]:
    """What an option changes, as plain data: the keys that are given, without its label."""
    return option.model_dump(exclude_unset=True, exclude={"label"})
