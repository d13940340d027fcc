"""Indicators from registers, each recomputed by hand on three municipalities."""

from math import log

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.harmonise import harmonise
from beleidsvrijheid.indicators import politics, registers, staff
from beleidsvrijheid.indicators.inputs import Inputs

from .small_country import ROOT, SOURCES

A, B, C = "95001", "95002", "95003"
# B of 2025 is the merger of 95002 and 95004.
UNITS = pd.DataFrame(
    {"nis_308": [A, B, C, "95004"], "nis_300": [A, B, C, "95004"], "nis_285": [A, B, C, B], "province_285": "95000"}
)
PERIOD = {"pre": {"years": [2014, 2015], "plan": None}, "post": {"years": [2020, 2021], "plan": None}, "drop": []}
CONFIG = {
    "geography": {"vintage": 285, "mixed_clusters": "keep"},
    "period": PERIOD | {"within": {"years": [2016, 2019]}, "spending": {"report": "accounts", "section": "operating"}},
    "deflator": {"base_year": 2015},
    "sectors": {"reform_year": 2016},
}
PEOPLE = {A: 10_000, B: 20_000, C: 40_000}
PRICES = pd.DataFrame({"year": range(2012, 2023), "index": [90 + 2.0 * step for step in range(11)]})


def table(columns, *lines):
    return pd.DataFrame(lines, columns=columns.split())


def people(growth=100):
    """Inhabitants of 2009 to 2025, `growth` more each year; the figures above are those of 2014."""
    rows = [(nis, year, float(n + growth * (year - 2014))) for nis, n in PEOPLE.items() for year in range(2009, 2026)]
    return table("nis year population", *rows)


def computed(family, config=CONFIG, **tables):
    parts = [part for part in family(Inputs(tables, UNITS, pd.DataFrame(), config)) if len(part)]
    return pd.concat(parts, ignore_index=True)


def static(panel, indicator):
    """{nis: value} of the rows without a year."""
    own = panel[(panel["indicator"] == indicator) & panel["year"].isna()]
    assert own["nis"].is_unique
    return dict(zip(own["nis"], own["value"], strict=True))


def yearly(panel, indicator):
    own = panel[(panel["indicator"] == indicator) & panel["year"].notna()]
    return {(nis, int(year)): value for nis, year, value in own[["nis", "year", "value"]].itertuples(index=False)}


# Staff

STAFF = table(
    "nis year employer vte",
    *((nis, year, "municipality", 50.0 * k + year - 2014) for k, nis in enumerate((A, B, C), 1) for year in range(2010, 2022)),
    *((nis, year, "ocmw", 30.0 * k) for k, nis in enumerate((A, B), 1) for year in range(2010, 2022)),
)  # fmt: skip


def test_staff_of_the_municipality_alone_in_logs_and_of_the_ocmw():
    panel = computed(registers.staff_indicators, staff=STAFF, population=people())
    alone = static(panel, "vte_municipality_per_1000")
    assert alone[A] == pytest.approx(1000 * (50 / 10_000 + 51 / 10_100) / 2)
    assert alone[C] == pytest.approx(1000 * (150 / 40_000 + 151 / 40_100) / 2)
    assert yearly(panel, "vte_municipality_per_1000")[B, 2019] == pytest.approx(1000 * 105 / 20_500)
    logs = static(panel, "log_vte")
    assert logs == {
        A: pytest.approx(log((80 + 81) / 2)),
        B: pytest.approx(log((160 + 161) / 2)),
    }  # C has no OCMW figure
    assert yearly(panel, "log_vte")[A, 2020] == pytest.approx(log(86))
    share = static(panel, "ocmw_staff_share")
    assert share[A] == pytest.approx((30 / 80 + 30 / 81) / 2) and set(share) == {A, B}
    # The series begins in 2010: nine years up to 2019, scaled to ten.
    growth = static(panel, "vte_growth_10y")
    assert growth == {A: pytest.approx(log(85 / 76) * 10 / 9), B: pytest.approx(log(165 / 156) * 10 / 9)}


