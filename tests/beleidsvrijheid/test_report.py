"""The report: every number is read again from the file its origin names, and no digit stands anywhere else."""

import csv
import io
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from beleidsvrijheid.claims import read_ledger
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.report.embedding import inline_svg, read_caption, table_fragment
from beleidsvrijheid.report.findings import KINDS, TOPICS
from beleidsvrijheid.report.origin import Results
from beleidsvrijheid.report.words import WORDS
from beleidsvrijheid.sentences import sentence
from write_report import main

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = [ROOT / f"workflow/{name}.yaml" for name in ("indicators", "sources", "constructs")]
QUIET = ("style", "svg", "code")  # no prose; nor are names and embedded tables with their notes
VOID = ("meta", "br", "hr", "img", "link", "input")


class Page(HTMLParser):
    """spans: origin, form and text of each number; loose: prose outside of spans, names and code; tags: all with attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[tuple[str, dict]] = []
        self.spans: list[list[str]] = []
        self.loose: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.append((tag, known))
        if tag not in VOID:
            self.open.append((tag, known))
        if tag == "span" and "data-origin" in known:
            self.spans.append([known["data-origin"], known["data-form"], ""])

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(tag == "span" and "data-origin" in known for tag, known in self.open):
            self.spans[-1][2] += data
        elif not any(tag in QUIET or known.get("class") in ("name", "embedded") for tag, known in self.open):
            self.loose.append(data)


def meets(cell: str, wanted: str) -> bool:
    if wanted[:1] in "<>" and wanted:
        return cell != "" and (float(cell) > float(wanted[1:]) if wanted[0] == ">" else float(cell) < float(wanted[1:]))
    for one in wanted.split("|"):
        try:
            if cell == one or float(cell) == float(one):
                return True
        except ValueError:
            continue
    return False


def found_at(folder: Path, origin: str) -> object:
    """The value an origin names, read with nothing but the standard library."""
    parts = urlsplit(origin)
    text = (folder / parts.path).read_text(encoding="utf-8")
    if parts.path.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO(text)))
        for column, wanted in parse_qsl(parts.query, keep_blank_values=True):
            rows = [row for row in rows if meets(row[column], wanted)]
        if parts.fragment == "count":
            return len(rows)
        assert len(rows) == 1, origin
        return rows[0][parts.fragment]
    value = json.loads(text) if parts.path.endswith(".json") else yaml.safe_load(text)
    for key in parts.fragment.split("/")[1:]:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def as_written(value: object, form: str, language: str) -> str:
    """A value as a reader should see it."""
    if form == "text":
        return str(value)
    number, decimals = float(value), 3 if form == "p" else int(form.lstrip("%"))
    text = f"{number * (100 if form[0] == '%' else 1):,.{decimals}f}"
    if form == "p":
        text = "< 0.001" if number < 0.001 else f"= {text}"
    text = re.sub(r"^-(?=[0.,]*$)", "", text)
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text


def check(page: Page, folder: Path, language: str) -> int:
    labels = Labels(language)
    for origin, form, text in page.spans:
        if form == "caption":
            plain = re.sub(r"\\(.)", r"\1", (folder / origin).read_text(encoding="utf-8"))
            assert text and text in plain, origin
        elif form != "sentence":
            assert as_written(found_at(folder, origin), form, language) == text, origin
        elif language == "en":
            assert found_at(folder, origin) == text or sentence(str(found_at(folder, origin)), labels) == text, origin
    return len(page.spans)


@pytest.fixture(scope="module")
def page(finished_study) -> Page:
    return Page(finished_study.read("results/report.html"))


def files_of(study) -> list[str]:
    kinds = ("*.csv", "*.json", "*.yaml", "*.html", "*.svg", "*.rst")
    paths = [path for kind in kinds for path in sorted(study.path("results").rglob(kind))]
    return [str(path) for path in paths if path.name != "report.html"]


def write(study, report: Path, language: str = "en", files: list[str] | None = None) -> Page:
    main(
        results=files or files_of(study),
        catalogues=[str(path) for path in CATALOGUES],
        fields=str(ROOT / "workflow/tables/stable_fields.csv"),
        template=str(ROOT / "workflow/report/report.html.j2"),
        language=language,
        own_indicators={},
        report=str(report),
    )
    return Page(report.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_number_is_what_its_origin_says(page, finished_study):
    assert check(page, finished_study.folder, "en") > 100
    origin, form, text = page.spans[0]
    assert as_written(found_at(finished_study.folder, origin), form, "en") != text + "1"


@pytest.mark.slow
def test_no_digit_stands_outside_a_span(page):
    assert [text for text in page.loose if re.search(r"\d", text)] == []
    assert len("".join(page.loose)) > 2000


@pytest.mark.slow
def test_dutch_report_has_the_same_numbers_in_dutch(finished_study, page, tmp_path):
    start = time.process_time()
    dutch = write(finished_study, tmp_path / "report.html", "nl")
    assert time.process_time() - start < 3
    check(dutch, finished_study.folder, "nl")
    assert [text for text in dutch.loose if re.search(r"\d", text)] == []
    # Sources and captions come from files; the sentences are those of the English report.
    assert [origin for origin, *_ in dutch.spans] == [origin for origin, *_ in page.spans]
    assert "Wat er gevonden is" in "".join(dutch.loose)


@pytest.mark.slow
def test_page_stands_alone_and_can_be_read_aloud(page, finished_study):
    text = finished_study.read("results/report.html")
    outside = [value for _, known in page.tags for key, value in known.items() if key in ("src", "href", "xlink:href")]
    outside = [value for value in outside if not value.startswith("data:image/png;base64,")]  # a raster of matplotlib
    assert [value for value in outside if not value.startswith("#")] == []
    assert not re.search(r"@import|url\((?!#)|<script", text)
    ids = [known["id"] for _, known in page.tags if "id" in known]
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in outside} <= set(ids)
    drawings = [known for tag, known in page.tags if tag == "svg"]
    assert len(drawings) == len(finished_study_figures(finished_study))
    assert all(known["role"] == "img" for known in drawings)
    read = [known["aria-labelledby"].split() for known in drawings]  # each drawing's own title and description
    assert all(len(own) == 2 and set(own) <= set(ids) for own in read)
    assert text.count("SIMULATED DATA / GESIMULEERDE DATA") > 3
    assert '@top-center { content: "SIMULATED DATA / GESIMULEERDE DATA"' in text


def finished_study_figures(study) -> list[str]:
    return list(yaml.safe_load(study.read("config.yaml"))["figures"])


@pytest.mark.slow
def test_report_ends_with_every_claim(finished_study, page):
    rows = list(csv.DictReader(io.StringIO(finished_study.read("results/claims.csv"))))
    text = finished_study.read("results/report.html")
    ledger = text[text.index('id="ledger"') :]
    assert ledger.count('<article class="claim">') == len(rows)
    for row in rows:
        assert f"claim_id={row['claim_id']}#reason" in ledger
    assert re.findall(r'class="verdict (\w+)"', ledger) == [row["verdict"] for row in rows]


@pytest.mark.slow
def test_words_follow_the_numbers(finished_study, tmp_path):
    """A rise of dispersion that is turned into a fall, and p-values that reject nothing any more, are told as such."""
    folder = tmp_path / "results"
    files = [Path(path) for path in files_of(finished_study)]
    for path in files:
        copy = folder / path.relative_to(finished_study.path("results"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    ratios = folder / "estimates/e1_dispersion_ratio.csv"
    rows = list(csv.DictReader(io.StringIO(ratios.read_text(encoding="utf-8"))))
    for row in rows:
        if row["term"] == "sd_log_ratio":
            row.update(estimate="0.8", ci_low="0.7", ci_high="0.9")
    edited = io.StringIO()
    writer = csv.DictWriter(edited, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    ratios.write_text(edited.getvalue(), encoding="utf-8")
    tests = folder / "inference/r1_portfolio_shift.csv"
    tests.write_text(
        re.sub(r"(?m)^(r2_non_inferiority,.*?,.*?,.*?,.*?,.*?),[^,]*,", r"\1,0.4,", tests.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    paths = [str(path) for path in sorted(folder.rglob("*.*"))]
    edited_page = write(finished_study, tmp_path / "report.html", files=paths)
    check(edited_page, tmp_path, "en")
    told = "".join(edited_page.loose)
    assert "it fell" in told and "it rose" not in told
    assert "is not shown" in told and "That is shown to lie below" not in told


TWO = {
    "specifications": ("r1_portfolio_shift", "f8_shift_by_scale"),
    "tables": ("main_regression",),
    "figures": ("coefficients",),
    "claims": ("D1", "F4"),
}
EMPTY = ("diagnostics", "families", "power", "multiverse", "necessity", "qca", "mergers")


@pytest.mark.slow
def test_study_of_two_specifications_has_a_report(study_copy):
    config = yaml.safe_load(study_copy.read("config.yaml"))
    for section, kept in TWO.items():
        config[section] = {name: config[section][name] for name in kept}
    for section in EMPTY:
        config[section] = type(config[section])()
    config["replication"]["candidates"], config["fiches"] = {}, {}
    config["tables"]["main_regression"]["columns"] = list(TWO["specifications"])
    config["output"] = {"tables": ["csv"], "figures": ["png"]}
    study_copy.path("config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    study_copy.complete("results/report.html")
    small = Page(study_copy.read("results/report.html"))
    check(small, study_copy.folder, "en")
    told = "".join(small.loose)
    assert "This study asks for no multiverse, families or diagnostics." in told
    assert "results/figures/coefficients.png" in study_copy.read("results/report.html")
    assert "Dispersion by policy field" not in told and "conceptual replication" not in told


def test_refused_specification_is_told_with_its_reason(tmp_path):
    from beleidsvrijheid.report.telling import Telling

    folder = tmp_path / "results"
    (folder / "fits").mkdir(parents=True)
    entry = {"label": {"nl": "Weg", "en": "Gone & away"}, "estimator": "ols"}
    config = {"specifications": {"gone": entry, "thin": entry}, "refused": {"gone": ["no file data/raw/debt/*.csv"]}}
    (folder / "run_config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "fits/thin.json").write_text('{"status": "refused", "reason": "49 municipalities"}', encoding="utf-8")
    results = Results([str(path) for path in folder.rglob("*.*")], "en", str)
    telling = Telling(results, Labels("en"))
    assert "no file data/raw/debt/*.csv" in telling.not_estimated("gone")
    assert "Gone &amp; away" in telling.not_estimated("gone")
    assert "49 municipalities" in telling.not_estimated("thin")


def test_several_rows_where_one_is_shown_are_refused(tmp_path):
    (tmp_path / "results").mkdir()
    path = tmp_path / "results/table.csv"
    path.write_text("term,estimate\na,1\na,2\nb,<script>\n", encoding="utf-8")
    results = Results([str(path)], "en", str)
    with pytest.raises(StudyError, match="2 rows"):
        results.show("table.csv", "estimate", "0", term="a")
    assert "&lt;script&gt;" in results.show("table.csv", "estimate", "text", term="b")
    assert results.show("table.csv", "estimate", "0", term="c") == ""


def test_every_claim_has_one_topic():
    claims = [claim for names in TOPICS.values() for claim in names]
    assert sorted(claims) == sorted(read_ledger(ROOT / "workflow/claims.yaml"))
    assert set(KINDS.values()) <= {*TOPICS, "data", "summary", "question"}


def test_fixed_texts_hold_no_digit_and_the_same_braces():
    for key, (dutch, english) in WORDS.items():
        assert not re.search(r"\d", re.sub(r"{\w+}", "", dutch + english)), key
        assert sorted(re.findall(r"{(\w+)}", dutch)) == sorted(re.findall(r"{(\w+)}", english)), key


def test_drawings_keep_to_themselves():
    text = '<?xml version="1.0"?><!-- 1 --><svg role="img" aria-labelledby="t d" width="10pt" height="5pt" viewBox="0 0 1 1">'
    text += '<title id="t">x</title><desc id="d">y</desc><style>*{}</style>'
    text += '<g id="a" clip-path="url(#b)"><use xlink:href="#a"/></g></svg>'
    drawing = inline_svg(text, "one")
    assert 'id="one-a"' in drawing and "url(#one-b)" in drawing and 'href="#one-a"' in drawing
    assert "style" not in drawing and "<!--" not in drawing and "pt" not in drawing.replace("clip-path", "")
    assert drawing.startswith('<svg role="img" aria-labelledby="one-t one-d" viewBox') and 'id="one-t"' in drawing


def test_caption_and_table_are_taken_as_they_are():
    caption = read_caption("**A\\.B**\n\nShows \\*it\\*\\.\n\n* n \\= 1\n* n \\= 2\n\nClosing\\.\n")
    assert caption == ("A.B", ["Shows *it*."], ["n = 1", "n = 2"], "Closing.")
    assert table_fragment('<body><div class="scroll">\n<table></table></div><ul></ul>\n</body>').endswith("</ul>\n")
