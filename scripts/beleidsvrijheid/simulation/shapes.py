"""Boundaries of the simulated country: a tessellation in the Atlantic, far from any land, on the three geographies."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from beleidsvrijheid.simulation.country import Country
from beleidsvrijheid.simulation.parameters import SIMULATED
from beleidsvrijheid.simulation.register import Register

N_COLUMNS, N_ROWS = 22, 14  # as many cells as parts
SOUTH_WEST = (-30.5, 46.0)
CELL = (0.0864, 0.0598)  # degrees; 44 km2 at this latitude, 13,600 km2 in all
JITTER = 0.22  # of a cell
DECIMALS = 5


def shape_files(country: Country, register: Register, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """One GeoJSON per geography, each in the layout of another publisher."""
    parts = _cells(country, register, rng)
    units_2019 = _merged(parts, country.unit_2019, len(country.main_2019))
    units_2025 = _merged(parts, country.unit_2025, country.n_units)
    crs = "urn:ogc:def:crs:OGC:1.3:CRS84"
    named = [
        _feature(shape, {"nis": nis, "naam": name})
        for nis, name, shape in zip(register.nis_2018, register.name_2018, parts, strict=True)
    ]
    yield "vl_gemeenten_2018.geojson", _collection(named, "nis", crs)
    lau = [
        _feature(shape, {"GISCO_ID": f"BE_{nis}", "CNTR_CODE": "BE", "LAU_ID": nis, "LAU_NAME": name, "YEAR": 2024})
        for nis, name, shape in zip(register.nis_2019, register.name_2019, units_2019, strict=True)
    ]
    yield "LAU_RG_01M_2024_4326.geojson", _collection(lau + _abroad(register), "LAU_ID", "urn:ogc:def:crs:EPSG::4326")
    vrbg = [
        _feature(shape, {"NISCODE": nis, "NAAM": name})
        for nis, name, shape in zip(register.nis_2025, register.name_2025, units_2025, strict=True)
    ]
    yield "RefgemG100_2025.geojson", _collection(vrbg, "NISCODE", crs)


def _cells(country: Country, register: Register, rng: np.random.Generator) -> np.ndarray:
    """(P,) one cell per part. Cells are handed out up one column and down the next, by province and merged unit, so that
    provinces are strips and the parts of a merger are neighbours."""
    grid = _grid(rng)
    order = np.lexsort((np.arange(len(country.unit_2025)), country.unit_2025, _province(country, register)))
    cells = np.empty(len(order), object)
    for place, part in enumerate(order):
        column, step = divmod(place, N_ROWS)
        row = step if column % 2 == 0 else N_ROWS - 1 - step
        cells[part] = _cell(grid, column, row)
    return cells


def _province(country: Country, register: Register) -> np.ndarray:
    return register.province_2025[country.unit_2025].astype(str)


def _grid(rng: np.random.Generator) -> np.ndarray:
    """(2 columns + 1, 2 rows + 1, 2) corners and middles of edges, moved a little; neighbours share theirs."""
    steps = np.stack(np.meshgrid(np.arange(2 * N_COLUMNS + 1), np.arange(2 * N_ROWS + 1), indexing="ij"), axis=-1)
    moved = steps / 2 + rng.uniform(-JITTER, JITTER, steps.shape)
    return np.round(np.array(SOUTH_WEST) + moved * np.array(CELL), DECIMALS)


def _cell(grid: np.ndarray, column: int, row: int) -> Any:
    around = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    return shapely.Polygon([grid[2 * column + x, 2 * row + y] for x, y in around])


def _merged(parts: np.ndarray, unit: np.ndarray, n_units: int) -> list[Any]:
    return [shapely.union_all(parts[unit == one]) for one in range(n_units)]


def _abroad(register: Register) -> list[dict]:
    """Places of another region and of another country, which a map of all Europe has as well."""
    west, south = SOUTH_WEST
    boxes = [shapely.box(west + number, south - 0.5, west + number + 0.1, south - 0.4) for number in range(3)]
    ids = [("BE", code, name) for code, name in register.outside.items()] + [("XX", "00001", "Elders")]
    return [
        _feature(
            box, {"GISCO_ID": f"{country}_{code}", "CNTR_CODE": country, "LAU_ID": code, "LAU_NAME": name, "YEAR": 2024}
        )
        for (country, code, name), box in zip(ids, boxes, strict=True)
    ]


def _feature(shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": _rounded(shapely.geometry.mapping(shape))}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(float(value), DECIMALS) if isinstance(value, float) else value


def _collection(features: list[dict], key: str, crs: str) -> bytes:
    """GeoJSON, one feature a line, sorted by code."""
    head = {
        "type": "FeatureCollection",
        "name": SIMULATED,
        "crs": {"type": "name", "properties": {"name": crs}},
        "numberMatched": len(features),
    }
    lines = [
        json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
        for feature in sorted(features, key=lambda feature: feature["properties"][key])
    ]
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    return text.encode("utf-8")
