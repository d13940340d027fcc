"""Keep a study's raw data in snapshots: one .dvc file per source, the content in a DVC cache and a remote store.

`take` versions data/raw and pushes it when a remote is named; `restore` brings data/raw back to a snapshot. The
Makefile passes its variables through the environment, so that no text of a user becomes part of a command line.
"""

import argparse
import fcntl
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from run_study import ROOT, RunError, study_lock

sys.path.insert(0, str(ROOT / "scripts"))

from raw_store import (
    IGNORE,
    SHIPPED,
    TEMPORARY,
    Store,
    fetch,
    find_store,
    git,
    is_intact,
    lacking,
    listed,
    object_path,
    push,
    put_back,
    remove,
    replace_file,
    run_dvc,
    using_remote,
)

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.rawfiles import RAW
from beleidsvrijheid.snapshots import (
    NOT_DATA,
    SIMULATED_FOLDER,
    folder_md5,
    is_pointer,
    list_folder,
    pointers,
    raw_paths,
    recorded_md5,
)

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")


@dataclass(frozen=True)
class Change:
    """What became of one source. what: added, changed, unchanged, absent, restored, removed or left as it is."""

    source: str
    what: str
    files: int
    remark: str = ""


def raw_folders(study: Path) -> list[str]:
    """Sources that have files in data/raw. Raises StudyError for what has no place there."""
    known = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
    raw = study / RAW
    found = []
    for path in sorted(raw.iterdir()) if raw.is_dir() else []:
        if path.name in (SIMULATED_FOLDER, "README.md") or path.suffix == ".dvc" or NOT_DATA.match(path.name):
            continue
        if path.is_symlink() or not path.is_dir():
            raise StudyError(
                f"{path}: is not a folder; a raw file goes into the folder of its source, data/raw/<source>/"
            )
        if path.name not in known:
            raise StudyError(
                f"{path}: {path.name!r} is not a source of workflow/sources.yaml, and snapshots hold raw data only; "
                f"rename the folder or move it away. Sources: {', '.join(sorted(known))}"
            )
        check_files(path)
        found += [path.name] if raw_paths(path) else []
    return found


def check_files(folder: Path) -> None:
    """Raise StudyError for what cannot be versioned: links, devices, downloads that are not complete."""
    for path in sorted(folder.rglob("*")):
        if any(NOT_DATA.match(part) for part in path.relative_to(folder).parts):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise StudyError(f"{path}: is a link or no ordinary file; put a copy of the file itself there")
        if path.suffix in UNFINISHED:
            raise StudyError(f"{path}: is a download that is not complete; wait until it ends, or delete it")
        if not path.name.isprintable() or "\\" in path.name:
            raise StudyError(f"{str(path)!r}: a name that not every system can store; rename the file")


# Take


def take(study: Path, remote: str | None) -> None:
    """Version every source of data/raw, and push when a remote is named. Raises StudyError."""
    sources = raw_folders(study)
    absent = sorted(set(pointers(study / RAW)) - set(sources))
    if not sources and not absent:
        raise StudyError(
            f"{study / RAW}: holds no raw data of any source; `snakemake gather` or the catalogue says where from"
        )
    store = find_store(study)
    before = {source: path.read_bytes() for source, path in pointers(study / RAW).items()}
    lists = {source: list_folder(study / RAW / source) for source in sources}
    stale = {one: files for one, files in lists.items() if not is_kept(store, before.get(one), one, files)}
    if stale:
        add(store, stale, before)
    report([compared(store, source, before.get(source), lists[source]) for source in sources]
           + [Change(source, "absent", 0, "`make restore` brings it back") for source in absent])  # fmt: skip
    if remote:
        with using_remote(store, remote, make=True):
            push_all(store, sources)
    print_next(store, pushed=bool(remote))


def is_kept(store: Store, pointer: bytes | None, source: str, files: dict[str, str]) -> bool:
    """Whether the .dvc file is of these files and the cache has every one of them, whole."""
    if pointer is None:
        return False
    md5 = recorded_md5(pointer, f"{RAW}/{source}.dvc")
    return md5 == folder_md5(files) and not lacking(store.cache, md5)


