"""Statbel: population per municipality (a workbook, or one text per year) and the consumer price index (JSON view)."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, vintage_of_year
from beleidsvrijheid.sources.json_text import read_json
from beleidsvrijheid.sources.reading import Parsed, Reference, check, number_cells, number_column, read_workbook
from beleidsvrijheid.sources.statbel_structure import is_structure, parse_structure, parse_structure_by_age
from beleidsvrijheid.sources.tables import parse_table
from beleidsvrijheid.sources.vintages import check_names

# Our name -> the headers that mean it, in lower case; the first two are needed.
_HEADERS = {
    "nis": {"nis code", "nis-code", "niscode", "refnis", "refnis code"},
    "population": {"total", "totaal"},
    "name": {"naam", "plaats van verblijf", "gemeente", "woonplaats", "lieu de résidence", "commune"},
    "men": {"mannen", "hommes", "men"},
    "women": {"vrouwen", "femmes", "women"},
}  # fmt: skip
_TAB = re.compile(r"Bevolking in (\d{4})")
_REGION = "02000"
_CODE = re.compile(r"\d{4,5}(\.0)?")


def parse_population(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Inhabitants on 1 January: nis, vintage, year, population. Rows outside the list of municipalities are counted.

    paths: the workbook with a sheet per year, texts by age and sex (one per year), tables in a layout of the catalogue.
    Raises StudyError naming file and place; a year in two files, men and women that are not the total, and a code beside the
    name of another municipality are refused.
    """
    parts = [_part(path, source, reference) for path in paths]
    table = pd.concat(
        [part.table.assign(file=path.name) for part, path in zip(parts, paths, strict=True)], ignore_index=True
    )
    inside = _inside(table, reference)
    names = ", ".join(sorted(table.loc[~inside, "nis"].unique())[:8])
    reason = f"aggregates and other regions: {names}"
    own = table[inside]
    kept = own.dropna(subset=["population"])
    _refuse_twice(kept)
    checks = [
        *(row for part in parts for row in part.checks),
        check("rows outside the municipalities dropped", len(table), int((~inside).sum()), reason, kind="rows"),
        check("rows without a figure dropped", len(own), len(own) - len(kept), "empty cells", kind="rows"),
    ]
    kept = kept.astype({"population": float}).sort_values(["year", "nis"], ignore_index=True)
    notes = {name: note for part in parts for name, note in part.notes.items()}
    return Parsed(kept[["nis", "vintage", "year", "population"]], checks, notes)


