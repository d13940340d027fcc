"""Mergers: sums are summed, the rest comes from the largest part, nothing is split, names find their code."""

import pandas as pd
import pytest
import shapely

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import (
    NameIndex,
    check_mergers,
    largest_part,
    mapping,
    recode,
    sum_parts,
    vintage_of_year,
)
from beleidsvrijheid.harmonise import drop_incomplete, harmonise, one_vintage_per_year

UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003", "95004"],
        "nis_300": ["95010", "95010", "95003", "95004"],
        "nis_285": ["95010", "95010", "95003", "95003"],
        "naam_308": ["Aalbeke", "Berkhout (Noord)", "Cleve", "Berkhout (Zuid)"],
        "naam_300": ["Aalhout", "Aalhout", "Cleve", "Berkhout (Zuid)"],
        "naam_285": ["Aalhout", "Aalhout", "Cleve - Berkhout", "Cleve - Berkhout"],
    }
)
MERGERS = pd.DataFrame(
    {
        "valid_from": ["2019-01-01", "2019-01-01", "2025-01-01", "2025-01-01"],
        "nis_old": ["95001", "95002", "95003", "95004"],
        "nis_new": ["95010", "95010", "95003", "95003"],
    }
)
POPULATION = pd.DataFrame(
    {
        "nis": ["95001", "95002", "95003", "95004"],
        "vintage": 308,
        "year": 2018,
        "population": [100.0, 300.0, 50.0, 40.0],
    }
)

NO_ALIASES = pd.DataFrame({"alias": [], "name": []}, dtype=str)


def source(**changes):
    entry = {
        "id": "example", "publisher": "p", "measures": "m", "parser": "votes", "table": "clusters", "geography": 308,
        "years": [2014, None], "aggregate": "largest_part", "file_patterns": ["*"], "manual": ["m"], "licence": "l",
        "citation": "c",
    }  # fmt: skip
    return Source.model_validate({**entry, **changes})


def test_vintage_of_year():
    assert [vintage_of_year(year) for year in (2014, 2018, 2019, 2024, 2025)] == [308, 308, 300, 300, 285]


def test_the_table_of_mergers_and_the_list_agree():
    check_mergers(UNITS, MERGERS)


def test_a_merger_that_the_list_does_not_know_is_refused_by_code():
    wrong = UNITS.assign(nis_285=["95010", "95010", "95003", "95004"])
    with pytest.raises(StudyError, match="95004 becomes 95004 on 2025-01-01.*says 95003"):
        check_mergers(wrong, MERGERS)


def test_units_are_never_split():
    with pytest.raises(StudyError, match=r"geography\.vintage: 308 is finer"):
        mapping(UNITS, 285, 308)


def test_an_unknown_code_is_refused():
    frame = pd.DataFrame({"nis": ["95099"], "vintage": 308})
    with pytest.raises(StudyError, match="'95099' does not exist among the 308"):
        recode(frame, UNITS, 285, "example")


def test_sums_are_summed_and_absent_stays_absent():
    frame = pd.DataFrame(
        {"nis": ["95001", "95002", "95003"], "vintage": 308, "year": 2018, "value": [1.0, 2.0, float("nan")]}
    )
    merged = sum_parts(recode(frame, UNITS, 300, "example"), ["year"], ["value"]).set_index("nis")["value"]
    assert merged["95010"] == 3 and pd.isna(merged["95003"])


def test_a_sum_over_some_parts_only_is_left_out_and_counted():
    frame = POPULATION[POPULATION["nis"] != "95001"]
    kept, dropped = drop_incomplete(recode(frame, UNITS, 300, "population"), UNITS, 300, ["year"])
    assert dropped == 1 and set(kept["nis_target"]) == {"95003", "95004"}


WEIGHTS = POPULATION.set_index("nis")["population"]


def test_without_mergers_the_largest_part_needs_no_inhabitants():
    frame = pd.DataFrame({"nis": UNITS["nis_285"].unique(), "vintage": 285, "cluster": "V1"})
    kept = largest_part(recode(frame, UNITS, 285, "example"), UNITS, 285, pd.Series(dtype=float))
    assert list(kept["nis"]) == list(frame["nis"])


def test_the_largest_part_gives_what_cannot_be_summed():
    frame = pd.DataFrame({"nis": ["95001", "95002", "95003"], "vintage": 308, "cluster": ["V1", "V2", "V3"]})
    kept = largest_part(recode(frame, UNITS, 300, "example"), UNITS, 300, WEIGHTS).set_index("nis")["cluster"]
    assert kept.to_dict() == {"95010": "V2", "95003": "V3"}


def test_a_smaller_part_does_not_stand_in_for_the_largest():
    frame = pd.DataFrame({"nis": ["95001", "95003"], "vintage": 308, "cluster": ["V1", "V3"]})
    kept = largest_part(recode(frame, UNITS, 300, "example"), UNITS, 300, WEIGHTS)
    assert kept["nis"].tolist() == ["95003"]


