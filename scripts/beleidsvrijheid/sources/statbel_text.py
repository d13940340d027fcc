"""Statbel's open data texts: fields between pipes, one header, UTF-8 with or without a mark, one year Windows-1252."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.archives import is_web_page, text_content
from beleidsvrijheid.sources.characters import refuse_damaged
from beleidsvrijheid.sources.reading import check

DELIMITER = "|"


@dataclass(frozen=True)
class Text:
    """A delimited text: its columns as text, the name for messages, the encoding it turned out to have."""

    table: pd.DataFrame
    name: str
    encoding: str

    @property
    def account(self) -> list[dict[str, Any]]:
        """Lines of data_quality.csv: rows read, and the encoding where it is not UTF-8."""
        rows = [check("rows read", len(self.table), 0, f"encoding {self.encoding}", kind="rows", file=self.name)]
        if self.encoding != "utf-8":
            reason = f"not UTF-8, read as {self.encoding} (Windows-1252, as one release of this publisher is)"
            rows.append(check("encoding", 1, 0, reason, file=self.name))
        return rows


def read_pipes(path: Path, required: Iterable[str], optional: Iterable[str] = ()) -> Text:
    """The named columns of a pipe-delimited text, plain or in a zip, every cell text; row n of the file is index n - 2.

    Raises StudyError naming file and place: a column that is missing or twice, a row of another length, no rows,
    characters that were garbled or that are neither UTF-8 nor Windows-1252.
    """
    content, name = text_content(path)
    text, encoding = decode(content, name)
    header = text[: text.find("\n") if "\n" in text else len(text)].rstrip("\r").split(DELIMITER)
    missing = [column for column in required if column not in header]
    if missing:
        raise StudyError(
            f"{name}: row 1: column {missing[0]!r} is missing; the header, cut at {DELIMITER!r}, has: {', '.join(header)[:300]}"
        )
    wanted = [column for column in (*required, *optional) if column in header]
    twice = sorted({column for column in wanted if header.count(column) > 1})
    if twice:
        raise StudyError(f"{name}: row 1: column {twice[0]!r} occurs twice in the header; keep one")
    if encoding != "utf-8":
        content = text.encode("utf-8")
    del text  # a year of population is some 120 MB: not held three times over
    table = _cells(content, wanted, name)
    if table.empty:
        raise StudyError(f"{name}: no row below the header; download it again")
    return Text(table, name, encoding)


def _cells(content: bytes, wanted: list[str], name: str) -> pd.DataFrame:
    try:
        table = csv.read_csv(
            pa.BufferReader(content),
            read_options=csv.ReadOptions(use_threads=False),  # so that a message can name the row
            parse_options=csv.ParseOptions(delimiter=DELIMITER, quote_char=False),
            convert_options=csv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as problem:
        raise StudyError(
            f"{name}: {str(problem).removeprefix('CSV parse error: ')[:200]}; the file may be cut off: download it again"
        ) from None
    return table.to_pandas()


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Text and encoding: UTF-8 where every byte fits, else Windows-1252. Raises StudyError on what is neither, or garbled.

    # ASSUME only Statbel is read this way: its file of 2022 is Windows-1252, the others are UTF-8, none says so itself.
    """
    if is_web_page(content):
        raise StudyError(f"{name}: this is a web page, not data; download the file itself in a browser")
    try:
        text, encoding = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _windows(content, name), "cp1252"
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise StudyError(f"{name}: the file is empty; download it again")
    refuse_damaged(text, name)
    return text, encoding


def _windows(content: bytes, name: str) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as problem:
        row = content.count(b"\n", 0, problem.start) + 1
        raise StudyError(
            f"{name}: row {row}: byte {problem.start} is neither UTF-8 nor Windows-1252; download the file again"
        ) from None
