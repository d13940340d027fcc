"""Verdicts: every rule with results that must give each of its verdicts."""

from dataclasses import MISSING, fields, replace

import pandas as pd
import pytest

import record_claims
from beleidsvrijheid.claims import (
    CONTRADICTED,
    NOT_TESTABLE,
    RULES,
    SUPPORTED,
    UNDETERMINED,
    Claim,
    Row,
    judge,
    read_ledger,
    specifications_of,
)
from beleidsvrijheid.claims.ledger import CANDIDATE_COLUMNS, CLAIM_COLUMNS
from beleidsvrijheid.configuration import read_text, read_yaml, validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import UNDERPOWERED
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.plan import COLUMNS as DEVIATION_COLUMNS

from . import published_study as study

LABELS = study.study_labels("en")
EQUIVALENCE = {"r2_bounds": [0.10, 0.05], "coefficient_bounds": [0.20, 0.10], "alpha": 0.05}
BOUNDS = {"r2_bounds": (0.10, 0.05), "coefficient_bounds": (0.20, 0.10), "alpha": 0.05}
LEDGER = study.ROOT / "workflow" / "claims.yaml"


def one_row(name: str, equation: str, term: str, estimate: float, error: float, block: str = ""):
    settings = {"covariance": {"type": "HC3"}, "outcome": "portfolio_shift"}
    return study.other_result(name, [study.row(equation, term, block, estimate, error)], settings)


def fan(difference: float, upper: float, quantiles=(0.1, 0.5, 0.9)):
    """Slopes on ln inhabitants at the highest quantile and at it minus the lowest, as models.quantile names them."""
    high, low = f"{max(quantiles):g}", f"{min(quantiles):g}"
    values = {f"quantile_{high}-{low}": difference, f"quantile_{high}": upper}
    rows = [study.row(equation, "log_population", "scale", value, 0.05) for equation, value in values.items()]
    return study.other_result("s2", rows, {"outcome": "portfolio_shift", "quantiles": list(quantiles)})


def verdict(rule: str, *results, labels=LABELS, **more):
    claim = Claim(rule=rule, specifications=tuple(result.name for result in results), **BOUNDS | more)
    return judge(claim, {result.name: result for result in results}, labels)


def rows_verdict(row, *results, **more):
    claim = Claim(rule="rows", specifications=(), rows=(row,), **BOUNDS | more)
    return judge(claim, {result.name: result for result in results}, LABELS)


def test_nothing_inferential_is_left_to_a_default():
    kept = {field.name for field in fields(Claim) if field.default is MISSING}
    assert {"r2_bounds", "coefficient_bounds", "alpha"} <= kept


@pytest.mark.parametrize(("estimate", "expected"), [(0.3, SUPPORTED), (-0.3, CONTRADICTED), (0.01, UNDETERMINED)])
def test_rules_on_one_interval(estimate, expected):
    rose = one_row("e1", "reformed", "log_sd_ratio", estimate, 0.05)
    assert verdict("dispersion_rose", rose, equation="reformed").verdict == expected
    slope = one_row("p1", "mean", "log_population", estimate, 0.05)
    assert rows_verdict(Row("p1", "above", "mean", "log_population"), slope).verdict == expected
    assert verdict("fanning_out", fan(estimate, 0.3), term="log_population").verdict == expected
    share = one_row("f6", "mean", "share", 0.5 + estimate, 0.05)
    found = verdict("majority", share, threshold=0.5)
    assert (found.verdict, found.threshold) == (expected, 0.5)
    assert found.statistic == pytest.approx(0.5 + estimate)


MDE = "Smallest effect found with 80 % power: 0.140."  # 2.8 times the error of .05


