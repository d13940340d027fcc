"""Layout F of the BBC exports: goals, plans and actions of the multi-year plan, with their spending per year.

One row per action; a cell of a goal, plan or action is text of several lines ("Code: ...", "Korte omschrijving: ...",
"Lange omschrijving: ..."), a column of figures is called "2026,Uitgave" or "2026,Uitgave per inwoner".
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import read_cells, refused
from beleidsvrijheid.sources.bbc_export import (
    MEASURES,
    PLAN_YEARS,
    Boards,
    Register,
    check_filters,
    is_subtotal,
    quoted_rows,
    rounding,
    split_filters,
)
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_text

LEVELS = {
    "Beleidsdoelst. totaaloverzicht": "goal",
    "Actieplan totaaloverzicht": "plan",
    "Actie totaaloverzicht": "action",
}
SPENDING = {word: name for word, name in MEASURES.items() if name.startswith("spending")}
KEYS = ["nis", "report_year", "action", "year"]
_CODE = re.compile(r"^\s*Code:[ \t]*(\S[^\r\n]*?)\s*$", re.MULTILINE)
_LABEL = re.compile(
    r"^\s*Korte omschrijving:\s*(.*?)\s*(?=^\s*(?:Lange omschrijving|Commentaar|Evaluatie):|\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Columns:
    """Where what stands: position of the board, of each level, and (position, year, measure) of the figures."""

    board: int
    levels: dict[str, int]
    figures: list[tuple[int, int, str]]


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Read one or more lists of actions; the year of the plan (rapportjaar) is the year in the name of the file.

    Returns nis, vintage, report_year, goal, plan, action (codes), label (short description), year, spending_eur,
    spending_per_inhabitant; years without a figure have no row. Raises StudyError naming file, row and column.
    """
    register = Register.of(reference, source)
    parts = [_one_file(path, source, register) for path in paths]
    table = pd.concat([part.table for part in parts], ignore_index=True).sort_values(KEYS, ignore_index=True)
    twice = table.duplicated(KEYS)
    if twice.any():
        case = table[twice].iloc[0]
        raise StudyError(
            f"{source.id}: {', '.join(path.name for path in paths)}: action {case['action']!r} of {case['nis']} in "
            f"{case['year']} (plan {case['report_year']}) stands in more than one row; keep one export per plan"
        )
    checks = [row for part in parts for row in part.checks] + _per_inhabitant(table, reference.population)
    notes = {path.name: part.notes for path, part in zip(paths, parts, strict=True)}
    return Parsed(table.drop(columns="place"), checks, notes)


def _one_file(path: Path, source: Source, register: Register) -> Parsed:
    text, filters = split_filters(read_text(path))
    check_filters(filters, source, path.name)
    numbered = quoted_rows(text, path.name)
    report_year = _plan_of(path)
    columns = _columns(numbered[0][1], path.name, report_year)
    width = len(numbered[0][1])
    for number, row in numbered:
        if len(row) != width:
            raise StudyError(
                f"{path.name}: line {number}: {len(row)} cells where the first row has {width} (delimiter ';'); the file may "
                "be cut off, or a text with line ends is not quoted: export it again"
            )
    rows, boards, checks = _municipal(numbered[1:], columns, path.name, register)
    table, without = _figures(rows, boards.nis, columns, source, path.name)
    reason = "rows without an action: spending that no action is named for"
    checks.append(check("rows without action dropped", len(rows), without, reason, kind="rows", file=path.name))
    table = table.assign(vintage=register.vintage, report_year=report_year)
    notes = {"rows": len(rows), "report_years": [str(report_year)], "status": filters.get("Status rapport")}
    return Parsed(table, checks, notes | ({"filters": filters} if filters else {}))


def _plan_of(path: Path) -> int:
    years = sorted(set(re.findall(r"(?<!\d)(20\d\d)(?!\d)", path.stem)))
    if len(years) != 1:
        found = ", ".join(years) or "none"
        raise StudyError(
            f"{path.name}: the name of the file must hold one year, that of the plan (rapportjaar); found: {found}. Rename it, "
            "such as acties 2026.csv"
        )
    return int(years[0])


def _columns(header: list[str], file: str, report_year: int) -> Columns:
    names = [name.strip() for name in header]
    for needed in ("Bestuur", *LEVELS):
        if names.count(needed) != 1:
            why = "is missing" if needed not in names else "occurs twice"
            raise StudyError(f"{file}: column {needed!r} {why}; found: {', '.join(names)}")
    figures, seen = [], set()
    for position, name in enumerate(names):
        if name == "Bestuur" or name in LEVELS or any(is_subtotal(part) for part in name.split(",", 1)):
            continue
        found = re.fullmatch(r"(20\d\d),(.+)", name)
        if found is None or found[2] not in SPENDING or name in seen:
            why = "occurs twice" if name in seen else "is not known"
            raise StudyError(
                f"{file}: column {position + 1}: {name!r} {why}; allowed: Bestuur, {', '.join(LEVELS)}, and a year with "
                f"{' or '.join(SPENDING)}, such as '2026,Uitgave'"
            )
        seen.add(name)
        year = int(found[1])
        if not report_year <= year < report_year + PLAN_YEARS:
            raise StudyError(
                f"{file}: column {position + 1}: {name!r} lies outside the plan of {report_year}, the file's name"
            )
        figures.append((position, year, SPENDING[found[2]]))
    if not figures:
        raise StudyError(f"{file}: no column with figures, such as '{report_year},Uitgave'")
    return Columns(names.index("Bestuur"), {LEVELS[name]: names.index(name) for name in LEVELS}, figures)


