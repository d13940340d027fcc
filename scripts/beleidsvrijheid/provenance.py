"""Where every number comes from: raw files with their checksums, code, packages, seed."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.rawfiles import OWN, RECEIPTS
from beleidsvrijheid.snapshots import snapshot_record
from beleidsvrijheid.versions import versions


def read_receipts(folder: Path) -> dict[str, dict[str, Any]]:
    """File -> what its download was, from the receipts beside the files of a source; empty where nothing was downloaded.

    Raises StudyError where the receipts cannot be read.
    """
    path = folder / RECEIPTS
    if not path.is_file():
        return {}
    try:
        receipts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        receipts = None
    if not isinstance(receipts, dict) or not all(isinstance(entry, dict) for entry in receipts.values()):
        raise StudyError(
            f"{path}: is not a list of downloads as `snakemake gather` writes it (file: address, retrieved, sha256); "
            "delete it and gather again, or delete it and the files count as put there by hand"
        )
    return receipts


def origin(sha256: str, receipt: dict[str, Any]) -> dict[str, Any]:
    """Address, date and mirror of a file, where its receipt is about this very content."""
    if receipt.get("sha256") != sha256:
        # ASSUME a file that was put there by hand carries no date of retrieval that can be trusted.
        return {"address": "manual", "retrieved": None, "mirror": None}
    return {key: receipt.get(key) for key in ("address", "retrieved", "mirror")}


def file_record(path: Path, source: dict[str, Any], receipt: dict[str, Any], simulated: bool) -> dict[str, Any]:
    """One raw file: its source, checksum, size and origin. `retrieved` is null where it is not known."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    nowhere = {"address": "simulated", "retrieved": None, "mirror": None}
    return {
        "source": source["id"],
        "file": path.name,
        "sha256": sha256,
        "bytes": len(content),
        "publisher": "simulated" if simulated else source["publisher"],
        "licence": "simulated data, free to use" if simulated else source["licence"],
        "citation": None if simulated else source["citation"],
        **(nowhere if simulated else origin(sha256, receipt)),
    }


def source_records(paths: list[str], source: dict[str, Any], raw: Path, simulated: bool) -> list[dict[str, Any]]:
    """One record per raw file of a source, in the order of its paths. raw: the folder data/raw of the study."""
    folder = raw / source["id"]
    receipts = {} if simulated else read_receipts(folder)
    receipt_of = {folder / name: receipt for name, receipt in receipts.items()}
    return [file_record(Path(path), source, receipt_of.get(Path(path), {}), simulated) for path in paths]


def git_commit(root: Path) -> str | None:
    """The project's commit, marked where the tree was edited; None outside git."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty", "--match="]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def provenance(
    files: dict[str, list[str]],
    sources: dict[str, dict[str, Any]],
    notes: dict[str, Any],
    settings: dict[str, Any],
    raw: Path,
    snapshot: str | None,
) -> dict[str, Any]:
    """The content of provenance.json.

    files: source id -> raw files. notes: source id -> what its parser noted (filters of an export, layout, counts).
    settings: git_commit, seed, data_source and its label. raw: the folder data/raw of the study. snapshot: the commit
    that holds the .dvc files of that folder. Simulated data have no snapshot. Raises StudyError for a damaged .dvc file
    or damaged receipts.
    """
    simulated = settings["data_source"] == "simulated"
    records = [
        record
        for source in sorted(files)
        for record in source_records(files[source], sources[source], raw, simulated and source != OWN)
    ]
    taken = {"dvc_revision": None, "dvc_folders": {}} if simulated else snapshot_record(raw, files, snapshot)
    return {**settings, **taken, "raw_files": records, "notes": notes, "packages": versions()}