@pytest.mark.parametrize(("estimate", "is_told"), [(0.3, False), (-0.3, False), (0.01, True)])
def test_an_undetermined_claim_says_what_it_would_have_found(estimate, is_told):
    rose = one_row("e1", "reformed", "log_sd_ratio", estimate, 0.05)
    slope = one_row("p1", "mean", "log_population", estimate, 0.05)
    row = Row("p1", "above", "mean", "log_population")
    found = [verdict("dispersion_rose", rose, equation="reformed"), rows_verdict(row, slope)]
    found.append(verdict("fanning_out", fan(estimate, 0.3), term="log_population"))
    share = one_row("f6", "mean", "share", 0.5 + estimate, 0.05)
    assert [one.reason.count(MDE) for one in found] == [int(is_told)] * 3
    from_threshold = "Smallest distance from 0.500 found with 80 % power: 0.140."
    assert (from_threshold in verdict("majority", share, threshold=0.5).reason) == is_told
    dutch = verdict("dispersion_rose", rose, equation="reformed", labels=study.study_labels("nl")).reason
    assert ("Kleinste effect dat met een vermogen van 80 % wordt gevonden: 0,140." in dutch) == is_told
    within = rows_verdict(Row("p1", "within", "mean", "log_population", threshold=0.1), slope)
    assert (MDE in within.reason) == (within.verdict == UNDETERMINED)
    slope.estimates["mde"] = float("nan")
    assert "80 %" not in rows_verdict(row, slope).reason


def test_the_row_that_leaves_a_claim_undetermined_says_what_it_would_have_found():
    rose = dispersion(reformed=0.3, comparison=0.0, reformed_comparison=0.01)
    assert verdict("dispersion_rose", rose, equation="reformed").reason.count(MDE) == 1
    assert verdict("fanning_out", fan(0.3, 0.01), term="log_population").reason.count(MDE) == 1
    assert by_scale(0.01, 0.3, placebo_of(0.0)).reason.count(MDE) == 1


def dispersion(**estimates: float):
    rows = [study.row(name.replace("_", "-"), "log_sd_ratio", "", value, 0.05) for name, value in estimates.items()]
    return study.other_result(
        "e1", rows, {"covariance": {"type": "municipality_bootstrap"}, "outcome": "real_spending"}
    )


@pytest.mark.parametrize(
    ("estimates", "expected"),
    [
        ({"reformed": 0.3, "comparison": 0.0}, SUPPORTED),
        ({"reformed": 0.3, "comparison": 0.3}, UNDETERMINED),
        ({"reformed": 0.3, "comparison": 0.3, "reformed_comparison": 0.2}, SUPPORTED),
        ({"reformed": 0.3, "comparison": 0.0, "reformed_comparison": 0.01}, UNDETERMINED),
        ({"reformed": -0.3, "comparison": 0.0}, CONTRADICTED),
    ],
)
def test_dispersion_must_not_rise_where_nothing_was_reformed(estimates, expected):
    found = verdict("dispersion_rose", dispersion(**estimates), equation="reformed")
    assert found.verdict == expected and "comparison fields" in found.reason
    assert ("is not tested here" in found.reason) == (estimates["comparison"] == 0 and len(estimates) == 2)


@pytest.mark.parametrize(("upper", "expected"), [(0.3, SUPPORTED), (0.01, UNDETERMINED)])
def test_lines_that_part_because_the_lower_one_falls_create_no_potential(upper, expected):
    found = verdict("fanning_out", fan(0.3, upper), term="log_population")
    assert found.verdict == expected
    assert ("swings more in small places" in found.reason) == (expected == UNDETERMINED)


def test_the_outer_quantiles_are_those_of_the_specification():
    found = verdict("fanning_out", fan(0.3, 0.3, (0.5, 0.95, 0.25)), term="log_population")
    assert found.verdict == SUPPORTED
    assert "quantile 0.95 minus 0.25" in found.reason and "quantile 0.95, ln inhabitants" in found.reason
    assert verdict("fanning_out", fan(0.3, 0.01, (0.25, 0.8)), term="log_population").verdict == UNDETERMINED


@pytest.mark.parametrize("lost", ["quantile_0.9-0.1", "quantile_0.9"])
def test_an_absent_row_of_the_outer_quantiles_is_named(lost):
    whole = fan(0.3, 0.3)
    found = verdict(
        "fanning_out", replace(whole, estimates=whole.estimates.query("equation != @lost")), term="log_population"
    )
    assert found.verdict == NOT_TESTABLE
    assert f"results/estimates/s2.csv has no row for {lost} / log_population." in found.reason


