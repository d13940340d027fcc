"""The account of a gathering: a table for machines, a page for people."""

from dataclasses import asdict, fields

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.gathering.sources import ABSENT, EDITED, FAILED, GATHERED, GIVEN, HAND, KEPT, Line

_ORDER = (GATHERED, KEPT, EDITED, HAND, GIVEN, FAILED, ABSENT)


def as_table(lines: list[Line]) -> pd.DataFrame:
    """One row per line: source, part, file, status, address, sha256, bytes, message; sorted."""
    names = [field.name for field in fields(Line)]
    table = pd.DataFrame([asdict(line) for line in lines], columns=names).astype({"bytes": "Int64"})
    return table.sort_values(["source", "part", "file"], ignore_index=True)


def as_page(lines: list[Line], sources: dict[str, Source], probes: dict[str, str], simulated: bool) -> str:
    """What happened, source by source; what to do by hand, step by step; and last what failed and why."""
    blocks = [f"{_verdict(lines)}\n\n{_overview(lines, sources)}"]
    if simulated:
        blocks.append("config.yaml has data.source: simulated; set it to open to use what is gathered.")
    notes = [f"{one.source}: {one.file or one.part}: {one.message}" for one in lines if one.message and one.file]
    blocks += ["\n".join(["To be looked at:", *notes])] if notes else []
    blocks += [f"Asked, answer not used: {url}: {answer}" for url, answer in probes.items()]
    by_hand = [name for name in sources if _has(lines, name, ABSENT) and not _has(lines, name, FAILED)]
    if by_hand:
        blocks.append("To be dropped by hand:")
        blocks += [_steps(name, lines, sources) for name in by_hand]
    blocks += [_failure(name, lines, sources) for name in sources if _has(lines, name, FAILED)]
    return "\n\n".join(blocks)


def _has(lines: list[Line], source: str, status: str) -> bool:
    return any(line.source == source and line.status == status for line in lines)


def _verdict(lines: list[Line]) -> str:
    new = sum(line.status == GATHERED for line in lines)
    failed = len({line.source for line in lines if line.status == FAILED})
    told = f"{new} new file{'' if new == 1 else 's'}"
    return f"Gathered: {told}; {failed} source{'' if failed == 1 else 's'} failed" if failed else f"Gathered: {told}"


def _overview(lines: list[Line], sources: dict[str, Source]) -> str:
    width = max(map(len, sources), default=0)
    rows = []
    for name in sources:
        own = [line for line in lines if line.source == name]
        counts = [(status, sum(line.status == status for line in own)) for status in _ORDER]
        told = [f"{status}{f' ({number})' if number > 1 else ''}" for status, number in counts if number]
        rows.append(f"{name:<{width}}  {', '.join(told)}")
    return "\n".join(rows)


def _failure(name: str, lines: list[Line], sources: dict[str, Source]) -> str:
    reasons = [line.message for line in lines if line.source == name and line.status == FAILED]
    told = "; ".join(dict.fromkeys(reasons))
    return f"{name}: failed, nothing was written. {told}. By hand: {sources[name].steps}"


def _steps(name: str, lines: list[Line], sources: dict[str, Source]) -> str:
    messages = [line.message for line in lines if line.source == name and line.status == ABSENT and line.message]
    entry = sources[name]
    steps = [f"  {number}. {step}" for number, step in enumerate(entry.manual, start=1)]
    return "\n".join([f"{name}: {entry.measures}", *(f"  {text}" for text in dict.fromkeys(messages)), *steps])
