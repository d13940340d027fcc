"""Boundaries: three layouts, projections, axes, mended polygons; refused by feature."""

import json

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.shapes import shape_files
from beleidsvrijheid.sources import geometry
from beleidsvrijheid.sources.schemas import validated

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, write

SOURCE = SOURCES["geometry"]


def box(west, south, size=0.1):
    return shapely.geometry.mapping(shapely.box(west, south, west + size, south + size))


def feature(shape, **properties):
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(path, *features, **members):
    return write(path, json.dumps({"type": "FeatureCollection", **members, "features": list(features)}))


def crs(name):
    return {"type": "name", "properties": {"name": name}}


VRBG = [feature(box(4, 51), NISCODE="95010", NAAM="Aalhout"), feature(box(4.2, 51), NISCODE="95003", NAAM="Cleve")]


def parse(*paths):
    return geometry.parse(list(paths), SOURCE, REFERENCE)


def test_the_layouts_and_their_geographies(tmp_path):
    own = [feature(box(4 + 0.1 * number, 51), nis=f"9500{number + 1}") for number in range(3)]
    paths = [
        collection(tmp_path / "a.geojson", *VRBG, crs=crs("urn:ogc:def:crs:EPSG::4326"), numberMatched=2),
        collection(tmp_path / "b.geojson", *own),
    ]
    parsed = parse(*paths)
    table = validated(parsed.table, SOURCE)
    # The small country has the same codes in 2019 and in 2025; a file of them is taken for the finer geography.
    assert table[["nis", "vintage"]].values.tolist() == [
        ["95003", 300],
        ["95010", 300],
        ["95001", 308],
        ["95002", 308],
        ["95003", 308],
    ]
    # 0.1 x 0.1 degree at 51 degrees north is 7.02 km by 11.13 km on the ellipsoid.
    assert table["area_km2"].between(77.8, 78.3).all()
    shape = shapely.from_geojson(table["geometry"].iloc[2])
    assert shape.equals(shapely.box(4, 51, 4.1, 51.1)) and shape.exterior.is_ccw
    assert {row["n_failed"] for row in parsed.checks} == {0}
    names = {row["file"]: row for row in parsed.checks if row["check"] == "names agree with codes"}
    assert names["a.geojson"]["n_checked"] == 2 and names["b.geojson"]["n_checked"] == 0
    assert names["b.geojson"]["reason"].endswith("rows without a name: 3")


def test_a_map_of_europe_gives_the_flemish_ones(tmp_path):
    features = [
        feature(box(20, 40), GISCO_ID="EL_95003", CNTR_CODE="EL", LAU_ID="95003"),
        feature(box(4, 51), GISCO_ID="BE_95010", CNTR_CODE="BE", LAU_ID="95010"),
        feature(None, GISCO_ID="BE_62093", CNTR_CODE="BE", LAU_ID="62093"),
        feature(box(5, 51), CNTR_CODE="BE", LAU_ID="95003"),
        feature(box(9, 45), CNTR_CODE="IT", LAU_ID="95010"),
    ]
    parsed = parse(collection(tmp_path / "LAU.geojson", *features))
    assert parsed.table["nis"].tolist() == ["95003", "95010"]
    assert (parsed.checks[0]["n_checked"], parsed.checks[0]["n_failed"]) == (5, 3)
    lacking = parse(collection(tmp_path / "LAU.geojson", features[1]))
    assert lacking.checks[1]["n_failed"] == 1 and lacking.checks[1]["reason"].endswith(": 95003")


def test_a_projection_is_converted(tmp_path):
    project = Transformer.from_crs(4326, 31370, always_xy=True)
    shapes = [
        shapely.geometry.mapping(
            shapely.transform(
                shapely.geometry.shape(one["geometry"]), lambda xy: np.column_stack(project.transform(*xy.T))
            )
        )
        for one in VRBG
    ]
    features = [feature(shape, **one["properties"]) for shape, one in zip(shapes, VRBG, strict=True)]
    parsed = parse(collection(tmp_path / "lambert.geojson", *features, crs=crs("urn:ogc:def:crs:EPSG::31370")))
    straight = parse(collection(tmp_path / "degrees.geojson", *VRBG))
    assert np.allclose(parsed.table["area_km2"], straight.table["area_km2"], rtol=1e-4)
    assert parsed.notes["lambert.geojson"]["crs"] == "urn:ogc:def:crs:EPSG::31370"
    with pytest.raises(StudyError, match="lambert.geojson: municipality 95010: coordinates .* are not degrees"):
        parse(collection(tmp_path / "lambert.geojson", *features))


def test_an_invalid_polygon_is_mended_and_counted(tmp_path):
    bow = {"type": "Polygon", "coordinates": [[[4, 51], [4.1, 51.1], [4.1, 51], [4, 51.1], [4, 51]]]}
    parsed = parse(collection(tmp_path / "a.geojson", feature(bow, NISCODE="95010"), VRBG[1]))
    mended = next(row for row in parsed.checks if row["check"] == "polygons valid")
    assert (mended["n_checked"], mended["n_failed"]) == (2, 1)
    row = parsed.table[parsed.table["nis"] == "95010"].iloc[0]
    assert shapely.from_geojson(row["geometry"]).is_valid and row["area_km2"] == pytest.approx(39, abs=0.3)


