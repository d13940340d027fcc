"""BBC exports with a row per board: layouts A (wide CSV), C (workbook by board) and E (CSV by territory and board).

Rows of metadata say of every column its report, year and code; then, in A and E, a row with the measures; then one row
per board. In C there may be no such row: the footer says the measure. In E the key is Grondgebied and Bestuur.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import parse_either, read_cells, refused
from beleidsvrijheid.sources.bbc_export import (
    BOARD_KEYS,
    CODE_ROW,
    DIMENSIONS,
    SUBTOTALS,
    Boards,
    Figures,
    Register,
    check_filters,
    check_measures,
    check_section,
    internal_flows,
    is_subtotal,
    measures_of,
    quoted_rows,
    rounding,
    series_check,
    single,
    text_of,
    year_columns,
)
from beleidsvrijheid.sources.bbc_totals import OF_BOARDS, OF_DETAILS, check_boards, check_details, unit_of
from beleidsvrijheid.sources.reading import check

TERRITORY = "Grondgebied"
HEADER_ROWS = 20
# Levels of Bestuur that hold a whole municipality; of these one is kept.
WHOLE = ("Total", "Totaal", "OCMW + Gemeente")


@dataclass(frozen=True)
class Sheet:
    """A wide export taken apart: metadata by label, measures, and the body still unread.

    body: (row in the file, key of the board, its cells as a line or list); n_keys: columns before the first figure;
    is_native: cells are numbers (a workbook), not texts.
    """

    file: str
    metadata: dict[str, list[str]]
    measures: list[str]
    key: str
    body: list[tuple[int, str, Any]]
    n_keys: int
    is_native: bool
    checks: tuple[dict[str, Any], ...] = ()


def cells_of(row: Any) -> list[Any]:
    """The cells of a row that may still be a line."""
    return row.split(";") if isinstance(row, str) else row


def numbered_lines(text: str, file: str) -> list[tuple[int, Any]]:
    """Rows of a CSV with their line in the file, blank ones left out; unquoted ones still unsplit.

    Raises StudyError on a row of another length than the first: the file is cut off, or a cell holds the delimiter.
    """
    if '"' in text:
        rows = quoted_rows(text, file)
    else:
        lines = text.replace("\r\n", "\n").split("\n")
        rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip("; \t\r")]
    width = len(cells_of(rows[0][1])) if rows else 0
    for number, row in rows:
        found = row.count(";") + 1 if isinstance(row, str) else len(row)
        if found != width:
            raise StudyError(
                f"{file}: row {number} has {found} cells where the first row has {width} (delimiter ';'); "
                "the file may be cut off: download or export it again"
            )
    return rows


def key_row(rows: list[tuple[int, Any]]) -> int | None:
    """Position of the row that begins with the key of the boards, among the first rows."""
    for position, (_, row) in enumerate(rows[:HEADER_ROWS]):
        first = text_of(row.split(";", 1)[0] if isinstance(row, str) else row[0])
        if first in (*BOARD_KEYS, TERRITORY):
            return position
    return None


def take_apart(rows: list[tuple[int, Any]], file: str, source: Source, is_native: bool, measure: str = "") -> Sheet:
    """Split the rows of a wide export into metadata, measures and body.

    measure: what all figures are where no row says it (layout C). Raises StudyError on rows of metadata that are not
    known, and where which level of Bestuur to keep is not clear.
    """
    start = key_row(rows)
    if start is None and not measure:
        raise StudyError(f"{file}: no row that begins with 'NIS-code' or 'Bestuur' in the first {HEADER_ROWS}")
    if start is None:
        labels = [text_of(row[0]) for _, row in rows[:HEADER_ROWS]]
        start = next((at for at, label in enumerate(labels) if not DIMENSIONS.fullmatch(label)), len(labels))
        header, key, measures = rows[:start], "Bestuur", [measure] * (len(rows[0][1]) - 1)
        body = rows[start:]
    else:
        own = cells_of(rows[start][1])
        header, key = rows[:start], text_of(own[0])
        measures = [text_of(cell) for cell in own[2 if key == TERRITORY else 1 :]]
        body = rows[start + 1 :]
    n_keys = 2 if key == TERRITORY else 1
    metadata = _metadata(header, n_keys, file)
    sheet = Sheet(file, metadata, measures, key, [], n_keys, is_native)
    if key == TERRITORY:
        return _one_level(sheet, body, source)
    keyed = [(n, text_of(row.split(";", 1)[0] if isinstance(row, str) else row[0]), row) for n, row in body]
    return replace(sheet, body=keyed)


def _metadata(header: list[tuple[int, Any]], n_keys: int, file: str) -> dict[str, list[str]]:
    metadata = {}
    for number, row in header:
        cells = cells_of(row)
        label = next((text for cell in cells[:n_keys] if (text := text_of(cell))), "")
        if not DIMENSIONS.fullmatch(label) or label in metadata:
            why = "occurs twice" if label in metadata else "is not known"
            raise StudyError(
                f"{file}: row {number}: metadata row {label!r} {why}; known: Type rapport, Status rapport, Rapportjaar, "
                "Boekjaar, BV_domein, BV_subdomein, Beleidsveld, Niveau 1 to 8, Alg. rekening. Export with these"
            )
        metadata[label] = [text_of(cell) for cell in cells[n_keys:]]
    return metadata


def _one_level(sheet: Sheet, body: list[tuple[int, Any]], source: Source) -> Sheet:
    """Layout E: rows of one level of Bestuur, that of the catalogue where the file has several."""
    rows = []
    for number, row in body:
        territory, board = (text_of(cell) for cell in (row.split(";", 2) if isinstance(row, str) else row)[:2])
        rows.append((number, territory, board, row))
    places = {territory for _, territory, _, _ in rows if not is_subtotal(territory)}
    level = _level(sheet.file, {board for _, territory, board, _ in rows if territory in places}, source)
    kept = [(n, territory, row) for n, territory, board, row in rows if board == level or territory not in places]
    without = sorted(places - {territory for _, territory, _ in kept})
    reason = f"rows of another Bestuur than {level!r}: parts of the same municipality"
    lacking = f"territories without a row {level!r}" + (f": {', '.join(without[:5])}" if without else "")
    checks = (
        check("other boards dropped", len(rows), len(rows) - len(kept), reason, kind="rows", file=sheet.file),
        check("one whole board per territory", len(places), len(without), lacking, file=sheet.file),
    )
    return replace(sheet, body=kept, checks=checks)


def _level(file: str, boards: set[str], source: Source) -> str:
    """The level of Bestuur that is kept. Raises StudyError where several hold the whole municipality, or none does."""
    levels = sorted(boards & set(WHOLE))
    wanted = source.options.get("board")
    if wanted in levels:
        return wanted
    if len(levels) == 1:
        return levels[0]
    problem = "several levels of Bestuur hold" if levels else "no level of Bestuur holds"
    raise StudyError(
        f"{file}: column Bestuur: {problem} the whole municipality (found: {', '.join(map(repr, sorted(boards)[:6]))}), "
        f"figures would double or lack a part; keep one of {', '.join(map(repr, WHOLE))}: export that one, or name it "
        "under options: board in workflow/sources.yaml"
    )


def figures(sheet: Sheet, source: Source, register: Register, people: pd.Series, filters: dict[str, str]) -> Figures:
    """The figures of a wide export. people: inhabitants by (nis, year), for texts that fit two number formats.

    Raises StudyError on mixed reports or statuses, unknown rows and columns, duplicates and unreadable numbers.
    """
    columns, notes = _columns(sheet, source, filters)
    check_filters(filters, source, sheet.file, required=sheet.is_native and notes["status"] is None)
    places = [(f"{sheet.file}: row {number}", key) for number, key, _ in sheet.body]
    boards = register.boards(places, by_name=sheet.key != "NIS-code")
    reader = Reader(sheet, source, people)
    kept = columns[columns["keep"]].drop(columns="keep").astype({"report_year": int, "year": int})
    result = reader.block(boards.positions, boards.nis, kept)
    checks = [*sheet.checks, *boards.checks(sheet.file)]
    lost = int((~columns["keep"]).sum())
    reason = "columns named Total"
    checks.append(check("subtotal columns dropped", len(columns), lost, reason, kind="rows", file=sheet.file))
    checks += _total_columns(reader, columns, boards, result) + _total_row(reader, kept, boards, result)
    checks += series_check(result.columns, sheet.file) + internal_flows(result.columns, result.values, sheet.file)
    notes |= {"filters": filters} if filters else {}
    return replace(result, checks=checks, notes=notes | {"rows": len(boards.nis)})


@dataclass(frozen=True)
class Reader:
    """Reads parts of the body of a sheet. people: inhabitants by (nis, year)."""

    sheet: Sheet
    source: Source
    people: pd.Series

    def block(self, positions: list[int], nis: list[str], columns: pd.DataFrame) -> Figures:
        """Figures of some rows of the body, by position, and of some columns: report_year, year, code, measure."""
        sheet = self.sheet
        rows = np.array([sheet.body[position][0] for position in positions], dtype=int)[:, None]
        numbers = (columns.index.to_numpy() + sheet.n_keys + 1)[None, :]
        values = np.full((len(positions), len(columns)), np.nan)
        keys = columns.reset_index(drop=True)
        result = Figures(sheet.file, np.array(nis, dtype=object), keys, values, rows, numbers)
        lines = [sheet.body[position][2] for position in positions]
        if sheet.is_native:
            _fill_native(result, lines)
        else:
            _fill(result, lines, columns, sheet.n_keys, self.source, self.people)
        return result

    def totals(
        self, positions: list[int], nis: list[str], columns: pd.DataFrame, name: str
    ) -> Figures | dict[str, Any]:
        """The same of totals, or the row that says which is no number: nothing but a comparison uses them."""
        try:
            return self.block(positions, nis, columns)
        except StudyError as problem:
            return check(name, 1, 1, f"not compared: {problem}", file=self.sheet.file)


def _total_columns(reader: Reader, columns: pd.DataFrame, boards: Boards, result: Figures) -> list[dict[str, Any]]:
    """Columns named Total against the columns they add up, for every municipality."""
    sheet = reader.sheet
    words = pd.Series(sheet.measures, dtype=object)
    known = words.map(measures_of(reader.source))
    sums = columns.index[~columns["keep"] & known.notna()]
    if sums.empty:
        return []
    # The year of a total may be several, and is not looked at: a place names the column by its number.
    totals = reader.totals(
        boards.positions,
        boards.nis,
        pd.DataFrame({"report_year": 0, "year": 0, "code": "Total", "measure": known[sums]}),
        OF_DETAILS,
    )
    if isinstance(totals, dict):
        return [totals]
    at = columns.index[columns["keep"]].append(sums)
    lines = pd.DataFrame({"measure": words} | sheet.metadata, dtype=object).loc[at]
    values = np.concatenate([result.values, totals.values], axis=1).T

    def place(line: int, column: int) -> str:
        return f"row {result.rows[column, 0]} ({result.nis[column]}), column {at[line] + sheet.n_keys + 1}"

    return check_details(lines, values, unit_of(known[at])[:, None], place, sheet.file)


def _total_row(reader: Reader, kept: pd.DataFrame, boards: Boards, result: Figures) -> list[dict[str, Any]]:
    """The row named Total against the sum over municipalities. In layout E it adds up other levels of Bestuur too."""
    sheet = reader.sheet
    sums = [position for position, (_, key, _) in enumerate(sheet.body) if is_subtotal(key)]
    if not sums or sheet.key == TERRITORY:
        return []
    totals = reader.totals(sums, ["Total"] * len(sums), kept, OF_BOARDS)
    return [totals] if isinstance(totals, dict) else check_boards(result, totals, boards.n_districts)


def _needed(sheet: Sheet, source: Source, filters: dict[str, str]) -> None:
    """Refuse an export that does not say what its figures are about."""
    view = source.options.get("view")
    needed = ["Boekjaar", *([CODE_ROW[view]] if view else [])]
    needed += [] if "Type rapport" in filters or sheet.is_native else ["Type rapport"]
    needed += ["Rapportjaar"] if sheet.key == "NIS-code" and view else []
    for label in needed:
        if label not in sheet.metadata:
            found = ", ".join(sheet.metadata) or "none"
            raise StudyError(f"{sheet.file}: metadata row {label!r} is missing; found: {found}. Export with that row")
    if not {"Type rapport"} & (set(sheet.metadata) | set(filters)):
        raise StudyError(f"{sheet.file}: the footer does not say [Type rapport]; export again with its filters")


def _columns(sheet: Sheet, source: Source, filters: dict[str, str]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One row per data column: report_year, year, code, measure, keep (False for subtotals); and notes."""
    file = sheet.file
    _needed(sheet, source, filters)
    texts = pd.DataFrame(sheet.metadata, dtype=object)
    keep = ~pd.concat([texts[name].str.casefold().isin(SUBTOTALS) for name in texts], axis=1).any(axis=1)
    kept = texts[keep]
    if kept.empty:
        raise StudyError(f"{file}: every column is a subtotal; export with the details")
    report = source.options.get("report")
    if "Type rapport" in kept:
        single(kept["Type rapport"], "Type rapport", file, report)
    status = single(kept["Status rapport"], "Status rapport", file) if "Status rapport" in kept else None
    if "Niveau 1" in kept:
        check_section(kept["Niveau 1"], source, f"{file}: Niveau 1")
    words = pd.Series(sheet.measures, index=texts.index, dtype=object)
    check_measures(words[keep], source, file)
    places = "column " + pd.Series(kept.index + sheet.n_keys + 1, index=kept.index).astype(str)
    years = year_columns(kept, source, places, file).assign(measure=words[keep].map(measures_of(source)))
    twice = years.duplicated(["report_year", "year", "code", "measure"])
    if twice.any():
        case, at = years[twice].iloc[0], twice.index[twice][0]
        raise StudyError(
            f"{file}: {places[at]}: {words[at]} of {case['code'] or 'this measure'} in {case['year']} (rapportjaar "
            f"{case['report_year']}) stands in two columns; export again with one report status and no other split"
        )
    notes = {"status": status, "report_years": sorted(set(map(str, years["report_year"])))}
    return years.reindex(texts.index).assign(keep=keep), notes