@pytest.mark.parametrize("quantiles", [None, [], [0.5]])
def test_one_quantile_fans_out_from_nothing(quantiles):
    alone = fan(0.3, 0.3)
    found = verdict("fanning_out", replace(alone, settings={"quantiles": quantiles}), term="log_population")
    assert found.verdict == NOT_TESTABLE and "s2: fewer than two quantiles" in found.reason


def test_a_share_says_of_what():
    share = one_row("f6", "mean", "share", 0.7, 0.05)
    share = replace(share, settings=share.settings | {"outcome": "budget_kept", "threshold": 0.95})
    assert "of at least 0.95 = 0.700" in verdict("majority", share, threshold=0.5).reason


def placebo_of(estimate: float, **more):
    """A placebo whose slope is tested at both bounds; the test at the stricter one never passes."""
    test = {"test": "equivalence", "term": "log_population", "bound": 0.2, "p_value": 0.0004, "power": 0.91}
    test |= {"verdict": "equivalent"} | more
    strict = test | {"bound": 0.1, "p_value": 0.4, "power": 0.3, "verdict": UNDERPOWERED}
    tests = pd.DataFrame([strict, test], columns=study.TESTS)
    return replace(one_row("s2", "mean", "log_population", estimate, 0.05), inference=tests)


def by_scale(first: float, second: float, placebo, language: str = "en"):
    main = [one_row(f"s{i}", "mean", "log_population", b, 0.05) for i, b in enumerate((first, second))]
    return verdict("slope_with_placebo", *main, placebo, labels=study.study_labels(language), term="log_population")


@pytest.mark.parametrize(
    ("first", "second", "placebo", "expected"),
    [
        (0.3, 0.3, 0.0, SUPPORTED),
        (0.3, 0.3, -0.3, SUPPORTED),
        (0.3, 0.3, 0.3, UNDETERMINED),
        (0.3, 0.01, 0.0, UNDETERMINED),
        (0.3, -0.3, 0.0, UNDETERMINED),
        (-0.3, -0.3, 0.0, CONTRADICTED),
        (-0.3, -0.3, -0.3, UNDETERMINED),
    ],
)
def test_slope_beside_a_negligible_placebo(first, second, placebo, expected):
    found = by_scale(first, second, placebo_of(placebo))
    assert found.verdict == expected
    assert found.statistic == pytest.approx(first)
    assert "s2 (placebo)" in found.reason
    assert "The placebo is negligible (|b| < 0.20): p < 0.001, power 0.910." in found.reason
    is_mixed = first * second < 0 or first == placebo
    assert ("contradict each other, or the placebo moves along" in found.reason) == is_mixed


