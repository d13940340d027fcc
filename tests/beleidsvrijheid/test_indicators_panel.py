"""Scale, clusters, capacity, formal freedom, dispersion and punctuation through the families of the panel, every number by hand
on three municipalities: a of one part, b of two parts in two provinces, c of three of which two merged in 2019.
"""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.indicators import freedom, panel
from beleidsvrijheid.indicators.inputs import Inputs

PARTS = [("a", "a", "a", "1", "1"), ("b1", "b1", "b", "1", "2"), ("b2", "b2", "b", "2", "2")]
PARTS += [("c1", "c12", "c", "3", "3"), ("c2", "c12", "c", "3", "3"), ("c3", "c3", "c", "3", "3")]
UNITS = pd.DataFrame(PARTS, columns=["nis_308", "nis_300", "nis_285", "province_308", "province_285"])
# Means of 2014 and 2015: 9,999, then exactly the two thresholds of the bands; 2016, the year of the reform, differs.
PEOPLE = {
    "a": {2014: 9_000, 2015: 10_998, 2016: 500},
    "b": {2014: 8_000, 2015: 12_000, 2016: 1000},
    "c": {2014: 41_000, 2015: 39_000, 2016: 2000},
}
# VTE of the municipality; its OCMW has a tenth. The year before the reform is 2015, five years before that 2010.
STAFF = {
    "a": {2009: 10, 2010: 40, 2014: 45, 2015: 50},
    "b": {2009: 1, 2010: 90, 2014: 2, 2015: 81},
    "c": {2010: 300, 2015: 300},
}
INVESTED = [("a", 2014, "214-0", 900.0), ("a", 2014, "220", 100.0), ("a", 2015, "220", 500.0), ("b", 2015, "220", 60.0)]
PLANNED = [("a", 2014, 2014, 1500.0), ("a", 2014, 2015, 1500.0), ("a", 2020, 2014, 9e9), ("b", 2014, 2015, 80.0)]
GRANTS = [("a", 2016, "sectorale subsidies", 1000.0), ("a", 2017, "sectorale subsidies", 7.0), ("b", 2016, "Elia", 3.0)]
VOTES = [(2014, "x", 60.0), (2014, "y", 40.0), (2019, "x", 30.0), (2019, "z", 70.0), (2024, "x", 1.0)]


def config(vintage=285, report="accounts", mixed="keep"):
    return {
        "geography": {"vintage": vintage, "mixed_clusters": mixed},
        "period": {
            "spending": {"report": report, "section": "investment"}, "drop": [2017, 2018, 2019],
            "pre": {"years": [2014, 2015], "plan": 2014}, "post": {"years": [2020, 2021], "plan": 2020},
            "within": {"years": [2016, 2016], "plan": None},
        },
        "sectors": {"reform_year": 2016, "reformed": ["074", "075"], "comparison": ["070"], "operational": ["02"],
                    "leisure": ["070"]},
        "baskets": ["reformed"], "deflator": {"base_year": 2015},
    }  # fmt: skip


def inputs(**options):
    people = [(nis, year, n) for nis, years in PEOPLE.items() for year, n in years.items()]
    vte = [
        (nis, year, employer, share * n)
        for nis, years in STAFF.items()
        for year, n in years.items()
        for employer, share in (("municipality", 1.0), ("ocmw", 0.1))
    ]
    clusters = [("a", "V1", False), ("b", "V7", False), ("c", "V16", True)]
    tables = {
        "population": pd.DataFrame(people, columns=["nis", "year", "population"]),
        "staff": pd.DataFrame(vte, columns=["nis", "year", "employer", "vte"]),
        "belfius_clusters": pd.DataFrame(clusters, columns=["nis", "cluster", "is_mixed"]),
        "bbc_accounts_by_account_investment": pd.DataFrame(INVESTED, columns=["nis", "year", "code", "spending_eur"]),
        "bbc_plans_by_account_investment": pd.DataFrame(
            PLANNED, columns=["nis", "report_year", "year", "spending_eur"]
        ),
        "gemeentefonds": pd.DataFrame(GRANTS, columns=["nis", "year", "stream", "amount_eur"]),
        "flemish_parliament_votes": pd.DataFrame(VOTES, columns=["year", "party", "votes"]).assign(nis="a"),
    }
    return Inputs(tables, UNITS, pd.DataFrame(columns=["code", "stable_code", "domain"]), config(**options))


def found(family, given=None, by="nis"):
    """(indicator, municipality or year) -> value; a yearly figure of a municipality under (indicator, municipality, year)."""
    rows = pd.concat(family(inputs() if given is None else given))
    years = [None if pd.isna(year) else int(year) for year in rows["year"]]
    keys = zip(rows["indicator"], rows[by], years, strict=True)
    plain = [key[:2] if key[2] is None or by == "year" else key for key in keys]
    assert len(set(plain)) == len(plain)
    return dict(zip(plain, rows["value"], strict=True))