def add(store: Store, lists: dict[str, dict[str, str]], before: dict[str, bytes]) -> None:
    """Let DVC take these sources up, and read back what it made of them. Raises StudyError, with the .dvc files as before."""
    wanted = {name for files in lists.values() for name in (folder_md5(files), *files.values())}
    remove(store.cache, [name for name in wanted if not is_intact(store.cache, name)])
    try:
        with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-") as scratch:
            run_dvc(store.study, Path(scratch), "add", *(str(RAW / source) for source in lists))
        for source, files in lists.items():
            check_taken(store, source, files)
    except BaseException as problem:
        for source in lists:
            put_back(store.study / RAW / f"{source}.dvc", before.get(source))
        if isinstance(problem, StudyError):
            raise StudyError(f"{problem}. The .dvc files are as before.") from None
        raise


def check_taken(store: Store, source: str, files: dict[str, str]) -> None:
    """Raise StudyError where the new .dvc file is not of these files, or the cache does not hold them whole."""
    pointer = store.study / RAW / f"{source}.dvc"
    taken = recorded_md5(pointer.read_bytes(), f"{RAW}/{source}.dvc")
    if taken != folder_md5(files):
        raise StudyError(
            f"{pointer.with_suffix('')}: changed while it was read; run it again when nothing writes there"
        )
    if left := lacking(store.cache, taken):
        raise StudyError(
            f"{store.cache}: {len(left)} objects of {source} were not written whole; "
            "run it again when there is room on the disk"
        )


def compared(store: Store, source: str, pointer: bytes | None, files: dict[str, str]) -> Change:
    """What is new against the snapshot before."""
    if pointer is None:
        return Change(source, "added", len(files))
    md5 = recorded_md5(pointer, f"{RAW}/{source}.dvc")
    if md5 == folder_md5(files):
        return Change(source, "unchanged", len(files))
    old = listed(store.cache, md5)
    if old is None:
        return Change(source, "changed", len(files))
    edited = sorted(name for name in files if name in old and files[name] != old[name])
    words = [f"edited {name}" for name in edited]
    words += [f"new {name}" for name in sorted(set(files) - set(old))]
    words += [f"gone {name}" for name in sorted(set(old) - set(files))]
    return Change(source, "changed", len(files), first_five(words))


def first_five(words: list[str]) -> str:
    """The first five of a list in words, and how many more there are."""
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if words[5:] else "")


def push_all(store: Store, sources: list[str]) -> None:
    """Push the present snapshot, and of those committed before what this clone holds."""
    raw = store.study / RAW
    present = {recorded_md5((raw / f"{source}.dvc").read_bytes(), f"{RAW}/{source}.dvc") for source in sources}
    older = {md5 for source in ever_committed(store) for md5 in committed(store, source)}
    folders = [md5 for md5 in sorted(present | older) if md5 in present or not lacking(store.cache, md5)]
    count = push(store, folders)
    what = f"{count} new objects" if count else "everything was there already"
    print(f"Pushed to {store.remote}: {what} ({len(folders)} folders of this and earlier snapshots).")


def print_next(store: Store, pushed: bool) -> None:
    """What to do now: commit, push."""
    is_here = store.study == Path.cwd()
    where = "" if is_here else f"-C {shlex.quote(str(store.study))} "
    print("Next:")
    if changed := uncommitted(store):
        paths = " ".join(shlex.quote(name) for name in changed)
        print(f"  git {where}add {paths} && git {where}commit -m 'Snapshot of raw data'")
    else:
        print("  nothing to commit: git has these .dvc files")
    if not pushed:
        study = "" if is_here else f" STUDY={shlex.quote(str(store.study))}"
        print(f"  make snapshot{study} REMOTE={shlex.quote(store.remote or '/folder/or/address')}")


