"""Checks of every parsed table: refused where figures would be wrong, counted and listed where they are only odd."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.checks import PLAUSIBLE, failing, standard_checks
from beleidsvrijheid.sources.schemas import KINDS, validated

from .small_country import SOURCES, UNITS

PEOPLE = pd.DataFrame(
    {
        "nis": ["95001", "95002", "95003", "95001", "95002", "95003"],
        "vintage": 308,
        "year": [2014, 2014, 2014, 2015, 2015, 2015],
        "population": [9000.0, 800.0, 700.0, 9100.0, 810.0, 710.0],
    }
)


def rows(table, source="population"):
    return standard_checks(table, SOURCES[source], UNITS, "p.xlsx")


def failed(table, source="population"):
    return {row["check"]: row["n_failed"] for row in rows(table, source) if "nis" not in row and "year" not in row}


def test_a_complete_table_passes_every_check_with_its_counts():
    found = {row["check"]: (row["n_checked"], row["n_failed"]) for row in rows(PEOPLE)}
    assert found == {
        "keys unique": (6, 0),
        "NIS valid for its vintage": (3, 0),
        "years complete": (2, 0),
        "municipalities complete": (6, 0),
        "population plausible": (6, 0),
    }
    assert failing(rows(PEOPLE)) == []


def test_a_code_of_another_vintage_is_refused_by_file_and_code():
    with pytest.raises(
        StudyError, match=r"population: p.xlsx: column nis: '95010' is no municipality among the 308 \(1"
    ):
        rows(PEOPLE.replace({"nis": {"95003": "95010"}}))


def test_a_hole_in_the_years_is_named():
    table = pd.concat([PEOPLE, PEOPLE.assign(year=PEOPLE["year"] + 3)])
    assert failed(table)["years complete"] == 1
    cases = [row["year"] for row in rows(table) if row["check"] == "years complete" and "year" in row]
    assert cases == [2016]
    assert any("2016" in sentence for sentence in failing(rows(table)))


def test_elections_are_not_a_yearly_series():
    votes = pd.DataFrame({"nis": "95001", "vintage": 308, "year": [2012, 2018], "party": "a", "votes": 5.0})
    assert failed(votes, "election_results")["years complete"] == 0


def test_municipalities_without_a_row_are_named_by_year():
    case = [row for row in rows(PEOPLE.drop(4)) if row["check"] == "municipalities complete" and row.get("year")]
    assert [(row["year"], row["n_failed"], row["reason"]) for row in case] == [
        (2015, 1, "of the 308: 95002 without a row")
    ]


def test_a_figure_out_of_range_is_listed_with_its_place():
    table = PEOPLE.assign(population=PEOPLE["population"].where(PEOPLE.index != 3, 9_100_000.0))
    case = next(row for row in rows(table) if row["check"] == "population plausible" and "nis" in row)
    assert (case["nis"], case["year"], case["value"]) == ("95001", 2015, 9_100_000.0)
    assert failed(table)["population plausible"] == 1


def test_ranges_hold_per_kind_of_tax():
    rates = pd.DataFrame(
        {"nis": "95001", "vintage": 308, "year": 2014, "tax": ["apb", "opcentiemen"], "rate": [800.0, 800.0]}
    )
    found = failed(rates, "tax_rates")
    assert found["rate plausible (apb)"] == 1 and found["rate plausible (opcentiemen)"] == 0


def test_a_key_that_occurs_twice_is_refused_by_file_and_key():
    twice = pd.concat([PEOPLE, PEOPLE.tail(1)])
    with pytest.raises(StudyError, match=r"population: p.xlsx: vintage 308, nis 95003, year 2015 occurs twice"):
        validated(twice, SOURCES["population"], "p.xlsx")


def test_ranges_are_of_columns_that_their_kind_has():
    assert set(PLAUSIBLE) <= set(KINDS)
    assert all(bounds.column in KINDS[kind] for kind, listed in PLAUSIBLE.items() for bounds in listed)
