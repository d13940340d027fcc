"""Tables: one number in every format, labels in two languages, no text that can do harm."""

import io
import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest

import make_table
from beleidsvrijheid.attribution import INTERVAL_COVERAGE, INTERVAL_METHOD
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.publication import Result, read_ids
from beleidsvrijheid.tables import KINDS, RENDERERS, render
from beleidsvrijheid.tables.alignment import Shape, blanks, shapes
from beleidsvrijheid.tables.model import (
    Cell,
    Column,
    Group,
    Row,
    Table,
    digits_for,
    interval_text,
    p_text,
    per_column_notes,
)
from beleidsvrijheid.tables.render_tex import escape
from beleidsvrijheid.tables.render_text import inert

from . import published_study as study
from .published_tables import expected_rows, hostile_labels, results, table, usual
from .table_readers import all_text, rows_of, tags_of, tex_rows


def tex_width(row: str) -> int:
    """Columns that a row fills: unescaped ampersands, and the columns of every multicolumn."""
    spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d+)\}", row)]
    return len(re.findall(r"(?<!\\)&", row)) + 1 + sum(span - 1 for span in spans)


def check_tex(tex: str) -> None:
    """Braces and environments balance, every row fills all columns, no bare special character."""
    tex = "\n".join(line for line in tex.splitlines() if not line.startswith("% "))
    bare = tex.replace(r"\\", "").replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    opened = []
    for verb, name in re.findall(r"\\(begin|end)\{(\w+)\}", tex):
        if verb == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    alignment = re.search(r"\\begin\{(?:tabular|longtable)\}\{([^\n]*)\}\n", tex)[1]
    width = len(re.sub(r"p\{\d+pt\}", "p", alignment))
    rows = [row for row in tex_rows(tex) if not row.startswith(r"\caption")]
    assert rows and {tex_width(row) for row in rows} == {width}
    assert not re.search(r"(?<!\\)[%#]", tex)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_cell_prints_the_same_in_every_format(kind, language):
    shown = usual(kind, language)
    expected = expected_rows(shown)
    assert sum(map(len, expected)) > 10
    for form in ("html", "md", "docx", "xlsx"):
        assert rows_of(render(shown, form), form, language) == expected, form
    assert rows_of(render(shown, "csv"), "csv", language) == [[inert(text) for text in row] for row in expected]
    tex = [cell for row in rows_of(render(shown, "tex"), "tex", language) for cell in row]
    numbers = [text for row in expected for text in row if re.search(r"\d", text) and not re.search(r"[a-z]", text)]
    assert [cell for cell in tex if cell in set(numbers)] == numbers


def test_csv_values_are_the_results_to_ten_digits_with_their_origin():
    rows = pd.read_csv(io.StringIO(render(table("regression", "nl"), "csv")))
    estimates = results()["r1_own_change"].estimates.set_index("term")["estimate"]
    shown = rows[(rows["specification"] == "r1_own_change") & (rows["statistic"] == "estimate")]
    assert len(shown) == 12
    for _, row in shown.iterrows():
        assert float(row["value"]) == pytest.approx(estimates[row["term"]], rel=1e-9)
        assert (row["equation"], row["source_column"]) == ("mean", "estimate")
    assert set(rows["data_source"]) == {SIMULATED}


@pytest.mark.parametrize("kind", KINDS)
def test_the_language_changes_labels_and_number_format_only(kind):
    dutch, english = usual(kind, "nl"), usual(kind)
    assert [c.key for c in dutch.columns] == [c.key for c in english.columns]
    swap = str.maketrans(",.", ".,")
    for one, other in zip(dutch.groups, english.groups, strict=True):
        for row, twin in zip(one.rows, other.rows, strict=True):
            assert row.key == twin.key
            for cell, match in zip(row.cells, twin.cells, strict=True):
                assert (cell.value, cell.origin) == (match.value, match.origin)
                if cell.value is not None:
                    assert cell.text.translate(swap) == match.text
    assert dutch.title != english.title and dutch.notes != english.notes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", RENDERERS)
def test_every_form_says_that_data_are_simulated(kind, form):
    assert SIMULATED in all_text(render(usual(kind), form), form)
    assert SIMULATED not in all_text(render(usual(kind, data_source="open"), form), form)