def test_growth_over_ten_years_takes_the_tenth_year_where_it_is_there_and_nothing_shorter_than_eight():
    assert staff.decade_growth(STAFF, 2020)["value"].tolist() == pytest.approx([log(86 / 76), log(166 / 156)])
    assert staff.decade_growth(STAFF, 2017).empty and len(staff.decade_growth(STAFF, 2018)) == 2


def test_the_ocmw_share_stops_before_its_integration():
    later = CONFIG | {"period": CONFIG["period"] | {"pre": {"years": [2017, 2019], "plan": None}}}
    panel = computed(registers.staff_indicators, later, staff=STAFF, population=people())
    assert static(panel, "ocmw_staff_share")[A] == pytest.approx((30 / 83 + 30 / 84) / 2)


def test_residual_staff_is_what_least_squares_leaves():
    rng = np.random.default_rng(20)
    nis = [f"{code:05d}" for code in range(40)]
    size, care = rng.normal(9, 1, 40), rng.uniform(0.1, 0.5, 40)
    kind, centre = np.repeat([1.0, 2.0, 3.0, 4.0], 10), np.tile([1.0, 5.0], 20)
    extra = rng.normal(0, 0.2, 40)
    outcome = pd.Series(0.9 * size + 0.5 * care + 0.3 * kind + 0.1 * centre + extra, index=nis)
    numbers = pd.DataFrame({"population": size, "ocmw": care}, index=nis)
    classes = pd.DataFrame({"family": kind, "centre": centre, "twice": centre}, index=nis)  # collinear on purpose
    left = staff.residuals(outcome, numbers, classes)
    design = np.column_stack([np.ones(40), size, care, kind == 2, kind == 3, kind == 4, centre == 5])
    expected = outcome - design @ np.linalg.solve(design.T @ design, design.T @ outcome)
    np.testing.assert_allclose(left, expected, atol=1e-12)
    assert staff.residuals(outcome[:4], numbers, classes).empty
    without = staff.residuals(outcome, numbers.assign(ocmw=numbers["ocmw"].where(numbers.index != nis[3])), classes)
    assert nis[3] not in without.index and len(without) == 39


def test_residual_staff_of_a_study_uses_logs_of_means_over_the_pre_period():
    nis = [f"{code:05d}" for code in range(95001, 95021)]
    k = np.arange(1, 21)
    vte, population = 40.0 * k * (1 + 0.1 * (k % 3)), 5_000.0 * k
    years = (2014, 2015)
    rows = [(n, year, employer, v * part) for n, v in zip(nis, vte, strict=True) for year in years
            for employer, part in (("municipality", 0.6 + 0.01 * (v % 7)), ("ocmw", 0.4 - 0.01 * (v % 7)))]  # fmt: skip
    tables = {
        "staff": table("nis year employer vte", *rows),
        "population": table("nis year population", *((n, y, p) for n, p in zip(nis, population, strict=True) for y in years)),
        "centre_function": pd.DataFrame({"nis": nis, "year": 2025, "class_number": 1.0 + k % 2}),
        "belfius_clusters": pd.DataFrame({"nis": nis, "cluster": [f"V{1 + 6 * (i % 3 == 0)}" for i in k], "is_mixed": False}),
    }  # fmt: skip
    found = pd.Series(static(computed(registers.staff_indicators, **tables), "residual_vte"))
    care = 0.4 - 0.01 * (vte % 7)
    design = np.column_stack([np.ones(20), np.log(population), care, k % 3 == 0, k % 2 == 1])
    expected = np.log(vte) - design @ np.linalg.lstsq(design, np.log(vte), rcond=None)[0]
    np.testing.assert_allclose(found.loc[nis], expected, atol=1e-10)
    assert np.abs(expected).max() > 0.01
    del tables["centre_function"]
    assert "residual_vte" not in set(computed(registers.staff_indicators, **tables)["indicator"])


