"""Every source on the study's municipalities: codes recoded, sums summed, the rest from the largest part.

Each function returns the table on the study's vintage and the ledger of its rows: nothing is lost without a line.
"""

from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import largest_part, recode, sum_parts
from beleidsvrijheid.parties import harmonise as harmonise_parties

# What identifies a row of each summed table, and what is summed.
SUMMED = {
    "finance": (["report_year", "year", "code"], ["spending_eur", "receipts_eur"]),
    "debt": (["year"], ["debt_eur"]),
    "population": (["year"], ["population"]),
    "ages": (["year", "age_group"], ["population"]),
    "income": (["year"], ["returns", "taxable_income_eur", "municipal_tax_eur", "total_tax_eur", "residents"]),
    "staff": (["year", "employer"], ["vte"]),
    "votes": (["year", "party"], ["votes", "seats"]),
    "streams": (["year", "stream"], ["amount_eur"]),
    "shapes": ([], ["area_km2"]),
    "own": (["indicator", "beleidsveld", "year", "aggregate"], ["value"]),
}
# Tables of which single figures are hidden: what one part of a merger lacks, the merged unit lacks.
HIDDEN = {"income"}
# Totals that can be had from figures per inhabitant.
TOTALS = {"spending_eur": "spending_per_inhabitant", "receipts_eur": "receipts_per_inhabitant"}
# Tables in which every part of a merger must have a figure, and per which keys: without one the sum is absent, not small.
COMPLETE = {
    "population": ["year"],
    "ages": ["year"],
    "income": ["year"],
    "staff": ["year", "employer"],
    "votes": ["year"],
    "streams": ["year"],
    "shapes": [],
}
# The year whose inhabitants say which part of a merger is largest.
_WEIGHT_YEAR = {308: 2018, 300: 2024, 285: 2025}


def _step(source: str, step: str, rows_in: int, rows_out: int, reason: str) -> dict[str, Any]:
    return {"source": source, "step": step, "rows_in": rows_in, "rows_out": rows_out, "reason": reason}


