"""One source of the catalogue: what is there already, what is to be downloaded, what is left to people."""

import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from beleidsvrijheid.catalogue import Address, Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering.collecting import KeyAbsent, Means, collect
from beleidsvrijheid.gathering.failures import Failure
from beleidsvrijheid.gathering.receipts import Receipt, Workplace, is_as_received, read_receipts
from beleidsvrijheid.rawfiles import RECEIPTS, TIDY, files_in

GATHERED, KEPT, EDITED, HAND, GIVEN = "gathered", "kept", "edited", "present by hand", "given in config.yaml"
ABSENT, FAILED = "to be dropped by hand", "failed"


@dataclass(frozen=True)
class Line:
    """One line of the account: a file, or a part of a source that has none.

    reasons: (address, what is wrong with it) of a part that has none.
    """

    source: str
    part: str
    file: str
    status: str
    address: str = ""
    sha256: str = ""
    bytes: int | None = None
    message: str = ""
    reasons: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, source: Source, part: str, file: str, status: str, receipt: Receipt, message: str = "") -> "Line":
        return cls(source.id, part, file, status, receipt.address, receipt.sha256, receipt.bytes, message)


def gather_source(source: Source, folder: Path, means: Means) -> list[Line]:
    """Bring the files of a source into its folder: all of them or, where an address fails, none.

    Never replaces a file. A run that is stopped leaves its work folder to the next one.
    """
    work = Workplace(folder)
    try:
        lines = _lines(source, folder, work, means)
    except StudyError as mistake:
        lines = [Line(source.id, "", "", FAILED, message=str(mistake))]
    except OSError as problem:
        lines = [Line(source.id, "", "", FAILED, message=f"{folder}: {problem.strerror or problem}")]
    except Exception as problem:  # noqa: BLE001 - an answer nobody thought of must not end the gathering of all others
        means.client.journal.note(f"{source.id}: {traceback.format_exc()}")
        told = (
            f"{type(problem).__name__}: {str(problem)[:200]} (unexpected; results/logs/gather_attempts.log has where)"
        )
        lines = [Line(source.id, "", "", FAILED, message=means.client.journal.clean(told))]
    if not means.client.stopped.is_set():
        work.clear()
    return lines


def _lines(source: Source, folder: Path, work: Workplace, means: Means) -> list[Line]:
    receipts = read_receipts(folder / RECEIPTS)
    known = {name for address in source.addresses for name in address.files}
    kept = [
        _state(source, "", name, folder, receipt)
        for name, receipt in sorted(receipts.items())
        if (folder / name).is_file()
    ]
    by_hand = _put_by_hand(source, folder, receipts)
    if by_hand - known:  # which part such a file is nobody can tell
        return kept + [Line(source.id, "", name, HAND) for name in sorted(by_hand)]
    if not source.addresses:
        return kept or [Line(source.id, "", "", ABSENT)]
    work.resume()
    others = [line for line in kept if line.file not in known]
    return others + _gather_parts(source, folder, receipts, work, means)


def _put_by_hand(source: Source, folder: Path, receipts: dict[str, Receipt]) -> set[str]:
    """Files without a receipt: what the source's patterns find, and what stands where a download would go."""
    if (folder / TIDY).is_file():
        return {TIDY}
    found = {Path(path).name for path in files_in(folder, source)}
    found |= {name for address in source.addresses for name in address.files if os.path.lexists(folder / name)}
    return found - set(receipts)


def _state(source: Source, part: str, name: str, folder: Path, receipt: Receipt, pinned: str | None = None) -> Line:
    if not is_as_received(folder / name, receipt):
        return Line.of(source, part, name, EDITED, receipt, "no longer what was downloaded; kept as it is")
    other = "the catalogue pins another checksum; delete the file to gather it again"
    return Line.of(source, part, name, KEPT, receipt, other if pinned not in (None, receipt.sha256) else "")


def _gather_parts(
    source: Source, folder: Path, receipts: dict[str, Receipt], work: Workplace, means: Means
) -> list[Line]:
    lines, new = [], []
    for part, addresses in source.parts.items():
        there = {name for address in addresses for name in address.files if os.path.lexists(folder / name)}
        by_hand = there - set(receipts)
        lines += [Line(source.id, part, name, HAND) for name in sorted(by_hand)]
        # A part that has files from one address is completed from that one: two would tell the same twice.
        chosen = [address for address in addresses if there & set(address.files)][:1] or addresses
        for name in sorted(there - by_hand):
            pin = next((one.sha256.get(name) for one in chosen if name in one.files), None)
            lines.append(_state(source, part, name, folder, receipts[name], pin))
        wanted = [(address, [name for name in address.files if name not in there]) for address in chosen]
        if by_hand or (there and not wanted[0][1]):
            continue
        names, problem = _first_that_gives(source, wanted, work, means)
        new += [(part, name) for name in names]
        lines += [problem] if problem else []
    if any(line.status == FAILED for line in lines):
        return lines
    try:
        work.commit([name for _, name in new])
    except Failure as problem:
        return [*lines, Line(source.id, "", "", FAILED, message=str(problem))]
    return lines + [Line.of(source, part, name, GATHERED, work.staged[name]) for part, name in new]


def _first_that_gives(
    source: Source, wanted: list[tuple[Address, list[str]]], work: Workplace, means: Means
) -> tuple[list[str], Line | None]:
    """Names of the files of the first address that gives them; or what every address said instead."""
    journal, reasons, only_keys = means.client.journal, [], True
    for number, (address, names) in enumerate(wanted, start=1):
        try:
            open_ = [name for name in names if name not in work.staged]
            if open_:
                collect(source, address, open_, work, means)
            return names, None
        except KeyAbsent as problem:
            reasons.append((address.url, journal.clean(str(problem))))
        except Failure as problem:
            only_keys = False
            reasons.append((address.url, journal.clean(str(problem))))
            tell = journal.say if number < len(wanted) else journal.note
            tell(f"{source.id}: not from {address.url}: {problem}")
    part, url = wanted[0][0].part, wanted[0][0].url
    status = ABSENT if only_keys else FAILED
    told = "; ".join(f"{url}: {reason}" for url, reason in reasons)
    return [], Line(source.id, part, "", status, url, message=told, reasons=tuple(reasons))
