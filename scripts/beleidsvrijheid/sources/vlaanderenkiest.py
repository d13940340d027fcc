"""Municipal elections as published on vlaanderenkiest.be: votes and seats per list.

Two layouts: a zip per election with the lists and the results of every municipality as JSON, and the publisher's table
of lists as CSV (type CG, one row per list), as lblod/kieslijsten-converter keeps it for 2018.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.archives import DAMAGE, leads_outside
from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.ballot_days import of_last_ballot
from beleidsvrijheid.sources.characters import refuse_damaged
from beleidsvrijheid.sources.json_text import decoded
from beleidsvrijheid.sources.reading import Parsed, Reference, check, number_column, read_table

_MEMBER = re.compile(r"gemeente/(\d{5})/(entiteitLijsten|entiteitUitslag)\.json")
_LARGEST_MEMBER = 2_000_000  # bytes; the real files are a few kB
# A whole number, plain or in groups of three.
_COUNT = re.compile(r"\d+|\d{1,3}([., \u00a0\u202f]\d{3})+")
_TABLE = {"datum": "date", "NIS": "nis", "lijst": "party", "stemcijfer": "votes", "verkregen zetels": "seats",
          "mandaten": "size"}  # fmt: skip
_NUMBERS = ("votes", "seats", "size")


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Votes and seats per list: nis, vintage, year, party, votes, seats (empty where not given).

    An election is on the units of the year that follows it. Raises StudyError naming file, municipality and list.
    """
    parts, checks, years = [], [], {}
    for path in paths:
        table, rows = _from_table(path) if path.suffix == ".csv" else _from_zip(path)
        year = int(table["year"].iloc[0])
        if year in years:
            raise StudyError(f"{years[year]}, {path.name}: both hold the election of {year}; keep one")
        years[year] = path.name
        _refuse_unknown(table, reference, path.name)
        parts.append(table)
        units = reference.units[f"nis_{table['vintage'].iloc[0]}"].nunique()
        reason = f"election of {year}, of the {units}"
        rows.append(check("municipalities with results", units, units - table["nis"].nunique(), reason, kind="rows"))
        checks += [row | {"file": path.name} for row in rows]
    table = pd.concat(parts, ignore_index=True).sort_values(["year", "nis", "party"], ignore_index=True)
    return Parsed(table, checks, {path.name: {} for path in paths})


def _refuse_unknown(table: pd.DataFrame, reference: Reference, name: str) -> None:
    vintage = int(table["vintage"].iloc[0])
    unknown = sorted(set(table["nis"]) - set(reference.units[f"nis_{vintage}"]))
    if unknown:
        raise StudyError(f"{name}: {unknown[0]!r} is no municipality among the {vintage} that voted; correct its code")


# The zip of JSON files


def _from_zip(path: Path) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    match = re.fullmatch(r"verkiezingen(\d{4})\.zip", path.name)
    if match is None:
        raise StudyError(f"{path.name}: name the archive of an election verkiezingenYYYY.zip")
    lists, results, others = _members(path)
    if not results or set(lists) != set(results):
        odd = ", ".join(sorted(set(lists) ^ set(results))[:3]) or "none found"
        raise StudyError(f"{path.name}: entiteitLijsten and entiteitUitslag do not pair up ({odd})")
    rows, steps, silent = [], [], 0
    for nis in sorted(results):
        where = f"{path.name}: gemeente/{nis}"
        names, outcome, counted = _contents(nis, lists[nis], results[nis], where)
        silent += len(set(names) - set(outcome))
        if counted is None:
            rows += _rows(nis, names, outcome, where)
        else:
            name, reason = "municipalities counted in part", f"{counted} stations counted: left out"
            steps.append(check(name, 1, 1, reason, kind="rows", nis=nis))
    if not rows:
        raise StudyError(f"{path.name}: no municipality has a complete result; download it again")
    steps.append(check("members of the zip left aside", others + 2 * len(results), others, "other files", kind="rows"))
    steps.append(
        check("lists without a result", len(rows) + silent, silent, "named, but not in the results", kind="rows")
    )
    year = int(match[1])
    return pd.DataFrame(rows).assign(year=year, vintage=vintage_of_year(year + 1)), steps


