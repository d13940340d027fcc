"""One hostile input of each class through Snakemake itself: one message on the terminal, nothing written, nothing run."""

import csv
import io
import json

import openpyxl
import pytest

from ..beleidsvrijheid.table_readers import all_text, tags_of
from .account import Outcome, record
from .mutations import zipped
from .settings import edited
from .test_hostile_files import book
from .test_hostile_settings import BOMBS, SEED, extending
from .test_hostile_texts import elements_of

# Class -> the configuration, words of the command line, what the message names.
SETTINGS = {
    "YAML traps": (edited(SEED, SEED), ["--config", "seed=02000"], "--config seed"),
    "wrong types, unknown keys": (edited(SEED, "seed: [1]\nsead: 1"), [], "did you mean 'seed'"),
    "keys twice": (edited(SEED, f"{SEED}\nseed: 7"), [], "'seed' occurs twice"),
    "alias bombs": (BOMBS["nine levels of nine"], [], "aliases"),
    "cycles in extends": (extending(("a", "b"), ("b", "a")), [], "goes in a circle"),
    "paths and links": (edited("  coast:", '  "../canary":'), [], "../canary"),
    "SPARQL and code": (
        edited("outcome: portfolio_shift", "outcome: \"__import__('os').system('touch canary')\""), [], "outcome",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_configuration_is_refused_before_anything_runs(canary, tmp_path, snakemake_run, name):
    text, words, named = SETTINGS[name]
    study = tmp_path / "study"
    study.mkdir()
    (study / "config.yaml").write_text(text, encoding="utf-8")
    done = snakemake_run(study, *words)
    told = done.stdout + done.stderr
    made = sorted(one.name for one in study.iterdir() if one.name not in ("config.yaml", ".snakemake"))
    fine = done.returncode != 0 and named in told and "Traceback" not in told and not made
    result = "executed" if canary.exists() else "refused" if fine else "traceback" if "Traceback" in told else "silent"
    record(Outcome("end to end", name, "a configuration", result, told))


# Files of four classes in one run: each job ends with its own message.

CROSSWALK = (
    "nis_2018,nis_2019,nis_2025,naam_2018,naam_2019,naam_2025,prov_2018,prov_2025\n"
    "44021,44021,44021,Gent,Gent,Gent,40000,40000\n"
)
FILES = {
    "archives": ("population", "TF_SOC_POP_STRUCT_2022.zip", zipped({"../canary.txt": b"A|B\n1|2\n"}), "path out of the archive"),
    "workbooks": ("staff", "personeel.xlsx", book(lambda xml: xml.replace('r="B5"', 'r="XFD1048576"')), "far from the data"),
    "decimals and encodings": ("cpi", "tidy.csv", b'year,index\n2020,"1.234,5"\n', "'1.234,5'"),
    "SPARQL and code": ("mandates", "tidy.csv", b"nis,\"__import__('os').system('touch canary')\"\n44021,1\n", "is not known"),
}  # fmt: skip


def test_files_are_refused_by_their_jobs(canary, tmp_path, snakemake_run):
    study = tmp_path / "study"
    text = edited("source: simulated\n  on_absent: stop", "source: open\n  on_absent: refuse")
    contents = {"municipalities/units.csv": CROSSWALK.encode()}
    contents |= {f"{source}/{file}": content for source, file, content, _ in FILES.values()}
    for name, content in contents.items():
        path = study / "data/raw" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    (study / "config.yaml").write_text(text, encoding="utf-8")
    done = snakemake_run(study, "--keep-going", *(f"data/processed/parsed/{one[0]}.parquet" for one in FILES.values()))
    told = done.stdout + done.stderr
    for group, (source, file, _, named) in FILES.items():
        messages = [line for line in told.splitlines() if file in line and named in line and "ERROR" in line]
        made = (study / f"data/processed/parsed/{source}.parquet").exists()
        fine = len(messages) == 1 and not made and done.returncode != 0
        result = "traceback" if "Traceback" in told else "refused" if fine else "silent"
        is_run = canary.exists() or list(tmp_path.rglob("canary.txt"))
        record(Outcome("end to end", group, file, "executed" if is_run else result, "\n".join(messages) or told))


# A label with something for every program that shows it, through estimate, tables and figure.

LABEL = r"=cmd|' /C touch canary'!A0 <script>alert(1)</script> \input{/etc/passwd} $\badcmd$ {{ 7 * 7 }} `x`_ %s"


def test_a_label_is_text_in_every_file(canary, study_copy):
    label = "{nl: Portefeuilleverschuiving naar schaal, en: Portfolio shift by scale}"
    study_copy.edit(label, f"{{nl: schaal, en: {json.dumps(LABEL)}}}")
    forms = ("tex", "html", "docx", "xlsx", "csv", "md")
    tables = {form: study_copy.path(f"results/tables/scale_robustness.{form}") for form in forms}
    drawing = study_copy.path("results/figures/coefficients.svg")
    paths = [str(one.relative_to(study_copy.folder)) for one in (*tables.values(), drawing)]
    study_copy.complete(*paths)
    cells = [cell for row in csv.reader(io.StringIO(tables["csv"].read_text(encoding="utf-8"))) for cell in row]
    book = openpyxl.load_workbook(tables["xlsx"])
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    tex = tables["tex"].read_text(encoding="utf-8")
    page = tables["html"].read_text(encoding="utf-8")
    found = {
        "formula injection: csv": not [one for one in cells if one.startswith("=")],
        "formula injection: xlsx": {one.data_type for one in written} == {"s", "n"},
        "LaTeX, HTML and mathtext: tex": r"\input" not in tex and r"\textbackslash{}input" in tex,
        "LaTeX, HTML and mathtext: html": "script" not in tags_of(page) and "&lt;script&gt;" in page,
        "LaTeX, HTML and mathtext: docx": LABEL in all_text(tables["docx"].read_bytes(), "docx"),
        "LaTeX, HTML and mathtext: svg": not {"script", "foreignObject"} & elements_of(drawing.read_bytes()),
    }
    for name, fine in found.items():
        group, _, form = name.rpartition(": ")
        result = "inert" if fine and not canary.exists() else "executed"
        record(Outcome("end to end", group, form, result, LABEL))
