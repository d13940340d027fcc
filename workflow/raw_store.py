"""Where snapshots of raw data live: the git and DVC repository of a study, its cache and its remote store.

Every object is named by the MD5 of its content, and is read again before it is relied on: DVC by itself takes an object
of the right name for right, and a file with its old size and date for unchanged.
"""

import configparser
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from beleidsvrijheid.atomic import write_bytes
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.snapshots import file_md5, read_list

PROJECT = Path(__file__).resolve().parent.parent
REMOTE_NAME = "store"
PATIENCE = 8  # times, a second apart
IGNORE = ".dvcignore"
TEMPORARY = ".being-written-"
SHIPPED = (".dvc/config", ".dvc/.gitignore", IGNORE)


@dataclass(frozen=True)
class Store:
    """study: its folder. top: the folder with .dvc, the study's or one above it in the same git repository."""

    study: Path
    top: Path

    @property
    def settings(self) -> configparser.RawConfigParser:
        """The repository's DVC settings, with those of this clone over them, local folders as absolute paths."""
        return read_settings(self.top / ".dvc")

    @property
    def cache(self) -> Path:
        """The folder with this clone's objects."""
        folder = unquoted(self.settings.get("cache", "dir", fallback="")) or str(self.top / ".dvc" / "cache")
        return Path(folder) / "files" / "md5"

    @property
    def remote(self) -> str | None:
        """Folder or address of the default remote; None where none is configured."""
        settings = self.settings
        name = unquoted(settings.get("core", "remote", fallback=""))
        return unquoted(settings.get(section(name), "url", fallback="")) or None


def section(remote: str) -> str:
    """The section of a remote in DVC's settings."""
    return f"'remote \"{remote}\"'"


def unquoted(value: str) -> str:
    """A value of DVC's settings without the quotes that a comma brings."""
    return value.strip().strip("'\"")


def is_folder(remote: str) -> bool:
    """Whether a remote is a folder of this machine rather than an address."""
    return "://" not in remote


def git(folder: Path, *arguments: str) -> str:
    """What git prints. Raises StudyError with its complaint."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8",
            errors="surrogateescape",
        )  # fmt: skip
    except FileNotFoundError:
        raise StudyError("git is not installed; snapshots are kept by git and DVC together, so install git") from None
    if done.returncode != 0:
        raise StudyError(f"{folder}: git {arguments[0]}: {done.stderr.strip() or 'failed without a word'}")
    return done.stdout


def find_store(study: Path) -> Store:
    """The repository that a study folder belongs to; DVC is set up in the study folder where there is none yet.

    Raises StudyError outside a git repository and where DVC or git is missing.
    """
    if importlib.util.find_spec("dvc") is None:
        raise StudyError("DVC is not installed in .venv; `make setup` installs what is locked")
    try:
        root = Path(git(study, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    except StudyError as problem:
        if "not a git repository" not in str(problem):
            raise
        raise StudyError(
            f"{study}: is in no git repository, and a snapshot is a small file that git keeps. "
            f"Make one there (git init {study}), then run the same command again"
        ) from None
    above = [folder for folder in (study, *study.parents) if folder.is_relative_to(root)]
    top = next((folder for folder in above if (folder / ".dvc").is_dir()), None)
    if top is None:
        set_up(study, SHIPPED)
        print(f"Set up DVC in {study}.")
    store = Store(study, top or study)
    if not ignores_the_same(store):
        set_up(study, (IGNORE,))
    kinds = unquoted(store.settings.get("cache", "type", fallback=""))
    if "link" in kinds.replace("reflink", ""):
        raise StudyError(
            f"{store.top}/.dvc/config: cache.type: {kinds!r}: an edit of a raw file would go through a link into the "
            "cache and spoil the snapshot; use reflink,copy"
        )
    return store


def set_up(folder: Path, names: Iterable[str]) -> None:
    """Write settings that this project ships: no analytics, nothing staged by itself, copies instead of links."""
    for name in names:
        replace_file(folder / name, (PROJECT / name).read_bytes())


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file in one step; what a kill leaves has a name that the next snapshot clears away."""
    write_bytes(content, path, TEMPORARY)


def ignores_the_same(store: Store) -> bool:
    """Whether DVC leaves out of this study's raw data what we leave out, by our file or one with the same lines."""
    ours = set((PROJECT / IGNORE).read_text(encoding="utf-8").splitlines())
    files = [folder / IGNORE for folder in (store.top, store.study) if (folder / IGNORE).is_file()]
    return any(ours <= set(file.read_text(encoding="utf-8", errors="replace").splitlines()) for file in files)


