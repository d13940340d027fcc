"""Exports of the BBC tools of the Agentschap Binnenlands Bestuur: layouts A (wide CSV) and C (workbook by board).

Layout A: metadata rows (one value per data column), a row "NIS-code" with the measure, one row per municipality.
Layout C: a row Boekjaar, a row Alg. rekening, one row per board with EUR per inhabitant, a footer with the filters.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import parse_either, parse_numbers
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_rows, read_workbook

MEASURES = {"Uitgave": "spending_eur", "Uitgave per inwoner": "spending_per_inhabitant"}
_CODE_ROW = {"field": "Beleidsveld", "account": "Alg. rekening"}
_SUBTOTALS = ("total", "totaal")
# Rounding of the printed figures (cents per inhabitant, whole euros), and 0.2 % for the population used by the publisher.
PER_INHABITANT_ROUNDING, EURO_ROUNDING, POPULATION_TOLERANCE = 0.005, 0.5, 0.002


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Read one or more exports of one kind.

    The population decides texts that fit two number formats and checks total = per inhabitant x population.
    Returns a table of nis, vintage, report_year, year, code, spending_eur, spending_per_inhabitant (absent cells have
    no row). Raises StudyError on mixed report statuses or types, duplicates, unknown rows and unreadable numbers.
    """
    inhabitants = _inhabitants(reference.population)
    parts = [
        _workbook(path, source, reference) if path.suffix == ".xlsx" else _wide_csv(path, source, inhabitants)
        for path in paths
    ]
    table = pd.concat([part.table for part in parts], ignore_index=True)
    keys = ["nis", "report_year", "year", "code"]
    twice = table.duplicated(keys)
    if twice.any():
        case = table.loc[twice, keys].iloc[0]
        raise StudyError(
            f"{source.id}: {' '.join(map(str, case))} (nis, rapportjaar, boekjaar, code) stands in more than one place; "
            "keep one export per plan or account year"
        )
    table = table.assign(vintage=int(source.geography)).sort_values(keys, ignore_index=True)
    checks = [row for part in parts for row in part.checks] + check_per_inhabitant(table, inhabitants)
    notes = {path.name: part.notes for path, part in zip(paths, parts, strict=True)}
    return Parsed(table, checks, notes)


def _inhabitants(population: pd.DataFrame | None) -> pd.Series:
    return pd.Series(dtype=float) if population is None else population.set_index(["nis", "year"])["population"]


def _single(values: list[str], label: str, path: Path, expected: str | None = None) -> str:
    """The one value of a metadata row; mixed values would double every figure."""
    found = sorted({value.strip() for value in values})
    if len(found) != 1:
        raise StudyError(
            f"{path.name}: {label}: {len(found)} different values ({', '.join(found[:4])}); figures would double: "
            "export one at a time"
        )
    if expected and found[0] != expected:
        raise StudyError(f"{path.name}: {label}: is {found[0]!r} where this source needs {expected!r}; export again")
    return found[0]


def _metadata(rows: list[list[str]], path: Path, code_row: str) -> tuple[dict[str, list[str]], list[list[str]]]:
    start = next((number for number, row in enumerate(rows[:20]) if row[0].strip() == "NIS-code"), None)
    if start is None:
        raise StudyError(f"{path.name}: no row that begins with 'NIS-code' in the first 20; is this a layout A export?")
    metadata = {row[0].strip(): row[1:] for row in rows[: start + 1]}
    for label in ("Type rapport", "Rapportjaar", "Boekjaar", code_row):
        if label not in metadata:
            raise StudyError(
                f"{path.name}: metadata row {label!r} is missing; found: {', '.join(metadata)}. Export with that row"
            )
    return metadata, rows[start + 1 :]


