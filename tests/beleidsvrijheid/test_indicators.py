"""Indicators recomputed by hand on three municipalities."""

import math

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators import capacity, change, dispersion, peers, politics, spending
from beleidsvrijheid.indicators.panel import exclusions

NAN = float("nan")
PRE = np.array([[60.0, 30.0, 10.0], [50.0, 50.0, 0.0], [80.0, 30.0, -10.0]])
POST = np.array([[40.0, 40.0, 20.0], [25.0, 50.0, 25.0], [50.0, 30.0, 20.0]])


def test_portfolio_shift_is_half_the_sum_of_changed_shares():
    shift = change.portfolio_shift(PRE, POST)
    assert shift[:2].tolist() == pytest.approx([0.2, 0.25])  # (.2 + .1 + .1) / 2 and (.25 + 0 + .25) / 2
    assert math.isnan(shift[2])  # a negative period sum has no share


def test_aitchison_shift_by_hand():
    pre, post = np.log([0.6, 0.3, 0.1]), np.log([0.4, 0.4, 0.2])
    difference = (post - post.mean()) - (pre - pre.mean())
    assert change.aitchison_shift(PRE, POST)[0] == pytest.approx(math.sqrt((difference**2).sum()))


def test_zeros_are_replaced_multiplicatively():
    scaled = np.log([0.5 * (1 - 0.0005), 0.5 * (1 - 0.0005), 0.0005])
    post = np.log([0.25, 0.5, 0.25])
    difference = (post - post.mean()) - (scaled - scaled.mean())
    assert change.aitchison_shift(PRE, POST)[1] == pytest.approx(math.sqrt((difference**2).sum()))


def test_breadth_counts_every_field_with_spending():
    spent = {"x": (50, 4), "y": (50, 0), "z": (50, -3), "u": (0, 7)}
    rows = [
        ("a", field, year, float(eur))
        for field, both in spent.items()
        for year, eur in zip((2014, 2020), both, strict=True)
    ]
    spending_of = pd.DataFrame(rows, columns=["nis", "beleidsveld", "year", "spending_eur"])
    cells = pd.Series({field: field for field in spent})
    found = change.basket_shifts(spending_of, {"pre": [2014], "post": [2020]}, ["a"], {"all": cells})
    breadth = found[found["indicator"] == "breadth"]
    assert breadth[["nis", "beleidsveld", "period", "value"]].values.tolist() == [["a", "all", "post", 2.0]]


def test_own_change_needs_two_positive_means():
    values = change.own_change(np.array([100.0, 0.0, -5.0]), np.array([150.0, 10.0, 5.0]))
    assert values[0] == pytest.approx(math.log(1.5)) and np.isnan(values[1:]).all()


def test_dispersion_by_hand():
    column = np.array([[10.0], [20.0], [60.0]])
    assert dispersion.cv(column)[0] == pytest.approx(np.std([10, 20, 60], ddof=1) / 30)
    assert dispersion.sd_log(column)[0] == pytest.approx(np.std(np.log([10, 20, 60]), ddof=1))
    # mean absolute difference over ordered pairs (10, 50, 40 twice) / (2 x mean)
    assert dispersion.gini(column)[0] == pytest.approx(2 * (10 + 50 + 40) / 9 / (2 * 30))
    assert dispersion.p90_p10(column)[0] == pytest.approx(60 / 10)


def test_dispersion_weighted_by_inhabitants_equals_repetition():
    values, weights = np.array([[10.0], [20.0], [60.0]]), np.array([1, 3, 2])
    repeated = np.repeat(values, weights, axis=0)
    assert dispersion.gini(values, weights)[0] == pytest.approx(dispersion.gini(repeated)[0])
    assert dispersion.cv(values, weights)[0] == pytest.approx(np.std(repeated) / repeated.mean())


