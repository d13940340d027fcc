"""Municipal elections as published on vlaanderenkiest.be: lists and results per municipality, bundled in one zip."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check

_MEMBER = re.compile(r"gemeente/(\d{5})/(entiteitLijsten|entiteitUitslag)\.json")
_LARGEST_MEMBER = 2_000_000  # bytes; the real files are a few kB


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Votes and seats per list: nis, vintage, year, list, votes, seats. One zip per election, named verkiezingenYYYY.zip."""
    parts, checks = [], []
    for path in paths:
        match = re.fullmatch(r"verkiezingen(\d{4})\.zip", path.name)
        if match is None:
            raise StudyError(f"{path.name}: name the archive of an election verkiezingenYYYY.zip")
        table = _election(path, int(match[1]))
        parts.append(table)
        checks.append(
            check(
                "municipalities with results",
                table["nis"].nunique(),
                0,
                f"election of {match[1]}",
                kind="rows",
                file=path.name,
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(["year", "nis", "party"], ignore_index=True)
    return Parsed(table, checks, {path.name: {} for path in paths})


def _election(path: Path, year: int) -> pd.DataFrame:
    lists, results = {}, {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                match = _MEMBER.fullmatch(member.filename)
                if match is None:
                    continue
                if member.file_size > _LARGEST_MEMBER:
                    raise StudyError(f"{path.name}: {member.filename} is larger than {_LARGEST_MEMBER} bytes unpacked")
                target = lists if match[2] == "entiteitLijsten" else results
                target[match[1]] = json.loads(archive.read(member))
    except (zipfile.BadZipFile, ValueError) as problem:
        raise StudyError(f"{path.name}: not a readable zip of JSON files ({problem}); bundle it again") from None
    if not results or set(lists) != set(results):
        odd = sorted(set(lists) ^ set(results))[:3]
        raise StudyError(
            f"{path.name}: entiteitLijsten and entiteitUitslag do not pair up ({', '.join(odd) or 'none found'})"
        )
    rows = [row for nis in sorted(results) for row in _rows(nis, lists[nis], results[nis], path)]
    # The units voted as they would be from 1 January on.
    return pd.DataFrame(rows).assign(year=year, vintage=vintage_of_year(year + 1))


def _rows(nis: str, lists: dict[str, Any], result: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    try:
        names = {key: entry["nm"] for key, entry in lists["G"].items()}
        outcome = result["G"][nis]["us"]
        return [
            {"nis": nis, "party": names[key], "votes": float(entry["sc"]), "seats": float(entry["zs"])}
            for key, entry in outcome.items()
        ]
    except (KeyError, TypeError) as problem:
        raise StudyError(f"{path.name}: gemeente/{nis}: key {problem} is missing from the lists or results") from None
