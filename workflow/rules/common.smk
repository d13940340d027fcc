"""Functions that the stages share: the checked configuration, the raw files of a source, the code a script uses."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "scripts"))

from snakemake.cli import get_argument_parser

from beleidsvrijheid.code import code_of
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.study import load_study


def only_gathers():
    """Whether `gather` is all that is asked for. Snakemake's own parser tells a target from `--directory gather`."""
    if not {"gather", "gather:"} & set(sys.argv):
        return False
    asked, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    return {*asked.targets, *(job.rulename for job in asked.target_jobs)} == {"gather"}


GATHERS = only_gathers()

EXPLAINED = config.pop("specification", None)  # which one `snakemake explain` is about

# Read and checked here, not by `configfile`, which takes duplicate keys, octal codes and alias bombs without a word.
try:
    STUDY = load_study(ROOT, Path.cwd(), config, GATHERS, sys.argv[1:])
except StudyError as mistake:
    sys.exit(f"\n{mistake}\n")

config.clear()
config.update(STUDY.resolved())
SOURCES, RAW_FILES, TABLES = STUDY.sources, STUDY.files, STUDY.tables
ESTIMABLE, REFUSED = STUDY.estimable, STUDY.refused
SIMULATED_FILES = [f"data/raw/simulated/{source.id}/{name}" for source in SOURCES.values() for name in source.simulated]
OWN = ("necessity", "qca", "mergers", "mergers/estimates", "mergers/fits", "mergers/indicators")
OWN += ("diagnostics", "correlations", "multiplicity", "power")  # folders that belong to no specification alone
PER_SPECIFICATION = ("estimates", "fits", "samples", "inference", "attribution")


def code(script):
    """What a rule's script runs on: editing the library reruns what uses it."""
    return code_of(ROOT / "scripts" / script, ROOT / "scripts")


def project(path):
    """A reviewed file of the project, wherever the study folder is."""
    return str(ROOT / path)


def raw(source):
    """Raw files of a source."""
    return RAW_FILES[source]


def check_numbers():
    """Stop a run, before its first job, where a number whose value is known comes out wrong."""
    program, source = str(ROOT / "workflow/check_numbers.py"), config["data"]["source"]
    if subprocess.run([sys.executable, program, "results/canary.csv", source]).returncode:
        sys.exit(1)


def start_jobs_at_once():
    """Lift Snakemake's limit of 100 starts of jobs a second where jobs run on this machine.

    For the limit every turn of its scheduler (9.27) sets a timer that makes another turn a second later, so that turns add up
    with the jobs (2,431 for 106 jobs in 57 s, measured), each with a look at all inputs of all jobs that are ready.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def results_of(kind, names):
    """Result files of one kind for the specifications that are estimated."""
    suffix = "json" if kind == "fits" else "csv"
    return [f"results/{kind}/{name}.{suffix}" for name in names if name in ESTIMABLE]


def remove_orphans():
    """Delete results of specifications, tables, figures and formats that the configuration no longer has."""
    if GATHERS:
        return  # what can be estimated is not known before the raw files are there
    shown = {
        kind: {f"{name}.{form}" for name in config[kind] for form in config["output"][kind]}
        for kind in ("tables", "figures")
    }
    kept = {kind: {f"{name}.{'json' if kind == 'fits' else 'csv'}" for name in ESTIMABLE} for kind in PER_SPECIFICATION}
    kept |= shown | {"captions": {f"{name}.{kind[:-1]}.rst" for kind in shown for name in config[kind]}}
    kept["captions"] |= {f"{name}.alt.txt" for name in config["figures"]}
    logged = {"estimate_specification": ESTIMABLE, "make_table": config["tables"], "draw_figure": config["figures"]}
    logged |= {rule: [name for names in own.values() for name in names] for rule, own in ANALYSES.items()}
    kept |= {f"logs/{rule}": {f"{name}.log" for name in names} for rule, names in logged.items()}
    kept |= {
        folder: {Path(path).name for path in ANALYSED if Path(path).parent == Path("results", folder)} for folder in OWN
    }
    processed = Path("data/processed/bootstrap").resolve().glob("*")
    kept |= {own: {f"{batch}.parquet" for batch in BATCHES.get(own.name, [])} for own in processed}
    for folder, names in kept.items():
        for path in Path("results", folder).glob("*.*"):
            if path.name not in names:
                path.unlink()


def mergers_file():
    """The reviewed table of mergers; the simulated country has its own."""
    is_simulated = config["data"]["source"] == "simulated"
    return "data/raw/simulated/municipalities/mergers.csv" if is_simulated else project("workflow/tables/mergers.csv")


def population_for(wildcards):
    """Euros are checked against the population; the population is read by itself."""
    in_euros = SOURCES[wildcards.source].table in ("finance", "actions", "debt") and "population" in TABLES
    return "data/processed/parsed/population.parquet" if in_euros else []


def reviewed_for(wildcards):
    """Reviewed tables that parsers look things up in: other spellings of names, for grants also their published totals."""
    tables = ["municipality_aliases", *(["grant_totals"] if SOURCES[wildcards.source].table == "streams" else [])]
    return [project(f"workflow/tables/{table}.csv") for table in tables]


def reported(kind, form):
    """Output files of a table or figure by format; one format goes into the report, with the caption its job writes."""
    wildcard = {"tables": "table", "figures": "figure"}[kind]
    paths = {one: f"results/{kind}/{{{wildcard}}}.{one}" for one in config["output"][kind]}
    caption = str(ROOT / "workflow/report/caption.rst")
    return {
        one: report(path, caption=caption, category=kind.title()) if one == form else path
        for one, path in paths.items()
    }