def harmonise(
    table: pd.DataFrame,
    source: Source,
    units: pd.DataFrame,
    population: pd.DataFrame,
    vintage: int,
    aliases: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of one source on `vintage` municipalities, with its ledger.

    population: parsed, on its own vintages. Raises StudyError on codes unknown to their vintage and on finer vintages.
    """
    steps = [_step(source.id, "parsed", len(table), len(table), "rows of the parsed source")]
    if source.aggregate == "none":
        return table, pd.DataFrame(steps)
    table, prepared = _prepare(table, source, units, population, vintage, aliases)
    fits = table["vintage"] >= vintage
    if not fits.all():
        reason = f"rows on fewer municipalities than {vintage}; units are never split"
        prepared.append(_step(source.id, "coarser years", len(table), int(fits.sum()), reason))
    recoded = recode(table[fits], units, vintage, source.id)
    if source.table in COMPLETE:
        recoded, incomplete = drop_incomplete(recoded, units, vintage, COMPLETE[source.table])
        reason = "rows of merged units of which another part has no figure: a sum would be too small"
        prepared.append(_step(source.id, "incomplete mergers", incomplete + len(recoded), len(recoded), reason))
    if source.table == "own":
        result, reason = _own(recoded, source, units, vintage, population)
    elif source.aggregate == "sum":
        result, reason = _sum(recoded, source)
    else:
        result = _from_largest_part(recoded, source, units, vintage, population)
        reason = "rows of smaller parts of mergers dropped; a unit whose largest part has no row has none"
        reason += "; councillors of every part kept" if source.table == "mandates" else ""
    steps += [*prepared, _step(source.id, "merged", len(recoded), len(result), reason)]
    steps.append(_coverage(result, units, vintage, source.id))
    return result, pd.DataFrame(steps)


def _prepare(
    table: pd.DataFrame,
    source: Source,
    units: pd.DataFrame,
    population: pd.DataFrame,
    vintage: int,
    aliases: pd.DataFrame,
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """What a kind of table needs before its codes are merged: totals, party names, one vintage per year."""
    if source.table == "finance":
        return with_totals(table, population_on(population, units, int(source.geography)), source)
    if "party" in table:
        named = table.assign(party=harmonise_parties(table["party"], aliases))
        reason = f"{named['party'].nunique()} harmonised party names from {table['party'].nunique()} labels"
        return named, [_step(source.id, "party names", len(table), len(named), reason)]
    if source.table in ("population", "shapes"):
        kept, added = one_vintage_per_year(table, vintage)
        return kept, [_step(source.id, *added)]
    return table, []


def population_on(population: pd.DataFrame, units: pd.DataFrame, vintage: int) -> pd.DataFrame:
    """Inhabitants on one vintage, whatever each year came on: nis, year, population; incomplete mergers left out."""
    kept, _ = one_vintage_per_year(population, vintage)
    complete, _ = drop_incomplete(recode(kept, units, vintage, "population"), units, vintage, ["year"])
    return sum_parts(complete, ["year"], ["population"])


def one_vintage_per_year(table: pd.DataFrame, vintage: int) -> tuple[pd.DataFrame, tuple[str, int, int, str]]:
    """Where a year is at hand on several vintages, keep the study's own, else the coarsest that can still be merged."""
    usable = table[table["vintage"] >= vintage]
    chosen = usable.groupby("year")["vintage"].transform("min") if "year" in usable else usable["vintage"].min()
    kept = usable[usable["vintage"] == chosen]
    return kept, (
        "one vintage per year",
        len(table),
        len(kept),
        f"years at hand on several vintages: the one nearest to {vintage}",
    )


def drop_incomplete(
    recoded: pd.DataFrame, units: pd.DataFrame, vintage: int, keys: list[str]
) -> tuple[pd.DataFrame, int]:
    """Leave out sums over some parts of a merger only. Returns the rows kept and the number dropped."""
    expected = pd.Series(1, index=recoded.index)
    for own, rows in recoded[recoded["vintage"] != vintage].groupby("vintage"):
        parts = units[[f"nis_{own}", f"nis_{vintage}"]].drop_duplicates().iloc[:, -1].value_counts()
        expected[rows.index] = rows["nis_target"].map(parts)
    present = recoded.groupby(["nis_target", *keys])["nis"].transform("nunique")
    complete = (present == expected).to_numpy()
    return recoded[complete], int((~complete).sum())


def _sum(recoded: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, str]:
    keys, values = SUMMED[source.table]
    values = [name for name in values if name in recoded]
    merged = sum_parts(recoded, keys, values)
    if "geometry" in recoded:
        merged = merged.assign(geometry=merged["nis"].map(union_of_parts(recoded)))
    before, after = recoded[values].sum().sum(), merged[values].sum().sum()
    if abs(before - after) > 1e-6 * max(abs(before), 1):
        raise StudyError(f"{source.id}: the total changed from {before} to {after} in merging; this is a fault of ours")
    if source.table in HIDDEN:
        lacking = recoded[values].isna().groupby([recoded[key] for key in ("nis_target", *keys)], sort=True).any()
        merged[values] = merged[values].mask(lacking.to_numpy())
    return merged, f"rows of merged parts and equal keys added up; grand total unchanged ({after:.10g})"


def _own(
    recoded: pd.DataFrame, source: Source, units: pd.DataFrame, vintage: int, population: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Own indicators, each by its own rule: summed where every part has a value, or taken from the largest part."""
    keys, values = SUMMED["own"]
    staged = recoded.astype({"year": "Int64"}).assign(year=recoded["year"].fillna(0).astype(int))  # 0: no year
    summed, columns = staged["aggregate"] == "sum", ["nis", *keys, *values]
    complete, incomplete = drop_incomplete(staged[summed], units, vintage, keys)
    merges = staged[~summed & (staged["vintage"] != vintage)]
    taken = _from_largest_part(merges, source, units, vintage, population) if len(merges) else merges
    parts = [sum_parts(complete, keys, values), taken, staged[~summed & (staged["vintage"] == vintage)]]
    result = pd.concat([part[columns] for part in parts if len(part)] or [staged[columns]])
    result = result.sort_values(["nis", *keys], ignore_index=True).astype({"year": "Int64"})
    result["year"] = result["year"].mask(result["year"] == 0)
    return result, f"sums added up, the rest from the largest part; {incomplete} rows of incomplete sums left out"


def union_of_parts(recoded: pd.DataFrame) -> pd.Series:
    """One shape (GeoJSON) per nis_target: that of its only part as it is, else the union of its parts."""
    groups = recoded.groupby("nis_target", sort=True)["geometry"]
    united = groups.first()
    parts = groups.agg(list)[groups.size() > 1]
    if len(parts):
        import shapely

        for nis, shapes in parts.items():
            united[nis] = shapely.to_geojson(shapely.union_all(shapely.from_geojson(shapes)))
    return united


def weights_of(population: pd.DataFrame, vintage: int) -> pd.Series:
    """Inhabitants by code of a vintage, in the last year before the next vintage (or the nearest year at hand)."""
    own = population[population["vintage"] == vintage]
    if own.empty:
        return pd.Series(dtype=float)
    years = own["year"].unique()
    year = min(years, key=lambda one: abs(one - _WEIGHT_YEAR[vintage]))
    return own[own["year"] == year].set_index("nis")["population"]


def _from_largest_part(
    recoded: pd.DataFrame, source: Source, units: pd.DataFrame, vintage: int, population: pd.DataFrame
) -> pd.DataFrame:
    # A council is its members: those of every part sat in one, while an executive of two parts never governed.
    everyone = recoded["function"] == "councillor" if source.table == "mandates" else pd.Series(False, recoded.index)
    parts = [
        largest_part(rows, units, vintage, weights_of(population, int(own)))
        for own, rows in recoded[~everyone].groupby("vintage", sort=True)
    ]
    result = pd.concat([*parts, recoded[everyone].drop(columns="nis").rename(columns={"nis_target": "nis"})])
    if source.table == "clusters":
        mixed = recoded.groupby("nis_target")["cluster"].nunique() > 1
        result = result.assign(is_mixed=result["nis"].map(mixed))
    return result.sort_values(list(result.columns[:1]) + ["nis"], ignore_index=True)


def _coverage(result: pd.DataFrame, units: pd.DataFrame, vintage: int, source: str) -> dict[str, Any]:
    wanted = set(units[f"nis_{vintage}"])
    absent = sorted(wanted - set(result["nis"]))
    names = f": {', '.join(absent[:10])}" if absent else ""
    return _step(source, "coverage", len(wanted), len(wanted) - len(absent), f"municipalities without any row{names}")


def with_euros(table: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Totals in EUR where an export has only figures per inhabitant: times the population of the same boekjaar.

    table: spending and, where a file has them, receipts. population: nis, year, population on the geography of the table.
    """
    people = population.set_index(["nis", "year"])["population"]
    filled = table.copy()
    for total, rate in TOTALS.items():
        lacking = _lacking(table, total, rate)
        at = pd.MultiIndex.from_frame(table.loc[lacking, ["nis", "year"]])
        if len(at):
            filled.loc[lacking, total] = table.loc[lacking, rate].to_numpy() * people.reindex(at).to_numpy()
    return filled


def _lacking(table: pd.DataFrame, total: str, rate: str) -> pd.Series:
    """Rows with a figure per inhabitant but no total; a row of receipts alone lacks no spending."""
    if total not in table or rate not in table:
        return pd.Series(False, index=table.index)
    return table[total].isna() & table[rate].notna()


def with_totals(
    table: pd.DataFrame, population: pd.DataFrame, source: Source
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """`with_euros`, and the ledger line of the rows that stay without any total."""
    lacking = sum(int(_lacking(table, total, rate).sum()) for total, rate in TOTALS.items())
    if not lacking:
        return table, []
    totals = [total for total in TOTALS if total in table]
    kept = with_euros(table, population).dropna(subset=totals, how="all")
    reason = f"{lacking} totals computed as per inhabitant x population; {len(table) - len(kept)} rows without population dropped"
    return kept, [_step(source.id, "totals from per inhabitant", len(table), len(kept), reason)]
