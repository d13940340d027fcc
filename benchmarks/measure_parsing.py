"""Time and memory of reading a wide BBC export, beside the least that any reader could do.

Run with `make bench`, or alone. A made-up export in layout A (285 municipalities, 12 years, 150 policy fields, total and
per inhabitant: 1.03 million cells) is read by this pipeline and by `pandas.read_csv(dtype=str)`, each in a process of its
own; then one with ten times as many columns. Peak memory is the process's own (ru_maxrss), libraries included.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MUNICIPALITIES, YEARS, FIELDS, WIDER = 285, 12, 150, 10
REPEATS = 3
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Reading:
    """One reader on one file: best wall time of several, peak memory of its process, cells read."""

    seconds: float
    mebibytes: float
    cells: int


def codes() -> np.ndarray:
    """NIS codes that no real municipality has."""
    return np.array([f"9{number:04d}" for number in range(5001, 5001 + MUNICIPALITIES)])


def inhabitants() -> np.ndarray:
    """Inhabitants of the made-up municipalities, the same in every year."""
    return np.random.default_rng(7).integers(2_000, 60_000, MUNICIPALITIES)


def write_export(path: Path, n_fields: int) -> None:
    """Layout A, every cell filled: amounts in whole euros, per inhabitant in cents."""
    rng, people = np.random.default_rng(8), inhabitants()
    years = np.repeat(np.arange(2014, 2014 + YEARS), n_fields)
    fields = np.tile([f"{100 + number:04d} Beleidsveld {number}" for number in range(n_fields)], YEARS)
    rows = {"Type rapport": ["Jaarrekening"] * len(years), "Status rapport": ["Origineel"] * len(years)}
    rows |= {"Rapportjaar": years, "Boekjaar": years, "Beleidsveld": fields}
    with path.open("w", encoding="utf-8") as file:
        for label, values in rows.items():
            file.write(";".join([label, *(f"{value};{value}" for value in values)]) + "\n")
        file.write("NIS-code" + ";Uitgave;Uitgave per inwoner" * len(years) + "\n")
        for nis, living in zip(codes(), people.tolist(), strict=True):
            amounts = rng.integers(1, 3_000_000, len(years)).tolist()
            cells = (f";{amount:,};{amount / living:,.2f}" for amount in amounts)
            file.write(nis + "".join(cells).translate(str.maketrans(",.", ".,")) + "\n")


def read_here(reader: str, path: Path) -> int:
    """Read the file with one reader in this process; cells read."""
    import pandas as pd

    if reader == "pandas":
        return int(pd.read_csv(path, sep=";", header=None, dtype=str).iloc[6:, 1:].size)
    sys.path.insert(0, str(ROOT / "scripts"))
    from beleidsvrijheid.catalogue import read_sources
    from beleidsvrijheid.sources.bbc import parse
    from beleidsvrijheid.sources.reading import Reference

    catalogue = read_sources((ROOT / "workflow" / "sources.yaml").read_text(encoding="utf-8"))
    names = {f"naam_{vintage}": [f"Gemeente {nis}" for nis in codes()] for vintage in (308, 300, 285)}
    units = pd.DataFrame({f"nis_{vintage}": codes() for vintage in (308, 300, 285)} | names)
    years = np.arange(2014, 2014 + YEARS)
    people = pd.DataFrame(
        {
            "nis": np.repeat(codes(), YEARS),
            "year": np.tile(years, MUNICIPALITIES),
            "population": np.repeat(inhabitants().astype(float), YEARS),
        }
    )
    aliases = pd.DataFrame({"alias": [], "name": [], "reason": []}, dtype=str)
    table = parse([path], catalogue["bbc_accounts_by_field_operating"], Reference(units, aliases, people)).table
    assert table[["spending_eur", "spending_per_inhabitant"]].notna().all(axis=None)
    return int(table[["spending_eur", "spending_per_inhabitant"]].size)


def run_reader(reader: str, path: str) -> None:
    """In a process of its own: read the file and print time, peak memory and cells as JSON."""
    import pandas  # noqa: F401  both readers start with it loaded

    began = time.perf_counter()
    cells = read_here(reader, Path(path))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "mebibytes": peak / MEBIBYTE, "cells": cells}))


def fresh(reader: str, path: Path, repeats: int = REPEATS) -> Reading:
    """The best of several fresh processes."""
    command = [sys.executable, __file__, "--reader", reader, "--file", str(path)]
    runs = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(repeats)
    ]
    return Reading(min(run["seconds"] for run in runs), max(run["mebibytes"] for run in runs), int(runs[0]["cells"]))


def measure() -> dict[str, Reading]:
    """Both readers on the export, and this pipeline's on the one that is ten times as wide."""
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-parse-") as folder:
        narrow, wide = Path(folder) / "export.csv", Path(folder) / "wide.csv"
        write_export(narrow, FIELDS)
        write_export(wide, FIELDS * WIDER)
        return {
            "pandas": fresh("pandas", narrow),
            "ours": fresh("ours", narrow),
            "pandas_wide": fresh("pandas", wide, 1),
            "ours_wide": fresh("ours", wide),
        }


if __name__ == "__main__":
    if "--reader" in sys.argv:
        run_reader(sys.argv[sys.argv.index("--reader") + 1], sys.argv[sys.argv.index("--file") + 1])
    else:
        for name, reading in measure().items():
            print(f"{name}: {reading.seconds:.3f} s, {reading.mebibytes:.0f} MiB, {reading.cells} cells")
