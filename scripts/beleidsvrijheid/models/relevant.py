"""The part of the panel that a few specifications use: what is run many times over should not search all of it."""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd


def words_of(value: Any) -> Iterator[str]:
    """Every text in nested settings: the ids of indicators are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in [*value.keys(), *value.values()]:
            yield from words_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words_of(inner)


def relevant_rows(panel: pd.DataFrame, specifications: Iterable[Any], more: Iterable[str] = ()) -> pd.DataFrame:
    """Rows of the indicators that the specifications or `more` name, and of log_population.

    The whole panel where a municipality would otherwise be lost: a sample starts from all of them.
    """
    names = {*more, "log_population", *(word for one in specifications for word in words_of(one))}
    rows = panel[panel["indicator"].isin(names)]
    all_there = _municipalities(rows) == _municipalities(panel)
    return rows.reset_index(drop=True) if all_there else panel


def _municipalities(panel: pd.DataFrame) -> set[str]:
    return set(panel.loc[panel["level"] == "municipality", "nis"].unique())
