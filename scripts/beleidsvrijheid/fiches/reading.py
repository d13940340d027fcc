"""The files of a run, read for its fiches."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.fiches.ceiling import CeilingModel, read_ceiling
from beleidsvrijheid.fiches.model import Fiche, Settings, build_fiches
from beleidsvrijheid.fiches.page import About, written_periods, written_spending
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.publication import Labels, read_ids, read_labels, read_results, result_files


def read_fiches(files: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[list[Fiche], About]:
    """The fiches asked for in alphabetical order, and what their pages share.

    files: paths of panel, units, exclusions, gaps, catalogue, sources, fields, and lists of estimates, fits, samples,
    inference and attribution. settings: language, title, data_source, vintage, period, base_year, confidence, fiches (that
    section of the configuration), specifications (the one of the ceiling, or none) and refused.
    """
    panel, chosen = pd.read_parquet(files["panel"]), settings["fiches"]
    labels = read_labels(files["catalogue"], settings["language"], files["fields"])
    excluded = json.loads(Path(files["exclusions"]).read_text(encoding="utf-8"))
    model, reason = _ceiling(files, settings, labels, panel, excluded)
    indicators = read_indicators(Path(files["catalogue"]).read_text(encoding="utf-8"))
    post = settings["period"]["post"]["years"]
    asked = Settings((post[0], post[1]), chosen["years"], chosen["minimum"], settings["vintage"])
    fiches = build_fiches(panel, pd.read_parquet(files["units"]), read_ids(files["gaps"]), indicators, model, asked)
    about = About(
        labels=labels,
        sources=read_sources(Path(files["sources"]).read_text(encoding="utf-8")),
        model=model,
        reason=reason,
        periods=written_periods(settings["period"], settings["language"]),
        label=data_source_label(settings["data_source"]),
        study=settings["title"][settings["language"]],
        minimum=chosen["minimum"],
        spending=written_spending(settings["period"], settings["language"]),
        base_year=settings["base_year"],
        confidence=settings["confidence"],
    )
    return _chosen(fiches, chosen["only"]), about


def _chosen(fiches: Iterable[Fiche], only: Sequence[str]) -> list[Fiche]:
    """Those of the codes asked for, all where none is; their places are among all municipalities either way."""
    by_code = {fiche.nis: fiche for fiche in fiches}
    unknown = [code for code in only if code not in by_code]
    if unknown:
        raise StudyError(
            f"config.yaml: fiches.only: {unknown[0]!r} is no municipality of this study; allowed: the NIS codes of "
            "data/processed/panel.parquet, such as " + ", ".join(sorted(by_code)[:3])
        )
    return [fiche for code, fiche in by_code.items() if not only or code in only]


def _ceiling(
    files: Mapping[str, Any],
    settings: Mapping[str, Any],
    labels: Labels,
    panel: pd.DataFrame,
    excluded: Mapping[str, list[str]],
) -> tuple[CeilingModel | None, str]:
    """The model of the ceiling, or None with the reason; neither where the configuration names no specification."""
    name = settings["fiches"]["ceiling"]
    if name is None:
        return None, ""
    result = read_results([name], settings["specifications"], result_files(files), settings["refused"])[name]
    return read_ceiling(result, panel, excluded), labels.reason(result)
