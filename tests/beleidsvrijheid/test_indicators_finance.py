"""Indicators from accounts and plans, recomputed by hand on three municipalities: a (100 inhabitants), b (200) and c (400)."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import read_indicators
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators import (
    accounts,
    change,
    finance,
    freedom,
    grants,
    levels,
    need,
    plans,
    punctuation,
    recoding,
)
from beleidsvrijheid.indicators.inputs import Inputs, rows

ROOT = Path(__file__).parents[2]
REFERENCE = yaml.safe_load((ROOT / "tests/reference/l_moments.yaml").read_text(encoding="utf-8"))
CATALOGUE = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
YEARS = [2014, 2015, 2016, 2017, 2020, 2021]
PEOPLE = {"a": 100, "b": 200, "c": 400}
PRICES = {year: 110.0 if year >= 2020 else 100.0 for year in range(2014, 2022)}  # base year 2015
CODES = pd.DataFrame(
    [("0740", "074", "7"), ("0750", "075", "7"), ("0703", "070", "7"), ("0200", "02", "2"), ("0110", "011", "1")],
    columns=["code", "stable_code", "domain"],
)
# EUR of operating spending by code, in the years of YEARS. b has no youth (0750); nominal in 2020 = 1.1 x real.
SPENT = {
    "a": {
        "0740": [1000, 1000, 1200, 1200, 1650, 1650],
        "0750": [3000, 3000, 3000, 3000, 1650, 1650],
        "0703": [1000, 1000, 1000, 1000, 2750, 2750],
        "0200": [4000, 4000, 3800, 3800, 4400, 4400],
        "0110": [1000, 1000, 1000, 1000, 1100, 1100],
    },
    "b": {
        "0740": [2000, 2200, 2000, 2000, 4400, 2200],
        "0703": [2000, 2000, 2000, 2000, 2200, 2200],
        "0200": [6000, 6000, 6000, 6000, 6600, 6600],
        "0110": [4000, 4000, 4000, 4000, 4400, 4400],
    },
    "c": {
        "0740": [4000, 4000, 4000, 4000, 4400, 4400],
        "0750": [8000, 8000, 8000, 8000, 8800, 8800],
        "0703": [4000, 4000, 4000, 4000, 4400, 4400],
        "0200": [8000, 8000, 8000, 8000, 8800, 8800],
        "0110": [6000, 6000, 6000, 6000, 6600, 6600],
    },
}
# EUR of operating receipts by field before the reform; only a and c had a grant for sport.
RECEIVED = {"a": {"0740": 500}, "b": {"0703": [400, 800]}, "c": {"0740": 4000, "0750": 2000}}
# EUR by account, the same in every year unless listed: spending and receipts.
OUTLAYS = {
    "a": {
        "6200": 100,
        "6202/6": 3000,
        "6208": 900,
        "6219": 50,
        "623": 200,
        "6241": 70,
        "613/6": 600,
        "617": 200,
        "6190": 5,
    },
    "b": {"6201": 4000, "613/6": 1000},
    "c": {"620": 8000, "6212/6": 2000, "617": 1000},
}
INVESTED = {"a": {"211-0": [500, 500, 500, 900, 500, 500], "221-0": 9}, "b": {"221-0": 9}}
INCOMES = {
    "a": {"7300": 3000, "74000": 4500, "7405/9": 500, "7390": 1000, "7090": 70},
    "b": {"7300": 5000, "74001": 3000, "7401/4": 1000},
    "c": {"7301": 9000, "74000": 6000, "7405/9": [6000, 6000, 6000, 6000, 2000, 2000], "701/6": 1000},
}


NO_ROWS = rows(pd.DataFrame({"nis": pd.Series(dtype=str), "value": pd.Series(dtype=float)}), "")


def by_code(figures, column, years=YEARS):
    rows = [
        (nis, year, year, code, float(amounts[at] if isinstance(amounts, list) else amounts))
        for nis, codes in figures.items()
        for code, amounts in codes.items()
        for at, year in enumerate(years)
    ]
    return pd.DataFrame(rows, columns=["nis", "report_year", "year", "code", column])


def country():
    """Inputs of a study on the three municipalities."""
    every = list(range(2013, 2022))
    people = pd.DataFrame(
        [(nis, year, n) for nis, n in PEOPLE.items() for year in every], columns=["nis", "year", "population"]
    )
    fields = pd.concat([by_code(SPENT, "spending_eur"), by_code(RECEIVED, "receipts_eur", [2014, 2015])])
    operating = pd.concat([by_code(OUTLAYS, "spending_eur"), by_code(INCOMES, "receipts_eur")])
    first = {nis: {code: amounts[0] for code, amounts in codes.items()} for nis, codes in SPENT.items()}
    planned = [by_code(first, "spending_eur", [2014, 2019]).assign(report_year=2014)]
    planned.append(by_code({"a": {"0740": 3000, "0200": 7000}, "b": {"0200": 500}}, "spending_eur", [2020]))
    employers = [(nis, year, one, 0.04) for nis in PEOPLE for year in YEARS for one in ("municipality", "ocmw")]
    staff = pd.DataFrame(employers, columns=["nis", "year", "employer", "vte"])
    debts = [(nis, year, owed) for nis, owed in (("a", 50_000.0), ("b", 0.0)) for year in YEARS]
    debt = pd.DataFrame(debts, columns=["nis", "year", "debt_eur"])
    tables = {
        "population": people,
        "cpi": pd.DataFrame({"year": PRICES.keys(), "index": PRICES.values()}),
        "bbc_accounts_by_field_operating": fields.groupby(["nis", "report_year", "year", "code"]).sum(min_count=1).reset_index(),
        "bbc_accounts_by_account_operating": operating,
        "bbc_accounts_by_account_financing": by_code({"a": {"4233": 300, "1733": 999}}, "spending_eur"),
        "bbc_accounts_by_account_investment": by_code(INVESTED, "spending_eur"),
        "bbc_plans_by_field_operating": pd.concat(planned),
        "belfius_clusters": pd.DataFrame({"nis": ["a", "b", "c"], "cluster": "V1", "is_mixed": False}),
        "staff": staff,
        "debt": debt,
        "income": pd.DataFrame({"nis": ["a", "a", "b"], "year": [2014, 2015, 2014], "municipal_tax_eur": [7000.0, 7200.0, 9000.0]}),
        "tax_rates": pd.DataFrame({"nis": ["a", "a", "b"], "year": [2015, 2016, 2015], "tax": "apb", "rate": [7.0, 8.0, 0.0]}),
        "gemeentefonds": pd.DataFrame(
            [("a", 2016, "sectorale subsidies", 500.0), ("c", 2016, "sectorale subsidies", 6000.0), ("b", 2016, "Elia", 1.0),
             ("b", 2016, "contingentgesco's", 300.0), ("c", 2017, "centrumsteden", 800.0), ("a", 2017, "Elia", 1.0)],
            columns=["nis", "year", "stream", "amount_eur"],
        ),
    }  # fmt: skip
    config = {
        "geography": {"vintage": 285, "mixed_clusters": "keep"},
        "period": {
            "spending": {"report": "accounts", "section": "operating"}, "drop": [],
            "pre": {"years": [2014, 2015], "plan": None}, "post": {"years": [2020, 2021], "plan": None},
            "within": {"years": [2016, 2017], "plan": None},
        },
        "sectors": {"reform_year": 2016, "reformed": ["074", "075"], "comparison": ["070"], "operational": ["02"],
                    "leisure": ["070", "074", "075"]},
        "baskets": ["domains", "all_stable", "reformed"], "deflator": {"base_year": 2015},
    }  # fmt: skip
    units = pd.DataFrame({"nis_308": ["a", "b", "c"], "nis_285": ["a", "b", "c"], "province_285": ["1", "1", "1"]})
    return Inputs(tables, units, CODES, config)


def built(inputs):
    """The indicators of accounts and plans only."""
    families = (freedom.freedom_indicators, freedom.plan_indicators, *finance.FAMILIES)
    parts = [part for family in families for part in family(inputs) if len(part)]
    return pd.concat([*parts, NO_ROWS], ignore_index=True)


@pytest.fixture(scope="module")
def panel():
    return built(country())


@pytest.fixture(scope="module")
def value(panel):
    """The one value of an indicator: value(indicator, nis, field, year); None where it is missing."""
    keyed = panel.set_index(["indicator", "nis", "beleidsveld", "year"])["value"].to_dict()
    keyed = {(*key[:3], None if pd.isna(key[3]) else int(key[3])): number for key, number in keyed.items()}

    def look_up(indicator, nis="", field="", year=None):
        number = keyed.get((indicator, nis, field, year))
        return None if number is None or math.isnan(number) else number

    return look_up


def near(number):
    return pytest.approx(number, rel=1e-12)


# The catalogue


def test_every_indicator_is_in_the_catalogue_at_its_level_with_one_value_per_key(panel):
    found = panel.groupby("indicator")["level"].unique()
    assert {name: list(level) for name, level in found.items()} == {
        name: [CATALOGUE[name].level] for name in found.index
    }
    assert not panel.duplicated(["level", "indicator", "nis", "beleidsveld", "year"]).any()
    assert np.isfinite(panel["value"].dropna()).all()


def test_the_catalogue_asks_for_a_direction_and_an_artefact():
    text = (ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8")
    for key in ("direction", "artefact"):
        entry = [one for one in yaml.safe_load(text) if one["id"] == "own_change"]
        entry[0].pop(key)
        with pytest.raises(StudyError, match=f"{key}: this key is required"):
            read_indicators(yaml.safe_dump(entry))


# Levels and changes


def test_levels_in_logs_and_euros(value):
    assert value("real_spending", "a", "074", 2020) == near(1650 / 100 / 1.1)
    assert value("log_spending", "a", "02", 2020) == near(math.log(40))
    assert value("log_spending", "a", "reformed", 2020) == near(math.log(15 + 15))
    assert value("log_spending_post", "b", "075") is None  # no youth, no logarithm
    assert value("log_spending_post", "a", "074") == near(math.log(15))
    assert value("real_spending_post", "a", "074") == near(15) and value("real_spending_post", "b", "075") is None
    assert value("log_real_spending", "a", "reformed", 2014) == near(math.log(1000 + 3000))
    assert value("log_real_spending_post", "a", "reformed") == near(math.log((1650 + 1650) / 1.1))
    assert value("log_real_spending", "a", "074", 2014) is None  # baskets only
    assert value("total_spending", "a", "", 2014) == near(100)  # 1000 + 3000 + 1000 + 4000 + 1000 over 100
    assert value("total_spending", "b") == near((70 + 71) / 2)  # 14,000 and 14,200 over 200


def test_yearly_change_needs_successive_years(value):
    assert value("yearly_change", "b", "reformed", 2015) == near(math.log(2200 / 2000))
    assert value("yearly_change", "b", "reformed", 2021) == near(math.log(2))
    assert value("yearly_change", "b", "reformed", 2020) is None  # 2019 is no year of the study
    alone = pd.DataFrame({"nis": ["a"], "beleidsveld": ["074"], "year": [2014], "x": [1.0]})
    assert levels.yearly_changes(alone, "x").empty


def test_signed_changes_and_companions(value):
    assert value("budget_change", "a", "075") == near(math.log(15 / 30)) and value("own_change", "a", "075") == near(
        math.log(2)
    )
    assert value("pre_trend", "b", "074") == near(math.log(11 / 10)) and value("pre_own_change", "b", "074") == near(
        math.log(1.1)
    )
    assert value("pre_trend", "a", "074") == pytest.approx(0)
    assert value("own_change_within", "a", "074") == near(math.log(12 / 10))
    assert value("budget_change", "b", "075") is None
    assert change.halves([2014, 2015, 2016, 2017, 2018]) == ([2014, 2015], [2017, 2018])


def test_portfolio_shifts_of_other_windows(value):
    # a: domains 7, 2 and 1 hold 5000, 4000 and 1000 of 10,000 before; 5200, 3800 and 1000 within; nothing moves 2014-2015
    assert value("portfolio_shift_within", "a", "domains") == near((0.02 + 0.02) / 2)
    assert value("pre_portfolio_shift", "a", "domains") == pytest.approx(0, abs=1e-15)
    logs = np.log([5200 / 5000, 3800 / 4000, 1])
    assert value("aitchison_shift_within", "a", "domains") == near(math.sqrt(((logs - logs.mean()) ** 2).sum()))
    # b: 14,000 in 2014 and 14,200 in 2015; domain 7 from 4000 to 4200
    moved = [4200 / 14200 - 4000 / 14000, 6000 / 14200 - 6000 / 14000, 4000 / 14200 - 4000 / 14000]
    assert value("pre_portfolio_shift", "b", "domains") == near(sum(map(abs, moved)) / 2)
    logs = np.log([4200, 6000, 4000]) - np.log([4000, 6000, 4000])
    assert value("pre_aitchison_shift", "b", "domains") == near(math.sqrt(((logs - logs.mean()) ** 2).sum()))


def test_breadth(value):
    assert [value("breadth", nis, "reformed") for nis in "abc"] == [2, 1, 2]  # b has no youth
    assert [value("breadth", nis, "all_stable") for nis in "abc"] == [5, 4, 5] and value("breadth", "b", "domains") == 3


def test_aitchison_variants_replace_zeros_by_their_own_share(value):
    # b has no youth before or after: reformed fields are 1 and 0 in both, so nothing moves; c moves nothing at all
    assert value("aitchison_shift_zero_005", "b", "reformed") == pytest.approx(0, abs=1e-12)
    pre, post = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])
    for share in (0.0001, 0.005):
        expected = (math.log((1 - share) / share)) / math.sqrt(2)  # clr (L/2, -L/2) against (0, 0), L = ln((1 - d) / d)
        assert change.aitchison_shift(pre, post, share)[0] == near(expected)
    assert change.VARIANTS == {"aitchison_shift_zero_0001": 0.0001, "aitchison_shift_zero_005": 0.005}


def test_peer_deviation_of_windows(value):
    logs = {nis: math.log(SPENT[nis]["0740"][0] / PEOPLE[nis]) for nis in "abc"}  # 2014: 10, 10, 10
    assert set(logs.values()) == {math.log(10)}
    first, second = 0.0, abs(math.log(11) - math.log(10))  # b in 2014 and 2015
    assert value("lagged_peer_deviation", "b", "074") == near((first + second) / 2)
    after = [
        abs(math.log(20) - (math.log(15) + math.log(10)) / 2),
        abs(math.log(10) - (math.log(15) + math.log(10)) / 2),
    ]
    assert value("peer_deviation_post", "b", "074") == near(sum(after) / 2)


# U3


def test_need_adjusted_deviation_by_hand():
    # z = -1, 0, 1; ln y before = 1, 4, 1: slope 0, constant 2, residuals -1, 2, -1. After, ln y = 2, 4, 3: residuals 0, 2, 1,
    # of which the mean 1 is taken off: 1, 1, 0.
    logs = {("a", 2014): 1, ("b", 2014): 4, ("c", 2014): 1, ("a", 2020): 2, ("b", 2020): 4, ("c", 2020): 3}
    real = pd.DataFrame(
        [(n, "074", y, math.exp(v)) for (n, y), v in logs.items()],
        columns=["nis", "beleidsveld", "year", "real_spending"],
    )
    needs = pd.DataFrame({"z": [10.0, 20.0, 30.0]}, index=["a", "b", "c"])
    found = need.need_adjusted(real, needs, [2014]).set_index(["nis", "year"])["value"]
    assert found.to_dict() == pytest.approx(
        {("a", 2014): 1, ("b", 2014): 2, ("c", 2014): 1, ("a", 2020): 1, ("b", 2020): 1, ("c", 2020): 0}
    )
    two = needs.assign(z=[math.nan, 2, 3])  # as many rows as coefficients
    assert need.need_adjusted(real, two, [2014]).empty
    assert need.need_adjusted(real, needs.assign(z=1.0), [2014]).empty  # a constant cannot carry a coefficient


def test_need_adjusted_deviation_recovers_what_was_planted():
    rng = np.random.default_rng(3)
    nis = [f"{unit:03d}" for unit in range(60)]
    needs = pd.DataFrame(rng.normal(size=(60, 3)), index=nis, columns=list(need.REQUIRED))
    own = rng.normal(size=60)
    explained = np.column_stack([np.ones(60), needs])
    own -= explained @ np.linalg.lstsq(explained, own, rcond=None)[0]
    static = (
        needs.rename_axis("nis")
        .reset_index()
        .melt("nis", var_name="indicator")
        .assign(year=pd.NA, beleidsveld="", level="municipality")
    )
    real = pd.concat(
        pd.DataFrame({"nis": nis, "year": year, "beleidsveld": "074", "indicator": "real_spending", "level": "municipality",
                      "value": np.exp(2 + needs.to_numpy() @ [1, -1, 0.5] + own + 0.1 * (year - 2014))})
        for year in (2014, 2015, 2020, 2021)
    )  # fmt: skip
    parts = list(freedom.need_indicators(country(), pd.concat([static, real])))
    yearly = parts[0][(parts[0]["beleidsveld"] == "074") & (parts[0]["year"] == 2021)]
    assert yearly["value"].to_numpy() == pytest.approx(np.abs(own))  # growth of all is no freedom
    assert [part["indicator"].iloc[0] for part in parts] == [
        "need_adjusted_deviation", "lagged_need_adjusted_deviation", "need_adjusted_deviation_post",
    ]  # fmt: skip
    assert list(freedom.need_indicators(country(), real)) == []  # no needs, no indicator


# U7, F2-F5, R5


def test_doses_of_fields_and_recipients(value):
    assert value("field_dose", "a", "074") == near(5) and value("field_dose", "c", "reformed") == near(6000 / 400)
    assert value("field_dose", "b", "074") == 0 and value("field_dose", "b", "070") == near((400 + 800) / (200 + 200))
    assert [value("field_recipient", nis, "074") for nis in "abc"] == [1, 0, 1]
    assert value("field_recipient", "b", "070") is None  # not a reformed field


def test_the_former_grant_is_of_the_years_before_the_reform():
    full = country()
    earlier = full.config | {"sectors": full.config["sectors"] | {"reform_year": 2015}}
    found = pd.concat(finance.grant_indicators(Inputs(full.tables, full.units, CODES, earlier)))
    dose = found[(found["indicator"] == "field_dose") & (found["nis"] == "b") & (found["beleidsveld"] == "070")]
    assert dose["value"].tolist() == [400 / 200]  # of 2014 alone


def test_template_release_by_hand():
    table = lambda *values: pd.DataFrame({"074": values}, index=["a", "b", "c"])  # noqa: E731
    pre, post, dose = table(10.0, 20.0, 30.0), table(15.0, 15.0, 20.0), table(0.0, 5.0, 10.0)
    # slope before 20 / 10 = 2, after 5 / 10 = 0.5
    assert grants.template_release(pre, post, dose, least=2)["074"] == near(1.5)
    assert grants.template_release(pre, post, dose).empty  # two recipients are too few
    assert grants.template_release(pre, post, table(5.0, 5.0, 5.0), least=2).empty  # a slope needs variation


def test_unconditional_share(value):
    assert value("unconditional_share", "a", "", 2014) == near(4500 / 5000)
    assert value("unconditional_share", "b") == 1  # no specific grant
    assert value("unconditional_share", "c") == near(0.5)
    assert value("unconditional_share_post", "c") == near(6000 / 8000)
    # a, sport: general 4500 x 1000 / 10,000 of spending = 450, beside receipts of 500 in 2014
    assert value("unconditional_share", "a", "074", 2014) == near(450 / 950)
    assert value("unconditional_share", "a", "reformed", 2014) == near(4500 * 0.4 / (4500 * 0.4 + 500))
    negative = grants.unconditional_share(pd.Series([5.0, 0.0]), pd.Series([-1.0, 0.0]))
    assert negative.isna().all()


def test_kinds_of_receipts():
    codes = pd.Series(
        ["7300", "73600", "7389", "7390", "7392/5", "74000", "7401/4", "7405/9", "742", "7480", "7090", "701/6"]
    )
    assert grants.receipt_kinds(codes).tolist() == [
        "taxes", "taxes", "taxes", "other", "other", "general", "general", "specific", "other", "other", "internal", "other",
    ]  # fmt: skip


def test_revenue_shares_of_flanders(value):
    total = (3000 + 4500 + 500 + 1000) + (5000 + 3000 + 1000) + (9000 + 6000 + 6000 + 1000)  # without 7090
    assert value("revenue_share_taxes", year=2014) == near((3000 + 5000 + 9000) / total)
    assert value("revenue_share_general", year=2021) == near((4500 + 4000 + 6000) / (total - 4000))
    assert value("revenue_share_specific", year=2014) == near(6500 / total)


def test_doses_of_streams(value):
    assert value("reform_dose_receipts", "a") == near(500 / 9000) and value("reform_dose_receipts", "b") == 0
    assert [value("gesco_dose", nis) for nis in "abc"] == [0, 1.5, 0]
    assert value("stedenfonds_dose", "c") == near(2) and value("stedenfonds_dose", "a") == 0
    assert value("stedenfonds_dose", "b") is None  # not in the file of that year
    streams = country().tables["gemeentefonds"]
    assert grants.stream_dose(streams, "no such stream", country().tables["population"], 2016).empty


def test_own_effort_takes_the_former_grant_off_in_every_year(value):
    assert value("own_effort", "a", "074", 2014) == near((1000 - 500) / 100)
    assert value("own_effort", "a", "074", 2020) == near((1650 - 500) / 100 / 1.1)
    assert value("own_effort", "b", "074", 2020) == near(4400 / 200 / 1.1)  # no grant
    assert value("own_effort_post", "b", "074") == near((4400 + 2200) / 2 / 200 / 1.1)
    assert value("lagged_own_effort", "c", "074") == 0
    assert value("log_own_effort", "a", "reformed", 2014) == near(math.log((1000 + 3000 - 500) / 100))
    assert value("log_own_effort", "a", "074", 2014) is None  # baskets only
    assert value("own_effort", "b", "075", 2014) is None  # no spending there


# U8


def test_l_moments_agree_with_r():
    data = np.array(REFERENCE["data"])
    found = punctuation.l_moments(data, np.zeros(len(data))).loc[0.0, ["l1", "l2", "t3", "t4"]]
    assert found.to_numpy() == pytest.approx(REFERENCE["samlmu"], rel=REFERENCE["tolerance"])


def test_l_moments_by_hand_per_group():
    # 1, 2, 3, 7: b0 = 13/4, b1 = 1/4 (0 + 1/3 x 2 + 2/3 x 3 + 7) = 29/12, b2 = 1/4 (1/3 x 3 + 7) = 2, b3 = 7/4
    l2, l4 = 2 * 29 / 12 - 13 / 4, 20 * 7 / 4 - 30 * 2 + 12 * 29 / 12 - 13 / 4
    found = punctuation.l_moments(np.array([7.0, 5, 1, 3, 5, 2, 5, 5, 4, 4]), np.array(list("xyxxyxyyzz")))
    assert found.loc["x", ["l2", "t4"]].tolist() == pytest.approx([l2, l4 / l2])
    assert found.loc[["y", "z"], "t4"].isna().all()  # no variation; fewer than four


def test_l_kurtosis_of_distributions():
    grid = (np.arange(1, 20001) - 0.5) / 20000
    samples = {"uniform": grid, "exponential": -np.log(1 - grid), "gumbel": -np.log(-np.log(grid))}
    for name, sample in samples.items():
        found = punctuation.l_moments(sample, np.zeros(len(sample)))["t4"].iloc[0]
        assert found == pytest.approx(REFERENCE["tau4"][name], abs=2e-3)


def test_percentage_changes_need_two_figures_and_a_base():
    rows = [
        ("a", "074", 2014, 10.0),
        ("a", "074", 2015, 15.0),
        ("a", "074", 2017, 30.0),
        ("b", "074", 2014, 0.5),
        ("b", "074", 2015, 9.0),
    ]
    real = pd.DataFrame(rows, columns=["nis", "beleidsveld", "year", "real_spending"])
    assert punctuation.percentage_changes(real).to_dict("records") == [
        {"nis": "a", "beleidsveld": "074", "value": 50.0}
    ]


def test_punctuation_pools_within_and_needs_twenty_changes():
    rng = np.random.default_rng(5)
    changes = pd.DataFrame({"nis": ["a"] * 30 + ["b"] * 19, "beleidsveld": "074", "value": rng.normal(size=49)})
    within, pooled = punctuation.punctuation(changes, "nis"), punctuation.punctuation(changes, "beleidsveld")
    assert within["nis"].tolist() == ["a"] and pooled["beleidsveld"].tolist() == ["074"]
    bursts = changes.assign(value=np.where(np.arange(49) % 10 == 0, 100.0, 1.0) * changes["value"])
    assert punctuation.punctuation(bursts, "beleidsveld").at[0, "value"] > pooled.at[0, "value"] + 0.2


# U9b and re-coding


def test_budget_moved_by_the_first_plan(value):
    # a, domains 7, 2, 1: 5000, 4000 and 1000 of 10,000 in the last year of the plan before; 3000, 7000 and 0 of 10,000 in 2020
    assert value("plan_budget_moved", "a", "domains") == near((0.2 + 0.3 + 0.1) / 2)
    # b plans 02 only: the shares of domains 7 and 1, 4000 and 4000 of 14,000, move
    assert value("plan_budget_moved", "b", "domains") == near(8000 / 14000)
    assert value("plan_budget_moved", "c", "domains") is None  # no new plan
    assert value("plan_budget_moved", "a", "reformed") == near(0.75)  # sport 1000 and youth 3000, then sport alone


def test_plans_are_compared_in_the_year_that_both_cover():
    table = pd.DataFrame(
        {"report_year": [2014, 2014, 2014, 2020, 2020, 2026], "year": [2019, 2020, 2021, 2020, 2021, 2026]}
    )
    assert plans.plans_compared(table, 2020) == ((2014, 2020), (2020, 2020))
    assert plans.plans_compared(table[1:2], 2020) is None


def test_recoding_is_flagged_where_a_neighbour_rose_as_much(value):
    # a: youth 30 -> 15, its neighbour 070 10 -> 25 (15 / 15 = 1); sport rose. c: nothing. b has no youth.
    assert [value("recoding_flag", nis) for nis in "abc"] == [1, 0, 0]
    domains = pd.Series({"074": "7", "070": "7", "02": "2"})
    pre = pd.DataFrame({"074": [20.0, 20.0, 20.0, 2.0], "070": 10.0, "02": 10.0}, index=list("wxyz"))
    post = pd.DataFrame(
        {"074": [10.0, 10.0, 16.0, 1.2], "070": [17.5, 17.0, 14.0, 10.8], "02": [10.0, 20.0, 10.0, 10.0]},
        index=list("wxyz"),
    )
    # w: fell 10, rose 7.5 (0.75): flagged. x: rose 7, and 02 is another domain. y: fell by 20 %. z: fell by less than EUR 1.
    assert recoding.recoding_flag(pre, post, domains, ["074"]).tolist() == [1, 0, 0, 0]


# C3, C4, C8, C9


def test_personnel_cost_leaves_politicians_and_others_teachers_out(value):
    assert value("staff_cost_per_inhabitant", "a", "", 2014) == near((3000 + 200) / 100)
    assert value("staff_cost_per_inhabitant", "a", "", 2020) == near(3200 / 100 / 1.1)
    assert value("staff_cost_per_inhabitant", "c") == near(10000 / 400)
    assert value("staff_cost_per_vte", "b") == near(4000 / 0.08)
    assert value("outsourcing_ratio", "a") == near(800 / 3200) and value("outsourcing_ratio", "c") == near(0.1)
    assert value("bought_services_per_inhabitant", "a", "", 2014) == near(800 / 100)
    paid = accounts.is_staff_cost(
        pd.Series(["6200", "6201", "6202/6", "6207", "6208", "6219", "6228", "623", "6240", "613/6"])
    )
    assert paid.tolist() == [False, True, True, True, False, False, False, True, False, False]


def test_overhead(value):
    assert value("overhead_per_inhabitant", "b", "", 2021) == near(4400 / 200 / 1.1)
    assert value("overhead_share", "a") == near(0.1)


def test_it_investment_is_zero_for_a_reporter_and_absent_for_others(panel, value):
    assert value("it_investment", "a", "", 2014) == near(5) and value("it_investment", "b", "", 2014) == 0
    assert value("it_investment", "c", "", 2014) is None
    assert value("it_investment", "a") == near((3 * 5 + 9) / 4)  # 2014-2017, before the post-period
    assert set(panel.loc[panel["indicator"] == "it_investment", "period"]) == {"", "before_post"}


def test_financial_room(value):
    spent = 100 + 3000 + 900 + 50 + 200 + 70 + 600 + 200  # without 6190
    assert value("autofinancing_margin", "a", "", 2014) == near((9000 - spent - 300) / 100)
    assert value("autofinancing_margin", "b") == near((9000 - 5000) / 200)  # repaid nothing
    assert value("debt_per_inhabitant", "a", "", 2020) == near(500 / 1.1) and value("debt_per_inhabitant", "b") == 0
    assert (
        value("log_debt_per_inhabitant", "a") == near(math.log(500)) and value("log_debt_per_inhabitant", "b") is None
    )
    assert value("apb_yield", "a", "", 2014) == near(7000 / 7 / 100) and value("apb_yield", "a") == near((10 + 9) / 2)
    assert value("apb_yield", "b", "", 2014) is None  # a rate of 0 % yields nothing to divide by


# Sources that are absent


@pytest.mark.parametrize(
    "kept", [["population"], ["population", "cpi", "bbc_plans_by_field_operating"], ["debt", "gemeentefonds"]]
)
def test_what_cannot_be_computed_is_absent(kept):
    full = country()
    part = Inputs({name: full.tables[name] for name in kept}, full.units, CODES, full.config)
    found = set(built(part)["indicator"])
    assert found < set(built(full)["indicator"])
    assert ("plan_budget_moved" in found) == ("bbc_plans_by_field_operating" in kept)
    assert "log_spending" not in found and "staff_cost_per_inhabitant" not in found


def test_accounts_without_receipts_give_no_grants():
    full = country()
    tables = {name: table.drop(columns="receipts_eur", errors="ignore") for name, table in full.tables.items()}
    tables |= {name: table[table["spending_eur"].notna()] for name, table in tables.items() if "spending_eur" in table}
    found = set(built(Inputs(tables, full.units, CODES, full.config))["indicator"])
    assert {"staff_cost_per_inhabitant", "overhead_share", "own_change"} <= found
    assert not found & {
        "unconditional_share",
        "field_dose",
        "own_effort",
        "autofinancing_margin",
        "revenue_share_taxes",
    }


def test_a_study_of_investment_plans_has_what_its_sources_give():
    full = country()
    table = full.tables["bbc_plans_by_field_operating"]
    later = by_code(SPENT, "spending_eur", [2020, 2021]).assign(report_year=2020)
    table = pd.concat([table[table["report_year"] == 2014], later])
    period = full.config["period"] | {
        "spending": {"report": "plans", "section": "investment"},
        "pre": {"years": [2014, 2019], "plan": 2014}, "post": {"years": [2020, 2021], "plan": 2020}, "within": None,
    }  # fmt: skip
    kept = {name: full.tables[name] for name in ("population", "cpi")} | {"bbc_plans_by_field_investment": table}
    prices = pd.DataFrame({"year": range(2014, 2022), "index": 100.0})
    found = built(Inputs(kept | {"cpi": prices}, full.units, CODES, full.config | {"period": period}))
    names = set(found["indicator"])
    assert {"portfolio_shift", "pre_portfolio_shift", "plan_budget_moved", "log_spending", "pre_trend"} <= names
    assert not names & {"portfolio_shift_within", "own_change_within", "staff_cost_per_inhabitant"}


def test_finance_families_read_receipts_only_where_there_are_any():
    assert finance.receipts_of(country(), "debt") is None and finance.receipts_of(country(), "absent") is None


def test_spending_or_zero_by_hand():
    """Who reported in a year but not this field spent 0 on it; who did not report is absent."""
    real = pd.DataFrame(
        [("95001", "016", 2014, 2.5), ("95001", "070", 2014, 9.0), ("95002", "070", 2014, 4.0)],
        columns=["nis", "beleidsveld", "year", "real_spending"],
    )
    reported = pd.DataFrame({"nis": ["95001", "95001", "95002", "95003"], "year": [2014, 2014, 2014, 2015]})
    found = levels.with_zeros(real, reported, ["016"]).set_index(["nis", "year"])["value"]
    assert found.to_dict() == {("95001", 2014): 2.5, ("95002", 2014): 0.0, ("95003", 2015): 0.0}


def test_staff_cost_of_nothing_is_absent_and_shares_need_something_to_share():
    from beleidsvrijheid.indicators import accounts, grants

    table = pd.DataFrame(
        {"nis": ["a", "a", "b"], "year": 2015, "code": ["620", "613", "613"], "spending_eur": [5.0, 7.0, 9.0]}
    )
    assert accounts.staff_cost(table).to_dict() == {("a", 2015): 5.0}
    general, specific = pd.Series([0.5, 0.0, -1.0, 1.0, 0.0]), pd.Series([0.0, 0.0, 5.0, -0.5, 0.25])
    np.testing.assert_array_equal(grants.unconditional_share(general, specific), [1, np.nan, np.nan, np.nan, 0])
