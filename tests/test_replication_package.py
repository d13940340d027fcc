"""`make package`: the package of the tiny study, unzipped and looked at as a stranger would."""

import csv
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "workflow" / "package.py"
# Frictionless Data Package v1: names, and how the values of each type are written.
NAME = r"[-a-z0-9._/]+"
TYPES = {"string": r"(?s).*", "integer": r"[+-]?\d+", "number": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|INF|-INF|NaN"}


def package(study: Path, *arguments: str, command: Path = COMMAND) -> subprocess.CompletedProcess:
    environment = os.environ | {"PACKAGE_STUDY": str(study)}
    return subprocess.run([sys.executable, command, *arguments], env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def command():
    """The command as a module."""
    sys.path.insert(0, str(COMMAND.parent))
    try:
        specification = importlib.util.spec_from_file_location("package_command", COMMAND)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(COMMAND.parent))
    return module


@pytest.fixture
def unpacked(study_copy, tmp_path) -> Path:
    """The package of the tiny study, unzipped."""
    if subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True).returncode != 0:
        pytest.skip("not a git checkout: the package holds the code as committed")
    done = package(study_copy.folder)
    assert done.returncode == 0, done.stderr
    first = study_copy.path("results/package.zip").read_bytes()
    assert package(study_copy.folder).returncode == 0
    assert study_copy.path("results/package.zip").read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        archive.extractall(tmp_path, archive.namelist())
    return tmp_path / "package"


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def check_descriptor(top: Path) -> None:
    """The rules of the specification that need no network."""
    descriptor = json.loads((top / "datapackage.json").read_text(encoding="utf-8"))
    resources = {one["name"]: one for one in descriptor["resources"]}
    assert descriptor["profile"] == "tabular-data-package" and re.fullmatch(NAME, descriptor["name"])
    assert len(resources) == len(descriptor["resources"]) and all(re.fullmatch(NAME, name) for name in resources)
    assert all(set(one) & {"name", "path"} for one in descriptor["licenses"]) and all(
        one["title"] for one in descriptor["sources"]
    )
    for one in resources.values():
        assert not one["path"].startswith(("/", "..")) and "://" not in one["path"]
        content = (top / one["path"]).read_bytes()
        assert one["bytes"] == len(content) and one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        fields = one["schema"]["fields"]
        table = csv.reader(io.StringIO(content.decode(one["encoding"])))
        assert next(table) == [field["name"] for field in fields], one["name"]
        columns = list(zip(*table, strict=True))
        for field, cells in zip(fields, columns, strict=False):
            wrong = [cell for cell in set(cells) if cell != "" and not re.fullmatch(TYPES[field["type"]], cell)]
            assert wrong == [], (one["name"], field["name"], wrong[:3])
        for key in one["schema"].get("foreignKeys", []):
            target = rows(top / resources[key["reference"]["resource"]]["path"])
            own = {row[key["fields"]] for row in rows(top / one["path"])}
            assert own <= {row[key["reference"]["fields"]] for row in target}


@pytest.mark.slow
def test_package_of_the_tiny_study(unpacked, finished_study):
    text = (unpacked / "README.md").read_text(encoding="utf-8")
    listed = rows(unpacked / "manifest.csv")
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {row["path"] for row in listed} == there - {"manifest.csv"}
    for row in listed:
        content = (unpacked / row["path"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest() and int(row["bytes"]) == len(content)
    exhibits = text[text.index("## List of tables") : text.index("## References")]
    named = re.findall(r"`(project/[^`]+)`", exhibits)
    assert len(named) > 60 and all((unpacked / name).is_file() for name in named)
    config = yaml.safe_load(finished_study.read("config.yaml"))
    for kind in ("tables", "figures"):
        assert all(f"results/{kind}/{name}." in exhibits for name in config[kind])
    for record in json.loads(finished_study.read("results/provenance.json"))["raw_files"]:
        assert f"/{record['file']}` | `{record['source']}` | yes | `{record['sha256']}` |" in text
    assert (unpacked / "project/study/config.yaml").read_bytes() == finished_study.path("config.yaml").read_bytes()
    assert "SIMULATED DATA / GESIMULEERDE DATA" in text
    check_descriptor(unpacked)


@pytest.mark.slow
def test_unpacked_package_checks_itself(unpacked):
    command = unpacked / "project/workflow/package.py"
    command.write_bytes(COMMAND.read_bytes())  # as it stands here, committed or not
    done = package(unpacked, "--check", command=command)
    told = [line for line in done.stdout.splitlines() if not line.endswith("workflow/package.py")]
    assert re.fullmatch(r"\d+ same, [01] different, 0 missing", told[-1]) and len(told) == 1
    (unpacked / "project/study/results/claims.csv").write_text("other\n", encoding="utf-8")
    (unpacked / "codebook.csv").unlink()
    done = package(unpacked, "--check", command=command)
    assert done.returncode == 1
    assert "different  project/study/results/claims.csv" in done.stdout and "missing    codebook.csv" in done.stdout


@pytest.mark.slow
def test_results_of_another_configuration_are_refused(study_copy):
    study_copy.edit("seed: 20200101", "seed: 7")
    done = package(study_copy.folder)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "config.yaml: has changed since the results were made; run `make study` first" in done.stderr
    assert not study_copy.path("results/package.zip").exists()


def test_study_without_results_is_refused(tmp_path):
    (tmp_path / "config.yaml").write_bytes((ROOT / "tests/study/config.yaml").read_bytes())
    done = package(tmp_path)
    assert done.returncode == 1 and "run `make study` first" in done.stderr
    done = package(tmp_path / "nowhere")
    assert done.returncode == 1 and "no such folder" in done.stderr


def test_raw_files_of_a_real_study_go_only_where_they_may(command, tmp_path, monkeypatch):
    sources = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
    files, records = {}, []
    for name in sources:
        path = tmp_path / f"{name}.csv"
        path.write_text(name, encoding="utf-8")
        files[name] = [str(path)]
        checksum = hashlib.sha256(name.encode()).hexdigest()
        records.append({"source": name, "file": path.name, "sha256": checksum})
    study = SimpleNamespace(files=files, sources=sources)
    found = command.raw_files(study, {"data_source": "open", "raw_files": records})
    allowed = {"municipalities", "population", "population_by_age", "income", "cpi", "council_seats"}
    assert found == {f"data/raw/{name}/{name}.csv": name.encode() for name in allowed}
    (tmp_path / "cpi.csv").write_text("edited", encoding="utf-8")
    with pytest.raises(StudyError, match="cpi.csv: is not the file that the results were made from"):
        command.raw_files(study, {"data_source": "open", "raw_files": records})
