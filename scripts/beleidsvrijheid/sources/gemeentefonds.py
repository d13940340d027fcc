"""General grants per municipality and stream: export of the ABB tool on general funding."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check, nis_text, read_workbook, sheet_table

# ASSUME the columns of the export have not been seen; these are the dimensions the publisher's page names.
_COLUMNS = ["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]


def parse(path: Path, source: Source, reference: Reference) -> Parsed:
    """Amounts in EUR: nis, vintage, year, stream, amount_eur."""
    sheets = read_workbook(path)
    table = sheet_table(sheets.get("Export", []), _COLUMNS, f"{path.name}: sheet 'Export'")
    table = table[table["NIS-code"].map(lambda cell: str(cell).strip() != "")]
    texts = table["Bedrag"].map(lambda cell: isinstance(cell, str) and cell.strip() != "")
    footer = table["NIS-code"].map(lambda cell: not str(cell).strip()[:1].isdigit())
    if (texts & ~footer).any():
        raise StudyError(
            f"{path.name}: Bedrag: {table.loc[texts, 'Bedrag'].iloc[0]!r} is text where a number is expected"
        )
    table = table[~footer]
    streams = pd.DataFrame(
        {
            "nis": nis_text(table["NIS-code"]),
            "year": table["Jaar"].map(lambda cell: int(float(cell))),
            "stream": table["Stroom"].astype(str).str.strip(),
            "amount_eur": pd.to_numeric(table["Bedrag"].replace("", None)).astype(float),
        }
    ).dropna(subset=["amount_eur"])
    geography = source.geography
    streams["vintage"] = streams["year"].map(vintage_of_year) if geography == "year" else int(geography)
    if streams.duplicated(["nis", "year", "stream"]).any():
        case = streams[streams.duplicated(["nis", "year", "stream"])].iloc[0]
        raise StudyError(f"{path.name}: {case['nis']} {case['year']} {case['stream']} occurs twice")
    rows = check("rows read", len(streams), 0, f"{streams['stream'].nunique()} streams", kind="rows", file=path.name)
    return Parsed(
        streams.sort_values(["year", "nis", "stream"], ignore_index=True),
        [rows],
        {path.name: {"rows": len(streams)}},
    )
