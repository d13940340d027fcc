"""The municipalities of the page: names, classes they belong to, simplified shapes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.harmonise import weights_of

# Indicators that say which municipalities are alike, with the sign before their number.
CLASSES = {"belfius_cluster": "V", "size_band": ""}
DECIMALS = 4  # of degrees: about 10 m
TOLERANCE = 0.0012  # degrees: a corner goes whose triangle is smaller than a square of this side, about 100 m


def place_content(panel: pd.DataFrame, units: pd.DataFrame, population: pd.DataFrame, vintage: int) -> dict[str, Any]:
    """Codes, names, inhabitants that decide which part of a merger is largest, and classes, one list each, sorted by code."""
    names = units.drop_duplicates(f"nis_{vintage}").set_index(f"nis_{vintage}")[f"naam_{vintage}"].sort_index()
    static = panel[(panel["level"] == "municipality") & panel["year"].isna() & panel["indicator"].isin(CLASSES)]
    wide = static.pivot(index="nis", columns="indicator", values="value").reindex(names.index)
    weights = weights_of(population.assign(vintage=vintage), vintage).reindex(names.index)
    classes = {name: [_code(value, sign) for value in wide[name]] for name, sign in CLASSES.items() if name in wide}
    return {
        "nis": list(names.index),
        "name": list(names),
        "weight": [None if pd.isna(weight) else float(weight) for weight in weights],
        "classes": classes,
    }


def _code(value: float, sign: str) -> str | None:
    return f"{sign}{value:g}" if np.isfinite(value) else None


def shape_content(shapes: pd.DataFrame | None, nis: Sequence[str]) -> list[Mapping[str, Any] | None]:
    """GeoJSON geometries in the order of `nis`, simplified together so that borders stay shared; none without shapes.

    shapes: nis, geometry (GeoJSON text, degrees).
    """
    if shapes is None:
        return []
    import shapely

    own = shapes.set_index("nis")["geometry"].reindex(list(nis)).dropna()
    whole = shapely.from_geojson(own.to_numpy())
    simple = shapely.orient_polygons(shapely.coverage_simplify(whole, TOLERANCE), exterior_cw=True)
    texts = dict(zip(own.index, shapely.to_geojson(simple), strict=True))
    return [_rounded(json.loads(texts[code])) if code in texts else None for code in nis]


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": geometry["type"], "coordinates": _digits(geometry["coordinates"])}


def _digits(part: Any) -> Any:
    return round(part, DECIMALS) if isinstance(part, float | int) else [_digits(one) for one in part]
