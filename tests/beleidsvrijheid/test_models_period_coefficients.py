"""Coefficients by period: least squares and resampled rows as oracles, planted changes, coverage, refusals."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import INFERENCE_COLUMNS, bias_corrected_interval, draw_counts
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.period_coefficients import estimate_period_coefficients, period_draws

from . import small_panel as small

N = 160
SPECIFICATION = {
    "estimator": "period_coefficients",
    "outcome": "spending",
    "beleidsveld": "070",
    "transform": "log",
    "blocks": {"capacity": ["staff"], "scale": ["size"]},
    "controls": ["family"],
    "sample": {"exclude": ["smallest"]},
}


def panel(change=0.0, seed=0, missing=0):
    """ln spending = 0.3 staff + 0.2 size (before), staff's slope `change` larger after, plus noise per window."""
    rng = np.random.default_rng(seed)
    staff, size, family = rng.normal(size=N), rng.normal(size=N), rng.integers(1, 4, N)
    parts = [small.rows("size", size), small.rows("family", family)]
    parts.append(small.rows("staff", np.where(np.arange(N) < missing, np.nan, staff)))
    own = rng.normal(size=N)
    for years, slope in (((2014, 2015), 0.3), ((2018, 2019), 0.3 + change)):
        ln = 3 + slope * staff + 0.2 * size + 0.1 * family + 0.5 * own + 0.5 * rng.normal(size=N)
        parts += [small.rows("spending", np.exp(ln), year, "070") for year in years]
    return small.panel(*parts)


def estimate(frame, **more):
    return estimate_period_coefficients(small.task(frame, SPECIFICATION | more, draws=199))


def test_draws_are_least_squares_on_the_resampled_rows():
    rng = np.random.default_rng(0)
    blocks, controls, outcomes = rng.normal(size=(60, 2)), 1e3 + rng.normal(size=(60, 1)), rng.normal(size=(2, 60))
    counts = draw_counts(60, 4, rng)
    drawn = period_draws(outcomes, blocks, controls, counts)
    for draw, weights in enumerate(counts):
        rows = np.repeat(np.arange(60), weights.astype(int))
        table = pd.DataFrame(np.column_stack([blocks, controls])[rows], columns=["a", "b", "c"])
        for period, outcome in enumerate(outcomes):
            fit = ols(outcome[rows], table, "nonrobust")
            without = ols(outcome[rows], table[["c"]], "nonrobust").r2
            np.testing.assert_allclose(drawn.slopes[period, draw], fit.coefficients["estimate"][:3], rtol=1e-8)
            assert drawn.r2[period, draw] == pytest.approx(fit.r2, rel=1e-9)
            assert drawn.r2_blocks[period, draw] == pytest.approx((fit.r2 - without) / (1 - without), rel=1e-8)


def test_recovers_a_planted_change_and_finds_none_where_there_is_none():
    changed, same = estimate(panel(change=0.4)), estimate(panel())
    for estimation, planted in ((changed, 0.4), (same, 0.0)):
        row = estimation.fit.coefficients.set_index(["equation", "term"]).loc[("post-pre", "staff")]
        assert row["ci_low"] < planted < row["ci_high"]
        assert (row["p_value"] < 0.05) == bool(planted)
        wald = estimation.inference.set_index(["test", "term"])["p_value"]
        assert (wald[("wald", "post-pre:blocks")] < 0.05) == bool(planted)
        assert (wald[("wald", "post-pre:capacity")] < 0.05) == bool(planted)
        assert wald[("wald", "post-pre:scale")] > 0.01
    r2 = same.fit.coefficients.set_index(["equation", "term"]).loc[("post-pre", "r2")]
    assert r2["ci_low"] < 0 < r2["ci_high"]
    r2 = changed.fit.coefficients.set_index(["equation", "term"]).loc[("post-pre", "r2_blocks")]
    assert r2["ci_low"] > 0


def test_wild_bootstrap_before_after_and_of_the_change():
    """The t of the change is that of HC1 on the change of the outcome, and its p agrees with the bootstrap's."""
    frame = panel(change=0.4)
    found = estimate(frame).inference.query("test == 'wild_bootstrap'").set_index("term")
    assert list(found.index) == [f"{when}:{term}" for when in ("pre", "post", "post-pre") for term in ("staff", "size")]
    assert found.loc[["pre:staff", "post:staff", "post-pre:staff"], "p_value"].max() < 0.05
    assert found.at["post-pre:size", "p_value"] > 0.05
    table = estimate(frame).fit.coefficients.query("term in ('staff', 'size')")
    rows = table.set_index(table["equation"] + ":" + table["term"])["estimate"]
    np.testing.assert_allclose(found["estimate"], rows[found.index], rtol=1e-9)
    wide = frame[frame["indicator"].isin(["staff", "size", "family"])].pivot(
        index="nis", columns="indicator", values="value"
    )
    spent = frame.query("indicator == 'spending'").pivot(index="nis", columns="year", values="value").loc[wide.index]
    kept = wide.index != "90000"  # the outlier rule
    dummies = {f"f{level}": (wide["family"] == level).astype(float) for level in (2, 3)}
    change = (np.log(spent[2018]) - np.log(spent[2014])).to_numpy()[kept]
    own = ols(change, wide[["staff", "size"]].assign(**dummies)[kept].reset_index(drop=True), "HC1").coefficients
    np.testing.assert_allclose(found["statistic"][-2:], own["statistic"][:2], rtol=1e-9)