@pytest.mark.parametrize("slope", [0.3, -0.3])
@pytest.mark.parametrize("placebo", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("outcome", ["not equivalent", UNDERPOWERED])
def test_an_insignificant_placebo_is_no_support(slope, placebo, outcome):
    found = by_scale(slope, slope, placebo_of(placebo, p_value=0.213, power=0.62, verdict=outcome))
    assert found.verdict == UNDETERMINED
    assert "The placebo is not shown to be negligible (|b| < 0.20): p = 0.213, power 0.620" in found.reason
    assert ("moves along" in found.reason) == (slope == placebo)


def test_the_placebo_speaks_dutch():
    shown = placebo_of(0.0, p_value=0.213, power=0.62, verdict="not equivalent")
    assert "(|b| < 0,20), is niet aangetoond: p = 0,213, vermogen 0,620" in by_scale(0.3, 0.3, shown, "nl").reason
    assert "De placebo is verwaarloosbaar (|b| < 0,20): p < 0,001" in by_scale(0.3, 0.3, placebo_of(0.0), "nl").reason


@pytest.mark.parametrize("more", [{"term": "vte_per_1000"}, {"bound": 0.15}, {"test": "bootstrap"}])
def test_a_placebo_without_its_own_test_at_the_primary_bound_is_no_support(more):
    found = by_scale(0.3, 0.3, placebo_of(0.0, **more))
    assert found.verdict == UNDETERMINED
    assert "results/inference/s2.csv has no equivalence test of log_population at 0.20" in found.reason


def test_the_equivalence_of_a_main_slope_is_not_that_of_the_placebo():
    main = replace(placebo_of(0.3), name="s0")
    placebo = placebo_of(0.0, verdict="not equivalent")
    assert verdict("slope_with_placebo", main, placebo, term="log_population").verdict == UNDETERMINED
    swapped = replace(placebo_of(0.3, verdict="not equivalent"), name="s0")
    assert verdict("slope_with_placebo", swapped, placebo_of(0.0), term="log_population").verdict == SUPPORTED


def r2_result(name: str, p: float, low: float, strict_p: float = 0.6):
    result = study.regression_result(name, name)
    tests = result.inference.copy()
    tests.loc[tests["bound"] == 0.10, "p_value"] = p
    tests.loc[tests["bound"] == 0.05, "p_value"] = strict_p
    return replace(
        result, inference=tests, fit=result.fit | {"residual_r2": {"r2": 0.06, "ci_low": low, "ci_high": 0.3}}
    )


def test_limited_explanation():
    small, unclear, large = r2_result("a", 0.01, 0.0), r2_result("b", 0.3, 0.02), r2_result("c", 0.9, 0.14)
    assert verdict("limited_explanation", small, r2_result("d", 0.04, 0.01, 0.001)).verdict == SUPPORTED
    assert verdict("limited_explanation", small, unclear).verdict == UNDETERMINED
    assert verdict("limited_explanation", small, large).verdict == CONTRADICTED
    found = verdict("limited_explanation", small, r2_result("d", 0.04, 0.01, 0.001))
    assert "Below the stricter bound 0.05 (does not decide): 1 of 2 specifications." in found.reason
    assert (found.statistic, found.threshold, found.specification) == (0.06, 0.10, "a d")


def test_limited_explanation_needs_the_test_of_its_bound():
    bare = replace(r2_result("a", 0.01, 0.0), inference=study.dispersion_result().inference)
    found = verdict("limited_explanation", bare)
    assert found.verdict == NOT_TESTABLE and "results/inference/a.csv" in found.reason


@pytest.mark.parametrize(("threshold", "expected"), [(0.05, SUPPORTED), (0.02, UNDETERMINED), (0.001, CONTRADICTED)])
def test_block_small(threshold, expected):
    found = verdict("block_small", study.regression_result("r1", "R1"), block="politics", threshold=threshold)
    assert found.verdict == expected and found.statistic == pytest.approx(0.0123)
    assert found.reason.count("power 0.910") == 5 and "Shapley part" in found.reason


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "silent"])
def test_absent_and_refused_results_are_not_testable_and_named(rule):
    claim = Claim(rule=rule, specifications=("r1",), term="log_population", block="politics", threshold=0.05, **BOUNDS)
    row = Row("r1", "above", "mean", "log_population")
    part = Claim(rule="rows", specifications=(), rows=(row,), **BOUNDS)
    claim = replace(claim, **{"rows": {"rows": (row,)}, "all_of": {"parts": (part,)}}.get(rule, {}))
    absent = judge(claim, {}, LABELS)
    assert absent.verdict == NOT_TESTABLE and "results/fits/r1.json is missing" in absent.reason
    gone = study.refused(study.regression_result("r1", "R1"), "no mandates")
    refused = judge(claim, {"r1": gone}, LABELS)
    assert refused.verdict == NOT_TESTABLE and "no mandates" in refused.reason


def test_a_missing_row_is_named():
    found = rows_verdict(Row("p1", "above", "mean", "log_population"), one_row("p1", "mean", "x", 1.0, 0.1))
    assert found.verdict == NOT_TESTABLE and "log_population" in found.reason


def test_reasons_speak_the_language_of_the_run():
    share = one_row("f6", "mean", "share", 0.7, 0.05)
    assert (
        "0,700, interval 0,602 tot 0,798"
        in verdict("majority", share, labels=study.study_labels("nl"), threshold=0.5).reason
    )


def test_unknown_rule_and_missing_threshold_are_named():
    with pytest.raises(StudyError, match=r"wrong value 'guess'.*majority"):
        verdict("guess", one_row("a", "mean", "x", 1.0, 0.1))
    with pytest.raises(StudyError, match="threshold"):
        verdict("majority", one_row("a", "mean", "x", 1.0, 0.1))