def uncommitted(store: Store) -> list[str]:
    """Files of the snapshot that git does not have yet as they are, relative to the study."""
    raw = store.study / RAW
    files = [*pointers(raw).values(), raw / ".gitignore", *(store.top / name for name in SHIPPED), store.study / IGNORE]
    paths = [os.path.relpath(path, store.study) for path in files]
    options = ["status", "--porcelain", "--no-renames", "--untracked-files=all", "-z"]
    rows = git(store.study, "--literal-pathspecs", *options, "--", *paths).split("\0")
    root = Path(git(store.study, "rev-parse", "--show-toplevel").rstrip("\n"))
    return [os.path.relpath(root / row[3:], store.study) for row in rows if row]


def report(changes: Iterable[Change]) -> None:
    """One line per source."""
    for change in changes:
        count = "1 file" if change.files == 1 else f"{change.files} files"
        print(f"  {change.what:<10} {change.source:<40} {count:>10}  {change.remark}".rstrip())


# Restore


def restore(study: Path, revision: str | None, remote: str | None) -> None:
    """Bring data/raw back to the .dvc files of a git revision (default: those that are there). Raises StudyError."""
    store = find_store(study)
    wanted = pointers_at(store, revision) if revision else {s: p.read_bytes() for s, p in pointers(study / RAW).items()}
    if not wanted:
        raise StudyError(f"{study / RAW}: {revision or 'the work tree'} has no .dvc files; `make snapshot` makes them")
    md5s = {source: recorded_md5(content, f"{RAW}/{source}.dvc") for source, content in wanted.items()}
    present = {source: list_folder(study / RAW / source) for source in raw_folders(study)}
    others = sorted(({*present, *pointers(study / RAW)} if revision else set(present)) - set(wanted))
    stale = [source for source in wanted if folder_md5(present.get(source, {})) != md5s[source]]
    with using_remote(store, remote, make=False):
        fetch(store, [md5s[source] for source in stale])
    targets = {source: listed(store.cache, md5s[source]) for source in stale}
    if revision:
        targets |= {source: {} for source in others}
    refuse_losses(store, {source: present.get(source, {}) for source in targets}, targets, md5s)
    for source, files in targets.items():
        rewrite(store, study / RAW / source, present.get(source, {}), files)
    for source in [*wanted, *others] if revision else []:
        put_back(study / RAW / f"{source}.dvc", wanted.get(source))
    told = {source: "restored" if source in stale else "unchanged" for source in wanted}
    told |= dict.fromkeys(others, "removed" if revision else "left as it is")
    report(
        Change(source, what, len(raw_paths(study / RAW / source)), remark_of(what))
        for source, what in sorted(told.items())
    )
    if revision:
        print("data/raw and its .dvc files are as in that revision; `make restore REVISION=HEAD` goes back.")


def remark_of(what: str) -> str:
    """Why a source without a .dvc file was treated so."""
    return {"removed": "not in that revision", "left as it is": "has no snapshot"}.get(what, "")


def pointers_at(store: Store, revision: str) -> dict[str, bytes]:
    """Source -> its .dvc file in a git revision. Raises StudyError for an unknown revision."""
    try:
        commit = git(
            store.study, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        ).strip()
    except StudyError:
        raise StudyError(
            f"REVISION={revision}: git knows no such revision in {store.study}; `git log -- {RAW}` lists the snapshots"
        ) from None
    names = git(store.study, "ls-tree", "-z", "--name-only", commit, f"{RAW}/").split("\0")
    return {Path(name).stem: pointer_at(store, commit, name) for name in names if is_pointer(Path(name))}


def pointer_at(store: Store, commit: str, name: str) -> bytes:
    """Content of a .dvc file in a commit."""
    return git(store.study, "show", f"{commit}:./{name}").encode(errors="surrogateescape")


def ever_committed(store: Store) -> set[str]:
    """Sources that have a .dvc file in any commit of this clone."""
    options = ["--format=", "--name-only", "--relative", "--full-history", "--all", "-z"]
    names = git(store.study, "log", *options, "--", f"{RAW}/").split("\0")
    return {Path(name).stem for name in names if is_pointer(Path(name))}


