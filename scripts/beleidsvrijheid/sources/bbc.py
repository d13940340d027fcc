"""Exports of the BBC tools of the Agentschap Binnenlands Bestuur, in whatever layout they come.

The layout is recognised from the file itself. A: wide CSV, one row per NIS code. B: tidy workbook. C: workbook with one
row per board. D: workbook with the boards across. E: CSV by Grondgebied and Bestuur. F (actions): see bbc_actions.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import bbc_tidy, bbc_wide
from beleidsvrijheid.sources.bbc_export import (
    BOARD_KEYS,
    DIMENSIONS,
    FILTERS,
    MEASURES,
    PLAN_YEARS,
    Figures,
    Register,
    check_filters,
    parse_footer,
    rounding,
    split_filters,
    text_of,
    years_outside_plan,
)
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_text, read_workbook

KEYS = ["report_year", "year", "code"]
ACTION = "Actie totaaloverzicht"
# Total and figure per inhabitant that belong together, and what a message adds to the name of their check.
PAIRS = {
    "spending_eur": ("spending_per_inhabitant", ""),
    "receipts_eur": ("receipts_per_inhabitant", " (receipts)"),
    "debt_eur": ("debt_per_inhabitant", ""),
}
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Read the exports of one source, in any layouts; spending and receipts may stand in one file or in several.

    The population decides texts that fit two number formats and checks total = per inhabitant x population.
    Returns a table of nis, vintage, report_year, year, code, spending_eur, spending_per_inhabitant and, where a file has
    them, receipts_eur, receipts_per_inhabitant (absent cells have no row). Raises StudyError on mixed report statuses or
    types, duplicates, unknown rows and unreadable numbers.
    """
    parts, people = _parts(paths, source, reference)
    measures = [name for name in MEASURES.values() if name.startswith("spending") or _has(parts, name)]
    cube = _joined(parts, measures, source)
    if source.options["report"] == "Jaarrekening":
        _one_report_each(parts)
    return _parsed(cube, parts, people, source)


