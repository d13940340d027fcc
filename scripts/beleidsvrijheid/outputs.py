"""Writing results: atomic, the same bytes every time, at most ten significant digits."""

import io
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.atomic import write_bytes

SIMULATED = "SIMULATED DATA / GESIMULEERDE DATA"
SIGNIFICANT_DIGITS = 10
MANY_ROWS = 10_000
# What a spreadsheet would run as a formula; a number such as -3 or 0.2** is none.
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_NUMERIC = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?\**")  # a coefficient may have stars
NEGLIGIBLE = 1e-12
# Columns that have one unit: the largest of a row is the scale of the others. Shares of an R2 have the scale 1.
_ONE_UNIT = (
    ("estimate", "std_error", "ci_low", "ci_high", "mde", "bound", "threshold"),
    ("before", "after", "difference", "largest_deviation", "ci_low", "ci_high"),
)
_SHARES = ("r2_share", "unique", "shared", "cv_share", "cv_unique", "cv_shared")
_R2 = ("r2", "r2_adjusted", "r2_cv")


def data_source_label(data_source: str) -> str:
    """Text that every output carries: which kind of data it was made from."""
    return SIMULATED if data_source == "simulated" else "open data"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text of a cell."""
    return _FORMULA.match(text) is not None and _NUMERIC.fullmatch(text) is None


def _inert(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a quote before every text that a spreadsheet would run: names and reasons may come from raw files."""
    marked = {}
    for name in frame:
        if frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype):
            texts = [cell for cell in frame[name].dropna().unique() if isinstance(cell, str)]
            # A carriage return alone would begin a row: it is not quoted when written, and readers end a line there.
            tame = {text: (f"'{text}" if is_formula(text) else text).replace("\r", " ") for text in texts}
            changed = {text: other for text, other in tame.items() if other != text}
            if changed:
                marked[name] = frame[name].replace(changed)
    return frame.assign(**marked)


def write_text(text: str, path: str | Path) -> None:
    """Write UTF-8 text with Unix line ends."""
    write_bytes(text.encode("utf-8"), path)


def without_noise(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with 0 where a value is under 1e-12 of its scale: what rounding left of a zero, other on each processor.

    The scale is the largest value of the row in the same unit, or 1 for a share of R2; elsewhere no value has one.
    """
    # ASSUME no published value means anything below 1e-12 of an estimate, standard error or interval end beside it.
    groups = [group for group in _ONE_UNIT if group[0] in frame] + [_SHARES]
    result = frame
    for group in groups:
        names = [name for name in group if name in frame and frame[name].dtype == "float64"]
        if not names:
            continue
        values = frame[names].to_numpy()
        size = np.where(np.isfinite(values), np.abs(values), 0.0)
        scale = 1.0 if group is _SHARES else size.max(axis=1, keepdims=True)
        noise = np.isfinite(values) & (values != 0) & (size < NEGLIGIBLE * scale)
        if noise.any():
            result = result.assign(**dict(zip(names, np.where(noise, 0.0, values).T, strict=True)))
    return result


def write_csv(frame: pd.DataFrame, path: str | Path, data_source: str | None = None) -> None:
    """Write a tidy CSV: ids, decimal points, empty for missing, a last column that names the kind of data.

    A table without rows gets one that holds nothing but that name, so that no file is without it. See without_noise.
    """
    frame = without_noise(frame)
    if data_source is not None:
        rows = frame if len(frame) else frame.reindex([0]).astype(object)
        frame = rows.assign(data_source=data_source_label(data_source))
    frame = _inert(frame)
    write_bytes(_fast_csv(frame) if len(frame) > MANY_ROWS else _csv(frame), path)


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, float_format=f"%.{SIGNIFICANT_DIGITS}g", lineterminator="\n")
    return buffer.getvalue().encode("utf-8")


def _fast_csv(frame: pd.DataFrame) -> bytes:
    """The same bytes, four times faster. Texts that need quotes and columns of other types take the slow way."""
    import pyarrow as pa
    from pyarrow import csv

    def written(column: pd.Series) -> Any:
        if isinstance(column.dtype, pd.StringDtype) or pd.api.types.is_integer_dtype(column):
            return pa.Array.from_pandas(column)
        if column.dtype != "float64":
            raise pa.ArrowTypeError(f"{column.dtype} is written by pandas")
        return pa.array([None if x != x else f"{x:.{SIGNIFICANT_DIGITS}g}" for x in column.tolist()], pa.string())

    buffer = io.BytesIO()
    try:
        table = pa.table({name: written(frame[name]) for name in frame})
        csv.write_csv(table, buffer, csv.WriteOptions(include_header=False, quoting_style="none"))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return _csv(frame)
    return _csv(frame[:0]) + buffer.getvalue()


def write_parquet(frame: pd.DataFrame, path: str | Path) -> None:
    """Write typed columns for the next rule."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    write_bytes(buffer.getvalue(), path)


def _is_noise(value: Any) -> bool:
    return isinstance(value, float | np.floating) and abs(value) < NEGLIGIBLE


def rounded(value: Any) -> Any:
    """The value as JSON can hold it: ten significant digits, an R2 under 1e-12 as 0, null for not-a-number, plain Python types."""
    if isinstance(value, dict):
        return {str(key): 0.0 if key in _R2 and _is_noise(item) else rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
    return value


def write_json(content: Any, path: str | Path) -> None:
    """Write JSON with sorted keys."""
    write_text(json.dumps(rounded(content), indent=1, sort_keys=True, ensure_ascii=False) + "\n", path)
