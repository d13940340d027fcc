"""Municipal tax rates: surcharge on income tax (APB, %) and surtax on property (opcentiemen), of three publishers.

FOD Financiën lists the communes of the whole country by name, one workbook per year. ABB (2008 to 2022) and VLABEL give the
Flemish ones. Opcentiemen fell by a factor 1.588 in 2018, when provinces handed over tasks: kept as published.
"""

import difflib
import re
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import NameIndex, normalised, vintage_of_year
from beleidsvrijheid.sources.reading import (
    Parsed,
    Reference,
    check,
    header_text,
    nis_cells,
    number_cells,
    numbers_of_one_format,
    placed_table,
    read_workbook,
    year_cells,
)
from beleidsvrijheid.sources.tables import year_of_file
from beleidsvrijheid.sources.vintages import check_names, vintage_by_codes

_NAME, _RATE = "VILLE OU COMMUNE", "Taux (%)"
_PLACE = ("NIS-code", "Gemeente")
_COLUMNS = ["nis", "vintage", "year", "tax", "rate"]
_KEY = ["nis", "year", "tax"]
BREAK_YEAR, BREAK_FACTOR = 2018, 1.588
_LEAST_HIGHEST_APB = 0.5  # %; a list whose highest rate is lower holds shares, not percentages


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, year, tax ("apb" in % or "opcentiemen"), rate. A rate of 0 is real; a blank is absent.

    Raises StudyError on a municipality that a national list lacks or has twice, on several rates of which none is marked as
    the general one, on a code beside the name of another municipality, and on the same municipality, year and tax in two files.
    """
    parts, checks, notes = [], [], {}
    for path in paths:
        part, account, note = _workbook(path, source, reference)
        parts.append(part.assign(file=path.name))
        checks += [row | {"file": path.name} for row in account]
        notes[path.name] = {"rows": len(part)} | note
    table = pd.concat(parts, ignore_index=True)
    _check_once(table)
    checks += _rate_checks(table)
    return Parsed(table.sort_values(["tax", "year", "nis"], ignore_index=True)[_COLUMNS], checks, notes)


def _check_once(table: pd.DataFrame) -> None:
    twice = table.duplicated(_KEY)
    if twice.any():
        case = table[twice].iloc[0]
        files = table.loc[(table[_KEY] == case[_KEY]).all(axis=1), "file"]
        raise StudyError(
            f"{' and '.join(dict.fromkeys(files))}: {case['nis']} has two rates of {case['tax']} for {case['year']}; keep one file"
        )
    for (year, tax), rows in table.groupby(["year", "tax"], sort=True):
        if rows["vintage"].nunique() > 1:
            files = " and ".join(dict.fromkeys(rows["file"]))
            raise StudyError(f"{files}: {tax} of {year} is on two geographies; keep it in one of the files only")
    apb = table[table["tax"] == "apb"].groupby("file")["rate"].max()
    shares = apb[apb < _LEAST_HIGHEST_APB]
    if len(shares):
        raise StudyError(
            f"{shares.index[0]}: the highest APB is {shares.iloc[0]:g} %: these look like shares (0.07 for 7 %); write percentages"
        )


def _rate_checks(table: pd.DataFrame) -> list[dict]:
    zeros = int(((table["tax"] == "apb") & (table["rate"] == 0)).sum())
    surtax = table[table["tax"] == "opcentiemen"]
    before = int((surtax["year"] < BREAK_YEAR).sum())
    return [
        check("APB of 0 %", int((table["tax"] == "apb").sum()), 0, f"{zeros} rates of 0 %, which are real; kept"),
        check(
            "opcentiemen before and from 2018",
            len(surtax),
            0,
            f"{before} rates before {BREAK_YEAR} and {len(surtax) - before} from then on are not on one scale (integration "
            f"of provincial tasks: divided by {BREAK_FACTOR}); kept as published",
        ),
    ]


def _workbook(path: Path, source: Source, reference: Reference) -> tuple[pd.DataFrame, list[dict], dict]:
    parts, checks, left_out = [], [], []
    sheets = read_workbook(path)
    for sheet, rows in sheets.items():
        where = f"{path.name}: sheet {sheet!r}"
        header = {header_text(cell) for row in rows[:10] for cell in row}
        if header.issuperset({_NAME, _RATE}):
            part, account = _national(rows, year_of_file(path), source, reference, where)
        elif header & set(_PLACE) and (taxes := _tax_columns(header, sheet, source)):
            part, account = _flemish(rows, taxes, path, sheet, source, reference)
        else:
            left_out.append(sheet)
            continue
        parts.append(part)
        checks += account
    if not parts:
        wanted = "; or ".join([f"{_NAME}, {_RATE}", "NIS-code or Gemeente with APB, Opcentiemen or a column per year"])
        raise StudyError(
            f"{path.name}: no sheet has the columns of tax rates (sheets: {', '.join(sheets)}); needed: {wanted}"
        )
    reason = f"sheets without rates: {', '.join(left_out) or 'none'}"
    checks.append(check("sheets read", len(sheets), len(left_out), reason, kind="rows"))
    return pd.concat(parts, ignore_index=True), checks, {"sheets_left_out": left_out}


def _rates(cells: pd.Series, source: Source, where: str) -> pd.Series:
    """Rates from numbers, or from text with or without a per cent sign; blanks are absent."""
    # A number goes through text as it is; only text cells have a decimal mark to be found out.
    is_text = cells.map(lambda cell: isinstance(cell, str)).astype(bool)
    texts = cells[is_text].str.replace("%", "", regex=False).str.strip()
    numbers = pd.Series(float("nan"), index=cells.index)
    numbers[~is_text] = number_cells(cells[~is_text], where)
    if (texts != "").any():
        numbers[is_text] = numbers_of_one_format(texts, list(source.numbers["rate"]), where)[0]
    return numbers


# The national list


def _national(rows: list[list], year: int, source: Source, reference: Reference, where: str):
    """Flemish rows of a list of all communes by name: every municipality of the year's geography exactly once."""
    table = placed_table(rows, [_NAME, _RATE], where)
    table = table[table[_NAME].astype(str).str.strip() != ""]
    vintage = vintage_of_year(year)
    nis = match_names(table[_NAME].astype(str), reference.names(vintage), source.options["ambiguous"], where)
    inside = nis != ""
    found = _rates(table.loc[inside, _RATE], source, f"{where}: {_RATE}")
    if found.isna().any():
        row = found.isna().idxmax()
        raise StudyError(
            f"{where}: row {row}: {table.at[row, _NAME]!r} has no rate; fill it in, or 0 where there is no tax"
        )
    part = pd.DataFrame({"nis": nis[inside], "vintage": vintage, "year": year, "tax": "apb", "rate": found})
    reason = f"communes outside: not one of the {vintage} names of {year}, each of which was found once"
    return part, [check("communes read", len(table), int((~inside).sum()), reason, kind="rows", year=year)]


