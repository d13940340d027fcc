"""Municipalities over time: 308, 300 and 285 units, the mergers between them, and the names they go by.

Units are only ever merged, never split. Sums are summed; what cannot be summed is taken from the largest part.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from beleidsvrijheid.errors import StudyError

VINTAGES = (308, 300, 285)
# A vintage is named for its number of municipalities; these are the years whose first of January it covers.
_FIRST_YEAR = {300: 2019, 285: 2025}


def vintage_of_year(year: int) -> int:
    """The vintage in force on 1 January of a year."""
    return 285 if year >= _FIRST_YEAR[285] else 300 if year >= _FIRST_YEAR[300] else 308


def check_mergers(units: pd.DataFrame, mergers: pd.DataFrame) -> None:
    """Raise StudyError where the list of municipalities and the table of mergers disagree, naming the code."""
    for old, new, date in ((308, 300, "2019-01-01"), (300, 285, "2025-01-01")):
        stated = mergers[mergers["valid_from"] == date].set_index("nis_old")["nis_new"]
        listed = units[[f"nis_{old}", f"nis_{new}"]].drop_duplicates().set_index(f"nis_{old}")[f"nis_{new}"]
        expected = pd.Series(listed.index.map(lambda nis, stated=stated: stated.get(nis, nis)), index=listed.index)
        wrong = listed[listed != expected]
        if len(wrong):
            raise StudyError(
                f"municipalities: {wrong.index[0]} becomes {wrong.iloc[0]} on {date}, but the table of mergers says "
                f"{expected[wrong.index[0]]}; correct whichever is wrong"
            )


def mapping(units: pd.DataFrame, old: int, new: int) -> pd.Series:
    """Code in vintage `old` -> code in vintage `new`. Raises StudyError where that would split units."""
    if VINTAGES.index(new) < VINTAGES.index(old):
        raise StudyError(
            f"geography.vintage: {new} is finer than a source on {old} municipalities; "
            f"units are never split: choose vintage {old} or coarser"
        )
    pairs = pd.DataFrame({"old": units[f"nis_{old}"], "new": units[f"nis_{new}"]}).drop_duplicates()
    return pairs.set_index("old")["new"]


def recode(frame: pd.DataFrame, units: pd.DataFrame, vintage: int, source: str) -> pd.DataFrame:
    """Add `nis_target`: each row's code (on its own `vintage` column) in the study's vintage.

    Raises StudyError on a code that its vintage does not have.
    """
    parts = []
    for own, rows in frame.groupby("vintage", sort=True):
        target = rows["nis"].map(mapping(units, int(own), vintage))
        if target.isna().any():
            unknown = rows.loc[target.isna(), "nis"].iloc[0]
            raise StudyError(
                f"{source}: NIS code {unknown!r} does not exist among the {own} municipalities; "
                "correct the code, or the geography that workflow/sources.yaml declares for this source"
            )
        parts.append(rows.assign(nis_target=target))
    return pd.concat(parts) if parts else frame.assign(nis_target=pd.Series(dtype=str))


def sum_parts(frame: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Merge by summing: `frame` has nis_target; a sum over parts that are all absent stays absent.

    Parts that lack a figure are left out of a sum; where that would make it too small, the caller drops the unit first
    (`harmonise.drop_incomplete`).
    """
    totals = frame.groupby(["nis_target", *keys], sort=True, dropna=False)[values].sum(min_count=1)
    return totals.reset_index().rename(columns={"nis_target": "nis"})


def largest_part(frame: pd.DataFrame, units: pd.DataFrame, vintage: int, weights: pd.Series) -> pd.DataFrame:
    """Merge by keeping the rows of the part with most inhabitants; where that part has no row, the unit has none.

    frame: nis (all of vintage `own`), vintage, nis_target. weights: inhabitants by nis of that vintage. Ties go to the
    lower code. Raises StudyError where a part of a merger has no weight.
    """
    own = int(frame["vintage"].iloc[0])
    parts = pd.DataFrame({"nis": units[f"nis_{own}"], "target": units[f"nis_{vintage}"]}).drop_duplicates()
    parts = parts.assign(weight=parts["nis"].map(weights))
    parts = parts[parts.groupby("target")["nis"].transform("size") > 1]
    if parts["weight"].isna().any():
        nis = parts.loc[parts["weight"].isna(), "nis"].iloc[0]
        raise StudyError(f"population: no figure for {nis}, needed to find the largest part of a merger")
    ranked = parts.sort_values(["target", "weight", "nis"], ascending=[True, False, True])
    smaller = set(parts["nis"]) - set(ranked.drop_duplicates("target")["nis"])
    return frame[~frame["nis"].isin(smaller)].drop(columns="nis").rename(columns={"nis_target": "nis"})


def normalised(name: str) -> str:
    """A name as a key: lower case, no diacritics, one kind of hyphen, no prefix of the board."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().strip()
    text = re.sub(r"^(gemeente en ocmw|gemeente|stad)\s+", "", text)
    return re.sub(r"\s*-\s*|\s+", "-", text)


@dataclass(frozen=True)
class NameIndex:
    """Municipality names of one vintage, with and without the bracket that tells homonyms apart."""

    full: dict[str, str]
    bare: dict[str, list[str]]
    vintage: int

    @classmethod
    def of(cls, units: pd.DataFrame, vintage: int, aliases: pd.DataFrame) -> "NameIndex":
        """aliases: alias, name; one whose municipality this vintage does not have is left aside."""
        pairs = units[[f"nis_{vintage}", f"naam_{vintage}"]].drop_duplicates()
        full: dict[str, str] = {}
        bare: dict[str, list[str]] = {}
        for nis, name in pairs.itertuples(index=False):
            full[normalised(name)] = nis
            bare.setdefault(normalised(re.sub(r"\s*\(.*\)", "", name)), []).append(nis)
        known = {
            normalised(alias): full.get(normalised(name))
            for alias, name in zip(aliases["alias"], aliases["name"], strict=True)
        }
        full |= {alias: nis for alias, nis in known.items() if nis is not None and alias not in full}
        return cls(full, bare, vintage)

    def code(self, name: str, where: str) -> str:
        """NIS code of a name. Raises StudyError with the nearest candidates, or naming the homonyms."""
        key = normalised(name)
        if key in self.full:
            return self.full[key]
        codes = self.bare.get(normalised(re.sub(r"\s*\(.*\)", "", name)), [])
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise StudyError(
                f"{where}: the name {name!r} is borne by {len(codes)} municipalities ({', '.join(codes)}); "
                "write it with its bracket"
            )
        near = difflib.get_close_matches(key, [*self.full, *self.bare], n=3)
        raise StudyError(
            f"{where}: no municipality named {name!r} among the {self.vintage}; "
            f"nearest: {', '.join(dict.fromkeys(near)) or 'none'}. "
            "Correct the name in the file, or add a row to workflow/tables/municipality_aliases.csv"
        )
