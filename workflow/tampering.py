"""What happened to a study folder since its last run, beyond what Snakemake sees, and what a run does about it.

Snakemake trusts dates: an output edited by hand, an input or a script replaced by one with an older date, a file cut or
flipped on disk and the loss of its own records pass without a word. Here contents count: they are compared with the
manifest of the last finished run, and files made since with Snakemake's own records.
"""

import json
import os
import re
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from beleidsvrijheid.atomic import write_bytes
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.manifest import (
    BESIDE,
    MADE,
    MANIFEST,
    code,
    code_paths,
    differences,
    environment,
    file_sha256,
    inputs,
    made_paths,
    outside_files,
    read_manifest,
    study_manifest,
    written,
)

ROOT = Path(__file__).resolve().parent.parent
SET_ASIDE = "set_aside"  # files that were changed by hand and are made again are kept here
LEFTOVER = re.compile(r"^\..+\.[a-z0-9_]{8}$")  # atomic.write_bytes, killed before the file took its place
LONGEST_NAME = 254  # Snakemake cuts longer names of records into folders
CLOCK_SECONDS = 0.001  # the date of an output is in its record
AHEAD_SECONDS = 1  # clocks of a file server differ by less
APART_SECONDS = 0.001


def record_path(study: Path, kind: str, name: str) -> Path:
    """Where Snakemake keeps what it knows of an output. kind: metadata or incomplete."""
    encoded = urlsafe_b64encode(name.encode()).decode()
    parts = [encoded[at : at + LONGEST_NAME] for at in range(0, len(encoded), LONGEST_NAME)]
    return Path(study, ".snakemake", kind, *(f"@{part}" for part in parts[:-1]), parts[-1])


def record_of(study: Path, name: str) -> dict[str, Any] | None:
    """Snakemake's record of an output; None where there is none or it cannot be read."""
    try:
        record = json.loads(record_path(study, "metadata", name).read_bytes())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record else None


def present_manifest(study: Path) -> dict[str, Any]:
    """The manifest of a study folder as it is now."""
    recorded = [name for name in made_paths(study) if record_path(study, "metadata", name).is_file()]
    return study_manifest(ROOT, study, os.environ, recorded)


def write_manifest(study: Path, whole: bool) -> bool:
    """Write the manifest of a finished run. Returns whether it was written.

    whole: the run made everything. One that made a part only confirms the rest where inputs and code are as they were.
    """
    now = present_manifest(study)
    if not whole:
        before = read_manifest(study)
        if before is None or any(before[section] != now[section] for section in ("inputs", "code", "environment")):
            return False
    write_bytes(written(now), study / MANIFEST)
    return True


def has_own_date(study: Path, name: str) -> bool:
    """Whether an output carries the date that its record has."""
    return abs((study / name).stat().st_mtime - ((record_of(study, name) or {}).get("endtime") or 0)) < CLOCK_SECONDS


def is_tampered(study: Path, name: str, before: dict[str, Any], finished: float | None, has_dates: bool) -> bool:
    """Whether a made file is neither what the last finished run left nor what Snakemake made since.

    has_dates: dates are those of the jobs; in a folder that was copied without its dates none is.
    """
    path = study / name
    known = before["made"].get(name)
    record = record_of(study, name)
    if record_path(study, "incomplete", name).is_file():
        return False  # left half-made by a run that was killed: Snakemake makes it again
    if record is None:
        return known is not None and (name not in before[BESIDE] or file_sha256(path) != known)
    if known is not None and file_sha256(path) == known:
        return False
    ended = record.get("endtime") or 0
    is_since = known is None or (finished is not None and ended > finished)
    return not is_since or (has_dates and not has_own_date(study, name))


def made_from(study: Path, names: Iterable[str]) -> set[str]:
    """Outputs that were made from these files, directly or through others, by Snakemake's records."""
    readers: dict[str, set[str]] = {}
    for name in made_paths(study):
        for source in (record_of(study, name) or {}).get("input") or []:
            readers.setdefault(source, set()).add(name)
    found, open_ = set(), list(names)
    while open_:
        new = readers.get(open_.pop(), set()) - found
        found |= new
        open_ += new
    return found


def check_writable(study: Path) -> None:
    """Raise StudyError where the run could not write what it makes: Snakemake itself ends in a traceback there."""
    for top in (study, *(study / folder for folder in MADE)):
        for folder, _, _ in os.walk(top) if top != study else [(top, [], [])]:
            if not os.access(folder, os.W_OK | os.X_OK):
                raise StudyError(
                    f"{folder}: nothing can be written in this folder (no permission, or a read-only disk); "
                    "allow writing there, then `make study` resumes. Nothing was changed."
                )


def remove_leftovers(study: Path) -> None:
    """Remove temporary files of jobs that were killed while they wrote."""
    for folder in MADE:
        for path in (study / folder).rglob(".*"):
            if LEFTOVER.match(path.name) and path.is_file():
                path.unlink()


def set_aside(study: Path, names: Iterable[str]) -> None:
    """Move files out of the way: what somebody changed is kept, and no number is read from it."""
    for name in names:
        target = study / SET_ASIDE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(study / name, target)


def first_of(names: Iterable[str]) -> str:
    """The first eight of a list, and how many more there are."""
    listed = sorted(names)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if listed[8:] else "")


