"""On which geography a publisher's file is, told by the codes it holds."""

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, vintage_of_year


def codes_of(units: pd.DataFrame, vintage: int) -> set[str]:
    """NIS codes of one vintage."""
    return set(units[f"nis_{vintage}"])


def fitting(codes: set[str], units: pd.DataFrame) -> list[int]:
    """Vintages that have every one of the codes, finest first."""
    return [vintage for vintage in VINTAGES if codes <= codes_of(units, vintage)]


def vintage_by_codes(table: pd.DataFrame, units: pd.DataFrame, where: str) -> pd.Series:
    """Vintage of every row of `table` (nis, year, row: its number in the file): the one that has all its codes.

    A table recast on one geography has one vintage; otherwise each year has its own. Where several vintages have all the
    codes (no municipality of a merger among them), it is the one in force in the year, or the nearest to it. Raises
    StudyError where the codes of one year are on no single vintage, naming codes of two.
    """
    whole = fitting(set(table["nis"]), units)
    result = pd.Series(0, index=table.index)
    for year, rows in table.groupby("year", sort=True):
        candidates = whole or fitting(set(rows["nis"]), units)
        if not candidates:
            _refuse_mixed(rows, units, f"{where}: {year}")
        in_force = VINTAGES.index(vintage_of_year(int(year)))
        result[rows.index] = min(candidates, key=lambda one: abs(VINTAGES.index(one) - in_force))
    return result


def _refuse_mixed(rows: pd.DataFrame, units: pd.DataFrame, where: str) -> None:
    codes = set(rows["nis"])
    strange = {vintage: sorted(codes - codes_of(units, vintage)) for vintage in VINTAGES}
    best = min(VINTAGES, key=lambda vintage: len(strange[vintage]))
    code = strange[best][0]
    homes = [str(vintage) for vintage in VINTAGES if code in codes_of(units, vintage)]
    home = f"it is one of the {' or '.join(homes)}" if homes else "no geography has it"
    row = rows.loc[rows["nis"] == code, "row"].iloc[0]
    raise StudyError(
        f"{where}: NIS code {code} (row {row}) is none of the {best} municipalities that the other codes are on; {home}. "
        "One table and year must be on one geography: correct the code or split the file"
    )
