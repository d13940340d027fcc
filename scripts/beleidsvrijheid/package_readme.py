"""README.md of a replication package, after the template of the social science data editors.

https://social-science-data-editors.github.io/template_README/ (template version 1.1)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.package import MANIFEST, may_go

REPLICATED = (
    "De Roover, Wynen, Van Dooren & Boon (2022). Bestuurswetenschappen 76(1), 5-26. "
    "https://doi.org/10.5553/Bw/016571942022076001002"
)
GIB = 1024**3
MADE_UP = (
    "The raw files are simulated by the code, in the layouts of the publishers named below, and are the project's own."
)
OWNED = (
    "The publishers below own their data. A file is in this package only where its licence is known to allow it; where the "
    "licence is inferred or absent it is left out, whatever it may turn out to be."
)


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: its title, the rule and script that make it, its files."""

    kind: str
    name: str
    title: str
    rule: str
    files: list[str]


@dataclass(frozen=True)
class Package:
    """What the README tells of.

    provenance: content of provenance.json. sources: those used, by id. folder: of the study under project/ ("" for the
    project itself). changed: files with changes that are not committed. benchmark: measure -> value, of the default study.
    withheld: indicators whose rows were left out. outside: source -> the key data.files of the configuration.
    """

    title: str
    provenance: Mapping[str, Any]
    sources: Mapping[str, Source]
    folder: str
    commit: str
    changed: Sequence[str]
    draws: int
    benchmark: Mapping[str, str]
    n_files: int
    n_bytes: int
    exhibits: Sequence[Exhibit]
    withheld: Sequence[str]
    outside: Mapping[str, str]

    @property
    def simulated(self) -> bool:
        """Whether the study ran on the simulated Flanders."""
        return self.provenance["data_source"] == "simulated"

    @property
    def study(self) -> str:
        """How `make` is told which study."""
        return f" STUDY={self.folder}" if self.folder else ""

    def in_study(self, path: str) -> str:
        """A path of the study, from the folder of the package."""
        return "/".join(part for part in ("project", self.folder, path) if part)

    def records(self, source: str) -> list[dict[str, Any]]:
        """Raw files of a source as recorded."""
        return [record for record in self.provenance["raw_files"] if record["source"] == source]


def readme(package: Package) -> str:
    """The whole text, in Markdown."""
    parts = (
        _overview, _availability, _datasets, _requirements, _programs, _instructions, _exhibits, _references
    )  # fmt: skip
    lines = [
        f"# {_plain(package.title)}: replication package",
        "",
        f"**{data_source_label(package.provenance['data_source'])}**",
        "",
    ]
    for part in parts:
        lines += [*part(package), ""]
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: object) -> str:
    """A text that Markdown prints as it stands, in a cell too."""
    flat = " ".join(str(text).split())
    for character in "\\`*_{}[]<>#|":
        flat = flat.replace(character, f"\\{character}")
    return flat


def _files(count: int, one: str = "file") -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _overview(package: Package) -> list[str]:
    state = f"The code is commit `{package.commit}` of the project, as committed."
    if package.changed:
        names = ", ".join(f"`{name}`" for name in package.changed)
        state += f" When the package was made the tree held changes that are not committed and not in it: {names}."
    data = (
        "It ran on a **simulated Flanders**: no number says anything about a real municipality. The simulated files are made "
        f"again from seed {package.provenance['seed']} by the first rule."
        if package.simulated
        else "It ran on files of publishers; those that may not be passed on are named below with how to get them."
    )
    return [
        "## Overview", "",
        "The code in this package builds the indicators, estimates the models and writes every table, figure and verdict of the "
        "study from its raw files, with one command (`make study`). " + data, "", state, "",
        f"`project/` is the code; results are in `{package.in_study('results')}`; `{MANIFEST}` has the sha256 of every file; "
        "`datapackage.json` describes the published data (Frictionless), `codebook.csv` their units.",
    ]  # fmt: skip


# Data


