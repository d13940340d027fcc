"""Which indicators the page shows, derived from the configuration, and their values per municipality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.publication import Labels

Key = tuple[str, str]
OUTCOMES, CONTROLS, SCALE, FIELDS = "outcomes", "controls", "scale", "fields"
UNSHOWN = ""  # the group of what recipes need and the page does not show
SHOWN_DIGITS = 6


@dataclass(frozen=True)
class Item:
    """One indicator in one field ("" for none). values: (n,) by municipality; latest: the year they are of, None where they
    are the study's one value. yearly: municipalities by year, empty where there are none. group: outcomes, or a block.
    """

    indicator: str
    beleidsveld: str
    group: str
    values: np.ndarray
    latest: int | None
    yearly: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def key(self) -> Key:
        """Indicator and field."""
        return self.indicator, self.beleidsveld


def wanted(config: Mapping[str, Any]) -> dict[Key, str]:
    """Indicators and fields in the order shown -> group, from blocks, outcomes and controls of a resolved configuration.

    A predictor stands with the field of its specification and without: which of the two exists is for the panel to say.
    """
    names = [config["primary"]] if config.get("primary") else []
    ordered = [config["specifications"][name] for name in dict.fromkeys([*names, *config["specifications"]])]
    outcomes: dict[Key, str] = {}
    predictors: dict[Key, str] = {(one, ""): block for block, ids in config["blocks"].items() for one in ids}
    for one in ordered:
        own = one.get("beleidsveld") or ""
        outcomes |= {(one["outcome"], place): OUTCOMES for place in [own, *(one.get("fields") or [])]}
        blocks = {**(one.get("blocks") or {}), CONTROLS: [*(one.get("controls") or []), one.get("dose") or ""]}
        for block, ids in blocks.items():
            for identifier in filter(None, ids):
                for place in dict.fromkeys([own, ""]):
                    predictors.setdefault((identifier, place), block)
    shown = {**predictors, ("population", ""): SCALE}
    return {**shown, **{key: group for key, group in outcomes.items() if key not in shown}}


def also_needed(keys: Mapping[Key, str]) -> dict[Key, str]:
    """Figures that recipes of `keys` need by year: spending in their fields, debt before its logarithm."""
    names = ("real_spending", "debt_per_inhabitant")
    return {(name, place): UNSHOWN for name in names for _, place in keys if (name, place) not in keys}


def read_items(panel: pd.DataFrame, keys: Mapping[Key, str], nis: Sequence[str]) -> list[Item]:
    """Items of which the panel has a figure per municipality, in the order of `keys`."""
    names = {indicator for indicator, _ in keys}
    own = panel[(panel["level"] == "municipality") & panel["indicator"].isin(names)]
    is_static = own["year"].isna()
    static = _tables(own[is_static].assign(year=0), nis)
    yearly = _tables(own[~is_static], nis)
    found = []
    for key, group in keys.items():
        by_year = yearly.get(key, pd.DataFrame(index=list(nis)))
        if key in static:
            values, latest = static[key][0].to_numpy(float), None
        elif len(by_year.columns):
            latest = int(by_year.columns.max())
            values = by_year[latest].to_numpy(float)
        else:
            continue
        found.append(Item(*key, group, values, latest, by_year))
    return found


def _tables(rows: pd.DataFrame, nis: Sequence[str]) -> dict[Key, pd.DataFrame]:
    """Municipalities by year for each indicator and field; in the order of `nis`, years ascending."""
    wide = rows.astype({"year": "int64"}).pivot(
        index="nis", columns=["indicator", "beleidsveld", "year"], values="value"
    )
    wide = wide.reindex(list(nis))
    values, places = wide.to_numpy(), {}
    for number, (indicator, beleidsveld, year) in enumerate(wide.columns):
        places.setdefault((indicator, beleidsveld), []).append((year, number))
    return {
        key: pd.DataFrame(values[:, [number for _, number in sorted(own)]], wide.index, sorted(year for year, _ in own))
        for key, own in places.items()
    }


def quantised(values: np.ndarray, digits: int = SHOWN_DIGITS) -> list[float | None]:
    """Values with so many significant digits; None where missing."""
    known = np.isfinite(values)
    size = np.floor(np.log10(np.abs(np.where(known & (values != 0), values, 1.0))))
    places = digits - 1 - size
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    kept = np.round(np.where(known, values, 0.0) * up / down) / up * down
    return [value if there else None for value, there in zip(kept.tolist(), known.tolist(), strict=True)]


def item_content(item: Item, labels: Mapping[str, Labels]) -> dict[str, Any]:
    """An item as the page needs it: words in both languages, values, yearly values by year."""
    entry = labels["nl"].indicators[item.indicator]
    place = item.beleidsveld
    names = {
        language: own.indicator(item.indicator) + (f" ({own.place(place)})" if place else "")
        for language, own in labels.items()
    }
    return {
        "id": item.indicator,
        "field": place,
        "group": FIELDS if item.group == OUTCOMES and place in labels["nl"].fields else item.group,
        "label": names,
        "unit": entry["unit"],
        "direction": entry.get("direction"),
        "artefact": entry.get("artefact"),
        "formula": entry.get("formula", ""),
        "categorical": bool(entry.get("categorical")),
        "latest": item.latest,
        "values": quantised(item.values),
        "years": [int(year) for year in item.yearly.columns],
        "yearly": [quantised(item.yearly[year].to_numpy(float)) for year in item.yearly.columns],
    }
