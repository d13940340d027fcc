"""The frozen plan: a checksum of every choice that decides results, recorded before results are seen.

The file plan.sha256 stands beside config.yaml. What differs from it later is no mistake, but a deviation, and is printed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.atomic import write_bytes
from beleidsvrijheid.checksums import overall, sha256_of
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.words import word

PLAN = Path("plan.sha256")
# Sections of config.yaml with one checksum for each of their entries, and those with one for the whole.
BY_ENTRY = (
    "specifications", "claims", "families", "necessity", "qca", "multiverse", "mergers", "replication.candidates",
    "blocks", "outliers", "own_indicators",
)  # fmt: skip
WHOLE = (
    "primary", "seed", "equivalence", "inference", "replication.as_published", "sectors", "period", "baskets", "deflator",
    "geography",
)  # fmt: skip
COLUMNS = ["kind", "section", "key", "frozen_sha256", "current_sha256"]
NONE, NOT_FROZEN = "none", "not_frozen"
# Keys that say how the work is shared out and decide nothing.
_OF_JOBS = {"inference": ("batch",)}
_HEADER = """\
# The plan of this study as it was frozen: a checksum of each choice in config.yaml that decides results.
# `make freeze` writes this file; editing it makes it unreadable. Later differences: results/deviations.csv.
"""
_LINE = re.compile(r"([0-9a-f]{64})  ([a-z][A-Za-z0-9_.]*)")


@dataclass(frozen=True)
class Plan:
    """frozen: ISO date. data_source: what the study read then. hashes: key -> sha256 (hex)."""

    frozen: str
    data_source: str
    hashes: dict[str, str]

    @property
    def sha256(self) -> str:
        """One checksum of all."""
        return overall(self.hashes)


# Checksums


def plan_hashes(resolved: Mapping[str, Any]) -> dict[str, str]:
    """Key (section, or section.entry) -> sha256, from the resolved configuration (`Study.resolved`).

    Titles, labels, language, tables, figures, formats, the simulated effects and where data are found are no part of it.
    """
    hashes = {}
    for section in BY_ENTRY:
        entries = _section(resolved, section) or {}
        hashes |= {f"{section.split('.')[0]}.{name}": sha256_of(entry) for name, entry in entries.items()}
    for section in WHOLE:
        value = _section(resolved, section)
        if value is not None:
            of_jobs = _OF_JOBS.get(section, ())
            hashes[section] = sha256_of({k: v for k, v in value.items() if k not in of_jobs} if of_jobs else value)
    return dict(sorted(hashes.items()))


def _section(resolved: Mapping[str, Any], path: str) -> Any:
    value: Any = resolved
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


# The file


def plan_text(plan: Plan) -> str:
    """Content of plan.sha256."""
    lines = [f"{sha}  {key}" for key, sha in sorted(plan.hashes.items())]
    head = [f"frozen {plan.frozen}", f"data {plan.data_source}", f"plan {plan.sha256}"]
    return _HEADER + "\n".join([*head, *lines]) + "\n"


def read_plan(text: str, name: str = PLAN.name) -> Plan:
    """The plan in a file's text. Raises StudyError where it is not as `make freeze` wrote it, naming the line."""
    rest = "restore it from your versions, or freeze again: make freeze ARGS=--again"
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line and not line.startswith("#")]
    head = {}
    for place, key, pattern in (
        (0, "frozen", r"\d{4}-\d\d-\d\d"),
        (1, "data", "simulated|open"),
        (2, "plan", "[0-9a-f]{64}"),
    ):
        line = numbered[place][1] if len(numbered) > place else ""
        found = re.fullmatch(f"{key} ({pattern})", line)
        if not found:
            raise StudyError(f"{name}: no line '{key} ...' where one belongs (is: {line[:80]!r}); {rest}")
        head[key] = found[1]
    hashes: dict[str, str] = {}
    for number, line in numbered[3:]:
        found = _LINE.fullmatch(line)
        if not found or found[2] in hashes:
            raise StudyError(f"{name}: line {number}: {line[:80]!r} is not a checksum and a key of its own; {rest}")
        hashes[found[2]] = found[1]
    if overall(hashes) != head["plan"]:
        raise StudyError(f"{name}: the checksum of the whole does not fit its lines: the file was edited; {rest}")
    return Plan(head["frozen"], head["data"], hashes)


