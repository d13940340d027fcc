"""Make the replication package of a study: results/package.zip with code, data that may be passed on, results, README.

With --check, in an unpacked package: say which files differ from its manifest.
"""

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml
from run_study import ROOT, RunError, study_lock

sys.path.insert(0, str(ROOT / "scripts"))

from beleidsvrijheid.atomic import write_bytes
from beleidsvrijheid.configuration.specification import as_run
from beleidsvrijheid.datapackage import CODEBOOK, codebook, datapackage
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.package import (
    LEFT_OUT,
    MANIFEST,
    PROJECT,
    TOP,
    differences,
    manifest,
    may_go,
    sha256,
    withheld_indicators,
    without_indicators,
    zipped,
)
from beleidsvrijheid.package_readme import Exhibit, Package, readme
from beleidsvrijheid.report.embedding import read_caption
from beleidsvrijheid.study import Study, load_study

PACKAGE = "results/package.zip"
INDICATORS = "results/indicators.csv"
RULES = {"tables": "make_table", "figures": "draw_figure"}
MEASURES = {"wall time": "Wall time, from nothing", "peak memory, all processes": "Peak memory, all processes"}


# The code


def git(*arguments: str) -> bytes:
    """What git answers in the project. Raises StudyError where the project is no git checkout."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True)
    if done.returncode != 0:
        raise StudyError(
            f"{ROOT}: {done.stderr.decode(errors='replace').strip()}; the package holds the code as committed, so it is made "
            "in a git checkout of the project (in an unpacked package, `make package ARGS=--check` checks its files)"
        )
    return done.stdout


def committed_code() -> tuple[dict[str, bytes], set[str]]:
    """Path in the package -> content of every file of HEAD, and which are executable."""
    if Path(git("rev-parse", "--show-toplevel").decode().strip()).resolve() != ROOT:
        raise StudyError(
            f"{ROOT}: is a folder of another git repository; make the package in a checkout of the project"
        )
    files, executables = {}, set()
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", "HEAD"))) as archive:
        for member in archive:
            if member.isfile():
                path = f"{PROJECT}/{member.name}"
                files[path] = archive.extractfile(member).read()
                if member.mode & 0o100:
                    executables.add(path)
    return files, executables


def uncommitted() -> list[str]:
    """Files with changes that are not committed, and files that git does not know."""
    rows = git("status", "--porcelain", "--no-renames", "--untracked-files=all", "-z").decode().split("\0")
    return sorted(row[3:] for row in rows if row)


# The study


def check_fresh(study: Study) -> None:
    """Raise StudyError where the results are not those of the configuration."""
    path = Path("results/run_config.yaml")
    if not path.is_file() or not Path("results/provenance.json").is_file():
        raise StudyError(f"{Path.cwd() / 'results'}: no finished study; run `make study` first")
    recorded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    resolved = json.loads(json.dumps(as_run(study.resolved(), study.refused)))
    if json.loads(json.dumps(recorded)) != resolved:
        raise StudyError(
            f"{Path.cwd() / 'config.yaml'}: has changed since the results were made; run `make study` first"
        )


def result_files() -> dict[str, bytes]:
    """Path in the study -> content of the results that go into the package."""
    paths = [path for path in sorted(Path("results").rglob("*")) if path.is_file() and path.name[0] != "."]
    return {path.as_posix(): path.read_bytes() for path in paths if path.parts[1] not in LEFT_OUT}


def raw_files(study: Study, provenance: dict) -> dict[str, bytes]:
    """Path in the study -> content of the raw files that may go. Raises StudyError where one is not as the results read it."""
    simulated = provenance["data_source"] == "simulated"
    recorded = {(record["source"], record["file"]): record["sha256"] for record in provenance["raw_files"]}
    files = {}
    for source in sorted(study.files):
        if not may_go(study.sources[source], simulated):
            continue
        for path in map(Path, study.files[source]):
            content = path.read_bytes()
            if recorded.get((source, path.name)) != sha256(content):
                raise StudyError(f"{path}: is not the file that the results were made from; run `make study` first")
            inside = path.as_posix() if simulated else f"data/raw/{source}/{path.name}"
            files[inside] = content
    return files


def exhibits(study: Study) -> list[Exhibit]:
    """Tables, figures and the report, with what makes them."""
    configuration, found = study.configuration, []
    for kind, rule in RULES.items():
        for name in getattr(configuration, kind):
            caption = Path(f"results/captions/{name}.{kind[:-1]}.rst").read_text(encoding="utf-8")
            files = [f"results/{kind}/{name}.{form}" for form in getattr(configuration.output, kind)]
            found.append(Exhibit(kind[:-1], name, read_caption(caption)[0], rule, files))
    title = getattr(configuration.study.title, configuration.study.language)
    return [*found, Exhibit("report", "report", title, "write_report", ["results/report.html"])]


def benchmark(code: dict[str, bytes]) -> dict[str, str]:
    """What the default study took when it was last measured, from docs/benchmark.md."""
    page = code.get(f"{PROJECT}/docs/benchmark.md", b"").decode("utf-8")
    rows = {measure: re.search(rf"(?m)^\| from nothing \| {measure} \| ([^|]+?) \|", page) for measure in MEASURES}
    told = {MEASURES[measure]: found[1] for measure, found in rows.items() if found}
    machine = re.search(r"(?m)^Made by `make bench` on (.+)\.$", page)
    return {**told, **({"Machine": machine[1]} if machine and told else {})}


def place_of(folder: Path) -> str:
    """Where the study stands under the project in the package."""
    if folder == ROOT:
        return ""
    return folder.relative_to(ROOT).as_posix() if folder.is_relative_to(ROOT) else "study"


# The package


def build(folder: Path) -> tuple[bytes, Package]:
    """The zip of a study and what its README tells. The working directory is the study. Raises StudyError."""
    files, executables = committed_code()
    code, study = dict(files), load_study(ROOT, Path("."), {})
    check_fresh(study)
    provenance = json.loads(Path("results/provenance.json").read_text(encoding="utf-8"))
    simulated = provenance["data_source"] == "simulated"
    place = place_of(folder)
    inside = f"{PROJECT}/{place}".rstrip("/")
    own = result_files() | raw_files(study, provenance)
    withheld = withheld_indicators(study.indicators, {one: study.sources[one] for one in study.files}, simulated)
    if withheld:
        own[INDICATORS] = without_indicators(own[INDICATORS], withheld)
    for name in ("config.yaml", "plan.sha256"):
        if Path(name).is_file():
            own[name] = Path(name).read_bytes()
    files |= {f"{inside}/{path}": content for path, content in own.items()}
    described(files, study, inside, provenance)
    package = Package(
        title=study.configuration.study.title.en,
        provenance=provenance,
        sources={name: study.sources[name] for name in sorted(study.files)},
        folder=place,
        commit=git("rev-parse", "HEAD").decode().strip(),
        changed=uncommitted(),
        draws=study.configuration.inference.draws,
        benchmark=benchmark(code),
        n_files=len(files) + 2,  # README and manifest
        n_bytes=sum(map(len, files.values())),
        exhibits=exhibits(study),
        withheld=withheld,
        outside=study.configuration.data.files,
    )
    files[f"{TOP}/README.md"] = readme(package).encode("utf-8")
    files[f"{TOP}/{MANIFEST}"] = manifest(files)
    return zipped(files, executables), package


def described(files: dict[str, bytes], study: Study, inside: str, provenance: dict) -> None:
    """Add datapackage.json and the codebook."""
    path = f"{inside}/{INDICATORS}".removeprefix(f"{TOP}/")
    held = {row["indicator"] for row in csv.DictReader(io.StringIO(files[f"{TOP}/{path}"].decode("utf-8")))}
    files[f"{TOP}/{CODEBOOK}"] = codebook(study.indicators, [name for name in study.indicators if name in held])
    estimates = {
        name: (
            f"{inside}/results/estimates/{name}.csv".removeprefix(f"{TOP}/"),
            study.configuration.specifications[name].label.en,
        )
        for name in study.estimable
    }
    about = {
        "name": "beleidsvrijheid",
        "title": study.configuration.study.title.en,
        "description": f"Indicators and estimates. {data_source_label(provenance['data_source'])}",
        "sources": [
            {"title": f"{study.sources[name].publisher}, {study.sources[name].measures}", "licence": study.sources[name].licence}
            for name in sorted(study.files)
            if provenance["data_source"] != "simulated"
        ] or [{"title": "The simulation of the project"}],
    }  # fmt: skip
    named = {path.removeprefix(f"{TOP}/"): content for path, content in files.items()}
    files[f"{TOP}/datapackage.json"] = datapackage(about, named, path, estimates)


def check() -> int:
    """Compare the files of an unpacked package with its manifest. Returns 0 where none is missing or different."""
    top = ROOT.parent
    if ROOT.name != Path(PROJECT).name or not (top / MANIFEST).is_file():
        raise StudyError(f"{top / MANIFEST}: no such file; --check is for an unpacked package, in its folder project")
    listed = (top / MANIFEST).read_bytes()
    found = differences(listed, lambda path: (top / path).read_bytes() if (top / path).is_file() else None)
    for kind in ("different", "missing"):
        print("".join(f"  {kind:<10} {path}\n" for path in found[kind]), end="")
    print(", ".join(f"{len(paths)} {kind}" for kind, paths in found.items()))
    return 1 if found["different"] or found["missing"] else 0


def main(arguments: list[str]) -> int:
    """Make or check a package. Returns the exit status; prints one message on a mistake."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--study", default=os.environ.get("PACKAGE_STUDY") or ".", help="folder with config.yaml")
    parser.add_argument("--check", action="store_true", help="compare an unpacked package with its manifest")
    options = parser.parse_args(arguments)
    study = Path(options.study).resolve()
    try:
        if options.check:
            return check()
        if not study.is_dir():
            raise StudyError(f"{options.study}: no such folder; name a folder that holds a config.yaml (STUDY=...)")
        with study_lock(study):
            os.chdir(study)
            content, package = build(study)
            write_bytes(content, study / PACKAGE)
        print(f"{study / PACKAGE}: {package.n_files} files, {len(content) / 1024**2:.0f} MiB; commit {package.commit}")
        if package.changed:
            print(
                f"{len(package.changed)} files have changes that are not committed: the package has the committed ones"
            )
    except (StudyError, RunError, OSError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
