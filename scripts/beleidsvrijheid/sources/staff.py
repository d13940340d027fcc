"""Staff of local authorities: workbooks of the Gemeente-Stadsmonitor and answers of Provincies in Cijfers (OData)."""

import re
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.city_monitor import Tab, printed_names, read_tabs
from beleidsvrijheid.sources.json_text import read_json
from beleidsvrijheid.sources.reading import Parsed, Reference, check, numbers_of_one_format
from beleidsvrijheid.sources.vintages import check_names, codes_of, vintage_by_codes

# ASSUME the exact tab ids of the publisher are unverified; any tab whose name ends like this is taken.
_EMPLOYERS = {"gemeente": "municipality", "ocmw": "ocmw"}
# The geography of an answer, whatever its years: the publisher recasts its history.
_GEO_LEVELS = {"gemeente": 285, "gemeente2024": 300, "gemeente2018": 308}
_HIDDEN = {"-99996", "-99997", "-99998", "-99999", "x", "?", ""}
_UNKNOWN = {"99991", "99992", "99999"}
_FIELDS = ["Period", "ExternalCode", "ValueString"]


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """VTE (FTE) per municipality, year and employer: nis, vintage, year, employer, vte.

    Raises StudyError naming file and row of what is no figure, on a code beside the name of another municipality, and where
    two files speak of the same employer and year in ways that cannot both be right.
    """
    parts, checks, notes = [], [], {}
    for path in paths:
        read = _odata if path.suffix.casefold() == ".json" else _workbook
        part, account, note = read(path, source, reference)
        parts.append(part.assign(file=path.name))
        checks += [row | {"file": path.name} for row in account]
        notes[path.name] = {"rows": len(part)} | note
    table = pd.concat(parts, ignore_index=True)
    lacking = [key for key, employer in _EMPLOYERS.items() if employer not in set(table["employer"])]
    if lacking:
        raise StudyError(
            f"{', '.join(notes)}: needs a tab ending in _gemeente and one ending in _ocmw, or the OData answers of both; "
            f"no figures of: {', '.join(lacking)}"
        )
    _check_once(table)
    columns = ["nis", "vintage", "year", "employer", "vte"]
    return Parsed(table.sort_values(["year", "nis", "employer"], ignore_index=True)[columns], checks, notes)


def _check_once(table: pd.DataFrame) -> None:
    """One figure per municipality, year and employer, and one geography per year and employer, or sums would double."""
    twice = table.duplicated(["nis", "year", "employer"], keep=False)
    if twice.any():
        cases = table[twice].sort_values(["year", "nis", "employer"])
        case = cases.iloc[0]
        same = cases[(cases[["nis", "year", "employer"]] == case[["nis", "year", "employer"]]).all(axis=1)]
        files = " and ".join(dict.fromkeys(same["file"]))
        raise StudyError(f"{files}: {case['nis']} has two figures for {case['year']} ({case['employer']}); keep one")
    for (year, employer), rows in table.groupby(["year", "employer"], sort=True):
        if rows["vintage"].nunique() > 1:
            files = " and ".join(dict.fromkeys(rows["file"]))
            on = " and ".join(str(vintage) for vintage in sorted(rows["vintage"].unique()))
            raise StudyError(
                f"{files}: {year} ({employer}) is on {on} municipalities; keep it in one of the files only"
            )


def _workbook(path: Path, source: Source, reference: Reference) -> tuple[pd.DataFrame, list[dict], dict]:
    tabs, others = read_tabs(path, lambda name: _employer(name) is not None)
    used = [tab for tab in tabs if _employer(tab.name)]
    left_out = others + [tab.name for tab in tabs if tab not in used]
    reason = f"tabs that are not on staff: {', '.join(left_out) or 'none'}"
    checks = [check("tabs read", len(used) + len(left_out), len(left_out), reason, kind="rows")]
    if not used:
        endings = " or ".join(f"_{ending}" for ending in _EMPLOYERS)
        raise StudyError(
            f"{path.name}: no tab on staff, whose name would end in {endings}; found: {', '.join(left_out[:8]) or 'none'}. "
            "Download the workbook with the theme Personeel"
        )
    parts, names = [], []
    for tab in used:
        part, account = _tab(tab, reference)
        parts.append(part)
        names.append(printed_names(tab, part["vintage"]))
        checks.append(account)
    checks.append(check_names(pd.concat(names), reference))
    kept = pd.concat(parts, ignore_index=True).dropna(subset=["vte"], ignore_index=True)
    return kept, checks, {"tabs": [tab.name for tab in used]}


