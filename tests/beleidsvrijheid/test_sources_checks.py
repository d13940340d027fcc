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


def test_each_series_has_its_own_years_and_municipalities():
    staff = pd.concat(
        [PEOPLE.drop(columns="population").assign(employer=one, vte=90.0) for one in ("municipality", "ocmw")]
    )
    staff = staff.reset_index(drop=True)
    found = rows(staff[~((staff["employer"] == "ocmw") & (staff["year"] == 2015))], "staff")
    case = [row for row in found if row["check"] == "years complete"]
    assert [(row["n_checked"], row["n_failed"]) for row in case] == [(4, 1), (1, 1)]
    assert case[1]["year"] == 2015 and "ocmw" in case[1]["reason"] and "2015 (ocmw)" in case[0]["reason"]
    found = [row for row in rows(staff.drop(7), "staff") if row["check"] == "municipalities complete"]
    assert [(row["n_checked"], row["n_failed"]) for row in found] == [(12, 1), (3, 1)]
    assert found[1]["reason"] == "ocmw: of the 308: 95002 without a row"


def plan(report_year, *years):
    every = (
        [("95010", 2020), ("95003", 2020)]
        if not years
        else [(nis, year) for year in years for nis in ("95010", "95003")]
    )
    table = pd.DataFrame(every, columns=["nis", "year"]).assign(vintage=285, report_year=report_year, code="0740")
    return table.assign(spending_eur=1.0, spending_per_inhabitant=1.0)


def test_a_plan_does_not_hide_the_holes_of_another():
    table = pd.concat([plan(2014, *range(2014, 2021)), plan(2020, *range(2020, 2026))], ignore_index=True)
    table = table[~((table["report_year"] == 2020) & (table["year"] == 2020) & (table["nis"] == "95003"))]
    table = table[~((table["report_year"] == 2020) & (table["year"] == 2023))]
    found = rows(table, "bbc_plans_by_field_operating")
    counts = {row["check"]: (row["n_checked"], row["n_failed"]) for row in found if "year" not in row}
    assert counts["years complete"] == (13, 1) and counts["municipalities complete (spending)"] == (24, 1)
    reasons = [row["reason"] for row in found if "year" in row]
    assert reasons == ["no row in this year (plan 2020)", "plan 2020: of the 285: 95003 without a row"]


def test_accounts_are_one_series_of_years():
    table = pd.concat([plan(year, year) for year in (2014, 2015, 2017)], ignore_index=True)
    assert failed(table, "bbc_accounts_by_field_operating")["years complete"] == 1


def test_only_grants_that_are_for_all_must_be_complete():
    keys = [(nis, year) for year in (2014, 2015) for nis in ("95001", "95002", "95003")]
    common = pd.DataFrame(keys, columns=["nis", "year"]).assign(stream="gemeentefonds").drop(5)
    cities = pd.DataFrame({"nis": "95001", "year": [2014, 2015], "stream": "stedenfonds"})
    table = pd.concat([common, cities], ignore_index=True).assign(vintage=308, amount_eur=5.0)
    case = [row for row in rows(table, "gemeentefonds") if row["check"] == "municipalities complete"]
    assert [(row["n_checked"], row["n_failed"]) for row in case] == [(6, 1), (3, 1)]


def test_what_is_unique_is_said_as_it_was_checked():
    assert next(row["reason"] for row in rows(PEOPLE)) == "vintage, nis, year; refused otherwise"
    votes = pd.DataFrame({"nis": "95001", "vintage": 308, "year": 2018, "party": ["a", "a"], "votes": [5.0, 6.0]})
    first = rows(votes, "election_results")[0]
    assert (first["check"], first["reason"]) == ("rows unique", "whole rows; refused otherwise")


@pytest.mark.parametrize(("seats", "n_failed"), [([4, 3], 0), ([30, 25], 0), ([4, 4], 1), ([3, 2], 1), ([40, 17], 1)])
def test_a_council_has_an_odd_number_of_seats(seats, n_failed):
    votes = pd.DataFrame({"nis": "95001", "vintage": 308, "year": 2018, "party": ["a", "b"], "seats": seats}).astype(
        {"seats": float}
    )
    assert failed(votes, "election_results")["seats of a council plausible"] == n_failed


def staff_of_many(vte):
    codes = [f"{number:05d}" for number in range(25)]
    units = pd.DataFrame({f"{name}_308": codes for name in ("nis", "naam")})
    units = units.assign(nis_300=codes, nis_285=codes)
    table = pd.DataFrame([(nis, year) for nis in codes for year in (2014, 2015, 2016)], columns=["nis", "year"])
    found = standard_checks(table.assign(vintage=308, employer="ocmw", vte=vte), SOURCES["staff"], units, "s.xlsx")
    return {row["check"]: row["n_failed"] for row in found if "nis" not in row and "year" not in row}


USUAL = pd.Series([90.0] * 75)
ONE = USUAL.index == 4


@pytest.mark.parametrize(
    ("vte", "n_years", "n_cells"),
    [
        (USUAL, 0, 0),
        (USUAL * 10, 3, 0),
        (USUAL / 100, 3, 0),
        (USUAL.mask(ONE, 900.0), 0, 1),
        (USUAL.mask(ONE, 0.9), 0, 1),
    ],
)
def test_a_wrong_unit_or_mark_in_staff_is_counted(vte, n_years, n_cells):
    found = staff_of_many(vte)
    assert (found["median vte plausible"], found["vte against its other years"]) == (n_years, n_cells)


def test_income_is_looked_at_per_resident_and_for_its_sign():
    income = PEOPLE.rename(columns={"population": "residents"})
    income = income.assign(taxable_income_eur=income["residents"] * 20_000, municipal_tax_eur=5.0)
    assert failed(income, "income")["taxable_income_eur per residents plausible"] == 0
    found = failed(
        income.assign(taxable_income_eur=income["taxable_income_eur"] / 10, municipal_tax_eur=-1.0), "income"
    )
    assert found["taxable_income_eur per residents plausible"] == 6 and found["municipal_tax_eur plausible"] == 6
    assert failed(income.assign(taxable_income_eur=-1.0), "income")["taxable_income_eur plausible"] == 6


def test_only_shares_of_a_survey_lie_between_0_and_100():
    survey = PEOPLE.drop(columns="population").assign(indicator="Vertrouwen (%)", value=[0, 50, 100, 101, -1, 7.0])
    found = [row for row in rows(survey, "city_monitor") if row["check"] == "value plausible (%)"]
    assert (found[0]["n_checked"], found[0]["n_failed"]) == (6, 2) and found[1]["value"] == 101
    assert not [row for row in rows(survey.assign(indicator="Aantal"), "city_monitor") if "plausible" in row["check"]]


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


def test_a_survey_has_its_own_rhythm_beside_a_yearly_register():
    def rows_of(indicator, years):
        return pd.DataFrame({"nis": "95001", "vintage": 308, "year": years, "indicator": indicator, "value": 1.0})

    complete = pd.concat(
        [rows_of("DE_01", [2017, 2018, 2019, 2020]), rows_of("WE_36", [2017, 2020])], ignore_index=True
    )
    assert failed(complete, "city_monitor")["years complete"] == 0
    cases = [
        row for row in rows(complete.drop(2), "city_monitor") if row["check"] == "years complete" and "year" in row
    ]
    assert [(row["year"], row["reason"]) for row in cases] == [(2019, "no row in this year (DE_01)")]