# Investors in staff


def money(values):
    """EUR on account 6202/6 for 2014 and 2019 and the mean of both between; on other accounts that are no staff."""
    rows = []
    for nis, (first, last) in values.items():
        for year in range(2014, 2020):
            cost = first if year == 2014 else last if year == 2019 else (first + last) / 2
            rows += [
                (nis, 2014, year, "6202/6", cost),
                (nis, 2014, year, "6200", 999.0),
                (nis, 2014, year, "6110", 999.0),
            ]
    return table("nis report_year year code spending_eur", *rows)


def test_three_types_of_investors_in_staff():
    # Prices rise from 94 to 104. A grew; B planned 1200 and stayed at 1000; C planned and spent 1000: less than prices.
    plans = money({A: (1000, 1200), B: (1000, 1200), C: (1000, 1000)})
    later = plans.assign(report_year=2020, spending_eur=1.0)
    accounts = money({A: (1000, 1250), B: (1000, 1000), C: (1000, 1000)})
    panel = computed(
        registers.investor_indicators,
        bbc_plans_by_account_operating=pd.concat([plans, later]),
        bbc_accounts_by_account_operating=accounts,
        cpi=PRICES,
    )
    drift = log(104 / 94)
    ambition, grew = (log(1.2) - drift) / 5, (log(1.25) - drift) / 5
    assert static(panel, "staff_ambition") == pytest.approx({A: ambition, B: ambition, C: -drift / 5})
    realised = (1000 + 4 * 1125 + 1250) / (1000 + 4 * 1100 + 1200)
    assert static(panel, "staff_realisation") == pytest.approx({A: realised, B: 6000 / 6600, C: 1.0})
    assert static(panel, "staff_investor_type") == {A: 1.0, B: 2.0, C: 3.0}
    score = static(panel, "staff_type3_score")
    assert score == pytest.approx({A: -grew, B: -ambition, C: drift / 5})
    assert {nis: value >= 0 for nis, value in score.items()} == {A: False, B: False, C: True}


def test_a_municipality_that_lacks_a_year_of_the_plan_is_no_investor_of_any_type():
    plans, accounts = money({A: (1000, 1200), B: (1000, 1200)}), money({A: (1000, 1200), B: (1000, 1200)})
    accounts = accounts[~((accounts["nis"] == B) & (accounts["year"] == 2017))]
    named = {"bbc_plans_by_account_operating": plans, "bbc_accounts_by_account_operating": accounts, "cpi": PRICES}
    assert set(computed(registers.investor_indicators, **named)["nis"]) == {A}


# Place and people


def test_place():
    panel = computed(
        registers.place_indicators,
        population=people(),
        geometry=pd.DataFrame({"nis": [A, B, C], "area_km2": [10.0, 50.0, 80.0], "geometry": ""}),
        centre_function=pd.DataFrame({"nis": [A, B, C], "year": 2025, "class_number": [9.0, 1.0, 4.0]}),
        belfius_clusters=pd.DataFrame({"nis": [A, B, C], "cluster": ["V16", "V15", "V1"], "is_mixed": False}),
        facility_municipalities=pd.DataFrame({"nis_2018": ["95004", "23098"]}),
    )
    assert static(panel, "density") == pytest.approx({A: 1005.0, B: 401.0, C: 40_050 / 80})
    assert static(panel, "log_density")[B] == pytest.approx(log(401))
    assert static(panel, "centre_function") == {A: 9, B: 1, C: 4}
    assert static(panel, "is_centre_city") == {A: 0, B: 1, C: 0}
    assert static(panel, "is_coast") == {A: 1, B: 0, C: 0}
    assert static(panel, "is_facility") == {A: 0, B: 1, C: 0}  # 95004 went into B