def _availability(package: Package) -> list[str]:
    lacking = [name for name, one in package.sources.items() if not may_go(one, package.simulated)]
    some = "All data **are** in this package."
    if lacking:
        some = f"{_files(len(lacking), 'source')} **not** in this package: their publishers have them, the steps are below."
    rights = [_right(name, package) for name in package.sources]
    lines = [
        "## Data Availability and Provenance Statements", "",
        "### Statement about Rights", "",
        MADE_UP if package.simulated and not lacking else OWNED, "",
        "### License for Data", "",
        *_table(("source", "publisher", "licence", "in the package", "why"), rights), "",
        "Results (indicators, estimates, tables, figures) are under the licence of the code, `project/LICENSE`.",
    ]  # fmt: skip
    if package.withheld:
        names = ", ".join(f"`{name}`" for name in package.withheld)
        lines += ["", f"From `{package.in_study('results/indicators.csv')}` the rows of {names} were left out: they are "
                      "copies of a classification whose files may not be passed on. `make study` makes them again."]  # fmt: skip
    lines += ["", "### Summary of Availability", "", some, "", "### Details on each Data Source", ""]
    for name in package.sources:
        lines += _detail(name, package)
    return lines


def _right(name: str, package: Package) -> tuple[str, ...]:
    source, allowed = package.sources[name], may_go(package.sources[name], package.simulated)
    if package.simulated and allowed:
        return f"`{name}`", "simulated", "MIT (as the code)", "yes", "made by the code"
    told = (source.publisher, source.licence, "yes" if allowed else "no", source.redistribution_reason)
    return f"`{name}`", *map(_plain, told)


def _detail(name: str, package: Package) -> list[str]:
    source, records = package.sources[name], package.records(name)
    simulated = package.simulated and may_go(source, True)
    lines = [f"#### {name}", "", f"{_plain(source.publisher)}: {_plain(source.measures)}."]
    if simulated:
        return [*lines, f"Simulated, in the publisher's layout; {_files(len(records))}.", ""]
    got = sorted({record["retrieved"] for record in records if record["retrieved"]})
    when = (
        f"Retrieved {got[0]}" + (f" to {got[-1]}" if len(got) > 1 else "") if got else "Date of retrieval not recorded"
    )
    lines[-1] += f" {when}. Cite: {_plain(source.citation)}."
    if name in package.outside:
        lines += ["", f"`config.yaml` names its files under `data.files.{name}`: `{package.outside[name]}`. Put yours there, or "
                      f"drop that key and put them in `data/raw/{name}/` of the study."]  # fmt: skip
    if may_go(source, False):
        return [*lines, "", f"Its files are in `{package.in_study('data/raw/' + name)}/`.", ""]
    return [*lines, "", f"Not in this package: {_plain(source.redistribution_reason)}. To get it:", "",
            *_steps(source), f"They are right when their sha256 is as listed below ({_files(len(records))}).", ""]  # fmt: skip


def _steps(source: Source) -> list[str]:
    by_command = [f"Run `snakemake gather`, which downloads from {len(source.addresses)} known addresses; or by hand:"]
    steps = [f"{number}. {_plain(step)}" for number, step in enumerate(source.manual, start=1)]
    return [*([*by_command, ""] if source.addresses else []), *steps, ""]


def _datasets(package: Package) -> list[str]:
    rows = []
    for name, source in package.sources.items():
        allowed = may_go(source, package.simulated)
        folder = f"data/raw/simulated/{name}" if package.simulated and allowed else f"data/raw/{name}"
        for record in package.records(name):
            provided = "yes" if allowed else "no"
            rows.append(
                (f"`{package.in_study(folder)}/{record['file']}`", f"`{name}`", provided, f"`{record['sha256']}`")
            )
    made = [
        (f"`{package.in_study('results/indicators.csv')}`", "computed", "yes", f"`{MANIFEST}`"),
        (f"`{package.in_study('results/estimates')}/*.csv`", "computed", "yes", f"`{MANIFEST}`"),
        ("`codebook.csv`", "catalogue", "yes", f"`{MANIFEST}`"),
    ]
    return ["## Dataset list", "", *_table(("file", "source", "provided", "sha256"), [*rows, *made])]


# Code


