"""Receipts of downloads: gathered.json beside the files of a source, and the work folder in which files wait for them."""

import fcntl
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from beleidsvrijheid.catalogue import Address
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering.client import Body, checksum
from beleidsvrijheid.gathering.failures import Failure
from beleidsvrijheid.rawfiles import RECEIPTS

WORK = ".gather"


@dataclass(frozen=True)
class Receipt:
    """Where a file came from.

    address: as in the catalogue. retrieved: UTC, to the second. verified: the catalogue's word on when that address
    was last opened. mirror: base address of the mirror that gave it, or None.
    """

    address: str
    retrieved: str
    sha256: str
    bytes: int
    verified: str
    mirror: str | None

    @classmethod
    def of(cls, address: str, body: Body, verified: str, mirror: str | None) -> "Receipt":
        """A receipt dated now; nothing else of a run depends on the clock."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return cls(address, now, body.sha256, body.size, verified, mirror)


def read_receipts(path: Path) -> dict[str, Receipt]:
    """File name -> receipt; empty where there is no such file. Raises StudyError where it cannot be read."""
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): Receipt(**entry) for name, entry in entries.items()}
    except (ValueError, TypeError, AttributeError) as problem:
        raise StudyError(
            f"{path}: not readable as receipts of downloads ({str(problem)[:80]}); delete it to treat the files beside it "
            "as put there by hand, or delete the files as well to gather them again"
        ) from None


def _settle(content: bytes, path: Path, work: Path) -> None:
    """Write in the work folder, flush to disk, move in one step."""
    work.mkdir(parents=True, exist_ok=True)
    waiting = work / f"{path.name}.new"
    with open(waiting, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(waiting, path)


def _as_json(receipts: dict[str, Receipt]) -> bytes:
    entries = {name: asdict(receipts[name]) for name in sorted(receipts)}
    return (json.dumps(entries, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


class Workplace:
    """The hidden folder of a source in which files are complete before they take their places together.

    It outlives a killed run, so that what was complete is not asked for twice, and no other run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / WORK
        self._ledger = self.work / "staged.json"
        self.staged: dict[str, Receipt] = {}
        self._lock = threading.Lock()

    def resume(self) -> None:
        """Take up what a killed run left: files that are as their receipts say, and answers in parts."""
        if not self.work.is_dir():
            return
        for left in [*self.work.rglob("*.part"), *self.work.rglob("*.new")]:
            left.unlink()
        with suppress(StudyError):
            staged = read_receipts(self._ledger)
            self.staged = {name: one for name, one in staged.items() if is_as_received(self.work / name, one)}

    def parts_of(self, address: Address) -> Path:
        """A folder for the parts of one answer; another one when the catalogue says otherwise."""
        mark = hashlib.sha256(address.model_dump_json().encode("utf-8")).hexdigest()[:16]
        folder = self.work / mark
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def path(self, name: str) -> Path:
        """Where a file waits."""
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work / name

    def stage(self, name: str, receipt: Receipt) -> None:
        """A file is complete: remember it across a kill."""
        _flush(self.path(name))
        with self._lock:
            self.staged = {**self.staged, name: receipt}
            _settle(_as_json(self.staged), self._ledger, self.work)

    def commit(self, names: list[str]) -> None:
        """Put files in place. The receipts come first: a kill between leaves a receipt without its file, not the reverse.

        Raises Failure, with everything as before, where a file of that name has come meanwhile.
        """
        if not names:
            return
        for name in names:
            _require_free(self.folder / name)
        path = self.folder / RECEIPTS
        before = read_receipts(path)
        known = {name: one for name, one in before.items() if (self.folder / name).exists()}
        _settle(_as_json(known | {name: self.staged[name] for name in names}), path, self.work)
        placed: list[str] = []
        try:
            for name in names:
                _place(self.work / name, self.folder / name)
                placed.append(name)
        except Failure:
            for name in placed:
                os.replace(self.folder / name, self.work / f"{name}.new")
            _settle(_as_json(before), path, self.work)
            raise

    def clear(self) -> None:
        """Remove the work folder, and the source's folder where nothing is in it."""
        shutil.rmtree(self.work, ignore_errors=True)
        with suppress(OSError):
            self.folder.rmdir()


def is_as_received(path: Path, receipt: Receipt) -> bool:
    """Whether a file is there and is, to the byte, what was downloaded."""
    return path.is_file() and path.stat().st_size == receipt.bytes and checksum(path) == receipt.sha256


def _require_free(path: Path) -> None:
    if os.path.lexists(path):
        raise Failure(f"{path} was put there meanwhile; it is kept, and counts as put there by hand from now on")


def _place(waiting: Path, path: Path) -> None:
    """A file takes its place if nothing is there: a link, unlike a move, replaces nothing."""
    try:
        os.link(waiting, path)
    except FileExistsError:
        _require_free(path)
        raise
    except OSError:
        # A file system without links; what is put there between these two lines would be lost.
        _require_free(path)
        os.replace(waiting, path)


def _flush(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


@contextmanager
def alone(raw: Path) -> Iterator[None]:
    """One gathering at a time per study folder; the lock goes with the process, also after a kill -9."""
    try:
        raw.mkdir(parents=True, exist_ok=True)
        handle = os.open(raw, os.O_RDONLY)
    except OSError as problem:
        raise StudyError(f"{raw}: cannot be used as the folder of raw files: {problem.strerror}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"{raw}: another `snakemake gather` is at work here; wait until it ends, or stop it"
            raise StudyError(text) from None
        yield
    finally:
        os.close(handle)
