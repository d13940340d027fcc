"""Cut the harmonised tables of 48 simulated municipalities out of a finished tiny study: python cut.py STUDY_FOLDER.

Every sixth municipality by code, euros and votes in whole numbers, plans and accounts to 2023: small enough to keep.
"""

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent


def main(study: Path) -> None:
    """Write the tables beside this file."""
    units = pd.read_parquet(study / "data/processed/units.parquet")
    kept = set(sorted(units["nis_285"].unique())[::6])
    units[units["nis_285"].isin(kept)].to_parquet(HERE / "units.parquet", index=False, compression="zstd")
    for path in sorted((study / "data/processed/harmonised").glob("*.parquet")):
        table = pd.read_parquet(path)
        if "nis" in table:
            table = table[table["nis"].isin(kept)]
        if "year" in table:
            table = table[table["year"] <= 2023]
        whole = [name for name in table if name.endswith("_eur") and table[name].dtype == "float64"]
        table = table.assign(**{name: table[name].round() for name in whole})
        table.to_parquet(HERE / path.name, index=False, compression="zstd", compression_level=15)
    near = pd.read_parquet(study / "data/processed/neighbours.parquet")
    near[near.isin(kept).all(axis=1)].to_parquet(HERE / "neighbours.parquet", index=False, compression="zstd")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