def test_the_reviewed_table_names_the_six_of_the_rand_and_six_simulated_places():
    reviewed = pd.read_csv(ROOT / "workflow/tables/facility_municipalities.csv", dtype=str, keep_default_na=False)
    own = reviewed[reviewed["country"] == "Flanders"].set_index("nis_2018")["name"].to_dict()
    assert own == {
        "23098": "Drogenbos", "23099": "Kraainem", "23100": "Linkebeek", "23101": "Sint-Genesius-Rode",
        "23102": "Wemmel", "23103": "Wezembeek-Oppem",
    }  # fmt: skip
    assert reviewed.loc[reviewed["country"] == "simulated", "nis_2018"].str.startswith("9").sum() == 6


def incomes(years):
    rows = [(nis, year, 100.0 * k * year, 10.0 * k) for k, nis in enumerate((A, B, C), 1) for year in years]
    return table("nis year taxable_income_eur residents", *rows)


def test_income_per_inhabitant_in_prices_of_the_base_year():
    panel = computed(registers.people_indicators, income=incomes(range(2012, 2023)), cpi=PRICES)
    expected = (20_140 * 96 / 94 + 20_150) / 2
    assert static(panel, "income_per_inhabitant") == pytest.approx(dict.fromkeys((A, B, C), expected))
    assert static(panel, "log_income")[A] == pytest.approx(log(expected))
    assert yearly(panel, "income_per_inhabitant")[B, 2020] == pytest.approx(20_200 * 96 / 106)


def test_income_of_the_last_year_before_stands_for_a_period_that_has_none():
    panel = computed(registers.people_indicators, income=incomes((2012, 2013)), cpi=PRICES)
    assert static(panel, "income_per_inhabitant")[A] == pytest.approx(20_130 * 96 / 92)
    assert yearly(panel, "income_per_inhabitant") == {}
    # Of the pre-period itself whatever is there; a year that a municipality lacks leaves it without.
    part = incomes((2013, 2015))
    part = part[(part["nis"] != C) | (part["year"] != 2015)]
    found = static(computed(registers.people_indicators, income=part, cpi=PRICES), "income_per_inhabitant")
    assert found == pytest.approx({A: 20_150, B: 20_150})


def test_shares_of_the_young_and_the_old():
    rows = [
        (nis, year, group, n * k)
        for k, nis in enumerate((A, B), 1)
        for year, (young, old) in {2014: (20, 15), 2015: (30, 25), 2020: (10, 40)}.items()
        for group, n in (("0-19", young), ("20-64", 100 - young - old), ("65+", old))
    ]
    panel = computed(registers.people_indicators, population_by_age=table("nis year age_group population", *rows))
    assert static(panel, "age_0_19") == pytest.approx({A: 0.25, B: 0.25})
    assert static(panel, "age_65_plus") == pytest.approx({A: 0.20, B: 0.20})
    assert yearly(panel, "age_65_plus")[A, 2020] == pytest.approx(0.4)


# Councils


def mandate(nis, person, function, term, start=None, end=None, party="x"):
    return (nis, vintage_of_year(term), term, person, function, party, start or f"{term}-01-01", end)


def mandates(*rows):
    frame = table("nis vintage term person function party start end", *rows)
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def council(nis, term, *people, **other):
    return [mandate(nis, person, "councillor", term, **other) for person in people]


