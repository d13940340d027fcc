"""Sources that come as one plain table: the layouts of the catalogue say which column means what."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Layout, Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.bbc import PAIRS, check_frame
from beleidsvrijheid.sources.characters import damaged_at
from beleidsvrijheid.sources.reading import Parsed, Reference, check, number_column, read_table
from beleidsvrijheid.sources.schemas import KINDS, YEARS


def choose_layout(columns: list[str], source: Source, where: str) -> Layout:
    """The first layout of the catalogue whose columns are all in the header. Raises StudyError listing what is missing."""
    for layout in source.layouts:
        if set(layout.columns) <= set(columns):
            return layout
    wanted = "; or ".join(f"{layout.id}: {', '.join(layout.columns)}" for layout in source.layouts)
    raise StudyError(f"{where}: the header ({', '.join(columns)}) fits no known layout; needed: {wanted}")


def with_vintage(table: pd.DataFrame, geography: int | str) -> pd.DataFrame:
    """Add the vintage of every row's code: a fixed one, or that of the row's year."""
    if geography == "year":
        return table.assign(vintage=table["year"].map(vintage_of_year))
    return table.assign(vintage=int(geography))


def year_of_file(path: Path) -> int:
    """The first year in the name of a file. Raises StudyError where there is none."""
    match = re.search(r"(19|20)\d{2}", path.name)
    if match is None:
        raise StudyError(f"{path.name}: this layout has no year column; put the year in the file's name")
    return int(match[0])


def parse_table(path: Path, source: Source, reference: Reference) -> Parsed:
    """A CSV in one of the source's layouts: renamed, numbers parsed, years as integers, vintage added."""
    raw = read_table(path, garbled_too=False)  # remarks beside the columns that are read may be garbled
    layout = choose_layout(list(raw.columns), source, path.name)
    _refuse_garbled(raw, layout, path.name)
    table = raw[list(layout.columns)].rename(columns=layout.columns)
    for column, forms in source.numbers.items():
        if column in table:
            table[column] = number_column(_by_row(table[column]), list(forms), f"{path.name}: {column}").to_numpy()
    if "year" in table:
        table["year"] = _whole(table["year"], f"{path.name}: year")
    elif layout.year == "file_name":
        table["year"] = year_of_file(path)
    elif "year" in source.options:
        table["year"] = int(source.options["year"])
    bad = table.loc[~table["nis"].str.fullmatch(r"\d{5}"), "nis"]
    if len(bad):
        raise StudyError(f"{path.name}: row {bad.index[0] + 2}: {bad.iloc[0]!r} is not a NIS code of five digits")
    geography = layout.geography or source.geography
    rows = check("rows read", len(table), 0, f"layout {layout.id}", kind="rows", file=path.name)
    return Parsed(with_vintage(table, geography), [rows], {path.name: {"layout": layout.id, "rows": len(table)}})


def _refuse_garbled(raw: pd.DataFrame, layout: Layout, name: str) -> None:
    for column in layout.columns:
        at = damaged_at(raw[column])
        if at is not None:
            raise StudyError(
                f"{name}: {column}: row {raw.index[at] + 2}: {raw[column].iloc[at]!r} was saved in the wrong encoding; "
                "download the file again and do not open it in between"
            )


def parse_seats(path: Path, source: Source, reference: Reference) -> Parsed:
    """Seats per party with the size of the council; a council whose seats do not add up to it is left out, by name."""
    parsed = parse_table(path, source, reference)
    sums = parsed.table.groupby("nis").agg(seats=("seats", "sum"), size=("council_size", "first"))
    wrong = sums[sums["seats"] != sums["size"]]
    name = "seats = size of the council"
    reason = f"councils whose seats do not add up are left out: {len(wrong)}"
    rows = [check(name, len(sums), len(wrong), reason, file=path.name)]
    rows += [
        check(name, 1, 1, "left out", file=path.name, nis=nis, value=row.seats, expected=row.size)
        for nis, row in zip(wrong.index, wrong.itertuples(index=False), strict=True)
    ]
    table = parsed.table[~parsed.table["nis"].isin(wrong.index)].drop(columns="council_size")
    return Parsed(table, [*parsed.checks, *rows], parsed.notes)


def _by_row(texts: pd.Series) -> pd.Series:
    """Cells under the number of their row in the file, for messages."""
    return texts.set_axis(texts.index + 2)


def _whole(texts: pd.Series, where: str) -> pd.Series:
    """Cells that must be whole numbers: years, vintages. Raises StudyError naming row and cell."""
    numbers = number_column(_by_row(texts), ["plain"], where)
    wrong = numbers.index[~(numbers % 1 == 0)]
    if len(wrong):
        raise StudyError(f"{where}: row {wrong[0]}: {texts[wrong[0] - 2]!r} is not a whole number; correct it")
    return numbers.set_axis(texts.index).astype(int)


def parse_tidy(path: Path, source: Source, reference: Reference) -> Parsed:
    """A file in our own schema: the columns of the source's kind of table, plain numbers, dates as YYYY-MM-DD.

    `vintage` may be left out where the catalogue says which geography the source is on. Euros are held against the
    figures per inhabitant, and accounts against one report per year, as in the publisher's exports.
    """
    table, kinds = read_table(path), KINDS[source.table]
    unknown = [name for name in table if name not in kinds]
    if unknown:
        raise StudyError(
            f"{path.name}: column {unknown[0]!r} is not known; allowed for {source.id}: {', '.join(kinds)}"
        )
    for name in table:
        table[name] = _typed(table[name], kinds[name].removesuffix("?"), f"{path.name}: {name}")
    if "vintage" in kinds and "vintage" not in table:
        if source.geography == "year" and "year" not in table:
            raise StudyError(f"{path.name}: column 'vintage' is missing; needed: {', '.join(kinds)}")
        table = with_vintage(table, source.geography)
    checks = [check("rows read", len(table), 0, "our own schema", kind="rows", file=path.name)]
    checks += _against_population(table, source, reference, path.name)
    return Parsed(table, checks, {path.name: {"layout": "tidy", "rows": len(table)}})


def _typed(texts: pd.Series, kind: str, where: str) -> pd.Series:
    if kind in ("number", "positive"):
        return number_column(_by_row(texts), ["plain"], where).set_axis(texts.index)
    if kind in ("year", "vintage"):
        return _whole(texts, where)
    return _dates(texts, where) if kind == "date" else texts


def _dates(texts: pd.Series, where: str) -> pd.Series:
    days = pd.to_datetime(texts.where(texts.str.strip() != ""), format="%Y-%m-%d", errors="coerce")
    wrong = texts.index[(texts.str.strip() != "") & ~days.dt.year.between(*YEARS)]
    if len(wrong):
        raise StudyError(
            f"{where}: row {wrong[0] + 2}: {texts[wrong[0]]!r} is not a date YYYY-MM-DD of {YEARS[0]} to {YEARS[1]}; "
            "correct it, or leave it empty where there is none"
        )
    return days


def _against_population(table: pd.DataFrame, source: Source, reference: Reference, file: str) -> list[dict[str, Any]]:
    """The checks of BBC exports on a table of our own schema, where it has the columns for them."""
    if source.table not in ("finance", "actions", "debt") or not {"nis", "year", "vintage"} <= set(table):
        return []
    # The population is on the source's geography: figures on another one are not compared.
    same = table["vintage"] == source.geography
    rates = {rate: table[rate].where(same) for rate, _ in PAIRS.values() if rate in table}
    return check_frame(table.assign(**rates), source, reference, file)