def test_every_claim_of_the_config_is_in_the_ledger_and_has_a_rule():
    claims = validate(read_yaml(read_text(study.ROOT / "config.yaml"), "config.yaml")).claims
    ledger = read_ledger(LEDGER)
    assert set(claims) <= set(ledger)
    assert {claim.rule for claim in claims.values()} <= set(RULES)


def test_a_ledger_entry_without_dutch_is_refused(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text("- {id: F9, source: x, statement: {en: y}, test: {nl: a, en: b}}\n", encoding="utf-8")
    with pytest.raises(StudyError, match="F9"):
        read_ledger(path)


NO_CANDIDATES = {"as_published": None, "candidates": {}}


def record(tmp_path, claims, results, language="en", refused=None, replication=NO_CANDIDATES, deviations=()):
    written = study.write_results(tmp_path / "results", results)
    workflow = study.ROOT / "workflow"
    named = {name: written.specifications.get(name, {}) for name in [*written.specifications, *(refused or {})]}
    record_claims.main(
        judged={
            "claims": claims,
            "replication": replication,
            "equivalence": EQUIVALENCE,
            "specifications": named,
            "refused": refused,
            "deviations": deviations,
        },
        files=written.files,
        ledger=str(LEDGER),
        catalogue=str(workflow / "indicators.yaml"),
        fields=str(workflow / "tables" / "stable_fields.csv"),
        language=language,
        data_source="simulated",
        outputs={name: str(tmp_path / f"{name}.csv") for name in ("claims", "replication")},
    )
    return pd.read_csv(tmp_path / "claims.csv")


def test_claims_are_recorded_one_row_each_in_order(tmp_path):
    claims = {
        "F4": {"rule": "limited_explanation", "specifications": ["r1_portfolio_shift"], "term": None},
        "S2": {"rule": "fanning_out", "specifications": ["s2_ceiling"], "term": "log_population"},
        "F6": {"rule": "majority", "specifications": ["f6_budget_kept"], "threshold": 0.5},
    }
    ceiling = study.ceiling_result()
    ceiling = replace(ceiling, settings=ceiling.settings | {"quantiles": [0.1, 0.5, 0.9]})
    results = [study.regression_result("r1_portfolio_shift", "Shift"), ceiling]
    rows = record(tmp_path, claims, results, "nl")
    assert list(rows.columns) == [*CLAIM_COLUMNS, "data_source"]
    assert list(rows["claim_id"]) == ["F4", "S2", "F6"]
    assert list(rows["verdict"]) == [SUPPORTED, SUPPORTED, NOT_TESTABLE]
    assert rows["statement"][0].startswith("Capaciteit") and set(rows["data_source"]) == {SIMULATED}
    assert "results/fits/f6_budget_kept.json ontbreekt" in rows["reason"][2]


def test_a_claim_outside_the_ledger_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"'Z9' is not in"):
        record(tmp_path, {"Z9": {"rule": "majority", "specifications": ["x"]}}, [])


def test_the_source_that_a_specification_lacks_is_named(tmp_path):
    claims = {"F6": {"rule": "majority", "specifications": ["f6_budget_kept"], "threshold": 0.5}}
    why = {"f6_budget_kept": ["budget_kept needs source cpi, which is absent: no file data/raw/cpi/*.csv"]}
    rows = record(tmp_path, claims, [], refused=why)
    assert rows["verdict"][0] == NOT_TESTABLE and "data/raw/cpi/*.csv" in rows["reason"][0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Row("a", "above", "mean", "x", threshold=0.1), SUPPORTED),
        (Row("a", "above", "mean", "x", threshold=0.5), CONTRADICTED),
        (Row("a", "above", "mean", "x", threshold=0.3), UNDETERMINED),
        (Row("a", "below", "mean", "x", threshold=0.5), SUPPORTED),
        (Row("a", "below", "mean", "x", threshold=0.1), CONTRADICTED),
        (Row("a", "within", "mean", "x", threshold=0.5), SUPPORTED),
        (Row("a", "within", "mean", "x", threshold=0.1), CONTRADICTED),
        (Row("a", "within", "mean", "x", threshold=0.3), UNDETERMINED),
    ],
)
def test_a_row_lies_where_it_is_expected_or_not(row, expected):
    found = rows_verdict(row, one_row("a", "mean", "x", 0.3, 0.05))
    assert (found.verdict, found.threshold, found.statistic) == (expected, row.threshold, 0.3)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.202, 0.398))