def _members(path: Path) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Lists and results by code, and how many other members there are."""
    found: dict[str, dict[str, Any]] = {"entiteitLijsten": {}, "entiteitUitslag": {}}
    others = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                match = _MEMBER.fullmatch(member.filename)
                if match is None:
                    _refuse_unsafe(member.orig_filename, path.name)
                    others += not member.is_dir()
                    continue
                if match[1] in found[match[2]]:
                    raise StudyError(f"{path.name}: {member.filename} is in the zip twice; bundle it again")
                found[match[2]][match[1]] = _json(archive, member, path.name)
    except DAMAGE as problem:
        raise StudyError(f"{path.name}: not a readable zip of JSON files ({problem}); bundle it again") from None
    return found["entiteitLijsten"], found["entiteitUitslag"], others


def _refuse_unsafe(member: str, name: str) -> None:
    if leads_outside(member):
        raise StudyError(f"{name}: {member!r} points outside the archive; do not use this file")


def _json(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Any:
    if member.file_size > _LARGEST_MEMBER:
        raise StudyError(f"{name}: {member.filename} is larger than {_LARGEST_MEMBER} bytes unpacked")
    where = f"{name}: {member.filename}"
    try:
        text = archive.read(member).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise StudyError(f"{where}: byte {problem.start} is not UTF-8; bundle it again") from None
    except RuntimeError as problem:  # encrypted
        raise StudyError(f"{where} is not JSON ({problem}); bundle it again") from None
    refuse_damaged(text, where, is_json=True)
    return decoded(text, where)


def _contents(
    nis: str, lists: dict[str, Any], result: dict[str, Any], where: str
) -> tuple[dict[str, str], dict[str, Any], str | None]:
    """Names of the lists, outcome per list, and the stations counted where these are not all."""
    try:
        names = {key: entry["nm"] for key, entry in lists["G"].items()}
        own = result["G"][nis]
        outcome, stations = own["us"], own.get("gb")
        outcome.keys()
    except (KeyError, TypeError, AttributeError) as problem:
        raise StudyError(f"{where}: key {problem} is missing from the lists or results") from None
    if stations is None:
        return names, outcome, None
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", str(stations))
    if match is None:
        raise StudyError(f"{where}: gb {stations!r} is not counted/total, as in 10/10")
    return names, outcome, None if match[1] == match[2] else f"{match[1]} of {match[2]}"


def _rows(nis: str, names: dict[str, str], outcome: dict[str, Any], where: str) -> list[dict[str, Any]]:
    rows = []
    for key, entry in outcome.items():
        name = names.get(key)
        if not isinstance(name, str) or not name.strip():
            raise StudyError(
                f"{where}: list {key!r} of the results has no name in entiteitLijsten; download both again"
            )
        if not isinstance(entry, dict) or "sc" not in entry:
            raise StudyError(f"{where}: list {key!r} has no votes (sc); download it again")
        place = f"{where}: list {key!r}"
        # Seats may be lacking; absent is not zero.
        seats = _count(entry["zs"], f"{place}: seats (zs)") if entry.get("zs") is not None else float("nan")
        rows.append(
            {"nis": nis, "party": name.strip(), "votes": _count(entry["sc"], f"{place}: votes (sc)"), "seats": seats}
        )
    return rows


def _count(value: Any, where: str) -> float:
    """A whole number of votes or seats: a JSON number, or text that may have separators of thousands."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0:
        return float(value)
    if not isinstance(value, str) or not _COUNT.fullmatch(value.strip()):
        raise StudyError(f"{where}: {value!r} is not a whole number of 0 or more")
    return float(re.sub(r"\D", "", value))


# The table of lists


def _from_table(path: Path) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    raw = read_table(path, ",")
    missing = [name for name in _TABLE if name not in raw]
    if missing:
        raise StudyError(f"{path.name}: column {missing[0]!r} is missing; needed: {', '.join(_TABLE)}")
    table = raw[list(_TABLE)].set_axis(list(_TABLE.values()), axis=1).set_axis(raw.index + 2)
    for theirs, ours in _TABLE.items():
        if ours in _NUMBERS:
            table[ours] = number_column(table[ours], ["plain"], f"{path.name}: {theirs}")
            bad = table.index[~((table[ours] >= 0) & (table[ours] % 1 == 0))]
            if len(bad):
                cell = raw.at[bad[0] - 2, theirs]
                raise StudyError(f"{path.name}: row {bad[0]}: {theirs} {cell!r} is not a whole number of 0 or more")
    kept, year, steps = of_last_ballot(table.assign(row=table.index), path.name)
    sums = kept.groupby("nis").agg(seats=("seats", "sum"), size=("size", "first"))
    wrong = sums[sums["seats"] != sums["size"]]
    name, reason = "seats = size of the council", "verkregen zetels add up to mandaten; kept as printed"
    steps += [
        check(name, 1, 1, reason, nis=nis, value=row.seats, expected=row.size)
        for nis, row in zip(wrong.index, wrong.itertuples(index=False), strict=True)
    ]
    steps.append(check(name, len(sums), len(wrong), reason))
    kept = kept[["nis", "party", "votes", "seats"]]
    return kept.assign(year=year, vintage=vintage_of_year(year + 1)), steps
