"""Functions that the stages share: the checked configuration, the raw files of a source, the code a script uses."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "scripts"))

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.configuration import merge, read_yaml, validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.planning import (
    check_references,
    indicator_needs,
    plan_specifications,
    resolved_specification,
    unmet,
)
from beleidsvrijheid.rawfiles import find_files

PER_SPECIFICATION = ("estimates", "fits", "samples", "inference", "attribution")


def load_study():
    """The configuration checked against its schema, the catalogues and the files at hand. Ends on a mistake with its message."""
    sources = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
    indicators = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
    path = Path("config.yaml")
    if not path.is_file():
        raise StudyError(f"config.yaml: no such file in {Path.cwd()}; copy the one of the project")
    # Read here, not by `configfile`, which takes duplicate keys, octal codes and alias bombs without a word.
    study = validate(merge(read_yaml(path.read_text(encoding="utf-8"), "config.yaml"), config))
    fields = (ROOT / "workflow/tables/stable_fields.csv").read_text(encoding="utf-8").splitlines()[1:]
    check_references(study, indicators, sources, [line.split(",")[0] for line in fields])
    files = find_files(study, sources)
    estimable, refused = plan_specifications(study, indicators, sources, set(files))
    return study, sources, indicators, files, estimable, refused


try:
    STUDY, SOURCES, INDICATORS, RAW_FILES, ESTIMABLE, REFUSED = load_study()
except StudyError as mistake:
    sys.exit(f"\n{mistake}\n")

config.clear()
config.update(STUDY.model_dump())
config["specifications"] = {name: resolved_specification(name, STUDY) for name in STUDY.specifications}
SIMULATED_FILES = [f"data/raw/simulated/{source.id}/{name}" for source in SOURCES.values() for name in source.simulated]
# Parsed by parse_source; the list of municipalities has its own rule.
TABLES = sorted(set(RAW_FILES) - {"municipalities"})


@functools.cache
def imports_of(path):
    """Local modules that a Python file imports by itself."""
    found = set()
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            stem = ROOT / "scripts" / Path(*name.split("."))
            files = (stem.with_suffix(".py"), stem / "__init__.py")
            found |= {str(file) for file in files if name.startswith("beleidsvrijheid") and file.is_file()}
    return found


def code(script):
    """What a rule's script runs on, directly or through others: editing the library reruns what uses it."""
    seen, open_ = set(), {str(ROOT / "scripts" / script)}
    while open_:
        path = open_.pop()
        seen.add(path)
        open_ |= imports_of(path) - seen
    return sorted(seen)


def project(path):
    """A reviewed file of the project, wherever the study folder is."""
    return str(ROOT / path)


def raw(source):
    """Raw files of a source."""
    return RAW_FILES[source]


def lacking_by_indicator():
    """Indicator -> sentences on the sources it lacks."""
    present = set(RAW_FILES)
    lacking = {
        name: unmet(indicator_needs(entry, STUDY), present, STUDY, SOURCES) for name, entry in INDICATORS.items()
    }
    return {name: sentences for name, sentences in lacking.items() if sentences}


def git_commit():
    """The project's commit, marked where the tree was edited; None outside git."""
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--dirty", "--match="],
        capture_output=True, text=True,
    )  # fmt: skip
    return answer.stdout.strip() or None


def results_of(kind, names):
    """Result files of one kind for the specifications that are estimated."""
    suffix = "json" if kind == "fits" else "csv"
    return [f"results/{kind}/{name}.{suffix}" for name in names if name in ESTIMABLE]


def remove_orphans():
    """Delete results of specifications, tables and figures that the configuration no longer has."""
    kept = {kind: set(ESTIMABLE) for kind in PER_SPECIFICATION}
    kept |= {"tables": set(config["tables"]), "figures": set(config["figures"])}
    for folder, names in kept.items():
        for path in Path("results", folder).glob("*.*"):
            if path.name.split(".")[0] not in names:
                path.unlink()


def mergers_file():
    """The reviewed table of mergers; the simulated country has its own."""
    if config["data"]["source"] == "simulated":
        return "data/raw/simulated/municipalities/mergers.csv"
    return project("workflow/tables/mergers.csv")


def population_for(wildcards):
    """Finance is checked against the population; the population is read by itself."""
    is_finance = SOURCES[wildcards.source].table == "finance" and "population" in TABLES
    return "data/processed/parsed/population.parquet" if is_finance else []


def shown_by(kind, name):
    """Specifications that a table, a figure or the claims show."""
    if kind == "claims":
        return sorted({one for claim in config["claims"].values() for one in claim["specifications"]})
    shown = config[kind][name].get("columns" if kind == "tables" else "specifications")
    return shown or list(config["specifications"])


def reported(kind, form):
    """Output files of a table or figure by format; one format goes into the report, with the caption its job writes."""
    wildcard = {"tables": "table", "figures": "figure"}[kind]
    paths = {one: f"results/{kind}/{{{wildcard}}}.{one}" for one in config["output"][kind]}
    caption = str(ROOT / "workflow/report/caption.rst")
    return {
        one: report(path, caption=caption, category=kind.title()) if one == form else path
        for one, path in paths.items()
    }
