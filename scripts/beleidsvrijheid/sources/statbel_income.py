"""Statbel: fiscal income per municipality and income year, as published or in a layout of the catalogue."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES
from beleidsvrijheid.numbers import parse_numbers
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_workbook, sheet_table
from beleidsvrijheid.sources.statbel_text import read_pipes
from beleidsvrijheid.sources.tables import parse_table

_YEAR, _NIS, _REGION = "CD_YEAR", "CD_MUNTY_REFNIS", "CD_RGN_REFNIS"
FIGURES = {
    "MS_NBR_NON_ZERO_INC": "returns",
    "MS_TOT_NET_TAXABLE_INC": "taxable_income_eur",
    "MS_TOT_MUNICIP_TAXES": "municipal_tax_eur",
    "MS_TOT_TAXES": "total_tax_eur",
    "MS_TOT_RESIDENTS": "residents",
}
# Total = state + municipal + agglomeration, to the cent but for rounding.
_OTHER_TAXES = ("MS_TOT_STATE_TAXES", "MS_TOT_SUBURBS_TAXES")
_CENTS = 0.5
_FLANDERS = "02000"
SUPPRESSED = "*"
# Figures that cannot be negative; a taxable income can.
_COUNTS = ("returns", "residents", "municipal_tax_eur")


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Kind "income": nis, vintage, year, returns, taxable_income_eur, municipal_tax_eur, total_tax_eur, residents.

    year: income year; residents: inhabitants on 1 January after it. A suppressed figure (*) is missing; a municipal tax
    of 0 is real. Raises StudyError naming file and place; a year in two files is refused.
    """
    parts = [_part(path, source, reference) for path in paths]
    table = pd.concat(
        [part.table.assign(file=path.name) for part, path in zip(parts, paths, strict=True)], ignore_index=True
    )
    twice = table[table.duplicated(["nis", "year"], keep=False)]
    if len(twice):
        case = twice.iloc[0]
        same = twice[(twice["nis"] == case["nis"]) & (twice["year"] == case["year"])]
        files = ", ".join(same["file"].unique())
        raise StudyError(
            f"income: {files}: {case['nis']} has two rows for {case['year']}; keep one file per income year"
        )
    columns = [name for name in ("nis", "vintage", "year", *FIGURES.values()) if name in table]
    checks = [row for part in parts for row in part.checks]
    notes = {name: note for part in parts for name, note in part.notes.items()}
    return Parsed(table[columns].sort_values(["year", "nis"], ignore_index=True), checks, notes)


def _part(path: Path, source: Source, reference: Reference) -> Parsed:
    if path.suffix.lower() == ".csv" and not path.name.upper().startswith("TF_PSNL_INC"):
        return parse_table(path, source, reference)
    required = [_YEAR, _NIS, *FIGURES]
    if path.suffix.lower() == ".xlsx":
        texts, name = _workbook(path, required)
        account = [check("rows read", len(texts), 0, "workbook", kind="rows", file=name)]
    else:
        text = read_pipes(path, required, [_REGION, *_OTHER_TAXES])
        texts, name, account = text.table, text.name, text.account
    texts = texts.apply(lambda column: column.str.strip())
    keys, outside = _flemish(_keys(texts, name), texts, reference, name)
    figures, suppressed = _figures(texts.loc[keys.index], name)
    table = keys.assign(vintage=_vintages(keys, source, reference, name)).join(figures)
    checks = [*account, outside, *suppressed, *_totals(texts.loc[keys.index], table, name)]
    years = sorted(int(year) for year in table["year"].unique())
    return Parsed(table, checks, {path.name: {"layout": "income_by_municipality", "years": years}})


def _workbook(path: Path, required: list[str]) -> tuple[pd.DataFrame, str]:
    """The sheet whose header has the codes; cells as text, numbers in full."""
    sheets = read_workbook(path)
    found = next((name for name, rows in sheets.items() if rows and _NIS in rows[0]), None)
    if found is None:
        raise StudyError(
            f"{path.name}: no sheet with {_NIS} in its first row (sheets: {', '.join(sheets)}); download it again"
        )
    where = f"{path.name}: sheet {found!r}"
    table = sheet_table(sheets[found], required, where)
    wanted = [name for name in (*required, _REGION, *_OTHER_TAXES) if name in table]
    return table[wanted].map(_printed), where


