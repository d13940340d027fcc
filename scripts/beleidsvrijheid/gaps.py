"""The register of data gaps: for every indicator, which source speaks to it, for whom, for which years, and what is lacking."""

from typing import Any

import pandas as pd

COLUMNS = ["construct", "indicator", "source", "status", "coverage_units", "coverage_years", "reason"]
_CONSTRUCTS = {
    "U": "used_freedom", "Y": "used_freedom", "F": "formal_freedom", "C": "capacity", "S": "scale", "P": "politics", "X": "context",
}  # fmt: skip


def indicator_gaps(
    panel: pd.DataFrame, indicators: list[dict[str, Any]], lacking: dict[str, list[str]], n_units: int
) -> pd.DataFrame:
    """One row per indicator of the catalogue.

    panel: the long table. indicators: id, code, source. lacking: indicator -> sentences on absent sources.
    status: present (every municipality), partial (some), absent (none).
    """
    rows = []
    for entry in indicators:
        own = panel[panel["indicator"] == entry["id"]]
        units = own.loc[own["nis"] != "", "nis"].nunique()
        years = own["year"].dropna()
        complete = units == n_units or (len(own) > 0 and (own["nis"] == "").all())
        reasons = lacking.get(entry["id"], [])
        if not len(own):
            status, reason = (
                "absent",
                "; ".join(reasons) or "no value could be computed from the sources at hand",
            )
        elif complete:
            status, reason = "present", ""
        else:
            status, reason = "partial", f"{n_units - units} of {n_units} municipalities without a value"
        rows.append(
            {
                "construct": _CONSTRUCTS[entry["code"][0]],
                "indicator": entry["id"],
                "source": "; ".join(entry["source"]),
                "status": status,
                "coverage_units": units,
                "coverage_years": f"{years.min()}-{years.max()}" if len(years) else "",
                "reason": reason,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def source_gaps(sources: dict[str, dict[str, Any]], files: dict[str, list[str]]) -> pd.DataFrame:
    """One row per source of the catalogue: present with its number of files, or absent with where it would come from."""
    rows = []
    for name, source in sources.items():
        here = files.get(name, [])
        absent = f"{source['measures']}: no file data/raw/{name}/{' or '.join(source['file_patterns'])} ({source['publisher']})"
        rows.append(
            {
                "construct": "source",
                "indicator": "",
                "source": name,
                "status": "present" if here else "absent",
                "coverage_units": "",
                "coverage_years": "",
                "reason": f"{source['measures']}; files: {len(here)}" if here else absent,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def specification_gaps(refused: dict[str, list[str]]) -> pd.DataFrame:
    """One row per specification that cannot be estimated, with the missing files named."""
    rows = [
        {
            "construct": "specification",
            "indicator": name,
            "source": "",
            "status": "absent",
            "coverage_units": 0,
            "coverage_years": "",
            "reason": "refused: " + "; ".join(reasons),
        }
        for name, reasons in refused.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
