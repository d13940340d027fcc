"""K4: Nickell's formula, dummy regressions per resample, a planted autoregression, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.autocorrelation import _half_panel, _within, autocorrelation, estimate_autocorrelation
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/nickell.yaml").read_text())


def autoregression(rng, n, years, rho, effect_sd=1.0):
    """Stationary AR(1) with municipality effects and a common trend: n x years."""
    y = np.empty((n, years))
    y[:, 0] = rng.normal(0, 1 / np.sqrt(1 - rho**2), n)
    for t in range(1, years):
        y[:, t] = rho * y[:, t - 1] + rng.normal(size=n)
    return y + effect_sd * rng.normal(size=(n, 1)) + 0.3 * np.arange(years)


def once(values, lags):
    found = autocorrelation(values, lags, np.ones((1, len(values))))
    return {name: float(drawn[0]) for name, drawn in found.terms.items()}


def nickell(rho, transitions):
    """Bias of the within estimator for many units: Nickell (1981, 10.2307/1911408), equation 18."""
    a = 1 - (1 - rho**transitions) / (transitions * (1 - rho))
    return -(1 + rho) / (transitions - 1) * a / (1 - 2 * rho * a / ((1 - rho) * (transitions - 1)))


def test_the_uncorrected_estimate_has_nickells_bias():
    bias = nickell(REFERENCE["rho"], REFERENCE["transitions"])
    assert bias == pytest.approx(REFERENCE["quoted"], abs=REFERENCE["tolerance"])
    for rho, years in ((0.5, 11), (0.8, 8)):
        found = once(autoregression(np.random.default_rng(1), 40_000, years, rho), [1])
        assert found["within", "ar1_uncorrected"] - rho == pytest.approx(nickell(rho, years - 1), abs=0.008)
        assert abs(found["within", "ar1"] - rho) < 0.4 * abs(nickell(rho, years - 1))


def test_every_resample_is_a_dummy_regression_of_its_rows():
    rng = np.random.default_rng(2)
    values = autoregression(rng, 25, 7, 0.6)
    counts = draw_counts(25, 6, rng)
    within = _within(values, counts)
    for weight, slope in zip(counts, within, strict=True):
        rows = np.repeat(np.arange(25), weight.astype(int))
        now, then = values[rows, 1:], values[rows, :-1]
        units, years = np.indices(now.shape)
        design = np.column_stack(
            [
                then.ravel(),
                units.ravel()[:, None] == np.arange(len(rows)),
                years.ravel()[:, None] == np.arange(1, now.shape[1]),
            ]
        ).astype(float)
        assert slope == pytest.approx(np.linalg.lstsq(design, now.ravel(), rcond=None)[0][0], abs=1e-10)


def test_half_panels_by_definition():
    values = autoregression(np.random.default_rng(3), 30, 7, 0.5)
    ones = np.ones((1, 30))
    full, corrected = _half_panel(values, ones)
    halves = (_within(values[:, :4], ones) + _within(values[:, 3:], ones)) / 2
    assert corrected[0] == pytest.approx((2 * full - halves)[0])
    full, corrected = _half_panel(values[:, :6], ones)  # five transitions: two and three, three and two
    halves = [(_within(values[:, : c + 1], ones) + _within(values[:, c:6], ones)) / 2 for c in (2, 3)]
    assert corrected[0] == pytest.approx((2 * full - sum(halves) / 2)[0])


def test_levels_match_pandas_and_scipy():
    from scipy.stats import rankdata

    rng = np.random.default_rng(4)
    values = autoregression(rng, 60, 8, 0.7).round(1) + 1e6
    values[rng.random(values.shape) < 0.1] = np.nan
    found = once(values, [1, 3])
    for lag in (1, 3):
        now, then = values[:, lag:], values[:, :-lag]
        both = np.isfinite(now) & np.isfinite(then)
        parts = [np.where(both, part, np.nan) for part in (now, then)]
        centred = [(part - np.nanmean(part, axis=0))[both] for part in parts]
        assert found["level", f"lag_{lag}"] == pytest.approx(np.corrcoef(*centred)[0, 1], abs=1e-7)
        ranks = []
        for part in parts:
            rank = np.apply_along_axis(lambda c: rankdata(c, nan_policy="omit"), 0, part) / both.sum(axis=0)
            ranks.append((rank - np.nanmean(rank, axis=0))[both])
        assert found["level", f"rank_lag_{lag}"] == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-10)


def panel_of(values, first=2010):
    nis = [f"9{i:04d}" for i in range(len(values))]
    frame = (
        pd.DataFrame(values, index=nis, columns=range(first, first + values.shape[1])).rename_axis("nis").reset_index()
    )
    frame = frame.melt("nis", var_name="year", value_name="value").dropna().astype({"year": "Int64"})
    return frame.assign(indicator="vte_per_1000", beleidsveld="", level="municipality", period="")


def task(panel, **changes):
    settings = {"exclusions": {}, "categorical": (), "minimum_municipalities": 30}
    settings |= {"inference": {"confidence": 0.95, "draws": 199}}
    specification = {"estimator": "autocorrelation", "outcome": "vte_per_1000", "lags": [1, 5]}
    return Task(panel, specification | changes, settings, np.random.default_rng(1), "k4")


def test_recovers_a_planted_autoregression_from_a_panel():
    rng = np.random.default_rng(5)
    values = autoregression(rng, 285, 16, 0.6)
    values[:3, 4] = np.nan
    done = estimate_autocorrelation(task(panel_of(values)))
    table = done.fit.coefficients.set_index(["equation", "term"])
    assert set(table.index) == {
        *(("level", name) for name in ("lag_1", "rank_lag_1", "lag_5", "rank_lag_5", "ar1")),
        ("within", "ar1_uncorrected"),
        ("within", "ar1"),
    }
    row = table.loc[("within", "ar1")]
    assert abs(row["estimate"] - 0.6) < 4 * row["std_error"] < 0.15
    assert table.at[("within", "ar1_uncorrected"), "ci_high"] < 0.6
    # variance 1/(1-rho^2) = 1.5625 of the autoregression and 1 of the effect
    for lag in (1, 5):
        row = table.loc[("level", f"lag_{lag}")]
        assert abs(row["estimate"] - (1.5625 * 0.6**lag + 1) / 2.5625) < 4 * row["std_error"]
    assert done.fit.warnings == ["within: 3 municipalities without a value in every year are left out"]
    assert done.fit.n_obs == 285 * 16 - 3


def test_interval_of_a_lag_covers():
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng([6, seed])
        values = autoregression(rng, 100, 6, 0.5, effect_sd=0.0)
        counts = np.vstack([np.ones(100), draw_counts(100, 199, rng)])
        drawn = autocorrelation(values, [1], counts).terms["level", "lag_1"]
        low, high = np.quantile(drawn[1:], [0.025, 0.975])
        covered += low <= 0.5 <= high
    assert covered >= 50  # 99.9 % of binomial(60, .95)


def test_own_trends_are_told():
    values = (
        np.random.default_rng(9).normal(size=(60, 1)) * np.arange(12)
        + np.random.default_rng(10).normal(size=(60, 12)) / 9
    )
    (warning,) = autocorrelation(values, [1], np.ones((1, 60))).warnings
    assert warning.startswith("within: ar1 is 1") and "municipalities on trends of their own" in warning


def test_a_gap_in_the_years_leaves_the_levels():
    values = autoregression(np.random.default_rng(7), 60, 9, 0.5)
    values[:, 4] = np.nan
    done = estimate_autocorrelation(task(panel_of(values), lags=[1]))
    assert set(done.fit.coefficients["equation"]) == {"level"}
    assert done.fit.warnings == ["within: 0 municipalities with every year, 9 years; not estimated"]


def test_refusals_are_named():
    values = autoregression(np.random.default_rng(8), 40, 4, 0.5)
    with pytest.raises(Refusal, match="lag 5: only 4 consecutive years"):
        estimate_autocorrelation(task(panel_of(values)))
    sparse = values.copy()
    sparse[:, [0, 2]] = np.nan
    with pytest.raises(Refusal, match="lag 1: fewer than three municipalities have both years"):
        once(sparse, [1])
    for lags in ([], [0], [1.5], [True], None):
        with pytest.raises(StudyError, match="lags: .*allowed: whole numbers"):
            estimate_autocorrelation(task(panel_of(values), lags=lags))