def _fill(
    result: Figures, lines: list[Any], kept: pd.DataFrame, n_keys: int, source: Source, people: pd.Series
) -> None:
    """Read the texts of all rows into the block, by the declared formats."""
    forms = {measure: tuple(source.numbers[measure]) for measure in set(kept["measure"])}
    at = kept.index.to_numpy() + n_keys
    open_columns = np.array([len(forms[measure]) > 1 for measure in kept["measure"]])
    groups = {
        form: np.flatnonzero((kept["measure"].map(lambda name: forms[name][0]) == form).to_numpy() & ~open_columns)
        for form in sorted({forms[measure][0] for measure in forms})
    }
    undecided = []
    for row, line in enumerate(lines):
        cells = cells_of(line)
        for form, positions in groups.items():
            chosen = cells[n_keys:] if len(positions) == len(cells) - n_keys else [cells[at[one]] for one in positions]
            values, wrong = read_cells(chosen, form)
            if wrong is not None:
                raise refused(str(chosen[wrong]).strip(), form, result.place(row, positions[wrong]))
            result.values[row, positions] = values
        undecided += [(row, one, text) for one in np.flatnonzero(open_columns) if (text := cells[at[one]].strip())]
    if undecided:
        _decide(result, undecided, forms, people)


def _fill_native(result: Figures, lines: list[Any]) -> None:
    """Read the cells of a workbook into the block. A text is refused: nothing says which number format it has."""
    at = np.broadcast_to(result.numbers, result.values.shape)[0] - 1 if len(lines) else []
    for row, cells in enumerate(lines):
        result.values[row] = [
            cell if type(cell := cells[position]) is float else native_number(cell, result, row, column)
            for column, position in enumerate(at)
        ]


