"""Simulated mergers: sets of municipalities that become one, by the rules which real mergers follow in this project.

A merge is a set of codes of the study's geography. What is summed for a real merger (`harmonise.SUMMED`, COMPLETE, HIDDEN) is
summed here, shapes are united, and what cannot be summed comes from the largest part; nothing is averaged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.harmonise import SUMMED, harmonise, weights_of
from beleidsvrijheid.indicators.inputs import Inputs

# A merge is one more step of geography: codes of the study stand where the finest vintage does, merged codes at the coarsest.
_BEFORE, _AFTER = 308, 285
_NO_ALIASES = pd.DataFrame({"alias": [], "party": []}, dtype=str)  # parties have their one name already
_KEY = ["indicator", "beleidsveld", "year", "period"]
INDICATOR_COLUMNS = ["unit", "nis", *_KEY, "before", "after"]


def check_merges(merges: Iterable[Iterable[str]], codes: Iterable[str], vintage: int, where: str = "mergers") -> None:
    """Raise StudyError on a code that the geography does not have, a merge of fewer than two, and merges that overlap."""
    known, seen = set(codes), {}
    for number, members in enumerate(merges, start=1):
        members = list(members)
        if len(set(members)) < 2 or len(set(members)) != len(members):
            raise StudyError(
                f"{where}: merge {number} ({', '.join(members) or 'empty'}): name two or more municipalities, each once"
            )
        for nis in members:
            if nis not in known:
                raise StudyError(
                    f"{where}: merge {number}: {nis!r} is not one of the {vintage} municipalities of this study; "
                    "correct the code, or choose the geography.vintage that has it"
                )
            if nis in seen:
                raise StudyError(
                    f"{where}: {nis!r} is in merge {seen[nis]} and in merge {number}; merges may not overlap: "
                    "write them as one merge"
                )
            seen[nis] = number


def merged_codes(merges: Iterable[Iterable[str]], people: pd.Series) -> dict[str, str]:
    """Code of each part -> code of its merged unit: that of the part with most inhabitants, on a tie the lower code.

    people: inhabitants by code. Raises StudyError where a part has none.
    """
    codes = {}
    for members in merges:
        unknown = [nis for nis in sorted(members) if pd.isna(people.get(nis))]
        if unknown:
            raise StudyError(f"population: no figure for {unknown[0]}, needed to find the largest part of a merger")
        largest = min(members, key=lambda nis: (-people[nis], nis))
        codes |= dict.fromkeys(sorted(members), largest)
    return codes


def merge_municipalities(
    tables: Mapping[str, pd.DataFrame],
    units: pd.DataFrame,
    merges: Iterable[Iterable[str]],
    sources: Mapping[str, Source],
    vintage: int,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    """Harmonised tables and the list of units after a set of merges, and the ledger of the rows that took part.

    tables: source id -> harmonised table of `vintage` municipalities, population among them; what is no source (a reviewed
    table) or not per municipality stays as it is, and so do rows of other municipalities. Tables that follow municipalities
    but are never merged (aggregate none) are left out, with a line. Merging all at once or set after set gives the same
    sums; the largest part of three is not always that of two and one.
    Raises StudyError (`check_merges`, `merged_codes`).
    """
    merges = [sorted(members) for members in merges]
    check_merges(merges, units[f"nis_{vintage}"], vintage)
    people = weights_of(tables["population"].assign(vintage=vintage), vintage)
    codes = merged_codes(merges, people)
    merged, ledgers = {}, []
    for name, table in tables.items():
        result, steps = _merged_table(table, sources.get(name), codes, people)
        ledgers.append(steps)
        if result is not None:
            merged[name] = result
    columns = ["source", "step", "rows_in", "rows_out", "reason"]
    ledger = pd.concat(ledgers, ignore_index=True) if codes and ledgers else pd.DataFrame(columns=columns)
    return merged, _merged_units(units, codes, people, vintage), ledger


def _merged_table(
    table: pd.DataFrame, source: Source | None, codes: dict[str, str], people: pd.Series
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    if source is None or "nis" not in table or not codes:
        return table, pd.DataFrame()
    if source.aggregate == "none":
        reason = "follows municipalities and is never merged: left out"
        step = {"source": source.id, "step": "not merged", "rows_in": len(table), "rows_out": 0, "reason": reason}
        return None, pd.DataFrame([step])
    taking_part = table["nis"].isin(codes)
    parts, ledger = _harmonised_parts(table[taking_part], source, codes, people)
    first = ["nis", *SUMMED[source.table][0]] if source.aggregate == "sum" else [table.columns[0], "nis"]
    together = pd.concat([table[~taking_part], parts[list(table.columns)]], ignore_index=True)
    return together.sort_values(list(dict.fromkeys(first)), ignore_index=True, kind="stable"), ledger


def _harmonised_parts(
    rows: pd.DataFrame, source: Source, codes: dict[str, str], people: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of merging municipalities through the project's own harmonising."""
    steps = pd.DataFrame({f"nis_{_BEFORE}": list(codes), f"nis_{_AFTER}": list(codes.values())})
    weights = people[list(codes)].rename_axis("nis").rename("population").reset_index()
    weights = weights.assign(vintage=_BEFORE, year=0)
    staged = rows.rename(columns={"vintage": "own_vintage"}).assign(vintage=_BEFORE)
    if rows.empty:
        return rows, pd.DataFrame()
    result, ledger = harmonise(staged, source, steps, weights, _AFTER, _NO_ALIASES)
    result = result.drop(columns="vintage", errors="ignore").rename(columns={"own_vintage": "vintage"})
    if "is_mixed" in rows:
        was_mixed = rows.loc[rows["is_mixed"], "nis"].map(codes)
        result["is_mixed"] |= result["nis"].isin(was_mixed)
    return result, ledger