def load_plan(folder: Path) -> Plan | None:
    """The frozen plan of a study folder, None where there is none. Raises StudyError (`read_plan`)."""
    path = folder / PLAN
    if not path.is_file():
        return None
    try:
        return read_plan(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise StudyError(f"{PLAN}: not UTF-8; restore it from your versions, or: make freeze ARGS=--again") from None


def freeze(folder: Path, resolved: Mapping[str, Any]) -> Plan:
    """Write plan.sha256 of a study folder, whatever is there, and return it."""
    plan = Plan(date.today().isoformat(), resolved["data"]["source"], plan_hashes(resolved))
    write_bytes(plan_text(plan).encode("utf-8"), folder / PLAN)
    return plan


def freeze_before_data(folder: Path, resolved: Mapping[str, Any]) -> bool:
    """Record the plan of a study on open data that has none, before any job reads them. Returns whether it did."""
    if resolved["data"]["source"] != "open" or (folder / PLAN).exists():
        return False
    freeze(folder, resolved)
    return True


# Deviations


def deviations(plan: Plan | None, current: Mapping[str, str]) -> pd.DataFrame:
    """Where the configuration differs from the frozen plan: columns COLUMNS, kind changed, added or removed.

    Where nothing differs there is one row of kind none with the checksum of the whole; without a plan one of kind not_frozen.
    """
    if plan is None:
        return pd.DataFrame([[NOT_FROZEN, "", "", "", overall(current)]], columns=COLUMNS)
    rows = []
    for key in sorted({*plan.hashes, *current}):
        before, after = plan.hashes.get(key, ""), current.get(key, "")
        if before != after:
            kind = "changed" if before and after else "added" if after else "removed"
            section, _, entry = key.partition(".")
            rows.append([kind, section, entry, before, after])
    rows = rows or [[NONE, "", "", plan.sha256, overall(current)]]
    return pd.DataFrame(rows, columns=COLUMNS)


def study_deviations(folder: Path, resolved: Mapping[str, Any]) -> pd.DataFrame:
    """`deviations` of a study folder. On open data a plan that is not there yet is about to be written as it stands.

    Raises StudyError on a plan.sha256 that cannot be read.
    """
    current, plan = plan_hashes(resolved), load_plan(folder)
    if plan is None and resolved["data"]["source"] == "open":
        plan = Plan("", "open", current)
    return deviations(plan, current)


def deviating(found: pd.DataFrame, claim: str, specifications: list[str]) -> pd.DataFrame:
    """The rows of `found` that touch a claim: its own entry, its specifications, or a choice that all share."""
    differs = found[~found["kind"].isin([NONE, NOT_FROZEN])]
    own = (differs["section"] == "claims") & (differs["key"] == claim)
    read = differs["section"].isin(["specifications", "mergers", "necessity", "qca", "multiverse"])
    read &= differs["key"].isin(specifications)
    return differs[own | read | differs["section"].isin(_shared())]


def _shared() -> set[str]:
    """Sections that every result depends on."""
    return {name for name in WHOLE if "." not in name} | {"outliers"}


def deviation_sentence(found: pd.DataFrame, language: str) -> str:
    """What a reader is told of the plan, in nl or en."""
    kinds = found["kind"].tolist()
    if kinds in ([NONE], [NOT_FROZEN]):
        return word(f"plan.{kinds[0]}", language)
    names = [".".join(part for part in (row.section, row.key) if part) for row in found.itertuples()]
    told = ", ".join(f"{name} ({word(f'plan.{kind}', language)})" for name, kind in zip(names, kinds, strict=True))
    return word("plan.deviations", language, n=len(names), names=told)