def read_settings(folder: Path) -> configparser.RawConfigParser:
    """Settings of a .dvc folder: config, then config.local. Raises StudyError where they cannot be read."""
    settings = configparser.RawConfigParser(strict=False, default_section="")
    try:
        settings.read([folder / "config", folder / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as problem:
        raise StudyError(f"{folder}/config: not readable as settings of DVC: {str(problem).splitlines()[0]}") from None
    places = [(name, "url") for name in settings.sections() if "remote" in name] + [("cache", "dir")]
    for name, option in places:
        value = unquoted(settings.get(name, option, fallback=""))
        if value and is_folder(value):
            settings.set(name, option, f'"{(folder / value).resolve()}"')
    return settings


def run_dvc(folder: Path, scratch: Path, *arguments: str) -> None:
    """Run DVC in a repository and forget what it remembers of files. Raises StudyError with its complaint.

    scratch: a folder for this one call. DVC remembers checksums by size and date; a new memory makes it read every
    file. The settings of the user's own DVC are left out: the repository says it all.
    """
    environment = os.environ | {
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(scratch / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(scratch / "global"),
        "DVC_SYSTEM_CONFIG_DIR": str(scratch / "system"),
    }
    command = [sys.executable, "-m", "dvc", *arguments]
    # A DVC that was killed with its snapshot holds its lock until the system has taken its process away.
    for _ in range(PATIENCE):
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
        if "is busy" not in done.stderr:
            break
        time.sleep(1)
    if done.returncode != 0:
        raise StudyError(f"DVC could not {arguments[0]}: {complaint_of(done.stderr)}")


def complaint_of(stderr: str) -> str:
    """What DVC says is wrong, in one line without its advertisement."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip() and "dvc.org/support" not in line]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "; ".join(dict.fromkeys(errors)) or (lines or ["it ended without a message"])[-1]


@contextmanager
def scratch_repository(store: Store, folders: Iterable[str]) -> Iterator[tuple[Path, list[str]]]:
    """A DVC repository for one transfer, with the cache and remotes of the store and .dvc files for these checksums.

    So objects of any snapshot can be moved while the .dvc files of the study stay as they are.
    """
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-") as name:
        scratch = Path(name).resolve()
        settings = store.settings
        for part in ("core", "cache"):
            if not settings.has_section(part):
                settings.add_section(part)
        settings.set("core", "no_scm", "true")
        settings.set("cache", "dir", f'"{store.cache.parent.parent}"')
        for part in settings.sections():
            if "remote" in part:
                settings.set(part, "verify", "true")
        (scratch / ".dvc").mkdir()
        with open(scratch / ".dvc" / "config", "w", encoding="utf-8") as file:
            settings.write(file)
        targets = []
        for md5 in folders:
            output = {"md5": md5, "hash": "md5", "path": md5.removesuffix(".dir")}
            targets.append(f"{output['path']}.dvc")
            (scratch / targets[-1]).write_text(json.dumps({"outs": [output]}), encoding="utf-8")
        yield scratch, targets


@contextmanager
def using_remote(store: Store, remote: str | None, make: bool) -> Iterator[None]:
    """Make a remote the default one for what happens inside; where that fails, all settings are as before.

    make: create a folder that is not there. None: the remote stays what it is.
    """
    names = [store.top / ".dvc" / name for name in ("config", "config.local")]
    before = {path: path.read_bytes() if path.is_file() else None for path in names}
    try:
        if remote:
            configure_remote(store, remote, make)
        yield
    except BaseException:
        for path, content in before.items():
            put_back(path, content)
        raise


def put_back(path: Path, content: bytes | None) -> None:
    """A file as it was before; None: there was none."""
    if content is None:
        path.unlink(missing_ok=True)
    elif not path.is_file() or path.read_bytes() != content:
        replace_file(path, content)


def configure_remote(store: Store, remote: str, make: bool) -> None:
    """Make a folder or an address the default remote, verified. A folder is a setting of this clone, not committed.

    make: create a folder that is not there. Raises StudyError for a folder inside the repository or one that cannot be
    used, for an address with a password, and where the settings say otherwise afterwards.
    """
    local = ["--local"] if is_folder(remote) else []
    if local:
        remote = str(usable_folder(store, remote, make))
    elif urlsplit(remote).password:
        raise StudyError(
            "REMOTE: an address with a password would be committed; name it without and see docs/snapshots.md"
        )
    if store.remote == remote:
        return
    if not local:
        forget_folder(store)
    named = [*local, REMOTE_NAME]
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-") as scratch:
        run_dvc(store.top, Path(scratch), "remote", "add", "--force", "--default", *named, remote)
        run_dvc(store.top, Path(scratch), "remote", "modify", *named, "verify", "true")
    if store.remote != remote:
        raise StudyError(
            f"REMOTE={remote}: {store.top}/.dvc/config and config.local together say {store.remote}; correct them"
        )


def usable_folder(store: Store, remote: str, make: bool) -> Path:
    """The folder that a remote names. Raises StudyError where it cannot be one."""
    folder = Path(remote).expanduser().resolve()
    if folder.is_relative_to(store.top) or folder.is_relative_to(store.study):
        raise StudyError(f"REMOTE={remote}: is inside {store.top}; name a folder outside it, best on another disk")
    if not make and not folder.is_dir():
        raise StudyError(f"REMOTE={remote}: {folder} is no folder; name the one that the snapshots were pushed to")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StudyError(f"REMOTE={remote}: cannot be used as a folder: {problem.strerror}") from None
    return folder


def forget_folder(store: Store) -> None:
    """Take the remote out of this clone's own settings, which go before the committed ones; a password stays there."""
    path = store.top / ".dvc" / "config.local"
    if not path.is_file():
        return
    settings = configparser.RawConfigParser(strict=False, default_section="")
    settings.read(path, encoding="utf-8")
    for name, option in (("core", "remote"), (section(REMOTE_NAME), "url")):
        if settings.has_section(name):
            settings.remove_option(name, option)
    text = io.StringIO()
    settings.write(text)
    replace_file(path, text.getvalue().encode("utf-8"))


# Objects


def object_path(objects: Path, md5: str) -> Path:
    """Where an object is, in a cache or in a remote that is a folder."""
    return objects / md5[:2] / md5[2:]


def is_intact(objects: Path, md5: str) -> bool:
    """Whether an object is there and its content has the checksum in its name."""
    path = object_path(objects, md5)
    return path.is_file() and file_md5(path) == md5.removesuffix(".dir")


def listed(objects: Path, folder: str) -> dict[str, str] | None:
    """The files (path -> MD5) of a folder's checksum; None where that object is absent or damaged."""
    if not is_intact(objects, folder):
        return None
    return read_list(object_path(objects, folder).read_bytes(), folder)


def lacking(objects: Path, folder: str) -> list[str]:
    """Objects of a folder's checksum that are absent or damaged."""
    files = listed(objects, folder)
    if files is None:
        return [folder]
    return [md5 for md5 in sorted(set(files.values())) if not is_intact(objects, md5)]


def remove(objects: Path, names: Iterable[str]) -> int:
    """Remove objects so that right ones can take their place. Returns how many were there."""
    there = [path for name in names if (path := object_path(objects, name)).is_file()]
    for path in there:
        path.unlink()
    return len(there)


def fetch(store: Store, folders: Iterable[str]) -> None:
    """Bring the objects of these checksums into the cache. Raises StudyError where they cannot be had or are damaged."""
    wanted = {folder: names for folder in folders if (names := lacking(store.cache, folder))}
    if wanted and store.remote is None:
        raise StudyError(
            f"{store.top}: {len(wanted)} folders of raw data are not in the cache of this clone (or are damaged there) and no "
            "remote is configured: name the one they were pushed to (make restore REMOTE=/folder/or/address)"
        )
    # Twice: which files of a folder are damaged here is known only when its list has come.
    for _ in range(2):
        missing = {folder: names for folder in wanted if (names := lacking(store.cache, folder))}
        if missing:
            for names in missing.values():
                remove(store.cache, names)
            with scratch_repository(store, missing) as (scratch, targets):
                run_dvc(scratch, scratch, "fetch", *targets)
    left = sorted({name for folder in wanted for name in lacking(store.cache, folder)})
    if left:
        # DVC leaves a damaged object out without a word and ends well.
        raise StudyError(
            f"{store.remote}: {len(left)} objects are damaged there (content and checksum differ) or missing, first {left[0]}. "
            "Nothing was restored. Push again from a clone that has them: make snapshot REMOTE=..."
        )


def push(store: Store, folders: list[str]) -> int:
    """Copy the objects of these checksums to the remote. Returns how many were not there; raises StudyError.

    In a remote that is a folder every object is read back, and damaged ones are replaced.
    """
    names = {name for folder in folders for name in (folder, *(listed(store.cache, folder) or {}).values())}
    objects = Path(store.remote, "files", "md5") if is_folder(store.remote) else None
    absent = sorted(name for name in names if objects is None or not is_intact(objects, name))
    if objects is not None:
        damaged = remove(objects, absent)
        # DVC takes the files of a list for present when the list is: without it, it looks.
        remove(objects, [folder for folder in folders if lacking(objects, folder)])
        if damaged:
            print(f"Damaged objects in {store.remote} that are replaced: {damaged}.")
    with scratch_repository(store, folders) as (scratch, targets):
        run_dvc(scratch, scratch, "push", *targets)
    if objects is not None and (left := [name for name in absent if not is_intact(objects, name)]):
        raise StudyError(f"{store.remote}: {len(left)} objects did not arrive whole, first {left[0]}; run it again")
    return len(absent) if objects is not None else len(names)