HELD = mandates(
    *council(A, 2013, "a1", "a2", "a3", "a4", end="2018-12-31"),
    *council(A, 2019, "a1", "a2", "a5"),
    *council(A, 2019, "a6", end="2022-06-30"),
    *council(A, 2019, "a7", start="2022-07-01"),  # follows a6: neither elected nor counted
    *council(B, 2013, "b1", end="2018-12-31"),  # of four seats one is known
    *council(B, 2019, "b1", "b2", "b3", "b4"),
    *council(C, 2019, "c1", "c2", end="2023-07-01"),
    mandate(A, "a1", "mayor", 2019, party="p"),
    mandate(A, "a2", "alderman", 2019, party="q"),
    mandate(A, "a5", "alderman", 2019, party="p"),
    mandate(B, "b1", "mayor", 2019, party="p"),
    mandate(B, "b2", "alderman", 2019, party=""),
    mandate(C, "c1", "mayor", 2019, party="p"),
    mandate(C, "c2", "alderman", 2019, party="p", end="2019-02-01"),
    *(mandate(nis, f"old{nis}", "mayor", 2013, end="2018-12-31") for nis in (A, B, C)),
)


def test_turnover_counts_who_was_elected_and_had_not_sat():
    panel = computed(registers.council_indicators, mandates=HELD, population=people())
    assert static(panel, "councillor_turnover") == {A: 0.5}  # a5 and a6 of four; B and C have no council before
    stopped = panel[panel["indicator"] == "councillors_stopped"]
    assert stopped[["level", "nis", "year"]].values.tolist() == [["flanders", "", 2023]]
    assert stopped["value"].item() == pytest.approx(1 / 10)  # a6; c1 and c2 stopped a day too late


def test_the_executive_after_the_election():
    panel = computed(registers.council_indicators, mandates=HELD, population=people())
    assert static(panel, "coalition_parties") == {A: 2, C: 1}  # a party in B is not known
    # B merged in 2025; the alderman of C left before 1 March.
    assert static(panel, "aldermen_per_1000") == pytest.approx({A: 1000 * 2 / 10_500, C: 0.0})


def test_a_term_that_ended_before_the_post_period_says_nothing_of_it():
    old = HELD[HELD["term"] == 2013]
    panel = computed(registers.council_indicators, mandates=pd.concat([old, HELD.iloc[[4]]]), population=people())
    assert len(panel)
    only = CONFIG | {"period": CONFIG["period"] | {"post": {"years": [2026, 2027], "plan": None}}}
    later = registers.council_indicators(Inputs({"mandates": HELD}, UNITS, pd.DataFrame(), only))
    assert {name for part in later for name in part["indicator"]} == {"councillors_stopped"}


def test_councillors_are_no_executive():
    rows = HELD[HELD["nis"] == A]
    assert len(politics.executive_on(rows, "2019-03-01")) == 3
    assert politics.composition_changes_from_mandates(rows, 2018)["value"].tolist() == [0.0]


def test_a_merged_council_is_that_of_all_parts_an_executive_that_of_the_largest():
    source = SOURCES["mandates"]
    parsed = mandates(
        *council(B, 2013, "b1"),
        *council("95004", 2013, "d1"),
        mandate(B, "b1", "mayor", 2013),
        mandate("95004", "d1", "mayor", 2013),
    )
    parsed["vintage"] = 300
    weights = pd.DataFrame({"nis": [A, B, C, "95004"], "vintage": 300, "year": 2024, "population": [9, 5, 7, 3]})
    aliases = pd.DataFrame({"alias": [], "party": []}, dtype=str)
    result, ledger = harmonise(parsed, source, UNITS, weights, 285, aliases)
    kept = set(result[["nis", "person", "function"]].itertuples(index=False, name=None))
    assert kept == {(B, "b1", "councillor"), (B, "d1", "councillor"), (B, "b1", "mayor")}
    merged = ledger[ledger["step"] == "merged"].iloc[0]
    assert (merged["rows_in"], merged["rows_out"]) == (4, 3) and "councillors of every part kept" in merged["reason"]


# Lists and grants