def near(expected):
    return pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_scale():
    value = found(panel.scale_indicators)
    assert [value["log_population", nis] for nis in "abc"] == near([math.log(n) for n in (9_999, 10_000, 40_000)])
    assert [value["log_population", nis, 2015] for nis in "abc"] == near(
        [math.log(n) for n in (10_998, 12_000, 39_000)]
    )
    assert value["log_population", "a", 2016] == near(math.log(500))
    assert [value["size_band", nis] for nis in "abc"] == [1, 2, 3]
    assert [value["province", nis] for nis in "abc"] == [
        1,
        2,
        3,
    ]  # b: the province of the merger, not of its first part
    assert [value["is_merged", nis] for nis in "abc"] == [0, 1, 1]
    assert [value["merged_2019", nis] for nis in "abc"] == [0, 0, 1]


def test_scale_at_the_borders_of_2018():
    value = found(panel.scale_indicators, Inputs({}, UNITS, pd.DataFrame(), config(vintage=308)))
    assert [value["province", nis] for nis in ("a", "b1", "b2", "c1")] == [1, 1, 2, 3]
    assert [value["is_merged", nis] for nis in ("b1", "c1")] == [0, 0]
    assert [value["merged_2019", nis] for nis in ("b1", "c1", "c2", "c3")] == [0, 1, 1, 0]


def test_clusters():
    value = found(panel.cluster_indicators)
    assert [value["belfius_cluster", nis] for nis in "abc"] == [1, 7, 16]
    assert [value["belfius_family", nis] for nis in "abc"] == [1, 2, 6]
    assert [value["is_mixed", nis] for nis in "abc"] == [0, 0, 1]
    without = found(panel.cluster_indicators, inputs(mixed="drop"))
    assert ("belfius_family", "c") not in without and without["is_mixed", "c"] == 1


def test_capacity():
    value = found(panel.capacity_indicators)
    ratios = [1000 * 45 * 1.1 / 9_000, 1000 * 50 * 1.1 / 10_998]
    assert value["vte_per_1000", "a", 2014] == near(ratios[0]) and value["vte_per_1000", "a"] == near(sum(ratios) / 2)
    assert ("vte_per_1000", "c") not in value  # no figure of 2014
    assert [value["vte_growth_5y", nis] for nis in "abc"] == near([math.log(50 / 40), math.log(81 / 90), 0])
    assert value["realisation_rate", "a"] == near(1500 / 3000) and value["realisation_rate", "b"] == near(60 / 80)
    assert value["planning_studies", "a"] == near((900 / 9_000 + 0) / 2) and value["planning_studies", "b"] == 0


def test_formal_freedom():
    value = found(panel.formal_indicators)
    assert [value["reform_dose", nis] for nis in "ab"] == [1000 / 500, 0]  # inhabitants of the year of the reform
    assert ("reform_dose", "c") not in value  # in no stream of that year
    of_years = {2014: 0, 2015: 0, 2016: 1, 2020: 1, 2021: 1}
    assert {year: value["post_reform", "", year] for year in of_years} == of_years
    of_plans = found(panel.formal_indicators, inputs(report="plans"))
    assert {year: of_plans["post_reform", "", year] for year in of_years} == of_years | {2016: 0}


def test_volatility_of_the_flemish_elections_before_the_post_period():
    value = found(panel.political_indicators)
    assert value == {("electoral_volatility_flemish", "a"): near((0.3 + 0.4 + 0.7) / 2)}


# U1: 10, 20 and 60 euros, of 1, 3 and 2 thousand inhabitants on average over all years.

WEIGHTS = {"a": (500, 1500), "b": (4000, 2000), "c": (2000, 2000)}


@pytest.fixture(scope="module")
def dispersion():
    figures = {"074": {2014: (10, 20, 60), 2020: (5, 5, 5)}, "070": {2014: (10, 0, 30), 2020: (-1, 0, 8)}}
    real = pd.DataFrame(
        [
            (nis, field, year, float(value))
            for field, years in figures.items()
            for year, values in years.items()
            for nis, value in zip("abc", values, strict=True)
        ],
        columns=["nis", "beleidsveld", "year", "real_spending"],
    )
    people = [(nis, year, n) for nis, both in WEIGHTS.items() for year, n in zip((2014, 2020), both, strict=True)]
    population = pd.DataFrame(people, columns=["nis", "year", "population"])
    rows = pd.concat(freedom.dispersion_indicators(real, population))
    assert set(rows["level"]) == {"field"}
    keys = zip(rows["indicator"].str.removeprefix("dispersion_"), rows["beleidsveld"], rows["year"], strict=True)
    return dict(zip(keys, rows["value"], strict=True))