def _municipal(
    rows: list[tuple[int, list[str]]], columns: Columns, file: str, register: Register
) -> tuple[list[tuple[int, list[str]]], Boards, list[dict[str, Any]]]:
    """Rows of municipalities that are no subtotals, their codes, and the account of what was dropped."""
    details = [row for row in rows if not any(is_subtotal(row[1][at]) for at in columns.levels.values())]
    keys = [(f"{file}: line {number}", row[columns.board].strip()) for number, row in details]
    boards = register.boards(keys, by_name=True, repeats=True)
    n_subtotals = len(rows) - len(details) + boards.n_subtotals
    account = Boards([], [], len(rows), n_subtotals, boards.n_districts).checks(file)
    return [details[position] for position in boards.positions], boards, account


def described(cell: str, where: str) -> tuple[str, str]:
    """Code and short description of a goal, plan or action; both empty for an empty cell.

    Raises StudyError on a text without "Code:".
    """
    if not cell.strip():
        return "", ""
    code, label = _CODE.search(cell), _LABEL.search(cell)
    if code is None:
        begins = cell.strip().splitlines()[0][:60]
        raise StudyError(
            f"{where}: the text {begins!r} has no line 'Code: ...'; export again with Code, Korte omschrijving and Lange "
            "omschrijving"
        )
    return code[1], " ".join(label[1].split()) if label else ""


def _figures(
    rows: list[tuple[int, list[str]]], nis: list[str], columns: Columns, source: Source, file: str
) -> tuple[pd.DataFrame, int]:
    """One row per action and year that has a figure, and the number of rows without action."""
    actions, kept = [], []
    for position, (number, row) in enumerate(rows):
        codes = {
            level: described(row[at], f"{file}: line {number} ({nis[position]}), column {at + 1}")
            for level, at in columns.levels.items()
        }
        if codes["action"][0]:
            kept.append(position)
            code = {level: pair[0] for level, pair in codes.items()}
            actions.append(
                {"nis": nis[position], **code, "label": codes["action"][1], "place": f"{file}: line {number}"}
            )
    frame = pd.DataFrame(actions, columns=["nis", *LEVELS.values(), "label", "place"], dtype=object)
    chosen = [rows[position] for position in kept]
    parts = []
    for year in sorted({year for _, year, _ in columns.figures}):
        own = {
            measure: _numbers(chosen, at, source.numbers[measure][0], file, f"{year}")
            for at, one, measure in columns.figures
            if one == year
        }
        empty = np.full(len(frame), np.nan)
        part = frame.assign(year=year, **{name: own.get(name, empty) for name in SPENDING.values()})
        parts.append(part.dropna(subset=list(SPENDING.values()), how="all"))
    texts = dict.fromkeys(("nis", *LEVELS.values(), "label"), str)
    return pd.concat(parts, ignore_index=True).astype(texts), len(rows) - len(chosen)


def _numbers(rows: list[tuple[int, list[str]]], at: int, form: str, file: str, year: str) -> np.ndarray:
    values, wrong = read_cells([row[at] for _, row in rows], form)
    if wrong is not None:
        number, row = rows[wrong]
        raise refused(row[at].strip(), form, f"{file}: line {number}, column {at + 1} ({year})")
    return values


def _per_inhabitant(table: pd.DataFrame, population: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Total against per inhabitant x population: a summary, and one row per action and year that fails."""
    known = pd.Series(dtype=float) if population is None else population.set_index(["nis", "year"])["population"]
    people = known.reindex(pd.MultiIndex.from_frame(table[["nis", "year"]])).to_numpy(dtype=float)
    expected = table["spending_per_inhabitant"] * people
    comparable = table["spending_eur"].notna() & expected.notna()
    off = comparable & ((table["spending_eur"] - expected).abs() > rounding(expected, people))
    name = "total = per inhabitant x population"
    n_open = int((table["spending_eur"].notna() & ~comparable).sum())
    rows = [check(name, int(comparable.sum()), int(off.sum()), f"{n_open} totals could not be compared")]
    for row, bound in zip(table[off].itertuples(), expected[off], strict=True):
        file, place = row.place.split(": ", 1)
        reason = f"{place}: outside tolerance; the total is kept as printed"
        case = {"nis": row.nis, "year": int(row.year), "code": row.action, "value": row.spending_eur, "expected": bound}
        rows.append(check(name, 1, 1, reason, file=file, **case))
    return rows
