"""Choices of the regression table, and the kinds correlation, robustness and codebook."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.pairs import PAIR_COLUMNS, pairwise
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.tables import render
from beleidsvrijheid.tables.differences import differences
from beleidsvrijheid.tables.model import STAR_LEVELS, stars

from . import published_study as study
from .published_tables import results, table
from .table_readers import rows_of

# Regression


def beneath(uncertainty: str) -> list[tuple[str, str, bool]]:
    shown = table("regression", settings={"uncertainty": uncertainty})
    rows = [row for group in shown.groups for row in group.rows if row.key == "log_population"]
    return [(row.statistic, row.cells[0].text, row.is_beneath) for row in rows]


@pytest.mark.parametrize(
    ("uncertainty", "statistics"),
    [("std_error", ["std_error"]), ("interval", ["interval"]), ("both", ["std_error", "interval"])],
)
def test_what_stands_beneath_a_coefficient_is_chosen(uncertainty, statistics):
    rows = beneath(uncertainty)
    estimate = results()["r1_portfolio_shift"].row("mean", "log_population")
    texts = {"std_error": "(0.017)", "interval": f"[{estimate['ci_low']:.3f}; {estimate['ci_high']:.3f}]"}
    assert rows[0][0] == "estimate" and not rows[0][2]
    assert rows[1:] == [(name, texts[name], True) for name in statistics]


def test_the_note_says_what_the_brackets_are():
    notes = {one: " ".join(table("regression", settings={"uncertainty": one}).notes) for one in ("interval", "both")}
    assert "95 % intervals in square brackets" in notes["interval"] and "Standard errors in" not in notes["interval"]
    assert "standard errors in brackets, 95 % intervals in square" in notes["both"]
    page = render(table("regression", settings={"uncertainty": "both"}), "html")
    assert 'rowspan="3"' in page and 'rowspan="2"' in page  # a coefficient with both; a part of R2 with its interval


def starred() -> dict:
    first = study.regression_result("r1_portfolio_shift", "Shift")
    p_values = dict(zip(first.estimates["term"], [0.2, 0.04, 0.009, 0.0004, 0.05], strict=False))
    p_values |= {"const": float("nan")}
    return {"r1": replace(first, estimates=first.estimates.assign(p_value=first.estimates["term"].map(p_values)))}


def test_stars_are_off_unless_asked_for_and_their_levels_are_told():
    shown = table("regression", results=starred())
    assert "*" not in render(shown, "md").replace("**", "") and not any("Stars" in note for note in shown.notes)
    shown = table("regression", results=starred(), settings={"stars": True})
    texts = [row.cells[0].text for row in shown.groups[0].rows if row.statistic == "estimate"]
    assert [len(text) - len(text.rstrip("*")) for text in texts] == [0, 1, 2, 3]
    assert "Stars: * p < 0.050; ** p < 0.010; *** p < 0.001." in shown.notes
    expected = [[cell.text for cell in row.cells if cell.text] for group in shown.groups for row in group.rows]
    for form in ("html", "tex", "docx", "xlsx", "csv", "md"):
        assert rows_of(render(shown, form), form, "en") == expected, form


@pytest.mark.parametrize(("p", "expected"), [(0.05, ""), (0.0499, "*"), (0.01, "*"), (0.0009, "***"), (None, "")])
def test_a_star_for_every_level_that_p_is_below(p, expected):
    assert stars(p) == expected and STAR_LEVELS == (0.05, 0.01, 0.001)


def test_columns_stand_by_outcome():
    names = {"a": "portfolio_shift", "b": "own_change", "c": "portfolio_shift"}
    found = {name: study.regression_result(name, name.upper(), outcome=outcome) for name, outcome in names.items()}
    shown = table("regression", results=found)
    assert [column.key for column in shown.columns] == ["a/mean", "c/mean", "b/mean"]
    assert [(spanner.label, spanner.span) for spanner in shown.spanners] == [("Portfolio shift", 2), ("Own change", 1)]
    assert [column.label for column in shown.columns] == ["(1) A", "(2) C", "(3) B"]


# Correlation


def task(**changes) -> Task:
    """A specification of the made-up panel."""
    settings = {"exclusions": {}, "categorical": ["belfius_family"], "minimum_municipalities": 30}
    specification = {"estimator": "ols", "outcome": "portfolio_shift", "beleidsveld": "domains", "covariance": {}}
    specification |= {
        "blocks": {"scale": ["log_population"], "capacity": ["vte_per_1000"]},
        "controls": ["reform_dose"],
    }
    return Task(study.panel(), specification | changes, settings, np.random.default_rng(0), "r1")


def wide(panel: pd.DataFrame) -> pd.DataFrame:
    own = panel[panel["year"].isna()]
    return own.pivot_table(index="nis", columns="indicator", values="value")


def test_correlations_are_those_of_the_sample():
    found = pairwise(task())
    assert list(found) == PAIR_COLUMNS and len(found) == 2 * 6 and set(found["n"]) == {280}
    values = wide(study.panel())
    for method in ("pearson", "spearman"):
        expected = values.corr(method=method)
        for row in found[found["method"] == method].itertuples():
            assert row.estimate == pytest.approx(expected.at[row.first, row.second], abs=1e-12)


def test_rows_that_the_specification_drops_are_not_correlated():
    panel = study.panel()
    gone = (panel["indicator"] == "vte_per_1000") & (panel["nis"] < "90100")
    found = pairwise(replace(task(), panel=panel.assign(value=panel["value"].mask(gone))))
    values = wide(panel)
    expected = values[values.index >= "90100"].corr()
    first = found[(found["first"] == "portfolio_shift") & (found["second"] == "log_population")].iloc[0]
    assert first["n"] == 180 and first["estimate"] == pytest.approx(expected.at["portfolio_shift", "log_population"])


def test_a_constant_has_no_correlation_and_a_refused_sample_no_rows():
    panel = study.panel()
    flat = panel["indicator"] == "reform_dose"
    found = pairwise(replace(task(), panel=panel.assign(value=panel["value"].mask(flat, 1.0))))
    assert (
        "reform_dose" not in set(found["second"])
        or found.loc[found["second"] == "reform_dose", "estimate"].isna().all()
    )
    few = replace(task(), settings=task().settings | {"minimum_municipalities": 500})
    assert pairwise(few).empty and list(pairwise(few)) == PAIR_COLUMNS


def test_pearson_stands_below_the_diagonal_and_spearman_above():
    shown = table("correlation")
    rows = shown.groups[0].rows
    assert [row.key for row in rows] == ["portfolio_shift", "vte_per_1000", "log_population", "new_mayor"]
    assert rows[1].cells[0].text == "0.12" and rows[0].cells[1].text == "0.20" and rows[1].cells[1].text == ""
    assert rows[3].cells[2].origin.equation == "pearson" and rows[2].cells[3].origin.equation == "spearman"
    assert rows[2].cells[0].text == "0.00"  # no minus zero
    assert "279 rows" in shown.notes[0]


def test_correlations_of_a_refused_specification_say_why():
    gone = {name: study.refused(result) for name, result in results().items()}
    shown = table("correlation", results=gone)
    assert shown.groups[0].rows[0].cells[0].text == "not estimated" and "12 municipalities" in shown.notes[0]


# Robustness


def test_robustness_has_a_row_per_specification_and_what_differs():
    shown = table("robustness", settings={"term": "log_population"})
    rows = shown.groups[0].rows
    assert [row.key for row in rows] == ["r1_portfolio_shift", "r1_own_change", "r1_aitchison_shift"]
    own = results()["r1_own_change"].row("mean", "log_population")
    assert rows[1].cells[0].value == own["estimate"] and rows[1].cells[3].value == 1279
    assert rows[1].cells[1].text == f"[{own['ci_low']:.3f}; {own['ci_high']:.3f}]"
    assert rows[0].cells[-1].text == "first specification"
    assert rows[1].cells[-1].text == "outcome: Own change (reformed fields)"
    assert rows[2].cells[0].text == "not estimated" and any("12 municipalities" in note for note in shown.notes)
    assert shown.groups[0].label == "ln inhabitants"


def test_a_term_that_no_specification_has_is_named():
    with pytest.raises(StudyError, match=r"term: 'log_populatoin' is in none of r1_portfolio_shift.*log_population"):
        table("robustness", settings={"term": "log_populatoin"})
    with pytest.raises(StudyError, match=r"'quantile_0.5/log_population'.*mean/log_population"):
        table("robustness", settings={"term": "log_population", "equation": "quantile_0.5"})


def test_a_term_that_one_specification_lacks_is_said_there():
    pair = results()
    rows = pair["r1_own_change"].estimates
    pair["r1_own_change"] = replace(pair["r1_own_change"], estimates=rows[rows["term"] != "log_population"])
    shown = table("robustness", results=pair, settings={"term": "log_population"})
    assert shown.groups[0].rows[1].cells[0].text == "does not have this term"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "same settings"),
        ({"controls": ["belfius_family"]}, "without Reform dose"),
        ({"controls": ["belfius_family", "reform_dose", "age_65_plus"]}, "with Share of 65 and over"),
        ({"controls": []}, "without the block Controls"),
        (
            {"blocks": {name: study.BLOCKS[name] for name in ("scale", "capacity")}},
            "without the block Political change",
        ),
        ({"blocks": study.BLOCKS | {"need": ["log_income", "age_65_plus"]}}, "with the block Needs"),
        ({"sample": {"exclude": ["coast"]}}, "sample without coastal municipalities"),
        ({"sample": {"exclude": [], "years": [2014, 2018]}}, "years 2014-2018"),
        ({"covariance": {"type": "cluster", "by": "municipality"}}, "standard errors: clustered"),
        ({"weights": "population"}, "weights: Inhabitants"),
        ({"effects": ["municipality", "year"]}, "fixed effects: municipality, year"),
        ({"transform": "log"}, "scale of the outcome: log"),
        ({"estimator": "quantile"}, "estimator: quantile"),
    ],
)
def test_every_kind_of_difference_is_said(changes, expected):
    first, other = (study.regression_result(name, name) for name in ("a", "b"))
    other = replace(other, settings=other.settings | changes)
    assert differences(first, other, study.study_labels("en")) == expected


def test_an_indicator_that_becomes_a_control_is_no_new_one():
    first, other = (study.regression_result(name, name) for name in ("a", "b"))
    blocks = {name: ids for name, ids in study.BLOCKS.items() if name != "scale"}
    controls = [*first.settings["controls"], "log_population"]
    other = replace(other, settings=other.settings | {"blocks": blocks, "controls": controls})
    assert differences(first, other, study.study_labels("en")) == "as a control: ln inhabitants"
    assert differences(first, other, study.study_labels("nl")) == "als controlevariabele: ln inwoners"


# Codebook


def test_the_codebook_has_every_indicator_once_with_what_the_panel_holds():
    shown = table("codebook")
    rows = {row.key: row for group in shown.groups for row in group.rows}
    used = {"portfolio_shift", "own_change", "aitchison_shift", "belfius_family", "reform_dose"}
    assert set(rows) == used | {name for ids in study.BLOCKS.values() for name in ids}
    assert len(rows) == sum(len(group.rows) for group in shown.groups)
    cells = dict(zip([column.key for column in shown.columns], rows["portfolio_shift"].cells, strict=True))
    values = study.panel().query("indicator == 'portfolio_shift'")["value"]
    assert (cells["min"].value, cells["max"].value) == (values.min(), values.max())
    assert cells["municipalities"].text == "280" and cells["id"].text == "portfolio_shift"
    assert cells["unit"].text == "share of the budget, 0-1" and cells["source"].text == "spending, population"
    assert cells["definition"].text == "1/2 sum_s |w_is post - w_is pre|"


def test_an_indicator_without_figures_has_no_coverage_and_no_range():
    shown = table("codebook", "nl")
    row = next(row for group in shown.groups for row in group.rows if row.key == "own_change")
    cells = dict(zip([column.key for column in shown.columns], row.cells, strict=True))
    assert [cells[key].text for key in ("municipalities", "years", "min", "max")] == [""] * 4
    assert cells["unit"].text == "ln-punten"


def test_years_are_told_as_runs():
    panel = study.panel()
    yearly = panel[panel["indicator"] == "peer_deviation"]
    more = pd.concat([yearly.assign(year=year) for year in (2014, 2015, 2016, 2019)])
    own = study.regression_result("r2", "R2", outcome="peer_deviation")
    from beleidsvrijheid.tables import build_table

    shown = build_table(
        "codebook", {"r2": own}, study.study_labels("en"), data_source="simulated", confidence=0.95, panel=more
    )
    cells = dict(zip([column.key for column in shown.columns], shown.groups[0].rows[0].cells, strict=True))
    assert cells["years"].text == "2014-2016, 2019"
