"""K3: R's logit, the sandwich against statsmodels and by hand, planted parts, the election cycle, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.hurdle import (
    clustered_logit,
    cycle_dummies,
    cycle_permutation,
    estimate_hurdle,
    hurdle,
    separating_columns,
    years_since_election,
)
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/spector.yaml").read_text())
YEARS = np.arange(2014, 2024)


def spector():
    from statsmodels.datasets import spector

    data = spector.load_pandas()
    return data.endog.to_numpy(), data.exog[["GPA", "TUCE", "PSI"]]


def test_spector_matches_r():
    y, x = spector()
    found = clustered_logit(y, x, np.arange(32))
    values = np.array(list(REFERENCE["estimates"].values()))
    np.testing.assert_allclose(found.estimates, values[:, 0], atol=REFERENCE["tolerance"])
    assert found.log_likelihood == pytest.approx(REFERENCE["log_likelihood"], abs=5e-5)
    # The model-based errors of R are those of the bread: X'WX from our estimates.
    design = np.column_stack([x, np.ones(32)])
    p = 1 / (1 + np.exp(-design @ found.estimates))
    bread = np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]))
    np.testing.assert_allclose(np.sqrt(np.diag(bread)), values[:, 1], atol=6e-5)
    meat = (design * (y - p)[:, None]).T @ (design * (y - p)[:, None])
    np.testing.assert_allclose(found.covariance, 32 / 31 * bread @ meat @ bread, rtol=1e-7)


def rows(rng, n=150, slope=0.8, cycle=0.0, noise=0.4):
    """Municipality-years; effects of a municipality tie its years together, another one in each part."""
    units, years = np.repeat(np.arange(n), 10), np.tile(YEARS, n)
    size, effect, other = rng.normal(size=(3, n))
    since = years_since_election(years, [2012, 2018, 2024])
    index = -0.5 + slope * size[units] + cycle * (since == 5) + 0.5 * effect[units]
    some = rng.random(10 * n) < 1 / (1 + np.exp(-index))
    ln = 2 + 0.6 * size[units] + cycle * (since == 5) + 0.5 * other[units] + noise * rng.normal(size=10 * n)
    frame = pd.DataFrame({"nis": [f"9{i:04d}" for i in units], "year": years, "size": size[units]})
    return frame.assign(outcome=np.where(some, np.exp(ln), 0.0))


def test_clusters_match_statsmodels():
    from statsmodels.discrete.discrete_model import Logit

    frame = rows(np.random.default_rng(1))
    groups = np.unique(frame["nis"], return_inverse=True)[1]
    some = (frame["outcome"] > 0).to_numpy(float)
    found = clustered_logit(some, frame[["size"]] + 1e4, groups)
    oracle = Logit(some, np.column_stack([frame["size"], np.ones(len(frame))])).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    assert found.estimates[0] == pytest.approx(oracle.params[0], rel=1e-7)
    assert found.covariance[0, 0] == pytest.approx(oracle.cov_params()[0, 0] * 150 / 149, rel=1e-6)
    fit, _ = hurdle(frame["outcome"].to_numpy(), frame[["size"]], frame["nis"], 0.95)
    positive = frame[frame["outcome"] > 0]
    plain = ols(np.log(positive["outcome"].to_numpy()), positive[["size"]], "cluster", positive["nis"])
    amount = fit.coefficients[fit.coefficients["equation"] == "amount"].reset_index(drop=True)
    pd.testing.assert_frame_equal(amount.drop(columns="equation"), plain.coefficients.drop(columns="equation"))
    row = fit.coefficients.iloc[0]
    assert row["ci_high"] - row["estimate"] == pytest.approx(1.976013 * row["std_error"], rel=1e-6)  # t, 149 df


def test_recovers_both_parts_and_covers():
    hits, found = np.zeros(2), []
    for seed in range(60):
        frame = rows(np.random.default_rng([2, seed]), n=100)
        fit, _ = hurdle(frame["outcome"].to_numpy(), frame[["size"]], frame["nis"], 0.95)
        table = fit.coefficients[fit.coefficients["term"] == "size"]
        # The logit's municipality effect of sd .5 is averaged over: the slope shrinks by about sqrt(1 + .346 x .25).
        truth = np.array([0.8 / np.sqrt(1 + 0.346 * 0.25), 0.6])
        hits += (table["ci_low"] <= truth) & (table["ci_high"] >= truth)
        found.append(table["estimate"].to_numpy())
    error = np.std(found, axis=0, ddof=1) / np.sqrt(60)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error + [0.01, 0]).all()
    assert (hits.to_numpy() >= 49).all()


def test_the_cycle_counts_from_the_last_election():
    since = years_since_election(np.array([2012, 2013, 2017, 2018, 2019, 2023, 2024]), [2018, 2012, 2024])
    assert since.tolist() == [0, 1, 5, 0, 1, 5, 0]
    assert list(cycle_dummies(since)) == ["cycle=0", "cycle=5"]
    assert list(cycle_dummies(np.array([2, 3, 3]))) == ["cycle=3"]
    with pytest.raises(StudyError, match="election_years: 2011 is before the first of"):
        years_since_election(np.array([2011, 2015]), [2012])


def task(frame, **changes):
    yearly = frame.rename(columns={"outcome": "value"})[["nis", "year", "value"]].astype({"year": "Int64"})
    yearly = yearly.assign(indicator="it_investment")
    static = frame.drop_duplicates("nis").rename(columns={"size": "value"})[["nis", "value"]]
    static = static.assign(indicator="log_population", year=pd.array([pd.NA] * len(static), "Int64"))
    panel = pd.concat([yearly, static], ignore_index=True).assign(beleidsveld="", level="municipality", period="pre")
    settings = {"exclusions": {}, "categorical": (), "minimum_municipalities": 30, "equivalence": {"alpha": 0.05}}
    settings |= {"inference": {"confidence": 0.95, "draws": 99}}
    specification = {"estimator": "hurdle", "outcome": "it_investment", "blocks": {"scale": ["log_population"]}}
    return Task(panel, specification | changes, settings, np.random.default_rng(1), "k3")


def joint(done):
    return done.inference[done.inference["test"] == "joint"].set_index("term")


def test_a_specification_finds_the_planted_cycle():
    frame = rows(np.random.default_rng(3), cycle=0.8)
    done = estimate_hurdle(task(frame, election_years=[2012, 2018, 2024]))
    table = done.fit.coefficients.set_index(["equation", "term"])
    assert table.at[("any", "cycle=5"), "block"] == "cycle" and table.at[("amount", "const"), "block"] == ""
    assert table.at[("any", "log_population"), "block"] == "scale"
    assert table.at[("amount", "cycle=5"), "ci_low"] > 0.4
    assert joint(done).index.tolist() == ["any:scale", "amount:scale", "any:cycle", "amount:cycle"]
    assert (joint(done)["p_value"] < 1e-4).all() and joint(done).at["any:cycle", "verdict"] == "F(5, 149)"
    zeros = int((frame["outcome"] == 0).sum())
    assert f"zero in {zeros} of 1500 rows; they are in the equation any only" in set(done.ledger["reason"])
    assert "cycle: reference category 1 (150 municipalities)" in set(done.ledger["reason"])


def test_a_negative_amount_is_left_out_and_counted():
    frame = rows(np.random.default_rng(8))
    frame.loc[[4, 99], "outcome"] = -1.0
    done = estimate_hurdle(task(frame))
    assert done.fit.n_obs == 1498
    assert ["not positive", 1500, 1498, "negative"] in done.ledger.values.tolist()


def test_no_cycle_is_rarely_found():
    rejected = np.zeros(2)
    for seed in range(30):
        done = estimate_hurdle(task(rows(np.random.default_rng([4, seed]), n=50), election_years=[2012, 2018, 2024]))
        rejected += joint(done).loc[["any:cycle", "amount:cycle"], "p_value"].to_numpy() < 0.05
    assert (rejected <= 7).all()


def test_separation_is_refused_by_name():
    rng = np.random.default_rng(5)
    x = pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})
    apart = (x["a"] > 0.2).to_numpy(float)
    with pytest.raises(Refusal, match="zeros and ones are separated by .*a"):
        clustered_logit(apart, x, np.arange(80))
    quasi = x.assign(flag=(np.arange(80) < 12).astype(float))  # everyone with the flag is a one
    y = np.where(np.arange(80) < 12, 1.0, rng.integers(0, 2, 80))
    with pytest.raises(Refusal, match="separated by flag$"):
        clustered_logit(y, quasi, np.arange(80))
    y, x = spector()
    assert not separating_columns(y, np.column_stack([x, np.ones(32)])).any()


def test_refusals_are_named():
    frame = rows(np.random.default_rng(6), n=40)
    outcome, size, nis = frame["outcome"].to_numpy(), frame[["size"]], frame["nis"]
    with pytest.raises(Refusal, match="1 values are negative"):
        hurdle(np.append(outcome[1:], -1.0), size, nis, 0.95)
    with pytest.raises(Refusal, match="any: 0 of 400 rows are positive"):
        hurdle(0 * outcome, size, nis, 0.95)
    with pytest.raises(Refusal, match="any: the columns of the logit are combinations of each other"):
        hurdle(outcome, size.assign(twice=2 * size["size"]), nis, 0.95)
    with pytest.raises(Refusal, match="any: 1 rows of the rarer outcome for 2 coefficients"):
        hurdle(np.append(0 * outcome[1:], 1.0), size, nis, 0.95)
    only = size.assign(zero=np.where(outcome > 0, 0.0, np.arange(400) % 2))
    with pytest.raises(Refusal, match=r"any: .*separated by zero"):
        hurdle(outcome, only, nis, 0.95)
    with pytest.raises(Refusal, match="amount: 2 municipalities with a positive value"):
        few = np.where(nis.isin(["90000", "90001"]) & (frame["year"] < 2020), 5.0, 0.0)
        hurdle(few, pd.DataFrame({"x": np.random.default_rng(7).normal(size=400)}), nis, 0.95)
    with pytest.raises(Refusal, match="all years are at the same distance"):
        estimate_hurdle(task(frame[frame["year"] == 2015], election_years=[2012]))


def test_the_cycle_is_tested_on_years_and_not_on_municipalities():
    """By hand: 1 3 3 1 has no trend; of its 24 orders the 8 that keep or swap the pairs are as large, ties counted."""
    yearly, years, since = np.array([1.0, 3.0, 3.0, 1.0]), np.arange(2014.0, 2018.0), np.array([0, 1, 1, 0])
    statistic, p_value = cycle_permutation(yearly, years, since, 9_999, np.random.default_rng(1))
    assert statistic == pytest.approx(1.0) and p_value == pytest.approx(8 / 24, abs=0.02)
    trend = cycle_permutation(2.0 * years, years, since, 99, np.random.default_rng(1))
    assert trend == (0.0, 1.0)  # a straight line is no cycle


def test_shocks_that_all_share_are_no_cycle():
    """Under year shocks alone 5 % of 2,000 samples reject, within exact binomial 99.9 % limits (3.5 to 6.7 %)."""
    rng, since = np.random.default_rng(5), np.array([2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    years = np.arange(2014.0, 2024.0)
    p_values = [cycle_permutation(rng.normal(size=10), years, since, 199, rng)[1] for _ in range(2000)]
    assert 70 <= sum(p <= 0.05 for p in p_values) <= 134


def test_the_amount_alone_has_standardised_slopes():
    frame = rows(np.random.default_rng(21), n=40)
    fit, _ = hurdle(frame["outcome"].to_numpy(), frame[["size"]], frame["nis"], 0.95)
    table = fit.coefficients.set_index(["equation", "term"])
    some = frame[frame["outcome"] > 0]
    expected = table.at[("amount", "size"), "estimate"] * some["size"].std() / np.log(some["outcome"]).std()
    assert table.at[("amount", "size"), "standardised"] == pytest.approx(expected, rel=1e-9)
    assert np.isnan(table.at[("any", "size"), "standardised"])


def test_three_municipalities_with_an_amount_are_enough_and_two_are_not():
    frame = rows(np.random.default_rng(22), n=40)
    for few in (3, 2):
        own = frame["nis"].isin(sorted(frame["nis"].unique())[:few])
        outcome = np.where(own, frame["outcome"], 0.0)
        if few == 3:
            assert hurdle(outcome, frame[["size"]], frame["nis"], 0.95)[0].n_obs == 400
        else:
            with pytest.raises(Refusal, match="amount: 2 municipalities with a positive value"):
                hurdle(outcome, frame[["size"]], frame["nis"], 0.95)


def test_every_step_of_the_ledger_has_a_number_of_its_own():
    done = estimate_hurdle(task(rows(np.random.default_rng(23), n=60), election_years=[2012, 2018, 2024]))
    assert done.ledger.index.tolist() == list(range(len(done.ledger)))
