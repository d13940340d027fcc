"""REFNIS, the register of municipalities: every code with its parent and the days between which it was valid."""

import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, check_mergers
from beleidsvrijheid.sources.reading import Parsed, check
from beleidsvrijheid.sources.statbel_text import read_pipes

REGION, PROVINCE, ARRONDISSEMENT, MUNICIPALITY = "1", "2", "3", "4"
FLANDERS = "02000"
FIRST_DAYS = {308: "2018-01-01", 300: "2019-01-01", 285: "2025-01-01"}
_COLUMNS = {
    "LVL_REFNIS": "level",
    "CD_REFNIS": "nis",
    "CD_SUP_REFNIS": "parent",
    "TX_REFNIS_NL": "name",
    "DT_VLDT_START": "first",
    "DT_VLDT_END": "last",
}
# What every cell of a column must look like, and how a message says so.
_PATTERNS = {
    "LVL_REFNIS": (r"[1-4]", "a level from 1 to 4"),
    "CD_REFNIS": (r"\d{5}", "a code of five digits"),
    "CD_SUP_REFNIS": (r"\d{5}|-", "a code of five digits, or -"),
    "TX_REFNIS_NL": (r".*\S.*", "a name"),
    "DT_VLDT_START": (r"\d{2}/\d{2}/\d{4}", "a date as dd/mm/yyyy"),
    "DT_VLDT_END": (r"\d{2}/\d{2}/\d{4}", "a date as dd/mm/yyyy"),
}


def parse(path: Path, mergers: pd.DataFrame) -> Parsed:
    """Units (nis_*, naam_*, province_*) of the Flemish municipalities of 2018, 2019 and 2025, and what was left out.

    mergers: valid_from, nis_old, nis_new, name_new, all text; which municipalities merged into which, and the names of
    2025 where the register ends before. Raises StudyError where register and mergers disagree, naming the code.
    """
    text = read_pipes(path, _COLUMNS)
    register = _register(text.table, text.name)
    days = {vintage: on_day(register, day, text.name) for vintage, day in FIRST_DAYS.items()}
    units = _merged(days, mergers, text.name)
    used = int(register["nis"].isin(pd.concat([days[vintage].index.to_series() for vintage in VINTAGES])).sum())
    reason = "other regions, other levels, municipalities that ended before 2018"
    checks = [
        *text.account,
        check("rows left out", len(register), len(register) - used, reason, kind="rows", file=text.name),
        _source_of_2025(days, text.name),
    ]
    return Parsed(units, checks, {path.name: {"layout": "refnis", "rows": len(register), "encoding": text.encoding}})