def _wide_csv(path: Path, source: Source, inhabitants: pd.Series) -> Parsed:
    code_row = _CODE_ROW[source.options["view"]]
    metadata, body = _metadata(read_rows(path, ";"), path, code_row)
    _single(metadata["Type rapport"], "Type rapport", path, source.options["report"])
    status = _single(metadata["Status rapport"], "Status rapport", path) if "Status rapport" in metadata else None
    columns = _columns(metadata, code_row, path)
    kept, dropped = _municipal_rows(body, path)
    cells = np.array([row[1:] for row in kept], dtype=object)
    long = _melt(cells, [row[0] for row in kept], columns)
    wide = _values(long, source, inhabitants, path)
    checks = _dropped_rows(len(body), dropped["subtotal"], dropped["district"], path)
    lost = int((~columns["keep"]).sum())
    reason = "columns named Total"
    checks.append(check("subtotal columns dropped", len(columns), lost, reason, kind="rows", file=path.name))
    notes = {"status": status, "rows": len(kept), "report_years": sorted(set(metadata["Rapportjaar"]))}
    return Parsed(wide, checks, notes)


def _columns(metadata: dict[str, list[str]], code_row: str, path: Path) -> pd.DataFrame:
    """One row per data column: report_year, year, code, measure, keep (False for subtotals)."""
    columns = pd.DataFrame(
        {
            "report_year": metadata["Rapportjaar"],
            "year": metadata["Boekjaar"],
            "label": metadata[code_row],
            "measure": metadata["NIS-code"],
        }
    )
    unknown = set(columns["measure"]) - set(MEASURES)
    if unknown:
        raise StudyError(f"{path.name}: measure {sorted(unknown)[0]!r} is not known; allowed: {', '.join(MEASURES)}")
    labels = columns[["report_year", "year", "label"]].apply(lambda column: column.str.strip().str.casefold())
    columns["keep"] = ~labels.isin(_SUBTOTALS).any(axis=1)
    columns["code"] = columns["label"].map(lambda label: code_of(label, path) if label.strip() else "")
    kept = columns[columns["keep"]]
    for label in ("report_year", "year"):
        bad = kept.loc[~kept[label].str.fullmatch(r"\d{4}"), label]
        if len(bad):
            raise StudyError(f"{path.name}: {label}: {bad.iloc[0]!r} in column {bad.index[0] + 2} is not a year")
    twice = kept.duplicated(["report_year", "year", "code", "measure"])
    if twice.any():
        case = kept[twice].iloc[0]
        raise StudyError(
            f"{path.name}: {case['measure']} of {case['label']!r} in {case['year']} (rapportjaar {case['report_year']}) "
            "stands in two columns; export again with one report status"
        )
    return columns


def code_of(label: str, path: Path) -> str:
    """The code at the start of a label: "0740 Sport" -> "0740", "REK214-0 Plannen en studies" -> "214-0"."""
    first = re.sub(r"\s+", " ", label.strip()).split(" ")[0].removeprefix("REK")
    if first.casefold() not in _SUBTOTALS and not re.fullmatch(r"\d[\d/]*(-\d)?", first):
        raise StudyError(f"{path.name}: {label!r} does not begin with a code of a policy field or account")
    return first


def _municipal_rows(body: list[list[str]], path: Path) -> tuple[list[list[str]], dict[str, int]]:
    kept, dropped, seen = [], {"subtotal": 0, "district": 0}, set()
    for row in body:
        key = row[0].strip()
        if key.casefold() in _SUBTOTALS:
            dropped["subtotal"] += 1
        elif key.casefold().startswith("district"):
            dropped["district"] += 1
        elif not re.fullmatch(r"\d{5}", key):
            raise StudyError(f"{path.name}: row {key!r} is not a NIS code of five digits, a subtotal or a district")
        elif key in seen:
            raise StudyError(f"{path.name}: municipality {key} occurs twice; figures would double: export again")
        else:
            seen.add(key)
            kept.append([key, *row[1:]])
    return kept, dropped


def _melt(cells: np.ndarray, nis: list[str], columns: pd.DataFrame) -> pd.DataFrame:
    """The filled cells as rows: nis, report_year, year, code, measure, text."""
    filled = (cells != "") & columns["keep"].to_numpy()[None, :]
    row, column = np.nonzero(filled)
    picked = columns.take(column)
    return pd.DataFrame(
        {
            "nis": np.array(nis, dtype=object)[row],
            "report_year": picked["report_year"].to_numpy().astype(int),
            "year": picked["year"].to_numpy().astype(int),
            "code": picked["code"].to_numpy(),
            "measure": picked["measure"].map(MEASURES).to_numpy(),
            "text": cells[row, column],
        }
    )