def test_dispersion_of_municipalities(dispersion):
    value = {name: dispersion[name, "074", 2014] for name in ("cv", "sd_log", "gini", "p90_p10")}
    assert value["cv"] == near(math.sqrt((400 + 100 + 900) / 2) / 30)
    two, six = math.log(2), math.log(6)  # of 20 and 60 over 10
    middle = (two + six) / 3
    assert value["sd_log"] == near(math.sqrt((middle**2 + (two - middle) ** 2 + (six - middle) ** 2) / 2))
    assert value["gini"] == near(2 * (10 + 50 + 40) / 9 / (2 * 30))
    assert value["p90_p10"] == near(6)  # .1 and .9 lie beyond the outer mid-ranks, 1/6 and 5/6


def test_dispersion_weighted_by_inhabitants(dispersion):
    value = {name: dispersion[f"{name}_weighted", "074", 2014] for name in ("cv", "sd_log", "gini", "p90_p10")}
    mean, square = (10 + 3 * 20 + 2 * 60) / 6, (100 + 3 * 400 + 2 * 3600) / 6
    assert value["cv"] == near(math.sqrt(square - mean**2) / mean)
    two, six = math.log(2), math.log(6)
    assert value["sd_log"] == near(math.sqrt((3 * two**2 + 2 * six**2) / 6 - ((3 * two + 2 * six) / 6) ** 2))
    assert value["gini"] == near(2 * (1 * 3 * 10 + 1 * 2 * 50 + 3 * 2 * 40) / 36 / (2 * mean))
    # mid-ranks 1/12, 5/12, 10/12: .1 is a twentieth of the way from 10 to 20, .9 beyond the last
    assert value["p90_p10"] == near(60 / 10.5)


def test_dispersion_takes_positive_figures_only_and_needs_two(dispersion):
    assert dispersion["cv", "070", 2014] == near(math.sqrt(200) / 20)  # 10 and 30
    assert dispersion["gini", "074", 2020] == near(0) and dispersion["p90_p10_weighted", "074", 2020] == near(1)
    assert not [key for key in dispersion if key[1:] == ("070", 2020)]


# U8, on three municipalities with three fields in eight years: 21 changes per municipality and per field.

YEARS = range(2014, 2022)
FIELDS = ("070", "074", "075")


@pytest.fixture(scope="module")
def spent():
    """Real euros per inhabitant: municipality x field x year."""
    steps = np.random.default_rng(4).normal(0, 0.2, size=(3, 3, 8)) * np.array([1, 1, 1, 1, 1, 4, 1, 1])
    return 50 * np.exp(steps.cumsum(axis=2))


def tau4(values):
    """L-kurtosis by its definition, over all pairs and fours: l2 = E(x2 - x1) / 2, l4 = E(x4 - 3 x3 + 3 x2 - x1) / 4."""
    pairs, fours = (np.array(list(combinations(sorted(values), r))) for r in (2, 4))
    return (fours @ [-1, 3, -3, 1]).mean() / 4 / ((pairs @ [-1, 1]).mean() / 2)


def test_punctuation_of_municipalities_and_of_fields(spent):
    rows = [
        (nis, field, year, 100 * spent[i, j, t])
        for i, nis in enumerate("abc")
        for j, field in enumerate(FIELDS)
        for t, year in enumerate(YEARS)
    ]
    finance = pd.DataFrame(rows, columns=["nis", "code", "year", "spending_eur"]).assign(report_year=2014)
    people = pd.DataFrame(
        [(nis, year, 100.0) for nis in "abc" for year in YEARS], columns=["nis", "year", "population"]
    )
    prices = pd.DataFrame({"year": YEARS, "index": 100.0})
    codes = pd.DataFrame({"code": FIELDS, "stable_code": FIELDS, "domain": "7"})
    options = config() | {"period": config()["period"] | {"drop": [], "within": {"years": [2016, 2019], "plan": None}}}
    tables = {"bbc_accounts_by_field_investment": finance, "population": people, "cpi": prices}
    panel_rows = pd.concat(freedom.freedom_indicators(Inputs(tables, UNITS, codes, options)))
    value = panel_rows.set_index(["indicator", "nis", "beleidsveld"])["value"]
    changes = 100 * np.diff(spent, axis=2) / spent[:, :, :-1]
    for at, field in enumerate(FIELDS):
        assert value["field_punctuation", "", field] == pytest.approx(tau4(changes[:, at].ravel()), rel=1e-9)
    for at, nis in enumerate("abc"):
        assert value["punctuation", nis, ""] == pytest.approx(tau4(changes[at].ravel()), rel=1e-9)
