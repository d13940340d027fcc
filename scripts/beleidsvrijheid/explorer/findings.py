"""Claims with their verdicts and specifications with their estimates, as the page shows them in both languages."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.explorer.items import quantised
from beleidsvrijheid.outputs import rounded
from beleidsvrijheid.publication import COLUMNS, Labels, Result, read_ids
from beleidsvrijheid.words import LANGUAGES

# Keys of a resolved specification that are told where they differ from the primary one's.
COMPARED = (
    *(
        "estimator",
        "outcome",
        "beleidsveld",
        "fields",
        "transform",
        "transforms",
        "blocks",
        "controls",
        "interact_with",
    ),
    *("interactions", "splines", "predictors", "effects", "covariance", "sample", "weights", "windows", "dose"),
)
_NUMBERS = ("statistic", "ci_low", "ci_high", "threshold")


def read_findings(
    specifications: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Sequence[str]],
    refused: Mapping[str, list[str]],
) -> dict[str, Result]:
    """Estimates and fit of every specification, the files of estimates read as one; as publication.read_results otherwise.

    files: paths of kinds estimates and fits, named for their specifications. refused: specification -> why it has none.
    """
    fits = {Path(path).stem: json.loads(Path(path).read_text(encoding="utf-8")) for path in files["fits"]}
    parts = {Path(path).stem: Path(path).read_text(encoding="utf-8").splitlines() for path in files["estimates"]}
    heads = {lines[0] for lines in parts.values()}
    lines = [f"specification,{head}" for head in sorted(heads)]
    lines += [f"{name},{line}" for name, own in parts.items() for line in own[1:]]
    table = read_ids(io.StringIO("\n".join(lines)), COLUMNS["estimates"]) if heads else pd.DataFrame()
    own = dict(list(table[table["term"] != ""].groupby("specification"))) if heads else {}
    none = {kind: pd.DataFrame(columns=list(columns)) for kind, columns in COLUMNS.items()}
    return {
        name: Result(
            name,
            dict(settings),
            fits.get(name, {"status": "absent", "reason": "; ".join(refused.get(name, []))}),
            **none | {"estimates": own.get(name, none["estimates"])},
        )
        for name, settings in specifications.items()
    }


def claim_content(claims: pd.DataFrame, statements: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of results/claims.csv; statement and test in both languages (workflow/claims.yaml), the reason in the run's own."""
    rows = []
    for row in claims.to_dict("records"):
        said = statements[row["claim_id"]]
        text = {
            key: "" if pd.isna(row[key]) else str(row[key])
            for key in ("verdict", "specification", "reason", "deviations")
        }
        numbers = rounded({key: None if pd.isna(row[key]) else float(row[key]) for key in _NUMBERS})
        told = {"statement": said["statement"], "test": said["test"], "source": said["source"]}
        rows.append({"id": row["claim_id"], **told, **text, **numbers})
    return rows


def specification_content(
    results: Mapping[str, Result], primary: str | None, labels: Mapping[str, Labels]
) -> list[dict[str, Any]]:
    """One entry per specification, the primary one first: label, outcome, n, fit, what differs from the primary, estimates."""
    base = results[primary].settings if primary in results else None
    names = sorted(results, key=lambda name: name != primary)
    errors = {
        result.fit.get("covariance"): result for result in results.values()
    }  # few sentences, each translated once
    words = {
        said: {language: own.covariance(result) for language, own in labels.items()} for said, result in errors.items()
    }
    return [
        _specification(results[name], base, labels) | {"covariance": words[results[name].fit.get("covariance")]}
        for name in names
    ]


def _specification(result: Result, base: Mapping[str, Any] | None, labels: Mapping[str, Labels]) -> dict[str, Any]:
    fit, told = result.fit, ("outcome", "reason")
    words = {key: {language: getattr(own, key)(result) for language, own in labels.items()} for key in told}
    label = {language: own.specification(result) for language, own in labels.items()}
    return {
        "id": result.name,
        "label": label,
        **words,
        "estimator": result.settings["estimator"],
        "status": fit.get("status"),
        **rounded({key: fit.get(key) for key in ("n_obs", "n_units", "r2")}),
        "differs": [] if base is None else _differences(base, result.settings),
        "rows": _estimates(result.estimates),
    }


def _differences(base: Mapping[str, Any], own: Mapping[str, Any]) -> list[list[str]]:
    """Key, value of the primary specification, own value."""
    pairs = [(key, _plain(base.get(key)), _plain(own.get(key))) for key in COMPARED]
    return [[key, before, after] for key, before, after in pairs if before != after]


def _plain(value: Any) -> str:
    """A value of the configuration on one line; empty for what is not set."""
    if isinstance(value, Mapping):
        parts = [(key, _plain(item)) for key, item in value.items()]
        return "; ".join(f"{key}: {item}" for key, item in parts if item)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(item) for item in value)
    return "" if value in (None, "none") else str(value)


def _estimates(estimates: pd.DataFrame) -> list[list[Any]]:
    """Equation, term, block, estimate, ends of the interval, standardised estimate."""
    columns = ("estimate", "ci_low", "ci_high", "standardised")
    numbers = [quantised(estimates[name].to_numpy(float)) for name in columns]
    texts = [estimates[name].tolist() for name in ("equation", "term", "block")]
    return [list(row) for row in zip(*texts, *numbers, strict=True)]


def term_content(results: Mapping[str, Result], labels: Mapping[str, Labels]) -> dict[str, dict[str, dict[str, str]]]:
    """Words in both languages for the equations, terms and blocks that specifications have."""
    found = {"equation": set(), "term": set(), "block": set()}
    for result in results.values():
        for kind, known in found.items():
            known.update(result.estimates[kind])
    return {
        kind: {one: {language: getattr(labels[language], kind)(one) for language in LANGUAGES} for one in sorted(known)}
        for kind, known in found.items()
    }
