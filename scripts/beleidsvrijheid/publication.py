"""What a published result is made from: the files of each specification, and labels for their ids."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.words import word, word_or

# Columns that hold ids or words: "070" must stay a code, "NA" must stay text.
TEXT = ("equation", "term", "block", "step", "reason", "test", "verdict", "data_source", "stable_code")
TEXT += ("label_nl", "label_en", "domain", "level", "nis", "beleidsveld", "period", "indicator")
COLUMNS = {
    "estimates": ("equation", "term", "block", "estimate", "std_error", "ci_low", "ci_high", "standardised"),
    "samples": ("step", "rows_in", "rows_out", "reason"),
    "inference": ("test", "term", "bound", "estimate", "p_value", "power", "verdict"),
    "attribution": (
        *("block", "r2_share", "ci_low", "ci_high", "unique", "shared", "cv_share", "cv_unique", "cv_shared"),
    ),
}
INTERCEPTS = ("intercept", "const", "Intercept")


def read_ids(path: str | Path | TextIO, required: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a result CSV, ids as text and only the empty cell as missing.

    Raises StudyError naming the file where it is empty or lacks one of the `required` columns.
    """
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        raise StudyError(f"{path}: the file is empty; delete it and run again") from None
    lacking = [column for column in required if column not in frame.columns]
    if lacking:
        raise StudyError(f"{path}: column {lacking[0]!r} is missing; found: {', '.join(frame.columns)}; run again")
    told = frame.drop(columns="data_source", errors="ignore").notna().any(axis=1)
    if not told.all():  # a row with the kind of data alone stands for none
        frame = frame[told].reset_index(drop=True)
    holes = [column for column in TEXT if column in frame.columns and frame[column].isna().any()]
    return frame.assign(**{column: frame[column].fillna("") for column in holes}) if holes else frame


@dataclass(frozen=True)
class Result:
    """One specification as it was run: its settings and its result files (empty where none was written)."""

    name: str
    settings: dict[str, Any]
    fit: dict[str, Any]
    estimates: pd.DataFrame
    samples: pd.DataFrame
    inference: pd.DataFrame
    attribution: pd.DataFrame

    @property
    def refused(self) -> bool:
        """True where there is nothing to show but a reason."""
        return self.fit.get("status", "estimated") != "estimated" or self.estimates.empty

    @property
    def is_absent(self) -> bool:
        """True where no result was written at all."""
        return self.fit.get("status") == "absent"

    def row(self, equation: str | None = None, term: str | None = None) -> pd.Series | None:
        """The one estimate of `equation` and `term` (None: any); None where there is none."""
        rows = self.estimates
        if equation is not None:
            rows = rows[rows["equation"] == equation]
        if term is not None:
            rows = rows[rows["term"] == term]
        return None if rows.empty else rows.iloc[0]


