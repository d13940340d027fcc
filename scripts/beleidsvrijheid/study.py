"""A study before it runs: its configuration checked against schema, catalogues and the files at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beleidsvrijheid.catalogue import Indicator, Source, read_indicators, read_sources
from beleidsvrijheid.configuration import Configuration, check_overrides, merge, read_text, read_yaml, validate
from beleidsvrijheid.configuration.shown import OF_MULTIVERSE, OF_PANEL
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.multiverse.resolving import (
    Expanded,
    check_multiverse,
    check_vintages,
    expand_multiverse,
    multiverse_needs,
)
from beleidsvrijheid.own_indicators import own_in_files, with_own
from beleidsvrijheid.planning import (
    FIELD_GROUPS,
    batches,
    check_claims,
    check_references,
    figure_needs,
    indicator_needs,
    plan_specifications,
    resolved_specification,
    spending_source,
    split_by_vintage,
    unmet,
    verdictables,
)
from beleidsvrijheid.rawfiles import OWN, find_files, refuse_links_out

# Files of results/ that a kind of table or figure shows, one per entry (or specification).
EXTRA_FILES = {
    "claims": ("claims.csv",),
    "replication": ("replication.csv",),
    "deviations": ("deviations.csv",),
    "necessity": tuple(f"necessity/{{}}{part}.csv" for part in ("", "_bottleneck", "_ceilings", "_sample", "_record")),
    "qca": tuple(f"qca/{{}}_{part}.csv" for part in ("solutions", "necessity", "conditions", "sample", "record")),
    "diagnostics": ("diagnostics/{}.csv",),
    "correlation": ("correlations/{}.csv",),
    "multiplicity": ("multiplicity/{}.csv",),
    "power": ("power/{}.csv",),
    "mergers": ("mergers/{}.csv",),
    "multiverse": ("multiverse/{}/joint.csv", "multiverse/{}/record.csv", "multiverse/{}/curve.parquet"),
}
# Kinds whose files are of specifications, not of entries.
PER_SPECIFICATION = ("diagnostics", "correlation")
_CURVE = ("multiverse/{}/curve.parquet", "multiverse/{}/axes.csv", "multiverse/{}/record.csv")
EXTRA_FILES |= dict.fromkeys(OF_MULTIVERSE, _CURVE)
# Under data/processed: what a map needs, and what the borders of another vintage need as well.
MAP_FILES = ("harmonised/geometry", "parsed/geometry", "units")
# Codes and mergers hang on the one, every figure per inhabitant and every largest part on the other.
ALWAYS = ("municipalities", "population")


@dataclass(frozen=True)
class Study:
    """configuration: as validated. files: source id -> raw files. refused: specification -> why it cannot be estimated.

    multiverses: each with its list of cells. own: own indicators that the files have.
    """

    configuration: Configuration
    sources: dict[str, Source]
    indicators: dict[str, Indicator]
    files: dict[str, list[str]]
    estimable: list[str]
    refused: dict[str, list[str]]
    multiverses: dict[str, Expanded]
    own: frozenset[str] = frozenset()

    def resolved(self) -> dict[str, Any]:
        """The configuration as plain data, with inheritance, blocks and groups of fields filled in."""
        names = self.configuration.specifications
        specifications = {name: resolved_specification(name, self.configuration) for name in names}
        multiverse = {name: expanded.resolved for name, expanded in self.multiverses.items()}
        return {**self.configuration.model_dump(), "specifications": specifications, "multiverse": multiverse}

    def wildcards(self) -> dict[str, str]:
        """Pattern of each wildcard of the rules: the names there are, so that no rule makes a file of another."""
        own = self.configuration
        names = {
            "source": self.sources,
            "specification": own.specifications,
            "table": own.tables,
            "figure": own.figures,
            "merger": own.mergers,
            "analysis": [*own.necessity, *own.qca],
            "family": own.families,
            "power": own.power,
            "multiverse": own.multiverse,
        }
        return {wildcard: "|".join(known) or "none" for wildcard, known in names.items()}

    def settings(self) -> dict[str, Any]:
        """What every estimator is given of the configuration, beside its specification."""
        config = self.resolved()
        windows = {name: getattr(self.configuration.period, name).range for name in ("pre", "post")}
        dropped = config["period"]["drop"]
        return {
            "equivalence": config["equivalence"],
            "inference": {
                key: value for key, value in config["inference"].items() if key != "batch"
            },  # changes no result
            "seed": config["seed"],
            "data_source": config["data"]["source"],
            "windows": {name: [year for year in years if year not in dropped] for name, years in windows.items()},
            "reform_year": config["sectors"]["reform_year"],
            "minimum_municipalities": config["sectors"]["minimum_municipalities"],
            "groups": {name: config["sectors"][name] for name in FIELD_GROUPS},
            "categorical": [name for name, entry in self.indicators.items() if entry.categorical],
        }

    @property
    def tables(self) -> list[str]:
        """Sources that become a table; the list of municipalities has a rule of its own."""
        return sorted(set(self.files) - {"municipalities"})

    @property
    def usable(self) -> list[str]:
        """Tables that can be brought on the study's geography."""
        return self.usable_on(self.configuration.geography.vintage)

    def usable_on(self, vintage: int) -> list[str]:
        """Tables that can be brought on the municipalities of a vintage: a coarser one would have to be split."""
        return [source for source in self.tables if not split_by_vintage(vintage, self.sources[source])]

    @property
    def vintages(self) -> list[int]:
        """Vintages other than the study's that some multiverse asks for."""
        return sorted({vintage for expanded in self.multiverses.values() for vintage in expanded.vintages})

    def shown_by(self, kind: str, name: str) -> list[str]:
        """Specifications that an entry of `tables` or `figures` shows; all where it names none."""
        entry = getattr(self.configuration, kind)[name]
        shown = entry.columns if kind == "tables" else entry.specifications
        own_files = entry.kind in (*EXTRA_FILES, *OF_PANEL) and entry.kind not in PER_SPECIFICATION
        return [] if own_files else shown or list(self.configuration.specifications)

    def extra(self, section: str, name: str) -> list[str]:
        """Files beyond those of specifications that an entry of `tables` or `figures` shows: results, for a map the shapes."""
        entry = getattr(self.configuration, section)[name]
        if entry.kind == "map":
            is_other = entry.vintage not in (None, self.configuration.geography.vintage)
            files = (MAP_FILES if is_other else MAP_FILES[:1]) if "geometry" in self.usable else ()
            return [f"data/processed/{file}.parquet" for file in files]
        shown = self.shown_by(section, name) if entry.kind in PER_SPECIFICATION else entry.entries
        return [f"results/{form.format(one)}" for form in EXTRA_FILES.get(entry.kind, ()) for one in shown or [""]]

    def with_shown(self, folder: str, names: list[str]) -> list[str]:
        """Names, and what tables and figures show of a folder of results: an entry asks for one that no section does."""
        sections = {"tables": self.configuration.tables, "figures": self.configuration.figures}
        shown = [
            Path(path) for kind, entries in sections.items() for name in entries for path in self.extra(kind, name)
        ]
        return list(dict.fromkeys([*names, *(path.stem for path in shown if path.parent.name == folder)]))

    @property
    def batches(self) -> dict[str, list[str]]:
        """Specification -> batches of bootstrap draws that are jobs of their own, where it has such."""
        named = {name: batches(name, self.configuration) for name in self.estimable}
        return {name: own for name, own in named.items() if own}

    @property
    def judged(self) -> list[str]:
        """Specifications that claims and replication candidates are judged by."""
        names = {name for _, claim in verdictables(self.configuration) for name in claim.shown()}
        return sorted(names & set(self.configuration.specifications))

    @property
    def spending(self) -> str:
        """The source of the used-freedom indicators."""
        return spending_source(self.configuration)

    @property
    def lacking(self) -> dict[str, list[str]]:
        """Indicator -> sentences on the sources it lacks."""
        needs = {name: indicator_needs(entry, self.configuration) for name, entry in self.indicators.items()}
        present = {*self.files, *self.own}
        reasons = {name: unmet(own, present, self.configuration, self.sources) for name, own in needs.items()}
        return {name: sentences for name, sentences in reasons.items() if sentences}