def committed(store: Store, source: str) -> set[str]:
    """Checksums of the folder of a source in all commits of this clone."""
    name = f"{RAW}/{source}.dvc"
    log = git(store.study, "log", "--format=%H", "--diff-filter=AM", "--full-history", "--all", "--", name)
    found = set()
    for commit in log.split():
        try:
            found.add(recorded_md5(pointer_at(store, commit, name), name))
        except StudyError:
            continue  # a .dvc file that somebody mended later
    return found


def refuse_losses(
    store: Store, present: dict[str, dict[str, str]], targets: dict[str, dict[str, str]], md5s: dict[str, str]
) -> None:
    """Raise StudyError where a file would be replaced or removed that no committed snapshot could bring back."""
    lost = []
    for source, files in targets.items():
        doomed = {name: md5 for name, md5 in present[source].items() if files.get(name) != md5}
        pointer = store.study / RAW / f"{source}.dvc"
        known = committed(store, source) if doomed or pointer.exists() else set()
        kept = {md5 for folder in known for md5 in (listed(store.cache, folder) or {}).values()}
        lost += [
            f"{RAW}/{source}/{name}"
            for name, md5 in doomed.items()
            if md5 not in kept or not is_intact(store.cache, md5)
        ]
        if pointer.exists() and recorded_md5(pointer.read_bytes(), f"{RAW}/{source}.dvc") not in known | {
            md5s.get(source)
        }:
            lost.append(f"{RAW}/{source}.dvc")
    if lost:
        raise StudyError(
            f"{store.study}: {first_five(lost)} would be lost: in no committed snapshot. Nothing was changed. "
            "Keep them with `make snapshot` and git commit, or move them away; then run it again"
        )


def rewrite(store: Store, folder: Path, present: dict[str, str], files: dict[str, str]) -> None:
    """Make a folder hold exactly these files; those that are right already are not touched. Raises StudyError."""
    for left in folder.rglob(f"{TEMPORARY}*"):
        left.unlink()
    for name in present:
        if name not in files:
            (folder / name).unlink()
    for name, md5 in files.items():
        if present.get(name) != md5:
            copy_object(object_path(store.cache, md5), folder / name, md5)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not files and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    if list_folder(folder) != dict(sorted(files.items())):
        raise StudyError(
            f"{folder}: is not what the snapshot says after restoring; does something write there? Run it again"
        )


def copy_object(source: Path, target: Path, md5: str) -> None:
    """Put an object in its place, whole and right. Raises StudyError where it is damaged."""
    content = source.read_bytes()
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise StudyError(f"{source}: is damaged (content and checksum differ); delete it and restore again")
    if target.is_dir():
        shutil.rmtree(target)  # holds no data any more
    replace_file(target, content)


@contextmanager
def gathering_at_rest(raw: Path) -> Iterator[None]:
    """Hold the lock that `snakemake gather` takes on data/raw. Raises StudyError while it downloads."""
    raw.mkdir(parents=True, exist_ok=True)
    handle = os.open(raw, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StudyError(f"{raw}: `snakemake gather` is at work here; wait until it ends") from None
    finally:
        os.close(handle)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Options; the Makefile gives them by the environment, an empty text counts as none."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("action", choices=("take", "restore"))
    for name, default, meaning in (
        ("study", ".", "folder with data/raw (default: .)"),
        ("remote", None, "folder or address to push to or pull from"),
        ("revision", None, "restore: a commit, branch or tag of git"),
    ):
        parser.add_argument(f"--{name}", default=os.environ.get(f"SNAPSHOT_{name.upper()}") or default, help=meaning)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Take or restore a snapshot. Returns the exit status; prints one message on a mistake."""
    options = parse(arguments)
    study = Path(options.study).resolve()
    try:
        if not study.is_dir():
            raise StudyError(f"{options.study}: no such folder; name a folder that holds data/raw (STUDY=...)")
        with study_lock(study), gathering_at_rest(study / RAW):
            if options.action == "take":
                take(study, options.remote)
            else:
                restore(study, options.revision, options.remote)
    except (StudyError, RunError, OSError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; run the same command again, it goes on from what is there.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