def clear_tampered(study: Path, before: dict[str, Any], finished: float | None) -> list[str]:
    """Set changed files aside and remove what was made from them, so that all of it is made again.

    Returns further targets: changed files that no other file is made from, so that no other asks for them.
    """
    made = made_paths(study)
    has_dates = any(has_own_date(study, name) for name in made)
    changed = {name for name in made if is_tampered(study, name, before, finished, has_dates)}
    if not changed:
        return []
    edited = {name for name in changed if file_sha256(study / name) != before["made"].get(name)}
    unrecorded = changed - edited
    from_them = made_from(study, changed) - changed
    alone = [name for name in changed if not name.startswith("results/") and not made_from(study, [name])]
    for name in from_them | unrecorded:  # first: a run that is killed here finds the changed files again
        (study / name).unlink()
    if edited:
        print(f"Changed since they were made: {first_of(edited)}. They are moved to {SET_ASIDE}/ and made again, "
              f"with the {len(from_them)} files that are made from them.", flush=True)  # fmt: skip
        set_aside(study, edited)
    if unrecorded:
        print(f"Snakemake's records (.snakemake/) of {len(unrecorded)} files are lost: {first_of(unrecorded)}. "
              "By which code and settings they were made is not known; they are made again.", flush=True)  # fmt: skip
    return sorted(name for name in alone if name not in before[BESIDE])


def read_otherwise(study: Path) -> dict[str, Path]:
    """Inputs that some output was made from with other content, by Snakemake's records, and that are dated before it."""
    made, now, found = set(made_paths(study)), {}, {}
    for name in made:
        output = (study / name).stat().st_mtime
        for source, checksum in ((record_of(study, name) or {}).get("input_checksums") or {}).items():
            path = study / source
            if source in made or source in found or not path.is_file() or path.stat().st_mtime > output:
                continue
            if source not in now:
                now[source] = f"sha256:{file_sha256(path)}"
            if now[source] != checksum:
                found[source] = path
    return found


def changed_before(study: Path, before: dict[str, Any], finished: float | None) -> dict[str, Path]:
    """Inputs and code that are not as at the last finished run and are dated before it."""
    paths = {**{name: study / name for name in inputs(study)}, **outside_files(study), **code_paths(ROOT)}
    now, known = {**inputs(study), **code(ROOT)}, {**before["inputs"], **before["code"]}
    changed = [name for name in paths if now.get(name) != known.get(name)]
    return {name: paths[name] for name in changed if finished is None or paths[name].stat().st_mtime <= finished}


def shown(path: Path, study: Path) -> str:
    """A path as a user knows it: from the study folder, from the project, or whole."""
    roots = [root for root in (study, ROOT) if path.is_relative_to(root)]
    return path.relative_to(roots[0]).as_posix() if roots else str(path)


def renew_dates(study: Path, before: dict[str, Any] | None, finished: float | None) -> None:
    """Date inputs and code whose content changed under an old date now: Snakemake looks at nothing else.

    Raises StudyError where that is not permitted.
    """
    found = read_otherwise(study) | (changed_before(study, before, finished) if before is not None else {})
    for path in found.values():
        try:
            os.utime(path)
        except OSError as problem:
            raise StudyError(
                f"{path}: has other content than at the last run under an older date, which hides it from Snakemake, "
                f"and its date cannot be set ({problem.strerror}); copy it to a new file, or `make study ARGS=--forceall`"
            ) from None
    if names := {shown(path, study) for path in found.values()} - {"config.yaml"}:
        print(f"Changed or new under a date before the last run: {first_of(names)}. They count as changed.", flush=True)


def tell_environment(before: dict[str, Any]) -> None:
    """Say which versions and variables are others than in the last run."""
    now = dict.fromkeys(("inputs", "code", "made"), {}) | {"environment": environment(ROOT, os.environ), BESIDE: []}
    old = dict.fromkeys(("inputs", "code", "made"), {}) | {"environment": before["environment"], BESIDE: []}
    if found := differences(old, now):
        names = [f"{one.name} {one.before or 'not set'} -> {one.now or 'not set'}" for one in found]
        print(f"Other environment than at the last finished run: {first_of(names)}. Results that stand were made with the "
              "former; `make study ARGS=--forceall` makes all of them with this one.", flush=True)  # fmt: skip


def date_back(study: Path) -> None:
    """Give files from the future dates just before now, in the same order: Snakemake stops where a clock was set back."""
    dated = []
    for path in [study / "config.yaml", *(study / "data").rglob("*"), *(study / "results").rglob("*"),
                 *code_paths(ROOT).values()]:  # fmt: skip
        if path.is_file() and (moment := path.stat().st_mtime) > time.time() + AHEAD_SECONDS:
            dated.append((moment, path))
    if not dated:
        return
    moments = {moment: number for number, moment in enumerate(sorted({moment for moment, _ in dated}, reverse=True))}
    now = time.time()
    for moment, path in dated:
        os.utime(path, (now, now - APART_SECONDS * moments[moment]))
    print(f"{len(dated)} files carried dates in the future (was the clock set back?); they are dated now, in the same "
          "order.", flush=True)  # fmt: skip


def prepare(study: Path, finished: float | None) -> list[str]:
    """Bring a study folder into a state in which Snakemake sees every change; says what it found.

    finished: when the last finished run ended, by the clock of that run. Returns further targets of the run. Raises
    StudyError where something must be mended by hand.
    """
    check_writable(study)
    remove_leftovers(study)
    before = read_manifest(study)
    if before is not None:
        tell_environment(before)
    empty = dict.fromkeys(("inputs", "code", "environment", "made"), {}) | {BESIDE: []}
    targets = clear_tampered(study, before or empty, finished)
    date_back(study)
    renew_dates(study, before, finished)
    return targets
