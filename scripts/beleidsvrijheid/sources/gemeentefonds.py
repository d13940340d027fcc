"""General grants per municipality and stream: export of the ABB tool on general funding."""

from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import parse_numbers
from beleidsvrijheid.sources.reading import (
    Parsed,
    Reference,
    check,
    nis_cells,
    number_cells,
    placed_table,
    read_workbook,
    year_cells,
)
from beleidsvrijheid.sources.tables import with_vintage
from beleidsvrijheid.sources.vintages import check_names

# ASSUME the columns of the export have not been seen; these are the dimensions the publisher's page names.
_COLUMNS = ["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]
_TOTALS_TOLERANCE = 0.001  # share of the published total


def parse(path: Path, source: Source, reference: Reference) -> Parsed:
    """Amounts in EUR: nis, vintage, year, stream, amount_eur. Rows of totals and footers, without a code, are left out.
    Sums are compared with the published totals where the reference has them.

    Raises StudyError naming sheet and row of what is no code, year, stream or amount, of what occurs twice, and of a code
    that stands beside the name of another municipality.
    """
    where = f"{path.name}: sheet 'Export'"
    table = placed_table(read_workbook(path).get("Export", []), _COLUMNS, where)
    has_code = table["NIS-code"].map(lambda cell: str(cell).strip()[:1].isdigit()).astype(bool)
    others = [str(cell)[:60] for row in table[~has_code].to_numpy() for cell in row[:2] if cell != ""]
    rows = table[has_code]
    streams = _amounts(rows, where)
    present = streams["amount_eur"].notna()
    kept = with_vintage(streams[present], source.geography)
    _refuse_twice(kept, where)
    printed = rows.loc[present, "Bestuur"].astype(str).str.strip()
    places = f"{where}: row " + kept.index.astype(str)
    names = check_names(kept[["nis", "vintage"]].assign(name=printed, place=places), reference)
    reason = f"rows without a NIS code: {', '.join(dict.fromkeys(others)) or 'none'}"
    checks = [
        check("rows with a NIS code", len(table), int((~has_code).sum()), reason, kind="rows", file=path.name),
        check(
            "amounts read", len(streams), int((~present).sum()), "rows without an amount", kind="rows", file=path.name
        ),
        names | {"file": path.name},
    ]
    if reference.grant_totals is not None:
        checks += compare_with_published(kept, reference.grant_totals)
    notes = {path.name: {"rows": len(kept), "streams": sorted(kept["stream"].unique())}}
    return Parsed(kept.sort_values(["year", "nis", "stream"], ignore_index=True), checks, notes)


def _amounts(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    streams = pd.DataFrame(
        {
            "nis": nis_cells(rows["NIS-code"], f"{where}: NIS-code"),
            "year": year_cells(rows["Jaar"], f"{where}: Jaar"),
            "stream": rows["Stroom"].astype(str).str.strip(),
            "amount_eur": number_cells(rows["Bedrag"], f"{where}: Bedrag"),
        }
    )
    if (streams["stream"] == "").any():
        raise StudyError(
            f"{where}: row {(streams['stream'] == '').idxmax()}: no stream (Stroom); export again with all streams"
        )
    return streams


def _refuse_twice(kept: pd.DataFrame, where: str) -> None:
    twice = kept.duplicated(["nis", "year", "stream"])
    if twice.any():
        case = kept.loc[twice.idxmax()]
        raise StudyError(
            f"{where}: row {twice.idxmax()}: {case['nis']} {case['year']} {case['stream']} occurs twice; choose one "
            "board per municipality in the tool"
        )


def compare_with_published(streams: pd.DataFrame, published: pd.DataFrame) -> list[dict[str, Any]]:
    """One check per stream and year: the sum over municipalities (EUR) against the published total. Nothing is adjusted.

    streams: year, stream, amount_eur. published: stream, year, total_eur_thousand, all text (workflow/tables/grant_totals.csv).
    A stream or year without a published total gets a row that says so.
    """
    stated = published.assign(
        year=published["year"].astype(int),
        expected=1000 * parse_numbers(published["total_eur_thousand"], "plain", "grant_totals.csv: total_eur_thousand"),
    )
    sums = streams.groupby(["stream", "year"], sort=True)["amount_eur"].sum().reset_index()
    both = sums.merge(stated[["stream", "year", "expected"]], on=["stream", "year"], how="outer", validate="one_to_one")
    return [_total_check(row) for row in both.sort_values(["stream", "year"]).itertuples(index=False)]


def _total_check(row: Any) -> dict[str, Any]:
    name, case = "grants add up to the published total", {"year": int(row.year), "code": row.stream}
    if pd.isna(row.expected):
        return check(name, 0, 0, "no published total to compare with", value=row.amount_eur, **case)
    if pd.isna(row.amount_eur):
        return check(name, 1, 1, "published, and not in the export", expected=row.expected, **case)
    share = row.amount_eur / row.expected - 1
    reason = f"difference {row.amount_eur - row.expected:.2f} EUR ({share:.3%}); nothing adjusted"
    failed = int(abs(share) > _TOTALS_TOLERANCE)
    return check(name, 1, failed, reason, value=row.amount_eur, expected=row.expected, **case)