def _register(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Columns level, nis, parent, name, first, last; dates as YYYY-MM-DD, which sort as text (9999 included)."""
    table = table.apply(lambda column: column.str.strip())
    for column, (pattern, expected) in _PATTERNS.items():
        bad = ~table[column].str.fullmatch(pattern)
        if bad.any():
            row = int(bad.idxmax())
            raise StudyError(f"{where}: row {row + 2}: {column}: {table[column][row]!r} is not {expected}")
    for column in ("DT_VLDT_START", "DT_VLDT_END"):
        days = {text: _iso(text) for text in table[column].unique()}
        wrong = [text for text, day in days.items() if day is None]
        if wrong:
            row = int((table[column] == wrong[0]).idxmax())
            raise StudyError(f"{where}: row {row + 2}: {column}: {wrong[0]!r} is no day of the calendar (dd/mm/yyyy)")
        table[column] = table[column].map(days)
    register = table.rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    backwards = register["first"] > register["last"]
    if backwards.any():
        row = int(backwards.idxmax())
        raise StudyError(f"{where}: row {row + 2}: {register['nis'][row]} ends before it begins; correct the dates")
    return register


def _iso(text: str) -> str | None:
    day, month, year = text.split("/")
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def on_day(register: pd.DataFrame, day: str, where: str) -> pd.DataFrame:
    """The Flemish municipalities on one day: name and province by code. A province without a region is outside.

    Raises StudyError on a code that is valid twice on that day, or whose arrondissement is not in the register.
    """
    valid = register[(register["first"] <= day) & (register["last"] >= day)]
    twice = valid.duplicated(["level", "nis"])
    if twice.any():
        raise StudyError(f"{where}: {valid.loc[twice, 'nis'].iloc[0]} is valid twice on {day}; keep one row")
    parents = {level: rows.set_index("nis")["parent"] for level, rows in valid.groupby("level")}
    places = valid[valid["level"] == MUNICIPALITY].set_index("nis")
    province = places["parent"].map(parents.get(ARRONDISSEMENT, pd.Series(dtype=str)))
    if province.isna().any():
        nis = province.index[province.isna()][0]
        raise StudyError(
            f"{where}: {nis} lies in {places.at[nis, 'parent']}, which is no arrondissement on {day}; complete the register"
        )
    known = set(valid.loc[valid["level"].isin([REGION, PROVINCE]), "nis"])
    if not province.isin(known).all():
        nis = province[~province.isin(known)].iloc[0]
        raise StudyError(f"{where}: {nis} is no province or region on {day}; complete the register")
    region = province.map(parents.get(PROVINCE, pd.Series(dtype=str)))
    return pd.DataFrame({"name": places["name"], "province": province})[region == FLANDERS].sort_index()


def _merged(days: dict[int, pd.DataFrame], mergers: pd.DataFrame, where: str) -> pd.DataFrame:
    """One row per municipality of 2018, followed through both waves and compared with the register on both days."""
    nis_308 = days[308].index.to_series(index=range(len(days[308])))
    if nis_308.empty:
        raise StudyError(
            f"{where}: no municipality of region {FLANDERS} on {FIRST_DAYS[308]}; download the full register"
        )
    nis_300 = _followed(nis_308, mergers, 300, where)
    _compare(nis_300, days[300], 300, where)
    nis_285 = _followed(nis_300, mergers, 285, where)
    newest = _newest(days, nis_285, mergers, where) if _ends_before_2025(days) else days[285]
    _compare(nis_285, newest, 285, where)
    units = pd.DataFrame({"nis_308": nis_308, "nis_300": nis_300, "nis_285": nis_285})
    for vintage, table in ((308, days[308]), (300, days[300]), (285, newest)):
        units[f"naam_{vintage}"] = units[f"nis_{vintage}"].map(table["name"])
    units["province_308"] = units["nis_308"].map(days[308]["province"])
    units["province_285"] = units["nis_285"].map(newest["province"])
    check_mergers(units, mergers)
    return units


def _followed(codes: pd.Series, mergers: pd.DataFrame, vintage: int, where: str) -> pd.Series:
    stated = mergers[mergers["valid_from"] == FIRST_DAYS[vintage]].set_index("nis_old")["nis_new"]
    if stated.index.has_duplicates:
        nis = stated.index[stated.index.duplicated()][0]
        raise StudyError(f"mergers.csv: {nis} merges twice on {FIRST_DAYS[vintage]}; keep one row")
    unknown = sorted(set(stated.index) - set(codes))
    if unknown:
        raise StudyError(
            f"{where}: {unknown[0]} merges on {FIRST_DAYS[vintage]} by the table of mergers, but is no Flemish municipality "
            "the day before; correct whichever is wrong"
        )
    return codes.map(lambda nis: stated.get(nis, nis))


def _compare(codes: pd.Series, listed: pd.DataFrame, vintage: int, where: str) -> None:
    """Raise StudyError unless the mergers lead to exactly the municipalities that the register has on that day."""
    day = FIRST_DAYS[vintage]
    for extra, reason in (
        (set(codes) - set(listed.index), "by the table of mergers, but not by the register"),
        (set(listed.index) - set(codes), "by the register, but not by the table of mergers"),
    ):
        if extra:
            raise StudyError(
                f"{where}: {min(extra)} is a municipality on {day} {reason} ({len(extra)} such codes); "
                "correct workflow/tables/mergers.csv, or download the newest register"
            )


def _ends_before_2025(days: dict[int, pd.DataFrame]) -> bool:
    """A register made before the mergers of 2025 still has the municipalities of 2019 on that day."""
    return set(days[285].index) == set(days[300].index)


def _newest(days: dict[int, pd.DataFrame], nis_285: pd.Series, mergers: pd.DataFrame, where: str) -> pd.DataFrame:
    """Names and provinces of 2025 from the table of mergers, where the register does not reach that far."""
    stated = (
        mergers[mergers["valid_from"] == FIRST_DAYS[285]].drop_duplicates("nis_new").set_index("nis_new")["name_new"]
    )
    # A code begins with the two digits of its arrondissement: so in every row of REFNIS.
    by_prefix = days[300]["province"].groupby(days[300].index.str[:2]).agg(["first", "nunique"])
    rows = {}
    for nis in sorted(set(nis_285)):
        known = nis in days[300].index
        if not known and (nis[:2] not in by_prefix.index or by_prefix.at[nis[:2], "nunique"] != 1):
            raise StudyError(
                f"{where}: the province of {nis} is not known by its first two digits; take a newer register"
            )
        province = days[300].at[nis, "province"] if known else by_prefix.at[nis[:2], "first"]
        rows[nis] = {"name": stated.get(nis) or days[300].at[nis, "name"], "province": province}
    return pd.DataFrame.from_dict(rows, orient="index")


def _source_of_2025(days: dict[int, pd.DataFrame], where: str) -> dict[str, Any]:
    own = "the table of mergers: the register ends before" if _ends_before_2025(days) else "the register"
    return check("municipalities of 2018, 2019 and 2025 agree with the mergers", 3, 0, f"2025 from {own}", file=where)