def _printed(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _keys(texts: pd.DataFrame, name: str) -> pd.DataFrame:
    """nis (zero-filled, for a workbook holds numbers) and year of every row."""
    for column, pattern, expected in ((_YEAR, r"(19|20)\d{2}", "a year"), (_NIS, r"\d{4,5}", "a code of five digits")):
        bad = ~texts[column].str.fullmatch(pattern)
        if bad.any():
            row = int(bad.idxmax())
            raise StudyError(f"{name}: row {row + 2}: {column}: {texts[column][row]!r} is not {expected}")
    return pd.DataFrame({"nis": texts[_NIS].str.zfill(5), "year": texts[_YEAR].astype(int)})


def _flemish(
    keys: pd.DataFrame, texts: pd.DataFrame, reference: Reference, name: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    known = set().union(*(reference.units[f"nis_{vintage}"] for vintage in VINTAGES))
    inside = keys["nis"].isin(known)
    if _REGION in texts:
        lost = ~inside & (texts[_REGION].str.zfill(5) == _FLANDERS)
        if lost.any():
            row = int(lost.idxmax())
            raise StudyError(
                f"{name}: row {row + 2}: {_NIS}: {keys['nis'][row]!r} is in region {_FLANDERS}, but no municipality of 2018, "
                "2019 or 2025; correct the code, or bring the register and workflow/tables/mergers.csv up to date"
            )
    if not inside.any():
        raise StudyError(f"{name}: none of the {len(keys)} rows is a Flemish municipality; this is another file")
    outside = int((~inside).sum())
    reason = "municipalities of other regions"
    return keys[inside], check("rows outside Flanders dropped", len(keys), outside, reason, kind="rows", file=name)


def _vintages(keys: pd.DataFrame, source: Source, reference: Reference, name: str) -> pd.Series:
    """The vintage of every row: per year the only one that has all its codes. Releases differ in the geography they use."""
    codes = {vintage: frozenset(reference.units[f"nis_{vintage}"]) for vintage in VINTAGES}
    chosen = {}
    for year, own in keys.groupby("year", sort=True)["nis"]:
        fitting = [vintage for vintage in VINTAGES if set(own) <= codes[vintage]]
        if not fitting:
            raise StudyError(f"{name}: {year}: {_mixture(set(own), codes)}")
        if len({codes[vintage] for vintage in fitting}) > 1:
            some = ", ".join(map(str, fitting))
            raise StudyError(
                f"{name}: {year}: its {own.nunique()} codes exist among the {some} municipalities alike; the rows that would tell "
                "are missing: download the file again"
            )
        chosen[year] = source.geography if source.geography in fitting else fitting[0]
    return keys["year"].map(chosen)


def _mixture(own: set[str], codes: dict[int, frozenset[str]]) -> str:
    cases = [f"{min(own - codes[vintage])} is none of the {vintage}" for vintage in VINTAGES]
    return f"codes of several geographies in one year ({', '.join(cases)}); keep the rows of one release"


def _figures(texts: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    figures, checks = {}, []
    for column, ours in FIGURES.items():
        hidden = texts[column] == SUPPRESSED
        numbers = parse_numbers(_numbered(texts[column].mask(hidden, "")), "plain", f"{name}: {column}")
        numbers.index = texts.index
        if ours in _COUNTS and (numbers < 0).any():
            row = int((numbers < 0).idxmax())
            raise StudyError(
                f"{name}: row {row + 2}: {column}: {texts[column][row]!r} is negative; download the file again"
            )
        figures[ours] = numbers
        reason = f"{column}: {int(hidden.sum())} suppressed by the publisher (*), {int((texts[column] == '').sum())} empty; missing"
        checks.append(check("figures missing", len(texts), int(numbers.isna().sum()), reason, kind="rows", file=name))
    return pd.DataFrame(figures), checks


def _numbered(texts: pd.Series) -> pd.Series:
    """Rows numbered as in the file, header included, for messages."""
    return texts.set_axis(texts.index + 2)


def _totals(texts: pd.DataFrame, table: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Total tax against its parts, where the file has them."""
    if not set(_OTHER_TAXES) <= set(texts):
        return []
    other = [
        parse_numbers(
            _numbered(texts[column].mask(texts[column] == SUPPRESSED, "")), "plain", f"{name}: {column}"
        ).to_numpy()
        for column in _OTHER_TAXES
    ]
    difference = (table["total_tax_eur"] - table["municipal_tax_eur"] - np.sum(other, axis=0)).abs()
    wrong = difference > _CENTS
    title, reason = "total tax = state + municipal + agglomeration", f"within {_CENTS:g} euro; kept as printed"
    rows = [check(title, int(difference.notna().sum()), int(wrong.sum()), reason, file=name)]
    return rows + [
        check(title, 1, 1, "kept as printed", file=name, nis=row.nis, year=int(row.year), value=row.total_tax_eur)
        for row in table[wrong].itertuples(index=False)
    ]
