"""Staff of local authorities: workbook of the Gemeente-Stadsmonitor, one tab per indicator."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import Parsed, Reference, check, nis_text, read_workbook, sheet_table
from beleidsvrijheid.sources.tables import with_vintage

# ASSUME the exact tab ids of the publisher are unverified; any tab whose name ends like this is taken.
_EMPLOYERS = {"gemeente": "municipality", "ocmw": "ocmw"}
_COLUMNS = ["Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde"]


def parse(path: Path, source: Source, reference: Reference) -> Parsed:
    """VTE (FTE) per municipality, year and employer: nis, vintage, year, employer, vte."""
    parts = []
    for sheet, rows in read_workbook(path).items():
        employer = _EMPLOYERS.get(sheet.casefold().rsplit("_", 1)[-1])
        if employer:
            parts.append(_tab(rows, employer, f"{path.name}: tab {sheet!r}"))
    if {part["employer"].iloc[0] for part in parts if len(part)} != set(_EMPLOYERS.values()):
        raise StudyError(f"{path.name}: needs a tab ending in _gemeente and one ending in _ocmw")
    table = with_vintage(pd.concat(parts, ignore_index=True), source.geography)
    if table.duplicated(["nis", "year", "employer"]).any():
        case = table[table.duplicated(["nis", "year", "employer"])].iloc[0]
        raise StudyError(f"{path.name}: {case['nis']} has two figures for {case['year']} ({case['employer']})")
    rows = check("rows read", len(table), 0, "VTE of municipality and OCMW", kind="rows", file=path.name)
    return Parsed(
        table.sort_values(["year", "nis", "employer"], ignore_index=True),
        [rows],
        {path.name: {"rows": len(table)}},
    )


def _tab(rows: list[list], employer: str, where: str) -> pd.DataFrame:
    table = sheet_table(rows, _COLUMNS, where)
    texts = table["Waarde"].map(lambda cell: isinstance(cell, str) and cell.strip() != "")
    if texts.any():
        raise StudyError(f"{where}: {table.loc[texts, 'Waarde'].iloc[0]!r} is text where a number is expected")
    return pd.DataFrame(
        {
            "nis": nis_text(table["NIS-code"]),
            "year": table["Jaar"].map(lambda cell: int(float(cell))),
            "employer": employer,
            "vte": pd.to_numeric(table["Waarde"].replace("", None)).astype(float),
        }
    ).dropna(subset=["vte"])
