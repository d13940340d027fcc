"""Mandatendatabank: the bulk CSV of mandates, reduced to mayors and aldermen, spells merged.

Personal names do not leave this module: a person is the last part of its identifier.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_table

_FUNCTIONS = {"Burgemeester": "mayor", "Schepen": "alderman", "Toegevoegde schepen": "alderman"}
_NEEDED = [
    "persoon",
    "start",
    "eind",
    "bestuursfunctieLabel",
    "bestuursPeriodeStart",
    "bestuurseenheidLabel",
    "fractieNaam",
]
# Terms begin between early December and early January: round to the year that follows.
_TERM_START = pd.Timedelta(days=45)


def parse(path: Path, source: Source, reference: Reference) -> Parsed:
    """Executives: nis, vintage, term (first year), person, function (mayor|alderman), party, start, end (NaT: still running)."""
    table = read_table(path, ",")
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise StudyError(f"{path.name}: column {missing[0]!r} is missing; needed: {', '.join(_NEEDED)}")
    chosen = table[table["bestuursfunctieLabel"].isin(_FUNCTIONS)]
    rows = _records(chosen, path.name)
    distinct = rows.drop_duplicates()  # the mayor's mandate is a post of two organs
    spells = _with_codes(merge_spells(distinct), reference, path.name)
    nameless = int((spells["party"] == "").sum())
    checks = [
        _left_out("records of other mandates dropped", table, chosen, "only mayors and aldermen", path),
        _left_out("records of a second organ dropped", rows, distinct, "the mayor is a post of two organs", path),
        _left_out("records merged into spells", distinct, spells, "same person, function and municipality", path),
        check("spells without party", len(spells), nameless, "fractieNaam empty", file=path.name),
    ]
    return Parsed(spells, checks, {path.name: {"spells": len(spells)}})


def _records(chosen: pd.DataFrame, name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": chosen["bestuurseenheidLabel"].str.strip(),
            "term": (brussels_date(chosen["bestuursPeriodeStart"], name) + _TERM_START).dt.year.astype("int64"),
            "person": chosen["persoon"].str.rsplit("/", n=1).str[-1],
            "function": chosen["bestuursfunctieLabel"].map(_FUNCTIONS),
            "party": chosen["fractieNaam"].str.strip(),
            "start": brussels_date(chosen["start"], name),
            "end": brussels_date(chosen["eind"], name),
        }
    )


def _left_out(step: str, before: pd.DataFrame, after: pd.DataFrame, reason: str, path: Path) -> dict[str, Any]:
    return check(step, len(before), len(before) - len(after), reason, kind="rows", file=path.name)


def brussels_date(texts: pd.Series, where: str) -> pd.Series:
    """UTC timestamps to dates in Brussels ("2018-12-31T23:00:00Z" is 1 January 2019); empty stays missing."""
    try:
        moments = pd.to_datetime(texts.where(texts.str.strip() != ""), utc=True, format="ISO8601")
    except (ValueError, TypeError) as problem:
        raise StudyError(f"{where}: a date is not ISO 8601 ({problem})") from None
    return moments.dt.tz_convert("Europe/Brussels").dt.tz_localize(None).dt.normalize()


def merge_spells(rows: pd.DataFrame) -> pd.DataFrame:
    """Join consecutive records of one person in one function and municipality (a change of status opens a new record)."""
    keys = ["unit", "term", "person", "function", "party"]
    ordered = rows.sort_values([*keys, "start", "end"], ignore_index=True)
    previous_end = ordered.groupby(keys, dropna=False)["end"].shift()
    opens = ~(ordered["start"] <= previous_end + pd.Timedelta(days=1))
    spell = opens.cumsum()
    groups = ordered.groupby([*keys, spell.rename("spell")], sort=True, dropna=False)
    merged = groups.agg(start=("start", "first"), end=("end", "max"), is_open=("end", lambda ends: ends.isna().any()))
    merged["end"] = merged["end"].where(~merged.pop("is_open"))  # one open record leaves the spell open
    return merged.reset_index().drop(columns="spell")


def _with_codes(spells: pd.DataFrame, reference: Reference, name: str) -> pd.DataFrame:
    vintages = spells["term"].map(vintage_of_year)
    codes = pd.Series("", index=spells.index)
    for vintage in sorted(vintages.unique()):
        index = reference.names(int(vintage))
        own = spells.loc[vintages == vintage, "unit"]
        found = {unit: index.code(unit, name) for unit in own.unique()}
        codes[own.index] = own.map(found)
    return spells.assign(nis=codes, vintage=vintages).drop(columns="unit")
