"""From the name of a parser in the catalogue to the parser."""

from collections.abc import Callable
from pathlib import Path

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.rawfiles import TIDY
from beleidsvrijheid.sources import (
    bbc,
    bbc_actions,
    belfius,
    centre_function,
    city_monitor,
    election_lists,
    gemeentefonds,
    mandatendatabank,
    own_indicators,
    staff,
    statbel,
    statbel_income,
    tax_rates,
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


def _geometry(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    from beleidsvrijheid.sources import geometry  # shapely and pyproj are for this one only

    return geometry.parse(paths, source, reference)


PARSERS: dict[str, Parser] = {
    "bbc": bbc.parse,
    "bbc_actions": bbc_actions.parse,
    "bbc_debt": bbc.parse_debt,
    "statbel_population": statbel.parse_population,
    "statbel_ages": statbel.parse_ages,
    "statbel_income": statbel_income.parse,
    "statbel_prices": only(statbel.parse_prices),
    "belfius": belfius.parse,
    "centre_function": only(centre_function.parse),
    "city_monitor": city_monitor.parse,
    "geometry": _geometry,
    "tax_rates": tax_rates.parse,
    "vlaanderenkiest": vlaanderenkiest.parse,
    "election_lists": election_lists.parse,
    "mandatendatabank": mandatendatabank.parse,
    "gemeentefonds": only(gemeentefonds.parse),
    "staff": staff.parse,
    "own_indicators": own_indicators.parse,
    "seats": only(parse_seats),
    "spells": only(parse_table),
    "votes": only(parse_table),
}


def parse(source: Source, paths: list[Path], reference: Reference) -> Parsed:
    """Parse the files of one source. Raises StudyError naming file and place of what is wrong."""
    if [path.name for path in paths] == [TIDY] and source.table != "own":
        return parse_tidy(paths[0], source, reference)
    return PARSERS[source.parser](paths, source, reference)
