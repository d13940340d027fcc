"""Statbel: population by place, nationality, civil status, age and sex, one text per year, added up per municipality."""

import re
from pathlib import Path

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.numbers import parse_numbers
from beleidsvrijheid.sources.reading import Parsed, check
from beleidsvrijheid.sources.statbel_text import Text, read_pipes

_NAME = re.compile(r"TF_SOC_POP_STRUCT_(\d{4})\b.*\.(zip|txt|csv)", re.IGNORECASE)
# The column of codes was renamed in the course of the years; older files also have the year.
_CODES = ("CD_REFNIS", "CD_MUNTY_REFNIS")
_PEOPLE, _AGE = "MS_POPULATION", "CD_AGE"
# Ages at which a group begins, after the first.
AGE_STARTS = (20, 65)
AGE_GROUPS = ("0-19", "20-64", "65+")
_NO_PLACE = ("", "-", "99999", "00000")


def is_structure(path: Path) -> bool:
    """Whether a file is one of this series, by its name."""
    return path.name.upper().startswith("TF_SOC_POP_STRUCT") and path.suffix.lower() != ".xlsx"


def parse_structure(path: Path) -> Parsed:
    """One year: nis, vintage, year, population, places outside Flanders included. Rows without a place are counted.

    Raises StudyError naming file and row of what is not a code or a whole number of people, and of another year.
    """
    text, year, nis = _read(path)
    return _added_up(path, text, year, nis, pd.DataFrame(index=nis.index))


def parse_structure_by_age(path: Path) -> Parsed:
    """One year: nis, vintage, year, age_group (of AGE_GROUPS, all of them for each place), population; as `parse_structure`.

    Raises StudyError naming file and row of an age that is not a whole number of years too.
    """
    text, year, nis = _read(path, (_AGE,))
    ages = text.table[_AGE].str.strip()
    bad = ~ages.str.fullmatch(r"\d{1,3}")
    if bad.any():
        row = int(bad.idxmax())
        raise StudyError(f"{text.name}: row {row + 2}: {_AGE}: {ages[row]!r} is not a whole number of years")
    at = pd.cut(ages.astype(int), [0, *AGE_STARTS, 1000], right=False, labels=list(AGE_GROUPS)).astype(str)
    parsed = _added_up(path, text, year, nis, at.rename("age_group").to_frame())
    every = pd.MultiIndex.from_product([parsed.table["nis"].unique(), AGE_GROUPS], names=["nis", "age_group"])
    filled = parsed.table.set_index(["nis", "age_group"])["population"].reindex(every, fill_value=0).reset_index()
    return Parsed(filled.assign(vintage=vintage_of_year(year), year=year), parsed.checks, parsed.notes)


def _read(path: Path, extra: tuple[str, ...] = ()) -> tuple[Text, int, pd.Series]:
    """The text of one year, the year, and the code of each row; blank where the place is not known."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise StudyError(f"{path.name}: no year in the name; call it TF_SOC_POP_STRUCT_YYYY.zip, as its publisher does")
    year = int(match[1])
    text = read_pipes(path, [_PEOPLE, *extra], [*_CODES, "CD_YEAR"])
    _same_year(text, year)
    column = next((name for name in _CODES if name in text.table), None)
    if column is None:
        raise StudyError(f"{text.name}: row 1: column {_CODES[0]!r} is missing; needed beside {_PEOPLE}")
    nis = text.table[column].str.strip()
    nis = nis.where(~nis.isin(_NO_PLACE), "")
    bad = (nis != "") & ~nis.str.fullmatch(r"\d{5}")
    if bad.any():
        row = int(bad.idxmax())
        raise StudyError(f"{text.name}: row {row + 2}: {column}: {nis[row]!r} is not a NIS code of five digits")
    return text, year, nis


def _added_up(path: Path, text: Text, year: int, nis: pd.Series, groups: pd.DataFrame) -> Parsed:
    """People by place and by the columns of `groups`."""
    people = _people(text)
    placed = nis != ""
    keys = [nis[placed].rename("nis"), *(groups.loc[placed, name] for name in groups)]
    sums = people[placed].groupby(keys, sort=True).sum().rename("population").reset_index()
    table = sums.assign(vintage=vintage_of_year(year), year=year)
    n_places = table["nis"].nunique()
    reason = f"{int(people[~placed].sum())} inhabitants without a place; the others added up to {n_places} places"
    rows = check("rows without a place dropped", len(nis), int((~placed).sum()), reason, kind="rows", file=text.name)
    notes = {path.name: {"layout": "population_structure", "years": [year], "encoding": text.encoding}}
    columns = ["nis", "vintage", "year", *groups, "population"]
    return Parsed(table[columns], [*text.account, rows], notes)


def _same_year(text: Text, year: int) -> None:
    if "CD_YEAR" not in text.table:
        return
    other = text.table["CD_YEAR"].str.strip() != str(year)
    if other.any():
        row = int(other.idxmax())
        stated = text.table["CD_YEAR"][row]
        raise StudyError(
            f"{text.name}: row {row + 2}: CD_YEAR: {stated!r} where the file's name says {year}; one year per file"
        )


def _people(text: Text) -> pd.Series:
    """Whole numbers, zero or more; few distinct ones, so that looking each up once is quick."""
    printed = text.table[_PEOPLE].astype("category")
    distinct = pd.Series(printed.cat.categories, dtype=object)
    good = distinct.str.strip().str.fullmatch(r"\d+")
    if not good.all():
        row = int((text.table[_PEOPLE] == distinct[~good].iloc[0]).idxmax())
        raise StudyError(
            f"{text.name}: row {row + 2}: {_PEOPLE}: {distinct[~good].iloc[0]!r} is not a whole number of inhabitants; "
            "download the file again"
        )
    numbers = parse_numbers(distinct, "plain", f"{text.name}: {_PEOPLE}")
    return pd.Series(numbers.to_numpy()[printed.cat.codes], index=printed.index)