def test_dispersion_weighted_by_hand():
    values, weights = np.array([[10.0], [20.0], [60.0]]), np.array([1, 3, 2])
    two, six = math.log(2), math.log(6)  # ln of 20 and 60 over 10
    variance = (3 * two**2 + 2 * six**2) / 6 - ((3 * two + 2 * six) / 6) ** 2
    assert dispersion.sd_log(values, weights)[0] == pytest.approx(math.sqrt(variance))
    # mid-ranks 1/12, 5/12 and 10/12: .1 is a twentieth of the way from 10 to 20, .9 lies beyond the last
    assert dispersion.p90_p10(values, weights)[0] == pytest.approx(60 / 10.5)
    ten = np.arange(1.0, 11.0)[:, None]  # mid-ranks .05, .15, ..., .95
    assert dispersion.p90_p10(ten)[0] == pytest.approx(9.5 / 1.5)


def test_dispersion_ignores_missing_and_needs_two():
    values = np.array([[10.0, NAN], [NAN, NAN], [30.0, 5.0]])
    for measure in dispersion.MEASURES.values():
        result = measure(values)
        assert np.isfinite(result[0]) and np.isnan(result[1])


@pytest.mark.parametrize("measure", dispersion.MEASURES.values())
def test_dispersion_laws(measure):
    """Unchanged by order; scale leaves all unchanged (sd of ln too); equal figures have no dispersion."""
    values = np.random.default_rng(1).lognormal(size=(40, 2))
    assert measure(values[::-1]) == pytest.approx(measure(values))
    assert measure(values * 7) == pytest.approx(measure(values))
    equal = measure(np.full((5, 1), 3.0))[0]
    assert equal == pytest.approx(1.0 if measure is dispersion.p90_p10 else 0.0, abs=1e-12)


def real(rows):
    return pd.DataFrame(rows, columns=["nis", "beleidsveld", "year", "real_spending"])


def test_peer_deviation_leaves_itself_out():
    table = real(
        [("a", "070", 2014, 10.0), ("b", "070", 2014, 20.0), ("c", "070", 2014, 40.0), ("d", "070", 2014, 5.0)]
    )
    clusters = pd.Series({"a": "V1", "b": "V1", "c": "V1", "d": "V2"})
    result = peers.peer_deviation(table, clusters).set_index("nis")["value"]
    assert result["a"] == pytest.approx(abs(math.log(10) - (math.log(20) + math.log(40)) / 2))
    assert "d" not in result.index  # alone in its cluster: no peers


def test_peer_deviation_takes_positive_figures_only():
    table = real(
        [("a", "070", 2014, 10.0), ("b", "070", 2014, 20.0), ("c", "070", 2014, -1.0), ("d", "070", 2014, 0.0)]
    )
    result = peers.peer_deviation(table, pd.Series({"a": "V1", "b": "V1", "c": "V1", "d": "V1"}))
    assert result["value"].tolist() == pytest.approx([math.log(2), math.log(2)])


def test_means_run_over_reported_years_and_absent_fields_count_zero():
    table = real([("a", "070", 2014, 10.0), ("a", "070", 2020, 30.0), ("a", "070", 2021, 10.0)])
    reported = pd.DataFrame({"pre": [2], "post": [2]}, index=["a"])
    spans = {"pre": [2014, 2015], "post": [2020, 2021]}
    result = change.field_changes(table, spans, reported, ["070"]).set_index("indicator")["value"]
    assert result["own_change"] == pytest.approx(math.log(20 / 5))
    assert result["budget_kept"] == pytest.approx(4) and result["lagged_spending"] == pytest.approx(math.log(5))


def test_a_municipality_that_never_reported_is_missing():
    finance = pd.DataFrame({"nis": ["a", "a", "b"], "report_year": [2014, 2020, 2014], "year": [2014, 2020, 2014]})
    windows = spending.Windows([2014], [2020], [], {"pre": None, "post": None}, "accounts")
    assert spending.reported_years(finance, windows).to_dict("index") == {"a": {"pre": 1, "post": 1}}


