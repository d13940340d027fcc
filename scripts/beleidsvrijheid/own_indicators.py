"""Indicators of the researcher: declared in config.yaml, read from data/raw/own_indicators, then as any other."""

from collections.abc import Collection
from pathlib import Path

from beleidsvrijheid.catalogue import Indicator, Source, own_catalogue
from beleidsvrijheid.configuration import Configuration
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.planning import BASKETS
from beleidsvrijheid.rawfiles import OWN
from beleidsvrijheid.sources.own_indicators import read_own, undeclared


def with_own(
    configuration: Configuration, sources: dict[str, Source], indicators: dict[str, Indicator]
) -> tuple[dict[str, Source], dict[str, Indicator]]:
    """Both catalogues with what the configuration declares. Raises StudyError on a name that the catalogue has already."""
    section = configuration.model_dump()[OWN]
    for name in section:
        if name in indicators:
            raise StudyError(
                f"config.yaml: own_indicators.{name}: the catalogue has an indicator of that name; give yours another, "
                "here and in the file"
            )
    vintage = configuration.geography.vintage
    declared = {
        name: {
            "geography": vintage if entry["geography"] == "study" else entry["geography"],
            "aggregate": entry["aggregate"],
            "categorical": entry["categorical"],
        }
        for name, entry in section.items()
    }
    own = sources[OWN].model_copy(update={"options": {"indicators": declared} if declared else {}})
    return sources | {OWN: own}, indicators | own_catalogue(section)


def own_in_files(paths: list[str], declared: Collection[str], codes: Collection[str]) -> set[str]:
    """Indicators that the files have. codes: stable codes of policy fields.

    Raises StudyError on an indicator that is not declared, and on a policy field or basket that does not exist.
    """
    found: set[str] = set()
    allowed = {"", *codes, *BASKETS}
    for path in map(Path, paths):
        table = read_own(path)
        unknown = table.loc[~table["indicator"].isin(list(declared)), "indicator"]
        if len(unknown):
            raise undeclared(unknown.iloc[0], str(path))
        nowhere = table.loc[~table["beleidsveld"].isin(allowed), "beleidsveld"]
        if len(nowhere):
            raise StudyError(
                f"{path}: row {nowhere.index[0] + 2}: beleidsveld {nowhere.iloc[0]!r} is no stable code and no basket; "
                f"allowed: empty, {', '.join(BASKETS)}, or a code of workflow/tables/stable_fields.csv"
            )
        found |= set(table["indicator"])
    return found
