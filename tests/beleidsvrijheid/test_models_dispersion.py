"""Dispersion before and after: resampled arrays as oracle, a planted rise, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.dispersion import MEASURES
from beleidsvrijheid.models.dispersion import (
    FieldSample,
    dispersion_change,
    dispersion_ratio,
    dispersion_samples,
    window_dispersion,
)
from beleidsvrijheid.models.fit import Refusal

WINDOWS = {"pre": [2014, 2015], "post": [2020, 2021]}


def panel(rise=0.0, n=200, fields=("070", "087/8"), seed=0, spread=0.5):
    """ln spending = own level + noise, both with `rise` more ln sd afterwards."""
    rng = np.random.default_rng(seed)
    rows = []
    for field in fields:
        level = rng.normal(size=n)
        for year in (2014, 2015, 2018, 2020, 2021):
            ln = 3 + spread * np.exp(rise * (year >= 2020)) * (level + rng.normal(size=n))
            part = pd.DataFrame({"nis": [f"9{i:04d}" for i in range(n)], "value": np.exp(ln)})
            rows.append(part.assign(beleidsveld=field, year=year))
    frame = pd.concat(rows, ignore_index=True).astype({"year": "Int64"})
    return frame.assign(level="municipality", period="", indicator="real_spending")


def samples(frame, fields=("070", "087/8"), excluded=None, minimum=100, windows=None, basis="yearly"):
    return dispersion_samples(frame, "real_spending", fields, windows or WINDOWS, excluded or {}, minimum, basis)


def test_counts_give_the_dispersion_of_the_resample():
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(size=(40, 4))).round(2)
    masks = {"pre": np.array([True, True, False, False]), "post": np.array([False, False, True, True])}
    sample = FieldSample("070", values, np.arange(5, 45), masks)
    counts = rng.multinomial(50, np.full(50, 0.02), size=6).astype(float)
    drawn = window_dispersion(sample, counts)
    for draw, weights in enumerate(counts):
        rows = values[np.repeat(np.arange(40), weights[5:45].astype(int))]
        for name, measure in MEASURES.items():
            yearly = measure(rows)
            np.testing.assert_allclose(drawn[name][draw], [yearly[:2].mean(), yearly[2:].mean()], rtol=1e-10)


def test_point_is_the_draw_in_which_everyone_counts_once():
    frame, n, _ = samples(panel())
    for sample in frame:
        point, once = window_dispersion(sample), window_dispersion(sample, np.ones((1, n)))
        for name in MEASURES:
            np.testing.assert_allclose(point[name], once[name], rtol=1e-10)


def test_recovers_a_planted_rise_of_dispersion():
    frame, n, _ = samples(panel(rise=0.25, n=280))
    groups = {"reformed": ["070", "087/8", "999"], "comparison": ["888"]}
    fit = dispersion_ratio(frame, n, 499, 0.95, np.random.default_rng(1), "yearly", groups)
    rows = fit.coefficients.set_index(["equation", "term"])
    for equation in ("070", "087/8", "reformed"):
        row = rows.loc[(equation, "log_sd_ratio")]
        assert abs(row["estimate"] - 0.25) < 4 * row["std_error"] < 0.25
        assert row["ci_low"] > 0
        assert row["p_value"] < 0.05
        assert rows.loc[(equation, "sd_log_ratio"), "estimate"] == pytest.approx(np.exp(row["estimate"]))
    assert rows.loc[("070", "pitman_morgan"), "p_value"] < 0.01
    fields = [rows.loc[(code, "log_sd_ratio"), "estimate"] for code in ("070", "087/8")]
    assert rows.loc[("reformed", "log_sd_ratio"), "estimate"] == pytest.approx(np.mean(fields))
    assert "comparison" not in rows.index.get_level_values(0)


def test_interval_covers_no_change():
    missed = 0
    for seed in range(60):
        frame, n, _ = samples(panel(seed=seed, n=120, fields=("070",)), fields=["070"])
        rows = dispersion_ratio(frame, n, 199, 0.95, np.random.default_rng(seed), "yearly", {}).coefficients.set_index(
            "term"
        )
        missed += not rows.at["log_sd_ratio", "ci_low"] <= 0 <= rows.at["log_sd_ratio", "ci_high"]
    assert missed <= 9  # 5 % of 60 is 3


def test_change_is_after_less_before():
    frame, n, _ = samples(panel(rise=0.2))
    rows = dispersion_change(frame, n, 99, 0.95, np.random.default_rng(1), "yearly").coefficients
    table = rows[rows["equation"] == "070"].set_index("term")["estimate"]
    for name in MEASURES:
        assert table[f"{name}_change"] == pytest.approx(table[f"{name}_post"] - table[f"{name}_pre"])
    assert len(table) == 12
    values = panel(rise=0.2).query("beleidsveld == '070'").pivot(index="nis", columns="year", values="value")
    assert table["sd_log_pre"] == pytest.approx(np.log(values[[2014, 2015]]).std().mean())
    assert table["cv_post"] == pytest.approx((values / values.mean()).std()[[2020, 2021]].mean())


def test_pitman_morgan_matches_scipy():
    from scipy.stats import pearsonr

    frame, n, _ = samples(panel(rise=0.1))
    row = dispersion_ratio(frame, n, 9, 0.95, np.random.default_rng(1), "yearly", {}).coefficients.set_index("term")
    row = row[row["equation"] == "070"].loc["pitman_morgan"]
    ln = np.log(frame[0].values)
    before, after = ln[:, :2].mean(axis=1), ln[:, 2:].mean(axis=1)
    expected = pearsonr(after + before, after - before)
    assert row["estimate"] == pytest.approx(expected.statistic)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    np.testing.assert_allclose(row[["ci_low", "ci_high"]].astype(float), expected.confidence_interval(), rtol=1e-9)


def test_only_municipalities_positive_in_every_year_count_and_the_ledger_says_so():
    frame = panel()
    first = frame["beleidsveld"] == "070"
    frame.loc[first & (frame["nis"] == "90001") & (frame["year"] == 2015), "value"] = 0.0
    frame.loc[first & (frame["nis"] == "90002") & (frame["year"] == 2021), "value"] = -5.0
    frame = frame[~(first & (frame["nis"] == "90003") & (frame["year"] == 2014))]
    fields, n, ledger = samples(frame, excluded={"smallest": ["90000"]})
    table = ledger.frame()
    lost = (table["rows_in"] - table["rows_out"]).tolist()
    assert lost == [0, 1, 1, 2] + [0, 1, 0, 0]
    assert [len(sample.values) for sample in fields] == [196, 199]
    assert n == 200
    assert (table.loc[table["step"] != "start", "rows_in"].to_numpy()[:3] == table["rows_out"].to_numpy()[:3]).all()


def test_a_field_of_few_gets_no_estimate_but_a_ledger_row_and_a_warning():
    frame = panel()
    few = (frame["beleidsveld"] == "087/8") & (frame["nis"] > "90050")
    fields, n, ledger = samples(frame[~few])
    assert [sample.code for sample in fields] == ["070"]
    assert ledger.frame().iloc[-1]["step"] == "too few municipalities"
    assert ledger.warnings == ["087/8: positive in both periods for 51 municipalities, fewer than 100; no estimate"]
    with pytest.raises(Refusal, match="no field is positive in both periods for 201"):
        samples(frame, minimum=201)


def test_windows_of_unequal_length_are_warned_of():
    windows = {"pre": [2014], "post": [2020, 2021]}
    frame, n, _ = samples(panel(), windows=windows)
    assert "1 and 2 years" in dispersion_ratio(frame, n, 9, 0.95, np.random.default_rng(1), "yearly", {}).warnings[0]


def test_row_order_does_not_matter_and_the_seed_decides():
    frame = panel(rise=0.1)
    tables = []
    for data in (frame, frame.sample(frac=1, random_state=1)):
        fields, n, _ = samples(data)
        tables.append(dispersion_change(fields, n, 49, 0.95, np.random.default_rng(3), "yearly").coefficients)
    pd.testing.assert_frame_equal(*tables)


def test_refusals_are_named():
    frame = panel()
    with pytest.raises(Refusal, match="indicator real_spendin is not in the panel"):
        dispersion_samples(frame, "real_spendin", ["070"], WINDOWS, {}, 100, "yearly")
    with pytest.raises(Refusal, match="no real_spending in 2013"):
        samples(frame, windows={"pre": [2013, 2014], "post": [2020]})
    with pytest.raises(StudyError, match="pre: no years"):
        samples(frame, windows={"pre": [], "post": [2020]})
    with pytest.raises(StudyError, match="2014 is in both windows"):
        samples(frame, windows={"pre": [2014], "post": [2014]})
    with pytest.raises(StudyError, match="real_spending twice for nis 90000, 070, 2014"):
        samples(pd.concat([frame, frame[:1]], ignore_index=True))


def lumpy():
    """Two municipalities: one with a figure every year, one with absent years that it reported elsewhere."""
    rows = [("a", "070", year, 10.0) for year in (2014, 2015, 2020, 2021)]
    rows += [("b", "070", 2014, 30.0), ("b", "070", 2021, 8.0)]
    rows += [
        (nis, "total", year, 100.0) for nis in "ab" for year in (2014, 2015, 2020, 2021) if (nis, year) != ("b", 2020)
    ]
    frame = pd.DataFrame(rows, columns=["nis", "beleidsveld", "year", "value"]).astype({"year": "Int64"})
    return frame.assign(level="municipality", period="", indicator="real_spending")


def test_window_means_count_an_absent_field_of_a_reporter_as_zero():
    (sample,), _, _ = samples(lumpy(), fields=["070"], minimum=2, basis="window_means")
    # b: (30 + 0) / 2 before; 8 / 1 after, because in 2020 it reported nothing at all.
    assert sample.values.tolist() == [[10.0, 10.0], [15.0, 8.0]]
    (yearly,), _, _ = samples(lumpy(), fields=["070"], minimum=1)
    assert len(yearly.values) == 1


def test_window_means_need_windows_of_equal_length():
    with pytest.raises(StudyError, match="pre has 1 years and post 2; use yearly"):
        samples(panel(), windows={"pre": [2014], "post": [2020, 2021]}, basis="window_means")
    with pytest.raises(StudyError, match="dispersion: 'monthly'; allowed: yearly, window_means"):
        samples(panel(), basis="monthly")