def test_holes_and_directions_of_rings_do_not_change_an_area(tmp_path):
    ring = [[4, 51], [4, 51.1], [4.1, 51.1], [4.1, 51], [4, 51]]
    hole = [[4.02, 51.02], [4.02, 51.05], [4.05, 51.05], [4.05, 51.02], [4.02, 51.02]]
    areas = []
    for rings in ([ring, hole], [ring[::-1], hole], [ring, hole[::-1]]):
        shape = {"type": "MultiPolygon", "coordinates": [rings]}
        table = parse(collection(tmp_path / "a.geojson", feature(shape, NISCODE="95010"), VRBG[1])).table
        areas.append(table.set_index("nis").at["95010", "area_km2"])
    assert areas[0] == pytest.approx(78.06 * 0.91, abs=0.3) and np.ptp(areas) < 1e-9


@pytest.mark.parametrize(
    ("features", "members", "message"),
    [
        ([VRBG[0], VRBG[0]], {}, "municipality 95010 occurs twice"),
        ([feature(box(4, 51), nis="11001")], {}, "none of the 1 features is a municipality of Flanders"),
        ([VRBG[0], feature(box(4, 51), NISCODE="95001")], {}, "95010 is none of the 308|95001 is none of the 3"),
        ([feature(box(4, 51), code="95010")], {}, "feature 1: no property NISCODE, nis, GISCO_ID.*it has: code"),
        ([{"type": "Feature", "geometry": None}], {}, "feature 1: has no properties"),
        (
            [feature({"type": "Point", "coordinates": [4, 51]}, nis="95010")],
            {},
            "95010: geometry 'Point' is not a Polygon",
        ),
        ([feature(None, nis="95010")], {}, "95010: geometry None is not a Polygon"),
        (
            [feature({"type": "Polygon", "coordinates": [[[4, 51]]]}, nis="95010")],
            {},
            "95010: its coordinates are no polygon",
        ),
        (
            [feature({"type": "Polygon", "coordinates": [[[4, 51], [5, 51], [4, 51], [4, 51]]]}, nis="95010")],
            {},
            "95010 has a shape without area",
        ),
        (
            [feature(box(51, 4), nis="95010"), feature(box(51, 4.3), nis="95003")],
            {},
            "latitude stands before longitude",
        ),
        (
            [VRBG[1], feature(box(14, 51), nis="95010")],
            {},
            "95010: the shapes .* lie outside Flanders, simulated country",
        ),
        (VRBG, {"crs": crs("urn:ogc:def:crs:EPSG::999999")}, "projection 'urn:ogc:def:crs:EPSG::999999' is not known"),
        (VRBG, {"crs": crs("Lambert 72")}, "projection 'Lambert 72' is not known"),
        (VRBG, {"crs": {"type": "name", "properties": ["EPSG:4326"]}}, "projection {'type': 'name', .* is not known"),
        (
            [VRBG[0], feature(box(4.2, 51), NISCODE="95003", NAAM="Aalhout")],
            {},
            "feature 2: NIS code 95003 is 'Cleve', but the name beside it is 'Aalhout', which is 95010 .1 such rows",
        ),
        (VRBG, {"numberMatched": 285}, "2 features of 285: this is one page of several"),
    ],
)
def test_refused_by_feature(tmp_path, features, members, message):
    with pytest.raises(StudyError, match=rf"^a.geojson: .*({message})"):
        parse(collection(tmp_path / "a.geojson", *features, **members))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "Feature"}', "no list of features"),
        (
            '{"features": [{"properties": {"nis": "95010"}}, {"prop',
            "feature 2: not valid JSON; the file may be cut off",
        ),
        ('{"features": [{"properties": {"nis": "95010"}}', "feature 2: not valid JSON"),
        ('{"features": [7]}', "feature 1: has no properties"),
        ("[" + json.dumps({"features": VRBG}) + "]", "a list around the FeatureCollection; keep the collection itself"),
        ('{"features": [' + "[" * 100_000, "feature 1: not valid JSON"),
        ("<html>captcha</html>", "a web page, not data"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(tmp_path, text, message):
    with pytest.raises(StudyError, match=f"^a.geojson: .*{message}"):
        parse(write(tmp_path / "a.geojson", text))


def test_two_files_of_one_geography_are_refused(tmp_path):
    with pytest.raises(StudyError, match="a.geojson and b.geojson: both hold the 300 municipalities"):
        parse(*(collection(tmp_path / name, *VRBG) for name in ("a.geojson", "b.geojson")))


def test_the_simulated_country_is_whole_on_three_geographies(tmp_path):
    places, register, reference = simulated()
    files = list(shape_files(places.country, register, np.random.default_rng(3)))
    assert sorted(name for name, _ in files) == sorted(SOURCE.simulated)
    assert max(len(content) for _, content in files) < 500_000
    assert dict(shape_files(places.country, register, np.random.default_rng(3))) == dict(files)
    parsed = geometry.parse(write_files(tmp_path, files), SOURCE, reference)
    table = validated(parsed.table, SOURCE)
    assert table.groupby("vintage").size().to_dict() == {285: 285, 300: 300, 308: 308}
    totals = table.groupby("vintage")["area_km2"].sum()
    assert totals.between(13_500, 13_700).all() and totals.max() - totals.min() < 1e-3
    assert {row["n_failed"] for row in parsed.checks if row["kind"] == "check"} == {0}
    shapes = table.assign(shape=shapely.from_geojson(table["geometry"])).set_index(["vintage", "nis"])["shape"]
    for nis, parts in reference.units.groupby("nis_285")["nis_308"]:
        merged = shapely.union_all(shapes[308][list(parts)].to_numpy())
        assert shapely.area(shapely.symmetric_difference(merged, shapes[285][nis])) < 1e-9
        # The one part that came from another province lies beside the others as well.
        assert merged.geom_type == "Polygon"
    assert shapely.intersection_all(shapes[308].to_numpy()[:2]).area == 0
