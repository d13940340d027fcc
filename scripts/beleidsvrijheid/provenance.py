"""Where every number comes from: raw files with their checksums, code, packages, seed."""

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "linearmodels", "matplotlib", "pandera", "pyarrow", "python-calamine",
            "snakemake")  # fmt: skip


def file_record(path: Path, source: dict[str, Any], simulated: bool) -> dict[str, Any]:
    """One raw file: its source, checksum and size. `retrieved` is null where it is not known."""
    content = path.read_bytes()
    return {
        "source": source["id"],
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "publisher": "simulated" if simulated else source["publisher"],
        "address": "simulated" if simulated else "manual",
        "licence": "simulated data, free to use" if simulated else source["licence"],
        "citation": None if simulated else source["citation"],
        # ASSUME a file that was put there by hand carries no date of retrieval that can be trusted.
        "retrieved": None,
    }


def versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on."""
    return {name: metadata.version(name) for name in PACKAGES}


def provenance(
    files: dict[str, list[str]],
    sources: dict[str, dict[str, Any]],
    notes: dict[str, Any],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """The content of provenance.json.

    files: source id -> raw files. notes: source id -> what its parser noted (filters of an export, layout, counts).
    settings: git_commit, dvc_revision, seed, data_source and its label.
    """
    simulated = settings["data_source"] == "simulated"
    records = [
        file_record(Path(path), sources[source], simulated) for source in sorted(files) for path in files[source]
    ]
    return {**settings, "raw_files": records, "notes": notes, "packages": versions()}