@pytest.mark.parametrize("kind", KINDS)
def test_tex_is_well_formed(kind):
    check_tex(render(table(kind, "nl"), "tex"))
    check_tex(render(table(kind, labels=hostile_labels()), "tex"))


def test_a_long_table_is_no_float():
    names = {f"s{place}": study.regression_result(f"s{place}", f"S {place}") for place in range(12)}
    tex = render(table("attrition", results=names), "tex")
    check_tex(tex)
    assert r"\begin{longtable}" in tex and r"\begin{table}" not in tex
    assert SIMULATED in tex


def test_hostile_labels_are_inert_in_every_format():
    shown = table("regression", labels=hostile_labels())
    tex = render(shown, "tex")
    assert r"\input" not in tex and r"\textbackslash{}input" in tex
    assert "script" not in tags_of(render(shown, "html"))
    assert "<script" not in render(shown, "html")
    assert re.search(r"(?<!\\)<script", render(shown, "md")) is None
    assert "\\|" in render(shown, "md")


def test_every_special_character_of_tex_is_escaped():
    assert escape(r"\&%$#_{}~^") == (r"\textbackslash{}\&\%\$\#\_\{\}\textasciitilde{}\textasciicircum{}")
    assert escape("[2pt]*") == "{[}2pt{]}{*}"
    assert escape("a\nb\x00c") == "a b c"


def test_spreadsheet_formulas_are_inert_and_numbers_stay_numbers():
    assert inert("=1+1") == "'=1+1" and inert("@x") == "'@x" and inert("-x") == "'-x"
    assert inert("-0.043") == "-0.043" and inert("-1.2e-05") == "-1.2e-05" and inert("[-1; 2]") == "[-1; 2]"


def test_a_refused_specification_is_a_column_with_its_reason():
    shown = table("regression")
    assert [column.key for column in shown.columns][-1] == "r1_aitchison_shift"
    cells = [row.cells[-1].text for group in shown.groups for row in group.rows]
    assert set(cells) == {"", "not estimated"}
    assert any("(3) not estimated: 12 municipalities" in note for note in shown.notes)
    attribution = table("attribution")
    assert attribution.groups[-1].rows[0].cells[0].text == "not estimated"


def test_all_specifications_refused_still_gives_tables():
    nothing = {name: study.refused(result) for name, result in results().items()}
    for kind in KINDS:
        shown = table(kind, results=nothing)
        for form in RENDERERS:
            text = all_text(render(shown, form), form)
            told = "not estimated" in text or ",refused,status,reason," in text
            assert told or kind in ("descriptives", "codebook", "claims", "replication", "deviations")


def test_the_notes_tell_sample_covariance_and_limits():
    notes = " ".join(table("regression").notes)
    assert "1,285 rows, 1,279 used" in notes and "FTE growth over 5 years" in notes
    assert study.COVARIANCE in notes and "do not identify effects" in notes
    assert "seed 20160101" in notes and "three decimals" in notes


def test_different_samples_are_noted_by_column():
    pair = results()
    other = study.samples(("start", 300, 300, "x"), ("singletons", 300, 290, "one row only"))
    pair["r1_own_change"] = replace(pair["r1_own_change"], samples=other)
    notes = table("regression", results=pair).notes
    assert any(note.startswith("(1) Sample: 1,285") for note in notes)
    assert any(note.startswith("(2) Sample: 300") for note in notes)


def test_categories_share_one_row_and_quantiles_get_their_own_columns():
    rows = [row.key for group in table("regression").groups for row in group.rows]
    assert rows.count("belfius_family") == 1 and "belfius_family=1" not in rows
    quantiles = table("regression", results={"s2_ceiling": study.ceiling_result()})
    assert [column.key for column in quantiles.columns][0] == "s2_ceiling/quantile_0.1"
    assert len(quantiles.columns) == 4


