"""The bulk CSV of the database of mandates: well over 100 MB, so read in blocks of which the wanted rows are kept."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.archives import is_web_page
from beleidsvrijheid.sources.characters import damaged_at

_HEADER_BYTES = 65_536
_BLOCK_BYTES = 16_000_000
# The refusal of a row quotes it, names of persons included: only these words of it are passed on.
_COUNTED = re.compile(r"Row #\d+: Expected \d+ columns, got \d+")


def read_rows_of(path: Path, columns: Iterable[str], wanted: dict[str, Collection[str]]) -> tuple[pd.DataFrame, int]:
    """The rows of which each column of `wanted` has one of the texts (in lower case), and how many rows the file has.

    Returns `columns` as text without blanks around it; the index is the number of the record in the file, the header
    being 1. Raises StudyError on a web page, an empty file, a column that is missing or twice, a row of another length,
    a quote that is not closed, and text that is not UTF-8.
    """
    names = list(columns)
    _check_header(path, names)
    kept, n_rows = [], 0
    try:
        for batch in _blocks(path, names):
            numbers = pa.array(range(n_rows + 2, n_rows + 2 + batch.num_rows), pa.int64())
            n_rows += batch.num_rows
            kept.append(_chosen(batch, wanted, numbers))
    except pa.ArrowInvalid as problem:
        raise StudyError(f"{path.name}: {_reason(str(problem), n_rows)}; download it again") from None
    if not n_rows:
        raise StudyError(f"{path.name}: no row below the header; download it again")
    rows = pd.concat(kept)
    for name in names:
        if (at := damaged_at(rows[name])) is not None:
            raise StudyError(
                f"{path.name}: row {rows.index[at]}: column {name!r} has characters that were saved in the wrong encoding; "
                "download it again"
            )
    return rows, n_rows


def _reason(problem: str, n_rows: int) -> str:
    counted = _COUNTED.search(problem)
    if counted:
        return f"{counted[0]}; the file may be cut off, or a quote not closed"
    if "UTF8" in problem:
        return f"text that is not UTF-8 below row {n_rows + 1}"
    return "no row below the header" if "Empty CSV" in problem else f"not readable as CSV below row {n_rows + 1}"


def _check_header(path: Path, names: list[str]) -> None:
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES).removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise StudyError(f"{path.name}: the file is empty; download it again")
    if is_web_page(start):
        raise StudyError(f"{path.name}: this is a web page, not data; download the file itself")
    header = next(csv.reader(io.StringIO(start.decode("utf-8", "replace"), newline="")), [])
    missing = [name for name in names if name not in header]
    if missing:
        raise StudyError(f"{path.name}: column {missing[0]!r} is missing; needed: {', '.join(names)}")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise StudyError(f"{path.name}: column {twice[0]!r} occurs twice in the header; keep one")


def _blocks(path: Path, names: list[str]) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        # Without this an open quote would not be refused.
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=names, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _chosen(batch: pa.RecordBatch, wanted: dict[str, Collection[str]], numbers: pa.Array) -> pd.DataFrame:
    mask = pa.array([True] * batch.num_rows)
    for name, texts in wanted.items():
        values = pc.utf8_lower(pc.utf8_trim_whitespace(batch[name]))
        mask = pc.and_(mask, pc.is_in(values, pa.array(sorted(texts))))
    rows = batch.filter(mask)
    texts = {name: pc.utf8_trim_whitespace(rows[name]).to_pylist() for name in rows.schema.names}
    return pd.DataFrame(texts, index=numbers.filter(mask).to_pylist(), dtype=str)