def parse_debt(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Read exports of the financial debt, layout E or A: a table of nis, vintage, year, debt_eur, debt_per_inhabitant."""
    parts, people = _parts(paths, source, reference)
    measures = list(source.options["measures"].values())
    if not _has(parts, "debt_eur"):
        words = [word for word, name in source.options["measures"].items() if name == "debt_eur"]
        raise StudyError(
            f"{parts[0].file}: measure {words[0]!r} is missing; export with the total, not per inhabitant only"
        )
    # A debt is that of the end of a year, whichever report tells it.
    parts = [replace(part, columns=part.columns.assign(report_year=part.columns["year"])) for part in parts]
    for part in parts:
        twice = part.columns.duplicated([*KEYS, "measure"])
        if twice.any():
            year = part.columns.loc[twice, "year"].iloc[0]
            raise StudyError(
                f"{part.file}: Boekjaar {year} stands under several rapportjaren; keep one report per year"
            )
    parsed = _parsed(_joined(parts, measures, source), parts, people, source)
    table = parsed.table.drop(columns=["report_year", "code"])
    lost = table["debt_eur"].isna()
    reason = "rows with a figure per inhabitant but no total"
    dropped = check("rows without debt dropped", len(table), int(lost.sum()), reason, kind="rows")
    return Parsed(table[~lost].reset_index(drop=True), [*parsed.checks, dropped], parsed.notes)


def _parts(paths: list[Path], source: Source, reference: Reference) -> tuple[list[Figures], pd.Series]:
    register = Register.of(reference, source)
    known = reference.population
    people = pd.Series(dtype=float) if known is None else known.set_index(["nis", "year"])["population"]
    return [read_export(path, source, register, people) for path in paths], people


def _has(parts: list[Figures], measure: str) -> bool:
    return any((part.columns["measure"] == measure).any() for part in parts)


def read_export(path: Path, source: Source, register: Register, people: pd.Series) -> Figures:
    """The figures of one export. people: inhabitants by (nis, year). Raises StudyError where no layout fits."""
    with path.open("rb") as file:
        begins = file.read(8)
    if begins.startswith(_OLD_EXCEL):
        raise StudyError(f"{path.name}: an Excel file of before 2007; open it and save it as xlsx")
    if begins.startswith(_ZIP) or path.suffix == ".xlsx":
        return _workbook(path, source, register, people)
    text, filters = split_filters(read_text(path))
    if ACTION in text[:2000]:
        raise StudyError(
            f"{path.name}: a list of actions, not of figures by field or account; put it in data/raw/plan_actions/"
        )
    sheet = bbc_wide.take_apart(bbc_wide.numbered_lines(text, path.name), path.name, source, is_native=False)
    return bbc_wide.figures(sheet, source, register, people, filters)


def _workbook(path: Path, source: Source, register: Register, people: pd.Series) -> Figures:
    """Layouts B, C and D, or A saved as a workbook: told apart by what stands in the row of the boards."""
    sheets = read_workbook(path)
    name = "Export" if "Export" in sheets else next(iter(sheets)) if len(sheets) == 1 else None
    if name is None:
        raise StudyError(f"{path.name}: no sheet 'Export'; found: {', '.join(sheets)}")
    rows, filters = _without_filters(sheets[name])
    if not rows:
        raise StudyError(f"{path.name}: sheet {name!r} is empty; export again")
    start = bbc_wide.key_row(rows)
    if start is None:
        return _by_board(rows, filters, path.name, name, source, register, people)
    key, below = rows[start], rows[start + 1] if start + 1 < len(rows) else None
    labels = {text_of(cell) for cell in key[1]}
    if "Boekjaar" in labels or (start == 0 and labels & set(MEASURES)):
        return bbc_tidy.tidy(rows[start:], source, register, filters, path.name)
    if text_of(key[1][0]) == "Bestuur" and below and DIMENSIONS.fullmatch(text_of(below[1][0])):
        return bbc_tidy.transposed(rows[start:], source, register, filters, path.name)
    sheet = bbc_wide.take_apart(rows, path.name, source, is_native=True)
    return bbc_wide.figures(sheet, source, register, people, filters)


def _by_board(
    rows: bbc_tidy.Rows,
    filters: dict[str, str],
    file: str,
    name: str,
    source: Source,
    register: Register,
    people: pd.Series,
) -> Figures:
    """Layout C: no row of measures, so the footer says what the figures are."""
    first = text_of(rows[0][1][0])
    if not DIMENSIONS.fullmatch(first):
        raise StudyError(
            f"{file}: sheet {name!r} begins with {first!r}; a BBC export begins with {', '.join(BOARD_KEYS)}, Type rapport or "
            "Boekjaar. Export again"
        )
    check_filters(filters, source, file, required=True)
    said = [word for text in filters.values() for word in MEASURES if f"+ {word} (WaardeNaarKeuze)" in text]
    if len(said) != 1:
        raise StudyError(
            f"{file}: neither a row of measures nor the footer says what the figures are "
            f"([Opgenomen ...] ... + Uitgave per inwoner (WaardeNaarKeuze)); found: {', '.join(said) or 'nothing'}. "
            "Export again with its filters"
        )
    sheet = bbc_wide.take_apart(rows, file, source, is_native=True, measure=said[0])
    return bbc_wide.figures(sheet, source, register, people, filters)


def _without_filters(sheet: list[list[Any]]) -> tuple[bbc_tidy.Rows, dict[str, str]]:
    """Rows of a sheet with their number, blank ones left out, and the filters that stand below or above them."""
    kept, words, inside = [], [], False
    for number, cells in enumerate(sheet, start=1):
        first = text_of(cells[0]) if cells else ""
        if inside and (first in BOARD_KEYS or DIMENSIONS.fullmatch(first)):
            inside = False
        inside = inside or first.startswith(FILTERS)
        if inside:
            words += [text_of(cell) for cell in cells if text_of(cell)]
        elif any(cell not in ("", None) and text_of(cell) for cell in cells):
            kept.append((number, cells))
    return kept, parse_footer("\n".join(words))


class Cube:
    """Figures of all exports of a source: values[measure] is (municipalities, keys), NaN where absent.

    nis: (N,), keys: K rows of report_year, year, code; both sorted.
    """

    def __init__(self, nis: np.ndarray, keys: pd.DataFrame, measures: list[str]) -> None:
        self.nis, self.keys = nis, keys
        self.values = {name: np.full((len(nis), len(keys)), np.nan) for name in measures}

    def table(self, vintage: int) -> pd.DataFrame:
        """One row per municipality and key that has any figure, sorted."""
        present = np.zeros((len(self.nis), len(self.keys)), dtype=bool)
        for values in self.values.values():
            present |= ~np.isnan(values)
        row, column = np.nonzero(present)
        columns = {"nis": pd.array(self.nis, dtype="str").take(row), "vintage": np.full(len(row), vintage)}
        columns |= {name: self.keys[name].to_numpy()[column] for name in ("report_year", "year")}
        columns["code"] = pd.array(self.keys["code"], dtype="str").take(column)
        return pd.DataFrame(columns | {name: values[row, column] for name, values in self.values.items()})


def _joined(parts: list[Figures], measures: list[str], source: Source) -> Cube:
    """Put the exports beside each other. Raises StudyError where two give the same measure of the same cell."""
    nis = np.unique(np.concatenate([part.nis for part in parts]))
    keys = pd.concat([part.columns[KEYS] for part in parts]).drop_duplicates().sort_values(KEYS, ignore_index=True)
    cube, index = Cube(nis, keys, measures), pd.MultiIndex.from_frame(keys)
    for part in parts:
        rows = np.searchsorted(nis, part.nis)
        at = index.get_indexer(pd.MultiIndex.from_frame(part.columns[KEYS]))
        for measure in dict.fromkeys(part.columns["measure"]):
            own = np.flatnonzero(part.columns["measure"] == measure)
            block, place = part.values[:, own], np.ix_(rows, at[own])
            there = cube.values[measure][place]
            clash = ~np.isnan(there) & ~np.isnan(block)
            if clash.any():
                row, column = (int(one[0]) for one in np.nonzero(clash))
                _refuse_twice(parts, part, row, int(own[column]), source)
            cube.values[measure][place] = np.where(np.isnan(block), there, block)
    return cube


def _refuse_twice(parts: list[Figures], part: Figures, row: int, column: int, source: Source) -> None:
    what = part.columns.iloc[column]
    others = [place for one in parts if one is not part and (place := find(one, part.nis[row], what))]
    raise StudyError(
        f"{source.id}: {part.place(row, column)} of rapportjaar {what['report_year']} stands in more than one place, also in "
        f"{others[0] if others else part.file}; keep one export per plan or account year"
    )


def find(part: Figures, nis: str, what: pd.Series) -> str | None:
    """Where a part has a figure: `what` has report_year, year, code, measure."""
    row = np.flatnonzero(part.nis == nis)
    same = (part.columns[[*KEYS, "measure"]] == what[[*KEYS, "measure"]]).all(axis=1)
    column = np.flatnonzero(same)
    if len(row) and len(column) and not np.isnan(part.values[row[0], column[0]]):
        return part.place(int(row[0]), int(column[0]))
    return None


def check_frame(table: pd.DataFrame, source: Source, reference: Reference, where: str) -> list[dict[str, Any]]:
    """Check a table of finance, debt or actions that was not exported by a BBC tool, as the exports are checked.

    table: one row per figure in our own schema, numbers read: nis, year and, where the kind has them, report_year and
    code or action; any of the totals of PAIRS and their figures per inhabitant. Its index counts rows from 0 below a
    header row. where: name of the file. Returns rows for data_quality.csv: total = per inhabitant x population, one
    summary per pair and one row per figure outside the tolerance. Raises StudyError on a year under two reports
    (accounts) and on a year outside its plan.
    """
    if source.options.get("report") == "Jaarrekening" and "report_year" in table:
        one_report_a_year(table, where)
    if source.options.get("report") == "Meerjarenplan" and "report_year" in table:
        _years_of_plans(table, where)
    rows, code = [], "code" if "code" in table else "action" if "action" in table else None
    for total, (rate, suffix) in PAIRS.items():
        if total not in table or rate not in table or reference.population is None or table[total].isna().all():
            continue
        people = reference.population.set_index(["nis", "year"])["population"]
        inhabitants = people.reindex(pd.MultiIndex.from_frame(table[["nis", "year"]])).to_numpy(dtype=float)
        off, expected, summary = compare_totals(table[total].to_numpy(), table[rate].to_numpy(), inhabitants, suffix)
        rows.append(summary | {"file": where})
        for at in np.flatnonzero(off):
            line = table.iloc[at]
            case = {"nis": line["nis"], "year": int(line["year"])} | ({"code": line[code]} if code else {})
            reason = f"row {table.index[at] + 2}: outside tolerance; the total is kept as printed"
            value = {"value": line[total], "expected": expected[at]}
            rows.append(check(summary["check"], 1, 1, reason, file=where, **case, **value))
    return rows


def _years_of_plans(table: pd.DataFrame, where: str) -> None:
    outside = years_outside_plan(table)
    if outside.any():
        row = outside.idxmax()
        plan, year = table.at[row, "report_year"], table.at[row, "year"]
        raise StudyError(
            f"{where}: row {row + 2}: column 'year': {year} lies outside the plan of {plan} ({plan} to "
            f"{plan + PLAN_YEARS - 1}); correct year or report_year"
        )


def compare_totals(
    printed: np.ndarray, rates: np.ndarray, inhabitants: np.ndarray, suffix: str = ""
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Printed totals against per inhabitant x population, all of one shape, NaN where absent.

    Returns which are outside the tolerance, what was expected (EUR), and the row that counts them.
    """
    expected = rates * inhabitants
    comparable = ~np.isnan(printed) & ~np.isnan(expected)
    with np.errstate(invalid="ignore"):
        off = comparable & (np.abs(printed - expected) > rounding(expected, inhabitants))
    n_open = int(np.count_nonzero(~np.isnan(printed)) - np.count_nonzero(comparable))
    reason = f"tolerance 0.005 EUR x population + 0.5 EUR + 0.2%; {n_open} totals could not be compared"
    name = f"total = per inhabitant x population{suffix}"
    return off, expected, check(name, int(np.count_nonzero(comparable)), int(np.count_nonzero(off)), reason)


def one_report_a_year(keys: pd.DataFrame, where: str) -> None:
    """Accounts: refuse a year that two reports give, which all that reads accounts by year would count twice.

    keys: report_year and year of every figure; where: the files, for the message.
    """
    reports = keys.groupby("year")["report_year"].agg(["nunique", "min", "max"])
    twice = reports[reports["nunique"] > 1]
    if len(twice):
        case = twice.iloc[0]
        raise StudyError(
            f"{where}: Boekjaar (year) {twice.index[0]} stands under Rapportjaar (report_year) {case['min']} and "
            f"{case['max']}; figures would double: keep one report per year"
        )


def _one_report_each(parts: list[Figures]) -> None:
    """The same for exports: the message names the files and columns of both reports."""
    keys = pd.concat([part.columns.assign(file=part.file, place=part.headings()) for part in parts])
    twice = keys.groupby("year")["report_year"].transform("nunique") > 1
    if twice.any():
        year = keys.loc[twice, "year"].min()
        own = keys[keys["year"] == year].drop_duplicates("report_year").sort_values("report_year")
        one_report_a_year(own, " and ".join(own["file"] + ": " + own["place"]))


def _parsed(cube: Cube, parts: list[Figures], people: pd.Series, source: Source) -> Parsed:
    checks = [row for part in parts for row in part.checks]
    for total, (rate, suffix) in PAIRS.items():
        if total in cube.values and rate in cube.values and not np.isnan(cube.values[total]).all():
            checks += check_per_inhabitant(cube, parts, total, rate, people, suffix)
    return Parsed(cube.table(int(source.geography)), checks, {part.file: part.notes for part in parts})


def check_per_inhabitant(
    cube: Cube, parts: list[Figures], total: str, rate: str, people: pd.Series, suffix: str = ""
) -> list[dict[str, Any]]:
    """Total against per inhabitant x population: one summary row, and one row per cell that fails, with its place."""
    years = np.unique(cube.keys["year"])
    pairs = pd.MultiIndex.from_product([cube.nis, years])
    known = people.reindex(pairs).to_numpy(dtype=float).reshape(len(cube.nis), len(years))
    inhabitants = known[:, np.searchsorted(years, cube.keys["year"])]
    printed = cube.values[total]
    off, expected, summary = compare_totals(printed, cube.values[rate], inhabitants, suffix)
    rows = [summary]
    places = Places(parts)
    for row, column in np.argwhere(off):
        key = cube.keys.iloc[column]
        file, place = places.of(cube.nis[row], (*key, total))
        case = {"nis": cube.nis[row], "year": int(key["year"]), "code": key["code"]}
        reason = f"{place}: outside tolerance; the total is kept as printed"
        value = {"value": printed[row, column], "expected": expected[row, column]}
        rows.append(check(summary["check"], 1, 1, reason, file=file, **case, **value))
    return rows


class Places:
    """Where in which file a cell of the table stands; looked up only for the cells that a check names."""

    def __init__(self, parts: list[Figures]) -> None:
        self.parts, self.known = parts, []

    def of(self, nis: str, key: tuple[Any, ...]) -> tuple[str, str]:
        """File, and row and column, of a municipality and (report_year, year, code, measure)."""
        self.known = self.known or [
            (part, {code: at for at, code in enumerate(part.nis)},
             {own: at for at, own in enumerate(part.columns[[*KEYS, "measure"]].itertuples(index=False, name=None))})
            for part in self.parts
        ]  # fmt: skip
        for part, rows, columns in self.known:
            row, column = rows.get(nis), columns.get(key)
            if row is not None and column is not None and not np.isnan(part.values[row, column]):
                return part.file, part.place(row, column).removeprefix(f"{part.file}: ")
        return "", "place unknown"