def _values(long: pd.DataFrame, source: Source, inhabitants: pd.Series, path: Path) -> pd.DataFrame:
    """Texts to numbers by the declared formats, one row per municipality, year and code."""
    wide = long.set_index(["nis", "report_year", "year", "code", "measure"])["text"].unstack().reset_index()
    # Messages name the cell as the export does.
    cells = [wide["nis"], wide["year"].astype(str), wide["code"], wide["report_year"].astype(str)]
    wide.index = pd.Index(cells[0].str.cat(cells[1:], sep=", "))
    for measure in MEASURES.values():
        if measure not in wide:
            wide[measure] = np.nan
    per_inhabitant = source.numbers["spending_per_inhabitant"]
    wide["spending_per_inhabitant"] = parse_numbers(
        wide["spending_per_inhabitant"].fillna(""), per_inhabitant[0], f"{path.name}: Uitgave per inwoner"
    )
    texts, forms, where = (
        wide["spending_eur"].fillna(""),
        source.numbers["spending_eur"],
        f"{path.name}: Uitgave",
    )
    if len(forms) == 1:
        wide["spending_eur"] = parse_numbers(texts, forms[0], where)
    else:
        wide["spending_eur"] = decide_format(texts, forms, _expected(wide, inhabitants), where)
    return wide.reset_index(drop=True).rename_axis(columns=None)


def _expected(table: pd.DataFrame, inhabitants: pd.Series) -> pd.DataFrame:
    """Per inhabitant x population, with the half-width that rounding allows; NaN where either is absent."""
    people = inhabitants.reindex(pd.MultiIndex.from_frame(table[["nis", "year"]])).to_numpy()
    expected = table["spending_per_inhabitant"] * people
    tolerance = PER_INHABITANT_ROUNDING * people + EURO_ROUNDING + POPULATION_TOLERANCE * expected.abs()
    return pd.DataFrame({"expected": expected, "tolerance": tolerance}, index=table.index)


def decide_format(texts: pd.Series, forms: list[str], expected: pd.DataFrame, where: str) -> pd.Series:
    """Numbers whose text may be of several formats: per inhabitant x population decides, else the text is refused."""
    agreed, candidates = parse_either(texts, forms, where)
    open_cells = agreed.isna() & candidates.notna().any(axis=1)
    near = candidates.sub(expected["expected"], axis=0).abs().le(expected["tolerance"], axis=0)
    for row in texts.index[open_cells]:
        fitting = {candidates.at[row, form] for form in forms if near.at[row, form]}
        if len(fitting) != 1:
            raise StudyError(
                f"{where}: at {row}: {texts[row]!r} fits the formats {', '.join(forms)} with different values and "
                f"per inhabitant x population decides for {len(fitting)} of them; declare one format"
            )
        agreed[row] = fitting.pop()
    return agreed


def check_per_inhabitant(table: pd.DataFrame, inhabitants: pd.Series) -> list[dict[str, Any]]:
    """Total against per inhabitant x population: one summary row, and one row per municipality-year and code that fails."""
    if table["spending_eur"].isna().all():
        return []  # an export with figures per inhabitant only has no totals to check
    bounds = _expected(table, inhabitants)
    comparable = table["spending_eur"].notna() & bounds["expected"].notna()
    off = comparable & ((table["spending_eur"] - bounds["expected"]).abs() > bounds["tolerance"])
    reason = (
        f"tolerance {PER_INHABITANT_ROUNDING} EUR x population + {EURO_ROUNDING} EUR + {POPULATION_TOLERANCE:.1%}; "
        f"{int((table['spending_eur'].notna() & ~comparable).sum())} totals could not be compared"
    )
    rows = [check("total = per inhabitant x population", int(comparable.sum()), int(off.sum()), reason)]
    for row, bound in zip(table[off].itertuples(), bounds.loc[off, "expected"], strict=True):
        rows.append(
            check(
                "total = per inhabitant x population",
                1,
                1,
                "outside tolerance; the total is kept as printed",
                nis=row.nis,
                year=row.year,
                code=row.code,
                value=row.spending_eur,
                expected=bound,
            )
        )
    return rows