def test_of_overlapping_plans_each_window_reads_its_own():
    finance = pd.DataFrame(
        {
            "nis": "a",
            "report_year": [2014, 2014, 2020],
            "year": [2014, 2020, 2020],
            "code": "0740",
            "spending_eur": [1.0, 2.0, 4.0],
        }
    )
    windows = spending.Windows([2014], [2020], [], {"pre": 2014, "post": 2020}, "plans")
    codes = pd.DataFrame({"code": ["0740"], "stable_code": ["074"]})
    assert spending.stable_spending(finance, codes, windows)["spending_eur"].tolist() == [1.0, 4.0]


def test_an_unknown_policy_field_is_refused():
    finance = pd.DataFrame({"nis": "a", "report_year": 2014, "year": 2014, "code": ["9999"], "spending_eur": 1.0})
    windows = spending.Windows([2014], [2020], [], {"pre": None, "post": None}, "accounts")
    with pytest.raises(StudyError, match="'9999' is not in workflow/tables/policy_fields.csv"):
        spending.stable_spending(finance, pd.DataFrame({"code": ["0740"], "stable_code": ["074"]}), windows)


def test_real_spending_per_inhabitant():
    table = pd.DataFrame({"nis": ["a", "b"], "year": 2016, "spending_eur": [1000.0, 1000.0]})
    population = pd.DataFrame({"nis": ["a"], "year": 2016, "population": [50.0]})
    prices = pd.DataFrame({"year": [2015, 2016], "index": [100.0, 102.0]})
    result = spending.real_per_inhabitant(table, population, prices, 2015)["real_spending"]
    assert result[0] == pytest.approx(1000 / 50 / 1.02) and math.isnan(result[1])


STAFF = pd.DataFrame(
    {
        "nis": ["a", "a", "a", "a", "b"],
        "year": [2010, 2010, 2015, 2015, 2015],
        "employer": ["municipality", "ocmw", "municipality", "ocmw", "municipality"],
        "vte": [80.0, 20.0, 90.0, 20.0, 7.0],
    }
)


def test_staff_ratio_and_growth():
    population = pd.DataFrame({"nis": ["a", "b"], "year": 2015, "population": [10000.0, 1000.0]})
    ratio = capacity.staff_ratio(STAFF, population)
    assert ratio[["nis", "value"]].to_dict("records") == [{"nis": "a", "value": 11.0}]  # b lacks an employer
    growth = capacity.staff_growth(STAFF, 2015)
    assert growth["value"].tolist() == pytest.approx([math.log(1.1)])


def test_realisation_and_studies():
    accounts = pd.DataFrame(
        {
            "nis": ["a", "a", "b"],
            "year": [2014, 2015, 2014],
            "code": ["214-0", "224-0", "224-0"],
            "spending_eur": [100.0, 200.0, 50.0],
        }
    )
    plans = pd.DataFrame(
        {"nis": ["a", "b"], "year": 2014, "report_year": 2014, "code": "224-0", "spending_eur": [400.0, 0.0]}
    )
    rate = capacity.realisation_rate(accounts, plans, [2014, 2015], 2014)
    assert rate.to_dict("records") == [{"nis": "a", "value": 0.75}]  # b planned nothing
    population = pd.DataFrame({"nis": ["a", "a", "b"], "year": [2014, 2015, 2014], "population": [10.0, 10.0, 5.0]})
    studies = capacity.planning_studies(accounts, population, [2014, 2015]).set_index("nis")["value"]
    assert studies.to_dict() == {"a": 5.0, "b": 0.0}  # (10 + 0) / 2; a reporter without the account spent nothing


