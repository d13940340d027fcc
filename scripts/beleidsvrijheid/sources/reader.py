"""From the name of a parser in the catalogue to the parser."""

from collections.abc import Callable
from pathlib import Path

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
from beleidsvrijheid.sources.reading import Parsed, Reference
from beleidsvrijheid.sources.tables import parse_seats, parse_table, parse_tidy

Parser = Callable[[list[Path], Source, Reference], Parsed]


def only(parser: Callable[[Path, Source, Reference], Parsed]) -> Parser:
    """A parser of sources that come as one file."""

    def parse_only(paths: list[Path], source: Source, reference: Reference) -> Parsed:
        if len(paths) != 1:
            names = ", ".join(path.name for path in paths)
            raise StudyError(
                f"{source.id}: {len(paths)} files ({names}) where one is expected; keep one in data/raw/{source.id}/"
            )
        return parser(paths[0], source, reference)

    return parse_only


PARSERS: dict[str, Parser] = {
    "bbc": bbc.parse,
    "statbel_population": statbel.parse_population,
    "statbel_prices": only(statbel.parse_prices),
    "belfius": belfius.parse,
    "vlaanderenkiest": vlaanderenkiest.parse,
    "mandatendatabank": only(mandatendatabank.parse),
    "gemeentefonds": only(gemeentefonds.parse),
    "staff": only(staff.parse),
    "seats": only(parse_seats),
    "spells": only(parse_table),
    "votes": only(parse_table),
}


def parse(source: Source, paths: list[Path], reference: Reference) -> Parsed:
    """Parse the files of one source. Raises StudyError naming file and place of what is wrong."""
    if [path.name for path in paths] == [TIDY]:
        return parse_tidy(paths[0], source)
    return PARSERS[source.parser](paths, source, reference)