def parse_ages(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Inhabitants on 1 January by age: nis, vintage, year, age_group (0-19, 20-64, 65+), population.

    paths: texts by age and sex, one per year. Raises StudyError naming file and place; two files of one year are refused.
    """
    parts = [parse_structure_by_age(path) for path in paths]
    table = pd.concat(
        [part.table.assign(file=path.name) for part, path in zip(parts, paths, strict=True)], ignore_index=True
    )
    kept = table[_inside(table, reference)]
    names = ", ".join(sorted(set(table["nis"]) - set(kept["nis"]))[:8])
    dropped = check(
        "rows outside the municipalities dropped",
        len(table),
        len(table) - len(kept),
        f"other regions: {names}",
        kind="rows",
    )
    for year, files in kept.groupby("year")["file"].unique().items():
        if len(files) > 1:
            raise StudyError(f"{source.id}: {', '.join(files)}: both hold {year}; keep one file per year")
    kept = kept.astype({"population": float}).sort_values(["year", "nis", "age_group"], ignore_index=True)
    notes = {name: note for part in parts for name, note in part.notes.items()}
    columns = ["nis", "vintage", "year", "age_group", "population"]
    return Parsed(kept[columns], [*(row for part in parts for row in part.checks), dropped], notes)


def _part(path: Path, source: Source, reference: Reference) -> Parsed:
    if is_structure(path):
        return parse_structure(path)
    return _workbook(path, reference) if path.suffix == ".xlsx" else parse_table(path, source, reference)


def _inside(table: pd.DataFrame, reference: Reference) -> pd.Series:
    """Whether each code is a municipality of the vintage of its row."""
    known = {vintage: set(reference.units[f"nis_{vintage}"]) for vintage in VINTAGES}
    pairs = zip(table["nis"], table["vintage"], strict=True)
    return pd.Series([nis in known[vintage] for nis, vintage in pairs], index=table.index, dtype=bool)


def _refuse_twice(table: pd.DataFrame) -> None:
    keys = ["vintage", "nis", "year"]
    twice = table[table.duplicated(keys, keep=False)].sort_values(keys, kind="stable")
    if len(twice):
        case = twice.iloc[0]
        files = twice.loc[(twice[keys] == case[keys]).all(axis=1), "file"].unique()
        raise StudyError(
            f"population: {', '.join(files)}: {case['nis']} has two figures for {case['year']}; keep one file per year"
        )


def _workbook(path: Path, reference: Reference) -> Parsed:
    tables, left_out, without_code = [], [], []
    sheets = read_workbook(path)
    for sheet, rows in sheets.items():
        match = _TAB.fullmatch(sheet.strip())
        if match is None:
            left_out.append(sheet)
            continue
        table, uncoded = _sheet(rows, int(match[1]), f"{path.name}: sheet {sheet!r}")
        tables.append(table)
        without_code += uncoded
    if not tables:
        raise StudyError(f"{path.name}: no sheet named 'Bevolking in YYYY' (sheets: {', '.join(sheets)})")
    table = pd.concat(tables, ignore_index=True)
    inside = _inside(table, reference)
    tabs = f"tabs that are not named 'Bevolking in YYYY': {', '.join(left_out) or 'none'}"
    others = f"rows without one: {', '.join(dict.fromkeys(without_code[:8])) or 'none'}"
    checks = [
        check("tabs read", len(sheets), len(left_out), tabs, kind="rows"),
        check("rows with a NIS code", len(table) + len(without_code), len(without_code), others, kind="rows"),
        check_names(table[inside], reference),
        *_region_checks(table, inside),
    ]
    years = sorted(int(year) for year in table["year"].unique())
    return Parsed(table, [row | {"file": path.name} for row in checks], {path.name: {"years": years}})


def _sheet(rows: list[list[Any]], year: int, where: str) -> tuple[pd.DataFrame, list[str]]:
    """Rows of one year with a code (nis, vintage, year, population, name, place), and the places of those without."""
    columns, start = _header(rows, where)
    cells = {at: row for at, row in enumerate(rows[start + 1 :], start=start + 2) if any(cell != "" for cell in row)}
    body = pd.DataFrame.from_dict(cells, orient="index", columns=range(len(rows[start])), dtype=object)
    codes = body[columns["nis"]].map(lambda cell: str(cell).strip())
    coded = codes.map(lambda text: _CODE.fullmatch(text) is not None).astype(bool)
    body, nis = body[coded], codes[coded].str.removesuffix(".0").str.zfill(5)
    counts = {
        name: number_cells(body[columns[name]], f"{where}: {rows[start][columns[name]]}")
        for name in ("population", "men", "women")
        if name in columns
    }
    _refuse_sums(counts, nis, where)
    names = body[columns["name"]].astype(str).str.strip() if "name" in columns else ""
    table = pd.DataFrame(
        {"nis": nis, "vintage": vintage_of_year(year), "year": year, "population": counts["population"]}
    )
    uncoded = [f"{where.split(': ', 1)[-1]} row {row} ({text[:30]!r})" for row, text in codes[~coded].items()]
    return table.assign(name=names, place=f"{where}: row " + nis.index.astype(str)), uncoded


def _header(rows: list[list[Any]], where: str) -> tuple[dict[str, int], int]:
    """Which column is what, by the header in one of the first six rows, and that row."""
    for start, row in enumerate(rows[:6]):
        header = [str(cell).strip().casefold() for cell in row]
        found = {
            name: next(at for at, cell in enumerate(header) if cell in headers)
            for name, headers in _HEADERS.items()
            if headers & set(header)
        }
        if {"nis", "population"} <= set(found):
            return found, start
    raise StudyError(f"{where}: no header row with a NIS code and a total in the first six rows")


def _refuse_sums(counts: dict[str, pd.Series], nis: pd.Series, where: str) -> None:
    """Men and women must add up to the total, in every row that has all three."""
    if {"men", "women"} <= set(counts):
        sums = counts["men"] + counts["women"]
        wrong = sums.notna() & counts["population"].notna() & (sums != counts["population"])
        if wrong.any():
            row = wrong.idxmax()
            raise StudyError(
                f"{where}: row {row}: {nis[row]}: {counts['men'][row]:.0f} men and {counts['women'][row]:.0f} women are not the "
                f"total {counts['population'][row]:.0f} ({int(wrong.sum())} such rows); correct it or download the workbook again"
            )


def _region_checks(table: pd.DataFrame, inside: pd.Series) -> list[dict[str, Any]]:
    """Where a year has the row of the region, its municipalities must add up to it."""
    region = table[table["nis"] == _REGION].set_index("year")["population"]
    sums = table[inside].groupby("year")["population"].sum().reindex(region.index, fill_value=0)
    wrong = region.index[region != sums]
    name = f"municipalities add up to the region ({_REGION})"
    reason = "years whose municipalities do not; kept as printed"
    cases = [check(name, 1, 1, reason, year=int(year), value=sums[year], expected=region[year]) for year in wrong]
    return [check(name, len(region), len(wrong), reason), *cases]


def _prices(texts: pd.DataFrame, name: str) -> pd.DataFrame:
    """Years and indices as numbers; a year has four digits and an index is not missing."""
    wrong = ~texts["year"].str.fullmatch(r"(19|20)[0-9]{2}").astype(bool)
    if wrong.any():
        raise StudyError(
            f"{name}: fact {wrong.idxmax()}: Jaar: {texts.at[wrong.idxmax(), 'year']!r} is not a year; correct it"
        )
    index = number_column(texts["index"], ["plain"], f"{name}: Consumptieprijsindex")
    if index.isna().any():
        raise StudyError(f"{name}: fact {index.isna().idxmax()}: Consumptieprijsindex is empty; save the view again")
    return pd.DataFrame({"year": texts["year"].astype(int), "index": index}).reset_index(drop=True)


def parse_prices(path: Path, source: Source, reference: Reference) -> Parsed:
    """Consumer price index per year: year, index. Repeated years must agree, and all be on one base year."""
    content = read_json(path)
    try:
        facts = content["facts"]
        cells = {
            name: [str(fact[key]) for fact in facts]
            for name, key in (("year", "Jaar"), ("index", "Consumptieprijsindex"))
        }
        texts = pd.DataFrame(cells, index=range(1, len(facts) + 1), dtype=str)
        bases = sorted({str(fact["Basisjaar"]) for fact in facts if "Basisjaar" in fact})
    except (KeyError, TypeError) as problem:
        raise StudyError(
            f"{path.name}: not the JSON view Jaar, Consumptieprijsindex ({problem}); save it again"
        ) from None
    if texts.empty:
        raise StudyError(f"{path.name}: the list of facts is empty; save the view again")
    table = _prices(texts, path.name)
    if len(bases) > 1:
        raise StudyError(
            f"{path.name}: Basisjaar: {' and '.join(bases)} are two scales; save the view of one base year"
        )
    spread = table.groupby("year")["index"].nunique()
    if (spread > 1).any():
        raise StudyError(f"{path.name}: {spread.index[spread > 1][0]} has two different indices; keep one base year")
    distinct = table.drop_duplicates("year").sort_values("year", ignore_index=True)
    copies = len(table) - len(distinct)
    repeated = check("repeated years", len(table), copies, "same index printed twice", kind="rows", file=path.name)
    years = [int(distinct["year"].min()), int(distinct["year"].max())]
    return Parsed(distinct, [repeated], {path.name: {"years": years}})
