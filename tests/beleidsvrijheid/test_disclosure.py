"""Counts of persons: what is withheld stays so under sums, differences of tables, and rounding; names go nowhere."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linprog

import count_councillors
from beleidsvrijheid.disclosure import BASE, SMALLEST, TOTAL, protected, rounded, withheld
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.politics import councillors_by_group

COUNTS = arrays.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 40))
lawful = settings(derandomize=True, deadline=None, max_examples=150, database=None)


def table(values) -> pd.DataFrame:
    values = np.asarray(values)
    return pd.DataFrame(values, [f"r{i}" for i in range(len(values))], [f"c{j}" for j in range(values.shape[1])])


def test_small_cells_go_with_others_that_would_give_them_away():
    hidden = withheld(np.array([[3, 20, 30], [40, 50, 60], [70, 80, 90]]))
    assert hidden[0, 0] and hidden.sum() == 4
    assert set(hidden.sum(axis=0)) == set(hidden.sum(axis=1)) == {0, 2}
    assert not withheld(np.array([[0, 20], [30, 40]])).any()


def test_totals_are_sums_of_what_is_published():
    shown = protected(table([[3, 20, 31], [40, 52, 60], [70, 80, 90]]))
    inner = shown.drop(index=TOTAL, columns=TOTAL)
    assert inner.isna().sum().sum() == 4 and (shown.stack().dropna() % BASE == 0).all()
    assert shown.loc[TOTAL, TOTAL] == inner.sum().sum() == shown[TOTAL].drop(TOTAL).sum()
    assert shown.loc["r2", TOTAL] == inner.loc["r2"].sum()


@lawful
@given(COUNTS)
def test_no_small_cell_is_published_and_none_is_alone(counts):
    shown = protected(table(counts)).drop(index=TOTAL, columns=TOTAL)
    hidden = shown.isna().to_numpy()
    small = (counts > 0) & (counts < SMALLEST)
    assert hidden[small].all()
    assert small.any() or not hidden.any()
    for axis, size in ((0, counts.shape[0]), (1, counts.shape[1])):
        assert size == 1 or not (hidden.sum(axis=axis) == 1).any()
    assert ((shown - counts).abs().stack().dropna() <= BASE // 2).all()


def bounds_of(shown: pd.DataFrame, totals: tuple[np.ndarray, np.ndarray]) -> list[tuple[float, float]]:
    """What an attacker knows of each withheld cell who has the true total of every row and column: least and most."""
    inner = shown.drop(index=TOTAL, columns=TOTAL)
    hidden, published = inner.isna().to_numpy(), inner.fillna(0).to_numpy(int)
    limits = [
        (0, None) if gone else (max(value - BASE // 2, 0), value + BASE // 2)
        for gone, value in zip(hidden.ravel(), published.ravel(), strict=True)
    ]
    rows, columns = np.indices(hidden.shape).reshape(2, -1)
    lines = [rows == at for at in range(len(hidden))] + [columns == at for at in range(hidden.shape[1])]
    found = []
    for cell in np.flatnonzero(hidden.ravel()):
        goal = np.eye(hidden.size)[cell]
        ends = [
            linprog(sign * goal, A_eq=np.array(lines, float), b_eq=np.concatenate(totals), bounds=limits)
            for sign in (1, -1)
        ]
        assert all(end.status == 0 for end in ends)
        found.append((ends[0].fun, -ends[1].fun))
    return found


@settings(lawful, max_examples=60)
@given(arrays.arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=st.integers(1, 40)))
def test_true_totals_of_all_lines_do_not_give_a_withheld_cell_away(counts):
    for least, most in bounds_of(protected(table(counts)), (counts.sum(axis=1), counts.sum(axis=0))):
        assert most - least > 0.99


@lawful
@given(COUNTS, st.data())
def test_the_difference_of_two_tables_does_not_count_who_was_left_out(counts, data):
    """Differencing: the table with and without one person. Each published cell stays, or moves by a whole base or into
    hiding; the same difference comes from tables in which nobody was left out of a cell of a neighbouring count.
    """
    at = tuple(data.draw(st.integers(0, size - 1)) for size in counts.shape)
    fewer = counts.copy()
    fewer[at] = max(fewer[at] - 1, 0)
    before, after = protected(table(counts)), protected(table(fewer))
    gap = (before - after).drop(index=TOTAL, columns=TOTAL).stack().dropna()
    assert set(gap) <= {0, BASE}
    assert set(gap[gap > 0].index) <= {(f"r{at[0]}", f"c{at[1]}")}
    # A person is never the published difference, in a cell or in a total.
    assert not {1, -1} & set((before - after).stack().dropna())


def test_what_is_published_without_protection_is_caught_by_the_attack():
    counts = np.array([[3, 20, 30], [40, 50, 60]])
    shown = table(counts).astype("Int64").mask(counts < SMALLEST)  # one cell withheld, nothing rounded
    assert counts.sum(axis=1)[0] - shown.loc["r0"].sum() == 3


def test_rounding_is_to_the_nearest_base():
    assert rounded(np.array([0, 2, 3, 5, 7, 8])).tolist() == [0, 0, 5, 5, 5, 10]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (pd.DataFrame({"a": [1.5]}), "not a whole number"),
        (pd.DataFrame({"a": [-1]}), "not a whole number"),
        (pd.DataFrame({"a": [np.nan]}), "not a whole number"),
        (pd.DataFrame({TOTAL: [1]}), "called 'total'"),
    ],
)
def test_what_is_no_count_is_refused(counts, message):
    with pytest.raises(StudyError, match=message):
        protected(counts)


def test_councillors_are_counted_by_group_and_published_without_small_cells(tmp_path):
    spells = [
        (f"9{unit:04d}", 2019, f"p{unit}-{n}", "councillor", f"{2020 + n}-01-01")
        for unit in range(4)
        for n in range(12)
    ]
    names = ["nis", "term", "person", "function", "end"]
    mandates = pd.DataFrame(spells, columns=names).assign(start=pd.Timestamp("2019-01-01"), party="x", vintage=285)
    mandates["end"] = pd.to_datetime(mandates["end"])
    mandates.to_parquet(tmp_path / "mandates.parquet")
    rows = [
        ("municipality", f"9{unit:04d}", name, value)
        for unit, kinds in enumerate([(1, 1), (1, 2), (2, 1), (2, 2)])
        for name, value in zip(("province", "size_band"), kinds, strict=True)
    ]
    panel = pd.DataFrame(rows, columns=["level", "nis", "indicator", "value"])
    panel.to_parquet(tmp_path / "panel.parquet")
    true = councillors_by_group(mandates, panel, 2019, "2023-06-30")
    assert (true["took_office"] == 12).all().all() and (true["stopped"] == 4).all().all()
    count_councillors.main(
        str(tmp_path / "panel.parquet"), [str(tmp_path / "mandates.parquet")], "simulated", str(tmp_path / "out.csv")
    )
    found = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert (
        found.loc[found["count"] == "stopped", "persons"].dropna().tolist() == ["0"] * 5
    )  # totals of what is published
    took = found[found["count"] == "took_office"].set_index(["province", "size_band"])["persons"]
    assert took["1", "2"] == "10" and took[TOTAL, TOTAL] == "40" and found["data_source"].str.startswith("SIM").all()


def test_without_mandates_it_says_so(tmp_path):
    with pytest.raises(StudyError, match="mandates: no file at hand"):
        count_councillors.main("p", ["debt.parquet"], "simulated", str(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_group_of_which_nobody_stopped_counts_none():
    names = ["nis", "person", "term", "function", "end"]
    spells = [
        ("90000", "a", 2019, "councillor", pd.NaT),
        ("90001", "b", 2019, "councillor", pd.Timestamp("2022-01-01")),
    ]
    mandates = pd.DataFrame(spells, columns=names).assign(start=pd.Timestamp("2019-01-01"))
    rows = [("90000", "province", 1), ("90000", "size_band", 1), ("90001", "province", 2), ("90001", "size_band", 1)]
    panel = pd.DataFrame(rows, columns=["nis", "indicator", "value"]).assign(level="municipality")
    true = councillors_by_group(mandates, panel, 2019, "2023-06-30")
    assert true["stopped"].loc[["1", "2"], "1"].tolist() == [0, 1]
    assert true["took_office"].loc[["1", "2"], "1"].tolist() == [1, 1]
