"""Digits that floats hold of a column: NIST's hardest analyses of variance are refused by every path, whole numbers are not."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.precision import check_digits, lost_digits
from beleidsvrijheid.models.random_effects import random_effects
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells

STEPS = np.random.default_rng(1).integers(0, 10, 60) / 10.0
UNITS, YEARS = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)


def test_decimals_beside_a_large_constant_are_lost_and_whole_numbers_are_not():
    columns = [STEPS + 1e12, STEPS + 1e9, STEPS * 10 + 1e12, np.full(60, 1e12 + 0.5), STEPS, STEPS * 10 + 2.0**54]
    assert lost_digits(np.column_stack(columns)).tolist() == [True, False, False, False, False, True]
    assert lost_digits(-np.column_stack(columns)).tolist() == [True, False, False, False, False, True]


@pytest.mark.parametrize(("where", "name"), [("outcome", "the outcome"), ("x", "x")])
def test_every_path_refuses_by_name(where, name):
    rng = np.random.default_rng(2)
    y, x = rng.normal(size=60), pd.DataFrame({"x": rng.normal(size=60), "z": rng.normal(size=60)})
    if where == "outcome":
        y = STEPS + 1e12
    else:
        x["x"] = STEPS + 1e12
    units, years = pd.Series(UNITS), pd.Series(YEARS)
    for run in (
        lambda: ols(y, x, "HC3"),
        lambda: panel_ols(y, x, units, years, ["municipality", "year"]),
        lambda: random_effects(y, x, units, years),
        lambda: check_digits(y, x),
    ):
        with pytest.raises(Refusal, match=f"{name}: figures up to 1e\\+12 that vary by 0.3.*subtract a constant"):
            run()
    universe = Universe(np.column_stack([y, x]), ("outcome", "x", "z"), UNITS, YEARS, UNITS, np.arange(12))
    table = estimate_cells(universe, [Cell(0, 1, (2,), "cluster")])
    assert table["status"].tolist() == ["refused"]
    assert table["reason"][0] == f"varies in too few digits that a float holds: {where}"