def match_names(names: pd.Series, index: NameIndex, ambiguous: list[str], where: str) -> pd.Series:
    """NIS code per name of a list that holds places outside as well; "" for those.

    A name is inside when it is a municipality's name or alias, or is one but for a bracket. Every municipality must be found
    once, so that no spelling is taken for a place outside. ambiguous: names that a municipality shares with a place outside;
    they are never matched. Raises StudyError listing the missing ones with the nearest names left over.
    """
    keys = names.map(normalised)
    bare = names.map(lambda name: normalised(re.sub(r"\s*\(.*\)", "", name)))
    shared = bare.isin([normalised(name) for name in ambiguous])
    nis = keys.map(index.full).where(~shared).fillna("")
    taken = set(nis)
    for row in nis.index[(nis == "") & ~shared]:
        codes = [code for code in index.bare.get(bare[row], []) if code not in taken]
        nis[row] = codes[0] if len(codes) == 1 else ""
    _refuse_twice(nis, names, where)
    _refuse_missing(nis, names, index, shared, where)
    return nis


def _refuse_twice(nis: pd.Series, names: pd.Series, where: str) -> None:
    found = nis[nis != ""]
    twice = found[found.duplicated()]
    if len(twice):
        rows = found.index[found == twice.iloc[0]]
        listed = " and ".join(f"row {row} ({names[row]!r})" for row in rows)
        raise StudyError(f"{where}: {listed} are both {twice.iloc[0]}; keep one, or tell them apart by a bracket")


def _refuse_missing(nis: pd.Series, names: pd.Series, index: NameIndex, shared: pd.Series, where: str) -> None:
    by_code: dict[str, str] = {}
    for name, code in index.full.items():
        by_code.setdefault(code, name)
    missing = sorted(set(by_code) - set(nis))
    if not missing:
        return
    left = {normalised(name): name for name in names[nis == ""]}
    lines = []
    for code in missing[:5]:
        near = difflib.get_close_matches(by_code[code], list(left), n=3)
        lines.append(f"{code} {by_code[code]} (nearest: {', '.join(left[one] for one in near) or 'none'})")
    hint = f"; {names[shared].iloc[0]!r} may be here or elsewhere: write the Dutch name" if shared.any() else ""
    raise StudyError(
        f"{where}: {len(missing)} of the {index.vintage} municipalities are not in the list: {'; '.join(lines)}"
        f"{' and more' if len(missing) > 5 else ''}{hint}. "
        "Correct the names, or add rows to workflow/tables/municipality_aliases.csv"
    )


# Flemish lists