def test_local_lists_run_in_one_municipality_and_bear_no_national_name():
    names = [
        (A, "cdv"),
        (A, "samen"),
        (A, "vooraalbeke"),
        (B, "cdv"),
        (B, "cdvplus"),
        (B, "samen"),
        (C, "cdv"),
        (C, "onsdorp"),
    ]
    other = [
        (f"{k:05d}", party) for k in range(27) for party in ("cdv", "nva")
    ]  # so that a tenth of the municipalities is three
    lists = table("nis party", *names, *other).assign(year=2018)
    lists = pd.concat([lists, lists.assign(year=2024, party="x")])
    panel = computed(registers.list_indicators, election_lists=lists)
    local = static(panel, "local_list_share")
    assert {nis: local[nis] for nis in (A, B, C)} == pytest.approx({A: 1 / 3, B: 0.0, C: 1 / 2})
    assert yearly(panel, "local_list_share")[A, 2018] == pytest.approx(1 / 3)
    assert yearly(panel, "local_list_share")[A, 2024] == 0.0


def test_grants_per_inhabitant():
    rows = [
        (nis, year, stream, amount * PEOPLE[nis])
        for nis in PEOPLE
        for year in (2015, 2016, 2020)
        for stream, amount in ((registers.MAIN_GRANT, 400.0), ("Elia", 15.0))
    ]
    streams = table("nis year stream amount_eur", *rows)
    panel = computed(registers.grant_indicators, gemeentefonds=streams, population=people(0))
    # 2021 is not published: the post-period is what is at hand of it.
    assert static(panel, "gemeentefonds_per_inhabitant") == pytest.approx(dict.fromkeys(PEOPLE, 400.0))
    assert static(panel, "general_grants_per_inhabitant") == pytest.approx(dict.fromkeys(PEOPLE, 415.0))
    assert set(yearly(panel, "general_grants_per_inhabitant")) == {
        (nis, year) for nis in PEOPLE for year in (2015, 2016, 2020)
    }


def test_absent_sources_give_nothing_and_no_error():
    empty = Inputs({}, UNITS, pd.DataFrame(), CONFIG)
    assert [part for family in registers.FAMILIES for part in family(empty)] == []


def test_tables_that_lost_every_row_give_nothing_and_no_error():
    """On a finer vintage a source may keep no row: its years are on fewer municipalities."""
    full = {
        "staff": STAFF,
        "population": people(),
        "population_by_age": table("nis year age_group population", (A, 2014, "0-19", 1.0)),
        "income": incomes((2014,)),
        "cpi": PRICES,
        "centre_function": pd.DataFrame({"nis": [A], "year": [2025], "class_number": [1.0]}),
        "belfius_clusters": pd.DataFrame({"nis": [A], "cluster": ["V1"], "is_mixed": [False]}),
        "geometry": pd.DataFrame({"nis": [A], "area_km2": [1.0]}),
        "mandates": HELD,
        "election_lists": table("nis year party", (A, 2018, "x")),
        "gemeentefonds": table("nis year stream amount_eur", (A, 2016, registers.MAIN_GRANT, 1.0)),
    }
    for name, frame in full.items():
        if name == "cpi":
            continue
        given = Inputs(full | {name: frame[:0]}, UNITS, pd.DataFrame(), CONFIG)
        parts = [part for family in registers.FAMILIES for part in family(given)]
        assert all(part["value"].notna().all() for part in parts), name
    given = Inputs({name: frame[:0] for name, frame in full.items() if name != "cpi"}, UNITS, pd.DataFrame(), CONFIG)
    assert not sum(len(part) for family in registers.FAMILIES for part in family(given))


def test_mixed_mergers_have_no_cluster_where_the_configuration_drops_them():
    clusters = pd.DataFrame({"nis": [A, B], "cluster": ["V16", "V16"], "is_mixed": [False, True]})
    drop = CONFIG | {"geography": {"vintage": 285, "mixed_clusters": "drop"}}
    assert static(computed(registers.place_indicators, drop, belfius_clusters=clusters), "is_coast") == {A: 1}
    assert static(computed(registers.place_indicators, belfius_clusters=clusters), "is_coast") == {A: 1, B: 1}