def test_coverage_of_the_change_of_r2():
    """Same true R2 in both periods: how often the BC interval holds zero, and that it is not far from nominal."""
    held = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x, own = rng.normal(size=(200, 4)), rng.normal(size=200)
        outcomes = 0.15 * x.sum(axis=1) + 0.6 * own + 0.8 * rng.normal(size=(2, 200))
        options = outcomes, x, np.empty((200, 0))
        point = period_draws(*options, np.ones((1, 200))).r2_blocks[:, 0]
        drawn = period_draws(*options, draw_counts(200, 199, rng)).r2_blocks
        low, high = bias_corrected_interval(point[1] - point[0], (drawn[1] - drawn[0])[:, None], 0.95)
        held += low[0] <= 0 <= high[0]
    assert 131 <= held <= 150  # binomial(150, .95) at 99.9 % below


def test_periods_are_those_of_least_squares_with_the_ledger():
    frame = panel(change=0.2, missing=4)
    estimation = estimate(frame)
    table = estimation.fit.coefficients
    assert list(table.columns) == COEFFICIENT_COLUMNS
    assert list(estimation.inference.columns) == INFERENCE_COLUMNS
    assert table["equation"].unique().tolist() == ["pre", "post", "post-pre"]
    assert set(table.query("term == 'staff'")["block"]) == {"capacity"}
    rows = table.set_index(["equation", "term"])["estimate"]
    assert rows["post-pre"]["staff"] == pytest.approx(rows["post"]["staff"] - rows["pre"]["staff"])
    spending = frame.query("indicator == 'spending' and year == 2014").set_index("nis")["value"]
    static = frame[frame["indicator"].isin(["staff", "size", "family"])]
    wide = static.pivot(index="nis", columns="indicator", values="value").dropna().drop("90000", errors="ignore")
    dummies = {f"f{level}": (wide["family"] == level).astype(float) for level in (2, 3)}
    fit = ols(np.log(spending[wide.index]).to_numpy(), wide[["staff", "size"]].assign(**dummies), "nonrobust")
    assert rows["pre"]["staff"] == pytest.approx(fit.coefficients["estimate"][0], rel=1e-9)
    assert rows["pre"]["r2"] == pytest.approx(fit.r2, rel=1e-9)
    account = estimation.ledger
    lost = account[account["rows_in"] != account["rows_out"]]
    assert lost["reason"].tolist() == ["smallest: 1 municipalities", "staff"]
    assert (account["rows_out"].to_numpy()[:-1] == account["rows_in"].to_numpy()[1:]).all()
    assert account["step"].tolist().count("start") == 1
    assert estimation.fit.n_units == account["rows_out"].iloc[-1] == N - 4


def test_the_same_in_any_order():
    first, second = estimate(panel(change=0.2)), estimate(panel(change=0.2).sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(first.fit.coefficients, second.fit.coefficients, check_exact=True)
    pd.testing.assert_frame_equal(first.inference, second.inference, check_exact=True)
    assert first.sample_sha256 == second.sample_sha256


def test_hash_tells_of_both_periods():
    frame = panel()
    moved = frame.copy()
    moved.loc[(moved["year"] == 2019).fillna(False) & (moved["nis"] == "90005"), "value"] += 1
    assert estimate(frame).sample_sha256 != estimate(moved).sample_sha256


def test_refuses_by_name():
    with pytest.raises(Refusal, match="159 municipalities, fewer than 500") as refused:
        estimate_period_coefficients(small.task(panel(), SPECIFICATION, minimum_municipalities=500))
    assert refused.value.ledger["step"].tolist()[:2] == ["start", "outlier rule"]
    with pytest.raises(StudyError, match="outcome 'size' has no yearly values"):
        estimate(panel(), outcome="size")
    with pytest.raises(StudyError, match="unknown outlier rule 'nobody'"):
        estimate(panel(), sample={"exclude": ["nobody"]})
    with pytest.raises(Refusal, match="indicator wealth is not in the panel"):
        estimate(panel(), controls=["wealth"])
    constant = panel()
    constant.loc[constant["indicator"].isin(["staff", "size"]), "value"] = 1.0
    with pytest.raises(Refusal, match="no block column can be estimated"):
        estimate(constant)