@pytest.mark.parametrize(("p_value", "expected"), [(0.01, SUPPORTED), (0.2, UNDETERMINED)])
def test_a_test_supports_by_rejecting_and_never_by_not_rejecting(p_value, expected):
    tests = pd.DataFrame([{"test": "joint", "term": "politics", "statistic": 4.2, "p_value": p_value, "bound": None}])
    result = replace(one_row("a", "mean", "x", 0.3, 0.05), inference=tests.reindex(columns=study.TESTS))
    found = rows_verdict(Row("a", "rejects", term="politics", test="joint"), result)
    assert found.verdict == expected and found.statistic == 4.2
    lacking = rows_verdict(Row("a", "rejects", term="scale", test="joint"), result)
    assert lacking.verdict == NOT_TESTABLE and "joint" in lacking.reason


@pytest.mark.parametrize(
    ("estimate", "p_value", "expect", "expected"),
    [
        (0.3, 0.01, "above", SUPPORTED),
        (-0.3, 0.01, "above", CONTRADICTED),
        (-0.3, 0.01, "below", SUPPORTED),
        (-0.3, 0.20, "above", UNDETERMINED),
    ],
)
def test_a_two_sided_test_has_a_direction_where_one_is_expected(estimate, p_value, expect, expected):
    test = {"test": "permutation", "term": "reform", "estimate": estimate, "p_value": p_value}
    tests = pd.DataFrame([test]).reindex(columns=study.TESTS)
    result = replace(one_row("a", "mean", "reform", estimate, 0.05), inference=tests)
    assert rows_verdict(Row("a", expect, term="reform", test="permutation"), result).verdict == expected


@pytest.mark.parametrize(("second", "expected"), [(0.1, SUPPORTED), (0.5, CONTRADICTED), (0.25, UNDETERMINED)])
def test_larger_needs_intervals_that_do_not_overlap(second, expected):
    found = verdict("larger", one_row("a", "m", "x", 0.3, 0.05), one_row("b", "m", "x", second, 0.04), term="x")
    assert found.verdict == expected and found.statistic == pytest.approx(0.3 - second)


def with_equivalence(name, estimate, verdict_, power=0.9):
    test = {"test": "equivalence", "term": "log_population", "bound": 0.20, "p_value": 0.01, "power": power}
    tests = pd.DataFrame([test | {"verdict": verdict_}]).reindex(columns=study.TESTS)
    return replace(one_row(name, "mean", "log_population", estimate, 0.02), inference=tests)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (with_equivalence("b", 0.05, "equivalent"), SUPPORTED),
        (with_equivalence("b", 0.05, "not equivalent"), UNDETERMINED),
        (with_equivalence("b", 0.05, UNDERPOWERED, 0.3), UNDETERMINED),
        (with_equivalence("b", 0.50, "not equivalent"), CONTRADICTED),
        (with_equivalence("b", -0.50, "not equivalent"), CONTRADICTED),
    ],
)
def test_negligible_needs_equivalence_everywhere(second, expected):
    found = verdict("negligible", with_equivalence("a", 0.01, "equivalent"), second, term="log_population")
    assert found.verdict == expected and found.threshold == 0.20
    assert "0.900" in found.reason or "0.300" in found.reason


def all_of(*estimates, testable=True):
    results = {f"s{i}": one_row(f"s{i}", "mean", "x", value, 0.05) for i, value in enumerate(estimates)}
    parts = [Row(name, "above", "mean", "x") for name in results] + [Row("gone", "above")] * (not testable)
    claims = tuple(Claim(rule="rows", specifications=(), rows=(row,), **BOUNDS) for row in parts)
    return judge(Claim(rule="all_of", specifications=(), parts=claims, **BOUNDS), results, LABELS)