def read_extra(paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Result files that are no specification's, by folder and stem: claims, necessity/scale."""
    stems = [Path(path).with_suffix("") for path in paths]
    return {"/".join(stem.parts[1:]): _table(path) for stem, path in zip(stems, paths, strict=True)}


def _table(path: str) -> pd.DataFrame:
    return pd.read_parquet(path) if path.endswith(".parquet") else read_ids(path)


def result_files(inputs: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """Paths by kind of result file, from a rule's named inputs; other inputs are left out."""
    found = {kind: inputs[kind] for kind in (*COLUMNS, "fits") if kind in inputs}
    return {kind: [paths] if isinstance(paths, str) else list(paths) for kind, paths in found.items()}


def read_results(
    names: list[str],
    specifications: dict[str, dict[str, Any]],
    files: dict[str, list[str]],
    refused: dict[str, list[str]] | None = None,
) -> dict[str, Result]:
    """Read the result files of the specifications `names`, in that order.

    files: paths by kind (estimates, fits, samples, inference, attribution); the stem is the specification.
    refused: specification -> why it was not put to the data (the source file it lacks).
    Without a fit file the Result has status "absent" and, where `refused` knows it, the reason.
    """
    by_kind = {kind: {Path(path).stem: path for path in paths} for kind, paths in files.items()}
    why = {name: "; ".join(sentences) for name, sentences in (refused or {}).items()}
    return {name: _read_result(name, specifications.get(name, {}), by_kind, why.get(name, "")) for name in names}


@cache
def _without_rows(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _read_result(name: str, settings: dict[str, Any], by_kind: dict[str, dict[str, str]], why: str) -> Result:
    fit_path = by_kind.get("fits", {}).get(name)
    if fit_path and Path(fit_path).exists():
        fit = json.loads(Path(fit_path).read_text(encoding="utf-8"))
    else:
        fit = {"status": "absent", "reason": why}
    frames = {}
    for kind, columns in COLUMNS.items():
        path = by_kind.get(kind, {}).get(name)
        there = path is not None and Path(path).exists()
        frames[kind] = read_ids(path, columns) if there else _without_rows(columns)
    return Result(name=name, settings=settings, fit=fit, **frames)


@dataclass(frozen=True)
class Labels:
    """Words for ids in one language.

    indicators: catalogue entries by id. fields: label by stable field code.
    """

    language: str
    indicators: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def indicator(self, identifier: str) -> str:
        """Label of an indicator id; the id itself where the catalogue has none."""
        entry = self.indicators.get(identifier)
        return entry["label"][self.language] if entry else word_or(f"term.{identifier}", self.language, identifier)

    def is_categorical(self, term: str) -> bool:
        """True for a level of an indicator that the catalogue calls categorical."""
        return bool(self.indicators.get(split_level(term)[0], {}).get("categorical"))

    def term(self, term: str) -> str:
        """Label of an estimated term: an indicator, one level of it, or a product of them."""
        if term in self.indicators:
            return self.indicator(term)
        spline = re.fullmatch(r"([\w()]+)~(\d+)", term)
        if spline:
            return word("term.spline", self.language, term=self.term(spline[1]), n=spline[2])
        done = re.fullmatch(r"(log|log1p|difference|standardised|lag)(\d*)\(([\w()]+)\)", term)
        if done:
            return word(f"term.transform.{done[1]}", self.language, term=self.term(done[3]), n=done[2])
        parts = re.split(r":| x |\*", term)
        if len(parts) > 1:
            return " × ".join(self.term(part) for part in parts)
        identifier, level = split_level(term)
        told = word_or(f"level.{term}", self.language, self.place(level) if identifier == "loading" else level)
        return f"{self.indicator(identifier)}: {told}" if level else self.indicator(identifier)

    def block(self, identifier: str) -> str:
        """Label of a block of predictors."""
        return word_or(f"block.{identifier}", self.language, identifier)

    def place(self, beleidsveld: str) -> str:
        """Label of a stable field code or a basket id; empty for none."""
        return self.fields.get(beleidsveld) or word_or(f"basket.{beleidsveld}", self.language, beleidsveld)

    def equation(self, equation: str) -> str:
        """Label of an equation: a field, basket, quantile or difference of quantiles; none for the mean."""
        if equation.startswith("outcome/"):  # a solution of fsQCA
            return word_or(f"equation.{equation}", self.language, equation)
        found = re.fullmatch(r"quantile_([\d.]+)(?:-([\d.]+))?", equation)
        if not found:
            parts = [] if equation == "mean" else equation.split("-")
            return " \u2212 ".join(self._place_or_level(part) for part in parts)
        high, low = (part.replace(".", ",") if self.language == "nl" and part else part for part in found.groups())
        if low:
            return word("legend.quantiles", self.language, high=high, low=low)
        return word("legend.quantile", self.language, quantile=high)

    def _place_or_level(self, part: str) -> str:
        """Label of a field, a basket, or one level of a categorical indicator (size_band=3)."""
        return self.term(part) if split_level(part)[1] else self.place(part)

    def specification(self, result: Result) -> str:
        """Label of a specification; its id where its settings have none."""
        return result.settings.get("label", {}).get(self.language) or result.name

    def reason(self, result: Result) -> str:
        """Why a specification was refused; empty where it was estimated."""
        if result.is_absent and not result.fit.get("reason"):
            return word("reason.absent", self.language, file=f"results/fits/{result.name}.json")
        return sentence(str(result.fit.get("reason") or ""), self) if result.refused else ""

    def covariance(self, result: Result) -> str:
        """In words, what the standard errors and intervals of a specification are; no full stop."""
        return sentence(str(result.fit.get("covariance") or "").rstrip("."), self)

    def outcome(self, result: Result) -> str:
        """Label of what a specification explains, with its field or basket."""
        outcome = result.settings.get("outcome") or result.fit.get("outcome") or ""
        place = result.settings.get("beleidsveld") or result.fit.get("beleidsveld") or ""
        label = self.indicator(outcome)
        return f"{label} ({self.place(place)})" if place else label


def split_level(term: str) -> tuple[str, str]:
    """Name and level of a term such as belfius_family=2 or belfius_family[2]; level "" for none."""
    found = re.fullmatch(r"(\w+?)(?:=|\[)(?:T\.)?([^\]]*)\]?", term)
    return (found[1], found[2]) if found else (term, "")


def read_labels(
    catalogue: str | Path,
    language: str,
    fields: str | Path | None = None,
    own: Mapping[str, Mapping[str, Any]] | None = None,
) -> Labels:
    """Labels from the indicator catalogue (YAML) and, where given, the table of stable fields (CSV).

    own: id -> entry of `own_indicators` in the configuration, which has the keys of a catalogue's entry that are shown.
    """
    import yaml

    entries = yaml.load(Path(catalogue).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    names: dict[str, str] = {}
    if fields is not None:
        table = read_ids(fields, ("stable_code", f"label_{language}"))
        names = dict(zip(table["stable_code"], table[f"label_{language}"], strict=True))
    indicators = {entry["id"]: entry for entry in entries} | {name: dict(entry) for name, entry in (own or {}).items()}
    return Labels(language=language, indicators=indicators, fields=names)


def covariance_label(result: Result, language: str) -> str:
    """The specification's covariance in a word or two, for a table cell."""
    covariance = result.settings.get("covariance", {})
    kind = "two_way" if isinstance(covariance.get("by"), list | tuple) else str(covariance.get("type", ""))
    return word_or(f"covariance.{kind}", language, kind)