def test_votes_of_some_parts_only_are_left_out():
    votes = pd.DataFrame({"nis": ["95001", "95003"], "vintage": 308, "year": 2012, "party": "x", "votes": [1.0, 2.0]})
    polls = source(table="votes", aggregate="sum", geography="year")
    result, ledger = harmonise(votes, polls, UNITS, POPULATION, 300, pd.DataFrame({"alias": [], "party": []}))
    assert result["nis"].tolist() == ["95003"]
    assert (ledger["step"] == "incomplete mergers").any()


def test_a_mixed_merger_is_flagged_and_every_row_is_in_the_ledger():
    table = pd.DataFrame({"nis": UNITS["nis_308"], "vintage": 308, "cluster": ["V1", "V2", "V3", "V3"]})
    result, ledger = harmonise(table, source(), UNITS, POPULATION, 285, pd.DataFrame({"alias": [], "party": []}))
    flags = result.set_index("nis")["is_mixed"]
    assert flags["95010"] and not flags["95003"]
    merged = ledger[ledger["step"] == "merged"].iloc[0]
    assert (merged["rows_in"], merged["rows_out"]) == (4, 2)


def test_merging_then_adding_equals_adding_then_merging():
    direct = sum_parts(recode(POPULATION, UNITS, 285, "p"), ["year"], ["population"])
    step = sum_parts(recode(POPULATION, UNITS, 300, "p"), ["year"], ["population"]).assign(vintage=300)
    twice = sum_parts(recode(step, UNITS, 285, "p"), ["year"], ["population"])
    pd.testing.assert_frame_equal(direct, twice)


def test_a_year_on_two_vintages_counts_once():
    both = pd.concat([POPULATION, POPULATION.assign(vintage=285, nis="95010", population=400.0)])
    kept, (_, rows_in, rows_out, _) = one_vintage_per_year(both, 285)
    assert set(kept["vintage"]) == {285} and (rows_in, rows_out) == (8, 4)


def test_years_on_fewer_municipalities_are_left_out_and_counted():
    later = POPULATION.iloc[[2]].assign(vintage=300, year=2019)
    table = pd.concat([POPULATION, later])
    grants = source(table="streams", aggregate="sum", geography="year")
    rows = table.rename(columns={"population": "amount_eur"}).assign(stream="s")
    result, ledger = harmonise(rows, grants, UNITS, POPULATION, 308, pd.DataFrame({"alias": [], "party": []}))
    assert set(result["year"]) == {2018}
    step = ledger[ledger["step"] == "coarser years"].iloc[0]
    assert (step["rows_in"], step["rows_out"]) == (5, 4)


def test_names_find_their_code():
    index = NameIndex.of(UNITS, 308, NO_ALIASES)
    assert index.code("Gemeente en OCMW Aalbeke", "f") == "95001"
    assert index.code("BERKHOUT (NOORD)", "f") == "95002"
    assert NameIndex.of(UNITS, 300, NO_ALIASES).code("Berkhout", "f") == "95004"
    assert NameIndex.of(UNITS, 285, NO_ALIASES).code("CLEVE-BERKHOUT", "f") == "95003"


def test_homonyms_without_bracket_are_refused():
    with pytest.raises(StudyError, match="borne by 2 municipalities"):
        NameIndex.of(UNITS, 308, NO_ALIASES).code("Berkhout", "mandaten.csv")


def test_an_unmatched_name_lists_the_nearest():
    with pytest.raises(StudyError, match="nearest: cleve"):
        NameIndex.of(UNITS, 308, NO_ALIASES).code("Kleve", "mandaten.csv")


def square(west):
    return f'{{"type":"Polygon","coordinates":[[[{west},0.0],[{west + 1},0.0],[{west + 1},1.0],[{west},1.0],[{west},0.0]]]}}'


def test_shapes_take_the_nearest_vintage_and_merged_ones_are_united():
    shapes = pd.DataFrame(
        {
            "nis": ["95001", "95002", "95003", "95004"],
            "vintage": 308,
            "area_km2": 5.0,
            "geometry": [square(n) for n in range(4)],
        }
    )
    entry = source(table="shapes", aggregate="sum", geography="year")
    merged, ledger = harmonise(shapes, entry, UNITS, POPULATION, 285, NO_ALIASES)
    rows = merged.set_index("nis")
    assert rows["area_km2"].to_dict() == {"95003": 10.0, "95010": 10.0}
    assert shapely.from_geojson(rows.at["95010", "geometry"]).bounds == (0, 0, 2, 1)
    assert ledger.set_index("step").at["merged", "rows_out"] == 2
    kept, _ = harmonise(shapes, entry, UNITS, POPULATION, 308, NO_ALIASES)
    assert kept["geometry"].tolist() == shapes["geometry"].tolist()
