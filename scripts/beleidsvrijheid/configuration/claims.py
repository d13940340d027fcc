"""Claims and findings: which results decide them, and the thresholds set beforehand."""

from typing import Literal

from pydantic import Field, model_validator

from beleidsvrijheid.configuration.section import Closed, Identifier, Label
from beleidsvrijheid.words import WORDS

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
