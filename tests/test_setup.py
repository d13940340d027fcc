"""What `make` does first: set up once per content of the locks, repair what broke, say what is missing."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def load_set_up():
    specification = importlib.util.spec_from_file_location("set_up", ROOT / "workflow" / "set_up.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


set_up = load_set_up()


@pytest.fixture
def project(tmp_path):
    """A project folder, with a blank in its name, that holds what set-up needs."""
    root = tmp_path / "my project"
    (root / "workflow" / "envs").mkdir(parents=True)
    for name in ("Makefile", "workflow/set_up.py", set_up.BOOTSTRAP_LOCK, set_up.LOCK):
        shutil.copy(ROOT / name, root / name)
    return root


def pretend_installed(root: Path) -> None:
    """An environment that works and says that it holds the present locks."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    set_up.stamp(root).touch()


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    # Nothing may reach the network here: an index that is not there ends pip at once.
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "UV_OFFLINE": "1"}
    return subprocess.run(["make", "--silent", *arguments], cwd=root, capture_output=True, text=True, env=environment)


def test_nothing_is_done_twice(project):
    pretend_installed(project)
    for name in (set_up.LOCK, "Makefile"):
        (project / name).touch()
    done = make(project, "setup", "PYTHON=/nowhere/python3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("lock", [set_up.LOCK, set_up.BOOTSTRAP_LOCK])
def test_changed_lock_is_noticed(project, lock):
    pretend_installed(project)
    assert set_up.is_ready(project)
    with open(project / lock, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not set_up.is_ready(project)


def test_interrupted_set_up_is_made_again(project):
    pretend_installed(project)
    set_up.unfinished(project).touch()
    assert not set_up.is_ready(project)
    set_up.remove_broken(project)
    assert not (project / ".venv").exists()


def test_environment_without_its_python_is_made_again(project):
    pretend_installed(project)
    (project / ".venv/bin/python").unlink()
    set_up.remove_broken(project)
    assert not (project / ".venv").exists()


def test_working_environment_is_kept(project):
    pretend_installed(project)
    set_up.remove_broken(project)
    assert set_up.is_ready(project)


def test_folder_of_somebody_else_is_not_removed(project):
    (project / ".venv").mkdir()
    (project / ".venv" / "thesis.docx").touch()
    done = make(project, "setup", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert "not a virtual environment" in done.stderr and "Traceback" not in done.stderr
    assert (project / ".venv" / "thesis.docx").exists()


def test_failure_names_the_step_and_the_next_one(project):
    done = make(project, "setup", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert "Set-up failed at 'Installing the installer" in done.stderr and "Run make again" in done.stderr
    assert "Traceback" not in done.stderr
    assert not set_up.is_ready(project)


def test_absent_python_is_said_clearly(project):
    done = make(project, "study", "PYTHON=/nowhere/python3")
    assert done.returncode != 0
    assert "Python 3.11 or newer with venv" in done.stderr and "make study PYTHON=" in done.stderr


# The locks


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(package): version for package, version in PINNED.findall(text)}


@pytest.mark.parametrize("lock", [set_up.LOCK, set_up.BOOTSTRAP_LOCK])
def test_lock_has_hashes_and_no_places(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|file:|--index-url|--find-links|/home/|/root/", text)


def test_lock_satisfies_the_project_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    locked = pins(set_up.LOCK)
    wrong = [str(one) for one in wanted if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))]
    assert wanted and wrong == []
    assert set(pins(set_up.BOOTSTRAP_LOCK)) == {"uv"}


def test_every_direct_import_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {canonicalize_name(Requirement(line).name) for line in project["project"]["dependencies"]}
    # Benchmarks are for those who work on the project: they may use its tests and the packages of these.
    developers = declared | {canonicalize_name(Requirement(line).name) for line in project["dependency-groups"]["dev"]}
    own = {path.stem for folder in ("scripts", "workflow", "benchmarks", "tests") for path in (ROOT / folder).iterdir()}
    own |= set(sys.stdlib_module_names)
    names = {"yaml": "pyyaml", "docx": "python-docx", "vl_convert": "vl-convert-python"}
    for folder, known in (("scripts", declared), ("workflow", declared), ("benchmarks", developers)):
        imports = {name for path in (ROOT / folder).rglob("*.py") for name in imported(path)}
        assert {canonicalize_name(names.get(name, name)) for name in imports - own} - known == set(), folder


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
    return {name.split(".")[0] for name in plain + parts}


def test_conda_points_to_the_same_lock():
    environment = yaml.safe_load((ROOT / "workflow/envs/analysis.yaml").read_text(encoding="utf-8"))
    (by_pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    (reference,) = [line.removeprefix("-r ") for line in by_pip if line.startswith("-r ")]
    assert (ROOT / "workflow/envs" / reference).resolve() == ROOT / set_up.LOCK
