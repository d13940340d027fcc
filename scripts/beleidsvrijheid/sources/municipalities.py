"""The list of municipalities: one row per municipality of 2018 with its codes and names in the three vintages."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, check_mergers
from beleidsvrijheid.sources import refnis
from beleidsvrijheid.sources.reading import Parsed, check, read_table
from beleidsvrijheid.sources.refnis import FIRST_DAYS

# The publisher dates a vintage by year; the study by its number of municipalities.
_COLUMNS = {
    "nis_2018": "nis_308", "nis_2019": "nis_300", "nis_2025": "nis_285",
    "naam_2018": "naam_308", "naam_2019": "naam_300", "naam_2025": "naam_285",
    "prov_2018": "province_308", "prov_2025": "province_285",
}  # fmt: skip
_MERGERS = ["valid_from", "nis_old", "name_old", "nis_new", "name_new"]


def choose(paths: list[Path]) -> Path:
    """The file to read: the register (REFNIS in its name) if there is one, else the one crosswalk; never the mergers.

    Raises StudyError where there are two of a kind, or none.
    """
    others = [path for path in paths if path.name != "mergers.csv"]
    registers = [path for path in others if "refnis" in path.name.casefold()]
    candidates = registers or others
    if len(candidates) != 1:
        names = ", ".join(path.name for path in candidates) or "none"
        raise StudyError(
            f"municipalities: {len(candidates)} files ({names}) where one is expected; keep one in data/raw/municipalities/"
        )
    return candidates[0]


def read(path: Path, mergers_path: Path) -> Parsed:
    """Units with nis_*, naam_*, province_* columns, checked against the table of mergers, with an account of rows.

    path: REFNIS (zip or text) or a CSV crosswalk. Raises StudyError on a missing column, a malformed or doubled code, or
    a merger the table does not know.
    """
    mergers = read_table(mergers_path, ",")
    missing = [name for name in _MERGERS if name not in mergers]
    if missing:
        raise StudyError(f"{mergers_path.name}: column {missing[0]!r} is missing; needed: {', '.join(_MERGERS)}")
    _check_mergers_table(mergers, mergers_path.name)
    if path.suffix.lower() in (".xlsx", ".xls"):
        raise StudyError(f"{path.name}: a workbook; download the text of the register instead (TU_COM_REFNIS.zip)")
    if path.suffix.lower() != ".csv":
        return refnis.parse(path, mergers)
    units = _crosswalk(path, mergers)
    return Parsed(units, [check("rows read", len(units), 0, "our own crosswalk", kind="rows", file=path.name)])


def _check_mergers_table(mergers: pd.DataFrame, name: str) -> None:
    """Raise StudyError on a row whose day or code is none: it would be passed over without a word."""
    days = [day for vintage, day in FIRST_DAYS.items() if vintage != VINTAGES[0]]
    for column, fits, words in (
        ("valid_from", mergers["valid_from"].isin(days), f"one of {', '.join(days)}"),
        ("nis_old", mergers["nis_old"].str.fullmatch(r"[0-9]{5}"), "a code of five digits"),
        ("nis_new", mergers["nis_new"].str.fullmatch(r"[0-9]{5}"), "a code of five digits"),
    ):
        wrong = ~fits.astype(bool)
        if wrong.any():
            row = wrong.idxmax()
            raise StudyError(f"{name}: row {row + 2}: {column}: {mergers.at[row, column]!r} is not {words}; correct it")


def parse(path: Path, mergers_path: Path) -> pd.DataFrame:
    """The units alone, as `read` gives them."""
    return read(path, mergers_path).table


def _crosswalk(path: Path, mergers: pd.DataFrame) -> pd.DataFrame:
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
    check_mergers(units, mergers)
    return units.sort_values("nis_308", ignore_index=True)