def test_volatility_and_fragmentation():
    votes = pd.DataFrame(
        {"nis": "a", "year": [2012, 2012, 2018, 2018], "party": ["x", "y", "x", "z"], "votes": [60.0, 40.0, 50.0, 50.0]}
    )
    assert politics.volatility(votes, 2018, 2012)["value"].tolist() == pytest.approx([0.5])  # (.1 + .4 + .5) / 2
    seats = pd.DataFrame({"nis": "a", "year": 2018, "party": ["x", "z", "q"], "seats": [10.0, 10.0, 0.0]})
    assert politics.fragmentation(seats, 2018)["value"].tolist() == pytest.approx([2.0])


def test_a_municipality_with_one_election_has_no_volatility():
    votes = pd.DataFrame({"nis": ["a"], "year": [2018], "party": ["x"], "votes": [1.0]})
    other = pd.DataFrame({"nis": ["b", "b"], "year": [2012, 2018], "party": ["x", "x"], "votes": [1.0, 1.0]})
    assert politics.volatility(pd.concat([votes, other]), 2018, 2012)["nis"].tolist() == ["b"]


def test_executive_change_by_hand():
    day = pd.Timestamp
    rows = [
        ("m1", "mayor", "x", day("2013-01-02"), day("2018-12-31")),
        ("a1", "alderman", "x", day("2013-01-02"), day("2018-12-31")),
        ("m2", "mayor", "y", day("2019-01-03"), pd.NaT),
        ("a1", "alderman", "x", day("2019-01-03"), pd.NaT),
        ("a2", "alderman", "y", day("2019-01-03"), pd.NaT),
        ("a3", "alderman", "", day("2019-01-03"), pd.NaT),
    ]
    mandates = pd.DataFrame(rows, columns=["person", "function", "party", "start", "end"]).assign(nis="a")
    result = politics.executive_change(mandates, 2018).set_index("indicator")["value"]
    assert result["new_mayor"] == 1 and result["new_mayor_party"] == 1
    assert result["coalition_change"] == pytest.approx(2 / 3)  # two of three seats with a known party


def test_composition_changes_per_year():
    spells = pd.DataFrame({"nis": ["a"], "spells": [3.0], "days": [2 * 365.25]})
    assert politics.composition_changes(spells)["value"].tolist() == pytest.approx([1.0])


def test_outlier_rules_without_their_source_are_left_out():
    rule = {"nis": [], "clusters": [], "population_below": None, "is_mixed": False, "is_facility": None}
    rules = {
        "small": {**rule, "population_below": 1000},
        "named": {**rule, "nis": ["95001"]},
        "coast": {**rule, "clusters": ["V16"]},
    }
    panel = pd.DataFrame(
        {
            "level": "municipality", "nis": ["95001", "95002", "95003"], "beleidsveld": "", "period": "",
            "year": pd.array([None] * 3, dtype="Int64"), "indicator": "log_population", "value": np.log([900.0, 5000.0, 1000.0]),
        }
    )  # fmt: skip
    assert exclusions(panel, rules) == {"small": ["95001"], "named": ["95001"]}


def test_outlier_rules_on_flags_name_those_that_bear_them():
    rule = {"nis": [], "clusters": [], "population_below": None, "is_mixed": False, "is_facility": None}
    rules = {"facility": {**rule, "is_facility": True}, "mixed": {**rule, "is_mixed": True}, "nobody": rule}
    flags = {"is_facility": [1.0, 0.0, 0.0], "is_mixed": [0.0, 1.0, 0.0]}
    panel = pd.DataFrame({"nis": ["95001", "95002", "95003"], **flags}).melt("nis", var_name="indicator")
    panel = panel.assign(
        level="municipality", beleidsveld="", period="", year=pd.Series(pd.NA, panel.index, dtype="Int64")
    )
    assert exclusions(panel, rules) == {"facility": ["95001"], "mixed": ["95002"], "nobody": []}
    without = panel[panel["indicator"] != "is_facility"]
    assert exclusions(without, rules) == {"mixed": ["95002"], "nobody": []}
