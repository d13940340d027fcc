"""Centre function of municipalities: export of Provincies in Cijfers with the degree of equipment in nine classes."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import Parsed, Reference, check, nis_cells, placed_table, read_workbook
from beleidsvrijheid.sources.tables import year_of_file
from beleidsvrijheid.sources.vintages import check_names, codes_of

_COLUMNS = ["gemeente", "Name gemeente", "uitrustingsgraad", "Name uitrustingsgraad"]


def parse(path: Path, source: Source, reference: Reference) -> Parsed:
    """nis, vintage, year, class_number (1 to 9, in the order of the catalogue), class_label. The year is in the file's name.

    Raises StudyError on a class the catalogue does not have, a class with two labels, a municipality that is doubled,
    that the geography does not have, or that is printed with the name of another.
    """
    year, vintage = year_of_file(path), int(source.geography)
    sheets = read_workbook(path)
    sheet, rows = next(iter(sheets.items()))
    where = f"{path.name}: sheet {sheet!r}"
    cells = placed_table(rows, _COLUMNS, where)
    nis = nis_cells(cells["gemeente"], f"{where}: gemeente")
    label = cells["Name uitrustingsgraad"].astype(str).str.strip()
    table = pd.DataFrame({"nis": nis, "vintage": vintage, "year": year, "class_label": label})
    table["class_number"] = _class_numbers(cells["uitrustingsgraad"].astype(str).str.strip(), label, source, where)
    _check_codes(table, reference, vintage, where)
    printed = cells["Name gemeente"].astype(str).str.strip()
    places = f"{where}: row " + table.index.astype(str)
    names = check_names(table[["nis", "vintage"]].assign(name=printed, place=places), reference)
    every = codes_of(reference.units, vintage)
    missing = sorted(every - set(nis))
    reason = f"municipalities of {vintage} without a class: {', '.join(missing[:10]) or 'none'}"
    checks = [
        check("rows read", len(table), 0, f"{table['class_number'].nunique()} classes", kind="rows", file=path.name),
        check("every municipality exactly once", len(every), len(missing), reason, file=path.name),
        names | {"file": path.name},
    ]
    if len(sheets) > 1:
        others = ", ".join(list(sheets)[1:])
        checks.append(
            check("sheets read", len(sheets), len(sheets) - 1, f"left out: {others}", kind="rows", file=path.name)
        )
    return Parsed(table.sort_values("nis", ignore_index=True), checks, {path.name: {"rows": len(table), "year": year}})


def _class_numbers(codes: pd.Series, labels: pd.Series, source: Source, where: str) -> pd.Series:
    order = list(source.options["classes"])
    unknown = ~codes.isin(order)
    if unknown.any():
        row = unknown.idxmax()
        raise StudyError(
            f"{where}: row {row}: uitrustingsgraad {codes[row]!r} is not one of {', '.join(order)} (options.classes in "
            "workflow/sources.yaml); correct it, or export the nine classes"
        )
    for code, own in labels.groupby(codes, sort=True):
        if own.nunique() > 1:
            odd = own.index[own != own.iloc[0]][0]
            raise StudyError(f"{where}: row {odd}: class {code} is called {own[odd]!r} here and {own.iloc[0]!r} above")
    return codes.map({code: float(number) for number, code in enumerate(order, start=1)})


def _check_codes(table: pd.DataFrame, reference: Reference, vintage: int, where: str) -> None:
    twice = table["nis"].duplicated()
    if twice.any():
        raise StudyError(f"{where}: row {twice.idxmax()}: {table.at[twice.idxmax(), 'nis']} occurs twice; keep one row")
    strange = ~table["nis"].isin(codes_of(reference.units, vintage))
    if strange.any():
        row = strange.idxmax()
        raise StudyError(
            f"{where}: row {row}: {table.at[row, 'nis']} is not one of the {vintage} municipalities; correct it"
        )
