"""datapackage.json of the published data: Frictionless Data Package v1, tabular resources with typed fields."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from beleidsvrijheid.catalogue import Indicator
from beleidsvrijheid.package import csv_bytes, sha256

CODEBOOK = "codebook.csv"
_CODEBOOK_FIELDS = {
    "indicator": ("string", "Id of the indicator"),
    "label_nl": ("string", "Label in Dutch"),
    "label_en": ("string", "Label in English"),
    "unit": ("string", "Unit of its values"),
    "formula": ("string", "How it is computed"),
    "source": ("string", "Ids of its sources"),
    "reference": ("string", "Where it comes from"),
}
_INDICATOR_FIELDS = {
    "level": ("string", "What the value is of: municipality, field or flanders"),
    "nis": ("string", "NIS code of the municipality; empty for other levels"),
    "beleidsveld": ("string", "Policy field or basket; empty where none applies"),
    "year": ("integer", "Year; empty for values of a period"),
    "period": ("string", "Period; empty for values of a year"),
    "indicator": ("string", "Id of the indicator; its unit is in the codebook"),
    "value": ("number", "Value, in the unit of the indicator"),
    "data_source": ("string", "Kind of data"),
}
_ESTIMATE_FIELDS = {
    "equation": ("string", "Equation of the model"),
    "term": ("string", "Variable, or what is estimated"),
    "block": ("string", "Block of the variable"),
    "estimate": ("number", "Estimate, in units of the outcome per unit of the variable"),
    "std_error": ("number", "Standard error"),
    "statistic": ("number", "Test statistic"),
    "p_value": ("number", "P-value, two-sided"),
    "ci_low": ("number", "Lower end of the interval"),
    "ci_high": ("number", "Upper end of the interval"),
    "standardised": ("number", "Estimate in standard deviations"),
    "mde": ("number", "Smallest effect found with 80 % power"),
    "data_source": ("string", "Kind of data"),
}


def codebook(indicators: Mapping[str, Indicator], names: Iterable[str]) -> bytes:
    """One row per indicator that the data hold, as a CSV file."""
    rows = [
        (entry.id, entry.label.nl, entry.label.en, entry.unit, entry.formula, "; ".join(entry.source), entry.reference)
        for entry in (indicators[name] for name in names)
    ]
    return csv_bytes([tuple(_CODEBOOK_FIELDS), *rows])


def datapackage(
    about: Mapping[str, Any], files: Mapping[str, bytes], indicators: str, estimates: Mapping[str, tuple[str, str]]
) -> bytes:
    """The descriptor. about: name, title, description, version, sources (title, path or licence) of the package.

    files: path from the descriptor -> content; CODEBOOK is among them. indicators: path of the indicators. estimates:
    specification -> path and label.
    """
    key = {"fields": "indicator", "reference": {"resource": "codebook", "fields": "indicator"}}
    resources = [
        _resource("indicators", "Indicators", indicators, files, _INDICATOR_FIELDS, {"foreignKeys": [key]}),
        _resource("codebook", "Codebook", CODEBOOK, files, _CODEBOOK_FIELDS, {"primaryKey": "indicator"}),
    ]
    resources += [
        _resource(f"estimates-{name}", label, path, files, _ESTIMATE_FIELDS, {})
        for name, (path, label) in estimates.items()
    ]
    licence = {"name": "MIT", "path": "project/LICENSE", "title": "MIT License"}
    whole = {"profile": "tabular-data-package", **about, "licenses": [licence], "resources": resources}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _resource(
    name: str,
    title: str,
    path: str,
    files: Mapping[str, bytes],
    fields: Mapping[str, tuple[str, str]],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    described = [{"name": field, "type": kind, "description": text} for field, (kind, text) in fields.items()]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": title,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(files[path]),
        "hash": f"sha256:{sha256(files[path])}",
        "schema": {"fields": described, "missingValues": [""], **more},
    }
