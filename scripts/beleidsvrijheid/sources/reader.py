"""From the name of a parser in the catalogue to the parser."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.rawfiles import TIDY
from beleidsvrijheid.sources import (
    bbc,
    belfius,
    gemeentefonds,
    mandatendatabank,
    staff,
    statbel,
    vlaanderenkiest,
)
from beleidsvrijheid.sources.reading import Parsed
from beleidsvrijheid.sources.tables import parse_seats, parse_table, parse_tidy


def parse(source: Source, paths: list[Path], units: pd.DataFrame, population: pd.DataFrame | None) -> Parsed:
    """Parse the files of one source. Raises StudyError naming file and place of what is wrong."""
    if [path.name for path in paths] == [TIDY]:
        return parse_tidy(paths[0], source)
    if source.parser == "bbc":
        return bbc.parse(paths, source, units, population)
    if source.parser == "statbel" and source.table == "population":
        return statbel.parse_population(paths, source, units)
    if source.parser == "vlaanderenkiest":
        return vlaanderenkiest.parse(paths)
    if source.parser == "belfius":
        corrections = next((path for path in paths if path.name == "corrections.csv"), None)
        path = _only(source, [path for path in paths if path.name != "corrections.csv"])
        beside = path.with_name("corrections.csv")
        return belfius.parse(path, corrections or (beside if beside.is_file() else None), source)
    path = _only(source, paths)
    if source.parser == "statbel":
        return statbel.parse_prices(path)
    if source.parser == "staff":
        return staff.parse(path, source)
    if source.parser == "gemeentefonds":
        return gemeentefonds.parse(path, source)
    if source.parser == "seats":
        return parse_seats(path, source)
    if source.parser == "mandatendatabank":
        return mandatendatabank.parse(path, units)
    return parse_table(path, source)


def _only(source: Source, paths: list[Path]) -> Path:
    if len(paths) != 1:
        names = ", ".join(path.name for path in paths)
        raise StudyError(
            f"{source.id}: {len(paths)} files ({names}) where one is expected; keep one in data/raw/{source.id}/"
        )
    return paths[0]
