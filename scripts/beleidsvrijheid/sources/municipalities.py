"""The list of municipalities: one row per municipality of 2018 with its codes and names in the three vintages."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import check_mergers
from beleidsvrijheid.sources.reading import read_table

# The publisher dates a vintage by year; the study by its number of municipalities.
_COLUMNS = {
    "nis_2018": "nis_308", "nis_2019": "nis_300", "nis_2025": "nis_285",
    "naam_2018": "naam_308", "naam_2019": "naam_300", "naam_2025": "naam_285",
    "prov_2018": "province_308", "prov_2025": "province_285",
}  # fmt: skip


def parse(path: Path, mergers_path: Path) -> pd.DataFrame:
    """Units with nis_*, naam_*, province_* columns, checked against the table of mergers.

    Raises StudyError on a missing column, a malformed or doubled code, or a merger the table does not know.
    """
    table = read_table(path)
    missing = [name for name in _COLUMNS if name not in table]
    if missing:
        raise StudyError(f"{path.name}: column {missing[0]!r} is missing; needed: {', '.join(_COLUMNS)}")
    units = table[list(_COLUMNS)].rename(columns=_COLUMNS)
    for column in ("nis_308", "nis_300", "nis_285"):
        bad = units.loc[~units[column].str.fullmatch(r"\d{5}"), column]
        if len(bad):
            raise StudyError(
                f"{path.name}: {column}: {bad.iloc[0]!r} in row {bad.index[0] + 2} is not a code of five digits"
            )
    if units["nis_308"].duplicated().any():
        twice = units.loc[units["nis_308"].duplicated(), "nis_308"].iloc[0]
        raise StudyError(f"{path.name}: municipality {twice} occurs twice; keep one row")
    check_mergers(units, read_table(mergers_path, ","))
    return units.sort_values("nis_308", ignore_index=True)
