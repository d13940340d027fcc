"""From axes of choices to cells: every combination as a specification with an id of its own.

The id is a hash of what is estimated, not of how the choice is called: renaming an axis keeps it, and two combinations
that come to the same are one cell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from beleidsvrijheid.checksums import overall, sha256_of

ID_LENGTH = 12
MERGED_KEYS = ("blocks", "sample")  # replaced key by key; all others whole
# Keys of an option that are no keys of a specification.
OF_THE_CELL = ("focal", "equation", "with_controls", "without_controls", "vintage")
SAME = "same"


@dataclass(frozen=True)
class GridCell:
    """One cell. choices: axis -> option. specification: resolved. focal, equation: whose coefficient is followed.

    vintage: municipalities that it is estimated on; None: those of the study.
    """

    id: str
    choices: dict[str, str]
    specification: dict[str, Any]
    focal: str
    equation: str
    is_primary: bool
    vintage: int | None = None


@dataclass(frozen=True)
class Removed:
    """A combination that is no cell. why: number of the constraint (from 1), or "same": another cell estimates it."""

    choices: dict[str, str]
    why: int | str
    cell: str = ""


def expand(entry: Mapping[str, Any]) -> tuple[list[GridCell], list[Removed]]:
    """Cells in the order of the axes, the primary first among equals, and the combinations removed.

    entry: a resolved multiverse (planning.resolved_multiverse). Raises ValueError where two axes change the same key,
    so that the order of the axes would decide, and where the primary combination is removed.
    """
    cells, removed, seen = [], [], {}
    _check_apart(entry["axes"])
    for names in product(*(options for options in entry["axes"].values())):
        choices = dict(zip(entry["axes"], names, strict=True))
        number = _removed_by(choices, entry.get("without") or [])
        if number:
            removed.append(Removed(choices, number))
            continue
        cell = _cell(entry, choices)
        if cell.id in seen:
            removed.append(Removed(choices, SAME, cell.id))
            continue
        seen[cell.id] = cell
        cells.append(cell)
    if not any(cell.is_primary for cell in cells):
        raise ValueError("a constraint (without) removes the primary cell: the combination that changes nothing")
    return cells, removed


def axis_column(axis: str) -> str:
    """Column of the curve that holds a cell's option on an axis."""
    return f"axis_{axis}"


def vintages_of(cells: Iterable[GridCell]) -> list[int]:
    """Vintages other than the study's that some cell is on, in ascending order."""
    return sorted({cell.vintage for cell in cells if cell.vintage is not None})


def list_sha256(cells: list[GridCell]) -> str:
    """One checksum of the list of cells, whatever their order."""
    return overall({cell.id: sha256_of([cell.specification, cell.focal, cell.equation]) for cell in cells})


def _removed_by(choices: Mapping[str, str], constraints: list[Mapping[str, Any]]) -> int:
    """Number of the first constraint that a combination meets, 0 where none."""
    for number, constraint in enumerate(constraints, start=1):
        if all(choices[axis] in options for axis, options in constraint["when"].items()):
            return number
    return 0


def _cell(entry: Mapping[str, Any], choices: Mapping[str, str]) -> GridCell:
    specification, about = dict(entry["specification"]), {"focal": entry["focal"], "equation": entry["equation"]}
    is_primary, vintage = True, None
    for axis, option in choices.items():
        changes = entry["axes"][axis][option]["changes"]
        is_primary &= not changes
        about |= {key: changes[key] for key in about if key in changes}
        vintage = changes.get("vintage", vintage)
        specification = _overlaid(specification, changes)
    content = {key: value for key, value in specification.items() if key != "label"}
    identity = [content, about, *([] if vintage is None else [vintage])]
    name = sha256_of(identity)[:ID_LENGTH]
    return GridCell(name, dict(choices), specification, **about, is_primary=is_primary, vintage=vintage)


def _overlaid(specification: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The specification with an option's keys put in."""
    result = dict(specification)
    for key, value in changes.items():
        if key in MERGED_KEYS and isinstance(value, Mapping):
            result[key] = {**result[key], **value}
        elif key not in OF_THE_CELL:
            result[key] = value
    left_out = set(changes.get("without_controls") or [])
    controls = [name for name in result["controls"] if name not in left_out]
    return result | {"controls": [*controls, *(changes.get("with_controls") or [])]}


def _check_apart(axes: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ValueError where two axes change the same key."""
    owner: dict[str, str] = {}
    for axis, options in axes.items():
        keys = {key for option in options.values() for key in _changed_keys(option["changes"])}
        for key in sorted(keys):
            clash = next((other for other in owner if _overlap(key, other)), None)
            if clash:
                raise ValueError(
                    f"axes {owner[clash]} and {axis} both change {min(key, clash, key=len)}; "
                    "put these choices on one axis"
                )
        owner |= dict.fromkeys(keys, axis)


def _overlap(key: str, other: str) -> bool:
    """Whether two changed keys are the same, or one holds the other."""
    return key == other or key.startswith(f"{other}.") or other.startswith(f"{key}.")


def _changed_keys(changes: Mapping[str, Any]) -> set[str]:
    """Keys that an option changes; of merged ones, and of controls added or left out, each key below."""
    keys = set()
    for key, value in changes.items():
        if key in ("with_controls", "without_controls"):
            keys |= {f"controls.{name}" for name in value}
        elif key in MERGED_KEYS and isinstance(value, Mapping):
            keys |= {f"{key}.{name}" for name in value}
        else:
            keys.add(key)
    return keys