def two_equations(name: str, **settings) -> Result:
    """A specification with a mean and a ln variance, and what a location-scale model says of itself."""
    first = study.regression_result(name, name.upper())
    twin = first.estimates.assign(equation="log_variance")
    reform = first.estimates[:1].assign(equation="log_variance", term="reform", block="reform")
    convention = (
        "maximum likelihood, standard errors by one-step jackknife over clusters (CR3), G clusters; t and F with G-1"
    )
    fit = first.fit | {"estimator": "location_scale", "clustered_convention": f"{convention} degrees of freedom"}
    warned = {"warnings": ["016: positive in both periods for 49 municipalities, fewer than 100; no estimate"]}
    chains = study.samples(
        ("start", 285, 285, "municipalities"),
        ("outlier rule", 285, 283, "smallest: 2 municipalities"),
        ("start", 3000, 3000, "municipalities x fields x years"),
        ("missing outcome", 3000, 2900, "016: no figure"),
        ("missing outcome", 2900, 2890, "071: no figure"),
    )
    told = {"estimates": pd.concat([first.estimates, twin, reform]), "fit": fit | warned, "samples": chains}
    return replace(first, settings=first.settings | {"estimator": "location_scale"} | settings, **told)


def test_two_equations_stand_apart_with_the_reform_first():
    pair = {name: two_equations(name, transform=how) for name, how in (("e3", "log"), ("e3_log1p", "log1p"))}
    shown = table("regression", results=pair)
    assert shown.title == "Mean and dispersion estimated together"
    assert [column.key for column in shown.columns] == [
        *("e3/mean", "e3_log1p/mean", "e3/log_variance", "e3_log1p/log_variance")
    ]
    assert [(spanner.label, spanner.span) for spanner in shown.spanners] == [("Mean", 2), ("ln variance", 2)]
    assert shown.groups[0].key == "reform" and shown.groups[0].rows[0].label == "Reformed field × after"
    assert {cell.text for cell in shown.groups[-1].rows[-1].cells} == {"jackknife (CR3)"}


def test_a_location_scale_table_says_scale_sample_jackknife_and_warnings():
    pair = {name: two_equations(name, transform=how) for name, how in (("e3", "log"), ("e3_log1p", "log1p"))}
    notes = table("regression", results=pair).notes
    assert "(1), (3) Dependent variable: ln(Portfolio shift)." in notes
    assert "(2), (4) Dependent variable: ln(1 + Portfolio shift)." in notes
    assert any("3,000 rows, 2,890 used; dropped: 110 by missing outcome" in note for note in notes)
    assert any("(CR3)" in note for note in notes) and any("for 49 municipalities" in note for note in notes)
    dutch = " ".join(table("regression", "nl", results=pair).notes)
    assert "jackknife in één stap" in dutch
    assert "2 door uitbijterregel" in dutch and "49 gemeenten" in dutch


def test_one_specification_keeps_its_equations_in_the_headings():
    shown = table("regression", results={"e3": two_equations("e3", transform="log")})
    assert [column.label for column in shown.columns] == ["(1) E3, mean", "(2) E3, ln variance"]
    assert shown.spanners[0].label == "ln(Portfolio shift)"


def test_text_too_long_for_a_column_stands_beneath_its_row():
    reason = "a long account of what was found " * 12
    columns = (Column("n", "N"), Column("reason", "Reason", is_text=True))
    rows = tuple(Row(f"r{n}", f"row {n}", (Cell("1", 1.0), Cell(reason))) for n in range(3))
    shown = Table("T", "Row", columns, (Group("g", "", rows),), ("note",), "en", "simulated")
    tex = render(shown, "tex")
    check_tex(tex)
    assert tex.count(r"\emph{Reason}: a long account") == 3 and re.search(r"\\begin\{tabular\}\{p\{\d+pt\}c\}", tex)


def test_descriptives_follow_the_panel():
    shown = table("descriptives")
    values = study.panel().query("indicator == 'portfolio_shift'")["value"]
    row = shown.groups[0].rows[0]
    assert row.key == "portfolio_shift/domains"
    expected = [280, values.mean(), values.std(), values.min(), values.median(), values.max()]
    assert [cell.value for cell in row.cells] == pytest.approx(expected)


def test_attrition_rows_add_up():
    shown = table("attrition")
    for group in shown.groups:
        for row in group.rows:
            rows_in, rows_out, lost = (cell.value for cell in row.cells[:3])
            assert row.key == "refused" or rows_in - rows_out == lost


def test_attribution_gives_r2_its_interval_and_a_p_for_each_bound():
    shown = table("attribution")
    total = shown.groups[0].rows[-1]
    assert [column.key for column in shown.columns][-2:] == ["p_0.1", "p_0.05"]
    assert [cell.text for cell in total.cells] == ["0.062", "[0.012; 0.112]", *[""] * 5, "0.032", "0.610"]


