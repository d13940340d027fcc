"""The configuration of a study: its closed schema, read strictly, resolved once."""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import COVARIANCES_OF

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Language = Literal["nl", "en"]
Share = Annotated[float, Field(ge=0, lt=1)]
Estimator = Literal["ols", "panel_ols", "quantile", "dispersion_change", "dispersion_ratio", "share"]


class Closed(BaseModel):
    """A section with no room for unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Label(Closed):
    nl: str = Field(min_length=1, description="Dutch text.")
    en: str = Field(min_length=1, description="English text.")


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
    block_shares: BlockShares = Field(description="Planted shares of variance, one per block.")


class Geography(Closed):
    vintage: Literal[308, 300, 285] = Field(description="Number of municipalities: 308 (to 2018), 300, 285 (2025).")
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


class Covariance(Closed):
    type: Literal["HC0", "HC1", "HC2", "HC3", "nonrobust", "cluster", "municipality_bootstrap", "wilson"] = Field(
        description="Kind of covariance or interval."
    )
    by: Literal["municipality"] | None = Field(None, description="Cluster variable; only for cluster.")

    @model_validator(mode="after")
    def _named_cluster(self) -> "Covariance":
        if (self.type == "cluster") != (self.by is not None):
            raise ValueError("`by` goes with type cluster, and cluster needs `by: municipality`")
        return self


class SampleRules(Closed):
    exclude: list[Identifier] = Field(default_factory=list, description="Names of outlier rules to leave out.")
    years: list[int] | None = Field(None, min_length=2, max_length=2, description="First and last year (panels).")


class Specification(Closed):
    label: Label = Field(description="Name of the specification in tables and figures.")
    estimator: Estimator = Field(description="The estimator.")
    outcome: Identifier = Field(description="Indicator id of the outcome.")
    beleidsveld: str = Field("", description="Stable code or basket of the outcome; empty for none.")
    blocks: list[Identifier] | dict[Identifier, list[Identifier]] = Field(
        default_factory=dict, description="Names of `blocks`, or a mapping of block to indicator ids."
    )
    controls: list[Identifier] = Field(default_factory=list, description="Indicator ids held constant.")
    covariance: Covariance = Field(description="How uncertainty is estimated; no default.")
    sample: SampleRules = Field(default_factory=SampleRules, description="Which rows are left out.")
    effects: list[Literal["municipality", "year"]] = Field(
        default_factory=list, description="Fixed effects (panel_ols)."
    )
    predictors: Literal["static", "yearly"] | None = Field(
        None,
        description="For panel_ols: one value per municipality (its period is in the sample ledger), or the value of each year "
        "(which may follow from the reform).",
    )
    interact_with: Literal["post_reform"] | None = Field(
        None, description="Variable that all blocks are interacted with."
    )
    quantiles: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=list, description="For quantile.")
    threshold: float | None = Field(None, description="For share: counted where the value is at least this.")
    dispersion: Literal["yearly", "window_means"] | None = Field(
        None,
        description="For dispersion: of yearly figures, averaged over a window; or of window means (equal windows only).",
    )
    fields: list[str] = Field(default_factory=list, description="For dispersion: groups of `sectors`, or codes.")

    @model_validator(mode="after")
    def _complete(self) -> "Specification":
        allowed = COVARIANCES_OF[self.estimator]
        if self.covariance.type not in allowed:
            raise ValueError(
                f"covariance type {self.covariance.type!r} does not go with {self.estimator}; "
                f"allowed: {', '.join(sorted(allowed))}"
            )
        needs = {
            "quantile": ("quantiles",),
            "share": ("threshold",),
            "panel_ols": ("blocks", "predictors"),
            "dispersion_change": ("fields", "dispersion"),
            "dispersion_ratio": ("fields", "dispersion"),
        }.get(self.estimator, ("blocks",))
        for key in needs:
            if not getattr(self, key):
                raise ValueError(f"estimator {self.estimator} needs the key {key!r}")
        for key, given in self._unread():
            raise ValueError(f"{key!r} is not read by estimator {self.estimator} (is: {given!r}); drop the key")
        return self

    def _unread(self) -> list[tuple[str, Any]]:
        """Keys that are given although the estimator does not read them."""
        panel, dispersion = self.estimator == "panel_ols", self.estimator.startswith("dispersion")
        regression = self.estimator in ("ols", "panel_ols", "quantile")
        read = {
            "effects": panel, "interact_with": panel, "predictors": panel, "blocks": regression, "controls": regression,
            "quantiles": self.estimator == "quantile", "threshold": self.estimator == "share",
            "dispersion": dispersion, "fields": dispersion, "beleidsveld": not dispersion,
        }  # fmt: skip
        given = [(key, getattr(self, key)) for key, is_read in read.items() if not is_read]
        given.append(("sample.years", None if panel else self.sample.years))
        return [(key, value) for key, value in given if value]


class Table(Closed):
    kind: Literal["descriptives", "attrition", "regression", "attribution"] = Field(description="Kind of table.")
    columns: list[Identifier] = Field(default_factory=list, description="Specifications; empty for all that fit.")


class Figure(Closed):
    kind: Literal["dispersion", "coefficients", "attribution", "scale_ceiling"] = Field(description="Kind of figure.")
    specifications: list[Identifier] = Field(min_length=1, description="Specifications shown.")


class Inference(Closed):
    draws: int = Field(ge=99, le=99999, description="Bootstrap draws.")
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


# What each rule of a claim is told in the configuration; thresholds are never defaults.
CLAIM_NEEDS = {
    "dispersion_rose": ("equation",),
    "majority": ("threshold",),
    "slope": ("term",),
    "slope_with_placebo": ("term",),
    "fanning_out": ("term",),
    "block_small": ("block", "threshold"),
}


class Claim(Closed):
    rule: Literal[
        "dispersion_rose",
        "limited_explanation",
        "majority",
        "slope_with_placebo",
        "fanning_out",
        "slope",
        "block_small",
    ] = Field(description="How the verdict is computed.")
    specifications: list[Identifier] = Field(min_length=1, description="Specifications the verdict rests on.")
    equation: str | None = Field(None, description="Equation of the estimates, where the rule needs one.")
    term: str | None = Field(None, description="Term, where the rule needs one.")
    block: Identifier | None = Field(None, description="Block, where the rule needs one.")
    threshold: float | None = Field(None, description="Threshold, set beforehand, where the rule needs one.")

    @model_validator(mode="after")
    def _complete(self) -> "Claim":
        for key in CLAIM_NEEDS.get(self.rule, ()):
            if getattr(self, key) is None:
                raise ValueError(f"rule {self.rule} needs the key {key!r}")
        return self


class Output(Closed):
    tables: list[Literal["tex", "html", "csv", "md"]] = Field(min_length=1, description="Formats of tables.")
    figures: list[Literal["svg", "png", "pdf"]] = Field(min_length=1, description="Formats of figures.")


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
    claims: dict[str, Claim] = Field(description="Claim id -> rule, specifications and thresholds.")
    output: Output = Field(description="Formats that are written.")

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


def resolve_inheritance(entries: dict[str, Any]) -> dict[str, Any]:
    """Fill in `extends: other`: keys of the entry replace those of the other, whole. Raises ValueError on a cycle."""

    def resolve(name: str, path: tuple[str, ...]) -> Any:
        entry = entries.get(name)
        if not isinstance(entry, dict) or "extends" not in entry:
            return entry
        parent = entry["extends"]
        if not isinstance(parent, str) or parent not in entries:
            raise ValueError(
                f"{name}: extends: {parent!r} is not a specification; allowed: {', '.join(sorted(entries))}"
            )
        if parent in (*path, name):
            raise ValueError(f"{name}: extends: goes in a circle: {' -> '.join((*path, name, parent))}")
        own = {key: value for key, value in entry.items() if key != "extends"}
        return {**resolve(parent, (*path, name)), **own}

    return {name: resolve(name, ()) for name in entries}


class _StrictLoader(yaml.SafeLoader):
    """YAML without its traps: no duplicate keys, no aliases, no octal, sexagesimal or yes/no surprises."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise StudyError(
                f"line {event.start_mark.line + 1}: YAML aliases (*name) are not allowed; write the value out"
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise StudyError(f"line {key_node.start_mark.line + 1}: key {key!r} occurs twice; keep one")
            seen.add(key)
        return super().construct_mapping(node, deep)


