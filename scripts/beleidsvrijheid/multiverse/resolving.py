"""A multiverse before it runs: every cell filled in, held against the schema and the catalogues."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from beleidsvrijheid.catalogue import Indicator, Source
from beleidsvrijheid.configuration import Configuration, Specification, describe_errors
from beleidsvrijheid.configuration.multiverse import changes
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.multiverse.grid import GridCell, expand, list_sha256, vintages_of
from beleidsvrijheid.multiverse.samples import FIELDS, LEAST_SQUARES
from beleidsvrijheid.planning import (
    Need,
    check_specification,
    indicator_needs,
    lacking,
    resolved_specification,
    specification_needs,
    stable_codes,
    unmet,
)


@dataclass(frozen=True)
class Expanded:
    """One multiverse ready to run. resolved: plain data, what a job receives and `make freeze` fixes. cells: its list."""

    resolved: dict[str, Any]
    cells: list[GridCell]
    specifications: list[Specification]

    @property
    def chunks(self) -> list[str]:
        """Names of the jobs that estimate it."""
        n_chunks = -(-len(self.cells) // self.resolved["chunk"])
        return [f"part_{number:03d}" for number in range(1, n_chunks + 1)]

    @property
    def vintages(self) -> list[int]:
        """Vintages other than the study's that some cell is on."""
        return vintages_of(self.cells)


def expand_multiverse(name: str, config: Configuration) -> Expanded:
    """Fill in base and options, and validate every cell.

    Raises StudyError where axes or constraints contradict each other, or a combination is no specification.
    """
    multiverse = config.multiverse[name]
    if multiverse.base not in config.specifications:
        allowed = ", ".join(config.specifications)
        raise StudyError(f"config.yaml: multiverse.{name}.base: {multiverse.base!r} is not known; allowed: {allowed}")
    plain = multiverse.model_dump(exclude={"axes"})
    plain["specification"] = resolved_specification(multiverse.base, config)
    plain["draws"] = multiverse.draws or config.inference.draws
    plain["axes"] = {name: _options(axis.options, config) for name, axis in multiverse.axes.items()}
    plain["axis_labels"] = {name: {"label": axis.label.model_dump()} for name, axis in multiverse.axes.items()}
    try:
        cells = expand(plain)[0]
    except ValueError as problem:
        raise StudyError(f"config.yaml: multiverse.{name}: {problem}") from None
    plain |= {"n_cells": len(cells), "cells_sha256": list_sha256(cells)}
    return Expanded(plain, cells, [_validated(cell, place(name, cell)) for cell in cells])


def place(name: str, cell: GridCell) -> str:
    """Where a cell stands in the configuration, for messages."""
    return f"multiverse.{name} ({', '.join(f'{axis}: {option}' for axis, option in cell.choices.items())})"


def _options(options: Mapping[str, Any], config: Configuration) -> dict[str, Any]:
    return {
        name: {"label": option.label.model_dump(), "changes": _filled_in(option, config)}
        for name, option in options.items()
    }


def _filled_in(option: Any, config: Configuration) -> dict[str, Any]:
    """What an option changes, names of blocks and groups of fields spelled out."""
    plain = changes(option)
    if plain.get("vintage") in (None, config.geography.vintage):
        plain.pop("vintage", None)  # the same cell as one without
    if isinstance(plain.get("blocks"), list):
        plain["blocks"] = {block: config.blocks.get(block, []) for block in plain["blocks"]}
    if "covariance" in plain:
        plain["covariance"] = option.covariance.model_dump()
    return plain | {key: stable_codes(plain[key], config) for key in ("fields", "treated") if key in plain}


def _validated(cell: GridCell, where: str) -> Specification:
    try:
        return Specification.model_validate(cell.specification)
    except ValidationError as error:
        raise StudyError(f"config.yaml: {describe_errors(error, where)}") from None


def check_multiverse(
    name: str, expanded: Expanded, config: Configuration, indicators: dict[str, Indicator], codes: set[str]
) -> None:
    """Raise StudyError on the first name in a cell that refers to nothing: which choices, which key."""
    strata = expanded.resolved["strata"]
    if strata and (strata not in indicators or not indicators[strata].categorical):
        allowed = ", ".join(key for key, entry in indicators.items() if entry.categorical)
        raise StudyError(f"config.yaml: multiverse.{name}.strata: {strata!r}; allowed (categorical): {allowed}")
    if expanded.resolved["permute"] == "field":
        _check_fields(name, expanded)
    for cell, specification in zip(expanded.cells, expanded.specifications, strict=True):
        check_specification(place(name, cell), specification, config, indicators, codes)


def _check_fields(name: str, expanded: Expanded) -> None:
    """Whole fields are permuted where fields are rows: in field_ols. Raises StudyError."""
    if expanded.resolved["strata"]:
        raise StudyError(f"config.yaml: multiverse.{name}.strata: are of municipalities; drop them with permute: field")
    for cell in expanded.cells:
        estimator = cell.specification["estimator"]
        if estimator in LEAST_SQUARES and estimator != FIELDS:
            raise StudyError(
                f"config.yaml: {place(name, cell)}: estimator {estimator} has no fields among its rows; with permute: field "
                f"use {FIELDS}, or permute: municipality"
            )


def multiverse_needs(expanded: Expanded, config: Configuration, indicators: dict[str, Indicator]) -> list[Need]:
    """What some cell needs, each once, on the cell's municipalities."""
    every = (
        replace(need, vintage=cell.vintage)
        for cell, specification in zip(expanded.cells, expanded.specifications, strict=True)
        for need in specification_needs(specification, config, indicators)
    )
    return list(dict.fromkeys(every))


def check_vintages(
    name: str,
    expanded: Expanded,
    config: Configuration,
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    present: set[str],
) -> None:
    """Raise StudyError on the first cell whose municipalities are finer than those of a source that it needs.

    present: sources and own indicators at hand. What is absent on the study's own municipalities too is no matter of vintage.
    """
    strata = expanded.resolved["strata"]
    grouping = indicator_needs(indicators[strata], config) if strata else []
    for cell, specification in zip(expanded.cells, expanded.specifications, strict=True):
        if cell.vintage is None:
            continue
        needs = [*specification_needs(specification, config, indicators), *grouping]
        absent = lacking(needs, present, config, sources)
        moved = [replace(need, vintage=cell.vintage) for need in needs if need not in absent]
        reasons = unmet(moved, present, config, sources)
        if reasons:
            raise StudyError(
                f"config.yaml: {place(name, cell)}: {reasons[0]}; name a vintage that is no finer, or remove these "
                "combinations with `without`"
            )