def parse_footer(text: str) -> dict[str, str]:
    """The filters of an export, from its footer: "[Status rapport] is Origineel" -> {"Status rapport": "Origineel"}."""
    pairs = re.findall(r"\[([^\]]+)\]\s*(?:is\s+)?([^\n\[]*(?:\n(?!\s*\[)[^\n\[]*)*)", text)
    filters: dict[str, str] = {}
    for name, value in pairs:
        filters[name] = "; ".join(filter(None, [filters.get(name), value.strip()]))
    return filters


def _check_footer(filters: dict[str, str], source: Source, path: Path) -> None:
    for name, expected in (("Type rapport", source.options["report"]), ("Status rapport", None)):
        value = filters.get(name)
        if value is None:
            raise StudyError(f"{path.name}: the footer does not say [{name}]; export again with its filters")
        if re.search(r"\sof\s|,|;", value):
            raise StudyError(
                f"{path.name}: footer: [{name}] is {value!r}: several at once double the figures; export one"
            )
        if expected and value != expected:
            raise StudyError(f"{path.name}: footer: [{name}] is {value!r} where this source needs {expected!r}")


def _workbook(path: Path, source: Source, reference: Reference) -> Parsed:
    """Layout C: native numbers, EUR per inhabitant."""
    sheets = read_workbook(path)
    rows = sheets.get("Export")
    if rows is None or len(rows) < 3 or rows[0][0] != "Boekjaar" or rows[1][0] != "Alg. rekening":
        raise StudyError(
            f"{path.name}: sheet 'Export' must begin with rows 'Boekjaar' and 'Alg. rekening'; found {', '.join(sheets)}"
        )
    footer = next((str(row[0]) for row in reversed(rows) if str(row[0]).startswith("Toegepaste filters")), "")
    filters = parse_footer(footer)
    _check_footer(filters, source, path)
    body = [row for row in rows[2:] if str(row[0]).strip() and not str(row[0]).startswith("Toegepaste filters")]
    kept, checks = _boards(body, path)
    index = reference.names(int(source.geography))
    codes = [index.code(str(row[0]).strip(), path.name) for row in kept]
    if len(set(codes)) != len(codes):
        raise StudyError(f"{path.name}: a board occurs twice; export again")
    return Parsed(_workbook_cells(kept, codes, rows[:2], path), checks, {"filters": filters, "rows": len(codes)})


def _boards(body: list[list[Any]], path: Path) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    """Rows of municipalities, and the count of subtotals and districts left out."""
    subtotals = [row for row in body if str(row[0]).strip().casefold() in _SUBTOTALS]
    districts = [row for row in body if str(row[0]).strip().startswith("District ")]
    kept = [row for row in body if row not in subtotals and row not in districts]
    return kept, _dropped_rows(len(body), len(subtotals), len(districts), path)


def _dropped_rows(rows: int, subtotals: int, districts: int, path: Path) -> list[dict[str, Any]]:
    counts = (("subtotal", subtotals, "rows named Total"), ("district", districts, "districts are part of Antwerpen"))
    return [check(f"{name} rows dropped", rows, n, reason, kind="rows", file=path.name) for name, n, reason in counts]


def _workbook_cells(body: list[list[Any]], codes: list[str], header: list[list[Any]], path: Path) -> pd.DataFrame:
    years, labels = header[0][1:], header[1][1:]
    cells = np.array([row[1:] for row in body], dtype=object)
    filled = cells != ""
    row, column = np.nonzero(filled)
    values = cells[row, column]
    text = [position for position, value in enumerate(values) if isinstance(value, str)]
    if text:
        at = text[0]
        raise StudyError(
            f"{path.name}: row {codes[row[at]]}, {labels[column[at]]!r}: {values[at]!r} is text where a number is expected"
        )
    year = np.array([int(float(value)) for value in years])
    code = np.array([code_of(str(label), path) for label in labels], dtype=object)
    return pd.DataFrame(
        {
            "nis": np.array(codes, dtype=object)[row],
            "report_year": year[column],
            "year": year[column],
            "code": code[column],
            "spending_eur": np.nan,
            "spending_per_inhabitant": values.astype(float),
        }
    )