def interval_notes(language: str, *texts: str) -> list[str]:
    told = [
        replace(study.regression_result(f"r{place}", "R"), fit=study.fit(f"r{place}", attribution_interval=text))
        for place, text in enumerate(texts)
    ]
    notes = table("attribution", language, results={result.name: result for result in told}).notes
    return [note for note in notes if note.startswith(("Interval of the parts", "Interval van de delen"))]


def test_the_attribution_table_says_how_far_its_intervals_can_be_trusted():
    text = f"{INTERVAL_METHOD}; {INTERVAL_COVERAGE}"
    assert interval_notes("en", text, text, "") == [f"Interval of the parts: {text}."]
    (dutch,) = interval_notes("nl", text, text, "")
    assert "voor vertekening gecorrigeerde bootstrap" in dutch and "coverage" not in dutch
    assert [n.replace(",", ".") for n in re.findall(r"\d+(?:,\d+)?", dutch)] == re.findall(r"\d+(?:\.\d+)?", text)
    assert interval_notes("nl", "") == []


def test_the_lowest_coverage_is_stated_with_the_cases_it_is_the_lowest_of():
    lowest = float(re.search(r"lowest ([\d.]+) %", INTERVAL_COVERAGE)[1])
    ranges = re.findall(r"([\d.]+)-([\d.]+) %", INTERVAL_COVERAGE)
    assert len(ranges) == 6 and lowest == min(float(low) for low, _ in ranges)


def test_an_interval_of_another_version_is_told_as_it_was_written():
    new = f"{INTERVAL_METHOD}; {INTERVAL_COVERAGE}"
    assert interval_notes("nl", "some older method") == ["Interval van de delen: some older method."]
    (both,) = interval_notes("nl", "some older method", new)
    assert "some older method; voor vertekening" in both


def test_the_account_tells_losses_and_what_was_removed_on_one_line():
    steps = study.samples(
        ("start", 285, 285, "municipalities x portfolio_shift domains"),
        ("missing outcome", 285, 285, "no value of the outcome"),
        ("missing predictor", 285, 283, "vte_growth_5y"),
        ("absorbed", 283, 283, "new_mayor: column removed, by the fixed effects"),
        ("absorbed", 283, 283, "fragmentation: column removed, by the fixed effects"),
    )
    result = replace(study.regression_result("r1", "R1"), samples=steps)
    rows = table("attrition", "nl", results={"r1": result}).groups[0].rows
    assert [row.key for row in rows] == ["start", "missing predictor", "absorbed"]
    assert rows[0].cells[-1].text == "gemeenten × Portefeuilleverschuiving (beleidsdomeinen)"
    told = "Nieuwe burgemeester, Fragmentatie van de raad: kolom vervalt, door de vaste effecten"
    assert rows[2].cells[-1].text == told


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("0.02", Shape("(", "-", "12", 4), ("(-1", "00)")),
        ("(0.0211)", Shape("(", "-", "0", 4), ("-", "")),
        ("-1.5", Shape("", "-", "1", 1), ("", "")),
        ("283", Shape("", "", "2,850", 0), ("2,", "")),
        ("283", Shape("", "", "0", 3), ("", "")),
        ("<0.001", Shape("", "", "0", 3), ("", "")),
    ],
)
def test_numbers_stand_under_each_other_at_the_decimal_mark(text, shape, expected):
    assert blanks(Cell(text, 1.0), shape, "en") == expected
    assert blanks(Cell(text), shape, "en") == ("", "")


def test_aligned_numbers_of_a_column_are_equally_wide():
    shown = table("regression", "nl")
    for place, shape in enumerate(shapes(shown)):
        cells = [row.cells[place] for group in shown.groups for row in group.rows]
        both = [(cell.text, "".join(blanks(cell, shape, "nl"))) for cell in cells if "," in cell.text and cell.value]
        assert len({len(text) + len(blank) for text, blank in both}) <= 1


def test_long_labels_wrap_in_tex_beside_the_number_beneath():
    labels = study.study_labels("en")
    long = {key: entry | {"label": {"en": "a rather long label " * 3}} for key, entry in labels.indicators.items()}
    rows = tex_rows(render(table("regression", labels=replace(labels, indicators=long)), "tex"))
    beneath = [row for row in rows if row.startswith(r"\quad{}") and "(" in row]
    assert beneath


