"""Fiches of the tiny study by Snakemake: a target of its own, every municipality, no orphans, resumed after a stop."""

import re

import pandas as pd
import pytest

from beleidsvrijheid.outputs import SIMULATED

pytestmark = pytest.mark.slow

FOLDER = "results/fiches"


def test_fiches_are_no_part_of_the_study(finished_study):
    assert not finished_study.path(FOLDER).exists()
    assert finished_study.reasons() == {}


def test_every_municipality_asked_for_gets_a_page_and_a_pdf(study_copy):
    panel = pd.read_parquet(study_copy.path("data/processed/panel.parquet"))
    every = sorted(set(panel.loc[panel["level"] == "municipality", "nis"]))
    nis = every[::20]
    study_copy.edit("fiches: {ceiling: s2_ceiling}", f"fiches: {{ceiling: s2_ceiling, only: {nis}}}")
    stray, left = study_copy.path(f"{FOLDER}/11002.html"), study_copy.path(f"{FOLDER}/.11002.pdf.abc")
    own = study_copy.path(f"{FOLDER}/notes.txt")
    stray.parent.mkdir()
    for path in (stray, left, own):
        path.write_text("from another study")
    assert set(study_copy.reasons("fiches")) == {
        "Make the fiches of all municipalities",
        f"The fiches are complete: {FOLDER}/index.html",
    }
    study_copy.complete("fiches")
    expected = {f"{code}.{form}" for code in nis for form in ("html", "pdf")} | {"index.html", "notes.txt"}
    assert {path.name for path in study_copy.path(FOLDER).iterdir()} == expected
    for code in nis:
        assert SIMULATED in study_copy.read(f"{FOLDER}/{code}.html")
        sheet = study_copy.path(f"{FOLDER}/{code}.pdf").read_bytes()
        assert SIMULATED.encode() in sheet and b"<xmpTPg:NPages>1</xmpTPg:NPages>" in sheet
    assert len(re.findall(r"<li ", study_copy.read(f"{FOLDER}/index.html"))) == len(nis)
    assert study_copy.reasons("fiches") == {}
    numbers_agree(study_copy, nis[0])
    # Places are among all municipalities, whoever has a page.
    assert f"({len(every)})" in study_copy.read(f"{FOLDER}/{nis[0]}.html")
    study_copy.edit(str(nis), "['99999']")
    stopped = study_copy.run("fiches")
    assert (
        stopped.returncode
        and "fiches.only: '99999' is no municipality of this study" in stopped.stdout + stopped.stderr
    )
    assert study_copy.path(f"{FOLDER}/{nis[0]}.pdf").is_file()


def numbers_agree(study, code):
    """Figures of a page are those of results/indicators.csv."""
    table = pd.read_csv(study.path("results/indicators.csv"), dtype={"nis": str, "beleidsveld": str})
    own = table[table["nis"] == code]
    static = own[own["year"].isna()].set_index(["indicator", own.loc[own["year"].isna(), "beleidsveld"].fillna("")])[
        "value"
    ]
    text = study.read(f"{FOLDER}/{code}.html")
    assert f"<b>{100 * static['portfolio_shift', 'domains']:.1f}\u00a0%</b>" in text
    assert f"<b>{100 * static['realisation_rate', '']:.0f}\u00a0%</b>" in text
    staff = own[(own["indicator"] == "vte_per_1000") & own["year"].notna()].sort_values("year")["value"].iloc[-1]
    assert f"<b>{staff:.1f}</b>" in text
