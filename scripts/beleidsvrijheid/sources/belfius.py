"""Belfius socio-economic typology: cluster per municipality of 2018, misprints mended by a reviewed list beside it."""

import re
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_table
from beleidsvrijheid.sources.tables import parse_table

CLUSTERS = [f"V{number}" for number in range(1, 17)]
CORRECTIONS = "corrections.csv"
_CORRECTION_COLUMNS = ["nis_2018", "column", "printed", "corrected", "reason"]


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, cluster (V1..V16). Raises StudyError on a label that is no cluster and that no correction mends."""
    lists = [path for path in paths if path.name != CORRECTIONS]
    if len(lists) != 1:
        raise StudyError(f"{source.id}: {len(lists)} lists where one is expected; keep one in data/raw/{source.id}/")
    path = lists[0]
    beside = path.with_name(CORRECTIONS)
    corrections_path = beside if beside.is_file() else None
    parsed = parse_table(path, source, reference)
    table = parsed.table.assign(cluster=parsed.table["cluster"].str.strip())
    corrected = 0
    if corrections_path is not None:
        table, corrected = apply_corrections(table, read_table(corrections_path), corrections_path.name)
    wrong = table[~table["cluster"].isin(CLUSTERS)]
    if len(wrong):
        case = wrong.iloc[0]
        raise StudyError(
            f"{path.name}: {case['nis']}: cluster {case['cluster']!r} does not exist; allowed: V1 to V16. "
            "Add a row to corrections.csv beside the file (nis_2018, column, printed, corrected, reason)"
        )
    if table["nis"].duplicated().any():
        raise StudyError(
            f"{path.name}: {table.loc[table['nis'].duplicated(), 'nis'].iloc[0]} occurs twice; keep one row"
        )
    counted = check(
        "misprints corrected",
        len(table),
        corrected,
        "corrections.csv beside the source",
        kind="rows",
        file=path.name,
    )
    return Parsed(table, [*parsed.checks, counted], parsed.notes)


def apply_corrections(table: pd.DataFrame, corrections: pd.DataFrame, name: str) -> tuple[pd.DataFrame, int]:
    """Replace printed by corrected labels. Raises StudyError where the file no longer prints what the list says."""
    missing = [column for column in _CORRECTION_COLUMNS if column not in corrections]
    if missing:
        raise StudyError(f"{name}: column {missing[0]!r} is missing; needed: {', '.join(_CORRECTION_COLUMNS)}")
    fixed = table.copy()
    for row in corrections.itertuples(index=False):
        at = fixed["nis"] == row.nis_2018
        if row.column not in fixed or not (fixed.loc[at, row.column] == row.printed).any():
            raise StudyError(
                f"{name}: {row.nis_2018}: the source does not print {row.printed!r} in {row.column}; drop the row"
            )
        fixed.loc[at, row.column] = row.corrected
    return fixed, len(corrections)


def cluster_number(labels: pd.Series) -> pd.Series:
    """V7 -> 7."""
    return labels.map(lambda label: int(re.sub(r"\D", "", label)))


def family(numbers: pd.Series) -> pd.Series:
    """Families of study.md: 1 residential V1-V5, 2 rural V6-V8, 3 economic V9-V12, 4 urbanised V13-V14, 5 cities, 6 coast."""
    return pd.cut(numbers, [0, 5, 8, 12, 14, 15, 16], labels=[1, 2, 3, 4, 5, 6]).astype(int)
