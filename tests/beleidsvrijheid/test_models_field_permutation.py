"""Contrast of fields with permutation: dummies and listed permutations as oracles, size, placebo, refusals."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.dispersion import MEASURES as INDICATORS
from beleidsvrijheid.inference import INFERENCE_COLUMNS
from beleidsvrijheid.models.drawn_dispersion import Draws
from beleidsvrijheid.models.field_permutation import (
    MEASURES,
    FieldContrast,
    estimate_field_permutation,
)
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal

from . import small_panel as small

N, YEARS = 120, (2013, 2014, 2015, 2018, 2019)
REFORMED, OTHERS = ["070", "071", "072", "074"], ["050", "060", "062", "079"]
GROUPS = {"reformed": REFORMED, "comparison": OTHERS, "operational": ["060", "062"]}
SPECIFICATION = {
    "outcome": "real_spending",
    "fields": REFORMED + OTHERS,
    "dispersion": "yearly",
    "dispersion_measure": "sd_log",
}


def panel(rise=0.0, seed=0, from_year=2016, treated=REFORMED, between=0.0):
    """ln spending with `rise` more ln sd from a year on; each field also has a change of its own."""
    rng = np.random.default_rng(seed)
    parts = []
    for field in REFORMED + OTHERS:
        own, level = between * rng.normal(), rng.normal(size=N)
        for year in YEARS:
            growth = (rise * (field in treated) + own) * (year >= from_year)
            ln = 3 + 0.4 * np.exp(growth) * (level + rng.normal(size=N)) / np.sqrt(2)
            parts.append(small.rows("real_spending", np.exp(ln), year, field))
    return small.panel(*parts)


def estimate(frame, seed=1, **more):
    settings = {"groups": GROUPS, "inference": {"draws": 199, "confidence": 0.95}}
    return estimate_field_permutation(small.task(frame, SPECIFICATION | more, seed, **settings))


def reform(estimation):
    return estimation.fit.coefficients.set_index(["equation", "term"]).loc[("mean", "reform")]


def permutation(estimation):
    return estimation.inference.set_index("test").loc["permutation"]


def test_d_is_the_coefficient_of_the_model_with_dummies():
    """Two windows of unequal length; least squares on ln sd with field and year dummies."""
    frame = panel(rise=0.2, between=0.1)
    frame = frame.assign(ln=np.log(frame["value"]))
    spread = frame[frame["year"] != 2013].groupby(["beleidsveld", "year"])["ln"].std().apply(np.log).reset_index()
    both = pd.get_dummies(spread[["beleidsveld", "year"]].astype(str), dtype=float, drop_first=True)
    product = spread["beleidsveld"].isin(REFORMED) & (spread["year"] >= 2016)
    design = np.column_stack([product.astype(float), both, np.ones(len(spread))])
    by_hand = np.linalg.lstsq(design, spread["ln"], rcond=None)[0][0]
    assert reform(estimate(frame))["estimate"] == pytest.approx(by_hand, rel=1e-10)


def test_p_from_all_seventy_permutations():
    frame = panel(rise=0.1, between=0.1, seed=3)
    estimation = estimate(frame)
    change = estimation.fit.coefficients.query("term == 'log_change'")["estimate"].to_numpy()
    every = [np.isin(range(8), chosen) for chosen in combinations(range(8), 4)]
    drawn = np.array([change[label].mean() - change[~label].mean() for label in every])
    row = permutation(estimation)
    assert row["p_value"] == pytest.approx((np.abs(drawn) >= abs(drawn[0]) - 1e-12).mean())
    assert row["p_value"] == reform(estimation)["p_value"]
    assert "70 distinct" in row["verdict"]
    assert row["verdict"].endswith(
        "smallest attainable p 0.029"
    )  # 2 / 70: half of the fields treated: the mirror image ties


def test_counts_give_the_dispersion_of_the_resample():
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(size=40)).round(2)
    counts = rng.multinomial(40, np.full(40, 1 / 40), size=5).astype(float)
    for measure in MEASURES:
        got = getattr(Draws(values, np.vstack([np.ones(40), counts])), measure)()
        drawn = [np.repeat(values, weights.astype(int)) for weights in counts]
        wanted = [INDICATORS[measure](sample[:, None])[0] for sample in [values, *drawn]]
        np.testing.assert_allclose(got, wanted, rtol=1e-10)


@pytest.mark.parametrize("measure", MEASURES)
def test_recovers_a_planted_rise(measure):
    estimation = estimate(panel(rise=0.3), dispersion_measure=measure)
    row = reform(estimation)
    assert row["ci_low"] > 0
    assert row["p_value"] == pytest.approx(2 / 70)
    if measure == "sd_log":
        assert abs(row["estimate"] - 0.3) < 4 * row["std_error"]
        assert row["ci_low"] < 0.3 < row["ci_high"]


def test_permutation_holds_its_size_where_the_bootstrap_does_not():
    """Fields that change for reasons of their own: municipalities resampled say nothing about that."""
    permuted, bootstrapped = 0, 0
    for seed in range(25):
        estimation = estimate(panel(seed=seed, between=0.15), seed)
        row = estimation.inference.set_index("test")["p_value"]
        permuted += row["permutation"] <= 0.05
        bootstrapped += row["bootstrap"] <= 0.05
    assert permuted <= 6  # binomial(25, .05) at 99.9 %
    assert bootstrapped > 6


def test_fake_date_and_fake_treatment():
    windows = {"pre": [2013, 2014], "post": [2015, 2015]}
    assert reform(estimate(panel(rise=0.5), windows=windows))["ci_low"] < 0
    assert abs(reform(estimate(panel(rise=0.5), windows=windows))["estimate"]) < 0.1
    fake = estimate(panel(rise=0.5), fields=OTHERS, treated=["operational"])
    assert abs(reform(fake)["estimate"]) < 0.1
    assert "6 distinct" in permutation(fake)["verdict"]


def test_random_permutations_where_there_are_too_many():
    settings = {"groups": GROUPS, "inference": {"draws": 49, "confidence": 0.95}}
    estimation = estimate_field_permutation(small.task(panel(rise=0.4), SPECIFICATION, **settings))
    row = permutation(estimation)
    assert "49" in row["verdict"]
    assert "70 distinct" in row["verdict"]
    assert row["p_value"] * 50 == pytest.approx(round(row["p_value"] * 50))


def test_tables_ledger_and_the_same_in_any_order():
    frame = panel(rise=0.2)
    frame = frame[~((frame["nis"] == "90001") & (frame["beleidsveld"] == "074") & (frame["year"] == 2014))]
    first, second = estimate(frame), estimate(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first.fit.coefficients, second.fit.coefficients, check_exact=True)
    pd.testing.assert_frame_equal(first.inference, second.inference, check_exact=True)
    assert list(first.fit.coefficients.columns) == COEFFICIENT_COLUMNS
    assert list(first.inference.columns) == INFERENCE_COLUMNS
    lost = first.ledger.query("reason == '074: no figure in at least one year'")
    assert (lost["rows_in"] - lost["rows_out"]).tolist() == [1]
    assert (first.fit.n_clusters, first.fit.n_units) == (8, N)
    assert first.ledger.query("step == 'contrast'")["reason"].tolist()[0] == "070: treated"


def test_refuses_by_name():
    with pytest.raises(StudyError, match="dispersion_measure: 'range'; allowed: sd_log, cv, gini"):
        estimate(panel(), dispersion_measure="range")
    with pytest.raises(StudyError, match="treated: none of 030 is among fields"):
        estimate(panel(), treated=["030"])
    with pytest.raises(StudyError, match="every field is treated"):
        estimate(panel(), fields=REFORMED)
    few = panel()
    few = few[~(few["beleidsveld"].isin(OTHERS) & (few["nis"] > "90010"))]
    with pytest.raises(Refusal, match="no field is left on one side") as refused:
        estimate(few)
    assert "too few municipalities" in set(refused.value.ledger["step"])
    flat = panel()
    flat.loc[(flat["beleidsveld"] == "050") & (flat["year"] == 2014), "value"] = 5.0
    with pytest.raises(Refusal, match="same figure in a year of 050"):
        estimate(flat)


def test_field_error_by_hand():
    contrast = FieldContrast(
        np.array([1.0, 3.0, 0.0, 1.0, 2.0]), np.zeros((1, 5)), np.array([True, True, False, False, False])
    )
    # Squares within: 2 + 2, over 3 degrees of freedom, times 1/2 + 1/3.
    assert (contrast.estimate, contrast.field_error) == pytest.approx((1.0, np.sqrt(4 / 3 * 5 / 6)))
