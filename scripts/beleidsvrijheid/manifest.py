"""What a finished study consists of: checksums of its inputs, code, environment and what the run made, and what differs."""

import glob
import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from beleidsvrijheid.configuration.reading import read_text, read_yaml
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.package import LEFT_OUT
from beleidsvrijheid.plan import PLAN
from beleidsvrijheid.rawfiles import RAW
from beleidsvrijheid.snapshots import SIMULATED_FOLDER, raw_paths

MANIFEST = Path("results/manifest.json")
SECTIONS = ("inputs", "code", "environment", "made")
BESIDE = "without_record"  # what the run made beside the outputs that Snakemake keeps records of
SIMULATED_DATA = f"{RAW}/{SIMULATED_FOLDER}"
MADE = (SIMULATED_DATA, "data/processed", "results")
CODE = ("Snakefile", "workflow", "scripts", "profiles")
LOCK = "requirements.lock"
# What decides threads, processor kernels, the order of sets, and which libraries are loaded. No locale or time zone: results
# are the same in all of them.
VARIABLES = re.compile(
    r"^(\w+_NUM_THREADS|(OPENBLAS|OMP|MKL|KMP|GOTO|NPY|BLIS)_\w+|PYTHON(HASHSEED|PATH|HOME)|GLIBC_TUNABLES|"
    r"LD_(PRELOAD|LIBRARY_PATH))$"
)


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was. what: changed, missing or new; before and now: checksum, version or value."""

    section: str
    name: str
    what: str
    before: str
    now: str

    def told(self) -> str:
        """In words; checksums are left out, versions and values are not."""
        values = f"  {self.before or 'not set'} -> {self.now or 'not set'}" if self.section == "environment" else ""
        return f"{self.what:<8} {self.section:<12} {self.name}{'' if self.name == LOCK else values}"


def file_sha256(path: Path) -> str:
    """Checksum of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hashed(root: Path, paths: Iterable[str]) -> dict[str, str]:
    return {name: file_sha256(root / name) for name in sorted(paths) if (root / name).is_file()}


def inputs(study: Path) -> dict[str, str]:
    """Configuration, plan and raw files of a study folder, and the files that `data.files` points to: name -> checksum."""
    named = {f"{RAW}/{name}" for name in raw_paths(study / RAW)}
    named = {name for name in named if not name.startswith(f"{SIMULATED_DATA}/")}
    found = _hashed(study, {"config.yaml", str(PLAN), *named})
    return found | {name: file_sha256(path) for name, path in outside_files(study).items()}


def outside_files(study: Path) -> dict[str, Path]:
    """What `data.files` of config.yaml matches: the source with the path below its folder -> file. No absolute path."""
    try:
        content = read_yaml(read_text(study / "config.yaml"), "config.yaml")
        patterns = dict(content["data"]["files"])
    except (StudyError, OSError, TypeError, KeyError, ValueError):
        return {}  # config.yaml is among the inputs, so that it differs is noticed
    found = {}
    for source, pattern in sorted(patterns.items()):
        root = Path(str(pattern))
        while glob.has_magic(str(root)) or root == Path(str(pattern)):
            root = root.parent
        for match in sorted(glob.glob(str(pattern), root_dir=study)):
            if (study / match).is_file():
                found[f"data.files {source}: {Path(match).relative_to(root).as_posix()}"] = study / match
    return found


def code_paths(project: Path) -> dict[str, Path]:
    """Path in the project -> file, of everything that says what a run does."""
    paths = [path for part in CODE for path in (project / part, *(project / part).rglob("*")) if path.is_file()]
    return {path.relative_to(project).as_posix(): path for path in sorted(paths) if "__pycache__" not in path.parts}


def code(project: Path) -> dict[str, str]:
    """Path in the project -> checksum."""
    return {name: file_sha256(path) for name, path in code_paths(project).items()}


def environment(project: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Interpreter, system, every installed package, the lock, and the variables that can change numbers."""
    packages = {one.metadata["Name"].lower().replace("_", "-"): one.version for one in metadata.distributions()}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **_hashed(project, [LOCK]),
        **{f"package {name}": version for name, version in sorted(packages.items())},
        **{f"variable {name}": _shown(value) for name, value in sorted(variables.items()) if VARIABLES.match(name)},
    }


def _shown(value: str) -> str:
    """The value of a variable; of paths the checksum, so that a manifest holds none."""
    return f"sha256 {hashlib.sha256(value.encode(errors='surrogateescape')).hexdigest()}" if os.sep in value else value


def made_paths(study: Path) -> list[str]:
    """What a run made in a study folder, without logs, archives and the manifest itself."""
    listed = [f"{folder}/{name}" for folder in MADE for name in raw_paths(study / folder)]
    return [name for name in listed if not _is_left_out(name)]


def _is_left_out(name: str) -> bool:
    top, _, rest = name.partition("/")
    return top == "results" and rest.partition("/")[0] in LEFT_OUT


def study_manifest(project: Path, study: Path, variables: Mapping[str, str], recorded: Iterable[str]) -> dict[str, Any]:
    """The manifest of a study as it is now. recorded: made files that Snakemake has a record of.

    No time and no absolute path is in it: the same study gives the same manifest in another folder.
    """
    made = _hashed(study, made_paths(study))
    return {
        "inputs": inputs(study),
        "code": code(project),
        "environment": environment(project, variables),
        "made": made,
        BESIDE: sorted(set(made) - set(recorded)),
    }


def written(manifest: Mapping[str, Any]) -> bytes:
    """The file of a manifest."""
    return (json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def read_manifest(study: Path) -> dict[str, Any] | None:
    """The manifest that the last finished run wrote; None where there is none. Raises StudyError for a damaged one."""
    path = study / MANIFEST
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes())
        whole = all(isinstance(value, str) for section in SECTIONS for value in content[section].values())
        whole = whole and all(isinstance(name, str) for name in content[BESIDE])
    except (ValueError, TypeError, KeyError, AttributeError):
        whole = False
    if not whole:
        raise StudyError(
            f"{path}: is not a manifest as `make study` writes it, so what was made cannot be compared; "
            "delete results/ and data/processed/ (make clean) and run `make study`"
        )
    return content


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Everything that is not as it was, by section and name."""
    found = []
    for section in SECTIONS:
        old, new = before[section], now[section]
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                what = "changed" if name in old and name in new else "missing" if name in old else "new"
                found.append(Difference(section, name, what, old.get(name, ""), new.get(name, "")))
    return [*found, *_lost_records(before, now)]


def _lost_records(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Files whose record at Snakemake is gone: it no longer knows by which code and settings they were made."""
    had = set(before["made"]) - set(before[BESIDE])
    lost = had & set(now[BESIDE])
    if lost and lost == had & set(now["made"]):
        return [Difference("records", ".snakemake/", "missing", "", "")]
    return [Difference("records", f".snakemake/: {name}", "missing", "", "") for name in sorted(lost)]
