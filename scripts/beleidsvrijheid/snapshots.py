"""Snapshots of raw data: what a folder holds, in the words of DVC, and which snapshot a study has read.

A snapshot of a source is one small file, data/raw/<source>.dvc, with the checksum of the list of its files. The list and
the checksums are computed here as DVC 3 does (`dvc_data.hashfile.tree`), so a study starts no DVC.
"""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path, PurePosixPath

from beleidsvrijheid.configuration.reading import read_yaml
from beleidsvrijheid.errors import StudyError

SIMULATED_FOLDER = "simulated"
POINTER = ".dvc"
POINTER_NAME = re.compile(r"^[a-z][a-z0-9_]*\.dvc$")
# What editors, file managers and unfinished writes leave; .dvcignore has the same.
NOT_DATA = re.compile(r"^(\..*|~\$.*|Thumbs\.db|desktop\.ini)$")
FOLDER_MD5 = re.compile(r"^[0-9a-f]{32}\.dir$")
FILE_MD5 = re.compile(r"^[0-9a-f]{32}$")


def file_md5(path: Path) -> str:
    """MD5 of a file's content: the name of its object in a DVC cache."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def raw_paths(folder: Path) -> dict[str, Path]:
    """Path in the folder, with `/` -> file, sorted; without what NOT_DATA matches. Empty where there is no folder."""
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not NOT_DATA.match(name)]
        paths = (Path(parent, name) for name in names if not NOT_DATA.match(name))
        found |= {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    return dict(sorted(found.items()))


def list_folder(folder: Path) -> dict[str, str]:
    """Path in the folder -> MD5 of that file."""
    return {name: file_md5(path) for name, path in raw_paths(folder).items()}


def write_list(files: dict[str, str]) -> bytes:
    """A folder's list of files as DVC stores it."""
    entries = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    return json.dumps(entries, sort_keys=True).encode()


def read_list(content: bytes, name: str) -> dict[str, str]:
    """The list of files that DVC stored, path -> MD5. Raises StudyError where a path leaves the folder."""
    try:
        files = {entry["relpath"]: entry["md5"] for entry in json.loads(content)}
    except (ValueError, TypeError, KeyError):
        raise StudyError(f"{name}: is not a list of files as DVC writes it") from None
    for path, md5 in files.items():
        if not _is_inside(path) or not isinstance(md5, str) or not FILE_MD5.match(md5):
            raise StudyError(f"{name}: {path!r}: {md5!r} is not a file inside the folder; such a snapshot is not used")
    return files


def _is_inside(path: object) -> bool:
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    return bool(parts) and not any(part in ("/", "..") or "\\" in part or "\0" in part for part in parts)


def folder_md5(files: dict[str, str]) -> str:
    """The checksum that stands in the .dvc file of a folder with these files (path -> MD5)."""
    return hashlib.md5(write_list(files), usedforsecurity=False).hexdigest() + ".dir"


def recorded_md5(content: bytes, name: str) -> str:
    """The checksum of the folder that a .dvc file stands for.

    name: its path, as a message shows it. Raises StudyError for what is not the .dvc file of the folder beside it.
    """
    try:
        document = read_yaml(content.decode("utf-8"), name)
        (output,) = document["outs"]
        md5 = str(output["md5"])
        is_ours = output["path"] == PurePosixPath(name).stem and output.get("hash") == "md5" and "deps" not in document
    except (StudyError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        md5, is_ours = "", False
    if not is_ours or not FOLDER_MD5.match(md5):
        raise StudyError(
            f"{name}: is not the .dvc file of the folder beside it (one entry in `outs`, hash md5, path "
            f"{PurePosixPath(name).stem}); bring back the committed one with git, or delete it and run `make snapshot`"
        )
    return md5


def is_pointer(path: Path) -> bool:
    """Whether a name is that of the .dvc file of a source; simulated data have none."""
    return bool(POINTER_NAME.match(path.name)) and path.stem != SIMULATED_FOLDER


def pointers(raw: Path) -> dict[str, Path]:
    """Source id -> its .dvc file, of a folder data/raw."""
    return {path.stem: path for path in sorted(raw.glob(f"*{POINTER}")) if path.is_file() and is_pointer(path)}


def snapshot_inputs(raw: Path, files: dict[str, list[str]]) -> list[str]:
    """Everything a record of snapshots is computed from, besides the raw files that are read (source -> paths).

    Empty where no source is read.
    """
    if not files:
        return []
    beside = [path for source in files for path in raw_paths(raw / source).values()]
    known = {path for paths in files.values() for path in paths}
    names = {str(path) for path in [*pointers(raw).values(), *beside]} - known
    # Snakemake takes braces in a path for a wildcard.
    return sorted(name for name in names if "{" not in name and "}" not in name)


def snapshot_commit(raw: Path) -> str | None:
    """The newest commit whose data/raw has exactly the .dvc files that are there now; None where none has.

    First among the ancestors of HEAD, then on all branches and tags. Outside git, or without .dvc files: None.
    """
    found = pointers(raw)
    if not found:
        return None
    try:
        blobs = _git(raw, "hash-object", "--", *(path.name for path in found.values())).split()
        now = dict(zip((path.name for path in found.values()), blobs, strict=True))
        for where in (["HEAD"], ["--branches", "--tags", "--remotes"]):
            for commit in _git(raw, "log", "--format=%H", *where, "--", f":(glob)*{POINTER}").split():
                if _committed(raw, commit) == now:
                    return commit
    except (OSError, subprocess.CalledProcessError):
        return None
    return None


def _committed(raw: Path, commit: str) -> dict[str, str]:
    """Name of each .dvc file in a commit -> its blob."""
    rows = (row.split("\t") for row in _git(raw, "ls-tree", "-z", commit, "./").split("\0") if row)
    return {name: head.split()[2] for head, name in rows if is_pointer(Path(name))}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def snapshot_record(raw: Path, files: dict[str, list[str]], commit: str | None) -> dict[str, object]:
    """`dvc_revision` and `dvc_folders` of provenance.json.

    files: source -> paths that the study reads. commit: see snapshot_commit. `dvc_revision` is that commit where all
    files read are in it; "...-dirty (what is not)" otherwise; None where data/raw has no .dvc file. `dvc_folders` has
    per source the MD5 of its folder: the name of the object that a DVC store holds for it.
    """
    found = pointers(raw)
    if not found:
        return {"dvc_revision": None, "dvc_folders": {}}
    recorded = {source: recorded_md5(path.read_bytes(), path.as_posix()) for source, path in found.items()}
    inside = {source for source, paths in files.items() if all(Path(raw, source) in Path(one).parents for one in paths)}
    read = {source: folder_md5(list_folder(raw / source)) for source in sorted(inside)}
    remarks = [
        _remark(source, source in files, read.get(source), recorded.get(source), raw)
        for source in sorted({*files, *recorded})
    ]
    kept = [remark for remark in remarks if remark]
    revision = commit or "uncommitted"
    return {
        "dvc_revision": f"{revision}-dirty ({'; '.join(kept)})" if kept else revision,
        "dvc_folders": read,
    }


def _remark(source: str, is_read: bool, read: str | None, recorded: str | None, raw: Path) -> str | None:
    """What keeps a source from being as in its snapshot; None where nothing does."""
    if not is_read:
        return None if raw_paths(raw / source) else f"{source} is not restored"
    if read is None:
        return f"{source} is read from elsewhere"
    if recorded is None:
        return f"{source} has no snapshot"
    return None if read == recorded else f"{source} differs from its snapshot"