def test_every_part_must_hold():
    assert all_of(0.3, 0.3).verdict == SUPPORTED
    assert all_of(0.3, 0.01).verdict == UNDETERMINED
    assert all_of(0.3, 0.01).statistic == 0.01  # of the part that decides
    assert all_of(0.3, -0.3).verdict == UNDETERMINED
    assert all_of(-0.3, 0.01).verdict == CONTRADICTED
    assert all_of(0.3, testable=False).verdict == UNDETERMINED
    assert all_of(-0.3, testable=False).verdict == CONTRADICTED
    assert all_of(testable=False).verdict == NOT_TESTABLE


def test_robustness_is_the_share_of_variants_that_agree_and_quotes_decide_nothing():
    results = {name: one_row(name, "mean", "x", value, 0.05) for name, value in [("a", 0.3), ("b", 0.4), ("c", 0.01)]}
    claim = Claim(
        rule="rows",
        specifications=(),
        rows=(Row("a", "above", "mean", "x"),),
        quoted=(Row("c", "above", "mean", "x"),),
        variants=("b", "c", "absent"),
        **BOUNDS,
    )
    found = judge(claim, results, LABELS)
    assert (found.verdict, found.robustness) == (SUPPORTED, 0.5)
    assert "without deciding" in found.reason and found.statistic == 0.3
    assert specifications_of(claim) == ["a"]


def test_what_no_data_can_say_is_said_with_its_reason():
    claim = Claim(rule="silent", specifications=(), because={"nl": "enkel bevraging", "en": "survey only"}, **BOUNDS)
    found = judge(claim, {}, LABELS)
    assert (found.verdict, found.reason) == (NOT_TESTABLE, "survey only")
    told = judge(
        replace(claim, quoted=(Row("a", "above", "mean", "x"),)), {"a": one_row("a", "mean", "x", 0.3, 0.05)}, LABELS
    )
    assert told.verdict == NOT_TESTABLE and "0.300" in told.reason


def test_a_variant_that_cannot_be_tested_counts_for_nothing_whatever_the_rule():
    results = {"a": one_row("a", "mean", "x", 0.3, 0.05)}
    row = Row("a", "above", "mean", "x")
    simple = Claim(rule="rows", specifications=(), rows=(row,), variants=("gone",), **BOUNDS)
    part = Claim(rule="rows", specifications=(), rows=(row,), **BOUNDS)
    parts = Claim(rule="all_of", specifications=(), parts=(part,), variants=("gone",), **BOUNDS)
    assert judge(simple, results, LABELS).robustness is None and judge(parts, results, LABELS).robustness is None


def test_every_candidate_gets_a_verdict_on_every_finding(tmp_path):
    above = {"rule": "rows", "rows": [{"specification": "a", "expect": "above", "term": "x", "threshold": 0}]}
    silent = {"rule": "silent", "because": {"nl": "zegt niets", "en": "says nothing"}}
    findings = {"used_beyond_formal": silent, "formal_stimulates": above, "little_explained": silent}
    candidates = {"r1": {"label": {"nl": "een", "en": "one"}, **findings}}
    replication = {"as_published": "r1", "candidates": candidates}
    record(tmp_path, {}, [one_row("a", "mean", "x", 0.3, 0.05)], replication=replication)
    table = pd.read_csv(tmp_path / "replication.csv")
    assert list(table.columns) == [*CANDIDATE_COLUMNS, "data_source"]
    assert list(table["verdict"]) == [NOT_TESTABLE, SUPPORTED, NOT_TESTABLE] and table["as_published"].all()


def test_a_deviation_from_the_plan_is_named_beside_the_claims_it_touches(tmp_path):
    claims = {
        "F6": {"rule": "majority", "specifications": ["f6_budget_kept"], "threshold": 0.5},
        "F3": {"rule": "majority", "specifications": ["another"], "threshold": 0.5},
    }
    changed = dict(
        zip(DEVIATION_COLUMNS, ("changed", "specifications", "f6_budget_kept", "a" * 64, "b" * 64), strict=True)
    )
    rows = record(tmp_path, claims, [], deviations=[changed])
    assert "specifications.f6_budget_kept" in rows["deviations"][0] and pd.isna(rows["deviations"][1])
