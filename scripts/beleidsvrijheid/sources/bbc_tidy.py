"""BBC exports with a row per figure: layouts B (tidy workbook) and D (workbook with the boards across its columns)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.bbc_export import (
    BOARD_KEYS,
    CODE_ROW,
    DIMENSIONS,
    Figures,
    Register,
    check_filters,
    check_measures,
    check_section,
    internal_flows,
    is_subtotal,
    measures_of,
    series_check,
    single,
    text_of,
    year_columns,
)
from beleidsvrijheid.sources.bbc_totals import check_boards, check_details, unit_of
from beleidsvrijheid.sources.bbc_wide import native_number
from beleidsvrijheid.sources.reading import check

Rows = list[tuple[int, list[Any]]]


def _header(cells: list[Any], source: Source, file: str, number: int, keys: tuple[str, ...] = ()) -> list[str]:
    """Names of the columns. Raises StudyError on one that is unknown, missing or there twice."""
    names = [text_of(cell) for cell in cells]
    allowed = measures_of(source)
    for position, name in enumerate(names, start=1):
        if name not in allowed and name not in keys and not DIMENSIONS.fullmatch(name):
            raise StudyError(
                f"{file}: row {number}, column {position}: column {name!r} is not known; allowed: "
                f"{', '.join([*keys, 'Type rapport', 'Rapportjaar', 'Boekjaar', CODE_ROW[source.options['view']], *allowed])}"
            )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"{file}: row {number}: column {twice[0]!r} occurs twice; keep one")
    return names


def _needed(names: list[str], source: Source, file: str, filters: dict[str, str], number: int) -> None:
    needed = ["Boekjaar", CODE_ROW[source.options["view"]]]
    needed += [] if "Type rapport" in filters else ["Type rapport"]
    for label in needed:
        if label not in names:
            raise StudyError(f"{file}: row {number}: column {label!r} is missing; found: {', '.join(names)}")


def _details(
    rows: Rows, dimensions: list[tuple[int, str]], figures: list[tuple[int, str]], source: Source, file: str
) -> tuple[Rows, pd.DataFrame, list]:
    """Rows that are no subtotals, their dimensions as years and code, and the account of what was dropped.

    figures: position and word of the columns that subtotals add up.
    """
    texts = [[text_of(cells[position]) for position, _ in dimensions] for _, cells in rows]
    keep = [not any(map(is_subtotal, own)) for own in texts]
    kept = [row for row, is_kept in zip(rows, keep, strict=True) if is_kept]
    frame = pd.DataFrame(
        [own for own, is_kept in zip(texts, keep, strict=True) if is_kept],
        columns=[name for _, name in dimensions],
        dtype=object,
    )
    if frame.empty:
        raise StudyError(f"{file}: no row with figures; every row is a subtotal or blank")
    for label, expected in (("Type rapport", source.options["report"]), ("Status rapport", None)):
        if label in frame:
            single(frame[label], label, file, expected)
    if "Niveau 1" in frame:
        check_section(frame["Niveau 1"], source, f"{file}: Niveau 1")
    places = "row " + pd.Series([number for number, _ in kept]).astype(str)
    dropped = check(
        "subtotal rows dropped", len(rows), len(rows) - len(kept), "rows named Total", kind="rows", file=file
    )
    years = year_columns(frame, source, places, file)
    totals = [] if all(keep) else _totals(rows, pd.DataFrame(texts, columns=list(frame)), figures, source, file)
    return kept, years, [dropped, *totals]


def _totals(
    rows: Rows, lines: pd.DataFrame, figures: list[tuple[int, str]], source: Source, file: str
) -> list[dict[str, Any]]:
    """Printed subtotals against their details. A cell that is no number counts as blank: of a detail it is refused."""
    cells = [[row[position] for position, _ in figures] for _, row in rows]
    values = np.array(
        [[cell if type(cell) in (int, float) else np.nan for cell in row] for row in cells], dtype=float
    ).reshape(len(rows), len(figures))
    unit = unit_of(pd.Series([measures_of(source)[word] for _, word in figures]))

    def place(line: int, column: int) -> str:
        return f"row {rows[line][0]}, column {figures[column][0] + 1} ({figures[column][1]})"

    return check_details(lines, values, unit, place, file)


def _notes(years: pd.DataFrame, filters: dict[str, str], n_boards: int, status: str | None) -> dict[str, Any]:
    notes = {"status": status, "report_years": sorted(set(map(str, years["report_year"])))}
    return notes | ({"filters": filters} if filters else {}) | {"rows": n_boards}


def tidy(rows: Rows, source: Source, register: Register, filters: dict[str, str], file: str) -> Figures:
    """Layout B: one header row, then one row per board, year and code with native numbers.

    rows: from the header row on. Raises StudyError on unknown columns, mixed reports, duplicates and texts for numbers.
    """
    number, header = rows[0]
    width = max(position for position, cell in enumerate(header, start=1) if text_of(cell))
    names = _header(header[:width], source, file, number, BOARD_KEYS)
    _needed(names, source, file, filters, number)
    check_filters(filters, source, file)
    found = [name for name in names if name in measures_of(source)]
    if not found:
        raise StudyError(f"{file}: row {number}: no column with figures; needed: {' or '.join(measures_of(source))}")
    key = names[0]
    details, years, checks = _details(
        rows[1:],
        [(at, name) for at, name in enumerate(names) if name not in found],
        [(names.index(word), word) for word in found],
        source,
        file,
    )
    keys = [(f"{file}: row {at}", text_of(cells[0])) for at, cells in details]
    boards = register.boards(keys, by_name=key != "NIS-code", repeats=True)
    checks += boards.checks(file)[1:]
    details, years = [details[at] for at in boards.positions], years.iloc[boards.positions].reset_index(drop=True)
    block = _block(details, boards.nis, years, [(names.index(word), word) for word in found], source, file)
    status = None
    if "Status rapport" in names and details:
        status = text_of(details[0][1][names.index("Status rapport")])
    extra = series_check(block.columns, file) + internal_flows(block.columns, block.values, file)
    return replace(block, checks=checks + extra, notes=_notes(years, filters, len(block.nis), status))


def _block(
    details: Rows, nis: list[str], years: pd.DataFrame, found: list[tuple[int, str]], source: Source, file: str
) -> Figures:
    """Rows of figures as a block of boards by (report year, year, code, measure)."""
    boards, row = np.unique(np.array(nis, dtype=object), return_inverse=True)
    distinct = years.drop_duplicates().sort_values(list(years.columns), ignore_index=True)
    key = pd.MultiIndex.from_frame(distinct).get_indexer(pd.MultiIndex.from_frame(years))
    _refuse_repeats(row, key, details, file)
    columns = pd.concat([distinct.assign(measure=measures_of(source)[word]) for _, word in found], ignore_index=True)
    shape, n_keys = (len(boards), len(columns)), len(distinct)
    lines = np.zeros(shape, dtype=int)
    numbers = np.repeat([at + 1 for at, _ in found], n_keys)[None, :]
    block = Figures(file, boards, columns, np.full(shape, np.nan), lines, numbers)
    for at, (line, cells) in enumerate(details):
        for measure, (position, _) in enumerate(found):
            column = measure * n_keys + key[at]
            lines[row[at], column] = line
            cell = cells[position]
            block.values[row[at], column] = cell if type(cell) is float else native_number(cell, block, row[at], column)
    return block


def _refuse_repeats(row: np.ndarray, key: np.ndarray, details: Rows, file: str) -> None:
    pairs = pd.DataFrame({"row": row, "key": key})
    twice = pairs.duplicated()
    if twice.any():
        second = int(np.flatnonzero(twice)[0])
        first = int(np.flatnonzero((row == row[second]) & (key == key[second]))[0])
        raise StudyError(
            f"{file}: rows {details[first][0]} and {details[second][0]}: the same board, year and code twice "
            f"({text_of(details[second][1][0])}); figures would double: export again with one report status and no other split"
        )


def transposed(rows: Rows, source: Source, register: Register, filters: dict[str, str], file: str) -> Figures:
    """Layout D: boards across the columns, one row per year and code, subtotals in rows named Total.

    rows: from the row "Bestuur" on. Raises StudyError as `tidy` does.
    """
    (_, top), (number, second) = rows[0], rows[1]
    labels = [text_of(cell) for cell in second]
    n_dimensions = next((at for at, name in enumerate(labels) if name in measures_of(source)), None)
    if n_dimensions is None:
        check_measures(
            [name for name in labels if name and not DIMENSIONS.fullmatch(name)], source, f"{file}: row {number}"
        )
        raise StudyError(f"{file}: row {number}: no column with figures; needed: {' or '.join(measures_of(source))}")
    names = _header(second[:n_dimensions], source, file, number)
    _needed(names, source, file, filters, number)
    check_filters(filters, source, file, required="Status rapport" not in names)
    columns = [at for at in range(n_dimensions, len(labels)) if text_of(top[at]) or labels[at]]
    check_measures([labels[at] for at in columns], source, f"{file}: row {number}")
    added = [(at, labels[at]) for at in columns if not is_subtotal(text_of(top[at]))]
    details, years, checks = _details(rows[2:], list(enumerate(names)), added, source, file)
    keys = [(f"{file}: row {rows[0][0]}, column {at + 1}", text_of(top[at])) for at in columns]
    words = list(dict.fromkeys(labels[at] for at in columns))
    blocks = [
        _across(word, [(at, key) for at, key in zip(columns, keys, strict=True) if labels[at] == word], details, years,
                source, register, file)
        for word in words
    ]  # fmt: skip
    checks += blocks[0][1] + [row for _, _, totals in blocks for row in totals]
    block = _beside([one for one, _, _ in blocks])
    checks += series_check(block.columns, file) + internal_flows(block.columns, block.values, file)
    status = text_of(details[0][1][names.index("Status rapport")]) if "Status rapport" in names else None
    return replace(block, checks=checks, notes=_notes(years, filters, len(block.nis), status))


def _across(
    word: str, columns: list[tuple[int, tuple[str, str]]], details: Rows, years: pd.DataFrame, source: Source,
    register: Register, file: str,
) -> tuple[Figures, list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """The columns of one measure of layout D, turned so that boards are rows; what was dropped, and its totals checked."""
    boards = register.boards([key for _, key in columns], by_name=True)
    at = [columns[position][0] for position in boards.positions]
    twice = years.duplicated()
    if twice.any():
        second = int(np.flatnonzero(twice)[0])
        raise StudyError(
            f"{file}: row {details[second][0]}: the same year and code as an earlier row "
            f"({', '.join(map(str, years.iloc[second]))}); figures would double: export again"
        )
    keyed = years.assign(measure=measures_of(source)[word])
    block = _turned(np.array(boards.nis, dtype=object), at, details, keyed, file)
    sums = [position for position, (_, key) in columns if is_subtotal(key)]
    totals = _turned(np.array(["Total"] * len(sums), dtype=object), sums, details, keyed, file)
    return block, boards.checks(file, "columns"), check_boards(block, totals, boards.n_districts)


def _turned(nis: np.ndarray, at: list[int], details: Rows, columns: pd.DataFrame, file: str) -> Figures:
    """Columns `at` of the details as rows of figures."""
    lines = np.array([[number for number, _ in details]])
    numbers = np.array(at, dtype=int)[:, None] + 1
    block = Figures(file, nis, columns, np.full((len(at), len(details)), np.nan), lines, numbers)
    for row, position in enumerate(at):
        block.values[row] = [
            cell if type(cell := cells[position]) is float else native_number(cell, block, row, column)
            for column, (_, cells) in enumerate(details)
        ]
    return block


def _beside(blocks: list[Figures]) -> Figures:
    """Blocks of several measures of one file as one; a board without one of the measures has blanks there."""
    if len(blocks) == 1:
        return blocks[0]
    nis = np.unique(np.concatenate([block.nis for block in blocks]))
    parts = {"values": [], "rows": [], "numbers": []}
    for block in blocks:
        at = np.searchsorted(nis, block.nis)
        for name, empty in (("values", np.nan), ("rows", 0), ("numbers", 0)):
            whole = np.full((len(nis), block.values.shape[1]), empty)
            whole[at] = np.broadcast_to(getattr(block, name), block.values.shape)
            parts[name].append(whole)
    columns = pd.concat([block.columns for block in blocks], ignore_index=True)
    return Figures(blocks[0].file, nis, columns, *(np.concatenate(parts[name], axis=1) for name in parts))