def _employer(tab: str) -> str | None:
    return _EMPLOYERS.get(tab.casefold().rsplit("_", 1)[-1])


def _tab(tab: Tab, reference: Reference) -> tuple[pd.DataFrame, dict]:
    if "Waarde" not in tab.values:
        raise StudyError(f"{tab.where}: column 'Waarde' is missing; the figures are in: {', '.join(tab.values)}")
    vintage = vintage_by_codes(tab.rows, reference.units, tab.where)
    part = tab.rows[["nis", "year"]].assign(employer=_employer(tab.name), vte=tab.rows["Waarde"], vintage=vintage)
    present = part["vte"].notna()
    reason = "cells without a figure"
    return part, check("figures read", len(part), int((~present).sum()), reason, kind="rows", code=tab.name)


def _odata(path: Path, source: Source, reference: Reference) -> tuple[pd.DataFrame, list[dict], dict]:
    employer, level = _series(path, source)
    rows = _values(path)
    codes = rows["ExternalCode"].str.extract(rf"^{level}_(\d{{5}})$", expand=False)
    _refuse(codes.isna(), rows["ExternalCode"], path, "ExternalCode", f"a municipality of geo level {level}")
    _refuse(~rows["Period"].str.fullmatch(r"(19|20)\d{2}"), rows["Period"], path, "Period", "a year")
    unknown = codes.isin(_UNKNOWN)
    hidden = rows["ValueString"].isin(_HIDDEN) & ~unknown
    vintage = _GEO_LEVELS[level]
    strange = ~unknown & ~codes.isin(codes_of(reference.units, vintage))
    _refuse(strange, rows["ExternalCode"], path, "ExternalCode", f"one of the {vintage} municipalities")
    kept = ~unknown & ~hidden
    forms = list(source.numbers.get("vte", ["plain"]))
    values, form = numbers_of_one_format(rows.loc[kept, "ValueString"], forms, f"{path.name}: value")
    part = pd.DataFrame({"nis": codes[kept], "year": rows.loc[kept, "Period"].astype(int), "employer": employer})
    checks = [
        check("municipality unknown", len(rows), int(unknown.sum()), "codes 99991, 99992, 99999", kind="rows"),
        check("figures hidden or missing", len(rows), int(hidden.sum()), "-99996 to -99999, x, ?", kind="rows"),
    ]
    return part.assign(vte=values, vintage=vintage), checks, {"number_format": form, "geo_level": level}


def _series(path: Path, source: Source) -> tuple[str, str]:
    """Employer and geo level, from the name of the file."""
    match = re.fullmatch(rf"(.+)_({'|'.join(_GEO_LEVELS)})", path.stem)
    variables = source.options["variables"]
    if match is None or match[1] not in variables:
        raise StudyError(
            f"{path.name}: the name must be VARIABLE_LEVEL.json, VARIABLE one of {', '.join(variables)} (options.variables in "
            f"workflow/sources.yaml), LEVEL one of {', '.join(_GEO_LEVELS)}"
        )
    return variables[match[1]], match[2]


def _values(path: Path) -> pd.DataFrame:
    """The rows of an answer as text, indexed by their number from 1."""
    answer = read_json(path, parse_float=str, parse_int=str)
    rows = answer.get("value") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not rows:
        raise StudyError(f"{path.name}: no list of figures under 'value'; is this the answer to .../Values?")
    if "@odata.nextLink" in answer:
        raise StudyError(f"{path.name}: this is one page of several (@odata.nextLink); download all of them")
    for number, row in enumerate(rows, start=1):
        missing = [name for name in _FIELDS if not isinstance(row, dict) or name not in row]
        if missing:
            raise StudyError(f"{path.name}: value {number}: {missing[0]!r} is missing; needed: {', '.join(_FIELDS)}")
    texts = [["" if row[name] is None else str(row[name]).strip() for name in _FIELDS] for row in rows]
    return pd.DataFrame(texts, columns=_FIELDS, index=range(1, len(rows) + 1), dtype=object)


def _refuse(wrong: pd.Series, cells: pd.Series, path: Path, field: str, expected: str) -> None:
    if wrong.any():
        row = wrong.idxmax()
        raise StudyError(
            f"{path.name}: value {row}: {field} {cells[row]!r} is not {expected} ({int(wrong.sum())} such rows); correct it"
        )
