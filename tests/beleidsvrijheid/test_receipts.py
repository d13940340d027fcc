"""Receipts beside spending: what reads spending is not disturbed by rows that hold receipts only."""

import numpy as np
import pandas as pd

from beleidsvrijheid.harmonise import harmonise, with_euros, with_totals
from beleidsvrijheid.indicators import capacity, spending
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.quality import compare_totals

from .small_country import NO_ALIASES, SOURCES, UNITS

SOURCE = SOURCES["bbc_accounts_by_field_operating"]
WINDOWS = spending.Windows([2014], [2020], [], {"pre": None, "post": None}, "accounts")
POPULATION = pd.DataFrame({"nis": ["95010", "95003"], "year": 2014, "population": [1000.0, 500.0], "vintage": 285})
CODES = pd.DataFrame({"code": ["0740", "0750"], "stable_code": ["074", "075"]})
EMPTY = float("nan")


def finance(*rows):
    columns = [
        "nis",
        "year",
        "code",
        "spending_eur",
        "spending_per_inhabitant",
        "receipts_eur",
        "receipts_per_inhabitant",
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(report_year=table["year"], vintage=285)


# 95003 has receipts only; 95010 has a field with receipts only.
TABLE = finance(
    ("95010", 2014, "0740", 100.0, 0.1, 7.0, EMPTY),
    ("95010", 2014, "0750", EMPTY, EMPTY, 9.0, EMPTY),
    ("95003", 2014, "0740", EMPTY, EMPTY, 5.0, EMPTY),
    ("95010", 2020, "0740", 120.0, EMPTY, EMPTY, EMPTY),
    ("95003", 2020, "0740", 50.0, EMPTY, EMPTY, EMPTY),
)


def harmonised(table):
    return harmonise(table, SOURCE, UNITS, POPULATION, 285, NO_ALIASES)


def test_rows_of_receipts_stay_and_no_spending_becomes_zero():
    table, ledger = harmonised(TABLE)
    assert table["spending_eur"].isna().sum() == 2 and table["spending_eur"].sum() == 270
    assert table["receipts_eur"].sum() == 21
    assert "totals from per inhabitant" not in set(ledger["step"])


def test_an_older_table_without_receipts_gives_the_same_spending():
    without = TABLE.dropna(subset=["spending_eur"]).drop(columns=["receipts_eur", "receipts_per_inhabitant"])
    one, other = harmonised(TABLE)[0], harmonised(without)[0]
    own = one[one["spending_eur"].notna()][other.columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, other)


def test_totals_are_computed_for_each_measure_by_itself():
    rates = finance(
        ("95010", 2014, "0740", EMPTY, 0.5, EMPTY, EMPTY),
        ("95010", 2014, "0750", EMPTY, EMPTY, EMPTY, 0.25),
        ("95003", 2014, "0740", 10.0, 0.02, EMPTY, 2.0),
        ("95003", 2019, "0740", EMPTY, 1.0, EMPTY, EMPTY),
    )
    filled = with_euros(rates, POPULATION)
    assert filled["spending_eur"].fillna(-1).tolist() == [500, -1, 10, -1]
    assert filled["receipts_eur"].fillna(-1).tolist() == [-1, 250, 1000, -1]
    kept, steps = with_totals(rates, POPULATION, SOURCE)
    assert len(kept) == 3 and (steps[0]["rows_in"], steps[0]["rows_out"]) == (4, 3)
    assert steps[0]["reason"].startswith("4 totals computed")


def test_indicators_read_the_rows_with_spending():
    inputs = Inputs({"bbc_x": TABLE, "bbc_y": TABLE[TABLE["spending_eur"].isna()]}, UNITS, CODES, {})
    own = inputs.spending("bbc_x")
    assert len(own) == 3 and inputs.spending("bbc_y") is None and inputs.spending("bbc_z") is None
    stable = spending.stable_spending(own, CODES, WINDOWS)
    assert (stable["spending_eur"] > 0).all() and set(stable["beleidsveld"]) == {"074"}
    # 95003 reported no spending before, so it is missing there, not zero.
    assert spending.reported_years(own, WINDOWS).index.tolist() == ["95010"]
    studies = capacity.planning_studies(own.assign(code="214-0"), POPULATION, [2014])
    assert studies["nis"].tolist() == ["95010"]


def test_totals_of_receipts_are_compared_too():
    accounts = finance(
        ("95010", 2014, "7300", EMPTY, EMPTY, 16.0, EMPTY), ("95003", 2014, "7300", EMPTY, EMPTY, 6.0, EMPTY)
    )
    spent = finance(("95010", 2014, "610", 100.0, EMPTY, EMPTY, EMPTY))
    rows = pd.DataFrame(compare_totals(TABLE[TABLE["year"] == 2014], pd.concat([accounts, spent])))
    counted = rows[rows["nis"].isna()].set_index("check")[["n_checked", "n_failed"]]
    assert counted.loc["field total = account total"].tolist() == [1, 0]
    assert counted.loc["field total = account total (receipts)"].tolist() == [2, 1]
    case = rows[rows["nis"].notna()].iloc[0]
    assert (case["nis"], case["value"], case["expected"]) == ("95003", 5.0, 6.0)


def test_no_receipts_no_comparison():
    own = TABLE.assign(receipts_eur=np.nan)
    assert {row["check"] for row in compare_totals(own, own)} == {"field total = account total"}