def _tax_columns(header: set[str], sheet: str, source: Source) -> dict[str, tuple[str, int | None]]:
    """Column -> tax and, where a column is a year, that year (the tax then is in the name of the sheet)."""
    known = {name: tax for tax, names in source.options["columns"].items() for name in names}
    found = {name: (known[name], None) for name in header if name in known}
    by_sheet = [
        tax for tax, words in source.options["sheets"].items() if any(word in sheet.casefold() for word in words)
    ]
    years = [name for name in header if re.fullmatch(r"(19|20)\d{2}", name)]
    if not found and len(by_sheet) == 1:
        found = {name: (by_sheet[0], int(name)) for name in years}
    return dict(sorted(found.items()))


def _flemish(rows: list[list], taxes: dict, path: Path, sheet: str, source: Source, reference: Reference):
    """A list of Flemish municipalities, by code or name; the year in a column, in the header, or in the name of sheet or file."""
    where = f"{path.name}: sheet {sheet!r}"
    table = placed_table(rows, list(taxes), where)
    rates = pd.DataFrame({name: _rates(table[name], source, f"{where}: {name}") for name in taxes}, index=table.index)
    given = rates.notna().any(axis=1)
    table, rates = table[given], rates[given]
    long = rates.melt(var_name="column", value_name="rate", ignore_index=False).dropna(subset=["rate"])
    long["tax"] = long["column"].map(lambda name: taxes[name][0])
    long["row"] = long.index
    stated = _years(table, taxes, path, sheet, where)
    in_header = long["column"].map(lambda name: taxes[name][1])
    long["year"] = in_header.where(in_header.notna(), long["row"].map(stated)).astype(int)
    long = long.reset_index(drop=True)
    long["nis"], long["vintage"] = _places(long, table, reference, where)
    names = _names(long, table, reference, where)
    kept, varied = _general(long, table, source, where)
    checks = [
        check("rows read", len(given), int((~given).sum()), "rows without any rate", kind="rows", code=sheet),
        check(
            "general rates", len(long), varied, "rates for special cases beside a general one", kind="rows", code=sheet
        ),
        *names,
    ]
    return kept[_COLUMNS], checks


def _years(table: pd.DataFrame, taxes: dict, path: Path, sheet: str, where: str) -> pd.Series:
    if "Jaar" in table:
        return year_cells(table["Jaar"], f"{where}: Jaar")
    if all(year is not None for _, year in taxes.values()):
        return pd.Series(0, index=table.index)
    named = re.search(r"(19|20)\d{2}", sheet)
    return pd.Series(int(named[0]) if named else year_of_file(path), index=table.index)


def _places(long: pd.DataFrame, table: pd.DataFrame, reference: Reference, where: str) -> tuple[pd.Series, pd.Series]:
    """Codes and vintages: by the code where there is one, else by the name on the geography of the year."""
    if "NIS-code" in table:
        codes = nis_cells(table["NIS-code"], f"{where}: NIS-code")
        nis = long["row"].map(codes)
        return nis, vintage_by_codes(long.assign(nis=nis), reference.units, where)
    vintage = long["year"].map(vintage_of_year)
    indices = {one: reference.names(int(one)) for one in vintage.unique()}
    names = long["row"].map(table["Gemeente"]).astype(str)
    codes = [
        indices[one].code(name, f"{where}: row {row}")
        for one, name, row in zip(vintage, names, long["row"], strict=True)
    ]
    return pd.Series(codes, index=long.index), vintage


def _names(long: pd.DataFrame, table: pd.DataFrame, reference: Reference, where: str) -> list[dict]:
    """Where a list has both, the names must be those of the codes."""
    if not {*_PLACE} <= set(table):
        return []
    names = long["row"].map(table["Gemeente"]).astype(str).str.strip()
    places = f"{where}: row " + long["row"].astype(str)
    return [check_names(long[["nis", "vintage"]].assign(name=names, place=places), reference)]


def _general(long: pd.DataFrame, table: pd.DataFrame, source: Source, where: str) -> tuple[pd.DataFrame, int]:
    """One rate per municipality, year and tax: where there are several, the one marked as general."""
    several = long.duplicated(_KEY, keep=False)
    marks = [name for name in source.options["general"]["columns"] if name in table]
    words = [normalised(word) for word in source.options["general"]["values"]]
    is_general = pd.Series(False, index=long.index)
    if marks:
        is_general = long["row"].map(table[marks[0]]).astype(str).map(normalised).isin(words)
    chosen = long[several & is_general]
    for key, rows in long[several].groupby(_KEY, sort=True):
        if int(is_general[rows.index].sum()) != 1:
            listed = ", ".join(f"{row.rate:g} (row {row.row})" for row in rows.itertuples())
            wanted = f"{' or '.join(source.options['general']['columns'])} = {source.options['general']['values'][0]}"
            raise StudyError(
                f"{where}: {key[0]} has {len(rows)} rates of {key[2]} for {key[1]}: {listed}; mark the general one ({wanted}) "
                "or keep one row"
            )
    kept = pd.concat([long[~several], chosen]).sort_index()
    return kept, len(long) - len(kept)