_TRAPS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+"),
}


def _guarded(tag: str, construct: Any) -> Any:
    def constructor(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
        if not _TRAPS[tag].fullmatch(node.value):
            raise StudyError(
                f"line {node.start_mark.line + 1}: {node.value!r} is read by YAML as {tag.rsplit(':', 1)[1]}, "
                f"which is seldom meant; put it in quotes, or write true, false or a plain number"
            )
        return construct(loader, node)

    return constructor


for _tag, _kind in (("int", "int"), ("bool", "bool"), ("float", "float")):
    _StrictLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}",
        _guarded(f"tag:yaml.org,2002:{_tag}", getattr(yaml.SafeLoader, f"construct_yaml_{_kind}")),
    )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises StudyError naming the byte that is not."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise StudyError(f"{path.name}: byte {problem.start} is not UTF-8; save the file as UTF-8") from None


def read_yaml(text: str, name: str) -> Any:
    """Read YAML strictly. Raises StudyError with the file name and line."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  a SafeLoader made stricter
    except StudyError as mistake:
        raise StudyError(f"{name}: {mistake}") from None
    except (RecursionError, ValueError) as problem:
        raise StudyError(f"{name}: not readable as a configuration: {str(problem).splitlines()[0][:120]}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise StudyError(f"{name}: {line}not readable as YAML: {getattr(problem, 'problem', problem)}") from None


def merge(base: Any, overrides: dict[str, Any]) -> Any:
    """The mapping with values of the command line (--config) put in, section by section."""
    if not isinstance(base, dict):
        return base
    merged = dict(base)
    for key, value in overrides.items():
        merged[key] = merge(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def allowed_keys(schema: dict[str, Any], path: tuple[Any, ...]) -> list[str]:
    """The keys that the schema allows at a place of the configuration."""
    node: dict[str, Any] = schema
    for part in path:
        node = _section(schema, node)
        properties = node.get("properties", {})
        inner = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), {})
        node = properties[part] if part in properties else inner if isinstance(inner, dict) else {}
    return sorted(_section(schema, node).get("properties", {}))


def _section(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in node:
        node = next((one for one in node["anyOf"] if "$ref" in one), {})
    return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def describe_errors(error: ValidationError, name: str, schema: dict[str, Any] | None = None) -> str:
    """One line per mistake: file, key, wrong value, what is allowed."""
    lines = []
    for item in error.errors():
        keys = [str(part) for part in item["loc"] if not str(part).startswith(("list[", "dict["))]
        value = item.get("input")
        shown = "" if item["type"] in ("missing", "extra_forbidden") or isinstance(value, dict) else f" (is: {value!r})"
        advice = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            advice = "this key is required"
        if item["type"] == "extra_forbidden":
            options = allowed_keys(schema, item["loc"][:-1]) if schema else []
            near = difflib.get_close_matches(keys[-1], options, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            advice = f"this key is not known{hint}; allowed here: {', '.join(options) or 'see docs/configuration.md'}"
        lines.append(f"{name}: {'.'.join(keys) or 'top level'}: {advice}{shown}")
    return "\n".join(dict.fromkeys(lines))


def validate(content: Any, name: str = "config.yaml") -> Configuration:
    """Check a mapping against the closed schema. Raises StudyError with one line per mistake."""
    if not isinstance(content, dict):
        raise StudyError(f"{name}: the file must hold keys and values; see docs/configuration.md")
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        raise StudyError(describe_errors(error, name, Configuration.model_json_schema())) from None
