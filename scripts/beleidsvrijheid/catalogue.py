"""The catalogues of the project: sources and indicators, read with closed schemas."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from beleidsvrijheid.configuration import Closed, Identifier, Label, describe_errors, read_yaml
from beleidsvrijheid.errors import StudyError

TableKind = Literal[
    "units", "finance", "actions", "debt", "population", "ages", "income", "staff", "clusters", "classes", "votes", "lists",
    "mandates", "spells", "streams", "rates", "prices", "shapes", "survey", "own",
]  # fmt: skip
HTTPS = r"^https://[a-z0-9.-]+(/\S*)?$"


class Layout(Closed):
    """A table layout: its publisher's column -> our column."""

    id: Identifier
    columns: dict[str, str]
    geography: Literal[308, 300, 285, "year"] | None = None
    year: Literal["file_name"] | None = Field(
        None, description="file_name: the year is the first one in the file's name."
    )


class Address(Closed):
    """One way to one part of a source: a file, or with `years` or `each` several. {year}, {nis}, {member} stand in `url`."""

    url: str = Field(pattern=HTTPS)
    file: str = Field(
        pattern=r"^[^./\\\s][^/\\]*$", description="Name of the file in data/raw/<source>/; may hold {year}."
    )
    content: Literal["csv", "json", "xlsx", "zip", "turtle", "text"] = Field(description="What the body must be.")
    verified: str = Field(
        pattern=r"^(never|\d{4}-\d{2}-\d{2})$", description="When the address was last opened: never, or a date."
    )
    part: Identifier = Field(
        "all", description="All parts of a source are wanted; the addresses of one part are tried in the order written."
    )
    years: list[int] | None = Field(
        None, min_length=2, max_length=2, description="{year}: one file for each, from first to last."
    )
    each: Literal[308, 300, 285] | None = Field(
        None, description="{nis}: requests for every municipality of this vintage, bundled in `file`, a zip."
    )
    members: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[a-z]+)?$")]] = Field(
        default_factory=list,
        description="{member}: what is asked per municipality; gemeente/{nis}/{member} in the zip.",
    )
    follow: Literal["export"] | None = Field(
        None, description="export: the body lists exports, newest first; the file of the first is fetched."
    )
    paging: Literal["wfs", "sparql", "odata"] | None = Field(None, description="How an answer in pages goes on.")
    query: str | None = Field(
        None,
        pattern=r"^workflow/queries/[a-z0-9_]+\.sparql$",
        description="File of the project with the query that is sent.",
    )
    key: str | None = Field(None, pattern=r"^[A-Z][A-Z0-9_]*$", description="Environment variable that holds the key.")
    key_header: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z-]*$", description="Header that carries the key.")
    redirects: list[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]] = Field(
        default_factory=list, description="Other hosts that a redirect may lead to."
    )
    largest_mb: int = Field(50, ge=1, description="A body larger than this is refused.")
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(
        default_factory=dict,
        description="File, zip member, or file#page (from 1; of `follow`, the list is page 1) -> pinned checksum of that answer.",
    )

    @model_validator(mode="after")
    def _complete(self) -> "Address":
        needs = [
            ("years", self.years is not None, "{year} in url and file", "{year}" in self.url and "{year}" in self.file),
            ("each", self.each is not None, "{nis} and {member} in url, and members", "{nis}" in self.url
             and "{member}" in self.url and bool(self.members)),
            ("paging: sparql", self.paging == "sparql", "query", self.query is not None),
            ("query", self.query is not None, "paging: sparql", self.paging == "sparql"),
            ("paging", self.paging is not None, "content: json", self.content == "json"),
            ("key", self.key is not None, "key_header", self.key_header is not None),
        ]  # fmt: skip
        for key, given, need, met in needs:
            if given and not met:
                raise ValueError(f"`{key}` needs {need}")
        if sum(value is not None for value in (self.years, self.each, self.paging, self.follow)) > 1:
            raise ValueError("only one of years, each, paging and follow can be given")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Name of each file it gives -> address of that file."""
        if self.years is None:
            return {self.file: self.url}
        years = range(self.years[0], self.years[1] + 1)
        return {self.file.replace("{year}", str(year)): self.url.replace("{year}", str(year)) for year in years}


class Source(Closed):
    """One entry of workflow/sources.yaml."""

    id: Identifier
    publisher: str
    measures: str
    parser: Identifier
    table: TableKind
    geography: Literal[308, 300, 285, "year", "none"] = Field(description="Vintage of the codes; year: of each year.")
    years: list[int | None] = Field(
        min_length=2, max_length=2, description="First and last year published; null: goes on."
    )
    aggregate: Literal["sum", "largest_part", "none"] = Field(description="What a merger does with the figures.")
    options: dict[str, Any] = Field(default_factory=dict)
    numbers: dict[str, list[Literal["nl", "en", "plain"]]] = Field(default_factory=dict)
    layouts: list[Layout] = Field(default_factory=list)
    file_patterns: list[str] = Field(min_length=1, description="Which files of data/raw/<source>/ are read.")
    addresses: list[Address] = Field(default_factory=list, description="In order of preference.")
    probes: list[str] = Field(default_factory=list, description="Addresses asked once; the answer is only reported.")
    manual: list[str] = Field(min_length=1, description="What to do by hand, step by step.")
    licence: str
    redistribution: bool = Field(False, description="Whether its files may be passed on; what is not known is false.")
    redistribution_reason: str = Field("", description="Why they may, or may not.")
    citation: str
    simulated: list[str] = Field(default_factory=list, description="Files that the simulated Flanders writes.")

    @model_validator(mode="after")
    def _parts_have_files_of_their_own(self) -> "Source":
        owner: dict[str, str] = {}
        for address in self.addresses:
            for name in address.files:
                if owner.setdefault(name, address.part) != address.part:
                    raise ValueError(
                        f"`addresses`: the parts {owner[name]} and {address.part} both name the file {name}; "
                        "give each part a file of its own"
                    )
        return self

    @property
    def parts(self) -> dict[str, list[Address]]:
        """Part -> its addresses in order of preference."""
        return {
            name: [one for one in self.addresses if one.part == name]
            for name in dict.fromkeys(address.part for address in self.addresses)
        }

    @property
    def place(self) -> str:
        """Where its files go, as a message names it."""
        return f"data/raw/{self.id}/{' or '.join(self.file_patterns)}"

    def to_parse(self) -> dict[str, Any]:
        """What a parsing job needs, as plain data: a new address or instruction parses nothing again."""
        return self.model_copy(update={"addresses": [], "probes": [], "manual": ["see the catalogue"]}).model_dump()

    @property
    def steps(self) -> str:
        """How to get it, as one text: by `snakemake gather` where it has addresses, else or else by hand."""
        by_hand = " ".join(f"({number}) {step}" for number, step in enumerate(self.manual, start=1))
        return f"Run `snakemake gather`, or by hand: {by_hand}" if self.addresses else by_hand


class Indicator(Closed):
    """One entry of workflow/indicators.yaml."""

    id: Identifier
    code: str
    label: Label
    unit: str
    formula: str
    direction: Label = Field(description="What a larger value means.")
    artefact: Label = Field(description="What else makes it large: known bias, noise or mechanical relation.")
    source: list[str] = Field(description="Source ids; a|b means either; `spending` follows period.spending.")
    reference: str
    level: Literal["municipality", "field", "flanders"]
    block: Identifier | None = None
    categorical: bool = False


class Construct(Closed):
    """One entry of workflow/constructs.yaml: something the study is about, and what speaks to it."""

    id: Identifier
    part: Literal[
        "used_freedom", "formal_freedom", "capacity", "scale", "politics", "operational", "context", "factors"
    ]
    label: Label
    indicators: list[Identifier] = Field(default_factory=list, description="Indicators that are computed.")
    sources: list[Identifier] = Field(default_factory=list, description="Sources of an indicator that is not computed.")
    unmeasurable: Label | None = Field(None, description="Why no open data can speak to it.")
    unread: Label | None = Field(None, description="Why nothing that is read speaks to it, although open data could.")
    limits: Label | None = Field(None, description="What its data cannot say.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Construct":
        if sum(map(bool, (self.indicators, self.sources, self.unmeasurable, self.unread))) != 1:
            raise ValueError("give one of indicators, sources, unmeasurable, unread")
        return self


def _filled(value: Any, words: dict[str, Any]) -> Any:
    """Placeholders "<name>" replaced in every text of an entry; a text that is one placeholder becomes its value."""
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("<") and value[1:-1] in words:
        return words[value[1:-1]]
    for name, word in words.items():
        value = value.replace(f"<{name}>", str(word))
    return value


def _families(entries: list[Any]) -> list[Any]:
    """An entry with `family` stands for one entry per row of that list: exports that differ in a few words only."""
    written: list[Any] = []
    for entry in entries:
        rows = entry.get("family") if isinstance(entry, dict) else None
        common = {key: item for key, item in entry.items() if key != "family"} if rows else entry
        written += [_filled(common, row) for row in rows] if rows else [entry]
    return written


def _read(text: str, name: str, kind: Any) -> dict[str, Any]:
    try:
        entries = TypeAdapter(list[kind]).validate_python(_families(read_yaml(text, name)))
    except ValidationError as error:
        raise StudyError(describe_errors(error, name)) from None
    return {entry.id: entry for entry in entries}


def read_sources(text: str) -> dict[str, Source]:
    """Sources by id, from the text of workflow/sources.yaml."""
    return _read(text, "workflow/sources.yaml", Source)


def read_constructs(text: str, indicators: dict[str, Indicator], sources: dict[str, Source]) -> dict[str, Construct]:
    """Constructs by id, from the text of workflow/constructs.yaml. Raises StudyError on names that no catalogue has."""
    constructs = _read(text, "workflow/constructs.yaml", Construct)
    for construct in constructs.values():
        unknown = (set(construct.indicators) - set(indicators)) | (set(construct.sources) - set(sources))
        if unknown:
            raise StudyError(f"workflow/constructs.yaml: {construct.id}: {sorted(unknown)[0]!r} is in no catalogue")
    return constructs


def read_indicators(text: str) -> dict[str, Indicator]:
    """Indicators by id, from the text of workflow/indicators.yaml."""
    return _read(text, "workflow/indicators.yaml", Indicator)


def own_catalogue(section: Mapping[str, Mapping[str, Any]]) -> dict[str, Indicator]:
    """Entries for the catalogue of indicators; section: `own_indicators` of the configuration, as plain data."""
    unsaid = {
        "code": "own",
        "formula": "as in the file",
        "direction": {"nl": "zoals in het bestand", "en": "as in the file"},
        "artefact": {"nl": "niet beoordeeld", "en": "not judged"},
        "source": ["own_indicators"],
        "level": "municipality",
    }
    kept = ("label", "unit", "reference", "categorical")
    return {
        name: Indicator.model_validate({"id": name, **unsaid, **{key: entry[key] for key in kept}})
        for name, entry in section.items()
    }
