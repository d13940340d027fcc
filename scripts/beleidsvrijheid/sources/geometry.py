"""Boundaries and area of the municipalities: GeoJSON of the VRBG, of GISCO LAU, or with nis and naam."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES
from beleidsvrijheid.sources.json_text import STRICT
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_text
from beleidsvrijheid.sources.vintages import check_names, codes_of

_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_ELLIPSOID = Geod(ellps="WGS84")
_WGS84 = ("CRS84", "4326")
_NAMES = ("NAAM", "naam", "LAU_NAME")


class Feature(NamedTuple):
    """A municipality of a file: its code, its name there ("" where none), which feature it is, and its geometry."""

    code: str
    name: str
    number: int
    geometry: Any


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, area_km2 (on the WGS84 ellipsoid), geometry (GeoJSON text, WGS84, longitude before latitude).

    One file per geography. Raises StudyError on a file of which the codes are on no single geography, a municipality that is
    doubled, bears the name of another or has no area, coordinates that are not degrees or lie outside the boxes of the
    catalogue, another projection that is not known.
    """
    parts, checks, notes = [], [], {}
    for path in paths:
        table, account, note = _file(path, source, reference)
        parts.append(table)
        checks += [row | {"file": path.name} for row in account]
        notes[path.name] = note
    table = pd.concat(parts, ignore_index=True)
    twice = {vintage: [name for name in notes if notes[name]["vintage"] == vintage] for vintage in VINTAGES}
    for vintage, names in twice.items():
        if len(names) > 1:
            raise StudyError(f"{' and '.join(names)}: both hold the {vintage} municipalities; keep one of the files")
    return Parsed(table.sort_values(["vintage", "nis"], ignore_index=True), checks, notes)


def _file(path: Path, source: Source, reference: Reference) -> tuple[pd.DataFrame, list[dict], dict]:
    known = set().union(*(codes_of(reference.units, vintage) for vintage in VINTAGES))
    members, features, n_all = read_features(path, known)
    if not features:
        raise StudyError(
            f"{path.name}: none of the {n_all} features is a municipality of Flanders; expected is a property NISCODE, nis, "
            "or GISCO_ID (BE_11001)"
        )
    nis = [feature.code for feature in features]
    twice = {code for code in nis if nis.count(code) > 1}
    if twice:
        raise StudyError(f"{path.name}: municipality {sorted(twice)[0]} occurs twice; keep one feature of it")
    vintage, missing = _vintage(set(nis), reference, path.name)
    names = _check_names(features, vintage, reference, path.name)
    shapes, n_mended, crs = _shapes(features, members, path.name)
    _check_box(shapes, nis, source.options["boxes"], path.name)
    area = [abs(_ELLIPSOID.geometry_area_perimeter(shape)[0]) / 1e6 for shape in shapes]
    table = pd.DataFrame(
        {"nis": nis, "vintage": vintage, "area_km2": area, "geometry": list(shapely.to_geojson(shapes))}
    )
    reason = f"municipalities of {vintage} without a shape: {', '.join(missing[:10]) or 'none'}"
    checks = [
        check("features read", n_all, n_all - len(nis), "features that are no Flemish municipality", kind="rows"),
        check("every municipality exactly once", len(nis) + len(missing), len(missing), reason),
        check(
            "polygons valid", len(nis), n_mended, "invalid polygons made valid; their area is that of the mended shape"
        ),
        names,
    ]
    return table, checks, {"vintage": vintage, "crs": crs, "rows": len(nis)}


def _check_names(features: list[Feature], vintage: int, reference: Reference, file: str) -> dict[str, Any]:
    printed = pd.DataFrame(
        {
            "nis": [feature.code for feature in features],
            "vintage": vintage,
            "name": [feature.name for feature in features],
            "place": [f"{file}: feature {feature.number}" for feature in features],
        }
    )
    return check_names(printed, reference)


def read_features(path: Path, known: set[str]) -> tuple[dict[str, Any], list[Feature], int]:
    """Members of a FeatureCollection but for its features; the features whose code is in `known`; number of all.

    Features are decoded one at a time, so that a file of all Europe needs little more memory than its text. Raises StudyError
    on what is no GeoJSON.
    """
    text = read_text(path, is_json=True)
    start = _FEATURES.search(text)
    if start is None:
        raise StudyError(
            f"{path.name}: no list of features; this is not a GeoJSON FeatureCollection: download it again"
        )
    decoder, at, features, n_all = json.JSONDecoder(**STRICT), start.end(), [], 0
    try:
        while text[at := _BETWEEN.match(text, at).end()] != "]":
            feature, at = decoder.raw_decode(text, at)
            n_all += 1
            code = _code(feature, f"{path.name}: feature {n_all}")
            if code in known:
                features.append(Feature(code, _name(feature["properties"]), n_all, feature.get("geometry")))
        members = json.loads(text[: start.end()] + text[at:], **STRICT)
    except (ValueError, IndexError, RecursionError) as problem:  # RecursionError: nested without end
        reason = f" ({problem})" if "twice" in str(problem) else ""
        raise StudyError(
            f"{path.name}: feature {n_all + 1}: not valid JSON{reason}; the file may be cut off: download it again"
        ) from None
    if not isinstance(members, dict):
        raise StudyError(f"{path.name}: a list around the FeatureCollection; keep the collection itself")
    stated = members.get("numberMatched", members.get("totalFeatures"))
    if isinstance(stated, int) and stated > n_all:
        raise StudyError(
            f"{path.name}: {n_all} features of {stated}: this is one page of several; download all of them"
        )
    return members, features, n_all