def _files(configuration: Configuration, sources: dict[str, Source]) -> dict[str, list[str]]:
    """Source -> its files. Raises StudyError where one is absent that no study can do without."""
    files = find_files(configuration, sources)
    for name in ALWAYS:
        if name not in files:
            raise StudyError(
                f"config.yaml: data: source {name} is absent and no study can do without it: no file "
                f"{sources[name].place}. {sources[name].steps}"
            )
    return files


def load_study(
    project: Path, folder: Path, overrides: dict[str, Any], gathers: bool = False, arguments: Sequence[str] = ()
) -> Study:
    """Read config.yaml of a study folder and check everything that can be checked before a job runs.

    project: where workflow/ is. overrides: values of the command line, arguments: its words, in which these values are still
    text. gathers: the raw files are about to be downloaded, so none is looked for. Raises StudyError with what is wrong.
    """
    check_overrides(arguments)
    refuse_links_out(folder)
    sources = read_sources((project / "workflow/sources.yaml").read_text(encoding="utf-8"))
    indicators = read_indicators((project / "workflow/indicators.yaml").read_text(encoding="utf-8"))
    path = folder / "config.yaml"
    if not path.is_file():
        raise StudyError(f"config.yaml: no such file in {folder.resolve()}; copy the one of the project")
    configuration = validate(merge(read_yaml(read_text(path), path.name), overrides))
    sources, indicators = with_own(configuration, sources, indicators)
    fields = (project / "workflow/tables/stable_fields.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {line.split(",")[0] for line in fields}
    check_references(configuration, indicators, sources, codes)
    multiverses = {name: expand_multiverse(name, configuration) for name in configuration.multiverse}
    for name, expanded in multiverses.items():
        check_multiverse(name, expanded, configuration, indicators, codes)
    ledger = read_yaml((project / "workflow/claims.yaml").read_text(encoding="utf-8"), "workflow/claims.yaml")
    check_claims(configuration, [entry["id"] for entry in ledger])
    if gathers:
        return Study(configuration, sources, indicators, {}, [], {}, multiverses)
    files = _files(configuration, sources)
    more = {
        f"multiverse.{name}": multiverse_needs(expanded, configuration, indicators)
        for name, expanded in multiverses.items()
    }
    more |= figure_needs(configuration, indicators)
    own = own_in_files(files.get(OWN, []), configuration.own_indicators, codes)
    for name, expanded in multiverses.items():
        check_vintages(name, expanded, configuration, indicators, sources, {*files, *own})
    estimable, refused = plan_specifications(configuration, indicators, sources, {*files, *own}, more)
    return Study(configuration, sources, indicators, files, estimable, refused, multiverses, frozenset(own))