def _merged_units(units: pd.DataFrame, codes: dict[str, str], people: pd.Series, vintage: int) -> pd.DataFrame:
    """The list with merged codes, joined names (largest part first) and the province of the largest part."""
    nis, name = f"nis_{vintage}", f"naam_{vintage}"
    if not codes:
        return units.copy()
    of_unit = units.drop_duplicates(nis).set_index(nis)
    merged = units.copy()
    taking_part = units[nis].isin(codes)
    target = units.loc[taking_part, nis].map(codes)
    province = "province_285" if vintage == _AFTER else "province_308"
    if province in units:
        merged.loc[taking_part, province] = target.map(of_unit[province])
    if name in units:
        ranked = sorted(codes, key=lambda part: (-people[part], part))
        names = {unit: "-".join(of_unit[name][part] for part in ranked if codes[part] == unit) for unit in set(target)}
        merged.loc[taking_part, name] = target.map(names)
    merged.loc[taking_part, nis] = target
    return merged


def merged_indicators(before: pd.DataFrame, after: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
    """What a merge does to every indicator: one row per part, indicator, field, year and period.

    before, after: panels (`indicators.inputs.COLUMNS`). Returns unit, nis (the part), indicator, beleidsveld, year, period,
    before (of the part) and after (of the unit); absent on one side is missing there, never zero.
    """
    own = before[(before["level"] == "municipality") & before["nis"].isin(codes)]
    own = own.assign(unit=own["nis"].map(codes))[["unit", "nis", *_KEY, "value"]].rename(columns={"value": "before"})
    new = after[(after["level"] == "municipality") & after["nis"].isin(set(codes.values()))]
    parts = pd.DataFrame({"nis": list(codes), "unit": list(codes.values())})
    new = new.rename(columns={"nis": "unit", "value": "after"})[["unit", *_KEY, "after"]].merge(parts, on="unit")
    both = own.merge(new, on=["unit", "nis", *_KEY], how="outer", validate="one_to_one")
    order = ["unit", *_KEY, "nis"]
    return both[INDICATOR_COLUMNS].sort_values(order, ignore_index=True, na_position="first", kind="stable")


def indicators_of_merges(
    panel: pd.DataFrame,
    inputs: Inputs,
    merges: Iterable[Iterable[str]],
    sources: Mapping[str, Source],
    build_panel: Callable[[Inputs], pd.DataFrame],
) -> pd.DataFrame:
    """`merged_indicators` of named merges: the panel of the study against that of `build_panel` on the merged country."""
    vintage = inputs.config["geography"]["vintage"]
    tables, units, _ = merge_municipalities(inputs.tables, inputs.units, merges, sources, vintage)
    after = build_panel(replace(inputs, tables=tables, units=units))
    before_after = pd.DataFrame({"part": inputs.units[f"nis_{vintage}"], "unit": units[f"nis_{vintage}"]})
    merged = {nis for members in merges for nis in members}
    codes = before_after[before_after["part"].isin(merged)].drop_duplicates().set_index("part")["unit"]
    return merged_indicators(panel, after, codes.to_dict())


def merged_2019(units: pd.DataFrame, vintage: int) -> pd.DataFrame:
    """nis, value: 1 for a municipality of `vintage` that is, or holds, a part of a merger of 2019 (308 to 300), else 0."""
    parts = units.groupby("nis_300")["nis_308"].transform("nunique") > 1
    own = parts.groupby(units[f"nis_{vintage}"]).any().astype(float)
    return own.rename_axis("nis").rename("value").reset_index()
