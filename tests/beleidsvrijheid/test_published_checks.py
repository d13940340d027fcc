"""The tables of diagnostics and families, and the figure of power: what they say, in two languages."""

import pandas as pd
import pytest

import build_neighbours
from beleidsvrijheid.figures import figure_bytes, style
from beleidsvrijheid.figures.canvas import Alternative, new_frame
from beleidsvrijheid.figures.power import draw_power
from beleidsvrijheid.models.relevant import relevant_rows
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.diagnostics import diagnostics_table, variant_label
from beleidsvrijheid.tables.multiplicity import multiplicity_table

from . import published_checks as checks
from . import published_study as study
from .test_diagnostics import SPECIFICATION, country, square

STYLE = study.ROOT / "workflow" / "report" / "study.mplstyle"
ENGLISH, DUTCH = study.study_labels("en"), study.study_labels("nl")
TOLD = Alternative("Power", "", "")


def rows(table):
    return {(group.key, row.key, row.is_beneath): row for group in table.groups for row in group.rows}


def test_diagnostics_are_standardised_with_their_interval_beneath():
    table = diagnostics_table(checks.extra(), ENGLISH, "simulated", 0.95)
    found = rows(table)
    first = found["r1_portfolio_shift/baseline", "baseline/as_specified", False]
    assert [cell.text for cell in first.cells] == ["0.049", "0.098", "1,279"]
    below = found["r1_portfolio_shift/baseline", "baseline/as_specified", True]
    assert below.cells[0].text == "[-0.031; 0.129]"
    flips = found["r1_portfolio_shift/influence", "influence/flips", False]
    assert flips.cells[0].text == "2"
    assert ("r1_portfolio_shift/denominators", "denominators/ratio", False) not in found  # the same as the first row


def test_notes_say_moran_the_missing_and_what_could_not_be_had():
    notes = " ".join(diagnostics_table(checks.extra(), ENGLISH, "open", 0.95).notes)
    assert "Shift: Moran's I of the residuals 0.043, p 0.123" in notes
    assert "Shift: municipalities missing: 12" in notes and "95 % interval" in notes
    assert "without suspected recoding: " in notes and "is not available" in notes
    dutch = " ".join(diagnostics_table(checks.extra(), DUTCH, "open", 0.95).notes)
    assert "is niet beschikbaar" in dutch and "Verschuiving: ontbrekende gemeenten: 12" in dutch


def test_several_specifications_are_told_apart():
    extra = {"diagnostics/a": checks.diagnostics(), "diagnostics/b": checks.diagnostics().assign(label_en="Other")}
    table = diagnostics_table(extra, ENGLISH, "simulated", 0.95)
    assert {group.label for group in table.groups} >= {"Shift: As specified", "Other: As specified"}
    refused = pd.DataFrame(
        [{"test": "refused", "variant": "", "term": "", "note": "12 municipalities, fewer than 100"}]
    )
    refused = refused.reindex(columns=checks.diagnostics().columns).assign(**checks.LABEL)
    table = diagnostics_table({"diagnostics/a": refused}, DUTCH, "simulated", 0.95)
    assert table.groups[0].rows[0].cells[0].text == "niet geschat"
    assert any("12 gemeenten, minder dan 100" in note for note in table.notes)


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("coast_applied", "without coastal municipalities"),
        ("smallest_lifted", "with smallest municipalities"),
        ("without_log_population", "without ln inhabitants"),
        ("with_clusters", "with clusters"),
        ("robustness_value", "robustness value"),
    ],
)
def test_variants_have_words(variant, words):
    assert variant_label(variant, ENGLISH) == words


def test_a_family_shows_published_and_adjusted_p():
    table = multiplicity_table(checks.extra(), ENGLISH, "simulated")
    assert [column.key for column in table.columns] == ["estimate", "p_value", "holm_p", "romano_wolf_p"]
    assert table.title == "Multiple testing: Core" and [len(group.rows) for group in table.groups] == [2, 2, 1]
    first = table.groups[0]
    assert [cell.text for cell in first.rows[0].cells] == ["0.012", "0.031", "0.187", "0.125"]
    assert (first.label, first.rows[0].label) == ("Shift", "FTE per 1000 inhabitants")
    assert table.groups[-1].rows[0].cells[0].text == "not estimated"
    holm_only = {"multiplicity/core": checks.family().assign(romano_wolf_p=float("nan"))}
    keys = [column.key for column in multiplicity_table(holm_only, ENGLISH, "simulated").columns]
    assert "romano_wolf_p" not in keys


@pytest.mark.parametrize(("labels", "words"), [(ENGLISH, b"not estimated: 12"), (DUTCH, b"niet geschat: 12")])
def test_the_figure_of_power_repeats_and_names_what_was_not_simulated(labels, words):
    with style(STYLE):
        frame = new_frame(labels, "simulated", 0.95)
        drawn = [figure_bytes(draw_power(frame, checks.extra()), "svg", "simulated", TOLD, "power") for _ in range(2)]
    assert drawn[0] == drawn[1] and words in drawn[0]


def test_no_power_at_all_is_an_empty_figure():
    with style(STYLE):
        frame = new_frame(ENGLISH, "simulated", 0.95)
        assert figure_bytes(draw_power(frame, {}), "png", "simulated", TOLD, "power")


def test_the_job_writes_neighbours(tmp_path):
    shapes = pd.DataFrame({"nis": ["11002", "11001"], "geometry": [square(3.01, 51.0), square(3.0, 51.0)]})
    shapes.to_parquet(tmp_path / "geometry.parquet")
    build_neighbours.main(tmp_path / "geometry.parquet", tmp_path / "neighbours.parquet")
    found = pd.read_parquet(tmp_path / "neighbours.parquet")
    assert found.to_numpy().tolist() == [["11001", "11002"], ["11002", "11001"]]


@pytest.mark.parametrize(
    "text",
    [
        "recoding_flag is not in the panel",
        "3 municipalities are missing, fewer than 5",
        "who is missing is told exactly by what is known (separation)",
        "log_population is not known of every municipality",
        "2 municipalities border another one of the sample, fewer than 3",
        "the study has no boundaries of municipalities",
        "the outcome is in logs already",
        "a municipality is the only one of its kind (leverage 1): no slope without it",
        "no slope can be told apart: the design is singular",
        "no such test",
        "not estimated",
    ],
)
def test_every_reason_has_dutch(text):
    assert sentence(text, DUTCH) != text


def test_only_rows_of_named_indicators_are_searched_unless_a_municipality_would_be_lost():
    panel = country()
    rows = relevant_rows(panel, [SPECIFICATION], ["province"])
    named = {"portfolio_shift", "vte_per_1000", "log_population", "belfius_family", "province"}
    assert set(rows["indicator"]) == named
    more = pd.concat([panel, panel.iloc[:1].assign(nis="99999", indicator="other")], ignore_index=True)
    assert relevant_rows(more, [SPECIFICATION]) is more
