"""On which geography a publisher's file is, told by the codes it holds, and whether the names beside them agree."""

import re
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, NameIndex, normalised, vintage_of_year
from beleidsvrijheid.sources.reading import Reference, check

_LISTED = 5


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


def check_names(table: pd.DataFrame, reference: Reference) -> dict[str, Any]:
    """Compare the name printed beside every code with the names the code has: they slid apart where they disagree.

    table: nis, vintage, name (text; blank where none), place (file, sheet and row, for messages). A name agrees where any
    vintage has that code by that name or an alias of it, with or without bracket and prefix of the board. Raises
    StudyError on the name of another municipality, naming place, code and both names. Returns the account.
    """
    # ASSUME a name that no municipality of the vintage has (another language, a board, a later merger) is counted, not
    # refused: the code stands, and a column that slid shows in the names that are known.
    named = table[table["name"] != ""]
    pairs = named[["nis", "vintage", "name"]].drop_duplicates()
    indices = {vintage: reference.names(vintage) for vintage in VINTAGES}
    verdicts = [_verdict(*pair, indices) for pair in pairs.itertuples(index=False)]
    judged = named.merge(pairs.assign(verdict=verdicts), on=["nis", "vintage", "name"], validate="many_to_one")
    wrong, unknown = judged[judged["verdict"] == "other"], judged[judged["verdict"] == "unknown"]
    if len(wrong):
        _refuse_name(wrong.iloc[0], len(wrong), reference, indices)
    names = sorted(unknown["name"].unique())
    listed = ", ".join(repr(name) for name in names[:_LISTED]) + (" and more" if len(names) > _LISTED else "")
    reason = f"names that no municipality has, so that only the code counts: {listed or 'none'}"
    reason += f"; rows without a name: {len(table) - len(named)}" if len(named) < len(table) else ""
    return check("names agree with codes", len(named), len(unknown), reason)


def _bearers(index: NameIndex, name: str) -> set[str]:
    """Codes of a name, of all its homonyms where they differ in the bracket only."""
    bare = normalised(re.sub(r"\s*\(.*\)", "", name))
    exact = {index.full[key] for key in (normalised(name), bare) if key in index.full}
    return exact | set(index.bare.get(bare, []))


def _verdict(nis: str, vintage: int, name: str, indices: dict[int, NameIndex]) -> str:
    if any(nis in _bearers(index, name) for index in indices.values()):
        return "same"
    return "other" if _bearers(indices[vintage], name) else "unknown"


def _refuse_name(row: pd.Series, n_rows: int, reference: Reference, indices: dict[int, NameIndex]) -> None:
    vintage = row["vintage"]
    own = reference.units.loc[reference.units[f"nis_{vintage}"] == row["nis"], f"naam_{vintage}"]
    others = ", ".join(sorted(_bearers(indices[vintage], row["name"])))
    is_own = repr(own.iloc[0]) if len(own) else "no municipality"
    raise StudyError(
        f"{row['place']}: NIS code {row['nis']} is {is_own}, but the name beside it is {row['name']!r}, which is {others} "
        f"({n_rows} such rows); codes and names have slid apart: correct the file or download it again"
    )
