"""docs/extending.md: its blocks, applied to a copy of the project as they stand, do what the page promises."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.configuration import merge

from .conftest import HERE, PARTS, QUICK, ROOT, Study

PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(New file|Append|Edit) `([^`]+)`:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
MORE = (
    "docs",
    "tests",
    "benchmarks",
    "config.yaml",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
)
KEPT = ("study", "seed", "simulation", "geography", "period", "sectors", "baskets", "deflator", "outliers", "blocks")
KEPT += ("inference", "equivalence")
CODES = [str(code) for code in range(95101, 95131)]
CUT = len(CODES) // 10  # municipalities that the trimmed mean leaves out at either end
PLANTED = 0.05


def fenced(language: str) -> list[str]:
    """Blocks in a language that belong to no file of the project."""
    return re.findall(rf"^```{language}\n(.*?)^```$", BLOCK.sub("", PAGE), re.MULTILINE | re.DOTALL)


def applied(project: Path, kind: str, path: str, text: str) -> None:
    """One block of the page, as its first lines say how."""
    target = project / path
    if kind == "New file":
        assert not target.exists(), path
        target.write_text(text, encoding="utf-8")
    elif kind == "Append":
        target.write_text(target.read_text(encoding="utf-8") + text, encoding="utf-8")
    else:
        old, new = ("\n".join(re.findall(rf"^\{sign}(.*)$", text, re.MULTILINE)) for sign in "-+")
        before = target.read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{path}: {old!r} stands there {before.count(old)} times"
        target.write_text(before.replace(old, new), encoding="utf-8")


def python(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The interpreter of the tests in the copy; what it printed is in the message where it fails."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=os.environ | HERE | QUICK,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def planted() -> pd.Series:
    """Growth of each municipality: a little around the planted mean, and as many extremes as are left out."""
    growth = PLANTED + np.where(np.arange(len(CODES)) % 2, 0.02, -0.02)
    growth[:CUT], growth[-CUT:] = 3.0, -1.0
    return pd.Series(growth, index=CODES)


def small_study(project: Path, folder: Path) -> Study:
    """Thirty municipalities that never merged, their inhabitants, the two lines of the page, and its fragment."""
    config = {name: entry for name, entry in yaml.safe_load(shipped(project)).items() if name in KEPT}
    refused = {"label": {"nl": "Verschuiving <b>", "en": "Shift <b>"}, "estimator": "ols", "outcome": "portfolio_shift"}
    refused |= {"beleidsveld": "domains", "blocks": {"scale": ["log_population"]}, "covariance": {"type": "HC3"}}
    more = {"data": {"source": "open", "on_absent": "refuse"}, "specifications": {"my_refused": refused}}
    more |= {"output": {"tables": ["html", "md"], "figures": ["svg"]}, "figures": {}, "claims": {}}
    config = merge(config, more | {"sectors": {"minimum_municipalities": 10}, "study": {"language": "nl"}})
    for text in fenced("yaml"):
        config = merge(config, yaml.safe_load(text))
    files = {"library_borrowers/leners 2019.csv": fenced("csv")[0]}
    units = {f"{name}_{year}": CODES for name in ("nis", "naam") for year in (2018, 2019, 2025)}
    units = pd.DataFrame(units | {"prov_2018": "1", "prov_2025": "1"})
    files["municipalities/units.csv"] = units.to_csv(index=False)
    years = {year: 1e6 * np.exp(planted() * (year >= 2020)) for year in (2014, 2015, 2020, 2021, 2022, 2023, 2025)}
    people = (
        pd.DataFrame(years)
        .round()
        .rename_axis("nis")
        .reset_index()
        .melt("nis", var_name="year", value_name="population")
    )
    files["population/tidy.csv"] = people.to_csv(index=False)
    for name, text in files.items():
        path = folder / "data/raw" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Study(folder, project)


def shipped(project: Path) -> str:
    return (project / "tests/study/config.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project with everything on the page done to it."""
    folder = tmp_path_factory.mktemp("extended") / "project"
    folder.mkdir()
    for part in (*PARTS, *MORE):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / part).exists():
            shutil.copy2(ROOT / part, folder / part)
    for kind, path, _, text in BLOCKS:
        applied(folder, kind, path, text)
    python(folder, "-m", "ruff", "format", "-q", "scripts", "benchmarks", "tests")
    python(folder, "-m", "ruff", "check", "-q", "--fix", "scripts", "benchmarks", "tests")
    python(folder, "scripts/document_project.py")
    return folder