def _requirements(package: Package) -> list[str]:
    versions = [f"- {name} {version}" for name, version in package.provenance["packages"].items()]
    measured = [f"- {measure}: {value}" for measure, value in package.benchmark.items()]
    return [
        "## Computational requirements", "",
        "### Software Requirements", "",
        "Python 3.11 or newer with venv, git and make. Everything else is installed by `make study` into `project/.venv` from "
        "`project/requirements.lock`, which fixes every package with its hash. The results were made with:", "", *versions, "",
        "### Controlled Randomness", "",
        f"One seed, `seed: {package.provenance['seed']}` in `{package.in_study('config.yaml')}`; every draw ({package.draws} per "
        "resampling) comes from a generator made of it and of the specification. The same inputs give the same bytes at any "
        "number of cores.", "",
        "### Memory, Runtime, Storage Requirements", "",
        "Measured on the default study (`project/docs/benchmark.md`, which says on what machine):", "",
        *(measured or ["- not measured"]), "",
        f"This package unpacks to {package.n_files} files, {package.n_bytes / GIB:.2f} GiB; installing takes room for the packages "
        "of the lock file besides.",
    ]  # fmt: skip


def _programs(package: Package) -> list[str]:
    return [
        "## Description of programs/code", "",
        *_table(("folder", "what"), [
            ("`project/Snakefile`, `project/workflow/rules`", "how the steps connect: one file per stage, in running order"),
            ("`project/scripts`", "one script per rule, of the same name"),
            ("`project/scripts/beleidsvrijheid`", "the library: parsers, indicators, models, tables, figures, report"),
            (f"`{package.in_study('config.yaml')}`", "the study: specifications, claims, tables, figures"),
            ("`project/workflow/*.yaml`, `project/workflow/tables`", "catalogues and reviewed tables"),
            ("`project/tests`", "tests; `make test` runs them"),
            ("`project/docs`", "assumptions, configuration, indicators, sources, result files, validation"),
        ]), "",
        "### License for Code", "",
        "MIT, see `project/LICENSE`.",
    ]  # fmt: skip


def _instructions(package: Package) -> list[str]:
    lacking = [name for name, one in package.sources.items() if not may_go(one, package.simulated)]
    get = [f"Get the files of {', '.join(f'`{name}`' for name in lacking)} as said above."] if lacking else []
    steps = [
        *get,
        f"`cd project && make clean{package.study} && make study{package.study}`: the first removes the results that came along, "
        "so that all of them are made again; the second installs what it needs (once, from the network) and runs everything.",
        "`make package ARGS=--check` compares every file with the manifest and names those that differ. `provenance.json` will: "
        "it records the commit, which an unpacked archive does not have."
        + (" So will `indicators.csv`, where rows were left out." if package.withheld else ""),
    ]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    alone = ".venv/bin/snakemake " + (f"--directory {package.folder} " if package.folder else "")
    return [
        "## Instructions to Replicators", "", *numbered, "",
        "### Details", "",
        f"- `{alone}-n` lists what would run and runs nothing.",
        "- An interrupted run goes on from what is there: the same command again.",
        f"- One result alone: `{alone}--cores 1 results/claims.csv`.",
    ]  # fmt: skip


def _exhibits(package: Package) -> list[str]:
    rows = [
        (one.kind, _plain(one.title), f"`{one.rule}`", f"`project/scripts/{one.rule}.py`",
         "<br>".join(f"`{package.in_study(file)}`" for file in one.files))
        for one in package.exhibits
    ]  # fmt: skip
    return [
        "## List of tables and programs", "",
        "The provided code reproduces all tables and figures of the study, and all numbers in the text of the report.", "",
        *_table(("kind", "title", "rule", "script", "files"), rows),
    ]  # fmt: skip


def _references(package: Package) -> list[str]:
    cited = [] if package.simulated else sorted({_plain(source.citation) for source in package.sources.values()})
    return ["## References", "", *(f"- {text}" for text in [REPLICATED, *cited]), "",
            "The structure of this file is that of the template README of the social science data editors, "
            "https://social-science-data-editors.github.io/template_README/."]  # fmt: skip
