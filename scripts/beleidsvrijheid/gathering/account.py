"""The account of a gathering: a table for machines, a page for people."""

import textwrap
from dataclasses import asdict, fields

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.gathering.instructions import instructions
from beleidsvrijheid.gathering.routes import host_of
from beleidsvrijheid.gathering.sources import ABSENT, EDITED, FAILED, GATHERED, GIVEN, HAND, KEPT, Line

_ORDER = (GATHERED, KEPT, EDITED, HAND, GIVEN, FAILED, ABSENT)
_NO_NETWORK = (
    "no network: not one host could be found or reached; connect (behind a proxy: set HTTPS_PROXY), run it again"
)
_WIDTH = 120
_FEW = 2  # addresses with one reason that are told in full


def as_table(lines: list[Line]) -> pd.DataFrame:
    """One row per line: source, part, file, status, address, sha256, bytes, message; sorted."""
    names = [field.name for field in fields(Line) if field.name != "reasons"]
    table = pd.DataFrame([asdict(line) for line in lines], columns=names).astype({"bytes": "Int64"})
    return table.sort_values(["source", "part", "file"], ignore_index=True)


def as_page(
    lines: list[Line], sources: dict[str, Source], probes: dict[str, str], simulated: bool, offline: bool = False
) -> str:
    """What was gathered or is there; what failed and why; what to do by hand, step by step.

    offline: nothing answered, as without a network: what failed needs no steps by hand, but a network.
    """
    blocks = [_NO_NETWORK] if offline else []
    blocks.append(f"{_verdict(lines)}\n\n{_overview(lines, sources)}")
    if simulated:
        blocks.append("config.yaml has data.source: simulated; set it to open to use what is gathered.")
    notes = [f"{one.source}: {one.file or one.part}: {one.message}" for one in lines if one.message and one.file]
    blocks += ["\n".join(["To be looked at:", *notes])] if notes else []
    failed = [name for name in sources if _has(lines, name, FAILED)]
    absent = [name for name in sources if _has(lines, name, ABSENT) and name not in failed]
    if failed and not offline:
        blocks.append("Failed (all or nothing: no file of these sources was written):")
        blocks += [_failure(sources[name], lines) for name in failed]
    else:
        blocks += [
            f"{name}: {one.message}" for name in failed for one in lines if one.source == name and not one.reasons
        ]
    if not offline:
        blocks += [f"Asked, answer not used: {url}: {answer}" for url, answer in probes.items()]
        absent += failed
    if absent:
        blocks.append("To be dropped by hand:")
        blocks += instructions([sources[name] for name in absent], _remarks(lines, absent))
    return "\n\n".join(blocks)


def _has(lines: list[Line], source: str, status: str) -> bool:
    return any(line.source == source and line.status == status for line in lines)


def _verdict(lines: list[Line]) -> str:
    new = sum(line.status == GATHERED for line in lines)
    failed = len({line.source for line in lines if line.status == FAILED})
    told = f"{new} new file{'' if new == 1 else 's'}"
    return f"Gathered: {told}; {failed} source{'' if failed == 1 else 's'} failed" if failed else f"Gathered: {told}"


def _overview(lines: list[Line], sources: dict[str, Source]) -> str:
    """A paragraph per status: its sources, with the number of files where that is more than one."""
    rows = []
    width = max(len(status) for status in _ORDER)
    for status in _ORDER:
        counts = {name: sum(one.source == name and one.status == status for one in lines) for name in sources}
        told = ", ".join(f"{name} ({n})" if n > 1 and status not in (FAILED, ABSENT) else name
                         for name, n in counts.items() if n)  # fmt: skip
        if told:
            begin = f"{status:<{width}}  "
            rows.append(textwrap.fill(told, _WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin)))
    return "\n".join(rows)


def _failure(source: Source, lines: list[Line]) -> str:
    """Why, reason by reason with the parts and addresses; and which single files would do by hand."""
    failed = [line for line in lines if line.source == source.id and line.status == FAILED]
    reasons: dict[str, list[tuple[str, str]]] = {}
    for line in failed:
        for url, reason in line.reasons or (("", line.message),):
            reasons.setdefault(reason, []).append((line.part, url))
    rows = [f"{source.id}: failed, nothing was written"]
    for reason, places in reasons.items():
        parts = list(dict.fromkeys(part for part, _ in places if part)) if len(source.parts) > 1 else []
        about = f"part{'s' if len(parts) > 1 else ''} {', '.join(parts)}: " if parts else ""
        urls = _addresses([url for _, url in places if url])
        rows.append(f"  {about}{reason}{f': {urls}' if urls else ''}")
    parts = [line.part for line in failed if line.part] if len(source.parts) > 1 else []
    if parts:
        files = ", ".join(f"{next(iter(source.parts[part][0].files))} ({part})" for part in parts)
        rows.append(
            f"  Put by hand in data/raw/{source.id}/ under these names, they count; the rest is then gathered: {files}"
        )
    return "\n".join(rows)


def _addresses(urls: list[str]) -> str:
    if len(urls) <= _FEW:
        return ", ".join(urls)
    hosts = [host_of(url) for url in urls]
    return ", ".join(f"{hosts.count(host)} addresses of {host}" if hosts.count(host) > 1 else host
                     for host in dict.fromkeys(hosts))  # fmt: skip


def _remarks(lines: list[Line], names: list[str]) -> dict[str, list[str]]:
    """Source -> what its absent parts say, such as a key that is not set."""
    absent = [line for line in lines if line.status == ABSENT]
    return {name: [reason for line in absent if line.source == name for _, reason in line.reasons] for name in names}