@pytest.fixture(scope="module")
def study(project, tmp_path_factory) -> Study:
    """A small study on open data, run as far as the page says."""
    study = small_study(project, tmp_path_factory.mktemp("small") / "study")
    targets = ["results/indicators.csv", "results/data_gaps.csv", "results/estimates/my_growth.csv"]
    study.complete(*targets, "results/tables/my_gaps.html", "results/tables/my_gaps.md", **HERE)
    return study


def gaps_of(study: Study) -> pd.DataFrame:
    return pd.read_csv(study.path("results/data_gaps.csv"))


def test_the_page_has_four_examples_each_with_its_proof_and_what_the_house_asks():
    sections = re.findall(r"^## \d\. (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in sections] == ["An indicator", "A source", "An estimator", "A kind of table"]
    assert all("\nProof" in text and "\nThe house asks besides: " in text for _, text in sections)
    assert len(BLOCKS) == len(re.findall(r"^(?:New file|Append|Edit) `", PAGE, re.MULTILINE)) > 20


def test_an_edit_that_fits_nowhere_or_twice_is_seen(tmp_path):
    (tmp_path / "one.py").write_text("a\nb\nb\n", encoding="utf-8")
    applied(tmp_path, "Edit", "one.py", "-a\n+a\n+c\n")
    assert (tmp_path / "one.py").read_text(encoding="utf-8") == "a\nc\nb\nb\n"
    for text in ("-b\n+d\n", "-e\n+d\n"):
        with pytest.raises(AssertionError, match="times"):
            applied(tmp_path, "Edit", "one.py", text)


@pytest.mark.slow
def test_1_the_indicator_has_the_values_computed_by_hand(study):
    table = pd.read_csv(study.path("results/indicators.csv"), dtype={"nis": str})
    found = table[table["indicator"] == "population_growth"].set_index("nis")["value"]
    assert found.to_dict() == pytest.approx(planted().to_dict(), abs=1e-5)
    row = gaps_of(study).query("indicator == 'population_growth'").iloc[0]
    assert (row["status"], row["coverage_units"]) == ("partial", len(CODES))  # of 285
    assert "population_growth" in (study.project / "docs/indicators.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_2_the_source_is_parsed_and_shows_in_the_gaps(study):
    table = pd.read_parquet(study.path("data/processed/parsed/library_borrowers.parquet"))
    rows = pd.read_csv(io.StringIO(fenced("csv")[0]), sep=";", decimal=",", dtype={"NIS": str})
    assert list(zip(table["nis"], table["year"], table["value"], strict=True)) == list(
        rows.itertuples(index=False, name=None)
    )
    assert set(table["indicator"]) == {"library_borrowers"} and set(table["vintage"]) == {285}
    row = gaps_of(study).query("source == 'library_borrowers' and construct == 'source'").iloc[0]
    assert (row["status"], row["coverage_units"]) == ("present", 2)
    assert "library_borrowers" in (study.project / "docs/sources.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_3_the_estimator_recovers_what_was_planted(study):
    (row,) = pd.read_csv(study.path("results/estimates/my_growth.csv")).itertuples()
    assert row.term == "trimmed_mean" and row.estimate == pytest.approx(PLANTED, abs=1e-5)
    assert row.ci_low < PLANTED < row.ci_high and abs(planted().mean() - PLANTED) > 0.1


@pytest.mark.slow
def test_4_the_table_is_written_in_dutch_in_every_format(study):
    page, text = study.read("results/tables/my_gaps.html"), study.read("results/tables/my_gaps.md")
    for written in (page, text):
        assert "Wat de gegevens missen" in written and "VTE per 1000 inwoners" in written and "afwezig" in written
    (row,) = [line for line in text.splitlines() if line.startswith("| Groei van de bevolking")]
    assert [cell.strip() for cell in row.split("|")[2:-1]] == ["gedeeltelijk", str(len(CODES)), ""]
    lacking = gaps_of(study).query("construct != 'specification' and indicator.notna() and status != 'present'")
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == 1 + lacking["indicator"].nunique()


@pytest.mark.slow
def test_the_copy_passes_the_tests_that_the_page_names(project):
    (text,) = [text for text in fenced("") if "-m pytest" in text]
    commands = re.findall(r"^\S+/python (-m pytest .*)$", text.replace("\\\n", ""), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        printed = python(
            project / "tests/beleidsvrijheid", *shlex.split(command), "-q", "-p", "no:cacheprovider"
        ).stdout
        assert int(re.search(r"(\d+) passed", printed)[1]) > 10, printed
    python(project, "-m", "ruff", "check", "-q", "scripts", "benchmarks", "tests")