def test_rounding_rules():
    assert digits_for(0.0171, 2, 3, 6) == 3 and digits_for(0.0000211, 2, 3, 6) == 6
    assert digits_for(322, 2, 3, 6) == 0 and digits_for(32, 2, 3, 6) == 1 and digits_for(9.9, 2, 3, 6) == 3
    assert digits_for(322, 3, 0, 4) == 0 and digits_for(float("nan"), 2, 3, 6) == 3
    assert p_text(0.0004, "nl") == "<0,001" and p_text(float("nan"), "en") == ""
    assert interval_text(-0.5, 1234.5, 1, "nl") == "[-0,5; 1.234,5]"


def test_wrong_kind_and_format_are_named():
    with pytest.raises(StudyError, match=r"wrong value 'pie'.*regression"):
        table("pie")
    with pytest.raises(StudyError, match=r"wrong value 'pdf'.*docx"):
        render(table("attrition"), "pdf")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_tex_compiles(kind, tmp_path):
    packages = r"\usepackage[T1]{fontenc}\usepackage{booktabs,threeparttable,longtable}"
    fragment = render(table(kind, labels=hostile_labels()), "tex")
    page = rf"\documentclass{{article}}{packages}\begin{{document}}{chr(10)}{fragment}\end{{document}}"
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout.decode("latin-1")[-2000:]


def test_neighbouring_columns_share_a_note():
    texts = {"(1)": "a", "(2)": "a", "(3)": "a", "(4)": "b", "(5)": "a"}
    assert per_column_notes(texts, "note.plain", "en") == ["(1)-(3), (5) a", "(4) b"]
    assert per_column_notes({"(1)": "a", "(2)": "a"}, "note.plain", "en") == ["a"]
    assert per_column_notes({"(1)": "", "(2)": ""}, "note.plain", "en") == []


@pytest.mark.parametrize(
    ("term", "label"),
    [
        ("log_population", "ln inwoners"),
        ("belfius_family=2", "Belfiusfamilie: 2"),
        ("post_reform:new_mayor", "Na de hervorming × Nieuwe burgemeester"),
        ("const", "Constante"),
        ("never_heard_of", "never_heard_of"),
    ],
)
def test_terms_have_labels(term, label):
    assert study.study_labels("nl").term(term) == label


@pytest.mark.parametrize(
    ("equation", "label"),
    [
        ("mean", ""),
        ("087/8", "Voordelen in het onderwijs"),
        ("reformed", "hervormde velden"),
        ("quantile_0.9-0.1", "kwantiel 0,9 min 0,1"),
    ],
)
def test_equations_have_labels(equation, label):
    assert study.study_labels("nl").equation(equation) == label


def test_an_empty_or_foreign_result_file_is_named(tmp_path):
    empty, foreign = tmp_path / "empty.csv", tmp_path / "foreign.csv"
    empty.write_text("")
    foreign.write_text("a,b\n1,2\n")
    with pytest.raises(StudyError, match=r"empty\.csv: the file is empty"):
        read_ids(empty)
    with pytest.raises(StudyError, match=r"foreign\.csv: column 'term' is missing"):
        read_ids(foreign, ("term",))


def test_the_job_writes_every_format_and_the_caption(tmp_path):
    written = study.write_results(tmp_path, list(results().values()))
    forms = ("tex", "html", "csv", "md", "caption")
    outputs = {form: str(tmp_path / f"table.{form}") for form in forms}
    workflow = study.ROOT / "workflow"
    make_table.main(
        settings={"kind": "regression", "columns": ["r1_own_change", "never_run"]},
        specifications={"r1_own_change": written.specifications["r1_own_change"], "never_run": {}},
        files=written.files,
        panel=str(tmp_path / "panel.parquet"),
        catalogue=str(workflow / "indicators.yaml"),
        fields=str(workflow / "tables" / "stable_fields.csv"),
        language="en",
        data_source="simulated",
        confidence=0.95,
        outputs=outputs,
    )
    page = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "(2) not estimated: results/fits/never\\_run.json is missing" in page
    assert all((tmp_path / f"table.{form}").stat().st_size > 100 for form in forms)