def native_number(cell: Any, result: Figures, row: int, column: int) -> float:
    """A number of a workbook; NaN where blank. Raises StudyError on a text, a date or a truth value."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return float(cell)
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return np.nan
    raise StudyError(f"{result.place(row, column)}: {cell!r} is text where a number is expected; export again")


def _decide(
    result: Figures, cells: list[tuple[int, int, str]], forms: dict[str, tuple[str, ...]], people: pd.Series
) -> None:
    """Texts of several formats: per inhabitant x population decides, else the text is refused."""
    keys = result.columns[["report_year", "year", "code"]].apply(tuple, axis=1)
    measures = result.columns["measure"]
    rates = {(keys[at], measures[at]): at for at in range(len(keys))}
    for row, column, text in cells:
        agreed, candidates = parse_either(pd.Series([text]), list(forms[measures[column]]), result.place(row, column))
        value = agreed.iloc[0]
        if np.isnan(value):
            rate = rates.get((keys[column], measures[column].replace("_eur", "_per_inhabitant")))
            inhabitants = people.get((result.nis[row], result.columns["year"][column]), np.nan)
            expected = np.nan if rate is None else result.values[row, rate] * inhabitants
            tolerance = rounding(expected, inhabitants)
            fitting = {one for one in candidates.iloc[0].dropna() if abs(one - expected) <= tolerance}
            if len(fitting) != 1:
                raise StudyError(
                    f"{result.place(row, column)}: {text!r} fits the formats {', '.join(forms[measures[column]])} with "
                    f"different values and per inhabitant x population decides for {len(fitting)} of them; declare one format"
                )
            value = fitting.pop()
        result.values[row, column] = value