def _code(feature: Any, where: str) -> str:
    """NIS code of a feature; "" for one of another country."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise StudyError(f"{where}: has no properties, so that its municipality is not known")
    for name in ("NISCODE", "nis"):
        if name in properties:
            return str(properties[name]).strip()
    if "GISCO_ID" in properties:
        country, _, code = str(properties["GISCO_ID"]).partition("_")
        return code if country == "BE" else ""
    if {"CNTR_CODE", "LAU_ID"} <= set(properties):
        return str(properties["LAU_ID"]).strip() if properties["CNTR_CODE"] == "BE" else ""
    raise StudyError(
        f"{where}: no property NISCODE, nis, GISCO_ID, or CNTR_CODE with LAU_ID; it has: "
        f"{', '.join(map(str, properties)) or 'none'}"
    )


def _name(properties: dict[str, Any]) -> str:
    return next((str(properties[name]).strip() for name in _NAMES if properties.get(name)), "")


def _vintage(codes: set[str], reference: Reference, name: str) -> tuple[int, list[str]]:
    """The geography that has all the codes and lacks the fewest, and the codes it lacks."""
    every = {vintage: codes_of(reference.units, vintage) for vintage in VINTAGES}
    fitting = [vintage for vintage in VINTAGES if codes <= every[vintage]]
    if not fitting:
        best = min(VINTAGES, key=lambda vintage: len(codes - every[vintage]))
        raise StudyError(
            f"{name}: {sorted(codes - every[best])[0]} is none of the {best} municipalities that the other features are; the "
            "shapes are of several years: download those of one year"
        )
    vintage = min(fitting, key=lambda one: len(every[one] - codes))
    return vintage, sorted(every[vintage] - codes)


# Shapes


def _shapes(features: list[tuple[str, dict]], members: dict[str, Any], name: str) -> tuple[np.ndarray, int, str]:
    """Valid polygons in WGS84, how many had to be mended, and the projection they came in."""
    transform, crs = _transform(members, name)
    shapes = np.array([_polygon(feature.code, feature.geometry, name) for feature in features], object)
    if transform is not None:
        shapes = shapely.transform(
            shapes, lambda points: np.column_stack(transform.transform(points[:, 0], points[:, 1]))
        )
    _check_degrees(shapes, [feature.code for feature in features], name)
    valid = shapely.is_valid(shapes)
    shapes[~valid] = [_areas_of(shape) for shape in shapely.make_valid(shapes[~valid])]
    # The sign of an area on the ellipsoid follows the direction of the rings.
    shapes = shapely.orient_polygons(shapes)
    empty = shapely.area(shapes) == 0
    if empty.any():
        raise StudyError(
            f"{name}: municipality {features[int(np.argmax(empty))].code} has a shape without area; download it again"
        )
    return shapes, int((~valid).sum()), crs


def _polygon(code: str, geometry: Any, name: str) -> Any:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise StudyError(
            f"{name}: municipality {code}: geometry {kind!r} is not a Polygon or MultiPolygon; download it again"
        )
    try:
        return shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
    except (shapely.errors.ShapelyError, ValueError, RecursionError):
        raise StudyError(
            f"{name}: municipality {code}: its coordinates are no polygon; download the file again"
        ) from None


def _areas_of(shape: Any) -> Any:
    """The polygons of a mended shape, without the lines and points that mending leaves."""
    return shapely.union_all(
        [part for part in shapely.get_parts([shape]) if part.geom_type in ("Polygon", "MultiPolygon")]
    )


def _transform(members: dict[str, Any], name: str) -> tuple[Transformer | None, str]:
    """What brings the coordinates to WGS84; GeoJSON without a projection is WGS84."""
    stated = members.get("crs")
    if stated is None:
        return None, "CRS84 (not stated)"
    properties = stated.get("properties") if isinstance(stated, dict) else None
    code = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    last = re.split(r"[:/]", code)[-1]
    if last in _WGS84:
        return None, code
    try:
        projection = CRS.from_epsg(int(last))
    except (CRSError, ValueError):
        raise StudyError(
            f"{name}: projection {code or stated!r} is not known; download the file in EPSG:4326 (srsName=EPSG:4326)"
        ) from None
    return Transformer.from_crs(projection, CRS.from_epsg(4326), always_xy=True), code


def _check_degrees(shapes: np.ndarray, codes: list[str], name: str) -> None:
    bounds = shapely.bounds(shapes)
    wrong = ~((np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise StudyError(
            f"{name}: municipality {codes[at]}: coordinates {bounds[at, 0]:g}, {bounds[at, 1]:g} are not degrees; download the "
            "file in EPSG:4326, or state its projection in the member crs"
        )


def _check_box(shapes: np.ndarray, codes: list[str], boxes: dict[str, list[float]], name: str) -> None:
    """All shapes must lie in one box of the catalogue; in one with the axes exchanged they are latitude before longitude."""
    west, south, east, north = shapely.total_bounds(shapes)
    for box in boxes.values():
        if _inside((west, south, east, north), box):
            return
        if _inside((south, west, north, east), box):
            raise StudyError(
                f"{name}: latitude stands before longitude (first shape at {west:g}, {south:g}); GeoJSON wants longitude first: "
                "download with srsName=EPSG:4326"
            )
    outside = [not any(_inside(tuple(shapely.bounds(shape)), box) for box in boxes.values()) for shape in shapes]
    code = codes[int(np.argmax(outside))]
    raise StudyError(
        f"{name}: municipality {code}: the shapes ({west:g} to {east:g} degrees east, {south:g} to {north:g} north) lie outside "
        f"{', '.join(boxes)} (options.boxes in workflow/sources.yaml)"
    )


def _inside(bounds: tuple[float, ...], box: list[float]) -> bool:
    return box[0] <= bounds[0] and box[1] <= bounds[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
